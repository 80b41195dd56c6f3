"""Shares and composed norms, recomputed by counting the rows that meet their parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from geo.assess.place import label
from geo.assess.run import Assessment, part_findings
from geo.assess.scene import Scene
from geo.assess.verdicts import VERDICTS, Block
from geo.assess.whole import exempted, groups
from geo.assess.words import finding_label
from geo.assess.workbook.cells import Lines, at, every_one, found, met, same, sheet, text
from geo.demand.units import texts
from geo.norms.labels import layer_label
from geo.norms.model import Composed, Reach
from geo.store.tables import Formula
from geo.text import say

SHARES: Final = (
    "norm",
    "id",
    "name",
    "counted_layer",
    "meeting",
    "unknown",
    "total",
    "unnamed_exempt",
    "share",
    "share_at_most",
    "required",
    "gap",
    "kept",
    "recomputed",
    "found",
    "same",
)
UNITS_COLUMNS: Final = ("norm", "counted_layer", "group", "id", "name", "counted")
JOINED: Final = (
    "norm",
    "id",
    "name",
    "part",
    "part_name",
    "part_found",
    "at_least",
    "recomputed",
    "found",
    "same",
)


def shares(
    scene: Scene,
    assessment: Assessment,
    points: Mapping[int, tuple[int, int]],
    *,
    names: tuple[str, str],
    most: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one line a share and layer it is taken over, and the rows it counts.

    ``points`` are the lines of the sheet of walks that belong to a share of people; ``names`` are
    those of the sheets of counted rows and of walks.
    """
    counted, table, line = [], [], 2
    for number, block in enumerate(assessment.blocks):
        if block.norm.judged != "share" or block.role != "whole":
            continue
        if isinstance(block.norm.measure, Reach):
            if number in points:
                table.append(_people(block, points[number], names[1]))
            continue
        parts = [
            part
            for part in assessment.blocks
            if part.norm.id == block.norm.id and part.role == "part"
        ]
        for part in parts:
            rows = _counted(scene, block, part)
            if rows is None or line + len(rows) > most:
                continue
            owner = rows["group_row"].to_numpy(np.int64)
            for group in np.unique(owner):
                inside = np.flatnonzero(owner == group)
                cells = (line + int(inside[0]), line + int(inside[-1]))
                table.append(
                    _units(scene, block, part, group=int(group), cells=cells, name=names[0])
                )
            counted.append(rows)
            line += len(rows)
        table += [_empty(block, lack) for lack in set(block.lacks) if lack.startswith("layer:")]
    table = [one for one in table if one]
    rows = pd.concat(counted, ignore_index=True) if counted else pd.DataFrame()
    return _shares(pd.DataFrame(table)), (
        sheet(UNITS_COLUMNS, {name: text(rows[name].to_list()) for name in UNITS_COLUMNS})
        if len(rows)
        else pd.DataFrame(columns=list(UNITS_COLUMNS))
    )


def joined(scene: Scene, blocks: tuple[Block, ...]) -> pd.DataFrame:
    """Return one line a subject and part of a composed norm."""
    parts = []
    for block in blocks:
        measure = block.norm.measure
        if not isinstance(measure, Composed) or not block.layer or not len(block):
            continue
        frame = scene.place.frames[block.layer]
        for name, finding, _ in part_findings(scene, block.norm):
            one = {
                "norm": block.norm.id,
                "id": texts(frame, "id")[block.rows],
                "name": label(scene.place, block.layer)[block.rows],
                "part": name,
                "part_name": scene.norms[name].label,
                "part_found": [finding_label(each) for each in finding[block.rows]],
                "at_least": np.nan if measure.at_least is None else float(measure.at_least),
                "finding": block.finding,
            }
            parts.append(pd.DataFrame(one))
    if not parts:
        return pd.DataFrame(columns=list(JOINED))
    table = pd.concat(parts, ignore_index=True)
    group, _ = pd.factorize(table["norm"] + " " + table["id"].astype(str))
    order = np.argsort(group, kind="stable")
    table, group = table.iloc[order].reset_index(drop=True), group[order]
    lines = Lines(JOINED, group)
    enough = (
        f"IF(COUNTIF([part_found:],{met(1)})>=[at_least],{met(1)},"
        f"IF(COUNTIF([part_found:],{met(1)})+COUNTIF([part_found:],{met(-1)})<[at_least],"
        f"{met(0)},{met(-1)}))"
    )
    names = ("norm", "id", "name", "part", "part_name", "part_found")
    return sheet(
        JOINED,
        {
            **{name: text(table[name].to_list()) for name in names},
            "at_least": table["at_least"],
            "recomputed": lines(f'=IF([at_least]="",{every_one("part_found")[1:]},{enough})'),
            "found": found(table["finding"].to_numpy(np.int8)),
            "same": lines(same()),
        },
    )


def _counted(scene: Scene, block: Block, part: Block) -> pd.DataFrame | None:
    """Return the rows of one layer a share counts; None where one may or may not belong to it."""
    if part.conditional.any() or len(block.rules) != 1 or not len(part):
        return None
    group = groups(scene, block.norm, part.layer).of[part.rows]
    spared = part.verdict == VERDICTS.index("exempt")
    kept = np.flatnonzero((group >= 0) & ~spared)
    kept = kept[np.argsort(group[kept], kind="stable")]
    rows = part.rows[kept]
    frame = scene.place.frames[part.layer]
    key = "code" if "code" in frame else "id"
    own = groups(scene, block.norm, part.layer).layer
    codes = texts(scene.place.frames[own], "code") if own else None
    return pd.DataFrame(
        {
            "norm": block.norm.id,
            "counted_layer": layer_label(part.layer),
            "group": scene.place.area if codes is None else codes[group[kept]],
            "group_row": group[kept],
            "id": texts(frame, key)[rows],
            "name": label(scene.place, part.layer)[rows],
            "counted": [finding_label(each) for each in part.finding[kept]],
        }
    )


def _units(
    scene: Scene, block: Block, part: Block, *, group: int, cells: tuple[int, int], name: str
) -> dict[str, object]:
    where = np.flatnonzero(block.rows == group)
    if not len(where):
        return {}
    row = int(where[0])
    rule = block.rules[block.rule[row]]
    cells_at = at(name, "F", *cells)
    own = bool(block.layer)
    return {
        "norm": block.norm.id,
        "id": texts(scene.place.frames[block.layer], "code")[group] if own else "",
        "name": label(scene.place, block.layer)[group] if own else say("整体", "whole"),
        "counted_layer": layer_label(part.layer),
        "meeting": f"=COUNTIF({cells_at},{met(1)})",
        "unknown": f"=COUNTIF({cells_at},{met(-1)})",
        "total": f"=COUNTA({cells_at})",
        "unnamed": exempted(scene, part.layer, rule)[1],
        "required": block.required[row],
        "finding": block.finding[row],
    }


def _people(block: Block, cells: tuple[int, int], name: str) -> dict[str, object]:
    people, state = at(name, "D", *cells), at(name, "I", *cells)
    return {
        "norm": block.norm.id,
        "id": "",
        "name": say("整体", "whole"),
        "counted_layer": say("人（各需求点）", "people of the demand points"),
        "meeting": f"=SUMIF({state},{met(1)},{people})",
        "unknown": f"=SUMIF({state},{met(-1)},{people})",
        "total": f"=SUM({people})",
        "unnamed": 0,
        "required": block.required[0],
        "finding": block.finding[0],
    }


def _empty(block: Block, lack: str) -> dict[str, object]:
    """Return the line of a level of units that the place lacks."""
    return {
        "norm": block.norm.id,
        "id": "",
        "name": say("整体", "whole"),
        "counted_layer": layer_label(lack.partition(":")[2]),
        "meeting": "=0",
        "unknown": "=0",
        "total": "=0",
        "unnamed": 0,
        "required": block.required[0],
        "finding": block.finding[0],
    }


def _shares(table: pd.DataFrame) -> pd.DataFrame:
    if not len(table):
        return pd.DataFrame(columns=list(SHARES))
    group, _ = pd.factorize(table["norm"] + " " + table["id"].astype(str))
    order = np.argsort(group, kind="stable")
    table, group = table.iloc[order].reset_index(drop=True), group[order]
    lines = Lines(SHARES, group)
    least, most = "ROUND([share],9)", "ROUND([share_at_most],9)"
    return sheet(
        SHARES,
        {
            **{n: text(table[n].to_list()) for n in ("norm", "id", "name", "counted_layer")},
            **{name: _formulas(table[name]) for name in ("meeting", "unknown", "total")},
            "unnamed_exempt": table["unnamed"].astype("int64"),
            "share": lines('=IF([total]=0,"",[meeting]/[total])'),
            "share_at_most": lines(
                '=IF([total]=0,"",MIN(1,([meeting]+[unknown])/MAX([total]-[unnamed_exempt],1)))'
            ),
            "required": table["required"].astype(float),
            "gap": lines(
                '=IF(OR([required]="",[total]=0),"",'
                "MAX(0,ROUNDUP(ROUND([required]*[total]-[meeting],9),0)))"
            ),
            "kept": lines(
                f'=IF(OR([required]="",[total]=0),{met(-1)},IF({least}>=ROUND([required],9),'
                f"{met(1)},IF({most}<ROUND([required],9),{met(0)},{met(-1)})))"
            ),
            "recomputed": lines(every_one("kept")),
            "found": found(table["finding"].to_numpy(np.int8)),
            "same": lines(same()),
        },
    )


def _formulas(cells: pd.Series) -> pd.Series:
    return pd.Series([Formula(cell) for cell in cells], dtype=object)
