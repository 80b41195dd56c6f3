"""Give the places of a decided case their 20-digit codes: county, township, class, serial number.

The serial number is the next after the highest that the gazetteer ever had for the township and the
class; a code that the national database of placenames gave is entered as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.cases.law import Kind, Rulebook
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.order import DECIDED, must_follow
from geo.gazetteer.cases.record import Case, Select, case_of, in_hand
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.classes import class_of
from geo.text import say

TASK: Final = "place_code"
"""The deadline of an area by which a place that was named has its code."""

_SCHEME: Final = "dmdm20"
_DIGITS: Final = 20
_COUNTY, _TOWNSHIP, _PREFIX = 6, 9, 14
_NO_TOWNSHIP: Final = "000"
_LAST: Final = 999_999
_NAMING: Final = ("name", "rename")
"""Effects after which a place has a standard name."""
_CODERS: Final = ("clerk", "filing_officer", "archivist")


@dataclass(frozen=True, slots=True)
class Coded:
    """A place with its code."""

    place_id: str
    name: str
    code: str
    new: bool
    """Whether it was given now; else the place had it already."""


def assign_codes(
    book: Gazetteer,
    case_id: str,
    *,
    version: int,
    by: str,
    role: str = "clerk",
    at: datetime,
    code: str = "",
    note: str = "",
    rules: Rulebook | None = None,
) -> tuple[Coded, ...]:
    """Give every place that a case, or a campaign, named a code, and end the task that asks for it.

    Parameters
    ----------
    book, case_id, version
        The gazetteer, the case, and its version as the officer saw it.
    by, role, at, rules
        As in `geo.gazetteer.cases.opening.open_cases`; codes hold from the day of ``at``.
    code
        A code that was given elsewhere, for the one place of the case; it replaces what the place
        has. Empty: the next free ones, for the places that have none.
    note
        Why a given code does not begin with the place's division and class.

    Raises
    ------
    ConflictError
        The case is not approved, or a code is taken.
    DataError
        The case names no place, a code does not fit it, or the day lies before the decision.
    NotFoundError
        There is no such case.
    """
    rules = rules or rulebook()
    reason = say("编定地名代码", "assign place codes") + (f"（{note}）" if note.strip() else "")
    with in_hand(
        book, case_id, version=version, by=by, role=role, allowed=_CODERS, at=at, reason=reason,
        rules=rules,
    ) as (change, case):  # fmt: skip
        _must_name(case, rules)
        named, day = _named(change.select, case, rules), at.date()
        must_follow(case.row, DECIDED, case.row["decided_on"], day.isoformat())
        found = (
            [_enter(change, _only(case, named), code.strip(), day, note)]
            if code
            else _number(change, named, day)
        )
        whole = case.row["campaign_id"]
        for one in (case, case_of(change.select("case", id=whole)[0], rules)) if whole else (case,):
            _end_task(change, one, day, rules)
        return tuple(found)


def uncoded(select: Select, case: Case, on: date, rules: Rulebook) -> list[Row]:
    """Return the places that a case, or all cases of a campaign, named and that have no code."""
    return [place for place in _named(select, case, rules) if not _standing(select, place, on)]


def may_code(kind: Kind) -> bool:
    """Return whether cases of a kind, or those on the list of one, give places names."""
    return kind.effect in _NAMING or bool(kind.children)


def _must_name(case: Case, rules: Rulebook) -> None:
    title, kind = case.row["title"], case.kind
    if not may_code(kind):
        raise DataError(
            say(
                f"案卷“{title}”是{kind.word}，不编地名代码。",
                f"{title} is a case of {kind.word}: no place codes are assigned by it.",
            ),
            hint=say(
                "命名、更名、标准化等案卷才编；区划变更的代码写在案卷里，批准时一并更换。",
                "Naming, renaming and the like do; a division change renews codes by itself.",
            ),
        )
    if not after_approval(kind, case.row["state"]):
        raise ConflictError(
            say(
                f"案卷“{title}”现为“{rules.state_words[case.row['state']]}”，"
                "批准以后才编地名代码。",
                f"{title} is {rules.state_words[case.row['state']]}: codes come after approval.",
            ),
            hint=say(
                "请先批准：fuwuquan cases approve", "Approve it first: fuwuquan cases approve"
            ),
        )


def _named(select: Select, case: Case, rules: Rulebook) -> list[Row]:
    """Return the places that a case named, those of a campaign in the order of its cases."""
    rows = select("case", campaign_id=case.id) if case.kind.children else [case.row]
    cases = [case_of(row, rules) for row in sorted(rows, key=lambda row: str(row["number"]))]
    ids = dict.fromkeys(
        one.row["place_id"]
        for one in cases
        if one.kind.effect in _NAMING and after_approval(one.kind, one.row["state"])
    )
    return [place for identity in ids if identity for place in select("place", id=identity)]


def _only(case: Case, named: Sequence[Row]) -> Row:
    if len(named) != 1:
        raise DataError(
            say(
                f"案卷“{case.row['title']}”有 {len(named)} 个地名，--code 只能写给一个。",
                f"{case.row['title']} has {len(named)} places; --code is for one.",
            ),
            hint=say(
                "请对清单上的案卷逐件写；不写 --code 则按顺序编号。",
                "Give it to each case on the list, or leave it out to number them in order.",
            ),
        )
    return named[0]


def _number(change: Change, named: Sequence[Row], day: date) -> list[Coded]:
    """Give the places without a code the next free ones."""
    values = [str(row["value"]) for row in change.select("code", scheme=_SCHEME)]
    last: dict[str, int] = {}
    for value in values:
        if value[_PREFIX:].isdigit():
            last[value[:_PREFIX]] = max(last.get(value[:_PREFIX], 0), int(value[_PREFIX:]))
    found, fresh = [], []
    for place in named:
        name = _called(change, place, day)
        held = _standing(change.select, place, day)
        if held:
            found.append(Coded(place["id"], name, held[0]["value"], new=False))
            continue
        prefix = _prefix(place, name)
        last[prefix] = number = last.get(prefix, 0) + 1
        if number > _LAST:
            raise ConflictError(
                say(
                    f"“{name}”：{prefix} 的顺序号已用到 {_LAST}。",
                    f"{name}: the serial numbers of {prefix} are used up at {_LAST}.",
                ),
                hint=say("请用 --code 写明代码。", "Give the code with --code."),
            )
        code = f"{prefix}{number:06d}"
        fresh.append(_row(place, code, day))
        found.append(Coded(place["id"], name, code, new=True))
    change.insert_all("code", fresh)
    return found


def _enter(change: Change, place: Row, code: str, day: date, note: str) -> Coded:
    """Give a place the code that was given elsewhere."""
    name = _called(change, place, day)
    if not (code.isascii() and code.isdigit() and len(code) == _DIGITS):
        raise DataError(
            say(
                f"“{name}”的地名代码“{code}”不对：有 {len(code)} 个字符，应为 20 位数字。",
                f"{name}: the code {code!r} has {len(code)} characters, not 20 digits.",
            ),
            hint=say(
                "6 位县代码、3 位乡级代码、5 位类别代码、6 位顺序号，中间不空格。",
                "6 digits of the county, 3 of the township, 5 of the class, 6 of the serial.",
            ),
        )
    prefix = _prefix(place, name)
    if code[:_PREFIX] != prefix and not note.strip():
        raise DataError(
            say(
                f"“{name}”的地名代码 {code} 与政区、类别不符：前 14 位是 {code[:_PREFIX]}，"
                f"应为 {prefix}。",
                f"{name}: the code {code} begins with {code[:_PREFIX]}, its division and class "
                f"with {prefix}.",
            ),
            hint=say(
                "请核对代码；确属国家地名信息库所给的，用 --note 写明理由。",
                "Compare it; if the national database gave it so, say why: --note.",
            ),
        )
    ever = change.select("code", scheme=_SCHEME, value=code)
    others = [row for row in ever if row["place_id"] != place["id"]]
    if others:
        [other] = change.select("place", id=others[0]["place_id"])
        holder = _called(change, other, day)
        raise ConflictError(
            say(
                f"地名代码 {code} 已属于“{holder}”，不能再给“{name}”。",
                f"the code {code} belongs to {holder} and cannot be given to {name}.",
            ),
            hint=say("请核对代码；代码用过不再重用。", "Compare it; no code is used twice."),
        )
    held = _standing(change.select, place, day)
    if held and held[0]["value"] == code:
        return Coded(place["id"], name, code, new=False)
    for row in held:
        if row["from_day"] == day.toordinal():
            change.update("code", row["id"], row["version"], value=code)
            return Coded(place["id"], name, code, new=True)
        change.end("code", row["id"], row["version"], on=day.isoformat())
    change.insert_all("code", [_row(place, code, day)])
    return Coded(place["id"], name, code, new=True)


def _end_task(change: Change, case: Case, day: date, rules: Rulebook) -> None:
    """End the task of a case whose places all have their codes."""
    tasks = change.select("task", case_id=case.id, kind=TASK, done_on="")
    if tasks and not uncoded(change.select, case, day, rules):
        for task in tasks:
            change.update("task", task["id"], task["version"], done_on=day.isoformat())


def _prefix(place: Row, name: str) -> str:
    """Return the fourteen digits that stand for a place's division and class."""
    division, known = str(place["division_code"]), class_of(str(place["class_code"]))
    if len(division) < _COUNTY or not division.isdigit() or known is None:
        raise DataError(
            say(
                f"“{name}”编不了地名代码：所属政区代码为“{division}”，应至少 6 位数字；"
                f"类别代码为“{place['class_code']}”，应为类别表中的代码。",
                f"{name}: no code can be made of the division {division!r}, of which 6 digits are "
                f"wanted, and the class {place['class_code']!r} of the table.",
            ),
            hint=say(
                "请另案更正政区或类别，或用 --code 写明代码。",
                "Correct them by a case, or give the code with --code.",
            ),
        )
    township = division[_COUNTY:_TOWNSHIP] if len(division) >= _TOWNSHIP else _NO_TOWNSHIP
    return division[:_COUNTY] + township + known.code


def _standing(select: Select, place: Row, on: date) -> list[Row]:
    rows = select("code", place_id=place["id"], scheme=_SCHEME)
    return [row for row in rows if row["from_day"] <= on.toordinal() < row["end_day"]]


def _called(change: Change, place: Row, day: date) -> str:
    names = change.select("name", place_id=place["id"], kind="standard")
    held = [row for row in names if row["from_day"] <= day.toordinal() < row["end_day"]]
    return str((held or names or [{"text": place["id"]}])[0]["text"])


def _row(place: Row, code: str, day: date) -> dict[str, str]:
    return {
        "place_id": place["id"], "scheme": _SCHEME, "value": code, "valid_from": day.isoformat(),
    }  # fmt: skip
