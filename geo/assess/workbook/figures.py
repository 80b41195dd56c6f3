"""Every verdict that compares one number with another, recomputed from the cells beside it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess import words
from geo.assess.kinds import classes
from geo.assess.place import label
from geo.assess.scene import Scene
from geo.assess.terms import ADDITIVE
from geo.assess.verdicts import WHOLE_UNITS, Block
from geo.assess.whole import groups
from geo.assess.workbook.cells import FIRST_LINE, Lines, at, found, met, same, sheet, text
from geo.demand.units import texts
from geo.norms import Norm
from geo.norms.model import Attribute, Capacity, Count, Ratio, Term
from geo.store.tables import Formula
from geo.text import say

_APART: Final = ("exclusion", "selection", "composed", "timeliness", "reach")
"""Kinds that have a sheet of their own."""
_MOST_PARTS: Final = 100_000
_COLUMNS: Final = (
    "norm",
    "id",
    "name",
    "unit",
    "figure",
    "base",
    "per",
    "floor",
    "rounded_up",
    "op",
    "upper",
    "actual",
    "required",
    "gap",
    "recomputed",
    "found",
    "same",
    "note",
)
_PARTS: Final = ("norm", "subject", "id", "name", "cell", "share", "counted")


def alone(table: pd.DataFrame, blocks: tuple[Block, ...]) -> pd.DataFrame:
    """Return the rows of a result table that one line of cells can recompute."""
    fit = np.array([_fits(block) for block in blocks], bool)
    settled = table["actual"].notna() & table["required"].notna() & (table["finding"] >= 0)
    kept = table[settled]
    kept = kept[(kept["actual"] == kept["at_most"]) & fit[kept["block"].to_numpy(np.int64)]]
    pools = [int(blocks[b].pool[a]) for b, a in zip(kept["block"], kept["at"], strict=True)]
    return pd.DataFrame(kept[np.array(pools, np.int64) == 1].reset_index(drop=True))


def figures(
    scene: Scene, blocks: tuple[Block, ...], kept: pd.DataFrame, parts_name: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one line a verdict, and the rows whose sums are their actual numbers."""
    n = len(kept)
    numbers = kept["block"].to_numpy(np.int64)
    rules = [blocks[b].rules[blocks[b].rule[a]] for b, a in zip(numbers, kept["at"], strict=True)]
    norms = [blocks[b].norm for b in numbers]
    per, figure = np.full(n, np.nan), kept["required"].to_numpy(np.float64).copy()
    ratios = np.array([isinstance(norm.measure, Ratio | Capacity) for norm in norms], bool)
    upper = kept["upper"].to_numpy(np.float64).copy()
    floor = np.full(n, np.nan)
    classed = _class_figures(scene, blocks)
    for row in np.flatnonzero(ratios):
        value, measure = rules[row].value, norms[row].measure
        per[row] = measure.per if isinstance(measure, Ratio) else 1.0
        upper[row] = np.nan if value.upper is None else value.upper
        floor[row] = np.nan if value.floor is None else value.floor
        stated = np.nan if value.value is None else value.value
        if isinstance(measure, Capacity):
            stated *= float(np.prod([number for _, number in value.parameters]))
        block = blocks[numbers[row]]
        own = classed.get(int(numbers[row]))
        figure[row] = stated if own is None else own[block.rows[int(kept["at"].iloc[row])]]
    spans, parts = _parts(scene, blocks, kept)
    lines = Lines(_COLUMNS, n=n)
    whole = [blocks[b].gap_unit in WHOLE_UNITS for b in numbers]
    between = 'IF([op]="between",ROUND([actual]-[upper]*IF([base]="",1,[base]/[per]),9),0)'
    short = (
        f'MAX(0,IF([op]="<=",ROUND([actual]-[required],9),ROUND([required]-[actual],9)),{between})'
    )
    gaps = zip(lines(f"={short}"), lines(f"=ROUNDUP({short},0)"), whole, strict=True)
    return (
        sheet(
            _COLUMNS,
            {
                "norm": text(kept["norm"]),
                "id": text(kept["id"]),
                "name": text(kept["name"]),
                "unit": text([words.unit_label(unit) for unit in kept["gap_unit"].astype(str)]),
                "figure": figure,
                "base": kept["base"].where(ratios).to_numpy(float),
                "per": per,
                "floor": floor,
                "rounded_up": np.array([getattr(n.measure, "whole", False) for n in norms], bool),
                "op": text(["≥" if norm.op == ">=" else norm.op for norm in norms]),
                "upper": upper,
                "actual": _actual(kept, spans, parts_name),
                "required": lines(
                    '=IF([base]="",[figure],MAX(IF([rounded_up]="' + say("是", "yes") + '",'
                    "ROUNDUP(ROUND([figure]*[base]/[per],9),0),[figure]*[base]/[per]),N([floor])))"
                ),
                "gap": pd.Series([up if u else plain for plain, up, u in gaps], dtype=object),
                "recomputed": lines(f"=IF([gap]=0,{met(1)},{met(0)})"),
                "found": found(kept["finding"].to_numpy(np.int8)),
                "same": lines(same()),
                "note": text(_notes(kept, spans)),
            },
        ),
        parts,
    )


def _fits(block: Block) -> bool:
    norm = block.norm
    share = norm.judged == "share" and block.role == "whole"
    return norm.kind not in _APART and norm.op != "==" and not share


def _class_figures(scene: Scene, blocks: tuple[Block, ...]) -> dict[int, NDArray[np.float64]]:
    """Return by block the figure of every subject's class, where a ratio has classes."""
    found_of: dict[int, NDArray[np.float64]] = {}
    for number, block in enumerate(blocks):
        measure = block.norm.measure
        if isinstance(measure, Ratio) and measure.class_by is not None and block.layer:
            given, _, _ = classes(scene, block.norm, block.rules[0], measure.class_by, block.layer)
            if given is not None:
                found_of[number] = given
    return found_of


def _actual(kept: pd.DataFrame, spans: dict[int, tuple[int, int]], name: str) -> pd.Series:
    """Return the actual number of each line: a sum over its parts where they are listed."""
    cells = kept["actual"].astype(object).to_list()
    for row, (first, last) in spans.items():
        cells[row] = Formula(f"=SUM({at(name, 'G', first, last)})")
    return pd.Series(cells, dtype=object)


def _notes(kept: pd.DataFrame, spans: dict[int, tuple[int, int]]) -> list[str]:
    loose = kept["conditional"].to_numpy(bool)
    return [
        say("；", "; ").join(
            note
            for note, holds in (
                (say("现状为“明细”之和", "actual: sum of its parts"), row in spans),
                (say("不知是否适用，按适用计算", "computed as if it applied"), loose[row]),
            )
            if holds
        )
        for row in range(len(kept))
    ]


def _parts(
    scene: Scene, blocks: tuple[Block, ...], kept: pd.DataFrame
) -> tuple[dict[int, tuple[int, int]], pd.DataFrame]:
    """Return which lines of the parts each row sums, and the parts."""
    spans: dict[int, tuple[int, int]] = {}
    frames: list[pd.DataFrame] = []
    line = FIRST_LINE
    for number, rows in kept.groupby("block", sort=False).indices.items():
        block = blocks[int(number)]  # type: ignore[call-overload]
        term = _summed(block.norm)
        if term is None:
            continue
        part = _parts_of(scene, block, term)
        wanted = block.rows[kept["at"].to_numpy(np.int64)[rows]]
        part = part[part["subject_row"].isin(wanted)].sort_values("subject_row", kind="stable")
        if line + len(part) > _MOST_PARTS:
            continue
        subject = part["subject_row"].to_numpy(np.int64)
        first = np.searchsorted(subject, wanted, side="left")
        last = np.searchsorted(subject, wanted, side="right")
        ids = dict(zip(wanted, kept["id"].astype(str).to_numpy()[rows], strict=True))
        for row, start, end in zip(rows, first, last, strict=True):
            if end > start:
                spans[int(row)] = (line + int(start), line + int(end) - 1)
        part = part.assign(norm=block.norm.id, subject=[ids[row] for row in subject])
        frames.append(part)
        line += len(part)
    if not frames:
        return {}, pd.DataFrame(columns=list(_PARTS))
    parts = pd.concat(frames, ignore_index=True)
    counted = Lines(_PARTS, n=len(parts))("=[cell]*[share]")
    typed = {name: text(parts[name].to_list()) for name in ("norm", "subject", "id", "name")}
    return spans, sheet(
        _PARTS,
        {**typed, "cell": parts["cell"], "share": parts["share"], "counted": counted},
    )


def _summed(norm: Norm) -> Term | None:
    """Return the term whose rows add up to a norm's actual number, if there is one."""
    measure = norm.measure
    term = None
    if isinstance(measure, Ratio):
        term = measure.num
    elif isinstance(measure, Attribute):
        term = measure.term
    elif isinstance(measure, Count) and not measure.per_year:
        term = measure.what
    if term is None or term.how not in ("sum", "count"):
        return None
    if norm.judged == "each" and term.layer == norm.subject:
        return None
    return term if term.layer and term.field not in ADDITIVE else None


def _parts_of(scene: Scene, block: Block, term: Term) -> pd.DataFrame:
    """Return the rows of a layer that count for each subject of a block."""
    norm, place = block.norm, scene.place
    if not place.has(term.layer):
        return pd.DataFrame({"subject_row": np.zeros(0, np.int64)})
    pairs = scene.terms.pairs(norm.subject, term.layer, term.link)
    surely = scene.terms.met(term.layer, term.where).surely
    cells = scene.terms.cells(term).exact
    subject = pairs.subject
    if norm.judged != "each":
        subject = groups(scene, norm, norm.subject).of[subject]
    good = surely[pairs.row] & np.isfinite(cells[pairs.row]) & (subject >= 0)
    row = pairs.row[good]
    return pd.DataFrame(
        {
            "subject_row": subject[good],
            "id": texts(place.frames[term.layer], "id")[row],
            "name": label(place, term.layer)[row],
            "cell": cells[row],
            "share": pairs.share[good],
        }
    )
