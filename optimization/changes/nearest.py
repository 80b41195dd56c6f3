"""Where people walk after the changes, when no facility has a limit: to the nearest open one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimization.changes.plan import Changes
from optimization.problem import Problem


def to_nearest(
    problem: Problem, plan: Changes, amount: NDArray[np.float64], *, limit_min: float
) -> Changes:
    """Return the plan with everybody at the nearest open site; others where a site has a limit.

    Without limits the program may send people to any site within reach: which one costs nothing.

    Parameters
    ----------
    problem
        The question.
    plan
        Its answer.
    amount : (n_demand,)
        People.
    limit_min
        Longest walk.
    """
    if np.isfinite(problem.sites.capacity[plan.sites]).any():
        return plan
    minutes = problem.within(limit_min)
    live = np.isin(minutes.indices, plan.sites)
    rows, sites = minutes.rows[live], minutes.indices[live].astype(np.int64)
    order = np.lexsort((sites, minutes.ms[live], rows))
    demand, first = np.unique(rows[order], return_index=True)
    site = sites[order][first]
    served = amount[demand] > 0
    assignment = np.full(problem.n_demand, -1, np.int32)
    assignment[demand] = site
    unserved = np.where(assignment < 0, amount, 0.0)
    return replace(
        plan,
        assignment=assignment,
        part_demand=demand[served].astype(np.int64),
        part_site=site[served],
        part_amount=amount[demand[served]],
        unserved=unserved,
        measures=dict(plan.measures)
        | {"served": float(amount.sum() - unserved.sum()), "unserved": float(unserved.sum())},
    )
