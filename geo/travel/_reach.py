"""Compiled lists of the demand within a limit of each facility, one bounded sweep a facility."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: FBT001, PLR0917, C901, PLR0912

from __future__ import annotations

from typing import Final

import numpy as np

from geo.network.compiled import (
    FAR,
    Int,
    Int32s,
    Int64s,
    boolean,
    compiled,
    i32s,
    i32s_2d,
    i64,
    i64s,
    in_place,
    r_i32s,
    r_i32s_2d,
    r_i64s,
    several,
)
from geo.travel._along import along_edge
from geo.travel._sweep import enqueue, new_buckets, sweep

_FIRST_PAIRS: Final = 1024

ROW, EDGE, END, START_LEG, END_LEG = range(5)
"""Columns of demand: its row, its edge, the edge's end node, the walks from start and end."""


@compiled(several(i32s, i32s_2d, i32s, i32s), i64, r_i32s_2d, r_i32s, r_i32s_2d)
def arrange_demand(
    n_node: Int, edge_nodes: Int32s, edge: Int32s, leg_ms: Int32s
) -> tuple[Int32s, Int32s, Int32s, Int32s]:
    """Return demand by the start node of its edge, and edges with demand by their end node.

    Each is CSR bounds for every node and then the entries: a row of the columns above, or an edge.
    """
    bounds = np.zeros(n_node + 1, np.int32)
    end_bounds = np.zeros(n_node + 1, np.int32)
    used = np.zeros(len(edge_nodes), np.bool_)
    for i in range(len(edge)):
        if edge[i] >= 0:
            bounds[edge_nodes[edge[i], 0] + 1] += 1
            end_bounds[edge_nodes[edge[i], 1] + 1] += not used[edge[i]]
            used[edge[i]] = True
    for u in range(n_node):
        bounds[u + 1] += bounds[u]
        end_bounds[u + 1] += end_bounds[u]
    fill, end_fill = bounds[:-1].copy(), end_bounds[:-1].copy()
    demand = np.empty((bounds[n_node], 5), np.int32)
    ending = np.empty(end_bounds[n_node], np.int32)
    for i in range(len(edge)):
        e = edge[i]
        if e >= 0:
            start, end = edge_nodes[e, 0], edge_nodes[e, 1]
            at = fill[start]
            fill[start] += 1
            demand[at, ROW], demand[at, EDGE], demand[at, END] = i, e, end
            demand[at, START_LEG], demand[at, END_LEG] = leg_ms[i, 0], leg_ms[i, 1]
            if used[e]:
                used[e] = False
                ending[end_fill[end]] = e
                end_fill[end] += 1
    return bounds, demand, end_bounds, ending


@compiled(i64s, i64s)
def longer(pairs: Int64s) -> Int64s:
    """Return the pairs in twice the room."""
    roomy = np.empty(2 * len(pairs), np.int64)
    roomy[: len(pairs)] = pairs
    return roomy


@in_place(
    i64,
    *(i64s, i64, i64, boolean, i64),
    *(i32s, i32s, i64, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s),
    *(r_i32s, r_i32s_2d, r_i32s, r_i32s, r_i32s_2d, r_i32s),
)
def write_pairs(
    pairs: Int64s,
    n_pair: Int,
    limit: Int,
    towards: bool,
    facility: Int,
    ms: Int32s,
    touched: Int32s,
    n_touched: Int,
    edge_nodes: Int32s,
    facility_edge: Int32s,
    facility_position: Int32s,
    facility_connector: Int32s,
    demand_start: Int32s,
    demand: Int32s,
    ending_start: Int32s,
    ending: Int32s,
    demand_position: Int32s,
    demand_connector: Int32s,
) -> Int:
    """Append the demand around the nodes touched; return the number of pairs, -1 for no room."""
    # The facility's own edge: along the street itself, or round by its ends.
    home = facility_edge[facility]
    start = np.uint32(edge_nodes[home, 0])
    from_start, from_end = np.int64(ms[start]), np.int64(ms[edge_nodes[home, 1]])
    first, last = demand_start[start], demand_start[start + np.uint32(1)]
    if n_pair + last - first > len(pairs):
        return -1
    for d in range(first, last):
        if demand[d, EDGE] == home:
            row = demand[d, ROW]
            best = along_edge(demand_position, row, facility_position, facility, towards)
            best += np.int64(demand_connector[row]) + np.int64(facility_connector[facility])
            best = min(best, from_start + demand[d, START_LEG], from_end + demand[d, END_LEG])
            if best <= limit:
                pairs[np.uint64(n_pair)] = (np.int64(row) << 32) | best
                n_pair += 1

    for s in range(n_touched):
        u = np.uint32(touched[s])
        own = np.int64(ms[u])
        first, last = demand_start[u], demand_start[u + np.uint32(1)]
        if n_pair + last - first > len(pairs):
            return -1
        for d in range(np.uint32(first), np.uint32(last)):
            from_end = np.int64(ms[np.uint32(demand[d, END])]) + demand[d, END_LEG]
            best = min(own + demand[d, START_LEG], from_end)
            if best <= limit and demand[d, EDGE] != home:
                pairs[np.uint64(n_pair)] = (np.int64(demand[d, ROW]) << 32) | best
                n_pair += 1
        # Edges that end here are dealt with from their start, unless that is out of reach.
        for k in range(np.uint32(ending_start[u]), np.uint32(ending_start[u + np.uint32(1)])):
            e = ending[k]
            start = np.uint32(edge_nodes[np.uint32(e), 0])
            if ms[start] != FAR or e == home:
                continue
            first, last = demand_start[start], demand_start[start + np.uint32(1)]
            if n_pair + last - first > len(pairs):
                return -1
            for d in range(np.uint32(first), np.uint32(last)):
                best = own + demand[d, END_LEG]
                if demand[d, EDGE] == e and best <= limit:
                    pairs[np.uint64(n_pair)] = (np.int64(demand[d, ROW]) << 32) | best
                    n_pair += 1
    return n_pair


@compiled(
    several(i64s, i64s),
    *(r_i32s, r_i64s, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s_2d, r_i32s),
    *(r_i32s, r_i32s_2d, r_i32s, r_i32s, r_i32s_2d, r_i32s),
    *(r_i32s, i64, i64, boolean),
    *(i32s, i32s, i32s, i32s),
)
def reach(
    bounds: Int32s,
    packed: Int64s,
    edge_nodes: Int32s,
    facility_edge: Int32s,
    facility_position: Int32s,
    facility_leg: Int32s,
    facility_connector: Int32s,
    demand_start: Int32s,
    demand: Int32s,
    ending_start: Int32s,
    ending: Int32s,
    demand_position: Int32s,
    demand_connector: Int32s,
    facilities: Int32s,
    limit: Int,
    bits: Int,
    towards: bool,
    ms: Int32s,
    touched: Int32s,
    after: Int32s,
    ahead: Int32s,
) -> tuple[Int64s, Int64s]:
    """Return the demand within the limit of each facility as ``row << 32 | ms``, and bounds.

    ``ms`` comes and is left full of `FAR`, ``ahead`` of `IDLE`; ``touched`` and ``after`` may hold
    anything. All have a place a node.
    """
    buckets = new_buckets(limit, bits)
    pairs = np.empty(_FIRST_PAIRS, np.int64)
    pair_bounds = np.zeros(len(facilities) + 1, np.int64)
    n_pair = np.int64(0)
    for i in range(len(facilities)):
        facility = facilities[i]
        home = facility_edge[facility]
        n_touched = 0
        for side in range(2):
            leg = facility_leg[facility, side]
            node = edge_nodes[home, side]
            if leg <= limit and leg < ms[node]:
                n_touched += enqueue(buckets, after, ahead, node, ms[node] >> bits, leg >> bits)
                touched[n_touched - 1] = node
                ms[node] = leg
        n_touched = sweep(
            bounds, packed, limit, bits, ms, touched, n_touched, buckets, after, ahead
        )

        written = np.int64(-1)
        while written < 0:
            written = write_pairs(
                *(pairs, n_pair, limit, towards, facility),
                *(ms, touched, n_touched, edge_nodes),
                *(facility_edge, facility_position, facility_connector),
                *(demand_start, demand, ending_start, ending, demand_position, demand_connector),
            )
            if written < 0:
                pairs = longer(pairs)
        n_pair = written
        pair_bounds[i + 1] = n_pair
        for s in range(n_touched):
            ms[np.uint32(touched[s])] = FAR
    return pairs[:n_pair].copy(), pair_bounds
