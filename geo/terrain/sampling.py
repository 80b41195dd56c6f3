"""Points that stand for a line or an area when one looks from it, or at it."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sample_points(
    shapes: NDArray[np.object_], spacing_m: float
) -> tuple[Floats, NDArray[np.int64]]:
    """Return points at even spacing along lines and edges, and on a grid inside areas.

    Parameters
    ----------
    shapes : (n,)
        Points, lines or polygons, single or multi.
    spacing_m
        Neighbouring points are at most this far apart.

    Returns
    -------
    xy : (m, 2)
        The points.
    owner : (m,)
        Position of the shape each stands for.
    """
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    rows = np.flatnonzero(kept)
    dense = shapely.segmentize(shapes[rows], spacing_m)
    xy, of = shapely.get_coordinates(dense, return_index=True)
    parts, owners = [xy], [rows[of]]
    areal = shapely.get_dimensions(shapes[rows]) == 2  # noqa: PLR2004 - dimensions of an area
    for row in rows[areal]:
        inner = _inside(shapes[row], spacing_m)
        parts.append(inner)
        owners.append(np.full(len(inner), row))
    points, owner = np.concatenate(parts), np.concatenate(owners).astype(np.int64)
    if not len(points):
        return points.reshape(-1, 2), owner
    unique = np.unique(np.column_stack([owner, points]), axis=0)
    return np.ascontiguousarray(unique[:, 1:]), unique[:, 0].astype(np.int64)


def _inside(shape: shapely.Geometry, spacing_m: float) -> Floats:
    west, south, east, north = shapely.bounds(shape)
    x = (np.arange(np.floor(west / spacing_m), np.ceil(east / spacing_m)) + 0.5) * spacing_m
    y = (np.arange(np.floor(south / spacing_m), np.ceil(north / spacing_m)) + 0.5) * spacing_m
    grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    shapely.prepare(shape)
    inner: Floats = grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]
    return inner
