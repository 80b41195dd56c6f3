"""Which plans are worth a look when coverage, cost and the worst township pull apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.covering import cover_sets, max_cover, priced
from optimization.equity import Towns
from optimization.problem import Problem
from optimization.reached import Ask, Clock, asked
from optimization.siting import Siting

Objective = Literal["covered", "cost", "worst_area"]

_ADDED: Final = 5
"""Sites tried in the worst township before it is left as it is."""
_REMOVED: Final = 20
"""Sites tried to be given up for one of them."""
_SAME: Final = 1e-9


def pareto(
    problem: Problem,
    *,
    objectives: Sequence[Objective] = ("covered", "cost", "worst_area"),
    points: int = 20,
    most_p: int | None = None,
    most_yuan: float | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.005,
    seed: int = 0,
) -> tuple[Siting, ...]:
    """Return plans of which none is better in one objective without being worse in another.

    Epsilon-constraint on the cost: for a ladder of budgets ``b`` (or numbers of new sites) maximise
    ``sum_i w_i z_i`` subject to ``sum_j c_j y_j <= b``, each step beginning from the plan and the
    prices of the one before. From each of these plans a path leads towards the worst township: the
    site that covers most people there is opened, the open one that is missed least is given up, as
    long as the worst share rises; every plan on the path is a candidate. What others dominate is
    left out.

    Parameters
    ----------
    problem
        The problem.
    objectives
        What counts: people covered (more), cost (less), share of the worst township (more);
        ``covered`` and at least one other.
    points
        Most plans to return.
    most_p, most_yuan
        The end of the ladder, in new sites or in yuan, of which one is given; it also says what
        "cost" is.
    weight
        Whom to count.
    limit_min
        A site reaches demand within these minutes.
    limit_s
        Ceiling of the time for all of them, each step having an equal part of what remains.
    gap
        Relative gap to be content with at each step of the ladder.
    seed
        Of the search.

    Returns
    -------
    tuple
        By cost, then by people. ``objective`` is people covered; no plan that costs no more covers
        more than ``bound``, however its townships fare: where the worst township was favoured the
        gap is what that may have cost, not a fault of the search.
        ``measures["worst_area_share"]`` is the share of the worst township, of those that have
        people and that some site reaches; 0 where there is none.

    Raises
    ------
    DataError
        The objectives are not two or three, the end of the ladder is not given, or ``points`` is
        below 2.
    InfeasibleError
        The sites that must be open exceed the end of the ladder.

    References
    ----------
    Haimes, Lasdon and Wismer (1971), IEEE Transactions on Systems, Man, and Cybernetics 1(3).
    """
    clock = Clock(limit_s)
    _check(objectives, points, most_p, most_yuan)
    end = asked(problem, weight=weight, limit_min=limit_min, p=most_p, budget_yuan=most_yuan)
    towns = Towns.of(end) if _has_towns(end) else None
    with_worst = "worst_area" in objectives and towns is not None
    caps = _caps(end, points if not with_worst else max(2, -(-points // 2)))
    cost_name = "cost_yuan" if most_p is None else "new_sites"
    prepared = cover_sets(problem, limit_min)
    prepared = priced(problem, prepared, weight=weight, **_limit(end, caps[len(caps) // 2]))
    found: list[Siting] = []
    for rung, cap in enumerate(caps):
        plan = max_cover(
            problem,
            **_limit(end, cap),
            weight=weight,
            limit_min=limit_min,
            limit_s=clock.left_s / (len(caps) - rung),
            gap=gap,
            seed=seed,
            start=found[-1] if found else None,
            prepared=prepared,
        )
        found.append(_point(plan, end, towns))
    if with_worst and towns is not None:
        for cap, plan in zip(caps, list(found), strict=True):
            ask = replace(end, **_limit(end, cap))
            for opened in _towards_worst(ask, towns, np.isin(end.cells.free, plan.sites)):
                found.append(_favouring(plan, ask, towns, opened, clock))
                if clock.seconds > limit_s:
                    break
    return _thinned(_front(found, objectives, cost_name), points)


def _has_towns(ask: Ask) -> bool:
    return bool((ask.people[ask.problem.area >= 0] > 0).any())


def _limit(ask: Ask, cap: float) -> dict[str, Any]:
    """Return the limit of one rung, as `max_cover` is asked."""
    return {"p": int(cap)} if ask.p is not None else {"budget_yuan": cap}


def _caps(ask: Ask, count: int) -> list[float]:
    """Return the rungs, from what must be spent to the end."""
    if ask.p is not None:
        rungs = np.rint(np.linspace(ask.p - ask.sites_left, ask.p, count))
    else:
        assert ask.budget_yuan is not None
        rungs = np.linspace(ask.budget_yuan - ask.yuan_left, ask.budget_yuan, count)
    return [float(rung) for rung in np.unique(rungs)]


def _point(plan: Siting, ask: Ask, towns: Towns | None) -> Siting:
    """Return a plan of the ladder with the share of its worst township."""
    opened = np.isin(ask.cells.free, plan.sites)
    worst = 0.0 if towns is None else towns.worst(opened)
    return replace(plan, model="pareto", measures={**plan.measures, "worst_area_share": worst})


def _favouring(
    plan: Siting, ask: Ask, towns: Towns, opened: NDArray[np.bool_], clock: Clock
) -> Siting:
    """Return a plan on the path from one of the ladder; the bound of the rung holds for it."""
    people = float(ask.people[ask.cells.covered(opened)].sum())
    return ask.answer(
        opened,
        model="pareto",
        sense="max",
        objective=people,
        bound=max(plan.bound, people),
        unit=plan.unit,
        clock=clock,
        seed=plan.seed,
        asked_gap=plan.asked_gap,
        parameters={},
        measures={"worst_area_share": towns.worst(opened)},
    )


def _towards_worst(
    ask: Ask, towns: Towns, opened: NDArray[np.bool_]
) -> Iterator[NDArray[np.bool_]]:
    """Yield plans in which the worst township fares better and better."""
    while True:
        better = _step(ask, towns, opened)
        if better is None:
            return
        opened = better
        yield opened


def _step(ask: Ask, towns: Towns, opened: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return a plan with one site more in the worst township and one less elsewhere; or None."""
    cells, share = ask.cells, towns.share(opened)
    if not towns.counted.any():
        return None
    town = int(np.argmin(np.where(towns.counted, share, np.inf)))
    fresh = np.where(cells.times(opened) == 0, towns.cell_people, 0.0)
    gain = _by_site(ask, np.where(towns.cell_town == town, fresh, 0.0))
    for site in np.argsort(-np.where(opened, 0.0, gain), kind="stable")[:_ADDED]:
        if gain[site] <= 0 or opened[site]:
            return None
        more = opened.copy()
        more[site] = True
        if ask.allows(more):
            return more
        alone = np.where(cells.times(more) == 1, towns.cell_people, 0.0)
        loss = np.where(opened, _by_site(ask, alone), np.inf)
        for given_up in np.argsort(loss, kind="stable")[: min(_REMOVED, int(opened.sum()))]:
            tried = more.copy()
            tried[given_up] = False
            if ask.allows(tried) and _fairer(towns, share, towns.share(tried), town):
                return tried
    return None


def _fairer(
    towns: Towns, before: NDArray[np.float64], after: NDArray[np.float64], town: int
) -> bool:
    """Return whether the worst township gained and no other fell to where it was."""
    fell = towns.counted & (after < before - _SAME) & (after <= before[town] + _SAME)
    return bool(after[town] > before[town] + _SAME and not fell.any())


def _by_site(ask: Ask, worth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n_free,) the worth of the cells that each site reaches."""
    cells = ask.cells
    total = np.bincount(cells.indices, worth[cells.rows], minlength=len(cells.free))
    return total.astype(np.float64)


def _front(
    found: Sequence[Siting], objectives: Sequence[Objective], cost_name: str
) -> list[Siting]:
    """Return the plans that no other dominates, each value of the objectives once, by cost."""
    values = np.array(
        [
            [
                {
                    "covered": plan.objective,
                    "cost": -plan.measures[cost_name],
                    "worst_area": plan.measures["worst_area_share"],
                }[name]
                for name in objectives
            ]
            for plan in found
        ]
    )
    _, first = np.unique(np.round(values, 9), axis=0, return_index=True)
    kept = []
    for k in np.sort(first):
        at_least = (values >= values[k] - _SAME).all(axis=1)
        above = (values > values[k] + _SAME).any(axis=1)
        if not (at_least & above).any():
            kept.append(found[k])
    return sorted(kept, key=lambda plan: (plan.measures[cost_name], plan.objective))


def _thinned(front: list[Siting], points: int) -> tuple[Siting, ...]:
    """Return at most so many plans, evenly along the front, both ends among them."""
    if len(front) <= points:
        return tuple(front)
    at = np.unique(np.rint(np.linspace(0, len(front) - 1, points)).astype(int))
    return tuple(front[k] for k in at)


def _check(
    objectives: Sequence[Objective], points: int, most_p: int | None, most_yuan: float | None
) -> None:
    known = {"covered", "cost", "worst_area"}
    if "covered" not in objectives or len(set(objectives)) < 2 or not set(objectives) <= known:  # noqa: PLR2004
        raise DataError(
            say(
                "目标须含 covered，另加 cost、worst_area 之一或两者。",
                "objectives are covered and one or both of cost and worst_area.",
            )
        )
    if (most_p is None) == (most_yuan is None):
        raise DataError(
            say(
                "最多处数和最多费用须给出一个，且只给一个。",
                "give either the most new sites or the most yuan.",
            ),
            hint=say("例如 most_p=20。", "For example most_p=20."),
        )
    most = most_yuan if most_p is None else most_p
    if points < 2 or not np.isfinite(float(most or 0.0)) or (most or 0.0) < 0:  # noqa: PLR2004
        raise DataError(
            say("方案个数至少为 2，上限须为非负数。", "2 points and a limit of 0 or more at least.")
        )
