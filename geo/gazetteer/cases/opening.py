"""Open cases, and edit them while they are open: facts, documents, candidates, opinions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.record import (
    NAME_FIELDS,
    Proposal,
    candidates,
    facts_of,
    must_be_open,
    must_be_role,
    spelled_facts,
    taken,
)
from geo.gazetteer.cases.rulebook import rulebook
from geo.text import say

_EDITORS: Final = ("applicant", "clerk")
_EDITABLE: Final = ("draft", "supplement")
_BEFORE_DECISION: Final = (
    "draft", "submitted", "formal_check", "supplement", "rules_checked", "reviews",
)  # fmt: skip
_HEARING: Final = ("submitted", "formal_check", "rules_checked", "reviews")
STANCES: Final = ("support", "object", "alternative", "comment")


def open_case(
    book: Gazetteer,
    proposal: Proposal,
    *,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> str:
    """Open a case as a draft and return its id; see `open_cases`."""
    return open_cases(book, [proposal], by=by, role=role, at=at, rules=rules)[0]


def open_cases(
    book: Gazetteer,
    proposals: Sequence[Proposal],
    *,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> list[str]:
    """Open cases as drafts, all or none, and return their ids.

    Parameters
    ----------
    book, proposals
        The gazetteer, and what is asked for.
    by, role
        Who opens: ``applicant`` or ``clerk``; a clerk who opens a case is its clerk.
    at
        The moment.
    rules
        The tables; None: those that ship.

    Raises
    ------
    DataError
        A title is empty, or a proposal has names although its kind takes none.
    NotFoundError
        No such kind, place, campaign or superseded case.
    ConflictError
        The campaign is decided, or what is superseded was never approved.
    """
    rules = rules or rulebook()
    must_be_role(role, _EDITORS, rules)
    with book.change(author=by, reason=say("立案", "open a case"), at=at) as change:
        return [_opened(change, one, by=by, role=role, at=at, rules=rules) for one in proposals]


def _opened(
    change: Change, asked: Proposal, *, by: str, role: str, at: datetime, rules: Rulebook
) -> str:
    _check_proposal(change, asked, rules)
    facts = dict(asked.facts) | _seen_name(change, asked.place_id, at.date())
    if asked.supersedes:
        facts["supersedes"] = asked.supersedes
    facts["names"] = _name_facts(asked.names)
    case_id = change.insert(
        "case",
        kind=asked.kind,
        state="draft",
        title=asked.title,
        place_id=asked.place_id or None,
        division_code=asked.division_code or _division_of(change, asked.place_id),
        applicant=asked.applicant or (by if role == "applicant" else ""),
        clerk=asked.clerk or (by if role == "clerk" else ""),
        reason_code=asked.reason_code,
        reason=asked.reason,
        opened_on=at.date().isoformat(),
        campaign_id=asked.campaign_id or None,
        facts=spelled_facts(facts),
    )
    change.insert(
        "step",
        case_id=case_id,
        number=1,
        was="",
        became="draft",
        actor=by,
        role=role,
        on_day=at.date().isoformat(),
    )
    _propose(change, case_id, asked.names)
    return case_id


def _check_proposal(change: Change, asked: Proposal, rules: Rulebook) -> None:
    kind = rules.kind(asked.kind)
    if not asked.title.strip():
        raise DataError(say("案卷必须有标题。", "a case must have a title."))
    if asked.names and not kind.names:
        raise DataError(say(f"“{kind.word}”不提拟用名称。", f"{kind.word} takes no names."))
    for record, identity in (("place", asked.place_id), ("case", asked.supersedes)):
        if identity and change.find(record, identity) is None:
            raise NotFoundError(say(f"没有记录 {identity}。", f"there is no {record} {identity}."))
    if asked.supersedes:
        old = taken(change, asked.supersedes, None, rules)
        if not after_approval(old.kind, old.row["state"]):
            raise ConflictError(
                say(
                    f"案卷“{old.row['title']}”没有批准过，不用取代。",
                    f"the case {old.row['title']} was never approved: nothing to supersede.",
                )
            )
    if asked.campaign_id:
        campaign = taken(change, asked.campaign_id, None, rules)
        if asked.kind not in campaign.kind.children:
            raise DataError(
                say(
                    f"“{kind.word}”不能列入“{campaign.kind.word}”。",
                    f"{kind.word} cannot be part of {campaign.kind.word}.",
                )
            )
        must_be_open(campaign, rules, _BEFORE_DECISION)


def edit_case(
    book: Gazetteer,
    case_id: str,
    *,
    version: int,
    by: str,
    role: str = "clerk",
    at: datetime,
    facts: Mapping[str, Any] | None = None,
    names: Sequence[Mapping[str, str]] = (),
    rules: Rulebook | None = None,
    **columns: str,
) -> Row:
    """Edit a draft, or a case that is to be supplemented, and return its row.

    Parameters
    ----------
    book, case_id, version
        The gazetteer, the case, and its version as the editor saw it.
    by, role, at, rules
        As in `open_cases`.
    facts
        Facts that are added or replaced.
    names
        Candidates that are added; those that were there stay, with their reports.
    columns
        New values of ``title place_id division_code applicant reason_code reason``.

    Raises
    ------
    ConflictError
        It was changed meanwhile, or is not open for edits.
    DataError
        A column cannot be edited, or the role may not edit.
    NotFoundError
        There is no such case or place.
    """
    rules = rules or rulebook()
    must_be_role(role, _EDITORS, rules)
    strange = set(columns) - {
        "title", "place_id", "division_code", "applicant", "reason_code", "reason",
    }  # fmt: skip
    if strange:
        raise DataError(say("不能这样改：", "cannot be edited: ") + "、".join(sorted(strange)))
    with book.change(author=by, reason=say("修改", "edit"), at=at, case_id=case_id) as change:
        case = taken(change, case_id, version, rules)
        must_be_open(case, rules, _EDITABLE)
        place_id = columns.get("place_id", case.row["place_id"] or "")
        if place_id and change.find("place", place_id) is None:
            raise NotFoundError(say(f"没有地名 {place_id}。", f"there is no place {place_id}."))
        merged = facts_of(case.row) | dict(facts or {}) | _seen_name(change, place_id, at.date())
        merged["names"] = facts_of(case.row)["names"] | _name_facts(names)
        change.update("case", case_id, version, **columns | {"facts": spelled_facts(merged)})
        known = {row["text"] for row in candidates(change.select, case)}
        _propose(change, case_id, [name for name in names if name["text"] not in known])
        return _row(change, case_id)


def attach(
    book: Gazetteer,
    case_id: str,
    *,
    version: int,
    kind: str,
    document_id: str,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> Row:
    """Attach a document to a case that is not decided, and return the case's row.

    Raises
    ------
    ConflictError
        It was changed meanwhile, or is decided.
    DataError
        The role may not attach.
    NotFoundError
        There is no such case or document.
    """
    rules = rules or rulebook()
    must_be_role(role, _EDITORS, rules)
    with book.change(author=by, reason=say("附材料", "attach"), at=at, case_id=case_id) as change:
        case = taken(change, case_id, version, rules)
        must_be_open(case, rules, _BEFORE_DECISION)
        if change.find("document", document_id) is None:
            raise NotFoundError(
                say(f"没有文件 {document_id}。", f"there is no document {document_id}.")
            )
        facts = facts_of(case.row)
        facts["documents"] = dict(case.documents) | {kind: document_id}
        change.update("case", case_id, version, facts=spelled_facts(facts))
        return _row(change, case_id)


def choose(
    book: Gazetteer,
    case_id: str,
    candidate_id: str,
    *,
    version: int,
    by: str,
    role: str = "clerk",
    at: datetime,
    rules: Rulebook | None = None,
) -> Row:
    """Choose one of the names proposed, and return the case's row.

    Raises
    ------
    ConflictError
        It was changed meanwhile, or is decided.
    NotFoundError
        There is no such case, or no such candidate in it.
    """
    rules = rules or rulebook()
    must_be_role(role, ("clerk", "reviewer"), rules)
    with book.change(author=by, reason=say("选定名称", "choose"), at=at, case_id=case_id) as change:
        case = taken(change, case_id, version, rules)
        must_be_open(case, rules, _BEFORE_DECISION)
        rows = candidates(change.select, case)
        if candidate_id not in {row["id"] for row in rows}:
            raise NotFoundError(
                say(f"本案没有拟用名称 {candidate_id}。", f"no candidate {candidate_id} here.")
            )
        for row in rows:
            if row["chosen"] != (row["id"] == candidate_id):
                change.update(
                    "candidate", row["id"], row["version"], chosen=row["id"] == candidate_id
                )
        change.update("case", case_id, version)
        return _row(change, case_id)


def hear(book: Gazetteer, case_id: str, *, by: str, stance: str, text: str, at: datetime) -> str:
    """Write down what somebody says of a proposal, and return the id of the opinion.

    Raises
    ------
    DataError
        The stance is none of `STANCES`, or nothing is said.
    ConflictError
        The case is not open for opinions.
    """
    rules = rulebook()
    if stance not in STANCES or not text.strip():
        raise DataError(
            say("意见须有态度和内容。", "an opinion needs a stance and a text."),
            hint=say("态度：", "Stances: ") + "、".join(STANCES),
        )
    with book.change(
        author=by, reason=say("征求意见", "opinion"), at=at, case_id=case_id
    ) as change:
        must_be_open(taken(change, case_id, None, rules), rules, _HEARING)
        day = at.date().isoformat()
        return change.insert(
            "opinion", case_id=case_id, by=by, stance=stance, text=text, on_day=day
        )


def answer(
    book: Gazetteer,
    opinion_id: str,
    *,
    version: int,
    text: str,
    by: str,
    role: str = "clerk",
    at: datetime,
) -> None:
    """Answer an opinion.

    Raises
    ------
    NotFoundError
        There is none of this id.
    ConflictError
        It was changed meanwhile, or the case is decided.
    """
    rules = rulebook()
    must_be_role(role, ("clerk", "reviewer"), rules)
    case_id = book.row("opinion", opinion_id)["case_id"]
    with book.change(author=by, reason=say("答复", "answer"), at=at, case_id=case_id) as change:
        must_be_open(taken(change, case_id, None, rules), rules, _BEFORE_DECISION)
        change.update("opinion", opinion_id, version, answer=text)


def standing_name(change: Change, place_id: str, day: date) -> list[Row]:
    """Return the standard names that a place has on a day."""
    ordinal = day.toordinal()
    return [
        row
        for row in change.select("name", place_id=place_id, kind="standard")
        if row["from_day"] <= ordinal < row["end_day"]
    ]


def _seen_name(change: Change, place_id: str, day: date) -> dict[str, str]:
    """Return which name the proposal is about, so that a decision never closes another one."""
    rows = standing_name(change, place_id, day) if place_id else []
    return {"old_name_id": rows[0]["id"], "old_name": rows[0]["text"]} if len(rows) == 1 else {}


def _name_facts(names: Sequence[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return what is known of each candidate, by its text.

    Raises
    ------
    DataError
        A name has no text, or a field that names do not have.
    """
    for name in names:
        strange = set(name) - {"text", *NAME_FIELDS}
        if strange or not name.get("text", "").strip():
            raise DataError(
                say(
                    "拟用名称缺文字，或有不认识的项：",
                    "a name without text or with unknown fields: ",
                )
                + "、".join(sorted(strange) or ["text"])
            )
    return {name["text"]: {k: v for k, v in name.items() if k != "text"} for name in names}


def _propose(change: Change, case_id: str, names: Sequence[Mapping[str, str]]) -> None:
    change.insert_all(
        "candidate",
        [
            {"case_id": case_id, "text": name["text"], "reading": name.get("reading", "")}
            for name in names
        ],
    )


def _division_of(change: Change, place_id: str) -> str:
    place = change.find("place", place_id) if place_id else None
    return "" if place is None else str(place["division_code"])


def _row(change: Change, case_id: str) -> Row:
    row = change.find("case", case_id)
    assert row is not None
    return row
