"""The ground of an area, cut into square cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say

Floats = NDArray[np.float64]

MOST_CELLS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells whose centre lies in an area, row by row from the north."""

    left_m: float
    top_m: float
    cell_m: float
    n_row: int
    n_column: int
    row: NDArray[np.int64]
    """(n,) row of each cell."""
    column: NDArray[np.int64]
    crs: str

    def __len__(self) -> int:
        return len(self.row)

    @property
    def cell_m2(self) -> float:
        """Ground of one cell."""
        return self.cell_m**2

    @property
    def xy(self) -> Floats:
        """(n, 2) centres."""
        return np.column_stack(
            [
                self.left_m + (self.column + 0.5) * self.cell_m,
                self.top_m - (self.row + 0.5) * self.cell_m,
            ]
        )

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north."""
        return (
            self.left_m,
            self.top_m - self.n_row * self.cell_m,
            self.left_m + self.n_column * self.cell_m,
            self.top_m,
        )

    def boxes(self) -> NDArray[np.object_]:
        """Return the squares of the cells."""
        xy = self.xy
        half = self.cell_m / 2
        squares: NDArray[np.object_] = shapely.box(
            xy[:, 0] - half, xy[:, 1] - half, xy[:, 0] + half, xy[:, 1] + half
        )
        return squares

    def laid_out(self, values: NDArray[np.generic], fill: float) -> NDArray[np.float64]:
        """Return values of the cells as a picture, (n_row, n_column)."""
        picture = np.full((self.n_row, self.n_column), fill, np.float64)
        picture[self.row, self.column] = values
        return picture


def lay_grid(area: shapely.Geometry, cell_m: float, crs: str) -> Grid:
    """Return the cells of an area; their corners stand on whole multiples of the cell.

    Raises
    ------
    DataError
        The cell is no positive number, the area is empty, or there would be too many cells.
    """
    if not (np.isfinite(cell_m) and cell_m > 0):
        raise DataError(say(f"格网边长不能是 {cell_m:g} 米。", f"a cell cannot be {cell_m:g} m"))
    if shapely.is_empty(area):
        raise DataError(say("没有可供分析的范围。", "there is no area to look at"))
    west, south, east, north = shapely.bounds(area)
    left, top = np.floor(west / cell_m) * cell_m, np.ceil(north / cell_m) * cell_m
    columns, rows = int(np.ceil((east - left) / cell_m)), int(np.ceil((top - south) / cell_m))
    if columns * rows > MOST_CELLS * 2:
        larger = float(np.ceil(np.sqrt((east - west) * (north - south) / MOST_CELLS) / 5) * 5)
        raise DataError(
            say(
                f"{cell_m:g} 米的格网有 {columns * rows:,} 个格子，太多了。",
                f"cells of {cell_m:g} m would be {columns * rows:,}: too many",
            ),
            hint=say(f"请用 --cell {larger:g} 或更大。", f"use --cell {larger:g} or more"),
        )
    row, column = np.divmod(np.arange(rows * columns), columns)
    shapely.prepare(area)
    x, y = left + (column + 0.5) * cell_m, top - (row + 0.5) * cell_m
    inside = shapely.contains_xy(area, x, y)
    if not inside.any():
        raise DataError(
            say(
                f"范围比一个 {cell_m:g} 米的格子还小。",
                f"the area is less than a {cell_m:g} m cell",
            ),
            hint=say("请把 --cell 改小。", "use a smaller --cell"),
        )
    return Grid(float(left), float(top), cell_m, rows, columns, row[inside], column[inside], crs)


def regions(grid: Grid, kept: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """Return the connected parts of some cells, numbered; a common side connects.

    Returns
    -------
    label : (n,)
        Number of each cell's part, in the order of its first cell; -1 for cells not kept.
    count
        How many parts there are.

    Examples
    --------
    >>> strip = lay_grid(shapely.box(0, 0, 50, 10), 10.0, "EPSG:4547")
    >>> regions(strip, np.array([True, True, False, True, True]))[0].tolist()
    [0, 0, -1, 1, 1]
    """
    place = np.full((grid.n_row, grid.n_column), -1, np.int64)
    rows = np.flatnonzero(kept)
    place[grid.row[rows], grid.column[rows]] = np.arange(len(rows))
    across = np.stack([place[:, :-1].ravel(), place[:, 1:].ravel()], axis=1)
    down = np.stack([place[:-1].ravel(), place[1:].ravel()], axis=1)
    pairs = np.concatenate([across, down])
    pairs = pairs[(pairs >= 0).all(axis=1)]
    root = np.arange(len(rows))
    while True:  # every round halves the depth of the trees, and hooks the higher root to the lower
        low, high = root[pairs].min(axis=1), root[pairs].max(axis=1)
        loose = low < high
        if not loose.any():
            break
        np.minimum.at(root, high[loose], low[loose])
        while True:
            above = root[root]
            if (above == root).all():
                break
            root = above
    first, number = np.unique(root, return_inverse=True)
    label = np.full(len(grid), -1, np.int64)
    label[rows] = number
    return label, len(first)
