"""How much waits for the one who asks, by the address at which it is done."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from starlette.requests import Request

from api.jobs import known
from api.people.person import Person, person_of
from api.routes.standing import veil_of
from geo.gazetteer import Gazetteer
from geo.gazetteer.cases import coming
from geo.gazetteer.cases.acting import handled
from geo.gazetteer.cases.machine import CLOSED
from geo.gazetteer.tables import RECORDS
from geo.gazetteer.veil import Veil
from geo.store.drafts.proposals import last_of_each
from geo.store.drafts.tables import DRAFT, PROPOSAL
from geo.store.jobs import JOB
from geo.text import say

_WORKING: Final = ("accepted", "running")
_SOON: Final = timedelta(days=30)
"""How far the page of deadlines looks ahead."""


def waiting(request: Request, connection: sa.Connection, *, named: bool) -> dict[str, str]:
    """Return how much waits for a person, in words, by address; what is nothing is left out.

    Parameters
    ----------
    request
        The request.
    connection
        Reads one state of the store.
    named
        Whether there is a gazetteer.
    """
    person = person_of(request)
    number = sa.func.count()
    seen = [name for name, one in known.processes().items() if person.may(one.scope)]
    mine = PROPOSAL.c.author != person.id if person.may("approve") else (
        PROPOSAL.c.author == person.id
    )  # fmt: skip
    asked = {
        "/jobs": sa.select(number).where(JOB.c.process.in_(seen), JOB.c.state.in_(_WORKING)),
        "/ws": sa.select(number).where(DRAFT.c.owner == person.id, DRAFT.c.state == "open"),
        "/proposals": sa.select(number).where(PROPOSAL.c.state == "open", mine),
    }
    words = {
        "/jobs": ("{} 个进行中", "{} at work"),
        "/ws": ("{} 份编辑中", "{} open"),
        "/proposals": ("{} 份待审批", "{} waiting"),
    }
    found = {path: connection.scalar(query) or 0 for path, query in asked.items()}
    told = {path: say(*words[path]).format(count) for path, count in found.items() if count}
    back = _given_back(connection, person.id) if "/ws" in told else 0
    if back:
        told["/ws"] += say(f"，{back} 份被退回", f", {back} given back")
    if named and person.may("internal"):
        book = Gazetteer(lambda: nullcontext(connection), lambda: nullcontext(connection))
        veil = veil_of(request, book)
        told["/cases"] = _cases(connection, person, veil)
        told["/cases/due"] = _due(book, veil)
    return {path: text for path, text in told.items() if text}


def _cases(connection: sa.Connection, person: Person, veil: Veil) -> str:
    """Return how many cases are in work, for those who handle them, or wait for a decision."""
    c = RECORDS["case"].c
    shown = (c.campaign_id.is_(None), c.id.not_in(veil.cases))
    told = []
    if person.may("edit"):
        working = sa.select(sa.func.count()).where(*shown, c.state.not_in(CLOSED))
        told.append((connection.scalar(working) or 0, ("{} 件在办", "{} in work")))
    if person.may("approve"):
        ready = sa.select(c.id).where(*shown, c.state == "deliberation")
        ids = [str(one) for one in connection.scalars(ready)]
        own = handled(lambda query: connection.execute(query).all(), ids, person.id)
        told.append((len(ids) - len(own), ("{} 件待审批", "{} to be decided")))
    return say("，", ", ").join(say(*words).format(count) for count, words in told if count)


def _due(book: Gazetteer, veil: Veil) -> str:
    """Return how much is overdue, and how much soon will be."""
    day = datetime.now().astimezone().date()
    days = [
        one.days for one in coming(book, day, until=day + _SOON) if one.task_id not in veil.things
    ]
    late = sum(one > 0 for one in days)
    soon = len(days) - late
    words = [
        (late, ("{} 项逾期", "{} overdue")),
        (soon, (f"{{}} 项 {_SOON.days} 天内到期", f"{{}} due in {_SOON.days} days")),
    ]
    return say("，", ", ").join(say(*told).format(count) for count, told in words if count)


def _given_back(connection: sa.Connection, owner: str) -> int:
    """Return how many drafts of somebody were rejected and not handed in since."""
    last = last_of_each(connection)
    own = sa.select(DRAFT.c.id).where(DRAFT.c.owner == owner, DRAFT.c.state == "open")
    return sum(one in last and last[one].state == "rejected" for one in connection.scalars(own))
