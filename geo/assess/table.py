"""The result table of an assessment: one row a norm and subject, in words where they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.assess import words
from geo.assess.formula import formula, others
from geo.assess.place import UNITS, label
from geo.assess.run import Assessment
from geo.assess.terms import people
from geo.assess.verdicts import VERDICTS, Block
from geo.demand.units import numbers, texts
from geo.text import say

WEIGHTS: Final = {"elder": "elders", "daycare": "elders", "child": "children"}
"""Whom a norm concerns, by the first word of its id; everybody else's are the population."""

COLUMNS: Final = (
    "block",
    "at",
    "norm",
    "layer",
    "id",
    "name",
    "community_code",
    "township_code",
    "county_code",
    "role",
    "verdict",
    "finding",
    "conditional",
    "level",
    "actual",
    "at_most",
    "required",
    "upper",
    "base",
    "gap",
    "gap_unit",
    "people",
    "lacks",
)


def rows(assessment: Assessment) -> pd.DataFrame:
    """Return every verdict as numbers and keys: the form in which many are counted.

    Returns
    -------
    DataFrame
        ``block`` and ``at`` say where the verdict stands in the assessment; ``norm layer id name
        community_code township_code county_code role verdict finding level actual at_most required
        upper base gap gap_unit people lacks``.
    """
    blocks = assessment.blocks
    subjects = _Subjects(assessment)
    length = np.array([len(block) for block in blocks], np.int64)
    block = np.repeat(np.arange(len(blocks), dtype=np.int32), length)
    table = subjects.take(blocks)

    def joined(name: str, dtype: type) -> NDArray[Any]:
        parts: list[NDArray[Any]] = [np.asarray(getattr(one, name), dtype) for one in blocks]
        return np.concatenate([np.zeros(0, dtype), *parts])

    def spread(values: list[str]) -> pd.Categorical[str]:
        known = list(dict.fromkeys(values))
        codes = np.array([known.index(value) for value in values], np.int16)
        return _category(codes[block], known)

    low = np.concatenate([np.zeros(0), *(one.actual.low for one in blocks)])
    high = np.concatenate([np.zeros(0), *(one.actual.high for one in blocks)])
    levels = ["must", "should", "target", "statistic", "draft"]
    level = [
        np.array([levels.index(rule.level) for rule in one.rules], np.int8)[one.rule]
        for one in blocks
    ]
    lacks, texts_of_lacks = pd.factorize(joined("lacks", object))
    return table.assign(
        block=block,
        at=np.concatenate([np.zeros(0, np.int32), *(np.arange(n, dtype=np.int32) for n in length)]),
        norm=spread([one.norm.id for one in blocks]),
        layer=spread([one.layer or "place" for one in blocks]),
        role=spread([one.role for one in blocks]),
        verdict=_category(joined("verdict", np.int8), VERDICTS),
        finding=joined("finding", np.int8),
        conditional=joined("conditional", bool),
        level=_category(np.concatenate([np.zeros(0, np.int8), *level]), levels),
        actual=np.where(np.isinf(low), np.nan, low),
        at_most=np.where(np.isinf(high), np.nan, high),
        **{name: joined(name, float) for name in ("required", "upper", "base", "gap")},
        gap_unit=spread([one.gap_unit for one in blocks]),
        lacks=_category(lacks, list(texts_of_lacks)),
    )[list(COLUMNS)]


def _category(codes: NDArray[Any], words: Sequence[str]) -> pd.Categorical[str]:
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(words)))


class _Subjects:
    """Keys, names, units and people of every subject, arranged once a layer."""

    def __init__(self, assessment: Assessment) -> None:
        place = assessment.place
        self._place = place
        self._layers = ["", *place.frames]
        sizes = [1, *(len(frame) for frame in place.frames.values())]
        self._offset = dict(zip(self._layers, np.cumsum([0, *sizes[:-1]]), strict=True))
        used = {block.layer for block in assessment.blocks}
        parts = [self._part(layer) for layer in self._layers]
        self._table = pd.concat(parts, ignore_index=True)
        weights = {_weight(block.norm.id) for block in assessment.blocks}
        self._people = {
            weight: np.concatenate(
                [
                    self._people_of(layer, weight) if layer in used else np.full(n, np.nan)
                    for layer, n in zip(self._layers, sizes, strict=True)
                ]
            )
            for weight in weights
        }

    def take(self, blocks: Sequence[Block]) -> pd.DataFrame:
        """Return one row a verdict."""
        at = [self._offset[block.layer] + block.rows for block in blocks]
        people = [
            self._people[_weight(block.norm.id)][rows]
            for block, rows in zip(blocks, at, strict=True)
        ]
        position = np.concatenate([np.zeros(0, np.int64), *at]).astype(np.int64)
        columns = {str(name): self._table[name].array.take(position) for name in self._table}
        return pd.DataFrame(columns).assign(people=np.concatenate([np.zeros(0), *people]))

    def _part(self, layer: str) -> pd.DataFrame:
        place = self._place
        if not layer:
            area = place.area or say("全国", "country")
            columns: dict[str, Any] = {"id": [area], "name": [area]}
            columns |= {f"{level}_code": [None] for level in reversed(UNITS)}
        else:
            codes = place.codes[layer]
            columns = {
                "id": texts(place.frames[layer], "code" if layer in UNITS else "id"),
                "name": label(place, layer),
            } | {f"{level}_code": codes[level].to_numpy(object) for level in reversed(UNITS)}
        return pd.DataFrame(columns, dtype="string")

    def _people_of(self, layer: str, weight: str) -> NDArray[np.float64]:
        """Return how many people each subject concerns: its own, else those of its community."""
        place = self._place
        if not layer:
            level = next((level for level in UNITS if place.has(level)), "")
            if not level:
                return np.full(1, np.nan)
            own = people(place, level, weight, None, None).exact[place.inside[level]]
            return np.full(1, own.sum())
        if layer in UNITS:
            return people(place, layer, weight, None, None).exact
        own = numbers(place.frames[layer], weight)
        if np.isnan(own).all() and place.has("community"):
            community = numbers(place.frames["community"], weight)
            at = place.position("community", place.codes[layer]["community"].to_numpy(object))
            own = np.where(at >= 0, community[at], np.nan)
        return own


def _weight(norm: str) -> str:
    return WEIGHTS.get(norm.split(".", maxsplit=1)[0], "population")


def in_words(assessment: Assessment, chosen: pd.DataFrame) -> pd.DataFrame:
    """Return some rows as an inspector reads them: formula, governing value, clause and quote."""
    return chosen.reset_index(drop=True).assign(
        **{
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
        }
    )


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
            formula(block, int(at)),
            value.area,
            value.start.isoformat(),
            words.start_label(rule),
            value.source,
            value.clause,
            value.quote,
            others(block.rules, row),
            again[name],
        )
