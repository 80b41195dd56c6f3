"""Compiled turning and merging of sparse minutes: lists by facility into rows by demand."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
    FAR,
    LOW_32,
    Int,
    Int32s,
    Int64s,
    compiled,
    i32s,
    i64,
    i64s,
    r_i32s,
    r_i64s,
    several,
)


@compiled(several(i64s, i32s, i32s), r_i64s, r_i64s, r_i64s, i64)
def by_demand(
    pairs: Int64s, first: Int64s, last: Int64s, n_row: Int
) -> tuple[Int64s, Int32s, Int32s]:
    """Turn lists by facility into CSR rows by demand, facilities ascending in every row."""
    bounds = np.zeros(n_row + 1, np.int64)
    for f in range(len(first)):
        for p in range(first[f], last[f]):
            bounds[(pairs[p] >> 32) + 1] += 1
    for i in range(n_row):
        bounds[i + 1] += bounds[i]
    fill = bounds[:-1].copy()
    indices = np.empty(bounds[n_row], np.int32)
    ms = np.empty(bounds[n_row], np.int32)
    for f in range(len(first)):
        for p in range(first[f], last[f]):
            row = np.uint32(pairs[p] >> 32)
            at = np.uint64(fill[row])
            fill[row] += 1
            indices[at] = f
            ms[at] = np.int32(pairs[p] & LOW_32)
    return bounds, indices, ms


@compiled(several(i64s, i32s, i32s), r_i64s, r_i32s, r_i32s, r_i64s, r_i64s, i64)
def least_of_rows(
    bounds: Int64s, indices: Int32s, ms: Int32s, member_start: Int64s, member: Int64s, n_column: Int
) -> tuple[Int64s, Int32s, Int32s]:
    """Merge the rows of each group, keeping the least time of every column."""
    n_group = len(member_start) - 1
    best = np.full(n_column, np.int32(FAR), np.int32)
    out_bounds = np.zeros(n_group + 1, np.int64)
    room = np.int64(0)
    for m in range(len(member)):
        room += bounds[member[m] + 1] - bounds[member[m]]
    out_indices = np.empty(room, np.int32)
    out_ms = np.empty(room, np.int32)
    n_out = np.int64(0)
    for g in range(n_group):
        begin = n_out
        for m in range(member_start[g], member_start[g + 1]):
            row = member[m]
            for p in range(bounds[row], bounds[row + 1]):
                column = indices[p]
                if best[column] == FAR:
                    out_indices[n_out] = column
                    n_out += 1
                best[column] = min(best[column], ms[p])
        if member_start[g + 1] - member_start[g] > 1:
            out_indices[begin:n_out].sort()
        for p in range(begin, n_out):
            out_ms[p] = best[out_indices[p]]
            best[out_indices[p]] = FAR
        out_bounds[g + 1] = n_out
    return out_bounds, out_indices[:n_out].copy(), out_ms[:n_out].copy()
