"""Walks from every estate to the facilities of one type, as coverage computes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess.linking import CIRCLE_MIN, Walked
from geo.norms.model import Reach


@dataclass(frozen=True, slots=True)
class Asked:
    """Which way is asked about: to what, how far, from where, how measured."""

    layer: str
    unit: Literal["min", "m"]
    limit: float
    origin: Literal["gate", "building", "community"] = "gate"
    direction: Literal["to_facility", "from_facility"] = "to_facility"
    distance: Literal["network", "straight"] = "network"

    @classmethod
    def by(cls, measure: Reach, layer: str, limit: float) -> Asked:
        """Return what a norm asks about one facility layer."""
        return cls(
            layer,
            measure.limit_unit,
            limit,
            measure.origin,
            measure.direction,
            measure.distance,
        )


@dataclass(frozen=True, slots=True)
class Walk:
    """How far every demand point is from the facilities of one type."""

    points: pd.DataFrame
    """Demand points: ``id origin community_code township_code county_code``, ``nearest`` (NaN
    beyond the search limit), ``state``, the people of each and ``basis age_from``."""
    pairs: Walked | None
    """Pairs of demand point and facility within reach, by row of ``points`` and of the layer."""


Walker = Callable[[Asked, "NDArray[np.bool_] | None"], Walk | None]
"""What is asked, and which rows of the facility layer count (None: all): the walk; None without
streets."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Walks of one place, computed when first asked for."""

    walker: Walker
    compounds: NDArray[np.object_]
    """Ids of the estates, in the order of their layer."""
    facilities: dict[str, NDArray[np.object_]]
    _walks: dict[tuple[Asked, bytes], Walk | None] = field(default_factory=dict)

    def walk(self, asked: Asked, kept: NDArray[np.bool_] | None = None) -> Walk | None:
        """Return the walk to the facilities of a layer, or to some rows of it."""
        key = (asked, b"" if kept is None else kept.tobytes())
        if key not in self._walks:
            self._walks[key] = self.walker(asked, kept)
        return self._walks[key]

    def pairs(self, layer: str) -> Walked | None:
        """Return the walks between estates and facilities within the circle, by layer row."""
        walk = self.walk(Asked(layer, "min", CIRCLE_MIN))
        if walk is None or walk.pairs is None:
            return None
        row = pd.Index(self.compounds).get_indexer(pd.Index(walk.points["id"]))
        row = np.where(walk.points["origin"].isin(["gate", "assumed_gate"]), row, -1)
        compound = row[walk.pairs.compound]
        kept = compound >= 0
        return Walked(compound[kept], walk.pairs.facility[kept], walk.pairs.minutes[kept])
