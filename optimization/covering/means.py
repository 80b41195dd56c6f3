"""What a plan may use: so many new sites, or so much money, less what has to be open anyway."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, InfeasibleError
from geo.text import listed, say, yuan
from optimization.problem import Problem


@dataclass(frozen=True, slots=True)
class Means:
    """What a plan may use: a number of new sites or an amount of money."""

    cost: NDArray[np.float64]
    """(n_site,) of opening each: 1 or yuan; what stands costs nothing."""
    budget: float
    """What is left once everything that has to be open is paid."""
    kept: NDArray[np.bool_]
    """(n_site,) open in every plan: demanded, or standing and not barred."""
    asked: dict[str, float]
    """``p`` or ``budget_yuan`` as it was asked."""


def means(problem: Problem, *, p: int | None, budget_yuan: float | None) -> Means:
    """Return what a plan may use.

    Raises
    ------
    DataError
        Neither or both are given, or one is negative or not a number.
    InfeasibleError
        What has to be open costs more already.
    """
    sites = problem.sites
    asked = {
        name: value for name, value in (("p", p), ("budget_yuan", budget_yuan)) if value is not None
    }
    value = float(next(iter(asked.values()))) if len(asked) == 1 else float("nan")
    if not (np.isfinite(value) and value >= 0):
        raise DataError(
            say(
                f"请给出新建个数或预算之一（非负数），现为 {asked or '未给出'}。",
                f"give either a number of new sites or a budget, 0 or more; got {asked or None}.",
            ),
            hint=say("例如 p=20 或 budget_yuan=3000000。", "Such as p=20 or budget_yuan=3000000."),
        )
    kept = sites.fixed_open | (sites.existing & ~sites.never)
    cost = np.where(sites.existing, 0.0, 1.0 if p is not None else sites.cost_yuan)
    paid = float(cost[kept].sum())
    if paid > value:
        needed = sites.name[kept & (cost > 0)]
        need, given = (
            say(f"{amount:,.0f} 处", f"{amount:,.0f} sites")
            if budget_yuan is None
            else yuan(amount, digits=4)
            for amount in (paid, value)
        )
        raise InfeasibleError(
            say(
                f"必选的候选点（{listed(needed)}）已需 {need}，超过所给的 {given}。",
                f"the sites that must be open ({listed(needed)}) need {need} already, more than "
                f"{given}.",
            ),
            hint=say(
                f"请至少给出 {need}，或减少必选点。", f"Give at least {need}, or demand fewer."
            ),
            conflicts=(
                say(f"必选点共 {len(needed)} 个", f"{len(needed)} sites must be open"),
                say(f"上限 {given}", f"a limit of {given}"),
            ),
        )
    return Means(cost, value - paid, kept, dict(asked))
