"""The compiled rounding of outlines to whole units, and the search for polygons that cross."""
# ruff: noqa: PLR0917, compiled functions take no keywords

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from geo.network.compiled import Int, Int32s, Int64s, compiled, i64, i64s, r_f64s_2d, r_i64s

_LINE, _POLYGON = 2, 3
_FEWEST_OF_A_RING = 3

r_bools = types.Array(types.boolean, 1, "C", readonly=True)
r_i32s_2d_any = types.Array(types.int32, 2, "C", readonly=True)
bools = types.boolean[::1]
Bools = NDArray[np.bool_]


@compiled(i64, types.int32[:, ::1], i64, i64)
def _twice_area(xy: Int32s, first: Int, last: Int) -> Int:
    """Return twice the signed area of a ring, positive when it runs clockwise on the screen."""
    total = np.int64(0)
    for here in range(first, last):
        after = here + 1 if here + 1 < last else first
        total += np.int64(xy[here, 0]) * xy[after, 1] - np.int64(xy[after, 0]) * xy[here, 1]
    return total


@compiled(i64, types.int32[:, ::1], i64, i64, i64, i64)
def _pushed(xy: Int32s, first: Int, size: Int, x: Int, y: Int) -> Int:
    """Add a place to an outline unless it repeats the last one or makes that one needless."""
    if size > first and xy[size - 1, 0] == x and xy[size - 1, 1] == y:
        return size
    if size > first + 1:
        along_x = np.int64(xy[size - 1, 0]) - xy[size - 2, 0]
        along_y = np.int64(xy[size - 1, 1]) - xy[size - 2, 1]
        on_x, on_y = x - xy[size - 1, 0], y - xy[size - 1, 1]
        if along_x * on_y == along_y * on_x and along_x * on_x + along_y * on_y > 0:
            size -= 1
    xy[size, 0] = x
    xy[size, 1] = y
    return size + 1


@compiled(i64, types.int32[:, ::1], i64, i64)
def _opened(xy: Int32s, first: Int, size: Int) -> Int:
    """Return where a ring ends without the places that only close it, nor needless ones there."""
    while size > first + 1 and xy[size - 1, 0] == xy[first, 0] and xy[size - 1, 1] == xy[first, 1]:
        size -= 1
    return size


@compiled(types.none, types.int32[:, ::1], i64, i64)
def _turned(xy: Int32s, first: Int, size: Int) -> None:
    low, high = first, size - 1
    while low < high:
        for axis in range(2):
            xy[low, axis], xy[high, axis] = xy[high, axis], xy[low, axis]
        low += 1
        high -= 1


@compiled(
    types.Tuple((i64s, i64s, types.int32[:, ::1])), r_f64s_2d, r_i64s, r_i64s, r_i64s, r_bools
)
def rounded(
    places: NDArray[np.float64], first_place: Int64s, feature: Int64s, kind: Int64s, outer: Bools
) -> tuple[Int64s, Int64s, Int32s]:
    """Round outlines to whole units, without repeated or needless places and without closing ones.

    Lines of one place and rings without area go, and with an outer ring its holes. Outer rings
    then run clockwise on the screen (their area is positive), holes the other way.

    Returns
    -------
    feature, first_xy, xy
        Of each outline kept its feature; where it begins, with the end; its places.
    """
    xy = np.empty((len(places), 2), np.int32)
    features = np.empty(len(feature), np.int64)
    first_xy = np.zeros(len(feature) + 1, np.int64)
    size, kept, outer_kept = 0, 0, False
    for outline in range(len(feature)):
        first = size
        ring = kind[outline] == _POLYGON
        if ring and not outer[outline] and not outer_kept:
            continue
        for place in range(first_place[outline], first_place[outline + 1]):
            size = _pushed(
                xy, first, size, np.int64(np.rint(places[place, 0])),
                np.int64(np.rint(places[place, 1])),
            )  # fmt: skip
        if ring:
            size = _opened(xy, first, size)
            area = _twice_area(xy, first, size)
            good = size - first >= _FEWEST_OF_A_RING and area != 0
            if good and (area > 0) != outer[outline]:
                _turned(xy, first, size)
            if outer[outline]:
                outer_kept = good
        else:
            good = kind[outline] != _LINE or size - first > 1
        if not good:
            size = first
            continue
        features[kept] = feature[outline]
        kept += 1
        first_xy[kept] = size
    return features[:kept].copy(), first_xy[: kept + 1].copy(), xy[:size].copy()


@compiled(i64, i64, i64, i64, i64, i64, i64)
def _side(ax: Int, ay: Int, bx: Int, by: Int, px: Int, py: Int) -> Int:
    """Return on which side of a line a place lies: -1, 0 or 1."""
    turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    return 1 if turn > 0 else (-1 if turn < 0 else 0)


@compiled(types.boolean, types.int32[:, ::1], i64, i64, i64, i64)
def _meet(xy: Int32s, a: Int, b: Int, c: Int, d: Int) -> bool:
    """Return whether two edges have a place in common."""
    ax, ay, bx, by = np.int64(xy[a, 0]), np.int64(xy[a, 1]), np.int64(xy[b, 0]), np.int64(xy[b, 1])
    cx, cy, dx, dy = np.int64(xy[c, 0]), np.int64(xy[c, 1]), np.int64(xy[d, 0]), np.int64(xy[d, 1])
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    across = _side(ax, ay, bx, by, cx, cy) * _side(ax, ay, bx, by, dx, dy) <= 0
    return bool(across and _side(cx, cy, dx, dy, ax, ay) * _side(cx, cy, dx, dy, bx, by) <= 0)


@compiled(types.boolean, types.int32[:, ::1], i64, i64, i64)
def _turns_back(xy: Int32s, a: Int, b: Int, c: Int) -> bool:
    """Return whether the way from a to b goes back over itself to c."""
    x, y = np.int64(xy[b, 0]) - xy[a, 0], np.int64(xy[b, 1]) - xy[a, 1]
    on_x, on_y = np.int64(xy[c, 0]) - xy[b, 0], np.int64(xy[c, 1]) - xy[b, 1]
    return bool(x * on_y == y * on_x and x * on_x + y * on_y < 0)


@compiled(types.boolean, r_i64s, i64, i64, types.int32[:, ::1], i64s, i64s)
def _touches_itself(
    first_xy: Int64s, ring: Int, last_ring: Int, xy: Int32s, after: Int64s, west: Int64s
) -> bool:
    """Return whether any two edges of a polygon meet that do not follow each other.

    The edges are swept from west to east, each held against those that begin before it ends.
    """
    first, last = first_xy[ring], first_xy[last_ring]
    for one in range(ring, last_ring):
        for here in range(first_xy[one], first_xy[one + 1]):
            there = here + 1 if here + 1 < first_xy[one + 1] else first_xy[one]
            after[here - first] = there
            west[here - first] = min(xy[here, 0], xy[there, 0])
    order = np.argsort(west[: last - first])
    for position in range(last - first):
        here = order[position] + first
        there = after[here - first]
        if _turns_back(xy, here, there, after[there - first]):
            return True
        east = max(xy[here, 0], xy[there, 0])
        for later in range(position + 1, last - first):
            other = order[later] + first
            if west[other - first] > east:
                break
            beyond = after[other - first]
            if other != there and beyond != here and _meet(xy, here, there, other, beyond):
                return True
    return False


@compiled(bools, r_i64s, r_i64s, r_i64s, types.int32[:, ::1], i64)
def doubtful(kind: Int64s, first_ring: Int64s, first_xy: Int64s, xy: Int32s, most: Int) -> Bools:
    """Return which features are polygons that may not be valid.

    The edges of a polygon are held against each other in whole numbers, which for a compound's
    outline takes a few microseconds; one of more than ``most`` places is doubtful unseen.
    """
    result = np.zeros(len(kind), np.bool_)
    after, west = np.empty(most, np.int64), np.empty(most, np.int64)
    for feature in range(len(kind)):
        if kind[feature] != _POLYGON:
            continue
        ring, last_ring = first_ring[feature], first_ring[feature + 1]
        if first_xy[last_ring] - first_xy[ring] > most:
            result[feature] = True
        else:
            result[feature] = _touches_itself(first_xy, ring, last_ring, xy, after, west)
    return result
