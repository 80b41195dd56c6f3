"""What a tile above the full zoom leaves out: what shares a pixel with something that counts more.

The grid of pixels is that of the world, so that neighbouring tiles leave out the same.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
from numba import types
from numpy.typing import NDArray

from geo.network.compiled import Float64s, Int64s, compiled, r_f64s, r_i64s
from geo.tiles.grid import BUFFER, EXTENT, FULL_ZOOM, Tile

PIXEL: Final = 8
"""Units of a pixel where a tile is drawn 512 pixels wide, as web maps do."""
LINE_UNITS: Final = PIXEL / 2
"""How far a line may be drawn from where it runs: half a pixel."""
EDGE_UNITS: Final = PIXEL / 4
"""The same for the edge of a polygon: those of two neighbours then part by half a pixel at most."""
WEIGHTS: Final = ("population", "persons", "elders", "households", "capacity", "beds")
"""Columns that tell which of several features counts most; the first that a table has."""
_EDGE: Final = BUFFER // PIXEL
_ACROSS: Final = EXTENT // PIXEL + 2 * _EDGE


def is_thinned(tile: Tile) -> bool:
    """Return whether a tile may leave out what cannot be seen on it."""
    return tile.zoom < FULL_ZOOM


def pixels(places: Float64s) -> Int64s:
    """Return the pixel of places on a tile, (n,), counted by rows; -1 beyond its buffer.

    Parameters
    ----------
    places
        (n, 2) Units of the tile.
    """
    cells = np.floor(places / PIXEL).astype(np.int64) + _EDGE
    inside = ((cells >= 0) & (cells < _ACROSS)).all(axis=1)
    return np.where(inside, cells[:, 1] * _ACROSS + cells[:, 0], -1)


@compiled(types.boolean[::1], r_i64s, r_f64s, r_f64s)
def _foremost(pixel: Int64s, weight: Float64s, size: Float64s) -> NDArray[np.bool_]:
    best = np.full(_ACROSS * _ACROSS, -1, np.int64)
    for here in range(len(pixel)):
        if pixel[here] < 0:
            continue
        other = best[pixel[here]]
        heavier = other < 0 or weight[here] > weight[other]
        if heavier or (weight[here] == weight[other] and size[here] > size[other]):
            best[pixel[here]] = here
    result = np.zeros(len(pixel), np.bool_)
    for found in best:
        if found >= 0:
            result[found] = True
    return result


def foremost(pixel: Int64s, weight: Float64s, size: Float64s | None = None) -> NDArray[np.bool_]:
    """Return of each pixel the one that counts most, (n,): the heaviest, largest, first.

    Parameters
    ----------
    pixel
        (n,) As `pixels` gives them; what lies beyond the buffer is none.
    weight, size
        (n,) None of them missing.
    """
    return _foremost(pixel, weight, np.zeros(len(pixel)) if size is None else size)


def marks(pixel: Int64s, polygon: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Return what stands for shapes too small to be drawn: the whole pixel, or a line across it.

    Parameters
    ----------
    pixel
        (n,) None below zero.
    polygon
        (n,) Whether a polygon is meant; else a line.
    """
    x, y = ((part - _EDGE) * PIXEL for part in (pixel % _ACROSS, pixel // _ACROSS))
    result: NDArray[np.object_] = np.asarray(shapely.box(x, y, x + PIXEL, y + PIXEL), object)
    middle = y[~polygon] + PIXEL // 2
    ends = np.stack([np.c_[x[~polygon], middle], np.c_[x[~polygon] + PIXEL, middle]], axis=1)
    result[~polygon] = shapely.linestrings(ends.astype(np.float64))
    return result
