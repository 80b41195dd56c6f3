"""Compiled answers of demand and its owners after an edit, asked anew only where nodes changed."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    FAR,
    Int,
    Int32s,
    i32s,
    i64,
    in_place,
    several,
)
from geo.travel._along import along_edge
from geo.travel._nearest import before
from geo.travel._repair import refill, seed, spread
from geo.travel._state import State, state_type


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
