"""Good plans without proof: greedy, then closing and opening columns that lie together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.network.compiled import Float64s, Int32s, Int64s
from optimization.covering._columns import appraise, fill
from optimization.covering._search import search
from optimization.covering.instance import Instance

_SLICE: Final = 2_000_000
"""Work between two looks at the clock: about a tenth of a second."""


class Searcher:
    """A plan under improvement: what is open, what it is worth and what is left of the budget."""

    def __init__(self, instance: Instance, *, seed: int) -> None:
        self.instance = instance
        n_column = instance.sets.n_column
        self.opened = np.zeros(n_column, dtype=np.bool_)
        self._value = np.zeros(n_column)
        self._count = np.zeros(instance.sets.n_row, dtype=np.int32)
        self._random = np.random.SeedSequence(seed).generate_state(1, np.uint64) | np.uint64(1)
        self.total, self.left = 0.0, instance.budget
        self.work = 0
        self._fresh = True

    @property
    def _sets(self) -> tuple[Int64s, Int32s, Int64s, Int32s, Float64s, Float64s]:
        s = self.instance.sets
        first, second = self.instance.first, self.instance.second
        return s.indptr, s.indices, s.column_indptr, s.column_rows, first, second

    @property
    def worth(self) -> float:
        """Worth of the plan, what is certain included, summed anew."""
        return self.instance.worth(self.opened)

    def start(self, opened: NDArray[np.bool_]) -> None:
        """Begin from a plan; as much of it as the budget allows."""
        cost = np.where(opened, self.instance.cost, 0.0)
        afford = opened & (np.cumsum(cost) <= self.instance.budget)
        self.opened[:] = afford
        self._fresh = True
        appraise(*self._sets, self.opened, self._value, self._count)
        self.left = self.instance.budget - float(self.instance.cost[afford].sum())
        self.total = self.worth - self.instance.base

    def greedy(self, thrift: float = 0.0) -> None:
        """Fill what is left of the budget, the most valuable column first.

        Value is divided by cost to the power ``thrift``.
        """
        state = (self.opened, self._value, self._count)
        gained, self.left = fill(*self._sets, *state, self.instance.cost, self.left, thrift)
        self.total += gained

    def improve(self, work: int, *, enough: Callable[[], bool] = lambda: False) -> None:
        """Search until this much work is done, or it is enough, asked now and then."""
        state = (self.opened, self._value, self._count)
        until = self.work + work
        while self.work < until and not enough():
            self.total, self.left, done = search(
                *self._sets,
                *state,
                self.instance.cost,
                self.instance.xy,
                self.total,
                self.left,
                0.0 if self.instance.counted else 1.0,
                min(_SLICE, until - self.work),
                self._fresh,
                self._random,
            )
            self.work += max(done, 1)
            self._fresh = False
            if not self.opened.any():
                break


def greedy(instance: Instance, *, seed: int = 0) -> Searcher:
    """Return the better of two greedy plans: by value and, where costs differ, by value a yuan."""
    plans = []
    for thrift in (0.0,) if instance.counted else (0.0, 1.0, 0.5):
        plan = Searcher(instance, seed=seed)
        plan.start(plan.opened)
        plan.greedy(thrift)
        plans.append(plan)
    return max(plans, key=lambda plan: plan.worth)
