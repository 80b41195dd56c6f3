"""Where lines meet: crossings on one level, ends on lines, ends on ends."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.network.arrays import connected

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Lines = NDArray[np.object_]

SAME_M = 1e-3
"""Cuts of one line nearer than this are one cut."""


def node_lines(
    lines: Lines, level: NDArray[np.int8], *, join: bool, snap_m: float
) -> tuple[Floats, Ints, Ints, Floats]:
    """Give every line a vertex wherever it meets another, and one number to each meeting point.

    Parameters
    ----------
    lines : (n_line,)
        LineStrings of some length, in metres.
    level : (n_line,)
        Grade separation; lines of different levels do not meet where they cross.
    join
        Whether lines of one level meet where they cross.
    snap_m
        Ends within this distance of a line or of another end are moved onto it.

    Returns
    -------
    xy : (n_vertex, 2)
        Vertices, line after line.
    start : (n_line + 1,)
        First vertex of each line.
    node : (n_vertex,)
        Number of each vertex; equal numbers meet.
    moved_m : (n_line,)
        How far the ends of each line were moved, the farther of the two.
    """
    n = len(lines)
    length_m = shapely.length(lines)
    number = np.arange(n)
    meetings = [_touches(lines, length_m, level, snap_m)]
    if join:
        meetings.append(_crossings(lines, level))
    one, other, at_one, at_other = (np.concatenate(both) for both in zip(*meetings, strict=True))
    # Cuts are numbered: the two ends of every line first, then both sides of every meeting.
    line = np.concatenate((number, number, one, other))
    along_m = np.concatenate((np.zeros(n), length_m, at_one, at_other))
    pair = 2 * n + np.arange(len(one))
    order = np.lexsort((along_m, line))
    close = (np.diff(line[order]) == 0) & (np.diff(along_m[order]) < SAME_M)
    a = np.concatenate((pair, order[:-1][close]))
    b = np.concatenate((pair + len(one), order[1:][close]))
    group = connected(len(line), a, b)
    inside = (along_m > SAME_M) & (along_m < length_m[line] - SAME_M)
    drawn = _ends(lines)[np.where(along_m <= SAME_M, line, line + n)]
    within = shapely.line_interpolate_point(lines[line[inside]], along_m[inside])
    drawn[inside] = shapely.get_coordinates(within)
    xy = _meeting_places(drawn, group, inside)
    moved_m = np.hypot(*(xy - drawn)[: 2 * n].T).reshape(2, n).max(axis=0)
    return *_weave(lines, line, along_m, xy, group), moved_m


def _crossings(lines: Lines, level: NDArray[np.int8]) -> tuple[Ints, Ints, Floats, Floats]:
    """Return (line, line, metres along one, metres along the other) of every shared point."""
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    once = (one < other) & (level[one] == level[other])
    one, other = one[once], other[once]
    shared = shapely.intersection(lines[one], lines[other])
    xy, pair = shapely.get_coordinates(shared, return_index=True)
    point = shapely.points(xy)
    one, other = one[pair], other[pair]
    return (
        one,
        other,
        shapely.line_locate_point(lines[one], point),
        shapely.line_locate_point(lines[other], point),
    )


def _touches(
    lines: Lines, length_m: Floats, level: NDArray[np.int8], snap_m: float
) -> tuple[Ints, Ints, Floats, Floats]:
    """Return (line, other, metres along both) of every end that lies on or near another line."""
    n = len(lines)
    ends_xy = _ends(lines)
    ends = np.asarray(shapely.points(ends_xy), dtype=object)
    end, other = shapely.STRtree(lines).query(ends, predicate="dwithin", distance=snap_m)
    one = end % n
    at_one = np.where(end < n, 0.0, length_m[one])
    at_other = shapely.line_locate_point(lines[other], ends[end])
    # A line that returns to its own beginning meets itself there, unless it is all that short.
    own = one == other
    comes_back = np.hypot(*(ends_xy[:n] - ends_xy[n:]).T) <= snap_m
    at_other[own] = length_m[one[own]] - at_one[own]
    at_other = np.where(at_other < snap_m, 0.0, at_other)
    at_other = np.where(at_other > length_m[other] - snap_m, length_m[other], at_other)
    at_end = (at_other == 0) | (at_other == length_m[other])
    met = ends_xy[np.where(at_other == 0, other, other + n)]
    reaches = ~at_end | (np.hypot(*(ends_xy[end] - met).T) <= snap_m)
    # Where a bridge or tunnel ends it has come to the level of the street it meets.
    joins = at_end | (level[one] == level[other]) | (level[one] != 0)
    keep = reaches & np.where(own, comes_back[one] & (length_m[one] > 4 * snap_m), joins)
    return one[keep], other[keep], at_one[keep], at_other[keep]


def _ends(lines: Lines) -> Floats:
    """Return the first vertex of every line, then the last of every line, (2 n_line, 2)."""
    xy, of = shapely.get_coordinates(lines, return_index=True)
    after = np.searchsorted(of, np.arange(len(lines) + 1))
    return np.concatenate((xy[after[:-1]], xy[after[1:] - 1]))


def _meeting_places(drawn: Floats, group: Ints, inside: NDArray[np.bool_]) -> Floats:
    """Return where each cut comes to lie: an end moves to the line, not the line to the end."""
    order = np.lexsort((~inside, group))
    chief = order[np.flatnonzero(np.diff(group[order], prepend=-1))]
    place = np.empty(len(group), dtype=np.int64)
    place[group[chief]] = chief
    moved: Floats = drawn[place[group]]
    return moved


def _weave(
    lines: Lines, line: Ints, along_m: Floats, xy: Floats, group: Ints
) -> tuple[Floats, Ints, Ints]:
    """Merge the cuts into the drawn vertices of their lines."""
    drawn, of = shapely.get_coordinates(lines, return_index=True)
    step_m = np.append(0.0, np.hypot(*np.diff(drawn, axis=0).T))
    run_m = np.cumsum(step_m)
    first = np.searchsorted(of, np.arange(len(lines)))
    drawn_along_m = run_m - run_m[first][of]
    between = np.ones(len(of), dtype=bool)
    between[first] = between[first - 1] = False  # ends are cuts already
    all_lines = np.concatenate((line, of[between]))
    all_along_m = np.concatenate((along_m, drawn_along_m[between]))
    all_xy = np.concatenate((xy, drawn[between]))
    node = np.concatenate((group, len(group) + np.arange(between.sum())))
    order = np.lexsort((all_along_m, all_lines))
    start = np.searchsorted(all_lines[order], np.arange(len(lines) + 1))
    return all_xy[order], start, node[order]
