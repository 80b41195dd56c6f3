"""Walk the streets of a workspace, or measure straight lines, as a norm asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.assess.linking import Walked
from geo.assess.reached import Asked, Walk
from geo.coverage import ask
from geo.coverage.facilities import in_service
from geo.coverage.walks import walk
from geo.demand import Demand, Places, demand_points
from geo.demand.points import Source
from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.schema import Weight

_METRE_WALKER_M_S = 1.0
_FARTHEST_MIN = 240.0
_PLACE_LAYERS: Final = ("community", "township", "county", "compound", "gate", "building")
_SOURCES: Final[dict[str, Source]] = {
    "gate": "auto",
    "building": "building",
    "community": "community",
}
_WEIGHTS: Final[tuple[Weight, ...]] = ("elders", "children", "households", "population")


@dataclass(frozen=True, slots=True)
class Walking:
    """The layers and streets of a workspace on a day; called for every walk a norm asks about."""

    frames: Mapping[str, gpd.GeoDataFrame]
    network: StreetNetwork | None
    on: date
    _demand: dict[Source, Demand] = field(default_factory=dict)

    def __call__(self, asked: Asked, kept: NDArray[np.bool_] | None) -> Walk | None:
        """Return the walk to the facilities in service, or to those of them that are kept."""
        facilities = self.frames[asked.layer]
        stations = facilities[in_service(facilities, self.on)].reset_index(drop=True)
        if kept is not None:
            stations = stations[kept].reset_index(drop=True)
        if asked.distance == "straight":
            return self._straight(asked, stations)
        if self.network is None:
            return None
        try:
            demand = self._people(_SOURCES[asked.origin], self.network)
            if not len(stations):
                return _nowhere(demand)
            found = _walk(asked, stations, demand, self.network, self.on)
        except DataError:
            return None
        return found if kept is None else replace(found, pairs=None)

    def _people(self, source: Source, network: StreetNetwork) -> Demand:
        if source not in self._demand:
            layers = {name: self.frames[name] for name in _PLACE_LAYERS if name in self.frames}
            places = Places(crs=network.crs, **layers)
            self._demand[source] = demand_points(places, network, on=self.on, source=source)
        return self._demand[source]

    def _straight(self, asked: Asked, stations: gpd.GeoDataFrame) -> Walk | None:
        """Measure straight lines; without streets from estates alone, by their own figures."""
        try:
            if self.network is None:
                points, doors, owner = self._estates(asked)
            else:
                demand = self._people(_SOURCES[asked.origin], self.network)
                open_ = demand.entrances["open"].to_numpy(bool)
                points = pd.DataFrame(demand.points.drop(columns="geometry"))
                doors = demand.entrances.geometry.to_numpy()[open_]
                owner = demand.entrances["point"].to_numpy(np.int64)[open_]
        except DataError:
            return None
        nearest = np.full(len(points), np.inf)
        if len(stations):
            at, metres = shapely.STRtree(stations.geometry.to_numpy()).query_nearest(
                doors, all_matches=False, return_distance=True
            )
            np.minimum.at(nearest, owner[at[0]], metres)
        has_door = np.bincount(owner, minlength=len(points)) > 0
        near = nearest <= asked.limit
        state = np.select([near, ~has_door], ["reached", "gates_closed"], "over_limit")
        nearest = np.where(np.isfinite(nearest), nearest, np.nan)
        return Walk(points.assign(nearest=nearest, state=state), None)

    def _estates(self, asked: Asked) -> tuple[pd.DataFrame, NDArray[np.object_], NDArray[np.int64]]:
        """Return estates as demand points, and their open gates, or they themselves."""
        frame = self.frames.get("compound")
        if asked.origin != "gate" or frame is None:
            raise DataError("")
        codes = frame["community_code"].astype("string")
        points = pd.DataFrame(
            {
                "id": frame["id"],
                "name": frame["name"],
                "origin": "gate",
                "community_code": codes,
                "township_code": codes.str[:9],
                "county_code": codes.str[:6],
                "basis": frame["elders_basis"],
                "age_from": frame["elders_age_from"],
                **{str(weight): frame[weight] for weight in _WEIGHTS},
            }
        ).reset_index(drop=True)
        gates = self.frames.get("gate")
        own = np.zeros(len(frame), bool)
        shapes: list[NDArray[np.object_]] = []
        owners: list[NDArray[np.int64]] = []
        if gates is not None and len(gates):
            of = pd.Index(frame["id"]).get_indexer(pd.Index(gates["compound_id"]))
            passable = gates["open"].fillna(value=True).to_numpy(bool) & (of >= 0)
            own[of[of >= 0]] = True
            shapes.append(gates.geometry.to_numpy()[passable])
            owners.append(of[passable].astype(np.int64))
        shapes.append(frame.geometry.to_numpy()[~own])
        owners.append(np.flatnonzero(~own))
        return points, np.concatenate(shapes), np.concatenate(owners)


def _nowhere(demand: Demand) -> Walk:
    """Return that nobody reaches a facility, because there is none."""
    points = pd.DataFrame(demand.points.drop(columns="geometry"))
    nothing = np.zeros(0, np.int64)
    away = points.assign(nearest=np.nan, state="over_limit")
    return Walk(away, Walked(nothing, nothing, np.zeros(0)))


def _walk(
    asked: Asked,
    stations: gpd.GeoDataFrame,
    demand: Demand,
    network: StreetNetwork,
    on: date,
) -> Walk:
    """Walk between every demand point and the facilities, in the order of their layer."""
    minutes = asked.limit if asked.unit == "min" else asked.limit / 60 / _METRE_WALKER_M_S
    minutes = min(minutes, _FARTHEST_MIN)
    question = ask(asked.layer, on=on, minutes=(minutes,), walker="elder")
    if asked.unit == "m":
        level = replace(
            question.walker,
            speed_m_s=_METRE_WALKER_M_S,
            class_factor={},
            steps_factor=1.0,
            slope="flat",
            max_grade=None,
        )
        question = replace(question, walker=level)
    walks = walk(
        question,
        demand,
        network,
        stations,
        progress=lambda _: None,
        direction=asked.direction,
    )
    found = walks.nearest_ms >= 0
    factor = 60_000.0 if asked.unit == "min" else 1_000.0 / _METRE_WALKER_M_S
    nearest = np.where(found, walks.nearest_ms / factor, np.nan)
    state = np.select(
        [found, ~walks.has_open_door, ~walks.has_street],
        ["reached", "gates_closed", "island"],
        "over_limit",
    )
    points = pd.DataFrame(demand.points.drop(columns="geometry")).assign(
        nearest=nearest, state=state
    )
    row = np.repeat(np.arange(len(points)), np.diff(walks.minutes.indptr))
    pairs = Walked(row, walks.minutes.indices.astype(np.int64), walks.minutes.minutes)
    return Walk(points, pairs if asked.unit == "min" else None)
