"""A plan as tables: sites, who goes where, why not here, plans nearly as good, other speeds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demand import WEIGHTS
from geo.schema import DTYPES
from geo.schema.results import result_columns
from geo.text import listed
from geo.travel.minutes import MS_A_MINUTE
from optimization.explain import (
    NONE,
    Gain,
    WhyNot,
    covered_worth,
    standing,
    status_words,
    why_here,
    why_not_here,
)
from optimization.problem import Problem
from optimization.report.plan import Report
from optimization.robust import covered_people

_FAR = np.iinfo(np.int32).max


def site_table(report: Report) -> gpd.GeoDataFrame:
    """Return ``siting_sites``: every site, in the plan or not, where it stands."""
    problem, sites = report.problem, report.problem.sites
    worth = covered_worth(problem, weight=report.weight, limit_min=report.limit_min)
    mask = np.isin(np.arange(problem.n_site), report.plan.sites)
    now = standing(worth, mask)
    role = np.select(
        [mask & ~sites.existing, mask, sites.existing, sites.never],
        ["new", "kept", "closed", "barred"],
        "candidate",
    )
    reached = np.bincount(worth.indices, worth.people[worth.rows], minlength=problem.n_site)
    told = {one.site: one for one in report.gains}
    # By people covered alone a swap is told only where the model asks for nothing else.
    swaps = told if report.plan.model == "max_cover" else {}
    refused = {one.site: one for one in report.rejected}
    nearest = _nearest(report)
    columns = {
        "id": sites.id,
        "name": sites.name,
        "role": role,
        "must": sites.must,
        "rank": _each(told, problem.n_site, lambda g: g.rank if g.new else None),
        "reached": _whole(reached),
        "unique": _whole(np.where(mask, now.lost_without, np.nan)),
        "marginal": _each(told, problem.n_site, lambda g: _round(g.marginal) if g.new else None),
        "nearest": _whole(np.where(mask, nearest, np.nan)),
        "cost_yuan": np.where(sites.existing, np.nan, report.cost_yuan),
        "rent_yuan_year": np.where(sites.existing, np.nan, sites.rent_yuan_year),
        "area_m2": sites.area_m2,
        "swap_id": _each(swaps, problem.n_site, lambda g: _name(sites.id, g.swap)),
        "swap_name": _each(swaps, problem.n_site, lambda g: _name(sites.name, g.swap)),
        "swap_loss": _each(swaps, problem.n_site, lambda g: _round(g.swap_loss)),
        "longer_min": _each(told, problem.n_site, lambda g: g.longer_min),
        "shorter_min": _each(told, problem.n_site, lambda g: g.shorter_min),
        "closed_estates": _each(
            told, problem.n_site, lambda g: g.closed.estates if g.closed else None
        ),
        "closed_m2": _each(told, problem.n_site, lambda g: g.closed.area_m2 if g.closed else None),
        "often_share": None if report.alternatives is None else report.alternatives.often,
        "needed": None if report.alternatives is None else report.alternatives.needed,
        "explanation": [
            _why(report, told.get(site), refused.get(site)) for site in range(problem.n_site)
        ],
    }
    frame = typed("siting_sites", columns, problem.n_site)
    order = np.lexsort((frame["rank"].fillna(0).to_numpy(np.int64), np.array(_rank(role))))
    return (
        gpd.GeoDataFrame(frame, geometry=shapely.points(sites.xy), crs=report.points.crs)
        .iloc[order]
        .reset_index(drop=True)
    )


def assignment_table(report: Report) -> gpd.GeoDataFrame:
    """Return ``siting_assignment``: every demand point, its walks and the site that serves it."""
    problem, sites = report.problem, report.problem.sites
    before = _shortest_ms(report.before or problem, sites.existing)
    mask = np.isin(np.arange(problem.n_site), report.plan.sites)
    serving = report.plan.assignment
    pairs = problem.minutes
    own = pairs.indices == serving[pairs.rows]
    after = _shortest_ms(problem, mask)
    served_ms = np.full(problem.n_demand, _FAR)
    served_ms[pairs.rows[own]] = pairs.ms[own]
    after = np.where(serving != NONE, served_ms, after)
    limit = problem.limit_ms(report.limit_min)
    was, is_now = before <= limit, (after <= limit) & (serving != NONE)
    state = np.select(
        [is_now & ~was, was & ~is_now, is_now & (after < before), is_now],
        ["gained", "lost", "nearer", "covered"],
        "uncovered",
    )
    areas = np.array([*problem.area_names, ""])
    columns: dict[str, object] = {
        "id": problem.demand_id,
        "name": problem.demand_name,
        "township": areas[problem.area],
        **{w: report.points[w].to_numpy() for w in WEIGHTS},
        "before_min": np.where(before < _FAR, before / MS_A_MINUTE, np.nan),
        "after_min": np.where(after < _FAR, after / MS_A_MINUTE, np.nan),
        "site_id": [_name(sites.id, j) for j in serving.tolist()],
        "site_name": [_name(sites.name, j) for j in serving.tolist()],
        "state": state,
    }
    frame = typed("siting_assignment", columns, problem.n_demand)
    geometry = report.points.geometry.representative_point().to_numpy()
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=report.points.crs)


def rejected_table(report: Report) -> pd.DataFrame:
    """Return ``siting_rejected``: why each place is not chosen, those that would add most first."""
    sites = report.problem.sites
    order = sorted(report.rejected, key=lambda one: (-one.added, one.site))
    columns = {
        "id": [sites.id[one.site] for one in order],
        "name": [sites.name[one.site] for one in order],
        "reason": [one.reason for one in order],
        "rule": [report.rules.get(str(sites.id[one.site])) for one in order],
        "reached": [_round(one.reached) for one in order],
        "added": [_round(one.added) for one in order],
        "gives_way_id": [_name(sites.id, one.gives_way) for one in order],
        "gives_way_name": [_name(sites.name, one.gives_way) for one in order],
        "exchange_loss": [_round(one.exchange_loss) for one in order],
        "forced_loss": [one.loss for one in order],
        "forced_loss_at_least": [one.loss_at_least for one in order],
        "explanation": [_why(report, None, one) for one in order],
    }
    return typed("siting_rejected", columns, len(order))


def alternative_table(report: Report) -> pd.DataFrame:
    """Return ``siting_alternatives``: how often each site is in the plans nearly as good."""
    found = report.alternatives
    if found is None:
        return typed("siting_alternatives", {}, 0)
    sites, free = report.problem.sites, ~report.problem.sites.existing
    rows = np.flatnonzero(free & (found.often > 0))
    rows = rows[np.lexsort((rows, -found.often[rows]))]
    columns = {
        "id": sites.id[rows],
        "name": sites.name[rows],
        "chosen": np.isin(rows, report.plan.sites),
        "hold": [found.hold(site) for site in rows.tolist()],
        "often_share": found.often[rows],
        "needed": found.needed[rows],
    }
    return typed("siting_alternatives", columns, len(rows))


def plan_table(report: Report) -> pd.DataFrame:
    """Return ``siting_plans``: the different plans nearly as good, the best first."""
    plans = () if report.alternatives is None else report.alternatives.plans
    sites = report.problem.sites
    new = [one.sites[~sites.existing[one.sites]] for one in plans]
    best = plans[0].objective if plans else 0.0
    columns = {
        "number": list(range(1, len(plans) + 1)),
        "objective": [one.objective for one in plans],
        "worse_share": [abs(one.objective - best) / abs(best) if best else 0.0 for one in plans],
        "covered": [
            _round(
                covered_people(
                    report.problem, one.sites, weight=report.weight, limit_min=report.limit_min
                )
            )
            for one in plans
        ],
        "cost_yuan": [float(report.cost_yuan[one].sum()) for one in new],
        "sites": [listed(sites.id[one], None) for one in new],
    }
    return typed("siting_plans", columns, len(plans))


def speed_table(report: Report) -> pd.DataFrame:
    """Return ``siting_speeds``: what the plan is worth to slower and faster walkers."""
    ids = report.problem.sites.id
    columns = {
        "speed_m_s": [one.speed_m_s for one in report.speeds],
        "covered": [_round(one.covered) for one in report.speeds],
        "covered_share": [one.covered_share for one in report.speeds],
        "best_covered": [_round(one.best_covered) for one in report.speeds],
        "kept": [len(one.kept) for one in report.speeds],
        "kept_ids": [listed(ids[one.kept], None) for one in report.speeds],
        "status": [status_words(one.best) for one in report.speeds],
    }
    return typed("siting_speeds", columns, len(report.speeds))


def pareto_table(report: Report) -> pd.DataFrame:
    """Return ``siting_pareto``: the plans between which the planner has to choose."""
    sites = report.problem.sites
    new = [one.sites[~sites.existing[one.sites]] for one in report.front]
    columns = {
        "number": list(range(1, len(new) + 1)),
        "new_sites": [len(one) for one in new],
        "cost_yuan": [float(report.cost_yuan[one].sum()) for one in new],
        "covered": [_round(one.objective) for one in report.front],
        "covered_share": [one.objective / report.total for one in report.front],
        "worst_area_share": [one.measures.get("worst_area_share") for one in report.front],
        "bound": [one.bound for one in report.front],
        "sites": [listed(sites.id[one], None) for one in new],
    }
    return typed("siting_pareto", columns, len(new))


def _why(report: Report, gain: Gain | None, refused: WhyNot | None) -> str | None:
    asked = report.problem
    weight, limit_min = report.weight, report.limit_min
    if gain is not None:
        return why_here(asked, gain, weight=weight, limit_min=limit_min)
    if refused is None:
        return None
    return why_not_here(asked, refused, weight=weight, limit_min=limit_min, rules=report.rules)


def _nearest(report: Report) -> NDArray[np.float64]:
    """Return (n_site,) people whom each site serves within the limit."""
    serving = report.plan.assignment
    near = report.problem.within(report.limit_min)
    own = near.indices == serving[near.rows]
    people = report.problem.weight(report.weight)[near.rows[own]]
    return np.bincount(near.indices[own], people, minlength=report.problem.n_site).astype(float)


def _shortest_ms(problem: Problem, opened: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (n_demand,) the shortest walk to an open site; very large without one."""
    pairs = problem.minutes
    live = opened[pairs.indices]
    shortest = np.full(problem.n_demand, _FAR, np.int64)
    np.minimum.at(shortest, pairs.rows[live], pairs.ms[live])
    return shortest


def typed(table: str, columns: Mapping[str, object], length: int) -> pd.DataFrame:
    """Return a frame with the columns and types of a result table; those not given are empty."""
    return pd.DataFrame(
        {
            column.name: _column(columns.get(column.name), column.type, length)
            for column in result_columns(table)
        }
    )


def _column(values: Any, kind: str, length: int) -> pd.api.extensions.ExtensionArray:  # noqa: ANN401
    given = [None] * length if values is None else values
    known = [None if pd.isna(one) else one for one in given]
    return pd.array(known, dtype=DTYPES[kind])  # type: ignore[call-overload,no-any-return]


def _each(told: Mapping[int, Gain], n_site: int, take: Callable[[Gain], object]) -> list[object]:
    return [take(told[site]) if site in told else None for site in range(n_site)]


def _name(values: NDArray[np.str_], at: int) -> str | None:
    return None if at == NONE else str(values[at])


def _round(number: float) -> int | None:
    return None if np.isnan(number) else round(number)


def _whole(numbers: NDArray[Any]) -> list[int | None]:
    return [_round(number) for number in numbers.tolist()]


def _rank(role: Sequence[str] | NDArray[np.str_]) -> list[int]:
    order = ("new", "kept", "closed", "candidate", "barred")
    return [order.index(str(one)) for one in role]
