"""Compiled search for the nearest facility of every node."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917, C901

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
    i64,
    in_place,
    r_i32s,
    r_i32s_2d,
    r_i64s,
    several,
)
from geo.travel._sweep import IDLE, enqueue, new_buckets


@in_place(boolean, i64, i64, i64, i64)
def before(ms: Int, facility: Int, other_ms: Int, other_facility: Int) -> bool:
    """Return whether one facility comes before another: nearer, or as near with a lower number."""
    return bool(ms < other_ms or (ms == other_ms and facility < other_facility))


@in_place(i64, r_i32s, r_i64s, i64, i64, i32s, i32s, i32s, i32s, i32s, i64)
def spread(
    bounds: Int32s,
    packed: Int64s,
    limit: Int,
    bits: Int,
    ms: Int32s,
    nearest: Int32s,
    buckets: Int32s,
    after: Int32s,
    ahead: Int32s,
    waiting: Int,
) -> Int:
    """Lower times and owners from the nodes that wait, wherever they improve; prune elsewhere.

    Of two facilities at the same time the one with the lower number owns the node. Returns how
    many nodes wait in the end: none.
    """
    farthest = (np.int64(limit) << 32) | LOW_32
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
            owner = nearest[u]
            base = np.int64(ms[u]) << 32
            for a in range(np.uint32(bounds[u]), np.uint32(bounds[u + np.uint32(1)])):
                reached = base + packed[a]
                v = np.uint32(reached)
                before_ms, reached_ms = ms[v], np.int32(reached >> 32)
                if reached > farthest or reached_ms > before_ms:
                    continue
                if reached_ms < before_ms or owner < nearest[v]:
                    ms[v] = reached_ms
                    nearest[v] = owner
                    waiting += enqueue(
                        buckets, after, ahead, v, before_ms >> bits, reached_ms >> bits
                    )
    return waiting


@compiled(
    several(i32s, i32s),
    *(r_i32s, r_i64s, r_i32s_2d),
    *(r_i32s, r_i32s_2d, r_i32s),
    *(i64, i64, i64),
)
def nearest_of_nodes(
    bounds: Int32s,
    packed: Int64s,
    edge_nodes: Int32s,
    facility_edge: Int32s,
    facility_leg: Int32s,
    facilities: Int32s,
    limit: Int,
    bits: Int,
    local: Int,
) -> tuple[Int32s, Int32s]:
    """Return the time to, and the number of, each node's nearest facility (`FAR`, -1 for none).

    One small pruned sweep a facility, in the order given, goes as far as ``local`` and stays in the
    cache. What lies farther is found with one queue for all, from wherever the sweeps stopped.
    """
    n_node = len(bounds) - 1
    ms = np.full(n_node, np.int32(FAR), np.int32)
    nearest = np.full(n_node, np.int32(-1), np.int32)
    buckets = new_buckets(limit, bits)
    after = np.empty(n_node, np.int32)
    ahead = np.full(n_node, np.int32(IDLE), np.int32)
    waiting = np.int64(0)
    for reach in (min(local, limit), limit):
        if reach == limit and local < limit:
            for u in range(n_node):
                for a in range(bounds[u], bounds[u + 1] if ms[u] != FAR else bounds[u]):
                    walk, v = np.int64(ms[u]) + (packed[a] >> 32), packed[a] & LOW_32
                    if before(walk, nearest[u], ms[v], nearest[v]):
                        waiting += enqueue(buckets, after, ahead, u, -1, ms[u] >> bits)
                        break
        for i in range(len(facilities)):
            facility = facilities[i]
            home = facility_edge[facility]
            for side in range(2):
                leg = facility_leg[facility, side]
                node = edge_nodes[home, side]
                if leg <= reach and before(leg, facility, ms[node], nearest[node]):
                    waiting += enqueue(buckets, after, ahead, node, ms[node] >> bits, leg >> bits)
                    ms[node] = leg
                    nearest[node] = facility
            if reach < limit or local >= limit:
                waiting = spread(
                    bounds, packed, reach, bits, ms, nearest, buckets, after, ahead, waiting
                )
        waiting = spread(bounds, packed, reach, bits, ms, nearest, buckets, after, ahead, waiting)
        if local >= limit:
            break
    return ms, nearest
