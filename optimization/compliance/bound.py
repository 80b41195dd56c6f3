"""What closing all shortfalls costs at least: prices on needs, one knapsack a site."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimization.compliance.core import Core
from optimization.compliance.state import net_of

Numbers = NDArray[np.float64]

_STALE = 12
"""Rounds without a better bound after which the step is halved."""
_MOMENTUM = 0.6
_LEAST_STEP = 1e-3
_INSERTIONS = 12
"""Moves a pair that sorting by insertion may take."""


@dataclass(frozen=True, slots=True)
class Priced:
    """The best prices found and what they prove."""

    bound: float
    price: Numbers
    """(n,) what settling each need is worth."""
    often: Numbers
    """(n_option,) how often each option was taken at late prices, 0 to 1."""
    rounds: int
    stopped_by_time: bool


def priced(
    core: Core,
    upper: float,
    *,
    rounds: int,
    until: float,
    start: Numbers | None = None,
    gap: float = 0.0,
) -> Priced:
    """Return a lower bound on the cost of any plan, by subgradient steps on its dual.

    For prices ``p ≥ 0`` on the needs, ``sum p + sum_j min(0, min_k c_jk - V_j(a_jk))`` is at most
    the cost of every plan, where ``V_j(a)`` is the value of the best filling of ``a`` m² of site
    ``j``, a continuous knapsack. Steps are Polyak's towards ``upper``, preconditioned by the need
    and deflected.

    Parameters
    ----------
    core
        The model; every estate is named.
    upper
        Cost of a plan.
    rounds
        Most steps.
    until
        Clock at which to stop all the same.
    start
        (n,) prices to begin from.
    gap
        Relative distance from ``upper`` that is near enough.

    References
    ----------
    Geoffrion (1974), Mathematical Programming Study 2; Camerini, Fratta & Maffioli (1975).
    """
    price = _first_prices(core) if start is None else start.copy()
    net, order = net_of(core), core.site_pair.copy()
    taken = np.zeros(len(core.opt_area))
    served, direction = np.zeros(core.n), np.zeros(core.n)
    choice = np.full(core.m, -1, np.int32)
    best, best_price, stale, step = -np.inf, price.copy(), 0, 1.0
    done, late = 0, False
    often = np.zeros(len(core.opt_area))
    while done < rounds:
        value = _evaluate(net, price, order, served, choice)
        done += 1
        taken[:] = 0
        taken[choice[choice >= 0]] = 1
        often = 0.9 * often + 0.1 * taken
        if value > best + 1e-9 * abs(best) or best == -np.inf:
            stale = 0 if value > best + 1e-5 * abs(upper) else stale + 1
            best, best_price = value, price.copy()
        else:
            stale += 1
        if upper - best <= gap * upper:
            break
        if stale >= _STALE:
            step, stale, price = step / 2, 0, best_price.copy()
            direction[:] = 0
            if step < _LEAST_STEP:
                break
            continue
        missing = 1.0 - served
        direction = missing + _MOMENTUM * direction
        size = float((core.need_m2 * direction * direction).sum())
        if size <= 0:
            break
        price = np.maximum(price + step * (upper - value) / size * core.need_m2 * direction, 0.0)
        late = perf_counter() > until
        if late:
            break
    return Priced(best, best_price, often, done, late)


def _first_prices(core: Core) -> Numbers:
    """Return for each need what it would cost in the cheapest room in its circle, filled."""
    rate = np.minimum.reduceat(core.opt_cost / core.opt_area, core.opt_ptr[:-1])
    cheapest = np.full(core.n, np.inf)
    np.minimum.at(cheapest, core.row, rate[core.col] * core.use_m2)
    return np.where(np.isfinite(cheapest), cheapest, 0.0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _evaluate(net: Any, price: Any, order: Any, served: Any, choice: Any) -> Any:  # noqa: ANN401
    """Return the bound at some prices; fills ``served`` and ``choice``, keeps ``order`` sorted."""
    total = price.sum()
    served[:] = 0.0
    density = np.empty(len(order))
    for j in range(len(choice)):
        _sort(net, price, order, density, j)
        best, which = _best_size(net, order, density, j)
        if which < 0 or (best >= 0 and not net.must[j]):
            choice[j] = -1
            continue
        choice[j] = which
        total += best
        left = net.area[which]
        for at in range(net.site_ptr[j], net.site_ptr[j + 1]):
            if left <= 0 or density[at] <= 0:
                break
            pair = order[at]
            used = min(left, net.use[pair])
            served[net.row[pair]] += used / net.use[pair]
            left -= used
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def _sort(net: Any, price: Any, order: Any, density: Any, j: int) -> None:  # noqa: ANN401
    """Put the pairs of a site in order, the best price a m² first.

    Prices move little from round to round: what was sorted is nearly sorted, and insertion is
    quick; where it is not, the site is sorted anew.
    """
    a, b = net.site_ptr[j], net.site_ptr[j + 1]
    for at in range(a, b):
        density[at] = price[net.row[order[at]]] / net.use[order[at]]
    moves, most = 0, _INSERTIONS * (b - a)
    for at in range(a + 1, b):
        d, pair, to = density[at], order[at], at
        while to > a and density[to - 1] < d:
            density[to] = density[to - 1]
            order[to] = order[to - 1]
            to -= 1
        density[to] = d
        order[to] = pair
        moves += at - to
        if moves > most:
            by = a + np.argsort(-density[a:b], kind="mergesort")
            density[a:b], order[a:b] = density[by], order[by]
            return


@njit(cache=True)  # type: ignore[untyped-decorator]
def _best_size(net: Any, order: Any, density: Any, j: int) -> Any:  # noqa: ANN401
    """Return the least of cost less value over the sizes of a site, and the size."""
    at, b = net.site_ptr[j], net.site_ptr[j + 1]
    best, which, filled, worth = np.inf, -1, 0.0, 0.0
    for k in range(net.opt_ptr[j], net.opt_ptr[j + 1]):
        while at < b and density[at] > 0 and filled + net.use[order[at]] <= net.area[k]:
            filled += net.use[order[at]]
            worth += density[at] * net.use[order[at]]
            at += 1
        value = worth
        if at < b and density[at] > 0:
            value += density[at] * (net.area[k] - filled)
        if net.cost[k] - value < best:
            best, which = net.cost[k] - value, k
    return best, which
