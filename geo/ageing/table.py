"""The projection as a table of communities, with the sums of their townships."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.ageing.project import INTERVAL, Projection
from geo.demand.units import in_force
from geo.schema.results import headings
from geo.store import Workspace
from geo.text import say


def ageing_table(workspace: Workspace, projection: Projection, *, on: date) -> gpd.GeoDataFrame:
    """Return ``ageing``: one row a community with its outline, in the order of codes."""
    areas = in_force(workspace.read("community"), on).set_index("code")
    rows = areas.loc[list(projection.codes)]
    change = projection.elders - projection.base
    share = np.divide(
        change, projection.base, out=np.full(len(change), np.nan), where=projection.base > 0
    )
    columns = {
        "code": pd.array(projection.codes, dtype="string"),
        "name": rows["name"].astype("string").to_numpy(),
        "township_code": rows["parent_code"].astype("string").to_numpy(),
        "age_from": pd.array(projection.age_from, dtype="Int64"),
        "base": pd.array(projection.base, dtype="Int64"),
        "elders": pd.array(projection.elders, dtype="Int64"),
        "low": pd.array(projection.low, dtype="Int64"),
        "high": pd.array(projection.high, dtype="Int64"),
        "change": pd.array(change, dtype="Int64"),
        "change_share": pd.Series(share).astype("Float64").array,
        "own_share": pd.array(projection.own_share, dtype="Float64"),
    }
    table = gpd.GeoDataFrame(columns, geometry=rows.geometry.to_numpy(), crs=areas.crs)
    return table[[*headings("ageing"), "geometry"]]


def notes(projection: Projection) -> list[str]:
    """Return what the figures rest on."""
    first, second = projection.period
    own = (
        say("由外部给定", "as given") if projection.given else say("按全区比率推算", "as projected")
    )
    spread = (
        say(
            "；只有两次数据，总数本身的误差无从估计",
            "; two tables only: how wrong the total may be is unknown",
        )
        if projection.total_low is None
        else say(
            f"；按以往各期比率为 {projection.total_low:,}～{projection.total_high:,}",
            f"; {projection.total_low:,}–{projection.total_high:,} by the ratios of other periods",
        )
    )
    if projection.given:
        spread = ""
    return [
        say(
            f"按队列变化比率法（Hamilton–Perry）推算：{first} 年到 {second} 年的比率，"
            f"从 {projection.base_year} 年推到 {projection.year} 年。",
            f"Hamilton–Perry: cohort-change ratios of {first}–{second}, carried from "
            f"{projection.base_year} to {projection.year}.",
        ),
        say(
            f"全部村居合计 {projection.total:,} 人（{own}{spread}）。",
            f"{projection.total:,} in all communities ({own}{spread}).",
        ),
        say(
            f"上下限是总数已定时各村居的 {INTERVAL:.0%} 区间：人少的村居比率不稳，"
            "已向所在乡镇街道和全区靠拢（经验贝叶斯）。",
            f"Low and high are the {INTERVAL:.0%} interval of a community given the total; ratios "
            "of small communities are drawn towards township and county (empirical Bayes).",
        ),
    ]
