"""What each open site is worth: what would be lost without it, or gained by another in its place.

Every demand point counts with the best open site only. Written as a gain, that holds for coverage
(a site within the limit is worth 1) and for walking (a nearer site is worth the minutes it saves),
so one arithmetic serves both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.network.arrays import runs
from geo.travel.minutes import MS_A_MINUTE
from optimization.problem import Problem

NONE = -1
"""No site."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What a site is worth to a person of each demand point it reaches, in CSR form."""

    indptr: NDArray[np.int64]
    """(n_demand + 1,)"""
    indices: NDArray[np.int32]
    """(n_pair,) site."""
    value: NDArray[np.float64]
    """(n_pair,) above 0: 1 within the limit, or minutes saved."""
    people: NDArray[np.float64]
    """(n_demand,)"""
    n_site: int

    @property
    def rows(self) -> NDArray[np.int64]:
        """(n_pair,) demand point of each pair."""
        return np.repeat(np.arange(len(self.people)), np.diff(self.indptr))


def covered_worth(problem: Problem, *, weight: str, limit_min: float) -> Worth:
    """Return worth 1 for every pair within a limit, so that totals count people covered."""
    near = problem.within(limit_min)
    return Worth(
        near.indptr, near.indices, np.ones(len(near.ms)), problem.weight(weight), problem.n_site
    )


def minutes_worth(problem: Problem, *, weight: str) -> Worth:
    """Return minutes saved against a walk as long as the horizon, so that totals count minutes.

    The sum over people of ``horizon - walk`` grows exactly as the sum of walks shrinks, when
    nobody's walk is counted longer than the horizon.
    """
    pairs = problem.minutes
    saved = problem.horizon_min - pairs.ms / MS_A_MINUTE
    return Worth(pairs.indptr, pairs.indices, saved, problem.weight(weight), problem.n_site)


@dataclass(frozen=True, slots=True)
class Standing:
    """The best and the second best open site of every demand point."""

    worth: Worth
    open: NDArray[np.bool_]
    """(n_site,)"""
    by: NDArray[np.int32]
    """(n_demand,) site that serves; the lowest position among equals; -1 = none."""
    best: NDArray[np.float64]
    """(n_demand,) its worth to one person; 0 without."""
    second: NDArray[np.float64]
    """(n_demand,) that of the next best."""
    gained_with: NDArray[np.float64]
    """(n_site,) what would be gained if that site were open too; 0 for those that are."""

    @property
    def total(self) -> float:
        """Worth of the whole plan."""
        return float(self.worth.people @ self.best)

    @property
    def lost_without(self) -> NDArray[np.float64]:
        """(n_site,) what would be lost if that site alone were left out."""
        served = self.by != NONE
        loss = self.worth.people * (self.best - self.second)
        return np.bincount(self.by[served], loss[served], minlength=self.worth.n_site).astype(
            np.float64
        )

    def exchanged(self, out: int) -> NDArray[np.float64]:
        """Return (n_site,) the change of the total when a site gives way to each other one.

        Parameters
        ----------
        out
            The open site that gives way; at its own position the change is 0.
        """
        # Whitaker (1983), INFOR 21(2): only those whom the leaving site serves fall back, so
        # the others' gain stands as it is.
        worth = self.worth
        left = np.flatnonzero(self.by == out)
        count = np.diff(worth.indptr)[left]
        rows = np.repeat(left, count)
        pairs = runs(worth.indptr[left], count)
        value, sites, people = worth.value[pairs], worth.indices[pairs], worth.people[rows]
        regained = np.maximum(value - self.second[rows], 0.0)
        regained -= np.maximum(value - self.best[rows], 0.0)
        change = self.gained_with.copy()
        change += np.bincount(sites, people * regained, minlength=worth.n_site)
        change -= float(worth.people[left] @ (self.best - self.second)[left])
        change[out] = 0.0
        return change


def standing(worth: Worth, opened: NDArray[np.bool_]) -> Standing:
    """Return who serves every demand point, and who would serve it else.

    Parameters
    ----------
    worth
        Of every pair.
    opened : (n_site,)
        Which sites are open.

    Examples
    --------
    >>> pairs = Worth(np.array([0, 2, 3]), np.array([0, 1, 1], np.int32), np.ones(3),
    ...     np.array([10.0, 5.0]), 2)
    >>> now = standing(pairs, np.array([True, True]))
    >>> now.total, now.lost_without.tolist()
    (15.0, [0.0, 5.0])
    """
    n_demand, every_row = len(worth.people), worth.rows
    live = opened[worth.indices]
    rows, sites, value = every_row[live], worth.indices[live], worth.value[live]
    order = np.lexsort((sites, -value, rows))
    rows, sites, value = rows[order], sites[order], value[order]
    first = np.searchsorted(rows, np.arange(n_demand))
    count = np.bincount(rows, minlength=n_demand)
    by = np.full(n_demand, NONE, np.int32)
    best, second = np.zeros(n_demand), np.zeros(n_demand)
    one, two = count > 0, count > 1
    by[one], best[one] = sites[first[one]], value[first[one]]
    second[two] = value[first[two] + 1]
    return Standing(worth, opened, by, best, second, _added(worth, every_row, slice(None), best))


def ranked(worth: Worth, base: NDArray[np.bool_], added: NDArray[np.int32]) -> list[float]:
    """Return what each added site adds to those before it, the greatest first among the rest.

    Parameters
    ----------
    worth
        Of every pair.
    base : (n_site,)
        Sites open before.
    added
        Sites to rank; the answers are in this order and add up to what they add together.
    """
    best = standing(worth, base).best
    rows = worth.rows
    own = np.isin(worth.indices, added)
    adds = dict.fromkeys(added.tolist(), 0.0)
    waiting = sorted(adds)
    while waiting:
        gains = _added(worth, rows, own, best)
        chosen = max(waiting, key=lambda site: (gains[site], -site))
        adds[chosen] = float(gains[chosen])
        pairs = np.flatnonzero(own & (worth.indices == chosen))
        np.maximum.at(best, rows[pairs], worth.value[pairs])
        waiting.remove(chosen)
    return [adds[site] for site in added.tolist()]


def _added(
    worth: Worth,
    rows: NDArray[np.int64],
    pairs: NDArray[np.bool_] | slice,
    best: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return (n_site,) what each site adds over what every demand point has."""
    rows = rows[pairs]
    gain = worth.people[rows] * np.maximum(worth.value[pairs] - best[rows], 0.0)
    return np.bincount(worth.indices[pairs], gain, minlength=worth.n_site).astype(np.float64)
