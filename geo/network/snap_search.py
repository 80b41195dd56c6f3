"""Compiled search for the nearest street of a place: rings of cells outwards until certain."""

# Kernels take no keywords, and calls in the innermost loops cost time.
# ruff: noqa: C901, PLR0917

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

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
from geo.network.snap_grid import CLOSED, MAIN

_FEW_PLACES: Final = 10_000
"""Fewer places are not worth sorting."""


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


@in_place(f64, f64, f64, i64, i64, i64, f64, i64, i64)
def _unseen_m(
    x: float, y: float, column: Int, row: Int, ring: Int, cell_m: float, n_column: Int, n_row: Int
) -> float:
    """Return the nearest that a cell beyond a ring can be, infinite where none remains."""
    outside_x = max(-x, x - n_column * cell_m, 0.0)
    outside_y = max(-y, y - n_row * cell_m, 0.0)
    nearest = np.inf
    if column - ring > 0:
        nearest = min(nearest, np.hypot(max(x - (column - ring) * cell_m, 0.0), outside_y))
    if column + ring < n_column - 1:
        nearest = min(nearest, np.hypot(max((column + ring + 1) * cell_m - x, 0.0), outside_y))
    if row - ring > 0:
        nearest = min(nearest, np.hypot(max(y - (row - ring) * cell_m, 0.0), outside_x))
    if row + ring < n_row - 1:
        nearest = min(nearest, np.hypot(max((row + ring + 1) * cell_m - y, 0.0), outside_x))
    return nearest


@in_place(f64, r_f64s_2d, i64, i64, i64, f64)
def _along_share(shape_xy: Float64s, first: Int, last: Int, at: Int, share: float) -> float:
    """Return how far along a line, as a share, a point of the segment from vertex ``at`` lies."""
    walked, whole = 0.0, 0.0
    for v in range(first, last):
        piece = np.hypot(shape_xy[v + 1, 0] - shape_xy[v, 0], shape_xy[v + 1, 1] - shape_xy[v, 1])
        if v < at:
            walked += piece
        elif v == at:
            walked += share * piece
        whole += piece
    return min(walked / whole, 1.0) if whole > 0.0 else 0.0


@compiled(
    several(i32s, f64s, f64s, f64s),
    *(r_f64s_2d, r_i64s, r_f64s, r_i32s, r_u8s),
    *(r_i32s, r_i32s, f64, f64, f64, i64),
    r_f64s_2d,
)
def nearest_streets(
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
    """Search rings of cells outwards until nothing unseen can be nearer.

    Returns
    -------
    edge, along_m, connector_m, island_m
        The columns of ``Attachments``; without an edge -1, 0, NaN.
    """
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
                        if kind == CLOSED:
                            continue
                        best_any = min(best_any, squared)
                        if kind == MAIN and (
                            squared < best
                            or e < best_edge
                            or (e == best_edge and np.int64(v) < best_vertex)
                        ):
                            best, best_share = squared, share
                            best_vertex, best_edge = np.int64(v), e
            unseen = _unseen_m(x, y, column, row, ring, cell_m, n_column, n_row)
            if unseen == np.inf or best <= unseen * unseen:
                break
            ring += 1
        island_m[i] = np.sqrt(best_any) if best_any < np.inf else np.nan
        if best_edge < 0:
            continue
        edge[i] = best_edge
        connector_m[i] = np.sqrt(best)
        first, last = shape_start[best_edge], shape_start[best_edge + 1] - 1
        share = _along_share(shape_xy, first, last, best_vertex, best_share)
        along_m[i] = share * edge_length_m[best_edge]
    return edge, along_m, connector_m, island_m
