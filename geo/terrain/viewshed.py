"""Which cells of the ground are seen from a point, a line, an area, or any of several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.terrain.elevation import Elevation
from geo.terrain.sampling import sample_points
from geo.terrain.sight import Sight, seen_from_any
from geo.text import say


@dataclass(frozen=True, slots=True)
class Viewshed:
    """What is seen of a grid of heights."""

    state: NDArray[np.int8]
    """(n_row, n_column) 1 seen, 0 hidden, -1 unknown because heights are missing."""
    observer: NDArray[np.int32]
    """(n_row, n_column) one of the observers that see the cell, -1 where none does."""
    owner: NDArray[np.int64]
    """(n_observer,) the shape each of them stands for."""


def viewshed(
    ground: Elevation, observers: NDArray[np.object_], *, sight: Sight | None = None
) -> Viewshed:
    """Return which cells are seen from any of the shapes.

    Lines and areas are looked from at points no farther apart than a cell. A cell without a height
    is unknown; so is one that only lines over missing heights could see.

    Parameters
    ----------
    ground
        The heights.
    observers : (n,)
        Points, lines or areas in the CRS of the heights.
    sight
        Height of eyes and target, greatest distance, curvature and refraction.

    Raises
    ------
    DataError
        There is nothing to look from.

    Examples
    --------
    A wall two cells away hides what lies lower behind it:

    >>> import shapely
    >>> ground = Elevation(np.array([[0.0, 0, 9, 0, 12]]), 0, 10, 10, "EPSG:4547", "wall")
    >>> viewshed(ground, np.array([shapely.Point(5, 5)])).state.tolist()
    [[1, 1, 1, 0, 0]]
    """
    xy, owner = sample_points(np.asarray(observers, object), ground.cell_m)
    if not len(xy):
        raise DataError(say("没有可供眺望的位置。", "there is nothing to look from"))
    rows, columns = ground.height_m.shape
    row, column = np.divmod(np.arange(rows * columns), columns)
    centres = np.column_stack(
        [
            ground.left_m + (column + 0.5) * ground.cell_m,
            ground.top_m - (row + 0.5) * ground.cell_m,
        ]
    )
    state, by = seen_from_any(ground, centres, xy, sight or Sight())
    shape = ground.height_m.shape
    return Viewshed(state.reshape(shape), by.reshape(shape), owner)
