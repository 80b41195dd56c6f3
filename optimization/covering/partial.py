"""How to serve the most people when a longer walk counts for less."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import numpy as np

from geo.errors import DataError
from geo.text import say
from geo.travel.minutes import MS_A_MINUTE
from optimization.covering._levels import level_rows
from optimization.covering._merge import merge_rows
from optimization.covering.means import means
from optimization.covering.most import choice, most_worth
from optimization.covering.sets import Prepared, Weight, arrange, combined_weight, sums
from optimization.problem import Problem
from optimization.siting import Siting

_PERCENT: Final = 100
_NO_MS: Final = np.empty(0, dtype=np.int32)


def partial_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    full_min: float = 10.0,
    zero_min: float = 20.0,
    weight: Weight = "elders",
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
) -> Siting:
    """Choose new sites so that people times benefit is the most, benefit falling with the walk.

    A person whose nearest open site is ``t`` minutes away counts
    ``f(t) = 1`` up to ``full_min``, ``(zero_min - t) / (zero_min - full_min)`` up to ``zero_min``
    and 0 beyond, in whole percent, rounded. Maximise ``sum_i w_i max_{j open} f(t_ij)``. Written as
    coverage: each level of benefit at a point is a row, worth the step to the next lower level,
    covered by the sites of at least that benefit. Memory grows with the square of the number of
    sites in reach of a point.

    Parameters
    ----------
    problem
        Demand, sites and walks.
    p, budget_yuan
        Most new sites, or most yuan for new sites; one of the two.
    full_min, zero_min
        Longest walk that counts in full; walk from which on it counts for nothing.
    weight
        Whom to count.
    limit_s
        A ceiling in seconds.
    gap
        Relative gap at which to stop.
    seed
        Of the search.
    start
        A plan to begin from.

    Returns
    -------
    Siting
        Objective and bound in people weighed by benefit; `measures` has the people within
        ``zero_min``.

    Raises
    ------
    DataError
        ``full_min`` is negative or not below ``zero_min``.

    References
    ----------
    Berman and Krass (2002), Computers and Operations Research 29(6); Karasakal and Karasakal
    (2004), Computers and Operations Research 31(9).
    """
    began = time.perf_counter()
    if not 0 <= full_min < zero_min:
        raise DataError(
            say(
                f"“全额分钟”{full_min:g} 须为非负数且小于“归零分钟”{zero_min:g}。",
                f"full_min {full_min:g} must be 0 or more and below zero_min {zero_min:g}.",
            ),
            hint=say("例如 full_min=10、zero_min=20。", "Such as full_min=10, zero_min=20."),
        )
    may = means(problem, p=p, budget_yuan=budget_yuan)
    people, unit = combined_weight(problem, weight)
    minutes = problem.within(zero_min)
    share = (zero_min * MS_A_MINUTE - minutes.ms) / ((zero_min - full_min) * MS_A_MINUTE)
    percent = np.rint(np.clip(share, 0.0, 1.0) * _PERCENT).astype(np.int32)
    indptr, indices, point, step = level_rows(minutes.indptr, minutes.indices, percent, _PERCENT)
    worth = people[point] * step
    row_of, indptr, indices = merge_rows(
        indptr,
        indices,
        _NO_MS,
        0,
        np.arange(problem.n_site, dtype=np.int32),
        worth <= 0,
    )
    near = row_of >= 0
    first = sums(row_of[near], worth[near], len(indptr) - 1)
    sets = arrange(indptr, indices, problem.n_site)
    ready = Prepared(problem.minutes, problem.limit_ms(zero_min), sets, row_of)
    plan = most_worth(
        "partial_cover",
        problem,
        ready,
        choice(problem, ready, may, first),
        may=may,
        unit=unit,
        parameters={"weight": weight, "full_min": full_min, "zero_min": zero_min},
        total=float(people.sum()),
        began=began,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
        start=start,
        parts=_PERCENT,
    )
    reached = float(people[plan.assignment >= 0].sum())
    return replace(plan, measures={**plan.measures, f"{unit}_reached": reached})
