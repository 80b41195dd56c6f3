"""How far apart new sites can stand, and whom they cover when they must keep a distance.

Distances are straight lines in the working CRS. Two sites that both stand already count for nothing
here, because no plan of these models moves them; a new site counts against every other one.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import say
from optimization.problem import Problem
from optimization.reached import Ask, Clock, Draft, asked, proven
from optimization.siting import Siting
from optimization.solver import solve

_HALF: Final = 0.5
_SAME_M: Final = 1e-6


def disperse(
    problem: Problem,
    *,
    p: int,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
) -> Siting:
    """Open ``p`` new sites so that the smallest distance between two open sites is largest.

    Maximise ``d`` subject to ``|x_j - x_k| >= d`` for all open ``j`` and ``k`` of which one is new,
    and ``sum_j y_j = p``. The answer is one of the distances between two sites: the largest at
    which ``p`` sites can be chosen with no two of them nearer, found by halving; each step is a
    program with one row ``sum of a clique <= 1`` for sites that are pairwise too near.

    Parameters
    ----------
    problem
        The problem.
    p
        How many new sites, exactly.
    weight, limit_min
        Whom the plan covers is told in its measures and assignment; the choice does not heed it.
    limit_s, gap, seed, start
        As in `optimization.equity.max_min_cover`.

    Returns
    -------
    Siting
        Objective and bound are metres.

    Raises
    ------
    DataError
        There are no two sites of which one is new.
    InfeasibleError
        There are fewer sites than asked for, or more must be open.

    References
    ----------
    Kuby (1987), Geographical Analysis 19(4); Sayah and Irnich (2017), European Journal of
    Operational Research 256(1).
    """
    clock = Clock(limit_s)
    ask = asked(problem, weight=weight, limit_min=limit_min, p=p, budget_yuan=None)
    wanted = int(ask.sites_left)
    if wanted > len(ask.cells.free):
        raise InfeasibleError(
            say(
                f"要新建 {p} 处，可选的候选点只有 {len(ask.cells.free)} 个。",
                f"{p} new sites are wanted, only {len(ask.cells.free)} may be chosen.",
            ),
            hint=say("请减少处数，或增加候选点。", "ask for fewer, or add candidates."),
        )
    apart, nearest, cap = _distances(ask)
    if p == 0 or wanted + len(ask.cells.kept) < 2:  # noqa: PLR2004 - a distance has two ends
        raise DataError(
            say(
                "间距至少要有两处，其中至少一处新建。",
                "a distance needs two sites, at least one of them new.",
            )
        )
    upper = apart[np.triu_indices(len(apart), 1)]
    values = np.unique(np.concatenate([upper, nearest[np.isfinite(nearest)], [cap]]))
    values = values[np.isfinite(values) & (values <= cap)]
    opened = ask.started(start)
    if opened is None or opened.sum() != wanted:
        opened = _farthest_first(apart, nearest, wanted)
    stopped = False
    low = _smallest(apart, nearest, cap, opened)
    above = values[values > low + _SAME_M]
    first, last = 0, len(above)
    while first < last and not (stopped := clock.seconds > limit_s):
        middle = (first + last) // 2
        chosen, known = _choose(apart, nearest, above[middle], wanted, clock=clock, seed=seed)
        if chosen is not None:
            opened = chosen
            low = _smallest(apart, nearest, cap, opened)
            first = int(np.searchsorted(above, low + _SAME_M))
        elif known:
            last = middle
        else:
            stopped = True
            break
        if last and above[last - 1] - low <= gap * above[last - 1]:
            break
    covered = float(ask.people[ask.cells.covered(opened)].sum())
    return ask.answer(
        opened,
        model="disperse",
        sense="max",
        objective=low,
        bound=float(above[last - 1]) if first < last else low,
        unit="metres",
        clock=clock,
        seed=seed,
        asked_gap=gap,
        parameters={},
        measures={"covered": covered} | ({"stopped_by_time": 1.0} if stopped else {}),
    )


def spread_cover(
    problem: Problem,
    *,
    least_m: float,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
) -> Siting:
    """Cover most people with new sites that keep a distance from each other and from all others.

    Maximise ``sum_i w_i z_i`` subject to ``z_i <= sum_{j reaches i} y_j``, at most ``p`` sites or
    the budget, and ``sum_{j in Q} y_j <= 1`` for cliques ``Q`` of sites pairwise nearer than
    ``least_m``. A site nearer than that to a kept one is not opened.

    Parameters
    ----------
    problem
        The problem.
    least_m
        Smallest distance in metres, itself allowed.
    p, budget_yuan, weight, limit_min, limit_s, gap, seed, start
        As in `optimization.equity.max_min_cover`.

    Raises
    ------
    DataError
        The distance is no number of metres.
    InfeasibleError
        Sites that must be open are nearer than that.

    References
    ----------
    Moon and Chaudhry (1984), Management Science 30(3).
    """
    clock = Clock(limit_s)
    if not (np.isfinite(least_m) and least_m >= 0):
        raise DataError(
            say(f"间距应为非负的米数，现为 {least_m}。", f"metres are wanted, found {least_m}.")
        )
    ask = asked(problem, weight=weight, limit_min=limit_min, p=p, budget_yuan=budget_yuan)
    apart, nearest, cap = _distances(ask)
    if cap < least_m - _SAME_M:
        raise _musts_too_near(ask, least_m)
    draft = Draft()
    site = ask.columns(draft)
    hit = draft.columns(ask.cells.n_cell, cost=ask.cells.people(ask.people))
    draft.reach_rows(ask.cells, hit, site)
    _keep_apart(draft, site, apart, nearest, least_m)
    program = draft.program(maximise=True)
    opened, guess = ask.started(start), None
    if opened is not None and _smallest(apart, nearest, cap, opened) < least_m - _SAME_M:
        opened = np.zeros(len(opened), dtype=bool)
    if opened is not None:
        guess = np.zeros(len(program.cost))
        guess[site], guess[hit] = opened, ask.cells.times(opened) > 0
    found = solve(program, limit_s=clock.left_s, gap=gap, seed=seed, start=guess)
    if len(found.x):
        opened = found.x[site] > _HALF
    assert opened is not None  # opening nothing more is a plan
    people = float(ask.people[ask.cells.covered(opened)].sum())
    bound = found.bound + ask.cells.settled(ask.people)
    bound = bound if np.isfinite(bound) else float(ask.people.sum())
    smallest = _smallest(apart, nearest, cap, opened)
    measures = {"smallest_distance_m": smallest} if np.isfinite(smallest) else {}
    if found.outcome == "stopped":
        measures["stopped_by_time"] = 1.0
    return ask.answer(
        opened,
        model="spread_cover",
        sense="max",
        objective=people,
        bound=proven(bound, people, ask.people),
        unit=weight,
        clock=clock,
        seed=seed,
        asked_gap=gap,
        parameters={"least_m": least_m},
        measures=measures,
    )


def _distances(ask: Ask) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Return metres between free sites, from each to the nearest kept one, and between musts.

    Returns
    -------
    tuple
        (n_free, n_free); (n_free,), infinite without kept sites; the smallest distance between a
        new site that must be open and any other kept one, infinite without.
    """
    sites, cells = ask.problem.sites, ask.cells
    free, kept = sites.xy[cells.free], sites.xy[cells.kept]
    new = ~sites.existing[cells.kept]
    among = _metres(kept, kept)
    np.fill_diagonal(among, np.inf)
    return (
        _metres(free, free),
        _metres(free, kept).min(axis=1, initial=np.inf),
        float(among[new].min(initial=np.inf)),
    )


def _metres(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    away = one[:, None, :] - other[None, :, :]
    return np.hypot(away[..., 0], away[..., 1])


def _smallest(
    apart: NDArray[np.float64],
    nearest: NDArray[np.float64],
    cap: float,
    opened: NDArray[np.bool_],
) -> float:
    chosen = np.flatnonzero(opened)
    among = apart[np.ix_(chosen, chosen)][np.triu_indices(len(chosen), 1)]
    return float(min(cap, nearest[chosen].min(initial=np.inf), among.min(initial=np.inf)))


def _farthest_first(
    apart: NDArray[np.float64], nearest: NDArray[np.float64], wanted: int
) -> NDArray[np.bool_]:
    """Return a good choice by rule: always the site farthest from all chosen, from each start."""
    best, best_m = np.zeros(len(apart), dtype=bool), -1.0
    for begin in range(len(apart) if wanted else 0):
        opened, away = np.zeros(len(apart), dtype=bool), nearest.copy()
        site = begin
        for _ in range(wanted):
            opened[site] = True
            away = np.where(opened, -1.0, np.minimum(away, apart[site]))
            site = int(np.argmax(away))
        metres = _smallest(apart, nearest, np.inf, opened)
        if metres > best_m:
            best, best_m = opened, metres
    return best


def _choose(
    apart: NDArray[np.float64],
    nearest: NDArray[np.float64],
    least_m: float,
    wanted: int,
    *,
    clock: Clock,
    seed: int,
) -> tuple[NDArray[np.bool_] | None, bool]:
    """Return so many sites at least so far apart, or None, and whether that None is proven."""
    draft = Draft()
    site = draft.columns(len(apart), integer=True)
    _keep_apart(draft, site, apart, nearest, least_m)
    draft.row(site, 1.0, lower=float(wanted), upper=float(wanted))
    found = solve(draft.program(maximise=True), limit_s=clock.left_s, seed=seed)
    if not len(found.x):
        return None, found.outcome == "infeasible"
    return found.x[site] > _HALF, True


def _keep_apart(
    draft: Draft,
    site: NDArray[np.int64],
    apart: NDArray[np.float64],
    nearest: NDArray[np.float64],
    least_m: float,
) -> None:
    """Add the rows that keep open sites apart: cliques that together hold every pair too near."""
    barred = nearest < least_m - _SAME_M
    if barred.any():
        draft.row(site[barred], 1.0, upper=0.0)
    close = (apart < least_m - _SAME_M) & ~barred[:, None] & ~barred
    np.fill_diagonal(close, val=False)
    todo = close.copy()
    for one in range(len(close)):
        while todo[one].any():
            other = int(np.argmax(todo[one]))
            clique = [one, other]
            could = close[one] & close[other]
            while could.any():
                more = int(np.argmax(could & todo[one])) if (could & todo[one]).any() else -1
                clique.append(more if more >= 0 else int(np.argmax(could)))
                could &= close[clique[-1]]
            todo[np.ix_(clique, clique)] = False
            draft.row(site[clique], 1.0, upper=1.0)


def _musts_too_near(ask: Ask, least_m: float) -> InfeasibleError:
    sites, kept = ask.problem.sites, ask.cells.kept
    among = _metres(sites.xy[kept], sites.xy[kept])
    among[:, sites.existing[kept]] = np.where(
        sites.existing[kept][:, None], np.inf, among[:, sites.existing[kept]]
    )
    np.fill_diagonal(among, np.inf)
    one, other = np.unravel_index(int(np.argmin(among)), among.shape)
    names = f"{sites.name[kept[one]]}、{sites.name[kept[other]]}"
    metres = float(among[one, other])
    return InfeasibleError(
        say(
            f"必选点 {names} 相距 {metres:,.0f} 米，小于要求的 {least_m:,.0f} 米。",
            f"{names} must both be open but are {metres:,.0f} m apart, less than the "
            f"{least_m:,.0f} m wanted.",
        ),
        hint=say(
            f"请把间距降到 {metres:,.0f} 米以内，或放弃其中一处。",
            f"Ask for at most {metres:,.0f} m, or give one of them up.",
        ),
        conflicts=(f"must: {names}", f"least_m = {least_m:g}"),
    )
