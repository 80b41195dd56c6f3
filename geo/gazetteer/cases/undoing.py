"""Take back the last thing that was done to a case, as far as the law of cases allows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer
from geo.gazetteer.cases.acting import Ask, handled
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


@dataclass(frozen=True, slots=True)
class LastStep:
    """What `take_back` would take back."""

    reason: str
    author: str
    at: str
    approves: bool
    """Whether it approved the case, so that only somebody who handled no part of it may."""


def last_step(book: Gazetteer, case_id: str, rules: Rulebook | None = None) -> LastStep | None:
    """Return what would be taken back of a case; None: there is nothing, or it is too late.

    Raises
    ------
    NotFoundError
        There is no such case.
    """
    rules = rules or rulebook()
    row = book.row("case", case_id)
    if row["state"] != "approved" and after_approval(rules.kind(row["kind"]), row["state"]):
        return None
    with book.reading() as connection:

        def ask(query: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
            return connection.execute(query).all()

        last = _last(ask, case_id)
        if last is None:
            return None
        approves = _approves(ask, last.id, case_id, rules)
    return LastStep(last.reason, last.author, last.at, approves)


def take_back(
    book: Gazetteer,
    case_id: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    version: int | None = None,
    rules: Rulebook | None = None,
) -> TakenBack:
    """Take back the last change to a case, whole; what was filed or announced stays.

    An approval is taken back with all that it did to the gazetteer, and only by somebody who
    handled no part of the case, for a decision that was withdrawn or never made. Once the name is
    filed, only a case that supersedes it puts it right.

    Parameters
    ----------
    book, case_id
        The gazetteer and the case.
    by, reason, at
        Who takes back, why, and when.
    version
        Version of the case as it was seen; None: as it stands.
    rules
        The tables; None: those that ship.

    Raises
    ------
    NotFoundError
        There is no such case, or nothing was done to it since it was opened.
    ConflictError
        Somebody changed the case meanwhile, it went on since its approval, or a row was changed
        again by another case.
    DataError
        No reason is given, or a clerk of the case takes its approval back; what followed the
        approval, a clerk may take back.
    """
    rules = rules or rulebook()
    if not reason.strip():
        raise DataError(say("撤回须写明理由。", "taking back needs a reason."))
    with book.reading() as connection:
        last = _last(lambda asked: connection.execute(asked).all(), case_id)
    if last is None:
        title = book.row("case", case_id)["title"]
        raise NotFoundError(
            say(
                f"案卷“{title}”立案后没有可撤回的步骤。",
                f"nothing was done to {title} since it was opened.",
            ),
            hint=say("不再办理的，请用 withdraw 撤回案卷。", "Withdraw it, if it is to end."),
        )
    with book.change(author=by, reason=reason, at=at, case_id=case_id, undoes=last.id) as change:
        case = taken(change, case_id, version, rules)
        now = _last(change.ask, case_id, but=change.id)
        if now is None or now.id != last.id:
            raise _overtaken(case)
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
            if _approves(change.ask, last.id, case_id, rules):
                _must_be_another(change, case, by)
        change.take_back(last.id)
        return TakenBack(change.id, last.id, last.reason, last.author, last.at)


def _last(ask: Ask, case_id: str, *, but: str = "") -> sa.Row[Any] | None:
    """Return the last change set of a case that stands; ``but``: as if this one were not."""
    heads = CHANGE_SET.c
    undoing = ask(sa.select(heads.undoes).where(heads.undoes != "", heads.id != but))
    undone = {one.undoes for one in undoing}
    found = ask(
        sa.select(CHANGE_SET, sa.func.max(EVENT.c.number).label("number"))
        .join(EVENT, EVENT.c.change_set_id == heads.id)
        .where(heads.case_id == case_id, heads.undoes == "")
        .group_by(*heads)
        .order_by(sa.desc("number"))
    )
    return next((row for row in found if row.id not in undone), None)


def _overtaken(case: Case) -> ConflictError:
    title = case.row["title"]
    return ConflictError(
        say(f"案卷“{title}”刚刚又有人办理。", f"somebody went on with {title} just now."),
        hint=say("请重新打开，核对后再撤回。", "Open it again, compare, and undo anew."),
    )


def _approves(ask: Ask, change_set_id: str, case_id: str, rules: Rulebook) -> bool:
    """Return whether a change set approved a case."""
    events = ask(
        sa.select(EVENT.c.before, EVENT.c.after).where(
            EVENT.c.change_set_id == change_set_id,
            EVENT.c.record == "case",
            EVENT.c.row_id == case_id,
        )
    )
    pairs = [(json.loads(one.before or "{}"), json.loads(one.after or "{}")) for one in events]
    return any(
        before
        and after
        and not after_approval(rules.kind(before["kind"]), before["state"])
        and after_approval(rules.kind(after["kind"]), after["state"])
        for before, after in pairs
    )


def _must_be_another(change: Change, case: Case, by: str) -> None:
    if handled(change.ask, [case.id], by):
        raise DataError(
            say(
                f"“{by}”经办过本案，不能由其撤回批准。",
                f"{by} handled this case and cannot take its approval back.",
            ),
            hint=say("请由没有经办过本案的人撤回。", "Let somebody else take it back."),
        )
