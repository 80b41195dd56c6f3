"""Fingerprints of a whole gazetteer, however large: as its tables stand, and as its log leads to.

Rows are read in the order of their ids, a few thousand at a time, so that memory does not grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa

from geo.gazetteer.spelling import spelled
from geo.gazetteer.tables import EVENT, RECORDS

AT_ONCE: Final = 2_000
"""Rows that are held in memory at a time."""


def streamed(connection: sa.Connection, wanted: sa.Select[Any]) -> Iterator[sa.RowMapping]:
    """Yield the rows of a query without holding them all."""
    yield from connection.execution_options(yield_per=AT_ONCE).execute(wanted).mappings()


def of_state(connection: sa.Connection) -> str:
    """Return the fingerprint of all rows as they stand."""
    digest = sha256()
    for record, table in RECORDS.items():
        digest.update(f"{record}\n".encode())
        for row in streamed(connection, sa.select(table).order_by(table.c.id)):
            digest.update(f"{spelled(dict(row))}\n".encode())
    return digest.hexdigest()


def of_log(connection: sa.Connection) -> str:
    """Return the fingerprint of the rows that the log alone leads to."""
    digest = sha256()
    for record in RECORDS:
        digest.update(f"{record}\n".encode())
        last = (
            sa.select(sa.func.max(EVENT.c.number).label("number"))
            .where(EVENT.c.record == record)
            .group_by(EVENT.c.row_id)
            .subquery()
        )
        left = (
            sa.select(EVENT.c.after)
            .join(last, last.c.number == EVENT.c.number)
            .where(EVENT.c.after != "")
            .order_by(EVENT.c.row_id)
        )
        for row in streamed(connection, left):
            digest.update(f"{row['after']}\n".encode())
    return digest.hexdigest()
