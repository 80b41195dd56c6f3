"""How to raise the share of the worst township as far as it goes, then cover the most people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimization.equity.shares import Towns
from optimization.equity.steps import SAME, Step, begun
from optimization.problem import Problem
from optimization.reached import Ask, Clock, asked, proven
from optimization.siting import Siting


def max_min_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
) -> Siting:
    """Raise the share of the worst township as far as it goes, then cover as many as possible.

    Maximise ``t`` subject to ``sum_{i in a} w_i z_i >= t W_a`` for every township ``a``,
    ``z_i <= sum_{j reaches i} y_j`` and ``sum_j y_j <= p`` (or the costs within the budget); then,
    with every township held at what the best ``t`` asks, maximise ``sum_i w_i z_i``.

    Parameters
    ----------
    problem
        The problem.
    p, budget_yuan
        Most new sites, most yuan for them; one of them or both.
    weight
        Whom to count.
    limit_min
        A site reaches demand within these minutes.
    limit_s
        Ceiling of the time, for both steps together.
    gap
        Relative gap of the worst share to be content with.
    seed
        Of the solver.
    start
        A plan to begin from.

    Returns
    -------
    Siting
        Objective and bound are the share of the worst township (unit ``share``).
        ``measures["covered"]`` people are within the limit, and no plan with so good a worst share
        covers more than ``measures["covered_bound"]``.

    Raises
    ------
    DataError
        Neither ``p`` nor a budget is given, or no township has demand.
    InfeasibleError
        The sites that must be open exceed ``p`` or the budget.

    References
    ----------
    Marsh and Schilling (1994), European Journal of Operational Research 74(1).
    """
    clock = Clock(limit_s)
    ask = asked(problem, weight=weight, limit_min=limit_min, p=p, budget_yuan=budget_yuan)
    towns = Towns.of(ask)
    opened = ask.started(start)
    best, bound, stopped = 0.0, 0.0, False
    if towns.counted.any():
        step = _worst_step(ask, towns)
        found = step.solve(opened, clock=clock, gap=gap, seed=seed)
        opened = _better(towns, opened, step.opened(found))
        best = towns.worst(opened)
        stopped = found.outcome == "stopped"
        bound = max(best, min(1.0, found.bound if np.isfinite(found.bound) else 1.0))
    step = _total_step(ask, towns, floor=best)
    found = step.solve(opened, clock=clock, gap=0.0, seed=seed)
    if len(found.x):
        opened = step.opened(found)
    assert opened is not None  # opening nothing more is a plan, and so is the one of the first step
    total = float(ask.people[ask.cells.covered(opened)].sum())
    stopped |= found.outcome == "stopped"
    return ask.answer(
        opened,
        model="max_min_cover",
        sense="max",
        objective=towns.worst(opened),
        bound=bound,
        unit="share",
        clock=clock,
        seed=seed,
        asked_gap=gap,
        parameters={},
        measures={
            "covered": total,
            "covered_bound": proven(found.bound, total, ask.people),
            "areas_out_of_reach": float((~towns.counted).sum()),
        }
        | ({"stopped_by_time": 1.0} if stopped else {}),
    )


def _worst_step(ask: Ask, towns: Towns) -> Step:
    """Maximise the least share."""
    step = begun(ask, towns, 0.0)
    step.share = step.draft.columns(1, cost=1.0)
    for town in np.flatnonzero(towns.counted):
        cells = np.flatnonzero(towns.cell_town == town)
        step.draft.row(
            np.append(step.hit[cells], step.share),
            np.append(towns.cell_people[cells] / towns.people[town], -1.0),
            lower=-towns.settled[town] / towns.people[town],
        )
    return step


def _total_step(ask: Ask, towns: Towns, *, floor: float) -> Step:
    """Maximise the people covered while every township that can be helped keeps the floor."""
    step = begun(ask, towns, towns.cell_people)
    for town in np.flatnonzero(towns.counted & (towns.settled < floor * towns.people)):
        cells = np.flatnonzero(towns.cell_town == town)
        step.draft.row(
            step.hit[cells],
            towns.cell_people[cells] / towns.people[town],
            lower=floor - SAME - towns.settled[town] / towns.people[town],
        )
    return step


def _better(
    towns: Towns, one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return the plan with the better worst share."""
    if one is None or other is None:
        known = other if one is None else one
        assert known is not None
        return known
    return other if towns.worst(other) >= towns.worst(one) else one
