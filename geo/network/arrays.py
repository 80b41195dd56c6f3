"""Which points belong together, in what order they lie, and how to gather runs of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

HILBERT_BITS = 16
"""Bits an axis: 65,536 cells across the area, under a metre for a county."""


def runs(first: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers ``first[i] .. first[i] + count[i] - 1`` of every run, run after run.

    Examples
    --------
    >>> runs(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    shift: NDArray[np.int64] = np.repeat(first - (ends - count), count)
    return np.arange(total, dtype=np.int64) + shift


def connected(n: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """Label ``n`` points so that linked ones share the lowest number among them.

    Every round hooks each group to the lowest group it touches and flattens the pointers, so the
    number of rounds grows with the logarithm of ``n``.

    Parameters
    ----------
    n
        Number of points.
    a, b : (n_link,)
        The two ends of every link.

    Returns
    -------
    (n,)
        The lowest point of each point's group.

    Examples
    --------
    >>> connected(5, np.array([1, 4]), np.array([3, 1])).tolist()
    [0, 1, 2, 1, 1]
    """
    label = np.arange(n, dtype=np.int64)
    while True:
        low, high = np.minimum(label[a], label[b]), np.maximum(label[a], label[b])
        apart = low != high
        if not apart.any():
            return label
        a, b = a[apart], b[apart]
        np.minimum.at(label, high[apart], low[apart])
        while True:
            above = label[label]
            if np.array_equal(above, label):
                break
            label = above


def hilbert_order(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the order that walks the points along a Hilbert curve over their extent.

    Neighbours in the order are neighbours on the ground, which keeps a search inside the cache.

    Parameters
    ----------
    xy : (n, 2)
        Coordinates, any unit.

    References
    ----------
    Skilling (2004), "Programming the Hilbert curve", AIP Conference Proceedings 707.
    """
    return np.lexsort((xy[:, 1], xy[:, 0], hilbert_key(xy)))


def hilbert_key(xy: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return each point's place along a Hilbert curve over the extent of all points.

    Parameters
    ----------
    xy : (n, 2)
        Coordinates, any unit.
    """
    if len(xy) == 0:
        return np.empty(0, dtype=np.int64)
    low = xy.min(axis=0)
    extent = float((xy.max(axis=0) - low).max()) or 1.0
    cell = ((xy - low) * ((2**HILBERT_BITS - 1) / extent)).astype(np.int64)
    x, y = cell[:, 0], cell[:, 1]
    key = np.zeros(len(xy), dtype=np.int64)
    for bit in range(HILBERT_BITS - 1, -1, -1):
        side = 1 << bit
        right, top = (x & side) > 0, (y & side) > 0
        key += (side * side) * ((3 * right) ^ top)
        # The lower two quarters of the curve are mirrored along a diagonal.
        flip = right & ~top
        x, y = (
            np.where(flip, side - 1 - (x & (side - 1)), x),
            np.where(flip, side - 1 - (y & (side - 1)), y),
        )
        x, y = np.where(top, x, y), np.where(top, y, x)
    return key
