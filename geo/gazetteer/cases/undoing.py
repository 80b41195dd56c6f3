"""Take back the last thing that was done to a case, as far as the law of cases allows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer
from geo.gazetteer.cases.acting import clerks
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.machine import after_approval
from geo.gazetteer.cases.record import Case, taken
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.tables import CHANGE_SET, EVENT
from geo.text import say


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was taken back."""

    change_set_id: str
    """The change set that takes back."""
    undone: str
    """The change set that was taken back."""
    reason: str
    """What it had been for."""
    author: str
    at: str


def take_back(
    book: Gazetteer,
    case_id: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    rules: Rulebook | None = None,
) -> TakenBack:
    """Take back the last change to a case, whole; what was filed or announced stays.

    An approval is taken back with all that it did to the gazetteer, and only by somebody who
    handled no part of the case, for a decision that was withdrawn or never made. Once the name is
    filed, only a case that supersedes it puts it right.

    Raises
    ------
    NotFoundError
        There is no such case, or nothing was done to it since it was opened.
    ConflictError
        The case went on since its approval, or a row was changed again by another case.
    DataError
        No reason is given, or a clerk of the case takes its approval back; what followed the
        approval, a clerk may take back.
    """
    rules = rules or rulebook()
    if not reason.strip():
        raise DataError(say("撤回须写明理由。", "taking back needs a reason."))
    with book.reading() as connection:
        undone = set(
            connection.scalars(sa.select(CHANGE_SET.c.undoes).where(CHANGE_SET.c.undoes != ""))
        )
        last = (
            sa.select(CHANGE_SET, sa.func.max(EVENT.c.number).label("number"))
            .join(EVENT, EVENT.c.change_set_id == CHANGE_SET.c.id)
            .where(CHANGE_SET.c.case_id == case_id, CHANGE_SET.c.undoes == "")
            .group_by(*CHANGE_SET.c)
            .order_by(sa.desc("number"))
        )
        sets = [row for row in connection.execute(last) if row.id not in undone]
    if not sets:
        title = book.row("case", case_id)["title"]
        raise NotFoundError(
            say(
                f"案卷“{title}”立案后没有可撤回的步骤。",
                f"nothing was done to {title} since it was opened.",
            ),
            hint=say("不再办理的，请用 withdraw 撤回案卷。", "Withdraw it, if it is to end."),
        )
    last_one = sets[0]
    approving = _approves(book, last_one.id, case_id, rules)
    with book.change(
        author=by, reason=reason, at=at, case_id=case_id, undoes=last_one.id
    ) as change:
        case = taken(change, case_id, None, rules)
        state = case.row["state"]
        if after_approval(case.kind, state):
            if state != "approved":
                raise ConflictError(
                    say(
                        f"案卷“{case.row['title']}”已办到“{rules.state_words[state]}”，不能撤回。",
                        f"{case.row['title']} is {rules.state_words[state]}: too late to undo.",
                    ),
                    hint=say("请另立新案取代它。", "Open a new case that supersedes it."),
                )
            if approving:
                _must_be_another(change, case, by)
        change.take_back(last_one.id)
        return TakenBack(change.id, last_one.id, last_one.reason, last_one.author, last_one.at)


def _approves(book: Gazetteer, change_set_id: str, case_id: str, rules: Rulebook) -> bool:
    """Return whether a change set approved a case."""
    found = sa.select(EVENT.c.before, EVENT.c.after).where(
        EVENT.c.change_set_id == change_set_id,
        EVENT.c.record == "case",
        EVENT.c.row_id == case_id,
    )
    with book.reading() as connection:
        events = connection.execute(found).all()
    pairs = [(json.loads(one.before or "{}"), json.loads(one.after or "{}")) for one in events]
    return any(
        before
        and after
        and not after_approval(rules.kind(before["kind"]), before["state"])
        and after_approval(rules.kind(after["kind"]), after["state"])
        for before, after in pairs
    )


def _must_be_another(change: Change, case: Case, by: str) -> None:
    if by in clerks(change, case):
        raise DataError(
            say(
                f"“{by}”经办过本案，不能由其撤回批准。",
                f"{by} handled this case and cannot take its approval back.",
            ),
            hint=say("请由没有经办过本案的人撤回。", "Let somebody else take it back."),
        )
