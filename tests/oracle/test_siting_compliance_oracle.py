"""The cheapest rooms against every choice of sizes, and against a plain integer program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import coo_array

from geo.errors import InfeasibleError
from optimization.compliance import Needs, Options, norm_compliance, plain_needs, size_options
from optimization.problem import Problem

Builder = Callable[..., Problem]
LIMIT = 15.0


def suffices(problem: Problem, need: NDArray[np.float64], area: NDArray[np.float64]) -> bool:
    """Say whether the areas at the sites can be divided so that every need is met."""
    walk = problem.minutes.dense()
    pairs = [
        (i, j)
        for i in np.flatnonzero(need > 0)
        for j in np.flatnonzero(area > 0)
        if walk[i, j] <= LIMIT
    ]
    if not pairs:
        return not (need > 0).any()
    n, m = problem.n_demand, problem.n_site
    gives, takes = np.zeros((n, len(pairs))), np.zeros((m, len(pairs)))
    for at, (i, j) in enumerate(pairs):
        gives[i, at] = takes[j, at] = 1
    found = linprog(
        np.zeros(len(pairs)),
        A_ub=np.vstack([-gives, takes]),
        b_ub=np.concatenate([-need, area]),
    )
    return bool(found.status == 0)


def cheapest(
    problem: Problem, need: NDArray[np.float64], options: Options, cost: NDArray[np.float64]
) -> float:
    """Return the least cost over every choice of sizes, inf if none suffices."""
    sizes = []
    for j in range(problem.n_site):
        mine = np.flatnonzero(options.site == j).tolist()
        must = problem.sites.must[j] and not problem.sites.existing[j]
        sizes.append(mine if must else [None, *mine])
    plans = []
    for choice in product(*sizes):
        taken = [k for k in choice if k is not None]
        plans.append((float(cost[taken].sum()), taken))
    for total, taken in sorted(plans, key=lambda plan: plan[0]):
        area = np.zeros(problem.n_site)
        area[options.site[taken]] = options.area_m2[taken]
        if suffices(problem, need, area):
            return total
    return float("inf")


def question(
    siting_problem: Builder, seed: int, n: int, m: int, *, must: int = 0
) -> tuple[Problem, NDArray[np.float64], Options]:
    draw = np.random.default_rng(seed + 1_000)
    problem = siting_problem(n, m, seed, side_m=1_500, cost=True, area=True, must=must)
    need = draw.integers(0, 120, n).astype(float)
    options = size_options(
        problem, classes_m2=np.array([150.0, 300.0]), yuan_m2=float(draw.integers(100, 2_000))
    )
    return problem, need, options


@settings(max_examples=25)
@given(seed=st.integers(0, 10_000), m=st.integers(1, 6), must=st.integers(0, 1))
def test_the_cheapest_rooms_equal_those_of_trying_every_choice(
    siting_problem: Builder, seed: int, m: int, must: int
) -> None:
    problem, need, options = question(siting_problem, seed, 7, m, must=min(must, m - 1))
    best = cheapest(problem, need, options, options.cost_yuan)
    if not np.isfinite(best):
        with pytest.raises(InfeasibleError):
            norm_compliance(problem, needs=need, options=options)
        return
    plan = norm_compliance(problem, needs=need, options=options)
    assert plan.objective == pytest.approx(best)
    assert plan.status == "optimal"
    assert suffices(problem, need, plan.added_m2)
    fewest = norm_compliance(problem, needs=need, options=options, minimise="rooms")
    assert fewest.objective == cheapest(problem, need, options, np.ones(len(options.site)))


def pooled(problem: Problem, seed: int) -> tuple[Needs, NDArray[np.float64], NDArray[np.float64]]:
    """Return shared needs: households, two communities, all estates join."""
    draw = np.random.default_rng(seed + 5)
    n, m = problem.n_demand, problem.n_site
    households = draw.integers(50, 600, n).astype(float)
    need = np.round(households * 0.2 * draw.uniform(0, 1, n))
    community = draw.integers(0, 2, n).astype(np.int32)
    needs = replace(
        plain_needs(problem, need),
        households=households,
        shares=np.ones(n, bool),
        joins=np.ones(n, bool),
        community=community,
        site_community=draw.integers(0, 2, m).astype(np.int32),
    )
    return needs, households, need


@given(seed=st.integers(0, 10_000))
def test_rooms_shared_by_households_equal_trying_every_choice(
    siting_problem: Builder, seed: int
) -> None:
    problem, _, options = question(siting_problem, seed, 8, 5)
    needs, households, need = pooled(problem, seed)
    walk = problem.minutes.dense() <= LIMIT
    together = walk & (needs.community[:, None] == needs.site_community[None, :])
    whole = (households[:, None] * together).sum(axis=0)
    part = np.where(together, households[:, None] / np.where(whole > 0, whole, 1), 0)
    best = np.inf
    sizes = [[None, *np.flatnonzero(options.site == j).tolist()] for j in range(5)]
    for choice in product(*sizes):
        taken = [k for k in choice if k is not None]
        area = np.zeros(5)
        area[options.site[taken]] = options.area_m2[taken]
        if (part @ area >= need - 1e-9).all():
            best = min(best, float(options.cost_yuan[taken].sum()))
    if not np.isfinite(best):
        with pytest.raises(InfeasibleError):
            norm_compliance(problem, needs=needs, options=options)
        return
    plan = norm_compliance(problem, needs=needs, options=options)
    assert plan.objective == pytest.approx(best)
    given_m2 = np.bincount(plan.part_demand, plan.part_m2, minlength=8)
    assert (given_m2 >= need - 1e-4).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_medium_plan_agrees_with_a_plain_integer_program(
    siting_problem: Builder, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    problem = siting_problem(60, 14, seed, side_m=2_000, cost=True, area=True)
    need = draw.integers(1, 60, 60).astype(float)
    need *= 0.4 * problem.sites.area_m2.sum() / need.sum()
    options = size_options(problem, classes_m2=np.array([200.0, 400.0]), yuan_m2=1_000)
    walk = problem.minutes.dense()
    i, j = np.nonzero(walk <= LIMIT)
    n_opt, n_pair = len(options.site), len(i)
    rows = np.concatenate([i, 60 + j, 60 + options.site, 74 + options.site])
    cols = np.concatenate(
        [n_opt + np.arange(n_pair), n_opt + np.arange(n_pair), np.arange(n_opt), np.arange(n_opt)]
    )
    values = np.concatenate([np.ones(2 * n_pair), -options.area_m2, np.ones(n_opt)])
    table = coo_array((values, (rows, cols)), shape=(88, n_opt + n_pair)).tocsr()
    lower = np.concatenate([need, np.full(28, -np.inf)])
    upper = np.concatenate([np.full(60, np.inf), np.zeros(14), np.ones(14)])
    found = milp(
        np.concatenate([options.cost_yuan, np.zeros(n_pair)]),
        constraints=LinearConstraint(table, lower, upper),
        integrality=np.concatenate([np.ones(n_opt), np.zeros(n_pair)]),
        bounds=Bounds(0, np.concatenate([np.ones(n_opt), np.full(n_pair, np.inf)])),
    )
    if found.status == 2:
        with pytest.raises(InfeasibleError):
            norm_compliance(problem, needs=need, options=options)
        return
    plan = norm_compliance(problem, needs=need, options=options, limit_s=20)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(found.fun)
