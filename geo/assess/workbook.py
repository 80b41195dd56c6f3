"""An assessment as a workbook an inspector can recompute: real formulas over the cells."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from geo.assess import words
from geo.assess.run import Assessment
from geo.assess.summary import by_township, linking, shortages
from geo.assess.table import in_words
from geo.assess.verdicts import VERDICTS
from geo.norms.model import Ratio
from geo.store.tables import Formula, write_table
from geo.text import say

_MOST: Final = 20_000
"""Rows of a sheet that Excel opens quickly; the rest is in the workspace's tables."""


def write_workbook(assessment: Assessment, table: pd.DataFrame, path: Path) -> list[Path]:
    """Write an assessment as ``.xlsx`` or ``.csv`` and return the files written.

    Raises
    ------
    DataError
        The ending is neither, or the file cannot be written.
    """
    named = headings()
    sheets = {
        say("结论", "verdicts"): verdict_sheet(assessment, table.head(_MOST)),
        say("缺口", "shortages"): verdict_sheet(assessment, shortages(table).head(_MOST)),
        say("分乡镇街道", "by township"): by_township(assessment, table),
        say("验算", "recompute"): recompute(assessment, table),
        say("站点挂接", "linking"): linking(assessment).head(_MOST),
        say("没有在施行的规范", "not in force"): pd.DataFrame(
            {
                "norm": pd.array([norm.id for norm in assessment.silent], dtype="string"),
                "norm_name": pd.array([norm.label for norm in assessment.silent], dtype="string"),
            }
        ),
    }
    return write_table(
        path,
        sheets,
        headings=dict.fromkeys(sheets, named),
        notes=notes(assessment, table),
    )


def verdict_sheet(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return rows in words, as they stand in the workbook and in the workspace."""
    texted = in_words(assessment, table)
    lacks = [words.lack_label(key) if key else "" for key in texted["lacks"]]
    units = {unit: words.unit_label(unit) for unit in set(texted["gap_unit"])}
    names = {name: texted[name].astype("string").array for name in _TEXTS if name in texted}
    return texted.assign(
        **names,
        missing=pd.array(lacks, dtype="string"),
        unit=texted["gap_unit"].map(units).astype("string").array,
        verdict=texted["verdict"].astype("string").array,
    )[list(_SHOWN)]


def recompute(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return the computations as spreadsheet formulas beside what the program found."""
    kept = table[table["actual"].notna() & table["required"].notna()]
    kept = kept[
        (kept["actual"] == kept["at_most"])
        & ~kept["norm"].astype(str).map(_unfit(assessment)).astype(bool)
    ]
    pools = [
        int(assessment.blocks[b].pool[a]) for b, a in zip(kept["block"], kept["at"], strict=True)
    ]
    kept = kept[np.array(pools, np.int64) == 1].head(_MOST).reset_index(drop=True)
    rules = [
        (assessment.blocks[b], assessment.blocks[b].rules[assessment.blocks[b].rule[a]])
        for b, a in zip(kept["block"], kept["at"], strict=True)
    ]
    ratios = np.array([isinstance(block.norm.measure, Ratio) for block, _ in rules], bool)
    per = np.array([getattr(block.norm.measure, "per", 1.0) for block, _ in rules], float)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where(ratios, kept["required"] * per / kept["base"], kept["required"])
    stated = [np.nan if rule.value.value is None else rule.value.value for _, rule in rules]
    figure = np.where(ratios & ~np.isnan(stated), stated, rate)
    floor = [np.nan if rule.value.floor is None else rule.value.floor for _, rule in rules]
    whole = [getattr(block.norm.measure, "whole", False) for block, _ in rules]
    ops = [
        "<=" if block.norm.kind == "reach" and block.role != "whole" else block.norm.op
        for block, _ in rules
    ]
    share = [block.norm.judged == "share" and block.role == "whole" for block, _ in rules]
    lines = np.arange(2, len(kept) + 2)
    yes, no = words.finding_label(1), words.finding_label(0)
    return pd.DataFrame(
        {
            "norm": pd.array(kept["norm"], dtype="string"),
            "id": pd.array(kept["id"], dtype="string"),
            "figure": figure,
            "base": kept["base"].where(ratios).to_numpy(float),
            "per": np.where(ratios, per, np.nan),
            "floor": np.where(ratios, floor, np.nan),
            "rounded_up": np.array(whole, bool),
            "op": pd.array(ops, dtype="string"),
            "upper": kept["upper"].to_numpy(float),
            "actual": kept["actual"].to_numpy(float),
            "required": _formulas(
                '=IF(D{n}="",C{n},MAX(IF(G{n}="' + say("是", "yes") + '",'
                "ROUNDUP(ROUND(C{n}*D{n}/E{n},9),0),C{n}*D{n}/E{n}),N(F{n})))",
                lines,
            ),
            "gap": _formulas(
                '=ROUND(MAX(0,IF(H{n}="<=",J{n}-K{n},K{n}-J{n}),IF(H{n}="between",J{n}-I{n},0)),9)',
                lines,
            ),
            "recomputed": _formulas('=IF(L{n}=0,"' + yes + '","' + no + '")', lines),
            "found": pd.array([words.finding_label(f) for f in kept["finding"]], dtype="string"),
            "same": _formulas(
                '=IF(M{n}=N{n},"' + say("一致", "same") + '","' + say("不一致", "differs") + '")',
                lines,
            ),
            "note": pd.array(
                [
                    say("要求和现状为占比", "required and actual are shares") if s else ""
                    for s in share
                ],
                dtype="string",
            ),
        }
    )


def _unfit(assessment: Assessment) -> dict[str, bool]:
    """Return which norms a row of cells cannot recompute: distances and equalities."""
    return {
        norm.id: norm.kind in ("exclusion", "selection", "composed", "timeliness")
        or norm.op == "=="
        for norm in assessment.norms
    }


def _formulas(pattern: str, lines: np.ndarray) -> pd.Series:
    return pd.Series([Formula(pattern.replace("{n}", str(line))) for line in lines], dtype=object)


def notes(assessment: Assessment, table: pd.DataFrame) -> list[str]:
    """Return what the figures mean and rest on."""
    place, rules = assessment.place, assessment.rules
    lines = [
        say(
            f"地区 {place.area}，数据日期 {place.on}；"
            f"规范取 {rules.area or '全国'} 在 {rules.on} 施行的。",
            f"Place {place.area}, data of {place.on}; norms of {rules.area or 'the country'} in "
            f"force on {rules.on}.",
        ),
        say(
            "每项在施行的规范都有约束力，最严的起决定作用，其余列在“其他规定”。未核实的条文不作结论。"
            "缺资料的一律写“未知”，不算不合格。",
            "Every norm in force binds; the strictest decides, the others stand beside it. Text "
            "nobody has verified gives no verdict. What is missing is unknown, never a failure.",
        ),
        say(
            "“验算”表的要求、缺口、结论都是公式，改动单元格即重新计算。统筹、距离和日期类不在其中。",
            "The sheet “recompute” holds formulas over its cells. Pooled estates, distances and "
            "dates are not in it.",
        ),
    ]
    if len(table) > _MOST:
        lines.append(
            say(
                f"共 {len(table):,} 行，这里列出前 {_MOST:,} 行；全部在工作区的结果表里。",
                f"{len(table):,} rows, of which {_MOST:,} are here; all are in the workspace.",
            )
        )
    return lines


_TEXTS = ("norm", "layer", "id", "name", "role", "level", "community_code", "township_code")
_SHOWN = (
    "norm",
    "norm_name",
    "layer",
    "id",
    "name",
    "township_code",
    "community_code",
    "role",
    "verdict",
    "verdict_text",
    "level",
    "actual",
    "required",
    "gap",
    "unit",
    "people",
    "formula",
    "missing",
    "value_area",
    "value_from",
    "from_is",
    "source",
    "clause",
    "quote",
    "other_rules",
    "read_again",
)


def headings() -> dict[str, str]:
    """Return what stands above each column of the sheets and result tables."""
    verdicts = {name: words.verdict_label(name) for name in VERDICTS}
    return verdicts | {
        "norm": say("规范编号", "norm"),
        "norm_name": say("规范", "norm name"),
        "layer": say("对象图层", "layer"),
        "id": say("编号", "id"),
        "name": say("名称", "name"),
        "township_code": say("乡镇街道代码", "township code"),
        "township": say("乡镇街道", "township"),
        "community_code": say("社区代码", "community code"),
        "role": say("判断单位", "judged"),
        "verdict": say("结论代码", "verdict key"),
        "verdict_text": say("结论", "verdict"),
        "level": say("级别", "level"),
        "actual": say("现状", "actual"),
        "required": say("要求", "required"),
        "gap": say("缺口", "gap"),
        "gap_unit": say("缺口单位", "gap unit"),
        "unit": say("单位", "unit"),
        "people": say("涉及人数", "people concerned"),
        "people_short": say("不达标涉及人数", "people short"),
        "formula": say("算式", "formula"),
        "missing": say("缺少的资料", "missing"),
        "value_area": say("规定地区", "area of the value"),
        "value_from": say("规定起始日", "in force from"),
        "from_is": say("起始日依据", "first day is"),
        "source": say("来源", "source"),
        "clause": say("条款", "clause"),
        "quote": say("原文", "quote"),
        "other_rules": say("其他规定", "other rules"),
        "read_again": say("须重新核对", "read again"),
        "rule": say("挂接规则", "linking rule"),
        "premises": say("计入的站点", "premises counted"),
        "nearest_min": say("最近共用站点步行分钟", "walk to nearest shared, min"),
        "sharing": say("共用小区数", "estates sharing"),
        "figure": say("标准值", "figure"),
        "base": say("基数", "base"),
        "per": say("每", "per"),
        "floor": say("下限", "floor"),
        "rounded_up": say("进位取整", "rounded up"),
        "op": say("比较", "compare"),
        "upper": say("上限", "upper"),
        "recomputed": say("验算结果", "recomputed"),
        "found": say("程序结论", "program's finding"),
        "same": say("是否一致", "same"),
        "note": say("备注", "note"),
        "whole": say("整体结论", "verdict on the whole"),
        "colour": say("颜色", "colour"),
        "pattern": say("打印图案", "print pattern"),
        "failing": say("不合格的规范", "norms failed"),
    }


def plain_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose every column a workspace can keep: texts, numbers, truth."""
    kept = table.drop(columns=[name for name in ("block", "at") if name in table])
    return kept.assign(
        **{
            str(name): kept[name]
            .astype(object)
            .where(kept[name].notna(), None)
            .astype("string")
            .array
            for name in kept
            if kept[name].dtype == object or isinstance(kept[name].dtype, pd.CategoricalDtype)
        }
    )
