"""What to do with the facilities that stand: keep, expand, move, close, and what to open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import listed, say
from optimization.capacity import assign_capacitated
from optimization.changes.answer import answer_of
from optimization.changes.nearest import to_nearest
from optimization.changes.plan import Changes
from optimization.changes.program import Terms, classes_of, mildest, program_of
from optimization.changes.why import left_out, why_not
from optimization.problem import Problem
from optimization.solver import solve

Numbers = NDArray[np.float64]
Step = Literal["expand", "move", "close", "open"]


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
        left_out(problem, np.where(bare, least, 0.0), norm=norm, limit_min=limit_min)
    program = program_of(terms, classes, budget=budget_yuan)
    found = solve(program, limit_s=limit_s, gap=gap, seed=seed)
    if not len(found.x):
        why_not(problem, terms, classes, least, budget=budget_yuan, norm=norm, limit_min=limit_min)
    mild = solve(
        mildest(program, terms, objective=found.objective),
        limit_s=limit_s,
        seed=seed,
        start=found.x,
    )
    if len(mild.x):
        found = replace(found, x=mild.x)
    plan = answer_of(
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
    return plan if norm else to_nearest(problem, plan, amount, limit_min=limit_min)


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
        raise DataError(say(f"单价须为非负数：{listed(wrong)}。", f"0 or more: {listed(wrong)}"))
    if norm and np.isnan(sites.area_m2[sites.existing]).any():
        nameless = sites.name[sites.existing & np.isnan(sites.area_m2)]
        raise DataError(
            say(
                f"{len(nameless)} 个现有站点没有面积：{listed(nameless)}。",
                f"{len(nameless)} facilities have no area: {listed(nameless)}",
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
