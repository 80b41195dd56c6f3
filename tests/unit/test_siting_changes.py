"""What happens to facilities that stand: kept, expanded, moved or closed, and why that is safe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from geo.errors import DataError, InfeasibleError
from geo.text import yuan
from optimization.capacity import assign_capacitated
from optimization.changes import ACTIONS, Changes, change_facilities
from optimization.problem import Problem

Builder = Callable[..., Problem]
PRICES = {"expand_yuan_m2": 2_000.0, "move_yuan": 50_000.0, "close_yuan": 10_000.0, "years": 3.0}


def counties(siting_problem: Builder, seed: int, *, n: int = 10, free: int = 3) -> Problem:
    """Return two closable facilities, one that stays, and candidates."""
    problem = siting_problem(
        n, 3 + free, seed, side_m=1_400, existing=3, closable=2, cost=True, capacity=True, area=True
    )
    sites = problem.sites
    return replace(
        problem, sites=replace(sites, expandable_m2=np.where(sites.existing, 150.0, 0.0))
    )


def best_by_trying(problem: Problem, budget: float | None = None) -> float:
    """Return the least cost, or the most people, over every choice of what happens to each site."""
    sites = problem.sites
    walk = problem.minutes.dense()
    people = problem.weights["elders"]
    standing = np.flatnonzero(sites.existing).tolist()
    today = assign_capacitated(problem, sites=standing)
    least = people - today.unplaced
    words = []
    for j in range(problem.n_site):
        if sites.existing[j]:
            words.append(["kept", "moved", "closed"] if sites.closable[j] else ["kept"])
        else:
            words.append(["none", "opened", "received"])
    best = np.inf if budget is None else -np.inf
    for choice in product(*words):
        if choice.count("moved") != choice.count("received"):
            continue
        opened = [j for j, word in enumerate(choice) if word in {"kept", "opened", "received"}]
        cost = sum(
            {
                "kept": 0.0,
                "moved": 50_000.0,
                "closed": 10_000.0,
                "none": 0.0,
                "opened": sites.cost_yuan[j],
                "received": sites.cost_yuan[j],
            }[word]
            + (3.0 * sites.rent_yuan_year[j] if j in opened else 0.0)
            for j, word in enumerate(choice)
        )
        pairs = [(i, j) for i in range(problem.n_demand) for j in opened if walk[i, j] <= 15]
        n, m, k = problem.n_demand, problem.n_site, len(pairs)
        if not k:
            continue
        rows = np.zeros((2 * n + m + 1, k + m))
        for at, (i, j) in enumerate(pairs):
            rows[i, at], rows[n + i, at], rows[2 * n + j, at] = 1, -1, 1
        rows[2 * n + np.arange(m), k + np.arange(m)] = -1
        rows[-1, k:] = 2_000.0
        limit = 1e12 if budget is None else budget - cost
        upper = np.concatenate([people, -least, np.minimum(sites.capacity, 1e6), [limit]])
        grow = [(0, 150.0 if choice[j] == "kept" and sites.existing[j] else 0) for j in range(m)]
        goal = np.concatenate([np.zeros(k), np.full(m, 2_000.0)])
        if budget is not None:
            goal = np.concatenate([-np.ones(k), np.zeros(m)])
        found = linprog(goal, A_ub=rows, b_ub=upper, bounds=[(0, None)] * k + grow)
        if found.status:
            continue
        best = min(best, cost + found.fun) if budget is None else max(best, -found.fun)
    return best


@pytest.mark.parametrize("seed", range(8))
def test_changes_equal_trying_everything(siting_problem: Builder, seed: int) -> None:
    problem = counties(siting_problem, seed)
    plan = change_facilities(problem, **PRICES)
    assert plan.objective == pytest.approx(best_by_trying(problem), abs=1.0)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(plan.measures["cost_yuan"] + plan.measures["rent_yuan"])
    budget = plan.objective + 400_000
    more = change_facilities(problem, budget_yuan=budget, **PRICES)
    assert more.objective == pytest.approx(best_by_trying(problem, budget), abs=1e-3)
    assert more.measures["served"] >= plan.measures["served"] - 1e-6
    assert more.measures["cost_yuan"] + more.measures["rent_yuan"] <= budget + 1.0


def words(plan: Changes) -> list[str]:
    return [ACTIONS[code] for code in plan.action]


@pytest.mark.parametrize("seed", range(4))
def test_whoever_is_served_today_is_served_afterwards(siting_problem: Builder, seed: int) -> None:
    problem = counties(siting_problem, seed, n=40, free=6)
    standing = np.flatnonzero(problem.sites.existing).tolist()
    before = assign_capacitated(problem, sites=standing)
    plan = change_facilities(problem, **PRICES)
    served = np.bincount(plan.part_demand, plan.part_amount, minlength=40)
    assert (served >= problem.weights["elders"] - before.unplaced - 1e-3).all()
    load = np.bincount(plan.part_site, plan.part_amount, minlength=problem.n_site)
    assert (load <= problem.sites.capacity + plan.added_m2 + 1e-3).all()
    assert set(plan.part_site.tolist()) <= set(plan.sites.tolist())
    for j in np.flatnonzero(problem.sites.existing & ~problem.sites.closable):
        assert words(plan)[j] in {"kept", "expanded"}
    for j in np.flatnonzero(plan.moved_to >= 0):
        assert words(plan)[plan.moved_to[j]] == "received"


def test_nothing_is_changed_that_saves_nothing(siting_problem: Builder) -> None:
    problem = counties(siting_problem, 1)
    plan = change_facilities(problem)
    assert [word for word in words(plan) if word != "none"] == ["kept"] * 3
    assert plan.objective == 0.0


def test_who_goes_where_when_a_facility_closes(siting_problem: Builder) -> None:
    problem = counties(siting_problem, 3)
    sites = problem.sites
    problem = replace(problem, sites=replace(sites, capacity=np.full(problem.n_site, 1e6)))
    dear = change_facilities(problem, years=50.0)
    closed = [j for j, word in enumerate(words(dear)) if word == "closed"]
    assert closed
    for j in closed:
        for heir in dear.heirs(problem, j, limit_min=15):
            assert heir.minutes_after <= 15
            assert heir.site in dear.sites


def test_a_norm_is_kept_with_the_area_that_stands(siting_problem: Builder) -> None:
    problem = counties(siting_problem, 2)
    stands = float(problem.sites.area_m2[problem.sites.existing].sum())
    need = np.zeros(10)
    near = problem.minutes.dense()[:, np.flatnonzero(problem.sites.existing)] <= 15
    reached = np.flatnonzero(near.all(axis=1))
    need[reached] = (stands + 100.0) / len(reached)
    plan = change_facilities(problem, need_m2=need, allow=["expand"], expand_yuan_m2=1_000.0)
    assert plan.objective == pytest.approx(100_000.0)
    assert plan.measures["added_m2"] == pytest.approx(100.0)
    need[reached] = 10 * stands
    with pytest.raises(InfeasibleError, match="平方米"):
        change_facilities(problem, need_m2=need)


def test_too_small_a_budget_names_the_one_that_suffices(siting_problem: Builder) -> None:
    problem = counties(siting_problem, 0)
    plan = change_facilities(problem, **PRICES)
    with pytest.raises(InfeasibleError) as caught:
        change_facilities(problem, budget_yuan=plan.objective - 1_000, **PRICES)
    assert yuan(plan.objective, digits=4) in caught.value.hint


@pytest.mark.parametrize(
    "asked",
    [
        {"expand_yuan_m2": float("nan")},
        {"m2_a_place": 0.0},
        {"years": -1.0},
        {"need_m2": np.array([1.0])},
    ],
)
def test_bad_prices_are_refused(siting_problem: Builder, asked: dict[str, float]) -> None:
    with pytest.raises(DataError):
        change_facilities(counties(siting_problem, 0), **asked)
