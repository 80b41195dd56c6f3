"""Compiled local search over open columns: close a few that lie together, open better ones."""
# A kernel takes its arrays one by one, in the order that they are read.
# One loop with the whole state in its arrays: calls within it took longer than the work.
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917

from __future__ import annotations

from typing import Final

import numpy as np

from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    boolean,
    compiled,
    f64,
    i64,
    r_f64s,
    r_f64s_2d,
    several,
)
from optimization.covering._columns import (
    SETS,
    STATE,
    Bools,
    UInt64s,
    best_closed,
    chance,
    flip,
    u64s,
)

_LOG: Final = 64 * 1024
"""Moves of a trial that can be undone."""
_FULL: Final = 60_000
"""Moves after which no further column is swapped in the same trial."""


@compiled(
    several(f64, f64, i64), *SETS, *STATE, r_f64s, r_f64s_2d, f64, f64, f64, i64, boolean, u64s
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
    xy: Float64s,
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
    parts = (indptr, indices, column_indptr, column_rows, first, second, opened, value, count)
    n_column = len(value)
    n_open = 0
    opens = np.empty(n_column, np.int64)
    place = np.full(n_column, -1, np.int64)
    for j in range(n_column):
        if opened[j]:
            opens[n_open] = j
            place[j] = n_open
            n_open += 1
    log = np.empty(_LOG, np.int64)
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
                flip(*parts, j)
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
                flip(*parts, j)
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
            if not opened[i] or n_log > _FULL:
                continue
            mark = n_log
            done += 10
            mark_total = total
            mark_left = left
            total -= value[i]
            left += cost[i]
            flip(*parts, i)
            log[n_log] = i
            n_log += 1
            done += column_indptr[i + 1] - column_indptr[i]
            while n_log < _FULL:
                j = best_closed(opened, value, cost, left, 0.0, 0.0, state)
                done += n_column // 4
                if j < 0:
                    break
                total += value[j]
                left -= cost[j]
                flip(*parts, j)
                done += column_indptr[j + 1] - column_indptr[j]
                log[n_log] = j
                n_log += 1
            if total <= mark_total * (1.0 + 1e-12):
                while n_log > mark:
                    n_log -= 1
                    flip(*parts, log[n_log])
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
                flip(*parts, log[n_log])
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
