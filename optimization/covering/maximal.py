"""How to cover the most people with so many new sites, or with so much money."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import say, yuan
from optimization.covering._merge import nearest_open
from optimization.covering.bound import upper_bound
from optimization.covering.engine import Found, solve_instance
from optimization.covering.instance import Instance, instance_of
from optimization.covering.search import greedy
from optimization.covering.sets import Prepared, Weight, combined_weight, prepared_for
from optimization.problem import Problem
from optimization.siting import Siting

_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Means:
    """What a plan may use: a number of new sites or an amount of money."""

    cost: NDArray[np.float64]
    """(n_site,) of opening each: 1 or yuan; what stands costs nothing."""
    budget: float
    """What is left once everything that has to be open is paid."""
    kept: NDArray[np.bool_]
    """(n_site,) open in every plan: demanded, or standing and not barred."""
    asked: dict[str, float]
    """``p`` or ``budget_yuan`` as it was asked."""


def means(problem: Problem, *, p: int | None, budget_yuan: float | None) -> Means:
    """Return what a plan may use.

    Raises
    ------
    DataError
        Neither or both are given, or one is negative or not a number.
    InfeasibleError
        What has to be open costs more already.
    """
    sites = problem.sites
    asked = {
        name: value for name, value in (("p", p), ("budget_yuan", budget_yuan)) if value is not None
    }
    value = float(next(iter(asked.values()))) if len(asked) == 1 else float("nan")
    if not (np.isfinite(value) and value >= 0):
        raise DataError(
            say(
                f"请给出新建个数或预算之一（非负数），现为 {asked or '未给出'}。",
                f"give either a number of new sites or a budget, 0 or more; got {asked or None}.",
            ),
            hint=say("例如 p=20 或 budget_yuan=3000000。", "Such as p=20 or budget_yuan=3000000."),
        )
    kept = sites.fixed_open | (sites.existing & ~sites.never)
    cost = np.where(sites.existing, 0.0, 1.0 if p is not None else sites.cost_yuan)
    paid = float(cost[kept].sum())
    if paid > value:
        needed = sites.name[kept & (cost > 0)]
        more = len(needed) > _NAMED
        need, given = (
            say(f"{amount:,.0f} 处", f"{amount:,.0f} sites")
            if budget_yuan is None
            else yuan(amount, digits=4)
            for amount in (paid, value)
        )
        raise InfeasibleError(
            say(
                f"必选的候选点（{'、'.join(needed[:_NAMED])}{' 等' if more else ''}）"
                f"已需 {need}，超过所给的 {given}。",
                f"the sites that must be open need {need} already, more than {given}: "
                + ", ".join(needed[:_NAMED])
                + (" …" if more else ""),
            ),
            hint=say(
                f"请至少给出 {need}，或减少必选点。", f"Give at least {need}, or demand fewer."
            ),
            conflicts=(
                say(f"必选点共 {len(needed)} 个", f"{len(needed)} sites must be open"),
                say(f"上限 {given}", f"a limit of {given}"),
            ),
        )
    return Means(cost, value - paid, kept, dict(asked))


def max_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: Weight = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
    prepared: Prepared | None = None,
) -> Siting:
    """Choose new sites so that the most people have one within a walk (MCLP).

    Maximise ``sum_i w_i z_i`` subject to ``z_i <= sum_{j: t_ij <= limit} y_j``, ``y_j`` whole,
    and ``sum_j y_j <= p`` or ``sum_j cost_j y_j <= budget`` over the new sites. What stands stays
    open, unless it is closable and barred.

    Parameters
    ----------
    problem
        Demand, sites and walks.
    p, budget_yuan
        Most new sites, or most yuan for new sites; one of the two.
    weight
        Whom to count: a weight of the problem, or several with a factor each.
    limit_min
        Longest walk, itself included.
    limit_s
        A ceiling in seconds; work alone decides otherwise, so that a seed gives one plan.
    gap
        Relative gap at which to stop.
    seed
        Of the search.
    start
        A plan to begin from, such as that of a like question.
    prepared
        What `cover_sets` or `priced` made of the same walks and limit, to save the time.

    Returns
    -------
    Siting
        Objective and bound in people; each demand point is served by the nearest open site.
        No more sites are opened than are of use.

    Raises
    ------
    DataError
        Neither or both of ``p`` and ``budget_yuan``; limit beyond the horizon.
    InfeasibleError
        The sites that must be open are more than was granted.

    References
    ----------
    Church and ReVelle (1974), Papers of the Regional Science Association 32.
    """
    began = time.perf_counter()
    may = means(problem, p=p, budget_yuan=budget_yuan)
    people, unit = combined_weight(problem, weight)
    ready = prepared_for(problem, limit_min, prepared)
    instance = cover_instance(problem, ready, may, people)
    found = solve_instance(
        instance,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
        start=None if start is None else opened_in(start, instance),
        price=_prices(ready, instance),
        share=None if ready.share is None else ready.share[instance.column_site],
    )
    return siting_of(
        "max_cover",
        problem,
        ready,
        found,
        instance=instance,
        may=may,
        began=began,
        seed=seed,
        gap=gap,
        unit=unit,
        parameters={**may.asked, "weight": weight, "limit_min": limit_min},
        measures={f"{unit}_total": float(people.sum())},
    )


def priced(
    problem: Problem,
    prepared: Prepared,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: Weight = "elders",
) -> Prepared:
    """Return prepared cover sets with prices, from which the bounds of like questions begin."""
    may = means(problem, p=p, budget_yuan=budget_yuan)
    people, _ = combined_weight(problem, weight)
    instance = cover_instance(problem, prepared, may, people)
    bound = upper_bound(instance, plan=greedy(instance).opened)
    price, share = np.ones(prepared.sets.n_row), np.zeros(problem.n_site)
    near = instance.row_of >= 0
    row = instance.row_of[near]
    price[near] = bound.price[row] / np.maximum(instance.first[row], 1e-12)
    share[instance.column_site] = bound.share
    return replace(prepared, price=price, share=share)


def cover_instance(
    problem: Problem, ready: Prepared, may: Means, people: NDArray[np.float64]
) -> Instance:
    """Return what is to be chosen when each demand point counts once it is covered."""
    first = ready.people(people)
    return instance_of(
        ready.sets,
        first,
        np.zeros(len(first)),
        fixed=may.kept,
        barred=problem.sites.never & ~may.kept,
        cost=may.cost,
        budget=may.budget,
        sites=np.arange(problem.n_site, dtype=np.int32),
        xy=problem.sites.xy,
    )


def _prices(ready: Prepared, instance: Instance) -> NDArray[np.float64] | None:
    if ready.price is None:
        return None
    near = instance.row_of >= 0
    price = np.zeros(instance.sets.n_row)
    price[instance.row_of[near]] = ready.price[near]
    return price * instance.first


def opened_in(start: Siting, instance: Instance) -> NDArray[np.bool_]:
    """Return (n_column,) which free columns a plan opens."""
    return np.isin(instance.column_site, start.sites)


def siting_of(
    model: str,
    problem: Problem,
    ready: Prepared,
    found: Found,
    *,
    instance: Instance,
    may: Means,
    began: float,
    seed: int,
    gap: float,
    unit: str,
    parameters: dict[str, Any],
    measures: dict[str, float],
) -> Siting:
    """Return the plan of an instance as a siting of the problem."""
    opened = may.kept.copy()
    opened[instance.column_site[found.opened]] = True
    new = opened & ~problem.sites.existing
    minutes = problem.minutes
    return Siting(
        model=model,
        sense="max",
        sites=np.flatnonzero(opened).astype(np.int32),
        assignment=nearest_open(
            minutes.indptr, minutes.indices, minutes.ms, ready.limit_ms, opened
        ),
        objective=found.worth,
        bound=found.bound,
        unit=unit,
        seconds=time.perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        measures={
            "new_sites": float(new.sum()),
            "cost_yuan": float(problem.sites.cost_yuan[new].sum()),
            **measures,
            **found.measures,
            **({"stopped_by_time": 1.0} if found.by_time else {}),
        },
        parameters=parameters,
    )
