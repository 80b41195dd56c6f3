"""What money buys: the cheapest candidate that helps, and a refusal where it buys none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geo.errors import InfeasibleError
from geo.text import say, yuan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from optimization.problem import Problem


def cheapest_helping(
    problem: Problem, *, weight: str, limit_min: float, opened: NDArray[np.bool_]
) -> float | None:
    """Return the least cost of a candidate that reaches somebody whom no open site reaches.

    Parameters
    ----------
    opened
        (n_site,) what is open.

    Returns
    -------
    float | None
        Yuan; None where no candidate reaches anybody more.
    """
    import numpy as np  # noqa: PLC0415

    sites, pairs = problem.sites, problem.within(limit_min)
    rows, at = pairs.rows, pairs.indices
    left = problem.weight(weight) > 0
    left[rows[opened[at]]] = False
    helps = np.zeros(len(sites), bool)
    helps[at[left[rows]]] = True
    cost = sites.cost_yuan[helps & ~opened & ~sites.never & ~sites.existing]
    return float(cost.min()) if len(cost) else None


def require_enough(problem: Problem, most_yuan: float, *, weight: str, limit_min: float) -> None:
    """Refuse money that buys not a single candidate that would help.

    Raises
    ------
    InfeasibleError
        Naming what the cheapest costs.
    """
    sites = problem.sites
    opened = sites.existing.copy()
    least = cheapest_helping(problem, weight=weight, limit_min=limit_min, opened=opened)
    if least is None or least <= most_yuan or sites.must.any() or sites.closable.any():
        return
    raise InfeasibleError(
        say(
            f"钱不够：最便宜的候选点要 {yuan(least)}，一次最多只能用 {yuan(most_yuan)}。",
            f"not enough money: the cheapest candidate costs {yuan(least)}, at most "
            f"{yuan(most_yuan)} may be spent at once.",
        ),
        hint=say(
            f"预算至少要 {yuan(least)}；不限预算的写 --sites（site）或 --per-year（plan）。",
            f"Give at least {yuan(least)}; without a budget write --sites (site) or --per-year "
            "(plan).",
        ),
    )
