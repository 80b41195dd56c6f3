"""How low the cost can be, for tables too large to fix sites in: prices and plan move together.

The bound of `ascend` is the value of a game between prices and a fractional plan. A primal-dual
step for each, the plan's extrapolated, closes in on it in a third of the iterations that a
subgradient needs on a large table, and the plan it ends in begins the next, larger table.
"""
# Kernels cut their innermost loops by hand.
# ruff: noqa: C901

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    compiled,
    f64,
    f64s,
    i64,
    none,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)
from optimization.median._bound import _knapsack, _savings
from optimization.median._table import Table

_PRICE_STEP: Final = 0.1
"""Of a price, as a share of the mean cost of a unit under a good plan."""
_PLAN_STEP: Final = 0.3
"""Of the plan, for a site that saves twice what the last site taken saves."""
_PATIENCE: Final = 3
"""Calls without a better bound before the steps are shortened."""
_HALVINGS: Final = 60


@dataclass(frozen=True, slots=True)
class Saddle:
    """Where prices and plan stand."""

    bound: float
    """Best so far; proven."""
    price: NDArray[np.float64]
    """(n_row,) prices of that bound."""
    now: NDArray[np.float64]
    """(n_row,) prices to go on from."""
    share: NDArray[np.float64]
    """(n_site,) fractional plan to go on from."""
    calm: float
    """Factor of both steps; halved when they proved too long."""
    stale: int
    """Calls since the bound was last raised."""
    work: int


def begin(price: NDArray[np.float64], share: NDArray[np.float64]) -> Saddle:
    """Return where to start: prices, (n_row,), and a plan, (n_site,)."""
    return Saddle(-np.inf, price, price, share.astype(np.float64), 1.0, 0, 0)


def approach(table: Table, at: Saddle, *, unit: float, iterations: int) -> Saddle:
    """Take some steps towards the saddle point.

    Parameters
    ----------
    table
        The costs.
    at
        Where the last steps ended.
    unit
        Mean cost of a unit of weight under a good plan.
    iterations
        How many steps.

    References
    ----------
    Chambolle and Pock (2011), Journal of Mathematical Imaging and Vision 40.
    """
    share = at.share.copy()
    bound, last, price, now, work = _approach(
        table.indptr,
        table.site,
        table.cost,
        table.weight,
        table.cap,
        table.size,
        float(table.room),
        float(table.base),
        at.now,
        _PRICE_STEP * at.calm * unit,
        _PLAN_STEP * at.calm,
        iterations,
        share,
    )
    better, kept = (bound, price) if bound > at.bound else (at.bound, at.price)
    stale = 0 if bound > at.bound else at.stale + 1
    if last < 0.0 or stale >= _PATIENCE:
        # The steps are too long: the prices run away, or circle.
        return Saddle(better, kept, kept, share, at.calm / 2, 0, at.work + work)
    return Saddle(better, kept, now, share, at.calm, stale, at.work + work)


@compiled(none, r_f64s, r_f64s, f64, f64s)
def _project(wish: Float64s, size: Float64s, room: float, share: Float64s) -> None:
    """Bring wishes into the fractional knapsack: the nearest point, by halving its multiplier."""
    low, high = 0.0, 0.0
    for j in range(len(wish)):
        high = max(high, wish[j] / size[j])
    for turn in range(_HALVINGS):
        middle = 0.0 if turn == 0 else 0.5 * (low + high)
        total = 0.0
        for j in range(len(wish)):
            total += size[j] * min(1.0, max(0.0, wish[j] - middle * size[j]))
        if total <= room:
            high = middle
            if turn == 0:
                break
        else:
            low = middle
    for j in range(len(wish)):
        share[j] = min(1.0, max(0.0, wish[j] - high * size[j]))


@compiled(
    several(f64, f64, f64s, f64s, i64),
    r_i64s, r_i32s, r_i32s, r_f64s, r_f64s, r_f64s, f64, f64, r_f64s, f64, f64, i64, f64s,
)  # fmt: skip
def _approach(  # noqa: PLR0917 - a kernel takes its arrays one by one
    indptr: Int64s,
    site: Int32s,
    cost: Int32s,
    weight: Float64s,
    cap: Float64s,
    size: Float64s,
    room: float,
    base: float,
    start: Float64s,
    stride: float,
    pull: float,
    iterations: Int,
    share: Float64s,
) -> tuple[float, float, Float64s, Float64s, int]:
    n, m = len(weight), len(size)
    price, best_price = start.copy(), start.copy()
    saving, taken = np.zeros(m, np.float64), np.zeros(m, np.float64)
    wish, ahead = np.zeros(m, np.float64), np.zeros(m, np.float64)
    best, bound, work = -np.inf, -np.inf, 0
    for _ in range(iterations):
        work += _savings(indptr, site, cost, weight, price, saving)
        shadow = _knapsack(saving, size, room, taken)
        bound = base
        for i in range(n):
            bound += weight[i] * price[i]
        for j in range(m):
            bound -= taken[j] * saving[j]
        if bound > best:
            best = bound
            best_price[:] = price
        for j in range(m):
            paid = shadow * size[j]
            wish[j] = share[j] + (pull * saving[j] / paid if paid > 0.0 else 1.0)
            ahead[j] = -share[j]
        _project(wish, size, room, share)
        for j in range(m):
            ahead[j] += 2.0 * share[j]
        for i in range(n):
            # The price moves up by the stride, less so for every site that is then in reach.
            u, met = price[i] + stride, 0.0
            for k in range(indptr[i], indptr[i + 1]):
                if u <= cost[k]:
                    break
                met += ahead[site[k]]
                u = price[i] + stride * (1.0 - met)
                if u <= cost[k]:
                    u = np.float64(cost[k])
                    break
            price[i] = min(max(u, np.float64(cost[indptr[i]])), cap[i])
    return best, bound, best_price, price, work
