"""Whether units lie in their parents and tile the county."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.checks.naming import listed, whole
from geo.faults import Fault
from geo.layers.overlaps import gaps, overlaps, pieces_m
from geo.schema import CODE_DIGITS, layer
from geo.text import say

Frames = Mapping[str, gpd.GeoDataFrame]

LEAST_INSIDE_SHARE: Final = 0.99
"""A community this much inside its township is inside: borders are drawn separately."""


def check_parents(frames: Frames) -> list[Fault]:
    """Return the units whose parent is missing or does not contain them."""
    found = []
    for name in ("township", "community"):
        parent = layer(name).parent
        if name not in frames or parent is None or parent not in frames:
            continue
        units, above = frames[name], frames[parent]
        codes = units["parent_code"].fillna(units["code"].str[: CODE_DIGITS[parent]])
        unknown = ~codes.isin(above["code"])
        if unknown.any():
            words = (
                say(
                    f"上级单位不在{layer(parent).label}层中：{listed(units['code'][unknown])}",
                    f"units whose parent layer {parent!r} lacks: {listed(units['code'][unknown])}",
                ),
                say("请核对上级代码，或补全上级单位", "check the parent codes"),
            )
            found.append(whole(name, "parent_code", "error", "unit_unknown", words))
        found += _straying(name, units[~unknown], codes[~unknown], above)
    return found


def _straying(
    name: str, units: gpd.GeoDataFrame, parents: pd.Series, above: gpd.GeoDataFrame
) -> list[Fault]:
    if not len(units):
        return []
    outer = above.drop_duplicates("code").set_index("code").geometry.to_crs(str(units.crs))
    around = np.asarray(outer.reindex(parents), dtype=object)
    own = units.geometry.to_numpy()
    area = shapely.area(pieces_m(own, units))
    out_m2 = shapely.area(pieces_m(shapely.difference(own, around), units))
    stray = (area > 0) & (out_m2 > (1 - LEAST_INSIDE_SHARE) * area)
    lines = [
        say(f"{code}（{m2:,.0f} ㎡）", f"{code} ({m2:,.0f} m2)")
        for code, m2 in zip(units["code"][stray], out_m2[stray], strict=True)
    ]
    if not lines:
        return []
    words = (
        say(
            f"有部分在上级单位之外：{listed(lines)}",
            f"units partly outside their parent: {listed(lines)}",
        ),
        say("请核对界线或上级代码", "check the border or the parent code"),
    )
    return [whole(name, "geometry", "warning", "outside_parent", words)]


def check_tiling(frames: Frames) -> list[Fault]:
    """Return where communities overlap or leave ground out: together they tile the county."""
    if "community" not in frames or not len(frames["community"]):
        return []
    units = frames["community"]
    found = []
    shared = overlaps(units)
    if len(shared.first):
        codes = units["code"].to_numpy(dtype=object)
        order = np.argsort(-shared.area_m2, kind="stable")
        pairs = [
            say(
                f"{first} 与 {second}（{m2:,.0f} ㎡）",
                f"{first} and {second} ({m2:,.0f} m2)",
            )
            for first, second, m2 in zip(
                codes[shared.first[order]],
                codes[shared.second[order]],
                shared.area_m2[order],
                strict=True,
            )
        ]
        words = (
            say(
                f"社区相互重叠 {len(pairs)} 处，共 {shared.area_m2.sum():,.0f} ㎡："
                f"{listed(pairs)}",
                f"communities overlap in {len(pairs)} places, {shared.area_m2.sum():,.0f} m2: "
                f"{listed(pairs)}",
            ),
            say("重叠处的人会算给代码较小的社区；请核对界线",
                "people there count for the lower code; check the borders"),
        )  # fmt: skip
        found.append(whole("community", "geometry", "warning", "areas_overlap", words))
    county = frames.get("county")
    empty = gaps(units, county if county is not None and len(county) else None)
    if len(empty.area_m2):
        places = [
            say(f"{lon:.5f}，{lat:.5f}（{m2:,.0f} ㎡）", f"{lon:.5f}, {lat:.5f} ({m2:,.0f} m2)")
            for (lon, lat), m2 in zip(empty.lonlat, empty.area_m2, strict=True)
        ]
        words = (
            say(
                f"有 {len(places)} 处空白不属于任何社区，共 {empty.area_m2.sum():,.0f} ㎡："
                f"{listed(places)}",
                f"{len(places)} gaps belong to no community, {empty.area_m2.sum():,.0f} m2: "
                f"{listed(places)}",
            ),
            say(
                "空白处的小区不会计入任何社区；请补全界线", "compounds there count for no community"
            ),
        )
        found.append(whole("community", "geometry", "warning", "areas_gap", words))
    return found
