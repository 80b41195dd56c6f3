"""Isochrones of toy towns whose answers can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.errors import DataError
from geo.isochrone import coverage_area, isochrones, mismatch, own_cells
from geo.network import StreetNetwork
from geo.network.snap import attach
from geo.travel import Direction, Profile, profile

Town = Callable[..., StreetNetwork]

ELDER = profile("elder")


def drawn(
    network: StreetNetwork,
    facilities: Sequence[tuple[float, float]],
    minutes: Sequence[float] = (15,),
    *,
    walker: Profile = ELDER,
    direction: Direction = "to_facility",
    detail: int = 2,
) -> gpd.GeoDataFrame:
    cells = own_cells(network)
    places = attach(network, np.array(facilities, dtype=float))
    return isochrones(
        network, cells, places, minutes=minutes, profile=walker, direction=direction, detail=detail
    )


def test_isochrone_of_a_single_street_ends_where_the_walk_ends(town: Town) -> None:
    street = town([(0, 0), (3000, 0)], [(0, 1)])
    area = drawn(street, [(1500, 0)]).geometry.iloc[0]
    west, _, east, north = area.bounds
    assert west == pytest.approx(600, abs=10)
    assert east == pytest.approx(2400, abs=10)
    assert north == pytest.approx(300, abs=2)
    # |x - 1500| + |y| <= 900 m at 1.0 m/s, cut off at 300 m from the street
    assert area.area == pytest.approx(900_000, rel=0.005)


def test_connector_of_the_facility_itself_costs_time(town: Town) -> None:
    street = town([(0, 0), (3000, 0)], [(0, 1)])
    area = drawn(street, [(1500, 100)]).geometry.iloc[0]
    assert area.bounds[0] == pytest.approx(700, abs=10)


def test_lake_farther_than_the_longest_connector_stays_uncovered(town: Town) -> None:
    shore = town([(0, 0), (1000, 0), (1000, 1000), (0, 1000)], [(0, 1), (1, 2), (2, 3), (3, 0)])
    area = drawn(shore, [(0, 0)], [60]).geometry.iloc[0]
    assert len(area.geoms) == 1
    assert len(area.geoms[0].interiors) == 1
    lake = shapely.Polygon(area.geoms[0].interiors[0])
    assert lake.area == pytest.approx(400 * 400, rel=0.02)
    assert lake.contains(shapely.Point(500, 500))


def test_far_bank_of_a_river_is_drawn_only_as_far_as_the_bridge_allows(town: Town) -> None:
    banks = town([(0, 0), (2000, 0), (0, 200), (2000, 200)], [(0, 1), (2, 3), (1, 3)])
    area = drawn(banks, [(1500, 0)]).geometry.iloc[0]
    # over the bridge at x = 2000: 500 m + 200 m + at most 200 m back along the far bank
    assert area.contains(shapely.Point(1900, 200))
    assert not area.contains(shapely.Point(1500, 200))
    assert area.contains(shapely.Point(1500, 80))
    assert not area.contains(shapely.Point(1500, 120))


def test_two_streets_back_to_back_are_divided_at_their_middle(town: Town) -> None:
    banks = town([(0, 0), (2000, 0), (0, 200), (2000, 200)], [(0, 1), (2, 3), (1, 3)])
    area = drawn(banks, [(700, 0)], detail=3).geometry.iloc[0]
    cut = area.intersection(shapely.LineString([(700, 0), (700, 300)]))
    assert cut.length == pytest.approx(100, abs=0.5)


def test_edge_between_two_nodes_out_of_reach_is_drawn_from_the_middle(town: Town) -> None:
    street = town([(0, 0), (5000, 0)], [(0, 1)])
    area = drawn(street, [(2500, 0)], [5]).geometry.iloc[0]
    assert area.bounds[0] == pytest.approx(2200, abs=10)
    assert area.bounds[2] == pytest.approx(2800, abs=10)


def test_two_facilities_on_one_street_share_the_dissolved_area(town: Town) -> None:
    street = town([(0, 0), (5000, 0)], [(0, 1)])
    places = attach(street, np.array([(2000.0, 0.0), (2500.0, 0.0)]))
    cells = own_cells(street)
    area = coverage_area(street, cells, places, minutes=[5], profile=ELDER).geometry.iloc[0]
    assert len(area.geoms) == 1
    assert area.bounds[0] == pytest.approx(1700, abs=10)
    assert area.bounds[2] == pytest.approx(2800, abs=10)


def test_every_facility_and_limit_has_its_row(town: Town) -> None:
    street = town([(0, 0), (3000, 0)], [(0, 1)])
    frame = drawn(street, [(500, 0), (1500, 0)], [5, 10])
    assert frame["facility"].tolist() == [0, 0, 1, 1]
    assert frame["minutes"].tolist() == [5, 10, 5, 10]
    assert frame.crs == street.crs
    assert frame.geometry.iloc[1].covers(frame.geometry.iloc[0])


def test_island_is_never_drawn(town: Town) -> None:
    streets = town([(0, 0), (3000, 0), (1000, 100), (1200, 100)], [(0, 1), (2, 3)])
    cells = own_cells(streets)
    assert set(np.unique(cells.segment_edge)) == {0}


def test_facility_without_a_street_draws_nothing(town: Town) -> None:
    street = town([(0, 0), (3000, 0)], [(0, 1)])
    places = attach(street, np.array([(100.0, 0.0)]), usable=np.array([False]))
    cells = own_cells(street)
    assert isochrones(street, cells, places, minutes=[5], profile=ELDER).geometry.iloc[0].is_empty
    assert coverage_area(street, cells, places, minutes=[5], profile=ELDER).is_empty.all()


def test_facility_beyond_the_raster_draws_nothing(town: Town) -> None:
    street = town([(0, 0), (9000, 0)], [(0, 1)])
    cells = own_cells(street, bounds=(0, -300, 1000, 300))
    places = attach(street, np.array([(8000.0, 0.0)]))
    assert isochrones(street, cells, places, minutes=[5], profile=ELDER).geometry.iloc[0].is_empty


def test_uphill_to_the_facility_is_drawn_shorter_than_downhill_from_it(town: Town) -> None:
    slope = town([(0, 0), (2000, 0)], [(0, 1)], climb_m=[200])
    hilly = replace(ELDER, slope="tobler")
    top = [(2000, 0)]
    to_top = drawn(slope, top, [10], walker=hilly).geometry.iloc[0]
    from_top = drawn(slope, top, [10], walker=hilly, direction="from_facility").geometry.iloc[0]
    assert to_top.bounds[0] > from_top.bounds[0] + 50


def test_steps_closed_to_a_wheelchair_stop_its_isochrone(town: Town) -> None:
    streets = town([(0, 0), (500, 0), (1000, 0)], [(0, 1), (1, 2)], steps=[0, 1])
    wheels = profile("wheelchair")
    area = drawn(streets, [(100, 0)], [30], walker=wheels).geometry.iloc[0]
    assert area.contains(shapely.Point(450, 0))
    assert not area.contains(shapely.Point(700, 0))


def test_raster_of_other_streets_is_refused(town: Town) -> None:
    one = town([(0, 0), (3000, 0)], [(0, 1)])
    two = town([(0, 0), (3000, 0), (0, 500)], [(0, 1), (0, 2)])
    places = attach(two, np.array([(100.0, 0.0)]))
    with pytest.raises(DataError, match="栅格"):
        isochrones(two, own_cells(one), places, minutes=[5], profile=ELDER)


@pytest.mark.parametrize("minutes", [[], [0], [5, -1]])
def test_minutes_must_be_positive(town: Town, minutes: list[float]) -> None:
    street = town([(0, 0), (3000, 0)], [(0, 1)])
    with pytest.raises(DataError, match="分钟"):
        drawn(street, [(0, 0)], minutes)


def test_network_without_streets_is_refused(town: Town) -> None:
    with pytest.raises(DataError, match="街路"):
        own_cells(town([], []))


def test_mismatch_counts_both_sides_and_prints_them() -> None:
    square = shapely.box(0, 0, 10, 10)
    xy = np.array([(5, 5), (5, 6), (20, 20), (21, 21)], float)
    found = mismatch(square, xy, np.array([True, False, True, False]))
    assert (found.n_drawn_only, found.n_reached_only, found.share) == (1, 1, 0.5)
    assert "50.0%" in found.sentence


def test_mismatch_of_no_places_is_zero() -> None:
    found = mismatch(shapely.box(0, 0, 1, 1), np.zeros((0, 2)), np.zeros(0, bool))
    assert found.share == 0


def test_same_streets_give_the_same_bytes(town: Town) -> None:
    street = town([(0, 0), (3000, 0), (1500, 900)], [(0, 1), (0, 2), (1, 2)])
    first, second = (drawn(street, [(700, 0)], [5, 15]) for _ in range(2))
    assert first.to_wkb().equals(second.to_wkb())
