"""What is wrong between layers: parents, positions, gates, totals, and what is missing at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.boundaries import locate
from geo.checks.areas import check_parents, check_tiling
from geo.checks.naming import listed, whole
from geo.checks.rows import check_rows_agree
from geo.checks.sums import check_totals
from geo.faults import Fault, FaultTable
from geo.layers.lying import GUARD_ZONE_M, distance_m
from geo.layers.overlaps import metric
from geo.schema import layer, layers
from geo.text import say

Frames = Mapping[str, gpd.GeoDataFrame]

FAR_GATE_M: Final = 300.0
_SAME_PLACE_M: Final = 1.0


def check_layers(frames: Frames) -> FaultTable:
    """Return what is wrong between layers that stand together.

    Parameters
    ----------
    frames
        Layers by name, all in EPSG:4490, as a workspace stores them. Faults of these checks carry
        no row number; they name units by code or id.
    """
    table = FaultTable()
    for check in _CHECKS:
        table.extend(check(frames))
    return table


def _presence(frames: Frames) -> list[Fault]:
    """Return what is missing that a map of coverage cannot do without."""
    found = []
    filled = {name for name, frame in frames.items() if len(frame)}
    for name in ("community", "compound"):
        if name not in filled:
            words = (
                say("还没有导入，或是空的", "is empty, or was never imported"),
                say(f"请导入：fuwuquan import {name} 文件", f"fuwuquan import {name} FILE"),
            )
            found.append(whole(name, "", "warning", "layer_empty", words))
    kinds = [schema for schema in layers().values() if schema.facility]
    if not any(schema.name in filled for schema in kinds):
        words = (
            say("没有任何设施", "there are no facilities at all"),
            say("请至少导入一种设施，例如社区养老服务站", "import one kind at least"),
        )
        found.append(whole("elder_station", "", "error", "no_facilities", words))
    for schema in kinds:
        if schema.name in frames and schema.name not in filled:
            words = (
                say(f"{schema.zh}有 0 处", f"there are 0 of {schema.en}"),
                say("若确实没有，覆盖率为 0；否则请导入", "coverage is 0 unless you import them"),
            )
            found.append(whole(schema.name, "", "warning", "no_facilities", words))
    return found


def _positions(frames: Frames) -> list[Fault]:
    """Return compounds and facilities that lie elsewhere than in the community they name."""
    if "community" not in frames or not len(frames["community"]):
        return []
    found = []
    for name, frame in frames.items():
        if "community_code" not in frame.columns or not len(frame):
            continue
        at = locate(frame, frames["community"])
        if name == "compound":
            outside = at.isna()
            if outside.any():
                words = (
                    say(
                        f"不在任何社区范围内：{listed(frame['id'][outside])}",
                        f"lie in no community: {listed(frame['id'][outside])}",
                    ),
                    say("请核对坐标、--datum 或社区界线", "check coordinates, datum and borders"),
                )
                found.append(whole(name, "geometry", "warning", "outside_communities", words))
        own = frame["community_code"]
        differs = own.notna() & at.notna() & (own != at)
        if differs.any():
            words = (
                say(
                    f"填写的社区代码与所在位置不一致：{listed(frame['id'][differs])}",
                    f"name another community than they lie in: {listed(frame['id'][differs])}",
                ),
                say("以填写的代码为准；请核对坐标或代码", "the code counts; check either"),
            )
            found.append(whole(name, "community_code", "warning", "community_differs", words))
    return found


def _gates(frames: Frames) -> list[Fault]:
    """Return gates without their compound or far from it, and compounds without a gate."""
    compounds, gates = frames.get("compound"), frames.get("gate")
    if compounds is None or gates is None or not len(gates):
        return []
    found = []
    lost = ~gates["compound_id"].isin(compounds["id"])
    if lost.any():
        words = (
            say(
                f"小区编号在小区层中没有：{listed(gates['id'][lost])}",
                f"gates of unknown compounds: {listed(gates['id'][lost])}",
            ),
            say("这些出入口不起作用；请核对小区编号", "they have no effect; check compound_id"),
        )
        found.append(whole("gate", "compound_id", "error", "compound_unknown", words))
    here = gates[~lost]
    if len(here):
        shapes = metric(here)
        homes = compounds.drop_duplicates("id").set_index("id").geometry.to_crs(str(shapes.crs))
        away = shapely.distance(
            shapes.to_numpy(), np.asarray(homes.reindex(here["compound_id"]), dtype=object)
        )
        far = away > FAR_GATE_M
        if far.any():
            lines = [f"{i}（{m:,.0f} m）" for i, m in zip(here["id"][far], away[far], strict=True)]
            words = (
                say(
                    f"距所属小区超过 300 米：{listed(lines)}",
                    f"gates over 300 m from their compound: {listed(lines)}",
                ),
                say("请核对出入口坐标或小区编号", "check the gate's place or its compound"),
            )
            found.append(whole("gate", "geometry", "warning", "gate_far", words))
    bare = ~compounds["id"].isin(gates["compound_id"])
    if bare.any():
        words = (
            say(
                f"{int(bare.sum()):,} 个小区没有出入口，将推定在最近的街路上",
                f"{int(bare.sum()):,} compounds have no gate; one is assumed on the nearest street",
            ),
            say("围墙小区请补充实测出入口", "survey the gates of walled compounds"),
        )
        found.append(whole("compound", "", "note", "gate_missing", words))
    return found


def _county(frames: Frames) -> list[Fault]:
    """Return facilities outside the county: they are neighbours' and should say so."""
    county = frames.get("county")
    if county is None or not len(county):
        return []
    found = []
    for name, frame in frames.items():
        if not layer(name).facility or not len(frame):
            continue
        away = np.nan_to_num(distance_m(frame, county))
        claimed = (away > 0) & frame["own_county"].fillna(value=False).to_numpy(dtype=bool)
        if claimed.any():
            words = (
                say(
                    f"标为本区设施，却在区县范围之外：{listed(frame['id'][claimed])}",
                    f"marked as own but outside the county: {listed(frame['id'][claimed])}",
                ),
                say(
                    "请核对坐标，或把“本区设施”改为“否”", "check the place, or set own_county to no"
                ),
            )
            found.append(whole(name, "own_county", "warning", "outside_county", words))
        beyond = away > GUARD_ZONE_M
        if beyond.any():
            words = (
                say(
                    f"距区县超过 20 公里：{listed(frame['id'][beyond])}",
                    f"over 20 km from the county: {listed(frame['id'][beyond])}",
                ),
                say("请核对坐标和 --datum", "check coordinates and datum"),
            )
            found.append(whole(name, "geometry", "warning", "outside_county", words))
        neighbours = int(((away > 0) & ~claimed & ~beyond).sum())
        if neighbours:
            words = (
                say(
                    f"{neighbours} 处在区县之外，按邻区设施计算",
                    f"{neighbours} lie outside the county and count as neighbours'",
                ),
                "",
            )
            found.append(whole(name, "own_county", "note", "neighbour_facilities", words))
    return found


def _twice(frames: Frames) -> list[Fault]:
    """Return names that stand in the same place in two layers of facilities."""
    rows = []
    for name, frame in frames.items():
        if not layer(name).facility or not len(frame):
            continue
        xy = shapely.get_coordinates(shapely.point_on_surface(metric(frame).to_numpy()))
        rows.append(
            pd.DataFrame(
                {
                    "layer": name,
                    "id": frame["id"].to_numpy(),
                    "name": frame["name"].to_numpy(),
                    "x": np.round(xy[:, 0] / _SAME_PLACE_M),
                    "y": np.round(xy[:, 1] / _SAME_PLACE_M),
                }
            )
        )
    if not rows:
        return []
    every = pd.concat(rows, ignore_index=True)
    again = every.duplicated(["name", "x", "y"], keep=False) & every["name"].notna()
    across = every[again].groupby(["name", "x", "y"])["layer"].transform("nunique") > 1
    found = []
    for name in sorted(set(every[again][across]["layer"])):
        group = every[again][across]
        group = group[group["layer"] == name]
        words = (
            say(
                f"与其他设施层名称、位置都相同：{listed(group['name'])}",
                f"have a twin of the same name and place elsewhere: {listed(group['name'])}",
            ),
            say(
                "一处多用属正常；若是重复登记请删去一条",
                "fine for shared premises, else delete one",
            ),
        )
        found.append(whole(name, "name", "note", "duplicate_across_layers", words))
    return found


_CHECKS: Final[tuple[Callable[[Frames], list[Fault]], ...]] = (
    _presence,
    check_rows_agree,
    check_parents,
    check_tiling,
    _positions,
    _gates,
    _county,
    check_totals,
    _twice,
)
