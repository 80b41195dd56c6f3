"""A plan of niches as tables: by year what is short, by site how long it lasts, project cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geo.schema import DTYPES
from geo.schema.results import result_columns
from geo.text import say
from optimization.phasing.niches import NichePlan
from optimization.problem import Problem

_SHOWN = 5
_TINY = 1e-6


def niche_years(problem: Problem, plan: NichePlan, today: NichePlan) -> pd.DataFrame:
    """Return ``plan_niche_years``: money, burials and what is short, year by year.

    Parameters
    ----------
    problem
        What was planned.
    plan
        The plan.
    today
        The same with nothing built.
    """
    capacity, cost = problem.sites.capacity, problem.sites.cost_yuan
    used = plan.used.cumsum(axis=0)
    rows = []
    for t, year in enumerate(plan.schedule.years):
        new = plan.year_of == year
        open_ = problem.sites.existing | ((plan.year_of > 0) & (plan.year_of <= year))
        budget = float(plan.schedule.budgets_yuan[t])
        left = float((capacity - used[t])[open_].sum())
        rows.append(
            {
                "year": int(year),
                "budget_yuan": budget if np.isfinite(budget) else None,
                "cost_yuan": float(cost[new].sum()),
                "new_sites": int(new.sum()),
                "burials": float(plan.burials[t].sum()),
                "served": float(plan.served[t]),
                "short": _none(float(plan.short[t])),
                "short_today": _none(float(today.short[t])),
                "left": _none(left) if np.isfinite(left) else None,
            }
        )
    return _frame(rows, "plan_niche_years")


def niche_sites(
    problem: Problem, plan: NichePlan, *, cost_unknown: Sequence[str] = ()
) -> pd.DataFrame:
    """Return ``plan_niche_sites``: what is built in the order of the years, then what stands."""
    sites = problem.sites
    order = [*np.lexsort((sites.id, plan.year_of)).tolist()]
    chosen = [s for s in order if plan.year_of[s] > 0] + [s for s in order if sites.existing[s]]
    unpriced = set(cost_unknown)
    rows = []
    for s in chosen:
        used = plan.used[:, s].cumsum()
        full = np.flatnonzero(used >= sites.capacity[s] - _TINY)
        known = bool(np.isfinite(sites.capacity[s]))
        price = None
        if not sites.existing[s] and str(sites.id[s]) not in unpriced:
            price = float(sites.cost_yuan[s])
        rows.append(
            {
                "id": str(sites.id[s]),
                "name": str(sites.name[s]),
                "year": int(plan.year_of[s]) or None,
                "cost_yuan": price,
                "places": float(sites.capacity[s]) if known else None,
                "used": _none(float(used[-1])),
                "left": _none(float(sites.capacity[s] - used[-1])) if known else None,
                "full_year": int(plan.schedule.years[full[0]]) if len(full) and known else None,
                "communities": _from(problem, plan, s),
            }
        )
    return _frame(rows, "plan_niche_sites")


def niche_cards(
    sites: pd.DataFrame,
    *,
    places: Mapping[str, str],
    norms_closed: Mapping[str, Sequence[str]] | None,
    basis: str,
) -> pd.DataFrame:
    """Return ``plan_cards``: a card for everything that is built, an empty line between.

    Parameters
    ----------
    sites
        ``plan_niche_sites``.
    places
        Id of a site → its address.
    norms_closed
        Id of a site → norms that it closes; None: nobody looked.
    basis
        What the numbers rest on.
    """
    unknown = say("未知", "unknown")
    rows: list[dict[str, str | None]] = []
    built = sites.dropna(subset=["year"]).astype(object)
    for row in built.where(built.notna(), None).to_dict("records"):
        identity = str(row["id"])
        closed = say("未核对（加 --norms）", "not checked (see --norms)")
        if norms_closed is not None:
            closed = say("、", ", ").join(norms_closed.get(identity, ())) or say("无", "none")
        full = str(row["full_year"] or say("规划期内用不完", "not in these years"))
        cost, room = row["cost_yuan"], row["places"]
        lines = [
            (say("项目", "Project"), f"{row['name']}（{identity}）"),
            (say("地点", "Place"), places.get(identity) or unknown),
            (say("建成年份", "Year"), str(row["year"])),
            (say("新增格位", "Places"), unknown if room is None else f"{room:,.0f}"),
            (say("规划期用去", "Used"), f"{row['used']:,.0f}"),
            (say("用完年份", "Full in"), full),
            (say("主要服务村居", "Communities"), str(row["communities"] or say("无", "none"))),
            (say("消除的缺口", "Norms closed"), closed),
            (
                say("建设费用", "Cost"),
                unknown if cost is None else say(f"{cost:,.0f} 元", f"{cost:,.0f} yuan"),
            ),
            (say("依据", "Based on"), basis),
        ]
        rows += [{"id": identity, "item": item, "content": text} for item, text in lines]
        rows.append({"id": None, "item": None, "content": None})
    return _frame(rows[:-1], "plan_cards")


def _from(problem: Problem, plan: NichePlan, site: int) -> str | None:
    mine = plan.overall.assignment == site
    people = plan.burials.sum(axis=0) * mine
    order = [i for i in np.argsort(-people, kind="stable")[:_SHOWN].tolist() if people[i] > 0]
    return say("、", ", ").join(f"{problem.demand_name[i]} {people[i]:,.1f}" for i in order) or None


def _none(amount: float) -> float:
    """Return an amount without the dust of floating point."""
    return 0.0 if abs(amount) < _TINY else amount


def _frame(rows: Sequence[Mapping[str, object]], table: str) -> pd.DataFrame:
    types = {column.name: DTYPES[column.type] for column in result_columns(table)}
    return pd.DataFrame(list(rows), columns=list(types)).astype(types)
