"""Which sites cover which demand: points with the same cover set merged into one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import listed, say
from geo.travel.minutes import Minutes
from optimization.covering._merge import merge_rows, turn
from optimization.problem import Problem

_WHOLE_UP_TO: Final = 2.0**52
"""Whole numbers are exact in floating point up to here."""

Weight = str | Mapping[str, float]
"""A weight of the problem, or several of them at once, each with its factor."""


@dataclass(frozen=True, slots=True)
class CoverSets:
    """Rows and the columns that cover them, stored both ways."""

    indptr: NDArray[np.int64]
    """(n_row + 1,)"""
    indices: NDArray[np.int32]
    """(n_pair,) columns of each row."""
    column_indptr: NDArray[np.int64]
    """(n_column + 1,)"""
    column_rows: NDArray[np.int32]
    """(n_pair,) rows of each column, ascending."""

    @property
    def n_row(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    @property
    def n_column(self) -> int:
        """Number of columns."""
        return len(self.column_indptr) - 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """The cover sets of a problem at one limit: made once, asked often."""

    minutes: Minutes
    """Of the problem; a question with other minutes is refused."""
    limit_ms: int
    sets: CoverSets
    """Merged rows by all sites."""
    row_of: NDArray[np.int32]
    """(n_demand,) merged row of each demand point; -1 = no site within the limit."""
    price: NDArray[np.float64] | None = None
    """(n_row,) dual price of each row as a share of its weight, to begin the next bound from."""
    share: NDArray[np.float64] | None = None
    """(n_site,) how far open each site is in the relaxed plan at those prices."""

    def people(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n_row,) people of each merged row; those without a site are left out."""
        near = self.row_of >= 0
        return sums(self.row_of[near], weight[near], self.sets.n_row)


def sums(
    group: NDArray[np.integer], value: NDArray[np.float64], n_group: int
) -> NDArray[np.float64]:
    """Return the sum of the values of each group."""
    return np.bincount(group, weights=value, minlength=n_group).astype(np.float64)


def arrange(indptr: NDArray[np.int64], indices: NDArray[np.int32], n_column: int) -> CoverSets:
    """Return cover sets given by rows."""
    return CoverSets(indptr, indices, *turn(indptr, indices, n_column))


def cover_sets(problem: Problem, limit_min: float) -> Prepared:
    """Merge demand points that the same sites cover within a limit.

    Parameters
    ----------
    problem
        Rows of its minutes are demand, columns sites.
    limit_min
        Longest walk that counts, itself included.

    Returns
    -------
    Prepared
        Linear in time and memory in the number of pairs.
    """
    limit_ms = problem.limit_ms(limit_min)
    minutes = problem.minutes
    row_of, indptr, indices = merge_rows(
        minutes.indptr,
        minutes.indices,
        minutes.ms,
        limit_ms,
        np.arange(problem.n_site, dtype=np.int32),
        np.zeros(problem.n_demand, dtype=np.bool_),
    )
    return Prepared(minutes, limit_ms, arrange(indptr, indices, problem.n_site), row_of)


def prepared_for(problem: Problem, limit_min: float, prepared: Prepared | None) -> Prepared:
    """Return what was prepared if it answers this question, or prepare it.

    Raises
    ------
    DataError
        It was prepared for other walks or for another limit.
    """
    if prepared is None:
        return cover_sets(problem, limit_min)
    if prepared.minutes is not problem.minutes or prepared.limit_ms != problem.limit_ms(limit_min):
        raise DataError(
            say(
                "预备的覆盖集属于另一组步行时间或另一时限。",
                "the prepared cover sets belong to other walks or to another limit.",
            ),
            hint=say("请用 cover_sets 重新预备。", "Prepare again with cover_sets."),
        )
    return prepared


def combined_weight(problem: Problem, weight: Weight) -> tuple[NDArray[np.float64], str]:
    """Return (n_demand,) people, several kinds added by their factors, and the unit's name.

    Raises
    ------
    NotFoundError
        The problem has no such weight.
    DataError
        A factor is negative or not a number, or none is given.
    """
    if isinstance(weight, str):
        return problem.weight(weight), weight
    wrong = [name for name, factor in weight.items() if not (np.isfinite(factor) and factor >= 0)]
    if wrong or not weight:
        raise DataError(
            say("权重系数须为非负数：", "factors of weights must be 0 or more: ")
            + (listed(wrong) or say("未给出", "none given")),
            hint=say("例如 {'elders': 1, 'children': 0.5}。", "Such as {'elders': 1}."),
        )
    total = sum(
        (factor * problem.weight(name) for name, factor in weight.items()),
        start=np.zeros(problem.n_demand),
    )
    return total, "+".join(f"{factor:g}*{name}" for name, factor in weight.items())


def is_whole(*values: NDArray[np.float64]) -> bool:
    """Return whether sums of these numbers are whole and exact."""
    return all(bool((v == np.rint(v)).all()) and v.sum() < _WHOLE_UP_TO for v in values)
