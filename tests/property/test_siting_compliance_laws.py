"""Laws of norm compliance: a plan passes the assessment, never beats its bound, repeats itself."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assess import VERDICTS, Assessment, arrange, assess
from geo.assess.linking import Walked
from geo.assess.reached import Reached, Walk
from geo.errors import InfeasibleError
from geo.norms import shipped
from geo.text import yuan
from geo.travel.minutes import MS_A_MINUTE, Minutes
from optimization.compliance import (
    Compliance,
    needs_of,
    norm_compliance,
    premises,
    requirement,
    size_options,
)
from optimization.problem import Problem

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from assess_places import _frame

Builder = Callable[..., Problem]
ON = date(2023, 12, 1)
SHORT = [VERDICTS.index(word) for word in ("fail", "not_yet_due")]


def assessed(
    area: str, estates: list[dict[str, Any]], stations: list[dict[str, Any]]
) -> Assessment:
    """Assess estates and stations that lie on a plane, walked straight at 1 m/s."""
    county = (area + "0101")[:6]
    codes = [f"{county}001{n:03d}" for n in (1, 2)]
    frames = {
        "county": _frame("county", [{"code": county}], codes[0]),
        "township": _frame("township", [{"code": f"{county}001"}], codes[0]),
        "community": _frame("community", [{"code": code} for code in codes], codes[0]),
        "compound": _frame("compound", estates, codes[0]),
        "elder_station": _frame("elder_station", stations, codes[0]),
    }
    minutes = walks(frames["compound"], frames["elder_station"])
    i, j = np.nonzero(minutes <= 15)
    frame = frames["compound"]
    points = pd.DataFrame({"id": frame["id"].astype(object), "origin": "gate"})
    walked = Walked(i, j, minutes[i, j])
    reached = Reached(lambda *_: Walk(points, walked), frame["id"].to_numpy(object), {})
    place = arrange(frames, area=county, on=ON, reached=reached)
    return assess(place, shipped(), ids=["elder.area100"])


def walks(compounds: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> np.ndarray:
    """Return minutes between two layers of points, whole milliseconds."""
    xy, at = (shapely.get_coordinates(frame.geometry) for frame in (compounds, sites))
    apart = np.hypot(*(xy[:, None, :] - at[None, :, :]).T).T
    return np.round(apart * 1_000) / MS_A_MINUTE


def town(
    area: str, seed: int, n: int = 9, m: int = 8
) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
    """Return estates, stations and rooms of a town of two communities."""
    draw = np.random.default_rng(seed)
    county = (area + "0101")[:6]

    def at(x: float) -> dict[str, Any]:
        y = float(draw.uniform(0, 900))
        return {
            "at": shapely.Point(x, y),
            "community_code": f"{county}001{1 if x < 600 else 2:03d}",
        }

    estates = [
        {
            "id": f"c{i}",
            "households": int(draw.choice([80, 300, 999, 1_000, 1_001, 1_499, 1_500, 1_501])),
            "build_status": str(draw.choice(["new", "existing", "renovated"])),
        }
        | at(draw.uniform(0, 1_200))
        for i in range(n)
    ]
    stations = [
        {"floor_area_m2": float(draw.integers(50, 400))} | at(draw.uniform(0, 1_200))
        for _ in range(2)
    ]
    stations += [
        {"floor_area_m2": 60.0, "compound_id": "c0", "at": estates[0]["at"]}
        | {"community_code": estates[0]["community_code"]}
    ]
    rooms = [
        {"area": float(draw.integers(200, 2_000))} | at(draw.uniform(0, 1_200)) for _ in range(m)
    ]
    return county, estates, stations, rooms


def planned(
    county: str,
    estates: list[dict[str, Any]],
    stations: list[dict[str, Any]],
    rooms: list[dict[str, Any]],
    build: Builder,
) -> tuple[Problem, Compliance, list[str]]:
    """Return the plan that closes what the assessment calls short."""
    before = assessed(county, estates, stations)
    compounds = before.place.frames["compound"]
    at = gpd.GeoDataFrame(geometry=[room["at"] for room in rooms])
    minutes = walks(compounds, at)
    near = minutes <= 30
    blank = build(len(estates), len(rooms), 0, cost=True)
    problem = replace(
        blank,
        demand_id=compounds["id"].to_numpy(str),
        minutes=Minutes(
            np.concatenate(([0], near.sum(axis=1).cumsum())).astype(np.int64),
            np.nonzero(near)[1].astype(np.int32),
            np.round(minutes[near] * MS_A_MINUTE).astype(np.int32),
            len(rooms),
        ),
        sites=replace(blank.sites, area_m2=np.array([room["area"] for room in rooms])),
    )
    communities = [str(room["community_code"]) for room in rooms]
    needs, _ = needs_of(before, problem, site_community=communities)
    rule = requirement(
        shipped(),
        area=county,
        on=ON,
        households=np.array([e["households"] for e in estates], float),
        build_status=np.array([e["build_status"] for e in estates], object),
    )
    options = size_options(
        problem,
        classes_m2=np.array([300.0, 600.0]),
        yuan_m2=1_500.0,
        least_m2=max(rule.station_m2, 200.0),
    )
    plan = norm_compliance(problem, needs=needs, options=options, unmet="report", limit_s=20)
    return problem, plan, communities


@settings(max_examples=20)
@given(seed=st.integers(0, 100_000), area=st.sampled_from(["340207", "3401", "6401", "52"]))
def test_what_a_plan_closes_the_assessment_no_longer_calls_short(
    siting_problem: Builder, seed: int, area: str
) -> None:
    county, estates, stations, rooms = town(area, seed)
    problem, plan, communities = planned(county, estates, stations, rooms, siting_problem)
    assert plan.measures["closed_m2"] + plan.measures["unmet_m2"] > 0
    rows = premises(plan, problem, site_community=communities)
    assert rows.groupby("site")["floor_area_m2"].sum().sum() == pytest.approx(plan.added_m2.sum())
    new = [
        {
            "floor_area_m2": row.floor_area_m2,
            "community_code": row.community_code,
            "at": rooms[row.site]["at"],
        }
        | ({} if pd.isna(row.compound_id) else {"compound_id": row.compound_id})
        for row in rows.itertuples()
    ]
    after = assessed(county, estates, [*stations, *new])
    for block in after.blocks:
        if block.layer != "compound":
            continue
        short = np.nan_to_num(block.gap) * np.isin(block.verdict, SHORT)
        left = plan.unmet_m2[block.rows]
        assert (short[left == 0] <= 1e-3).all(), (short, left)


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), fill=st.floats(0.05, 0.7))
def test_no_plan_beats_its_bound_and_every_square_metre_is_accounted_for(
    siting_problem: Builder, seed: int, fill: float
) -> None:
    draw = np.random.default_rng(seed)
    problem = siting_problem(25, 8, seed, side_m=1_000, cost=True, area=True, must=1)
    need = draw.integers(1, 100, 25).astype(float)
    need *= fill * problem.sites.area_m2.sum() / need.sum()
    options = size_options(problem, classes_m2=np.array([150.0, 300.0, 500.0]), yuan_m2=900.0)
    plan = norm_compliance(problem, needs=need, options=options, unmet="report")
    assert plan.bound <= plan.objective
    assert plan.objective == pytest.approx(plan.cost_yuan.sum())
    given_m2 = np.bincount(plan.part_demand, plan.part_m2, minlength=25)
    assert given_m2 == pytest.approx(need - plan.unmet_m2, abs=2e-3)
    load = np.bincount(plan.part_site, plan.part_m2, minlength=8)
    assert (load <= plan.added_m2 + 1e-6).all()
    walk = problem.minutes.dense()
    assert (walk[plan.part_demand, plan.part_site] <= 15).all()
    assert set(np.flatnonzero(problem.sites.must)) <= set(plan.sites.tolist())
    again = norm_compliance(problem, needs=need, options=options, unmet="report")
    for name in ("sites", "assignment", "added_m2", "part_demand", "part_site", "part_m2"):
        assert getattr(plan, name).tobytes() == getattr(again, name).tobytes()


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_a_budget_of_what_the_plan_costs_suffices_and_a_yuan_less_does_not(
    siting_problem: Builder, seed: int
) -> None:
    problem = siting_problem(12, 6, seed, side_m=800, cost=True, area=True)
    need = np.full(12, 0.4 * problem.sites.area_m2.sum() / 12)
    options = size_options(problem, classes_m2=np.array([200.0]), yuan_m2=1_000.0)
    plan = norm_compliance(problem, needs=need, options=options)
    same = norm_compliance(
        problem, needs=need, options=options, budget_yuan=plan.measures["cost_yuan"]
    )
    assert same.objective == plan.objective
    with pytest.raises(InfeasibleError) as caught:
        norm_compliance(
            problem, needs=need, options=options, budget_yuan=plan.measures["cost_yuan"] - 1
        )
    assert yuan(plan.measures["cost_yuan"]) in caught.value.hint


@settings(max_examples=15)
@given(seed=st.integers(0, 10_000))
def test_more_rooms_to_choose_from_never_cost_more(siting_problem: Builder, seed: int) -> None:
    problem = siting_problem(14, 7, seed, side_m=900, cost=True, area=True)
    need = np.full(14, 0.3 * problem.sites.area_m2.sum() / 14)
    fewer = replace(problem, sites=replace(problem.sites, never=np.arange(7) == 0))
    costs = []
    for one in (problem, fewer):
        options = size_options(one, classes_m2=np.array([200.0]), yuan_m2=1_000.0)
        costs.append(norm_compliance(one, needs=need, options=options).objective)
    assert costs[0] <= costs[1]
