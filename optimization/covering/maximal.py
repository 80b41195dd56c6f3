"""How to cover the most people with so many new sites, or with so much money."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimization.covering.bound import upper_bound
from optimization.covering.instance import Instance
from optimization.covering.means import means
from optimization.covering.most import choice, most_worth
from optimization.covering.search import greedy
from optimization.covering.sets import Prepared, Weight, combined_weight, prepared_for
from optimization.problem import Problem
from optimization.siting import Siting


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
    instance = choice(problem, ready, may, ready.people(people))
    return most_worth(
        "max_cover",
        problem,
        ready,
        instance,
        may=may,
        unit=unit,
        parameters={"weight": weight, "limit_min": limit_min},
        total=float(people.sum()),
        began=began,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
        start=start,
        price=_prices(ready, instance),
        share=None if ready.share is None else ready.share[instance.column_site],
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
    instance = choice(problem, prepared, may, prepared.people(people))
    bound = upper_bound(instance, plan=greedy(instance).opened)
    price, share = np.ones(prepared.sets.n_row), np.zeros(problem.n_site)
    near = instance.row_of >= 0
    row = instance.row_of[near]
    price[near] = bound.price[row] / np.maximum(instance.first[row], 1e-12)
    share[instance.column_site] = bound.share
    return replace(prepared, price=price, share=share)


def _prices(ready: Prepared, instance: Instance) -> NDArray[np.float64] | None:
    if ready.price is None:
        return None
    near = instance.row_of >= 0
    price = np.zeros(instance.sets.n_row)
    price[instance.row_of[near]] = ready.price[near]
    return price * instance.first
