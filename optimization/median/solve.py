"""The cheapest plan for a table of costs, with a proven bound: the engine behind `median`.

Greedy and interchange give a plan, Lagrangian prices a bound; sites that the two decide are fixed;
what is left goes to our own branch-and-bound and, when it is small, to HiGHS, whichever proves it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
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
_HUGE_ROUNDS: Final = 6
_HUGE_SUPPORT: Final = 0.02
_HUGE_KICKS: Final = 3_000, 5_000
"""Disturbances of the plan of a huge table's cells, among sites that its fractional plan opens in
part and then among all; together about as long as the bound takes beside it."""
_KICKS_A_TURN: Final = 1_000
"""Between two looks at the clock."""
_FINE: Final = 3
"""Nearest sites that rows have in common in the finer of the two sizes of cells."""
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
    cut: bool = False
    """Whether work was left out because time was up."""


Progress = Callable[[float], None]


def least_cost(
    table: Table,
    *,
    gap: float = 0.0,
    limit_s: float = 60.0,
    seed: int = 0,
    start: NDArray[np.bool_] | None = None,
    progress: Progress | None = None,
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
    progress
        Told the share of the work that is done, as far as it can be foreseen.

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

    tell = progress or (lambda _: None)
    huge = len(table.site) > _HUGE_PAIRS
    if huge:
        run = _side_by_side(table, start, gap=gap, seed=seed, left_s=left_s, tell=tell)
    else:
        run = _begin(table, start)
        if len(table.site) > _LARGE_PAIRS:
            _close_in(run, table, gap=gap, left_s=left_s)
            _round_off(run, table, seed=seed)
        tell(0.2)
        _raise_bound(run, table, gap=gap, left_s=left_s)
        tell(0.5)
    if not _done(run, table, gap) and len(table.site) <= _LARGE_PAIRS and _in_time(run, left_s):
        run.plan, run.cost = interchange(table, run.plan, kicks=_FEW_KICKS, seed=seed)
    proof: Proof = "bound"
    nodes = 0
    if not _done(run, table, gap):
        proof, nodes = _prove(run, table, gap=gap, seed=seed, left_s=left_s)
    tell(1.0)
    bound = run.cost if run.bound > cutoff(run.cost, whole=table.whole) else run.bound
    return Answer(run.plan, run.cost, bound, proof, nodes, run.work, run.cut)


def _in_time(run: _Run, left_s: Callable[[], float]) -> bool:
    """Return whether there is time for more; note down when there is not."""
    run.cut |= left_s() <= 0
    return not run.cut


def _begin(table: Table, start: NDArray[np.bool_] | None) -> _Run:
    """Find a plan and prices to begin from."""
    plan, cost = interchange(table, greedy(table))
    if start is not None:
        other, its_cost = interchange(table, greedy(table, start))
        if its_cost < cost:
            plan, cost = other, its_cost
    first, second = nearest_two(table, plan)
    state = np.zeros(table.n_site, dtype=np.int8)
    return _Run(plan, cost, -np.inf, 0, (first + second) / 2, state, plan.astype(np.float64))


def _side_by_side(
    table: Table,
    start: NDArray[np.bool_] | None,
    *,
    gap: float,
    seed: int,
    left_s: Callable[[], float],
    tell: Progress,
) -> _Run:
    """Better the plan of a huge table on one thread while another raises its bound.

    Neither asks what the other has found, so that the answer does not depend on which is faster.
    """
    nearest = int(max(_LEAST_NEAR, _NEAR * table.n_site / max(table.room, 1.0)))
    small, cell = cells(table, nearest=nearest)
    run = _begin(small, start)
    _close_in(run, small, gap=0.0, left_s=left_s)
    tell(0.1)
    fine, fine_cell = cells(table, nearest=nearest, alike=_FINE)
    of_fine = np.empty(fine.n_row, dtype=np.int64)
    of_fine[fine_cell] = cell
    fine_run = replace(
        run,
        bound=-np.inf,
        price=_held(fine, run.price[of_fine]),
        state=run.state.copy(),
        share=run.share.copy(),
    )
    plan_run = replace(run, share=run.share.copy())
    with ThreadPoolExecutor(1) as other:
        better = other.submit(
            _better_plan,
            plan_run,
            small,
            fine,
            table,
            started=start is not None,
            seed=seed,
            left_s=left_s,
        )
        _close_in(fine_run, fine, gap=0.0, left_s=left_s, rounds=_HUGE_ROUNDS)
        tell(0.2)
        full = replace(
            fine_run,
            cost=plan_cost(table, run.plan),
            bound=-np.inf,
            price=_held(table, fine_run.price[fine_cell]),
        )

        def tell_of(turn: int) -> None:
            tell(0.2 + 0.7 * (turn + 1) / _HUGE_ROUNDS)

        _close_in(full, table, gap=gap, left_s=left_s, rounds=_HUGE_ROUNDS, tell=tell_of)
        plan, cost = better.result()
    if cost < full.cost:
        full.plan, full.cost = plan, cost
    full.bound = min(full.bound, full.cost)
    full.cut |= plan_run.cut
    return full


def _held(table: Table, price: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return prices, (n_row,), that are no lower than the nearest site and no higher than the cap.

    Lower ones would only give people away.
    """
    return np.clip(price, table.cost[table.indptr[:-1]].astype(np.float64), table.cap)


def _better_plan(
    run: _Run,
    small: Table,
    fine: Table,
    table: Table,
    *,
    started: bool,
    seed: int,
    left_s: Callable[[], float],
) -> tuple[NDArray[np.bool_], float]:
    """Return a plan bettered on cells, on finer cells, and on the table itself, and its cost."""
    support = (run.share > _HUGE_SUPPORT) | run.plan
    few, _ = small.restricted(np.zeros_like(support), support)
    # Its own beginning: a plan chosen among all sites ends in a worse one here.
    chosen = run.plan[support] if started else greedy(few)
    chosen = _disturbed(run, few, chosen, kicks=_HUGE_KICKS[0], seed=seed, left_s=left_s)
    plan = np.zeros_like(support)
    plan[np.flatnonzero(support)[chosen]] = True
    plan = _disturbed(run, small, plan, kicks=_HUGE_KICKS[1], seed=seed, left_s=left_s)
    plan, _ = interchange(fine, plan)
    if not _in_time(run, left_s):
        return plan, plan_cost(table, plan)
    return interchange(table, plan)


def _disturbed(
    run: _Run,
    table: Table,
    plan: NDArray[np.bool_],
    *,
    kicks: int,
    seed: int,
    left_s: Callable[[], float],
) -> NDArray[np.bool_]:
    """Return a plan disturbed and mended, with a look at the clock now and then."""
    for turn in range(kicks // _KICKS_A_TURN):
        if not _in_time(run, left_s):
            break
        plan, _ = interchange(table, plan, kicks=_KICKS_A_TURN, seed=1_000 * seed + turn)
    return plan


def _close_in(
    run: _Run,
    table: Table,
    *,
    gap: float,
    left_s: Callable[[], float],
    rounds: int = _SADDLE_ROUNDS,
    tell: Callable[[int], None] = lambda _: None,
) -> None:
    """Raise the bound of a large table by steps of prices and plan together."""
    limit = cutoff(run.cost, whole=table.whole, gap=gap)
    unit = float((nearest_two(table, run.plan)[0] * table.weight).sum() / table.weight.sum())
    at = begin(run.price, run.share)
    for turn in range(rounds):
        if turn and (at.bound > limit or at.calm < _CALM):
            break
        late = not _in_time(run, left_s)
        if turn and late:
            break
        at = approach(table, at, unit=unit, iterations=1 if late else _SADDLE_ROUND)
        tell(turn)
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
        late = not _in_time(run, left_s)
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
        if len(left.site) > _LARGE_PAIRS or not _in_time(run, left_s):
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
                out_of_time=lambda: not _in_time(run, left_s),
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
    run.cut |= found.outcome == "stopped"
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
