"""Laws of coverage that hold for any town, any facilities and any speed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.coverage import Coverage, areas_of, ask, coverage, tile
from geo.demand import Places, demand_points
from geo.network.graph import StreetNetwork

Town = Callable[..., StreetNetwork]
Lay = Callable[..., gpd.GeoDataFrame]
CoverageOf = Callable[..., Coverage]

N = 7
STEP_M = 400
SIDE_M = (N - 1) * STEP_M
FEW = settings(max_examples=8)

spots = st.tuples(st.integers(0, SIDE_M), st.integers(0, SIDE_M))
stations = st.lists(spots, min_size=1, max_size=4, unique=True)


def codes() -> list[tuple[str, tuple[int, int, int, int]]]:
    half = SIDE_M // 2
    quarters = [(x, y, x + half, y + half) for x in (0, half) for y in (0, half)]
    return [(f"3402070{1 + n // 2:02d}00{n}", bounds) for n, bounds in enumerate(quarters)]


@pytest.fixture(scope="module")
def streets(town: Town) -> StreetNetwork:
    """A grid with some streets missing: city blocks, dead ends and one way round."""
    rng = np.random.default_rng(5)
    nodes = [(STEP_M * x, STEP_M * y) for x in range(N) for y in range(N)]
    edges = [(x * N + y, x * N + y + 1) for x in range(N) for y in range(N - 1)]
    edges += [(x * N + y, (x + 1) * N + y) for x in range(N - 1) for y in range(N)]
    kept = rng.random(len(edges)) < 0.8
    return town(nodes, [edge for edge, keep in zip(edges, kept, strict=True) if keep])


@pytest.fixture(scope="module")
def people(lay: Lay) -> dict[str, gpd.GeoDataFrame]:
    rng = np.random.default_rng(6)
    return {
        "community": lay(
            "community",
            *({"code": code, "elders": 90, "at": bounds} for code, bounds in codes()),
        ),
        "compound": lay(
            "compound",
            *(
                {"id": f"{n:03d}", "households": int(h), "at": (int(x), int(y))}
                for n, (x, y, h) in enumerate(
                    zip(*rng.integers(0, SIDE_M, (2, 40)), rng.integers(1, 99, 40), strict=True)
                )
            ),
        ),
    }


def at(lay: Lay, places: list[tuple[int, int]]) -> gpd.GeoDataFrame:
    return lay("elder_station", *({"id": f"{x}-{y}", "at": (x, y)} for x, y in places))


@FEW
@given(places=stations, another=spots)
def test_adding_a_facility_never_lowers_coverage(
    streets: StreetNetwork,
    people: dict[str, gpd.GeoDataFrame],
    lay: Lay,
    coverage_of: CoverageOf,
    *,
    places: list[tuple[int, int]],
    another: tuple[int, int],
) -> None:
    before = coverage_of(streets, at(lay, places), **people)
    after = coverage_of(streets, at(lay, sorted({*places, another})), **people)
    assert (before.points["covered_15_min"] <= after.points["covered_15_min"]).all()
    assert (after.points["multiplicity"] >= before.points["multiplicity"]).all()
    gained = after.headline()["covered_15_min"] - before.headline()["covered_15_min"]
    assert gained >= 0
    if another not in places:
        unique = after.facilities.set_index("id").loc[f"{another[0]}-{another[1]}", "unique"]
        assert gained == unique


@FEW
@given(places=stations, slow=st.floats(0.5, 1.5), faster=st.floats(1.01, 1.8))
def test_slower_never_covers_more(
    streets: StreetNetwork,
    people: dict[str, gpd.GeoDataFrame],
    lay: Lay,
    coverage_of: CoverageOf,
    *,
    places: list[tuple[int, int]],
    slow: float,
    faster: float,
) -> None:
    slowly = coverage_of(streets, at(lay, places), speed_m_s=slow, **people)
    quickly = coverage_of(streets, at(lay, places), speed_m_s=slow * faster, **people)
    assert (slowly.points["covered_15_min"] <= quickly.points["covered_15_min"]).all()


@FEW
@given(places=stations)
def test_the_parts_add_up_to_the_whole_at_every_level(
    streets: StreetNetwork,
    people: dict[str, gpd.GeoDataFrame],
    lay: Lay,
    coverage_of: CoverageOf,
    *,
    places: list[tuple[int, int]],
) -> None:
    answer = coverage_of(streets, at(lay, places), minutes=(5, 15, 30), **people)
    numbers = ["total", "covered_5_min", "covered_15_min", "covered_30_min"]
    numbers += ["surely", "depends", "surely_not"]
    for weight in ("elders", "households", "points"):
        rows = answer.areas[answer.areas["weight"] == weight]
        by_level = rows.groupby("level")[numbers].sum()
        assert (by_level == by_level.loc["all"]).all().all()
        three = rows[["surely", "depends", "surely_not"]].sum(axis=1)
        assert (three == rows["total"]).all()
        assert (rows["surely"] <= rows["covered_15_min"]).all()
        assert (rows["covered_15_min"] <= rows["surely"] + rows["depends"]).all()
    elders = answer.points["elders"]
    covered = int(elders[answer.points["covered_15_min"]].sum())
    assert answer.headline()["covered_15_min"] == covered
    assert answer.headline()["total"] == 4 * 90
    shares = answer.facilities
    assert (shares["reached"] == shares["unique"] + shares["overlapping"]).all()
    assert shares["marginal"].sum() == shares["nearest"].sum() == covered
    assert shares["unique"].sum() <= covered <= shares["reached"].sum()
    assert answer.multiplicity["elders"].sum() == 4 * 90


@FEW
@given(places=stations)
def test_nobody_walks_less_than_the_straight_line(
    streets: StreetNetwork,
    people: dict[str, gpd.GeoDataFrame],
    lay: Lay,
    coverage_of: CoverageOf,
    *,
    places: list[tuple[int, int]],
) -> None:
    answer = coverage_of(streets, at(lay, places), **people)
    walk_m = answer.points["nearest_min"] * 60
    assert (walk_m.dropna() >= answer.points["straight_m"][walk_m.notna()] - 0.01).all()
    assert (answer.straight["overstated_points"].dropna() >= 0).all()


@FEW
@given(places=stations, chosen=st.sets(st.sampled_from([code for code, _ in codes()]), min_size=1))
def test_a_tile_with_its_guard_zone_answers_as_the_whole(
    streets: StreetNetwork,
    people: dict[str, gpd.GeoDataFrame],
    lay: Lay,
    *,
    places: list[tuple[int, int]],
    chosen: set[str],
) -> None:
    on = date(2026, 5, 1)
    layers = Places(crs=streets.crs, **people)
    question = ask("elder_station", on=on, minutes=(5,))
    question = replace(question, horizon_min=8.0)
    facilities, areas = at(lay, places), areas_of(layers, on)
    demand = demand_points(layers, streets, on=on)
    whole = coverage(question, demand, streets, facilities, areas)
    part, near = tile(question, demand, streets, chosen)
    tiled = coverage(question, part, near, facilities, areas)
    mine = whole.points[whole.points["community_code"].isin(chosen)].reset_index(drop=True)
    assert tiled.points.equals(mine)


def test_a_tile_leaves_streets_out_when_the_town_is_larger_than_the_guard_zone(
    streets: StreetNetwork, people: dict[str, gpd.GeoDataFrame]
) -> None:
    on = date(2026, 5, 1)
    demand = demand_points(Places(crs=streets.crs, **people), streets, on=on)
    question = replace(ask("elder_station", on=on, minutes=(3,)), horizon_min=3.0)
    part, near = tile(question, demand, streets, [codes()[0][0]])
    assert 0 < near.n_edge < streets.n_edge
    assert set(part.points["community_code"]) == {codes()[0][0]}
