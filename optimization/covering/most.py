"""The plan whose covered rows are worth the most, within its means: chosen, proven, told."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimization.covering._merge import nearest_open
from optimization.covering.engine import solve_instance
from optimization.covering.instance import Instance, instance_of
from optimization.covering.means import Means
from optimization.covering.sets import Prepared
from optimization.problem import Problem
from optimization.siting import Siting


def choice(
    problem: Problem,
    ready: Prepared,
    may: Means,
    first: NDArray[np.float64],
    second: NDArray[np.float64] | None = None,
) -> Instance:
    """Return what is to be chosen when rows, (n_row,), are worth so much covered once and twice."""
    return instance_of(
        ready.sets,
        first,
        np.zeros(len(first)) if second is None else second,
        fixed=may.kept,
        barred=problem.sites.never & ~may.kept,
        cost=may.cost,
        budget=may.budget,
        sites=np.arange(problem.n_site, dtype=np.int32),
        xy=problem.sites.xy,
    )


def most_worth(
    model: str,
    problem: Problem,
    ready: Prepared,
    instance: Instance,
    *,
    may: Means,
    unit: str,
    parameters: dict[str, Any],
    total: float,
    began: float,
    limit_s: float,
    gap: float,
    seed: int,
    start: Siting | None,
    price: NDArray[np.float64] | None = None,
    share: NDArray[np.float64] | None = None,
    parts: int = 1,
) -> Siting:
    """Return the best plan of an instance as a siting of the problem.

    Parameters
    ----------
    model, unit, parameters
        What the siting says of itself.
    problem, ready, instance, may
        The question, its cover sets, what `choice` made of them, and the means.
    total
        All people, covered or not.
    began
        When the question was asked, by `time.perf_counter`.
    limit_s, gap, seed, start
        How hard to try, and from where.
    price, share
        What the bound begins from, by row and by column.
    parts
        Worth of one person; objective and bound are told in people.
    """
    found = solve_instance(
        instance,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
        start=None if start is None else np.isin(instance.column_site, start.sites),
        price=price,
        share=share,
    )
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
        objective=found.worth / parts,
        bound=found.bound / parts,
        unit=unit,
        seconds=time.perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        measures={
            "new_sites": float(new.sum()),
            "cost_yuan": float(problem.sites.cost_yuan[new].sum()),
            f"{unit}_total": total,
            **found.measures,
            **({"stopped_by_time": 1.0} if found.by_time else {}),
        },
        parameters={**may.asked, **parameters},
    )
