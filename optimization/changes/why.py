"""Why what stands cannot be changed as asked: who would be left, and which budget suffices."""

from __future__ import annotations

from dataclasses import replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from geo.text import listed, say, yuan
from optimization.changes.answer import TINY, divided
from optimization.changes.program import Classes, Terms, costs, program_of
from optimization.problem import Problem
from optimization.solver import solve

Numbers = NDArray[np.float64]


def why_not(
    problem: Problem,
    terms: Terms,
    classes: Classes,
    least: Numbers,
    *,
    budget: float | None,
    norm: bool,
    limit_min: float,
) -> NoReturn:
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
                f"预算 {yuan(budget, digits=4)}不够：不让现有服务对象失去服务至少要 "
                f"{yuan(max(least_yuan, 0.0), digits=4)}。",
                f"a budget of {budget:,.0f} yuan does not suffice: to leave nobody without takes "
                f"at least {max(least_yuan, 0.0):,.0f} yuan.",
            )
            raise InfeasibleError(
                text,
                hint=say(f"{yuan(enough, digits=4)}即可。", f"{enough:,.0f} yuan suffice."),
                conflicts=(text,),
            )
    # everything open at its largest: who is still left?
    wide = replace(
        classes,
        least=np.zeros(len(classes.least)),
    )
    every = solve(program_of(terms, wide, budget=float("inf")))
    flow = every.x[5 * problem.n_site :] if len(every.x) else np.zeros(len(classes.row))
    demand, _, part = divided(classes, flow, least, least)
    given = np.bincount(demand, part, minlength=problem.n_demand)
    left_out(problem, np.maximum(least - given, 0.0), norm=norm, limit_min=limit_min)


def left_out(problem: Problem, left: Numbers, *, norm: bool, limit_min: float) -> NoReturn:
    """Say who is left without.

    Raises
    ------
    InfeasibleError
        Always.
    """
    who = left > TINY * np.maximum(1.0, left)
    names = listed(problem.demand_name[who])
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
