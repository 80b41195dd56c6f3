"""Laws every isochrone obeys, whatever the town."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.isochrone import CellOwnership, coverage_area, own_cells
from geo.network import StreetNetwork
from geo.network.snap import attach
from geo.travel import profile

Town = Callable[..., StreetNetwork]
Grid = tuple[StreetNetwork, CellOwnership]
Places = list[tuple[float, float]]
ROUNDING_M2 = 1.0


@pytest.fixture(scope="module")
def grid(town: Town) -> Grid:
    side = 9
    xy = [(120.0 * c, 130.0 * r) for r in range(side) for c in range(side)]
    across = [(r * side + c, r * side + c + 1) for r in range(side) for c in range(side - 1)]
    up = [(r * side + c, r * side + c + side) for r in range(side - 1) for c in range(side)]
    kept = [pair for i, pair in enumerate(across + up) if i % 5]
    network = town(xy, kept)
    return network, own_cells(network, max_connector_m=80)


places = st.lists(
    st.tuples(st.floats(0, 960), st.floats(0, 1040)), min_size=1, max_size=4, unique=True
)


def area(grid: Grid, xy: Places, minutes: float, speed_m_s: float = 1.0) -> shapely.MultiPolygon:
    network, cells = grid
    walker = profile("elder", speed_m_s=speed_m_s)
    tied = attach(network, np.array(xy, dtype=float))
    return coverage_area(network, cells, tied, minutes=[minutes], profile=walker).geometry.iloc[0]


@settings(max_examples=20)
@given(xy=places, more=places, minutes=st.floats(1, 12))
def test_adding_a_facility_never_shrinks_the_area(
    grid: Grid, xy: Places, more: Places, minutes: float
) -> None:
    assert area(grid, xy, minutes).difference(area(grid, [*xy, *more], minutes)).area < ROUNDING_M2


@settings(max_examples=20)
@given(xy=places, minutes=st.floats(1, 12), longer=st.floats(1, 2))
def test_longer_walks_reach_all_that_shorter_ones_reach(
    grid: Grid, xy: Places, minutes: float, longer: float
) -> None:
    assert area(grid, xy, minutes).difference(area(grid, xy, minutes * longer)).area < ROUNDING_M2


@settings(max_examples=20)
@given(xy=places, minutes=st.floats(1, 12), slower=st.floats(0.5, 1))
def test_walking_slower_never_covers_more(
    grid: Grid, xy: Places, minutes: float, slower: float
) -> None:
    assert area(grid, xy, minutes, slower).difference(area(grid, xy, minutes)).area < ROUNDING_M2


@settings(max_examples=20)
@given(xy=places, minutes=st.floats(0.1, 12))
def test_polygons_are_valid(grid: Grid, xy: Places, minutes: float) -> None:
    assert area(grid, xy, minutes).is_valid
