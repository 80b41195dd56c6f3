"""How few sites, or how little money, it takes to cover everyone or a share of them."""

from __future__ import annotations

import time

import numpy as np

from geo.errors import DataError
from geo.text import say
from optimization.covering._merge import count_open, nearest_open
from optimization.covering.everyone import Cheapest, cover_everyone
from optimization.covering.part import cover_part
from optimization.covering.sets import Prepared, Weight, combined_weight, prepared_for
from optimization.covering.unreached import refuse_unreached
from optimization.problem import Problem
from optimization.siting import Siting


def set_cover(
    problem: Problem,
    *,
    cheapest: bool = False,
    rent_years: float = 0.0,
    share: float = 1.0,
    leave_out: bool = False,
    weight: Weight = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
    prepared: Prepared | None = None,
) -> Siting:
    """Cover every demand point with the fewest or the cheapest sites (LSCP).

    Minimise ``sum_j c_j y_j`` subject to ``sum_{j: t_ij <= limit} y_j >= 1`` for every demand
    point ``i``. With a ``share`` below 1 it is ``sum_i w_i z_i >= share * sum_i w_i`` with
    ``z_i <= sum_{j: t_ij <= limit} y_j`` instead.

    Parameters
    ----------
    problem
        Demand, sites and walks.
    cheapest
        Count yuan: ``cost_yuan`` of what is new and ``rent_years`` years of rent of what is open.
        Otherwise count all open sites, those that stand too.
    rent_years
        Years of rent that count as cost.
    share
        Least share of the people to be covered; 1 = every demand point, also without people.
    leave_out
        Leave out the points that no site can reach; the measures ``unreachable_points`` and
        ``unreachable_<weight>`` tell them. A share is then of those who can be reached.
    weight
        Whom a share counts.
    limit_min
        Longest walk, itself included.
    limit_s
        A ceiling in seconds.
    gap
        Relative gap at which to stop.
    seed
        Of the search.
    start
        A plan to begin from.
    prepared
        What `cover_sets` made of the same walks and limit.

    Raises
    ------
    InfeasibleError
        Points are out of reach of every site that may open; the message names them.
    DataError
        The share is not from 0 to 1, or the years of rent are negative.

    References
    ----------
    Toregas, Swain, ReVelle and Bergman (1971), Operations Research 19(6).
    """
    began = time.perf_counter()
    _refuse_bad(share, rent_years)
    ready = prepared_for(problem, limit_min, prepared)
    people, unit = combined_weight(problem, weight)
    sites = problem.sites
    cost = np.ones(problem.n_site)
    if cheapest:
        cost = np.where(sites.existing, 0.0, sites.cost_yuan) + rent_years * sites.rent_yuan_year
    barred = sites.never & ~sites.fixed_open
    near = count_open(ready.sets.indptr, ready.sets.indices, ~barred) > 0
    reachable = np.append(near, False)[ready.row_of]
    wanted = share * float(people[reachable].sum() if leave_out else people.sum())
    if float(people[reachable].sum()) < wanted or (
        share >= 1 and not (leave_out or reachable.all())
    ):
        refuse_unreached(problem, ~reachable, barred, limit_min)
    ask = Cheapest(
        sets=ready.sets,
        cost=cost,
        fixed=sites.fixed_open,
        barred=barred,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
        start=None if start is None else np.isin(np.arange(problem.n_site), start.sites),
    )
    if share >= 1:
        found = cover_everyone(ask, required=near)
    else:
        found = cover_part(ask, ready.people(people), wanted, xy=sites.xy)
    opened = found.opened
    minutes = problem.minutes
    new = opened & ~sites.existing
    assignment = nearest_open(minutes.indptr, minutes.indices, minutes.ms, ready.limit_ms, opened)
    return Siting(
        model="set_cover",
        sense="min",
        sites=np.flatnonzero(opened).astype(np.int32),
        assignment=assignment,
        objective=found.cost,
        bound=found.bound,
        unit="yuan" if cheapest else "sites",
        seconds=time.perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        measures={
            "new_sites": float(new.sum()),
            "cost_yuan": float(sites.cost_yuan[new].sum()),
            f"{unit}_total": float(people.sum()),
            f"{unit}_covered": float(people[assignment >= 0].sum()),
            "unreachable_points": float((~reachable).sum()),
            f"unreachable_{unit}": float(people[~reachable].sum()),
            **found.measures,
            **({"stopped_by_time": 1.0} if found.by_time else {}),
        },
        parameters={
            "cheapest": cheapest,
            "rent_years": rent_years,
            "share": share,
            "leave_out": leave_out,
            "weight": weight,
            "limit_min": limit_min,
        },
    )


def _refuse_bad(share: float, rent_years: float) -> None:
    if not 0 <= share <= 1:
        raise DataError(
            say(
                f"覆盖比例须在 0 到 1 之间，现为 {share:g}。",
                f"a share of {share:g} is not 0 to 1.",
            ),
            hint=say("例如 0.9 表示九成。", "Such as 0.9."),
        )
    if not (np.isfinite(rent_years) and rent_years >= 0):
        raise DataError(
            say(f"租金年数须为非负数，现为 {rent_years:g}。", f"{rent_years:g} years of rent."),
            hint=say("例如 5 表示计入五年租金。", "Give 0 or more."),
        )
