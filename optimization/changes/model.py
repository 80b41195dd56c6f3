"""What to do with the facilities that stand: keep, expand, move, close, and what to open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import say
from optimization.capacity import assign_capacitated
from optimization.changes.plan import ACTIONS, Changes
from optimization.changes.program import Classes, Terms, classes_of, costs, mildest, program_of
from optimization.problem import Problem
from optimization.solver import Solution, solve

Numbers = NDArray[np.float64]
Step = Literal["expand", "move", "close", "open"]

_TINY = 1e-6
_HALF = 0.5


def change_facilities(
    problem: Problem,
    *,
    need_m2: Numbers | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    budget_yuan: float | None = None,
    allow: Collection[Step] = ("expand", "move", "close", "open"),
    expand_yuan_m2: float | Numbers = 0.0,
    m2_a_place: float = 1.0,
    move_yuan: float | Numbers = 0.0,
    receive_yuan: Numbers | None = None,
    close_yuan: float | Numbers = 0.0,
    years: float = 0.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
) -> Changes:
    """Change what stands at least cost so that nobody who is served today is left without.

    Every facility that is closable is kept, expanded by up to ``expandable_m2``, moved to a
    candidate or closed; candidates are opened, or receive a moved facility. Served is who has a
    place within ``limit_min`` (``sites.capacity``), or, with ``need_m2``, the floor area a norm
    requires of each estate (``sites.area_m2``). With a budget the most people are served instead,
    those of today among them. See `optimization.changes.program.program_of` for the formulas.

    Parameters
    ----------
    problem
        Whom and where; ``closable`` says which facilities may be closed or moved.
    need_m2 : (n_demand,)
        Floor area that each estate has to be given by all facilities together; all of it counts.
    weight
        Who needs a place, without ``need_m2``.
    limit_min
        Longest walk.
    budget_yuan
        What may be spent, rent of all ``years`` included; None: as little as possible.
    allow
        Which steps may be taken.
    expand_yuan_m2, m2_a_place
        Price of a m² more, and how many m² a place takes.
    move_yuan, receive_yuan
        Of moving a facility, and of fitting out the candidate that receives it (default: its
        ``cost_yuan``).
    close_yuan
        Of closing a facility for good.
    years
        Rent of so many years counts, of all that is open.
    limit_s, gap, seed
        Of the integer program.

    Raises
    ------
    DataError
        A price is negative or not a number, or an area is unknown where it is needed.
    InfeasibleError
        The norm cannot be met with all that may be done, or the budget is too small; the message
        says who is left and which budget suffices.

    References
    ----------
    Wang, Batta, Bhadury & Rump (2003), Computers & Operations Research 30 (opening and closing
    within a budget); ReVelle, Murray & Serra (2007), Omega 35 (closing without loss).
    """
    began = perf_counter()
    sites = problem.sites
    norm = need_m2 is not None
    minutes = problem.within(limit_min)
    amount, least = _asked(problem, need_m2, weight=weight, limit_min=limit_min)
    terms = _terms(
        problem,
        norm=norm,
        allow=frozenset(allow),
        m2_a_place=m2_a_place,
        years=years,
        prices={
            "expand_yuan_m2": np.asarray(expand_yuan_m2, float),
            "move_yuan": np.asarray(move_yuan, float),
            "close_yuan": np.asarray(close_yuan, float),
            "receive_yuan": sites.cost_yuan if receive_yuan is None else receive_yuan,
        },
        most=float(amount.sum()),
    )
    classes = classes_of(minutes.rows, minutes.indices.astype(np.int64), amount, least)
    bare = (classes.of < 0) & (least > 0)
    if bare.any():
        _left_out(problem, np.where(bare, least, 0.0), norm=norm, limit_min=limit_min)
    program = program_of(terms, classes, budget=budget_yuan)
    found = solve(program, limit_s=limit_s, gap=gap, seed=seed)
    if not len(found.x):
        _why_not(problem, terms, classes, least, budget=budget_yuan, norm=norm, limit_min=limit_min)
    mild = solve(
        mildest(program, terms, objective=found.objective),
        limit_s=limit_s,
        seed=seed,
        start=found.x,
    )
    if len(mild.x):
        found = replace(found, x=mild.x)
    return _answer(
        problem,
        terms,
        classes,
        found,
        amount=amount,
        least=least,
        model="change_facilities",
        sense="min" if budget_yuan is None else "max",
        unit="yuan" if budget_yuan is None else ("m2" if norm else weight),
        seconds=perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        parameters={
            "weight": "norm" if norm else weight,
            "limit_min": limit_min,
            "budget_yuan": budget_yuan,
            "years": years,
            "allow": sorted(allow),
        },
    )


def _asked(
    problem: Problem, need_m2: Numbers | None, *, weight: str, limit_min: float
) -> tuple[Numbers, Numbers]:
    """Return how much each demand point needs, and how much of it has to be given."""
    if need_m2 is not None:
        need = np.asarray(need_m2, float)
        if need.shape != (problem.n_demand,) or not (np.isfinite(need) & (need >= 0)).all():
            raise DataError(
                say(
                    f"每个小区需要一个非负的面积，共 {problem.n_demand} 个。",
                    f"one area of 0 or more is needed for each of {problem.n_demand} estates",
                )
            )
        return need, need
    standing = np.flatnonzero(problem.sites.existing)
    today = assign_capacitated(problem, sites=standing.tolist(), weight=weight, limit_min=limit_min)
    return problem.weight(weight), problem.weight(weight) - today.unplaced


def _terms(
    problem: Problem,
    *,
    norm: bool,
    allow: frozenset[str],
    m2_a_place: float,
    years: float,
    prices: dict[str, Numbers],
    most: float,
) -> Terms:
    sites, m = problem.sites, problem.n_site
    if not (np.isfinite(m2_a_place) and m2_a_place > 0 and np.isfinite(years) and years >= 0):
        raise DataError(
            say(
                "每个名额的面积须为正数，年数不小于 0。", "m2_a_place > 0 and years >= 0 are needed"
            )
        )
    priced = {name: np.broadcast_to(value, m).astype(float) for name, value in prices.items()}
    wrong = [n for n, value in priced.items() if not (np.isfinite(value) & (value >= 0)).all()]
    if wrong:
        raise DataError(
            say(f"单价须为非负数：{'、'.join(wrong)}。", f"0 or more: {', '.join(wrong)}")
        )
    if norm and np.isnan(sites.area_m2[sites.existing]).any():
        nameless = sites.name[sites.existing & np.isnan(sites.area_m2)]
        raise DataError(
            say(
                f"{len(nameless)} 个现有站点没有面积：{'、'.join(nameless[:5])}。",
                f"{len(nameless)} facilities have no area: {', '.join(nameless[:5])}",
            ),
            hint=say("请补全建筑面积。", "Fill in their floor areas."),
        )
    room = np.nan_to_num(sites.area_m2) if norm else np.minimum(sites.capacity, most)
    usable = ~sites.never
    loose = sites.existing & sites.closable & ~sites.must
    fresh = ~sites.existing & usable
    if norm:
        fresh = fresh & (room > 0)
    return Terms(
        room=room,
        more_m2=np.where(sites.existing & ("expand" in allow), sites.expandable_m2, 0.0),
        a_m2=1.0 if norm else 1.0 / m2_a_place,
        keep=sites.existing & (usable | ~loose),
        move=loose & ("move" in allow),
        close=loose & ("close" in allow),
        open=fresh & (("open" in allow) | sites.must),
        receive=fresh & ("move" in allow),
        must=sites.must,
        rent=sites.rent_yuan_year * years,
        open_yuan=sites.cost_yuan,
        **priced,
    )


def _answer(
    problem: Problem,
    terms: Terms,
    classes: Classes,
    found: Solution,
    *,
    amount: Numbers,
    least: Numbers,
    **said: object,
) -> Changes:
    m = problem.n_site
    x = found.x.copy()
    x[: 4 * m] = np.round(x[: 4 * m])
    kept, moved, opened, received = (x[block * m : (block + 1) * m] > _HALF for block in range(4))
    share = np.clip(x[4 * m : 5 * m], 0.0, 1.0)
    flow = np.where((kept | opened | received)[classes.col], np.maximum(x[5 * m :], 0.0), 0.0)
    used = np.bincount(classes.col, flow, minlength=m)
    added = np.where(kept, share * terms.more_m2, 0.0)
    # a m² that costs nothing may be added for nobody
    wanted = np.maximum(used - terms.room, 0.0) / terms.a_m2
    added = np.where(wanted > _TINY, np.minimum(added, wanted), 0.0)
    action = np.full(m, ACTIONS.index("none"), np.int64)
    for flags, word in (
        (problem.sites.existing & ~kept & ~moved, "closed"),
        (kept, "kept"),
        (kept & (added > 0), "expanded"),
        (moved, "moved"),
        (opened, "opened"),
        (received, "received"),
    ):
        action[flags] = ACTIONS.index(word)
    demand, site, part = _parts(classes, flow, amount, least)
    given = np.bincount(demand, part, minlength=problem.n_demand)
    unserved = np.maximum(amount - given, 0.0)
    unserved[unserved < _TINY * np.maximum(1.0, amount)] = 0.0
    rent = np.concatenate([terms.rent, np.zeros(m), terms.rent, terms.rent, np.zeros(m)])
    gone = problem.sites.existing & ~kept & ~moved
    spent = (
        np.where(moved, terms.move_yuan, 0.0)
        + np.where(opened, terms.open_yuan, 0.0)
        + np.where(received, terms.receive_yuan, 0.0)
        + np.where(gone, terms.close_yuan, 0.0)
        + terms.expand_yuan_m2 * added
    )
    years_rent = float(rent @ x[: 5 * m])
    total = float(spent.sum()) + years_rent
    served = float(part.sum())
    least_cost = said["sense"] == "min"
    constant = costs(terms, 0)[1]
    bound = found.bound + (constant if least_cost else 0.0)
    objective = total if least_cost else served
    if abs(bound - objective) <= _TINY * max(1.0, abs(objective)):
        bound = objective
    bound = min(bound, objective) if least_cost else max(bound, objective)
    return Changes(
        sites=np.flatnonzero(kept | opened | received).astype(np.int32),
        assignment=_main(problem.n_demand, demand, site, part),
        objective=objective,
        bound=bound,
        measures={
            "cost_yuan": float(spent.sum()),
            "rent_yuan": years_rent,
            "served": served,
            "unserved": float(unserved.sum()),
            "added_m2": float(added.sum()),
        }
        | {word: float((action == at).sum()) for at, word in enumerate(ACTIONS) if at}
        | ({"stopped_by_time": 1.0} if found.by_time else {}),
        action=action,
        added_m2=added,
        moved_to=_pairs_of_moves(problem, moved, received),
        cost_yuan=spent,
        part_demand=demand,
        part_site=site,
        part_amount=part,
        unserved=unserved,
        **said,  # type: ignore[arg-type]
    )


def _parts(
    classes: Classes, flow: Numbers, amount: Numbers, least: Numbers
) -> tuple[NDArray[np.int64], NDArray[np.int64], Numbers]:
    """Divide what each class is given among its points: first what has to be, then the rest."""
    by_class = [np.flatnonzero(classes.of == c) for c in range(len(classes.amount))]
    first = np.searchsorted(classes.row, np.arange(len(by_class) + 1))
    demand, site, part = [], [], []
    for c, points in enumerate(by_class):
        due = np.concatenate([least[points], np.maximum(amount[points] - least[points], 0.0)])
        who, at = np.concatenate([points, points]), 0
        for pair in range(first[c], first[c + 1]):
            left = float(flow[pair])
            while left > _TINY and at < len(due):
                moved = min(left, float(due[at]))
                if moved > _TINY:
                    demand.append(int(who[at]))
                    site.append(int(classes.col[pair]))
                    part.append(moved)
                due[at] -= moved
                left -= moved
                if due[at] <= _TINY:
                    at += 1
    return np.array(demand, np.int64), np.array(site, np.int64), np.array(part, float)


def _main(
    n: int, demand: NDArray[np.int64], site: NDArray[np.int64], part: Numbers
) -> NDArray[np.int32]:
    main = np.full(n, -1, np.int32)
    order = np.lexsort((-site, part))
    main[demand[order]] = site[order]
    return main


def _pairs_of_moves(
    problem: Problem, moved: NDArray[np.bool_], received: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return (n_site,) where each moved facility goes: the nearest pair first."""
    to = np.full(problem.n_site, -1, np.int64)
    away, taken = np.flatnonzero(moved), np.flatnonzero(received)
    xy = problem.sites.xy
    apart = np.hypot(*(xy[away][:, None, :] - xy[taken][None, :, :]).T).T.reshape(
        len(away), len(taken)
    )
    for _ in range(min(len(away), len(taken))):
        at = np.unravel_index(np.argmin(apart), apart.shape)
        to[away[at[0]]] = taken[at[1]]
        apart[at[0], :], apart[:, at[1]] = np.inf, np.inf
    return to


def _why_not(
    problem: Problem,
    terms: Terms,
    classes: Classes,
    least: Numbers,
    *,
    budget: float | None,
    norm: bool,
    limit_min: float,
) -> None:
    """Say which of the constraints cannot be met.

    Raises
    ------
    InfeasibleError
        Always.
    """
    if budget is not None:
        cheapest = solve(program_of(terms, classes, budget=None))
        if len(cheapest.x):
            least_yuan = cheapest.bound + costs(terms, 0)[1]
            enough = cheapest.objective + costs(terms, 0)[1]
            text = say(
                f"预算 {budget:,.0f} 元不够：不让现有服务对象失去服务至少要 "
                f"{max(least_yuan, 0.0):,.0f} 元。",
                f"a budget of {budget:,.0f} yuan does not suffice: to leave nobody without takes "
                f"at least {max(least_yuan, 0.0):,.0f} yuan.",
            )
            raise InfeasibleError(
                text,
                hint=say(f"{enough:,.0f} 元即可。", f"{enough:,.0f} yuan suffice."),
                conflicts=(text,),
            )
    # everything open at its largest: who is still left?
    wide = replace(
        classes,
        least=np.zeros(len(classes.least)),
    )
    every = solve(program_of(terms, wide, budget=float("inf")))
    flow = every.x[5 * problem.n_site :] if len(every.x) else np.zeros(len(classes.row))
    demand, _, part = _parts(classes, flow, least, least)
    given = np.bincount(demand, part, minlength=problem.n_demand)
    _left_out(problem, np.maximum(least - given, 0.0), norm=norm, limit_min=limit_min)


def _left_out(problem: Problem, left: Numbers, *, norm: bool, limit_min: float) -> None:
    who = left > _TINY * np.maximum(1.0, left)
    names = say("、", ", ").join(str(name) for name in problem.demand_name[who][:5])
    unit = say("平方米", "m²") if norm else say("人", "people")
    text = say(
        f"{int(who.sum())} 个小区（{names}）在 {limit_min:g} 分钟内还缺 "
        f"{left.sum():,.0f} {unit}，允许的调整都用上也不够。",
        f"{int(who.sum())} estates ({names}) lack {left.sum():,.0f} {unit} within "
        f"{limit_min:g} min even with all that may be done.",
    )
    raise InfeasibleError(
        text,
        hint=say(
            "请在其附近增加候选点、放宽可扩建面积，或放宽时限。",
            "Add candidates near them, allow larger extensions, or more minutes.",
        ),
        conflicts=(text,),
    )
