"""Approve a case or a campaign: the only way by which a case changes the gazetteer.

One change set holds all of it: the names closed and opened, the stale signs, the tasks with their
deadlines, the drafts, and the case itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.cases.acting import clerks
from geo.gazetteer.cases.clocks import raise_deadlines, settle_tasks
from geo.gazetteer.cases.conditions import verdict_of
from geo.gazetteer.cases.days import due
from geo.gazetteer.cases.drafts import draft_of
from geo.gazetteer.cases.effects import EFFECTS, Done, Ruling, for_case
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.machine import CLOSED, after_approval, target
from geo.gazetteer.cases.record import (
    Case,
    case_of,
    chosen,
    facts_of,
    law_class,
    spelled_facts,
    taken,
    write_step,
)
from geo.gazetteer.cases.rulebook import rulebook
from geo.text import say

_DAY: Final = len("2026-05-01")
_NAMED: Final = 5
"""Cases named in a message that refuses a campaign."""


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
        a later day; or the authority does not decide over such names.
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
        target(rules, case.kind, case.row["state"], "approve", "approver")
        if case.in_campaign:
            raise ConflictError(
                say("本案列入批量案卷，随其一并批准。", "it is decided with its campaign.")
            )
        _check_approver(change, case, approver)
        ruling = Ruling(case, *_decision(change, case, decision_id, at.date()), rules)
        cases = _children(change, case, rules) if case.kind.children else [case]
        _check_superseded(change, cases, rules)
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


def _check_approver(change: Change, case: Case, approver: str) -> None:
    if approver in clerks(change, case):
        raise DataError(
            say(
                f"“{approver}”经办过本案，不能由其批准。",
                f"{approver} handled this case and cannot approve it.",
            ),
            hint=say("请由另一人批准。", "Let somebody else approve."),
        )


def _decision(change: Change, case: Case, decision_id: str, today: date) -> tuple[Row, date]:
    """Return the document of the decision and the day from which it holds."""
    document = change.find("document", decision_id) if decision_id else None
    if document is None:
        raise NotFoundError(
            say("没有决定文件，不能批准。", "without a decision document nothing is approved."),
            hint=say("请先登记批复文件。", "Register the decision document first."),
        )
    faults = []
    if document["kind"] not in case.kind.decision:
        kinds = "、".join(case.kind.decision)
        faults.append(
            say(
                f"文件类型“{document['kind']}”不是决定（{kinds}）",
                f"a {document['kind']} is no decision ({kinds})",
            )
        )
    if not document["issuer"]:
        faults.append(say("没有批准机关", "it has no issuer"))
    if len(document["issued_on"]) != _DAY:
        faults.append(say("没有写明批准日期", "it has no day"))
    elif document["issued_on"] > today.isoformat():
        faults.append(say("批准日期在今天之后", "its day is still to come"))
    if faults:
        raise DataError(
            say(f"“{document['title']}”不能作决定文件：", f"{document['title']} is no decision: ")
            + say("；", "; ").join(faults)
        )
    return document, date.fromisoformat(document["issued_on"])


def _children(change: Change, campaign: Case, rules: Rulebook) -> list[Case]:
    """Return the cases that a campaign decides over; each must be ready or out of it."""
    rows = change.select("case", campaign_id=campaign.id)
    ready = [case_of(row, rules) for row in rows if row["state"] == "deliberation"]
    waiting = [
        row["title"] for row in rows if row["state"] not in ("deliberation", "returned", *CLOSED)
    ]
    if waiting or not ready:
        names = "、".join(waiting[:_NAMED])
        raise ConflictError(
            say(
                f"还有 {len(waiting)} 件没有提请审议：{names}。"
                if waiting
                else "没有提请审议的案卷。",
                f"{len(waiting)} cases are not up for decision: {names}."
                if waiting
                else "no case is up for decision.",
            ),
            hint=say(
                "请办完，或将有争议的退回、撤回。", "Finish them, or return those in dispute."
            ),
        )
    places = [case.row["place_id"] for case in ready if case.row["place_id"]]
    twice = sorted({place for place in places if places.count(place) > 1})
    if twice:
        raise ConflictError(
            say("同一地名列了两次：", "a place is on the list twice: ") + "、".join(twice[:_NAMED])
        )
    return ready


def _check_superseded(change: Change, cases: list[Case], rules: Rulebook) -> None:
    wanted = {case.told["supersedes"] for case in cases if case.told.get("supersedes")}
    if not wanted:
        return
    for row in change.select("case"):
        other = case_of(row, rules)
        if other.told.get("supersedes") in wanted and after_approval(other.kind, row["state"]):
            raise ConflictError(
                say(
                    f"原案已被“{row['title']}”取代。",
                    f"the former case is superseded by {row['title']} already.",
                ),
                hint=say("请取代后一案。", "Supersede that one instead."),
            )


def _check_authority(change: Change, ruling: Ruling, authority: str) -> None:
    case, rules = ruling.case, ruling.rules
    if authority not in rules.authorities:
        raise NotFoundError(
            say(f"没有批准机关“{authority}”。", f"there is no authority {authority!r}."),
            hint=say("可用：", "There are: ") + "、".join(rules.authorities),
        )
    allowed = case.kind.approvers
    law = None if allowed else law_class(case, change.select, rules)
    if law is not None:
        allowed = rules.approvers(law, case.row["division_code"])
    if not allowed:
        what = law.word if law else say("此类地名", "names of this class")
        why = law.article if law else ""
        raise DataError(
            say(
                f"案卷“{ruling.title}”：不知道{what}由谁批准。{why}",
                f"{ruling.title}: who approves {what} is not laid down. {why}",
            ),
            hint=say(
                "请在案卷写明 law_class，或在本地规则文件写明该类的 approvers。",
                "State its law_class, or put the approvers of your area into a file of your own.",
            ),
        )
    if authority not in allowed:
        words = "、".join(str(rules.authorities[one].word) for one in allowed)
        raise DataError(
            say(
                f"案卷“{ruling.title}”应由{words}批准，不是{rules.authorities[authority].word}。",
                f"{ruling.title} is for {words} to approve, not for "
                f"{rules.authorities[authority].word}.",
            )
        )


def _carry_out(change: Change, ruling: Ruling, by: _By) -> Done:
    """Let one case take effect, and close it to edits."""
    _check_authority(change, ruling, by.authority)
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
            _raise_sign_tasks(change, for_case(ruling, case), one)
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


def _raise_sign_tasks(change: Change, ruling: Ruling, done: Done) -> None:
    """Raise a task for each stale sign, and for a first sign where there is none."""
    case, rules = ruling.case, ruling.rules
    rule = rules.deadline("signs", case.row["division_code"])
    due_on = due(ruling.on, rule, rules.holidays).isoformat() if rule else ""
    cited = rule.rule if rule else ""
    text = next((_name(change, name)["text"] for name in done.opened), "")
    rows = []
    for sign_id in done.stale:
        sign = change.find("sign", sign_id)
        assert sign is not None
        kind = "sign_renewal" if text else "sign_removal"
        title = (
            say(f"更换标志：{sign['text']} → {text}", f"renew sign: {sign['text']} → {text}")
            if text
            else say(f"拆除标志：{sign['text']}", f"remove sign: {sign['text']}")
        )
        rows.append({"kind": kind, "title": title, "sign_id": sign_id})
    if text and not change.select("sign", place_id=done.place_id):
        rows.append({"kind": "sign_new", "title": say(f"设置标志：{text}", f"new sign: {text}")})
    if case.kind.effect == "plate":
        number = case.told["number"]
        title = say(f"安装门牌：{number} 号", f"put up the plate: {number}")
        rows.append({"kind": "plate_mounting", "title": title})
    common = {"case_id": case.id, "place_id": done.place_id, "due_on": due_on, "rule": cited}
    change.insert_all("task", [common | row for row in rows])


def _name(change: Change, identity: str) -> Row:
    row = change.find("name", identity)
    assert row is not None
    return row
