"""Compiled search for fewer or cheaper columns that cover every row."""
# A kernel takes its arrays one by one, in the order that they are read.
# One loop with the whole state in its arrays: calls within it took longer than the work.
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917

from __future__ import annotations

import numpy as np

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
    i64s,
    in_place,
    none,
    r_f64s,
    r_i32s,
    r_i64s,
)
from optimization.covering._columns import Bools, UInt64s, bools, chance, u64s


@in_place(
    none, r_i64s, r_i32s, r_i64s, r_i32s, f64s, bools, f64s, i32s, i64s, i64s, i64
)  # fmt: skip
def toggle(
    indptr: Int64s,
    indices: Int32s,
    column_indptr: Int64s,
    column_rows: Int32s,
    weight: Float64s,
    opened: Bools,
    value: Float64s,
    count: Int32s,
    bare: Int64s,
    place: Int64s,
    j: Int,
) -> None:
    """Open or close a column, keeping values and the list of bare rows true.

    ``bare`` ends with its own length; ``place`` says where each row stands in it, -1 = covered.
    """
    last = len(bare) - 1
    step = -1 if opened[j] else 1
    opened[j] = not opened[j]
    for e in range(column_indptr[j], column_indptr[j + 1]):
        r = column_rows[e]
        below = count[r] if step == 1 else count[r] - 1
        count[r] += step
        if below == 0:
            if step == 1:
                bare[last] -= 1
                moved = bare[bare[last]]
                bare[place[r]] = moved
                place[moved] = place[r]
                place[r] = -1
            else:
                place[r] = bare[last]
                bare[bare[last]] = r
                bare[last] += 1
        elif below > 1:
            continue
        for f in range(indptr[r], indptr[r + 1]):
            k = indices[f]
            if k != j and opened[k] == (below == 1):
                value[k] -= step * weight[r]


@in_place(i64, bools, f64s, r_f64s, i64s, i64)
def _cheapest_loss(opened: Bools, value: Float64s, cost: Float64s, since: Int64s, kept: Int) -> int:
    """Return the open column whose closing loses least a yuan, the longest unmoved among equals."""
    best = -1
    for j in range(len(value)):
        if not opened[j] or j == kept or cost[j] <= 0.0:
            continue
        if best < 0:
            best = j
            continue
        ours, theirs = value[j] * cost[best], value[best] * cost[j]
        if ours < theirs or (ours == theirs and since[j] < since[best]):
            best = j
    return best


@compiled(
    f64, r_i64s, r_i32s, r_i64s, r_i32s, r_f64s, bools, i64, f64, u64s
)  # fmt: skip
def descend(
    indptr: Int64s,
    indices: Int32s,
    column_indptr: Int64s,
    column_rows: Int32s,
    cost: Float64s,
    best: Bools,
    rounds: Int,
    floor: float,
    state: UInt64s,
) -> float:
    """Make ``best``, which covers every row, cheaper; return its cost.

    As soon as all is covered the plan is kept and a column taken away. Each round takes another
    one away that loses least, then covers a bare row drawn by chance as well as can be without
    reaching the best cost; rows that stay bare weigh more from round to round. Stops at ``floor``.

    References
    ----------
    Gao, Weise and Li (2015), Engineering Optimization 47 (row weighting local search).
    """
    n_row, n_column = len(indptr) - 1, len(cost)
    weight = np.ones(n_row)
    opened = np.zeros(n_column, np.bool_)
    value = np.zeros(n_column)
    count = np.zeros(n_row, np.int32)
    bare = np.zeros(n_row + 1, np.int64)
    place = np.arange(n_row)
    bare[:n_row] = place
    bare[n_row] = n_row
    since = np.zeros(n_column, np.int64)
    parts = (
        *(indptr, indices, column_indptr, column_rows, weight),
        *(opened, value, count, bare, place),
    )
    total = 0.0
    for j in range(n_column):
        value[j] = column_indptr[j + 1] - column_indptr[j]
    for j in range(n_column):
        if best[j]:
            toggle(*parts, j)
            total += cost[j]
    least = total
    kept_out = -1
    for moment in range(1, rounds + 1):
        while bare[n_row] == 0:
            if total < least or moment == 1:
                least = total
                for j in range(n_column):
                    best[j] = opened[j]
            if least <= floor:
                return least
            j = _cheapest_loss(opened, value, cost, since, -1)
            if j < 0:
                return least
            toggle(*parts, j)
            total -= cost[j]
            since[j] = moment
        j = _cheapest_loss(opened, value, cost, since, kept_out)
        if j >= 0:
            toggle(*parts, j)
            total -= cost[j]
            since[j] = moment
        taken_away = j
        while bare[n_row] > 0:
            r = bare[np.int64(chance(state) * bare[n_row])]
            pick = -1
            for f in range(indptr[r], indptr[r + 1]):
                k = indices[f]
                if k == taken_away or total + cost[k] >= least - 1e-9:
                    continue
                if pick < 0:
                    pick = k
                    continue
                ours, theirs = value[k] * cost[pick], value[pick] * cost[k]
                if ours > theirs or (ours == theirs and since[k] < since[pick]):
                    pick = k
            if pick < 0:
                break
            toggle(*parts, pick)
            total += cost[pick]
            since[pick] = moment
            kept_out = pick
        for b in range(bare[n_row]):
            r = bare[b]
            weight[r] += 1.0
            for f in range(indptr[r], indptr[r + 1]):
                value[indices[f]] += 1.0
    return least
