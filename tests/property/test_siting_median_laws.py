"""Laws of the least walk in all and of the longest walk, against every plan of a small problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain, combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from optimization.center import center
from optimization.median import median
from optimization.problem import Problem
from optimization.siting import Siting

ProblemBuilder = Callable[..., Problem]

QUESTIONS = st.fixed_dictionaries(
    {
        "n_demand": st.integers(1, 30),
        "n_site": st.integers(4, 10),
        "seed": st.integers(0, 10_000),
        "layout": st.sampled_from(["plane", "streets"]),
        "horizon_min": st.sampled_from([10.0, 20.0, 60.0]),
        "people": st.sampled_from([(0, 1), (0, 200), (1, 1)]),
        "existing": st.integers(0, 2),
        "closable": st.integers(0, 1),
        "must": st.integers(0, 1),
        "never": st.integers(0, 1),
        "cost": st.just(True),
    }
)


def _plans(problem: Problem, asked: dict[str, Any]) -> Iterator[NDArray[np.bool_]]:
    """Every plan that is allowed."""
    sites = problem.sites
    always = sites.fixed_open | (sites.existing & ~sites.never)
    free = np.flatnonzero(~always & ~sites.never)
    for some in chain.from_iterable(combinations(free, r) for r in range(len(free) + 1)):
        opened = always.copy()
        opened[list(some)] = True
        new = opened & ~sites.existing
        if "p" in asked and new.sum() > asked["p"]:
            continue
        if "budget_yuan" in asked and sites.cost_yuan[new].sum() > asked["budget_yuan"]:
            continue
        yield opened


def _walks(problem: Problem) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Minutes, inf out of reach, and who can be reached by any permitted site."""
    table = problem.minutes.dense()
    table[np.isnan(table)] = np.inf
    permitted = ~problem.sites.never | problem.sites.fixed_open
    return table, np.isfinite(table[:, permitted]).any(axis=1)


def _asked(p: int, *, money: bool) -> dict[str, Any]:
    return {"budget_yuan": p * 300_000.0} if money else {"p": p}


def _answer(model: Callable[..., Siting], problem: Problem, asked: dict[str, Any]) -> Siting | None:
    try:
        return model(problem, **asked)
    except (InfeasibleError, DataError):
        return None


@settings(max_examples=50)
@given(question=QUESTIONS, p=st.integers(1, 4), money=st.booleans())
def test_median_equals_the_best_of_all_plans(
    siting_problem: ProblemBuilder, question: dict[str, Any], p: int, *, money: bool
) -> None:
    problem = siting_problem(**question)
    asked = _asked(p, money=money)
    walks, possible = _walks(problem)
    people = np.where(possible, problem.weight("elders"), 0.0)
    costs = [
        float(people @ np.minimum(walks[:, plan].min(axis=1, initial=np.inf), problem.horizon_min))
        for plan in _plans(problem, asked)
    ]
    plan = _answer(median, problem, asked)
    if plan is None:
        assert not costs or people.sum() == 0
        return
    assert plan.objective == pytest.approx(min(costs), rel=1e-9)
    assert plan.status == "optimal"
    assert np.isin(np.flatnonzero(problem.sites.fixed_open), plan.sites).all()
    assert not problem.sites.never[plan.sites].any()


@settings(max_examples=50)
@given(question=QUESTIONS, p=st.integers(1, 4), money=st.booleans(), weighted=st.booleans())
def test_center_equals_the_best_of_all_plans(
    siting_problem: ProblemBuilder, question: dict[str, Any], p: int, *, money: bool, weighted: bool
) -> None:
    problem = siting_problem(**question)
    asked = _asked(p, money=money)
    walks, possible = _walks(problem)
    people = problem.weight("elders")
    counts = possible & (people > 0)
    scale = (people if weighted else np.ones(len(people)))[counts]
    longest = [
        float((scale * walks[counts][:, plan].min(axis=1, initial=np.inf)).max(initial=0.0))
        for plan in _plans(problem, asked)
    ]
    plan = _answer(center, problem, {**asked, "weighted": weighted})
    if plan is None:
        assert not counts.any() or not np.isfinite(min(longest, default=np.inf))
        return
    assert plan.objective == pytest.approx(min(longest), rel=1e-9)
    assert plan.status == "optimal"
    assert np.isin(np.flatnonzero(problem.sites.fixed_open), plan.sites).all()


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000))
def test_more_sites_never_lengthen_the_walks(siting_problem: ProblemBuilder, seed: int) -> None:
    problem = siting_problem(80, 25, seed, horizon_min=60.0)
    for model in (median, center):
        values = [model(problem, p=p).objective for p in (1, 2, 4, 8)]
        assert values == sorted(values, reverse=True)


@settings(max_examples=8)
@given(seed=st.integers(0, 10_000), limit_s=st.sampled_from([0.0, 60.0]))
def test_no_plan_beats_its_bound_and_assignments_are_nearest(
    siting_problem: ProblemBuilder, seed: int, limit_s: float
) -> None:
    problem = siting_problem(300, 60, seed, existing=3)
    plan = median(problem, p=6, limit_s=limit_s)
    assert plan.bound <= plan.objective
    walks, _ = _walks(problem)
    near = walks[:, plan.sites]
    served = plan.assignment >= 0
    assert (np.isfinite(near).any(axis=1) == served).all()
    rows = np.flatnonzero(served)
    assert (walks[rows, plan.assignment[rows]] == near[rows].min(axis=1)).all()


@settings(max_examples=5)
@given(seed=st.integers(0, 10_000))
def test_same_seed_same_plan(siting_problem: ProblemBuilder, seed: int) -> None:
    problem = siting_problem(300, 60, seed)
    for model in (median, center):
        one, other = (model(problem, p=7, seed=3) for _ in range(2))
        assert one.sites.tobytes() == other.sites.tobytes()
        assert one.assignment.tobytes() == other.assignment.tobytes()
        assert (one.objective, one.bound) == (other.objective, other.bound)


@settings(max_examples=10)
@given(seed=st.integers(0, 10_000), p=st.integers(1, 6))
def test_the_longest_walk_of_a_median_is_no_shorter_than_the_center(
    siting_problem: ProblemBuilder, seed: int, p: int
) -> None:
    problem = siting_problem(60, 20, seed, horizon_min=90.0, people=(1, 50))
    shortest = center(problem, p=p)
    least = median(problem, p=p)
    assert least.measures["longest_min"] >= shortest.objective - 1e-9
    people = problem.weight("elders")
    walked = shortest.measures["mean_min"] * people.sum()
    assert least.objective <= walked * (1 + 1e-9)
