"""Small places to assess, a few rows a layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.assess import Assessment, Place, arrange, assess, rows
from geo.assess.linking import Walked
from geo.assess.reached import Reached, Walk
from geo.norms import Norms, shipped
from geo.schema import layers
from geo.store import conform

Rows = Sequence[Mapping[str, Any]]


def place_of(
    area: str, on: date, tables: Mapping[str, Rows], nearest: Sequence[float] = ()
) -> Place:
    """Return a place of one county, one township and one community unless told.

    ``nearest`` gives the walk from each estate to the nearest facility, NaN out of reach.
    """
    county = ((area or "11") + "0101")[:6]
    usual: dict[str, Rows] = {
        "county": [{"code": county}],
        "township": [{"code": f"{county}001"}],
        "community": [{"code": f"{county}001001"}],
    }
    frames = {
        name: _frame(name, table, f"{county}001001") for name, table in {**usual, **tables}.items()
    }
    reached = _reached(frames["compound"], f"{county}001001", nearest) if len(nearest) else None
    of = area if area and "county" in tables else county
    return arrange(frames, area=of, on=on, reached=reached)


def judged(place: Place, norm: str, norms: Norms | None = None) -> pd.DataFrame:
    """Return the verdicts of one norm, those on parts of a whole left out."""
    table = rows(assess(place, norms or shipped(), ids=[norm]))
    table = table[(table["norm"] == norm) & (table["role"] != "part")]
    return table.reset_index(drop=True)


def whole(result: Assessment) -> pd.DataFrame:
    """Return the verdicts on the place as a whole."""
    table = rows(result)
    return table[table["role"] == "whole"].reset_index(drop=True)


_DAYS = (
    "last_inspected",
    "registered",
    "approved",
    "installed",
    "plan_approved",
    "opened",
    "half_completed",
)
"""Columns of days of layers that no schema has."""


def _frame(layer: str, table: Rows, community: str) -> gpd.GeoDataFrame:
    known = layers().get(layer)
    columns = {c.name for c in known.columns} if known else set()
    filled = []
    for number, row in enumerate(table, start=1):
        made: dict[str, Any] = {}
        if "name" in columns:
            made["name"] = str(row.get("code", row.get("id", f"{layer}{number}")))
        if "id" in columns:
            made["id"] = f"{layer}{number}"
        if "community_code" in columns:
            made["community_code"] = community
        filled.append(made | {name: value for name, value in row.items() if name != "at"})
    shapes = [row.get("at", shapely.Point(0, 0)) for row in table]
    frame = gpd.GeoDataFrame(filled, geometry=shapes, crs="EPSG:4547")
    if known is None:
        days = [name for name in _DAYS if name in frame]
        return frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})
    for column in known.columns:
        if column.type == "date" and column.name in frame:
            frame[column.name] = pd.to_datetime(frame[column.name])
    return conform(frame, layer)


def _reached(compounds: gpd.GeoDataFrame, community: str, nearest: Sequence[float]) -> Reached:
    points = pd.DataFrame(
        {
            "id": compounds["id"].astype(object),
            "origin": "gate",
            "community_code": community,
            "township_code": community[:9],
            "county_code": community[:6],
            "elders": compounds["elders"].astype("Float64"),
            "children": compounds["children"].astype("Float64"),
            "population": compounds["population"].astype("Float64"),
            "households": compounds["households"].astype("Float64"),
            "nearest": np.asarray(nearest, float),
            "state": np.where(np.isnan(nearest), "over_limit", "reached"),
        }
    )
    at = np.flatnonzero(~np.isnan(nearest))
    pairs = Walked(at, np.zeros(len(at), np.int64), np.asarray(nearest, float)[at])
    return Reached(lambda *_: Walk(points, pairs), compounds["id"].to_numpy(object), {})
