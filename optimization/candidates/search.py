"""What is on offer for a search, and what is to be known of every place before it is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.boundaries import locate
from geo.coverage import Coverage, Inputs, Question
from geo.coverage.areas import known_people
from geo.coverage.facilities import own, places
from geo.coverage.walks import passable, tie, walk
from geo.network.current import HEIGHTS
from geo.store import Workspace
from geo.terrain import read_elevation
from geo.travel import nearest
from optimization.candidates.criteria import Asking, Criteria
from optimization.candidates.names import named_places
from optimization.candidates.offers import offers, with_streets
from optimization.candidates.rules import Facts
from optimization.candidates.street_points import street_points

NEAREST_MIN: Final = 60.0
"""How far the walk to the nearest open facility is followed."""

_TERRAIN_MARGIN_M: Final = 500.0


@dataclass(frozen=True, slots=True)
class Search:
    """What is sought, where, and what stands there."""

    workspace: Workspace
    question: Question
    inputs: Inputs
    wanted: Criteria
    held: Asking
    area: str
    """Code whose norms bind; empty: national ones only."""
    standing: gpd.GeoDataFrame
    now: Coverage


def offered(search: Search) -> gpd.GeoDataFrame:
    """Return every place on offer: what layers hold, then points along the streets."""
    inputs, wanted = search.inputs, search.wanted
    found = offers(
        search.workspace,
        search.question.kind,
        wanted,
        on=search.question.on,
        crs=inputs.network.crs,
        taken=inputs.facilities["id"].astype(str),
    )
    if "street" not in wanted.sources:
        return found
    along = street_points(
        inputs.network,
        spacing_m=wanted.spacing_m,
        usable=passable(inputs.network, search.question.walker),
        within=inputs.areas.own,
    )
    if len(found) and len(along):
        # Premises on offer half a spacing away stand for the street as well as a point would.
        near, _ = shapely.STRtree(places(found)).query(
            shapely.points(along), predicate="dwithin", distance=wanted.spacing_m / 2
        )
        along = np.delete(along, np.unique(near), axis=0)
    return with_streets(found, along)


def facts(search: Search, found: gpd.GeoDataFrame) -> tuple[Facts, dict[str, Any]]:
    """Return what rules need to know of every place, and the columns that tell it."""
    question, inputs, workspace = search.question, search.inputs, search.workspace
    network, walker = inputs.network, question.walker
    ties = tie(network, places(found), walker)
    walks = walk(
        replace(question, horizon_min=question.main_min),
        inputs.demand,
        network,
        found,
        progress=lambda _: None,
    )
    limit = walks.minutes.ms <= question.main_min * 60_000
    place, point = walks.minutes.indices[limit], walks.minutes.rows[limit]
    people, known = known_people(inputs.demand.points, search.now.weight)
    unserved = ~search.now.points[f"covered_{question.main_min:g}_min"].to_numpy(bool)
    n = len(found)
    reached = np.bincount(place, people[point], minlength=n)
    newly = np.bincount(place, people[point] * unserved[point], minlength=n)
    anybody = np.bincount(place[(people[point] > 0) | ~known[point]], minlength=n)
    nearest_min = np.full(n, np.nan)
    if len(search.standing):
        stations = tie(network, places(search.standing), walker)
        to = nearest(network, ties.walked, stations.walked, profile=walker, limit_min=NEAREST_MIN)
        nearest_min = to.minutes[:, 0]
    slope = _slope_percent(workspace, found)
    bounded = (inputs.areas.outlines["level"] == "county").any()
    inside = own(found, inputs.areas.own if bounded else None).fillna(value=True).to_numpy(bool)
    beyond = ~own(found, inputs.areas.own).fillna(value=True).to_numpy(bool) & inside
    zones = workspace.read("zone", network.crs) if workspace.has("zone") else None
    found_out = Facts(inside, ties.usable, slope, nearest_min, anybody > 0, zones, beyond)
    community = _community(inputs, found)
    upper = dict(
        zip(
            inputs.areas.communities["community"], inputs.areas.communities["township"], strict=True
        )
    )
    connector_m = np.where(ties.usable, ties.attachments.connector_m, np.nan)
    columns = {
        "name": named_places(workspace, inputs, found, community),
        "community_code": community,
        "township_code": community.map(upper).astype("string"),
        "slope_percent": _float(slope),
        "connector_m": _float(connector_m),
        "nearest_min": _float(nearest_min),
        "reached": pd.array(reached.astype(np.int64), dtype="Int64"),
        "newly_reached": pd.array(newly.astype(np.int64), dtype="Int64"),
    }
    return found_out, columns


def _community(inputs: Inputs, found: gpd.GeoDataFrame) -> pd.Series:
    outlines = inputs.areas.outlines
    rows = outlines[outlines["level"] == "community"]
    if not len(rows):
        return pd.Series(pd.NA, index=found.index, dtype="string")
    return locate(found.geometry, rows[["code", "geometry"]]).astype("string")


def _slope_percent(workspace: Workspace, found: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the slope of the ground; NaN where the workspace has no elevation model there."""
    dem = workspace.settings.get(HEIGHTS)
    xy = shapely.get_coordinates(places(found))
    if dem is None:
        return np.full(len(found), np.nan)
    west, south = xy.min(axis=0) - _TERRAIN_MARGIN_M
    east, north = xy.max(axis=0) + _TERRAIN_MARGIN_M
    ground = read_elevation(Path(str(dem)), str(found.crs), (west, south, east, north))
    column, row = (np.rint(at).astype(np.int64) for at in ground.at(xy))
    rows, columns = ground.height_m.shape
    inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
    degrees = ground.slope_degrees()[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
    return np.where(inside, 100 * np.tan(np.radians(degrees)), np.nan)


def _float(values: NDArray[np.float64]) -> pd.Series:
    return pd.Series(values).astype("Float64")
