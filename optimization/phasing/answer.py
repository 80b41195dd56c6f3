"""A plan of years: what is opened in which year, whom it covers, and how good that is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optimization.phasing.rules import Years
from optimization.phasing.schedule import Schedule
from optimization.problem import Problem
from optimization.reached import serve
from optimization.siting import Siting


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


def plan_of(
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
