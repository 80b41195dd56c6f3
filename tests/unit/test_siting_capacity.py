"""Places are limited: who goes where, who is left out, and where to open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from geo.errors import DataError, InfeasibleError
from optimization.capacity import assign_capacitated, capacitated_cover
from optimization.problem import Problem

Builder = Callable[..., Problem]


def most_placed(problem: Problem, sites: list[int], limit_min: float = 15.0) -> float:
    """Return the most people that some sites can take, by another program."""
    walk = problem.minutes.dense()
    pairs = [(i, j) for i in range(problem.n_demand) for j in sites if walk[i, j] <= limit_min]
    if not pairs:
        return 0.0
    rows = np.zeros((problem.n_demand + problem.n_site, len(pairs)))
    for at, (i, j) in enumerate(pairs):
        rows[i, at] = rows[problem.n_demand + j, at] = 1
    room = np.minimum(problem.sites.capacity, 1e9)
    found = linprog(
        -np.ones(len(pairs)), A_ub=rows, b_ub=np.concatenate([problem.weights["elders"], room])
    )
    return float(-found.fun)


@pytest.mark.parametrize("seed", range(12))
def test_the_cover_equals_trying_every_choice_of_sites(siting_problem: Builder, seed: int) -> None:
    problem = siting_problem(
        12, 7, seed, side_m=2_000, capacity=True, cost=True, existing=seed % 3, must=seed % 2
    )
    fixed = np.flatnonzero(problem.sites.fixed_open).tolist()
    free = np.flatnonzero(problem.sites.free).tolist()
    new_must = int((problem.sites.must & ~problem.sites.existing).sum())
    p = 2 + new_must
    best = max(most_placed(problem, fixed + list(c)) for c in combinations(free, p - new_must))
    plan = capacitated_cover(problem, p=p)
    assert plan.objective == pytest.approx(best)
    assert plan.status == "optimal"
    budget = 600_000.0 + float(problem.sites.cost_yuan[problem.sites.must].sum())
    affordable = [
        fixed + list(c)
        for size in range(len(free) + 1)
        for c in combinations(free, size)
        if problem.sites.cost_yuan[list(c)].sum() <= 600_000
    ]
    best = max(most_placed(problem, sites) for sites in affordable)
    plan = capacitated_cover(problem, budget_yuan=budget)
    assert plan.objective == pytest.approx(best)
    assert plan.measures["cost_yuan"] <= budget


@pytest.mark.parametrize("seed", range(6))
def test_undivided_cover_equals_trying_every_assignment(siting_problem: Builder, seed: int) -> None:
    problem = siting_problem(6, 4, seed, side_m=1_200, capacity=True)
    people, room = problem.weights["elders"], problem.sites.capacity
    walk = problem.minutes.dense()
    best = 0.0
    for chosen in combinations(range(4), 2):
        for code in range(3**6):
            load, total = np.zeros(4), 0.0
            for i in range(6):
                choice = code // 3**i % 3
                if choice < 2 and walk[i, chosen[choice]] <= 15:
                    load[chosen[choice]] += people[i]
                    total += people[i]
            if (load <= room).all():
                best = max(best, total)
    plan = capacitated_cover(problem, p=2, whole=True)
    assert plan.objective == pytest.approx(best)
    assert plan.status == "optimal"
    assert len(np.unique(plan.part_demand)) == len(plan.part_demand)


def line(capacity: list[float], people: list[float]) -> Problem:
    """Return sites and people on a street, demand i 60 m × |i - j| from site j."""
    from geo.travel.minutes import Minutes  # noqa: PLC0415
    from optimization.problem import Sites  # noqa: PLC0415

    n, m = len(people), len(capacity)
    ms = np.abs(np.subtract.outer(np.arange(n), np.arange(m))) * 60_000
    no, zero = np.zeros(m, bool), np.zeros(m)
    return Problem(
        demand_id=np.array([f"d{i}" for i in range(n)]),
        demand_name=np.array([f"{i}号小区" for i in range(n)]),
        area=np.zeros(n, np.int32),
        area_names=("镇",),
        weights={"elders": np.array(people, float)},
        sites=Sites(
            id=np.array([f"s{j}" for j in range(m)]),
            name=np.array([f"{j}号点" for j in range(m)]),
            existing=no, closable=no, must=no, never=no,
            cost_yuan=zero, rent_yuan_year=zero, area_m2=np.full(m, np.nan),
            capacity=np.array(capacity, float), expandable_m2=zero, xy=np.zeros((m, 2)),
        ),
        minutes=Minutes(
            np.arange(n + 1, dtype=np.int64) * m,
            np.tile(np.arange(m), n).astype(np.int32),
            ms.ravel().astype(np.int32),
            m,
        ),
        horizon_min=60.0,
        speed_m_s=1.0,
        xy=np.zeros((n, 2)),
    )  # fmt: skip


def test_whoever_is_left_without_a_place_is_counted() -> None:
    problem = line([10, 5], [12, 0, 9])
    plan = assign_capacitated(problem, sites=[0, 1])
    assert plan.measures["placed"] == 15
    assert plan.measures["unplaced"] == 6
    assert plan.unplaced.sum() == 6
    # 10 stay at 0 m; 5 more go to site 1, from 1 minute away on either side
    assert plan.objective == 5.0
    assert plan.bound == plan.objective


def test_as_many_as_can_be_are_placed_before_walks_are_shortened() -> None:
    # the near site has one place: who lives there must leave it to those with no other
    problem = line([1, 1], [1, 1])
    near = problem.within(0.0)
    assert len(near.ms) == 2
    far = replace(problem, horizon_min=60.0)
    plan = assign_capacitated(far, sites=[0, 1])
    assert plan.objective == 0.0
    plan = assign_capacitated(far, sites=[1])
    assert plan.measures["placed"] == 1


def test_existing_load_takes_places() -> None:
    problem = line([10.0], [10.0])
    plan = assign_capacitated(problem, sites=[0], load=[4.0])
    assert plan.measures["placed"] == 6
    assert plan.load.tolist() == [10.0]
    assert capacitated_cover(problem, p=1, load=[4.0]).objective == 6.0


def test_whole_compounds_go_to_one_site() -> None:
    problem = line([5, 5], [4, 4])
    assert assign_capacitated(problem, sites=[0, 1]).objective == 0.0
    problem = line([5, 5], [4, 4, 2])
    divided = assign_capacitated(problem, sites=[0, 1])
    assert divided.measures["placed"] == 10
    undivided = assign_capacitated(problem, sites=[0, 1], whole=True)
    assert undivided.measures["placed"] == 8
    assert undivided.status == "optimal"


def test_a_site_without_places_serves_nobody() -> None:
    problem = line([0.0, 3.0], [4.0])
    plan = capacitated_cover(problem, p=2)
    assert plan.objective == 3.0
    assert plan.load.tolist() == [0.0, 3.0]


def test_must_sites_beyond_the_budget_are_named() -> None:
    problem = line([1, 1], [1, 1])
    sites = replace(problem.sites, must=np.array([True, True]), cost_yuan=np.array([10.0, 20.0]))
    problem = replace(problem, sites=sites)
    with pytest.raises(InfeasibleError, match="0号点、1号点") as caught:
        capacitated_cover(problem, budget_yuan=25.0)
    assert "30" in caught.value.hint
    with pytest.raises(InfeasibleError):
        capacitated_cover(problem, p=1)


@pytest.mark.parametrize(
    "asked", [{}, {"p": 1, "budget_yuan": 1.0}, {"p": -1}, {"budget_yuan": float("nan")}]
)
def test_bad_questions_are_refused(asked: dict[str, float]) -> None:
    with pytest.raises(DataError):
        capacitated_cover(line([1], [1]), **asked)


def test_bad_loads_and_sites_are_refused() -> None:
    problem = line([1], [1])
    with pytest.raises(DataError):
        assign_capacitated(problem, sites=[0], load=[float("nan")])
    with pytest.raises(DataError):
        assign_capacitated(problem, sites=[1])


def test_nobody_in_reach_is_no_error_but_nobody_placed() -> None:
    problem = line([5.0], [0.0, 7.0])
    plan = capacitated_cover(problem, p=1, limit_min=0.5)
    assert (plan.objective, plan.bound, plan.measures["unplaced"]) == (0.0, 0.0, 7.0)
    assert assign_capacitated(problem, sites=[], limit_min=15).measures["unplaced"] == 7.0


@pytest.mark.parametrize("seed", range(4))
def test_a_medium_cover_is_within_its_bound_and_no_site_is_overfull(
    siting_problem: Builder, seed: int
) -> None:
    problem = siting_problem(400, 60, seed, side_m=6_000, capacity=True, existing=5)
    plan = capacitated_cover(problem, p=8, limit_s=5)
    assert plan.objective <= plan.bound
    assert plan.gap < 0.05
    assert (plan.load <= problem.sites.capacity + 1e-6).all()
    assert set(np.flatnonzero(problem.sites.existing)) <= set(plan.sites.tolist())
    assert plan.objective == pytest.approx(most_placed(problem, plan.sites.tolist()))


@pytest.mark.parametrize("seed", range(6))
def test_more_sites_or_money_never_place_fewer(siting_problem: Builder, seed: int) -> None:
    problem = siting_problem(30, 9, seed, side_m=2_500, capacity=True, cost=True)
    by_number = [capacitated_cover(problem, p=p) for p in range(5)]
    by_money = [capacitated_cover(problem, budget_yuan=b * 2e5) for b in range(5)]
    for plans in (by_number, by_money):
        placed = [plan.objective for plan in plans]
        assert placed == sorted(placed)
        assert all(plan.objective <= plan.bound for plan in plans)


def test_the_same_question_gets_the_same_plan(siting_problem: Builder) -> None:
    problem = siting_problem(300, 40, 1, side_m=5_000, capacity=True)
    one, two = (capacitated_cover(problem, p=6, seed=3) for _ in range(2))
    assert one.part_people.tobytes() == two.part_people.tobytes()
    assert (one.objective, one.bound) == (two.objective, two.bound)


@pytest.mark.parametrize("seed", range(3))
def test_the_least_walk_equals_that_of_another_solver(siting_problem: Builder, seed: int) -> None:
    problem = siting_problem(40, 8, seed, side_m=2_000, capacity=True)
    plan = assign_capacitated(problem, sites=range(8))
    walk = problem.minutes.dense()
    i, j = np.nonzero(walk <= 15)
    rows = np.zeros((49, len(i)))
    rows[i, np.arange(len(i))] = rows[40 + j, np.arange(len(i))] = 1
    rows[48] = -1
    most = most_placed(problem, list(range(8)))
    found = linprog(
        walk[i, j],
        A_ub=rows,
        b_ub=np.concatenate([problem.weights["elders"], problem.sites.capacity, [-most]]),
    )
    assert plan.measures["placed"] == pytest.approx(most)
    assert plan.objective == pytest.approx(found.fun)
    assert (plan.part_people == np.round(plan.part_people)).all()
