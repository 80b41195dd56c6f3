"""Street graphs of osmnx come in and go out without losing a street."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from shapely.geometry import LineString

from geo.errors import DataError
from geo.network import build
from geo.osm import is_graphml, read_graphml, segments_from_graph, to_networkx


def town() -> nx.MultiDiGraph:
    """Two streets that meet, a footpath with a bend, steps, a motorway; two ways one-way."""
    graph = nx.MultiDiGraph(crs="EPSG:4543", simplified=True)
    for node, (x, y) in enumerate([(0, 0), (100, 0), (200, 0), (100, 80), (300, 300)]):
        graph.add_node(10 + node, x=float(x), y=float(y))
    both_ways = [
        (10, 11, {"osmid": 1, "highway": "residential", "length": 100.0, "name": "人民路"}),
        (11, 13, {"osmid": [2, 3], "highway": ["path", "steps"], "length": 90.0}),
    ]
    for u, v, tags in both_ways:
        graph.add_edge(u, v, **tags, reversed=False)
        graph.add_edge(v, u, **tags, reversed=True)
    graph.add_edge(11, 12, osmid=4, highway="tertiary", length=100.0, oneway=True)
    graph.add_edge(12, 14, osmid=5, highway="motorway", length=316.0, oneway=True)
    bend = LineString([(100, 80), (150, 80), (200, 0)])
    graph.add_edge(13, 12, osmid=6, highway="footway", length=144.0, geometry=bend)
    graph.add_edge(12, 13, osmid=6, highway="footway", length=144.0, geometry=bend.reverse())
    return graph


def test_both_directions_are_one_street_and_one_way_is_ignored() -> None:
    found = segments_from_graph(town())
    assert found.segments.source.tolist() == [1, 2, 4, 6]
    assert (found.rows_in, found.counts) == (5, {"not_walkable": 1})


def test_the_bend_is_kept() -> None:
    network = build(segments_from_graph(town()).segments)
    footway = network.edge_source == 6
    assert network.edge_length_m[footway] == pytest.approx([50 + np.hypot(50, 80)])


def test_a_merged_edge_with_steps_counts_as_steps() -> None:
    network = build(segments_from_graph(town()).segments)
    assert network.edge_source[network.edge_steps].tolist() == [2]


def test_our_network_survives_the_way_through_osmnx() -> None:
    network = build(segments_from_graph(town()).segments)
    again = build(segments_from_graph(to_networkx(network)).segments)
    assert again.node_xy.tolist() == network.node_xy.tolist()
    assert again.edge_nodes.tolist() == network.edge_nodes.tolist()
    assert again.edge_length_m.tolist() == network.edge_length_m.tolist()
    assert again.edge_source.tolist() == network.edge_source.tolist()


@pytest.fixture
def graphml(tmp_path: Path) -> Iterator[Path]:
    import osmnx  # noqa: PLC0415  (takes seconds)

    path = tmp_path / "town.graphml"
    osmnx.save_graphml(town(), path)
    return path


def test_a_graphml_file_reads_as_its_graph(graphml: Path) -> None:
    assert is_graphml(graphml)
    from_file, from_graph = read_graphml(graphml).segments, segments_from_graph(town()).segments
    assert from_file.source.tolist() == from_graph.source.tolist()
    assert from_file.xy.tolist() == from_graph.xy.tolist()
    assert from_file.name[0] == "人民路"


def test_a_truncated_graphml_is_refused(graphml: Path) -> None:
    graphml.write_bytes(graphml.read_bytes()[:-400])
    with pytest.raises(DataError, match="损坏"):
        read_graphml(graphml)


def test_a_graph_without_crs_is_refused() -> None:
    with pytest.raises(DataError, match="没有坐标系"):
        segments_from_graph(nx.MultiDiGraph())


def test_a_graph_of_motorways_is_refused() -> None:
    graph = nx.MultiDiGraph(crs="EPSG:4543")
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_node(2, x=9.0, y=0.0)
    graph.add_edge(1, 2, osmid=1, highway="motorway", length=9.0)
    with pytest.raises(DataError, match="没有可步行"):
        segments_from_graph(graph)
