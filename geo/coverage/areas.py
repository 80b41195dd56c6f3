"""Add up who is reached, community by community, township by township, for the county and all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.demand import WEIGHTS, Places
from geo.demand.units import in_force, units
from geo.schema import Weight
from geo.text import say

Level = Literal["county", "township", "community"]
LEVELS: tuple[Level, ...] = ("county", "township", "community")

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
    codes: dict[Level, NDArray[np.object_]] = {
        level: points[f"{level}_code"].astype("string").fillna("").to_numpy(object)
        for level in LEVELS
    }
    tables = [_weight_table(weight, points, classes, codes, areas) for weight in (*WEIGHTS, POINTS)]
    table = pd.concat(tables, ignore_index=True)
    for limit in minutes:
        share = table[f"covered_{limit:g}_min"] / table["total"].where(table["total"] > 0)
        table[f"share_{limit:g}_min"] = share.astype("Float64")
    level_rank = table["level"].map({"all": 0, "county": 1, "township": 2, "community": 3})
    weight_rank = table["weight"].map({w: i for i, w in enumerate((*WEIGHTS, POINTS))})
    ordered = table.assign(_level=level_rank, _weight=weight_rank).sort_values(
        ["_level", "code", "_weight"], kind="stable"
    )
    fixed = ["level", "code", "name", "weight", "denominator", "total"]
    unknown = ["points_unknown", "communities_unknown"]
    counted = [f"{word}_{limit:g}_min" for limit in minutes for word in ("covered", "share")]
    certain = ["surely", "depends", "surely_not"]
    return ordered[fixed + unknown + counted + certain].reset_index(drop=True)


def denominator(weight: str, points: pd.DataFrame) -> str:
    """Say whom a share is a share of, with the basis and age of elders.

    Examples
    --------
    >>> denominator("elders", pd.DataFrame({"basis": ["resident"], "age_from": [60]}))
    '常住 60 岁及以上老年人（人）'
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
    mixed_zh, mixed_en = "（口径不一）", " (bases mixed)"
    if len(bases) > 1 or len(ages) > 1:
        return say(f"老年人{mixed_zh}", f"elders{mixed_en}")
    basis_zh = {"registered": "户籍", "resident": "常住"}.get(next(iter(bases), ""), "口径未注明的")
    basis_en = next(iter(bases), "basis not stated")
    age = next(iter(ages), None)
    age_zh = f" {age} 岁及以上" if age else "（起始年龄未注明）"
    age_en = f"{age}+" if age else "age not stated"
    return say(f"{basis_zh}{age_zh}老年人（人）", f"elders ({basis_en}, {age_en})")


def _weight_table(
    weight: Weight | str,
    points: gpd.GeoDataFrame,
    classes: Mapping[str, NDArray[np.bool_]],
    codes: Mapping[Level, NDArray[np.object_]],
    areas: Areas,
) -> pd.DataFrame:
    people, known = known_people(points, weight)
    blank = _blank_communities(weight, codes["community"], known, areas)
    rows = []
    for level in (None, *LEVELS):
        of_point = codes[level] if level else np.full(len(points), "", dtype=object)
        listed = areas.communities[level] if level else pd.Series([""])
        keys = np.unique(np.concatenate([of_point, listed.to_numpy(object)]).astype(str))
        at = np.searchsorted(keys, of_point.astype(str))

        def count(
            mask: NDArray[np.bool_],
            at: NDArray[np.int64] = at,
            length: int = len(keys),
            people: NDArray[np.int64] = people,
        ) -> NDArray[np.int64]:
            return np.bincount(at[mask], people[mask], minlength=length).astype(np.int64)

        some = np.bincount(at, known, minlength=len(keys)) > 0
        if weight == POINTS:
            some = np.ones(len(keys), bool)
        counted = {"total": count(known)} | {
            name: count(known & mask) for name, mask in classes.items()
        }
        name = areas.names.get(level, {}) if level else {"": say("合计", "all")}
        rows.append(
            pd.DataFrame(
                {
                    "level": level or "all",
                    "code": keys,
                    "name": [_name(key, name) for key in keys],
                    "weight": weight,
                    "denominator": _denominators(weight, points, at, len(keys)),
                    "points_unknown": np.bincount(at, ~known, minlength=len(keys)).astype(int),
                    "communities_unknown": _blanks_in(level, keys, blank, areas),
                    **{
                        column: pd.array(values, dtype="Int64")
                        for column, values in counted.items()
                    },
                }
            )
        )
        numbers = list(counted)
        rows[-1].loc[~some, numbers] = pd.NA
    return pd.concat(rows, ignore_index=True)


def _denominators(
    weight: str, points: pd.DataFrame, at: NDArray[np.int64], length: int
) -> list[str]:
    """Name the denominator of each area; only that of elders depends on the area."""
    if weight != "elders":
        return [denominator(weight, points)] * length
    bases = points[["basis", "age_from"]].assign(at=at).drop_duplicates()
    by_area = dict(list(bases.groupby("at")))
    nothing = bases.iloc[:0]
    return [denominator(weight, by_area.get(area, nothing)) for area in range(length)]


def _blank_communities(
    weight: str, community: NDArray[np.object_], known: NDArray[np.bool_], areas: Areas
) -> NDArray[np.object_]:
    """Return the communities of which something is unknown: a point's figure, or all of it."""
    listed = areas.communities["community"].to_numpy(object)
    if weight == POINTS:
        return np.empty(0, dtype=object)
    bare = np.setdiff1d(listed.astype(str), community.astype(str))
    holed = np.intersect1d(community[~known].astype(str), listed.astype(str))
    return np.union1d(bare, holed).astype(object)


def _blanks_in(
    level: Level | None, keys: NDArray[np.str_], blank: NDArray[np.object_], areas: Areas
) -> NDArray[np.int64]:
    if level is None:
        return np.array([len(blank)], np.int64)
    above = areas.communities.set_index("community")[level] if level != "community" else None
    owners = pd.Series(blank) if above is None else above.reindex(blank)
    counts = owners.value_counts()
    return np.asarray(counts.reindex(keys.astype(object)).fillna(0), np.int64)


def _name(code: str, names: Mapping[str, str]) -> str:
    return names.get(code) or code or say("（不在任何村居内）", "(no community)")


def _names(layer: gpd.GeoDataFrame | None, on: date) -> dict[str, str]:
    if layer is None:
        return {}
    frame = in_force(layer, on)
    names = frame["name"].astype("string").fillna(frame["code"])
    return dict(zip(frame["code"].astype(str), names.astype(str), strict=True))
