"""Equity, dispersal, gates and years against every plan there is, and against scipy's solver."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from geo.errors import InfeasibleError
from optimization.dispersal import disperse, spread_cover
from optimization.equity import gini, gini_cover, max_min_cover, shares
from optimization.pareto import pareto
from optimization.phasing import Goal, Schedule, niche_plan, phased_cover, schedule
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


def every_phasing(problem: Problem, plan: Schedule) -> Iterator[NDArray[np.int64]]:
    """Yield the year (its position, ``n_year`` = never) of every site that a schedule allows."""
    sites = problem.sites
    n = plan.n_year
    may = [
        range(-1, 0) if sites.existing[j] else range(n, n + 1) if sites.never[j] else range(n + 1)
        for j in range(len(sites))
    ]
    for years in product(*may):
        year_of = np.array(years)
        if (year_of[plan.due < n] > plan.due[plan.due < n]).any():
            continue
        spent = [sites.cost_yuan[year_of == t].sum() for t in range(n)]
        built = [(year_of == t).sum() for t in range(n)]
        if (np.array(built) > plan.per_year).any():
            continue
        left = 0.0
        for t in range(n):
            left = (left if plan.carry_over else 0.0) + plan.budgets_yuan[t] - spent[t]
            if left < 0:
                break
        else:
            yield year_of


PHASES = [
    {"years": (2026, 2027), "per_year": 2},
    {"years": (2026, 2027, 2028), "budgets_yuan": (400_000, 600_000, 300_000)},
    {"years": (2026, 2028), "budgets_yuan": (400_000, 500_000), "carry_over": True},
    {"years": (2026, 2027), "budgets_yuan": (500_000, 900_000), "per_year": (1, 2)},
]


@pytest.mark.parametrize("goal", ["sum", "final"])
@pytest.mark.parametrize("asked", PHASES)
@pytest.mark.parametrize("seed", SEEDS)
def test_years_equal_every_plan_tried(
    siting_problem: Build, seed: int, asked: dict[str, Any], goal: Goal
) -> None:
    problem = siting_problem(25, 7, seed, existing=1, never=1, cost=True, townships=2)
    draw = np.random.default_rng(seed)
    people = [
        problem.weight("elders"),
        *(draw.integers(0, 200, 25).astype(float) for _ in asked["years"][1:]),
    ]
    due = str(problem.sites.id[np.flatnonzero(problem.sites.cost_yuan > 0)[0]])
    plan = schedule(problem, **asked, must_by={due: asked["years"][-1]} if seed % 2 else {})
    rate = 0.05 if seed % 3 == 0 else 0.0
    factor = [(1 + rate) ** -(year - 2026) for year in plan.years]
    best = (-1.0, -1.0)
    for year_of in every_phasing(problem, plan):
        each = [people[t][covered_by(problem, year_of <= t, 10)].sum() for t in range(plan.n_year)]
        total = float(np.dot(factor, each))
        best = max(best, (float(each[-1]), total) if goal == "final" else (total, 0.0))
    found = phased_cover(
        problem, plan, goal=goal, discount=rate, yearly_people=people, limit_min=10
    )
    assert found.overall.objective == pytest.approx(best[0])
    assert found.overall.bound == pytest.approx(best[0])
    assert found.overall.status == "optimal"
    if goal == "final":
        assert found.overall.measures["person_years"] == pytest.approx(best[1])
        assert found.overall.measures["person_years_bound"] == pytest.approx(best[1])


@pytest.mark.parametrize("seed", SEEDS)
def test_niches_equal_the_best_flow_of_every_plan(siting_problem: Build, seed: int) -> None:
    problem = siting_problem(12, 5, seed, existing=1, cost=True, capacity=True, people=(0, 9))
    niches = np.random.default_rng(seed).integers(5, 40, 5).astype(float)
    problem = replace(problem, sites=replace(problem.sites, capacity=niches))
    plan = schedule(problem, (2026, 2027), budgets_yuan=(500_000, 500_000))
    burials = [problem.weight("elders"), np.roll(problem.weight("elders"), 1)]
    best = max(
        most_buried(problem, year_of, burials, 12) for year_of in every_phasing(problem, plan)
    )
    found = niche_plan(problem, plan, burials=burials, limit_min=12)
    assert found.overall.objective == pytest.approx(best)
    assert found.overall.bound == pytest.approx(best)
    assert (found.used.cumsum(axis=0) <= niches + 1e-6).all()
    assert found.served + found.short == pytest.approx(np.sum(burials, axis=1))


def most_buried(
    problem: Problem, year_of: NDArray[np.int64], burials: list[NDArray[np.float64]], limit: float
) -> float:
    """Return the most burials served when sites open in these years, by scipy's linear solver."""
    minutes = problem.minutes.dense()
    flows = [
        (i, j, t)
        for t, asked in enumerate(burials)
        for i, j in np.argwhere(minutes <= limit)
        if asked[i] > 0 and year_of[j] <= t
    ]
    if not flows:
        return 0.0
    i, j, t = np.array(flows).T
    sites, points = len(problem.sites), problem.n_demand
    rows = np.zeros((len(burials) * points + sites, len(flows)))
    rows[t * points + i, np.arange(len(flows))] = 1
    rows[len(burials) * points + j, np.arange(len(flows))] = 1
    most = np.concatenate([*burials, problem.sites.capacity])
    return float(-linprog(-np.ones(len(flows)), A_ub=rows, b_ub=most).fun)


def smallest_m(problem: Problem, opened: NDArray[np.bool_]) -> float:
    """Return the smallest distance between two open sites of which one is new."""
    sites = problem.sites
    pairs = combinations(np.flatnonzero(opened), 2)
    away = [
        np.hypot(*(sites.xy[j] - sites.xy[k]))
        for j, k in pairs
        if not (sites.existing[j] and sites.existing[k])
    ]
    return float(min(away, default=np.inf))


@pytest.mark.parametrize("existing", [0, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_dispersal_equals_every_plan_tried(siting_problem: Build, seed: int, existing: int) -> None:
    problem = siting_problem(20, 12, seed, existing=existing, must=seed % 3, never=1)
    new = [
        opened
        for opened in every_plan(problem, p=4)
        if (opened & ~problem.sites.existing).sum() == 4
    ]
    plan = disperse(problem, p=4)
    assert plan.objective == pytest.approx(max(smallest_m(problem, opened) for opened in new))
    assert plan.status == "optimal"
    assert smallest_m(problem, np.isin(np.arange(12), plan.sites)) == plan.objective


@pytest.mark.parametrize("least_m", [0.0, 600.0, 1_200.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_cover_at_a_distance_equals_every_plan_tried(
    siting_problem: Build, seed: int, least_m: float
) -> None:
    problem = siting_problem(30, 10, seed, existing=1, must=seed % 2, never=1, cost=True)
    elders = problem.weight("elders")
    tried = [
        elders[covered_by(problem, opened, 10)].sum()
        for opened in every_plan(problem, p=4)
        if smallest_m(problem, opened) >= least_m
    ]
    if not tried:
        with pytest.raises(InfeasibleError, match="小于要求的"):
            spread_cover(problem, least_m=least_m, p=4, limit_min=10)
        return
    plan = spread_cover(problem, least_m=least_m, p=4, limit_min=10)
    assert plan.objective == max(tried) == plan.bound
    assert smallest_m(problem, np.isin(np.arange(10), plan.sites)) >= least_m


@pytest.mark.parametrize("seed", SEEDS)
def test_front_of_sites_and_people_is_the_best_of_every_number_of_sites(
    siting_problem: Build, seed: int
) -> None:
    problem = siting_problem(30, 9, seed, existing=1, must=seed % 2, townships=3)
    elders = problem.weight("elders")
    most = {
        p: max(elders[covered_by(problem, o, 9)].sum() for o in every_plan(problem, p=p))
        for p in range(seed % 2, 6)
    }
    front = pareto(
        problem, objectives=("covered", "cost"), most_p=5, points=6, limit_min=9, gap=0.0
    )
    for plan in front:
        assert plan.objective == plan.bound == most[int(plan.measures["new_sites"])]
    assert front[-1].objective == most[5]
    assert len({plan.objective for plan in front}) == len(set(most.values()))


@pytest.mark.parametrize("money", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_plan_of_a_front_is_dominated_or_beats_its_bound(
    siting_problem: Build, seed: int, *, money: bool
) -> None:
    problem = siting_problem(40, 9, seed, existing=1, cost=True, townships=4)
    elders = problem.weight("elders")
    end = {"most_yuan": 1_200_000.0} if money else {"most_p": 5}
    cost = "cost_yuan" if money else "new_sites"
    front = pareto(problem, **end, points=8, limit_min=9, gap=0.0)
    assert 2 <= len(front) <= 8
    values = [(p.objective, -p.measures[cost], p.measures["worst_area_share"]) for p in front]
    for one, other in product(values, values):
        assert one == other or any(a > b + 1e-9 for a, b in zip(one, other, strict=True))
    reached = town_shares(problem, covered_by(problem, ~problem.sites.never, 9)) > 0
    for plan in front:
        cap = {("budget_yuan" if money else "p"): plan.measures[cost]}
        covered = covered_by(problem, np.isin(np.arange(9), plan.sites), 9)
        assert plan.objective == elders[covered].sum()
        assert plan.measures["worst_area_share"] == pytest.approx(
            town_shares(problem, covered)[reached].min()
        )
        best = max(elders[covered_by(problem, o, 9)].sum() for o in every_plan(problem, **cap))
        assert plan.bound >= best


@pytest.mark.parametrize("seed", range(2))
def test_years_of_a_medium_town_equal_those_of_scipy(siting_problem: Build, seed: int) -> None:
    problem = siting_problem(150, 30, seed, existing=2, cost=True, townships=4)
    plan = schedule(problem, (2026, 2027, 2028), budgets_yuan=(600_000, 500_000, 400_000))
    found = phased_cover(problem, plan, limit_min=7)
    assert found.overall.status == "optimal"
    assert found.overall.objective == pytest.approx(by_scipy(problem, plan, 7))


def by_scipy(problem: Problem, plan: Schedule, limit_min: float) -> float:
    """Return the most person-years, from the textbook program handed to scipy's solver."""
    near = problem.minutes.dense() <= limit_min
    n, m, years = problem.n_demand, problem.n_site, plan.n_year
    y = np.arange(years * m).reshape(years, m)
    z = years * m + np.arange(years * n).reshape(years, n)
    size, sites = years * (m + n), problem.sites
    rows, most = [], []
    for t in range(years):
        for i in range(n):
            row = np.zeros(size)
            row[z[t, i]], row[y[t, near[i]]] = 1, -1
            rows.append(row)
            most.append(0.0)
        row = np.zeros(size)
        row[y[t]] = sites.cost_yuan
        if t:
            row[y[t - 1]] = -sites.cost_yuan
            for j in range(m):
                stays = np.zeros(size)
                stays[[y[t - 1, j], y[t, j]]] = 1, -1
                rows.append(stays)
                most.append(0.0)
        rows.append(row)
        most.append(plan.budgets_yuan[t])
    lower = np.concatenate([np.tile(sites.existing.astype(float), years), np.zeros(years * n)])
    cost = np.concatenate([np.zeros(years * m), -np.tile(problem.weight("elders"), years)])
    solved = milp(
        cost,
        constraints=LinearConstraint(np.array(rows), -np.inf, most),
        integrality=np.concatenate([np.ones(years * m), np.zeros(years * n)]),
        bounds=Bounds(lower, 1),
    )
    return float(-solved.fun)


@pytest.mark.parametrize("seed", range(2))
def test_worst_township_of_a_medium_town_equals_that_of_scipy(
    siting_problem: Build, seed: int
) -> None:
    problem = siting_problem(200, 40, seed, townships=5)
    near = problem.minutes.dense() <= 8
    elders, n, m = problem.weight("elders"), 200, 40
    rows, least = [], []
    for i in range(n):
        row = np.zeros(m + n + 1)
        row[:m][near[i]], row[m + i] = 1, -1
        rows.append(row)
        least.append(0.0)
    for area in range(5):
        mine = problem.area == area
        row = np.zeros(m + n + 1)
        row[m : m + n][mine], row[-1] = elders[mine] / elders[mine].sum(), -1
        rows.append(row)
        least.append(0.0)
    count = np.concatenate([np.ones(m), np.zeros(n + 1)])
    solved = milp(
        np.concatenate([np.zeros(m + n), [-1.0]]),
        constraints=[
            LinearConstraint(np.array(rows), least, np.inf),
            LinearConstraint(count[None, :], -np.inf, 6),
        ],
        integrality=np.concatenate([np.ones(m), np.zeros(n + 1)]),
        bounds=Bounds(0, 1),
    )
    plan = max_min_cover(problem, p=6, limit_min=8)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(-solved.fun, abs=1e-6)
