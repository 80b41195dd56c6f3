"""The most people that any choice of sites can place: prices on people, one knapsack a site."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimization.capacity.net import Net

Numbers = NDArray[np.float64]

_STALE = 10
_LEAST_STEP = 1e-3


@dataclass(frozen=True, slots=True)
class Means:
    """What limits the choice of new sites: ``use @ y <= most``."""

    fixed: NDArray[np.bool_]
    """(m,) open in every plan."""
    free: NDArray[np.bool_]
    """(m,) may be opened."""
    use: Numbers
    """(m,) 1, or yuan."""
    most: float
    """What is left after the sites that are fixed."""


@dataclass(frozen=True, slots=True)
class Dual:
    """What the best prices prove."""

    bound: float
    worth: Numbers
    """(m,) value of each site at these prices."""
    rate: float
    """Value that the last unit of means buys; a free site worth less a unit is not taken."""


def dual(net: Net, means: Means, lower: float, *, rounds: int, until: float) -> Dual:
    """Return an upper bound on the people that can be placed, by subgradient steps.

    For prices ``0 <= q_i <= 1``: ``sum q_i w_i + sum_fixed V_j + max {sum V_j y_j : use @ y <=
    most, 0 <= y <= 1}`` with ``V_j = max {sum (1 - q_i) f_i : sum f_i <= room_j, f_i <= w_i}``.

    References
    ----------
    Pirkul & Schilling (1991), Management Science 37(2).
    """
    price = np.zeros(len(net.people))
    worth, taken = np.zeros(len(net.room)), np.zeros(len(net.room))
    used = np.zeros(len(net.people))
    best = Dual(np.inf, worth.copy(), 0.0)
    best_price, stale, step = price.copy(), 0, 1.0
    order = net.site_pair.copy()
    weight = np.maximum(net.people, 1e-9)
    for _ in range(rounds):
        _worth(net, price, order, worth)
        taken[:], chosen, rate = _choose(worth, means)
        value = float(price @ net.people + worth[means.fixed].sum() + chosen)
        if value < best.bound - 1e-9 * abs(best.bound) or best.bound == np.inf:
            stale = 0 if value < best.bound - 1e-5 * value else stale + 1
            best, best_price = Dual(value, worth.copy(), rate), price.copy()
        else:
            stale += 1
        if best.bound - lower < 1e-9 * max(1.0, lower) or perf_counter() > until:
            break
        if stale >= _STALE:
            step, stale, price = step / 2, 0, best_price.copy()
            if step < _LEAST_STEP:
                break
            continue
        used[:] = 0.0
        _used(net, price, order, taken, used)
        slope = net.people - used
        size = float((slope * slope / weight).sum())
        if size <= 0:
            break
        price = np.clip(price - step * (value - lower) / size * slope / weight, 0.0, 1.0)
    return best


def _choose(worth: Numbers, means: Means) -> tuple[Numbers, float, float]:
    """Return the best fractional choice, its value, and the value of the last unit of means."""
    taken = means.fixed.astype(np.float64)
    free = np.flatnonzero(means.free & (worth > 0))
    use = means.use[free]
    with np.errstate(divide="ignore"):
        rate = np.where(use > 0, worth[free] / np.where(use > 0, use, 1.0), np.inf)
    order = np.argsort(-rate, kind="stable")
    before = np.cumsum(use[order]) - use[order]
    share = np.clip(
        np.where(use[order] > 0, (means.most - before) / np.maximum(use[order], 1e-300), 1.0), 0, 1
    )
    taken[free[order]] = share
    last = np.flatnonzero(share < 1)
    return (
        taken,
        float(share @ worth[free[order]]),
        float(rate[order[last[0]]]) if len(last) else 0.0,
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def _worth(net: Any, price: Any, order: Any, worth: Any) -> None:  # noqa: ANN401
    for j in range(len(worth)):
        a, b = net.site_ptr[j], net.site_ptr[j + 1]
        for at in range(a + 1, b):
            pair, to = order[at], at
            q = price[net.row[pair]]
            while to > a and price[net.row[order[to - 1]]] > q:
                order[to] = order[to - 1]
                to -= 1
            order[to] = pair
        left, value = net.room[j], 0.0
        for at in range(a, b):
            q = price[net.row[order[at]]]
            if left <= 0 or q >= 1.0:
                break
            moved = min(left, net.people[net.row[order[at]]])
            value += (1.0 - q) * moved
            left -= moved
        worth[j] = value


@njit(cache=True)  # type: ignore[untyped-decorator]
def _used(net: Any, price: Any, order: Any, taken: Any, used: Any) -> None:  # noqa: ANN401
    for j in range(len(taken)):
        if taken[j] <= 0:
            continue
        left = net.room[j]
        for at in range(net.site_ptr[j], net.site_ptr[j + 1]):
            i = net.row[order[at]]
            if left <= 0 or price[i] >= 1.0:
                break
            moved = min(left, net.people[i])
            used[i] += moved * taken[j]
            left -= moved
