"""How firmly a plan stands: other plans nearly as good, and walkers slower and faster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from geo.errors import InfeasibleError
from optimization.problem import Problem
from optimization.robust import alternatives, covered_people, limit_at, stability
from optimization.siting import Siting

ProblemBuilder = Callable[..., Problem]
LIMIT = 10.0
P = 2


def values(problem: Problem, limit_min: float) -> dict[tuple[int, ...], float]:
    """Return the elders covered by every plan of two new sites."""
    sites = problem.sites
    fixed = set(np.flatnonzero(sites.fixed_open).tolist())
    may = np.flatnonzero(sites.free & ~sites.existing).tolist()
    near = problem.minutes.dense() <= limit_min
    elders = problem.weight("elders")
    return {
        plan: float(elders[near[:, list(plan)].any(axis=1)].sum())
        for extra in combinations(may, P)
        for plan in [tuple(sorted(fixed | set(extra)))]
    }


def best_of_all(
    problem: Problem, *, limit_min: float, seed: int, start: Siting | None = None
) -> Siting:
    """Try every plan: the oracle of these tests."""
    assert start is None or start.sense == "max"
    every = values(problem, limit_min)
    if not every:
        raise InfeasibleError("no plan", hint="")
    best = max(every, key=lambda plan: (every[plan], plan))
    return Siting(
        model="max_cover",
        sense="max",
        sites=np.array(best, np.int32),
        assignment=np.full(problem.n_demand, -1, np.int32),
        objective=every[best],
        bound=every[best],
        unit="elders",
        seconds=0.0,
        seed=seed,
    )


@pytest.mark.parametrize("seed", range(4))
def test_alternatives_are_within_a_share_of_the_best_and_all_different(
    siting_problem: ProblemBuilder, seed: int
) -> None:
    problem = siting_problem(60, 10, seed, existing=1)
    plan = best_of_all(problem, limit_min=LIMIT, seed=0)
    other = alternatives(problem, plan, best_of_all, limit_min=LIMIT, within_share=0.05)
    every = values(problem, LIMIT)
    assert other.best.objective == plan.objective == max(every.values())
    assert all(one.objective >= 0.95 * plan.objective for one in other.plans)
    assert len({tuple(one.sites.tolist()) for one in other.plans}) == len(other.plans)
    near = [p for p, value in every.items() if value >= 0.95 * plan.objective]
    assert {tuple(one.sites.tolist()) for one in other.plans} <= set(near)


@pytest.mark.parametrize("seed", range(6))
def test_a_site_called_needed_is_in_every_plan_that_is_nearly_as_good(
    siting_problem: ProblemBuilder, seed: int
) -> None:
    problem = siting_problem(40, 8, seed)
    plan = best_of_all(problem, limit_min=LIMIT, seed=0)
    other = alternatives(problem, plan, best_of_all, limit_min=LIMIT, within_share=0.03)
    near = [p for p, v in values(problem, LIMIT).items() if v >= 0.97 * plan.objective]
    for site in range(8):
        assert other.needed[site] == all(site in p for p in near)
        if other.needed[site]:
            assert other.hold(site) == "all"
        if other.hold(site) == "some":
            assert any(site in p for p in near)


def test_the_same_seed_finds_the_same_alternatives(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(60, 12, 3)
    plan = best_of_all(problem, limit_min=LIMIT, seed=0)
    one, two = (
        alternatives(problem, plan, best_of_all, limit_min=LIMIT, within_share=0.1, seed=5)
        for _ in range(2)
    )
    assert [p.sites.tolist() for p in one.plans] == [p.sites.tolist() for p in two.plans]
    assert one.often.tolist() == two.often.tolist()
    assert one.solved == P + 12


def test_a_site_that_nothing_can_replace_is_needed(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(20, 4, 0, existing=1, never=1)
    plan = best_of_all(problem, limit_min=LIMIT, seed=0)  # two sites remain, two are wanted
    other = alternatives(problem, plan, best_of_all, limit_min=LIMIT)
    assert other.needed[plan.sites].all()
    assert len(other.plans) == 1
    assert other.hold(int(np.flatnonzero(problem.sites.never)[0])) == "none"


def test_each_speed_has_its_own_best_plan_and_the_worth_of_this_one(
    siting_problem: ProblemBuilder,
) -> None:
    problem = siting_problem(60, 10, 2, existing=1)
    plan = best_of_all(problem, limit_min=LIMIT, seed=0)
    told = stability(problem, plan, best_of_all, weight="elders", limit_min=LIMIT)
    assert [one.speed_m_s for one in told] == [0.8, 0.9, 1.0, 1.1, 1.2]
    for one in told:
        every = values(problem, LIMIT * one.speed_m_s)
        assert one.covered == every[tuple(plan.sites.tolist())]
        assert one.best_covered == max(every.values())
        assert set(one.kept.tolist()) <= set(plan.sites.tolist())
    assert [one.covered for one in told] == sorted(one.covered for one in told)
    assert told[2].best is plan
    assert told[2].kept.tolist() == plan.sites[~problem.sites.existing[plan.sites]].tolist()


def test_a_slower_walk_is_a_shorter_limit(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(60, 10, 2)
    at_limit = problem.within(15, at_m_s=0.8)
    assert limit_at(problem, 15, 0.8) == pytest.approx(12)
    assert len(at_limit.ms) == len(problem.within(limit_at(problem, 15, 0.8)).ms)


def test_speeds_beyond_the_walks_known_are_left_out(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(40, 8, 2, horizon_min=10)
    plan = best_of_all(problem, limit_min=LIMIT, seed=0)
    told = stability(problem, plan, best_of_all, weight="elders", limit_min=LIMIT)
    assert [one.speed_m_s for one in told] == [0.8, 0.9, 1.0]


def test_nobody_to_cover_is_unknown_not_zero(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(10, 4, 0)
    empty = replace(problem, weights={"elders": np.zeros(10)})
    plan = best_of_all(empty, limit_min=LIMIT, seed=0)
    told = stability(empty, plan, best_of_all, weight="elders", limit_min=LIMIT)
    assert all(np.isnan(one.covered_share) for one in told)
    assert covered_people(empty, plan.sites, weight="elders", limit_min=LIMIT) == 0
