"""What a plan is reported with: the problem, the gains, the refusals and what else was tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from optimization.explain import (
    Gain,
    WhyNot,
)
from optimization.problem import Problem
from optimization.robust import Alternatives, AtSpeed, covered_people
from optimization.siting import Siting


@dataclass(frozen=True, slots=True)
class Report:
    """A plan with all that was found about it."""

    problem: Problem
    plan: Siting
    weight: str
    """Whose numbers explain it."""
    limit_min: float
    points: gpd.GeoDataFrame
    """Demand points in the order of the problem: what is known of them, and where they are."""
    cost_yuan: NDArray[np.float64]
    """(n_site,) NaN where unknown."""
    gains: tuple[Gain, ...]
    rejected: tuple[WhyNot, ...]
    rules: Mapping[str, str] = field(default_factory=dict)
    """By id of a site: the rule that bars it."""
    alternatives: Alternatives | None = None
    speeds: tuple[AtSpeed, ...] = ()
    front: tuple[Siting, ...] = ()
    """Plans of which none is better than another in everything, the cheapest first."""
    before: Problem | None = None
    """The problem as it is today, where the plan changes walks as well (it opens gates)."""

    @property
    def new(self) -> NDArray[np.int32]:
        """Positions of the sites the plan opens."""
        return self.plan.sites[~self.problem.sites.existing[self.plan.sites]]

    @property
    def closed(self) -> NDArray[np.int64]:
        """Positions of the facilities the plan gives up."""
        return np.setdiff1d(np.flatnonzero(self.problem.sites.existing), self.plan.sites)

    @property
    def total(self) -> float:
        """All people of the weight."""
        return float(self.problem.weight(self.weight).sum())

    @property
    def covered_before(self) -> float:
        """People within the limit of what stands today."""
        now = np.flatnonzero(self.problem.sites.existing).astype(np.int32)
        today = self.before or self.problem
        return covered_people(today, now, weight=self.weight, limit_min=self.limit_min)

    @property
    def covered_after(self) -> float:
        """People within the limit of the plan."""
        return covered_people(
            self.problem, self.plan.sites, weight=self.weight, limit_min=self.limit_min
        )
