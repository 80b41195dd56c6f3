"""The last mile of the proof: settle columns by their reduced cost, give the rest to the solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.covering.bound import Bound
from optimization.covering.instance import Instance, instance_of
from optimization.solver import Program, solve

_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Settled:
    """Columns that every plan better than the best one known opens or leaves."""

    opened: NDArray[np.bool_]
    closed: NDArray[np.bool_]


def settle(instance: Instance, bound: Bound, best: float) -> Settled:
    """Decide columns that a plan worth more than ``best`` must open or cannot open.

    At a price ``t`` of money no plan is worth more than what rows keep, plus ``t * budget``, plus
    ``sum_j max(earned_j - t * cost_j, 0)``. Opening a column whose term is negative, or closing
    one whose term is positive, lowers that bound by the term.
    """
    n_column = instance.sets.n_column
    opened, closed = np.zeros(n_column, dtype=np.bool_), np.zeros(n_column, dtype=np.bool_)
    for t in _prices_of_money(instance, bound.earned):
        reduced = bound.earned - t * instance.cost
        limit = bound.worth_left + t * instance.budget + float(np.maximum(reduced, 0.0).sum())
        without = limit - np.abs(reduced)
        safe = without + 1e-11 * abs(limit)
        hopeless = np.floor(safe + 1e-7) <= best if instance.whole else safe <= best
        opened |= hopeless & (reduced > 0)
        closed |= hopeless & (reduced < 0)
    return Settled(opened, closed)


def _prices_of_money(instance: Instance, earned: NDArray[np.float64]) -> list[float]:
    """Return the earnings a yuan just inside and just outside the budget."""
    if len(earned) == 0:
        return [0.0]
    ratio = np.sort(earned / np.maximum(instance.cost, 1e-9))[::-1]
    order = np.argsort(-earned / np.maximum(instance.cost, 1e-9), kind="stable")
    inside = int(np.searchsorted(np.cumsum(instance.cost[order]), instance.budget, side="right"))
    if inside >= len(ratio):
        return [0.0]
    return [float(ratio[max(inside - 1, 0)]), float(ratio[inside])]


def rest(instance: Instance, settled: Settled) -> Instance | None:
    """Return what is left to choose, its columns numbered as in the instance; None = nothing fits.

    When the columns that must be opened cost more than the budget, no better plan exists.
    """
    left = instance.budget - float(instance.cost[settled.opened].sum())
    if left < -1e-9 * max(1.0, instance.budget):
        return None
    return instance_of(
        instance.sets,
        instance.first,
        instance.second,
        fixed=settled.opened,
        barred=settled.closed,
        cost=instance.cost,
        budget=max(left, 0.0),
        base=instance.base,
        sites=np.arange(instance.sets.n_column, dtype=np.int32),
        xy=instance.xy,
    )


def program_of(instance: Instance) -> Program:
    """Return the instance as a mixed-integer program.

    Columns are the shares open, then whether each row is covered once, then twice (only the rows
    for which that is worth anything). Maximise the worth of what is covered, subject to: no row
    is covered more often than columns of it are open; twice only after once; within the budget.
    """
    sets = instance.sets
    n_row, n_column = sets.n_row, sets.n_column
    twice = np.flatnonzero(instance.second > 0)
    sizes = np.diff(sets.indptr)
    rows = np.arange(n_row)
    n_twice = len(twice)
    once_at, twice_at = n_column + rows, n_column + n_row + np.arange(n_twice)
    parts: list[tuple[NDArray[np.integer], NDArray[np.integer], float]] = [
        (np.repeat(rows, sizes), sets.indices, -1.0),
        (rows, once_at, 1.0),
        (twice, twice_at, 1.0),
        (n_row + np.arange(n_twice), twice_at, 1.0),
        (n_row + np.arange(n_twice), n_column + twice, -1.0),
    ]
    row = np.concatenate([r for r, _, _ in parts] + [np.full(n_column, n_row + n_twice)])
    column = np.concatenate([c for _, c, _ in parts] + [np.arange(n_column)])
    value = np.concatenate([np.full(len(r), v) for r, _, v in parts] + [instance.cost])
    order = np.argsort(row, kind="stable")
    n_rows = n_row + n_twice + 1
    n_columns = n_column + n_row + n_twice
    integer = np.zeros(n_columns, dtype=np.bool_)
    integer[:n_column] = True
    integer[n_column : n_column + n_row] = instance.second > instance.first
    upper = np.zeros(n_rows)
    upper[-1] = instance.budget
    return Program(
        cost=np.concatenate([np.zeros(n_column), instance.first, instance.second[twice]]),
        lower=np.zeros(n_columns),
        upper=np.ones(n_columns),
        integer=integer,
        indptr=np.concatenate(([0], np.cumsum(np.bincount(row, minlength=n_rows)))),
        indices=column[order].astype(np.int32),
        values=value[order],
        row_lower=np.full(n_rows, -np.inf),
        row_upper=upper,
        maximise=True,
    )


def solve_core(
    instance: Instance, *, plan: NDArray[np.bool_] | None, limit_s: float, seed: int, nodes: int
) -> tuple[NDArray[np.bool_] | None, float, bool, int]:
    """Return the solver's plan (None = it found none), its bound, whether time cut it short, nodes.

    Parameters
    ----------
    instance
        The small rest of a problem.
    plan
        (n_column,) a plan to begin from.
    limit_s, nodes
        Ceilings; the second one makes answers repeatable.
    seed
        Of the solver.
    """
    if instance.sets.n_column == 0 or instance.sets.n_row == 0:
        return np.zeros(instance.sets.n_column, dtype=np.bool_), instance.base, False, 0
    program = program_of(instance)
    start = None
    if plan is not None:
        count = np.bincount(
            np.repeat(np.arange(instance.sets.n_row), np.diff(instance.sets.indptr)),
            weights=plan[instance.sets.indices],
            minlength=instance.sets.n_row,
        )
        twice = instance.second > 0
        start = np.concatenate([plan, count > 0, count[twice] > 1]).astype(np.float64)
    # Half a person is no person: plans differ by whole ones.
    apart = 0.999 if instance.whole else 1e-9
    found = solve(program, limit_s=limit_s, start=start, seed=seed, nodes=nodes, absolute_gap=apart)
    bound = instance.base + found.bound
    if not len(found.x):
        return None, bound, found.by_time, found.nodes
    opened = found.x[: instance.sets.n_column] > _HALF
    return opened, bound, found.by_time, found.nodes
