"""The rules that make a coverage figure true; each test fails when its rule is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.coverage import Coverage, Guard
from geo.errors import DataError
from geo.network.graph import StreetNetwork

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]
CoverageOf = Callable[..., Coverage]

UNIT = "340207001001"


def people(identity: str, at: tuple[float, float], elders: int = 10) -> dict[str, object]:
    return {"id": identity, "households": elders, "elders": elders, "at": at}


def covered(answer: Coverage) -> dict[str, bool]:
    main = f"covered_{answer.question.main_min:g}_min"
    return dict(zip(answer.points["id"], answer.points[main], strict=True))


# Rule 1: coverage is minutes over the network, never "inside a polygon".


def test_across_a_river_the_bridge_decides_and_not_the_circle(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    # Two banks 200 m apart, 1 km long, joined by one bridge at the far end.
    network = town([(0, 0), (1000, 0), (0, 200), (1000, 200)], [(0, 1), (2, 3), (1, 3)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay("compound", people("near", (500, 0)), people("opposite", (0, 200))),
    )
    assert covered(answer) == {"near": True, "opposite": False}
    # 1,000 m, the bridge of 200 m, and 1,000 m back at 1 m/s.
    walk_min = answer.points.set_index("id").loc["opposite", "nearest_min"]
    assert walk_min == pytest.approx(2200 / 60)
    row = answer.straight[answer.straight["weight"] == "elders"].iloc[0]
    assert row["network"] == 10
    assert row["circle"] == 20
    assert row["overstated_points"] == pytest.approx(50)


# Rule 2: snap to the interior of an edge of the main component, count and report the connector.


def test_a_place_is_tied_to_the_middle_of_a_street_and_not_to_a_junction(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (1500, 0)}),
        compound=lay("compound", people("a", (1000, 0)), people("end", (0, 0))),
    )
    assert answer.points.set_index("id")["nearest_min"].to_dict() == pytest.approx(
        {"a": 500 / 60, "end": 25.0}
    )
    assert covered(answer) == {"a": True, "end": False}


def test_the_leg_from_door_to_street_counts_at_walking_speed_and_is_listed_over_50_m(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (1000, -60)}),
        compound=lay("compound", people("a", (1800, 50)), people("b", (1000, 51))),
    )
    # 60 m + 800 m + 50 m at 1 m/s.
    assert answer.points.set_index("id").loc["a", "nearest_min"] == pytest.approx(910 / 60)
    assert covered(answer) == {"a": False, "b": True}
    assert answer.connectors[["kind", "id"]].to_numpy().tolist() == [
        ["demand", "b"],
        ["facility", "s"],
    ]
    assert answer.connectors["connector_m"].tolist() == pytest.approx([51, 60])


@pytest.mark.parametrize(("gap_m", "joined"), [(150, True), (600, False)])
def test_nobody_is_swallowed_by_a_street_island_and_all_on_it_are_listed(
    town: Town, lay: Lay, coverage_of: CoverageOf, gap_m: float, *, joined: bool
) -> None:
    network = town([(0, 0), (2000, 0), (0, gap_m), (300, gap_m)], [(0, 1), (2, 3)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay("compound", people("islander", (100, gap_m)), people("main", (100, 0))),
    )
    assert covered(answer) == {"islander": joined, "main": True}
    island = answer.islands.set_index("id").loc["islander"]
    assert island["connected"] == joined
    assert island["connector_m"] == pytest.approx(gap_m)
    assert island["elders"] == 10
    state = answer.points.set_index("id").loc["islander", "state"]
    assert state == ("reached" if joined else "island")


def test_a_facility_on_an_island_does_not_serve_the_main_streets(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (2000, 0), (0, 600), (300, 600)], [(0, 1), (2, 3)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (100, 600)}),
        compound=lay("compound", people("main", (100, 0))),
    )
    assert covered(answer) == {"main": False}
    assert answer.islands[["kind", "id"]].to_numpy().tolist() == [["facility", "s"]]


# Rule 3: facilities of neighbouring districts count; a switch shows "own only".


def test_the_neighbours_station_counts_unless_own_only_is_asked(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(-3000, 0), (3000, 0)], [(0, 1)])
    layers = {
        "community": lay("community", {"code": UNIT, "elders": 10, "at": (0, -500, 3000, 500)}),
        "compound": lay("compound", people("border", (100, 0))),
    }
    stations = lay(
        "elder_station", {"id": "far", "at": (2900, 0)}, {"id": "neighbour", "at": (-100, 0)}
    )
    everyone = coverage_of(network, stations, **layers)
    own = coverage_of(network, stations, own_only=True, **layers)
    assert covered(everyone) == {"border": True}
    assert covered(own) == {"border": False}
    assert everyone.guard.neighbour_facilities == 1
    assert own.facilities["id"].tolist() == ["far"]


def test_what_the_layer_says_of_own_and_neighbour_beats_the_position(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(-3000, 0), (3000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay(
            "elder_station",
            {"id": "ours", "own_county": True, "at": (-100, 0)},
            {"id": "theirs", "own_county": False, "at": (200, 0)},
        ),
        own_only=True,
        community=lay("community", {"code": UNIT, "elders": 10, "at": (0, -500, 3000, 500)}),
        compound=lay("compound", people("border", (100, 0))),
    )
    assert answer.facilities["id"].tolist() == ["ours"]


def test_streets_that_end_at_the_boundary_are_said_to(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    def streets(half_m: float) -> StreetNetwork:
        # A grid of streets every 250 m.
        lines = np.arange(-half_m, half_m + 1, 250)
        nodes = [(x, y) for x in lines for y in lines]
        n = len(lines)
        edges = [(i * n + j, i * n + j + 1) for i in range(n) for j in range(n - 1)]
        edges += [(i * n + j, (i + 1) * n + j) for i in range(n - 1) for j in range(n)]
        return town(nodes, edges)

    def guard(half_m: float) -> Guard:
        return coverage_of(
            streets(half_m),
            lay("elder_station", {"id": "s", "at": (0, 0)}),
            community=lay(
                "community", {"code": UNIT, "elders": 10, "at": (-1000, -1000, 1000, 1000)}
            ),
            compound=lay("compound", people("a", (0, 0))),
        ).guard

    # Needed: 1.5 × 15 min × 1.2 m/s = 1,620 m.
    assert guard(1000).needed_m == pytest.approx(1620)
    assert guard(1000).streets == "ends_at_boundary"
    assert guard(1750).streets == "ends_at_boundary"
    assert guard(2750).streets == "complete"


# Rule 4: unique, marginal and overlapping coverage are three numbers.


def test_unique_marginal_and_overlapping_are_three_numbers_and_catchments_do_not_add_up(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (6000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay(
            "elder_station",
            {"id": "a", "at": (1000, 0)},
            {"id": "b", "at": (1600, 0)},
            {"id": "c", "at": (2200, 0)},
        ),
        compound=lay(
            "compound",
            people("west", (500, 0), 100),  # a
            people("west-mid", (1200, 0), 20),  # a b
            people("middle", (1600, 0), 7),  # a b c
            people("east-mid", (2000, 0), 30),  # b c
            people("east", (3000, 0), 50),  # c
            people("nobody's", (5000, 0), 1000),
        ),
    )
    found = answer.facilities.set_index("id")
    assert found["reached"].to_dict() == {"a": 127, "b": 57, "c": 87}
    assert found["unique"].to_dict() == {"a": 100, "b": 0, "c": 50}
    assert found["overlapping"].to_dict() == {"a": 27, "b": 57, "c": 37}
    # a reaches most; c adds east and east-mid to it; b then adds nobody.
    assert found["rank"].to_dict() == {"a": 1, "c": 2, "b": 3}
    assert found["marginal"].to_dict() == {"a": 127, "c": 80, "b": 0}
    everyone = answer.headline()["covered_15_min"]
    assert everyone == 207
    assert found["marginal"].sum() == everyone
    assert found["nearest"].sum() == everyone
    assert found["reached"].sum() == 271
    assert answer.counted_times == pytest.approx(271 / 207)
    assert answer.multiplicity["elders"].tolist() == [1000, 150, 50, 7]


# Rule 5: every percentage names its denominator, and its speed, origin and date.


def test_every_share_stands_beside_its_denominator(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    basis = {"elders_basis": "registered", "elders_age_from": 65}
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay("compound", {**people("a", (100, 0)), **basis}),
    )
    assert answer.areas["denominator"].notna().all()
    assert answer.headline()["denominator"] == "老年人（人，户籍，65 岁及以上）"
    assert answer.headline("households")["denominator"] == "户"
    for said in ("1 米/秒", "沿路网步行", "2026-05-01", "户籍，65 岁及以上"):
        assert said in answer.conditions


def test_registered_and_resident_elders_are_never_added_silently(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay(
            "compound",
            {**people("a", (100, 0)), "elders_basis": "registered"},
            {**people("b", (200, 0)), "elders_basis": "resident"},
        ),
    )
    assert "口径不一" in answer.headline()["denominator"]
    assert "口径不一" in answer.provenance.basis


# Rule 6: speed is a profile; a run also says surely, depends, surely not over 0.8–1.2 m/s.


@pytest.mark.parametrize("speed_m_s", [0.8, 1.0, 1.1, 1.2])
def test_certainty_holds_over_the_range_of_speeds_whatever_the_speed_of_the_run(
    town: Town, lay: Lay, coverage_of: CoverageOf, speed_m_s: float
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        speed_m_s=speed_m_s,
        compound=lay(
            "compound",
            *(people(f"{x:04d}", (x, 0)) for x in (719, 721, 1079, 1081)),
        ),
    )
    # 15 min is 720 m at 0.8 m/s and 1,080 m at 1.2 m/s.
    assert answer.points["certainty"].tolist() == ["surely", "depends", "depends", "surely_not"]
    row = answer.headline()
    assert (row["surely"], row["depends"], row["surely_not"]) == (10, 20, 10)
    assert answer.points["covered_15_min"].sum() == 1 + (speed_m_s > 0.8) + (speed_m_s >= 1.2)
    assert f"{speed_m_s:g} 米/秒" in answer.conditions


# Rule 7: a missing input gives unknown, not fail.


def test_people_of_unknown_number_are_unknown_and_not_zero(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        community=lay(
            "community",
            {"code": UNIT, "elders": 30, "at": (0, -500, 500, 500)},
            {"code": "340207001002", "at": (500, -500, 1000, 500)},
            {"code": "340207001003", "at": (1000, -500, 1500, 500)},
        ),
        compound=lay(
            "compound",
            {"id": "a", "households": 5, "at": (100, 0)},
            {"id": "b", "households": 5, "at": (600, 0)},
        ),
    )
    assert answer.headline()["total"] == 30
    assert answer.headline()["communities_unknown"] == 2
    assert answer.headline()["points_unknown"] == 1
    unknown = answer.headline("elders", level="community", code="340207001002")
    assert unknown.isna()[["total", "covered_15_min", "covered_15_min_share", "surely"]].all()
    assert answer.headline("children").isna()["total"]


def test_an_empty_facility_layer_is_unknown_and_all_closed_is_nobody(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    station = lay("elder_station", {"id": "s", "status": "closed", "at": (0, 0)})
    compound = lay("compound", people("a", (100, 0)))
    with pytest.raises(DataError, match="未知"):
        coverage_of(network, station[:0], compound=compound)
    answer = coverage_of(network, station, compound=compound)
    assert answer.headline()["covered_15_min"] == 0
    assert "nothing_open" in {fault.code for fault in answer.faults}


def test_own_only_without_any_boundary_is_refused_rather_than_guessed(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    with pytest.raises(DataError, match="边界"):
        coverage_of(
            network,
            lay("elder_station", {"id": "s", "at": (0, 0)}),
            own_only=True,
            compound=lay("compound", people("a", (100, 0))),
        )


# Rule 8: nothing is dropped silently.


def test_every_demand_point_is_in_the_answer_and_the_levels_add_up(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0), (0, 900), (300, 900)], [(0, 1), (2, 3)])
    compounds = lay(
        "compound",
        people("served", (100, 0)),
        people("late", (2500, 0)),
        people("islander", (100, 900)),
        people("outside", (2900, 0)),
        people("walled", (300, 0)),
    )
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        community=lay("community", {"code": UNIT, "at": (-50, -500, 2600, 1500)}),
        compound=compounds,
        gate=lay("gate", {"id": "g", "compound_id": "walled", "open": False, "at": (300, 0)}),
    )
    assert sorted(answer.points["id"]) == sorted(compounds["id"])
    assert answer.points.set_index("id")["state"].to_dict() == {
        "served": "reached",
        "late": "reached",
        "islander": "island",
        "outside": "reached",
        "walled": "gates_closed",
    }
    assert len(answer.unserved) + answer.points["covered_15_min"].sum() == len(compounds)
    for level in ("all", "county", "township", "community"):
        rows = answer.areas[(answer.areas["level"] == level) & (answer.areas["weight"] == "elders")]
        assert rows["total"].sum() == compounds["elders"].sum()
        assert rows["covered_15_min"].sum() == 10
        assert rows[["surely", "depends", "surely_not"]].sum().sum() == 50


def test_a_facility_left_out_is_named_as_a_fault(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay(
            "elder_station",
            {"id": "s", "at": (0, 0)},
            {"id": "t", "status": "suspended", "at": (9, 0)},
        ),
        compound=lay("compound", people("a", (100, 0))),
        on=date(2026, 5, 1),
    )
    fault = next(fault for fault in answer.faults if fault.code == "not_in_service")
    assert "1 个" in fault.message
    assert len(answer.facilities) == 1


def test_an_open_street_network_is_never_changed_by_a_question(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (3000, 0)], [(0, 1)])
    station = lay("elder_station", {"id": "s", "at": (0, 0)})
    before, untouched = replace(network, node_xy=network.node_xy.copy()), station.copy()
    coverage_of(network, station, compound=lay("compound", people("a", (100, 0))))
    assert (before.node_xy == network.node_xy).all()
    assert untouched.equals(station)
    assert isinstance(station.geometry.iloc[0], shapely.Point)
