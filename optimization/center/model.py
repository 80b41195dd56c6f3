"""Where the longest walk of all is shortest: the p-center of a siting problem."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import listed, say
from geo.travel.minutes import MS_A_MINUTE, Minutes
from optimization.center.solve import least_radius
from optimization.median import interchange, served, table
from optimization.median.model import may_open, nobody_in_reach, room_for, without_idle
from optimization.problem import Problem
from optimization.reached import always_open
from optimization.siting import Siting


def center(
    problem: Problem,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    weight: str = "elders",
    weighted: bool = False,
    limit_min: float | None = None,
    limit_s: float = 60.0,
    seed: int = 0,
) -> Siting:
    """Open new sites so that the longest walk is as short as possible (p-center).

    Minimise ``max_i min_{j open} t_ij`` over demand with people that some permitted site reaches
    within `limit_min`; with `weighted`, minimise ``max_i w_i min_{j open} t_ij``. Everyone of them
    is reached within the limit by the plan. Demand out of every site's reach cannot be helped by
    any plan: it is left out and reported as ``people_out_of_reach``.

    Exact: halving over the distinct walks, each asked as a set cover that is searched for, refuted
    by duals, or settled in whole numbers. Among the plans of that longest walk one is sought whose
    walks are short in all, ``sum_i w_i min_{j open} t_ij``: no further site can be opened, nor one
    swapped for another, so that people walk less in all and nobody farther than that longest walk.
    The total is not proven to be the least.

    Parameters
    ----------
    problem
        The problem.
    p, budget_yuan
        Most new sites, or most to spend on them; exactly one of the two. Existing sites stay and
        are free; a site that must be opened counts.
    weight
        Who has to be reached; points without any do not count.
    weighted
        Minutes times people, so that large estates are put nearer.
    limit_min
        Farthest walk that counts as reached; the problem's horizon unless told.
    limit_s
        Ceiling in seconds; when it cuts, ``stopped_by_time`` is 1 and the bound is below the plan.
    seed
        Of the search for covers.

    Returns
    -------
    Siting
        Unit ``minutes``, or ``elder_minutes`` or the like when weighted.

    Raises
    ------
    InfeasibleError
        No plan of this size reaches everyone within the limit, or none was found in time; what
        must be opened does not fit.
    DataError
        Nobody has this weight, or a parameter is out of range.

    References
    ----------
    Minieka (1970), SIAM Review 12(1); Elloumi, Labbé and Pochet (2004), INFORMS Journal on
    Computing 16(1).
    """
    began = time.perf_counter()
    people = problem.weight(weight)
    if not (people > 0).any():
        raise DataError(
            say(f"没有任何需求点有“{weight}”人数。", f"No demand point has any {weight}."),
            hint=say("请补人数，或换一种权重。", "Fill in the people, or choose another weight."),
        )
    limit_min = problem.horizon_min if limit_min is None else limit_min
    reach = problem.within(limit_min)
    always, free = always_open(problem.sites), may_open(problem.sites)
    size, room = room_for(problem.sites, p=p, budget_yuan=budget_yuan)
    nearest, walk = served(reach, always | free)
    counts = (nearest >= 0) & (people > 0)
    if not counts.any():
        raise nobody_in_reach(problem, limit_min)
    scale = people if weighted else np.ones(problem.n_demand)
    steps, cost = _ranked(reach, scale, counts)
    unserved = len(steps)
    costs = table(
        reach.indptr,
        reach.indices,
        cost,
        weight=counts.astype(np.float64),
        cap=np.full(problem.n_demand, float(unserved)),
        size=size,
        room=room,
        opened=always,
        kept=free,
    )
    stuck = counts & (served(reach, always | (free & (size <= 0)))[0] < 0)
    stuck[costs.row_id] = False
    inevitable = float((scale * walk)[counts].max(initial=0.0))
    if stuck.any():
        raise _no_plan(problem, reach, always, p, limit_min, stopped_by_time=False)
    found = least_radius(
        costs,
        unserved=unserved,
        least=int(np.searchsorted(steps, inevitable)),
        limit_s=limit_s - (time.perf_counter() - began),
        seed=seed,
    )
    if found.plan is None:
        late = found.stopped_by_time
        raise _no_plan(problem, reach, always, p, limit_min, stopped_by_time=late)
    walks = _within(reach, scale, counts, float(steps[min(found.radius, unserved - 1)]))
    shorter = table(
        walks.indptr,
        walks.indices,
        walks.ms,
        weight=np.where(counts, people, 0.0),
        cap=_too_dear(people, counts, walks),
        size=size,
        room=room,
        opened=always,
        kept=free,
    )
    plan, _ = interchange(shorter, found.plan)
    opened = always.copy()
    opened[costs.site_id[plan]] = True
    opened |= free & (size <= 0)
    opened = without_idle(reach, counts.astype(np.float64), opened, always)
    assignment, walk = served(reach, opened)
    objective = float((scale * walk)[counts].max(initial=0.0)) / MS_A_MINUTE
    bound = objective if found.bound >= found.radius else float(steps[found.bound]) / MS_A_MINUTE
    new = opened & ~problem.sites.existing
    near = assignment >= 0
    unit = {"elders": "elder", "households": "household", "children": "child"}.get(weight, weight)
    return Siting(
        model="center",
        sense="min",
        sites=np.flatnonzero(opened).astype(np.int32),
        assignment=assignment,
        objective=objective,
        bound=min(bound, objective),
        unit=f"{unit}_minutes" if weighted else "minutes",
        seconds=time.perf_counter() - began,
        seed=seed,
        measures={
            "sites_new": float(new.sum()),
            "cost_yuan": float(problem.sites.cost_yuan[new].sum()),
            "people_served": float(people[near].sum()),
            "people_out_of_reach": float(people[(nearest < 0)].sum()),
            "mean_min": float(np.average(walk[near], weights=people[near])) / MS_A_MINUTE
            if people[near].sum() > 0
            else 0.0,
            "longest_min": float(walk[counts].max(initial=0)) / MS_A_MINUTE,
            "radii_asked": float(found.questions),
            **({"stopped_by_time": 1.0} if found.stopped_by_time else {}),
        },
        parameters={
            "p": p,
            "budget_yuan": budget_yuan,
            "weight": weight,
            "weighted": weighted,
            "limit_min": limit_min,
        },
    )


def _ranked(
    reach: Minutes, scale: NDArray[np.float64], counts: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    """Return the distinct scaled walks, ascending, and the place of each pair's walk among them."""
    scaled = reach.ms * np.where(counts, scale, 0.0)[reach.rows]
    steps, rank = np.unique(scaled, return_inverse=True)
    return steps.astype(np.float64), rank.reshape(-1).astype(np.int32)


def _within(
    reach: Minutes, scale: NDArray[np.float64], counts: NDArray[np.bool_], longest: float
) -> Minutes:
    """Return the pairs of demand that counts whose scaled walk is no longer than the longest."""
    rows = reach.rows
    near = counts[rows] & (reach.ms * scale[rows] <= longest)
    number = np.bincount(rows[near], minlength=len(scale))
    return replace(
        reach,
        indptr=np.concatenate(([0], np.cumsum(number))).astype(np.int64),
        indices=reach.indices[near],
        ms=reach.ms[near],
    )


def _too_dear(
    people: NDArray[np.float64], counts: NDArray[np.bool_], walks: Minutes
) -> NDArray[np.float64]:
    """Return (n_demand,) what being left alone costs a person: more than all walks together."""
    farthest = float(walks.ms.max(initial=0)) + 1.0
    return 2.0 * farthest * float(people[counts].sum()) / np.where(counts, people, 1.0)


def _no_plan(
    problem: Problem,
    reach: Minutes,
    always: NDArray[np.bool_],
    p: int | None,
    limit_min: float,
    *,
    stopped_by_time: bool,
) -> InfeasibleError:
    """Return what to say when no plan reaches everyone."""
    alone = (served(reach, always)[0] < 0) & (np.diff(reach.indptr) > 0)
    far = np.flatnonzero(alone)[np.argsort(np.diff(reach.indptr)[alone], kind="stable")][:5]
    names = listed(problem.demand_name[far])
    asked = (
        say(f"新建 {p} 处", f"{p} new sites") if p is not None else say("现有预算", "this budget")
    )
    if stopped_by_time:
        message = say(
            f"时间用尽，未找到{asked}、{limit_min:g} 分钟内人人可达的方案，也未证明其不存在。",
            f"Time ran out before a plan was found that reaches everyone within {limit_min:g} min "
            f"with {asked}; none was ruled out either.",
        )
    else:
        message = say(
            f"{asked}无法让所有人在 {limit_min:g} 分钟内到达；可选点最少的是：{names}。",
            f"No plan with {asked} reaches everyone within {limit_min:g} min; fewest sites are "
            f"near: {names}.",
        )
    return InfeasibleError(
        message,
        hint=say(
            "请增加新建点数或预算、放宽时限，或先用“最少设点”模型求出所需的点数。",
            "Allow more sites, a larger budget or a longer walk, or ask set_cover how many sites "
            "are needed.",
        ),
        conflicts=(message,),
    )
