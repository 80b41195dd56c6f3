"""Whether published figures agree with each other, given how they were rounded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from geo.errors import NotFoundError
from geo.text import say

Kind = Literal["ratio", "sum", "difference", "at_least", "growth"]
"""``ratio``: num × per ÷ den. ``sum``: of the parts. ``difference``: first part less the others.
``at_least``: the first part is not below the result. ``growth``: yearly growth from the first part
to the second."""
Outcome = Literal["agrees", "contradicts", "derived"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure; rounded to ``step``, so that it means value ± step / 2."""

    key: str
    name: str
    value: float
    step: float
    unit: str
    on: date | None
    source: str
    place: str

    @property
    def interval(self) -> tuple[float, float]:
        """Least and greatest value it may stand for."""
        return self.value - self.step / 2, self.value + self.step / 2


@dataclass(frozen=True, slots=True)
class Check:
    """How figures should follow from each other."""

    kind: Kind
    parts: tuple[str, ...]
    result: str
    """Key of the published result; empty: it is only computed."""
    per: float = 1.0
    years: float = 1.0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What one check found."""

    name: str
    outcome: Outcome
    computed: float
    low: float
    high: float
    published: tuple[float, ...]
    message: str


def examine(figures: Sequence[Figure], checks: Sequence[Check]) -> list[Report]:
    """Return contradictions and agreements: figures printed twice, then what should follow.

    Raises
    ------
    NotFoundError
        A check names a figure that is not there.
    """
    by_key: dict[str, list[Figure]] = {}
    for figure in figures:
        by_key.setdefault(f"{figure.place}/{figure.key}", []).append(figure)
    reports = [_printed_twice(same) for same in by_key.values() if len(same) > 1]
    found: dict[str, list[Figure]] = {}
    for figure in figures:
        found.setdefault(figure.key, []).append(figure)
    return reports + [_follow(check, found) for check in checks]


def _printed_twice(same: list[Figure]) -> Report:
    low = max(figure.interval[0] for figure in same)
    high = min(figure.interval[1] for figure in same)
    days = {figure.on for figure in same}
    values = tuple(figure.value for figure in same)
    agree = low <= high
    listed = say("、", ", ").join(
        f"{figure.value:,g}（{figure.on or say('日期不详', 'no date')}，{figure.source}）"
        for figure in same
    )
    later = len(days) > 1 and None not in days
    outcome: Outcome = "agrees" if agree or later else "contradicts"
    tail = say("一致", "agree") if agree else say("互相矛盾", "contradict each other")
    if later and not agree:
        tail = say("日期不同，可能都对", "of different days: both may be right")
    return Report(
        same[0].name,
        outcome,
        values[0],
        low,
        high,
        values,
        say(f"{same[0].name}：{listed}，{tail}。", f"{same[0].name}: {listed}: {tail}."),
    )


def _follow(check: Check, found: dict[str, list[Figure]]) -> Report:
    parts = [_known(found, key) for key in check.parts]
    values = [part[0].value for part in parts]
    low, high = _interval(check, [part[0].interval for part in parts])
    computed = _compute(check, values)
    name = check.name or " / ".join(part[0].name for part in parts)
    expression = _expression(check, values)
    rounded = f"{low:,.4g}–{high:,.4g}"
    if not check.result:
        text = say(
            f"{name}：{expression} = {computed:,.6g}（算得）。",
            f"{name}: {expression} = {computed:,.6g} (derived).",
        )
        return Report(name, "derived", computed, low, high, (), text)
    published = _known(found, check.result)
    spans = [figure.interval for figure in published]
    if check.kind == "at_least":
        agree = all(high >= span[0] for span in spans)
    else:
        agree = all(low <= span[1] and high >= span[0] for span in spans)
    stated = tuple(figure.value for figure in published)
    listed = say("、", ", ").join(f"{value:,g}" for value in stated)
    tail = say("相符", "agrees") if agree else say("不符", "contradicts")
    if check.kind == "at_least":
        tail = say("够", "enough") if agree else say("不够", "not enough")
    text = say(
        f"{name}：{expression} = {computed:,.4g}（按舍入 {rounded}），所载为 {listed}，{tail}。",
        f"{name}: {expression} = {computed:,.4g} (by rounding {rounded}), published {listed}: "
        f"{tail}.",
    )
    if check.kind == "ratio" and not agree:
        implied = values[0] * check.per / stated[0]
        text += say(
            f"所载数字意味着分母为 {implied:,.0f}。",
            f" The published figure implies {implied:,.0f}.",
        )
    return Report(name, "agrees" if agree else "contradicts", computed, low, high, stated, text)


def _compute(check: Check, values: Sequence[float]) -> float:
    match check.kind:
        case "ratio":
            return values[0] * check.per / values[1]
        case "sum":
            return float(sum(values))
        case "difference":
            return values[0] - float(sum(values[1:]))
        case "growth":
            with np.errstate(all="ignore"):
                return float(np.power(values[1] / values[0], 1 / check.years) - 1)
        case _:
            return values[0]


def _interval(check: Check, spans: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the least and greatest result; every part moves the result one way."""
    rising = {"ratio": [1, -1], "growth": [-1, 1]}.get(
        check.kind, [1] + [-1 if check.kind == "difference" else 1] * (len(spans) - 1)
    )
    lows = [span[0] if way > 0 else span[1] for span, way in zip(spans, rising, strict=True)]
    highs = [span[1] if way > 0 else span[0] for span, way in zip(spans, rising, strict=True)]
    return _compute(check, lows), _compute(check, highs)


def _expression(check: Check, values: Sequence[float]) -> str:
    shown = [f"{value:,g}" for value in values]
    match check.kind:
        case "ratio":
            times = "" if check.per == 1 else f" × {check.per:,g}"
            return f"{shown[0]}{times} ÷ {shown[1]}"
        case "growth":
            return f"({shown[1]} ÷ {shown[0]})^(1/{check.years:g}) − 1"
        case "difference":
            return " − ".join(shown)
        case _:
            return " + ".join(shown)


def _known(found: dict[str, list[Figure]], key: str) -> list[Figure]:
    if key in found:
        return found[key]
    raise NotFoundError(
        say(f"没有数字“{key}”。", f"there is no figure {key!r}"),
        hint=say(f"有：{'、'.join(found)}", f"known: {', '.join(found)}"),
    )
