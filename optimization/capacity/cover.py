"""Where to open so that most people have a place within the limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import listed, say
from optimization.capacity.assign import answer_of
from optimization.capacity.bound import Means, dual
from optimization.capacity.exact import exactly
from optimization.capacity.flow import Flow, become, close_site, copy_of, empty_flow, open_site
from optimization.capacity.net import Net, net_of, whole_numbers
from optimization.capacity.plan import Capacitated
from optimization.problem import Problem

Numbers = NDArray[np.float64]

SMALL = 6_000
"""Pairs up to which the integer program is tried."""
ROUNDS = 200
SWAPS = 60
_TRIED = 12
_WHOLE = 1e-6


def capacitated_cover(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    whole: bool = False,
    load: Iterable[float] | None = None,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
) -> Capacitated:
    """Open new sites so that most people have a place within the limit.

    With ``y_j`` = site ``j`` is open and ``f_ij`` people of ``i`` placed there::

        max  sum_ij f_ij
        s.t. sum_j f_ij <= w_i
             sum_i f_ij <= room_j y_j,   0 <= f_ij <= min(w_i, room_j) y_j
             sum_new y_j <= p   or   sum_new cost_j y_j <= budget

    ``whole=True`` sends everybody of a demand point to one site. Existing facilities stay open,
    what they serve already (``load``) takes up their places.

    The bound is the Lagrangian dual of ``sum_j f_ij <= w_i``, rounded down to whole people; the
    plan is greedy by exact gain (the flow is submodular in the open sites) and improved by
    exchange. Small questions go to an integer program, which proves them.

    Parameters
    ----------
    problem
        Whom and where; places are ``sites.capacity``.
    p, budget_yuan
        How many new sites, or how many yuan; one of the two.
    weight
        Who needs a place.
    limit_min
        Longest walk.
    whole
        A demand point is not divided.
    load : (n_site,)
        Places that are taken already.
    limit_s
        Ceiling on the time.
    gap
        Relative gap that is good enough.
    seed
        Of the integer program.

    Raises
    ------
    DataError
        Neither or both of ``p`` and ``budget_yuan`` are given, or one is negative.
    InfeasibleError
        The demanded sites alone take more than is allowed.

    References
    ----------
    Current & Storbeck (1988), Environment and Planning B 15; Pirkul & Schilling (1991),
    Management Science 37(2).
    """
    began = perf_counter()
    means = _means(problem, p, budget_yuan)
    net = net_of(
        problem,
        weight=weight,
        limit_min=limit_min,
        sites=means.fixed | means.free,
        load=load,
    )
    until = began + limit_s
    flow, late = _greedy(net, means, until)
    found = dual(net, means, float(flow.placed.sum()), rounds=ROUNDS, until=until)
    integral = whole_numbers(net)
    bound = _down(found.bound, whole=integral)
    if bound > float(flow.placed.sum()) * (1 + gap) + _WHOLE:
        late = _exchange(net, means, flow, found.worth, until) or late
    placed, opened = flow.placed, flow.open.copy()
    if whole:
        placed = _whole_points(net, opened)
    value = float(placed.sum())
    if bound > value * (1 + gap) + _WHOLE and len(net.col) <= SMALL:
        x, proven, cut = exactly(
            net,
            means,
            opened,
            placed,
            whole=whole,
            left_s=until - perf_counter(),
            gap=gap,
            seed=seed,
        )
        late = late or cut
        bound = min(bound, _down(proven, whole=integral or whole))
        if x is not None and float(x[1].sum()) > value + _WHOLE:
            opened, placed = x
            value = float(placed.sum())
    opened = opened & (means.free | means.fixed) | means.fixed
    new = opened & ~problem.sites.existing
    return answer_of(
        problem,
        net,
        placed,
        load=load,
        model="capacitated_cover",
        sense="max",
        sites=np.flatnonzero(opened).astype(np.int32),
        objective=value,
        bound=max(bound, value),
        unit=weight,
        seconds=perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        measures={
            "new_sites": float(new.sum()),
            "cost_yuan": float(problem.sites.cost_yuan[new].sum()),
        }
        | ({"stopped_by_time": 1.0} if late else {}),
        parameters={
            "p": p,
            "budget_yuan": budget_yuan,
            "weight": weight,
            "limit_min": limit_min,
            "whole": whole,
        },
    )


def _means(problem: Problem, p: int | None, budget_yuan: float | None) -> Means:
    sites = problem.sites
    asked = [one for one in (p, budget_yuan) if one is not None]
    if len(asked) != 1 or not np.isfinite(asked[0]) or asked[0] < 0:
        raise DataError(
            say("请给出新建个数或预算之一，且不小于 0。", "give p or budget_yuan, 0 or more"),
            hint=say("例如 p=5。", "Such as p=5."),
        )
    fixed = (sites.existing & ~sites.never) | sites.must
    free = ~fixed & ~sites.never
    use = np.ones(len(sites)) if p is not None else sites.cost_yuan
    must = fixed & ~sites.existing
    spent = float(use[must].sum())
    most = float(asked[0])
    if spent > most + _WHOLE:
        names = listed(sites.name[must])
        unit = say("个", "sites") if p is not None else say("元", "yuan")
        text = say(
            f"必选的 {int(must.sum())} 个候选点（{names}）已需 {spent:,.0f} {unit}，"
            f"超过给定的 {most:,.0f} {unit}。",
            f"the {int(must.sum())} demanded sites ({names}) take {spent:,.0f} {unit}, "
            f"more than the {most:,.0f} given.",
        )
        raise InfeasibleError(
            text,
            hint=say(
                f"至少需要 {spent:,.0f} {unit}。", f"At least {spent:,.0f} {unit} are needed."
            ),
            conflicts=(text,),
        )
    return Means(fixed, free, use.astype(np.float64), most - spent)


def _down(bound: float, *, whole: bool) -> float:
    return float(np.floor(bound + _WHOLE)) if whole and np.isfinite(bound) else bound


def _greedy(net: Net, means: Means, until: float) -> tuple[Flow, bool]:
    """Open what places most people for each unit of means; gains are looked at again when due."""
    flow = empty_flow(net)
    for j in np.flatnonzero(means.fixed).tolist():
        open_site(net, flow, j)
    left = means.most
    guess = np.where(means.free, net.room, 0.0)
    rate = guess / np.maximum(means.use, 1e-12)
    while True:
        affordable = means.free & ~flow.open & (means.use <= left + _WHOLE) & (rate > 0)
        if not affordable.any():
            return flow, False
        if perf_counter() > until:
            return flow, True
        j = int(np.argmax(np.where(affordable, rate, -1.0)))
        before = copy_of(flow)
        gained = float(open_site(net, flow, j))
        now = gained / max(float(means.use[j]), 1e-12)
        rest = np.where(affordable, rate, -1.0)
        rest[j] = -1.0
        if now + 1e-12 < rest.max():
            rate[j] = now
            become(flow, before)
            continue
        rate[j] = 0.0
        if gained <= 0:
            close_site(net, flow, j)
            continue
        left -= float(means.use[j])


def _exchange(net: Net, means: Means, flow: Flow, worth: Numbers, until: float) -> bool:
    """Close an open site for another that places more, as long as that helps."""
    for _ in range(SWAPS):
        best, move = float(flow.placed.sum()) + _WHOLE, None
        for trial, rivals in _without_one(net, means, flow, worth):
            base = float(trial.placed.sum())
            for k in rivals:
                if perf_counter() > until:
                    return True
                other = copy_of(trial)
                value = base + float(open_site(net, other, k))
                if value > best:
                    best, move = value, other
        if move is None:
            return False
        become(flow, move)
        rest = _rest(means, flow)
        for j in np.flatnonzero(means.free & ~flow.open & (means.use <= rest + _WHOLE)):
            if means.use[j] > rest + _WHOLE:
                continue
            if open_site(net, flow, int(j)) > 0:
                rest -= float(means.use[j])
            else:
                close_site(net, flow, int(j))
    return False


def _rest(means: Means, flow: Flow) -> float:
    return means.most - float(means.use[flow.open & means.free].sum())


def _without_one(
    net: Net, means: Means, flow: Flow, worth: Numbers
) -> Iterator[tuple[Flow, list[int]]]:
    """Yield the flow with one of the least worthy sites closed, and which could open instead."""
    shut = np.flatnonzero(flow.open & means.free)
    for j in shut[np.argsort(worth[shut], kind="stable")][:_TRIED]:
        trial = copy_of(flow)
        close_site(net, trial, int(j))
        can = means.free & ~flow.open & (means.use <= _rest(means, trial) + _WHOLE)
        rivals = np.flatnonzero(can)
        yield trial, rivals[np.argsort(-worth[rivals], kind="stable")][:_TRIED].tolist()


def _whole_points(net: Net, opened: NDArray[np.bool_]) -> Numbers:
    """Return a plan that divides no demand point: the largest first, where most room is left."""
    room = np.where(opened, net.room, 0.0)
    placed = np.zeros(len(net.col))
    for i in np.argsort(-net.people, kind="stable"):
        pairs = np.arange(net.ptr[i], net.ptr[i + 1])
        fits = pairs[room[net.col[pairs]] >= net.people[i]]
        if len(fits) and net.people[i] > 0:
            best = fits[np.argmax(room[net.col[fits]])]
            placed[best] = net.people[i]
            room[net.col[best]] -= net.people[i]
    return placed
