"""Split the total of a community over the places where its people live."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Remainders closer than this are a tie, on every machine.
_TIE = 1e-9


def largest_remainder(
    totals: NDArray[np.int64], *, weights: NDArray[np.float64], group: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Split whole totals over weighted parts so that every group adds up exactly.

    Each part gets the whole number below its exact quota ``total * weight / sum(weight)``; what is
    left goes one by one to the largest remainders. Ties are spread evenly over the order of the
    parts, so that a few people on many equal streets do not all stand at one end.

    Parameters
    ----------
    totals : (n_group,)
        Whole number to split in each group, not negative.
    weights : (n,)
        Weight of each part, not negative; a group whose weights are all 0 is split evenly.
    group : (n,)
        Group of each part, 0..n_group - 1.

    Returns
    -------
    (n,) int64
        Shares; those of a group add up to its total, and a group without parts has none.

    References
    ----------
    Hamilton's method of apportionment; Balinski and Young (1982), Fair Representation.

    Examples
    --------
    >>> largest_remainder(np.array([10]), weights=np.array([1.0, 1, 1]), group=np.array([0, 0, 0]))
    array([4, 3, 3])
    >>> largest_remainder(np.array([4]), weights=np.ones(8), group=np.zeros(8, int))
    array([1, 0, 1, 0, 1, 0, 1, 0])
    """
    n_group = len(totals)
    weight_sum = np.bincount(group, weights, minlength=n_group)
    even = weight_sum[group] == 0
    fair = np.where(even, 1.0, weights)
    fair_sum = np.bincount(group, fair, minlength=n_group)
    quota = totals[group] * (fair / fair_sum[group])
    share = np.floor(quota + _TIE).astype(np.int64)
    given = np.bincount(group, share, minlength=n_group).astype(np.int64)
    left = (totals - given)[group]

    remainder = np.round((quota - share) / _TIE)
    spread = _spread(_rank_in(group, np.lexsort((np.arange(len(group)), group))))
    rank = _rank_in(group, np.lexsort((spread, -remainder, group)))
    return share + (rank < left)


def _rank_in(group: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of each part within its group, when parts stand in this order."""
    ordered = group[order]
    rank = np.empty(len(group), np.int64)
    rank[order] = np.arange(len(group)) - np.searchsorted(ordered, ordered, side="left")
    return rank


def _spread(position: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return van der Corput's sequence: 0, 1/2, 1/4, 3/4, ..., dense everywhere at any length."""
    value = np.zeros(len(position))
    rest, place = position.copy(), 0.5
    while rest.any():
        value += place * (rest & 1)
        rest >>= 1
        place /= 2
    return value


def fill_gaps(
    given: NDArray[np.float64],
    *,
    households: NDArray[np.float64],
    group: NDArray[np.int64],
    totals: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keep the figures that parts carry and split what remains of the total over the others.

    Parameters
    ----------
    given : (n,)
        Figure of each part; NaN where it has none.
    households : (n,)
        Households of each part, by which the rest is split.
    group : (n,)
        Group of each part, 0..n_group - 1; -1 where it belongs to none.
    totals : (n_group,)
        Total of each group; NaN where it is unknown.

    Returns
    -------
    figures : (n,)
        Whole numbers; NaN (unknown) where a part has no figure and its group's total is unknown
        or already exceeded by the parts that have one.
    difference : (n_group,)
        Sum of the parts' own figures less the total, for the groups where nothing is left to
        split or too much was given; 0 where the split makes both equal; NaN without a total.
    """
    inside = group >= 0
    n_group = len(totals)
    missing = np.isnan(given) & inside
    known = np.bincount(group[inside], np.nan_to_num(given[inside]), minlength=n_group)
    gaps = np.bincount(group[missing], minlength=n_group)
    rest = totals - known
    splits = (gaps > 0) & (rest >= 0)
    figures = given.copy()
    fill = missing.copy()
    fill[missing] = splits[group[missing]]
    if fill.any():
        figures[fill] = largest_remainder(
            np.where(splits, rest, 0).astype(np.int64),
            weights=np.nan_to_num(households[fill]),
            group=group[fill],
        )
    difference = np.where(splits, 0.0, -rest)
    return figures, difference
