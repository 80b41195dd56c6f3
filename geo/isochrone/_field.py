"""The compiled walk from every cell of a window, and how far a cell lies outside a limit."""
# ruff: noqa: PLR0917, compiled functions take no keywords

from __future__ import annotations

from typing import Final

import numpy as np

from geo.isochrone._nearest import foot
from geo.network.compiled import (
    FAR,
    Float32s,
    Float64s,
    Int32s,
    boolean,
    compiled,
    f32s_2d,
    f64,
    f64s,
    i32,
    i32s,
    i64,
    none,
    r_f32s_2d,
    r_f64s,
    r_f64s_2d,
    r_i32s,
    r_i32s_2d,
    r_i32s_2d_part,
)

NEVER_MS: Final = 1e12
"""Walking time of a cell that reaches no facility or belongs to no street."""
AROUND: Final = 9
"""A cell and its eight neighbours."""
OFF_LINE_M: Final = 1e-3
"""No point lies nearer to the zero line than this, so that rings never touch in a point."""


@compiled(boolean, i32, r_i32s)
def _seated(e: int, seat_edge: Int32s) -> bool:
    """Return whether a facility stands on the edge."""
    seat = 0 if len(seat_edge) == 1 else int(np.searchsorted(seat_edge, e))
    return seat < len(seat_edge) and seat_edge[seat] == e


@compiled(f64, i32, f64, r_i32s_2d, r_f64s, r_i32s_2d, r_i32s, r_i32s, r_f64s, r_f64s)
def street_ms(
    e: int,
    along_m: float,
    edge_nodes: Int32s,
    edge_length_m: Float64s,
    edge_ms: Int32s,
    node_ms: Int32s,
    seat_edge: Int32s,
    seat_along_m: Float64s,
    seat_ms: Float64s,
) -> float:
    """Return the walk between a street point and its nearest facility, or `NEVER_MS`.

    ``edge_ms`` holds the walk from the point towards the edge's end, then towards its start. The
    seats are the facilities on edges, sorted by edge, each with the time of its own connector.
    """
    seat = 0 if len(seat_edge) == 1 else int(np.searchsorted(seat_edge, e))
    seated = seat < len(seat_edge) and seat_edge[seat] == e
    start_ms, end_ms = node_ms[edge_nodes[e, 0]], node_ms[edge_nodes[e, 1]]
    if start_ms == FAR and end_ms == FAR and not seated:
        return NEVER_MS
    length_m = max(edge_length_m[e], 1e-9)
    forward_ms, back_ms = edge_ms[e, 0], edge_ms[e, 1]
    best = NEVER_MS
    if max(end_ms, forward_ms) != FAR:
        best = min(best, end_ms + (length_m - along_m) / length_m * forward_ms)
    if max(start_ms, back_ms) != FAR:
        best = min(best, start_ms + along_m / length_m * back_ms)
    while seated:
        gap_m = seat_along_m[seat] - along_m
        pace_ms = forward_ms if gap_m >= 0.0 else back_ms
        if pace_ms != FAR:
            best = min(best, abs(gap_m) / length_m * pace_ms + seat_ms[seat])
        seat += 1
        seated = seat < len(seat_edge) and seat_edge[seat] == e
    return best


@compiled(
    f32s_2d,
    *(r_i32s_2d_part, f64, f64, f64),
    *(r_f64s_2d, r_i32s, r_f64s, f64),
    *(r_i32s_2d, r_f64s, r_i32s_2d, r_i32s, r_i32s, r_f64s, r_f64s),
)
def walk_ms(
    owner: Int32s,
    west_m: float,
    south_m: float,
    cell_m: float,
    ends: Float64s,
    segment_edge: Int32s,
    segment_along_m: Float64s,
    connector_ms_m: float,
    edge_nodes: Int32s,
    edge_length_m: Float64s,
    edge_ms: Int32s,
    node_ms: Int32s,
    seat_edge: Int32s,
    seat_along_m: Float64s,
    seat_ms: Float64s,
) -> Float32s:
    """Return the walking time of every cell's centre, connector included.

    ``west_m`` and ``south_m`` are the centre of the window's first cell; see ``street_ms`` for the
    rest.
    """
    n_row, n_column = owner.shape
    times = np.full((n_row, n_column), NEVER_MS, np.float32)
    looked_at, dead = -1, True  # neighbours mostly share their owner
    for row in range(n_row):
        y = south_m + row * cell_m
        for column in range(n_column):
            segment = owner[row, column]
            if segment < 0:
                continue
            if segment != looked_at:
                looked_at = segment
                e = segment_edge[segment]
                dead = (
                    node_ms[edge_nodes[e, 0]] == FAR
                    and node_ms[edge_nodes[e, 1]] == FAR
                    and not _seated(e, seat_edge)
                )
            if dead:
                continue
            x = west_m + column * cell_m
            distance_m, from_start_m = foot(ends, segment, x, y)
            street = street_ms(
                segment_edge[segment],
                segment_along_m[segment] + from_start_m,
                edge_nodes,
                edge_length_m,
                edge_ms,
                node_ms,
                seat_edge,
                seat_along_m,
                seat_ms,
            )
            times[row, column] = min(NEVER_MS, street + distance_m * connector_ms_m)
    return times


@compiled(i64, i32s, i64, i32)
def _with_rival(rivals: Int32s, n: int, owner: int) -> int:
    """Add a cell's owner to the first ``n`` rivals unless it is there; return their number."""
    if owner < 0:
        return n
    for k in range(n):
        if rivals[k] == owner:
            return n
    rivals[n] = owner
    return n + 1


@compiled(none, i32, f64, r_i32s_2d, r_f64s, r_i32s_2d, r_i32s, f64s)
def _legs(
    e: int,
    from_start_m: float,
    edge_nodes: Int32s,
    edge_length_m: Float64s,
    edge_ms: Int32s,
    node_ms: Int32s,
    legs: Float64s,
) -> None:
    """Write time and pace along a segment: by the edge's start, then by its end."""
    legs[:] = (NEVER_MS, 0.0, NEVER_MS, 0.0)
    length_m = max(edge_length_m[e], 1e-9)
    start_ms, end_ms = node_ms[edge_nodes[e, 0]], node_ms[edge_nodes[e, 1]]
    if max(start_ms, edge_ms[e, 1]) != FAR:
        legs[1] = edge_ms[e, 1] / length_m
        legs[0] = start_ms + from_start_m * legs[1]
    if max(end_ms, edge_ms[e, 0]) != FAR:
        legs[3] = -edge_ms[e, 0] / length_m
        legs[2] = end_ms + (from_start_m - length_m) * legs[3]


@compiled(f64, f64, f64, f64, f64, f64, f64)
def _signed(
    beyond_m: float,
    nearest_m: float,
    inside_m: float,
    outside_m: float,
    max_connector_m: float,
    cell_m: float,
) -> float:
    """Return how far a point lies outside, at most a cell, negative inside.

    ``beyond_m`` is how far its walk exceeds the limit; ``inside_m`` and ``outside_m`` are the
    distances of the nearest streets by which it would be inside and outside.
    """
    if nearest_m > max_connector_m:
        return min(cell_m, max(nearest_m - max_connector_m, OFF_LINE_M))
    rival_m = inside_m if beyond_m > 0.0 else outside_m
    depth_m = min(cell_m, abs(beyond_m), 0.5 * (rival_m - nearest_m))
    if beyond_m > 0.0:
        return max(depth_m, OFF_LINE_M)
    return -max(min(depth_m, max_connector_m - nearest_m), OFF_LINE_M)


@compiled(
    f32s_2d,
    *(r_f32s_2d, f64, i64, f64),
    *(r_i32s_2d_part, f64, f64, f64),
    *(r_f64s_2d, r_i32s, r_f64s, f64),
    *(r_i32s_2d, r_f64s, r_i32s_2d, r_i32s, r_i32s, r_f64s, r_f64s),
)
def outside_m(  # noqa: C901, PLR0912 - one pass over cells, points and rivals
    centre_ms: Float32s,
    limit_ms: float,
    detail: int,
    max_connector_m: float,
    owner: Int32s,
    west_m: float,
    south_m: float,
    cell_m: float,
    ends: Float64s,
    segment_edge: Int32s,
    segment_along_m: Float64s,
    connector_ms_m: float,
    edge_nodes: Int32s,
    edge_length_m: Float64s,
    edge_ms: Int32s,
    node_ms: Int32s,
    seat_edge: Int32s,
    seat_along_m: Float64s,
    seat_ms: Float64s,
) -> Float32s:
    """Return about how many metres each point lies outside the limit, negative inside.

    Times jump where two streets meet back to back, so contours of time would be drawn anywhere
    between two cells. This field has no jump: a point is as deep inside as it is far from the
    first of three lines: where its walk becomes too long, where a street that is too far takes
    over (half the difference of the two distances), and where connectors become too long. Between
    points its zero line can therefore be interpolated.

    Every cell is divided into ``detail`` by ``detail`` points; where a cell and its neighbours are
    all inside or all outside, its points are simply one cell deep. The field has a border of
    outside points, one wide.
    """
    n_row, n_column = owner.shape
    field = np.full((n_row * detail + 2, n_column * detail + 2), cell_m, np.float32)
    rivals = np.empty(AROUND, np.int32)
    seated = np.empty(AROUND, np.bool_)
    legs = np.empty((AROUND, 4))
    for row in range(n_row):
        low, high = max(row - 1, 0), min(row + 2, n_row)
        for column in range(n_column):
            left, right = max(column - 1, 0), min(column + 2, n_column)
            n_inside = 0
            for r in range(low, high):
                for c in range(left, right):
                    n_inside += centre_ms[r, c] <= limit_ms
            if n_inside == 0:
                continue
            first_row, first_column = row * detail + 1, column * detail + 1
            if n_inside == AROUND:
                for i in range(first_row, first_row + detail):
                    for j in range(first_column, first_column + detail):
                        field[i, j] = -cell_m
                continue
            n = 0
            for r in range(low, high):
                for c in range(left, right):
                    n = _with_rival(rivals, n, owner[r, c])
            for k in range(n):
                e, from_start_m = segment_edge[rivals[k]], segment_along_m[rivals[k]]
                seated[k] = _seated(e, seat_edge)
                _legs(e, from_start_m, edge_nodes, edge_length_m, edge_ms, node_ms, legs[k])
            for i in range(detail):
                y = south_m + (row + (i + 0.5) / detail - 0.5) * cell_m
                for j in range(detail):
                    x = west_m + (column + (j + 0.5) / detail - 0.5) * cell_m
                    nearest_m, nearest_ms = np.inf, NEVER_MS
                    inside_m, outside_m = np.inf, np.inf
                    for k in range(n):
                        distance_m, from_start_m = foot(ends, rivals[k], x, y)
                        if seated[k]:
                            ms = street_ms(
                                segment_edge[rivals[k]],
                                segment_along_m[rivals[k]] + from_start_m,
                                edge_nodes,
                                edge_length_m,
                                edge_ms,
                                node_ms,
                                seat_edge,
                                seat_along_m,
                                seat_ms,
                            )
                        else:
                            ms = min(
                                legs[k, 0] + from_start_m * legs[k, 1],
                                legs[k, 2] + from_start_m * legs[k, 3],
                            )
                        ms += distance_m * connector_ms_m
                        if ms <= limit_ms:
                            inside_m = min(inside_m, distance_m)
                        else:
                            outside_m = min(outside_m, distance_m)
                        if distance_m < nearest_m:
                            nearest_m, nearest_ms = distance_m, ms
                    beyond_m = (nearest_ms - limit_ms) / connector_ms_m
                    field[first_row + i, first_column + j] = _signed(
                        beyond_m, nearest_m, inside_m, outside_m, max_connector_m, cell_m
                    )
    return field
