"""Walks against their limit, recomputed: each estate's, and every demand point of a share."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from geo.assess.place import label
from geo.assess.scene import Scene
from geo.assess.spatial import walk_of
from geo.assess.verdicts import Block
from geo.assess.whole import counted_points
from geo.assess.words import lack_label, unit_label
from geo.assess.workbook.cells import FIRST_LINE, Lines, found, met, same, sheet, text
from geo.demand.units import texts
from geo.norms.model import Reach
from geo.text import say

COLUMNS: Final = (
    "norm",
    "id",
    "name",
    "people",
    "nearest",
    "unit",
    "limit",
    "state",
    "recomputed",
    "found",
    "same",
)
Spans = dict[int, tuple[int, int]]


def walks(scene: Scene, blocks: tuple[Block, ...], most: int) -> tuple[pd.DataFrame, Spans]:
    """Return one line a walk, and by block of a share the lines of its demand points."""
    parts, spans, line = [], {}, FIRST_LINE
    for number, block in enumerate(blocks):
        if block.norm.kind != "reach":
            continue
        part = None
        if block.role == "each":
            part = _estates(scene, block)
        elif block.role == "whole":
            part = _points(scene, block)
        if part is None or line + len(part) > most:
            continue
        if block.role == "whole":
            spans[number] = (line, line + len(part) - 1)
        parts.append(part)
        line += len(part)
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS)), {}
    table = pd.concat(parts, ignore_index=True)
    lines = Lines(COLUMNS, n=len(table))
    texted = {n: text(table[n].to_list()) for n in ("norm", "id", "name", "unit", "state")}
    plain = {name: table[name] for name in ("people", "nearest", "limit")}
    return sheet(
        COLUMNS,
        {
            **texted,
            **plain,
            "recomputed": lines(
                f'=IF([state]="{_beyond()}",{met(0)},IF([state]<>"",{met(-1)},'
                f"IF(ROUND([nearest],9)<=[limit],{met(1)},{met(0)})))"
            ),
            "found": found(table["finding"].to_numpy(np.int8)),
            "same": lines(same()),
        },
    ), spans


def _estates(scene: Scene, block: Block) -> pd.DataFrame:
    low, high = block.actual.low, block.actual.high
    known = low == high
    lacking = [lack_label(key) if key else "" for key in block.lacks]
    state = np.where(known, "", np.where(block.finding == 0, _beyond(), lacking))
    frame = scene.place.frames[block.layer]
    measure = block.norm.measure
    assert isinstance(measure, Reach)
    return pd.DataFrame(
        {
            "norm": block.norm.id,
            "id": texts(frame, "id")[block.rows],
            "name": label(scene.place, block.layer)[block.rows],
            "people": np.nan,
            "nearest": np.where(known, low, np.nan),
            "unit": unit_label(measure.limit_unit),
            "limit": block.required,
            "state": state,
            "finding": block.finding,
        }
    )


def _points(scene: Scene, block: Block) -> pd.DataFrame | None:
    rule = block.rules[block.rule[0]]
    measure = block.norm.measure
    assert isinstance(measure, Reach)
    walk, _ = walk_of(scene, block.norm, rule)
    if walk is None or rule.value.limit is None:
        return None
    points = counted_points(scene, measure, walk, rule.value.limit)
    loose = (points["island"] | points["maybe"]).to_numpy(bool)
    lacking = lack_label(block.lacks[0]) if block.lacks[0] else _loose()
    names = points["name"] if "name" in points else points["id"]
    return pd.DataFrame(
        {
            "norm": block.norm.id,
            "id": points["id"],
            "name": names.where(names.notna(), points["id"]),
            "people": points["weight"],
            "nearest": points["nearest"],
            "unit": unit_label(measure.limit_unit),
            "limit": rule.value.limit,
            "state": np.where(loose, lacking, np.where(points["nearest"].isna(), _beyond(), "")),
            "finding": np.where(points["near"], 1, np.where(loose, -1, 0)),
        }
    )


def _loose() -> str:
    return say("不能确定", "not settled")


def _beyond() -> str:
    return say("超出查找范围", "beyond the search")
