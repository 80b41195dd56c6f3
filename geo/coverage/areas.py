"""Add up who is reached, community by community, township by township, for the county and all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demand import WEIGHTS, Places
from geo.demand.units import in_force, units
from geo.schema import LEVELS, Level
from geo.schema.results import headings
from geo.text import say

_ELDER_COLUMNS = ("basis", "age_from", "elders_year")
"""What says which elders a point counts; the last only where they are projected."""

POINTS = "points"
"""The weight that counts demand points themselves."""


@dataclass(frozen=True, slots=True)
class Areas:
    """Names of the areas of each level on a day, and the area the plan is for."""

    communities: pd.DataFrame
    """``community``, ``township``, ``county``: the codes of each community and of those above."""
    names: Mapping[str, Mapping[str, str]]
    """Name of each code, by level."""
    own: shapely.Geometry | None
    """The counties, or all communities together; None without boundaries."""
    outlines: gpd.GeoDataFrame
    """``level``, ``code`` and the outline of every area."""


def areas_of(places: Places, on: date) -> Areas:
    """Arrange the area layers in force on a day."""
    known = units(places.community, places.township, on)
    names: dict[str, dict[str, str]] = {
        "community": dict(zip(known.code, known.name, strict=True)),
        "township": _names(places.township, on),
        "county": _names(places.county, on),
    }
    outline: list[shapely.Geometry] = []
    if places.county is not None and len(places.county):
        outline = list(in_force(places.county, on).geometry)
    outline = outline or list(known.polygon)
    drawn = [
        in_force(layer, on)[["code", "geometry"]].assign(level=level)
        for level in LEVELS
        if (layer := getattr(places, level)) is not None
    ]
    nothing = gpd.GeoDataFrame({"code": [], "level": []}, geometry=[], crs=places.crs)
    return Areas(
        communities=pd.DataFrame(
            {
                "community": known.code,
                "township": known.township_code,
                "county": known.county_code,
            }
        ),
        names=names,
        own=shapely.union_all(outline) if outline else None,
        outlines=pd.concat(drawn or [nothing], ignore_index=True)[["level", "code", "geometry"]],
    )


def area_table(
    points: gpd.GeoDataFrame,
    classes: Mapping[str, NDArray[np.bool_]],
    areas: Areas,
    *,
    minutes: tuple[float, ...],
) -> pd.DataFrame:
    """Return one row for every level, area and weight, and one for all together.

    Parameters
    ----------
    points
        Demand points.
    classes
        Which points each number counts: ``covered_15_min``, ``surely`` and so on, (n,) each.
    areas
        Names and the communities that must have a row even without demand points.
    minutes
        Limits, for the shares.
    """
    groups = [_group(level, points, areas) for level in (None, *LEVELS)]
    tables = [
        _weight_table(weight, points, classes, groups, areas) for weight in (*WEIGHTS, POINTS)
    ]
    table = pd.concat(tables, ignore_index=True)
    for limit in minutes:
        share = table[f"covered_{limit:g}_min"] / table["total"].where(table["total"] > 0)
        table[f"covered_{limit:g}_min_share"] = share.astype("Float64")
    level_rank = table["level"].map({"all": 0, "county": 1, "township": 2, "community": 3})
    weight_rank = table["weight"].map({w: i for i, w in enumerate((*WEIGHTS, POINTS))})
    ordered = table.assign(_level=level_rank, _weight=weight_rank).sort_values(
        ["_level", "code", "_weight"], kind="stable"
    )
    return ordered.reset_index(drop=True)[list(headings("coverage_areas", minutes))]


def denominator(weight: str, points: pd.DataFrame) -> str:
    """Say whom a share is a share of, with the basis and age of elders.

    Examples
    --------
    >>> denominator("elders", pd.DataFrame({"basis": ["resident"], "age_from": [60]}))
    '老年人（人，常住，60 岁及以上）'
    """
    match weight:
        case "elders":
            return _elders(points)
        case "children":
            return say("未满 18 周岁儿童（人）", "children under 18")
        case "households":
            return say("户", "households")
        case "population":
            return say("人口（人）", "people")
        case _:
            return say("需求点（个）", "demand points")


def known_people(points: pd.DataFrame, weight: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return whole people of each point, 0 where unknown, and where they are known."""
    if weight == POINTS:
        return np.ones(len(points), np.int64), np.ones(len(points), bool)
    column = points[weight]
    return column.fillna(0).to_numpy(np.int64), column.notna().to_numpy(bool)


def _elders(points: pd.DataFrame) -> str:
    bases = set(points["basis"].dropna())
    ages = set(points["age_from"].dropna())
    if len(bases) > 1 or len(ages) > 1:
        return say("老年人（人，口径不一）", "elders (bases mixed)")
    basis = next(iter(bases), "")
    age = next(iter(ages), None)
    year = set(points["elders_year"]) if "elders_year" in points else set()
    year_zh, year_en = (
        (f"，{min(year)} 年推算", f", projected to {min(year)}") if year else ("", "")
    )
    age_en = f"{age}+" if age else "age not stated"
    basis_zh = {"registered": "户籍", "resident": "常住"}.get(basis, "口径未注明")
    age_zh = f"{age} 岁及以上" if age else "起始年龄未注明"
    return say(
        f"老年人（人，{basis_zh}，{age_zh}{year_zh}）",
        f"elders ({basis or 'basis not stated'}, {age_en}{year_en})",
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """The areas of one level, or all as one, and the area of every demand point."""

    level: Level | None
    codes: NDArray[np.object_]
    """(n_area,) ascending; "" for points outside all communities."""
    of_point: NDArray[np.int64]
    """(n_point,) position of each point's area."""
    denominators: list[str]
    """(n_area,) that of elders, which depends on the area."""

    def __len__(self) -> int:
        return len(self.codes)


def _group(level: Level | None, points: gpd.GeoDataFrame, areas: Areas) -> _Group:
    if level is None:
        of_point = np.zeros(len(points), np.int64)
        return _Group(None, np.array([""], object), of_point, [denominator("elders", points)])
    listed = areas.communities[level].astype("string")
    values = pd.concat([points[f"{level}_code"].astype("string").fillna(""), listed])
    position, codes = pd.factorize(values, sort=True)
    of_point = np.asarray(position[: len(points)], np.int64)
    counted = [name for name in _ELDER_COLUMNS if name in points]
    bases = points[counted].assign(at=of_point).drop_duplicates()
    by_area = dict(list(bases.groupby("at")))
    nothing = bases.iloc[:0]
    denominators = [denominator("elders", by_area.get(at, nothing)) for at in range(len(codes))]
    return _Group(level, np.asarray(codes, object), of_point, denominators)


def _weight_table(
    weight: str,
    points: gpd.GeoDataFrame,
    classes: Mapping[str, NDArray[np.bool_]],
    groups: list[_Group],
    areas: Areas,
) -> pd.DataFrame:
    people, known = known_people(points, weight)
    by_community = groups[-1]
    blank = _blank_communities(weight, by_community, known, areas)
    tables = []
    for group in groups:
        length = len(group)
        some = np.bincount(group.of_point, known, minlength=length) > 0
        unknown = ~(some | (weight == POINTS))
        masks = {"total": known} | {name: known & mask for name, mask in classes.items()}
        counted = {
            name: np.bincount(group.of_point[mask], people[mask], minlength=length)
            for name, mask in masks.items()
        }
        names = areas.names.get(group.level, {}) if group.level else {"": say("合计", "all")}
        plain = [denominator(weight, points)] * length
        tables.append(
            pd.DataFrame(
                {
                    "level": group.level or "all",
                    "code": group.codes,
                    "name": [_name(code, names) for code in group.codes],
                    "weight": weight,
                    "denominator": group.denominators if weight == "elders" else plain,
                    "points_unknown": np.bincount(group.of_point[~known], minlength=length),
                    "communities_unknown": _blanks_in(group, blank, areas),
                    **{
                        name: pd.arrays.IntegerArray(number.astype(np.int64), unknown.copy())
                        for name, number in counted.items()
                    },
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def _blank_communities(
    weight: str, by_community: _Group, known: NDArray[np.bool_], areas: Areas
) -> pd.Series:
    """Return the communities of which something is unknown: a point's figure, or all of it."""
    listed = areas.communities["community"]
    if weight == POINTS:
        return listed.iloc[:0]
    length = len(by_community)
    bare = np.bincount(by_community.of_point, minlength=length) == 0
    holed = np.bincount(by_community.of_point[~known], minlength=length) > 0
    return listed[listed.isin(by_community.codes[bare | holed])]


def _blanks_in(group: _Group, blank: pd.Series, areas: Areas) -> NDArray[np.int64]:
    if group.level is None:
        return np.array([len(blank)], np.int64)
    owners = areas.communities.loc[blank.index, group.level]
    counts = owners.value_counts().reindex(group.codes).fillna(0)
    return np.asarray(counts, np.int64)


def _name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code) or code or say("（不在任何村居内）", "(no community)")


def _names(layer: gpd.GeoDataFrame | None, on: date) -> dict[str, str]:
    if layer is None:
        return {}
    frame = in_force(layer, on)
    names = frame["name"].astype("string").fillna(frame["code"])
    return dict(zip(frame["code"].astype(str), names.astype(str), strict=True))
