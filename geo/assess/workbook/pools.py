"""Small estates that count together, recomputed: one requirement, parted by households."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from geo.assess.place import label
from geo.assess.scene import Scene
from geo.assess.verdicts import Block
from geo.assess.workbook.cells import Lines, found, met, same, sheet, text
from geo.demand.units import texts
from geo.norms.model import Ratio

COLUMNS: Final = (
    "norm",
    "pool",
    "id",
    "name",
    "households",
    "figure",
    "per",
    "floor",
    "pool_households",
    "pool_required",
    "required",
    "actual",
    "gap",
    "recomputed",
    "found",
    "same",
)


def pools(scene: Scene, blocks: tuple[Block, ...]) -> pd.DataFrame:
    """Return one line an estate whose requirement is shared with others."""
    parts = [part for block in blocks if (part := _of(scene, block)) is not None]
    if not parts:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    group, _ = pd.factorize(table["norm"] + " " + table["pool"])
    order = np.argsort(group, kind="stable")
    table, group = table.iloc[order].reset_index(drop=True), group[order]
    lines = Lines(COLUMNS, group)
    texted = {name: text(table[name].to_list()) for name in ("norm", "pool", "id", "name")}
    plain = {name: table[name] for name in ("households", "figure", "per", "floor", "actual")}
    return sheet(
        COLUMNS,
        {
            **texted,
            **plain,
            "pool_households": lines("=SUM([households:])"),
            "pool_required": lines("=MAX([figure]*[pool_households]/[per],[floor])"),
            "required": lines("=[pool_required]*[households]/[pool_households]"),
            "gap": lines("=MAX(0,ROUND([required]-[actual],9))"),
            "recomputed": lines(f"=IF([gap]=0,{met(1)},{met(0)})"),
            "found": found(table["finding"].to_numpy(np.int8)),
            "same": lines(same()),
        },
    )


def _of(scene: Scene, block: Block) -> pd.DataFrame | None:
    measure = block.norm.measure
    known = (block.actual.low == block.actual.high) & (block.finding >= 0)
    rows = np.flatnonzero((block.pool > 1) & known)
    if not len(rows) or not isinstance(measure, Ratio):
        return None
    values = [block.rules[block.rule[row]].value for row in rows]
    at = block.rows[rows]
    return pd.DataFrame(
        {
            "norm": block.norm.id,
            "pool": scene.place.codes["compound"]["community"].to_numpy(object)[at],
            "id": texts(scene.place.frames["compound"], "id")[at],
            "name": label(scene.place, "compound")[at],
            "households": block.base[rows],
            "figure": [np.nan if value.value is None else value.value for value in values],
            "per": measure.per,
            "floor": [0.0 if value.floor is None else value.floor for value in values],
            "actual": block.actual.low[rows],
            "finding": block.finding[rows],
        }
    )
