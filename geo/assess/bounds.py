"""What is known of a number: its least and greatest value, and which input would settle it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.norms.model import Op

Numbers = NDArray[np.float64]
Texts = NDArray[np.object_]
Findings = NDArray[np.int8]

PASS, FAIL, UNKNOWN = np.int8(1), np.int8(0), np.int8(-1)

_DIGITS = 9
"""Figures are compared to so many decimals: 0.1 × 3 is 0.3."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A number of each subject, or as much as is known of it.

    A sum of areas of which one is missing is at least the sum of the others: enough to pass a
    requirement it already meets, never enough to fail one.
    """

    low: Numbers
    """(n,) at least; -inf where nothing is known."""
    high: Numbers
    """(n,) at most; inf where nothing is known."""
    lacks: Texts
    """(n,) key of the missing input, "" where the number is known."""

    def __len__(self) -> int:
        return len(self.low)

    @property
    def exact(self) -> Numbers:
        """(n,) the number, NaN where it is not known."""
        return np.where(self.low == self.high, self.low, np.nan)

    def take(self, rows: NDArray[np.int64]) -> Bounds:
        """Return the numbers of some subjects."""
        return Bounds(self.low[rows], self.high[rows], self.lacks[rows])


def known(values: Numbers, lack: str) -> Bounds:
    """Return numbers as bounds; NaN is a number of which nothing is known, for want of ``lack``."""
    gone = np.isnan(values)
    return Bounds(
        np.where(gone, -np.inf, values),
        np.where(gone, np.inf, values),
        np.where(gone, np.array(lack, object), np.array("", object)),
    )


def nothing_known(n: int, lack: str, *, least: float = -np.inf) -> Bounds:
    """Return numbers of which only a least value is known."""
    return Bounds(np.full(n, least), np.full(n, np.inf), np.full(n, lack, object))


def total(parts: list[Bounds]) -> Bounds:
    """Return the sums of several numbers of the same subjects."""
    return Bounds(
        np.sum([part.low for part in parts], axis=0),
        np.sum([part.high for part in parts], axis=0),
        first([part.lacks for part in parts]),
    )


def grouped(bounds: Bounds, group: NDArray[np.int64], n_group: int) -> Bounds:
    """Return the sums over groups of subjects; group -1 is left out."""
    inside = group >= 0
    at = group[inside]
    infinite = ~np.isfinite(np.array([bounds.low[inside], bounds.high[inside]]))
    low = np.bincount(at, np.where(infinite[0], 0, bounds.low[inside]), minlength=n_group)
    high = np.bincount(at, np.where(infinite[1], 0, bounds.high[inside]), minlength=n_group)
    endless = [np.bincount(at, gone, minlength=n_group) > 0 for gone in infinite]
    lacks = np.full(n_group, "", object)
    short = np.flatnonzero(bounds.lacks[inside] != "")[::-1]
    lacks[at[short]] = bounds.lacks[inside][short]
    return Bounds(np.where(endless[0], -np.inf, low), np.where(endless[1], np.inf, high), lacks)


def first(lacks: list[Texts]) -> Texts:
    """Return the first missing input of each subject."""
    found = lacks[0].copy()
    for more in lacks[1:]:
        found = np.where(found == "", more, found)
    return found


def compare(op: Op, actual: Bounds, required: Numbers, upper: Numbers) -> Findings:
    """Return `PASS`, `FAIL` or `UNKNOWN` for each subject; without a figure it is unknown."""
    low, high = np.round(actual.low, _DIGITS), np.round(actual.high, _DIGITS)
    least, most = np.round(required, _DIGITS), np.round(upper, _DIGITS)
    match op:
        case "<=":
            yes, no = high <= least, low > least
        case "between":
            yes, no = (low >= least) & (high <= most), (high < least) | (low > most)
        case "==":
            yes, no = (low == least) & (high == least), (high < least) | (low > least)
        case _:
            yes, no = low >= least, high < least
    return np.where(yes, PASS, np.where(no, FAIL, UNKNOWN))


def every(findings: list[Findings]) -> Findings:
    """Return the conjunction: one failure fails, else one unknown leaves it unknown."""
    rows = np.array(findings)
    failed, unknown = (rows == FAIL).any(axis=0), (rows == UNKNOWN).any(axis=0)
    return np.where(failed, FAIL, np.where(unknown, UNKNOWN, PASS))


def some(findings: list[Findings], at_least: int = 1) -> Findings:
    """Return whether at least so many pass: surely, surely not, or unknown."""
    rows = np.array(findings)
    passed = (rows == PASS).sum(axis=0)
    possible = (rows != FAIL).sum(axis=0)
    return np.where(passed >= at_least, PASS, np.where(possible < at_least, FAIL, UNKNOWN))


def tally(findings: Findings, group: NDArray[np.int64], n_group: int) -> tuple[Numbers, Numbers]:
    """Return how many of each group pass at least and at most."""
    inside = group >= 0
    at, found = group[inside], findings[inside]
    return (
        np.bincount(at, found == PASS, minlength=n_group).astype(np.float64),
        np.bincount(at, found != FAIL, minlength=n_group).astype(np.float64),
    )
