"""Compiled repair of the nearest-facility answer after an edit, bounded by what the edit changes.

Beside the streets there are links, which streets added later bring: the ends of such a street are
"posts", extra nodes inside an edge, numbered after the nodes. Before an answer changes it is noted
in a journal, so that the edit can be undone.
"""
# ruff: noqa: PLR0917 - kernels take no keywords

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import types

from geo.network.compiled import (
    FAR,
    LOW_32,
    Int,
    Int32s,
    Int64s,
    boolean,
    i32s,
    i32s_2d,
    i64,
    i64s,
    in_place,
    several,
)
from geo.travel._nearest import before
from geo.travel._sweep import IDLE, along_edge, enqueue

LINK_NODE, LINK_OUT_MS, LINK_IN_MS, LINK_EDGE, LINK_NEXT = range(5)
"""Columns of ``link``: the other node, times from and to it, edge it lies on (or -1), next link."""


class State(NamedTuple):
    """All that a repair reads and writes; sweeps run from the facilities outwards."""

    limit: int
    bits: int
    n_node: int
    towards: bool
    # Streets: arcs out of and into every node, and the edges around it as ``edge << 1 | side``.
    out_bounds: Int32s
    out_packed: Int64s
    out_edge: Int32s
    in_bounds: Int32s
    in_packed: Int64s
    in_edge: Int32s
    edge_nodes: Int32s
    around_bounds: Int32s
    around: Int32s
    shut: Int32s
    # Posts and links of added streets.
    link_head: Int32s
    link: Int32s
    post_edge: Int32s
    post_position: Int32s
    post_next: Int32s
    post_head: Int32s
    # Facilities, listed by edge.
    station_edge: Int32s
    station_position: Int32s
    station_leg: Int32s
    station_connector: Int32s
    station_next: Int32s
    station_head: Int32s
    # Demand, sorted by edge, and its answers.
    demand_start: Int32s
    demand_position: Int32s
    demand_leg: Int32s
    demand_connector: Int32s
    demand_ms: Int32s
    demand_nearest: Int32s
    # Answers of nodes and posts; queue; journals of (place, ms, nearest).
    ms: Int32s
    nearest: Int32s
    buckets: Int32s
    after: Int32s
    ahead: Int32s
    noted: Int32s
    journal: Int32s
    edge_seen: Int32s
    demand_journal: Int32s
    # Owners of demand, such as the compound of a gate.
    owner: Int32s
    owner_start: Int32s
    owner_member: Int32s
    open: Int32s
    owner_ms: Int32s
    owner_nearest: Int32s
    owner_seen: Int32s
    owner_journal: Int32s


_TWO_COLUMNS: Final = {
    *("edge_nodes", "link", "post_position", "station_position", "station_leg"),
    *("demand_position", "demand_leg", "journal", "demand_journal", "owner_journal"),
}
_SCALARS: Final = {"limit": i64, "bits": i64, "n_node": i64, "towards": boolean}
_LONG: Final = {"out_packed", "in_packed"}
state_type = types.NamedTuple(
    [
        _SCALARS.get(name) or (i64s if name in _LONG else i32s_2d if name in _TWO_COLUMNS else i32s)
        for name in State._fields
    ],
    State,
)


@in_place(i64, state_type, i64, i64, i64)
def note(s: State, node: Int, edit: Int, n_noted: Int) -> Int:
    """Note a node's answer once an edit; return the number of nodes noted."""
    if s.noted[node] == edit:
        return n_noted
    s.noted[node] = edit
    s.journal[n_noted, 0] = node
    s.journal[n_noted, 1] = s.ms[node]
    s.journal[n_noted, 2] = s.nearest[node]
    return n_noted + 1


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


@in_place(several(i64, i64), i64, i64, i64, i64)
def nearer(ms: Int, facility: Int, other_ms: Int, other: Int) -> tuple[Int, Int]:
    """Return the answer that comes first."""
    if before(other_ms, other, ms, facility):
        return other_ms, other
    return ms, facility


@in_place(i64, state_type, i64, i64, i64)
def answer_edge(s: State, e: Int, edit: Int, n_changed: Int) -> Int:
    """Answer the demand on an edge anew; return the number of answers that changed so far."""
    if s.edge_seen[e] == edit:
        return n_changed
    s.edge_seen[e] = edit
    for d in range(s.demand_start[e], s.demand_start[e + 1]):
        best, own = np.int64(FAR), np.int64(-1)
        if not s.shut[e]:
            for side in range(2):
                node = s.edge_nodes[e, side]
                walk = np.int64(s.ms[node]) + np.int64(s.demand_leg[d, side])
                best, own = nearer(best, own, walk, s.nearest[node])
            p = np.int64(s.post_head[e])
            while p >= 0:
                walk = along_edge(s.demand_position, d, s.post_position, p, s.towards)
                walk += np.int64(s.ms[s.n_node + p]) + np.int64(s.demand_connector[d])
                best, own = nearer(best, own, walk, s.nearest[s.n_node + p])
                p = np.int64(s.post_next[p])
            f = np.int64(s.station_head[e])
            while f >= 0:
                walk = along_edge(s.demand_position, d, s.station_position, f, s.towards)
                walk += np.int64(s.demand_connector[d]) + np.int64(s.station_connector[f])
                best, own = nearer(best, own, walk, f)
                f = np.int64(s.station_next[f])
            if best > s.limit:
                best, own = np.int64(FAR), np.int64(-1)
        if best != s.demand_ms[d] or own != s.demand_nearest[d]:
            s.demand_journal[n_changed, 0] = d
            s.demand_journal[n_changed, 1] = s.demand_ms[d]
            s.demand_journal[n_changed, 2] = s.demand_nearest[d]
            n_changed += 1
            s.demand_ms[d] = best
            s.demand_nearest[d] = own
    return n_changed


@in_place(i64, state_type, i64, i64, i64)
def answer_owner(s: State, owner: Int, edit: Int, n_changed: Int) -> Int:
    """Answer an owner anew from its open places; return how many owners changed so far."""
    if owner < 0 or s.owner_seen[owner] == edit:
        return n_changed
    s.owner_seen[owner] = edit
    best, own = np.int64(FAR), np.int64(-1)
    for m in range(s.owner_start[owner], s.owner_start[owner + 1]):
        d = s.owner_member[m]
        if s.open[d]:
            best, own = nearer(best, own, np.int64(s.demand_ms[d]), s.demand_nearest[d])
    if best != s.owner_ms[owner] or own != s.owner_nearest[owner]:
        s.owner_journal[n_changed, 0] = owner
        s.owner_journal[n_changed, 1] = s.owner_ms[owner]
        s.owner_journal[n_changed, 2] = s.owner_nearest[owner]
        n_changed += 1
        s.owner_ms[owner] = best
        s.owner_nearest[owner] = own
    return n_changed


@in_place(several(i64, i64, i64), state_type, i64, i64, i32s, i32s, i32s)
def repair(
    s: State, edit: Int, n_noted: Int, stations: Int32s, edges: Int32s, owners: Int32s
) -> tuple[Int, Int, Int]:
    """Answer everything anew that an edit may have changed.

    Parameters
    ----------
    s
        The state, with the edit made and the nodes it cleared noted.
    edit
        Number of the edit.
    n_noted
        Nodes noted so far.
    stations, edges, owners
        New facilities; edges and owners to look at besides those the nodes lead to.

    Returns
    -------
    Number of nodes, demand places and owners in the three journals.
    """
    n_noted, waiting = refill(s, edit, n_noted)
    for f in stations:
        n_noted, waiting = seed(s, f, edit, n_noted, waiting)
    n_noted = spread(s, edit, n_noted, waiting)
    n_demand = np.int64(0)
    for e in edges:
        n_demand = answer_edge(s, e, edit, n_demand)
    for i in range(n_noted):
        u = np.int64(s.journal[i, 0])
        if u < s.n_node:
            for k in range(s.around_bounds[u], s.around_bounds[u + 1]):
                n_demand = answer_edge(s, s.around[k] >> 1, edit, n_demand)
        elif s.post_edge[u - s.n_node] >= 0:
            n_demand = answer_edge(s, s.post_edge[u - s.n_node], edit, n_demand)
    n_owner = np.int64(0)
    for o in owners:
        n_owner = answer_owner(s, o, edit, n_owner)
    for i in range(n_demand):
        n_owner = answer_owner(s, s.owner[s.demand_journal[i, 0]], edit, n_owner)
    return n_noted, n_demand, n_owner
