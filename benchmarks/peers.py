"""The same questions asked of other libraries: scipy, networkx, pandana, shapely.

Peers walk the same network with the facilities as extra nodes, in seconds as floats. Demand is
every node, so that all can answer.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import dijkstra

from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments

SCIPY_ROWS = 64
"""Facilities in one call of scipy, which answers with a dense row for each."""


def places_on_streets(network: StreetNetwork, n: int, seed: int) -> Attachments:
    """Return ``n`` places inside random streets, without connectors."""
    random = np.random.default_rng(seed)
    edge = random.choice(network.n_edge, n, replace=n > network.n_edge).astype(np.int32)
    along_m = random.random(n) * network.edge_length_m[edge]
    nothing = np.zeros(n)
    return Attachments(edge, along_m, nothing, nothing, nothing.astype(bool))


def places_at_nodes(network: StreetNetwork) -> Attachments:
    """Return one place at every node, row ``i`` at node ``i``."""
    edge = np.full(network.n_node, -1, dtype=np.int32)
    side = np.zeros(network.n_node, dtype=np.int64)
    for end in (1, 0):
        edge[network.edge_nodes[:, end]] = np.arange(network.n_edge)
        side[network.edge_nodes[:, end]] = end
    along_m = np.where(side == 1, network.edge_length_m[edge], 0.0)
    nothing = np.zeros(network.n_node)
    return Attachments(edge, along_m, nothing, nothing, nothing.astype(bool))


def scipy_graph(network: StreetNetwork, facilities: Attachments, speed_m_s: float) -> csr_array:
    """Return seconds between nodes, and from each facility (node ``n_node + i``) to its ends."""
    n, f = network.n_node, len(facilities)
    a, b = network.edge_nodes.T
    seconds = network.edge_length_m / speed_m_s
    along = facilities.along_m / speed_m_s
    own = np.arange(n, n + f)
    tail = np.concatenate([a, b, own, own])
    head = np.concatenate([b, a, *network.edge_nodes[facilities.edge].T])
    weight = np.concatenate([seconds, seconds, along, seconds[facilities.edge] - along])
    order = np.argsort(weight)[::-1]  # of parallel streets the last written, the shortest, stays
    cells, last = np.unique((tail * (n + f) + head)[order][::-1], return_index=True)
    weight = np.maximum(weight[order][::-1][last], 1e-9)
    return coo_array((weight, np.divmod(cells, n + f)), shape=(n + f, n + f)).tocsr()


def scipy_matrix(
    graph: csr_array, n_node: int, sources: NDArray[np.int64], limit_s: float
) -> csr_array:
    """Return sparse seconds, rows facilities, by bounded Dijkstra and a sieve of the dense rows."""
    parts = []
    for first in range(0, len(sources), SCIPY_ROWS):
        rows = sources[first : first + SCIPY_ROWS]
        dense = dijkstra(graph, indices=rows, limit=limit_s)[:, :n_node]
        at = np.nonzero(np.isfinite(dense))
        parts.append(coo_array((dense[at], at), shape=dense.shape).tocsr())
    return vstack(parts)


def scipy_nearest(graph: csr_array, n_node: int, facilities: int, limit_s: float) -> NDArray[Any]:
    """Return the seconds from every node to its nearest facility."""
    sources = np.arange(n_node, n_node + facilities)
    return dijkstra(graph, indices=sources, limit=limit_s, min_only=True)[:n_node]


def networkx_graph(graph: csr_array) -> nx.DiGraph:
    """Return the same graph for networkx."""
    return nx.from_scipy_sparse_array(graph, create_using=nx.DiGraph)


def networkx_matrix(graph: nx.DiGraph, sources: NDArray[np.int64], limit_s: float) -> list[Any]:
    """Return a dictionary of seconds a facility."""
    return [
        nx.single_source_dijkstra_path_length(graph, int(source), cutoff=limit_s)
        for source in sources
    ]


def networkx_sparse(
    graph: nx.DiGraph, n_node: int, sources: NDArray[np.int64], limit_s: float
) -> csr_array:
    """Return the dictionaries of networkx as sparse seconds, rows facilities."""
    found = networkx_matrix(graph, sources, limit_s)
    bounds = np.cumsum([0, *map(len, found)])
    node = np.fromiter(chain.from_iterable(found), np.int64, bounds[-1])
    seconds = np.fromiter(chain.from_iterable(one.values() for one in found), float, bounds[-1])
    return csr_array((seconds, node, bounds), shape=(len(sources), n_node))


def pandana_sparse(
    network: Any,  # noqa: ANN401
    n_node: int,
    sources: NDArray[np.int64],
    limit_s: float,
) -> csr_array:
    """Return pandana's table of nodes in range as sparse seconds, rows facilities."""
    stations, row = np.unique(sources, return_inverse=True)
    found = network.nodes_in_range(stations, limit_s)
    at = np.searchsorted(stations, found["source"]), found["destination"].to_numpy()
    seconds = found["seconds"].to_numpy()
    return coo_array((seconds, at), shape=(len(stations), n_node)).tocsr()[row]


def pandana_network(network: StreetNetwork, speed_m_s: float) -> Any:  # noqa: ANN401
    """Return pandana's network, whose preprocessing (contraction hierarchies) is not timed."""
    import pandana  # noqa: PLC0415 - prints and starts threads when imported

    a, b = network.edge_nodes.T
    x, y = network.node_xy.T
    seconds = pd.DataFrame({"seconds": network.edge_length_m / speed_m_s})
    return pandana.Network(pd.Series(x), pd.Series(y), pd.Series(a), pd.Series(b), seconds)


def shapely_snap(tree: shapely.STRtree, points: NDArray[Any]) -> NDArray[np.float64]:
    """Return the distance of each point to the nearest line."""
    _, distance_m = tree.query_nearest(points, return_distance=True, all_matches=False)
    return np.asarray(distance_m)
