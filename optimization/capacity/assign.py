"""Who goes where when places are limited: as many as can be, then the shortest walks."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from optimization.capacity.flow import empty_flow, open_site
from optimization.capacity.net import Net, net_of
from optimization.capacity.plan import Capacitated, main_site
from optimization.problem import Problem
from optimization.solver import Program, Solution, solve

Numbers = NDArray[np.float64]

_LEAST = 1e-6


def assign_capacitated(
    problem: Problem,
    *,
    sites: Iterable[int],
    weight: str = "elders",
    limit_min: float = 15.0,
    whole: bool = False,
    load: Iterable[float] | None = None,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
) -> Capacitated:
    """Give as many people as possible a place in open sites, with the least walking.

    First ``max sum_ij f_ij``, then among all plans that place as many ``min sum_ij t_ij f_ij``::

        sum_j f_ij <= w_i,   sum_i f_ij <= room_j,   f_ij >= 0   (t_ij <= limit)

    a transportation problem: with whole people and places the answer is whole. ``whole=True``
    sends everybody of a demand point to one site (``f_ij`` is 0 or ``w_i``), a generalised
    assignment problem solved as an integer program.

    Parameters
    ----------
    problem
        Whom and where.
    sites
        Positions of the open sites.
    weight
        Who needs a place.
    limit_min
        Longest walk.
    whole
        A demand point is not divided.
    load : (n_site,)
        Places that are taken already.
    limit_s, gap, seed
        Of the integer program; the transport needs none.

    Returns
    -------
    Capacitated
        ``objective`` and ``bound`` are the walk of those placed, ``<weight>_minutes``; the measure
        ``placed_bound`` is the most that any plan could place.

    Raises
    ------
    DataError
        A site does not exist.

    References
    ----------
    Hitchcock (1941), J. Math. Phys. 20; Ross & Soland (1975), Mathematical Programming 8.
    """
    began = perf_counter()
    chosen = np.unique(np.asarray(list(sites), np.int64))
    if len(chosen) and not 0 <= chosen[0] <= chosen[-1] < problem.n_site:
        raise DataError(
            say(
                f"站点序号须在 0 与 {problem.n_site - 1} 之间。",
                f"positions of sites lie between 0 and {problem.n_site - 1}",
            )
        )
    opened = np.zeros(problem.n_site, bool)
    opened[chosen] = True
    net = net_of(problem, weight=weight, limit_min=limit_min, sites=opened, load=load)
    if whole:
        placed, bound, most, late = _undivided(net, limit_s=limit_s, gap=gap, seed=seed)
    else:
        placed, bound, most, late = _divided(net)
    walk = float(placed @ net.minutes)
    return answer_of(
        problem,
        net,
        placed,
        model="assign_capacitated",
        sense="min",
        sites=chosen.astype(np.int32),
        objective=walk,
        bound=min(bound, walk),
        unit=f"{weight}_minutes",
        seconds=perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        load=load,
        measures={"placed_bound": most} | ({"stopped_by_time": 1.0} if late else {}),
        parameters={"weight": weight, "limit_min": limit_min, "whole": whole},
    )


def answer_of(
    problem: Problem,
    net: Net,
    placed: Numbers,
    *,
    load: Iterable[float] | None,
    measures: dict[str, float],
    **said: object,
) -> Capacitated:
    """Return the plan in which so many people (n_pair,) are placed."""
    kept = placed > _LEAST
    demand, site = net.row[kept].astype(np.int64), net.col[kept].astype(np.int64)
    people = placed[kept]
    got = np.bincount(demand, people, minlength=problem.n_demand)
    left = net.people - got
    left[left < _LEAST] = 0.0
    before = np.zeros(problem.n_site) if load is None else np.asarray(load, np.float64)
    figures = {
        "people": float(net.people.sum()),
        "placed": float(people.sum()),
        "unplaced": float(left.sum()),
        "minutes_mean": float(people @ net.minutes[kept] / max(people.sum(), _LEAST)),
        "minutes_max": float(net.minutes[kept].max(initial=0.0)),
    }
    return Capacitated(
        assignment=main_site(problem.n_demand, demand, site, people),
        part_demand=demand,
        part_site=site,
        part_people=people,
        unplaced=left,
        load=before + np.bincount(site, people, minlength=problem.n_site),
        measures=figures | measures,
        **said,  # type: ignore[arg-type]
    )


def _divided(net: Net) -> tuple[Numbers, float, float, bool]:
    flow = empty_flow(net)
    for j in np.flatnonzero(net.room > 0):
        open_site(net, flow, int(j))
    most = float(flow.placed.sum())
    if most <= _LEAST:
        return np.zeros(len(net.col)), 0.0, 0.0, False
    found = solve(_transport(net, most))
    if found.outcome != "optimal":
        return flow.placed, 0.0, most, True
    placed = np.maximum(found.x, 0.0)
    near = np.round(placed)
    placed = np.where(np.abs(placed - near) < _LEAST, near, placed)
    # a linear program that is solved is its own proof
    return placed, float(placed @ net.minutes), most, False


def _transport(net: Net, most: float) -> Program:
    """Return the least walk of exactly as many people as can be placed."""
    n, m, n_pair = len(net.people), len(net.room), len(net.col)
    pair = np.arange(n_pair)
    rows = np.concatenate([net.row, n + net.col, np.full(n_pair, n + m)])
    cols = np.concatenate([pair, pair, pair])
    order = np.lexsort((cols, rows))
    return Program(
        cost=net.minutes,
        lower=np.zeros(n_pair),
        upper=np.full(n_pair, np.inf),
        integer=np.zeros(n_pair, bool),
        indptr=np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n + m + 1)))),
        indices=cols[order].astype(np.int32),
        values=np.ones(3 * n_pair),
        row_lower=np.concatenate([np.full(n + m, -np.inf), [most]]),
        row_upper=np.concatenate([net.people, net.room, [np.inf]]),
    )


def _undivided(
    net: Net, *, limit_s: float, gap: float, seed: int
) -> tuple[Numbers, float, float, bool]:
    """Place whole demand points: first the most people, then the least walk."""
    size = net.people[net.row]
    fits = size <= net.room[net.col] + _LEAST
    if not fits.any():
        return np.zeros(len(net.col)), 0.0, 0.0, False
    first = solve(_assignment(net, size, fits), limit_s=limit_s / 2, gap=gap, seed=seed)
    if not len(first.x):
        return np.zeros(len(net.col)), 0.0, float(net.people.sum()), True
    placed = float(np.round(first.x) @ size)
    second = solve(
        _assignment(net, size, fits, at_least=placed),
        limit_s=limit_s / 2,
        gap=gap,
        seed=seed,
        start=np.round(first.x),
    )
    found: Solution = second if len(second.x) else first
    late = first.by_time or second.by_time
    bound = second.bound if np.isfinite(second.bound) else 0.0
    return np.round(found.x) * size, max(bound, 0.0), max(first.bound, placed), late


def _assignment(
    net: Net, size: Numbers, fits: NDArray[np.bool_], at_least: float | None = None
) -> Program:
    """Return the integer program; with ``at_least`` the one that walks least."""
    n, m, n_pair = len(net.people), len(net.room), len(net.col)
    pair = np.arange(n_pair)
    parts = [
        (net.row, pair, np.ones(n_pair)),
        (n + net.col, pair, size),
        (np.full(n_pair, n + m), pair, size),
    ]
    rows, cols, values = (np.concatenate([part[at] for part in parts]) for at in range(3))
    order = np.lexsort((cols, rows))
    least = -np.inf if at_least is None else at_least - 0.5 * _LEAST
    return Program(
        cost=size if at_least is None else size * net.minutes,
        lower=np.zeros(n_pair),
        upper=np.where(fits, 1.0, 0.0),
        integer=np.ones(n_pair, bool),
        indptr=np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n + m + 1)))),
        indices=cols[order].astype(np.int32),
        values=values[order],
        row_lower=np.concatenate([np.full(n + m, -np.inf), [least]]),
        row_upper=np.concatenate([np.ones(n), net.room, [np.inf]]),
        maximise=at_least is None,
    )
