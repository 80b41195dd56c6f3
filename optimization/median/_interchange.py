"""Which plan is good: greedy addition and fast vertex substitution on sparse rows."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917

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
    none,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)
from optimization.median._table import Table

_flags = types.boolean[::1]
_r_flags = types.Array(types.boolean, 1, "C", readonly=True)


def greedy(table: Table, begin: NDArray[np.bool_] | None = None) -> NDArray[np.bool_]:
    """Open, while there is room, the site that saves most per unit of room.

    Parameters
    ----------
    table
        The costs.
    begin : (n_site,)
        Sites that are open already, within the room.
    """
    plan = np.zeros(table.n_site, dtype=np.bool_) if begin is None else begin.copy()
    _greedy(*_rows(table), *table.columns, *_terms(table), float(table.room), plan)
    return plan


def interchange(
    table: Table, plan: NDArray[np.bool_], *, passes: int = 100
) -> tuple[NDArray[np.bool_], float]:
    """Swap one open site for a closed one as long as that saves; return the plan and its cost.

    Sites are tried in the order of their columns, one pass after another; a site is tried again
    only when something near it has changed.

    References
    ----------
    Whitaker (1983), INFOR 21(2); Resende and Werneck (2007), Annals of Operations Research 150.
    """
    better = plan.copy()
    _swap(*_rows(table), *table.columns, *_terms(table), float(table.room), better, passes)
    return better, plan_cost(table, better)


def plan_cost(table: Table, plan: NDArray[np.bool_]) -> float:
    """Return the cost of a plan."""
    near, _, _, _ = _nearest_two(*_rows(table), table.cap, plan)
    return table.base + float((table.weight * near).sum())


def nearest_two(
    table: Table, plan: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the cost of the nearest and of the second nearest open site of every row."""
    first, second, _, _ = _nearest_two(*_rows(table), table.cap, plan)
    return first, second


def _rows(table: Table) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    return table.indptr, table.site, table.cost


def _terms(table: Table) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    return table.weight, table.cap, table.size


@compiled(none, i64, r_i64s, r_i32s, r_i32s, r_f64s, _r_flags, f64s, f64s, i32s, i32s)
def _rescan(
    i: Int,
    indptr: Int64s,
    site: Int32s,
    cost: Int32s,
    cap: Float64s,
    plan: NDArray[np.bool_],
    first: Float64s,
    second: Float64s,
    by_first: Int32s,
    by_second: Int32s,
) -> None:
    """Find the two nearest open sites of a row; its cap stands in for those it lacks."""
    first[i], second[i], by_first[i], by_second[i] = cap[i], cap[i], -1, -1
    for k in range(indptr[i], indptr[i + 1]):
        if plan[site[k]]:
            if by_first[i] < 0:
                first[i], by_first[i] = cost[k], site[k]
            else:
                second[i], by_second[i] = cost[k], site[k]
                return


@compiled(several(f64s, f64s, i32s, i32s), r_i64s, r_i32s, r_i32s, r_f64s, _r_flags)
def _nearest_two(
    indptr: Int64s, site: Int32s, cost: Int32s, cap: Float64s, plan: NDArray[np.bool_]
) -> tuple[Float64s, Float64s, Int32s, Int32s]:
    n = len(cap)
    first, second = np.empty(n, np.float64), np.empty(n, np.float64)
    by_first, by_second = np.empty(n, np.int32), np.empty(n, np.int32)
    for i in range(n):
        _rescan(i, indptr, site, cost, cap, plan, first, second, by_first, by_second)
    return first, second, by_first, by_second


@compiled(
    none,
    r_i64s, r_i32s, r_i32s, r_i64s, r_i32s, r_i32s, r_f64s, r_f64s, r_f64s, f64, _flags,
)  # fmt: skip
def _greedy(
    indptr: Int64s,
    site: Int32s,
    cost: Int32s,
    col_start: Int64s,
    col_row: Int32s,
    col_cost: Int32s,
    weight: Float64s,
    cap: Float64s,
    size: Float64s,
    room: float,
    plan: NDArray[np.bool_],
) -> None:
    """Add sites by what they save; a saving only shrinks, so most need no second look."""
    m = len(size)
    left = room
    for j in range(m):
        if plan[j]:
            left -= size[j]
    near, _, _, _ = _nearest_two(indptr, site, cost, cap, plan)
    worth = np.full(m, np.inf, np.float64)
    seen = np.full(m, -1, np.int64)
    turn = 0
    while True:
        best = -1
        for j in range(m):
            fits = not plan[j] and size[j] <= left and worth[j] > 0.0
            if fits and (best < 0 or worth[j] > worth[best]):
                best = j
        if best < 0:
            return
        if seen[best] == turn:
            plan[best] = True
            left -= size[best]
            turn += 1
            for k in range(col_start[best], col_start[best + 1]):
                near[col_row[k]] = min(near[col_row[k]], np.float64(col_cost[k]))
            continue
        saved = 0.0
        for k in range(col_start[best], col_start[best + 1]):
            i = col_row[k]
            if col_cost[k] < near[i]:
                saved += weight[i] * (near[i] - col_cost[k])
        worth[best] = saved / size[best]
        seen[best] = turn


@compiled(
    i64,
    r_i64s, r_i32s, r_i32s, r_i64s, r_i32s, r_i32s, r_f64s, r_f64s, r_f64s, f64, _flags, i64,
)  # fmt: skip
def _swap(
    indptr: Int64s,
    site: Int32s,
    cost: Int32s,
    col_start: Int64s,
    col_row: Int32s,
    col_cost: Int32s,
    weight: Float64s,
    cap: Float64s,
    size: Float64s,
    room: float,
    plan: NDArray[np.bool_],
    passes: Int,
) -> int:
    m, n = len(size), len(weight)
    first, second, by_first, by_second = _nearest_two(indptr, site, cost, cap, plan)
    loss = np.zeros(m, np.float64)
    extra = np.zeros(m, np.float64)
    scale = 0.0
    for i in range(n):
        scale += weight[i] * first[i]
        if by_first[i] >= 0:
            loss[by_first[i]] += weight[i] * (second[i] - first[i])
    least = 1e-12 * max(scale, 1.0)
    left = room
    chosen = np.empty(m, np.int64)
    n_chosen = 0
    for j in range(m):
        if plan[j]:
            left -= size[j]
            chosen[n_chosen] = j
            n_chosen += 1
    due = np.ones(m, np.bool_)
    swaps = 0
    for _ in range(passes):
        moved = False
        for j in range(m):
            if plan[j] or not due[j]:
                continue
            due[j] = False
            gain = 0.0
            for at in range(n_chosen):
                extra[chosen[at]] = 0.0
            for k in range(col_start[j], col_start[j + 1]):
                i, c = col_row[k], np.float64(col_cost[k])
                if c >= second[i]:
                    continue
                if c < first[i]:
                    gain += weight[i] * (first[i] - c)
                    if by_first[i] >= 0:
                        extra[by_first[i]] += weight[i] * (second[i] - first[i])
                elif by_first[i] >= 0:
                    extra[by_first[i]] += weight[i] * (second[i] - c)
            out, save = -1, least
            if size[j] <= left:
                if gain > save:
                    save, out = gain, -2
            else:
                for at in range(n_chosen):
                    r = chosen[at]
                    if size[j] <= left + size[r] and gain - loss[r] + extra[r] > save:
                        out, save = at, gain - loss[r] + extra[r]
            if out == -1:
                continue
            moved = True
            swaps += 1
            gone = -1
            plan[j] = True
            left -= size[j]
            loss[j] = 0.0
            if out >= 0:
                gone = chosen[out]
                plan[gone] = False
                left += size[gone]
                chosen[out] = j
            else:
                chosen[n_chosen] = j
                n_chosen += 1
            for side in range(2):
                who = j if side == 0 else gone
                if who < 0:
                    continue
                for k in range(col_start[who], col_start[who + 1]):
                    i = col_row[k]
                    if side == 0 and col_cost[k] >= second[i]:
                        continue
                    if side == 1 and by_first[i] != gone and by_second[i] != gone:
                        continue
                    if by_first[i] >= 0:
                        loss[by_first[i]] -= weight[i] * (second[i] - first[i])
                    farther = second[i]
                    _rescan(i, indptr, site, cost, cap, plan, first, second, by_first, by_second)
                    if by_first[i] >= 0:
                        loss[by_first[i]] += weight[i] * (second[i] - first[i])
                    farther = max(farther, second[i])
                    for q in range(indptr[i], indptr[i + 1]):
                        if cost[q] >= farther:
                            break
                        due[site[q]] = True
            due[j] = False
        if not moved:
            return swaps
    return swaps
