"""Say whom no site reaches, and what would help."""

from __future__ import annotations

from typing import Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from geo.text import listed, say
from geo.travel.minutes import MS_A_MINUTE
from optimization.problem import Problem

_NAMED: Final = 5


def refuse_unreached(
    problem: Problem, unreached: NDArray[np.bool_], barred: NDArray[np.bool_], limit_min: float
) -> NoReturn:
    """Raise an error that names the points out of reach and the smallest change that helps.

    Parameters
    ----------
    problem
        Where the longer walks are looked up, as far as they were computed.
    unreached
        (n_demand,) points without a site within the limit.
    barred
        (n_site,) sites that may not open.
    limit_min
        The limit that was asked.
    """
    names = problem.demand_name[unreached]
    named = listed(names, _NAMED)
    conflicts = tuple(
        say(f"“{name}”在时限内没有可用候选点", f"{name!r} has no site within the limit")
        for name in names[:_NAMED]
    )
    raise InfeasibleError(
        say(
            f"{len(names)} 个需求点在 {limit_min:g} 分钟内没有任何可用候选点：{named}。",
            f"{len(names)} demand points have no site that may open within {limit_min:g} min: "
            f"{named}.",
        ),
        hint=say("；", "; ").join(_helps(problem, unreached, barred, limit_min)),
        conflicts=conflicts,
    )


def _helps(
    problem: Problem, unreached: NDArray[np.bool_], barred: NDArray[np.bool_], limit_min: float
) -> list[str]:
    """Return one sentence for each change that would help."""
    helps = []
    minutes = problem.minutes
    least = np.full(problem.n_demand, np.iinfo(np.int64).max)
    allowed = ~barred[minutes.indices]
    np.minimum.at(least, minutes.rows[allowed], minutes.ms[allowed])
    farther = least[unreached]
    within = farther < np.iinfo(np.int64).max
    if within.any():
        needed_min = np.ceil(farther[within].max() / MS_A_MINUTE * 10) / 10
        helps.append(
            say(
                f"时限放宽到 {needed_min:g} 分钟可覆盖其中 {int(within.sum())} 个",
                f"a limit of {needed_min:g} min would reach {int(within.sum())} of them",
            )
        )
    lifted = (minutes.ms <= problem.limit_ms(limit_min)) & ~allowed
    freed = np.zeros(problem.n_demand, dtype=np.bool_)
    freed[minutes.rows[lifted]] = True
    n_freed = int((freed & unreached).sum())
    if n_freed:
        helps.append(
            say(f"解除禁选可覆盖 {n_freed} 个", f"allowing barred sites would reach {n_freed}")
        )
    helps.append(
        say(
            "也可在其附近增加候选点，或用 --leave-out 不计无法到达者",
            "or add candidates near them, or leave them out: --leave-out",
        )
    )
    return helps
