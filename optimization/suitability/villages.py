"""Which villages come first because their land meets the zones, and where each finds its places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demand.units import numbers, texts
from optimization.suitability.assignment import Assigned, assign
from optimization.suitability.capacity import Formula
from optimization.suitability.exclusion import zones_of
from optimization.suitability.zonesets import Clearance


@dataclass(frozen=True, slots=True)
class Villages:
    """Every village with its burial place."""

    table: gpd.GeoDataFrame
    """``code name township_code priority zones population deaths_permille needed place place_name
    distance_m`` and the village's land."""
    assigned: Assigned | None
    """None where the needs of no village are known."""


def villages_of(community: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the villages, or all communities where none is marked as a village."""
    kind = texts(community, "kind") == "village"
    return community[kind if kind.any() else np.ones(len(community), bool)].reset_index(drop=True)


def touching(
    shapes: NDArray[np.object_], clearances: Sequence[Clearance], zones: gpd.GeoDataFrame
) -> list[list[str]]:
    """Return the kinds of zones that the land of each village meets."""
    met: list[list[str]] = [[] for _ in shapes]
    for kind in dict.fromkeys(clearance.kind for clearance in clearances):
        own = zones.geometry.to_numpy()[zones_of(zones, kind)]
        hit = np.unique(shapely.STRtree(shapes).query(own, predicate="intersects")[1])
        for village in hit:
            met[village].append(kind)
    return met


def give_places(
    villages: gpd.GeoDataFrame,
    met: list[list[str]],
    places: pd.DataFrame,
    use: Formula,
    *,
    deaths_permille: float | None,
    farthest_m: float,
) -> Villages:
    """Return where each village finds its burial places; those that meet the zones come first.

    Parameters
    ----------
    villages
        Villages with their land, population and deaths.
    met
        The zones each of them meets.
    places
        ``id name geometry places``: existing places and new areas; those of unknown size are left
        out.
    use
        How many places people need.
    deaths_permille
        Deaths a year of a thousand people, for villages that state none.
    farthest_m
        No village goes farther, in a straight line.
    """
    people = numbers(villages, "population")
    deaths = numbers(villages, "deaths_permille")
    if deaths_permille is not None:
        deaths = np.where(np.isnan(deaths), deaths_permille, deaths)
    needed = use.needed(people, deaths)
    first = np.array([bool(kinds) for kinds in met], bool)
    table = pd.DataFrame(
        {
            "code": villages["code"].astype("string"),
            "name": villages["name"].astype("string"),
            "township_code": villages["code"].astype("string").str[:9],
            "priority": first,
            "zones": pd.array([";".join(kinds) for kinds in met], dtype="string"),
            "population": pd.array(people, dtype="Float64").astype("Int64"),
            "deaths_permille": deaths,
            "needed": pd.array(needed, dtype="Float64").astype("Int64"),
        }
    )
    open_ = places[places["places"].notna()].reset_index(drop=True)
    known = ~np.isnan(needed)
    middle = shapely.point_on_surface(villages.geometry.to_numpy())
    at = np.full(len(villages), -1, np.int64)
    away_m = np.full(len(villages), np.nan)
    assigned = None
    if known.any():
        targets = np.asarray(open_["geometry"].to_numpy(), object)
        apart_m = shapely.distance(middle[known][:, None], targets[None, :])
        apart_m = apart_m.reshape(int(known.sum()), len(open_)).astype(np.float64)
        assigned = assign(
            needed[known],
            first[known],
            open_["places"].to_numpy(np.float64),
            apart_m,
            farthest_m=farthest_m,
        )
        at[known] = assigned.place
        rows = np.flatnonzero(at >= 0)
        own = np.flatnonzero(known)
        away_m[rows] = apart_m[np.searchsorted(own, rows), at[rows]]
    names = [None if i < 0 else open_["name"].iloc[i] for i in at]
    ids = [None if i < 0 else open_["id"].iloc[i] for i in at]
    table = table.assign(
        place=pd.array(ids, dtype="string"),
        place_name=pd.array(names, dtype="string"),
        distance_m=np.round(away_m, 0),
    )
    order = np.lexsort((table["code"].to_numpy(object), ~first))
    frame = gpd.GeoDataFrame(table, geometry=villages.geometry.to_numpy(), crs=villages.crs)
    return Villages(frame.iloc[order].reset_index(drop=True), assigned)
