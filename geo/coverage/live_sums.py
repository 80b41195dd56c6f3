"""Add up who is reached before and after an edit: what stood, and the points whose walk changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.areas import POINTS, known_people
from geo.coverage.workspace import Inputs
from geo.demand import WEIGHTS
from geo.schema import LEVELS
from geo.text import say


@dataclass(frozen=True, slots=True)
class Sum:
    """People of one weight in one area within one limit.

    Attributes
    ----------
    total, before, after
        Whole people; None where nobody knows how many.
    """

    minutes: float
    total: int | None
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class AreaSums:
    """One area, and who is reached in it."""

    level: str
    code: str
    name: str
    sums: tuple[Sum, ...]


@dataclass(frozen=True, slots=True)
class _Level:
    level: str
    codes: list[str]
    names: list[str]
    of_point: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Stood:
    """Who is reached as the town stands: whole people by limit and area."""

    total: NDArray[np.int64]
    some: NDArray[np.bool_]
    """(n_area,) whether anybody knows how many live there."""
    before: NDArray[np.int64]
    """(n_limit, n_area)."""


class Sums:
    """The people of a question's points, area by area.

    Parameters
    ----------
    inputs
        What the question is asked of.
    limits
        Minutes and the milliseconds they stand for.
    before_ms : (n_point,)
        Walks as the town stands.
    """

    def __init__(
        self, inputs: Inputs, limits: Sequence[tuple[float, int]], before_ms: NDArray[np.int64]
    ) -> None:
        points = inputs.demand.points
        people = {weight: known_people(points, weight) for weight in (*WEIGHTS, POINTS)}
        self.people = {weight: found[0] for weight, found in people.items()}
        """(n_point,) whole people by weight, 0 where unknown."""
        self._known = {weight: found[1] for weight, found in people.items()}
        levels = [_all(len(points)), *(_level(level, inputs) for level in LEVELS)]
        self._levels = {one.level: one for one in levels}
        self._limits = tuple(limits)
        self._before_ms = before_ms
        self._standing: dict[tuple[str, str], _Stood] = {}

    def of(
        self,
        weight: str,
        level: str,
        rows: NDArray[np.int64],
        after_ms: NDArray[np.int64],
        *,
        changed_only: bool = False,
    ) -> list[AreaSums]:
        """Return who is reached within each limit in each area of a level, before and after.

        Parameters
        ----------
        weight
            Who counts, such as ``elders`` or ``points``.
        level
            ``all``, ``county``, ``township`` or ``community``.
        rows
            Positions of the points whose walk changed.
        after_ms : (n_point,)
            Walks after the edit.
        changed_only
            Leave out areas where nobody is gained or lost within any limit.
        """
        stood, after = self._stood(weight, level), self._after(weight, level, rows, after_ms)
        listed = (
            np.flatnonzero((after != stood.before).any(axis=0))
            if changed_only
            else np.arange(len(stood.total))
        )
        group, minutes = self._levels[level], [limit for limit, _ in self._limits]
        return [
            AreaSums(level, group.codes[at], group.names[at], tuple(map(Sum, minutes, *numbers)))
            for at, *numbers in zip(
                listed.tolist(),
                _rows(stood.total[None, listed].repeat(len(minutes), axis=0), stood.some[listed]),
                _rows(stood.before[:, listed], stood.some[listed]),
                _rows(after[:, listed], stood.some[listed]),
                strict=True,
            )
        ]

    def _stood(self, weight: str, level: str) -> _Stood:
        """Return what stands, added up when first asked for."""
        found = self._standing.get((weight, level))
        if found is None:
            found = self._standing[weight, level] = self._counted(weight, level)
        return found

    def _counted(self, weight: str, level: str) -> _Stood:
        group, known = self._levels[level], self._known[weight]
        before = [self._added(weight, group, known & (self._before_ms <= ms))
                  for _, ms in self._limits]  # fmt: skip
        some = np.bincount(group.of_point, known, minlength=len(group.codes)) > 0
        return _Stood(
            total=self._added(weight, group, known),
            some=some if weight != POINTS else np.ones_like(some),
            before=np.array(before, np.int64).reshape(len(self._limits), len(group.codes)),
        )

    def _after(
        self, weight: str, level: str, rows: NDArray[np.int64], after_ms: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return (n_limit, n_area) people reached after the edit."""
        group, after = self._levels[level], self._stood(weight, level).before.copy()
        rows = rows[self._known[weight][rows]]
        people, where = self.people[weight][rows], group.of_point[rows]
        was, now = self._before_ms[rows], after_ms[rows]
        for number, (_, ms) in enumerate(self._limits):
            come = (now <= ms).astype(np.int64) - (was <= ms)
            np.add.at(after[number], where, people * come)
        return after

    def _added(self, weight: str, group: _Level, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        people = self.people[weight][mask]
        found = np.bincount(group.of_point[mask], people, minlength=len(group.codes))
        return np.rint(found).astype(np.int64)


def _rows(numbers: NDArray[np.int64], some: NDArray[np.bool_]) -> list[list[int | None]]:
    """Return the numbers of each area, one a limit; None where nobody knows how many."""
    return [
        row if known else [None] * len(row)
        for row, known in zip(numbers.T.tolist(), some.tolist(), strict=True)
    ]


def _all(n_point: int) -> _Level:
    return _Level("all", [""], [say("合计", "all")], np.zeros(n_point, np.int64))


def _level(level: str, inputs: Inputs) -> _Level:
    codes = inputs.demand.points[f"{level}_code"].astype("string").fillna("")
    of_point, found = pd.factorize(codes, sort=True)
    names = inputs.areas.names.get(level, {})
    nowhere = say("（不在任何村居内）", "(no community)")
    return _Level(
        level,
        [str(code) for code in found],
        [names.get(code) or code or nowhere for code in found],
        np.asarray(of_point, np.int64),
    )
