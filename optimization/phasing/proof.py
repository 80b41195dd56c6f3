"""How good a plan of years can be: a bound for each year, and the solver on all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from geo.text import say
from optimization.covering import cover_sets, max_cover
from optimization.phasing.rules import Years
from optimization.problem import Problem
from optimization.reached import Clock, Draft
from optimization.siting import Siting
from optimization.solver import Solution, solve

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


def year_bounds(
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


def solved(
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
