"""How good any plan can be: a proven bound from row prices, found by a first-order method."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.covering._dual import price_rows, shared_worth, to_budget
from optimization.covering._merge import count_open
from optimization.covering.instance import Instance
from optimization.covering.sets import sums

_THREADED_PAIRS: Final = 4_000_000
"""Below this many pairs a second thread costs more than it saves."""
_BLOCKS: Final = 4
"""Parts of the rows; fixed, so that sums do not depend on the number of threads."""
_SHORTEST: Final = 12
_LOOK_EVERY: Final = 16
_SHRINK_WELL, _SHRINK_SOME, _LONG = 0.2, 0.8, 0.36
"""When an epoch ends: the step has shrunk much, or some and grows again, or the epoch is long."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A proven upper bound of an instance with the prices that prove it."""

    value: float
    """No plan is worth more."""
    price: NDArray[np.float64]
    """(n_row,) the last prices, to begin another bound from."""
    earned: NDArray[np.float64]
    """(n_column,) what each column earns at the prices that prove the bound."""
    worth_left: float
    """What rows keep at those prices, and what is certain."""
    share: NDArray[np.float64]
    """(n_column,) how far open each column is in the best relaxed plan found."""
    relaxed: float
    """Worth of that relaxed plan; the bound by prices cannot fall below."""
    rounds: int


def best_earning(earned: NDArray[np.float64], cost: NDArray[np.float64], budget: float) -> float:
    """Return the most that columns open in part can earn within a budget."""
    if len(earned) == 0:
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(cost > 0, earned / cost, np.inf)
    order = np.argsort(-ratio, kind="stable")
    spent = np.cumsum(cost[order])
    whole = int(np.searchsorted(spent, budget, side="right"))
    total = float(earned[order[:whole]].sum())
    if whole < len(order):
        before = spent[whole - 1] if whole else 0.0
        total += float(ratio[order[whole]]) * (budget - float(before))
    return total


def concave(instance: Instance) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return worths of a first and second column that fall: the relaxation of those that rise."""
    rising = instance.second > instance.first
    mean = (instance.first + instance.second) / 2
    return (
        np.where(rising, mean, instance.first),
        np.where(rising, mean, instance.second),
    )


def upper_bound(
    instance: Instance,
    *,
    plan: NDArray[np.bool_] | NDArray[np.float64],
    price: NDArray[np.float64] | None = None,
    rounds: int = 600,
    precision: float = 1e-5,
    charged: bool = False,
    enough: Callable[[float], bool] = lambda _: False,
) -> Bound:
    """Bound what any plan can be worth.

    With prices ``u`` (0 to ``first``) no plan is worth more than
    ``sum_r (first_r - u_r) + max(second_r - u_r, 0)`` plus the most that columns can earn within
    the budget when column ``j`` earns ``sum_{r in j} u_r``. The prices are the dual of the
    relaxation and are found by the primal-dual hybrid gradient with diagonal steps (of a row in
    proportion to its worth), reflected, drawn back to an anchor and restarted.

    Parameters
    ----------
    instance
        What is to be chosen.
    plan
        (n_column,) a good plan to begin from, whole or in shares.
    price
        (n_row,) prices to begin from.
    rounds
        Steps; each reads every pair once.
    precision
        Relative distance from the relaxation's value at which to stop.
    charged
        Columns are paid for out of the worth of what they cover, and there is no budget: column
        ``j`` then adds ``max(sum_{r in j} u_r - cost_j, 0)`` to the bound.
    enough
        Told the bound after each step; True stops.

    References
    ----------
    Chambolle and Pock (2011), J. Math. Imaging and Vision 40; Pock and Chambolle (2011), ICCV;
    Applegate et al. (2021), NeurIPS 34; Lu and Yang (2024), arXiv:2407.16144.
    """
    if instance.sets.n_row == 0 or instance.sets.n_column == 0:
        left = instance.base
        nothing = np.zeros(instance.sets.n_column)
        return Bound(left, np.zeros(instance.sets.n_row), nothing, left, nothing, left, 0)
    threaded = len(instance.sets.indices) > _THREADED_PAIRS
    with ThreadPoolExecutor(2) if threaded else nullcontext() as pool:
        pricing = _Pricing(instance, plan.astype(np.float64), price, pool, charged=charged)
        for done in range(1, rounds + 1):
            pricing.step()
            if enough(pricing.value):
                break
            if done % _LOOK_EVERY == 0:
                pricing.look()
                if pricing.value - pricing.relaxed <= precision * abs(pricing.value):
                    break
        pricing.look()
        return pricing.bound()


class _Pricing:
    """Prices and open shares on their way to agreement, with the best bound on that way."""

    def __init__(
        self,
        instance: Instance,
        share: NDArray[np.float64],
        price: NDArray[np.float64] | None,
        pool: ThreadPoolExecutor | None,
        *,
        charged: bool,
    ) -> None:
        sets = instance.sets
        self._instance, self._pool, self._charged = instance, pool, charged
        self._first, self._second = concave(instance)
        sizes = np.diff(sets.indptr)
        self._row_rate = self._first / np.maximum(sizes, 1)
        worth = sums(sets.indices, np.repeat(self._first, sizes), sets.n_column)
        self._column_rate = 1.0 / np.maximum(worth, 1e-12)
        self._cuts = np.linspace(0, sets.n_row, _BLOCKS + 1 if pool else 2).astype(np.int64)
        if price is None:
            count = count_open(sets.indptr, sets.indices, share > 0)
            price = np.where(count <= 1, self._first, 0.0)
        self._price = np.minimum(price, self._first)
        self._share = share
        self._earned = sums(sets.indices, np.repeat(self._price, sizes), sets.n_column)
        self._scale = _ratio(
            _length(self._price, self._row_rate), _length(share, self._column_rate), 1.0
        )
        self._since, self._rounds = 0, 0
        self._error_start = self._error_before = np.inf
        self._anchor()
        self.value, self.relaxed = np.inf, -np.inf
        self._best_earned, self._best_left, self._best_share = self._earned, np.inf, share
        self._new_share = share

    def _anchor(self) -> None:
        self._anchor_price = self._price.copy()
        self._anchor_share, self._anchor_earned = self._share, self._earned
        self._since = 0

    def step(self) -> None:
        """Move prices, then shares; each new price is a bound."""
        instance = self._instance
        self._rounds += 1
        keep = (self._since + 1) / (self._since + 2)
        earned, left, moved = self._priced(keep)
        if self._charged:
            best = float(np.maximum(earned - instance.cost, 0.0).sum())
        else:
            best = best_earning(earned, instance.cost, instance.budget)
        value = instance.base + left + best
        if value < self.value:
            self.value, self._best_earned, self._best_left = value, earned, left
        wish = self._share + self._column_rate / self._scale * (2 * earned - self._earned)
        if self._charged:
            share = np.clip(wish - self._column_rate / self._scale * instance.cost, 0.0, 1.0)
        else:
            share = to_budget(wish, self._column_rate, instance.cost, instance.budget)
        change = share - self._share
        error = np.sqrt(moved / self._scale + self._scale * _length(change, self._column_rate) ** 2)
        self._new_share = share
        self._earned = keep * (2 * earned - self._earned) + (1 - keep) * self._anchor_earned
        self._share = keep * (share + change) + (1 - keep) * self._anchor_share
        self._since += 1
        self._restart_if_due(float(error))

    def _priced(self, keep: float) -> tuple[NDArray[np.float64], float, float]:
        sets = self._instance.sets
        n_part = len(self._cuts) - 1
        parts = np.zeros((n_part, sets.n_column))
        worths = (self._first, self._second, self._row_rate)

        def run(part: int) -> tuple[float, float]:
            return price_rows(
                sets.indptr,
                sets.indices,
                *worths,
                self._share,
                self._scale,
                keep,
                self._price,
                self._anchor_price,
                parts[part],
                int(self._cuts[part]),
                int(self._cuts[part + 1]),
            )

        ends = list(self._pool.map(run, range(n_part))) if self._pool else [run(0)]
        return parts.sum(axis=0), sum(left for left, _ in ends), sum(moved for _, moved in ends)

    def _restart_if_due(self, error: float) -> None:
        if self._since == 1:
            self._error_start = error
        due = self._since > 1 and (
            error <= _SHRINK_WELL * self._error_start
            or _SHRINK_SOME * self._error_start >= error > self._error_before
            or self._since >= max(_LONG * self._rounds, _SHORTEST)
        )
        self._error_before = error
        if due:
            self._scale = _ratio(
                _length(self._price - self._anchor_price, self._row_rate),
                _length(self._share - self._anchor_share, self._column_rate),
                self._scale,
            )
            self._anchor()

    def look(self) -> None:
        """Value the shares as a relaxed plan."""
        sets, instance = self._instance.sets, self._instance
        relaxed = instance.base + shared_worth(
            sets.indptr, sets.indices, self._first, self._second, self._new_share
        )
        if self._charged:
            relaxed -= float(self._new_share @ instance.cost)
        if relaxed > self.relaxed:
            self.relaxed, self._best_share = relaxed, self._new_share

    def bound(self) -> Bound:
        """Return the best so far."""
        return Bound(
            value=float(self.value),
            price=np.clip(self._price, 0.0, self._first),
            earned=self._best_earned,
            worth_left=self._instance.base + self._best_left,
            share=self._best_share,
            relaxed=float(self.relaxed),
            rounds=self._rounds,
        )


def _length(change: NDArray[np.float64], rate: NDArray[np.float64]) -> float:
    """Return the length of a change, each part weighed by 1 / rate."""
    return float(np.sqrt(np.sum(change**2 / np.maximum(rate, 1e-300), where=rate > 0)))


def _ratio(prices: float, shares: float, before: float) -> float:
    """Return the scale at which prices and shares move equally far, half way from before."""
    if prices <= 0 or shares <= 0:
        return before
    return prices / shares if before == 1.0 else float(np.sqrt(before * prices / shares))
