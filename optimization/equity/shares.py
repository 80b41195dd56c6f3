"""How many people of each township have a site within the limit, and how unequal that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.problem import Problem
from optimization.reached import Ask


@dataclass(frozen=True, slots=True)
class Shares:
    """People by township."""

    areas: NDArray[np.int64]
    """(n_area,) positions in `Problem.area_names` of the townships that have people."""
    people: NDArray[np.float64]
    """(n_area,) all their people."""
    covered: NDArray[np.float64]
    """(n_area,) their people within the limit."""

    @property
    def share(self) -> NDArray[np.float64]:
        """(n_area,) people within the limit over all people."""
        return self.covered / self.people

    @property
    def gini(self) -> float:
        """Gini coefficient of the shares, every township counted once; 0 where nobody is covered.

        ``sum_{a<b} |s_a - s_b| / (n * sum_a s_a)``: 0 when all shares are equal, at most
        ``1 - 1/n``, when one township alone is covered.
        """
        return gini(self.share)


def gini(values: NDArray[np.float64]) -> float:
    """Return the Gini coefficient of values that are 0 or more; 0 when all of them are 0.

    Examples
    --------
    >>> gini(np.array([0.5, 0.5])), gini(np.array([1.0, 0.0]))
    (0.0, 0.5)
    """
    total = values.sum()
    if total <= 0:
        return 0.0
    rank = 2 * np.arange(1, len(values) + 1) - len(values) - 1
    return max(0.0, float((rank * np.sort(values)).sum() / (len(values) * total)))


def shares(problem: Problem, covered: NDArray[np.bool_], weight: NDArray[np.float64]) -> Shares:
    """Return people and covered people by township; demand outside all townships is left out.

    Raises
    ------
    DataError
        No demand point with people lies in a township.
    """
    inside = problem.area >= 0
    n_area = len(problem.area_names)
    people = np.bincount(problem.area[inside], weight[inside], minlength=n_area)
    hit = inside & covered
    reached_people = np.bincount(problem.area[hit], weight[hit], minlength=n_area)
    some = np.flatnonzero(people > 0)
    if not len(some):
        raise DataError(
            say(
                "没有任何乡镇街道有需求，谈不上各地均衡。",
                "no township has any demand: there is nothing to balance.",
            ),
            hint=say("请检查村居边界和人数。", "check the communities and their people."),
        )
    return Shares(
        areas=some,
        people=people[some].astype(np.float64),
        covered=reached_people[some].astype(np.float64),
    )


@dataclass(frozen=True, slots=True)
class Towns:
    """Townships of a question, by cell."""

    ask: Ask
    areas: NDArray[np.int64]
    people: NDArray[np.float64]
    """(n_area,)"""
    settled: NDArray[np.float64]
    """(n_area,) people whom the kept sites reach."""
    cell_town: NDArray[np.int64]
    """(n_cell,) position in `areas`; -1 = in none."""
    cell_people: NDArray[np.float64]
    """(n_cell,)"""
    counted: NDArray[np.bool_]
    """(n_area,) whether any site reaches someone there."""

    @classmethod
    def of(cls, ask: Ask) -> Towns:
        """Sum up the demand of a question by township."""
        cells = ask.cells
        now = shares(ask.problem, cells.cell == -1, ask.people)
        town = np.full(len(ask.problem.area_names) + 1, -1)
        town[now.areas] = np.arange(len(now.areas))
        could = shares(ask.problem, cells.cell >= -1, ask.people)
        return cls(
            ask=ask,
            areas=now.areas,
            people=now.people,
            settled=now.covered,
            cell_town=town[cells.area],
            cell_people=cells.people(ask.people),
            counted=could.covered > 0,
        )

    def share(self, opened: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return (n_area,) the share of each township when these free sites are open."""
        hit = (self.ask.cells.times(opened) > 0) & (self.cell_town >= 0)
        more = np.bincount(self.cell_town[hit], self.cell_people[hit], minlength=len(self.areas))
        return (self.settled + more) / self.people

    def worst(self, opened: NDArray[np.bool_]) -> float:
        """Return the least share of the townships that some site reaches; 0 without any."""
        return (
            float(self.share(opened)[self.counted].min(initial=1.0)) if self.counted.any() else 0.0
        )
