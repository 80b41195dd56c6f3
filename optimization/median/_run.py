"""What is known so far of the cheapest plan: a plan, a bound, prices, and what is settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.median._branch import cutoff
from optimization.median._interchange import greedy, interchange, nearest_two
from optimization.median._table import Table

_LARGE_PAIRS: Final = 1_000_000
"""From here on a table gets prices and plan by `approach`, and its plan is disturbed and mended."""
_HUGE_PAIRS: Final = 10_000_000
"""From here on a table is begun with its cells, and sites are no longer fixed one by one."""
FEW_KICKS: Final = 100

Progress = Callable[[float], None]


@dataclass
class Run:
    """What is known so far."""

    plan: NDArray[np.bool_]
    cost: float
    bound: float
    work: int
    price: NDArray[np.float64]
    """(n_row,) best multipliers."""
    state: NDArray[np.int8]
    """(n_site,) 1 = in every better plan, -1 = in none, 0 = open question."""
    share: NDArray[np.float64]
    """(n_site,) fractional plan that belongs to the prices."""
    cut: bool = False
    """Whether work was left out because time was up."""


def in_time(run: Run, left_s: Callable[[], float]) -> bool:
    """Return whether there is time for more; note down when there is not."""
    run.cut |= left_s() <= 0
    return not run.cut


def started(table: Table, start: NDArray[np.bool_] | None) -> Run:
    """Find a plan and prices to begin from."""
    plan, cost = interchange(table, greedy(table))
    if start is not None:
        other, its_cost = interchange(table, greedy(table, start))
        if its_cost < cost:
            plan, cost = other, its_cost
    first, second = nearest_two(table, plan)
    state = np.zeros(table.n_site, dtype=np.int8)
    return Run(plan, cost, -np.inf, 0, (first + second) / 2, state, plan.astype(np.float64))


def done(run: Run, table: Table, gap: float) -> bool:
    return run.bound > cutoff(run.cost, whole=table.whole, gap=gap)


def is_large(table: Table) -> bool:
    """Return whether a table gets prices and plan together, and no tree."""
    return len(table.site) > _LARGE_PAIRS


def is_huge(table: Table) -> bool:
    """Return whether a table is begun with its cells."""
    return len(table.site) > _HUGE_PAIRS
