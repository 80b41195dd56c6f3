"""The result table of an assessment: one row a norm and subject, in words where they are shown."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from geo.assess import words
from geo.assess.place import UNITS, label
from geo.assess.run import Assessment
from geo.assess.verdicts import VERDICTS, Block
from geo.demand.units import numbers, texts

WEIGHTS = {"elder": "elders", "daycare": "elders", "child": "children"}
"""Whom a norm concerns, by the first word of its id; everybody else's are the population."""

NUMBERS = ("actual", "at_most", "required", "upper", "base", "gap", "people")


def rows(assessment: Assessment) -> pd.DataFrame:
    """Return every verdict as numbers and keys: the form in which many are counted.

    Returns
    -------
    DataFrame
        ``block`` and ``at`` say where the verdict stands in the assessment; ``norm layer id name
        community_code township_code county_code role verdict finding level actual at_most required
        upper base gap gap_unit people lacks``.
    """
    tables = [_rows(assessment, block, at) for at, block in enumerate(assessment.blocks)]
    if not tables:
        return pd.DataFrame(columns=["block", "at", "norm", *NUMBERS])
    return pd.concat(tables, ignore_index=True)


def _rows(assessment: Assessment, block: Block, number: int) -> pd.DataFrame:
    place, n = assessment.place, len(block)
    verdicts = pd.Categorical.from_codes(block.verdict, categories=list(VERDICTS))
    levels = [rule.level for rule in block.rules]
    known = sorted(set(levels))
    code = np.array([known.index(level) for level in levels], np.int8)[block.rule]
    low = np.where(np.isinf(block.actual.low), np.nan, block.actual.low)
    high = np.where(np.isinf(block.actual.high), np.nan, block.actual.high)
    ident, name, codes = _subjects(assessment, block)
    return pd.DataFrame(
        {
            "block": np.full(n, number, np.int32),
            "at": np.arange(n, dtype=np.int32),
            "norm": pd.Categorical.from_codes(np.zeros(n, np.int16), categories=[block.norm.id]),
            "layer": block.layer or "place",
            "id": ident,
            "name": name,
            **codes,
            "role": block.role,
            "verdict": verdicts,
            "finding": block.finding,
            "conditional": block.conditional,
            "level": pd.Categorical.from_codes(code, categories=known),
            "actual": low,
            "at_most": high,
            "required": block.required,
            "upper": block.upper,
            "base": block.base,
            "gap": block.gap,
            "gap_unit": block.gap_unit,
            "people": people_of(assessment, block),
            "lacks": block.lacks,
        }
    ).assign(norm=block.norm.id, level=np.array(known, object)[code]) if n else pd.DataFrame()


def _subjects(
    assessment: Assessment, block: Block
) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    place, n = assessment.place, len(block)
    if not block.layer:
        area = np.full(n, assessment.place.area, object)
        blank = np.full(n, None, object)
        return area, area, {f"{level}_code": blank for level in reversed(UNITS)}
    frame = place.frames[block.layer]
    key = texts(frame, "code" if block.layer in UNITS else "id")[block.rows]
    codes = place.codes[block.layer]
    return (
        key,
        label(place, block.layer)[block.rows],
        {
            f"{level}_code": codes[level].to_numpy(object)[block.rows]
            for level in ("community", "township", "county")
        },
    )


def people_of(assessment: Assessment, block: Block) -> np.ndarray:
    """Return how many people each subject concerns: its own, else those of its community."""
    place, n = assessment.place, len(block)
    weight = WEIGHTS.get(block.norm.id.split(".")[0], "population")
    if not block.layer:
        level = next((level for level in UNITS if place.has(level)), "")
        if not level:
            return np.full(n, np.nan)
        summed = numbers(place.frames[level], weight)[place.inside[level]].sum()
        return np.full(n, summed)
    own = numbers(place.frames[block.layer], weight)
    if np.isnan(own).all() and place.has("community") and block.layer not in UNITS:
        community = numbers(place.frames["community"], weight)
        at = place.position("community", place.codes[block.layer]["community"].to_numpy(object))
        own = np.where(at >= 0, community[at], np.nan)
    return own[block.rows]


def in_words(assessment: Assessment, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return some rows as an inspector reads them: formula, governing value, clause and quote."""
    return chosen.reset_index(drop=True).assign(**{
        name: pd.array(values, dtype="string")
        for name, values in zip(
            (
                "norm_name",
                "verdict_text",
                "formula",
                "value_area",
                "value_from",
                "from_is",
                "source",
                "clause",
                "quote",
                "other_rules",
                "read_again",
            ),
            zip(*_texts(assessment, chosen), strict=True) if len(chosen) else [[]] * 11,
            strict=True,
        )
    })


def _texts(assessment: Assessment, chosen: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    again: dict[str, str] = {}
    for number, at in zip(chosen["block"], chosen["at"], strict=True):
        block = assessment.blocks[number]
        row = int(block.rule[at])
        rule, value = block.rules[row], block.rules[row].value
        name = block.norm.id
        if name not in again:
            notices = assessment.rules.to_read_again(name)
            again[name] = "\n".join(notice.norm.label for notice in notices)
        yield (
            block.norm.label,
            words.verdict_label(VERDICTS[block.verdict[at]]),
            words.formula(block, int(at), assessment.place),
            value.area,
            value.start.isoformat(),
            words.start_label(rule),
            value.source,
            value.clause,
            value.quote,
            words.others(block.rules, row),
            again[name],
        )
