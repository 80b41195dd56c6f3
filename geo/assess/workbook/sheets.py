"""The sheets that are read rather than recomputed: overview, shortages, verdicts, their basis."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from geo.assess import words
from geo.assess.place import label
from geo.assess.run import Assessment
from geo.assess.summary import by_norm, by_township, shortages
from geo.assess.table import in_words
from geo.assess.verdicts import VERDICTS
from geo.demand.units import texts
from geo.norms.labels import layer_label, level_label
from geo.norms.model import Value
from geo.text import say

_TEXTS: Final = ("norm", "layer", "id", "name", "role", "level", "community_code", "township_code")
_SHOWN: Final = (
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
_VERDICTS: Final = (
    "norm_name",
    "name",
    "township",
    "verdict_text",
    "formula",
    "actual",
    "required",
    "gap",
    "unit",
    "people",
    "missing",
    "rule_no",
    "norm",
    "layer",
    "id",
)
_SHORTAGES: Final = (
    "name",
    "township",
    "norm_name",
    "people",
    "gap",
    "unit",
    "formula",
    "verdict_text",
    "source",
    "clause",
    "quote",
    "rule_no",
    "norm",
    "id",
)


_ALWAYS: Final = ("fail", "not_yet_due", "unknown", "pass")
"""Verdicts that are counted on the screen even where there is none."""


def verdict_sheet(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return rows in words, with the clause and quote that decide each of them."""
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


def overview(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a norm: how many subjects have each verdict, and that on the whole."""
    counted = by_norm(table)
    names = {block.norm.id: block.norm.label for block in assessment.blocks}
    whole = [words.verdict_label(v) if isinstance(v, str) else "" for v in counted["whole"]]
    used = [verdict for verdict in VERDICTS if verdict in _ALWAYS or counted[verdict].any()]
    return pd.DataFrame(
        {
            "norm_name": pd.array([names[norm] for norm in counted["norm"]], dtype="string"),
            "whole": pd.array(whole, dtype="string"),
            **{str(verdict): counted[verdict] for verdict in used},
            "norm": counted["norm"].astype("string"),
        }
    )


def townships(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return how many subjects of each norm pass and fail in each township, in words."""
    counted = by_township(assessment, table)
    names = {block.norm.id: block.norm.label for block in assessment.blocks}
    counted.insert(0, "norm_name", counted["norm"].map(names).astype("string"))
    if "gap_unit" in counted:
        units = counted["gap_unit"].astype(object).map(words.unit_label, na_action="ignore")
        counted = counted.assign(unit=units.astype("string")).drop(columns="gap_unit")
    return counted[[*(name for name in counted if name != "norm"), "norm"]]


def verdicts(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return every verdict in words; its clause stands once, in the sheet of bases."""
    return _with_basis(assessment, table)[list(_VERDICTS)]


def shortage_sheet(assessment: Assessment, table: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return what falls short, those that concern most people first."""
    return _with_basis(assessment, shortages(table).head(most))[list(_SHORTAGES)]


def bases(assessment: Assessment) -> pd.DataFrame:
    """Return every rule that was applied, numbered as the verdicts name it."""
    numbers = _numbers(assessment)
    rules = list(
        {
            numbers[block.norm.id, rule.value]: rule
            for block in assessment.blocks
            for rule in block.rules
        }.values()
    )

    def column(values: list[object]) -> pd.api.extensions.ExtensionArray:
        return pd.array([None if v is None else str(v) for v in values], dtype="string")

    return pd.DataFrame(
        {
            "rule_no": [numbers[rule.norm.id, rule.value] for rule in rules],
            "norm_name": column([rule.norm.label for rule in rules]),
            "level": column([level_label(rule.level) for rule in rules]),
            "value_area": column([rule.value.area or say("全国", "country") for rule in rules]),
            "value_from": column([rule.value.start for rule in rules]),
            "from_is": column([words.start_label(rule) for rule in rules]),
            "until": column([rule.value.end for rule in rules]),
            "due_day": column([rule.value.due for rule in rules]),
            "source": column([rule.value.source for rule in rules]),
            "clause": column([rule.value.clause for rule in rules]),
            "quote": column([rule.value.quote for rule in rules]),
            "read_again": column(
                [
                    "\n".join(n.norm.label for n in assessment.rules.to_read_again(rule.norm.id))
                    for rule in rules
                ]
            ),
            "url": column([rule.value.url for rule in rules]),
            "norm": column([rule.norm.id for rule in rules]),
        }
    )


def compared(changed: pd.DataFrame) -> pd.DataFrame:
    """Return what differs under two rule sets, in words."""
    sides = ("first", "second")
    verdict = {
        f"verdict_{side}": changed[f"verdict_{side}"].map(words.verdict_label).astype("string")
        for side in sides
    }
    numbers = {
        f"{name}_{side}": changed[f"{name}_{side}"].astype(float)
        for name in ("required", "gap")
        for side in sides
    }
    return pd.DataFrame(
        {
            "norm": changed["norm"].astype("string"),
            "id": changed["id"].astype("string"),
            "name": changed["name"].astype("string"),
            **verdict,
            **numbers,
            "unit": changed["gap_unit"].map(words.unit_label).astype("string"),
            "people": changed["people"].astype(float),
        }
    )


def notes(assessment: Assessment, table: pd.DataFrame, most: int) -> list[str]:
    """Return what the figures mean and rest on."""
    place, rules = assessment.place, assessment.rules
    lines = [
        say(
            f"地区 {place.area}，数据日期 {place.on}；"
            f"规范取 {rules.area or '全国'} 在 {rules.on} 施行的。",
            f"Place {place.area}, data of {place.on}; norms of {rules.area or 'the country'} in "
            f"force on {rules.on}.",
        ),
        *(
            []
            if place.as_of is None
            else [
                say(
                    f"老年人数为 {place.as_of} 年推算数。",
                    f"Elders are projected to {place.as_of}.",
                )
            ]
        ),
        say(
            "每项在施行的规范都有约束力，最严的起决定作用，其余列在“依据”表里。"
            "未核实的条文不作结论。缺资料的一律写“未知”，不算不合格。",
            "Every norm in force binds; the strictest decides, the others stand in the sheet "
            "“basis”. Text nobody has verified gives no verdict. What is missing is unknown, "
            "never a failure.",
        ),
        say(
            "“验算”各表用公式从所列数值重算：单项数值及其明细、小区统筹、步行、距离、日期、"
            "占比、综合项。改动单元格即重新计算，“是否一致”与程序结论对照。"
            "步行分钟和坐标由程序量得，其余都能重算。现状不全的行不在“验算”表里。",
            "The sheets “recompute …” compute anew by formulas from the cells shown: single "
            "figures and their sums, pooled estates, walks, distances, dates, shares and composed "
            "norms. Change a cell and they follow; “same” compares with the program. Minutes of "
            "walks and coordinates were measured by the program. Rows of which a number is "
            "missing are not among them.",
        ),
    ]
    if len(table) > most:
        lines.append(
            say(
                f"共 {len(table):,} 行，这里列出前 {most:,} 行；全部在工作区的结果表里。",
                f"{len(table):,} rows, of which {most:,} are here; all are in the workspace.",
            )
        )
    return lines


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


def _numbers(assessment: Assessment) -> dict[tuple[str, Value], int]:
    """Return the number of every rule that was applied."""
    keys = dict.fromkeys(
        (block.norm.id, rule.value) for block in assessment.blocks for rule in block.rules
    )
    return {key: number for number, key in enumerate(keys, start=1)}


def _with_basis(assessment: Assessment, table: pd.DataFrame) -> pd.DataFrame:
    """Return rows in words with the number of their rule and the name of their township."""
    numbers, place = _numbers(assessment), assessment.place
    at = [
        [numbers[block.norm.id, rule.value] for rule in block.rules] for block in assessment.blocks
    ]
    rule = [
        at[b][assessment.blocks[b].rule[a]]
        for b, a in zip(table["block"], table["at"], strict=True)
    ]
    names: dict[str, str] = {}
    if place.has("township"):
        codes = texts(place.frames["township"], "code")
        names = dict(zip(codes, label(place, "township"), strict=True))
    shown = verdict_sheet(assessment, table)
    towns = shown["township_code"].astype(object).map(names)
    return shown.assign(
        rule_no=np.array(rule, np.int64),
        township=towns.astype("string").array,
        layer=shown["layer"].map(layer_label).astype("string"),
    )
