"""All that the answers to edits rest on: streets, added streets, facilities, demand, journals.

Beside the streets there are links, which streets added later bring: the ends of such a street are
"posts", extra nodes inside an edge, numbered after the nodes. Before an answer changes it is noted
in a journal, so that the edit can be undone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from numba import types

from geo.network.compiled import (
    Int,
    Int32s,
    Int64s,
    boolean,
    i32s,
    i32s_2d,
    i64,
    i64s,
    in_place,
)

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
