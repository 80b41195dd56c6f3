"""Carry out 撤镇设街道 and its kin: who succeeds, what is coded anew, which signs are stale."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.division.kinds import DivisionChange, kinds
from geo.gazetteer.division.moving import going_over, recode, reparent
from geo.gazetteer.division.shown import rename_keepers, rename_lines, stale_signs
from geo.gazetteer.division.successor import raise_tasks, succeed
from geo.text import say

__all__ = ["DivisionChange", "Outcome", "carry_out", "kinds", "within"]

_COUNTY, _TOWNSHIP = 6, 9


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a division change does, row by row counted."""

    change_set_id: str
    """Empty where it is done within a change set that does more."""
    new_id: str
    reparented: int
    """Places that were part of the old division and are part of the new one."""
    recoded: int
    """Codes closed and opened anew."""
    stale_signs: int
    tasks: int
    lines: int = 0
    """Boundary lines named after the new division."""
    stones: int = 0
    """Boundary stones that the new division answers for."""
    keepers: int = 0
    """Signs that the new division keeps."""


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
    old, old_name, old_code = _checked(change, wanted)
    day = wanted.on.isoformat()
    added = wanted.kind == "subdistrict_added"
    going = going_over(change, wanted.old_id, wanted.members, day) if added else None
    new_id = succeed(change, wanted, old, old_name, day)
    reparented = reparent(change, wanted.old_id, new_id, day, going)
    moved = {wanted.old_id: new_id} if going is None else {}
    recoded = recode(change, (old_code, wanted.code), day, moved, going)
    names = (old_name["text"], wanted.name)
    codes = (old_code, wanted.code)
    outcome = Outcome("", new_id, reparented, recoded, 0, 0)
    if going is None:
        lines, stones = rename_lines(change, *names, *codes)
        outcome = replace(
            outcome,
            keepers=rename_keepers(change, *names),
            stale_signs=stale_signs(change, *names, *codes),
            lines=lines,
            stones=stones,
        )
    return replace(outcome, tasks=raise_tasks(change, wanted, new_id))


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
