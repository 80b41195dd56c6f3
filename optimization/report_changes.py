"""Changes of what stands as tables: what happens to each facility, and who takes over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.text import say
from optimization.changes import ACTIONS, Changes
from optimization.problem import Problem
from optimization.report import Report, typed

_ORDER = ("closed", "moved", "received", "expanded", "opened", "kept")
_GONE = ("closed", "moved")
_TINY = 1e-6


class Takeover(NamedTuple):
    """Where one demand point goes whose nearest facility closes or moves away."""

    site: int
    demand: int
    before_min: float
    heir: int
    """Site that takes over; -1 = nobody."""
    after_min: float
    """NaN where nobody takes over."""
    amount: float
    """People, or m² of the norm."""


def takeovers(problem: Problem, plan: Changes, *, weight: str, limit_min: float) -> list[Takeover]:
    """Return who takes over the people of every facility that closes or moves away.

    Parameters
    ----------
    problem
        What was asked.
    plan
        The answer.
    weight
        Whose numbers are told where nobody takes over.
    limit_min
        The circle.
    """
    now, walk = nearest(problem, np.flatnonzero(problem.sites.existing), limit_min=limit_min)
    people = problem.weight(weight)
    gone = [s for s, at in enumerate(plan.action.tolist()) if ACTIONS[at] in _GONE]
    found: list[Takeover] = []
    for site in gone:
        mine = now == site
        told = [h for h in plan.heirs(problem, site, limit_min=limit_min) if mine[h.demand]]
        found += [
            Takeover(site, h.demand, h.minutes_before, h.site, h.minutes_after, h.amount)
            for h in told
        ]
        placed = {h.demand for h in told}
        found += [
            Takeover(site, i, float(walk[i]), -1, np.nan, float(people[i]))
            for i in np.flatnonzero(mine & (people > 0)).tolist()
            if i not in placed
        ]
    return found


def changes_table(report: Report, told: list[Takeover]) -> pd.DataFrame:
    """Return ``siting_changes``: what happens to each facility, the greatest changes first."""
    problem, plan = report.problem, report.plan
    assert isinstance(plan, Changes)
    sites, actions = problem.sites, [ACTIONS[at] for at in plan.action.tolist()]
    rows = [s for s, action in enumerate(actions) if action != "none"]
    rows.sort(key=lambda s: (_ORDER.index(actions[s]), s))
    people = problem.weight(report.weight)
    limit_min = report.limit_min
    before = _people(nearest(problem, np.flatnonzero(sites.existing), limit_min=limit_min), people)
    after = _people(nearest(problem, plan.sites, limit_min=limit_min), people)
    served = np.bincount(plan.part_site, plan.part_amount, minlength=problem.n_site)
    open_ = np.isin(np.arange(problem.n_site), plan.sites)
    columns: Mapping[str, object] = {
        "id": sites.id[rows],
        "name": sites.name[rows],
        "action": [actions[s] for s in rows],
        "added_m2": [plan.added_m2[s] if plan.added_m2[s] > 0 else None for s in rows],
        "moved_to_id": [_at(sites.id, int(plan.moved_to[s])) for s in rows],
        "moved_to_name": [_at(sites.name, int(plan.moved_to[s])) for s in rows],
        "before": [round(before.get(s, 0.0)) if sites.existing[s] else None for s in rows],
        "after": [round(after.get(s, 0.0)) if open_[s] else None for s in rows],
        "served": [float(served[s]) if open_[s] else None for s in rows],
        "cost_yuan": plan.cost_yuan[rows],
        "rent_saved_yuan_year": [
            float(sites.rent_yuan_year[s]) if actions[s] in _GONE else None for s in rows
        ],
        "heirs": [_heirs(problem, s, told) for s in rows],
    }
    return typed("siting_changes", columns, len(rows))


def heir_table(problem: Problem, told: list[Takeover]) -> pd.DataFrame:
    """Return ``siting_heirs``: every demand point that has to go elsewhere."""
    sites = problem.sites
    columns: Mapping[str, object] = {
        "id": [sites.id[one.site] for one in told],
        "name": [sites.name[one.site] for one in told],
        "demand_id": [problem.demand_id[one.demand] for one in told],
        "demand_name": [problem.demand_name[one.demand] for one in told],
        "amount": [one.amount for one in told],
        "before_min": [one.before_min for one in told],
        "site_id": [_at(sites.id, one.heir) for one in told],
        "site_name": [_at(sites.name, one.heir) for one in told],
        "after_min": [one.after_min for one in told],
    }
    return typed("siting_heirs", columns, len(told))


def nearest(
    problem: Problem, opened: NDArray[np.integer], *, limit_min: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return (n_demand,) the nearest open site within the limit, -1 = none, and the walk to it."""
    minutes = problem.within(limit_min)
    live = np.isin(minutes.indices, opened)
    rows, sites, ms = minutes.rows[live], minutes.indices[live], minutes.ms[live]
    order = np.lexsort((sites, ms, rows))
    demand, first = np.unique(rows[order], return_index=True)
    site = np.full(problem.n_demand, -1, np.int64)
    walk = np.full(problem.n_demand, np.nan)
    site[demand] = sites[order][first]
    walk[demand] = minutes.minutes[live][order][first]
    return site, walk


def _people(
    found: tuple[NDArray[np.int64], NDArray[np.float64]], people: NDArray[np.float64]
) -> dict[int, float]:
    site, _ = found
    return {s: float(people[site == s].sum()) for s in np.unique(site[site >= 0]).tolist()}


def _heirs(problem: Problem, site: int, told: list[Takeover]) -> str | None:
    """Return who takes over, most first."""
    mine = [one for one in told if one.site == site and one.amount > _TINY]
    return say("；", "; ").join(_sentences(problem, mine)) or None


def _sentences(problem: Problem, mine: list[Takeover]) -> Iterator[str]:
    amount: dict[int, float] = {}
    farthest: dict[int, float] = {}
    for one in mine:
        amount[one.heir] = amount.get(one.heir, 0.0) + one.amount
        farthest[one.heir] = max(farthest.get(one.heir, 0.0), one.after_min)
    for heir in sorted(amount, key=lambda heir: (-amount[heir], heir)):
        if heir < 0:
            yield say(f"{amount[heir]:,.0f} 不再安排", f"{amount[heir]:,.0f} are no longer placed")
            continue
        name = problem.sites.name[heir]
        yield say(
            f"“{name}”{amount[heir]:,.0f}，最远 {farthest[heir]:.1f} 分钟",
            f"{name} {amount[heir]:,.0f}, at most {farthest[heir]:.1f} min",
        )


def _at(values: NDArray[np.str_], at: int) -> str | None:
    return None if at < 0 else str(values[at])
