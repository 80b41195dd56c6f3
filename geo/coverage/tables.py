"""Write an answer as files: a workbook that begins with what it rests on, CSV tables, layers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

import geopandas as gpd
import pandas as pd

from geo.coverage.question import FASTEST_M_S, SLOWEST_M_S
from geo.coverage.result import Coverage
from geo.crs import CGCS2000
from geo.faults import Severity, severity_label
from geo.schema import LEVELS, Level, layers
from geo.schema.results import headings, result_columns
from geo.store.export import write_map
from geo.store.tables import write_table, write_whole
from geo.text import say

_WORKBOOK_ROWS = 20_000


def write_tables(coverage: Coverage, path: Path) -> list[Path]:
    """Write every table of an answer as one ``.xlsx``, or as ``.csv`` files beside each other.

    A workbook leaves out tables of more than 20,000 rows, which Excel is slow to open, and its
    first sheet names them; as CSV they are whole.

    Raises
    ------
    DataError
        The ending is neither, or the file cannot be written.
    """
    named = {
        name: headings(of, coverage.question.minutes) for name, (of, _) in _tables(coverage).items()
    }
    tables = sheets(coverage)
    if path.suffix.lower() == ".xlsx":
        tables = _opened_quickly(tables)
    return write_table(path, tables, headings=named)


def _opened_quickly(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    (first, explained), *others = tables.items()
    long = [name for name, table in others if len(table) > _WORKBOOK_ROWS]
    if not long:
        return tables
    short = {name: table for name, table in others if name not in long}
    left_out = say(
        f"行数超过 {_WORKBOOK_ROWS:,}，见 csv 文件：{'、'.join(long)}",
        f"more than {_WORKBOOK_ROWS:,} rows, see the CSV files: {', '.join(long)}",
    )
    line = pd.DataFrame(
        [[say("未列入的表", "tables left out"), left_out]], columns=explained.columns
    )
    return {first: pd.concat([explained, line], ignore_index=True)} | short


def write_layers(coverage: Coverage, folder: Path) -> list[Path]:
    """Write demand points, facilities and areas as one GeoPackage and as GeoJSON files."""
    drawn = {name: frame.to_crs(CGCS2000) for name, frame in drawn_layers(coverage).items()}
    written = [write_map(folder / "coverage.gpkg", drawn)]
    for name, frame in drawn.items():
        path = folder / f"{name}.geojson"
        write_whole(path, _geojson(frame).encode())
        written.append(path)
    return written


def _geojson(frame: gpd.GeoDataFrame) -> str:
    """Return GeoJSON; RFC 7946 knows only WGS84, which differs from CGCS2000 by centimetres."""
    text: str = frame.to_crs("EPSG:4326").to_json(na="null", drop_id=True, ensure_ascii=False)
    return text


def drawn_layers(coverage: Coverage) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of an answer: points, facilities, and each level of areas with shapes."""
    names = ("coverage_points", "coverage_facilities")
    drawn = {name: getattr(coverage, name.removeprefix("coverage_")) for name in names}
    for level in LEVELS:
        frame = area_layer(coverage, level)
        if len(frame):
            drawn[f"coverage_{level}"] = frame
    return drawn


def area_layer(coverage: Coverage, level: Level, weight: str = "") -> gpd.GeoDataFrame:
    """Return the areas of one level with their outlines and numbers in one weight.

    Parameters
    ----------
    coverage
        The answer.
    level
        ``county``, ``township`` or ``community``.
    weight
        The main weight when empty.
    """
    outlines = coverage.territory.outlines
    table = coverage.areas[
        (coverage.areas["level"] == level)
        & (coverage.areas["weight"] == (weight or coverage.weight))
    ]
    return gpd.GeoDataFrame(
        table.merge(outlines[outlines["level"] == level].drop(columns="level"), on="code"),
        geometry="geometry",
        crs=outlines.crs,
    )


def sheets(coverage: Coverage) -> dict[str, pd.DataFrame]:
    """Return every table of an answer by its sheet name, coded values put into words."""
    return {
        say("说明", "notes"): notes(coverage),
        **{name: in_words(table, of) for name, (of, table) in _tables(coverage).items()},
        say("数据问题", "faults"): _faults(coverage),
    }


def _tables(coverage: Coverage) -> dict[str, tuple[str, pd.DataFrame]]:
    """Return the name of the result table and the frame behind each sheet."""
    rows = dict(list(coverage.areas.groupby("level", sort=False)))
    areas = {say("合计", "all"): ("coverage_areas", rows["all"])}
    areas |= {
        layers()[level].label: ("coverage_areas", rows[level]) for level in LEVELS if level in rows
    }
    return {
        **areas,
        say("需求点", "demand points"): ("coverage_points", _plain(coverage.points)),
        coverage.question.kind.label: ("coverage_facilities", _plain(coverage.facilities)),
        say("设施（分人群）", "facilities by weight"): (
            "coverage_facility_weights",
            coverage.facility_weights,
        ),
        say("可达设施数", "facilities in reach"): ("coverage_multiplicity", coverage.multiplicity),
        say("未覆盖", "not covered"): ("coverage_unserved", coverage.unserved),
        say("接线超过50米", "connectors over 50 m"): ("coverage_connectors", coverage.connectors),
        say("孤岛路网", "street islands"): ("coverage_islands", coverage.islands),
        say("与直线圈比较", "against circles"): ("coverage_straight", coverage.straight),
    }


def in_words(table: pd.DataFrame, of: str) -> pd.DataFrame:
    """Return a result table with the values of its choice columns in the user's language."""
    worded = {
        column.name: table[column.name].map(column.values).astype("string")
        for column in result_columns(of)
        if column.type == "choice" and column.name in table
    }
    return table.assign(**worded)


def notes(coverage: Coverage) -> pd.DataFrame:
    """Return what an answer rests on: what was asked, of what, and how to read the numbers."""
    asked = coverage.provenance
    walker = coverage.question.walker
    limits = "、".join(f"{limit:g}" for limit in asked.minutes)
    versions = "；".join(
        f"{layers()[name].label} {digest[:12]}" for name, digest in asked.layers.items()
    )
    rows = {
        say("设施类型", "facility type"): coverage.question.kind.label,
        say("计算日期", "day"): asked.on.isoformat(),
        say("老年人数", "elders"): say("图层中的数字", "as the layers count them")
        if asked.as_of is None
        else say(f"{asked.as_of} 年推算数", f"projected to {asked.as_of}"),
        say("时限（分钟）", "minutes"): limits,
        say("主要时限（分钟）", "main minutes"): f"{asked.main_min:g}",
        say("步行方式", "walker"): say(
            f"{walker.zh}，{asked.speed_m_s:g} 米/秒", f"{walker.en}, {asked.speed_m_s:g} m/s"
        ),
        say("确定程度的步速范围", "speeds of the certainty classes"): say(
            f"{SLOWEST_M_S:g}～{FASTEST_M_S:g} 米/秒", f"{SLOWEST_M_S:g}–{FASTEST_M_S:g} m/s"
        ),
        say("邻区设施", "neighbours' facilities"): (
            say("不计", "left out") if asked.own_only else say("计入", "count")
        ),
        say("分母", "denominator"): asked.basis,
        say("护栏带", "guard zone"): coverage.guard.statement,
        say("模拟数据", "simulated rows"): (
            say("含模拟数据，不得当作真实情况", "yes: not to be taken for real")
            if asked.simulated
            else say("无", "none")
        ),
        **_method(),
        say("图层版本", "layer versions"): versions,
        say("路网指纹", "network fingerprint"): asked.network_hash,
        **{_counted(name): f"{count:,}" for name, count in asked.counts.items()},
    }
    return pd.DataFrame(
        {
            say("项目", "item"): pd.array(list(rows), dtype="string"),
            say("内容", "content"): pd.array(list(rows.values()), dtype="string"),
        }
    )


def _counted(name: str) -> str:
    return {
        "demand_points": say("需求点（个）", "demand points"),
        "entrances": say("出入口（个）", "entrances"),
        "entrances_assumed": say("其中推定出入口（个）", "assumed entrances"),
        "entrances_closed": say("其中关闭出入口（个）", "closed entrances"),
        "points_on_island": say("接不到主路网的需求点（个）", "demand points cut off"),
        "facilities_open": say("当日开放设施（个）", "open facilities"),
        "pairs": say("需求点与设施的可达对（个）", "pairs of point and facility in reach"),
    }[name]


def _method() -> dict[str, str]:
    return {
        say("覆盖", "covered"): say(
            "从最近的开放出入口沿路网步行到最近的开放设施，不超过时限即为覆盖，每人只计一次。",
            "The walk over the streets from the best open gate to the nearest open facility is at "
            "most the limit; everybody counts once.",
        ),
        say("唯一、重叠、边际", "unique, overlapping, marginal"): say(
            "唯一：只有该设施可达，它关闭即失去；重叠：别的设施也可达；边际：按贡献排序后新增的，"
            "各设施相加等于覆盖总数。各设施“可达”不能相加。",
            "Unique: reached by it alone, lost if it closed; overlapping: by another too; "
            "marginal: added to those ranked before it, adds up to the people covered. "
            "“Reached” must not be added up.",
        ),
        say("直线圈", "circles"): say(
            "直线圈仅供筛查，通常高估覆盖，不得作为覆盖率引用。",
            "Circles are for screening; they overstate coverage and must not be quoted as it.",
        ),
        say("未知", "unknown"): say(
            "空格表示未知，不是 0；数字未知的需求点不计入总数，另列个数。",
            "An empty cell is unknown, not 0; points without a figure are counted separately.",
        ),
    }


def _plain(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(frame.drop(columns="geometry"))


def _faults(coverage: Coverage) -> pd.DataFrame:
    labels = {severity: severity_label(severity) for severity in get_args(Severity)}
    frame = coverage.faults.frame()
    columns: Iterable[tuple[str, pd.Series]] = (
        (say("层", "layer"), frame["layer"].map(lambda name: layers()[name].label)),
        (say("严重程度", "severity"), frame["severity"].map(labels)),
        (say("问题", "what"), frame["message"]),
        (say("建议", "what to do"), frame["advice"]),
    )
    return pd.DataFrame({name: values.astype("string") for name, values in columns})
