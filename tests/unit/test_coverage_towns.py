"""Toy towns whose coverage can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import numpy as np
import pytest

from geo.coverage import Coverage, ask
from geo.errors import DataError, NotFoundError
from geo.network.graph import StreetNetwork

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]
CoverageOf = Callable[..., Coverage]


@pytest.fixture(scope="module")
def grid(town: Town) -> StreetNetwork:
    """Eleven streets each way, 100 m apart."""
    n = 11
    nodes = [(100 * x, 100 * y) for x in range(n) for y in range(n)]
    edges = [(x * n + y, x * n + y + 1) for x in range(n) for y in range(n - 1)]
    edges += [(x * n + y, (x + 1) * n + y) for x in range(n - 1) for y in range(n)]
    return town(nodes, edges)


def walks(answer: Coverage) -> dict[str, float]:
    return dict(zip(answer.points["id"], answer.points["nearest_min"], strict=True))


def test_on_a_grid_the_walk_is_the_city_block_distance(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay(
            "compound",
            {"id": "a", "households": 1, "at": (300, 400)},
            {"id": "b", "households": 1, "at": (250, 500)},
            {"id": "c", "households": 1, "at": (1000, 1000)},
        ),
    )
    assert walks(answer) == pytest.approx({"a": 700 / 60, "b": 750 / 60, "c": 2000 / 60})


def test_a_facility_at_exactly_15_minutes_counts_and_a_metre_more_does_not(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay(
            "compound",
            {"id": "exact", "households": 1, "at": (400, 500)},
            {"id": "late", "households": 1, "at": (400, 501)},
        ),
    )
    assert answer.points["covered_15_min"].tolist() == [True, False]
    assert answer.unserved["walk"].tolist() == ["15.1"]


def test_many_limits_are_answered_in_one_run(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        minutes=(30, 5, 10, 15),
        compound=lay(
            "compound",
            *({"id": f"{x:04d}", "households": 1, "at": (x, 0)} for x in range(100, 1001, 100)),
        ),
    )
    row = answer.headline("households")
    assert [row[f"covered_{m}_min"] for m in (5, 10, 15, 30)] == [3, 6, 9, 10]
    assert answer.question.main_min == 15


def test_behind_a_wall_only_the_open_gate_counts(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    # The station stands right behind the wall; the gate opens on the other street.
    network = town([(0, 0), (800, 0), (800, 300), (0, 300)], [(0, 1), (1, 2), (2, 3)])
    station = lay("elder_station", {"id": "s", "at": (100, 0)})
    compound = lay("compound", {"id": "walled", "households": 1, "at": (50, 20, 200, 280)})

    def walk(*gates: dict[str, object]) -> float:
        return walks(coverage_of(network, station, compound=compound, gate=lay("gate", *gates)))[
            "walled"
        ]

    north = {"id": "n", "compound_id": "walled", "at": (100, 300)}
    south = {"id": "s", "compound_id": "walled", "at": (100, 0)}
    assert walk(north) == pytest.approx(1700 / 60)
    assert walk(north, south) == 0
    assert walk(north, {**south, "open": False}) == pytest.approx(1700 / 60)


def test_when_every_gate_is_closed_nobody_gets_out(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay("compound", {"id": "a", "households": 1, "at": (0, 0)}),
        gate=lay("gate", {"id": "g", "compound_id": "a", "open": False, "at": (0, 0)}),
    )
    assert answer.points["certainty"].tolist() == ["surely_not"]
    assert answer.unserved["walk"].tolist() == ["出入口全部关闭"]


def test_a_cul_de_sac_is_left_by_its_mouth(town: Town, lay: Lay, coverage_of: CoverageOf) -> None:
    # The end of the lane is 20 m from the station as the crow flies, 1,940 m on foot.
    lane = [(0, 500), (0, 0), (500, 0), (500, 480), (20, 480)]
    answer = coverage_of(
        town(lane, [(0, 1), (1, 2), (2, 3), (3, 4)]),
        lay("elder_station", {"id": "s", "at": (0, 480)}),
        compound=lay("compound", {"id": "end", "households": 1, "at": (20, 480)}),
    )
    assert walks(answer) == pytest.approx({"end": (480 + 500 + 480 + 480) / 60})


def test_behind_a_wall_the_nearest_as_the_crow_flies_is_named_beside_the_nearest_on_foot(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (800, 0), (800, 300), (0, 300)], [(0, 1), (1, 2), (2, 3)])
    stations = lay(
        "elder_station",
        {"id": "a", "name": "墙后", "at": (100, 0)},
        {"id": "b", "name": "同街", "at": (700, 300)},
    )
    compound = lay("compound", {"id": "c", "households": 1, "at": (100, 250)})
    gate = lay("gate", {"id": "n", "compound_id": "c", "at": (100, 300)})
    (row,) = coverage_of(network, stations, compound=compound, gate=gate).points.to_dict("records")
    assert (row["nearest_name"], row["straight_name"]) == ("同街", "墙后")
    assert row["straight_m"] == pytest.approx(300)


def test_two_stations_serve_the_nearer_one_first_and_the_first_of_equals(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "west", "at": (0, 0)}, {"id": "east", "at": (1000, 0)}),
        compound=lay(
            "compound",
            {"id": "a", "households": 1, "at": (400, 0)},
            {"id": "b", "households": 1, "at": (500, 0)},
            {"id": "c", "households": 1, "at": (600, 0)},
        ),
    )
    assert answer.points["nearest_id"].tolist() == ["west", "east", "east"]
    assert answer.points["multiplicity"].tolist() == [2, 2, 2]


def test_the_unserved_are_listed_most_people_first_with_their_walk(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (9000, 0)], [(0, 1)])
    answer = coverage_of(
        network,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay(
            "compound",
            {"id": "few", "households": 1, "elders": 2, "at": (1800, 0)},
            {"id": "many", "households": 1, "elders": 9, "at": (8000, 0)},
            {"id": "served", "households": 1, "elders": 5, "at": (100, 0)},
        ),
    )
    assert answer.unserved[["id", "walk"]].to_numpy().tolist() == [
        ["many", "超过 60 分钟"],
        ["few", "30.0"],
    ]
    assert answer.points.set_index("id").loc["many", "state"] == "over_limit"


@pytest.mark.parametrize(
    ("columns", "serves"),
    [
        ({}, True),
        ({"status": "open"}, True),
        ({"status": "planned"}, False),
        ({"status": "suspended"}, False),
        ({"status": "closed"}, False),
        ({"opened": "2026-05-01"}, True),
        ({"opened": "2026-05-02"}, False),
        ({"closed": "2026-05-01"}, False),
        ({"closed": "2026-05-02"}, True),
        ({"status": "closed", "closed": "2026-06-01"}, True),
        ({"status": "planned", "opened": "2026-04-01"}, True),
        ({"status": "planned", "opened": "2027-04-01"}, False),
    ],
)
def test_a_facility_serves_from_its_first_day_to_the_day_before_it_closes(
    grid: StreetNetwork,
    lay: Lay,
    coverage_of: CoverageOf,
    columns: dict[str, str],
    *,
    serves: bool,
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "s", "at": (0, 0), **columns}),
        on=date(2026, 5, 1),
        compound=lay("compound", {"id": "a", "households": 1, "at": (100, 0)}),
    )
    assert answer.points["covered_15_min"].tolist() == [serves]


def test_any_facility_type_may_be_asked_for_by_its_chinese_name(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("childrens_home", {"id": "s", "at": (0, 0)}),
        kind="儿童之家",
        compound=lay("compound", {"id": "a", "households": 1, "children": 4, "at": (100, 0)}),
    )
    assert answer.weight == "children"
    assert answer.headline()["covered_15_min"] == 4


def test_where_nobody_knows_the_elders_households_are_counted(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay("compound", {"id": "a", "households": 8, "at": (100, 0)}),
    )
    assert answer.weight == "households"
    assert answer.facilities["reached"].tolist() == [8]
    weights = answer.facility_weights.set_index("weight")
    assert weights.isna().loc["elders", "reached"]


def test_inputs_in_any_order_give_the_same_answer(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    stations = lay("elder_station", *({"id": f"s{n}", "at": (250 * n, 100 * n)} for n in range(4)))
    compounds = lay(
        "compound",
        *({"id": f"c{n:02d}", "households": n + 1, "at": (37 * n, 53 * n)} for n in range(18)),
    )
    one = coverage_of(grid, stations, compound=compounds)
    other = coverage_of(grid, stations[::-1], compound=compounds.sample(frac=1, random_state=3))
    for table in ("points", "facilities", "facility_weights", "areas", "unserved", "straight"):
        assert getattr(one, table).equals(getattr(other, table)), table


def test_all_demand_on_an_island_is_one_clear_message(
    town: Town, lay: Lay, coverage_of: CoverageOf
) -> None:
    network = town([(0, 0), (2000, 0), (0, 900), (300, 900)], [(0, 1), (2, 3)])
    with pytest.raises(DataError, match="孤岛") as caught:
        coverage_of(
            network,
            lay("elder_station", {"id": "s", "at": (0, 0)}),
            compound=lay("compound", {"id": "a", "households": 1, "at": (100, 900)}),
        )
    assert caught.value.hint


def test_no_streets_is_one_clear_message(town: Town, lay: Lay, coverage_of: CoverageOf) -> None:
    with pytest.raises(DataError, match="街路"):
        coverage_of(
            town([], []),
            lay("elder_station", {"id": "s", "at": (0, 0)}),
            compound=lay("compound", {"id": "a", "households": 1, "at": (0, 0)}),
        )


@pytest.mark.parametrize("minutes", [(0,), (-5,), (float("nan"),), (15, 1000)])
def test_limits_that_are_no_walk_are_refused(minutes: tuple[float, ...]) -> None:
    with pytest.raises(DataError, match="时限"):
        ask("elder_station", on=date(2026, 5, 1), minutes=minutes)


def test_an_unknown_facility_type_is_answered_with_those_there_are() -> None:
    with pytest.raises(NotFoundError) as caught:
        ask("咖啡馆", on=date(2026, 5, 1))
    assert "elder_station" in caught.value.hint


def test_numbers_are_whole_people_and_shares_lie_between_none_and_all(
    grid: StreetNetwork, lay: Lay, coverage_of: CoverageOf
) -> None:
    answer = coverage_of(
        grid,
        lay("elder_station", {"id": "s", "at": (0, 0)}),
        compound=lay("compound", {"id": "a", "households": 3, "elders": 1, "at": (100, 0)}),
    )
    shares = answer.areas["covered_15_min_share"].dropna()
    assert shares.between(0, 1).all()
    assert answer.areas["covered_15_min"].dtype == "Int64"
    assert np.issubdtype(answer.multiplicity["points"].dtype.numpy_dtype, np.integer)
