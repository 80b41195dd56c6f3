"""The map of where burial may be: classes of ground, zones, best areas, sites, villages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.maps.encode import STEPS_A_DEGREE, Grid, in_degrees
from geo.maps.offline import offline_page
from geo.maps.words import sources_line
from geo.schema import FacilityType
from geo.schema.results import headings, result_columns
from geo.store.styles import ZONE_COLOURS
from geo.text import say

CLASS_COLOURS: Final = {
    "high": "#1a7837",
    "suitable": "#7fbf7b",
    "marginal": "#f2df91",
    "unsuitable": "#d8a05f",
    "excluded": "#c4c4c4",
    "unknown": "#ffffff",
}
"""From the best ground to none at all; told apart by lightness as well."""
FINDINGS: Final = ("breaks", "unknown", "keeps")

_MARGIN_SHARE = 0.03


def suitability_map(
    tables: Mapping[str, gpd.GeoDataFrame],
    zones: gpd.GeoDataFrame,
    *,
    kind: FacilityType,
    title: str,
    headline: str,
    notes: Sequence[str],
    sources: Sequence[str],
    simulated: bool,
) -> str:
    """Draw an answer as one self-contained HTML page that opens with the network off.

    Parameters
    ----------
    tables
        ``suitability_cells``, ``suitability_areas``, ``suitability_sites`` and
        ``suitability_villages`` of `geo.schema.results`, in the words people read.
    zones
        The zones kept clear of.
    kind
        The facility type, for its mark.
    title, headline, notes
        What stands above and below the map.
    sources
        Where the rows come from.
    simulated
        Whether any row is invented.

    Returns
    -------
    str
        The page, to be written as UTF-8.
    """
    drawn = {name: in_degrees(frame) for name, frame in tables.items()}
    ground, around = drawn["suitability_cells"], in_degrees(zones)
    low, high = ground.total_bounds[:2], ground.total_bounds[2:]
    margin = _MARGIN_SHARE * (high - low)
    grid = Grid.around((*(low - margin).tolist(), *(high + margin).tolist()))
    words = _words(kind)
    payload = {
        "words": words,
        "title": title,
        "headline": headline,
        "notes": [*notes, sources_line(sources)],
        "simulated": simulated,
        "grid": [grid.west, grid.south, STEPS_A_DEGREE],
        "bounds": [[low[1], low[0]], [high[1], high[0]]],
        "mark": [kind.symbol, kind.colour],
        "findings": [_choice("suitability_sites", "finding")[name] for name in FINDINGS],
        "classes": _classes(ground, grid),
        "zones": _zones(around, grid, shapely.box(*(low - margin), *(high + margin))),
        "villages": _villages(drawn["suitability_villages"], grid),
        "best": _best(drawn["suitability_areas"], grid),
        "sites": _sites(drawn["suitability_sites"], grid),
    }
    groups = {
        "classes": (words["classes"], True),
        "zones": (words["zones"], True),
        "villages": (words["villages"], False),
        "best": (words["best"], True),
        "sites": (words["sites"], True),
    }
    return offline_page(
        payload,
        title=title,
        groups=groups,
        draw="drawSuitabilityMap",
        script="page/suitability.js",
    )


def _choice(table: str, column: str) -> dict[str, str]:
    """Return the words of a choice column."""
    found = next(one for one in result_columns(table) if one.name == column)
    return found.values  # noqa: PD011 - the names of its choices


def _classes(frame: gpd.GeoDataFrame, grid: Grid) -> list[list[Any]]:
    """Return label, colour, note and polygons of every class."""
    key = {label: name for name, label in _choice("suitability_cells", "class").items()}
    return [
        [
            row["class"],
            CLASS_COLOURS[key[row["class"]]],
            f"{row['area_m2'] / 1e6:,.2f} km²，{row['area_share']:.1%}",
            grid.polygons(row["geometry"]),
        ]
        for row in frame.to_dict("records")
    ]


def _zones(frame: gpd.GeoDataFrame, grid: Grid, within: shapely.Geometry) -> list[list[Any]]:
    """Return kind, name, colour, polygons and lines of every zone."""
    labels = _choice("suitability_rules", "kind")
    kept = frame[frame.intersects(within)]
    shapes = shapely.intersection(kept.geometry.to_numpy(), within)
    found = []
    for kind, name, shape in zip(kept["kind"], kept["name"], shapes, strict=True):
        parts = shapely.get_parts(shape)
        lines = [grid.line(shapely.get_coordinates(one)) for one in parts if _is_line(one)]
        found.append(
            [
                labels.get(str(kind), str(kind)),
                "" if pd.isna(name) else str(name),
                ZONE_COLOURS.get(str(kind), ZONE_COLOURS["other"]),
                grid.polygons(shape),
                [line for line in lines if line],
            ]
        )
    return found


def _is_line(shape: shapely.Geometry) -> bool:
    return int(shapely.get_dimensions(shape)) == 1


def _villages(frame: gpd.GeoDataFrame, grid: Grid) -> list[list[Any]]:
    """Return name, whether it comes first, notes and polygons of every village."""
    names = headings("suitability_villages")
    return [
        [
            str(row["name"]),
            bool(row["priority"]),
            _lines(row, names, ("zones", "population", "needed", "place_name", "distance_m")),
            grid.polygons(row["geometry"]),
        ]
        for row in frame.to_dict("records")
    ]


def _best(frame: gpd.GeoDataFrame, grid: Grid) -> list[list[Any]]:
    """Return rank, place, notes and polygons of every area recommended."""
    names = headings("suitability_areas")
    at = grid.steps(frame[["lon", "lat"]].to_numpy(np.float64)).tolist()
    shown = ("score", "area_m2", "places", "top_share", "unsettled_share", "lon", "lat")
    return [
        [int(row["rank"]), *place, _lines(row, names, shown), grid.polygons(row["geometry"])]
        for row, place in zip(frame.to_dict("records"), at, strict=True)
    ]


def _sites(frame: gpd.GeoDataFrame, grid: Grid) -> list[list[Any]]:
    """Return name, worst finding, place and one note a rule of every existing site."""
    label = _choice("suitability_sites", "finding")
    found = []
    for _, rows in frame.groupby("id", sort=False):
        first = rows.iloc[0]
        firm = rows[rows["binding"].fillna(value=False)]
        held = set(firm["finding"])
        worst = next((at for at, name in enumerate(FINDINGS) if label[name] in held), 1)
        middle = shapely.point_on_surface(first["geometry"])
        (place,) = grid.steps(shapely.get_coordinates(middle)).tolist()
        found.append(
            [str(first["name"]), worst, *place, [_rule(row) for _, row in rows.iterrows()]]
        )
    return found


def _rule(row: pd.Series[Any]) -> str:
    """Return what one rule says of a site, in one line."""
    parts = [f"{row['finding']}：{row['kind']}（{row['method']}）"]
    if not pd.isna(row["zone_name"]):
        parts.append(str(row["zone_name"]))
    if not pd.isna(row["distance_m"]):
        parts.append(say(f"{row['distance_m']:,.0f} 米", f"{row['distance_m']:,.0f} m"))
    if not pd.isna(row["short_m"]):
        parts.append(say(f"差 {row['short_m']:,.0f} 米", f"{row['short_m']:,.0f} m short"))
    if row["lacks"]:
        parts.append(say(f"缺资料：{row['lacks']}", f"missing: {row['lacks']}"))
    return say("，", ", ").join(parts)


def _lines(row: Mapping[Any, Any], names: Mapping[str, str], shown: Sequence[str]) -> list[str]:
    """Return heading and value of some cells, those that are empty left out."""
    return [
        f"{names[name]}{say('：', ': ')}{_amount(name, row[name])}"
        for name in shown
        if not pd.isna(row[name]) and row[name] != ""
    ]


def _amount(name: str, value: Any) -> str:  # noqa: ANN401 - a cell
    if isinstance(value, str):
        return value
    if name.endswith("_share"):
        return f"{value:.1%}"
    if name in ("lon", "lat"):
        return f"{value:.6f}"
    return f"{value:,.1f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def _words(kind: FacilityType) -> dict[str, str]:
    """Return the fixed words of the page, by the name `page/suitability.js` knows them by."""
    return {
        "sketch": say("示意图", "sketch map"),
        "simulated": say("含模拟数据", "contains simulated data"),
        "legend": say("图例", "Legend"),
        "north": say("北", "N"),
        "map": say("适宜性图", "Map of suitability"),
        "classes": say("适宜性等级", "Suitability"),
        "zones": say("管控区域", "Zones"),
        "villages": say("村", "Villages"),
        "first": say("优先的村", "village that comes first"),
        "later": say("其他村", "other village"),
        "best": say("推荐地块", "Best areas"),
        "area": say("推荐地块", "area"),
        "rank": say("推荐地块（数字为名次）", "best area (number = rank)"),
        "sites": say(f"现有{kind.zh}", f"{kind.en}, existing"),
        "zoomIn": say("放大", "Zoom in"),
        "zoomOut": say("缩小", "Zoom out"),
        "wholeMap": say("全图", "Whole map"),
    }
