"""A plan that is being improved: rooms, what each estate is given in them, and how to move it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from optimization.compliance.core import Core

EPS = 1e-9
NOTHING = 1e-12
ROOM_M2 = 1e-6
"""A site with less room than this is full."""
_HOPELESS = 12
"""Sites around that are tried before a move is given up."""
_MOST_VISITED = 60
"""Sites looked at when a way to move people is sought; farther ways are hardly ever needed."""


class Net(NamedTuple):
    """The arrays of a core that the kernels read."""

    ptr: NDArray[np.int64]
    col: NDArray[np.int32]
    row: NDArray[np.int32]
    use: NDArray[np.float64]
    site_ptr: NDArray[np.int64]
    site_pair: NDArray[np.int32]
    opt_ptr: NDArray[np.int64]
    area: NDArray[np.float64]
    cost: NDArray[np.float64]
    must: NDArray[np.bool_]


def net_of(core: Core) -> Net:
    """Return what the kernels read."""
    return Net(
        core.ptr, core.col, core.row, core.use_m2, core.site_ptr, core.site_pair,
        core.opt_ptr, core.opt_area, core.opt_cost, core.must,
    )  # fmt: skip


class Plan(NamedTuple):
    """What changes while a plan is improved; all arrays are written in place."""

    option: NDArray[np.int32]
    """(m,) position of the option taken, -1 = closed."""
    given: NDArray[np.float64]
    """(n_pair,) share of the need that is met in the site."""
    free: NDArray[np.float64]
    """(m,) m² not yet given away; below 0 while the site must give some up."""
    log_pair: NDArray[np.int32]
    log_was: NDArray[np.float64]
    log_size: NDArray[np.int64]
    """(1,) how many changes of ``given`` can be undone; -1 = none are kept."""
    seen: NDArray[np.int32]
    from_pair: NDArray[np.int32]
    to_pair: NDArray[np.int32]
    queue: NDArray[np.int32]


def copy_of(plan: Plan) -> Plan:
    """Return a plan that can be changed by itself; the scratch arrays are shared."""
    return plan._replace(option=plan.option.copy(), given=plan.given.copy(), free=plan.free.copy())


@njit(cache=True)  # type: ignore[untyped-decorator]
def put(net: Any, plan: Any, pair: int, share: float) -> None:  # noqa: ANN401
    """Change what a pair is given, and remember what it was."""
    size = plan.log_size[0]
    if size < len(plan.log_pair):
        plan.log_pair[size] = pair
        plan.log_was[size] = plan.given[pair]
    plan.log_size[0] = size + 1
    plan.given[pair] += share
    if plan.given[pair] < NOTHING:
        plan.given[pair] = 0.0
    plan.free[net.col[pair]] -= share * net.use[pair]


@njit(cache=True)  # type: ignore[untyped-decorator]
def undo(net: Any, plan: Any, to: int) -> None:  # noqa: ANN401
    """Take back all changes after a mark."""
    for at in range(plan.log_size[0] - 1, to - 1, -1):
        pair = plan.log_pair[at]
        plan.free[net.col[pair]] += (plan.given[pair] - plan.log_was[at]) * net.use[pair]
        plan.given[pair] = plan.log_was[at]
    plan.log_size[0] = to


@njit(cache=True)  # type: ignore[untyped-decorator]
def relieve(net: Any, plan: Any, j: int) -> bool:  # noqa: ANN401
    """Move estates out of a site until it holds no more than its room; False if it cannot be."""
    for at in range(net.site_ptr[j], net.site_ptr[j + 1]):
        if plan.free[j] >= -EPS:
            return True
        pair = net.site_pair[at]
        if plan.given[pair] <= 0:
            continue
        i = net.row[pair]
        for other in range(net.ptr[i], net.ptr[i + 1]):
            t = net.col[other]
            if t == j or plan.option[t] < 0 or plan.free[t] <= EPS:
                continue
            share = min(
                plan.given[pair], plan.free[t] / net.use[other], -plan.free[j] / net.use[pair]
            )
            if share <= 0:
                break
            put(net, plan, pair, -share)
            put(net, plan, other, share)
            if plan.given[pair] <= 0:
                break
    while plan.free[j] < -EPS:
        if plan.log_size[0] + 64 > len(plan.log_pair) or not _shift(net, plan, j):
            return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _shift(net: Any, plan: Any, j: int) -> bool:  # noqa: ANN401
    """Move some people from a site along the shortest chain of sites to one with room."""
    end = _way_out(net, plan, j)
    if end < 0:
        return False
    # the most that the whole chain bears, counted in m² of the site people leave
    most, t, rate = np.inf, end, 1.0
    while t != j:
        a, b = plan.from_pair[t], plan.to_pair[t]
        # `rate`: shares moved on this leg for each m² that finally arrives
        if t == end:
            most = plan.free[t]
        most = min(most, plan.given[a] * net.use[b] / rate)
        rate *= net.use[a] / net.use[b]
        t = net.col[a]
    most = min(most, -plan.free[j] / rate)
    if most <= NOTHING:
        return False
    t, amount = end, most
    while t != j:
        a, b = plan.from_pair[t], plan.to_pair[t]
        share = amount / net.use[b]
        put(net, plan, a, -share)
        put(net, plan, b, share)
        amount = share * net.use[a]
        t = net.col[a]
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _way_out(net: Any, plan: Any, j: int) -> int:  # noqa: ANN401
    """Return the nearest site with room that people of a site can be moved towards, -1 = none.

    ``from_pair`` and ``to_pair`` of every site on the way say who moves.
    """
    head, tail, end = 0, 1, -1
    plan.queue[0] = j
    plan.seen[j] = 1
    while head < tail and end < 0 and head < _MOST_VISITED:
        s = plan.queue[head]
        head += 1
        for at in range(net.site_ptr[s], net.site_ptr[s + 1]):
            pair = net.site_pair[at]
            if end >= 0 or plan.given[pair] <= EPS:
                continue
            i = net.row[pair]
            for other in range(net.ptr[i], net.ptr[i + 1]):
                t = net.col[other]
                if plan.seen[t] or plan.option[t] < 0:
                    continue
                plan.seen[t] = 1
                plan.from_pair[t] = pair
                plan.to_pair[t] = other
                plan.queue[tail] = t
                tail += 1
                if plan.free[t] > ROOM_M2:
                    end = t
                    break
    for at in range(tail):
        plan.seen[plan.queue[at]] = 0
    return end


@njit(cache=True)  # type: ignore[untyped-decorator]
def resize(net: Any, plan: Any, j: int, option: int) -> bool:  # noqa: ANN401
    """Give a site another option and move whom it can no longer hold; changes nothing if it fails.

    A site that closes gives up everybody.
    """
    was, mark = plan.option[j], plan.log_size[0]
    before = net.area[was] if was >= 0 else 0.0
    after = net.area[option] if option >= 0 else 0.0
    plan.free[j] += after - before
    plan.option[j] = option
    if plan.free[j] >= -EPS or relieve(net, plan, j):
        return True
    undo(net, plan, mark)
    plan.free[j] -= after - before
    plan.option[j] = was
    return False


@njit(cache=True)  # type: ignore[untyped-decorator]
def tighten(net: Any, plan: Any, j: int) -> Any:  # noqa: ANN401
    """Close a site, or take its smallest option that still works; returns what is saved."""
    was = plan.option[j]
    if was < 0:
        return 0.0
    elsewhere = -plan.free[j]
    for t in range(len(plan.option)):
        if plan.option[t] >= 0:
            elsewhere += plan.free[t]
    load = net.area[was] - plan.free[j]
    if load <= elsewhere + EPS and not net.must[j] and resize(net, plan, j, -1):
        return net.cost[was]
    for k in range(net.opt_ptr[j], was):
        if load - net.area[k] <= elsewhere + EPS and resize(net, plan, j, k):
            return net.cost[was] - net.cost[k]
    return 0.0


@njit(cache=True)  # type: ignore[untyped-decorator]
def improve(  # noqa: C901, PLR0917 - one move after another; kernels take no keywords
    net: Any,  # noqa: ANN401
    plan: Any,  # noqa: ANN401
    seed: int,
    tries: int,
    heat: float,
    kept_option: Any,  # noqa: ANN401
) -> int:
    """Open or enlarge a site at random and close or shrink those around it, if that saves.

    What costs ``d`` more is accepted with probability ``exp(-d / heat)``.

    Returns
    -------
    int
        How many of the tries made the plan cheaper.
    """
    np.random.seed(seed)  # noqa: NPY002 - numba has its own generator
    m, better = len(plan.option), 0
    around = np.empty(m, np.int32)
    mark_of = np.zeros(m, np.int32)
    for attempt in range(1, tries + 1):
        j = np.random.randint(m)  # noqa: NPY002
        n_option = net.opt_ptr[j + 1] - net.opt_ptr[j]
        was = plan.option[j]
        low = net.opt_ptr[j] if was < 0 else was + 1
        if n_option == 0 or low >= net.opt_ptr[j + 1] or net.site_ptr[j] == net.site_ptr[j + 1]:
            continue
        option = low + np.random.randint(net.opt_ptr[j + 1] - low)  # noqa: NPY002
        spent = net.cost[option] - (net.cost[was] if was >= 0 else 0.0)
        plan.log_size[0] = 0
        kept_option[:] = plan.option
        resize(net, plan, j, option)
        count = 0
        span = net.site_ptr[j + 1] - net.site_ptr[j]
        for _ in range(24):
            pair = net.site_pair[net.site_ptr[j] + np.random.randint(span)]  # noqa: NPY002
            i = net.row[pair]
            other = net.ptr[i] + np.random.randint(net.ptr[i + 1] - net.ptr[i])  # noqa: NPY002
            t = net.col[other]
            if t != j and plan.option[t] >= 0 and mark_of[t] != attempt:
                mark_of[t] = attempt
                around[count] = t
                count += 1
        saved = 0.0
        for at in range(count):
            saved += tighten(net, plan, around[at])
            if at > _HOPELESS and saved <= 0:
                break
        saved += tighten(net, plan, j) if saved > 0 and saved <= spent else 0.0
        if saved > spent + EPS:
            better += 1
            continue
        if heat > 0 and spent - saved < -heat * np.log(np.random.random()):  # noqa: NPY002
            continue
        for t in range(m):
            if plan.option[t] != kept_option[t]:
                now, then = plan.option[t], kept_option[t]
                plan.free[t] -= (net.area[now] if now >= 0 else 0.0) - (
                    net.area[then] if then >= 0 else 0.0
                )
                plan.option[t] = then
        undo(net, plan, 0)
    return better
