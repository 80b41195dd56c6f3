"""Dates in their order, recomputed: by how many days the later one was missed."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from geo.assess.place import label, number
from geo.assess.scene import Scene
from geo.assess.spatial import DAYS_A_YEAR, day_of
from geo.assess.verdicts import Block
from geo.assess.words import column_label
from geo.assess.workbook.cells import Lines, every_one, found, met, same, sheet, text
from geo.demand.units import texts
from geo.norms.model import Moment, Timeliness
from geo.text import say

COLUMNS: Final = (
    "norm",
    "id",
    "name",
    "must_be_first",
    "first_day",
    "reference",
    "reference_day",
    "unit",
    "allowed",
    "passed",
    "kept",
    "recomputed",
    "found",
    "same",
)


def dates(scene: Scene, blocks: tuple[Block, ...]) -> pd.DataFrame:
    """Return one line a subject and pair of dates."""
    parts = [
        part
        for block in blocks
        if isinstance(block.norm.measure, Timeliness) and block.layer
        for part in _of(scene, block, block.norm.measure)
    ]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    group, _ = pd.factorize(table["norm"] + " " + table["id"].astype(str))
    order = np.argsort(group, kind="stable")
    table, group = table.iloc[order].reset_index(drop=True), group[order]
    lines = Lines(COLUMNS, group)
    ago = table["since"].to_numpy(bool)
    empty = 'OR([first_day]="",[reference_day]="",[allowed]="")'
    days = lines(f'=IF({empty},"",[first_day]-[reference_day])')
    years = lines(f'=IF({empty},"",([reference_day]-[first_day])/{DAYS_A_YEAR})')
    names = ("norm", "id", "name", "must_be_first", "reference", "unit")
    return sheet(
        COLUMNS,
        {
            **{name: text(table[name].to_list()) for name in names},
            **{name: _days(table[name]) for name in ("first_day", "reference_day")},
            "allowed": table["allowed"],
            "passed": pd.Series(np.where(ago, years, days), dtype=object),
            "kept": lines(
                f'=IF([passed]="",{met(-1)},IF(ROUND([passed],9)<=[allowed],{met(1)},{met(0)}))'
            ),
            "recomputed": lines(every_one("kept")),
            "found": found(table["finding"].to_numpy(np.int8)),
            "same": lines(same()),
        },
    )


def _of(scene: Scene, block: Block, measure: Timeliness) -> list[pd.DataFrame]:
    frame = scene.place.frames[block.layer]
    allowed = [block.rules[rule].value.value for rule in block.rule]
    common = {
        "norm": block.norm.id,
        "id": texts(frame, "id")[block.rows],
        "name": label(scene.place, block.layer)[block.rows],
        "allowed": np.array([np.nan if days is None else days for days in allowed]),
        "finding": block.finding,
    }
    if measure.since:
        day = number(scene.place, block.layer, measure.since)[block.rows]
        today = float(np.datetime64(scene.place.on, "D").astype(np.int64))
        told = {
            "must_be_first": column_label(block.layer, measure.since),
            "first_day": day,
            "reference": say("评定日期", "day of the assessment"),
            "reference_day": np.full(len(day), today),
            "unit": say("年", "years"),
            "since": True,
        }
        return [pd.DataFrame(common | told)]
    parts = []
    for order in measure.orders:
        earlier, _ = day_of(scene, block.layer, order.earlier)
        later, _ = day_of(scene, block.layer, order.later)
        told = {
            "must_be_first": _moment(block.layer, order.earlier),
            "first_day": earlier[block.rows],
            "reference": _moment(block.layer, order.later),
            "reference_day": later[block.rows],
            "unit": say("天", "days"),
            "since": False,
        }
        parts.append(pd.DataFrame(common | told))
    return parts


def _moment(subject: str, moment: Moment) -> str:
    return column_label(moment.layer or subject, moment.field)


def _days(numbers: pd.Series) -> pd.Series:
    """Return day numbers as dates."""
    return pd.to_datetime(numbers, unit="D").astype("datetime64[s]")
