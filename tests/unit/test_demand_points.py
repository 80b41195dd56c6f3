"""Who lives where, and by which entrance they reach the street."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.demand import Demand, Places, demand_points
from geo.errors import DataError
from geo.network.graph import StreetNetwork

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]

ON = date(2026, 5, 1)
TOWN = "340207001001"
COUNTRY = "340207002001"


@pytest.fixture(scope="module")
def cross(town: Town) -> StreetNetwork:
    """One street along y = 0 and one along x = 500, meeting at (500, 0)."""
    return town([(0, 0), (500, 0), (1000, 0), (500, 500)], [(0, 1), (1, 2), (1, 3)])


@pytest.fixture
def communities(lay: Lay) -> gpd.GeoDataFrame:
    elders = {"elders_basis": "registered", "elders_age_from": 60}
    return lay(
        "community",
        {"code": TOWN, "elders": 100, "households": 400, "at": (0, -100, 500, 500), **elders},
        {"code": COUNTRY, "elders": 50, "at": (500, -100, 1000, 500), **elders},
    )


def demand(network: StreetNetwork, **layers: gpd.GeoDataFrame) -> Demand:
    return demand_points(Places(crs=network.crs, **layers), network, on=ON)


def codes(answer: Demand) -> set[str]:
    return {fault.code for fault in answer.faults}


def test_elders_of_a_compound_stand_and_the_others_share_the_rest(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    answer = demand(
        cross,
        community=communities,
        compound=lay(
            "compound",
            {"id": "a", "households": 100, "elders": 40, "at": (100, 10)},
            {"id": "b", "households": 200, "at": (200, 10)},
            {"id": "c", "households": 100, "at": (300, 10)},
        ),
    )
    town_points = answer.points[answer.points["community_code"] == TOWN]
    assert town_points["elders"].tolist() == [40, 40, 20]
    assert town_points["basis"].unique().tolist() == ["registered"]
    assert town_points["age_from"].unique().tolist() == [60]
    assert answer.points["elders"].sum() == 150


def test_a_total_the_compounds_contradict_is_a_fault_and_not_a_silent_change(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    answer = demand(
        cross,
        community=communities,
        compound=lay("compound", {"id": "a", "households": 400, "elders": 90, "at": (100, 10)}),
    )
    assert answer.points.set_index("id").loc["a", "elders"] == 90
    fault = next(fault for fault in answer.faults if fault.code == "parts_differ_from_total")
    assert fault.column == "elders"
    assert "90" in fault.message
    assert "100" in fault.message


def test_a_community_without_compounds_is_laid_on_its_streets_by_length(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    answer = demand(
        cross,
        community=communities,
        compound=lay("compound", {"id": "a", "households": 400, "at": (100, 10)}),
    )
    country = answer.points[answer.points["origin"] == "community"]
    assert country["elders"].sum() == 50
    assert set(country["community_code"]) == {COUNTRY}
    # 500 m of street along y = 0 and 500 m along its western edge, one point each 100 m.
    assert len(country) == 10
    assert country["elders"].tolist() == [5] * 10
    assert "people_on_streets" in codes(answer)


def test_people_on_streets_never_stand_outside_their_community(
    cross: StreetNetwork, communities: gpd.GeoDataFrame
) -> None:
    answer = demand(cross, community=communities)
    outline = communities.set_index("code").geometry
    for code, points in answer.points.groupby("community_code"):
        assert shapely.dwithin(points.geometry.to_numpy(), outline[code], 1e-6).all()


def test_people_stand_nowhere_near_a_street_island(town: Town, lay: Lay) -> None:
    network = town([(0, 0), (500, 0), (1000, 0), (100, 300), (200, 300)], [(0, 1), (1, 2), (3, 4)])
    answer = demand(
        network, community=lay("community", {"code": TOWN, "elders": 10, "at": (0, -100, 500, 500)})
    )
    assert (answer.points.geometry.y < 1).all()


def test_a_community_without_streets_stands_at_one_point_and_says_so(
    cross: StreetNetwork, lay: Lay
) -> None:
    answer = demand(
        cross,
        community=lay("community", {"code": TOWN, "elders": 10, "at": (0, 2000, 100, 2100)}),
    )
    assert answer.points["elders"].tolist() == [10]
    assert "no_street_inside" in codes(answer)


def test_buildings_share_by_floor_area_and_use(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    answer = demand(
        cross,
        community=communities,
        building=lay(
            "building",
            {"id": "1", "use": "residential", "floor_area_m2": 3000.0, "at": (100, 10)},
            {"id": "2", "use": "mixed", "floor_area_m2": 2000.0, "at": (200, 10)},
            {"id": "3", "use": "commercial", "floor_area_m2": 9000.0, "at": (300, 10)},
            {"id": "4", "floors": 4, "at": (390, 10, 400, 35)},
        ),
    )
    built = answer.points[answer.points["origin"] == "building"].set_index("name")
    # 3000, half of 2000, none, and 4 floors of 250 m².
    assert built["elders"].to_dict() == {"1": 60, "2": 20, "4": 20}


def test_people_in_no_community_are_kept_and_named(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    answer = demand(
        cross,
        community=communities,
        compound=lay("compound", {"id": "far", "households": 9, "elders": 3, "at": (5000, 5000)}),
    )
    far = answer.points.set_index("id").loc["far"]
    assert far["elders"] == 3
    assert far.isna()["community_code"]
    assert "outside_communities" in codes(answer)


def test_an_unknown_community_code_is_found_by_position_and_reported(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    answer = demand(
        cross,
        community=communities,
        compound=lay(
            "compound",
            {"id": "a", "community_code": "999", "households": 9, "at": (100, 10)},
        ),
    )
    assert answer.points.set_index("id").loc["a", "community_code"] == TOWN
    assert "community_code_unknown" in codes(answer)


def test_a_retired_community_counts_no_more(
    cross: StreetNetwork, communities: gpd.GeoDataFrame
) -> None:
    retired = communities.assign(valid_to=np.array(["NaT", "2026-05-01"], "datetime64[s]"))
    answer = demand(cross, community=retired)
    assert set(answer.points["community_code"]) == {TOWN}


def test_a_compound_with_gates_is_entered_by_them_alone(cross: StreetNetwork, lay: Lay) -> None:
    answer = demand(
        cross,
        compound=lay("compound", {"id": "a", "households": 9, "at": (100, 10, 300, 200)}),
        gate=lay(
            "gate",
            {"id": "n", "compound_id": "a", "at": (200, 200)},
            {"id": "s", "compound_id": "a", "open": False, "at": (200, 10)},
            {"id": "x", "compound_id": "nowhere", "at": (0, 0)},
        ),
    )
    doors = answer.entrances.set_index("gate_id")
    assert doors["open"].to_dict() == {"n": True, "s": False}
    assert not doors["assumed"].any()
    assert answer.points["origin"].tolist() == ["gate"]
    assert "gate_without_compound" in codes(answer)


def test_a_compound_without_gates_is_entered_where_streets_meet_its_outline(
    cross: StreetNetwork, lay: Lay
) -> None:
    answer = demand(
        cross, compound=lay("compound", {"id": "a", "households": 9, "at": (400, -50, 600, 50)})
    )
    met = {(point.x, point.y) for point in answer.entrances.geometry}
    assert met == {(400.0, 0.0), (600.0, 0.0), (500.0, 50.0)}
    assert answer.entrances["assumed"].all()
    assert answer.points["origin"].tolist() == ["assumed_gate"]


def test_an_outline_no_street_meets_is_entered_where_it_is_closest_to_one(
    cross: StreetNetwork, lay: Lay
) -> None:
    answer = demand(
        cross, compound=lay("compound", {"id": "a", "households": 9, "at": (100, 30, 200, 90)})
    )
    (door,) = answer.entrances.geometry
    assert door.y == 30.0
    assert 100 <= door.x <= 200


def test_inputs_in_any_order_give_the_same_demand(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    compounds = lay(
        "compound",
        *({"id": f"c{n}", "households": 7, "at": (40 * n + 10, 10)} for n in range(10)),
    )
    one = demand(cross, community=communities, compound=compounds)
    other = demand(cross, community=communities[::-1], compound=compounds[::-1])
    assert one.points.equals(other.points)
    assert one.entrances.equals(other.entrances)


def test_invented_rows_are_remembered(cross: StreetNetwork, lay: Lay) -> None:
    compound = lay("compound", {"id": "a", "households": 9, "simulated": True, "at": (100, 10)})
    assert demand(cross, compound=compound).simulated
    assert not demand(cross, compound=compound.assign(simulated=False)).simulated


def test_no_layer_of_people_is_one_clear_message(cross: StreetNetwork, lay: Lay) -> None:
    with pytest.raises(DataError, match="没有需求点"):
        demand(cross, compound=lay("compound", {"id": "a", "households": 1, "at": (0, 0)})[:0])


def test_layers_in_another_crs_than_the_streets_are_refused(
    cross: StreetNetwork, communities: gpd.GeoDataFrame
) -> None:
    with pytest.raises(DataError, match="坐标系"):
        demand_points(Places(crs="EPSG:4549", community=communities), cross, on=ON)


def test_demand_leaves_its_inputs_alone(
    cross: StreetNetwork, lay: Lay, communities: gpd.GeoDataFrame
) -> None:
    compounds = lay("compound", {"id": "a", "households": 9, "at": (100, 10)})
    before = compounds.copy(), communities.copy()
    demand(cross, community=communities, compound=compounds)
    assert before[0].equals(compounds)
    assert before[1].equals(communities)
