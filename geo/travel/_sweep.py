"""Compiled sweeps: everything within a limit of a place, in the order of a bucket queue.

Times are int32 milliseconds. A key or an arc is one int64, ``ms << 32 | node``, so that adding an
arc to a key gives the key of its head. The queue is a row of buckets, each a linked list of keys
whose times agree but for their lowest bits; a bucket is emptied again and again until nothing falls
into it any more, so its inner order does not matter and no key is ever sifted (Denardo and Fox
1979, Operations Research 27(1); Meyer and Sanders 2003, Journal of Algorithms 49(1)). Buckets are
narrower than most streets, so hardly a node is looked at twice; on a real city this took a third of
the time of a 4-ary heap. Only what lies within the limit is ever touched or reset, so the cost
follows the catchment, not the network.
"""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: C901, FBT001, PLR0912, PLR0917

from __future__ import annotations

from typing import Final

import numpy as np

from geo.network.compiled import (
    FAR,
    LOW_32,
    Float64s,
    Int,
    Int32s,
    Int64s,
    boolean,
    compiled,
    f64,
    i32s,
    i32s_2d,
    i64,
    i64s,
    in_place,
    none,
    r_f64s,
    r_i32s,
    r_i32s_2d,
    r_i64s,
    several,
)

IDLE: Final = -2
"""Marks a node that does not wait in any bucket."""
_FIRST_PAIRS: Final = 1024


@compiled(i32s, i64, i64)
def new_buckets(limit: Int, bits: Int) -> Int32s:
    """Return empty buckets for times up to the limit, each ``2 ** bits`` milliseconds wide."""
    return np.full((limit >> bits) + 1, np.int32(-1), np.int32)


@in_place(i64, i32s, i32s, i32s, i64, i64, i64)
def enqueue(
    buckets: Int32s, after: Int32s, ahead: Int32s, node: Int, was_in: Int, bucket: Int
) -> Int:
    """Let a node wait in a bucket, moving it from ``was_in`` if it waits there already.

    ``after`` and ``ahead`` link the nodes of a bucket; ``ahead`` is -1 for the first one and `IDLE`
    for a node that does not wait. Return how many more nodes wait: 1 or 0.
    """
    v = np.uint32(node)
    fresh = ahead[v] == IDLE
    if not fresh:
        if was_in == bucket:
            return 0
        before, behind = ahead[v], after[v]
        if before >= 0:
            after[np.uint32(before)] = behind
        else:
            buckets[np.uint32(was_in)] = behind
        if behind >= 0:
            ahead[np.uint32(behind)] = before
    first = buckets[np.uint32(bucket)]
    after[v] = first
    ahead[v] = -1
    if first >= 0:
        ahead[np.uint32(first)] = node
    buckets[np.uint32(bucket)] = node
    return 1 if fresh else 0


@compiled(several(i32s, i64s, i32s), i64, r_i32s_2d, r_i32s_2d)
def pack_arcs(n_node: Int, edge_nodes: Int32s, edge_ms: Int32s) -> tuple[Int32s, Int64s, Int32s]:
    """Return CSR bounds, packed arcs and the edge of each arc; loops and closed arcs left out."""
    bounds = np.zeros(n_node + 1, np.int32)
    for e in range(len(edge_nodes)):
        start, end = edge_nodes[e, 0], edge_nodes[e, 1]
        if start != end:
            bounds[start + 1] += edge_ms[e, 0] != FAR
            bounds[end + 1] += edge_ms[e, 1] != FAR
    for u in range(n_node):
        bounds[u + 1] += bounds[u]
    fill = bounds[:-1].copy()
    packed = np.empty(bounds[n_node], np.int64)
    arc_edge = np.empty(bounds[n_node], np.int32)
    for e in range(len(edge_nodes)):
        start, end = edge_nodes[e, 0], edge_nodes[e, 1]
        if start == end:
            continue
        if edge_ms[e, 0] != FAR:
            packed[fill[start]] = np.int64(edge_ms[e, 0]) << 32 | np.int64(end)
            arc_edge[fill[start]] = e
            fill[start] += 1
        if edge_ms[e, 1] != FAR:
            packed[fill[end]] = np.int64(edge_ms[e, 1]) << 32 | np.int64(start)
            arc_edge[fill[end]] = e
            fill[end] += 1
    return bounds, packed, arc_edge


@in_place(i64, r_i32s, r_i64s, i64, i64, i32s, i32s, i64, i32s, i32s, i32s)
def sweep(
    bounds: Int32s,
    packed: Int64s,
    limit: Int,
    bits: Int,
    ms: Int32s,
    touched: Int32s,
    n_touched: Int,
    buckets: Int32s,
    after: Int32s,
    ahead: Int32s,
) -> Int:
    """Find every node within the limit of the seeds, which wait in the queue.

    ``ms`` holds the seeds' times and `FAR` elsewhere, ``touched`` names the seeds. Returns how many
    nodes ``touched`` names in the end; the queue is left empty.
    """
    farthest = (np.int64(limit) << 32) | LOW_32
    waiting = np.int64(n_touched)
    bucket = np.uint32(0)
    while waiting > 0:
        node = buckets[bucket]
        if node < 0:
            bucket += np.uint32(1)
            continue
        buckets[bucket] = -1
        while node >= 0:
            u = np.uint32(node)
            node = after[u]
            ahead[u] = IDLE
            waiting -= 1
            base = np.int64(ms[u]) << 32
            for a in range(np.uint32(bounds[u]), np.uint32(bounds[u + np.uint32(1)])):
                reached = base + packed[a]
                v = np.uint32(reached)
                before_ms, reached_ms = ms[v], np.int32(reached >> 32)
                if reached <= farthest and reached_ms < before_ms:
                    ms[v] = reached_ms
                    if before_ms == FAR:
                        touched[n_touched] = v
                        n_touched += 1
                    waiting += enqueue(
                        buckets, after, ahead, v, before_ms >> bits, reached_ms >> bits
                    )
    return n_touched


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


@compiled(several(i32s, i32s), i64, r_i32s)
def group_by_edge(n_edge: Int, edge: Int32s) -> tuple[Int32s, Int32s]:
    """Return bounds for every edge and the rows of the places on it; places on none left out."""
    bounds = np.zeros(n_edge + 1, np.int32)
    for i in range(len(edge)):
        if edge[i] >= 0:
            bounds[edge[i] + 1] += 1
    for e in range(n_edge):
        bounds[e + 1] += bounds[e]
    fill = bounds[:-1].copy()
    row = np.empty(bounds[n_edge], np.int32)
    for i in range(len(edge)):
        if edge[i] >= 0:
            row[fill[edge[i]]] = i
            fill[edge[i]] += 1
    return bounds, row


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


@compiled(several(i32s, i32s), i64, r_i32s_2d, r_i32s)
def edges_with_demand(
    n_node: Int, edge_nodes: Int32s, demand_start: Int32s
) -> tuple[Int32s, Int32s]:
    """Return the edges with demand around each node: CSR bounds and ``edge << 1 | side``."""
    bounds = np.zeros(n_node + 1, np.int32)
    for e in range(len(edge_nodes)):
        if demand_start[e + 1] > demand_start[e]:
            bounds[edge_nodes[e, 0] + 1] += 1
            bounds[edge_nodes[e, 1] + 1] += 1
    for u in range(n_node):
        bounds[u + 1] += bounds[u]
    fill = bounds[:-1].copy()
    near = np.empty(bounds[n_node], np.int32)
    for e in range(len(edge_nodes)):
        if demand_start[e + 1] > demand_start[e]:
            for side in range(2):
                node = edge_nodes[e, side]
                near[fill[node]] = e << 1 | side
                fill[node] += 1
    return bounds, near


@compiled(i64s, i64s)
def longer(pairs: Int64s) -> Int64s:
    """Return the pairs in twice the room."""
    roomy = np.empty(2 * len(pairs), np.int64)
    roomy[: len(pairs)] = pairs
    return roomy


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


@compiled(several(i64s, i32s, i32s), r_i64s, r_i64s, r_i64s, i64)
def by_demand(
    pairs: Int64s, first: Int64s, last: Int64s, n_row: Int
) -> tuple[Int64s, Int32s, Int32s]:
    """Turn lists by facility into CSR rows by demand, facilities ascending in every row."""
    bounds = np.zeros(n_row + 1, np.int64)
    for f in range(len(first)):
        for p in range(first[f], last[f]):
            bounds[(pairs[p] >> 32) + 1] += 1
    for i in range(n_row):
        bounds[i + 1] += bounds[i]
    fill = bounds[:-1].copy()
    indices = np.empty(bounds[n_row], np.int32)
    ms = np.empty(bounds[n_row], np.int32)
    for f in range(len(first)):
        for p in range(first[f], last[f]):
            row = np.uint32(pairs[p] >> 32)
            at = np.uint64(fill[row])
            fill[row] += 1
            indices[at] = f
            ms[at] = np.int32(pairs[p] & LOW_32)
    return bounds, indices, ms


@compiled(several(i64s, i32s, i32s), r_i64s, r_i32s, r_i32s, r_i64s, r_i64s, i64)
def least_of_rows(
    bounds: Int64s, indices: Int32s, ms: Int32s, member_start: Int64s, member: Int64s, n_column: Int
) -> tuple[Int64s, Int32s, Int32s]:
    """Merge the rows of each group, keeping the least time of every column."""
    n_group = len(member_start) - 1
    best = np.full(n_column, np.int32(FAR), np.int32)
    out_bounds = np.zeros(n_group + 1, np.int64)
    room = np.int64(0)
    for m in range(len(member)):
        room += bounds[member[m] + 1] - bounds[member[m]]
    out_indices = np.empty(room, np.int32)
    out_ms = np.empty(room, np.int32)
    n_out = np.int64(0)
    for g in range(n_group):
        begin = n_out
        for m in range(member_start[g], member_start[g + 1]):
            row = member[m]
            for p in range(bounds[row], bounds[row + 1]):
                column = indices[p]
                if best[column] == FAR:
                    out_indices[n_out] = column
                    n_out += 1
                best[column] = min(best[column], ms[p])
        if member_start[g + 1] - member_start[g] > 1:
            out_indices[begin:n_out].sort()
        for p in range(begin, n_out):
            out_ms[p] = best[out_indices[p]]
            best[out_indices[p]] = FAR
        out_bounds[g + 1] = n_out
    return out_bounds, out_indices[:n_out].copy(), out_ms[:n_out].copy()
