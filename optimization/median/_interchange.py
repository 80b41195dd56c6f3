"""Which plan is good: greedy addition, fast vertex substitution, and disturbing what it ends in."""
# Kernels cut their innermost loops by hand.
# ruff: noqa: C901, PLR0912

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from geo.network.compiled import Float64s, Int, Int32s, Int64s
from optimization.median._table import Table

F = TypeVar("F", bound=Callable[..., Any])
Flags = NDArray[np.bool_]

_MOST_FLIPS: Final = 4_000
"""A disturbance that needs more flips than this to mend is mended no further."""
_LEAST: Final = 1e-12
"""Relative saving below which a swap is rounding."""


class _Costs(NamedTuple):
    """A table by rows and by columns."""

    indptr: Int64s
    site: Int32s
    cost: Int32s
    start: Int64s
    """(n_site + 1,) bounds of the columns."""
    row: Int32s
    paid: Int32s
    weight: Float64s
    cap: Float64s
    size: Float64s


class _Plan(NamedTuple):
    """A plan and what follows from it, kept up to date flip by flip."""

    opened: Flags
    first: Float64s
    """(n_row,) cost of the nearest open site, or the cap."""
    second: Float64s
    by_first: Int32s
    """(n_row,) nearest open site, -1 = none."""
    by_second: Int32s
    loss: Float64s
    """(n_site,) what closing it would cost."""
    extra: Float64s
    """(n_site,) scratch, 0 between two looks."""
    touched: Int64s
    """Scratch: open sites whose `extra` is not 0."""
    idlest: Int64s
    """(1,) open site that is cheapest to close, -1 = to be found out."""
    due: Flags
    """(n_site,) whether something near it changed since it was last tried."""
    chosen: Int64s
    """Open sites, in any order."""
    place: Int64s
    """(n_site,) where a site stands in `chosen`."""
    number: Int64s
    """Open sites; flips since the last disturbance."""
    flipped: Int64s
    left: Float64s
    """(1,) room that is not taken."""


def _lazily(function: F) -> F:
    """Compile a function for the types of its first call."""
    return cast("F", njit(cache=True, nogil=True)(function))


def greedy(table: Table, begin: Flags | None = None) -> Flags:
    """Open, while there is room, the site that saves most per unit of room.

    Parameters
    ----------
    table
        The costs.
    begin : (n_site,)
        Sites that are open already, within the room.
    """
    plan = np.zeros(table.n_site, dtype=np.bool_) if begin is None else begin.copy()
    if table.n_row:
        _greedy(_costs(table), plan, table.room)
    return plan


def interchange(table: Table, plan: Flags, *, kicks: int = 0, seed: int = 0) -> tuple[Flags, float]:
    """Swap one open site for a closed one as long as that saves; return the plan and its cost.

    Sites are tried in the order of their columns, one pass after another; a site is tried again
    only when something near it has changed.

    Parameters
    ----------
    table
        The costs.
    plan : (n_site,)
        Within the room.
    kicks
        How often to disturb the plan somewhere and mend it there, keeping what is no worse.
    seed
        Of the places disturbed.

    References
    ----------
    Whitaker (1983), INFOR 21(2); Resende and Werneck (2007), Annals of Operations Research 150;
    Lourenço, Martin and Stützle (2003), Handbook of Metaheuristics (iterated local search).
    """
    better = plan.copy()
    if table.n_row:
        _improve(_costs(table), better, table.room, kicks, seed)
    return better, plan_cost(table, better)


def plan_cost(table: Table, plan: Flags) -> float:
    """Return the cost of a plan."""
    return table.base + float((table.weight * nearest_two(table, plan)[0]).sum())


def nearest_two(table: Table, plan: Flags) -> tuple[Float64s, Float64s]:
    """Return the cost of the nearest and of the second nearest open site of every row."""
    first, second, _, _ = _nearest_two(table.indptr, table.site, table.cost, table.cap, plan)
    return first, second


def _costs(table: Table) -> _Costs:
    return _Costs(
        table.indptr, table.site, table.cost, *table.columns, table.weight, table.cap, table.size
    )


@_lazily
def _nearest_two(
    indptr: Int64s, site: Int32s, cost: Int32s, cap: Float64s, opened: Flags
) -> tuple[Float64s, Float64s, Int32s, Int32s]:
    n = len(cap)
    first, second = cap.copy(), cap.copy()
    by_first, by_second = np.full(n, -1, np.int32), np.full(n, -1, np.int32)
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            if opened[site[k]]:
                if by_first[i] < 0:
                    first[i], by_first[i] = cost[k], site[k]
                else:
                    second[i], by_second[i] = cost[k], site[k]
                    break
    return first, second, by_first, by_second


@_lazily
def _greedy(costs: _Costs, plan: Flags, room: float) -> None:
    """Add sites by what they save; a saving only shrinks, so most need no second look."""
    start, size = costs.start, costs.size
    m = len(size)
    left = room - size[plan].sum()
    near = _nearest_two(costs.indptr, costs.site, costs.cost, costs.cap, plan)[0]
    worth = np.full(m, np.inf)
    seen = np.full(m, -1)
    turn = 0
    while True:
        best = -1
        for j in range(m):
            fits = not plan[j] and size[j] <= left and worth[j] > 0.0
            if fits and (best < 0 or worth[j] > worth[best]):
                best = j
        if best < 0:
            return
        if seen[best] == turn:
            plan[best] = True
            left -= size[best]
            turn += 1
            for k in range(start[best], start[best + 1]):
                near[costs.row[k]] = min(near[costs.row[k]], costs.paid[k])
            continue
        saved = 0.0
        for k in range(start[best], start[best + 1]):
            i = costs.row[k]
            if costs.paid[k] < near[i]:
                saved += costs.weight[i] * (near[i] - costs.paid[k])
        worth[best] = saved / size[best]
        seen[best] = turn


@_lazily
def _flip(costs: _Costs, state: _Plan, j: Int, to_open: bool) -> float:  # noqa: FBT001
    """Open or close a site; return what that changes, and mark what is worth another look."""
    state.opened[j] = to_open
    state.idlest[0] = -1
    change = 0.0
    for at in range(costs.start[j], costs.start[j + 1]):
        i = costs.row[at]
        if to_open:
            if costs.paid[at] >= state.second[i]:
                continue
        elif state.by_first[i] != j and state.by_second[i] != j:
            continue
        w, farthest = costs.weight[i], state.second[i]
        change -= w * state.first[i]
        if state.by_first[i] >= 0:
            state.loss[state.by_first[i]] -= w * (state.second[i] - state.first[i])
        if to_open:
            if costs.paid[at] < state.first[i]:
                state.second[i], state.by_second[i] = state.first[i], state.by_first[i]
                state.first[i], state.by_first[i] = costs.paid[at], j
            else:
                state.second[i], state.by_second[i] = costs.paid[at], j
        else:
            state.first[i], state.second[i] = costs.cap[i], costs.cap[i]
            state.by_first[i], state.by_second[i] = -1, -1
            for k in range(costs.indptr[i], costs.indptr[i + 1]):
                s = costs.site[k]
                if state.opened[s]:
                    if state.by_first[i] < 0:
                        state.first[i], state.by_first[i] = costs.cost[k], s
                    else:
                        state.second[i], state.by_second[i] = costs.cost[k], s
                        break
        change += w * state.first[i]
        if state.by_first[i] >= 0:
            state.loss[state.by_first[i]] += w * (state.second[i] - state.first[i])
        farthest = max(farthest, state.second[i])
        for k in range(costs.indptr[i], costs.indptr[i + 1]):
            if costs.cost[k] >= farthest:
                break
            state.due[costs.site[k]] = True
    if to_open:
        state.left[0] -= costs.size[j]
        state.chosen[state.number[0]], state.place[j] = j, state.number[0]
        state.number[0] += 1
    else:
        state.loss[j] = 0.0
        state.left[0] += costs.size[j]
        state.number[0] -= 1
        tail, hole = state.chosen[state.number[0]], state.place[j]
        state.chosen[hole], state.place[tail] = tail, hole
        state.place[j] = -1
    state.flipped[state.number[1]] = j
    state.number[1] += 1
    return change


@_lazily
def _best_swap(costs: _Costs, state: _Plan, j: Int) -> tuple[float, int]:
    """Return what opening a site saves at best, and the site to close for it (-1 = none)."""
    gain, n_touched = 0.0, 0
    for at in range(costs.start[j], costs.start[j + 1]):
        i = costs.row[at]
        c = costs.paid[at]
        if c >= state.second[i]:
            continue
        if c < state.first[i]:
            gain += costs.weight[i] * (state.first[i] - c)
        r = state.by_first[i]
        if r >= 0:
            more = costs.weight[i] * (state.second[i] - max(c, state.first[i]))
            if state.extra[r] == 0.0 and more > 0.0:
                state.touched[n_touched] = r
                n_touched += 1
            state.extra[r] += more
    save, out = -np.inf, -1
    if costs.size[j] <= state.left[0]:
        save = gain
    else:
        if state.idlest[0] < 0:
            for at in range(state.number[0]):
                r, known = state.chosen[at], state.idlest[0]
                if known < 0 or (state.loss[r], r) < (state.loss[known], known):
                    state.idlest[0] = r
        # Of the sites that the newcomer does not relieve only the cheapest to close can be best.
        known = state.idlest[0]
        few = (
            known >= 0
            and state.extra[known] == 0.0
            and costs.size[j] <= state.left[0] + costs.size[known]
        )
        if few:
            save, out = gain - state.loss[known], known
        for at in range(n_touched if few else state.number[0]):
            r = state.touched[at] if few else state.chosen[at]
            net = gain - state.loss[r] + state.extra[r]
            fits = costs.size[j] <= state.left[0] + costs.size[r]
            if fits and (net > save or (net == save and r < out)):
                save, out = net, r
    for at in range(n_touched):
        state.extra[state.touched[at]] = 0.0
    return save, out


@_lazily
def _settle(costs: _Costs, state: _Plan, least: float) -> float:
    """Swap what is due until nothing saves; return the change of the cost."""
    total = 0.0
    moved = True
    while moved:
        moved = False
        for j in range(len(costs.size)):
            if state.opened[j] or not state.due[j]:
                continue
            state.due[j] = False
            save, out = _best_swap(costs, state, j)
            if save <= least or state.number[1] + 2 > len(state.flipped):
                continue
            moved = True
            if out >= 0:
                total += _flip(costs, state, out, False)
            total += _flip(costs, state, j, True)
    return total


@_lazily
def _drawn(random: NDArray[np.uint64], below: Int) -> int:
    """Return a random whole number: a linear congruential generator, the same everywhere."""
    random[0] = random[0] * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
    return int(np.int64(random[0] >> np.uint64(33)) % below)


@_lazily
def _disturb(costs: _Costs, state: _Plan, random: NDArray[np.uint64]) -> float:
    """Near a random site, open one to three sites in place of the nearest ones."""
    total = 0.0
    around = _drawn(random, len(costs.size))
    for _ in range(1 + _drawn(random, 3)):
        near = costs.start[around + 1] - costs.start[around]
        if near == 0:
            break
        i = costs.row[costs.start[around] + _drawn(random, near)]
        end = costs.indptr[i]
        while end < costs.indptr[i + 1] and costs.cost[end] <= state.second[i]:
            end += 1
        j = costs.site[costs.indptr[i] + _drawn(random, max(end - costs.indptr[i], 1))]
        out = state.by_first[i]
        if state.opened[j] or out < 0 or costs.size[j] > state.left[0] + costs.size[out]:
            continue
        total += _flip(costs, state, out, False)
        total += _flip(costs, state, j, True)
        around = j
    return total


@_lazily
def _begin(costs: _Costs, plan: Flags, room: float) -> tuple[_Plan, float]:
    """Return a plan and what follows from it, and what its rows cost."""
    m, n = len(costs.size), len(costs.weight)
    first, second, by_first, by_second = _nearest_two(
        costs.indptr, costs.site, costs.cost, costs.cap, plan
    )
    loss = np.zeros(m)
    total = 0.0
    for i in range(n):
        total += costs.weight[i] * first[i]
        if by_first[i] >= 0:
            loss[by_first[i]] += costs.weight[i] * (second[i] - first[i])
    chosen, place = np.full(m + 1, -1), np.full(m, -1)
    count = np.zeros(2, np.int64)
    left = np.full(1, room)
    for j in range(m):
        if plan[j]:
            chosen[count[0]], place[j] = j, count[0]
            count[0] += 1
            left[0] -= costs.size[j]
    state = _Plan(
        plan, first, second, by_first, by_second, loss, np.zeros(m), np.zeros(m + 1, np.int64),
        np.full(1, -1), np.ones(m, np.bool_), chosen, place, count,
        np.empty(1_000 * m + _MOST_FLIPS, np.int64), left,
    )  # fmt: skip
    return state, total


@_lazily
def _improve(costs: _Costs, plan: Flags, room: float, kicks: Int, seed: Int) -> None:
    """Swap until nothing saves; then disturb, mend, and take back what came out worse."""
    state, total = _begin(costs, plan, room)
    least = _LEAST * total
    _settle(costs, state, least)
    random = np.full(1, 2 * seed + 1, np.uint64)
    for _ in range(kicks):
        state.number[1] = 0
        change = _disturb(costs, state, random) + _settle(costs, state, least)
        if change > least:
            for at in range(state.number[1] - 1, -1, -1):
                j = state.flipped[at]
                if state.number[1] + 1 > len(state.flipped):
                    break
                _flip(costs, state, j, not state.opened[j])
            state.due[:] = False
