"""Covering agrees with plain programs written down row by row and solved by scipy's HiGHS."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

from optimization.covering import backup_cover, max_cover, partial_cover, set_cover
from optimization.problem import Problem

Builder = Callable[..., Problem]
SEEDS = [1, 2, 3]


def within(problem: Problem, limit_min: float = 15.0) -> csr_array:
    return csr_array((np.nan_to_num(problem.minutes.dense(), nan=99.0) <= limit_min).astype(float))


def solved(
    worth: NDArray[np.float64], rows: list[LinearConstraint], n_site: int, upper: float = 1.0
) -> float:
    whole = np.concatenate([np.ones(n_site), np.zeros(len(worth) - n_site)])
    answer = milp(-worth, constraints=rows, integrality=whole, bounds=Bounds(0, upper))
    assert answer.success
    return -float(answer.fun)


def plainly_covered(problem: Problem, cost: NDArray[np.float64], budget: float) -> float:
    reach, n = within(problem), problem.n_demand
    rows = [
        LinearConstraint(hstack([-reach, eye_array(n)]), -np.inf, 0),
        LinearConstraint(np.concatenate([cost, np.zeros(n)]), -np.inf, budget),
    ]
    worth = np.concatenate([np.zeros(problem.n_site), problem.weights["elders"]])
    return solved(worth, rows, problem.n_site)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("side_m", [4_000.0, 9_000.0])
def test_as_many_are_covered_as_by_a_plain_program(
    siting_problem: Builder, seed: int, side_m: float
) -> None:
    problem = siting_problem(400, 60, seed, side_m=side_m, cost=True)
    count = max_cover(problem, p=8)
    money = max_cover(problem, budget_yuan=2_000_000)
    ones = np.ones(problem.n_site)
    assert count.objective == count.bound == pytest.approx(plainly_covered(problem, ones, 8))
    assert money.objective == pytest.approx(
        plainly_covered(problem, problem.sites.cost_yuan, 2_000_000)
    )
    assert money.status == "optimal"


@pytest.mark.parametrize("seed", SEEDS)
def test_covers_are_as_small_and_as_cheap_as_by_a_plain_program(
    siting_problem: Builder, seed: int
) -> None:
    problem = siting_problem(400, 60, seed, side_m=5_000.0, cost=True)
    reach = within(problem)
    reached = np.diff(reach.indptr) > 0
    rows = [LinearConstraint(reach[reached], 1, np.inf)]
    fewest = set_cover(problem, leave_out=True)
    cheapest = set_cover(problem, leave_out=True, cheapest=True)
    cost = problem.sites.cost_yuan
    assert fewest.objective == fewest.bound
    assert fewest.objective == pytest.approx(-solved(-np.ones(60), rows, 60))
    assert cheapest.objective == cheapest.bound == pytest.approx(-solved(-cost, rows, 60))


@pytest.mark.parametrize("seed", SEEDS)
def test_as_many_are_backed_up_as_by_a_plain_program(siting_problem: Builder, seed: int) -> None:
    problem = siting_problem(200, 40, seed, side_m=5_000.0)
    reach, n = within(problem), problem.n_demand
    elders, nothing = problem.weights["elders"], csr_array((n, problem.n_site))
    rows = [
        LinearConstraint(hstack([-reach, eye_array(n), eye_array(n)]), -np.inf, 0),
        LinearConstraint(hstack([nothing, -eye_array(n), eye_array(n)]), -np.inf, 0),
        LinearConstraint(np.concatenate([np.ones(40), np.zeros(2 * n)]), -np.inf, 6),
    ]
    worth = np.concatenate([np.zeros(40), 2 * elders, elders])
    plan = backup_cover(problem, p=6, once=2.0, twice=1.0)
    assert plan.objective == plan.bound == pytest.approx(solved(worth, rows, 40))


@pytest.mark.parametrize("seed", SEEDS)
def test_gradual_benefit_is_that_of_a_plain_program(siting_problem: Builder, seed: int) -> None:
    problem = siting_problem(150, 30, seed, side_m=5_000.0)
    n, m = problem.n_demand, problem.n_site
    walk_min = np.nan_to_num(problem.minutes.dense(), nan=99.0)
    benefit = np.rint(np.clip((20 - walk_min) / 10, 0, 1) * 100) / 100
    served = np.kron(np.eye(n), np.ones(m))
    opened = np.hstack([-np.tile(np.eye(m), (n, 1)), np.eye(n * m)])
    rows = [
        LinearConstraint(np.hstack([np.zeros((n, m)), served]), -np.inf, 1),
        LinearConstraint(csr_array(opened), -np.inf, 0),
        LinearConstraint(np.concatenate([np.ones(m), np.zeros(n * m)]), -np.inf, 5),
    ]
    worth = np.concatenate([np.zeros(m), (problem.weights["elders"][:, None] * benefit).ravel()])
    plan = partial_cover(problem, p=5, full_min=10, zero_min=20)
    assert plan.objective == plan.bound == pytest.approx(solved(worth, rows, m))
