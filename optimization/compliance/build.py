"""First plans: open what serves most for its cost, until every shortfall is closed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimization.compliance.core import Core
from optimization.compliance.state import EPS, NOTHING, ROOM_M2, Plan, net_of, tighten


def blank(core: Core) -> Plan:
    """Return the plan in which nothing is open."""
    n_log = 8 * len(core.col) + 4096
    return Plan(
        option=np.full(core.m, -1, np.int32),
        given=np.zeros(len(core.col)),
        free=np.zeros(core.m),
        log_pair=np.zeros(n_log, np.int32),
        log_was=np.zeros(n_log),
        log_size=np.zeros(1, np.int64),
        seen=np.zeros(core.m, np.int32),
        from_pair=np.zeros(core.m, np.int32),
        to_pair=np.zeros(core.m, np.int32),
        queue=np.zeros(core.m + 1, np.int32),
    )


def cost_of(core: Core, plan: Plan) -> float:
    """Return what the open rooms cost."""
    return float(core.opt_cost[plan.option[plan.option >= 0]].sum())


def construct(
    core: Core, prices: NDArray[np.float64], first: NDArray[np.int32]
) -> tuple[Plan, NDArray[np.float64]]:
    """Return a plan and what of each need it leaves unmet.

    Parameters
    ----------
    core
        The model.
    prices
        (n,) who is hard to serve comes first.
    first
        (m,) options to take before all others, -1 = none.
    """
    net, plan = net_of(core), blank(core)
    left = np.ones(core.n)
    urgency = prices / core.need_m2
    _fill(net, plan, left, urgency, first)
    plan.log_size[0] = 0
    return plan, left


def shrink(core: Core, plan: Plan) -> None:
    """Close or shrink sites, the emptiest first, as long as all needs stay met."""
    net = net_of(core)
    opened = np.flatnonzero(plan.option >= 0)
    room = core.opt_area[plan.option[opened]]
    waste = plan.free[opened] / room * core.opt_cost[plan.option[opened]]
    for j in opened[np.argsort(-waste, kind="stable")]:
        plan.log_size[0] = 0
        tighten(net, plan, int(j))


@njit(cache=True)  # type: ignore[untyped-decorator]
def _fill(
    net: Any,  # noqa: ANN401
    plan: Any,  # noqa: ANN401
    left: Any,  # noqa: ANN401
    urgency: Any,  # noqa: ANN401
    first: Any,  # noqa: ANN401
) -> None:
    m = len(plan.option)
    wanted = np.zeros(m)
    for pair in range(len(net.col)):
        wanted[net.col[pair]] += net.use[pair]
    for j in range(m):
        k = first[j]
        if k < 0 and net.must[j]:
            k = net.opt_ptr[j]
        if k >= 0:
            _take(net, plan, left, urgency, wanted, j, k)
    while True:
        at, which = _cheapest(net, plan, wanted)
        if at < 0:
            return
        _take(net, plan, left, urgency, wanted, at, which)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _cheapest(net: Any, plan: Any, wanted: Any) -> Any:  # noqa: ANN401
    """Return the site and size that cost least for each m² somebody there still wants."""
    best, at, which = np.inf, -1, -1
    for j in range(len(plan.option)):
        if wanted[j] <= ROOM_M2:
            continue
        have = plan.option[j]
        start = net.opt_ptr[j] if have < 0 else have + 1
        for k in range(start, net.opt_ptr[j + 1]):
            add = net.area[k] - (net.area[have] if have >= 0 else 0.0)
            price = net.cost[k] - (net.cost[have] if have >= 0 else 0.0)
            useful = min(add, wanted[j])
            if price / useful < best:
                best, at, which = price / useful, j, k
    return at, which


@njit(cache=True)  # type: ignore[untyped-decorator]
def _take(  # noqa: PLR0917 - numba knows no keywords here
    net: Any,  # noqa: ANN401
    plan: Any,  # noqa: ANN401
    left: Any,  # noqa: ANN401
    urgency: Any,  # noqa: ANN401
    wanted: Any,  # noqa: ANN401
    j: int,
    k: int,
) -> None:
    """Take an option and fill it, the hardest to serve first."""
    have = plan.option[j]
    plan.free[j] += net.area[k] - (net.area[have] if have >= 0 else 0.0)
    plan.option[j] = k
    a, b = net.site_ptr[j], net.site_ptr[j + 1]
    keys = np.empty(b - a)
    for at in range(a, b):
        i = net.row[net.site_pair[at]]
        keys[at - a] = -urgency[i]
    for at in np.argsort(keys, kind="mergesort"):
        if plan.free[j] <= EPS:
            break
        pair = net.site_pair[a + at]
        i = net.row[pair]
        share = min(left[i], plan.free[j] / net.use[pair])
        if share <= 0:
            continue
        plan.given[pair] += share
        plan.free[j] -= share * net.use[pair]
        left[i] -= share
        if left[i] < NOTHING:
            left[i] = 0.0
        for other in range(net.ptr[i], net.ptr[i + 1]):
            wanted[net.col[other]] -= share * net.use[other]
