"""Cells belong to the street that addresses are tied to, and drawings agree with minutes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geo.isochrone import coverage_area, isochrones, mismatch, own_cells
from geo.network import StreetNetwork
from geo.network.snap import Attachments, attach
from geo.travel import minutes_matrix, nearest, profile

Town = Callable[..., StreetNetwork]
Floats = NDArray[np.float64]
ELDER = profile("elder")


@pytest.fixture(scope="module")
def city(town: Town) -> StreetNetwork:
    """A bent, thinned grid of 20 by 20 blocks of about 110 m, its halves joined by two bridges."""
    rng = np.random.default_rng(7)
    side = 21
    x, y = np.meshgrid(np.arange(side) * 110.0, np.arange(side) * 105.0)
    xy = np.column_stack([x.ravel(), y.ravel()]) + rng.normal(0, 15, (side * side, 2))
    number = np.arange(side * side).reshape(side, side)
    across = np.column_stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    up = np.column_stack([number[:-1].ravel(), number[1:].ravel()])
    bridges = {4, 16}
    open_up = [
        not (a // side == 9 and a % side not in bridges) and rng.random() > 0.15 for a in up[:, 0]
    ]
    open_across = rng.random(len(across)) > 0.15
    edges = [tuple(pair) for pair in np.vstack([across[open_across], up[open_up]])]
    shapes = {
        e: [xy[a], (xy[a] + xy[b]) / 2 + rng.normal(0, 8, 2), xy[b]]
        for e, (a, b) in enumerate(edges)
    }
    return town(xy, edges, shapes=shapes)


@pytest.fixture(scope="module")
def addresses() -> Floats:
    return np.random.default_rng(3).uniform(0, 2200, (5000, 2))


@pytest.fixture(scope="module")
def facilities(city: StreetNetwork) -> Attachments:
    return attach(city, np.random.default_rng(4).uniform(200, 2000, (25, 2)))


def test_cells_belong_to_the_nearest_street_of_the_main_component(city: StreetNetwork) -> None:
    cells = own_cells(city, cell_m=25, max_connector_m=150)
    row, column = (index.ravel() for index in np.indices(cells.segment.shape))
    centres = np.column_stack(
        [cells.west_m + column * cells.cell_m, cells.south_m + row * cells.cell_m]
    )
    main = city.node_component[city.edge_nodes[:, 0]] == 0
    lines = [
        shapely.LineString(city.shape_xy[city.shape_start[e] : city.shape_start[e + 1]])
        for e in np.flatnonzero(main)
    ]
    (_, _), distance_m = shapely.STRtree(lines).query_nearest(
        shapely.points(centres), return_distance=True, all_matches=False
    )
    owned = cells.segment.ravel() >= 0
    assert (owned == (distance_m <= 150)).all()
    owners = cells.segment.ravel()[owned]
    origin = np.array([cells.west_m, cells.south_m])
    pieces = shapely.linestrings(cells.ends[owners].reshape(-1, 2, 2) + origin)
    mine_m = shapely.distance(pieces, shapely.points(centres[owned]))
    np.testing.assert_allclose(mine_m, distance_m[owned], atol=1e-6)


def test_cells_follow_the_rule_for_addresses(city: StreetNetwork) -> None:
    cells = own_cells(city, cell_m=25)
    row, column = np.nonzero(cells.segment >= 0)
    centres = np.column_stack(
        [cells.west_m + column * cells.cell_m, cells.south_m + row * cells.cell_m]
    )
    tied = attach(city, centres)
    segment = cells.segment[row, column]
    same = cells.segment_edge[segment] == tied.edge
    assert same.mean() > 0.97  # corners of blocks lie as near to two streets
    start = cells.ends[segment, :2] + (cells.west_m, cells.south_m)
    end = cells.ends[segment, 2:] + (cells.west_m, cells.south_m)
    length2 = ((end - start) ** 2).sum(axis=1)
    t = np.clip(((centres - start) * (end - start)).sum(axis=1) / length2, 0, 1)
    along_m = cells.segment_along_m[segment] + t * np.sqrt(length2)
    np.testing.assert_allclose(along_m[same], tied.along_m[same], atol=1e-6)


def test_isochrones_misplace_under_one_in_a_hundred_addresses(
    city: StreetNetwork, addresses: Floats, facilities: Attachments
) -> None:
    frame = isochrones(city, own_cells(city), facilities, minutes=[10], profile=ELDER)
    homes = attach(city, addresses)
    table = minutes_matrix(city, homes, facilities, profile=ELDER, limit_min=10).dense()
    wrong = reached = 0
    for facility, area in enumerate(frame.geometry):
        within = table[:, facility] <= 10
        found = mismatch(area, addresses, within)
        wrong += found.n_drawn_only + found.n_reached_only
        reached += int(within.sum())
    assert reached > 5000
    assert wrong / reached < 0.01
    assert frame.is_valid.all()


def test_dissolved_area_agrees_with_the_nearest_facility(
    city: StreetNetwork, addresses: Floats, facilities: Attachments
) -> None:
    cells = own_cells(city)
    frame = coverage_area(city, cells, facilities, minutes=[3, 6], profile=ELDER, detail=2)
    homes = attach(city, addresses)
    minutes = nearest(city, homes, facilities, profile=ELDER).minutes[:, 0]
    for limit_min, area in zip(frame["minutes"], frame.geometry, strict=True):
        assert area.is_valid
        assert mismatch(area, addresses, minutes <= limit_min).share < 0.01


def test_dissolved_area_is_the_union_of_the_isochrones(
    city: StreetNetwork, facilities: Attachments
) -> None:
    cells = own_cells(city)
    each = isochrones(city, cells, facilities, minutes=[5], profile=ELDER)
    area = coverage_area(city, cells, facilities, minutes=[5], profile=ELDER, detail=2)
    union, whole = each.union_all(), area.geometry.iloc[0]
    assert union.symmetric_difference(whole).area < 0.005 * whole.area


def test_coarser_cells_are_the_same_cells_looked_at_less_often(city: StreetNetwork) -> None:
    fine = own_cells(city, cell_m=10)
    coarse = fine.coarser(3)
    assert coarse.cell_m == 30
    np.testing.assert_array_equal(coarse.segment, fine.segment[::3, ::3])
