"""Edit a case while it is open: what is told, the name chosen, how a name is read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.letters import where
from geo.gazetteer.cases.opening import name_facts, placed_here, propose, seen_name
from geo.gazetteer.cases.record import (
    BEFORE_DECISION,
    EDITORS,
    OFFICERS,
    Proposal,
    candidates,
    facts_of,
    in_hand,
    must_be_open,
    row_of,
    spelled_facts,
)
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.romanise import Romanisation, romanise
from geo.gazetteer.romanise.fitting import fitted
from geo.text import say

_EDITABLE: Final = ("draft", "supplement")
_LETTERS: Final = (
    "reading", "reading_source", "roman_toned", "roman_plain", "roman_sign", "confirmed_by",
    "confirmed_on",
)  # fmt: skip


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
        A column cannot be edited, the role may not edit, what is told lies elsewhere, or there is
        no such division.
    NotFoundError
        There is no such case or place.
    """
    rules = rules or rulebook()
    strange = set(columns) - {
        "title", "place_id", "division_code", "applicant", "reason_code", "reason",
    }  # fmt: skip
    if strange:
        raise DataError(say("不能这样改：", "cannot be edited: ") + "、".join(sorted(strange)))
    division = columns.get("division_code", "")
    told = Proposal("", "", division_code=division, facts=dict(facts or {}))
    (placed,) = placed_here(book, [told], on=at.date())
    if division:
        columns = columns | {"division_code": placed.division_code}
    with in_hand(
        book, case_id, version=version, by=by, role=role, allowed=EDITORS, at=at,
        reason=say("修改", "edit"), rules=rules,
    ) as (change, case):  # fmt: skip
        must_be_open(case, rules, _EDITABLE)
        place_id = columns.get("place_id", case.row["place_id"] or "")
        if place_id and change.find("place", place_id) is None:
            raise NotFoundError(say(f"没有地名 {place_id}。", f"there is no place {place_id}."))
        merged = facts_of(case.row) | dict(facts or {}) | seen_name(change, place_id, at.date())
        fresh = name_facts(names, by if role == "clerk" else "", at)
        merged["names"] = facts_of(case.row)["names"] | fresh
        change.update("case", case_id, version, **columns | {"facts": spelled_facts(merged)})
        known = {row["text"] for row in candidates(change.select, case)}
        propose(change, case_id, [one for one in names if one["text"] not in known], fresh)
        return row_of(change, case_id)


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
    with in_hand(
        book, case_id, version=version, by=by, role=role, allowed=OFFICERS, at=at,
        reason=say("选定名称", "choose"), rules=rules,
    ) as (change, case):  # fmt: skip
        must_be_open(case, rules, BEFORE_DECISION)
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
        return row_of(change, case_id)


def confirm_reading(
    book: Gazetteer,
    case_id: str,
    text: str,
    reading: str,
    *,
    version: int,
    by: str,
    role: str = "clerk",
    at: datetime,
    special: str = "",
    rules: Rulebook | None = None,
) -> Romanisation:
    """Confirm how a proposed name is read, and return it in letters.

    Parameters
    ----------
    book, case_id, version
        The gazetteer, the case, and its version as the officer saw it.
    text
        The proposed name.
    reading
        Its syllables with tones, parted by spaces; or, where names come from other languages, the
        spelling that was given.
    by, role, at, rules
        As in `edit_case`.
    special
        Why a reading holds that the dictionary does not have; the log keeps it.

    Raises
    ------
    DataError
        The reading does not fit the characters.
    NotFoundError
        No such case, or no such name in it.
    ConflictError
        It was changed meanwhile, or its rules are checked: the report is of the earlier reading.
    """
    rules = rules or rulebook()
    why = say("审定读音", "confirm a reading")
    if special:
        why = say(f"{why}（特殊读音：{special}）", f"{why} (special reading: {special})")
    with in_hand(
        book, case_id, version=version, by=by, role=role, allowed=OFFICERS, at=at, reason=why,
        rules=rules,
    ) as (change, case):  # fmt: skip
        row = next((r for r in candidates(change.select, case) if r["text"] == text), None)
        if row is None:
            raise NotFoundError(
                say(f"本案没有拟用名称“{text}”。", f"there is no candidate {text} here.")
            )
        must_be_open(case, rules, (*_EDITABLE, "submitted", "formal_check"))
        if row["report"]:
            raise ConflictError(
                say(
                    f"“{text}”的规则审查报告已经冻结，读音不能再改。",
                    f"the report on {text} is frozen; its reading cannot change.",
                ),
                hint=say("请退回后另提名称或另立新案。", "Return it, or open a new case."),
            )
        class_code, division_code = where(change.select, case)
        lies = {"class_code": class_code, "division_code": division_code}
        toned = fitted(text, reading, special=special, **lies)
        said = romanise(text, confirmed=toned, **lies)
        firm = {"confirmed_by": by, "confirmed_on": at.date().isoformat()}
        kept = json.dumps(said.reading, ensure_ascii=False) if said.reading else ""
        told = firm | ({"reading": kept} if kept else {"roman_toned": said.toned})
        facts = facts_of(case.row)
        before = {k: v for k, v in facts["names"].get(text, {}).items() if k not in _LETTERS}
        facts["names"] = facts["names"] | {text: before | told}
        change.update("candidate", row["id"], row["version"], reading=kept)
        change.update("case", case_id, version, facts=spelled_facts(facts))
        return said
