"""Agreement of p-median and p-center with published optima and with a plain integer program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import floyd_warshall

from optimization.center import center, least_radius
from optimization.median import dense_table, least_cost, median
from optimization.problem import Problem

ProblemBuilder = Callable[..., Problem]
QUICK = (1, 4, 9, 16, 20, 31)


def _assignment_program(cost: NDArray[np.float64], p: int) -> float:
    """Return the optimum of the textbook p-median program, one variable a pair."""
    n, m = cost.shape
    pair = np.arange(n * m)
    once = csr_array((np.ones(n * m), (pair // m, pair)), shape=(n, n * m + m))
    linked = coo_array(
        (
            np.concatenate([np.ones(n * m), -np.ones(n * m)]),
            (np.concatenate([pair, pair]), np.concatenate([pair, n * m + pair % m])),
        ),
        shape=(n * m, n * m + m),
    )
    count = csr_array((np.ones(m), (np.zeros(m, dtype=int), n * m + np.arange(m))))
    found = milp(
        np.concatenate([cost.ravel(), np.zeros(m)]),
        constraints=LinearConstraint(
            vstack([once, linked, count]).tocsr(),
            np.concatenate([np.ones(n), np.full(n * m, -np.inf), [0]]),
            np.concatenate([np.ones(n), np.zeros(n * m), [p]]),
        ),
        bounds=Bounds(0, 1),
        integrality=np.concatenate([np.zeros(n * m), np.ones(m)]),
        options={"mip_rel_gap": 0.0},
    )
    assert found.status == 0
    return float(found.fun)


@pytest.mark.parametrize(("seed", "p"), [(1, 3), (2, 5), (3, 8)])
def test_median_equals_a_plain_program(siting_problem: ProblemBuilder, seed: int, p: int) -> None:
    problem = siting_problem(60, 25, seed, horizon_min=20.0)
    walks = problem.minutes.dense()
    possible = ~np.isnan(walks).all(axis=1)
    walks = np.where(np.isnan(walks), problem.horizon_min, walks)
    people = np.where(possible, problem.weight("elders"), 0.0)
    plan = median(problem, p=p)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(
        _assignment_program(people[:, None] * walks, p), rel=1e-7
    )


@pytest.mark.parametrize(("seed", "p"), [(1, 4), (2, 6)])
def test_center_equals_a_plain_program(siting_problem: ProblemBuilder, seed: int, p: int) -> None:
    problem = siting_problem(60, 25, seed, horizon_min=90.0, people=(1, 9))
    walks = problem.minutes.dense()
    plan = center(problem, p=p)
    assert plan.status == "optimal"
    for radius, possible in ((plan.objective, True), (plan.objective - 1e-6, False)):
        fewest = milp(
            np.ones(25),
            constraints=LinearConstraint((walks <= radius).astype(float), np.ones(60), np.inf),
            bounds=Bounds(0, 1),
            integrality=np.ones(25),
        )
        assert (fewest.status == 0 and fewest.fun <= p + 0.5) == possible


def _instance(folder: Path, number: int) -> tuple[NDArray[np.int32], int]:
    """Return the distances between all nodes of an instance, and its number of sites."""
    text = (folder / f"pmed{number}.txt").read_text()
    n, n_edge, p, *rest = map(int, text.split())
    lengths = np.full((n, n), np.inf)
    for a, b, length in np.array(rest).reshape(n_edge, 3):
        lengths[a - 1, b - 1] = lengths[b - 1, a - 1] = length  # the last of two stands
    return floyd_warshall(lengths).astype(np.int32), p


def _published(folder: Path, name: str) -> dict[str, int]:
    rows = [line.split() for line in (folder / name).read_text().splitlines()]
    return {row[0]: int(float(row[1])) for row in rows if row and row[0].startswith("pmed")}


@pytest.fixture(scope="session")
def orlib(real_data: Path) -> Path:
    """Folder of the OR-Library p-median instances; the test skips without it."""
    folder = real_data / "orlib"
    if not folder.is_dir():
        pytest.skip("no OR-Library instances: put them in the folder of real data")
    return folder


def _check_median(orlib: Path, number: int) -> None:
    cost, p = _instance(orlib, number)
    found = least_cost(dense_table(cost, p=p), limit_s=300.0)
    optimum = _published(orlib, "pmedopt.txt")[f"pmed{number}"]
    assert (found.cost, found.bound) == (optimum, optimum)
    assert found.plan.sum() <= p
    assert cost[:, found.plan].min(axis=1).sum() == optimum


def _check_center(orlib: Path, number: int) -> None:
    cost, p = _instance(orlib, number)
    found = least_radius(dense_table(cost, p=p), unserved=int(cost.max()) + 1, limit_s=600.0)
    optimum = _published(orlib, "kcenteropt.txt")[f"pmed{number}"]
    assert (found.radius, found.bound) == (optimum, optimum)
    assert found.plan is not None
    assert found.plan.sum() <= p
    assert cost[:, found.plan].min(axis=1).max() == optimum


@pytest.mark.parametrize("number", QUICK)
def test_median_equals_the_published_optimum(orlib: Path, number: int) -> None:
    _check_median(orlib, number)


@pytest.mark.parametrize("number", [1, 5, 10, 20, 31])
def test_center_equals_the_published_optimum(orlib: Path, number: int) -> None:
    _check_center(orlib, number)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 36))
def test_median_equals_every_published_optimum(orlib: Path, number: int) -> None:
    _check_median(orlib, number)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 36))
def test_center_equals_every_published_optimum(orlib: Path, number: int) -> None:
    _check_center(orlib, number)
