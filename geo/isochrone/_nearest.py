"""The compiled search for the nearest street segment of every cell."""
# ruff: noqa: PLR0917, compiled functions take no keywords

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    Float64s,
    Int32s,
    Int64s,
    compiled,
    f64,
    f64s,
    i32,
    i32s,
    i32s_2d,
    i64,
    i64s,
    none,
    r_f64s_2d,
    r_i32s,
    r_i64s_3d,
    several,
)

_HALF_DIAGONAL = 0.7071067811865476
"""Half the diagonal of a square over its side."""
_ROUNDING_M = 1e-6


@compiled(several(f64, f64), r_f64s_2d, i64, f64, f64)
def foot(ends: Float64s, segment: int, x: float, y: float) -> tuple[float, float]:
    """Return a point's distance from a segment, and how far from its start the nearest point is."""
    ax, ay = ends[segment, 0], ends[segment, 1]
    dx, dy = ends[segment, 2] - ax, ends[segment, 3] - ay
    px, py = x - ax, y - ay
    length2 = dx * dx + dy * dy
    t = 0.0
    if length2 > 0.0:
        t = min(max((px * dx + py * dy) / length2, 0.0), 1.0)
    qx, qy = px - t * dx, py - t * dy
    return np.sqrt(qx * qx + qy * qy), t * np.sqrt(length2)


@compiled(f64, r_f64s_2d, i64, f64, f64)
def _distance2(ends: Float64s, segment: int, x: float, y: float) -> float:
    """Return the squared distance of a point from a segment."""
    ax, ay = ends[segment, 0], ends[segment, 1]
    dx, dy = ends[segment, 2] - ax, ends[segment, 3] - ay
    px, py = x - ax, y - ay
    length2 = dx * dx + dy * dy
    dot = px * dx + py * dy
    if dot <= 0.0 or length2 == 0.0:
        return float(px * px + py * py)
    if dot >= length2:
        qx, qy = px - dx, py - dy
        return float(qx * qx + qy * qy)
    cross = px * dy - py * dx
    return float(cross * cross / length2)


@compiled(i64, r_f64s_2d, i32s, i64, i64, f64, f64, f64, f64, f64s)
def _keep_near(
    ends: Float64s,
    pool: Int32s,
    begin: int,
    end: int,
    x: float,
    y: float,
    half_m: float,
    limit_m: float,
    distance2: Float64s,
) -> int:
    """Append to ``pool`` the segments of ``pool[begin:end]`` that may serve a square of cells.

    A segment may be nearest to some centre in the square only if it is at most ``2 * half_m``
    farther from the middle (x, y) than the nearest one is, ``half_m`` being the half diagonal; and
    it matters only within ``limit_m`` of such a centre. Returns the new end of the pool.
    """
    nearest2 = np.inf
    for i in range(begin, end):
        distance2[i - begin] = _distance2(ends, pool[i], x, y)
        nearest2 = min(nearest2, distance2[i - begin])
    nearest_m = np.sqrt(nearest2)
    if nearest_m > limit_m + half_m:
        return end
    bound_m = min(nearest_m + 2.0 * half_m, limit_m + half_m) + _ROUNDING_M
    top = end
    for i in range(begin, end):
        if distance2[i - begin] <= bound_m * bound_m:
            pool[top] = pool[i]
            top += 1
    return top


@compiled(i32s, r_i64s_3d, r_i32s, i64, i64, i64, i64s)
def _around_block(
    first: Int64s, members: Int32s, row: int, column: int, reach: int, seen: Int64s
) -> Int32s:
    """Return the segments of a block and of ``reach`` blocks around it, each once."""
    count = 0
    for r in range(row, row + 2 * reach + 1):
        for c in range(column, column + 2 * reach + 1):
            count += first[r, c, 1] - first[r, c, 0]
    found = np.empty(count, np.int32)
    n = 0
    for r in range(row, row + 2 * reach + 1):
        for c in range(column, column + 2 * reach + 1):
            for i in range(first[r, c, 0], first[r, c, 1]):
                if seen[members[i]] != column:
                    seen[members[i]] = column
                    found[n] = members[i]
                    n += 1
    return found[:n]


@compiled(i32, r_f64s_2d, i32s, i64, i64, f64, f64, f64)
def _nearest_of(
    ends: Float64s, pool: Int32s, begin: int, end: int, x: float, y: float, limit_m: float
) -> int:
    """Return the nearest of ``pool[begin:end]``, of several the lowest; -1 beyond the limit."""
    best = pool[begin]
    best2 = np.inf
    for i in range(begin, end):
        d2 = _distance2(ends, pool[i], x, y)
        if d2 < best2 or (d2 == best2 and pool[i] < best):
            best, best2 = pool[i], d2
    return int(best) if best2 <= limit_m * limit_m else -1


@compiled(none, i64, i64, f64, f64, i64, r_i64s_3d, r_i32s, r_f64s_2d, i32s_2d)
def own_blocks(
    block_row: int,
    block: int,
    cell_m: float,
    limit_m: float,
    reach: int,
    first: Int64s,
    members: Int32s,
    ends: Float64s,
    owner: Int32s,
) -> None:
    """Fill the cells of one row of blocks with their nearest segment.

    Coordinates are metres from the centre of cell (0, 0). ``first`` and ``members`` list the
    segments of each block and of ``reach`` blocks around the raster. A block is quartered, and
    each quarter passes on to its own quarters the segments that may still serve it.
    """
    n_row, n_column = owner.shape
    seen = np.full(len(ends), -1, np.int64)
    levels = 2
    size = block
    while size > 1:
        size //= 2
        levels += 1
    stack = np.empty((3 * levels + 1, 5), np.int64)  # three siblings wait on each level
    for block_column in range(first.shape[1] - 2 * reach):
        candidates = _around_block(first, members, block_row, block_column, reach, seen)
        n = len(candidates)
        if n == 0:
            continue
        pool = np.empty(n * levels, np.int32)
        pool[:n] = candidates
        distance2 = np.empty(n, np.float64)
        stack[0] = (block_row * block, block_column * block, block, 0, n)
        depth = 1
        while depth > 0:
            depth -= 1
            row, column, size, begin, end = stack[depth]
            if row >= n_row or column >= n_column:
                continue
            x = (column + (size - 1) * 0.5) * cell_m
            y = (row + (size - 1) * 0.5) * cell_m
            if size == 1:
                owner[row, column] = _nearest_of(ends, pool, begin, end, x, y, limit_m)
                continue
            half_m = (size - 1) * cell_m * _HALF_DIAGONAL
            top = _keep_near(ends, pool, begin, end, x, y, half_m, limit_m, distance2)
            if top == end:
                continue
            half = size // 2
            for quarter in range(4):
                r, c = row + half * (quarter // 2), column + half * (quarter % 2)
                stack[depth] = (r, c, half, end, top)
                depth += 1
