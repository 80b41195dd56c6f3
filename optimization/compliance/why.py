"""Why shortfalls cannot be closed, named, and what would help."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from geo.text import listed, say, yuan
from optimization.compliance.needs import Needs
from optimization.compliance.options import Options
from optimization.problem import Problem


def must_without_option(problem: Problem, options: Options) -> None:
    """Refuse a question that demands a site of which no size is allowed.

    Raises
    ------
    InfeasibleError
        A new site has to open and has no size class.
    """
    sites = problem.sites
    has = np.zeros(problem.n_site, bool)
    has[options.site] = True
    bare = sites.must & ~sites.existing & ~has
    if bare.any():
        text = say(
            f"必选的候选点没有可用的面积档：{listed(sites.name[bare])}。",
            f"demanded sites have no size that is allowed: {listed(sites.name[bare])}.",
        )
        raise InfeasibleError(
            text,
            hint=say(
                "请补全其面积，或取消必选；新站点不得小于规范的最小面积。",
                "Fill in their areas or do not demand them; new stations have a least area.",
            ),
            conflicts=(text,),
        )


def over_budget(budget_yuan: float, spent: float, bound: float | None) -> NoReturn:
    """Say that the budget does not suffice, and which one would.

    Raises
    ------
    InfeasibleError
        Always.
    """
    least = bound or 0.0
    proven = least > budget_yuan
    text = say(
        f"预算 {yuan(budget_yuan, digits=4)}不够：补齐全部缺口"
        + (f"至少要 {yuan(least, digits=4)}（已证明）。" if proven else "的方案没有找到。"),
        f"a budget of {budget_yuan:,.0f} yuan does not suffice: closing all shortfalls "
        + (f"takes at least {least:,.0f} yuan (proven)." if proven else "was not found possible."),
    )
    raise InfeasibleError(
        text,
        hint=say(f"{yuan(spent, digits=4)}即可补齐。", f"{spent:,.0f} yuan suffice."),
        conflicts=(text,),
    )


def cannot(
    problem: Problem,
    needs: Needs,
    options: Options,
    left_m2: NDArray[np.float64],
    limit_min: float,
) -> NoReturn:
    """Say which estates have no room in the circle, and which have too little.

    Raises
    ------
    InfeasibleError
        Always.
    """
    has = np.zeros(problem.n_site, bool)
    has[options.site] = True
    minutes = problem.minutes
    allowed = has[minutes.indices]
    allowed &= ~needs.shares[minutes.rows] | (
        needs.community[minutes.rows] == needs.site_community[minutes.indices]
    )
    nearest = np.full(problem.n_demand, np.inf)
    np.minimum.at(nearest, minutes.rows[allowed], minutes.minutes[allowed])
    within = nearest <= limit_min
    short = left_m2 > 0
    none, little = short & ~within, short & within
    conflicts = []
    if none.any():
        conflicts.append(
            say(
                f"{int(none.sum())} 个小区 {limit_min:g} 分钟内没有可用的候选用房，"
                f"缺 {left_m2[none].sum():,.0f} 平方米：{listed(problem.demand_name[none])}。",
                f"{int(none.sum())} estates have no room within {limit_min:g} min and lack "
                f"{left_m2[none].sum():,.0f} m²: {listed(problem.demand_name[none])}.",
            )
        )
    if little.any():
        conflicts.append(
            say(
                f"{int(little.sum())} 个小区周边用房都取最大仍不够，"
                f"还缺 {left_m2[little].sum():,.0f} 平方米："
                f"{listed(problem.demand_name[little])}。",
                f"{int(little.sum())} estates have too little room around them even at the "
                f"largest sizes, {left_m2[little].sum():,.0f} m² short: "
                f"{listed(problem.demand_name[little])}.",
            )
        )
    beyond = np.flatnonzero(none & np.isfinite(nearest))
    hints = []
    if len(beyond):
        first = beyond[np.argmax(nearest[beyond])]
        hints.append(
            say(
                f"最近的候选用房最远为 {nearest[first]:.1f} 分钟（{problem.demand_name[first]}）；"
                "可放宽时限或在其附近增加候选点",
                f"the nearest room is {nearest[first]:.1f} min away at most "
                f"({problem.demand_name[first]}): allow more minutes or add rooms there",
            )
        )
    if int((none & ~np.isfinite(nearest)).sum()) or little.any():
        hints.append(
            say(
                f"在上述小区附近增加至少 {left_m2.sum():,.0f} 平方米候选用房",
                f"add at least {left_m2.sum():,.0f} m² of rooms near these estates",
            )
        )
    hints.append(
        say(
            '或先补齐能补的（unmet="report"），其余另列',
            'or close what can be closed (unmet="report") and list the rest',
        )
    )
    raise InfeasibleError(
        say("缺口无法全部补齐：", "not every shortfall can be closed: ") + " ".join(conflicts),
        hint=say("；", "; ").join(hints) + say("。", "."),
        conflicts=tuple(conflicts),
    )
