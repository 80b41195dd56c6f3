"""What every estate still lacks, and by which rule a room would count for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.assess.linking import CIRCLE_MIN
from geo.errors import DataError
from geo.text import listed, say
from optimization.problem import Problem

Numbers = NDArray[np.float64]

LEAST_M2 = 0.01
"""A room that settles a need by standing near takes up at least so much of itself."""


@dataclass(frozen=True, slots=True)
class Needs:
    """The shortfall of every demand point and how it may be met; every array is (n_demand,).

    An estate is served in one of two ways, as an assessment counts them. *Named*: a part of a
    room is recorded as the estate's own, however much it is given. *Shared*: a room of its
    community is divided by households among all estates of the community in the circle.
    """

    need_m2: Numbers
    """What is missing; 0 where nothing is."""
    standing_m2: Numbers
    """What counts for the estate today; it matters only where a requirement may be pooled."""
    households: Numbers
    shares: NDArray[np.bool_]
    """Whether it is served by shared rooms; False: by parts that name it."""
    joins: NDArray[np.bool_]
    """Whether it takes its part of a shared room, wanted or not."""
    community: NDArray[np.int32]
    """A number for each community; -1 = none."""
    site_community: NDArray[np.int32]
    """(n_site,) the same numbers."""
    circle_min: float
    """Walk within which a room is shared by the estates of its community."""
    pool_min: float
    """Walk within which small estates are pooled; NaN = never."""
    pool_rate_m2: Numbers
    """m² a household once pooled; NaN for an estate that may not be."""
    pool_floor_m2: float
    """The least that a pool needs as a whole."""
    unpooled_m2: Numbers
    """What rules without pooling require all the same."""

    def __post_init__(self) -> None:
        wrong = ~np.isfinite(self.need_m2) | (self.need_m2 < 0)
        if wrong.any():
            rows = listed(np.flatnonzero(wrong))
            raise DataError(
                say(
                    f"缺口面积须为非负数：{int(wrong.sum())} 个小区不是（序号 {rows}，从 0 计）。",
                    f"shortfalls in m² must be 0 or more: {int(wrong.sum())} are not "
                    f"(positions {rows})",
                ),
                hint=say(
                    "缺口未知的小区请填 0，并单独列出。",
                    "Give 0 for estates of unknown shortfall and list them apart.",
                ),
            )


def plain_needs(problem: Problem, need_m2: Numbers) -> Needs:
    """Return needs that any room in the circle may meet, divided as is best."""
    n, nothing = problem.n_demand, np.zeros(problem.n_demand)
    if len(need_m2) != n:
        raise DataError(
            say(
                f"缺口有 {len(need_m2)} 行，需求点有 {n} 个。",
                f"{len(need_m2)} shortfalls for {n} demand points",
            )
        )
    return Needs(
        need_m2=np.asarray(need_m2, np.float64),
        standing_m2=nothing,
        households=np.ones(n),
        shares=np.zeros(n, bool),
        joins=np.zeros(n, bool),
        community=np.full(n, -1, np.int32),
        site_community=np.full(problem.n_site, -1, np.int32),
        circle_min=min(CIRCLE_MIN, problem.horizon_min),
        pool_min=float("nan"),
        pool_rate_m2=np.full(n, np.nan),
        pool_floor_m2=0.0,
        unpooled_m2=nothing,
    )
