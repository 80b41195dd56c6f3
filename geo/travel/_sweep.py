"""Compiled sweeps: everything within a limit of a place, bounded by a 4-ary heap.

Times are int32 milliseconds. A key or an arc is one int64, ``ms << 32 | node``, so that adding an
arc to a key gives the key of its head. A node enters the heap only within the limit, so the settled
nodes are all that must be reset and the cost follows the catchment, not the network.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from geo.network.compiled import (
    FAR,
    LOW_32,
    Int32s,
    Int64s,
    boolean,
    compiled,
    i32s,
    i64,
    i64s,
    r_i32s,
    r_i32s_2d,
    r_i64s,
    several,
)

_TOP: Final = np.int64(2**63 - 1)
FIRST_HEAP: Final = 256
_FIRST_PAIRS: Final = 1024


@compiled(i64, i64s, i64, i64)
def push(heap: Int64s, size: int, key: int) -> int:
    """Insert a key; the heap must have room. Return the new size."""
    at = size
    while at > 0:
        parent = (at - 1) >> 2
        if heap[parent] <= key:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = key
    return size + 1


@compiled(i64, i64s, i64)
def drop_first(heap: Int64s, size: int) -> int:
    """Remove the least key, ``heap[0]``. Return the new size.

    Every slot after the last key holds the greatest key, which spares the search for the least
    child all tests of the end.
    """
    size -= 1
    last = heap[size]
    heap[size] = _TOP
    at = 0
    child = 1
    while child < size:
        best = child
        least = heap[child]
        for other in range(child + 1, child + 4):
            if heap[other] < least:
                least = heap[other]
                best = other
        if last <= least:
            break
        heap[at] = least
        at = best
        child = 4 * at + 1
    heap[at] = last
    return size


@compiled(i64s, i64)
def new_heap(room: int) -> Int64s:
    """Return an empty heap."""
    return np.full(room, _TOP, np.int64)


@compiled(i64s, i64s, i64)
def with_room(heap: Int64s, size: int) -> Int64s:
    """Return the heap, or a longer copy when the next few keys might not fit."""
    if size + 8 <= len(heap):
        return heap
    longer = np.full(2 * len(heap), _TOP, np.int64)
    longer[:size] = heap[:size]
    return longer


@compiled(several(i32s, i64s, i32s), i64, r_i32s_2d, r_i32s_2d)
def pack_arcs(n_node: int, edge_nodes: Int32s, edge_ms: Int32s) -> tuple[Int32s, Int64s, Int32s]:
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


@compiled(several(i64s, i64), r_i32s, r_i64s, i64, i32s, i32s, i64s, i64)
def sweep(
    bounds: Int32s, packed: Int64s, limit: int, ms: Int32s, settled: Int32s, heap: Int64s, size: int
) -> tuple[Int64s, int]:
    """Settle every node within the limit of the keys in the heap, nearest first.

    ``ms`` holds the seeds' times and `FAR` elsewhere. Returns the heap (perhaps a longer one) and
    the number of nodes written to ``settled``.
    """
    n_settled = 0
    farthest = (np.int64(limit) << 32) | LOW_32
    while size > 0:
        key = heap[0]
        size = drop_first(heap, size)
        u = np.uint32(key)
        if ms[u] != np.int32(key >> 32):
            continue
        settled[n_settled] = u
        n_settled += 1
        base = key & ~LOW_32
        for a in range(np.uint32(bounds[u]), np.uint32(bounds[u + np.uint32(1)])):
            reached = base + packed[a]
            v = np.uint32(reached)
            if reached <= farthest and np.int32(reached >> 32) < ms[v]:
                ms[v] = np.int32(reached >> 32)
                heap = with_room(heap, size)
                size = push(heap, size, reached)
    return heap, n_settled


@compiled(i64, r_i32s_2d, i64, r_i32s_2d, i64, boolean)
def along_edge(
    demand_position: Int32s, d: int, facility_position: Int32s, f: int, towards: bool
) -> int:
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


@compiled(several(i32s, i32s), i64, r_i32s_2d, r_i32s)
def edges_with_demand(
    n_node: int, edge_nodes: Int32s, demand_start: Int32s
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


@compiled(i64s, i64s, i64, i64)
def pairs_with_room(pairs: Int64s, n_pair: int, more: int) -> Int64s:
    """Return the pairs, or a longer copy when ``more`` might not fit."""
    if n_pair + more <= len(pairs):
        return pairs
    longer = np.empty(max(2 * len(pairs), n_pair + more), np.int64)
    longer[:n_pair] = pairs[:n_pair]
    return longer


@compiled(
    several(i64s, i64s),
    *(r_i32s, r_i64s, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s_2d, r_i32s),
    *(r_i32s, r_i32s, r_i32s_2d, r_i32s_2d, r_i32s),
    *(r_i32s, r_i32s),
    *(r_i32s, i64, boolean),
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
    demand_row: Int32s,
    demand_position: Int32s,
    demand_leg: Int32s,
    demand_connector: Int32s,
    near_start: Int32s,
    near: Int32s,
    facilities: Int32s,
    limit: int,
    towards: bool,
) -> tuple[Int64s, Int64s]:
    """Return the demand within the limit of each facility as ``row << 32 | ms``, and bounds."""
    n_node = len(bounds) - 1
    ms = np.full(n_node, np.int32(FAR), np.int32)
    settled = np.empty(n_node, np.int32)
    heap = new_heap(FIRST_HEAP)
    pairs = np.empty(_FIRST_PAIRS, np.int64)
    pair_bounds = np.zeros(len(facilities) + 1, np.int64)
    n_pair = 0
    for i in range(len(facilities)):
        facility = facilities[i]
        home = facility_edge[facility]
        size = 0
        for side in range(2):
            leg = facility_leg[facility, side]
            node = edge_nodes[home, side]
            if leg <= limit and leg < ms[node]:
                ms[node] = leg
                size = push(heap, size, (np.int64(leg) << 32) | np.int64(node))
        heap, n_settled = sweep(bounds, packed, limit, ms, settled, heap, size)

        # The facility's own edge: along the street itself, or round by its ends.
        from_start, from_end = np.int64(ms[edge_nodes[home, 0]]), np.int64(ms[edge_nodes[home, 1]])
        pairs = pairs_with_room(pairs, n_pair, demand_start[home + 1] - demand_start[home])
        for d in range(demand_start[home], demand_start[home + 1]):
            best = along_edge(demand_position, d, facility_position, facility, towards)
            best += np.int64(demand_connector[d]) + np.int64(facility_connector[facility])
            best = min(best, from_start + demand_leg[d, 0], from_end + demand_leg[d, 1])
            if best <= limit:
                pairs[n_pair] = (np.int64(demand_row[d]) << 32) | best
                n_pair += 1

        for s in range(n_settled):
            u = np.uint32(settled[s])
            for k in range(np.uint32(near_start[u]), np.uint32(near_start[u + np.uint32(1)])):
                e = np.uint32(near[k] >> 1)
                from_start = np.int64(ms[np.uint32(edge_nodes[e, 0])])
                if e == np.uint32(home) or (near[k] & 1 and from_start != FAR):
                    continue  # dealt with above, or by its start, which is settled too
                from_end = np.int64(ms[np.uint32(edge_nodes[e, 1])])
                first, last = np.uint32(demand_start[e]), np.uint32(demand_start[e + np.uint32(1)])
                pairs = pairs_with_room(pairs, n_pair, np.int64(last) - np.int64(first))
                for d in range(first, last):
                    best = min(from_start + demand_leg[d, 0], from_end + demand_leg[d, 1])
                    if best <= limit:
                        pairs[n_pair] = (np.int64(demand_row[d]) << 32) | best
                        n_pair += 1
        pair_bounds[i + 1] = n_pair
        for s in range(n_settled):
            ms[np.uint32(settled[s])] = FAR
    return pairs[:n_pair].copy(), pair_bounds


@compiled(several(i64s, i32s, i32s), r_i64s, r_i64s, r_i64s, i64)
def by_demand(
    pairs: Int64s, first: Int64s, last: Int64s, n_row: int
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
    bounds: Int64s, indices: Int32s, ms: Int32s, member_start: Int64s, member: Int64s, n_column: int
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
