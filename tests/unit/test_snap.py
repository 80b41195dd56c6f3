"""Where places touch the streets."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely

from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap import attach

Town = Callable[..., StreetNetwork]


def two_islands(town: Town) -> StreetNetwork:
    """A main street of 1 km along y = 0, and 100 m of street 300 m north of it."""
    return town([(0, 0), (1000, 0), (0, 300), (100, 300)], [(0, 1), (2, 3)])


def test_a_place_touches_the_interior_of_a_street_not_its_end(town: Town) -> None:
    tied = attach(two_islands(town), np.array([[400.0, 30.0]]))
    assert tied.edge.tolist() == [0]
    assert tied.along_m.tolist() == [400.0]
    assert tied.connector_m.tolist() == [30.0]
    assert not tied.on_island[0]


def test_a_place_on_an_island_is_tied_to_the_main_network_and_named(town: Town) -> None:
    xy = np.array([[50.0, 290.0], [50.0, 140.0], [50.0, 160.0], [50.0, 180.0]])
    tied = attach(two_islands(town), xy)
    assert tied.edge.tolist() == [0, 0, 0, 0]
    assert tied.connector_m.tolist() == [290.0, 140.0, 160.0, 180.0]
    assert tied.island_m.tolist() == [10.0, 140.0, 140.0, 120.0]
    assert tied.on_island.tolist() == [True, False, False, True]


def test_any_component_may_be_asked_for(town: Town) -> None:
    tied = attach(two_islands(town), np.array([[50.0, 290.0], [400.0, 1.0]]), within="any")
    assert tied.edge.tolist() == [1, 0]
    assert tied.connector_m.tolist() == [10.0, 1.0]
    assert tied.on_island.tolist() == [True, False]


def test_streets_that_a_walker_cannot_use_are_passed_over(town: Town) -> None:
    network = town([(0, 0), (100, 0), (100, 40), (0, 40)], [(0, 1), (1, 2), (2, 3)])
    tied = attach(network, np.array([[50.0, 5.0]]), usable=np.array([False, True, True]))
    assert tied.edge.tolist() == [2]
    assert tied.connector_m.tolist() == [35.0]


def test_along_is_measured_on_the_drawn_line(town: Town) -> None:
    bent = town([(0, 0), (100, 100)], [(0, 1)], shapes={0: [(0, 0), (100, 0), (100, 100)]})
    tied = attach(bent, np.array([[120.0, 50.0]]))
    assert tied.along_m.tolist() == [150.0]
    assert tied.connector_m.tolist() == [20.0]


def test_a_corner_belongs_to_the_street_with_the_lowest_number(town: Town) -> None:
    network = town([(0, 0), (10.1, 3.3), (20, 0)], [(0, 1), (1, 2)])
    tied = attach(network, np.array([[10.1, 30.0]]))
    assert tied.edge.tolist() == [0]
    assert tied.along_m[0] == pytest.approx(network.edge_length_m[0])


def test_distances_equal_those_of_shapely(town: Town) -> None:
    random = np.random.default_rng(5)
    nodes = random.uniform(0, 5000, (300, 2))
    edges = [(i, int(j)) for i, j in enumerate(random.permutation(300))] + [
        (i, i + 1) for i in range(9)
    ]
    network = town(nodes, edges)
    near, far = random.uniform(-200, 5200, (500, 2)), random.uniform(-9e4, 9e4, (100, 2))
    xy = np.concatenate([near, far, nodes[:50]])
    lines = shapely.linestrings(network.shape_xy.reshape(-1, 2, 2))
    tree = shapely.STRtree(lines)
    points = shapely.points(xy)
    (row, _), expected_m = tree.query_nearest(points, return_distance=True, all_matches=False)
    tied = attach(network, xy, within="any")
    np.testing.assert_allclose(tied.connector_m[row], expected_m, rtol=1e-12, atol=1e-9)
    on_street = shapely.line_interpolate_point(lines[tied.edge], tied.along_m)
    np.testing.assert_allclose(shapely.distance(points, on_street), expected_m, atol=1e-6)


def test_a_place_without_coordinates_or_streets_is_tied_to_nothing(town: Town) -> None:
    tied = attach(two_islands(town), np.array([[np.nan, 0.0]]))
    assert tied.edge.tolist() == [-1]
    assert np.isnan(tied.connector_m).all()
    nowhere = attach(town([(0, 0)], []), np.array([[1.0, 2.0]]))
    assert nowhere.edge.tolist() == [-1]
    assert not nowhere.on_island[0]
    assert len(attach(two_islands(town), np.zeros((0, 2)))) == 0


def test_coordinates_must_be_pairs(town: Town) -> None:
    with pytest.raises(DataError, match="2 列"):
        attach(two_islands(town), np.zeros((3, 3)))


def test_many_places_are_tied_as_each_alone(town: Town) -> None:
    random = np.random.default_rng(8)
    nodes = random.uniform(0, 2000, (60, 2))
    network = town(nodes, [(i, int(j)) for i, j in enumerate(random.permutation(60))])
    xy = random.uniform(-500, 2500, (10_500, 2))
    xy[7] = np.nan
    every = attach(network, xy)
    some = attach(network, xy[:200])
    np.testing.assert_array_equal(every.edge[:200], some.edge)
    np.testing.assert_array_equal(every.along_m[:200], some.along_m)
    np.testing.assert_array_equal(every.island_m[:200], some.island_m)
