"""A plan as it was found: which sites, whom each serves, how good it is and how that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

Status = Literal["optimal", "within_gap", "heuristic"]
Sense = Literal["max", "min"]

_ROUNDING: Final = 1e-9
"""Relative difference between value and bound that floating point makes."""


@dataclass(frozen=True, slots=True)
class Siting:
    """The answer of one model; frozen, and never called optimal unless bound and value meet.

    Problems without any plan raise `geo.errors.InfeasibleError` instead.
    """

    model: str
    """Name of the function that answered, such as ``max_cover``."""
    sense: Sense
    sites: NDArray[np.int32]
    """(n_open,) positions of all open sites, ascending; existing ones that stay are among them."""
    assignment: NDArray[np.int32]
    """(n_demand,) the open site that serves each demand point; -1 = none within the limit."""
    objective: float
    bound: float
    """No plan is better than this; infinite when nothing was proven."""
    unit: str
    """What objective and bound count: ``elders``, ``sites``, ``elder_minutes``, ``yuan`` …"""
    seconds: float
    seed: int
    asked_gap: float = 0.0
    """Relative gap that the caller was content with."""
    measures: Mapping[str, float] = field(default_factory=dict)
    """Other figures of the plan, by name with unit, such as ``cost_yuan``."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """What was asked: limit, number of sites, budget; plain values."""

    def __post_init__(self) -> None:
        beyond = self.objective - self.bound if self.sense == "max" else self.bound - self.objective
        slack = 1e-6 * max(1.0, abs(self.bound)) if np.isfinite(self.bound) else 0.0
        assert beyond <= slack, f"{self.model}: the plan beats its bound by {beyond}"

    @property
    def gap(self) -> float:
        """Relative distance between bound and objective; infinite when nothing was proven."""
        if not np.isfinite(self.bound):
            return float("inf")
        distance = abs(self.bound - self.objective)
        if distance <= _ROUNDING * max(1.0, abs(self.bound)):
            return 0.0
        return distance / max(abs(self.bound), abs(self.objective))

    @property
    def status(self) -> Status:
        """``optimal`` when bound and value meet, ``within_gap`` when as near as was asked."""
        if self.gap == 0.0:
            return "optimal"
        return "within_gap" if self.gap <= self.asked_gap else "heuristic"
