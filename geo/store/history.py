"""What every row was before each edit, by whom it was edited and when: kept for good.

From it comes the version that an editor saw although it was changed since, which a comparison of
three versions begins with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import sqlalchemy as sa

from geo.store.models import BOOKS
from geo.store.records import Record

EDIT: Final = sa.Table(
    "fuwuquan_edit",
    BOOKS,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("layer", sa.Text, nullable=False),
    sa.Column("row_key", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("before_json", sa.Text),
    sa.Column("after_json", sa.Text),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Index("fuwuquan_edit_row", "layer", "row_key", "version"),
)
"""One row an edit, in their order; ``version`` is the one it led to. Nothing before: a new row;
nothing after: one taken away. ``cause`` names the proposal that it carried out, if any."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_SQLITE: Final = """
CREATE TRIGGER fuwuquan_edit_{event} BEFORE {event} ON fuwuquan_edit
BEGIN SELECT RAISE(ABORT, 'fuwuquan refuses: fuwuquan_edit is only added to'); END
"""
_POSTGRESQL: Final = """
CREATE TRIGGER fuwuquan_edit_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON fuwuquan_edit
FOR EACH STATEMENT EXECUTE FUNCTION fuwuquan_keep()
"""


def now() -> str:
    """Return the moment as the history keeps it: ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class By:
    """Who edits, when, and what for.

    Attributes
    ----------
    author
        Id of the person; empty for a program that nobody told.
    at
        The moment, as ISO 8601 has it.
    cause
        What the edit carries out, such as ``proposal p1``.
    """

    author: str = ""
    at: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One edit of the history."""

    version: int
    before: Record | None
    after: Record | None
    by: By


def lay_rules(connection: sa.Connection) -> None:
    """Let the database itself keep the history from being changed."""
    for statement in rules(connection.dialect.name):
        connection.execute(sa.text(statement))


def rules(dialect: str) -> list[str]:
    """Return the statements that `lay_rules` runs in one kind of database."""
    if dialect == "sqlite":
        return [_SQLITE.format(event=event) for event in ("update", "delete")]
    return [_POSTGRESQL]


def keep(connection: sa.Connection, rows: Sequence[tuple[str, str, Entry]]) -> None:
    """Add edits to the history: layer, key of the row, and what was done."""
    if rows:
        connection.execute(
            sa.insert(EDIT),
            [
                {
                    "layer": layer,
                    "row_key": key,
                    "version": entry.version,
                    "before_json": _spelled(entry.before),
                    "after_json": _spelled(entry.after),
                    "author": entry.by.author,
                    "at": entry.by.at,
                    "cause": entry.by.cause,
                }
                for layer, key, entry in rows
            ],
        )


def entries(connection: sa.Connection, layer: str, key: str) -> list[Entry]:
    """Return the edits of one row in their order."""
    own = sa.select(EDIT).where(EDIT.c.layer == layer, EDIT.c.row_key == key)
    return [
        Entry(
            row.version,
            _read(row.before_json),
            _read(row.after_json),
            By(row.author, row.at, row.cause),
        )
        for row in connection.execute(own.order_by(EDIT.c.number))
    ]


def version_of(connection: sa.Connection, layer: str, key: str) -> int:
    """Return the highest version that a row of this key ever had by the history; 0 if none."""
    own = sa.select(sa.func.max(EDIT.c.version)).where(EDIT.c.layer == layer, EDIT.c.row_key == key)
    return int(connection.scalar(own) or 0)


def at_version(connection: sa.Connection, layer: str, key: str, version: int) -> Record | None:
    """Return a row as it was at a version, as far as the history knows; else None."""
    own = (EDIT.c.layer == layer, EDIT.c.row_key == key)
    newest = EDIT.c.number.desc()
    left = sa.select(EDIT.c.before_json).where(*own, EDIT.c.version == version + 1)
    text = connection.scalar(left.order_by(newest).limit(1))
    if text is None:
        came = sa.select(EDIT.c.after_json).where(*own, EDIT.c.version == version)
        text = connection.scalar(came.order_by(newest).limit(1))
    return _read(text)


def _spelled(record: Record | None) -> str | None:
    return None if record is None else spelled(record)


def spelled(record: Record) -> str:
    """Return a row as the text that is kept."""
    return _encode(dict(record))


def _read(text: str | None) -> Record | None:
    return None if text is None else json.loads(text)
