"""What closing all shortfalls costs at least: prices on needs, one knapsack a site."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimization.compliance.core import Core
from optimization.compliance.state import net_of

Numbers = NDArray[np.float64]

_STALE = 6, 30
"""Rounds without a better bound after which the step is halved: more where there is time."""
_MOMENTUM = 0.8
_LEAST_STEP = 1e-4
_AGAIN = 0.25
"""First step from prices that are good already."""
_BELOW = 0.9995
"""Part of the last price taken below which a pair is not looked at in the next round."""


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
    net, pairs = net_of(core), _sorted_pairs(core)
    taken = np.zeros(len(core.opt_area))
    served, direction = np.zeros(core.n), np.zeros(core.n)
    choice = np.full(core.m, -1, np.int32)
    best, best_price, stale, step = -np.inf, price.copy(), 0, 1.0 if start is None else _AGAIN
    patience = min(max(_STALE[0], rounds // 20), _STALE[1])
    done, late = 0, False
    often = np.zeros(len(core.opt_area))
    while done < rounds:
        value = _evaluate(net, price, pairs, served, choice)
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
        if stale >= patience:
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


class _Sorted(NamedTuple):
    """Pairs by site; of each site those that may be taken stand first, the dearest before."""

    row: NDArray[np.int32]
    use: Numbers
    density: Numbers
    """(n_pair,) price a m²."""
    end: NDArray[np.int64]
    """(m,) where those that may be taken end."""
    cut: Numbers
    """(m,) price a m² below which nothing was taken lately."""


def _sorted_pairs(core: Core) -> _Sorted:
    return _Sorted(
        core.row[core.site_pair],
        core.use_m2[core.site_pair],
        np.zeros(len(core.col)),
        np.zeros(core.m, np.int64),
        np.zeros(core.m),
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def _evaluate(net: Any, price: Any, pairs: Any, served: Any, choice: Any) -> Any:  # noqa: ANN401
    """Return the bound at some prices; fills ``served`` and ``choice``, keeps the pairs sorted."""
    total = price.sum()
    served[:] = 0.0
    for j in range(len(choice)):
        _sort(net, price, pairs, j)
        best, which = _best_size(net, pairs, j)
        if which < 0 or (best >= 0 and not net.must[j]):
            choice[j] = -1
            continue
        choice[j] = which
        total += best
        left = net.area[which]
        for at in range(net.site_ptr[j], pairs.end[j]):
            if left <= 0 or pairs.density[at] <= 0:
                break
            used = min(left, pairs.use[at])
            served[pairs.row[at]] += used / pairs.use[at]
            left -= used
    return total


@njit(cache=True)  # type: ignore[untyped-decorator]
def _sort(net: Any, price: Any, pairs: Any, j: int) -> None:  # noqa: ANN401
    """Put those pairs of a site in front, and in order, that can fill its largest size.

    Prices move little from round to round: what fell below the cut lately hardly ever comes
    back, and what stands in front is nearly sorted. Where that fails, all are sorted.
    """
    a, b = net.site_ptr[j], net.site_ptr[j + 1]
    if a == b or net.opt_ptr[j] == net.opt_ptr[j + 1]:
        pairs.end[j] = a
        return
    largest = net.area[net.opt_ptr[j + 1] - 1]
    end, room = a, 0.0
    for at in range(a, b):
        d = price[pairs.row[at]] / pairs.use[at]
        pairs.density[at] = d
        if d >= pairs.cut[j]:
            room += pairs.use[at]
            _swap(pairs, at, end)
            end += 1
    if room < largest and end < b:
        by = a + np.argsort(-pairs.density[a:b], kind="mergesort")
        pairs.density[a:b] = pairs.density[by]
        pairs.row[a:b], pairs.use[a:b] = pairs.row[by], pairs.use[by]
        end = b
    for at in range(a + 1, end):
        d, row, use, to = pairs.density[at], pairs.row[at], pairs.use[at], at
        while to > a and pairs.density[to - 1] < d:
            pairs.density[to] = pairs.density[to - 1]
            pairs.row[to], pairs.use[to] = pairs.row[to - 1], pairs.use[to - 1]
            to -= 1
        pairs.density[to], pairs.row[to], pairs.use[to] = d, row, use
    pairs.end[j] = end
    filled, at = 0.0, a
    while at < end and filled < largest:
        filled += pairs.use[at]
        at += 1
    pairs.cut[j] = _BELOW * pairs.density[at - 1] if filled >= largest else 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _swap(pairs: Any, a: int, b: int) -> None:  # noqa: ANN401
    row, use, density = pairs.row[a], pairs.use[a], pairs.density[a]
    pairs.row[a], pairs.use[a], pairs.density[a] = pairs.row[b], pairs.use[b], pairs.density[b]
    pairs.row[b], pairs.use[b], pairs.density[b] = row, use, density


@njit(cache=True)  # type: ignore[untyped-decorator]
def _best_size(net: Any, pairs: Any, j: int) -> Any:  # noqa: ANN401
    """Return the least of cost less value over the sizes of a site, and the size."""
    at, b = net.site_ptr[j], pairs.end[j]
    best, which, filled, worth = np.inf, -1, 0.0, 0.0
    for k in range(net.opt_ptr[j], net.opt_ptr[j + 1]):
        while at < b and pairs.density[at] > 0 and filled + pairs.use[at] <= net.area[k]:
            filled += pairs.use[at]
            worth += pairs.density[at] * pairs.use[at]
            at += 1
        value = worth
        if at < b and pairs.density[at] > 0:
            value += pairs.density[at] * (net.area[k] - filled)
        if net.cost[k] - value < best:
            best, which = net.cost[k] - value, k
    return best, which
