"""Compiled search for the nearest facility, or the nearest few, of every node and place."""

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    FAR,
    LOW_32,
    Int32s,
    Int64s,
    boolean,
    compiled,
    i32s,
    i32s_2d,
    i64,
    i64s,
    r_i32s,
    r_i32s_2d,
    r_i64s,
    several,
)
from geo.travel._sweep import FIRST_HEAP, along_edge, drop_first, new_heap, push, with_room


@compiled(several(i64s, i64), r_i32s, r_i64s, i64, i32s, i32s, i64s, i64)
def spread(
    bounds: Int32s, packed: Int64s, limit: int, ms: Int32s, nearest: Int32s, heap: Int64s, size: int
) -> tuple[Int64s, int]:
    """Lower times and owners from the keys in the heap, wherever they improve; prune elsewhere.

    Of two facilities at the same time the one with the lower number owns the node. Returns the
    heap, and the size 0.
    """
    farthest = (np.int64(limit) << 32) | LOW_32
    while size > 0:
        key = heap[0]
        size = drop_first(heap, size)
        u = np.uint32(key)
        if ms[u] != np.int32(key >> 32):
            continue
        owner = nearest[u]
        base = key & ~LOW_32
        for a in range(np.uint32(bounds[u]), np.uint32(bounds[u + np.uint32(1)])):
            reached = base + packed[a]
            v = np.uint32(reached)
            reached_ms = np.int32(reached >> 32)
            if reached > farthest or reached_ms > ms[v]:
                continue
            if reached_ms < ms[v] or owner < nearest[v]:
                ms[v] = reached_ms
                nearest[v] = owner
                heap = with_room(heap, size)
                size = push(heap, size, reached)
    return heap, size


@compiled(
    several(i32s, i32s),
    *(r_i32s, r_i64s, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s),
    *(i64, boolean),
)
def nearest_of_nodes(
    bounds: Int32s,
    packed: Int64s,
    edge_nodes: Int32s,
    facility_edge: Int32s,
    facility_leg: Int32s,
    facilities: Int32s,
    limit: int,
    one_queue: bool,
) -> tuple[Int32s, Int32s]:
    """Return the time to, and the number of, each node's nearest facility (`FAR`, -1 for none).

    One queue for all facilities settles every node once, but the heap holds the whole frontier.
    With a limit, one small pruned sweep a facility, in the order given, stays in the cache.
    """
    n_node = len(bounds) - 1
    ms = np.full(n_node, np.int32(FAR), np.int32)
    nearest = np.full(n_node, np.int32(-1), np.int32)
    heap = new_heap(FIRST_HEAP)
    size = 0
    for i in range(len(facilities)):
        facility = facilities[i]
        home = facility_edge[facility]
        for side in range(2):
            leg = facility_leg[facility, side]
            node = edge_nodes[home, side]
            if leg <= limit and (leg < ms[node] or (leg == ms[node] and facility < nearest[node])):
                ms[node] = leg
                nearest[node] = facility
                heap = with_room(heap, size)
                size = push(heap, size, (np.int64(leg) << 32) | np.int64(node))
        if not one_queue:
            heap, size = spread(bounds, packed, limit, ms, nearest, heap, size)
    heap, size = spread(bounds, packed, limit, ms, nearest, heap, size)
    return ms, nearest


@compiled(i64, i32s, i32s, i64, i64, i64)
def insert_nearest(ms: Int32s, facility: Int32s, n: int, new_ms: int, new_facility: int) -> int:
    """Put a facility into a short list by time, then number; return how many the list holds.

    The first ``n`` places of the list are filled. A facility already there keeps its lesser time.
    """
    room = len(ms)
    at = n
    for i in range(n):
        if facility[i] == new_facility:
            if ms[i] <= new_ms:
                return n
            at = i
            break
    if at == n:
        if n == room:
            at = room - 1
            if (np.int64(ms[at]), np.int64(facility[at])) <= (new_ms, new_facility):
                return n
        else:
            n += 1
    while at > 0 and (np.int64(ms[at - 1]), np.int64(facility[at - 1])) > (new_ms, new_facility):
        ms[at] = ms[at - 1]
        facility[at] = facility[at - 1]
        at -= 1
    ms[at] = new_ms
    facility[at] = new_facility
    return n


@compiled(i64, i32s, i32s, i64, i64)
def offer(ms: Int32s, nearest: Int32s, new_ms: int, facility: int) -> int:
    """Offer a facility to a node's unordered slots; return the slot it improved, -1 for none."""
    worst = 0
    for i in range(len(ms)):
        if nearest[i] == facility:
            if ms[i] <= new_ms:
                return -1
            worst = i
            break
        if (np.int64(ms[i]), np.int64(nearest[i])) > (
            np.int64(ms[worst]),
            np.int64(nearest[worst]),
        ):
            worst = i
    else:
        if (np.int64(ms[worst]), np.int64(nearest[worst])) <= (new_ms, facility):
            return -1
    ms[worst] = new_ms
    nearest[worst] = facility
    return worst


@compiled(
    several(i32s_2d, i32s_2d),
    *(r_i32s, r_i64s, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s),
    *(i64, i64),
)
def nearest_few_of_nodes(
    bounds: Int32s,
    packed: Int64s,
    edge_nodes: Int32s,
    facility_edge: Int32s,
    facility_leg: Int32s,
    facilities: Int32s,
    limit: int,
    k: int,
) -> tuple[Int32s, Int32s]:
    """Return the times to, and numbers of, each node's ``k`` nearest facilities, ascending.

    One queue for all; a key names a slot, ``node * k + i``, and is stale when the slot's time
    has changed since.
    """
    n_node = len(bounds) - 1
    ms = np.full((n_node, k), np.int32(FAR), np.int32)
    nearest = np.full((n_node, k), np.int32(-1), np.int32)
    heap = new_heap(FIRST_HEAP)
    size = 0
    for i in range(len(facilities)):
        facility = np.int64(facilities[i])
        home = facility_edge[facility]
        for side in range(2):
            leg = np.int64(facility_leg[facility, side])
            node = np.int64(edge_nodes[home, side])
            slot = offer(ms[node], nearest[node], leg, facility) if leg <= limit else np.int64(-1)
            if slot >= 0:
                heap = with_room(heap, size)
                size = push(heap, size, (leg << 32) | (node * k + slot))
    while size > 0:
        key = heap[0]
        size = drop_first(heap, size)
        slot = key & LOW_32
        u = slot // k
        slot -= u * k
        key_ms = key >> 32
        if ms[u, slot] != key_ms:
            continue
        facility = np.int64(nearest[u, slot])
        for a in range(bounds[u], bounds[u + 1]):
            v = packed[a] & LOW_32
            reached_ms = key_ms + (packed[a] >> 32)
            if reached_ms > limit:
                continue
            slot = offer(ms[v], nearest[v], reached_ms, facility)
            if slot >= 0:
                heap = with_room(heap, size)
                size = push(heap, size, (reached_ms << 32) | (v * k + slot))
    for u in range(n_node):
        for i in range(1, k):
            this_ms, facility = ms[u, i], np.int64(nearest[u, i])
            insert_nearest(ms[u], nearest[u], i, np.int64(this_ms), facility)
    return ms, nearest


@compiled(
    several(i32s_2d, i32s_2d),
    *(r_i32s_2d, r_i32s_2d, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s_2d, r_i32s),
    *(r_i32s, r_i32s, r_i32s_2d, r_i32s),
    *(i64, boolean),
)
def nearest_of_places(
    node_ms: Int32s,
    node_nearest: Int32s,
    edge_nodes: Int32s,
    demand_edge: Int32s,
    demand_position: Int32s,
    demand_leg: Int32s,
    demand_connector: Int32s,
    facility_start: Int32s,
    facility_row: Int32s,
    facility_position: Int32s,
    facility_connector: Int32s,
    limit: int,
    towards: bool,
) -> tuple[Int32s, Int32s]:
    """Return the same for places: by the ends of their edge, or along it to facilities there.

    ``facility_start`` bounds, for each edge, the numbers in ``facility_row``.
    """
    k = node_ms.shape[1]
    n_demand = len(demand_edge)
    ms = np.full((n_demand, k), np.int32(FAR), np.int32)
    nearest = np.full((n_demand, k), np.int32(-1), np.int32)
    for d in range(n_demand):
        e = demand_edge[d]
        if e < 0:
            continue
        n = np.int64(0)
        for side in range(2):
            leg = np.int64(demand_leg[d, side])
            node = edge_nodes[e, side]
            for i in range(k):
                total = leg + np.int64(node_ms[node, i])
                if total > limit:
                    break
                n = insert_nearest(ms[d], nearest[d], n, total, node_nearest[node, i])
        for i in range(facility_start[e], facility_start[e + 1]):
            f = facility_row[i]
            total = along_edge(demand_position, d, facility_position, f, towards)
            total += np.int64(demand_connector[d]) + np.int64(facility_connector[f])
            if total <= limit:
                n = insert_nearest(ms[d], nearest[d], n, total, f)
    return ms, nearest
