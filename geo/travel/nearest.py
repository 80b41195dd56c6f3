"""Which facility is nearest, how far it is, and how far every node is from any facility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.text import say
from geo.travel._arcs import group_by_edge
from geo.travel._nearest import nearest_of_nodes
from geo.travel._nearest_few import nearest_few_of_nodes, nearest_of_places
from geo.travel.graph import (
    LONGEST_MS,
    UNREACHED,
    Direction,
    Places,
    TravelGraph,
    limit_ms,
    places,
    travel_graph,
)
from geo.travel.minutes import MS_A_MINUTE, sweep_order
from geo.travel.profiles import Profile

_LOCAL_BUCKETS: Final = 48
"""Without a limit, how many buckets far each facility is swept by itself: about 24 streets."""


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest facilities of every demand point, nearest first."""

    minutes: NDArray[np.float64]
    """(n_demand, k) NaN where there is none within the limit."""
    facility: NDArray[np.int32]
    """(n_demand, k) -1 where there is none."""


def nearest(
    network: StreetNetwork,
    demand: Attachments,
    facilities: Attachments,
    *,
    profile: Profile,
    limit_min: float | None = None,
    k: int = 1,
    direction: Direction = "to_facility",
) -> Nearest:
    """Return the nearest ``k`` facilities of every demand point.

    Parameters
    ----------
    network, demand, facilities, profile, direction
        As for `minutes_matrix`.
    limit_min
        Farthest walk, itself included; None for no limit.
    k
        How many facilities; of two at the same time the lower number comes first.
    """
    if k < 1:
        raise DataError(
            say(f"最近设施个数应不小于 1，现为 {k}。", f"k must be at least 1, found {k}.")
        )
    graph = travel_graph(network, profile)
    limit = limit_ms(limit_min)
    towards = direction == "to_facility"
    stations = places(graph, facilities, towards=towards)
    homes = places(graph, demand, towards=not towards)
    node_time, node_facility = nodes_nearest(graph, stations, limit, k=k, direction=direction)
    start, row = group_by_edge(len(graph.edge_ms), stations.edge)
    ms, facility = nearest_of_places(
        *(node_time, node_facility, graph.edge_nodes),
        *(homes.edge, homes.position_ms, homes.leg_ms, homes.connector_ms),
        *(start, row, stations.position_ms, stations.connector_ms),
        *(limit, towards),
    )
    return Nearest(np.where(ms == UNREACHED, np.nan, ms / MS_A_MINUTE), facility)


def node_ms(
    network: StreetNetwork,
    facilities: Attachments,
    profile: Profile,
    limit_min: float | None,
    *,
    direction: Direction = "to_facility",
) -> NDArray[np.int32]:
    """Return the walk between every node and the door of its nearest facility.

    Returns
    -------
    (n_node,) int32
        Milliseconds; `UNREACHED` beyond the limit, which itself counts as reached.
    """
    graph = travel_graph(network, profile)
    stations = places(graph, facilities, towards=direction == "to_facility")
    return nodes_nearest(graph, stations, limit_ms(limit_min), direction=direction)[0][:, 0]


def nodes_nearest(
    graph: TravelGraph,
    stations: Places,
    limit: int,
    *,
    k: int = 1,
    direction: Direction = "to_facility",
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return (n_node, k) milliseconds to, and numbers of, the nearest facilities of every node.

    Parameters
    ----------
    graph, stations, limit
        Prepared network and facilities; milliseconds.
    """
    arcs = graph.arcs(direction)
    order = sweep_order(graph, stations)
    prepared = (arcs.bounds, arcs.packed, graph.edge_nodes, stations.edge, stations.leg_ms, order)
    if k > 1:
        return nearest_few_of_nodes(*prepared, limit, graph.bucket_bits, k)
    local = limit if limit < LONGEST_MS else _LOCAL_BUCKETS << graph.bucket_bits
    ms, facility = nearest_of_nodes(*prepared, limit, graph.bucket_bits, local)
    return ms[:, None], facility[:, None]
