"""The cheapest plan for a table of costs, with a proven bound: the engine behind `median`.

Greedy and interchange give a plan, Lagrangian prices a bound; sites that the two decide are fixed;
what is left goes to our own branch-and-bound and, when it is small, to HiGHS, whichever proves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from optimization.median._bound import ascend
from optimization.median._branch import cutoff, fixable, search
from optimization.median._cells import cells
from optimization.median._core import as_start, radius_program, settled_cost
from optimization.median._interchange import greedy, interchange, nearest_two, plan_cost
from optimization.median._saddle import approach, begin
from optimization.median._table import Table
from optimization.solver import solve

_ROUND: Final = 100
"""Most iterations of the bound between two attempts to fix sites and to better the plan."""
_ROUNDS: Final = 12
_ROUND_WORK: Final = 600_000_000
_LEAST_ROUND: Final = 10
_SHORT_TREE: Final = 60_000_000
_LONG_TREE: Final = 8_000_000_000
"""Pairs a search may look at before, and after, HiGHS is asked."""
_CORE_PAIRS: Final = 40_000
"""Larger problems than this are left to the tree: HiGHS would need longer for its first bound."""

_LARGE_PAIRS: Final = 1_000_000
"""From here on a table gets prices and plan by `approach`, and its plan is disturbed and mended."""
_HUGE_PAIRS: Final = 10_000_000
"""From here on a table is begun with its cells, and sites are no longer fixed one by one."""
_NEAR: Final = 4.0
"""Sites kept a cell, as a multiple of the sites an open one stands for; at least the next."""
_LEAST_NEAR: Final = 40
_KICK_COST: Final = 4_000.0
"""Pairs, and open sites, looked at to disturb a plan and mend it, by a column's length."""
_KICK_WORK: Final = 12e9
_MOST_KICKS: Final = 6_000
_SHORTEST_STEP: Final = 1e-3
_FEW_KICKS: Final = 100
_SUPPORT: Final = 0.1
"""Share from which a site is worth looking at when a fractional plan is rounded."""
_SADDLE_ROUND: Final = 25
_SADDLE_ROUNDS: Final = 8
_CALM: Final = 1e-2

Proof = Literal["bound", "tree", "core", "none"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The best plan found and what is known about it."""

    plan: NDArray[np.bool_]
    """(n_site,) of the table."""
    cost: float
    bound: float
    """No plan costs less."""
    proof: Proof
    """What closed the gap: Lagrangian prices and fixing, our tree, HiGHS, or nothing did."""
    nodes: int
    """Of our tree."""
    work: int
    """Pairs looked at."""
    stopped_by_time: bool


@dataclass
class _Run:
    """What is known so far."""

    plan: NDArray[np.bool_]
    cost: float
    bound: float
    work: int
    price: NDArray[np.float64]
    """(n_row,) best multipliers."""
    state: NDArray[np.int8]
    """(n_site,) 1 = in every better plan, -1 = in none, 0 = open question."""
    share: NDArray[np.float64]
    """(n_site,) fractional plan that belongs to the prices."""


def least_cost(
    table: Table,
    *,
    gap: float = 0.0,
    limit_s: float = 60.0,
    seed: int = 0,
    start: NDArray[np.bool_] | None = None,
) -> Answer:
    """Find the cheapest plan and prove how good it is.

    Parameters
    ----------
    table
        The costs; built by `table`, or by `dense_table` for a matrix.
    gap
        Relative gap to be content with.
    limit_s
        Ceiling in seconds; the work is bounded by counts before.
    seed
        For HiGHS.
    start : (n_site,)
        A plan to begin from, within the room.

    Examples
    --------
    >>> from optimization.median import dense_table
    >>> found = least_cost(dense_table(np.array([[0, 4, 7], [4, 0, 3], [7, 3, 0]]), p=1))
    >>> np.flatnonzero(found.plan).tolist(), found.cost, found.bound
    ([1], 7.0, 7.0)
    """
    began = time.perf_counter()

    def left_s() -> float:
        return limit_s - (time.perf_counter() - began)

    run = _begin(table, start, seed=seed, left_s=left_s)
    if len(table.site) > _LARGE_PAIRS:
        _close_in(run, table, gap=gap, left_s=left_s)
    if _LARGE_PAIRS < len(table.site) <= _HUGE_PAIRS:
        _round_off(run, table, seed=seed)
    if len(table.site) <= _HUGE_PAIRS:
        _raise_bound(run, table, gap=gap, left_s=left_s)
    if not _done(run, table, gap) and len(table.site) <= _LARGE_PAIRS and left_s() > 0:
        run.plan, run.cost = interchange(table, run.plan, kicks=_FEW_KICKS, seed=seed)
    proof: Proof = "bound"
    nodes = 0
    if not _done(run, table, gap):
        proof, nodes = _prove(run, table, gap=gap, seed=seed, left_s=left_s)
    bound = run.cost if run.bound > cutoff(run.cost, whole=table.whole) else run.bound
    return Answer(run.plan, run.cost, bound, proof, nodes, run.work, left_s() <= 0)


def _begin(
    table: Table, start: NDArray[np.bool_] | None, *, seed: int, left_s: Callable[[], float]
) -> _Run:
    """Find a plan and prices to begin from; for a huge table first for its cells."""
    state = np.zeros(table.n_site, dtype=np.int8)
    if len(table.site) > _HUGE_PAIRS:
        nearest = int(max(_LEAST_NEAR, _NEAR * table.n_site / max(table.room, 1.0)))
        small, cell = cells(table, nearest=nearest)
        run = _begin(small, start, seed=seed, left_s=left_s)
        _close_in(run, small, gap=0.0, left_s=left_s)
        _round_off(run, small, seed=seed)
        plan, cost = interchange(table, run.plan)
        low = table.cost[table.indptr[:-1]].astype(np.float64)
        price = np.clip(run.price[cell], low, table.cap)
        return _Run(plan, cost, -np.inf, run.work, price, state, run.share)
    plan, cost = interchange(table, greedy(table))
    if start is not None:
        other, its_cost = interchange(table, greedy(table, start))
        if its_cost < cost:
            plan, cost = other, its_cost
    first, second = nearest_two(table, plan)
    return _Run(plan, cost, -np.inf, 0, (first + second) / 2, state, plan.astype(np.float64))


def _close_in(run: _Run, table: Table, *, gap: float, left_s: Callable[[], float]) -> None:
    """Raise the bound of a large table by steps of prices and plan together."""
    limit = cutoff(run.cost, whole=table.whole, gap=gap)
    unit = float((nearest_two(table, run.plan)[0] * table.weight).sum() / table.weight.sum())
    at = begin(run.price, run.share)
    for turn in range(_SADDLE_ROUNDS):
        late = left_s() <= 0
        if turn and (late or at.bound > limit or at.calm < _CALM):
            break
        at = approach(table, at, unit=unit, iterations=1 if late else _SADDLE_ROUND)
    run.price, run.share, run.work = at.price, at.share, run.work + at.work
    run.bound = max(run.bound, min(at.bound, run.cost))


def _round_off(run: _Run, table: Table, *, seed: int) -> None:
    """Better the plan among the sites that the fractional plan opens in part, then among all."""
    support = run.share > _SUPPORT
    few, _ = table.restricted(np.zeros_like(support), support)
    if not few.n_site:
        return
    one = _KICK_COST * (len(few.site) / few.n_site + run.plan.sum())
    kicks = int(np.clip(_KICK_WORK / one, 1, _MOST_KICKS))
    chosen, _ = interchange(few, greedy(few), kicks=kicks, seed=seed)
    begun = np.zeros_like(support)
    begun[np.flatnonzero(support)[chosen]] = True
    plan, cost = interchange(table, begun, kicks=_FEW_KICKS, seed=seed)
    if cost < run.cost:
        run.plan, run.cost = plan, cost


def _done(run: _Run, table: Table, gap: float) -> bool:
    return run.bound > cutoff(run.cost, whole=table.whole, gap=gap)


def _raise_bound(run: _Run, table: Table, *, gap: float, left_s: Callable[[], float]) -> None:
    """Take turns between the bound, the plan, and fixing what the two decide."""
    whole = table.whole
    left, rows = table, np.arange(table.n_row)
    step = 1.0
    for turn in range(_ROUNDS):
        late = left_s() <= 0
        if turn and late:
            return
        if left.n_site == 0 or left.n_row == 0:
            # Every plan but those ruled out costs what the fixed sites cost.
            total = left.base + float((left.weight * left.cap).sum())
            if total < run.cost:
                run.plan, run.cost = run.state == 1, total
            run.bound = run.cost
            return
        found = ascend(
            left,
            np.minimum(run.price[rows], left.cap),
            upper=run.cost,
            target=cutoff(run.cost, whole=whole, gap=gap),
            iterations=1
            if late
            else int(np.clip(_ROUND_WORK // len(left.site), _LEAST_ROUND, _ROUND)),
            step=step,
        )
        step = found.step
        run.work += found.work
        run.price[rows] = found.price
        where = left.site_id_in(table)
        begin = run.state == 1
        begin[where] |= found.plan
        other, its_cost = interchange(table, begin)
        if its_cost < run.cost:
            run.plan, run.cost = other, its_cost
        # Plans that fixing ruled out cost at least the best plan known.
        run.bound = max(run.bound, min(found.bound, run.cost))
        limit = cutoff(run.cost, whole=whole)
        if _done(run, table, gap):
            return
        opened, dropped = fixable(left, found, limit)
        run.state[where[opened]] = 1
        run.state[where[dropped]] = -1
        spare = table.room - table.size[run.state == 1].sum()
        run.state[(run.state == 0) & (table.size > spare)] = -1
        left, rows = table.restricted(run.state == 1, run.state == 0)
        if step < _SHORTEST_STEP:
            return


def _prove(
    run: _Run, table: Table, *, gap: float, seed: int, left_s: Callable[[], float]
) -> tuple[Proof, int]:
    """Search what is left by our tree and by HiGHS; return which of them was done, and nodes."""
    left, rows = table.restricted(run.state == 1, run.state == 0)
    nodes = 0
    for how, budget in (("tree", _SHORT_TREE), ("core", 0), ("tree", _LONG_TREE)):
        if left_s() <= 0 or len(left.site) > _LARGE_PAIRS:
            break
        if how == "tree":
            tree = search(
                left,
                run.price[rows],
                run.plan[run.state == 0],
                run.cost,
                bound=run.bound,
                gap=gap,
                most_work=budget,
                out_of_time=lambda: left_s() <= 0,
            )
            run.work += tree.work
            nodes += tree.nodes
            if tree.cost < run.cost:
                run.plan, run.cost = run.state == 1, tree.cost
                run.plan[run.state == 0] = tree.plan
            run.bound = max(run.bound, tree.bound)
        elif len(left.site) <= _CORE_PAIRS:
            _ask_core(run, left, gap=gap, limit_s=left_s() / 2, seed=seed)
        if _done(run, table, gap):
            return ("tree" if how == "tree" else "core"), nodes
    return "none", nodes


def _ask_core(run: _Run, left: Table, *, gap: float, limit_s: float, seed: int) -> None:
    """Let HiGHS solve what is left."""
    inside = run.plan[run.state == 0]
    known = bool(run.plan[run.state == 1].all() and not run.plan[run.state == -1].any())
    found = solve(
        radius_program(left),
        limit_s=limit_s,
        start=as_start(left, inside) if known else None,
        gap=gap,
        seed=seed,
    )
    if found.outcome == "infeasible":
        return
    constant = settled_cost(left)
    if len(found.x):
        plan = run.state == 1
        plan[run.state == 0] = np.rint(found.x[: left.n_site]) == 1.0
        cost = plan_cost(left, plan[run.state == 0])
        if cost < run.cost:
            run.plan, run.cost = plan, cost
    if found.outcome == "optimal":
        run.bound = run.cost
    elif np.isfinite(found.bound):
        run.bound = max(run.bound, min(found.bound + constant, run.cost))
