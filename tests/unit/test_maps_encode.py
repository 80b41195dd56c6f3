"""Shapes survive the short form in which a page carries them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo.maps.encode import STEPS_A_DEGREE, Grid, lines_in_degrees

GRID = Grid(west=11_400_000, south=3_000_000)


def unfold(run: list[int]) -> np.ndarray:
    steps = np.cumsum(np.array(run).reshape(-1, 2), axis=0)
    return (steps + np.array([GRID.west, GRID.south])) / STEPS_A_DEGREE


def test_a_line_comes_back_within_half_a_metre_or_so() -> None:
    line = np.random.default_rng(0).uniform((114, 30), (114.2, 30.2), (200, 2))
    assert np.abs(unfold(GRID.line(line)) - line).max() <= 0.5001 / STEPS_A_DEGREE


def test_vertices_on_the_same_step_are_one() -> None:
    line = np.array([[114.0, 30.0], [114.000001, 30.000001], [114.001, 30.0]])
    assert GRID.line(line) == [0, 0, 100, 0]


def test_a_line_within_one_step_is_left_out() -> None:
    assert GRID.line(np.array([[114.0, 30.0], [114.000001, 30.0]])) == []


def test_holes_stay_holes_and_rings_are_not_closed() -> None:
    ring = shapely.box(114, 30, 114.01, 30.01)
    shape = ring.difference(shapely.box(114.004, 30.004, 114.006, 30.006))
    [[outer, hole]] = GRID.polygons(shape)
    assert len(outer) == 8
    assert shapely.Polygon(unfold(outer)).area == pytest.approx(1e-4)
    assert shapely.Polygon(unfold(hole)).area == pytest.approx(4e-6)


def test_an_empty_shape_and_a_speck_draw_nothing() -> None:
    speck = shapely.box(114, 30, 114.000001, 30.000001)
    assert GRID.polygons(shapely.MultiPolygon()) == []
    assert GRID.polygons(speck) == []


def test_the_grid_starts_at_the_south_west_corner() -> None:
    grid = Grid.around((114.123456, 30.654321, 115, 31))
    assert (grid.west, grid.south) == (11_412_345, 3_065_432)


def test_streets_are_straightened_only_within_the_allowance() -> None:
    xy = np.array([[500_000, 3.3e6], [500_050, 3.3e6 + 2], [500_100, 3.3e6], [0, 0], [9, 9]], float)
    start = np.array([0, 3, 5])
    assert [
        len(line) for line in lines_in_degrees(xy, "EPSG:4547", start=start, keep_within_m=3)
    ] == [2, 2]
    assert [
        len(line) for line in lines_in_degrees(xy, "EPSG:4547", start=start, keep_within_m=1)
    ] == [3, 2]
