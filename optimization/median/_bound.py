"""How low the cost can possibly be: the Lagrangian bound, raised by a deflected subgradient.

The multiplier of a row is a price a person, in the unit of the costs, so that the step is
preconditioned by weight: rows of many people do not move farther than rows of few.
"""
# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: C901, PLR0912, PLR0915, PLR0917

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
    i64,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)
from optimization.median._table import Table

_DEFLECTION: Final = 0.7
"""Share of the last direction that the next one keeps."""
_PATIENCE: Final = 15
"""Iterations without a better bound before the step is halved."""

_SHORTEST: Final = 1e-4

_flags = types.boolean[::1]


@dataclass(frozen=True, slots=True)
class Ascent:
    """Where a run of the subgradient ended."""

    bound: float
    price: NDArray[np.float64]
    """(n_row,) multipliers of the best bound."""
    saving: NDArray[np.float64]
    """(n_site,) what each site saves at these prices."""
    shadow: float
    """What a unit of room saves at these prices."""
    share: NDArray[np.float64]
    """(n_site,) how much of the time each site was in the relaxed plan, lately."""
    plan: NDArray[np.bool_]
    """(n_site,) best plan met on the way."""
    cost: float
    """Of that plan."""
    step: float
    work: int
    """Pairs looked at."""


def ascend(
    table: Table,
    price: NDArray[np.float64],
    *,
    upper: float,
    target: float,
    iterations: int,
    step: float = 1.0,
) -> Ascent:
    """Raise the bound ``sum_i w_i u_i - max_y sum_j saving_j(u) y_j`` over prices ``u``.

    ``saving_j(u) = sum_i w_i max(0, u_i - cost_ij)`` and ``y`` is a fractional knapsack, so every
    ``u`` within the caps gives a proven bound.

    Parameters
    ----------
    table
        The costs.
    price : (n_row,)
        Where to begin.
    upper
        Cost of a plan that is known, towards which steps are measured.
    target
        Stop as soon as the bound is at least this.
    iterations
        Stop after this many.
    step
        Relative length of the first step.

    References
    ----------
    Beasley (1993), European Journal of Operational Research 65(3); Camerini et al. (1975).
    """
    bound, best, saving, shadow, share, plan, cost, step, work = _ascend(
        table.indptr,
        table.site,
        table.cost,
        table.weight,
        table.cap,
        table.size,
        float(table.room),
        float(table.base),
        price,
        float(upper),
        float(target),
        int(iterations),
        float(step),
    )
    return Ascent(bound, best, saving, shadow, share, plan, cost, step, work)


def knapsack(
    saving: NDArray[np.float64], size: NDArray[np.float64], room: float
) -> tuple[NDArray[np.float64], float]:
    """Fill a fractional knapsack; return the share of each site and the worth of more room."""
    taken = np.zeros(len(size))
    shadow = _knapsack(saving, size, float(room), taken)
    return taken, shadow


@compiled(f64, r_f64s, r_f64s, f64, f64s)
def _knapsack(saving: Float64s, size: Float64s, room: float, taken: Float64s) -> float:
    """Fill a fractional knapsack; return what the next unit of room would save."""
    order = np.argsort(-saving / size)
    left = room
    for j in range(len(saving)):
        taken[j] = 0.0
    for at in range(len(order)):
        j = order[at]
        if saving[j] <= 0.0:
            return 0.0
        if left <= 0.0:
            return float(saving[j] / size[j])
        taken[j] = min(1.0, left / size[j])
        left -= taken[j] * size[j]
        if taken[j] < 1.0:
            return float(saving[j] / size[j])
    return 0.0


@compiled(i64, r_i64s, r_i32s, r_i32s, r_f64s, r_f64s, f64s)
def _savings(
    indptr: Int64s, site: Int32s, cost: Int32s, weight: Float64s, price: Float64s, saving: Float64s
) -> int:
    """Sum what each site saves at the prices; return the pairs looked at."""
    for j in range(len(saving)):
        saving[j] = 0.0
    work = 0
    for i in range(len(weight)):
        u, w = price[i], weight[i]
        for k in range(indptr[i], indptr[i + 1]):
            if cost[k] >= u:
                break
            saving[site[k]] += w * (u - cost[k])
            work += 1
    return work


@compiled(
    several(f64, f64s, f64s, f64, f64s, _flags, f64, f64, i64),
    r_i64s, r_i32s, r_i32s, r_f64s, r_f64s, r_f64s, f64, f64, r_f64s, f64, f64, i64, f64,
)  # fmt: skip
def _ascend(
    indptr: Int64s,
    site: Int32s,
    cost: Int32s,
    weight: Float64s,
    cap: Float64s,
    size: Float64s,
    room: float,
    base: float,
    start: Float64s,
    upper: float,
    target: float,
    iterations: Int,
    step: float,
) -> tuple[float, Float64s, Float64s, float, Float64s, NDArray[np.bool_], float, float, int]:
    n, m = len(weight), len(size)
    price = start.copy()
    best_price = start.copy()
    direction = np.zeros(n, np.float64)
    saving, best_saving = np.zeros(m, np.float64), np.zeros(m, np.float64)
    taken, share = np.zeros(m, np.float64), np.zeros(m, np.float64)
    plan = np.zeros(m, np.bool_)
    best, best_shadow, best_cost = -np.inf, 0.0, np.inf
    work, waited = 0, 0
    for turn in range(iterations):
        work += _savings(indptr, site, cost, weight, price, saving)
        shadow = _knapsack(saving, size, room, taken)
        bound = base
        for i in range(n):
            bound += weight[i] * price[i]
        for j in range(m):
            bound -= taken[j] * saving[j]
            share[j] = taken[j] if turn == 0 else 0.9 * share[j] + 0.1 * taken[j]
        waited += 1
        if bound > best:
            if bound > best + 1e-5 * abs(upper - best):
                waited = 0
            best, best_shadow = bound, shadow
            best_price[:] = price
            best_saving[:] = saving
        if best >= target:
            break
        if waited >= _PATIENCE:
            waited = 0
            step *= 0.5
            price[:] = best_price
            direction[:] = 0.0
            if step < _SHORTEST:
                break
            continue
        total, length = base, 0.0
        for i in range(n):
            u = price[i]
            met, nearest = 0.0, cap[i]
            for k in range(indptr[i], indptr[i + 1]):
                c = cost[k]
                if c >= u and nearest < cap[i]:
                    break
                y = taken[site[k]]
                if y > 0.0:
                    if c < u:
                        met += y
                    if y == 1.0 and c < nearest:
                        nearest = c
            total += weight[i] * nearest
            slope = 1.0 - met
            if slope > 0.0 and u >= cap[i]:
                slope = 0.0
            direction[i] = slope + _DEFLECTION * direction[i]
            length += weight[i] * direction[i] * direction[i]
        if total < best_cost:
            best_cost = total
            for j in range(m):
                plan[j] = taken[j] == 1.0
        if length <= 0.0:
            break
        stride = step * max(min(upper, best_cost) - bound, 1e-12 * abs(upper)) / length
        for i in range(n):
            u = price[i] + stride * direction[i]
            price[i] = min(max(u, cost[indptr[i]]), cap[i])
    return best, best_price, best_saving, best_shadow, share, plan, best_cost, step, work
