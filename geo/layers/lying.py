"""Where rows lie that a file gives: twice in one place, outside the county, over one another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.crs import working_crs
from geo.faults import Severity
from geo.layers.findings import Findings, at_place
from geo.layers.overlaps import overlaps
from geo.schema import CODE_DIGITS
from geo.text import say

NEAR_BORDER_M: Final = 200.0
"""Boundaries are drawn no better than this: closer to the county counts as inside it."""
GUARD_ZONE_M: Final = 20_000.0
"""A facility farther from the county than this cannot matter to it."""
_SAME_PLACE_DECIMALS: Final = 5
"""Places whose degrees agree so far are one: about a metre."""


def check_places(
    findings: Findings, frame: gpd.GeoDataFrame, beside: Mapping[str, gpd.GeoDataFrame]
) -> None:
    """Record what breaks a rule about places.

    Parameters
    ----------
    findings
        Where faults are recorded.
    frame
        Rows of the layer in EPSG:4490; index 0..n-1.
    beside
        Layers that stand already, in EPSG:4490.
    """
    _duplicate_places(findings, frame)
    _outside(findings, frame, beside.get("county"))
    if findings.schema.name in CODE_DIGITS:
        _overlapping(findings, frame)


def _duplicate_places(findings: Findings, frame: gpd.GeoDataFrame) -> None:
    """Record the same name in the same place (within a metre): it counts people twice."""
    if findings.schema.unique or findings.schema.name in (
        *CODE_DIGITS,
        "street",
        "zone",
        "building",
    ):
        return
    bad = np.isin(findings.rows, list(findings.table.rows("error")))
    shapes = frame.geometry.to_numpy()
    xy = shapely.get_coordinates(shapely.centroid(shapes[~shapely.is_missing(shapes)]))
    places = pd.DataFrame(np.nan, index=frame.index, columns=["x", "y"])
    places.loc[~shapely.is_missing(shapes)] = np.round(xy, _SAME_PLACE_DECIMALS)
    what = "compound_id" if findings.schema.name == "gate" else "name"
    places["what"] = frame[what].astype(object)
    again = (places.duplicated() & places["x"].notna() & places["what"].notna()).to_numpy() & ~bad
    words = (
        say("与前面的行名称和位置都相同", "has the name and place of a row above"),
        say("请确认后删去重复的一行", "delete one of them"),
    )
    findings.mark(
        again, what, "error", "duplicate_place", words, found=frame[what].to_numpy(dtype=object)
    )


def _outside(findings: Findings, frame: gpd.GeoDataFrame, county: gpd.GeoDataFrame | None) -> None:
    """Record what lies outside the county; facilities of neighbours are welcome nearby."""
    if county is None or findings.schema.name in (*CODE_DIGITS, "street", "zone"):
        return
    distance = distance_m(frame, county)
    facility = findings.schema.facility
    limit_m = GUARD_ZONE_M if facility else NEAR_BORDER_M
    outside = np.nan_to_num(distance) > limit_m
    centres = shapely.centroid(frame.geometry.to_numpy())
    places = np.full(len(frame), "", dtype=object)
    for i in np.flatnonzero(outside):
        places[i] = at_place(centres[i].x, centres[i].y, away_m=distance[i])
    words = (
        say("位于本区县范围之外", "lies outside the county")
        if not facility
        else say("距本区县超过 20 公里", "lies over 20 km from the county"),
        say(
            "请核对坐标和 --datum；确属外县的请删去",
            "check the coordinates and --datum; delete rows of other counties",
        ),
    )
    severity: Severity = "warning" if facility else "error"
    findings.mark(outside, "geometry", severity, "outside_county", words, where_found=places)


def _overlapping(findings: Findings, frame: gpd.GeoDataFrame) -> None:
    """Record areas of one level that share ground; people there would count twice."""
    found = overlaps(frame)
    names = frame["name"].fillna("").to_numpy(dtype=object)
    for first, second, area_m2, share in zip(
        found.first, found.second, found.area_m2, found.share, strict=True
    ):
        where = np.zeros(len(frame), dtype=bool)
        where[second] = True
        row = int(findings.rows[first])
        words = (
            say(
                f"与第 {row} 行“{names[first]}”重叠 {area_m2:,.0f} ㎡（占较小者的 {share:.1%}）",
                f"overlaps row {row}, {names[first]!r}, by {area_m2:,.0f} m2 "
                f"({share:.1%} of the smaller)",
            ),
            say("请在地图上核对两者的界线", "check their common border on a map"),
        )
        findings.mark(where, "geometry", "warning", "areas_overlap", words)


def distance_m(frame: gpd.GeoDataFrame, county: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return how far outside the county each row's centre lies: (n,) metres, 0 inside."""
    area = county.geometry.union_all()
    crs = working_crs(area.centroid.x, area.centroid.y)
    metric = county.to_crs(crs).geometry.union_all()
    shapely.prepare(metric)
    centres = gpd.GeoSeries(shapely.centroid(frame.geometry.to_numpy()), crs=frame.crs).to_crs(crs)
    return np.asarray(shapely.distance(centres.to_numpy(), metric), dtype=np.float64)
