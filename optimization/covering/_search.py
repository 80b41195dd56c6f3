"""Compiled local search over open columns, with the count of open columns kept for every row."""
# A kernel takes its arrays one by one, in the order that they are read.
# One loop with the whole state in its arrays: calls within it took longer than the work.
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917, PLR2004

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    boolean,
    compiled,
    f64,
    f64s,
    i32s,
    i64,
    in_place,
    none,
    r_f64s,
    r_f64s_2d,
    r_i32s,
    r_i64s,
    several,
)

Bools = NDArray[np.bool_]
UInt64s = NDArray[np.uint64]
Float64s2d = NDArray[np.float64]
bools = types.boolean[::1]
u64s = types.uint64[::1]

# The pieces of a search, in this order in every signature: rows of columns, columns of rows,
# worths, then the state: whether open, value, count. The value of a closed column is what opening
# it would add; that of an open one is what closing it would lose.
_SETS = (r_i64s, r_i32s, r_i64s, r_i32s, r_f64s, r_f64s)
_STATE = (bools, f64s, i32s)


@in_place(none, *_SETS, *_STATE, i64)
def flip(
    indptr: Int64s,
    indices: Int32s,
    column_indptr: Int64s,
    column_rows: Int32s,
    first: Float64s,
    second: Float64s,
    opened: Bools,
    value: Float64s,
    count: Int32s,
    j: Int,
) -> None:
    """Open a closed column or close an open one, keeping all values true."""
    step = -1 if opened[j] else 1
    opened[j] = not opened[j]
    for e in range(column_indptr[j], column_indptr[j + 1]):
        r = column_rows[e]
        below = count[r] if step == 1 else count[r] - 1
        count[r] += step
        # What one more column is worth at `below` - 1, `below` and `below` + 1 open ones.
        if below == 0:
            of_closed = second[r] - first[r]
            of_open = 0.0
        elif below == 1:
            of_closed = -second[r]
            of_open = second[r] - first[r]
        elif below == 2:
            of_closed = 0.0
            of_open = -second[r]
        else:
            continue
        if of_closed == 0.0 and of_open == 0.0:
            continue
        of_closed *= step
        of_open *= step
        for f in range(indptr[r], indptr[r + 1]):
            k = indices[f]
            if k != j:
                value[k] += of_open if opened[k] else of_closed


@compiled(none, *_SETS, *_STATE)
def appraise(
    indptr: Int64s,
    indices: Int32s,
    column_indptr: Int64s,
    column_rows: Int32s,
    first: Float64s,
    second: Float64s,
    opened: Bools,
    value: Float64s,
    count: Int32s,
) -> None:
    """Set count and value anew from what is open."""
    for r in range(len(count)):
        count[r] = 0
        for f in range(indptr[r], indptr[r + 1]):
            if opened[indices[f]]:
                count[r] += 1
    for j in range(len(value)):
        value[j] = 0.0
        for e in range(column_indptr[j], column_indptr[j + 1]):
            others = count[column_rows[e]] - (1 if opened[j] else 0)
            if others == 0:
                value[j] += first[column_rows[e]]
            elif others == 1:
                value[j] += second[column_rows[e]]


@in_place(f64, u64s)
def chance(state: UInt64s) -> float:
    """Return a number from 0 to 1 and move the generator on."""
    x = state[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    state[0] = x
    return np.float64(x >> np.uint64(11)) / 9007199254740992.0


@in_place(i64, bools, f64s, r_f64s, f64, f64, f64, u64s)
def best_closed(
    opened: Bools,
    value: Float64s,
    cost: Float64s,
    left: float,
    thrift: float,
    noise: float,
    state: UInt64s,
) -> int:
    """Return the affordable closed column of most value / cost ** thrift, -1 = none is of value."""
    best = -1
    best_score = 0.0
    for j in range(len(value)):
        if opened[j] or value[j] <= 0.0 or cost[j] > left:
            continue
        score = value[j]
        if score <= best_score and thrift == 0.0:
            continue
        if thrift > 0.0:
            score /= max(cost[j], 1e-9) ** thrift
        if noise > 0.0:
            score *= 1.0 - noise * chance(state)
        if score > best_score:
            best_score = score
            best = j
    return best


@compiled(several(f64, f64), *_SETS, *_STATE, r_f64s, f64, f64)
def fill(
    indptr: Int64s,
    indices: Int32s,
    column_indptr: Int64s,
    column_rows: Int32s,
    first: Float64s,
    second: Float64s,
    opened: Bools,
    value: Float64s,
    count: Int32s,
    cost: Float64s,
    left: float,
    thrift: float,
) -> tuple[float, float]:
    """Open the best column as long as one is affordable; return what was gained and what is left.

    Values are kept by increments, so that all openings together visit each row's columns once.
    """
    state = np.ones(1, np.uint64)
    gained = 0.0
    while True:
        j = best_closed(opened, value, cost, left, thrift, 0.0, state)
        if j < 0:
            return gained, left
        gained += value[j]
        left -= cost[j]
        flip(indptr, indices, column_indptr, column_rows, first, second, opened, value, count, j)


@compiled(
    several(f64, f64, i64), *_SETS, *_STATE, r_f64s, r_f64s_2d, f64, f64, f64, i64, boolean, u64s
)
def search(
    indptr: Int64s,
    indices: Int32s,
    column_indptr: Int64s,
    column_rows: Int32s,
    first: Float64s,
    second: Float64s,
    opened: Bools,
    value: Float64s,
    count: Int32s,
    cost: Float64s,
    xy: Float64s2d,
    total: float,
    left: float,
    thrift: float,
    work: Int,
    fresh: bool,  # noqa: FBT001 - a kernel takes all by position
    state: UInt64s,
) -> tuple[float, float, int]:
    """Improve a plan until ``work`` rows and columns were visited; it never gets worse.

    A trial closes a few open columns that lie together, opens the best ones with some noise, then
    swaps each column thereabouts for the best one as long as that gains. A trial that lost is
    undone. A ``fresh`` plan has every column swapped first. Returns total, what is left of the
    budget, and the work done.
    """
    n_column = len(value)
    n_open = 0
    opens = np.empty(n_column, np.int64)
    place = np.full(n_column, -1, np.int64)
    for j in range(n_column):
        if opened[j]:
            opens[n_open] = j
            place[j] = n_open
            n_open += 1
    log = np.empty(64 * 1024, np.int64)
    queue = np.empty(n_column + 1, np.int64)
    queued = np.zeros(n_column, np.bool_)
    apart = np.empty(n_column, np.float64)
    done = 0
    n_queue = 0
    opening = fresh
    if fresh:
        for q in range(n_open):
            queue[n_queue] = opens[q]
            queued[opens[q]] = True
            n_queue += 1
    while n_open > 0 and (done < work or n_queue > 0):
        n_log = 0
        before_total = total
        before_left = left
        if not opening:
            center = opens[np.int64(chance(state) * n_open)]
            for q in range(n_open):
                k = opens[q]
                apart[q] = (xy[k, 0] - xy[center, 0]) ** 2 + (xy[k, 1] - xy[center, 1]) ** 2
            done += 2 * n_open + 50
            n_away: Int = min(n_open, 2 + np.int64(chance(state) * chance(state) * 8.0))
            n_near: Int = min(n_open, n_away + 6)
            for q in range(n_near):
                least = -1
                for s in range(n_open):
                    if apart[s] >= 0.0 and (least < 0 or apart[s] < apart[least]):
                        least = s
                apart[least] = -1.0
                queue[q] = opens[least]
                queued[opens[least]] = True
            done += n_near * n_open
            n_queue = n_near
            for q in range(n_away):
                j = queue[q]
                total -= value[j]
                left += cost[j]
                flip(
                    indptr,
                    indices,
                    column_indptr,
                    column_rows,
                    first,
                    second,
                    opened,
                    value,
                    count,
                    j,
                )
                done += column_indptr[j + 1] - column_indptr[j]
                log[n_log] = j
                n_log += 1
            noise = 0.5 * chance(state)
            while True:
                j = best_closed(opened, value, cost, left, thrift, noise, state)
                done += n_column // 4
                if j < 0:
                    break
                total += value[j]
                left -= cost[j]
                flip(
                    indptr,
                    indices,
                    column_indptr,
                    column_rows,
                    first,
                    second,
                    opened,
                    value,
                    count,
                    j,
                )
                done += column_indptr[j + 1] - column_indptr[j]
                log[n_log] = j
                n_log += 1
                if not queued[j]:
                    queued[j] = True
                    queue[n_queue] = j
                    n_queue += 1
        head = 0
        while head < n_queue:
            i = queue[head]
            head += 1
            queued[i] = False
            if head > n_column // 2:
                for q in range(head, n_queue):
                    queue[q - head] = queue[q]
                n_queue -= head
                head = 0
            if not opened[i] or n_log > 60_000:
                continue
            mark = n_log
            done += 10
            mark_total = total
            mark_left = left
            total -= value[i]
            left += cost[i]
            flip(
                indptr, indices, column_indptr, column_rows, first, second, opened, value, count, i
            )
            log[n_log] = i
            n_log += 1
            done += column_indptr[i + 1] - column_indptr[i]
            while n_log < 60_000:
                j = best_closed(opened, value, cost, left, 0.0, 0.0, state)
                done += n_column // 4
                if j < 0:
                    break
                total += value[j]
                left -= cost[j]
                flip(
                    indptr,
                    indices,
                    column_indptr,
                    column_rows,
                    first,
                    second,
                    opened,
                    value,
                    count,
                    j,
                )
                done += column_indptr[j + 1] - column_indptr[j]
                log[n_log] = j
                n_log += 1
            if total <= mark_total * (1.0 + 1e-12):
                while n_log > mark:
                    n_log -= 1
                    flip(
                        indptr,
                        indices,
                        column_indptr,
                        column_rows,
                        first,
                        second,
                        opened,
                        value,
                        count,
                        log[n_log],
                    )
                total = mark_total
                left = mark_left
            else:
                for q in range(mark, n_log):
                    j = log[q]
                    if opened[j] and not queued[j] and n_queue < n_column:
                        queued[j] = True
                        queue[n_queue] = j
                        n_queue += 1
        n_queue = 0
        if total < before_total or (total == before_total and n_log == 0):
            while n_log > 0:
                n_log -= 1
                flip(
                    indptr,
                    indices,
                    column_indptr,
                    column_rows,
                    first,
                    second,
                    opened,
                    value,
                    count,
                    log[n_log],
                )
            total = before_total
            left = before_left
        for q in range(n_log):
            j = log[q]
            if opened[j] and place[j] < 0:
                opens[n_open] = j
                place[j] = n_open
                n_open += 1
            elif not opened[j] and place[j] >= 0:
                n_open -= 1
                moved = opens[n_open]
                opens[place[j]] = moved
                place[moved] = place[j]
                place[j] = -1
        opening = False
        if done >= work:
            break
    return total, left, done
