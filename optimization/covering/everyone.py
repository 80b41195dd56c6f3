"""Cover every row at least cost: thin out, bound by prices, search, then the solver."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.covering._cover import descend
from optimization.covering._merge import count_open
from optimization.covering.bound import Bound, upper_bound
from optimization.covering.instance import Instance
from optimization.covering.search import Searcher
from optimization.covering.sets import CoverSets
from optimization.covering.thin import Thin, thin_out
from optimization.solver import Program, solve

_ROUNDS: Final = 50_000
"""Of the search, a part of them at a time."""
_PARTS: Final = 6
_BOUND_ROUNDS: Final = 3_000
_NODES: Final = 200_000
_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Cheapest:
    """What is to be covered at least cost, and how long it may take."""

    sets: CoverSets
    cost: NDArray[np.float64]
    """(n_column,)"""
    fixed: NDArray[np.bool_]
    barred: NDArray[np.bool_]
    limit_s: float
    gap: float
    seed: int
    start: NDArray[np.bool_] | None

    @property
    def step(self) -> float:
        """What costs differ by: all are multiples of it; 0 = they are not whole."""
        return step_of(self.cost)


@dataclass(frozen=True, slots=True)
class Cover:
    """A plan that covers what was asked, with a proven bound of its cost."""

    opened: NDArray[np.bool_]
    cost: float
    bound: float
    by_time: bool
    measures: dict[str, float]


def step_of(cost: NDArray[np.float64]) -> float:
    """Return the greatest number of which all costs are multiples; 0 when they are not whole."""
    if not (cost == np.rint(cost)).all() or cost.max(initial=0) > 2.0**52:
        return 0.0
    return float(np.gcd.reduce(cost.astype(np.int64), initial=0))


def raised(bound: float, step: float) -> float:
    """Return a proven lower bound: safe against rounding errors, up to the next multiple."""
    safe = bound - 1e-11 * abs(bound) - 1e-9
    return max(float(np.ceil(safe / step - 1e-6) * step) if step > 0 else safe, 0.0)


def cover_everyone(ask: Cheapest, *, required: NDArray[np.bool_]) -> Cover:
    """Cover the required rows, each of which has a column that may open."""
    until = time.perf_counter() + ask.limit_s
    thin = thin_out(ask.sets, ask.cost, required=required, fixed=ask.fixed, barred=ask.barred)
    paid = float(ask.cost[thin.opened].sum())
    measures = {"rows": float(thin.sets.n_row), "columns": float(thin.sets.n_column)}
    if thin.sets.n_row == 0:
        opened = thin.opened.copy()
        _close_spare(ask, opened, required)
        return Cover(opened, paid, paid, by_time=False, measures=measures)
    given = None if ask.start is None else ask.start[thin.column]
    plan = _greedy(thin, given)
    state = np.random.SeedSequence(ask.seed).generate_state(1, np.uint64) | np.uint64(1)
    s = thin.sets
    pairs = (s.indptr, s.indices, s.column_indptr, s.column_rows)
    least = descend(*pairs, thin.cost, plan, 2_000, 0.0, state)
    bound = _bound(thin, plan, paid, ask, until)
    lower = raised(paid + thin_lower(thin, bound), ask.step)
    for _ in range(_PARTS):
        if time.perf_counter() > until or _near(paid + least, lower, ask.gap):
            break
        least = descend(*pairs, thin.cost, plan, _ROUNDS, lower - paid, state)
    by_time = False
    nodes = 0
    if not _near(paid + least, lower, ask.gap):
        left_s = max(until - time.perf_counter(), 0.1)
        plan, lower, by_time, nodes = _prove(
            thin, bound, plan, paid=paid, lower=lower, ask=ask, left_s=left_s
        )
    opened = thin.opened.copy()
    opened[thin.column[plan]] = True
    _close_spare(ask, opened, required)
    cost = float(ask.cost[opened].sum())
    measures |= {"bound_rounds": float(bound.rounds), "nodes": float(nodes)}
    return Cover(opened, cost, min(lower, cost), by_time=by_time, measures=measures)


def _close_spare(ask: Cheapest, opened: NDArray[np.bool_], required: NDArray[np.bool_]) -> None:
    """Close columns that cost nothing and are of no use, in place."""
    sets = ask.sets
    count = count_open(sets.indptr, sets.indices, opened)
    for j in np.flatnonzero(opened & ~ask.fixed & (ask.cost <= 0))[::-1]:
        rows = sets.column_rows[sets.column_indptr[j] : sets.column_indptr[j + 1]]
        if (count[rows][required[rows]] > 1).all():
            opened[j] = False
            count[rows] -= 1


def thin_lower(thin: Thin, bound: Bound) -> float:
    """Return the lower bound of the cost of what is left: ceilings of the prices less the value."""
    return float(_ceilings(thin).sum()) - bound.value


def _ceilings(thin: Thin) -> NDArray[np.float64]:
    """Return (n_row,) the cost of the cheapest column of each row."""
    return np.minimum.reduceat(thin.cost[thin.sets.indices], thin.sets.indptr[:-1])


def _near(cost: float, lower: float, gap: float) -> bool:
    return cost - lower <= max(gap, 1e-9) * max(cost, 1e-12)


def _greedy(thin: Thin, given: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    """Return a cover: the given plan, then whatever covers most bare rows a yuan."""
    plan = np.zeros(thin.sets.n_column, dtype=np.bool_) if given is None else given.copy()
    instance = _instance(thin, np.ones(thin.sets.n_row))
    filled = Searcher(instance, seed=0)
    filled.start(plan)
    filled.greedy(1.0)
    return filled.opened


def _instance(thin: Thin, worth: NDArray[np.float64]) -> Instance:
    n_column = thin.sets.n_column
    return Instance(
        sets=thin.sets,
        first=worth,
        second=np.zeros(len(worth)),
        cost=thin.cost,
        budget=np.inf,
        base=0.0,
        column_site=np.arange(n_column, dtype=np.int32),
        row_of=np.arange(len(worth), dtype=np.int32),
        xy=np.zeros((n_column, 2)),
        whole=False,
    )


def _bound(thin: Thin, plan: NDArray[np.bool_], paid: float, ask: Cheapest, until: float) -> Bound:
    """Price the rows; a price never exceeds the cheapest column of its row.

    Leaving a row bare at that price would be no better than covering it, so the bound of the
    question in which rows may stay bare is that of the question in which they may not.
    """
    ceilings = _ceilings(thin)
    target = float(thin.cost[plan].sum())

    def enough(value: float) -> bool:
        lower = raised(paid + float(ceilings.sum()) - value, ask.step)
        return _near(paid + target, lower, ask.gap) or time.perf_counter() > until

    return upper_bound(
        _instance(thin, ceilings),
        plan=plan,
        rounds=_BOUND_ROUNDS,
        precision=1e-6,
        charged=True,
        enough=enough,
    )


def _prove(
    thin: Thin,
    bound: Bound,
    plan: NDArray[np.bool_],
    *,
    paid: float,
    lower: float,
    ask: Cheapest,
    left_s: float,
) -> tuple[NDArray[np.bool_], float, bool, int]:
    """Settle columns by their reduced cost and solve the rest.

    Returns the plan, the bound, whether time cut it short and the nodes opened.
    """
    least = float(thin.cost[plan].sum())
    reduced = thin.cost - bound.earned
    with_it = thin_lower(thin, bound) + np.abs(reduced)
    hopeless = np.array([raised(paid + w, ask.step) for w in with_it]) >= paid + least
    closed, must = hopeless & (reduced > 0), hopeless & (reduced < 0)
    if (count_open(thin.sets.indptr, thin.sets.indices, ~closed) == 0).any():
        return plan, paid + least, False, 0
    left = thin_out(
        thin.sets, thin.cost, required=np.ones(thin.sets.n_row, dtype=np.bool_),
        fixed=must, barred=closed,
    )  # fmt: skip
    spent = float(thin.cost[left.opened].sum())
    n_column, n_row = left.sets.n_column, left.sets.n_row
    start = plan[left.column].astype(np.float64)
    fits = bool((plan >= left.opened).all()) and not bool((plan & closed).any())
    found = solve(
        Program(
            cost=left.cost,
            lower=np.zeros(n_column),
            upper=np.ones(n_column),
            integer=np.ones(n_column, dtype=np.bool_),
            indptr=left.sets.indptr,
            indices=left.sets.indices,
            values=np.ones(len(left.sets.indices)),
            row_lower=np.ones(n_row),
            row_upper=np.full(n_row, np.inf),
        ),
        limit_s=left_s,
        start=start if fits else None,
        seed=ask.seed,
        nodes=_NODES,
        absolute_gap=max(0.999 * ask.step, 1e-9),
    )
    if found.outcome == "infeasible":
        return plan, paid + least, False, found.nodes
    better = plan
    if len(found.x):
        whole = left.opened.copy()
        whole[left.column[found.x > _HALF]] = True
        if float(thin.cost[whole].sum()) < least:
            better = whole
    inside = raised(paid + spent + found.bound, ask.step) if np.isfinite(found.bound) else lower
    proven = max(lower, min(inside, paid + least))
    return better, proven, found.by_time, found.nodes
