"""Compiled passes over cover sets: merging equal rows, turning, overlaps, nearest open site."""
# A kernel takes its arrays one by one, in the order that they are read.
# One loop with the whole state in its arrays: calls within it took longer than the work.
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917

from __future__ import annotations

import numpy as np
from numba import types
from numpy.typing import NDArray

from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    compiled,
    i32s,
    i64,
    i64s,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)

Bools = NDArray[np.bool_]
bools = types.boolean[::1]
r_bools = types.Array(types.boolean, 1, "C", readonly=True)


@compiled(several(i32s, i64s, i32s), r_i64s, r_i32s, r_i32s, i64, r_i32s, r_bools)
def merge_rows(
    indptr: Int64s,
    indices: Int32s,
    ms: Int32s,
    limit_ms: Int,
    column: Int32s,
    skip: Bools,
) -> tuple[Int32s, Int64s, Int32s]:
    """Keep the pairs within a limit and the columns that stay, then store equal rows once.

    ``column`` gives the new number of each column, -1 = dropped; an empty ``ms`` keeps all pairs.
    Returns the merged row of each row (-1 = skipped or empty) and the CSR of the merged rows, in
    the order in which they first appear. Rows are compared whole: a hash only finds them.
    """
    n_row = len(indptr) - 1
    room = np.int64(0)
    for r in range(n_row):
        if not skip[r]:
            room += indptr[r + 1] - indptr[r]
    size = np.int64(16)
    while size < 2 * n_row:
        size *= 2
    table = np.full(size, -1, np.int32)
    merged = np.full(n_row, -1, np.int32)
    bounds = np.zeros(n_row + 1, np.int64)
    out = np.empty(room, np.int32)
    n_merged = 0
    end = np.int64(0)
    limited = len(ms) > 0
    for r in range(n_row):
        if skip[r]:
            continue
        begin = end
        key = np.uint64(1469598103934665603)
        for e in range(indptr[r], indptr[r + 1]):
            if limited and ms[e] > limit_ms:
                continue
            j = column[indices[e]]
            if j < 0:
                continue
            out[end] = j
            end += 1
            mixed = np.uint64(j + 1) * np.uint64(0x9E3779B97F4A7C15)
            mixed ^= mixed >> np.uint64(29)
            key = (key ^ mixed) * np.uint64(0xBF58476D1CE4E5B9)
            key ^= key >> np.uint64(32)
        if end == begin:
            continue
        slot = np.int64(key & np.uint64(size - 1))
        while True:
            other = table[slot]
            if other < 0:
                table[slot] = n_merged
                merged[r] = n_merged
                n_merged += 1
                bounds[n_merged] = end
                break
            first = bounds[other]
            length = bounds[other + 1] - first
            same = length == end - begin
            if same:
                for k in range(length):
                    if out[first + k] != out[begin + k]:
                        same = False
                        break
            if same:
                merged[r] = other
                end = begin
                break
            slot = (slot + 1) & (size - 1)
    return merged, bounds[: n_merged + 1].copy(), out[:end].copy()


@compiled(several(i64s, i32s), r_i64s, r_i32s, i64)
def turn(indptr: Int64s, indices: Int32s, n_column: Int) -> tuple[Int64s, Int32s]:
    """Return the rows of every column, ascending."""
    bounds = np.zeros(n_column + 1, np.int64)
    for e in range(len(indices)):
        bounds[indices[e] + 1] += 1
    for j in range(n_column):
        bounds[j + 1] += bounds[j]
    fill = bounds[:-1].copy()
    rows = np.empty(len(indices), np.int32)
    for r in range(len(indptr) - 1):
        for e in range(indptr[r], indptr[r + 1]):
            j = indices[e]
            rows[fill[j]] = r
            fill[j] += 1
    return bounds, rows


@compiled(i32s, r_i64s, r_i32s, r_bools)
def count_open(indptr: Int64s, indices: Int32s, opened: Bools) -> Int32s:
    """Return how many open columns cover each row."""
    count = np.zeros(len(indptr) - 1, np.int32)
    for r in range(len(count)):
        for e in range(indptr[r], indptr[r + 1]):
            if opened[indices[e]]:
                count[r] += 1
    return count


@compiled(bools, r_i64s, r_i32s, r_i64s, r_i32s, r_f64s)
def dominated(
    indptr: Int64s,
    indices: Int32s,
    column_indptr: Int64s,
    column_rows: Int32s,
    cost: Float64s,
) -> Bools:
    """Return the columns that another one makes needless: all their rows, and no dearer.

    Of two equal columns the first one stays.
    """
    n_column = len(column_indptr) - 1
    needless = np.zeros(n_column, np.bool_)
    shared = np.zeros(n_column, np.int32)
    touched = np.empty(n_column, np.int32)
    for j in range(n_column):
        size = column_indptr[j + 1] - column_indptr[j]
        n_touched = 0
        for e in range(column_indptr[j], column_indptr[j + 1]):
            r = column_rows[e]
            for f in range(indptr[r], indptr[r + 1]):
                k = indices[f]
                if shared[k] == 0:
                    touched[n_touched] = k
                    n_touched += 1
                shared[k] += 1
        for t in range(n_touched):
            k = touched[t]
            if k != j and shared[k] == size and not needless[k] and cost[k] <= cost[j]:
                other = column_indptr[k + 1] - column_indptr[k]
                if other > size or cost[k] < cost[j] or k < j:
                    needless[j] = True
            shared[k] = 0
        if size == 0:
            needless[j] = True
    return needless


@compiled(bools, r_i64s, r_i32s, r_i64s, r_i32s)
def implied(indptr: Int64s, indices: Int32s, column_indptr: Int64s, column_rows: Int32s) -> Bools:
    """Return the rows that are covered whenever another one is: they have all of its columns.

    Rows are merged, so that no two are equal.
    """
    n_row = len(indptr) - 1
    needless = np.zeros(n_row, np.bool_)
    shared = np.zeros(n_row, np.int32)
    touched = np.empty(n_row, np.int32)
    for r in range(n_row):
        n_touched = 0
        for e in range(indptr[r], indptr[r + 1]):
            j = indices[e]
            for f in range(column_indptr[j], column_indptr[j + 1]):
                s = column_rows[f]
                if shared[s] == 0:
                    touched[n_touched] = s
                    n_touched += 1
                shared[s] += 1
        for t in range(n_touched):
            s = touched[t]
            if s != r and shared[s] == indptr[s + 1] - indptr[s]:
                needless[r] = True
            shared[s] = 0
    return needless


@compiled(i32s, r_i64s, r_i32s, r_i32s, i64, r_bools)
def nearest_open(
    indptr: Int64s, indices: Int32s, ms: Int32s, limit_ms: Int, opened: Bools
) -> Int32s:
    """Return the nearest open column of every row within a limit, -1 = none; ties to the first."""
    n_row = len(indptr) - 1
    nearest = np.full(n_row, -1, np.int32)
    for r in range(n_row):
        least = limit_ms + 1
        for e in range(indptr[r], indptr[r + 1]):
            if opened[indices[e]] and ms[e] < least:
                least = np.int64(ms[e])
                nearest[r] = indices[e]
    return nearest
