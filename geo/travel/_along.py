"""Compiled times along one edge: from its ends to a place, and between two places on it."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: FBT001, PLR0917

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    FAR,
    Float64s,
    Int,
    Int32s,
    boolean,
    f64,
    i32s,
    i32s_2d,
    i64,
    in_place,
    none,
    r_f64s,
    r_i32s,
    r_i32s_2d,
)


@in_place(
    none,
    *(r_i32s, r_f64s, r_f64s, r_f64s, r_i32s_2d, f64, boolean, i64),
    *(i32s_2d, i32s_2d, i32s),
)
def time_places(
    edge: Int32s,
    along_m: Float64s,
    connector_m: Float64s,
    edge_length_m: Float64s,
    edge_ms: Int32s,
    speed_m_s: float,
    towards: bool,
    longest: Int,
    position_ms: Int32s,
    leg_ms: Int32s,
    connector_ms: Int32s,
) -> None:
    """Fill in where places lie on their edges and how far the edges' ends are."""
    for i in range(len(edge)):
        e = edge[i]
        if e < 0:
            position_ms[i, 0] = position_ms[i, 1] = leg_ms[i, 0] = leg_ms[i, 1] = FAR
            connector_ms[i] = 0
            continue
        share = 0.0
        if edge_length_m[e] > 0.0:
            share = min(max(along_m[i] / edge_length_m[e], 0.0), 1.0)
        connector = min(np.rint(1000.0 * connector_m[i] / speed_m_s), np.float64(longest))
        connector_ms[i] = np.int32(connector)
        for way in range(2):
            whole = np.int64(edge_ms[e, way])
            # Forwards, the start lies behind the place and the end ahead; backwards, in turn.
            side = way if towards else 1 - way
            if whole == FAR:
                position_ms[i, way] = FAR
                leg_ms[i, side] = FAR
                continue
            at = np.int64(np.rint(share * whole))
            position_ms[i, way] = at
            leg = np.int64(connector) + (at if side == 0 else whole - at)
            leg_ms[i, side] = leg if leg <= longest else FAR


@in_place(i64, r_i32s_2d, i64, r_i32s_2d, i64, boolean)
def along_edge(
    demand_position: Int32s, d: Int, facility_position: Int32s, f: Int, towards: bool
) -> Int:
    """Return the walk between two places of one edge along the edge itself, `FAR` if closed."""
    ahead = np.int64(facility_position[f, 0]) - np.int64(demand_position[d, 0])
    back = np.int64(demand_position[d, 1]) - np.int64(facility_position[f, 1])
    if not towards:
        ahead, back = -ahead, -back
    best = np.int64(FAR)
    if facility_position[f, 0] != FAR and ahead >= 0:
        best = ahead
    if facility_position[f, 1] != FAR and back >= 0:
        best = min(best, back)
    return best
