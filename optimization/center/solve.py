"""The least radius within which few sites cover everyone: the engine behind `center`.

Halving over whole radii: a search for covers lowers the least radius known to do, duals raise the
radius known not to do, and whole programs settle what lies between.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from optimization.center._prove import least_size, whole_cover
from optimization.center._sets import Sets, find_cover, simplified
from optimization.median import Table, nearest_two

_STEP_WORK: Final = 30_000_000
"""Pairs a search for a cover may look at."""
_LEAST_STEPS: Final = 50
_MOST_STEPS: Final = 3_000
_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Radius:
    """What is known of the least radius."""

    plan: NDArray[np.bool_] | None
    """(n_site,) of the table; None = no plan covers everyone below the caps."""
    radius: int
    """Of that plan."""
    bound: int
    """No plan has a smaller one."""
    questions: int
    """Radii asked about."""
    stopped_by_time: bool


@dataclass
class _Search:
    """Radii known to do and known not to do."""

    table: Table
    enough: int
    """Some plan has this radius; one above the largest when none is known."""
    plan: NDArray[np.bool_] | None
    least: int
    """No plan has a smaller one."""
    seed: int
    left_s: Callable[[], float]
    questions: int = 0

    def sets(self, radius: int) -> Sets:
        """Return what has to be covered at a radius, simplified."""
        table = self.table
        row = np.repeat(np.arange(table.n_row), np.diff(table.indptr))
        need = table.cap > radius
        use = need[row] & (table.cost <= radius)
        order = np.lexsort((table.site[use], row[use]))
        count = np.bincount(row[use], minlength=table.n_row)[need]
        bounds = np.concatenate(([0], np.cumsum(count))).astype(np.int64)
        return simplified(Sets(bounds, table.site[use][order], table.size, table.room))

    def ask(self, radius: int, how: Literal["find", "duals", "whole"]) -> bool | None:
        """Return whether a plan has at most this radius; None = this way could not tell."""
        self.questions += 1
        sets = self.sets(radius)
        if (np.diff(sets.indptr) == 0).any():
            return self._no(radius)
        if sets.n_row == 0:
            return self._yes(np.zeros(len(sets.size), dtype=bool))
        if how == "find":
            near = len(sets.site) / max(len(sets.size), 1) * len(sets.site) / sets.n_row
            steps = int(np.clip(_STEP_WORK / max(near, 1.0), _LEAST_STEPS, _MOST_STEPS))
            plan = find_cover(sets, steps=steps, seed=self.seed)
            return None if plan is None else self._yes(plan)
        if how == "duals":
            short = least_size(sets, limit_s=max(self.left_s(), 0.0)) > sets.room + _TOLERANCE
            return self._no(radius) if short else None
        plan, settled = whole_cover(sets, limit_s=max(self.left_s(), 0.0), seed=self.seed)
        if plan is not None:
            return self._yes(plan)
        return self._no(radius) if settled else None

    def _yes(self, plan: NDArray[np.bool_]) -> bool:
        self.plan, self.enough = plan, min(self.enough, longest(self.table, plan))
        return True

    def _no(self, radius: int) -> bool:
        beyond = self.table.cost[self.table.cost > radius]
        caps = self.table.cap[self.table.cap > radius]
        nexts = [int(a.min()) for a in (beyond, caps) if len(a)]
        self.least = max(self.least, min(nexts, default=self.enough))
        return False


def longest(table: Table, plan: NDArray[np.bool_]) -> int:
    """Return the largest cost of a row under a plan."""
    return int(nearest_two(table, plan)[0].max(initial=0.0))


def least_radius(
    table: Table, *, unserved: int, least: int = 0, limit_s: float = 60.0, seed: int = 0
) -> Radius:
    """Find the plan whose costliest row costs least, and prove it.

    Parameters
    ----------
    table
        The costs; weights are ignored.
    unserved
        A cost from which a row counts as not served; no plan may have such a row.
    least
        No plan is known to have a smaller radius.
    limit_s
        Ceiling in seconds.
    seed
        For the search and for HiGHS.

    Examples
    --------
    >>> from optimization.median import dense_table
    >>> table = dense_table(np.array([[0, 4, 7], [4, 0, 3], [7, 3, 0]]), p=1)
    >>> found = least_radius(table, unserved=8)
    >>> found.radius, found.bound
    (4, 4)
    """
    began = time.perf_counter()
    values = np.unique(np.concatenate([table.cost.astype(np.int64), table.cap.astype(np.int64)]))
    values = np.append(values[values < unserved], max(least, 0))
    values = np.unique(values)
    state = _Search(
        table, unserved, None, least, seed, lambda: limit_s - (time.perf_counter() - began)
    )

    def between() -> NDArray[np.int64]:
        return values[(values >= state.least) & (values < state.enough)]

    open_radii = between()
    while len(open_radii) and state.left_s() > 0:
        middle = len(open_radii) // 2
        answer = state.ask(int(open_radii[middle]), "find")
        open_radii = open_radii[open_radii < state.enough] if answer else open_radii[middle + 1 :]
    open_radii = between()
    while len(open_radii) and state.left_s() > 0:
        middle = len(open_radii) // 2
        refuted = state.ask(int(open_radii[middle]), "duals") is False
        open_radii = open_radii[open_radii >= state.least] if refuted else open_radii[:middle]
    while len(open_radii := between()) and state.left_s() > 0:
        if state.ask(int(open_radii[-1]), "whole") is None:
            break
    bound = state.enough if not len(between()) else state.least
    return Radius(
        state.plan, state.enough, min(bound, state.enough), state.questions, state.left_s() <= 0
    )
