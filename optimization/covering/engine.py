"""Find a plan and prove how good it is: greedy, prices, search, settling, then the solver."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.covering.bound import Bound, upper_bound
from optimization.covering.core import rest, settle, solve_core
from optimization.covering.instance import Instance
from optimization.covering.search import Searcher, greedy

_ROUND_PAIRS: Final = 12e9
"""Pairs that the pricing may read in all."""
_SEARCH_FEW, _SEARCH_MOST, _SEARCH_MANY = 150, 10_000_000, 10
"""Work of the search a pair, up to so much; and a pair of large instances."""
_AGAIN: Final = 12
"""Further searches from plans drawn near the relaxed one, while half of the time is left."""
_FAINT: Final = 0.02
"""How far open a column counts at least when such plans are drawn."""
_CORE_PAIRS: Final = 400_000
"""A core with more pairs is not given to the solver."""
_CORE_COLUMNS: Final = 1_500
_NODES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Found:
    """A plan of an instance with its proof."""

    opened: NDArray[np.bool_]
    worth: float
    bound: float
    price: NDArray[np.float64]
    """(n_row,) prices to begin the bound of a like instance from."""
    by_time: bool
    """Whether the time limit cut the work short."""
    measures: dict[str, float]


class _Run:
    """The best plan, the best bound and the clock of one question."""

    def __init__(
        self, instance: Instance, limit_s: float, gap: float, target: float | None
    ) -> None:
        self.instance, self.gap, self.target = instance, gap, target
        self._until = time.perf_counter() + limit_s
        self._half_s = limit_s / 2 if np.isfinite(limit_s) else 0.0
        self.opened = np.zeros(instance.sets.n_column, dtype=np.bool_)
        self.worth, self.bound = instance.worth(self.opened), np.inf
        self.by_time = False

    @property
    def left_s(self) -> float:
        """Seconds until the limit."""
        return self._until - time.perf_counter()

    def late(self) -> bool:
        """Whether the limit has passed; remembered."""
        gone = self.left_s <= 0
        self.by_time = self.by_time or gone
        return gone

    def half_gone(self) -> bool:
        """Whether half of the time has passed: the bound leaves the other half to the search."""
        self.by_time = self.by_time or self.left_s <= self._half_s
        return self.left_s <= self._half_s

    def take(self, opened: NDArray[np.bool_]) -> None:
        """Keep a plan if it is better."""
        worth = self.instance.worth(opened)
        if worth > self.worth:
            self.opened, self.worth = opened.copy(), worth

    def lower(self, bound: float) -> None:
        """Keep a bound if it is lower; a plan known to reach it is as good as any."""
        self.bound = max(min(self.bound, self.instance.rounded(bound)), self.worth)

    def good(self, worth: float | None = None, bound: float | None = None) -> bool:
        """Whether the plan is within the gap that was asked, or the target is decided."""
        worth = self.worth if worth is None else worth
        bound = self.bound if bound is None else self.instance.rounded(bound)
        if self.target is not None and (worth >= self.target or bound < self.target):
            return True
        return bound - worth <= max(self.gap, 1e-12) * max(abs(bound), 1e-12)


def solve_instance(
    instance: Instance,
    *,
    limit_s: float,
    gap: float,
    seed: int,
    start: NDArray[np.bool_] | None = None,
    price: NDArray[np.float64] | None = None,
    share: NDArray[np.float64] | None = None,
    target: float | None = None,
) -> Found:
    """Return a plan of an instance and a proven bound.

    Parameters
    ----------
    instance
        What is to be chosen.
    limit_s
        A ceiling on the time; without it the work alone decides where to stop.
    gap
        Relative gap with which the caller is content.
    seed
        Of the search and the solver.
    start
        (n_column,) a plan to begin from.
    price
        (n_row,) prices to begin the bound from.
    share
        (n_column,) how far open columns are at those prices.
    target
        Stop as soon as it is known whether a plan can be worth this much.
    """
    run = _Run(instance, limit_s, gap, target)
    everything = np.ones(instance.sets.n_column, dtype=np.bool_)
    if float(instance.cost.sum()) <= instance.budget:
        run.take(everything)
        run.lower(run.worth)
        return _found(run, np.zeros(instance.sets.n_row), 0, 0)
    plan = greedy(instance, seed=seed)
    if start is not None:
        given = Searcher(instance, seed=seed)
        given.start(start)
        given.greedy()
        plan = max(given, plan, key=lambda p: p.worth)
    run.take(plan.opened)
    run.lower(instance.base + float(instance.first.sum() + instance.second.sum()))
    pairs = max(len(instance.sets.indices), 1)
    bound = upper_bound(
        instance,
        plan=run.opened if share is None else share,
        price=price,
        rounds=int(np.clip(_ROUND_PAIRS / pairs, 100, 600)),
        enough=lambda value: run.good(bound=value) or run.half_gone(),
    )
    run.lower(bound.value)
    if not run.good():
        _search(run, plan, bound, seed)
        if start is None:
            _search_again(run, bound, seed)
    nodes = 0 if run.good() or run.late() else _prove(run, bound, seed)
    return _found(run, bound.price, bound.rounds, nodes)


def _search(run: _Run, plan: Searcher, bound: Bound, seed: int) -> None:
    """Improve the greedy plan and the plan nearest to the relaxed one."""
    pairs = len(run.instance.sets.indices)
    nearest = Searcher(run.instance, seed=seed + 1)
    order = np.argsort(-bound.share, kind="stable")
    nearest.start(np.zeros_like(run.opened))
    nearest.start(_affordable(run.instance, order))
    nearest.greedy()

    def enough() -> bool:
        return run.good(worth=max(leader.total + run.instance.base, run.worth)) or run.late()

    leader = nearest if nearest.worth > plan.worth else plan
    leader.improve(min(_SEARCH_FEW * pairs, _SEARCH_MOST) + _SEARCH_MANY * pairs, enough=enough)
    run.take(leader.opened)


def _search_again(run: _Run, bound: Bound, seed: int) -> None:
    """Search from plans drawn near the relaxed one, leaving half of the time to the proof."""
    work = min(_SEARCH_FEW * len(run.instance.sets.indices), _SEARCH_MOST)
    for again in range(_AGAIN):
        if run.good() or run.half_gone():
            return
        draw = np.random.default_rng((seed, again))
        chance = draw.exponential(size=len(bound.share)) / np.maximum(bound.share, _FAINT)
        drawn = Searcher(run.instance, seed=seed + 2 + again)
        drawn.start(_affordable(run.instance, np.argsort(chance, kind="stable")))
        drawn.greedy()
        drawn.improve(work, enough=run.half_gone)
        run.take(drawn.opened)


def _affordable(instance: Instance, order: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the first columns of an order that the budget pays for."""
    opened = np.zeros(len(order), dtype=np.bool_)
    opened[order[np.cumsum(instance.cost[order]) <= instance.budget]] = True
    return opened


def _prove(run: _Run, bound: Bound, seed: int) -> int:
    """Settle what prices settle, and solve what is left if it is small; return the nodes opened."""
    settled = settle(run.instance, bound, run.worth)
    core = rest(run.instance, settled)
    if core is None:
        run.lower(run.worth)
        return 0
    small = len(core.sets.indices) <= _CORE_PAIRS and core.sets.n_column <= _CORE_COLUMNS
    if not small:
        return 0
    inside = run.opened[core.column_site]
    kept = inside if not (run.opened & settled.closed).any() else None
    if kept is not None and not (run.opened >= settled.opened).all():
        kept = None
    opened, core_bound, by_time, nodes = solve_core(
        core, plan=kept, limit_s=max(run.left_s, 0.1), seed=seed, nodes=_NODES
    )
    run.by_time = run.by_time or by_time
    if opened is not None:
        whole = settled.opened.copy()
        whole[core.column_site[opened]] = True
        run.take(whole)
    run.lower(core_bound)
    return nodes


def _found(run: _Run, price: NDArray[np.float64], rounds: int, nodes: int) -> Found:
    return Found(
        opened=run.opened,
        worth=run.worth,
        bound=run.bound,
        price=price,
        by_time=run.by_time,
        measures={
            "rows": float(run.instance.sets.n_row),
            "columns": float(run.instance.sets.n_column),
            "bound_rounds": float(rounds),
            "nodes": float(nodes),
        },
    )
