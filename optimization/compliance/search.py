"""One connected part of a norm model: a plan and a bound, by the engine that fits its size."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from optimization.compliance.bound import Priced, priced
from optimization.compliance.build import blank, construct, cost_of, shrink
from optimization.compliance.core import Core
from optimization.compliance.exact import options_in, program_of, solve_core, start_of
from optimization.compliance.pieces import with_less
from optimization.compliance.state import Plan, copy_of, improve, net_of
from optimization.solver import solve

Numbers = NDArray[np.float64]

SMALL = 8_000
"""Pairs up to which the whole model goes to the integer solver."""
_EASY, _NODES = 2_500, 500
"""Pairs up to which it runs until it has proven its answer, and else the nodes it may open."""
_PRICING = 40_000_000
_ROUNDS = 90, 2_000
"""Steps of the bound: rounds × pairs are `_PRICING`, within these; a third as many follow with the
better plan."""
_WORK = 3_000_000
_BATCHES = 4, 100
"""The search is repeated so often that batches × pairs are `_WORK`, within these; each batch
tries every site about once."""
_UNMET = 1e-6


_HEAT = 0.05
"""First heat of the search, as a part of what opening a site costs apart from its size."""
_COLD = 20
"""With fewer batches there is no time for detours."""
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard to try: counted in work, cut by the clock only."""

    until: float
    gap: float
    seed: int


@dataclass(frozen=True, slots=True)
class Found:
    """The plan of one part."""

    core: Core
    option: NDArray[np.int32]
    """(m,) -1 = closed."""
    given: Numbers
    """(n_pair,) share of each named need that is met."""
    shared_m2: Numbers
    """(m,)"""
    bound: float
    stopped_by_time: bool

    @property
    def cost(self) -> float:
        """What the rooms cost, in what is minimised."""
        return float(self.core.opt_cost[self.option[self.option >= 0]].sum())


def most_met(core: Core) -> tuple[Numbers, Numbers]:
    """Return which share of each need the largest rooms can meet, and how (a solution's x).

    The linear program leaves as few m² unmet as possible.
    """
    if not len(core.col):
        return np.zeros(core.n), np.zeros(0)
    found = solve(program_of(core, fullest=True))
    share = np.clip(found.x[-core.n :], 0.0, 1.0)
    return np.where(share > 1 - _UNMET, 1.0, np.where(share < _UNMET, 0.0, share)), found.x


def search(core: Core, effort: Effort) -> Found | Numbers:
    """Return the plan of a part, or (n,) the share of each need that can be met at most."""
    small = len(core.col) <= SMALL
    if core.any_shared or small:
        return _exactly(core, effort)
    plan, _, unmet = _first(core, None)
    if unmet is not None:
        return unmet
    return _widely(core, plan, effort)


def reduced(core: Core, share: Numbers) -> Core:
    """Return the part with only what can be met of its needs; a hair less, for rounding."""
    return with_less(core, np.where(share < 1, share * (1 - _UNMET), 1.0))


def _exactly(core: Core, effort: Effort) -> Found | Numbers:
    start, bound, late = None, 0.0, False
    plan: Plan | None = None
    if not core.any_shared:
        plan, _, unmet = _first(core, None)
        if unmet is not None:
            return unmet
        wide = _widely(core, plan, effort)
        start, bound, late = start_of(core, wide.option, wide.given), wide.bound, False
        if wide.cost <= bound * (1 + max(effort.gap, 1e-12)):
            return wide
    else:
        unmet, _ = most_met(core)
        if (unmet < 1).any():
            return unmet
    left = max(effort.until - perf_counter(), 0.2)
    nodes = None if len(core.col) <= _EASY else _NODES
    found = solve_core(
        core, limit_s=left, gap=effort.gap, seed=effort.seed, start=start, nodes=nodes
    )
    late = found.by_time
    if not len(found.x):
        if start is not None:
            return Found(
                core, wide.option, wide.given, np.zeros(core.m), max(bound, found.bound), late
            )
        return _everything(core, max(bound, found.bound), late=True)
    x0 = len(core.opt_area)
    option = options_in(core, found.x)
    shared = found.x[x0 + len(core.col) :]
    given = _no_more(core, found.x[x0 : x0 + len(core.col)])
    answer = Found(core, option, given, shared, max(bound, found.bound), late)
    if start is not None and wide.cost < answer.cost - 1e-9:
        answer = Found(core, wide.option, wide.given, np.zeros(core.m), answer.bound, late)
    return answer


def _everything(core: Core, bound: float, *, late: bool) -> Found:
    """Return the plan that takes every site at its largest; it is known to meet all needs."""
    _, x = most_met(core)
    x0 = len(core.opt_area)
    return Found(
        core,
        (core.opt_ptr[1:] - 1).astype(np.int32),
        _no_more(core, x[x0 : x0 + len(core.col)]),
        x[x0 + len(core.col) : x0 + len(core.col) + core.m],
        bound,
        late,
    )


def _no_more(core: Core, given: Numbers) -> Numbers:
    """Return what is given without what goes beyond a need."""
    met = np.bincount(core.row, given, minlength=core.n)
    return np.maximum(given, 0.0) / np.maximum(met, 1.0)[core.row]


def _first(core: Core, price: Priced | None) -> tuple[Plan, float, Numbers | None]:
    """Return a plan that meets all needs; without one, which share of each can be met."""
    nothing = np.full(core.m, -1, np.int32)
    if price is None:
        prices = core.need_m2 / np.maximum(np.diff(core.ptr), 1)
        plan, left = construct(core, prices, nothing)
    else:
        first = nothing.copy()
        likely = np.flatnonzero(price.often > 0.5)  # noqa: PLR2004 - more often than not
        first[np.searchsorted(core.opt_ptr, likely, side="right") - 1] = likely
        plan, left = construct(core, price.price, first)
    if left.max(initial=0.0) > _UNMET:
        share, x = most_met(core)
        if (share < 1).any():
            return plan, 0.0, share
        plan = blank(core)
        plan.option[:] = core.opt_ptr[1:] - 1
        x0 = len(core.opt_area)
        plan.given[:] = np.clip(x[x0 : x0 + len(core.col)], 0.0, 1.0)
        used = np.bincount(core.col, plan.given * core.use_m2, minlength=core.m)
        plan.free[:] = core.opt_area[plan.option] - used
    shrink(core, plan)
    return plan, cost_of(core, plan), None


def _widely(core: Core, plan: Plan, effort: Effort) -> Found:
    """Return a plan by prices and search."""
    upper = cost_of(core, plan)
    rounds = _times(_PRICING, core, _ROUNDS)
    price = priced(core, upper, rounds=rounds, until=effort.until, gap=effort.gap)
    late = price.stopped_by_time
    if not late:
        other, cost, unmet = _first(core, price)
        if unmet is None and cost < upper:
            plan, upper = other, cost
    if not late:
        plan, late = _annealed(core, plan, price.bound, effort)
        upper = cost_of(core, plan)
    if not late and upper - price.bound > effort.gap * upper:
        price = priced(
            core,
            upper,
            rounds=rounds // 3,
            until=effort.until,
            start=price.price,
            gap=effort.gap,
        )
        late = price.stopped_by_time
    return Found(core, plan.option.copy(), plan.given.copy(), np.zeros(core.m), price.bound, late)


def _annealed(core: Core, plan: Plan, bound: float, effort: Effort) -> tuple[Plan, bool]:
    """Return the best plan of a search that at first also takes what costs a little more."""
    net, kept = net_of(core), np.zeros(core.m, np.int32)
    best, least = copy_of(plan), cost_of(core, plan)
    batches = _times(_WORK, core, _BATCHES)
    hot = _HEAT * _fixed_cost(core, plan) if batches >= _COLD else 0.0
    for batch in range(batches):
        if least - bound <= effort.gap * least:
            break
        if perf_counter() > effort.until:
            return best, True
        heat = hot * max(0.0, 1 - 1.2 * batch / batches) ** 2
        improve(net, plan, effort.seed * 7919 + batch, core.m, heat, kept)
        if cost_of(core, plan) < least - _TINY:
            best, least = copy_of(plan), cost_of(core, plan)
    return best, False


def _fixed_cost(core: Core, plan: Plan) -> float:
    """Return what the open sites would cost on average with no area at all."""
    opened = np.flatnonzero(plan.option >= 0)
    first, last = core.opt_ptr[opened], core.opt_ptr[opened + 1] - 1
    more_m2 = core.opt_area[last] - core.opt_area[first]
    more = core.opt_cost[last] - core.opt_cost[first]
    rate = np.divide(more, more_m2, out=np.zeros(len(opened)), where=more_m2 > 0)
    fixed = core.opt_cost[first] - rate * core.opt_area[first]
    return float(np.maximum(fixed, 0.0).mean()) if len(opened) else 0.0


def _times(work: int, core: Core, within: tuple[int, int]) -> int:
    return int(np.clip(work // max(len(core.col), 1), *within))
