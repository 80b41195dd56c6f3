"""Who wrote, who approved: kept for good, and never the same, whoever asks the database.

Every part of the API that has something approved keeps its authors and its approvals here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from api.errors import ForbiddenError
from api.people import events
from api.people.person import Person
from geo.store.people import APPROVAL, AUTHOR
from geo.text import say


def authored(connection: sa.Connection, kind: str, subject: str, persons: Iterable[str]) -> None:
    """Keep who had a hand in something: all who edited a draft, and who handed it in.

    Parameters
    ----------
    connection
        In a writing transaction.
    kind, subject
        What it is: ``("proposal", its id)``.
    persons
        Ids of the persons.

    Raises
    ------
    ConflictError
        One of them approved it.
    """
    known = set(authors(connection, kind, subject))
    rows = [
        {"kind": kind, "subject": subject, "person": person}
        for person in sorted(set(persons) - known)
    ]
    if rows:
        connection.execute(sa.insert(AUTHOR), rows)


def authors(connection: sa.Connection, kind: str, subject: str) -> list[str]:
    """Return who had a hand in something."""
    query = sa.select(AUTHOR.c.person).where(AUTHOR.c.kind == kind, AUTHOR.c.subject == subject)
    return list(connection.scalars(query.order_by(AUTHOR.c.person)))


def decided(
    connection: sa.Connection,
    kind: str,
    subject: str,
    person: Person,
    *,
    verdict: Literal["approved", "rejected"] = "approved",
    note: str = "",
    address: str = "",
) -> None:
    """Keep that somebody decided on what others wrote, also in the log of access.

    Parameters
    ----------
    connection
        In the writing transaction that carries the decision out.
    kind, subject
        What it is.
    person
        Who decides.
    verdict, note, address
        How, why, from where.

    Raises
    ------
    ForbiddenError
        He wrote it himself. The database refuses it too, were this not looked at.
    """
    if person.id in authors(connection, kind, subject):
        raise ForbiddenError(
            say("自己编写的内容不能由自己审批。", "nobody decides on what he wrote himself."),
            hint=say("请由另一位审批员处理。", "another approver must decide."),
        )
    moment = datetime.now(UTC)
    connection.execute(
        sa.insert(APPROVAL).values(
            kind=kind,
            subject=subject,
            person=person.id,
            verdict=verdict,
            at=moment.isoformat(timespec="seconds"),
            note=note,
        )
    )
    events.log(
        connection,
        verdict,
        actor=person.name,
        subject=f"{kind} {subject}",
        address=address,
        at=moment,
    )
