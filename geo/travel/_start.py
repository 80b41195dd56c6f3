"""The state before any edit: streets as arcs, demand sorted by edge, nothing answered yet."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.travel._arcs import edges_with_demand, group_by_edge, pack_arcs
from geo.travel._state import State
from geo.travel._sweep import IDLE, new_buckets
from geo.travel.graph import UNREACHED, Places, TravelGraph

MOST_STREETS: Final = 100
"""Streets that may be added."""

_FIRST_LINKS: Final = 64


def first_state(
    graph: TravelGraph,
    homes: Places,
    stations: Places,
    *,
    limit: int,
    towards: bool,
    owner_of: NDArray[np.int32],
    n_owner: int,
    is_open: NDArray[np.bool_],
) -> tuple[NDArray[np.int32], State]:
    """Return where each place of demand stands among those sorted by edge, and the first state.

    Parameters
    ----------
    graph
        The prepared network.
    homes, stations
        Places of demand, and facilities, which no edge lists yet.
    limit
        Milliseconds.
    towards
        Whether people walk to the facilities.
    owner_of, is_open : (n_demand,)
        Owner of each place, -1 for nobody, and whether it counts.
    n_owner
        Number of owners.
    """
    n_edge = len(graph.edge_ms)
    n_total = graph.n_node + 2 * MOST_STREETS
    turned = np.ascontiguousarray(graph.edge_ms[:, ::-1])
    outwards, inwards = (turned, graph.edge_ms) if towards else (graph.edge_ms, turned)
    edge_nodes = np.ascontiguousarray(graph.edge_nodes)
    arcs_out = pack_arcs(graph.n_node, edge_nodes, np.ascontiguousarray(outwards))
    arcs_in = pack_arcs(graph.n_node, edge_nodes, np.ascontiguousarray(inwards))
    around = edges_with_demand(graph.n_node, edge_nodes, np.arange(n_edge + 1, dtype=np.int32))
    demand_start, row = group_by_edge(n_edge, homes.edge)
    sorted_at = np.full(len(homes.edge), -1, dtype=np.int32)
    sorted_at[row] = np.arange(len(row))
    owner = owner_of[row]
    owner_start, owner_member = group_by_edge(n_owner, owner)

    def empty(*shape: int) -> NDArray[np.int32]:
        return np.full(shape, -1, dtype=np.int32)

    def far(n: int) -> NDArray[np.int32]:
        return np.full(n, UNREACHED, dtype=np.int32)

    state = State(
        limit=limit,
        bits=graph.bucket_bits,
        n_node=graph.n_node,
        towards=towards,
        out_bounds=arcs_out[0],
        out_packed=arcs_out[1],
        out_edge=arcs_out[2],
        in_bounds=arcs_in[0],
        in_packed=arcs_in[1],
        in_edge=arcs_in[2],
        edge_nodes=edge_nodes.copy(),
        around_bounds=around[0],
        around=around[1],
        shut=np.zeros(n_edge, dtype=np.int32),
        link_head=empty(n_total),
        link=empty(_FIRST_LINKS, 5),
        post_edge=empty(2 * MOST_STREETS),
        post_position=empty(2 * MOST_STREETS, 2),
        post_next=empty(2 * MOST_STREETS),
        post_head=empty(n_edge),
        station_edge=stations.edge.copy(),
        station_position=stations.position_ms,
        station_leg=stations.leg_ms,
        station_connector=stations.connector_ms,
        station_next=empty(len(stations.edge)),
        station_head=empty(n_edge),
        demand_start=demand_start,
        demand_position=homes.position_ms[row],
        demand_leg=homes.leg_ms[row],
        demand_connector=homes.connector_ms[row],
        demand_ms=far(len(row)),
        demand_nearest=empty(len(row)),
        ms=far(n_total),
        nearest=empty(n_total),
        buckets=new_buckets(limit, graph.bucket_bits),
        after=empty(n_total),
        ahead=np.full(n_total, IDLE, dtype=np.int32),
        noted=empty(n_total),
        journal=empty(n_total, 3),
        edge_seen=empty(n_edge),
        demand_journal=empty(len(row), 3),
        owner=owner,
        owner_start=owner_start,
        owner_member=owner_member,
        open=is_open[row].astype(np.int32),
        owner_ms=far(n_owner),
        owner_nearest=empty(n_owner),
        owner_seen=empty(n_owner),
        owner_journal=empty(n_owner, 3),
    )
    return sorted_at, state
