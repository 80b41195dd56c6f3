"""Whether one place sees another over the ground: exact lines of sight on a grid of heights.

The ground between two neighbouring cell centres is a straight edge. A line of sight is compared
with the ground wherever it crosses a row or a column of cell centres ("R3" of Franklin and Ray),
so nothing is approximated but the ground itself. What sees is seen: the answer is the same in both
directions.

References
----------
Franklin, W. R. and Ray, C. (1994), Higher isn't necessarily better: visibility algorithms and
experiments, Advances in GIS Research 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from geo.terrain.elevation import Elevation

Floats = NDArray[np.float64]

SEEN: Final = np.int8(1)
HIDDEN: Final = np.int8(0)
UNSEEN: Final = np.int8(-1)
"""Nobody knows: heights are missing on the way, and what is known of it does not hide the place."""

EARTH_RADIUS_M: Final = 6_371_008.8
REFRACTION: Final = 1 / 7
"""The part of the earth's curvature that the bending of light takes back."""
EYE_M: Final = 1.6
TARGET_M: Final = 1.5
"""About the height of a gravestone."""

_TOUCHING_M = 1e-6
"""A line of sight that grazes the ground sees."""
_ON_LINE = 1e-9
_RUN = 256
"""Places that one core looks at in a row."""
_PARALLEL_FROM = 200_000
"""Pairs of places from which several cores are worth their starting."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How one looks: from which height, at which height, how far, and over which earth."""

    eye_m: float = EYE_M
    """Height of the eyes above the ground they stand on."""
    target_m: float = TARGET_M
    """Height of the highest point of what is looked at."""
    farthest_m: float = math.inf
    """Beyond this nothing is seen."""
    curved: bool = True
    """The earth curves away beneath the line of sight."""
    refraction: float = REFRACTION

    @property
    def bulge_a_m2(self) -> float:
        """Height of the earth's bulge midway, for a line of 2 m (``t (1 - t) D²`` times this)."""
        return (1 - self.refraction) / (2 * EARTH_RADIUS_M) if self.curved else 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _ground(height: Floats, column: float, row: float) -> float:
    """Return the height at a place on a row or a column of cell centres, NaN where unknown."""
    rows, columns = height.shape
    left, top = math.floor(column), math.floor(row)
    across, down = column - left, row - top
    if across > 1 - _ON_LINE:
        left, across = left + 1, 0.0
    if down > 1 - _ON_LINE:
        top, down = top + 1, 0.0
    right = left + 1 if across > _ON_LINE else left
    low = top + 1 if down > _ON_LINE else top
    if left < 0 or top < 0 or right >= columns or low >= rows:
        return math.nan
    share = across if right > left else down
    return float(height[top, left] + share * (height[low, right] - height[top, left]))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _clear(height: Floats, a: Floats, b: Floats, axis: int, bulge_m: float) -> int:
    """Compare the line from a to b with the ground at every column (axis 0) or row (axis 1).

    Returns 1 where the line is clear, 0 where the ground is in the way, -1 where unknown.
    ``a`` and ``b`` are (3,): column, row and height; ``bulge_m`` is ``bulge_a_m2 × length²``.
    """
    unknown = False
    step = b[axis] - a[axis]
    for line in range(math.floor(min(a[axis], b[axis])) + 1, math.ceil(max(a[axis], b[axis]))):
        t = (line - a[axis]) / step
        if axis == 0:
            ground = _ground(height, float(line), a[1] + t * (b[1] - a[1]))
        else:
            ground = _ground(height, a[0] + t * (b[0] - a[0]), float(line))
        if math.isnan(ground):
            unknown = True
        elif ground + bulge_m * t * (1 - t) > a[2] + t * (b[2] - a[2]) + _TOUCHING_M:
            return 0
    return -1 if unknown else 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _sees(height: Floats, a: Floats, b: Floats, how: tuple[float, float, float]) -> int:
    """Return 1 where a sees b, 0 where not, -1 where unknown, -2 where it is too far.

    ``how`` is the side of a cell, `Sight.bulge_a_m2` and `Sight.farthest_m`.
    """
    cell_m, bulge_a_m2, farthest_m = how
    away_m2 = ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) * cell_m * cell_m
    if away_m2 > farthest_m * farthest_m * (1 + _ON_LINE):
        return -2
    if math.isnan(a[2]) or math.isnan(b[2]):
        return -1
    columns = _clear(height, a, b, 0, bulge_a_m2 * away_m2)
    if columns == 0:
        return 0
    rows = _clear(height, a, b, 1, bulge_a_m2 * away_m2)
    return 0 if rows == 0 else min(columns, rows)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _any_of(
    height: Floats,
    target: Floats,
    observer: Floats,
    how: tuple[float, float, float],
    by: NDArray[np.int32],
) -> None:
    """Write for each target an observer that sees it, -1 for none, -2 for unknown.

    ``target`` and ``observer`` are (n, 3): column, row and height of the point seen or the eye.
    The observer that saw the target before is asked first.
    """
    last = 0
    for at in range(len(target)):
        by[at] = -1
        for turn in range(len(observer)):
            o = (last + turn) % len(observer)
            sees = _sees(height, observer[o], target[at], how)
            if sees == 1:
                by[at] = last = o
                break
            if sees == -1:
                by[at] = -2


@njit(cache=True, parallel=True)  # type: ignore[untyped-decorator]
def _any_of_many(
    height: Floats,
    target: Floats,
    observer: Floats,
    how: tuple[float, float, float],
    by: NDArray[np.int32],
) -> None:
    for part in prange((len(target) + _RUN - 1) // _RUN):
        begin, end = part * _RUN, min((part + 1) * _RUN, len(target))
        _any_of(height, target[begin:end], observer, how, by[begin:end])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _first_of(
    height: Floats,
    target: Floats,
    observer: Floats,
    start: NDArray[np.int64],
    how: tuple[float, float, float],
) -> NDArray[np.int64]:
    """Return the first observer of each group that sees a target, -1 for none, -2 for unknown."""
    by = np.full(len(start) - 1, -1, np.int64)
    for group in range(len(start) - 1):
        for o in range(start[group], start[group + 1]):
            sees = _sees(height, observer[o], target, how)
            if sees == 1:
                by[group] = o
                break
            if sees == -1:
                by[group] = -2
    return by


def _raised(ground: Elevation, xy: Floats, above_m: float) -> Floats:
    """Return places as columns, rows and heights of what stands there, (n, 3)."""
    column, row = ground.at(xy)
    return np.column_stack([column, row, ground.heights(xy) + above_m])


def _state(by: NDArray[np.signedinteger]) -> NDArray[np.int8]:
    return np.where(by >= 0, SEEN, np.where(by == -1, HIDDEN, UNSEEN)).astype(np.int8)


def seen_from_any(
    ground: Elevation, targets: Floats, observers: Floats, sight: Sight
) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
    """Return which places are seen from any of the observers.

    Parameters
    ----------
    ground
        The heights.
    targets : (n, 2)
        Places looked at, in metres. Neighbours should follow each other: the observer that saw
        the last is asked first.
    observers : (m, 2)
        Places looked from.
    sight
        How one looks.

    Returns
    -------
    state : (n,) int8
        `SEEN`, `HIDDEN` or `UNSEEN`.
    by : (n,) int32
        An observer that sees the place, -1 where none does.
    """
    by = np.full(len(targets), -1, np.int32)
    target = _raised(ground, np.asarray(targets, np.float64), sight.target_m)
    observer = _raised(ground, np.asarray(observers, np.float64), sight.eye_m)
    how = (ground.cell_m, sight.bulge_a_m2, sight.farthest_m)
    for rows, near in _tiles(target, observer, sight.farthest_m / ground.cell_m):
        found = np.full(len(rows), -1, np.int32)
        every = _any_of if len(rows) * len(near) < _PARALLEL_FROM else _any_of_many
        every(ground.height_m, target[rows], observer[near], how, found)
        by[rows] = np.where(found >= 0, near[np.maximum(found, 0)], found)
    return _state(by), np.maximum(by, -1)


def _tiles(
    target: Floats, observer: Floats, reach: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield neighbouring targets together, with the observers near enough to any of them."""
    every = np.arange(len(target)), np.arange(len(observer))
    if not len(target) or not len(observer):
        return
    if math.isinf(reach):
        yield every
        return
    place = np.floor(target[:, :2] / max(reach / 2, 1.0)).astype(np.int64)
    _, tile = np.unique(place, axis=0, return_inverse=True)
    tile = tile.ravel()  # numpy 2.0 gives it two dimensions
    order = np.argsort(tile, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(tile[order])) + 1):
        low, high = target[rows, :2].min(axis=0), target[rows, :2].max(axis=0)
        beyond = np.maximum(np.maximum(low - observer[:, :2], observer[:, :2] - high), 0.0)
        near = np.flatnonzero(np.hypot(beyond[:, 0], beyond[:, 1]) <= reach + 1.0)
        if len(near):
            yield rows, near


def nearest_seen(
    ground: Elevation,
    target: Floats,
    observers: Floats,
    *,
    group: NDArray[np.int64],
    n_group: int,
    sight: Sight,
) -> tuple[NDArray[np.int8], NDArray[np.int64]]:
    """Return, for each group of observers, whether it sees one place and from where nearest.

    Parameters
    ----------
    ground
        The heights.
    target : (2,)
        The place looked at.
    observers : (m, 2)
        Places looked from.
    group : (m,)
        The group of each, such as the zone it stands in.
    n_group
        How many groups there are.
    sight
        How one looks.

    Returns
    -------
    state : (n_group,) int8
        `SEEN`, `HIDDEN` or `UNSEEN`.
    by : (n_group,) int64
        The nearest observer that sees the place, -1 where none does.
    """
    away_m = np.hypot(observers[:, 0] - target[0], observers[:, 1] - target[1])
    order = np.lexsort((away_m, group))
    found = _first_of(
        ground.height_m,
        _raised(ground, np.asarray(target, np.float64).reshape(1, 2), sight.target_m)[0],
        _raised(ground, np.asarray(observers[order], np.float64), sight.eye_m),
        np.searchsorted(group[order], np.arange(n_group + 1)).astype(np.int64),
        (ground.cell_m, sight.bulge_a_m2, sight.farthest_m),
    )
    by = np.full(n_group, -1, np.int64)
    by[found >= 0] = order[found[found >= 0]]
    return _state(found), by
