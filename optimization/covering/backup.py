"""How to cover people twice, so that one closed station leaves nobody without."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from geo.errors import DataError
from geo.text import say
from optimization.covering._merge import count_open
from optimization.covering.means import means
from optimization.covering.most import choice, most_worth
from optimization.covering.sets import Prepared, Weight, combined_weight, prepared_for
from optimization.problem import Problem
from optimization.siting import Siting


def backup_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    once: float = 1.0,
    twice: float = 1.0,
    weight: Weight = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
    prepared: Prepared | None = None,
) -> Siting:
    """Choose new sites so that many people have one within a walk, and many have two (BACOP2).

    Maximise ``sum_i w_i (once * z_i + twice * u_i)`` subject to
    ``z_i + u_i <= sum_{j: t_ij <= limit} y_j``, ``u_i <= z_i``, and the number or the cost of the
    new sites. With ``once=0`` only those covered twice count.

    Parameters
    ----------
    problem
        Demand, sites and walks.
    p, budget_yuan
        Most new sites, or most yuan for new sites; one of the two.
    once, twice
        What a person counts once one site is near, and how much more with a second one.
    weight
        Whom to count.
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

    Returns
    -------
    Siting
        Objective and bound in people so weighed; `measures` has the people covered at least once
        and at least twice.

    Raises
    ------
    DataError
        A factor is negative or not a number, or both are 0.

    References
    ----------
    Hogan and ReVelle (1986), Management Science 32(11).
    """
    began = time.perf_counter()
    if not (0 <= once < np.inf and 0 <= twice < np.inf and once + twice > 0):
        raise DataError(
            say(
                f"一次与两次覆盖的系数须为非负数且不同为 0，现为 {once:g} 与 {twice:g}。",
                f"the factors {once:g} and {twice:g} must be 0 or more and not both 0.",
            ),
            hint=say("例如 once=1、twice=1。", "Such as once=1, twice=1."),
        )
    may = means(problem, p=p, budget_yuan=budget_yuan)
    people, unit = combined_weight(problem, weight)
    ready = prepared_for(problem, limit_min, prepared)
    near = ready.people(people)
    plan = most_worth(
        "backup_cover",
        problem,
        ready,
        choice(problem, ready, may, once * near, twice * near),
        may=may,
        unit=unit,
        parameters={"once": once, "twice": twice, "weight": weight, "limit_min": limit_min},
        total=float(people.sum()),
        began=began,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
        start=start,
    )
    opened = np.isin(np.arange(problem.n_site), plan.sites)
    count = count_open(ready.sets.indptr, ready.sets.indices, opened)
    counted = {
        f"{unit}_once": float(near[count >= 1].sum()),
        f"{unit}_twice": float(near[count > 1].sum()),
    }
    return replace(plan, measures={**plan.measures, **counted})
