"""Which sites to open in which year so that most people are covered, year after year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.phasing.answer import PhasedPlan, plan_of
from optimization.phasing.proof import solved, year_bounds
from optimization.phasing.rules import Years, first_plan, improved, placed, reordered
from optimization.phasing.schedule import Schedule
from optimization.problem import Problem
from optimization.reached import Clock, proven, reached, standing

Goal = Literal["sum", "final"]
"""``sum``: person-years of all years, discounted; ``final``: the last year first, then the sum."""

_MOST_DISCOUNT: Final = 1.0


def phased_cover(
    problem: Problem,
    plan: Schedule,
    *,
    goal: Goal = "sum",
    discount: float = 0.0,
    weight: str = "elders",
    yearly_people: Sequence[NDArray[np.float64]] | None = None,
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: PhasedPlan | None = None,
) -> PhasedPlan:
    """Open sites year by year within each year's money so that most people are covered.

    With ``y_jt`` = site ``j`` is open in year ``t`` and ``z_it`` = demand ``i`` is covered then,
    maximise ``sum_t (1 + r)^-(t - t_0) sum_i w_it z_it`` subject to ``y_jt >= y_j,t-1`` (what was
    opened stays), ``z_it <= sum_{j reaches i} y_jt``, ``sum_j c_j (y_jt - y_j,t-1) <= B_t`` and
    ``sum_j (y_jt - y_j,t-1) <= n_t``. With ``goal="final"`` the last year alone is maximised, and
    among the plans that reach its best the sum of the years is.

    Whoever is covered stays covered, because nothing closes; with the same people every year the
    number never falls.

    Parameters
    ----------
    problem
        The problem. Existing sites stay open, closable ones too.
    plan
        What each year allows; see `schedule`.
    goal
        What is maximised.
    discount
        Rate a year by which later years count less in the sum, 0 for none.
    weight
        Whom to count.
    yearly_people : (n_year) of (n_demand,)
        People of each year, such as those projected; by default the weight, the same every year.
    limit_min
        A site reaches demand within these minutes.
    limit_s
        Ceiling of the time.
    gap
        Relative gap to be content with.
    seed
        Of the solver.
    start
        A plan to begin from.

    Returns
    -------
    PhasedPlan
        The bound is the less of the solver's and of that by years: no plan covers more in a year
        than one that spends all the money of the years before at once.

    Raises
    ------
    DataError
        The discount is no rate, or the people of the years do not fit.

    References
    ----------
    Schilling (1980), Decision Sciences 11(4); Ballou (1968), Journal of Marketing Research 5(3).
    """
    clock = Clock(limit_s)
    people = _people(problem, plan, weight, yearly_people, discount)
    cells = reached(problem, limit_min, kept=standing(problem.sites))
    factor = (1 + discount) ** -np.array([float(y - plan.years[0]) for y in plan.years])
    last = np.where(np.arange(plan.n_year) == plan.n_year - 1, 1.0, 0.0)
    years = Years(
        schedule=plan,
        cells=cells,
        cost_yuan=problem.sites.cost_yuan[cells.free],
        due=plan.due[cells.free],
        people=np.stack([cells.people(year) for year in people]),
        settled=np.array([cells.settled(year) for year in people]),
        factor=factor if goal == "sum" else last,
    )
    most, at_once = year_bounds(problem, years, people, clock=clock, limit_min=limit_min, seed=seed)
    begun = None if start is None else _year_index(start, cells.free)
    tries = [begun, first_plan(years), placed(years, np.isin(cells.free, at_once))]
    allowed = [plan for plan in tries if plan is not None and years.allows(plan)]
    opened = max(allowed, key=years.value, default=None)
    opened = None if opened is None else improved(years, opened, clock=clock)
    opened, bound, stopped = solved(years, opened, clock=clock, gap=gap, seed=seed)
    bound = max(min(bound, float((years.factor * most).sum())), years.value(opened))
    if goal == "final" or not discount:
        bound = proven(bound, years.value(opened), people)
    measures: dict[str, float] = {}
    if goal == "final":
        second = replace(years, factor=factor)
        opened, more, cut = solved(
            second,
            improved(second, reordered(second, opened), clock=clock, keep_last=True),
            clock=clock,
            gap=gap,
            seed=seed,
            last_at_least=years.value(opened),
        )
        stopped |= cut
        measures["person_years"] = second.value(opened)
        measures["person_years_bound"] = min(more, float((factor * most).sum()))
    if stopped or clock.seconds > limit_s:
        measures["stopped_by_time"] = 1.0
    return plan_of(
        problem,
        years,
        opened,
        most=most,
        people=people,
        overall={
            "model": "phased_cover",
            "sense": "max",
            "objective": years.value(opened),
            "bound": bound,
            "unit": weight if goal == "final" else f"{weight}_years",
            "seconds": clock.seconds,
            "seed": seed,
            "asked_gap": gap,
        },
        measures=measures,
        parameters={
            "goal": goal,
            "discount": discount,
            "weight": weight,
            "limit_min": limit_min,
            "years": plan.years,
            "carry_over": plan.carry_over,
        },
    )


def _people(
    problem: Problem,
    plan: Schedule,
    weight: str,
    yearly: Sequence[NDArray[np.float64]] | None,
    discount: float,
) -> NDArray[np.float64]:
    """Return (n_year, n_demand) people.

    Raises
    ------
    DataError
        The years or lengths disagree, a number is negative, or the discount is no rate.
    """
    if not 0 <= discount < _MOST_DISCOUNT:
        raise DataError(
            say(
                f"贴现率应在 0 到 1 之间，现为 {discount}。",
                f"a discount between 0 and 1 is wanted, found {discount}.",
            ),
            hint=say("例如 0.03，即每年 3%。", "For example 0.03, which is 3 % a year."),
        )
    given = [problem.weight(weight)] * plan.n_year if yearly is None else list(yearly)
    people = [np.asarray(year, dtype=np.float64) for year in given]
    fits = len(people) == plan.n_year and all(p.shape == (problem.n_demand,) for p in people)
    if not fits or not all(np.isfinite(p).all() and (p >= 0).all() for p in people):
        raise DataError(
            say(
                f"各年人数应为 {plan.n_year} 年、每年 {problem.n_demand} 个非负数。",
                f"people of {plan.n_year} years are wanted, {problem.n_demand} numbers of 0 or "
                "more each.",
            )
        )
    return np.stack(people)


def _year_index(start: PhasedPlan, free: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n_free,) positions of the years of an earlier plan; `n_year` = not opened."""
    year_of = start.year_of[free]
    at = np.searchsorted(start.years, year_of)
    return np.where(year_of > 0, at, len(start.years))
