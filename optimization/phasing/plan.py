"""Which sites to open in which year so that most people are covered, year after year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import say
from optimization.covering import cover_sets, max_cover
from optimization.phasing.rules import Years, first_plan, improved, placed, reordered
from optimization.phasing.schedule import Schedule
from optimization.problem import Problem
from optimization.reached import Clock, Draft, proven, reached, serve, standing
from optimization.siting import Siting
from optimization.solver import Solution, solve

Goal = Literal["sum", "final"]
"""``sum``: person-years of all years, discounted; ``final``: the last year first, then the sum."""

_CORE_PAIRS: Final = 100_000
"""Pairs of cell and site over all years up to which a whole program is handed to the solver."""

_EXACT_PAIRS: Final = 10_000
"""Such pairs up to which the bound by years is driven to the end."""

_LARGE_GAP: Final = 0.001
"""Relative gap of the bound by years beyond that size."""

_NODES: Final = 20_000
"""Of the solver's tree, after which its best plan is taken: the same on every machine."""

_YEAR: Final = "year"
"""Name of the people of one year while it is asked about."""

_MOST_DISCOUNT: Final = 1.0


@dataclass(frozen=True, slots=True)
class PhasedPlan:
    """What is opened in which year, whom it covers, and how good that is."""

    schedule: Schedule
    year_of: NDArray[np.int32]
    """(n_site,) year in which the plan opens it; 0 = it does not, or it stands already."""
    overall: Siting
    """The plan when all is built: objective, bound and gap of what was asked for all years."""
    by_year: tuple[Siting, ...]
    """Each year's open sites and people covered; its bound holds for any plan of the schedule."""
    people: NDArray[np.float64]
    """(n_year, n_demand) whom each year counts."""
    covered_today: NDArray[np.bool_]
    """(n_demand,) who is covered before anything is built."""

    @property
    def years(self) -> tuple[int, ...]:
        """The years planned."""
        return self.schedule.years

    @property
    def covered(self) -> NDArray[np.float64]:
        """(n_year,) people covered."""
        return np.array([siting.objective for siting in self.by_year])

    def opened(self, year: int) -> NDArray[np.int64]:
        """Return the positions of the sites that a year opens."""
        return np.flatnonzero(self.year_of == year)


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
    most, at_once = _year_bounds(
        problem, years, people, clock=clock, limit_min=limit_min, seed=seed
    )
    begun = None if start is None else _year_index(start, cells.free)
    tries = [begun, first_plan(years), placed(years, np.isin(cells.free, at_once))]
    allowed = [plan for plan in tries if plan is not None and years.allows(plan)]
    opened = max(allowed, key=years.value, default=None)
    opened = None if opened is None else improved(years, opened, clock=clock)
    opened, bound, stopped = _solved(years, opened, clock=clock, gap=gap, seed=seed)
    bound = max(min(bound, float((years.factor * most).sum())), years.value(opened))
    if goal == "final" or not discount:
        bound = proven(bound, years.value(opened), people)
    measures: dict[str, float] = {}
    if goal == "final":
        second = replace(years, factor=factor)
        opened, more, cut = _solved(
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
    return _plan(
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


def _year_bounds(
    problem: Problem,
    years: Years,
    people: NDArray[np.float64],
    *,
    clock: Clock,
    limit_min: float,
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return people whom no plan exceeds in each year, all money until then spent at once.

    Returns
    -------
    tuple
        (n_year,) people, and the sites of the plan that spends all money of the last year at once.
    """
    plan, sites = years.schedule, problem.sites
    prepared = cover_sets(problem, limit_min)
    large = len(years.cells.indices) * plan.n_year > _EXACT_PAIRS
    bounds: list[float] = []
    before: Siting | None = None
    for t in range(plan.n_year):
        due = (plan.due <= t) | (sites.must & sites.existing)
        asked = replace(
            problem,
            sites=replace(sites, must=due),
            weights={_YEAR: people[t]},
        )
        most = float(people[t].sum())
        for name, total in (("p", plan.total_sites[t]), ("budget_yuan", plan.total_yuan[t])):
            if not np.isfinite(total):
                continue
            best = max_cover(
                asked,
                **{name: int(total) if name == "p" else float(total)},  # type: ignore[arg-type]
                weight=_YEAR,
                limit_min=limit_min,
                limit_s=clock.left_s,
                gap=_LARGE_GAP if large else 0.0,
                seed=seed,
                start=before,
                prepared=prepared,
            )
            most, before = min(most, best.bound), best
        bounds.append(most)
    assert before is not None  # something limits the years
    return np.array(bounds), before.sites


def _solved(
    years: Years,
    opened: NDArray[np.int64] | None,
    *,
    clock: Clock,
    gap: float,
    seed: int,
    last_at_least: float = 0.0,
) -> tuple[NDArray[np.int64], float, bool]:
    """Return the better of a plan and the solver's, what is proven, and whether time cut it."""
    n_year, n_pair = len(years.people), len(years.cells.indices)
    if opened is not None and n_pair * n_year > _CORE_PAIRS:
        return opened, float("inf"), False
    draft = Draft()
    site, hit = years.columns(draft)
    if last_at_least:
        draft.row(
            hit[-1], years.people[-1], lower=last_at_least - years.settled[-1] - _slack(years)
        )
    program = draft.program(maximise=True)
    start = None
    if opened is not None:
        start = np.zeros(len(program.cost))
        for t in range(n_year):
            start[site[t]] = opened <= t
            start[hit[t]] = years.cells.times(opened <= t) > 0
    found = solve(program, limit_s=clock.left_s, start=start, gap=gap, seed=seed, nodes=_NODES)
    chosen = _year_of(found, site)
    if chosen is not None and years.allows(chosen):
        keeps = years.covered(chosen)[-1] >= last_at_least - _slack(years)
        if opened is None or (keeps and years.value(chosen) > years.value(opened)):
            opened = chosen
    if opened is None:
        raise InfeasibleError(
            say("时限内没有找到分年方案。", "no plan for the years was found in the time given."),
            hint=say("请放宽 limit_s。", "Allow a longer limit_s."),
        )
    constant = float((years.factor * years.settled).sum())
    bound = found.bound + constant if np.isfinite(found.bound) else float("inf")
    return opened, max(bound, years.value(opened)), found.by_time


def _slack(years: Years) -> float:
    return 1e-6 * max(1.0, float(years.people[-1].sum()))


def _year_of(found: Solution, site: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return (n_free,) the position of the year in which a solution opens each site."""
    if not len(found.x):
        return None
    return np.asarray((found.x[site] < 0.5).sum(axis=0), dtype=np.int64)  # noqa: PLR2004


def _plan(
    problem: Problem,
    years: Years,
    opened: NDArray[np.int64],
    *,
    most: NDArray[np.float64],
    people: NDArray[np.float64],
    overall: Mapping[str, Any],
    measures: Mapping[str, float],
    parameters: Mapping[str, Any],
) -> PhasedPlan:
    """Return the answer: every year's sites and people, and the whole."""
    plan, cells, sites = years.schedule, years.cells, problem.sites
    year_of = np.zeros(len(sites), dtype=np.int32)
    built = opened < plan.n_year
    year_of[cells.free[built]] = np.array(plan.years, dtype=np.int32)[opened[built]]
    covered = years.covered(opened)
    sitings = []
    for t, year in enumerate(plan.years):
        is_open = (year_of > 0) & (year_of <= year)
        new = year_of == year
        is_open[cells.kept] = True
        sitings.append(
            Siting(
                model="phased_cover",
                sense="max",
                sites=np.flatnonzero(is_open).astype(np.int32),
                assignment=serve(problem, is_open, parameters["limit_min"]),
                objective=float(covered[t]),
                bound=max(float(most[t]), float(covered[t])),
                unit=str(parameters["weight"]),
                seconds=overall["seconds"],
                seed=overall["seed"],
                asked_gap=overall["asked_gap"],
                measures={
                    "people": float(people[t].sum()),
                    "new_sites": float(new.sum()),
                    "cost_yuan": float(sites.cost_yuan[new].sum()),
                    "rent_yuan_year": float(
                        sites.rent_yuan_year[(year_of > 0) & (year_of <= year)].sum()
                    ),
                },
                parameters={"year": year},
            )
        )
    return PhasedPlan(
        schedule=plan,
        year_of=year_of,
        overall=Siting(
            sites=sitings[-1].sites,
            assignment=sitings[-1].assignment,
            measures={
                "new_sites": float(built.sum()),
                "cost_yuan": float(years.cost_yuan[built].sum()),
                **measures,
            },
            parameters=parameters,
            **overall,
        ),
        by_year=tuple(sitings),
        people=people,
        covered_today=cells.cell == -1,
    )
