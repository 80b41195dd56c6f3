"""Whether people add up: compounds to their community, communities to townships and the county."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.boundaries import hierarchy, locate
from geo.checks.naming import listed
from geo.faults import Fault
from geo.schema import CODE_DIGITS, layer
from geo.text import say

Frames = Mapping[str, gpd.GeoDataFrame]

WEIGHTS: Final = ("population", "households", "elders", "children")
TOLERANCE_SHARE: Final = 0.005
"""Published totals are rounded: a difference below this is not reported."""
COMPOUND_TOLERANCE_SHARE: Final = 0.05
"""Compounds are surveyed apart from the register, so a community may differ by this much."""


def check_totals(frames: Frames) -> list[Fault]:
    """Return the totals that are not the sums of their parts, and bases that are mixed.

    Parameters
    ----------
    frames
        Layers by name in EPSG:4490.
    """
    return [*_bases(frames), *_units(frames), *_compounds(frames)]


def _bases(frames: Frames) -> list[Fault]:
    found = []
    for column, code in (("elders_basis", "basis_mixed"), ("elders_age_from", "age_mixed")):
        seen: dict[str, set[str]] = {}
        for name in ("county", "township", "community", "compound"):
            if name in frames:
                stated = frames[name].loc[frames[name]["elders"].notna(), column].dropna()
                if len(stated):
                    seen[name] = {str(value) for value in stated}
        values = set().union(*seen.values()) if seen else set()
        if len(values) > 1:
            shown_zh = "；".join(f"{layer(n).zh}：{'、'.join(sorted(v))}" for n, v in seen.items())
            shown_en = "; ".join(f"{n}: {', '.join(sorted(v))}" for n, v in seen.items())
            label = layer("community")[column]
            words = (
                say(
                    f"“{label.label_zh}”不一致（{shown_zh}），老年人数不能相加或相比",
                    f"{label.label_en} is mixed ({shown_en}); elders cannot be added or compared",
                ),
                say("请统一为户籍或常住、60 或 65 岁", "use one basis and one age throughout"),
            )
            found.append(Fault(next(iter(seen)), None, column, "warning", code, *words))
    return found


def _units(frames: Frames) -> list[Fault]:
    """Compare townships with their communities, and the county with its townships."""
    if "community" not in frames or not len(frames["community"]):
        return []
    found = []
    tree = hierarchy(frames).set_index("community_code")
    if "township" in frames:
        above = frames["community"]["code"].map(tree["township_code"])
        found += _compare(frames["township"], frames["community"], above, "township", "community")
    if "county" in frames:
        name = "township" if "township" in frames else "community"
        if name == "township":
            parts = frames[name]
            above = parts["parent_code"].fillna(parts["code"].str[: CODE_DIGITS["county"]])
        else:
            parts = frames[name]
            above = parts["code"].map(tree["county_code"])
        found += _compare(frames["county"], parts, above, "county", name)
    return found


def _compounds(frames: Frames) -> list[Fault]:
    """Compare communities with their compounds, where every compound says its number."""
    units, compounds = frames.get("community"), frames.get("compound")
    if units is None or compounds is None or not len(units) or not len(compounds):
        return []
    above = compounds["community_code"].fillna(locate(compounds, units))
    return _compare(
        units, compounds, above, "community", "compound", tolerance=COMPOUND_TOLERANCE_SHARE
    )


def _compare(
    wholes: gpd.GeoDataFrame,
    parts: gpd.GeoDataFrame,
    above: pd.Series,
    whole: str,
    part: str,
    *,
    tolerance: float = TOLERANCE_SHARE,
) -> list[Fault]:
    """Compare the totals of one level with the sums of the level below, unit by unit.

    A unit is compared only when it states a number and every one of its parts does.
    """
    found = []
    for weight in WEIGHTS:
        grouped = parts[weight].groupby(above)
        complete = grouped.count() == grouped.size()
        sums = grouped.sum()[complete]
        stated = wholes.drop_duplicates("code").set_index("code")[weight].dropna()
        both = stated.index.intersection(sums.index)
        if not len(both):
            continue
        total = stated.loc[both].to_numpy(dtype=np.float64)
        added = sums.loc[both].to_numpy(dtype=np.float64)
        differs = np.abs(total - added) > np.maximum(tolerance * np.abs(total), 0.5)
        if not differs.any():
            continue
        lines = [
            say(f"{code} 为 {t:,.0f}、合计 {a:,.0f}", f"{code} states {t:,.0f}, parts {a:,.0f}")
            for code, t, a in zip(both[differs], total[differs], added[differs], strict=True)
        ]
        column = layer(whole)[weight]
        shown = listed(lines, ("；", "; "))
        words = (
            say(
                f"“{column.label_zh}”与下级{layer(part).zh}之和不符：{shown}",
                f"{column.label_en} differs from the sum of layer {part!r}: {shown}",
            ),
            say("请核对口径、漏登或重复", "check the basis, missing and repeated rows"),
        )
        found.append(Fault(whole, None, weight, "warning", "total_differs", *words))
    return found
