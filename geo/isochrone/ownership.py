"""Which street point each cell of a raster belongs to: the nearest one, as for an address."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.isochrone._nearest import own_blocks
from geo.network import StreetNetwork
from geo.text import say

CELL_M = 10.0
"""Side of a cell: about the width of a house front."""

MAX_CONNECTOR_M = 300.0
"""Cells farther than this from any street belong to none, so lakes and hills stay undrawn.

The rule for addresses has no such limit: it walks any connector and reports the long ones. An
address beyond the limit is therefore never inside a drawing, and counts in its mismatch.
"""

BLOCK = 32
"""Cells along the side of a block that is searched as one; a power of two."""


@dataclass(frozen=True, slots=True)
class CellOwnership:
    """A raster whose cells each know their nearest point on the streets of the main component.

    Row 0 is the southernmost. The centre of cell ``(row, column)`` lies at
    ``(west_m + column * cell_m, south_m + row * cell_m)``.
    """

    crs: str
    """Projected CRS, the network's."""
    west_m: float
    """x of the centres of column 0."""
    south_m: float
    """y of the centres of row 0."""
    cell_m: float
    """Side of a cell."""
    max_connector_m: float
    """Cells farther than this from a street belong to none."""
    n_edge: int
    """Edges of the network it was made from."""
    segment: NDArray[np.int32]
    """(n_row, n_column) straight piece of street that holds the nearest point; -1 = none."""
    ends: NDArray[np.float64]
    """(n_segment, 4) x, y of a piece's start and x, y of its end, from (west_m, south_m)."""
    segment_edge: NDArray[np.int32]
    """(n_segment,) edge of the network that the piece is part of."""
    segment_along_m: NDArray[np.float64]
    """(n_segment,) metres from the edge's start to the piece's start."""

    def coarser(self, times: int) -> CellOwnership:
        """Return every ``times``-th cell of every ``times``-th row, for drawings of large areas."""
        return replace(self, cell_m=self.cell_m * times, segment=self.segment[::times, ::times])

    @property
    def n_row(self) -> int:
        """Number of rows."""
        return int(self.segment.shape[0])

    @property
    def n_column(self) -> int:
        """Number of columns."""
        return int(self.segment.shape[1])


def own_cells(
    network: StreetNetwork,
    *,
    cell_m: float = CELL_M,
    bounds: tuple[float, float, float, float] | None = None,
    max_connector_m: float = MAX_CONNECTOR_M,
    usable: NDArray[np.bool_] | None = None,
    progress: Callable[[float], None] | None = None,
) -> CellOwnership:
    """Give every cell to its nearest point on the streets of the main component.

    The answer depends on the streets alone, so one raster serves every facility, profile and
    number of minutes. It is exact: blocks of cells are halved again and again, and each half keeps
    only the segments that can still be nearest to one of its centres.

    Parameters
    ----------
    network
        Streets in metres.
    cell_m
        Side of a cell.
    bounds
        (west, south, east, north) in metres to be covered; by default the main component and
        ``max_connector_m`` around it.
    max_connector_m
        Cells farther than this from a street belong to none.
    usable : (n_edge,)
        Streets that addresses may be tied to; all when absent.
    progress
        Called with the share done, 0 to 1.

    Raises
    ------
    DataError
        The network has no street, or a size is not positive.
    """
    if cell_m <= 0 or max_connector_m <= 0:
        raise DataError(
            say(
                f"栅格边长与最大连接距离应大于 0 米，现为 {cell_m}、{max_connector_m}。",
                f"cell and longest connector must exceed 0 m, found {cell_m}, {max_connector_m}",
            )
        )
    segments = _main_segments(network, usable)
    west, south, east, north = bounds or _around(segments.ends, max_connector_m)
    n_column = max(1, int(np.ceil((east - west) / cell_m)))
    n_row = max(1, int(np.ceil((north - south) / cell_m)))
    corner = np.array([west + cell_m / 2, south + cell_m / 2])
    local = segments.ends - np.tile(corner, 2)

    block_m = BLOCK * cell_m
    reach = int(np.ceil((max_connector_m + cell_m) / block_m))
    shape = (-(-n_row // BLOCK), -(-n_column // BLOCK))
    first, members = _bucket(local, block_m, shape, margin=reach)

    segment = np.full((n_row, n_column), -1, np.int32)

    def own_row_of_blocks(row: int) -> None:
        own_blocks(row, BLOCK, cell_m, max_connector_m, reach, first, members, local, segment)

    with ThreadPoolExecutor() as pool:
        for done, _ in enumerate(pool.map(own_row_of_blocks, range(shape[0])), start=1):
            if progress is not None:
                progress(done / shape[0])
    return CellOwnership(
        crs=network.crs,
        west_m=float(corner[0]),
        south_m=float(corner[1]),
        cell_m=cell_m,
        max_connector_m=max_connector_m,
        n_edge=network.n_edge,
        segment=segment,
        ends=local,
        segment_edge=segments.edge,
        segment_along_m=segments.along_m,
    )


@dataclass(frozen=True, slots=True)
class _Segments:
    """Straight pieces of the main component's streets."""

    ends: NDArray[np.float64]
    """(n_segment, 4) x, y of the start and x, y of the end."""
    edge: NDArray[np.int32]
    """(n_segment,) edge the piece belongs to."""
    along_m: NDArray[np.float64]
    """(n_segment,) metres from the edge's start to the piece's start."""


def _main_segments(network: StreetNetwork, usable: NDArray[np.bool_] | None) -> _Segments:
    xy = network.shape_xy
    owner = np.repeat(np.arange(network.n_edge, dtype=np.int32), np.diff(network.shape_start))
    inside = owner[1:] == owner[:-1]
    length_m = np.hypot(*np.diff(xy, axis=0).T) * inside
    from_first_m = np.concatenate([[0.0], np.cumsum(length_m)])
    along_m = from_first_m - from_first_m[network.shape_start[owner]]
    open_to_all = network.node_component[network.edge_nodes[:, 0]] == 0
    if usable is not None:
        open_to_all &= usable
    kept = np.flatnonzero(inside & open_to_all[owner[:-1]])
    if not len(kept):
        raise DataError(
            say("街路网络没有可步行的街路。", "the street network has no walkable street"),
            hint=say("请先导入街路数据。", "import streets first"),
        )
    ends = np.hstack([xy[kept], xy[kept + 1]])
    return _Segments(ends, owner[kept], along_m[kept])


def _around(ends: NDArray[np.float64], margin_m: float) -> tuple[float, float, float, float]:
    low, high = ends.min(axis=0), ends.max(axis=0)
    return (
        float(min(low[0], low[2])) - margin_m,
        float(min(low[1], low[3])) - margin_m,
        float(max(high[0], high[2])) + margin_m,
        float(max(high[1], high[3])) + margin_m,
    )


def _bucket(
    ends: NDArray[np.float64], block_m: float, shape: tuple[int, int], *, margin: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """List the segments whose box touches each block, ``margin`` blocks around the raster too.

    Returns
    -------
    first : (n_row + 2 * margin, n_column + 2 * margin, 2)
        Where each block's list begins and ends in ``members``.
    members
        Segment numbers, block after block, ascending in each.
    """
    n_row, n_column = shape[0] + 2 * margin, shape[1] + 2 * margin
    limit = np.array([n_column, n_row]) - 1
    low = np.floor(np.minimum(ends[:, :2], ends[:, 2:]) / block_m).astype(np.int64) + margin
    high = np.floor(np.maximum(ends[:, :2], ends[:, 2:]) / block_m).astype(np.int64) + margin
    near = np.flatnonzero((high >= 0).all(axis=1) & (low <= limit).all(axis=1))
    low, high = np.clip(low[near], 0, limit), np.clip(high[near], 0, limit)
    width, height = (high - low + 1).T
    repeats = width * height
    segment = np.repeat(near, repeats).astype(np.int32)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    wide = np.repeat(width, repeats)
    column = np.repeat(low[:, 0], repeats) + step % wide
    row = np.repeat(low[:, 1], repeats) + step // wide
    block = row * n_column + column
    order = np.argsort(block, kind="stable")
    start = np.searchsorted(block[order], np.arange(n_row * n_column + 1))
    first = np.stack([start[:-1], start[1:]], axis=1).reshape(n_row, n_column, 2)
    return first, segment[order]
