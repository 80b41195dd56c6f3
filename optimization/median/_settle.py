"""Prove a plan: raise the bound, fix the sites that it decides, then search what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from optimization.median._bound import ascend
from optimization.median._branch import cutoff, fixable, search
from optimization.median._core import as_start, radius_program, settled_cost
from optimization.median._interchange import interchange, plan_cost
from optimization.median._run import Run, done, in_time, is_large
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
_SHORTEST_STEP: Final = 1e-3
Proof = Literal["bound", "tree", "core", "none"]


def raise_bound(run: Run, table: Table, *, gap: float, left_s: Callable[[], float]) -> None:
    """Take turns between the bound, the plan, and fixing what the two decide."""
    whole = table.whole
    left, rows = table, np.arange(table.n_row)
    step = 1.0
    for turn in range(_ROUNDS):
        late = not in_time(run, left_s)
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
        if done(run, table, gap):
            return
        opened, dropped = fixable(left, found, limit)
        run.state[where[opened]] = 1
        run.state[where[dropped]] = -1
        spare = table.room - table.size[run.state == 1].sum()
        run.state[(run.state == 0) & (table.size > spare)] = -1
        left, rows = table.restricted(run.state == 1, run.state == 0)
        if step < _SHORTEST_STEP:
            return


def prove(
    run: Run, table: Table, *, gap: float, seed: int, left_s: Callable[[], float]
) -> tuple[Proof, int]:
    """Search what is left by our tree and by HiGHS; return which of them was done, and nodes."""
    left, rows = table.restricted(run.state == 1, run.state == 0)
    nodes = 0
    for how, budget in (("tree", _SHORT_TREE), ("core", 0), ("tree", _LONG_TREE)):
        if is_large(left) or not in_time(run, left_s):
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
                out_of_time=lambda: not in_time(run, left_s),
            )
            run.work += tree.work
            nodes += tree.nodes
            if tree.cost < run.cost:
                run.plan, run.cost = run.state == 1, tree.cost
                run.plan[run.state == 0] = tree.plan
            run.bound = max(run.bound, tree.bound)
        elif len(left.site) <= _CORE_PAIRS:
            _ask_core(run, left, gap=gap, limit_s=left_s() / 2, seed=seed)
        if done(run, table, gap):
            return ("tree" if how == "tree" else "core"), nodes
    return "none", nodes


def _ask_core(run: Run, left: Table, *, gap: float, limit_s: float, seed: int) -> None:
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
