"""Prove a plan the best, or find the better one: fixing by reduced cost and branch-and-bound."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.median._bound import Ascent, ascend, knapsack
from optimization.median._interchange import interchange
from optimization.median._table import Table

_EXACT: Final = 1e-10
"""Relative difference below which two costs count as equal where people are not whole."""
_NODE_WORK: Final = 20_000
"""What a node costs beside the pairs it looks at, in pairs."""
_TURNS: Final = 40
"""Iterations of the bound at a node of the tree."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What a search came to."""

    plan: NDArray[np.bool_]
    """(n_site,) best plan known."""
    cost: float
    bound: float
    """No plan costs less; equal to `cost` when the search was finished."""
    nodes: int
    work: int


def cutoff(cost: float, *, whole: bool, gap: float = 0.0) -> float:
    """Return the bound above which nothing better than a known cost can be found."""
    step = 1.0 - 1e-6 - 1e-11 * abs(cost) if whole else 0.0
    return cost - max(step, (_EXACT + gap) * abs(cost))


def fixable(table: Table, found: Ascent, limit: float) -> tuple[NDArray[np.bool_], ...]:
    """Return which sites every better plan opens, and which none does.

    A site that the relaxed plan takes is fixed open when leaving it out would lift the bound above
    the limit, and one that it leaves is given up when taking it in would.
    """
    taken, shadow = knapsack(found.saving, table.size, table.room)
    ratio = found.saving / table.size
    full = taken == 1.0
    spare = limit - found.bound
    opened = full & (found.saving - shadow * table.size > spare)
    unused = table.room - float((taken * table.size).sum())
    worst = float(ratio[taken > 0].min(initial=np.inf)) if taken.any() else 0.0
    pushed_out = np.maximum(table.size - unused, 0.0) * worst
    dropped = (taken == 0.0) & (pushed_out - found.saving > spare)
    return opened, dropped


def search(
    root: Table,
    price: NDArray[np.float64],
    plan: NDArray[np.bool_],
    cost: float,
    *,
    bound: float,
    gap: float,
    most_work: int,
    out_of_time: Callable[[], bool],
) -> Tree:
    """Search best-bound first until the plan is proven, the work is done or time is up.

    Parameters
    ----------
    root
        The problem.
    price : (n_row,)
        Good multipliers of the root.
    plan, cost
        Best plan known.
    bound
        Proven bound of the root.
    gap
        Relative gap at which a branch is not worth following.
    most_work
        Pairs that may be looked at.
    out_of_time
        Asked at every node.
    """
    whole = root.whole
    state = np.zeros(root.n_site, dtype=np.int8)
    waiting = [(bound, 0, state, price)]
    born, nodes, work, floor = 0, 0, 0, np.inf
    while waiting and work < most_work and not out_of_time():
        low, _, state, price = heapq.heappop(waiting)
        if low > cutoff(cost, whole=whole, gap=gap):
            floor = min(floor, low)
            continue
        nodes += 1
        while True:
            table, rows = root.restricted(state == 1, state == 0)
            work += len(root.site) + _NODE_WORK
            if table.n_site == 0 or table.n_row == 0:
                total = table.base + float((table.weight * table.cap).sum())
                if total < cost:
                    plan, cost = state == 1, total
                branch = -1
                break
            found = ascend(
                table,
                np.minimum(price[rows], table.cap),
                upper=cost,
                target=cutoff(cost, whole=whole, gap=gap),
                iterations=_TURNS,
                step=0.5,
            )
            work += found.work
            low = max(low, found.bound)
            begin = state == 1
            begin[table.site_id_in(root)] |= found.plan
            other, its_cost = interchange(root, begin)
            if its_cost < cost:
                plan, cost = other, its_cost
            limit = cutoff(cost, whole=whole, gap=gap)
            if low > limit:
                floor = min(floor, low)
                branch = -1
                break
            price = price.copy()
            price[rows] = found.price
            opened, dropped = fixable(table, found, limit)
            dropped |= table.size > table.room
            where = table.site_id_in(root)
            state = state.copy()
            state[where[opened]] = 1
            state[where[dropped]] = -1
            state[(state == 0) & (root.size > root.room - root.size[state == 1].sum())] = -1
            if not (state[where] == 0).any() or (opened | dropped).mean() > 0.15:
                continue
            free = np.flatnonzero(state[where] == 0)
            doubt = np.minimum(found.share[free], 1 - found.share[free])
            tied = free[doubt >= doubt.max() - 1e-3]
            branch = int(where[tied[np.argmax(found.saving[tied])]])
            break
        if branch >= 0:
            for value in (1, -1):
                child = state.copy()
                child[branch] = value
                born += 1
                heapq.heappush(waiting, (low, born, child, price))
    if waiting:
        floor = min(floor, *(node[0] for node in waiting))
    return Tree(plan, cost, min(floor, cost), nodes, work)
