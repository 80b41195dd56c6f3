"""Laws of plans: nothing closes, money is kept to, more money never worsens, no bound is beaten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimization.dispersal import disperse, spread_cover
from optimization.equity import gini, gini_cover, max_min_cover
from optimization.pareto import pareto
from optimization.phasing import PhasedPlan, phased_cover, project_cards, schedule
from optimization.problem import Problem

Build = Callable[..., Problem]

SEED = st.integers(0, 10_000)
WAN = st.integers(0, 120).map(lambda wan: wan * 10_000.0)
YEARS = (2026, 2027, 2028)


def planned(problem: Problem, money: tuple[float, ...], *, carry_over: bool) -> PhasedPlan:
    allowed = schedule(problem, YEARS, budgets_yuan=money, carry_over=carry_over)
    return phased_cover(problem, allowed, limit_min=9)


def town(build: Build, seed: int) -> Problem:
    return build(30, 10, seed, existing=2, closable=1, never=1, cost=True, townships=3)


@settings(max_examples=25)
@given(seed=SEED, money=st.tuples(WAN, WAN, WAN), carry_over=st.booleans())
def test_years_keep_their_money_close_nothing_and_never_lose_anybody(
    siting_problem: Build, seed: int, money: tuple[float, ...], *, carry_over: bool
) -> None:
    problem = town(siting_problem, seed)
    plan = planned(problem, money, carry_over=carry_over)
    assert (np.diff(plan.covered) >= 0).all()
    before = set(np.flatnonzero(problem.sites.existing).tolist())
    left = 0.0
    for year, siting, granted in zip(YEARS, plan.by_year, money, strict=True):
        now = set(siting.sites.tolist())
        assert before <= now
        spent = problem.sites.cost_yuan[plan.opened(year)].sum()
        assert spent == siting.measures["cost_yuan"]
        left = (left if carry_over else 0.0) + granted - spent
        assert left >= 0
        assert siting.objective <= siting.bound
        before = now
    assert not problem.sites.never[plan.overall.sites].any()
    assert plan.overall.objective <= plan.overall.bound


@settings(max_examples=20)
@given(seed=SEED, money=st.tuples(WAN, WAN, WAN), more=WAN, at=st.integers(0, 2))
def test_more_money_in_any_year_never_covers_fewer(
    siting_problem: Build, seed: int, money: tuple[float, ...], more: float, at: int
) -> None:
    problem = town(siting_problem, seed)
    richer = tuple(m + more * (t == at) for t, m in enumerate(money))
    poor, rich = (planned(problem, m, carry_over=False).overall for m in (money, richer))
    assert rich.objective >= poor.objective
    assert planned(problem, money, carry_over=True).overall.objective >= poor.objective


@settings(max_examples=20)
@given(seed=SEED, p=st.integers(0, 5))
def test_one_site_more_never_harms_the_worst_township_or_the_equality_that_is_reachable(
    siting_problem: Build, seed: int, p: int
) -> None:
    problem = town(siting_problem, seed)
    fewer, more = (max_min_cover(problem, p=n, limit_min=9) for n in (p, p + 1))
    assert fewer.objective <= fewer.bound + 1e-9
    assert more.objective >= fewer.objective - 1e-9
    everywhere = gini_cover(problem, p=p + 1, most_gini=1.0, limit_min=9)
    assert everywhere.objective >= more.measures["covered"]
    equal = gini_cover(problem, p=p + 1, most_gini=everywhere.measures["gini"], limit_min=9)
    assert equal.objective == everywhere.objective


@settings(max_examples=15)
@given(seed=SEED, p=st.integers(2, 5))
def test_sites_at_the_distance_that_dispersal_found_are_possible_and_farther_ones_are_not(
    siting_problem: Build, seed: int, p: int
) -> None:
    problem = siting_problem(20, 9, seed)
    apart = disperse(problem, p=p)
    plan = spread_cover(problem, least_m=apart.objective, p=p, limit_min=30)
    assert plan.measures.get("smallest_distance_m", np.inf) >= apart.objective - 1e-6
    assert disperse(problem, p=p + 1).objective <= apart.objective


@settings(max_examples=15)
@given(seed=SEED, points=st.integers(2, 12))
def test_no_point_of_a_front_dominates_another(
    siting_problem: Build, seed: int, points: int
) -> None:
    front = pareto(town(siting_problem, seed), most_yuan=1_500_000.0, points=points, limit_min=9)
    values = np.array(
        [
            (plan.objective, -plan.measures["cost_yuan"], plan.measures["worst_area_share"])
            for plan in front
        ]
    )
    for k, one in enumerate(values):
        others = np.delete(values, k, axis=0)
        assert not (others >= one - 1e-9).all(axis=1).any()
    assert all(plan.objective <= plan.bound for plan in front)


@settings(max_examples=15)
@given(seed=SEED, factor=st.integers(2, 9))
def test_a_plan_does_not_care_in_what_unit_people_are_counted(
    siting_problem: Build, seed: int, factor: int
) -> None:
    problem = town(siting_problem, seed)
    scaled = replace(problem, weights={"elders": factor * problem.weight("elders")})
    money = (600_000.0, 300_000.0, 500_000.0)
    one, other = (planned(asked, money, carry_over=False) for asked in (problem, scaled))
    assert other.overall.objective == factor * one.overall.objective


@settings(max_examples=15)
@given(seed=SEED)
def test_cards_add_up_to_what_the_years_add(siting_problem: Build, seed: int) -> None:
    problem = town(siting_problem, seed)
    plan = planned(problem, (500_000.0, 500_000.0, 500_000.0), carry_over=True)
    cards = project_cards(problem, plan)
    today = float(problem.weight("elders")[plan.covered_today].sum())
    assert sum(card.gained for card in cards) == plan.covered[-1] - today


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_gini_lies_between_0_and_1_and_is_0_for_equals(shares: list[float]) -> None:
    found = gini(np.array(shares))
    assert 0 <= found < 1
    assert gini(np.full(len(shares), shares[0])) < 1e-9
    pairs = np.abs(np.subtract.outer(shares, shares)).sum()
    total = 2 * len(shares) * sum(shares)
    assert abs(found - (pairs / total if total else 0.0)) < 1e-9
