"""Keep the gazetteer: every change is a set with an author and a reason, and can be undone.

Rows change only inside a `Change`. Each changed row is also written to an append-only log, in the
same transaction, with the hash of what came before it: whoever alters one byte of the past breaks
the chain. Replaying the log gives the tables as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer import fingerprint
from geo.gazetteer.calendar import end_day
from geo.gazetteer.spelling import START, chained, completed, new_id, spelled, unspelled
from geo.gazetteer.tables import CHANGE_SET, EVENT, GAZETTEER, RECORDS
from geo.gazetteer.undoing import Touched, touched
from geo.store import Workspace
from geo.store.rows import tables_of
from geo.text import say

Row = dict[str, Any]
Transaction = Callable[[], AbstractContextManager[sa.Connection]]

_AT_ONCE = 5_000
"""Rows or events that are written at a time."""

_CHAIN_LOCK = 0x66777100
"""Number of the lock that lets one change at a time be appended to the log (PostgreSQL)."""


class Gazetteer:
    """The gazetteer of one workspace or one database.

    Parameters
    ----------
    reading, writing
        Give a connection in a transaction; a writer is alone, and all of its work is kept or none.
    close
        Lets go of the database.
    """

    def __init__(
        self,
        reading: Transaction,
        writing: Transaction,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self.reading = reading
        self._writing = writing
        self.close = close

    @classmethod
    def of(cls, workspace: Workspace) -> Gazetteer:
        """Open the gazetteer of a workspace, making its tables when first asked for."""
        book = cls(workspace.reading, workspace.writing)
        book._lay()
        return book

    @classmethod
    def at(cls, url: str) -> Gazetteer:
        """Open the gazetteer of a PostGIS database, making its tables when first asked for."""
        engine = sa.create_engine(url)

        @contextmanager
        def reading() -> Iterator[sa.Connection]:
            calm = engine.execution_options(isolation_level="REPEATABLE READ")
            with calm.connect() as connection, connection.begin():
                yield connection

        @contextmanager
        def writing() -> Iterator[sa.Connection]:
            with engine.begin() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CHAIN_LOCK)))
                yield connection

        book = cls(reading, writing, engine.dispose)
        book._lay()
        return book

    def _lay(self) -> None:
        with self.reading() as connection:
            laid = EVENT.name in tables_of(connection)
        if not laid:
            with self._writing() as connection:
                if EVENT.name not in tables_of(connection):  # another program was faster
                    GAZETTEER.create_all(connection, checkfirst=False)

    @contextmanager
    def change(
        self, *, author: str, reason: str, at: datetime, case_id: str = "", undoes: str = ""
    ) -> Iterator[Change]:
        """Give a change set; what its block does is kept whole at the end, or not at all.

        Parameters
        ----------
        author, reason
            Who changes, and why; neither may be empty.
        at
            The moment, which the log keeps.
        case_id
            The case that this carries out.
        undoes
            The change set that this takes back.

        Raises
        ------
        DataError
            Author or reason is empty.
        """
        if not author.strip() or not reason.strip():
            raise DataError(
                say("改动必须写明经办人和理由。", "a change must name its author and reason.")
            )
        with self._writing() as connection:
            change = _begun(connection, author, reason, at, case_id=case_id, undoes=undoes)
            yield change
            change.write_log()

    @contextmanager
    def rehearsal(self, *, at: datetime) -> Iterator[Change]:
        """Give a change set of which nothing is kept."""
        with self._writing() as connection:
            yield _begun(connection, "rehearsal", "rehearsal", at)
            transaction = connection.get_transaction()
            assert transaction is not None
            transaction.rollback()

    def undo(self, change_set_id: str, *, author: str, reason: str, at: datetime) -> str:
        """Take a change set back, row by row, and return the id of the change that does so.

        Raises
        ------
        NotFoundError
            There is no such change set.
        ConflictError
            A row was changed again since; the message names the rows.
        """
        with self.change(author=author, reason=reason, at=at, undoes=change_set_id) as change:
            change.take_back(change_set_id)
            return change.id

    def rows(self, record: str, *, on: date | None = None, **equal: object) -> list[Row]:
        """Return rows of a record, in the order of their ids.

        Parameters
        ----------
        record
            A key of `geo.gazetteer.tables.RECORDS`.
        on
            Only those that held on this day; None: all there ever were.
        equal
            Values that columns must have.
        """
        table = RECORDS[record]
        found = sa.select(table).order_by(table.c.id)
        for name, value in equal.items():
            found = found.where(table.c[name] == value)
        if on is not None and "from_day" in table.c:
            day = on.toordinal()
            found = found.where(table.c.from_day <= day, table.c.end_day > day)
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(found).mappings()]

    def row(self, record: str, identity: str) -> Row:
        """Return one row.

        Raises
        ------
        NotFoundError
            There is none of this id.
        """
        found = self.rows(record, id=identity)
        if not found:
            raise NotFoundError(say(f"没有记录 {identity}。", f"there is no {record} {identity}."))
        return found[0]

    def state_sha256(self) -> str:
        """Return the fingerprint of all rows as they stand, whatever database holds them."""
        with self.reading() as connection:
            return fingerprint.of_state(connection)

    def replayed_sha256(self) -> str:
        """Return the fingerprint of the rows that the log alone leads to."""
        with self.reading() as connection:
            return fingerprint.of_log(connection)

    def first_broken(self) -> int | None:
        """Return the number of the first event that does not follow from the one before it."""
        previous = START
        with self.reading() as connection:
            heads = {
                row["id"]: spelled(dict(row))
                for row in connection.execute(sa.select(CHANGE_SET)).mappings()
            }
            log = sa.select(EVENT).order_by(EVENT.c.number)
            for wanted, event in enumerate(fingerprint.streamed(connection, log), start=1):
                body = _body(dict(event), heads.get(event["change_set_id"], "{}"))
                follows = event["previous_hash"] == previous
                whole = event["hash"] == chained(previous, body)
                if event["number"] != wanted or not (follows and whole):
                    return wanted
                previous = event["hash"]
        return None


@dataclass(slots=True)
class Change:
    """A change set in the making; see `Gazetteer.change`."""

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
            whole = [completed(table, {"id": new_id(self._at), **row}) for row in some]
            self._connection.execute(sa.insert(table), whole)
            for row in whole:
                self._log(record, row["id"], "", spelled(row))
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
        linked = chained(self._previous, _body(event, self._head_spelled))
        self._events.append(event | {"previous_hash": self._previous, "hash": linked})
        self._previous = linked
        if len(self._events) >= _AT_ONCE:
            self.write_log()

    def write_log(self) -> None:
        """Append to the log what it does not hold yet of this change."""
        if self._events:
            self._connection.execute(sa.insert(EVENT), self._events)
            self._events = []


def _some(
    pages: Iterator[tuple[str, list[Touched]]], only: Collection[tuple[str, str]] | None
) -> Iterator[tuple[str, list[Touched]]]:
    """Yield of each page the rows that are meant."""
    for record, page in pages:
        rows = [row for row in page if only is None or (record, row.id) in only]
        if rows:
            yield record, rows


def _body(event: Mapping[str, Any], head: str) -> Row:
    """Return what an event's hash is taken of: itself and its change set, which is spelled."""
    kept = ("number", "change_set_id", "record", "row_id", "before", "after")
    return {name: event[name] for name in kept} | {"change_set": head}


def _begun(
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
