"""Which street segments cross each square cell: the grid in which places look for a street."""

# ruff: noqa: C901, PLR0917 - kernels take no keywords and cut their innermost loops by hand

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.network.compiled import (
    Float64s,
    Int32s,
    Int64s,
    compiled,
    f64,
    i32s,
    i64,
    r_f64s_2d,
    r_i64s,
    several,
)
from geo.network.graph import StreetNetwork

CLOSED, MAIN, ISLAND = 0, 1, 2
"""Groups of streets: those that may not be chosen, those of component 0, and the others."""

_SEGMENTS_PER_CELL: Final = 0.5
_MOST_CELLS: Final = 4_000_000
_KEPT_GRIDS: Final = 4


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
    group = np.where(component == 0, MAIN, ISLAND).astype(np.uint8)
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
