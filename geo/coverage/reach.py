"""Who is reached by which facility: the arithmetic on a sparse matrix of minutes, and only that.

Rows are demand points, columns are facilities; an absent pair is out of reach. Three numbers are
kept apart for every facility, because adding catchments counts the same people many times:

reached
    people within the minutes of the facility, whoever else reaches them;
unique
    those of them whom no other facility reaches: what would be lost if it alone closed;
overlapping
    those whom another facility reaches as well; ``reached = unique + overlapping``.

``marginal`` ranks the facilities: first the one that reaches most people, then the one that adds
most to it, and so on. A facility's marginal coverage is what it adds to those ranked before it, so
the marginal numbers, unlike the reached ones, add up to the people covered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.network.arrays import runs
from geo.travel.minutes import MS_A_MINUTE, Minutes

# A limit such as 15 min at 0.8 m/s is computed in floating point; this much of a millisecond is
# forgiven, so that a facility at exactly the limit counts.
_MS_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Pairs:
    """The pairs of demand point and facility within one limit."""

    point: NDArray[np.int64]
    """(n_pair,) demand point, ascending."""
    facility: NDArray[np.int32]
    """(n_pair,) facility, ascending within a point."""
    n_point: int
    n_facility: int

    @property
    def multiplicity(self) -> NDArray[np.int64]:
        """(n_point,) by how many facilities each point is reached."""
        return np.bincount(self.point, minlength=self.n_point)

    @property
    def covered(self) -> NDArray[np.bool_]:
        """(n_point,) whether any facility reaches the point."""
        return self.multiplicity > 0


@dataclass(frozen=True, slots=True)
class FacilityShares:
    """What each facility contributes; arrays are (n_facility, n_weight), whole people."""

    reached: NDArray[np.int64]
    unique: NDArray[np.int64]
    overlapping: NDArray[np.int64]
    marginal: NDArray[np.int64]
    nearest: NDArray[np.int64]
    """People covered whose nearest facility it is; adds up to the people covered."""
    rank: NDArray[np.int64]
    """(n_facility,) 1 for the facility that reaches most, 2 for the one that adds most to it."""


def limit_ms(minutes: float, *, speed_m_s: float, at_m_s: float) -> int:
    """Return the limit on times walked at one speed that stands for minutes at another.

    Every street factor multiplies the speed, so a walker at ``at_m_s`` needs ``speed_m_s / at_m_s``
    times as long: within 15 min at 0.8 m/s is within 12 min at 1.0 m/s.

    Examples
    --------
    >>> limit_ms(15, speed_m_s=1.0, at_m_s=0.8)
    720000
    """
    return int(np.floor(minutes * MS_A_MINUTE * at_m_s / speed_m_s + _MS_TOLERANCE))


def within(minutes: Minutes, limit: int) -> Pairs:
    """Return the pairs of at most ``limit`` milliseconds; exactly the limit counts."""
    n_point = len(minutes.indptr) - 1
    point = np.repeat(np.arange(n_point), np.diff(minutes.indptr))
    inside = minutes.ms <= limit
    return Pairs(
        point=point[inside],
        facility=minutes.indices[inside],
        n_point=n_point,
        n_facility=minutes.n_facility,
    )


def nearest_facility(minutes: Minutes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return milliseconds to the nearest facility and which; -1 where none is in the matrix.

    Among facilities at the same time the first wins.
    """
    n_point = len(minutes.indptr) - 1
    nearest_ms = np.full(n_point, -1, np.int64)
    facility = np.full(n_point, -1, np.int64)
    rows = np.flatnonzero(np.diff(minutes.indptr))
    if len(rows):
        key = minutes.ms.astype(np.int64) * minutes.n_facility + minutes.indices
        best = np.minimum.reduceat(key, minutes.indptr[rows])
        nearest_ms[rows], facility[rows] = np.divmod(best, minutes.n_facility)
    return nearest_ms, facility


def facility_shares(
    pairs: Pairs,
    people: NDArray[np.int64],
    nearest: NDArray[np.int64],
    *,
    rank_by: NDArray[np.int64],
) -> FacilityShares:
    """Count what each facility reaches, alone and with others.

    Parameters
    ----------
    pairs
        Pairs within the limit.
    people : (n_point, n_weight)
        Whole people of each point; 0 where unknown.
    nearest : (n_point,)
        Nearest facility of each point, -1 for none.
    rank_by : (n_point,)
        Weight that ranks the facilities; ties go to the first facility.
    """
    covered = pairs.covered
    alone = pairs.multiplicity[pairs.point] == 1
    reached = _sum_by(pairs.facility, people[pairs.point], pairs.n_facility)
    unique = _sum_by(pairs.facility[alone], people[pairs.point[alone]], pairs.n_facility)
    order, first_of = _greedy(pairs, rank_by)
    marginal = _sum_by(first_of[covered], people[covered], pairs.n_facility)
    rank = np.empty(pairs.n_facility, np.int64)
    rank[order] = np.arange(1, pairs.n_facility + 1)
    return FacilityShares(
        reached=reached,
        unique=unique,
        overlapping=reached - unique,
        marginal=marginal,
        nearest=_sum_by(nearest[covered], people[covered], pairs.n_facility),
        rank=rank,
    )


def _sum_by(
    owner: NDArray[np.integer], people: NDArray[np.int64], n_owner: int
) -> NDArray[np.int64]:
    """Add up people by owner; (n_owner, n_weight)."""
    columns = [np.bincount(owner, column, minlength=n_owner) for column in people.T]
    return np.rint(np.column_stack(columns)).astype(np.int64)


def _greedy(pairs: Pairs, weight: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rank facilities by what each adds, and say which first covers each point.

    Every pair is looked at twice: once when its facility is taken, once when its point is covered.
    """
    by_facility = np.argsort(pairs.facility, kind="stable")
    point_of = pairs.point[by_facility]
    start = np.searchsorted(pairs.facility[by_facility], np.arange(pairs.n_facility + 1))
    row_start = np.searchsorted(pairs.point, np.arange(pairs.n_point + 1))
    gain = np.bincount(pairs.facility, weight[pairs.point], minlength=pairs.n_facility)
    points_left = np.bincount(pairs.facility, minlength=pairs.n_facility)
    first_of = np.full(pairs.n_point, -1, np.int64)
    taken = np.zeros(pairs.n_facility, bool)
    order = np.empty(pairs.n_facility, np.int64)
    for rank in range(pairs.n_facility):
        best = int(np.argmax(np.where(taken, -1.0, gain)))
        order[rank], taken[best] = best, True
        if not points_left[best]:
            continue
        mine = point_of[start[best] : start[best + 1]]
        fresh = mine[first_of[mine] < 0]
        first_of[fresh] = best
        touched = runs(row_start[fresh], row_start[fresh + 1] - row_start[fresh])
        losers = pairs.facility[touched]
        gain -= np.bincount(losers, weight[pairs.point[touched]], minlength=pairs.n_facility)
        points_left -= np.bincount(losers, minlength=pairs.n_facility)
    return order, first_of
