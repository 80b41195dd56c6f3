"""Facilities to sparse minutes: on the same arrays as other libraries, and as the product does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import peers
from measure import interleaved
from networks import clip, contracted
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments, attach
from geo.travel import Minutes, minutes_matrix, profile, travel_graph

LIMIT_S = 900
ELDER = profile("elder")
Row = dict[str, object]


def matrix(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time facilities to sparse minutes of all nodes."""
    for network in (clip(whole, 20_000), whole):
        yield from _matrix(network, repeat)


def _matrix(network: StreetNetwork, repeat: int) -> Iterator[Row]:
    facilities = peers.places_on_streets(network, 1000, 1)
    demand = peers.places_at_nodes(network)
    graph = peers.scipy_graph(network, facilities, ELDER.speed_m_s)
    stations = network.n_node + np.arange(1000)
    nx_graph = peers.networkx_graph(graph)
    pandana = peers.pandana_network(network, ELDER.speed_m_s)
    starts = network.edge_nodes[facilities.edge, 0].astype(np.int64)
    travel_graph(network, ELDER)
    seconds = interleaved(
        {
            "ours": lambda: minutes_of(network, demand, facilities),
            "scipy": lambda: peers.scipy_matrix(graph, network.n_node, stations, LIMIT_S),
            "networkx": lambda: peers.networkx_matrix(nx_graph, stations[:100], LIMIT_S),
            "pandana": lambda: pandana.nodes_in_range(starts, LIMIT_S),
        },
        repeat,
    )
    for peer, share, target in (("scipy", 1, 5), ("networkx", 10, 40), ("pandana", 1, 20)):
        what = f"1,000 facilities, all of {network.n_node:,} nodes, the same raw arrays, 900 s"
        yield row_of(what, seconds["ours"], peer, seconds[peer] * share, target)
    yield exactness(network, demand, facilities, graph)


def pipeline(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time facilities to sparse minutes of addresses, each library on the network it would have.

    Ours walks the streets as the product builds them, from any point of a street. Peers walk the
    raw streets between the nodes nearest to facilities and addresses, which are found beforehand.
    """
    part = clip(whole, 20_000)
    for raw, n_address in ((part, 20_000), (part, 100_000), (whole, 100_000)):
        yield from _pipeline(raw, contracted(raw), n_address, repeat)


def _pipeline(
    raw: StreetNetwork, built: StreetNetwork, n_address: int, repeat: int
) -> Iterator[Row]:
    random = np.random.default_rng(7)
    facility_xy, address_xy = (
        raw.shape_xy[random.integers(0, len(raw.shape_xy), n)] + random.normal(0, 30, (n, 2))
        for n in (1000, n_address)
    )
    facilities, addresses = attach(built, facility_xy), attach(built, address_xy)
    on_raw = attach(raw, facility_xy), attach(raw, address_xy)
    nodes = KDTree(raw.node_xy)
    sources, homes = (nodes.query(xy)[1].astype(np.int64) for xy in (facility_xy, address_xy))
    graph = peers.scipy_graph(raw, peers.places_on_streets(raw, 0, 1), ELDER.speed_m_s)
    nx_graph = peers.networkx_graph(graph)
    pandana = peers.pandana_network(raw, ELDER.speed_m_s)
    n = raw.n_node
    travel_graph(built, ELDER)
    seconds = interleaved(
        {
            "ours": lambda: minutes_of(built, addresses, facilities),
            "ours on the raw streets": lambda: minutes_of(raw, on_raw[1], on_raw[0]),
            "scipy": lambda: peers.scipy_matrix(graph, n, sources, LIMIT_S)[:, homes],
            "networkx": lambda: peers.networkx_sparse(nx_graph, n, sources[:100], LIMIT_S)[
                :, homes
            ],
            "pandana": lambda: peers.pandana_sparse(pandana, n, sources, LIMIT_S)[:, homes],
        },
        repeat,
    )
    what = (
        f"1,000 facilities, {n_address:,} addresses, 900 s; "
        f"product on {built.n_node:,} nodes, peers on {n:,}"
    )
    for peer, share, target in (("scipy", 1, 5), ("networkx", 10, 40), ("pandana", 1, 20)):
        yield row_of(what, seconds["ours"], peer, seconds[peer] * share, target)
    yield row_of(
        what, seconds["ours"], "ours on the raw streets", seconds["ours on the raw streets"]
    )
    ours, same = minutes_of(built, addresses, facilities), minutes_of(raw, on_raw[1], on_raw[0])
    yield _compared(
        f"{n_address:,} addresses, {built.n_node:,} nodes against {n:,}", ours, _as_seconds(same)
    )


def exactness(
    network: StreetNetwork,
    demand: Attachments,
    facilities: Attachments,
    graph: csr_array,
) -> Row:
    """Compare every pair with scipy's, but for those within 0.1 s of the limit."""
    stations = network.n_node + np.arange(len(facilities))
    theirs = peers.scipy_matrix(graph, network.n_node, stations, LIMIT_S).T.tocsr()
    ours = minutes_of(network, demand, facilities)
    return _compared(f"{network.n_node:,} nodes against scipy", ours, theirs)


def _compared(what: str, minutes: Minutes, theirs: csr_array) -> Row:
    ours = _as_seconds(minutes)
    ours.data += 1  # a zero must stay an entry
    theirs.data += 1
    apart = ours - theirs
    both = abs(apart.data) < LIMIT_S / 2
    alone = np.minimum(ours.max(), abs(apart.data[~both]))
    missing = int((alone < LIMIT_S + 1 - 0.1).sum())
    return {
        "what": f"{what}: pairs missing of {theirs.nnz:,}; largest difference, s",
        "ours": f"{missing}; {abs(apart.data[both]).max():.4f}",
        "target": "0; ≤ 0.1",
    }


def _as_seconds(minutes: Minutes) -> csr_array:
    shape = minutes.n_demand, minutes.n_facility
    return csr_array((minutes.ms / 1000, minutes.indices, minutes.indptr), shape=shape)


def minutes_of(network: StreetNetwork, demand: Attachments, facilities: Attachments) -> Minutes:
    """Return our minutes of an older person, up to the limit."""
    return minutes_matrix(network, demand, facilities, profile=ELDER, limit_min=LIMIT_S / 60)


def row_of(what: str, ours_s: float, peer: str, peer_s: float, target: float = 0) -> Row:
    """Return a row of the table from two times."""
    return {
        "what": what,
        "ours": f"{ours_s:.4f} s",
        "peer": peer,
        "peer's": f"{peer_s:.3f} s",
        "ratio": round(peer_s / ours_s, 1),
        "target": f"≥ {target}" if target else "",
    }
