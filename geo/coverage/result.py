"""Hold one answer: who is reached, by what, how surely, and everything needed to defend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from geo.coverage.areas import Areas
from geo.coverage.question import FASTEST_M_S, SLOWEST_M_S, Question
from geo.coverage.screening import Guard
from geo.errors import NotFoundError
from geo.faults import FaultTable
from geo.text import say

CERTAINTIES = ("surely", "depends", "surely_not")


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an answer rests on."""

    facility: str
    minutes: tuple[float, ...]
    main_min: float
    horizon_min: float
    profile: str
    speed_m_s: float
    speed_range_m_s: tuple[float, float]
    on: date
    own_only: bool
    basis: str
    """Whom the shares of the main weight are a share of."""
    network_hash: str
    layers: Mapping[str, str]
    """Content hash or version of every layer used."""
    counts: Mapping[str, int]
    simulated: bool
    """Whether any row used is invented."""
    as_of: int | None = None
    """Year to which elders are projected; None: as the layers count them."""

    def json(self) -> dict[str, Any]:
        """Return the provenance as plain values."""
        return {
            "facility": self.facility,
            "minutes": list(self.minutes),
            "main_min": self.main_min,
            "horizon_min": self.horizon_min,
            "profile": self.profile,
            "speed_m_s": self.speed_m_s,
            "speed_range_m_s": list(self.speed_range_m_s),
            "on": self.on.isoformat(),
            "own_only": self.own_only,
            "basis": self.basis,
            "network_hash": self.network_hash,
            "layers": dict(self.layers),
            "counts": dict(self.counts),
            "simulated": self.simulated,
            "as_of": self.as_of,
        }


@dataclass(frozen=True, slots=True)
class Coverage:
    """Minutes of every demand point to the nearest open facility, and what follows from them.

    The columns of every frame are described in `geo.schema.results`.
    """

    question: Question
    points: gpd.GeoDataFrame
    """``coverage_points``: one row a demand point, in the order of ids."""
    entrances: gpd.GeoDataFrame
    """``point`` (position in `points`), ``open``, ``assumed``: where each point's walk begins."""
    facilities: gpd.GeoDataFrame
    """``coverage_facilities``: open facilities, numbers in the main weight (see `weight`)."""
    facility_weights: pd.DataFrame
    """``coverage_facility_weights``: the same numbers for every weight."""
    areas: pd.DataFrame
    """``coverage_areas``: one row for every level, area and weight."""
    multiplicity: pd.DataFrame
    """``coverage_multiplicity``: people by the number of facilities in reach."""
    unserved: pd.DataFrame
    """``coverage_unserved``: points not reached in the main minutes, most people first."""
    connectors: pd.DataFrame
    """``coverage_connectors``: connectors of more than 50 m."""
    islands: pd.DataFrame
    """``coverage_islands``: places whose nearest street is on an island."""
    straight: pd.DataFrame
    """``coverage_straight``: network against circle, for screening only."""
    guard: Guard
    faults: FaultTable
    weight: str
    """Whom the facility type serves: the weight of ``facilities`` and ``unserved``; ``points``
    where it is unknown everywhere."""
    provenance: Provenance
    territory: Areas
    """Names and outlines of the areas."""

    def headline(self, weight: str = "", *, level: str = "all", code: str = "") -> pd.Series:
        """Return the row of `areas` for one weight and area; by default the main weight, all.

        Raises
        ------
        NotFoundError
            There is no such row.
        """
        rows = self.areas[
            (self.areas["weight"] == (weight or self.weight))
            & (self.areas["level"] == level)
            & (self.areas["code"] == code)
        ]
        if rows.empty:
            raise NotFoundError(
                say(
                    f"结果中没有“{level} {code} {weight}”。",
                    f"the result has no row for {level} {code} {weight}",
                )
            )
        return rows.iloc[0]

    @property
    def counted_times(self) -> float:
        """How many times adding catchments counts a covered person; NaN when nobody is covered."""
        covered = int(self.facilities["marginal"].sum())
        return int(self.facilities["reached"].sum()) / covered if covered else float("nan")

    @property
    def conditions(self) -> str:
        """One line that must stand on every map and table: minutes, speed, origin, day, basis."""
        walker = self.question.walker
        minutes = "、".join(f"{limit:g}" for limit in self.question.minutes)
        simulated = (
            say("；含模拟数据", "; contains simulated data") if self.provenance.simulated else ""
        )
        return say(
            f"{self.question.kind.zh}；沿路网步行 {minutes} 分钟；步速 {walker.speed_m_s:g} 米/秒"
            f"（{walker.zh}）；确定程度按 {SLOWEST_M_S:g}～{FASTEST_M_S:g} 米/秒；"
            f"{self.question.on.isoformat()} 当日开放；分母：{self.provenance.basis}{simulated}",
            f"{self.question.kind.en}; {minutes} min walk over the streets at "
            f"{walker.speed_m_s:g} m/s ({walker.en}); certainty over {SLOWEST_M_S:g}–"
            f"{FASTEST_M_S:g} m/s; open on {self.question.on.isoformat()}; "
            f"denominator: {self.provenance.basis}{simulated}",
        )
