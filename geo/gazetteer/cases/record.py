"""A case as its rows have it: what is told, who acted, which names are proposed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.cases.law import Kind, LawClass, Rulebook
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.order import STEP, must_follow
from geo.gazetteer.tables import RECORDS
from geo.text import say

Select = Callable[..., list[Row]]
"""`Change.select` or `Gazetteer.rows`: what reads rows of a record."""

NAME_FIELDS: Final = (
    "language", "script", "specific", "generic", "breaks", "reading", "roman_toned",
    "roman_plain", "roman_sign", "reading_source", "confirmed_by", "confirmed_on", "origin",
    "meaning", "history",
)  # fmt: skip
EDITORS: Final = ("applicant", "clerk")
OFFICERS: Final = ("clerk", "reviewer")
BEFORE_DECISION: Final = (
    "draft", "submitted", "formal_check", "supplement", "rules_checked", "reviews",
)  # fmt: skip
_COLUMNS: Final = ("place_id", "division_code", "reason_code", "reason")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody asks for.

    ``names`` are candidates, each with its ``text`` and what is known of `NAME_FIELDS`; ``facts``
    are what the kind of case asks for beyond the other fields, as values that JSON has.
    """

    kind: str
    title: str
    place_id: str = ""
    division_code: str = ""
    applicant: str = ""
    clerk: str = ""
    reason_code: str = ""
    reason: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    names: Sequence[Mapping[str, str]] = ()
    campaign_id: str = ""
    supersedes: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case in the hands of somebody who acts on it."""

    row: Row
    kind: Kind
    told: Mapping[str, Any]
    """The facts, with the columns that are facts too."""

    @property
    def id(self) -> str:
        """Permanent id."""
        return str(self.row["id"])

    @property
    def documents(self) -> Mapping[str, str]:
        """Ids of the documents attached, by kind."""
        return dict(self.told.get("documents", {}))

    @property
    def in_campaign(self) -> bool:
        """Whether a campaign decides over it together with others."""
        return bool(self.row["campaign_id"])


@contextmanager
def reading(book: Gazetteer) -> Iterator[Select]:
    """Give a reader that sees one state of the gazetteer throughout."""
    with book.reading() as connection:

        def select(record: str, **equal: object) -> list[Row]:
            table = RECORDS[record]
            found = sa.select(table).order_by(table.c.id)
            for name, value in equal.items():
                found = found.where(table.c[name] == value)
            return [dict(row) for row in connection.execute(found).mappings()]

        yield select


def case_of(row: Row, rules: Rulebook) -> Case:
    """Return a case from its row."""
    told = json.loads(row["facts"]) | {name: row[name] for name in _COLUMNS if row[name]}
    return Case(row, rules.kind(row["kind"]), told)


def taken(change: Change, case_id: str, version: int | None, rules: Rulebook) -> Case:
    """Return a case for a change to it.

    Raises
    ------
    NotFoundError
        There is none of this id.
    ConflictError
        Somebody changed it since `version`.
    """
    row = change.find("case", case_id)
    if row is None:
        raise NotFoundError(say(f"没有案卷 {case_id}。", f"there is no case {case_id}."))
    if version is not None and row["version"] != version:
        raise ConflictError(
            say(
                f"案卷“{row['title']}”已被改过：您看到的是第 {version} 版，现为第 "
                f"{row['version']} 版。",
                f"the case {row['title']} was changed: you saw version {version}, it is now "
                f"{row['version']}.",
            ),
            hint=say("请重新打开，核对后再办。", "Open it again, compare, and act anew."),
        )
    return case_of(row, rules)


@contextmanager
def in_hand(
    book: Gazetteer,
    case_id: str,
    *,
    version: int,
    by: str,
    role: str,
    allowed: Sequence[str],
    at: datetime,
    reason: str,
    rules: Rulebook,
) -> Iterator[tuple[Change, Case]]:
    """Give a change to a case that is still as its editor saw it, to a role that may change it.

    Raises
    ------
    DataError
        The role is not among those allowed.
    NotFoundError
        There is no such case.
    ConflictError
        Somebody changed it since `version`.
    """
    must_be_role(role, allowed, rules)
    with book.change(author=by, reason=reason, at=at, case_id=case_id) as change:
        yield change, taken(change, case_id, version, rules)


def row_of(change: Change, case_id: str) -> Row:
    """Return a case's row as a change sees it."""
    row = change.find("case", case_id)
    assert row is not None
    return row


def must_be_open(case: Case, rules: Rulebook, states: Sequence[str]) -> None:
    """Refuse to edit a case that is not in one of these states.

    Raises
    ------
    ConflictError
        It is not; an approved case can only be superseded.
    """
    state = case.row["state"]
    if state in states:
        return
    if after_approval(case.kind, state):
        raise ConflictError(
            say(
                f"案卷“{case.row['title']}”已经批准，不能修改。",
                f"the case {case.row['title']} is approved and cannot be edited.",
            ),
            hint=say("有误请另立新案取代它。", "Open a new case that supersedes it."),
        )
    raise ConflictError(
        say(
            f"案卷“{case.row['title']}”现为“{rules.state_words[state]}”，不能这样改。",
            f"the case {case.row['title']} is {rules.state_words[state]}: that cannot be edited.",
        )
    )


def must_be_role(role: str, allowed: Sequence[str], rules: Rulebook) -> None:
    """Refuse a role that may not do something.

    Raises
    ------
    DataError
        The role is not among those allowed.
    """
    if role not in allowed:
        words = say("、", ", ").join(str(rules.roles[one]) for one in allowed)
        raise DataError(
            say(
                f"“{rules.roles.get(role, role)}”不能这样做。",
                f"{rules.roles.get(role, role)} may not do this.",
            ),
            hint=say(f"由{words}办理。", f"That is for: {words}."),
        )


def candidates(select: Select, case: Case) -> list[Row]:
    """Return the names proposed in a case."""
    return select("candidate", case_id=case.id)


def chosen(select: Select, case: Case) -> Row | None:
    """Return the name that was chosen among those proposed."""
    return next((row for row in candidates(select, case) if row["chosen"]), None)


def law_class(case: Case, select: Select, rules: Rulebook) -> LawClass | None:
    """Return the class in the approval matrix; None when it cannot be told."""
    code = case.told.get("class_code", "")
    if not code and case.told.get("place_id"):
        code = select("place", id=case.told["place_id"])[0]["class_code"]
    return rules.law_class(case.told.get("law_class", ""), code)


def branches(case: Case, select: Select, rules: Rulebook) -> tuple[str, ...]:
    """Return the reviews that a case needs; those of a campaign are held for all of it."""
    if case.in_campaign:
        return ()
    law = None if case.kind.approvers or case.kind.children else law_class(case, select, rules)
    opinion = ("dept_opinion",) if law is not None and law.opinion else ()
    return tuple(dict.fromkeys((*case.kind.branches, *opinion)))


def spelled_facts(facts: Mapping[str, Any]) -> str:
    """Return facts as canonical JSON."""
    return json.dumps(dict(facts), ensure_ascii=False, sort_keys=True, allow_nan=False)


def facts_of(row: Row) -> dict[str, Any]:
    """Return the facts of a case's row."""
    facts: dict[str, Any] = json.loads(row["facts"])
    return facts


def write_step(
    change: Change, case: Case, became: str, *, actor: str, role: str, at: datetime, note: str
) -> None:
    """Write down who led a case from its state to the next, as whom: see `recorded_role`.

    Raises
    ------
    DataError
        The day lies before that of the last step.
    """
    steps = change.select("step", case_id=case.id)
    last = max((step["on_day"] for step in steps), default="")
    must_follow(case.row, STEP, last, at.date().isoformat())
    change.insert(
        "step",
        case_id=case.id,
        number=len(steps) + 1,
        was=case.row["state"],
        became=became,
        actor=actor,
        role=recorded_role(case.row, actor, role),
        on_day=at.date().isoformat(),
        note=note,
    )


def recorded_role(row: Row, actor: str, role: str) -> str:
    """Return the role that a step is written down as: for want of a reviewer, the clerk's own."""
    return "clerk" if role == "reviewer" and actor == row["clerk"] else role
