"""What a change set did to each row from its beginning to its end, page by page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from geo.gazetteer.tables import EVENT, RECORDS

AT_ONCE: Final = 500
"""Rows of a page; no database takes many more values in one statement."""


@dataclass(frozen=True, slots=True)
class Touched:
    """One row that a change set touched, however often."""

    id: str
    before: str
    """As it was before the change set; empty: not there."""
    after: str
    """As the change set left it; empty: taken out."""


def touched(connection: sa.Connection, change_set_id: str) -> Iterator[tuple[str, list[Touched]]]:
    """Yield pages of the rows that a change set touched, each row once.

    Yields
    ------
    record, rows
        The record, and some of its rows in the order of their ids.
    """
    for record in RECORDS:
        last_id = ""
        while page := _page(connection, change_set_id, record, last_id):
            yield record, page
            last_id = page[-1].id


def _page(connection: sa.Connection, change_set_id: str, record: str, behind: str) -> list[Touched]:
    numbers = (
        sa.select(
            EVENT.c.row_id,
            sa.func.min(EVENT.c.number).label("first"),
            sa.func.max(EVENT.c.number).label("last"),
        )
        .where(
            EVENT.c.change_set_id == change_set_id,
            EVENT.c.record == record,
            EVENT.c.row_id > behind,
        )
        .group_by(EVENT.c.row_id)
        .order_by(EVENT.c.row_id)
        .limit(AT_ONCE)
        .subquery()
    )
    first, last = EVENT.alias("first_event"), EVENT.alias("last_event")
    rows = connection.execute(
        sa.select(numbers.c.row_id, first.c.before, last.c.after)
        .join(first, first.c.number == numbers.c.first)
        .join(last, last.c.number == numbers.c.last)
        .order_by(numbers.c.row_id)
    )
    return [Touched(*row) for row in rows]
