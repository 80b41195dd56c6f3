"""Equity, dispersal, gates and years against every plan there is, and against scipy's solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from optimization.equity import gini, gini_cover, max_min_cover, shares
from optimization.problem import Problem

Build = Callable[..., Problem]

SEEDS = range(6)


def every_plan(
    problem: Problem, *, p: int | None = None, budget_yuan: float | None = None
) -> Iterator[NDArray[np.bool_]]:
    """Yield every set of open sites that a question about new sites allows."""
    sites = problem.sites
    base = sites.fixed_open | (sites.existing & ~sites.never)
    free = np.flatnonzero(~base & ~sites.never)
    for count in range(len(free) + 1):
        for chosen in combinations(free, count):
            opened = base.copy()
            opened[list(chosen)] = True
            new = opened & ~sites.existing
            if p is not None and new.sum() > p:
                continue
            if budget_yuan is not None and sites.cost_yuan[new].sum() > budget_yuan:
                continue
            yield opened


def covered_by(problem: Problem, opened: NDArray[np.bool_], limit_min: float) -> NDArray[np.bool_]:
    """Return who has an open site within the limit, by the dense table."""
    minutes = problem.minutes.dense()[:, opened]
    return (minutes <= limit_min).any(axis=1)


def town_shares(problem: Problem, covered: NDArray[np.bool_]) -> NDArray[np.float64]:
    weight, n = problem.weight("elders"), len(problem.area_names)
    people = np.array([weight[problem.area == a].sum() for a in range(n)])
    hit = np.array([weight[(problem.area == a) & covered].sum() for a in range(n)])
    return hit[people > 0] / people[people > 0]


ASKED = [
    {"p": 3},
    {"budget_yuan": 900_000.0},
    {"p": 2, "budget_yuan": 700_000.0},
]


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("seed", SEEDS)
def test_worst_township_then_total_equals_every_plan_tried(
    siting_problem: Build, seed: int, asked: dict[str, float]
) -> None:
    problem = siting_problem(
        30, 9, seed, existing=1, closable=1, must=1, never=1, cost=True, townships=4
    )
    elders = problem.weight("elders")
    everything = covered_by(problem, ~problem.sites.never, 10)
    counted = town_shares(problem, everything) > 0
    best = (-1.0, -1.0)
    for opened in every_plan(problem, **asked):
        covered = covered_by(problem, opened, 10)
        worst = town_shares(problem, covered)[counted].min()
        best = max(best, (round(float(worst), 12), float(elders[covered].sum())))
    plan = max_min_cover(problem, **asked, limit_min=10)
    assert plan.objective == pytest.approx(best[0])
    assert plan.bound == pytest.approx(best[0])
    assert plan.status == "optimal"
    assert plan.measures["covered"] == best[1] == plan.measures["covered_bound"]
    assert (plan.assignment >= 0).sum() == covered_by(
        problem, np.isin(np.arange(9), plan.sites), 10
    ).sum()


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("seed", SEEDS)
def test_gini_models_equal_every_plan_tried(
    siting_problem: Build, seed: int, asked: dict[str, float]
) -> None:
    problem = siting_problem(30, 8, seed, existing=1, must=1, cost=True, townships=4)
    elders = problem.weight("elders")
    tried = []
    for opened in every_plan(problem, **asked):
        covered = covered_by(problem, opened, 10)
        tried.append((float(elders[covered].sum()), gini(town_shares(problem, covered))))
    people, unequal = np.array(tried).T
    cap = float(np.median(unequal))
    plan = gini_cover(problem, **asked, most_gini=cap, limit_min=10)
    assert plan.objective == people[unequal <= cap + 1e-9].max() == plan.bound
    assert plan.measures["gini"] <= cap + 1e-9
    floor = 0.9 * people.max() / elders.sum()
    plan = gini_cover(problem, **asked, least_share=floor, limit_min=10)
    assert plan.objective == pytest.approx(unequal[people >= floor * elders.sum() - 1e-6].min())
    assert plan.status == "optimal"
    assert plan.measures["covered"] >= floor * elders.sum() - 1e-6
    with pytest.raises(InfeasibleError, match="覆盖不到"):
        gini_cover(problem, **asked, least_share=min(1.0, floor / 0.9 + 0.01), limit_min=10)


def test_shares_leave_out_townships_without_people(siting_problem: Build) -> None:
    problem = siting_problem(30, 8, 1, townships=3)
    nobody = np.where(problem.area == 1, 0.0, problem.weight("elders"))
    found = shares(problem, np.ones(30, dtype=bool), nobody)
    assert found.areas.tolist() == [0, 2]
    assert found.share.tolist() == [1.0, 1.0]
