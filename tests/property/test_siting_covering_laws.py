"""Laws of covering: brute force agrees, no plan beats its bound, and wishes are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from optimization.covering import backup_cover, max_cover, partial_cover, set_cover
from optimization.problem import Problem
from optimization.siting import Siting

Builder = Callable[..., Problem]
few = settings(max_examples=25)

towns = st.fixed_dictionaries(
    {
        "n_demand": st.integers(1, 40),
        "n_site": st.integers(1, 10),
        "seed": st.integers(0, 10_000),
        "layout": st.sampled_from(["plane", "streets"]),
        "existing": st.integers(0, 2),
        "closable": st.integers(0, 1),
        "must": st.integers(0, 1),
        "never": st.integers(0, 2),
        "cost": st.booleans(),
        "people": st.sampled_from([(0, 3), (0, 200), (0, 0)]),
    }
)


def reach(problem: Problem, limit_min: float = 15.0) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return problem.minutes.dense() <= limit_min


def plans(problem: Problem, *, keep_all: bool) -> Iterator[NDArray[np.bool_]]:
    sites = problem.sites
    kept = sites.fixed_open | (sites.existing & ~sites.never & keep_all)
    free = np.flatnonzero(~kept & ~sites.never)
    for size in range(len(free) + 1):
        for chosen in combinations(free, size):
            opened = kept.copy()
            opened[list(chosen)] = True
            yield opened


def holds_together(plan: Siting, problem: Problem) -> None:
    opened = np.isin(np.arange(problem.n_site), plan.sites)
    assert opened[problem.sites.fixed_open].all()
    assert not opened[problem.sites.never & ~problem.sites.fixed_open].any()
    covered = reach(problem)[:, opened].any(axis=1)
    assert ((plan.assignment >= 0) == covered).all()
    assert opened[plan.assignment[covered]].all()
    assert plan.gap >= 0


@few
@given(town=towns, p=st.integers(0, 6))
def test_no_choice_of_new_sites_covers_more(
    siting_problem: Builder, town: dict[str, Any], p: int
) -> None:
    problem = siting_problem(**town)
    within, elders = reach(problem), problem.weights["elders"]
    new = ~problem.sites.existing
    worths = [
        elders[within[:, opened].any(axis=1)].sum()
        for opened in plans(problem, keep_all=True)
        if (opened & new).sum() <= p
    ]
    if not worths:
        with pytest.raises(InfeasibleError):
            max_cover(problem, p=p)
        return
    plan = max_cover(problem, p=p)
    assert plan.objective == plan.bound == max(worths)
    assert elders[plan.assignment >= 0].sum() == plan.objective
    holds_together(plan, problem)


@few
@given(town=towns, budget_wan=st.integers(0, 150))
def test_no_choice_within_the_budget_covers_more(
    siting_problem: Builder, town: dict[str, Any], budget_wan: int
) -> None:
    problem = siting_problem(**{**town, "cost": True})
    within, elders = reach(problem), problem.weights["elders"]
    cost = problem.sites.cost_yuan
    worths = [
        elders[within[:, opened].any(axis=1)].sum()
        for opened in plans(problem, keep_all=True)
        if cost[opened].sum() <= budget_wan * 10_000
    ]
    if not worths:
        with pytest.raises(InfeasibleError):
            max_cover(problem, budget_yuan=budget_wan * 10_000)
        return
    plan = max_cover(problem, budget_yuan=budget_wan * 10_000)
    assert plan.objective == plan.bound == max(worths)
    assert plan.measures["cost_yuan"] <= budget_wan * 10_000
    holds_together(plan, problem)


@few
@given(town=towns, cheapest=st.booleans(), share=st.sampled_from([0.3, 0.8, 1.0]))
def test_no_cover_is_smaller_or_cheaper(
    siting_problem: Builder, town: dict[str, Any], *, cheapest: bool, share: float
) -> None:
    problem = siting_problem(**town)
    within, elders = reach(problem), problem.weights["elders"]
    reachable = within[:, ~problem.sites.never | problem.sites.fixed_open].any(axis=1)
    yuan = np.where(problem.sites.existing, 0.0, problem.sites.cost_yuan)
    cost = yuan if cheapest else np.ones(problem.n_site)
    wanted = share * elders[reachable].sum() - 1e-6
    costs = []
    for opened in plans(problem, keep_all=False):
        covered = within[:, opened].any(axis=1)
        if elders[covered].sum() >= wanted and (share < 1 or covered[reachable].all()):
            costs.append(cost[opened].sum())
    plan = set_cover(problem, cheapest=cheapest, share=share, leave_out=True)
    assert plan.objective == plan.bound == min(costs)
    assert plan.measures["unreachable_points"] == (~reachable).sum()
    holds_together(plan, problem)


@few
@given(town=towns)
def test_more_means_never_cover_less(siting_problem: Builder, town: dict[str, Any]) -> None:
    problem = siting_problem(**{**town, "must": 0, "cost": True})
    by_number = [max_cover(problem, p=p).objective for p in range(5)]
    by_money = [max_cover(problem, budget_yuan=b * 3e5).objective for b in range(5)]
    assert by_number == sorted(by_number)
    assert by_money == sorted(by_money)


def test_one_seed_gives_one_plan_to_the_byte(siting_problem: Builder) -> None:
    problem = siting_problem(600, 120, 5, side_m=6_000.0)
    plans = [replace(max_cover(problem, p=9, seed=3), seconds=0.0) for _ in range(2)]
    assert plans[0].sites.tobytes() == plans[1].sites.tobytes()
    assert plans[0].assignment.tobytes() == plans[1].assignment.tobytes()
    assert repr(plans[0]) == repr(plans[1])


@few
@given(
    town=towns,
    p=st.integers(1, 5),
    factors=st.sampled_from([(1.0, 1.0), (0.0, 1.0), (2.0, 1.0), (1.0, 3.0), (0.5, 0.25)]),
)
def test_no_choice_backs_up_more(
    siting_problem: Builder, town: dict[str, Any], p: int, factors: tuple[float, float]
) -> None:
    problem = siting_problem(**town)
    once, twice = factors
    within, elders = reach(problem), problem.weights["elders"]
    new = ~problem.sites.existing
    best = 0.0
    for opened in plans(problem, keep_all=True):
        if (opened & new).sum() <= p:
            count = within[:, opened].sum(axis=1)
            best = max(best, elders @ (once * (count > 0) + twice * (count > 1)))
    plan = backup_cover(problem, p=p, once=once, twice=twice)
    assert plan.objective == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
    holds_together(plan, problem)


@few
@given(town=towns, p=st.integers(1, 5))
def test_no_choice_is_nearer_to_more(siting_problem: Builder, town: dict[str, Any], p: int) -> None:
    problem = siting_problem(**town)
    elders = problem.weights["elders"]
    benefit = np.rint(
        np.clip((20 - np.nan_to_num(problem.minutes.dense(), nan=99)) / 10, 0, 1) * 100
    )
    new = ~problem.sites.existing
    best = max(
        elders @ benefit[:, opened].max(axis=1, initial=0) / 100
        for opened in plans(problem, keep_all=True)
        if (opened & new).sum() <= p
    )
    plan = partial_cover(problem, p=p, full_min=10, zero_min=20)
    assert plan.objective == pytest.approx(best)
    assert plan.bound == pytest.approx(best)
