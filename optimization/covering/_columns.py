"""What one more open column changes, or one fewer: compiled, with the values of all kept true."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917, PLR2004

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
    f64,
    f64s,
    i32s,
    i64,
    in_place,
    none,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)

Bools = NDArray[np.bool_]
UInt64s = NDArray[np.uint64]
bools = types.boolean[::1]
u64s = types.uint64[::1]

# The pieces of a search, in this order in every signature: rows of columns, columns of rows,
# worths, then the state: whether open, value, count. The value of a closed column is what opening
# it would add; that of an open one is what closing it would lose.
SETS = (r_i64s, r_i32s, r_i64s, r_i32s, r_f64s, r_f64s)
STATE = (bools, f64s, i32s)


@in_place(none, *SETS, *STATE, i64)
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


@compiled(none, *SETS, *STATE)
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


@compiled(several(f64, f64), *SETS, *STATE, r_f64s, f64, f64)
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
    parts = (indptr, indices, column_indptr, column_rows, first, second, opened, value, count)
    state = np.ones(1, np.uint64)
    gained = 0.0
    while True:
        j = best_closed(opened, value, cost, left, thrift, 0.0, state)
        if j < 0:
            return gained, left
        gained += value[j]
        left -= cost[j]
        flip(*parts, j)
