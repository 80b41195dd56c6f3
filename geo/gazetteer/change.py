"""A change set in the making: what it does to rows, and the log that it writes of it.

Each changed row is also written to an append-only log, in the same transaction, with the hash of
what came before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from geo.errors import ConflictError, NotFoundError
from geo.gazetteer.calendar import end_day
from geo.gazetteer.shapes import Shape
from geo.gazetteer.spelling import (
    START,
    chained,
    completed,
    completed_all,
    new_id,
    spelled,
    unspelled,
)
from geo.gazetteer.tables import CHANGE_SET, EVENT, RECORDS
from geo.gazetteer.undoing import Touched, touched
from geo.store import documents
from geo.store.geometry import encode
from geo.text import say

Row = dict[str, Any]

_AT_ONCE = 5_000
"""Rows or events that are written at a time."""
_MANY = 50


@dataclass(slots=True)
class Change:
    """A change set in the making; see `geo.gazetteer.book.Gazetteer.change`."""

    _connection: sa.Connection
    _head: Mapping[str, Any]
    _at: datetime
    _number: int
    _previous: str
    _head_spelled: str
    _events: list[Row] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Permanent id of the change set."""
        return str(self._head["id"])

    @property
    def events(self) -> tuple[Row, ...]:
        """What was changed so far, as the log will keep it."""
        return tuple(self._events)

    def insert(self, record: str, **values: object) -> str:
        """Add a row and return its id, which is made unless it is given."""
        return self.insert_all(record, [values])[0]

    def insert_all(self, record: str, rows: Sequence[Mapping[str, object]]) -> list[str]:
        """Add rows and return their ids in the same order.

        Raises
        ------
        DataError
            A date is not written as one.
        """
        table = RECORDS[record]
        ids: list[str] = []
        for start in range(0, len(rows), _AT_ONCE):
            some = rows[start : start + _AT_ONCE]
            whole, texts = completed_all(table, [{"id": new_id(self._at), **row} for row in some])
            _add(self._connection, table, whole)
            for row, text in zip(whole, texts, strict=True):
                self._log(record, row["id"], "", text)
                ids.append(row["id"])
        return ids

    def update(self, record: str, identity: str, version: int, **changes: object) -> int:
        """Change a row that is still as its editor saw it, and return its new version.

        Raises
        ------
        NotFoundError
            There is no such row.
        ConflictError
            Somebody changed it since `version`.
        """
        table = RECORDS[record]
        before = self.find(record, identity)
        if before is None:
            raise NotFoundError(say(f"没有记录 {identity}。", f"there is no {record} {identity}."))
        if before["version"] != version:
            raise ConflictError(
                say(
                    f"记录 {identity} 已被改过：您看到的是第 {version} 版，现为第 "
                    f"{before['version']} 版。",
                    f"{record} {identity} was changed: you saw version {version}, it is now "
                    f"{before['version']}.",
                ),
                hint=say("请重新打开，核对后再改。", "Open it again, compare, and edit anew."),
            )
        after = completed(table, before | changes | {"version": version + 1})
        self._connection.execute(
            sa.update(table)
            .where(table.c.id == identity)
            .values({name: value for name, value in after.items() if name != "id"})
        )
        self._log(record, identity, spelled(before), spelled(after))
        return version + 1

    def end(self, record: str, identity: str, version: int, *, on: str) -> int:
        """Let a row hold no longer than the day before `on`, and return its new version."""
        last = date.fromordinal(end_day(on) - 2).isoformat() if len(on) > len("1984-05") else on
        return self.update(record, identity, version, valid_to=last)

    def find(self, record: str, identity: str) -> Row | None:
        """Return a row as this change sees it."""
        table = RECORDS[record]
        found = self._connection.execute(sa.select(table).where(table.c.id == identity))
        row = found.mappings().first()
        return None if row is None else dict(row)

    def select(self, record: str, **equal: object) -> list[Row]:
        """Return the rows whose columns have these values, as this change sees them."""
        table = RECORDS[record]
        found = sa.select(table).order_by(table.c.id)
        for name, value in equal.items():
            found = found.where(table.c[name] == value)
        return [dict(row) for row in self._connection.execute(found).mappings()]

    def keep_file(self, content: bytes) -> str:
        """Keep the file of a document and return its hash.

        Raises
        ------
        DataError
            It is empty or too large.
        """
        return documents.keep(self._connection, content).sha256

    def ask(self, question: sa.Select[Any]) -> Sequence[sa.Row[Any]]:
        """Return what the gazetteer and its log answer, as this change sees them."""
        return self._connection.execute(question).all()

    def take_back(
        self, change_set_id: str, *, only: Collection[tuple[str, str]] | None = None
    ) -> None:
        """Put every row back as it was before a change set, version included.

        Parameters
        ----------
        change_set_id
            The change set.
        only
            Record and id of the rows meant, where not all of them are.

        Raises
        ------
        NotFoundError
            There is no such change set.
        ConflictError
            A row was changed again since; the message names the rows.
        """
        found = False
        later: list[str] = []
        for record, rows in _some(touched(self._connection, change_set_id), only):
            found = True
            now = self._standing(record, [row.id for row in rows])
            later += [f"{record} {row.id}" for row in rows if now.get(row.id, "") != row.after]
        if not found:
            raise NotFoundError(
                say(f"没有编号为 {change_set_id} 的改动。", f"no change set {change_set_id}.")
            )
        if later:
            raise ConflictError(
                say(
                    f"这些记录后来又改过，不能撤回：{'、'.join(later[:5])}。",
                    f"changed again since, cannot be undone: {', '.join(later[:5])}.",
                ),
                hint=say("请先撤回后来的改动。", "Undo the later changes first."),
            )
        for record, rows in _some(touched(self._connection, change_set_id), only):
            self._put_back(record, rows)

    def _standing(self, record: str, ids: Sequence[str]) -> dict[str, str]:
        table = RECORDS[record]
        rows = self._connection.execute(sa.select(table).where(table.c.id.in_(ids))).mappings()
        return {row["id"]: spelled(dict(row)) for row in rows}

    def _put_back(self, record: str, rows: Sequence[Touched]) -> None:
        table = RECORDS[record]
        added = [row.id for row in rows if row.after and not row.before]
        former = {row.id: unspelled(table, row.before) for row in rows}
        taken = [former[row.id] for row in rows if row.before and not row.after]
        edited = [former[row.id] for row in rows if row.before and row.after]
        if added:
            self._connection.execute(sa.delete(table).where(table.c.id.in_(added)))
        if taken:
            self._connection.execute(sa.insert(table), taken)
        if edited:
            new: Row = {column.name: sa.bindparam(f"new_{column.name}") for column in table.c}
            self._connection.execute(
                sa.update(table).where(table.c.id == sa.bindparam("which")).values(new),
                [{"which": r["id"]} | {f"new_{k}": v for k, v in r.items()} for r in edited],
            )
        for row in rows:
            if row.before != row.after:
                self._log(record, row.id, row.after, row.before)

    def _log(self, record: str, identity: str, before: str, after: str) -> None:
        self._number += 1
        event: Row = {
            "number": self._number,
            "change_set_id": self._head["id"],
            "record": record,
            "row_id": identity,
            "before": before,
            "after": after,
        }
        linked = chained(self._previous, body_of(event, self._head_spelled))
        self._events.append(event | {"previous_hash": self._previous, "hash": linked})
        self._previous = linked
        if len(self._events) >= _AT_ONCE:
            self.write_log()

    def write_log(self) -> None:
        """Append to the log what it does not hold yet of this change."""
        if self._events:
            _add(self._connection, EVENT, self._events)
            self._events = []


def _add(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Add whole rows to a table; many to SQLite without a word of SQLAlchemy about each."""
    if len(rows) < _MANY or connection.dialect.name != "sqlite":
        connection.execute(sa.insert(table), rows)
        return
    names = [column.name for column in table.columns]
    cells = [[row[name] for row in rows] for name in names]
    for at, column in enumerate(table.columns):
        if isinstance(column.type, Shape):
            cells[at] = list(encode(np.array(cells[at], dtype=object), "GEOMETRY"))
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join("?" * len(names))
    connection.exec_driver_sql(
        f'INSERT INTO "{table.name}" ({columns}) VALUES ({marks})',  # noqa: S608 - our names
        list(zip(*cells, strict=True)),
    )


def _some(
    pages: Iterator[tuple[str, list[Touched]]], only: Collection[tuple[str, str]] | None
) -> Iterator[tuple[str, list[Touched]]]:
    """Yield of each page the rows that are meant."""
    for record, page in pages:
        rows = [row for row in page if only is None or (record, row.id) in only]
        if rows:
            yield record, rows


def body_of(event: Mapping[str, Any], head: str) -> Row:
    """Return what an event's hash is taken of: itself and its change set, which is spelled."""
    kept = ("number", "change_set_id", "record", "row_id", "before", "after")
    return {name: event[name] for name in kept} | {"change_set": head}


def begun(
    connection: sa.Connection,
    author: str,
    reason: str,
    at: datetime,
    *,
    case_id: str = "",
    undoes: str = "",
) -> Change:
    """Open a change set behind the last event of the log."""
    last = connection.execute(
        sa.select(EVENT.c.number, EVENT.c.hash).order_by(EVENT.c.number.desc()).limit(1)
    ).first()
    head = {
        "id": new_id(at),
        "author": author,
        "reason": reason,
        "case_id": case_id,
        "undoes": undoes,
        "at": at.isoformat(),
    }
    connection.execute(sa.insert(CHANGE_SET).values(head))
    number, previous = (0, START) if last is None else (last.number, last.hash)
    return Change(connection, head, at, number, previous, spelled(head))
