"""Carry out 撤镇设街道 and its kin: who succeeds, what is coded anew, which signs are stale."""

from __future__ import annotations

import calendar
import tomllib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.text import say

Kind = Literal["town_to_subdistrict", "township_to_town", "subdistrict_added"]

_COUNTY, _TOWNSHIP, _PLACE_CODE = 6, 9, 20
_RENEWED: Final = ("gbt10114", "stats12", "dmdm20")
"""Schemes whose codes begin with the code of the township."""


@dataclass(frozen=True, slots=True)
class DivisionChange:
    """What a division change is to do."""

    kind: Kind
    old_id: str
    """The place that is a town or township today."""
    name: str
    """Standard name after the change, such as 大屯街道."""
    code: str
    """Nine digits of the township code after the change."""
    on: date
    """First day of the new division."""
    document_id: str
    """The approval."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a division change does, row by row counted."""

    change_set_id: str
    """Empty when it was only foreseen."""
    new_id: str
    reparented: int
    """Places that were part of the old division and are part of the new one."""
    recoded: int
    """Codes closed and opened anew."""
    stale_signs: int
    tasks: int


def foresee(book: Gazetteer, wanted: DivisionChange, *, at: datetime) -> Outcome:
    """Count what a change would do; nothing is kept.

    Raises
    ------
    DataError, ConflictError, NotFoundError
        As `carry_out`.
    """
    book.row("place", wanted.old_id)
    book.row("document", wanted.document_id)
    with book.rehearsal(at=at) as change:
        return within(change, wanted)


def carry_out(
    book: Gazetteer, wanted: DivisionChange, *, author: str, at: datetime, case_id: str = ""
) -> Outcome:
    """Carry out a division change in one transaction; `Gazetteer.undo` takes it back whole.

    The old division ends on the day before and is succeeded by the new one; everything that was
    part of it becomes part of the new one; codes that begin with its code are closed and opened
    anew; signs that show the old name, or stand for what is coded anew, are stale; tasks with
    their legal deadlines are raised.

    Parameters
    ----------
    book
        The gazetteer.
    wanted
        The change.
    author, at, case_id
        Who carries it out, when, and for which case.

    Raises
    ------
    DataError
        The old place is no such division, or the new name or code does not fit the kind.
    ConflictError
        The code is taken, or the old place has ended already.
    NotFoundError
        No such place or document.
    """
    book.row("place", wanted.old_id)
    book.row("document", wanted.document_id)
    kind = kinds()[wanted.kind]
    with book.change(author=author, reason=str(kind["zh"]), at=at, case_id=case_id) as change:
        return replace(within(change, wanted), change_set_id=change.id)


def within(change: Change, wanted: DivisionChange) -> Outcome:
    """Carry out a division change inside a change set that does more; see `carry_out`."""
    return _do(change, wanted, change_set_id="")


@cache
def kinds() -> dict[str, Any]:
    """Return the kinds of change as their file has them."""
    return tomllib.loads((files(__package__) / "kinds.toml").read_text("utf-8"))


def _do(change: Change, wanted: DivisionChange, *, change_set_id: str) -> Outcome:
    old, old_name, old_code = _checked(change, wanted)
    day = wanted.on.isoformat()
    new_id = _succeed(change, wanted, old, old_name, day)
    reparented = _reparent(change, wanted.old_id, new_id, day)
    moved = {wanted.old_id: new_id} if wanted.kind != "subdistrict_added" else {}
    recoded = _recode(change, old_code, wanted.code, day, moved)
    signs = _stale_signs(change, old_name["text"], wanted.name, old_code, wanted.code)
    tasks = _raise_tasks(change, wanted, new_id)
    return Outcome(change_set_id, new_id, reparented, recoded, signs, tasks)


def _checked(change: Change, wanted: DivisionChange) -> tuple[Row, Row, str]:
    """Return the old place, its standard name and its code, or refuse with all that is wrong."""
    kind = kinds()[wanted.kind]
    old = change.find("place", wanted.old_id)
    assert old is not None
    names = [
        row
        for row in change.select("name", place_id=wanted.old_id, kind="standard")
        if row["end_day"] > wanted.on.toordinal()
    ]
    codes = [
        row["value"]
        for row in change.select("code", place_id=wanted.old_id, scheme="gbt10114")
        if row["end_day"] > wanted.on.toordinal()
    ]
    faults = []
    if not names or not codes:
        faults.append(say("原政区没有现行标准名称或代码", "the old one has no name or no code"))
    elif not names[0]["text"].endswith(kind["suffix_before"]):
        faults.append(
            say(
                f"“{names[0]['text']}”不是{kind['suffix_before']}",
                f"{names[0]['text']} is no {kind['suffix_before']}",
            )
        )
    if not wanted.name.endswith(kind["suffix_after"]):
        faults.append(
            say(
                f"新名称应以“{kind['suffix_after']}”结尾",
                f"it should end in {kind['suffix_after']}",
            )
        )
    low, high = kind["third"]
    digits = wanted.code.isascii() and wanted.code.isdigit() and len(wanted.code) == _TOWNSHIP
    if not digits or not low <= int(wanted.code[_COUNTY:]) <= high:
        faults.append(
            say(
                f"新代码“{wanted.code}”应为 9 位，末三位 {low:03d}～{high:03d}",
                f"code {wanted.code!r} should have 9 digits, the last three {low:03d}-{high:03d}",
            )
        )
    elif codes and wanted.code[:_COUNTY] != codes[0][:_COUNTY]:
        faults.append(say("新代码与原代码不在同一区县", "the codes are of different counties"))
    if faults:
        raise DataError(
            say("不能变更：", "cannot change: ") + say("；", "; ").join(faults),
            hint=say("请核对批复文件。", "Check the approval."),
        )
    if old["end_day"] <= wanted.on.toordinal():
        raise ConflictError(say("原政区当日已经撤销。", "the old division has ended by then."))
    if change.select("code", scheme="gbt10114", value=wanted.code):
        raise ConflictError(
            say(f"代码 {wanted.code} 已被使用。", f"code {wanted.code} is taken."),
            hint=say("撤销的代码也不再使用。", "Codes of what has ended are not used again."),
        )
    return old, names[0], codes[0]


def _succeed(change: Change, wanted: DivisionChange, old: Row, old_name: Row, day: str) -> str:
    """Open the new division with its name, code and shapes, and end the old one."""
    kept = {key: old[key] for key in ("class_code", "lifecycle", "status", "secrecy", "attributes")}
    new_id = change.insert("place", **kept, division_code=wanted.code, valid_from=day)
    change.insert(
        "name",
        place_id=new_id,
        text=wanted.name,
        kind="standard",
        language=old_name["language"],
        valid_from=day,
        decision_id=wanted.document_id,
    )
    change.insert("code", place_id=new_id, scheme="gbt10114", value=wanted.code, valid_from=day)
    change.insert(
        "relation", place_id=wanted.old_id, kind="succeeded_by", other_id=new_id, valid_from=day
    )
    if wanted.kind == "subdistrict_added":
        return new_id
    for shape in _held(change.select("shape", place_id=wanted.old_id), day):
        copied = ("role", "shape", "accuracy_m", "method", "source")
        change.insert("shape", place_id=new_id, valid_from=day, **{c: shape[c] for c in copied})
    for record in ("shape", "name"):
        for row in _held(change.select(record, place_id=wanted.old_id), day):
            if record == "name" and row["kind"] == "standard":
                last = (wanted.on - timedelta(days=1)).isoformat()
                change.update("name", row["id"], row["version"], kind="former", valid_to=last)
            else:
                change.end(record, row["id"], row["version"], on=day)
    for row in _held(change.select("relation", place_id=wanted.old_id, kind="part_of"), day):
        change.end("relation", row["id"], row["version"], on=day)
        change.insert(
            "relation",
            place_id=new_id,
            kind="part_of",
            other_id=row["other_id"],
            valid_from=day,
        )
    last = (wanted.on - timedelta(days=1)).isoformat()
    change.update(
        "place", old["id"], old["version"], lifecycle="vanished", status="historical", valid_to=last
    )
    return new_id


def _reparent(change: Change, old_id: str, new_id: str, day: str) -> int:
    rows = _held(change.select("relation", other_id=old_id, kind="part_of"), day)
    for row in rows:
        change.end("relation", row["id"], row["version"], on=day)
        change.insert(
            "relation", place_id=row["place_id"], kind="part_of", other_id=new_id, valid_from=day
        )
    return len(rows)


def _recode(change: Change, old: str, new: str, day: str, moved: dict[str, str]) -> int:
    """Close every code that begins with the old township's and open it anew."""
    count = 0
    for scheme in _RENEWED:
        for row in _held(change.select("code", scheme=scheme), day):
            if not row["value"].startswith(old):
                continue
            change.end("code", row["id"], row["version"], on=day)
            if row["place_id"] not in moved or scheme != "gbt10114":
                change.insert(
                    "code",
                    place_id=moved.get(row["place_id"], row["place_id"]),
                    scheme=scheme,
                    value=new + row["value"][len(old) :],
                    valid_from=day,
                )
            count += 1
    for place in change.select("place", division_code=old):
        if place["id"] not in moved and place["end_day"] > date.fromisoformat(day).toordinal():
            change.update("place", place["id"], place["version"], division_code=new)
    return count


def _stale_signs(change: Change, old: str, new: str, old_code: str, new_code: str) -> int:
    """Mark signs that show the old name or the old code, each with a task to renew it."""
    count = 0
    for sign in change.select("sign", state="installed"):
        shown = f"{sign['text']} {sign['spec']}"
        if old not in shown and old_code not in shown:
            continue
        change.update("sign", sign["id"], sign["version"], state="stale")
        fresh = sign["text"].replace(old, new).replace(old_code, new_code)
        change.insert(
            "task",
            place_id=sign["place_id"],
            sign_id=sign["id"],
            kind="sign_renewal",
            title=say(f"更换标志：{sign['text']} → {fresh}", f"renew sign: {fresh}"),
            draft=fresh,
        )
        count += 1
    return count


def _raise_tasks(change: Change, wanted: DivisionChange, new_id: str) -> int:
    deadlines = kinds()["deadline"]
    for rule in deadlines:
        due = (
            _months_later(wanted.on, rule["months"])
            if "months" in rule
            else wanted.on + timedelta(days=rule["days"])
        )
        change.insert(
            "task",
            place_id=new_id,
            kind=rule["kind"],
            title=say(rule["zh"], rule["en"]),
            due_on=due.isoformat(),
            rule=rule["rule"],
        )
    return len(deadlines)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _held(rows: list[Row], day: str) -> list[Row]:
    """Return the rows that held on the day before the change or hold from it on."""
    first = date.fromisoformat(day).toordinal()
    return [row for row in rows if row["from_day"] < first < row["end_day"]]
