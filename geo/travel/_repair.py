"""Compiled repair of the nodes' nearest facility after an edit, bounded by what it changes."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    FAR,
    LOW_32,
    Int,
    i64,
    in_place,
    several,
)
from geo.travel._along import along_edge
from geo.travel._nearest import before
from geo.travel._state import (
    LINK_EDGE,
    LINK_IN_MS,
    LINK_NEXT,
    LINK_NODE,
    LINK_OUT_MS,
    State,
    note,
    state_type,
)
from geo.travel._sweep import IDLE, enqueue


@in_place(i64, state_type, i64, i64)
def forget(s: State, edit: Int, n_noted: Int) -> Int:
    """Clear the nodes noted, and all whose shortest walk may lead through them.

    Those are found along arcs on which the time grows by just the arc and the facility stays.
    """
    done = 0
    while done < n_noted:
        u = np.int64(s.journal[done, 0])
        done += 1
        if s.ms[u] == FAR:
            continue
        if u < s.n_node:
            for a in range(s.out_bounds[u], s.out_bounds[u + 1]):
                v = s.out_packed[a] & LOW_32
                grown = np.int64(s.ms[u]) + (s.out_packed[a] >> 32)
                if s.ms[v] == grown and s.nearest[v] == s.nearest[u]:
                    n_noted = note(s, v, edit, n_noted)
        x = np.int64(s.link_head[u])
        while x >= 0:
            v = np.int64(s.link[x, LINK_NODE])
            grown = np.int64(s.ms[u]) + np.int64(s.link[x, LINK_OUT_MS])
            if s.ms[v] == grown and s.nearest[v] == s.nearest[u]:
                n_noted = note(s, v, edit, n_noted)
            x = np.int64(s.link[x, LINK_NEXT])
    for i in range(n_noted):
        s.ms[s.journal[i, 0]] = FAR
        s.nearest[s.journal[i, 0]] = -1
    return n_noted


@in_place(several(i64, i64), state_type, i64, i64, i64, i64, i64, i64)
def improve(
    s: State, node: Int, new_ms: Int, facility: Int, edit: Int, n_noted: Int, waiting: Int
) -> tuple[Int, Int]:
    """Give a node a better answer, if it is one, and let it wait; return the two counts."""
    if new_ms <= s.limit and before(new_ms, facility, s.ms[node], s.nearest[node]):
        n_noted = note(s, node, edit, n_noted)
        was_in = np.int64(s.ms[node]) >> s.bits
        waiting += enqueue(s.buckets, s.after, s.ahead, node, was_in, new_ms >> s.bits)
        s.ms[node] = new_ms
        s.nearest[node] = facility
    return n_noted, waiting


@in_place(i64, state_type, i64, i64, i64)
def from_station(s: State, f: Int, node: Int, side: Int) -> Int:
    """Return the walk between a facility and a post, or an end (``side``), of its open edge."""
    if side >= 0:
        return np.int64(s.station_leg[f, side])
    p = node - s.n_node
    walk = along_edge(s.post_position, p, s.station_position, f, s.towards)
    return walk + np.int64(s.station_connector[f])


@in_place(several(i64, i64), state_type, i64, i64, i64, i64)
def seed(s: State, f: Int, edit: Int, n_noted: Int, waiting: Int) -> tuple[Int, Int]:
    """Offer a facility to the ends of its edge and to the posts on it."""
    e = np.int64(s.station_edge[f])
    if e < 0 or s.shut[e]:
        return n_noted, waiting
    for side in range(2):
        node = np.int64(s.edge_nodes[e, side])
        walk = from_station(s, f, node, side)
        n_noted, waiting = improve(s, node, walk, f, edit, n_noted, waiting)
    p = np.int64(s.post_head[e])
    while p >= 0:
        walk = from_station(s, f, s.n_node + p, -1)
        n_noted, waiting = improve(s, s.n_node + p, walk, f, edit, n_noted, waiting)
        p = np.int64(s.post_next[p])
    return n_noted, waiting


@in_place(several(i64, i64), state_type, i64, i64, i64, i64, i64, i64)
def refill_from_edge(
    s: State, node: Int, e: Int, side: Int, edit: Int, n_noted: Int, waiting: Int
) -> tuple[Int, Int]:
    """Offer a node the facilities of one edge at which it is an end, or a post."""
    f = np.int64(s.station_head[e]) if not s.shut[e] else np.int64(-1)
    while f >= 0:
        walk = from_station(s, f, node, side)
        n_noted, waiting = improve(s, node, walk, f, edit, n_noted, waiting)
        f = np.int64(s.station_next[f])
    return n_noted, waiting


@in_place(several(i64, i64), state_type, i64, i64)
def refill(s: State, edit: Int, n_noted: Int) -> tuple[Int, Int]:
    """Offer the nodes noted what their neighbours and the facilities beside them have."""
    waiting = np.int64(0)
    for i in range(n_noted):
        u = np.int64(s.journal[i, 0])
        if u < s.n_node:
            for a in range(s.in_bounds[u], s.in_bounds[u + 1]):
                v = s.in_packed[a] & LOW_32
                if s.ms[v] != FAR and not s.shut[s.in_edge[a]]:
                    walk = np.int64(s.ms[v]) + (s.in_packed[a] >> 32)
                    n_noted, waiting = improve(s, u, walk, s.nearest[v], edit, n_noted, waiting)
            for k in range(s.around_bounds[u], s.around_bounds[u + 1]):
                e, side = np.int64(s.around[k] >> 1), np.int64(s.around[k] & 1)
                n_noted, waiting = refill_from_edge(s, u, e, side, edit, n_noted, waiting)
        else:
            e = np.int64(s.post_edge[u - s.n_node])
            if e >= 0:
                n_noted, waiting = refill_from_edge(s, u, e, -1, edit, n_noted, waiting)
        x = np.int64(s.link_head[u])
        while x >= 0:
            v, e = np.int64(s.link[x, LINK_NODE]), np.int64(s.link[x, LINK_EDGE])
            if s.ms[v] != FAR and (e < 0 or not s.shut[e]):
                walk = np.int64(s.ms[v]) + np.int64(s.link[x, LINK_IN_MS])
                n_noted, waiting = improve(s, u, walk, s.nearest[v], edit, n_noted, waiting)
            x = np.int64(s.link[x, LINK_NEXT])
    return n_noted, waiting


@in_place(i64, state_type, i64, i64, i64)
def spread(s: State, edit: Int, n_noted: Int, waiting: Int) -> Int:
    """Carry better answers on from the nodes that wait; return the number of nodes noted."""
    bucket = 0
    while waiting > 0:
        node = np.int64(s.buckets[bucket])
        if node < 0:
            bucket += 1
            continue
        s.buckets[bucket] = -1
        while node >= 0:
            u = node
            node = np.int64(s.after[u])
            s.ahead[u] = IDLE
            waiting -= 1
            own_ms, own = np.int64(s.ms[u]), np.int64(s.nearest[u])
            if u < s.n_node:
                for a in range(s.out_bounds[u], s.out_bounds[u + 1]):
                    if not s.shut[s.out_edge[a]]:
                        v, walk = s.out_packed[a] & LOW_32, own_ms + (s.out_packed[a] >> 32)
                        n_noted, waiting = improve(s, v, walk, own, edit, n_noted, waiting)
            x = np.int64(s.link_head[u])
            while x >= 0:
                v, e = np.int64(s.link[x, LINK_NODE]), np.int64(s.link[x, LINK_EDGE])
                if e < 0 or not s.shut[e]:
                    walk = own_ms + np.int64(s.link[x, LINK_OUT_MS])
                    n_noted, waiting = improve(s, v, walk, own, edit, n_noted, waiting)
                x = np.int64(s.link[x, LINK_NEXT])
    return n_noted
