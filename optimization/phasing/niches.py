"""Which cemeteries to open in which year so that the niches suffice for the dead of every year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import say
from optimization.phasing.answer import PhasedPlan
from optimization.phasing.plan import phased_cover
from optimization.phasing.schedule import Schedule
from optimization.problem import Problem
from optimization.reached import Clock, Draft, always_open, proven, standing
from optimization.siting import Siting
from optimization.solver import Program, solve

_HALF: Final = 0.5
_SAME: Final = 1e-7
_MANY: Final = 20_000
"""With more flows the sites are kept while those who find a niche are buried as early as can be."""


@dataclass(frozen=True, slots=True)
class NichePlan:
    """What is opened in which year, and how far the niches go."""

    schedule: Schedule
    year_of: NDArray[np.int32]
    """(n_site,) year in which the plan opens it; 0 = it does not, or it stands already."""
    overall: Siting
    """Objective and bound count burials of all years that find a niche within the limit."""
    burials: NDArray[np.float64]
    """(n_year, n_demand) burials that need a niche."""
    used: NDArray[np.float64]
    """(n_year, n_site) niches taken in each year."""

    @property
    def served(self) -> NDArray[np.float64]:
        """(n_year,) burials that find a niche."""
        return np.asarray(self.used.sum(axis=1))

    @property
    def short(self) -> NDArray[np.float64]:
        """(n_year,) burials that find none within the limit."""
        return np.asarray(self.burials.sum(axis=1) - self.used.sum(axis=1))


def niche_plan(
    problem: Problem,
    plan: Schedule,
    *,
    burials: Sequence[NDArray[np.float64]],
    limit_min: float,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
) -> NichePlan:
    """Open cemeteries and columbaria year by year so that most burials find a niche in reach.

    A niche once taken stays taken. With ``x_ijt`` burials of demand ``i`` in year ``t`` at site
    ``j`` and ``y_jt`` = ``j`` is open in year ``t``, maximise ``sum_ijt x_ijt`` subject to
    ``sum_j x_ijt <= d_it``, ``sum_{s<=t} sum_i x_ijs <= K_j y_jt`` for every site and year,
    ``x_ijt <= d_it y_jt``, and the rows of the schedule as in `phased_cover`. Among the best plans
    the one that buries earliest is taken: no niche waits while somebody is turned away.

    Parameters
    ----------
    problem
        The problem; ``sites.capacity`` are free niches, of existing sites those that are left.
    plan
        What each year allows; see `schedule`.
    burials : (n_year) of (n_demand,)
        Burials of each year that need a niche: deaths times the share that is buried in one.
    limit_min
        A site serves demand within these minutes.
    limit_s, gap, seed
        As in `phased_cover`.

    Raises
    ------
    DataError
        The burials do not fit the years.
    InfeasibleError
        No plan was found in the time given.
    """
    clock = Clock(limit_s)
    asked = _burials(problem, plan, burials)
    draft = Draft()
    n_year, n_site = plan.n_year, len(problem.sites)
    stands, barred = standing(problem.sites), problem.sites.never & ~always_open(problem.sites)
    site = np.stack(
        [
            draft.columns(
                n_site,
                lower=(stands | (plan.due <= t)).astype(np.float64),
                upper=(~barred).astype(np.float64),
                integer=True,
            )
            for t in range(n_year)
        ]
    )
    plan.limit_rows(draft, site[:, ~stands], problem.sites.cost_yuan[~stands])
    flow, demand, to, year = _flows(draft, problem, site, asked, limit_min=limit_min, barred=barred)
    program = draft.program(maximise=True)
    quick = _without_limits(
        problem, plan, asked, limit_min=limit_min, limit_s=clock.left_s / 2, gap=gap, seed=seed
    )
    first_open = (quick.year_of > 0) & (quick.year_of <= np.array(plan.years)[:, None])
    fixed = _fixed(program, site, stands | first_open)
    found = solve(fixed, limit_s=clock.left_s, seed=seed)
    above = min(quick.overall.bound, float(asked.sum()))
    if not len(found.x) or found.objective < above - _SAME * max(1.0, above):
        start = found.x if len(found.x) else None
        found = solve(program, limit_s=clock.left_s, gap=gap, seed=seed, start=start)
    found = replace(found, bound=min(found.bound, above)) if len(found.x) else found
    if not len(found.x):
        raise InfeasibleError(
            say("时限内没有找到分年方案。", "no plan for the years was found in the time given."),
            hint=say("请放宽 limit_s。", "Allow a longer limit_s."),
        )
    draft.row(flow, 1.0, lower=found.objective - _SAME * max(1.0, found.objective))
    draft.charge(flow, (1 + n_year - year).astype(np.float64))
    again = draft.program(maximise=True)
    if len(flow) > _MANY:
        again = _fixed(again, site, found.x[site] > _HALF)
    early = solve(again, limit_s=clock.left_s, start=found.x, gap=gap, seed=seed)
    best = early.x if len(early.x) else found.x
    open_by, x = best[site] > _HALF, np.maximum(best[flow], 0.0)
    used = np.zeros((n_year, n_site))
    np.add.at(used, (year, to), x)
    first = n_year - open_by.sum(axis=0)
    needless = (used.sum(axis=0) <= _SAME) & (plan.due == n_year) & ~stands
    first[needless] = n_year
    year_of = np.where(
        ~stands & (first < n_year), np.array([*plan.years, 0], dtype=np.int32)[first], 0
    ).astype(np.int32)
    served = float(np.round(used.sum(), 6))
    bound = found.bound if np.isfinite(found.bound) else float(asked.sum())
    measures = {
        "new_sites": float((year_of > 0).sum()),
        "cost_yuan": float(problem.sites.cost_yuan[year_of > 0].sum()),
        "burials": float(asked.sum()),
    }
    if found.outcome == "stopped":
        measures["stopped_by_time"] = 1.0
    parameters: dict[str, Any] = {"limit_min": limit_min, "years": plan.years}
    return NichePlan(
        schedule=plan,
        year_of=year_of,
        overall=Siting(
            model="niche_plan",
            sense="max",
            sites=np.flatnonzero(stands | (year_of > 0)).astype(np.int32),
            assignment=_mostly(problem, demand, to, x),
            objective=served,
            bound=proven(min(bound, float(asked.sum())), served, asked, _whole(problem)),
            unit="burials",
            seconds=clock.seconds,
            seed=seed,
            asked_gap=gap,
            measures=measures,
            parameters=parameters,
        ),
        burials=asked,
        used=used,
    )


def _without_limits(
    problem: Problem,
    plan: Schedule,
    asked: NDArray[np.float64],
    *,
    limit_min: float,
    limit_s: float,
    gap: float,
    seed: int,
) -> PhasedPlan:
    """Return the plan that reaches most as if niches never ran out; its bound holds with limits.

    Sites without a single niche serve nobody: their walks are left out.
    """
    minutes, empty = problem.minutes, problem.sites.capacity <= 0
    keep = ~empty[minutes.indices]
    counts = np.bincount(minutes.rows[keep], minlength=problem.n_demand)
    bare = replace(
        minutes,
        indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        indices=minutes.indices[keep],
        ms=minutes.ms[keep],
    )
    return phased_cover(
        replace(problem, minutes=bare, weights={"burials": asked[0]}),
        plan,
        weight="burials",
        yearly_people=list(asked),
        limit_min=limit_min,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
    )


def _fixed(program: Program, site: NDArray[np.int64], opened: NDArray[np.bool_]) -> Program:
    """Return the program with its sites settled, so that only flows are left to find."""
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[site] = upper[site] = opened.astype(np.float64)
    return replace(program, lower=lower, upper=upper)


def _burials(
    problem: Problem, plan: Schedule, burials: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    years = [np.asarray(year, dtype=np.float64) for year in burials]
    fits = len(years) == plan.n_year and all(y.shape == (problem.n_demand,) for y in years)
    if not fits or not all(np.isfinite(y).all() and (y >= 0).all() for y in years):
        raise DataError(
            say(
                f"安葬需求应为 {plan.n_year} 年、每年 {problem.n_demand} 个非负数。",
                f"burials of {plan.n_year} years are wanted, {problem.n_demand} numbers of 0 or "
                "more each.",
            ),
            hint=say(
                "安葬需求等于死亡人数乘以入葬比例。", "Burials are deaths times the share buried."
            ),
        )
    return np.stack(years)


def _flows(
    draft: Draft,
    problem: Problem,
    site: NDArray[np.int64],
    asked: NDArray[np.float64],
    *,
    limit_min: float,
    barred: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Add who is buried where and when, with all rows; return columns, demand, site and year."""
    within = problem.within(limit_min)
    rows, columns = within.rows, within.indices.astype(np.int64)
    use = ~barred[columns]
    rows, columns = rows[use], columns[use]
    n_year, n_pair = len(asked), len(rows)
    demand, to = np.tile(rows, n_year), np.tile(columns, n_year)
    year = np.repeat(np.arange(n_year), n_pair)
    most = asked[year, demand]
    some = most > 0
    demand, to, year, most = demand[some], to[some], year[some], most[some]
    flow = draft.columns(len(demand), cost=1.0, upper=most)
    _sums(draft, year * problem.n_demand + demand, flow, asked.reshape(-1))
    pairs = np.column_stack([flow, site[year, to]]).reshape(-1)
    draft.rows(
        np.full(len(flow), 2),
        pairs,
        np.column_stack([np.ones(len(flow)), -most]).reshape(-1),
        upper=0.0,
    )
    for j in np.flatnonzero(np.isfinite(problem.sites.capacity)):
        mine, niches = to == j, problem.sites.capacity[j]
        for t in range(n_year):
            taken = flow[mine & (year <= t)]
            if len(taken):
                entries = np.append(taken, site[t, j])
                draft.row(entries, np.append(np.ones(len(taken)), -niches), upper=0.0)
    return flow, demand, to, year


def _sums(
    draft: Draft,
    owner: NDArray[np.int64],
    flow: NDArray[np.int64],
    most: NDArray[np.float64],
) -> None:
    """Add one row an owner: its flows add up to at most so much."""
    order = np.argsort(owner, kind="stable")
    owners, counts = np.unique(owner, return_counts=True)
    draft.rows(counts, flow[order], 1.0, upper=most[owners])


def _mostly(
    problem: Problem, demand: NDArray[np.int64], to: NDArray[np.int64], x: NDArray[np.float64]
) -> NDArray[np.int32]:
    """Return (n_demand,) the site that takes most burials of each demand point; -1 = none."""
    some = x > _HALF * 1e-6
    key, inverse = np.unique(demand[some] * len(problem.sites) + to[some], return_inverse=True)
    total = np.bincount(inverse, x[some], minlength=len(key))
    owner, site = np.divmod(key, len(problem.sites))
    order = np.lexsort((site, -total, owner))
    first = order[np.unique(owner[order], return_index=True)[1]]
    assignment = np.full(problem.n_demand, -1, dtype=np.int32)
    assignment[owner[first]] = site[first]
    return assignment


def _whole(problem: Problem) -> NDArray[np.float64]:
    capacity = problem.sites.capacity
    return np.where(np.isfinite(capacity), capacity, 0.0)
