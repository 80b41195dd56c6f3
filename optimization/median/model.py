"""Where people walk least in all: the p-median of a siting problem."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import listed, say
from geo.travel.minutes import MS_A_MINUTE, Minutes
from optimization.median._run import Progress
from optimization.median._serve import served
from optimization.median._table import table
from optimization.median.solve import least_cost
from optimization.problem import Problem, Sites
from optimization.reached import always_open
from optimization.siting import Siting

_ONE_OF: Final = {"elders": "elder", "households": "household", "children": "child"}


def median(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: str = "elders",
    limit_min: float | None = None,
    beyond_min: float | None = None,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    start: Siting | None = None,
    progress: Progress | None = None,
) -> Siting:
    """Open new sites so that people walk as few minutes in all as possible (p-median).

    Minimise ``sum_i w_i min(beyond, min_{j open} t_ij)`` over at most `p` new sites, or over new
    sites that cost at most `budget_yuan`; ``t_ij`` is the walk of demand ``i`` to site ``j`` and
    counts only within `limit_min`. Everybody walks to the nearest open site, whatever its capacity.
    Existing sites stay and are free; closing one saves nothing here, so a closable one stays too.

    Demand that no open site serves within the limit is not left out: each person counts
    `beyond_min` minutes, and ``people_beyond`` says how many they are. Demand that no permitted
    site can serve at all is a constant that no plan changes; it is left out of objective and bound,
    so that it does not flatter the gap, and reported as ``people_out_of_reach``.

    Parameters
    ----------
    problem
        The problem.
    p, budget_yuan
        Most new sites, or most to spend on them; exactly one of the two. A site that must be opened
        counts; one that stands does not.
    weight
        Whose minutes count.
    limit_min
        Farthest walk that counts as served; the problem's horizon unless told.
    beyond_min
        What a person who is served by nobody counts, at least `limit_min`; that limit unless told.
    limit_s
        Ceiling in seconds; the work is bounded by counts before, so that a plan does not depend on
        the machine unless ``stopped_by_time`` is 1.
    gap
        Relative gap to be content with.
    seed
        For the solver of the core.
    start
        A plan to begin from.
    progress
        Told the share of the work that is done, as far as it can be foreseen.

    Returns
    -------
    Siting
        Unit ``elder_minutes`` or the like. A new site that would serve nobody is not opened.

    Raises
    ------
    InfeasibleError
        The sites that must be opened are more than `p` or cost more than the budget; no permitted
        site is near anyone.
    DataError
        Nobody has this weight, or a parameter is out of range.

    References
    ----------
    ReVelle and Swain (1970), Geographical Analysis 2(1); Cornuéjols, Nemhauser and Wolsey (1980);
    García, Labbé and Marín (2011), INFORMS Journal on Computing 23(4).
    """
    began = time.perf_counter()
    people = problem.weight(weight)
    limit_min = problem.horizon_min if limit_min is None else limit_min
    beyond_min = limit_min if beyond_min is None else beyond_min
    limit_ms = problem.limit_ms(limit_min)
    beyond_ms = round(beyond_min * MS_A_MINUTE)
    _check(people, weight, limit_min=limit_min, beyond_min=beyond_min, late=beyond_ms < limit_ms)
    always, free = always_open(problem.sites), may_open(problem.sites)
    size, room = room_for(problem.sites, p=p, budget_yuan=budget_yuan)
    reach = problem.within(limit_min)
    possible = served(reach, always | free)[0] >= 0
    if not (people[possible] > 0).any():
        raise nobody_in_reach(problem, limit_min)
    costs = table(
        reach.indptr,
        reach.indices,
        reach.ms,
        weight=np.where(possible, people, 0.0),
        cap=np.full(problem.n_demand, float(beyond_ms)),
        size=size,
        room=room,
        opened=always,
        kept=free,
    )
    begin = None
    if start is not None:
        begin = within_room(np.isin(costs.site_id, start.sites), costs.size, costs.room)
    found = least_cost(
        costs,
        gap=gap,
        limit_s=limit_s - (time.perf_counter() - began),
        seed=seed,
        start=begin,
        progress=progress,
    )
    opened = always.copy()
    opened[costs.site_id[found.plan]] = True
    opened |= free & (size <= 0)
    opened = without_idle(reach, people, opened, always)
    assignment, walk_ms = served(reach, opened)
    paid_ms = np.where(assignment >= 0, np.minimum(walk_ms, beyond_ms), beyond_ms)
    objective = float((people * paid_ms)[possible].sum()) / MS_A_MINUTE
    bound = min(found.bound / MS_A_MINUTE, objective)
    if found.bound >= found.cost:
        bound = objective
    new = opened & ~problem.sites.existing
    near = assignment >= 0
    walked = float((people * walk_ms)[near].sum()) / MS_A_MINUTE
    return Siting(
        model="median",
        sense="min",
        sites=np.flatnonzero(opened).astype(np.int32),
        assignment=assignment,
        objective=objective,
        bound=bound,
        unit=f"{_ONE_OF.get(weight, weight)}_minutes",
        seconds=time.perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        measures={
            "sites_new": float(new.sum()),
            "cost_yuan": float(problem.sites.cost_yuan[new].sum()),
            "people_served": float(people[near].sum()),
            "people_beyond": float(people[~near].sum()),
            "people_out_of_reach": float(people[~possible].sum()),
            "mean_min": walked / max(float(people[near].sum()), 1e-300),
            "longest_min": float(walk_ms[near & (people > 0)].max(initial=0)) / MS_A_MINUTE,
            "nodes": float(found.nodes),
            "pairs_looked_at": float(found.work),
            **({"stopped_by_time": 1.0} if found.stopped_by_time else {}),
        },
        parameters={
            "p": p,
            "budget_yuan": budget_yuan,
            "weight": weight,
            "limit_min": limit_min,
            "beyond_min": beyond_min,
            "proof": found.proof,
        },
    )


def may_open(sites: Sites) -> NDArray[np.bool_]:
    """Return the sites that a plan may open or leave."""
    return ~always_open(sites) & ~sites.never


def room_for(
    sites: Sites, *, p: int | None, budget_yuan: float | None
) -> tuple[NDArray[np.float64], float]:
    """Return what each site takes of the room, and the room left beside what must be opened.

    Raises
    ------
    DataError
        Not exactly one of `p` and `budget_yuan`, or it is negative.
    InfeasibleError
        What must be opened does not fit.
    """
    if (p is None) == (budget_yuan is None):
        raise DataError(
            say(
                "请给出新建点数 p 或预算 budget_yuan 之一，且只给一个。",
                "Give either the number of new sites p or budget_yuan, and only one of them.",
            )
        )
    demanded = sites.must & ~sites.existing
    if p is not None:
        size, room = np.ones(len(sites)), float(p)
    else:
        size, room = sites.cost_yuan.astype(np.float64), float(budget_yuan or 0.0)
    if not room >= 0:
        raise DataError(
            say(
                f"新建点数或预算不能为负：{room:g}。",
                f"The number of new sites or the budget is negative: {room:g}.",
            )
        )
    size = np.where(sites.existing, 0.0, size)
    taken = float(size[demanded].sum())
    if taken > room:
        names = listed(sites.name[demanded])
        what = (
            say(f"{taken:g} 处，多于 p = {room:g}", f"{taken:g} sites, more than p = {room:g}")
            if p is not None
            else say(
                f"需 {taken:,.0f} 元，超出预算 {room:,.0f} 元",
                f"{taken:,.0f} yuan, beyond the budget of {room:,.0f} yuan",
            )
        )
        message = say(
            f"必选点（{names}等）{what}。", f"The sites that must be opened ({names}…) take {what}."
        )
        raise InfeasibleError(
            message,
            hint=say(
                f"请提高到至少 {taken:,.0f}，或取消部分必选点。",
                f"Raise it to at least {taken:,.0f}, or no longer demand some of them.",
            ),
            conflicts=(message,),
        )
    return size, room - taken


def nobody_in_reach(problem: Problem, limit_min: float) -> InfeasibleError:
    """Return what to say when no permitted site is near anyone who counts."""
    names = say("、", ", ").join(str(name) for name in problem.demand_name[:5])
    message = say(
        f"{limit_min:g} 分钟内，没有任何可选点能到达有人的需求点（{names}……）。",
        f"Within {limit_min:g} min no permitted site is near any demand point with people "
        f"({names} …).",
    )
    return InfeasibleError(
        message,
        hint=say(
            "请增加候选点或放宽时限，并核对候选点与需求点是否落在同一片路网上。",
            "Add candidates or allow a longer walk, and see whether candidates and demand lie on "
            "the same streets.",
        ),
        conflicts=(message,),
    )


def within_room(
    plan: NDArray[np.bool_], size: NDArray[np.float64], room: float
) -> NDArray[np.bool_]:
    """Return as many of the planned sites, in their order, as there is room for."""
    kept = np.zeros_like(plan)
    for j in np.flatnonzero(plan):
        if size[j] <= room:
            kept[j] = True
            room -= float(size[j])
    return kept


def without_idle(
    reach: Minutes,
    people: NDArray[np.float64],
    opened: NDArray[np.bool_],
    always: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """Return the open sites without those that may be left and to which nobody walks."""
    assignment, _ = served(reach, opened)
    used = assignment[(people > 0) & (assignment >= 0)]
    return opened & (always | (np.bincount(used, minlength=len(opened)) > 0))


def _check(
    people: NDArray[np.float64],
    weight: str,
    *,
    limit_min: float,
    beyond_min: float,
    late: bool,
) -> None:
    if not (people > 0).any():
        raise DataError(
            say(f"没有任何需求点有“{weight}”人数。", f"No demand point has any {weight}."),
            hint=say("请补人数，或换一种权重。", "Fill in the people, or choose another weight."),
        )
    if late:
        raise DataError(
            say(
                f"未获服务者按 {beyond_min:g} 分钟计，短于步行上限 {limit_min:g} 分钟，"
                "不合情理：走到反不如不到。",
                f"Whoever is not served counts {beyond_min:g} min, less than the farthest walk of "
                f"{limit_min:g} min: being served would be worse than not being served.",
            ),
            hint=say("请提高 beyond_min。", "Raise beyond_min."),
        )
