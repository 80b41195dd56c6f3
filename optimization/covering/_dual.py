"""Compiled steps of the first-order method that prices rows and so bounds every plan."""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917

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
    i64,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)


@compiled(
    several(f64, f64),
    r_i64s, r_i32s, r_f64s, r_f64s, r_f64s, r_f64s, f64, f64, f64s, r_f64s, f64s, i64, i64,
)  # fmt: skip
def price_rows(
    indptr: Int64s,
    indices: Int32s,
    first: Float64s,
    second: Float64s,
    rate: Float64s,
    open_share: Float64s,
    step: float,
    keep: float,
    price: Float64s,
    anchor: Float64s,
    earned: Float64s,
    begin: Int,
    end: Int,
) -> tuple[float, float]:
    """Move the price of rows ``begin`` to ``end`` towards where open shares and worths agree.

    Adds to ``earned`` what each column earns at the new prices, and returns the worth left to the
    rows at those prices and the squared length of the move. ``price`` becomes the reflected step,
    drawn back to ``anchor`` by 1 - ``keep``.
    """
    worth_left = 0.0
    moved = 0.0
    for r in range(begin, end):
        covered = 0.0
        for e in range(indptr[r], indptr[r + 1]):
            covered += open_share[indices[e]]
        reach = step * rate[r]
        low = price[r] - reach * (covered - 2.0)
        new = low
        if low > second[r]:
            new = max(price[r] - reach * (covered - 1.0), second[r])
        new = min(max(new, 0.0), first[r])
        worth_left += first[r] - new + max(second[r] - new, 0.0)
        for e in range(indptr[r], indptr[r + 1]):
            earned[indices[e]] += new
        change = new - price[r]
        if reach > 0.0:
            moved += change * change / rate[r]
        price[r] = keep * (new + change) + (1.0 - keep) * anchor[r]
    return worth_left, moved


@compiled(f64, r_i64s, r_i32s, r_f64s, r_f64s, r_f64s)
def shared_worth(
    indptr: Int64s, indices: Int32s, first: Float64s, second: Float64s, open_share: Float64s
) -> float:
    """Return what the rows are worth when columns are open in part: the value of the relaxation."""
    worth = 0.0
    for r in range(len(first)):
        covered = 0.0
        for e in range(indptr[r], indptr[r + 1]):
            covered += open_share[indices[e]]
        worth += first[r] * min(covered, 1.0)
        worth += second[r] * min(max(covered - 1.0, 0.0), 1.0)
    return worth


@compiled(f64, r_f64s, r_f64s, r_f64s)
def _far(wish: Float64s, rate: Float64s, cost: Float64s) -> float:
    """Return a price of money at which nothing is bought."""
    far = 0.0
    for j in range(len(wish)):
        if cost[j] > 0.0 and rate[j] > 0.0:
            far = max(far, wish[j] / (rate[j] * cost[j]))
    return far


@compiled(f64s, r_f64s, r_f64s, r_f64s, f64)
def to_budget(wish: Float64s, rate: Float64s, cost: Float64s, budget: float) -> Float64s:
    """Return the nearest shares from 0 to 1 within the budget, near as measured by 1 / rate.

    They are ``clip(wish - t * rate * cost)`` for the least ``t`` >= 0 that the budget allows.
    """
    share = np.empty_like(wish)
    low = 0.0
    high = -1.0
    t = 0.0
    for _ in range(100):
        spent = 0.0
        slope = 0.0
        for j in range(len(wish)):
            s = wish[j] - t * rate[j] * cost[j]
            if s >= 1.0:
                s = 1.0
            elif s <= 0.0:
                s = 0.0
            else:
                slope += rate[j] * cost[j] * cost[j]
            share[j] = s
            spent += s * cost[j]
        over = spent - budget
        if over <= 1e-9 * max(budget, 1e-30) and (t == 0.0 or over >= -1e-9 * budget):
            break
        if over > 0.0:
            low = t
        else:
            high = t
        newton = t + over / slope if slope > 0.0 else -1.0
        if newton > low and (high < 0.0 or newton < high):
            t = newton
        elif high < 0.0:
            t = 2.0 * t + 1e-6 if t > 0.0 else _far(wish, rate, cost)
        else:
            t = 0.5 * (low + high)
        if high >= 0.0 and high - low <= 1e-14 * high:
            break
    return share
