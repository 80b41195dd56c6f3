"""The question of years in arrays: what a plan is worth, a first plan by rule, a better one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.phasing.schedule import Schedule
from optimization.reached import Clock, Draft, Reached

_ROUNDS: Final = 50
"""Sweeps of exchanges after which a plan is left as it is; few take more than five."""

_TRIED: Final = 3
"""Sites that are tried in the place of one."""

_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Years:
    """Cells, sites and years; a plan is (n_free,) year positions, `n_year` = never opened."""

    schedule: Schedule
    cells: Reached
    cost_yuan: NDArray[np.float64]
    """(n_free,)"""
    due: NDArray[np.int64]
    """(n_free,) position of the year by which it has to be open, `n_year` = not at all."""
    people: NDArray[np.float64]
    """(n_year, n_cell)"""
    settled: NDArray[np.float64]
    """(n_year,) people whom the standing sites reach."""
    factor: NDArray[np.float64]
    """(n_year,) how much a person of each year counts."""

    def covered(self, opened: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return (n_year,) people covered."""
        hit = [self.cells.times(opened <= t) > 0 for t in range(len(self.people))]
        more = [people[h].sum() for people, h in zip(self.people, hit, strict=True)]
        return np.asarray(self.settled + np.array(more), dtype=np.float64)

    def value(self, opened: NDArray[np.int64]) -> float:
        """Return what a plan is worth."""
        return float((self.factor * self.covered(opened)).sum())

    def allows(self, opened: NDArray[np.int64]) -> bool:
        """Return whether a plan keeps to the schedule."""
        in_time = bool((opened <= self.due)[self.due < len(self.people)].all())
        return in_time and self.schedule.keeps(opened, self.cost_yuan)

    def columns(self, draft: Draft) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Add sites and cells of all years to a program with all their rows.

        Returns
        -------
        tuple
            Columns (n_year, n_free) "open by the year" and (n_year, n_cell) "covered".
        """
        every = range(len(self.people))
        site = np.stack(
            [
                draft.columns(len(self.due), lower=(self.due <= t).astype(np.float64), integer=True)
                for t in every
            ]
        )
        hit = np.stack(
            [draft.columns(self.cells.n_cell, cost=self.factor[t] * self.people[t]) for t in every]
        )
        self.schedule.limit_rows(draft, site, self.cost_yuan)
        for t in every:
            draft.reach_rows(self.cells, hit[t], site[t])
        return site, hit

    def gains(self, opened: NDArray[np.int64], year: int) -> NDArray[np.float64]:
        """Return (n_free,) what opening each site in a year would add to a plan."""
        cells = self.cells
        worth = np.zeros(cells.n_cell)
        for t in range(year, len(self.people)):
            fresh = cells.times(opened <= t) == 0
            worth += np.where(fresh, self.factor[t] * self.people[t], 0.0)
        return np.bincount(cells.indices, worth[cells.rows], minlength=len(self.due)).astype(
            np.float64
        )


def first_plan(years: Years) -> NDArray[np.int64] | None:
    """Return a plan by rule: what is due as late as it fits, then who adds most a yuan or a site.

    None when the rule cannot place what is due.
    """
    opened = _due_only(years)
    if opened is None:
        return None
    for t in range(len(years.people)):
        _fill(years, opened, t, by_money=_by_money(years))
    return opened


def _by_money(years: Years) -> bool:
    return bool(np.isfinite(years.schedule.budgets_yuan).any())


def _due_only(years: Years) -> NDArray[np.int64] | None:
    """Return a plan of what is due alone, each as late as it fits; None when it does not."""
    n_year = len(years.people)
    opened = np.full(len(years.due), n_year)
    for site in np.lexsort((-years.cost_yuan, years.due)):
        if years.due[site] == n_year:
            break
        for t in range(years.due[site], -1, -1):
            tried = _moved(opened, int(site), t)
            if years.schedule.keeps(tried, years.cost_yuan):
                opened = tried
                break
        else:
            return None
    return opened


def improved(
    years: Years, opened: NDArray[np.int64], *, clock: Clock, keep_last: bool = False
) -> NDArray[np.int64]:
    """Return a plan that no single step betters: a site earlier, or another in its place.

    Parameters
    ----------
    years
        The question.
    opened : (n_free,)
        The plan to begin from.
    clock
        No step is begun after its limit.
    keep_last
        Only steps that cover no fewer people in the last year.
    """
    n_year = len(years.people)
    best, floor = years.value(opened), years.covered(opened)[-1]
    for _ in range(_ROUNDS):
        before = best
        for site in np.flatnonzero(opened < n_year):
            if clock.seconds > clock.limit_s:
                return opened
            year = int(opened[site])
            without = _moved(opened, int(site), n_year)
            tries = [_moved(opened, int(site), t) for t in range(year)]
            if years.due[site] == n_year:
                gains = np.where(without < n_year, -1.0, years.gains(without, year))
                gains[site] = -1.0
                others = np.argsort(-gains, kind="stable")[:_TRIED]
                tries += [_moved(without, int(other), year) for other in others]
            for tried in tries:
                value = years.value(tried)
                if value <= best + _SAME * max(1.0, abs(best)) or not years.allows(tried):
                    continue
                if keep_last and years.covered(tried)[-1] < floor:
                    continue
                opened, best = tried, value
                break
        if best <= before:
            break
    return opened


def placed(years: Years, wanted: NDArray[np.bool_]) -> NDArray[np.int64] | None:
    """Return a plan that opens wanted sites, (n_free,), first, and others with what is left.

    None when the rule cannot place what is due.
    """
    opened = _due_only(years)
    if opened is None:
        return None
    for barred in (~wanted, None):
        for t in range(len(years.people)):
            _fill(years, opened, t, by_money=_by_money(years), barred=barred)
    return opened


def reordered(years: Years, opened: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a plan of the same sites in the years that rule gives them, or the plan as it was."""
    n_year = len(years.people)
    chosen, by_money = opened < n_year, _by_money(years)
    late = np.where(chosen & (years.due < n_year), years.due, n_year)
    for t in range(n_year):
        _fill(years, late, t, by_money=by_money, barred=~chosen)
    if ((late < n_year) == chosen).all() and years.allows(late):
        return late if years.value(late) > years.value(opened) else opened
    return opened


def _fill(
    years: Years,
    opened: NDArray[np.int64],
    year: int,
    *,
    by_money: bool,
    barred: NDArray[np.bool_] | None = None,
) -> None:
    """Open in one year, in place, what adds most for its money while it is allowed."""
    n_year = len(years.people)
    barred = (opened < n_year) if barred is None else barred | (opened < n_year)
    while True:
        gains = np.where(barred, -1.0, years.gains(opened, year))
        rate = gains / np.maximum(years.cost_yuan, 1.0) if by_money else gains
        site = int(np.argmax(rate)) if len(rate) else -1
        if site < 0 or gains[site] <= 0:
            return
        barred[site] = True
        opened[site] = year
        if not years.schedule.keeps(opened, years.cost_yuan):
            opened[site] = n_year


def _moved(opened: NDArray[np.int64], site: int, year: int) -> NDArray[np.int64]:
    tried = opened.copy()
    tried[site] = year
    return tried
