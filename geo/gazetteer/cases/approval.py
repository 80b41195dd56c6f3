"""Approve a case or a campaign: the only way by which a case changes the gazetteer.

One change set holds all of it: the names closed and opened, the stale signs, the tasks with their
deadlines, the drafts, and the case itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from geo.errors import ConflictError
from geo.gazetteer.book import Change, Gazetteer
from geo.gazetteer.cases.ahead import led_to
from geo.gazetteer.cases.clocks import raise_deadlines, settle_tasks
from geo.gazetteer.cases.conditions import verdict_of
from geo.gazetteer.cases.deciding import (
    check_approver,
    check_authority,
    check_issuer,
    check_superseded,
    decision_of,
    listed,
)
from geo.gazetteer.cases.drafts import draft_of
from geo.gazetteer.cases.effects import EFFECTS
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.record import Case, chosen, facts_of, spelled_facts, taken, write_step
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.cases.ruling import Done, Ruling, for_case
from geo.gazetteer.cases.signs import raise_sign_tasks
from geo.text import say


@dataclass(frozen=True, slots=True)
class Approval:
    """What an approval did."""

    change_set_id: str
    cases: tuple[str, ...]
    opened: tuple[str, ...]
    """Ids of names that hold from now on."""
    closed: tuple[str, ...]
    """Ids of names that are former names now."""
    stale_signs: tuple[str, ...]
    tasks: int
    missing: tuple[str, ...]
    """What the drafts lack."""


def approve(
    book: Gazetteer,
    case_id: str,
    *,
    approver: str,
    authority: str,
    decision_id: str,
    at: datetime,
    version: int,
    note: str = "",
    rules: Rulebook | None = None,
) -> Approval:
    """Approve a case, or all cases of a campaign that are up for decision: all of it or nothing.

    What is decided holds from the day on which the decision was issued.

    Parameters
    ----------
    book, case_id, version
        The gazetteer, the case, and its version as the approver saw it.
    approver
        Who approves; never one who opened or handled the case.
    authority
        The authority that decided, an ``id`` of approval.toml.
    decision_id
        The document of the decision, with issuer and day.
    at, note
        The moment, and a remark.
    rules
        The tables; None: those that ship.

    Raises
    ------
    DataError
        The approver handled the case; the document is no decision, has no issuer or day, or is of
        a later day; it is of a day before the case was opened, or its issuer is not the authority,
        and no note says why; or the authority does not decide over such names.
    ConflictError
        The case was changed meanwhile or is not up for decision; the place changed since the case
        was opened; or a case of the campaign is still open.
    NotFoundError
        No such case or document.
    """
    rules = rules or rulebook()
    reason = str(rules.acts["approve"].word)
    with book.change(author=approver, reason=reason, at=at, case_id=case_id) as change:
        case = taken(change, case_id, version, rules)
        led_to(change.select, case, rules, "approve", role="approver", on=at.date())
        if case.in_campaign:
            raise ConflictError(
                say("本案列入批量案卷，随其一并批准。", "it is decided with its campaign.")
            )
        check_approver(change, case, approver)
        ruling = Ruling(case, *decision_of(change, case, decision_id, at.date(), note), rules)
        check_issuer(ruling.decision, authority, note, rules)
        cases = listed(change, case, rules) if case.kind.children else [case]
        check_superseded(change, cases, rules)
        by = _By(approver, authority, at, note)
        done = [_carry_out(change, for_case(ruling, one), by) for one in cases]
        if case.kind.children:
            _mark_approved(change, ruling, by, "")
        return _follow_up(change, ruling, by, cases, done)


@dataclass(frozen=True, slots=True)
class _By:
    approver: str
    authority: str
    at: datetime
    note: str


def _carry_out(change: Change, ruling: Ruling, by: _By) -> Done:
    """Let one case take effect, and close it to edits."""
    check_authority(change, ruling, by.authority)
    row = chosen(change.select, ruling.case)
    if row is not None and verdict_of(row["report"]) == "block":
        raise ConflictError(
            say(f"“{row['text']}”违反规则，不能批准。", f"{row['text']} breaks a rule.")
        )
    done = EFFECTS[ruling.case.kind.effect](change, ruling)
    _mark_approved(change, ruling, by, done.place_id)
    return done


def _mark_approved(change: Change, ruling: Ruling, by: _By, place_id: str) -> None:
    case = ruling.case
    write_step(change, case, "approved", actor=by.approver, role="approver", at=by.at, note=by.note)
    facts = facts_of(case.row) | {"authority": by.authority}
    change.update(
        "case",
        case.id,
        case.row["version"],
        state="approved",
        approver=by.approver,
        decision_id=ruling.decision["id"],
        decided_on=ruling.day,
        place_id=case.row["place_id"] or place_id or None,
        facts=spelled_facts(facts),
    )


def _follow_up(
    change: Change, ruling: Ruling, by: _By, cases: list[Case], done: list[Done]
) -> Approval:
    """Raise the tasks that an approval brings, and draft what is to be filed and announced."""
    rules = ruling.rules
    before = len(change.select("task"))
    for case, one in zip(cases, done, strict=True):
        if "signs_done" in case.kind.after and case.kind.effect != "division":
            raise_sign_tasks(change, for_case(ruling, case), one)
        settle_tasks(change, case, "approved", on=ruling.on, rules=rules)
        if one.clock_from:
            start = date.fromisoformat(one.clock_from)
            raise_deadlines(change, case, "inspected", on=start, rules=rules)
    decided = taken(change, ruling.case.id, None, rules)
    raise_deadlines(
        change, decided, "approved", on=ruling.on, rules=rules, authority=by.authority, drafts=True
    )
    lacking = [draft_of(change.select, decided, kind, rules) for kind in ("announcement",)]
    return Approval(
        change.id,
        tuple(case.id for case in cases),
        tuple(name for one in done for name in one.opened),
        tuple(name for one in done for name in one.closed),
        tuple(sign for one in done for sign in one.stale),
        len(change.select("task")) - before,
        tuple(piece for draft in lacking if draft for piece in draft.missing),
    )
