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
_TIED: Final = 1e-3
_MANY: Final = 0.15
"""Share of sites that, once fixed, makes a second look at a node worth while."""
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
    run = _Search(root, gap, root.whole, plan, cost)
    waiting = [(bound, 0, np.zeros(root.n_site, dtype=np.int8), price)]
    born, nodes, floor = 0, 0, np.inf
    while waiting and run.work < most_work and not out_of_time():
        low, _, state, price = heapq.heappop(waiting)
        if low > run.limit():
            floor = min(floor, low)
            continue
        nodes += 1
        left = run.look(low, state, price)
        if left is None:
            floor = min(floor, run.low)
            continue
        low, state, price, branch = left
        for value in (1, -1):
            child = state.copy()
            child[branch] = value
            born += 1
            heapq.heappush(waiting, (low, born, child, price))
    floor = min(floor, *(node[0] for node in waiting), np.inf)
    return Tree(run.plan, run.cost, min(floor, run.cost), nodes, run.work)


_Node = tuple[float, NDArray[np.int8], NDArray[np.float64], int]


@dataclass
class _Search:
    """The root and the best plan so far."""

    root: Table
    gap: float
    whole: bool
    plan: NDArray[np.bool_]
    cost: float
    work: int = 0
    low: float = -np.inf
    """Bound of the node looked at last."""

    def limit(self) -> float:
        """Return the bound from which a node is not worth following."""
        return cutoff(self.cost, whole=self.whole, gap=self.gap)

    def look(self, low: float, state: NDArray[np.int8], price: NDArray[np.float64]) -> _Node | None:
        """Raise the bound of a node, fix sites, better the plan; None = nothing to follow.

        Parameters
        ----------
        low
            Bound of the node so far.
        state : (n_site,)
            1 = open, -1 = given up, 0 = an open question; of the root.
        price : (n_row,)
            Multipliers to begin from; of the root.
        """
        root, state, price = self.root, state.copy(), price.copy()
        while True:
            self.low = low
            left, rows = root.restricted(state == 1, state == 0)
            self.work += len(root.site) + _NODE_WORK
            if left.n_site == 0 or left.n_row == 0:
                self.low = left.base + float((left.weight * left.cap).sum())
                if self.low < self.cost:
                    self.plan, self.cost = state == 1, self.low
                return None
            found = ascend(
                left,
                np.minimum(price[rows], left.cap),
                upper=self.cost,
                target=self.limit(),
                iterations=_TURNS,
                step=0.5,
            )
            self.work += found.work
            low = self.low = max(low, found.bound)
            where = left.site_id_in(root)
            begin = state == 1
            begin[where] |= found.plan
            other, its_cost = interchange(root, begin)
            if its_cost < self.cost:
                self.plan, self.cost = other, its_cost
            if low > self.limit():
                return None
            price[rows] = found.price
            opened, dropped = fixable(left, found, cutoff(self.cost, whole=self.whole))
            state[where[opened]] = 1
            state[where[dropped]] = -1
            state[(state == 0) & (root.size > root.room - root.size[state == 1].sum())] = -1
            if (state[where] == 0).any() and (opened | dropped).mean() <= _MANY:
                free = np.flatnonzero(state[where] == 0)
                doubt = np.minimum(found.share[free], 1 - found.share[free])
                tied = free[doubt >= doubt.max() - _TIED]
                return low, state, price, int(where[tied[np.argmax(found.saving[tied])]])
