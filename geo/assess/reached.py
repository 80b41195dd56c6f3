"""Walks from every estate to the facilities of one type, as coverage computes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess.linking import CIRCLE_MIN, Walked


@dataclass(frozen=True, slots=True)
class Walk:
    """How far every demand point is from the facilities of one type."""

    points: pd.DataFrame
    """Demand points: ``id origin community_code township_code county_code``, ``nearest`` (NaN
    beyond the search limit), the people of each and ``basis age_from``."""
    pairs: Walked | None
    """Pairs of demand point and facility within reach, by row of ``points`` and of the layer."""


Walker = Callable[[str, str, float], Walk | None]
"""Facility layer, ``min`` or ``m``, how far: the walk; None without streets or facilities."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Walks of one place, computed when first asked for."""

    walker: Walker
    compounds: NDArray[np.object_]
    """Ids of the estates, in the order of their layer."""
    facilities: dict[str, NDArray[np.object_]]
    _walks: dict[tuple[str, str, float], Walk | None] = field(default_factory=dict)

    def walk(self, layer: str, unit: str, limit: float) -> Walk | None:
        """Return the walk to one facility type, far enough for a limit in minutes or metres."""
        key = (layer, unit, limit)
        if key not in self._walks:
            self._walks[key] = self.walker(*key)
        return self._walks[key]

    def pairs(self, layer: str) -> Walked | None:
        """Return the walks between estates and facilities within the circle, by layer row."""
        walk = self.walk(layer, "min", CIRCLE_MIN)
        if walk is None or walk.pairs is None:
            return None
        row = pd.Index(self.compounds).get_indexer(pd.Index(walk.points["id"]))
        row = np.where(walk.points["origin"].isin(["gate", "assumed_gate"]), row, -1)
        compound = row[walk.pairs.compound]
        kept = compound >= 0
        return Walked(compound[kept], walk.pairs.facility[kept], walk.pairs.minutes[kept])
