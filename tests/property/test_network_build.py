"""Laws of building a network, on random streets."""

from __future__ import annotations

from itertools import pairwise

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString

from geo.network import Segments, StreetNetwork, build, content_hash, segments_from_lines

CRS = "EPSG:4543"

point = st.tuples(st.integers(0, 8), st.integers(0, 8)).map(
    lambda xy: (xy[0] * 100.0, xy[1] * 100.0)
)
line = st.lists(point, min_size=2, max_size=5).filter(lambda xy: len(set(xy)) > 1)
town = st.lists(st.tuples(line, st.integers(0, 2), st.booleans()), min_size=1, max_size=12)

Town = list[tuple[list[tuple[float, float]], int, bool]]


def segments_of(streets: Town) -> Segments:
    """Streets that meet at common vertices only, as those of OpenStreetMap do."""
    xy = np.array([vertex for drawn, _, _ in streets for vertex in drawn])
    n = len(streets)
    _, node = np.unique(xy, axis=0, return_inverse=True)
    return Segments(
        crs=CRS,
        xy=xy,
        start=np.append(0, np.cumsum([len(drawn) for drawn, _, _ in streets])),
        vertex_node=node.ravel().astype(np.int64) * 7 + 1_000_000_007,
        class_code=np.array([code for _, code, _ in streets], dtype=np.uint8),
        classes=("footway", "residential", "tertiary"),
        steps=np.array([steps for _, _, steps in streets]),
        incline_share=np.full(n, np.nan),
        level=np.zeros(n, dtype=np.int8),
        bridge=np.zeros(n, dtype=bool),
        tunnel=np.zeros(n, dtype=bool),
        source=np.arange(n),
        name=(None,) * n,
    )


def vertex_graph(streets: Town) -> nx.MultiGraph:
    """Every vertex a node, every step an edge: the network before anything is merged."""
    graph = nx.MultiGraph()
    for drawn, code, steps in streets:
        for a, b in pairwise(drawn):
            if a != b:
                graph.add_edge(a, b, length=np.hypot(a[0] - b[0], a[1] - b[1]), kind=(code, steps))
    return graph


def network_graph(network: StreetNetwork) -> nx.MultiGraph:
    graph = nx.MultiGraph()
    places = [tuple(xy) for xy in network.node_xy.tolist()]
    for (u, v), length in zip(network.edge_nodes.tolist(), network.edge_length_m, strict=True):
        graph.add_edge(places[u], places[v], length=length)
    return graph


@given(town)
def test_merging_keeps_every_shortest_path(streets: Town) -> None:
    network = build(segments_of(streets))
    before, after = vertex_graph(streets), network_graph(network)
    expected = dict(nx.all_pairs_dijkstra_path_length(before, weight="length"))
    found = dict(nx.all_pairs_dijkstra_path_length(after, weight="length"))
    for node, reach in found.items():
        kept = {to: metres for to, metres in expected[node].items() if to in found}
        assert reach == pytest.approx(kept)


@given(town)
def test_all_street_length_is_kept(streets: Town) -> None:
    network = build(segments_of(streets))
    total = vertex_graph(streets).size(weight="length")
    assert network.edge_length_m.sum() == pytest.approx(total)
    step_m = np.hypot(*np.diff(network.shape_xy, axis=0).T)
    step_m[network.shape_start[1:-1] - 1] = 0
    assert step_m.sum() == pytest.approx(total)


@given(town)
def test_only_junctions_dead_ends_changes_and_rings_stay(streets: Town) -> None:
    network = build(segments_of(streets))
    before = vertex_graph(streets)
    rings = [
        ring
        for ring in nx.connected_components(before)
        if all(before.degree(node) == 2 for node in ring)
        and len({kind for _, _, kind in before.subgraph(ring).edges(data="kind")}) == 1
    ]
    changes = {
        node
        for node in before
        if before.degree(node) != 2
        or len({kind for _, _, kind in before.edges(node, data="kind")}) > 1
    }
    nodes = {tuple(xy) for xy in network.node_xy.tolist()}
    assert changes <= nodes
    assert [len(nodes & ring) for ring in rings] == [1] * len(rings)
    assert len(nodes - changes) == len(rings)


@given(town)
def test_islands_are_those_of_networkx(streets: Town) -> None:
    network = build(segments_of(streets))
    parts = list(nx.connected_components(vertex_graph(streets)))
    assert network.node_component.max() + 1 == len(parts)
    component = network.node_component[network.edge_nodes[:, 0]]
    length_m = np.bincount(component, weights=network.edge_length_m)
    assert (np.diff(length_m) <= 1e-6).all()


@given(town)
def test_the_same_streets_give_the_same_network(streets: Town) -> None:
    assert content_hash(build(segments_of(streets))) == content_hash(build(segments_of(streets)))


@given(town)
def test_drawn_lines_hang_together_as_their_union_does(streets: Town) -> None:
    frame = gpd.GeoDataFrame(geometry=[LineString(drawn) for drawn, _, _ in streets], crs=CRS)
    network = build(segments_from_lines(frame).segments)
    union = frame.geometry.union_all()
    assert network.edge_length_m.sum() >= union.length - 1e-6
    assert network.node_component.max() + 1 == len(shapely.get_parts(union.buffer(1e-6)))
