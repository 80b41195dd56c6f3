"""Compiled rewriting of gradual coverage as rows that are covered or not."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: C901

from __future__ import annotations

import numpy as np

from geo.network.compiled import (
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


@compiled(several(i64s, i32s, i32s, i32s), r_i64s, r_i32s, r_i32s, i64)
def level_rows(
    indptr: Int64s, indices: Int32s, benefit: Int32s, most: Int
) -> tuple[Int64s, Int32s, Int32s, Int32s]:
    """Return one row for each level of benefit at each demand point.

    A row holds the columns of at least that benefit, ascending, and is worth the step from the
    next lower level, so that the covered rows of a point add up to the best benefit it gets.
    Returns CSR bounds and columns, the demand point and the step of each row.
    """
    n_row = np.int64(0)
    room = np.int64(0)
    seen = np.zeros(most + 1, np.int32)
    for i in range(len(indptr) - 1):
        for e in range(indptr[i], indptr[i + 1]):
            seen[benefit[e]] += 1
        held = np.int64(0)
        for level in range(most, 0, -1):
            if seen[level] > 0:
                held += seen[level]
                n_row += 1
                room += held
            seen[level] = 0
        seen[0] = 0
    bounds = np.zeros(n_row + 1, np.int64)
    columns = np.empty(room, np.int32)
    point = np.empty(n_row, np.int32)
    step = np.empty(n_row, np.int32)
    row = np.int64(0)
    end = np.int64(0)
    for i in range(len(indptr) - 1):
        for e in range(indptr[i], indptr[i + 1]):
            seen[benefit[e]] += 1
        above = -1
        for level in range(most, -1, -1):
            if seen[level] == 0 and level > 0:
                continue
            if above > 0:
                for e in range(indptr[i], indptr[i + 1]):
                    if benefit[e] >= above:
                        columns[end] = indices[e]
                        end += 1
                point[row] = i
                step[row] = above - level
                row += 1
                bounds[row] = end
            above = level
        for level in range(most + 1):
            seen[level] = 0
    return bounds, columns, point, step
