"""What the norm requires at its kinks, which rooms close it, and why it sometimes cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import linprog

from geo.errors import DataError, InfeasibleError
from geo.norms import shipped
from geo.travel.minutes import Minutes
from optimization.compliance import (
    Options,
    norm_compliance,
    plain_needs,
    premises,
    requirement,
    search,
    size_options,
)
from optimization.compliance.core import core_of
from optimization.compliance.exact import program_of
from optimization.problem import Problem
from optimization.solver import solve

Builder = Callable[..., Problem]
KINKS = np.array([999.0, 1_000.0, 1_001.0, 1_499.0, 1_500.0, 1_501.0])


def wanted(status: str, area: str, on: date) -> NDArray[np.float64]:
    found = requirement(
        shipped(),
        area=area,
        on=on,
        households=KINKS,
        build_status=np.full(len(KINKS), status, object),
    )
    return found.required_m2.round(6)


def test_a_new_estate_of_999_households_needs_the_floor_and_one_of_1001_more() -> None:
    found = wanted("new", "340207", date(2021, 6, 1))
    assert found.tolist() == [300.0, 300.0, 300.3, 449.7, 450.0, 450.3]


def test_an_existing_estate_of_1500_households_needs_just_one_station() -> None:
    found = wanted("existing", "340207", date(2021, 6, 1))
    assert found.tolist() == [199.8, 200.0, 200.2, 299.8, 300.0, 300.2]


def test_the_strictest_of_two_rules_decides() -> None:
    # from 2022-07-20 the province's floor of 350 m² binds beside the district's 300
    found = wanted("new", "340207", date(2022, 7, 20))
    assert found.tolist() == [350.0, 350.0, 350.0, 449.7, 450.0, 450.3]


def test_where_no_norm_is_in_force_nothing_is_known() -> None:
    assert np.isnan(wanted("new", "110101", date(2021, 6, 1))).all()
    assert np.isnan(wanted("unknown", "340207", date(2021, 6, 1))).all()


def test_a_station_has_a_least_size_and_a_least_usable_size_when_shared() -> None:
    found = requirement(
        shipped(),
        area="340207",
        on=date(2021, 6, 1),
        households=np.array([500.0]),
        build_status=np.array(["new"], object),
    )
    assert (found.station_m2, found.shared_usable_m2) == (300.0, 150.0)
    assert {rule.norm.id for rule in found.rules} >= {"elder.area100.new", "elder.station.shared"}


def street(siting_problem: Builder, minutes: list[list[float]], rooms: list[float]) -> Problem:
    """Return a problem with these walks and rooms, 1,000 yuan each to begin with."""
    walk = np.array(minutes)
    n, m = walk.shape
    problem = siting_problem(n, m, 0)
    near = walk <= problem.horizon_min
    sites = replace(problem.sites, area_m2=np.array(rooms), cost_yuan=np.full(m, 1_000.0))
    return replace(
        problem,
        sites=sites,
        minutes=Minutes(
            np.concatenate(([0], near.sum(axis=1).cumsum())).astype(np.int64),
            np.nonzero(near)[1].astype(np.int32),
            (walk[near] * 60_000).astype(np.int32),
            m,
        ),
    )


def sizes(problem: Problem, *classes: float, least: float = 0.0) -> Options:
    return size_options(problem, classes_m2=np.array(classes), yuan_m2=10.0, least_m2=least)


def test_small_estates_share_one_station(siting_problem: Builder) -> None:
    problem = street(siting_problem, [[5, 5], [15, 99], [99, 15]], [600, 600])
    need = np.array([120.0, 90.0, 0.0])
    plan = norm_compliance(problem, needs=need, options=sizes(problem, 300, least=300))
    assert plan.added_m2.tolist() == [300.0, 0.0]
    assert plan.objective == 1_000 + 10 * 300
    assert plan.assignment.tolist() == [0, 0, -1]
    rows = premises(plan, problem, site_community=["a", "b"])
    assert rows["floor_area_m2"].tolist() == [120.0, 90.0, 90.0]
    assert rows["compound_id"].isna().tolist() == [False, False, True]


def test_exactly_fifteen_minutes_counts_and_a_millisecond_more_does_not(
    siting_problem: Builder,
) -> None:
    need = np.array([100.0])
    near = street(siting_problem, [[15.0]], [300])
    assert norm_compliance(near, needs=need, options=sizes(near)).objective == 4_000
    far = street(siting_problem, [[15.0 + 1 / 60_000]], [300])
    with pytest.raises(InfeasibleError, match=far.demand_name[0]) as caught:
        norm_compliance(far, needs=need, options=sizes(far))
    assert "15.0" in caught.value.hint
    assert "100" in caught.value.conflicts[0]


def test_rooms_too_small_are_told_from_no_rooms(siting_problem: Builder) -> None:
    problem = street(siting_problem, [[5], [5], [99]], [300])
    need = np.array([200.0, 200.0, 50.0])
    with pytest.raises(InfeasibleError) as caught:
        norm_compliance(problem, needs=need, options=sizes(problem))
    none, little = caught.value.conflicts
    assert problem.demand_name[2] in none
    assert "50" in none
    assert "100" in little
    plan = norm_compliance(problem, needs=need, options=sizes(problem), unmet="report")
    assert plan.unmet_m2.sum() == pytest.approx(150.0, abs=0.01)
    assert plan.measures["closed_m2"] == pytest.approx(300.0, abs=0.01)


def test_an_extension_of_what_stands_is_cheaper_than_a_new_room(siting_problem: Builder) -> None:
    problem = street(siting_problem, [[5, 5]], [200, 600])
    stands = np.array([True, False])
    sites = replace(
        problem.sites,
        existing=stands,
        expandable_m2=np.array([100.0, 0.0]),
        cost_yuan=np.array([0.0, 1_000.0]),
    )
    problem = replace(problem, sites=sites)
    plan = norm_compliance(problem, needs=np.array([80.0]), options=sizes(problem, 80))
    assert plan.added_m2.tolist() == [80.0, 0.0]
    assert plan.measures["new_rooms"] == 0
    assert plan.sites.tolist() == [0]
    more = norm_compliance(problem, needs=np.array([180.0]), options=sizes(problem, 80))
    assert more.sites.tolist() == [0, 1]


def test_nothing_missing_costs_nothing(siting_problem: Builder) -> None:
    problem = siting_problem(5, 3, 0, area=True)
    plan = norm_compliance(problem, needs=np.zeros(5), options=sizes(problem))
    assert (plan.objective, plan.bound, plan.status, len(plan.sites)) == (0, 0, "optimal", 0)


def test_a_demanded_room_is_built_and_one_without_a_size_is_named(siting_problem: Builder) -> None:
    problem = siting_problem(5, 3, 0, area=True, must=1)
    must = np.flatnonzero(problem.sites.must)
    plan = norm_compliance(problem, needs=np.zeros(5), options=sizes(problem))
    assert plan.sites.tolist() == must.tolist()
    with pytest.raises(InfeasibleError, match=problem.sites.name[must[0]]):
        norm_compliance(problem, needs=np.zeros(5), options=sizes(problem, least=1e6))


def test_unknown_areas_and_shortfalls_are_refused_or_left_out(siting_problem: Builder) -> None:
    problem = siting_problem(4, 3, 0)  # no site has an area
    with pytest.raises(InfeasibleError):
        norm_compliance(problem, needs=np.ones(4), options=sizes(problem))
    with pytest.raises(DataError, match="非负"):
        norm_compliance(problem, needs=np.array([1, np.nan, 1, 1]), options=sizes(problem))
    with pytest.raises(DataError):
        norm_compliance(problem, needs=np.ones(3), options=sizes(problem))
    site = np.zeros(1, np.int32)
    for area, cost in [(np.nan, 1.0), (0.0, 1.0), (10.0, -1.0), (10.0, np.nan)]:
        with pytest.raises(DataError):
            Options(site, np.array([area]), np.array([cost]))


def large(siting_problem: Builder) -> tuple[Problem, NDArray[np.float64], Options]:
    problem = siting_problem(700, 60, 3, side_m=3_500, area=True, cost=True)
    draw = np.random.default_rng(3)
    need = draw.integers(1, 60, 700).astype(float)
    need *= 0.4 * problem.sites.area_m2.sum() / need.sum()
    return problem, need, sizes(problem, 150, 300, 500)


def test_the_bound_of_a_large_town_is_below_its_linear_program_and_near_it(
    siting_problem: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SMALL", 100)  # as if it were too large to be proven
    problem, need, options = large(siting_problem)
    core = core_of(problem, plain_needs(problem, need), options, limit_min=15, fewest=False)
    relaxed = solve(program_of(core, linear=True))
    plan = norm_compliance(problem, needs=need, options=options)
    assert 0.995 * relaxed.objective <= plan.bound <= plan.objective
    assert plan.gap < 0.08
    walk = problem.minutes.dense()
    pairs = [(i, j) for i in range(700) for j in plan.sites if walk[i, j] <= 15]
    gives, takes = np.zeros((700, len(pairs))), np.zeros((60, len(pairs)))
    for at, (i, j) in enumerate(pairs):
        gives[i, at] = takes[j, at] = 1
    found = linprog(
        np.zeros(len(pairs)),
        A_ub=np.vstack([-gives, takes]),
        b_ub=np.concatenate([-need, plan.added_m2]),
    )
    assert found.status == 0


def test_a_large_town_gets_the_same_plan_again(
    siting_problem: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "SMALL", 100)
    problem, need, options = large(siting_problem)
    one, two = (norm_compliance(problem, needs=need, options=options, seed=5) for _ in range(2))
    assert one.part_m2.tobytes() == two.part_m2.tobytes()
    assert (one.objective, one.bound) == (two.objective, two.bound)
