"""The network of an OpenStreetMap file agrees with the one osmnx and networkx make of it.

Stated differences: osmnx measures great circles on degrees and we measure in the projected plane
(0.2 %), and osmnx drops rings without a junction, of which we keep one node.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import networkx as nx
import numpy as np
import osmnx
import pytest

from geo.network import StreetImport, StreetNetwork, build
from geo.osm import read_osm

CRS = "EPSG:4547"


@pytest.fixture(scope="module")
def shenzhen(real_data: Path) -> Path:
    path = real_data / "shenzhen-nanshan" / "osm_bbox.osm"
    if not path.is_file():
        pytest.skip(f"no {path.name} in the folder of real data")
    return path


@pytest.fixture(scope="module")
def streets(shenzhen: Path) -> StreetImport:
    return read_osm(shenzhen)


@pytest.fixture(scope="module")
def network(streets: StreetImport) -> StreetNetwork:
    return build(streets.segments, CRS)


@pytest.fixture(scope="module")
def peer(shenzhen: Path, streets: StreetImport) -> nx.MultiDiGraph:
    """Every node of the ways we keep, both ways, in our projection, nothing merged."""
    whole = osmnx.graph_from_xml(shenzhen, bidirectional=True, simplify=False, retain_all=True)
    kept = set(streets.segments.source.tolist())
    ways = [(u, v, k) for u, v, k, way in whole.edges(keys=True, data="osmid") if way in kept]
    return osmnx.project_graph(whole.edge_subgraph(ways).copy(), to_crs=CRS)


def test_the_islands_are_those_of_networkx(network: StreetNetwork, peer: nx.MultiDiGraph) -> None:
    parts = nx.number_weakly_connected_components(peer)
    assert network.node_component.max() + 1 == parts


def test_the_street_length_is_that_of_osmnx(network: StreetNetwork, peer: nx.MultiDiGraph) -> None:
    expected_m = osmnx.convert.to_undirected(peer).size(weight="length")
    assert network.edge_length_m.sum() == pytest.approx(expected_m, rel=2e-3)


def test_the_junctions_are_those_of_osmnx_and_one_node_of_every_ring(
    network: StreetNetwork, peer: nx.MultiDiGraph
) -> None:
    merged = osmnx.simplify_graph(peer, edge_attrs_differ=["highway"])
    theirs = {(round(d["x"], 2), round(d["y"], 2)) for _, d in merged.nodes(data=True)}
    ours = {(x, y) for x, y in network.node_xy.round(2).tolist()}
    assert theirs <= ours
    degree = np.bincount(network.edge_nodes.ravel(), minlength=network.n_node)
    start, end = network.edge_nodes.T
    alone = np.flatnonzero((start == end) & (degree[start] == 2))
    rings = {(x, y) for x, y in network.node_xy[start[alone]].round(2).tolist()}
    assert ours - theirs == rings


def test_walks_between_junctions_are_as_long_as_those_of_networkx(
    network: StreetNetwork, peer: nx.MultiDiGraph
) -> None:
    ours = nx.MultiGraph()
    for (u, v), metres in zip(network.edge_nodes.tolist(), network.edge_length_m, strict=True):
        ours.add_edge(u, v, length=metres)
    place = {n: (round(d["x"], 2), round(d["y"], 2)) for n, d in peer.nodes(data=True)}
    # Three pairs of nodes share a place without meeting (a bridge over a street): not compared.
    stacked = {xy for xy, count in Counter(place.values()).items() if count > 1}
    number = {xy: n for n, xy in place.items() if xy not in stacked}
    for u, v, tags in peer.edges(data=True):
        a, b = (np.array((peer.nodes[n]["x"], peer.nodes[n]["y"])) for n in (u, v))
        tags["planar_m"] = float(np.hypot(*(a - b)))
    nodes = np.flatnonzero(network.node_component == 0)[:: network.n_node // 8]
    for node in nodes.tolist():
        found = nx.single_source_dijkstra_path_length(ours, node, weight="length")
        origin = number[tuple(network.node_xy[node].round(2).tolist())]
        expected = nx.single_source_dijkstra_path_length(peer, origin, weight="planar_m")
        assert len(found) == (network.node_component == 0).sum()
        for to, metres in found.items():
            target = number.get(tuple(network.node_xy[to].round(2).tolist()))
            assert target is None or metres == pytest.approx(expected[target], abs=1e-6)
