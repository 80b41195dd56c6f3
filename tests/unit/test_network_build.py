"""What a network is made of, on streets small enough to draw by hand."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from geo.errors import DataError
from geo.network import (
    StreetNetwork,
    build,
    edges_frame,
    island_summary,
    islands,
    segments_from_lines,
)
from geo.network.arrays import hilbert_key

CRS = "EPSG:4543"
Line = Sequence[tuple[float, float]]


def streets(*lines: Line, **columns: Sequence[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(dict(columns), geometry=[LineString(xy) for xy in lines], crs=CRS)


def network_of(*lines: Line, **columns: Sequence[object]) -> StreetNetwork:
    return build(segments_from_lines(streets(*lines, **columns)).segments)


def lengths(network: StreetNetwork) -> list[float]:
    return sorted(network.edge_length_m.round(6).tolist())


EAST_WEST = [(0, 0), (100, 0)]
NORTH_SOUTH = [(50, -50), (50, 50)]


def test_streets_that_cross_meet() -> None:
    network = network_of(EAST_WEST, NORTH_SOUTH)
    assert network.n_node == 5
    assert lengths(network) == [50, 50, 50, 50]


def test_a_bridge_does_not_meet_the_street_below() -> None:
    network = network_of(EAST_WEST, NORTH_SOUTH, bridge=[False, True])
    assert lengths(network) == [100, 100]
    assert island_summary(network).islands == 1


def test_a_tunnel_does_not_meet_the_street_above() -> None:
    assert lengths(network_of(EAST_WEST, NORTH_SOUTH, tunnel=[False, True])) == [100, 100]


def test_streets_of_one_raised_level_meet() -> None:
    assert lengths(network_of(EAST_WEST, NORTH_SOUTH, level=[2, 2])) == [50, 50, 50, 50]


def test_a_bridge_joins_the_street_on_which_it_comes_down() -> None:
    down = [(50, 80), (50, 0)]
    network = network_of(EAST_WEST, down, bridge=[False, True])
    assert lengths(network) == [50, 50, 80]
    assert island_summary(network).islands == 0


def test_a_street_that_ends_under_a_bridge_does_not_join_it() -> None:
    network = network_of(EAST_WEST, [(50, 80), (50, 0)], bridge=[True, False])
    assert lengths(network) == [80, 100]


def test_an_end_within_half_a_metre_is_joined_and_reported() -> None:
    found = segments_from_lines(streets(EAST_WEST, [(50, 0.4), (50, 60)]))
    assert lengths(build(found.segments)) == [50, 50, 60]
    assert [(f.code, f.severity, f.row) for f in found.faults] == [("end_snapped", "repaired", 2)]


def test_an_end_beyond_half_a_metre_stays_apart() -> None:
    found = segments_from_lines(streets(EAST_WEST, [(50, 0.6), (50, 60)]))
    assert lengths(build(found.segments)) == [59.4, 100]
    assert not list(found.faults)


def test_two_ends_with_a_gap_between_them_are_joined() -> None:
    network = network_of([(0, 0), (50, 0)], [(50.3, 0), (100, 0)])
    assert (network.n_node, network.n_edge) == (2, 1)


def test_a_street_shorter_than_the_tolerance_keeps_its_neighbours_connected() -> None:
    network = network_of([(0, 0), (50, 0)], [(50, 0), (50.2, 0)], [(50.2, 0), (100, 0)])
    assert island_summary(network).islands == 0
    assert network.edge_length_m.sum() == pytest.approx(100, abs=0.5)


def test_a_line_of_two_parts_is_two_stretches_of_one_street() -> None:
    frame = gpd.GeoDataFrame(geometry=[MultiLineString([EAST_WEST, [(0, 90), (100, 90)]])], crs=CRS)
    network = build(segments_from_lines(frame).segments)
    assert network.edge_source.tolist() == [0, 0]
    assert lengths(network) == [100, 100]


def test_a_street_that_crosses_itself_meets_itself() -> None:
    knot = [(0, 0), (100, 0), (100, 50), (50, 50), (50, -50)]
    assert lengths(network_of(knot)) == [50, 50, 200]


def test_heights_in_the_drawing_are_ignored() -> None:
    frame = gpd.GeoDataFrame(geometry=[LineString([(0, 0, 5), (30, 40, 99)])], crs=CRS)
    assert lengths(build(segments_from_lines(frame).segments)) == [50]


def test_a_bend_is_no_junction_and_keeps_its_shape() -> None:
    network = network_of([(0, 0), (50, 0)], [(50, 0), (50, 40)])
    assert (network.n_node, network.n_edge) == (2, 1)
    assert network.shape_xy.tolist() in ([[0, 0], [50, 0], [50, 40]], [[50, 40], [50, 0], [0, 0]])
    assert network.edge_length_m[0] == 90


def test_streets_of_different_class_are_not_merged() -> None:
    network = network_of([(0, 0), (50, 0)], [(50, 0), (90, 0)], **{"class": ["支路", "步行街"]})
    assert lengths(network) == [40, 50]
    assert set(network.classes) == {"tertiary", "pedestrian"}


def test_steps_are_not_merged_with_the_path_before_them() -> None:
    network = network_of([(0, 0), (50, 0)], [(50, 0), (60, 0)], steps=[False, True])
    assert dict(zip(network.edge_length_m, network.edge_steps, strict=True)) == {
        50: False,
        10: True,
    }


def test_two_streets_between_the_same_corners_are_both_kept() -> None:
    stubs = ([(-10, 0), (0, 0)], [(100, 0), (110, 0)])
    network = network_of(EAST_WEST, [(0, 0), (50, 30), (100, 0)], *stubs)
    assert network.n_edge == 4


def test_a_ring_keeps_one_node_and_its_whole_length() -> None:
    network = network_of([(0, 0), (100, 0)], [(100, 0), (100, 100), (0, 100), (0, 0)])
    assert (network.n_node, network.n_edge) == (1, 1)
    assert network.edge_nodes.tolist() == [[0, 0]]
    assert network.edge_length_m[0] == 400


def test_a_roundabout_with_one_access_is_a_loop() -> None:
    ring = [(50, 0), (60, 10), (50, 20), (40, 10), (50, 0)]
    network = network_of([(50, -30), (50, 0)], ring)
    assert (network.n_node, network.n_edge) == (2, 2)


def test_an_incline_gives_climb_one_way_and_descent_the_other() -> None:
    network = network_of([(0, 0), (100, 0)], incline_share=[0.05])
    uphill = network.node_xy[network.edge_nodes[0, 0], 0] == 0
    climb, descent = float(network.edge_climb_m[0]), float(network.edge_descent_m[0])
    assert (climb, descent) == ((5, 0) if uphill else (0, 5))


def test_the_longest_street_of_a_merged_edge_names_it() -> None:
    network = network_of([(0, 0), (10, 0)], [(10, 0), (100, 0)])
    assert network.edge_source.tolist() == [1]


def test_component_0_has_the_most_street() -> None:
    network = network_of([(0, 0), (10, 0)], [(500, 0), (900, 0)], [(0, 300), (30, 300)])
    table = islands(network)
    assert table["length_m"].tolist() == [400, 30, 10]
    assert table["nodes"].tolist() == [2, 2, 2]
    assert table["length_share"].sum() == pytest.approx(1)
    assert table.geometry.length.tolist() == [400, 30, 10]
    summary = island_summary(network)
    assert (summary.islands, summary.island_length_m) == (2, 40)
    assert summary.island_share == pytest.approx(40 / 440)


def test_edges_run_from_the_lower_node_to_the_higher() -> None:
    network = network_of(EAST_WEST, NORTH_SOUTH, [(100, 0), (100, 80)])
    start, end = network.edge_nodes.T
    assert (start <= end).all()
    assert (np.diff(start) >= 0).all()
    first = network.shape_xy[network.shape_start[:-1]]
    last = network.shape_xy[network.shape_start[1:] - 1]
    assert (first == network.node_xy[start]).all()
    assert (last == network.node_xy[end]).all()


def test_nodes_lie_in_hilbert_order() -> None:
    rows = [[(0, y), (900, y)] for y in range(0, 901, 100)]
    columns = [[(x, 0), (x, 900)] for x in range(0, 901, 100)]
    network = network_of(*rows, *columns)
    key = hilbert_key(network.node_xy)
    assert (np.diff(key) > 0).all()
    steps = np.hypot(*np.diff(network.node_xy, axis=0).T)
    assert np.median(steps) == 100  # the next node is a neighbour


def test_edges_frame_names_the_streets() -> None:
    network = network_of(EAST_WEST, [(0, 200), (100, 200)])
    frame = edges_frame(network, names={0: "人民路"})
    assert dict(zip(frame["source"], frame["name"].fillna(""), strict=True)) == {0: "人民路", 1: ""}
    assert frame.crs == CRS
    assert frame.geometry.length.tolist() == frame["length_m"].tolist()


def test_motorways_are_left_out_and_counted() -> None:
    found = segments_from_lines(
        streets(EAST_WEST, NORTH_SOUTH, **{"class": ["高速公路", "次干路"]})
    )
    assert found.segments.classes == ("secondary",)
    assert found.counts == {"not_walkable": 1}
    assert [f.code for f in found.faults] == ["not_walkable"]


def test_the_foot_column_overrules_the_class() -> None:
    frame = streets(EAST_WEST, NORTH_SOUTH, **{"class": ["快速路", "支路"]}, foot=[True, False])
    assert segments_from_lines(frame).segments.source.tolist() == [0]


def test_an_unknown_class_is_walkable_and_reported_once() -> None:
    found = segments_from_lines(streets(EAST_WEST, NORTH_SOUTH, **{"class": ["天路", "天路"]}))
    assert len(found.segments) == 2
    assert [(f.code, "天路" in f.message) for f in found.faults] == [("class_unknown", True)]


def test_every_row_is_kept_or_reported() -> None:
    lines = [
        LineString(EAST_WEST),
        LineString(EAST_WEST[::-1]),
        LineString([(5, 5), (5, 5)]),
        Point(1, 1),
        None,
        LineString(NORTH_SOUTH),
    ]
    frame = gpd.GeoDataFrame(
        {"class": ["支路"] * 5 + ["高速公路"]}, geometry=gpd.GeoSeries(lines, crs=CRS)
    )
    found = segments_from_lines(frame)
    assert (found.rows_in, len(found.segments)) == (6, 1)
    assert found.counts == {
        "duplicate": 1,
        "no_length": 1,
        "not_a_line": 2,
        "not_walkable": 1,
    }
    assert found.faults.rows("error") == {2, 3, 4, 5}


def test_the_same_line_on_two_levels_is_no_duplicate() -> None:
    assert len(segments_from_lines(streets(EAST_WEST, EAST_WEST, level=[0, 1])).segments) == 2


def test_degrees_are_refused() -> None:
    frame = streets(EAST_WEST).set_crs("EPSG:4490", allow_override=True)
    with pytest.raises(DataError, match="投影坐标系"):
        segments_from_lines(frame)


def test_feet_are_refused() -> None:
    frame = streets(EAST_WEST).set_crs("EPSG:2263", allow_override=True)
    with pytest.raises(DataError, match="以米为单位"):
        segments_from_lines(frame)


def test_streets_without_a_crs_are_refused() -> None:
    with pytest.raises(DataError, match="没有坐标系"):
        segments_from_lines(streets(EAST_WEST).set_crs(None, allow_override=True))


def test_an_empty_layer_is_refused() -> None:
    with pytest.raises(DataError, match="没有可步行的线"):
        segments_from_lines(gpd.GeoDataFrame(geometry=[], crs=CRS))


def test_the_caller_s_frame_is_left_alone() -> None:
    frame = streets(EAST_WEST, NORTH_SOUTH, **{"class": ["天路", None]})
    before = frame.copy()
    build(segments_from_lines(frame).segments)
    assert frame.equals(before)


def test_crossings_without_an_end_are_overpasses_in_a_layer_cut_at_its_junctions() -> None:
    frame = streets(EAST_WEST, NORTH_SOUTH, [(50, 50), (90, 90)], [(50, 50), (10, 90)])
    network = build(segments_from_lines(frame, crossings="pass").segments)
    assert lengths(network) == pytest.approx([56.568542, 56.568542, 100, 100])
    assert island_summary(network).islands == 1
