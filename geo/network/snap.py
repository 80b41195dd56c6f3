"""Where a place touches the streets: the nearest point of an edge's interior, and how far it is."""

# Kernels take no keywords, and calls in the innermost loops cost time.
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    compiled,
    f64,
    f64s,
    i32s,
    i64,
    in_place,
    r_f64s,
    r_f64s_2d,
    r_i32s,
    r_i64s,
    r_u8s,
    several,
)
from geo.network.graph import StreetNetwork
from geo.text import say

ISLAND_MARGIN_M: Final = 50.0
"""A place lies on an island when a street of another component is nearer than the main network by
more than this."""

_SEGMENTS_PER_CELL: Final = 0.5
_MOST_CELLS: Final = 4_000_000
_KEPT_GRIDS: Final = 4
_FEW_PLACES: Final = 10_000
"""Fewer places are not worth sorting."""
_CLOSED, _MAIN, _ISLAND = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Attachments:
    """Places tied to the streets, one row a place."""

    edge: NDArray[np.int32]
    """(n,) edge, -1 where no street could be found."""
    along_m: NDArray[np.float64]
    """(n,) metres from the edge's start, along its drawn line."""
    connector_m: NDArray[np.float64]
    """(n,) straight metres from the place to that point; NaN without an edge."""
    island_m: NDArray[np.float64]
    """(n,) straight metres to the nearest street of any component."""
    on_island: NDArray[np.bool_]
    """(n,) whether a street of another component is nearer than the main one by more than
    `ISLAND_MARGIN_M`."""

    def __len__(self) -> int:
        return len(self.edge)


@dataclass(frozen=True, slots=True)
class SnapGrid:
    """Segments of a network by square cell."""

    origin_x: float
    origin_y: float
    cell_m: float
    n_column: int
    n_row: int
    cell_start: NDArray[np.int32]
    """(n_row * n_column + 1,) bounds of each cell in ``segment``."""
    segment: NDArray[np.int32]
    """First vertex of each segment that crosses the cell."""
    vertex_edge: NDArray[np.int32]
    """(n_vertex,) edge of each vertex."""
    group: NDArray[np.uint8]
    """(n_edge,) 1 for an edge of component 0, 2 for one on an island."""


_grids: deque[tuple[StreetNetwork, SnapGrid]] = deque(maxlen=_KEPT_GRIDS)
_grids_lock = Lock()


def attach(
    network: StreetNetwork,
    xy: NDArray[np.float64],
    *,
    within: Literal["main", "any"] = "main",
    usable: NDArray[np.bool_] | None = None,
) -> Attachments:
    """Tie every place to the nearest point of a street.

    Parameters
    ----------
    network
        The streets.
    xy : (n, 2)
        Places, metres in the network's CRS.
    within
        ``main`` ties to the component with the greatest street length only, ``any`` to all.
    usable : (n_edge,)
        Streets that may be chosen; all when absent.

    Returns
    -------
    Attachments
        Row ``i`` is place ``i``. Of streets at the same distance the one with the lowest number
        is chosen.

    Raises
    ------
    DataError
        ``xy`` is not a table of two columns.
    """
    places_xy = np.ascontiguousarray(xy, dtype=np.float64)
    if places_xy.ndim != 2 or places_xy.shape[1] != 2:  # noqa: PLR2004
        raise DataError(
            say(
                f"地点坐标应为 n 行 2 列（x、y，单位米），现为 {places_xy.shape}。",
                f"places must be n rows of x and y in metres, found shape {places_xy.shape}.",
            )
        )
    grid = snap_grid(network)
    group = grid.group
    if within == "any" or usable is not None:
        closed = np.zeros(len(group), dtype=bool) if usable is None else ~usable
        group = np.where(closed, _CLOSED, _MAIN if within == "any" else group).astype(np.uint8)
    edge, along_m, connector_m, island_m = _nearest_streets(
        network.shape_xy,
        network.shape_start,
        network.edge_length_m,
        grid.vertex_edge,
        group,
        grid.cell_start,
        grid.segment,
        grid.origin_x,
        grid.origin_y,
        grid.cell_m,
        grid.n_column,
        places_xy,
    )
    on_island = connector_m - island_m > ISLAND_MARGIN_M
    if within == "any":
        on_island = np.append(grid.group, _MAIN)[edge] == _ISLAND
    return Attachments(edge, along_m, connector_m, island_m, on_island)


def snap_grid(network: StreetNetwork) -> SnapGrid:
    """Return the grid over a network's segments; the last few are remembered."""
    with _grids_lock:
        for known, grid in _grids:
            if known is network:
                return grid
    grid = _new_grid(network)
    with _grids_lock:
        _grids.append((network, grid))
    return grid


def _new_grid(network: StreetNetwork) -> SnapGrid:
    component = network.node_component[network.edge_nodes[:, 0]]
    group = np.where(component == 0, _MAIN, _ISLAND).astype(np.uint8)
    n_vertex = len(network.shape_xy)
    if n_vertex == 0:
        nothing = np.zeros(0, dtype=np.int32)
        return SnapGrid(0, 0, 1, 1, 1, np.zeros(2, dtype=np.int32), nothing, nothing, group)
    low, high = network.shape_xy.min(axis=0), network.shape_xy.max(axis=0)
    width_m, height_m = np.maximum(high - low, 1.0)
    n_segment = max(n_vertex - network.n_edge, 1)
    wanted = min(max(n_segment / _SEGMENTS_PER_CELL, 1.0), _MOST_CELLS)
    cell_m = float(np.sqrt(width_m * height_m / wanted))
    cell_m = max(cell_m, width_m / _MOST_CELLS, height_m / _MOST_CELLS)
    n_column, n_row = int(width_m / cell_m) + 1, int(height_m / cell_m) + 1
    cell_start, segment, vertex_edge = _segments_by_cell(
        network.shape_xy, network.shape_start, low[0], low[1], cell_m, n_column, n_row
    )
    return SnapGrid(
        float(low[0]),
        float(low[1]),
        cell_m,
        n_column,
        n_row,
        cell_start,
        segment,
        vertex_edge,
        group,
    )


@compiled(several(i32s, i32s, i32s), r_f64s_2d, r_i64s, f64, f64, f64, i64, i64)
def _segments_by_cell(
    shape_xy: Float64s,
    shape_start: Int64s,
    origin_x: float,
    origin_y: float,
    cell_m: float,
    n_column: int,
    n_row: int,
) -> tuple[Int32s, Int32s, Int32s]:
    """Return bounds and segments of every cell, and the edge of every vertex."""
    vertex_edge = np.empty(len(shape_xy), np.int32)
    bounds = np.zeros(n_column * n_row + 1, np.int32)
    segment = np.empty(0, np.int32)
    fill = np.empty(0, np.int32)
    slack = 1e-6
    for turn in range(2):
        if turn == 1:
            for c in range(n_column * n_row):
                bounds[c + 1] += bounds[c]
            segment = np.empty(bounds[-1], np.int32)
            fill = bounds[:-1].copy()
        for e in range(len(shape_start) - 1):
            for v in range(shape_start[e], shape_start[e + 1]):
                vertex_edge[v] = e
            for v in range(shape_start[e], shape_start[e + 1] - 1):
                ax, ay = (shape_xy[v, 0] - origin_x) / cell_m, (shape_xy[v, 1] - origin_y) / cell_m
                bx = (shape_xy[v + 1, 0] - origin_x) / cell_m
                by = (shape_xy[v + 1, 1] - origin_y) / cell_m
                if ay > by:
                    ax, ay, bx, by = bx, by, ax, ay
                low_row = np.int64(max(ay - slack, 0.0))
                high_row = np.int64(min(by + slack, n_row - 1.0))
                for row in range(low_row, high_row + 1):
                    x0, x1 = ax, bx  # where the segment enters and leaves the row
                    if by > ay:
                        x0 = ax + (bx - ax) * max(0.0, (row - ay) / (by - ay))
                        x1 = ax + (bx - ax) * min(1.0, (row + 1 - ay) / (by - ay))
                    first = np.int64(max(min(x0, x1) - slack, 0.0))
                    last = np.int64(min(max(x0, x1) + slack, n_column - 1.0))
                    for cell in range(row * n_column + first, row * n_column + last + 1):
                        if turn == 0:
                            bounds[cell + 1] += 1
                        else:
                            segment[fill[cell]] = v
                            fill[cell] += 1
    return bounds, segment, vertex_edge


@in_place(several(f64, f64), f64, f64, f64, f64, f64, f64)
def _to_segment(
    x: float, y: float, ax: float, ay: float, bx: float, by: float
) -> tuple[float, float]:
    """Return the squared distance to a segment, and the nearest point's share of its length."""
    dx, dy = bx - ax, by - ay
    along = (x - ax) * dx + (y - ay) * dy
    whole = dx * dx + dy * dy
    if along <= 0.0:
        return (x - ax) ** 2 + (y - ay) ** 2, 0.0
    if along >= whole:
        return (x - bx) ** 2 + (y - by) ** 2, 1.0
    share = along / whole
    return (x - ax - share * dx) ** 2 + (y - ay - share * dy) ** 2, share


@compiled(i32s, r_f64s_2d, f64, f64, f64, i64, i64)
def _by_cell(
    places_xy: Float64s,
    origin_x: float,
    origin_y: float,
    cell_m: float,
    n_column: int,
    n_row: int,
) -> Int32s:
    """Return the places in the order of their cells, so that neighbours share the cache."""
    n_place = len(places_xy)
    order = np.arange(n_place).astype(np.int32)
    if n_place < _FEW_PLACES:
        return order
    cell = np.zeros(n_place, np.int32)
    bounds = np.zeros(n_column * n_row + 2, np.int32)
    for i in range(n_place):
        x, y = (places_xy[i, 0] - origin_x) / cell_m, (places_xy[i, 1] - origin_y) / cell_m
        if np.isfinite(x) and np.isfinite(y):
            column = np.int64(min(max(x, 0.0), n_column - 1.0))
            row = np.int64(min(max(y, 0.0), n_row - 1.0))
            cell[i] = row * n_column + column
        bounds[cell[i] + 2] += 1
    for c in range(1, n_column * n_row + 1):
        bounds[c + 1] += bounds[c]
    for i in range(n_place):
        order[bounds[cell[i] + 1]] = i
        bounds[cell[i] + 1] += 1
    return order


@compiled(
    several(i32s, f64s, f64s, f64s),
    *(r_f64s_2d, r_i64s, r_f64s, r_i32s, r_u8s),
    *(r_i32s, r_i32s, f64, f64, f64, i64),
    r_f64s_2d,
)
def _nearest_streets(
    shape_xy: Float64s,
    shape_start: Int64s,
    edge_length_m: Float64s,
    vertex_edge: Int32s,
    group: NDArray[np.uint8],
    cell_start: Int32s,
    segment: Int32s,
    origin_x: float,
    origin_y: float,
    cell_m: float,
    n_column: int,
    places_xy: Float64s,
) -> tuple[Int32s, Float64s, Float64s, Float64s]:
    """Search rings of cells outwards until nothing unseen can be nearer."""
    n_place = len(places_xy)
    edge = np.full(n_place, np.int32(-1), np.int32)
    along_m = np.zeros(n_place)
    connector_m = np.full(n_place, np.nan)
    island_m = np.full(n_place, np.nan)
    n_row = (len(cell_start) - 1) // n_column
    for i in _by_cell(places_xy, origin_x, origin_y, cell_m, n_column, n_row):
        px, py = places_xy[i, 0], places_xy[i, 1]
        x, y = px - origin_x, py - origin_y
        if not (np.isfinite(x) and np.isfinite(y)):
            continue
        column = np.int64(min(max(x / cell_m, 0.0), n_column - 1.0))
        row = np.int64(min(max(y / cell_m, 0.0), n_row - 1.0))
        outside_x = max(-x, x - n_column * cell_m, 0.0)
        outside_y = max(-y, y - n_row * cell_m, 0.0)
        best, best_any, best_share = np.inf, np.inf, 0.0
        best_vertex, best_edge = np.int64(-1), np.int32(-1)
        ring = 0
        while True:
            top: Int = min(row + ring, n_row - 1)
            bottom: Int = max(row - ring, 0)
            for r in range(bottom, top + 1):
                step = 1 if r in (row - ring, row + ring) else 2 * ring
                for c in range(column - ring, column + ring + 1, step):
                    if c < 0 or c >= n_column:
                        continue
                    cell = r * n_column + c
                    for k in range(cell_start[cell], cell_start[cell + 1]):
                        v = np.uint32(segment[k])
                        ax, ay = shape_xy[v, 0], shape_xy[v, 1]
                        bx, by = shape_xy[v + np.uint32(1), 0], shape_xy[v + np.uint32(1), 1]
                        squared, share = _to_segment(px, py, ax, ay, bx, by)
                        if squared > best:
                            continue
                        e = vertex_edge[v]
                        kind = group[np.uint32(e)]
                        if kind == _CLOSED:
                            continue
                        best_any = min(best_any, squared)
                        if kind == _MAIN and (
                            squared < best
                            or e < best_edge
                            or (e == best_edge and np.int64(v) < best_vertex)
                        ):
                            best, best_share = squared, share
                            best_vertex, best_edge = np.int64(v), e
            # The nearest that an unseen cell can be, on each side where cells remain.
            unseen = np.inf
            if column - ring > 0:
                unseen = min(unseen, np.hypot(max(x - (column - ring) * cell_m, 0.0), outside_y))
            if column + ring < n_column - 1:
                unseen = min(
                    unseen, np.hypot(max((column + ring + 1) * cell_m - x, 0.0), outside_y)
                )
            if row - ring > 0:
                unseen = min(unseen, np.hypot(max(y - (row - ring) * cell_m, 0.0), outside_x))
            if row + ring < n_row - 1:
                unseen = min(unseen, np.hypot(max((row + ring + 1) * cell_m - y, 0.0), outside_x))
            if unseen == np.inf or best <= unseen * unseen:
                break
            ring += 1
        island_m[i] = np.sqrt(best_any) if best_any < np.inf else np.nan
        if best_edge < 0:
            continue
        edge[i] = best_edge
        connector_m[i] = np.sqrt(best)
        walked, whole = 0.0, 0.0
        for w in range(shape_start[best_edge], shape_start[best_edge + 1] - 1):
            piece = np.hypot(
                shape_xy[w + 1, 0] - shape_xy[w, 0], shape_xy[w + 1, 1] - shape_xy[w, 1]
            )
            if w < best_vertex:
                walked += piece
            elif w == best_vertex:
                walked += best_share * piece
            whole += piece
        if whole > 0.0:
            along_m[i] = min(walked / whole, 1.0) * edge_length_m[best_edge]
    return edge, along_m, connector_m, island_m
