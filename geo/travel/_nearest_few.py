"""Compiled search for the nearest few facilities of every node, and of places by their edge."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: FBT001, PLR0917, C901

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    FAR,
    LOW_32,
    Int,
    Int32s,
    Int64s,
    boolean,
    compiled,
    i32s,
    i32s_2d,
    i64,
    in_place,
    r_i32s,
    r_i32s_2d,
    r_i64s,
    several,
)
from geo.travel._along import along_edge
from geo.travel._nearest import before
from geo.travel._sweep import IDLE, enqueue, new_buckets


@in_place(i64, i32s, i32s, i64, i64, i64)
def insert_nearest(ms: Int32s, facility: Int32s, n: Int, new_ms: Int, new_facility: Int) -> Int:
    """Put a facility into a short list by time, then number; return how many the list holds.

    The first ``n`` places of the list are filled. A facility already there keeps its lesser time.
    """
    at = n
    for i in range(n):
        if facility[i] == new_facility:
            at = i
            break
    if at == len(ms):
        at -= 1
    if at < n and not before(new_ms, new_facility, ms[at], facility[at]):
        return n
    n = max(n, at + 1)
    while at > 0 and before(new_ms, new_facility, ms[at - 1], facility[at - 1]):
        ms[at] = ms[at - 1]
        facility[at] = facility[at - 1]
        at -= 1
    ms[at] = new_ms
    facility[at] = new_facility
    return n


@in_place(i64, i32s, i32s, i64, i64)
def offer(ms: Int32s, nearest: Int32s, new_ms: Int, facility: Int) -> Int:
    """Offer a facility to a node's unordered slots; return the slot it improved, -1 for none."""
    slot = 0
    for i in range(len(ms)):
        if nearest[i] == facility:
            slot = i
            break
        if before(ms[slot], nearest[slot], ms[i], nearest[i]):
            slot = i
    if not before(new_ms, facility, ms[slot], nearest[slot]):
        return -1
    ms[slot] = new_ms
    nearest[slot] = facility
    return slot


@compiled(
    several(i32s_2d, i32s_2d),
    *(r_i32s, r_i64s, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s),
    *(i64, i64, i64),
)
def nearest_few_of_nodes(
    bounds: Int32s,
    packed: Int64s,
    edge_nodes: Int32s,
    facility_edge: Int32s,
    facility_leg: Int32s,
    facilities: Int32s,
    limit: Int,
    bits: Int,
    k: Int,
) -> tuple[Int32s, Int32s]:
    """Return the times to, and numbers of, each node's ``k`` nearest facilities, ascending.

    One queue for all; what waits is a slot, ``node * k + i``.
    """
    n_node = len(bounds) - 1
    ms = np.full((n_node, k), np.int32(FAR), np.int32)
    nearest = np.full((n_node, k), np.int32(-1), np.int32)
    before_ms = np.full(n_node * k, np.int32(FAR), np.int32)
    buckets = new_buckets(limit, bits)
    after = np.empty(n_node * k, np.int32)
    ahead = np.full(n_node * k, np.int32(IDLE), np.int32)
    waiting = np.int64(0)
    for i in range(len(facilities)):
        facility = facilities[i]
        for side in range(2):
            leg = np.int64(facility_leg[facility, side])
            node = np.int64(edge_nodes[facility_edge[facility], side])
            slot = offer(ms[node], nearest[node], leg, facility) if leg <= limit else np.int64(-1)
            if slot >= 0:
                slot += node * k
                waiting += enqueue(
                    buckets, after, ahead, slot, before_ms[slot] >> bits, leg >> bits
                )
                before_ms[slot] = leg
    bucket = np.int64(0)
    while waiting > 0:
        waits = np.int64(buckets[bucket])
        if waits < 0:
            bucket += 1
            continue
        buckets[bucket] = -1
        while waits >= 0:
            u, own_slot = waits // k, waits % k
            ahead[waits] = IDLE
            waits = np.int64(after[waits])
            waiting -= 1
            facility, from_ms = nearest[u, own_slot], np.int64(ms[u, own_slot])
            for a in range(bounds[u], bounds[u + 1]):
                v, reached_ms = packed[a] & LOW_32, from_ms + (packed[a] >> 32)
                if reached_ms > limit:
                    continue
                slot = offer(ms[v], nearest[v], reached_ms, facility)
                if slot >= 0:
                    slot += v * k
                    waiting += enqueue(
                        buckets, after, ahead, slot, before_ms[slot] >> bits, reached_ms >> bits
                    )
                    before_ms[slot] = reached_ms
    for u in range(n_node):
        for i in range(1, k):
            insert_nearest(ms[u], nearest[u], i, ms[u, i], nearest[u, i])
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
    limit: Int,
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
