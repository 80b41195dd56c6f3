"""Plan and bound of a large table, where steps of prices and plan together do better."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.median._branch import cutoff
from optimization.median._cells import cells
from optimization.median._interchange import greedy, interchange, nearest_two, plan_cost
from optimization.median._run import FEW_KICKS, Progress, Run, in_time, started
from optimization.median._saddle import approach, begin
from optimization.median._table import Table

_NEAR: Final = 4.0
"""Sites kept a cell, as a multiple of the sites an open one stands for; at least the next."""
_LEAST_NEAR: Final = 40
_KICK_COST: Final = 4_000.0
"""Pairs, and open sites, looked at to disturb a plan and mend it, by a column's length."""
_KICK_WORK: Final = 12e9
_MOST_KICKS: Final = 6_000
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


def side_by_side(
    table: Table,
    start: NDArray[np.bool_] | None,
    *,
    gap: float,
    seed: int,
    left_s: Callable[[], float],
    tell: Progress,
) -> Run:
    """Better the plan of a huge table on one thread while another raises its bound.

    Neither asks what the other has found, so that the answer does not depend on which is faster.
    """
    nearest = int(max(_LEAST_NEAR, _NEAR * table.n_site / max(table.room, 1.0)))
    small, cell = cells(table, nearest=nearest)
    run = started(small, start)
    close_in(run, small, gap=0.0, left_s=left_s)
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
            begun=start is not None,
            seed=seed,
            left_s=left_s,
        )
        close_in(fine_run, fine, gap=0.0, left_s=left_s, rounds=_HUGE_ROUNDS)
        tell(0.2)
        full = replace(
            fine_run,
            cost=plan_cost(table, run.plan),
            bound=-np.inf,
            price=_held(table, fine_run.price[fine_cell]),
        )

        def tell_of(turn: int) -> None:
            tell(0.2 + 0.7 * (turn + 1) / _HUGE_ROUNDS)

        close_in(full, table, gap=gap, left_s=left_s, rounds=_HUGE_ROUNDS, tell=tell_of)
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
    run: Run,
    small: Table,
    fine: Table,
    table: Table,
    *,
    begun: bool,
    seed: int,
    left_s: Callable[[], float],
) -> tuple[NDArray[np.bool_], float]:
    """Return a plan bettered on cells, on finer cells, and on the table itself, and its cost."""
    support = (run.share > _HUGE_SUPPORT) | run.plan
    few, _ = small.restricted(np.zeros_like(support), support)
    # Its own beginning: a plan chosen among all sites ends in a worse one here.
    chosen = run.plan[support] if begun else greedy(few)
    chosen = _disturbed(run, few, chosen, kicks=_HUGE_KICKS[0], seed=seed, left_s=left_s)
    plan = np.zeros_like(support)
    plan[np.flatnonzero(support)[chosen]] = True
    plan = _disturbed(run, small, plan, kicks=_HUGE_KICKS[1], seed=seed, left_s=left_s)
    plan, _ = interchange(fine, plan)
    if not in_time(run, left_s):
        return plan, plan_cost(table, plan)
    return interchange(table, plan)


def _disturbed(
    run: Run,
    table: Table,
    plan: NDArray[np.bool_],
    *,
    kicks: int,
    seed: int,
    left_s: Callable[[], float],
) -> NDArray[np.bool_]:
    """Return a plan disturbed and mended, with a look at the clock now and then."""
    for turn in range(kicks // _KICKS_A_TURN):
        if not in_time(run, left_s):
            break
        plan, _ = interchange(table, plan, kicks=_KICKS_A_TURN, seed=1_000 * seed + turn)
    return plan


def close_in(
    run: Run,
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
        late = not in_time(run, left_s)
        if turn and late:
            break
        at = approach(table, at, unit=unit, iterations=1 if late else _SADDLE_ROUND)
        tell(turn)
    run.price, run.share, run.work = at.price, at.share, run.work + at.work
    run.bound = max(run.bound, min(at.bound, run.cost))


def round_off(run: Run, table: Table, *, seed: int) -> None:
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
    plan, cost = interchange(table, begun, kicks=FEW_KICKS, seed=seed)
    if cost < run.cost:
        run.plan, run.cost = plan, cost
