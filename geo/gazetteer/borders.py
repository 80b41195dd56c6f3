"""Boundary lines and stones: when each is inspected next, what an inspection found, what is mended.

A line is inspected jointly every five years (行政区域界线管理条例 第十二条); a stone is mended only
with the neighbour present, and moved or added only after a joint survey (第六条).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import shapely

from geo.errors import DataError, NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.calendar import FOREVER, span
from geo.gazetteer.succession import lines_on, stones_on
from geo.text import say

YEARS: Final = 5
CONDITIONS: Final = ("完好", "倾斜", "损坏", "丢失", "已修复")
SOUND: Final = ("完好", "已修复")
_PARTIES: Final = 2
_SPLIT: Final = re.compile(r"[；;、,，]")


@dataclass(frozen=True, slots=True)
class Line:
    """A boundary line on a day."""

    row: Row
    stones: tuple[Row, ...]
    parties: tuple[str, ...]
    """Names of the divisions on both sides, else their codes."""
    last: str
    """Day of the last inspection; empty: none is recorded."""
    due: str
    """Day of the next: as recorded, or five years after the last, whichever is earlier."""

    def overdue(self, on: date) -> bool:
        """Return whether the next inspection should have been by a day."""
        return bool(self.due) and date.fromordinal(span(self.due).last) < on


def lines(book: Gazetteer, *, on: date) -> list[Line]:
    """Return the boundary lines of a day, those due first at the top."""
    last: dict[str, str] = {}
    for row in book.rows("inspection"):
        line = row["line_id"] or ""
        last[line] = max(last.get(line, ""), row["inspected_on"])
    stones: dict[str, list[Row]] = {}
    for row in stones_on(book, on):
        stones.setdefault(row["line_id"] or "", []).append(row)
    names = _divisions(book, on)
    found = [
        Line(
            row,
            tuple(sorted(stones.get(row["id"], []), key=lambda one: one["number"])),
            tuple(names.get(one, one) for one in _parties(row["parties"])),
            last.get(row["id"], ""),
            due_of(row["next_due"], last.get(row["id"], "")),
        )
        for row in lines_on(book, on)
    ]
    return sorted(found, key=lambda line: (line.due or "9", line.row["code"]))


def due_of(recorded: str, inspected: str) -> str:
    """Return when a line is inspected next.

    Examples
    --------
    >>> due_of("2030-10-31", "2024-02-29"), due_of("", ""), due_of("2026-10-31", "")
    ('2029-02-28', '', '2026-10-31')
    """
    days = [recorded] if recorded else []
    if inspected:
        day = date.fromordinal(span(inspected).last)
        leap = (day.month, day.day) == (2, 29)
        days.append(day.replace(year=day.year + YEARS, day=28 if leap else day.day).isoformat())
    return min(days, default="")


def inspect(
    book: Gazetteer,
    code: str,
    *,
    on: date,
    findings: str,
    signed_by: Sequence[str],
    conditions: dict[str, str],
    round_name: str,
    author: str,
    reason: str,
    at: datetime,
) -> tuple[str, str]:
    """Record a joint inspection of a line, and return the change set and the next due day.

    Parameters
    ----------
    book
        The gazetteer.
    code
        Code of the line.
    on
        Day of the inspection.
    findings
        What was found.
    signed_by
        Who signed: both sides.
    conditions
        How stones stand, by their numbers; stones that are not named stay as they were.
    round_name
        The round it belongs to; empty: the five-year plan's years.
    author, reason, at
        Who records it, why and when.

    Raises
    ------
    NotFoundError
        There is no such line.
    DataError
        Fewer than two signed, the day is to come, or a stone or its condition is not known; all
        that is wrong is named.
    """
    line = _line(book, code)
    signers = tuple(dict.fromkeys(one.strip() for one in signed_by if one.strip()))
    faults = []
    if len(signers) < _PARTIES:
        faults.append(say("联检须由毗邻双方签署，至少两个", "both neighbours must sign"))
    if on > at.date():
        faults.append(say(f"联检日期 {on} 还没有到", f"{on} is to come"))
    known = {row["number"]: row for row in book.rows("marker", line_id=line["id"])}
    faults += [
        say(f"界线 {code} 没有界桩 {number}", f"line {code} has no stone {number}")
        for number in conditions
        if number not in known
    ]
    faults += _strange(conditions.values())
    if faults:
        raise DataError(say("；", "; ").join(faults) + say("。", "."))
    due = due_of("", on.isoformat())
    with book.change(author=author, reason=reason, at=at) as change:
        change.insert(
            "inspection",
            line_id=line["id"],
            round=round_name or round_of(on),
            inspected_on=on.isoformat(),
            findings=findings,
            signed_by=say("、", "、").join(signers),
        )
        later = [
            row["inspected_on"]
            for row in change.select("inspection", line_id=line["id"])
            if row["inspected_on"] > on.isoformat()
        ]
        if not later:
            change.update("line", line["id"], line["version"], next_due=due)
        for number, condition in conditions.items():
            row = known[number]
            if row["condition"] != condition:
                change.update("marker", row["id"], row["version"], condition=condition)
        return change.id, line["next_due"] if later else due


def repair(
    book: Gazetteer,
    number: str,
    *,
    condition: str,
    witnesses: Sequence[str],
    moved_to: tuple[float, float] | None,
    survey: str,
    photo: str,
    author: str,
    reason: str,
    at: datetime,
) -> str:
    """Record that a stone was mended, or moved after a joint survey; return the change set.

    Raises
    ------
    NotFoundError
        There is no such stone.
    DataError
        The neighbour was not present, or it was moved without a survey's number.
    """
    rows = book.rows("marker", number=number)
    if not rows:
        near = [r["number"] for r in book.rows("marker") if r["number"][:4] == number[:4]]
        raise NotFoundError(
            say(f"没有界桩 {number}。", f"there is no stone {number}."),
            hint=say(
                f"这条界线有：{'、'.join(near[:10])}。", f"That line has {', '.join(near[:10])}."
            )
            if near
            else "",
        )
    present = tuple(dict.fromkeys(one.strip() for one in witnesses if one.strip()))
    faults = _strange([condition])
    if len(present) < _PARTIES:
        faults.append(
            say(
                "修复界桩须毗邻双方到场，请写明双方（界线管理条例 第六条）",
                "a stone is mended with both neighbours present: name both (Art. 6)",
            )
        )
    if moved_to is not None and not survey:
        faults.append(
            say(
                "移动界桩须联合测定并备案，请写明测定文号（第六条）",
                "a stone is moved after a joint survey: give its number (Art. 6)",
            )
        )
    if faults:
        raise DataError(say("；", "; ").join(faults) + say("。", "."))
    row = rows[0]
    moved = {} if moved_to is None else {"shape": shapely.Point(moved_to)}
    shown = {"photo": photo} if photo else {}
    why = f"{reason}（{say('到场', 'present')}：{'、'.join(present)}"
    why += f"；{say('联合测定', 'survey')} {survey}）" if survey else "）"
    with book.change(author=author, reason=why, at=at) as change:
        change.update("marker", row["id"], row["version"], condition=condition, **moved, **shown)
        return change.id


def round_of(on: date) -> str:
    """Return the round that a day falls into: the years of its five-year plan.

    Examples
    --------
    >>> round_of(date(2026, 5, 1)), round_of(date(2030, 12, 31))
    ('2026—2030', '2026—2030')
    """
    first = (on.year - 1) // YEARS * YEARS + 1
    return f"{first}—{first + YEARS - 1}"


def _line(book: Gazetteer, code: str) -> Row:
    rows = book.rows("line", code=code) or book.rows("line", name=code)
    if not rows:
        known = sorted(row["code"] for row in book.rows("line"))
        raise NotFoundError(
            say(f"没有界线“{code}”。", f"there is no line {code!r}."),
            hint=say(f"有：{'、'.join(known[:20])}。", f"There are {', '.join(known[:20])}.")
            if known
            else "",
        )
    return rows[0]


def _strange(conditions: Iterable[str]) -> list[str]:

    return [
        say(
            f"完好状况“{one}”应为{'、'.join(CONDITIONS)}之一",
            f"condition {one!r} should be one of {', '.join(CONDITIONS)}",
        )
        for one in dict.fromkeys(conditions)
        if one not in CONDITIONS
    ]


def _parties(text: str) -> list[str]:
    return [part.strip() for part in _SPLIT.split(text) if part.strip()]


def _divisions(book: Gazetteer, on: date) -> dict[str, str]:
    """Return what divisions are called on a day, by their codes."""
    codes = {
        row["place_id"]: row["value"]
        for scheme in ("gb2260", "gbt10114")
        for row in book.rows("code", on=on, scheme=scheme)
    }
    named = {
        row["place_id"]: row["text"]
        for row in book.rows("name", on=on)
        if row["kind"] == "standard" or (row["kind"] == "former" and row["end_day"] < FOREVER)
    }
    return {code: named[place] for place, code in codes.items() if place in named}
