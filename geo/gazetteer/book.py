"""Keep the gazetteer: every change is a set with an author and a reason, and can be undone.

Rows change only inside a `Change`, which writes each to the log too: whoever alters one byte of
the past breaks its chain. Replaying the log gives the tables as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime

import sqlalchemy as sa

from geo.errors import DataError, NotFoundError
from geo.gazetteer import fingerprint
from geo.gazetteer.change import Change, Row, begun, body_of
from geo.gazetteer.spelling import START, chained, spelled
from geo.gazetteer.tables import CHANGE_SET, EVENT, GAZETTEER, RECORDS
from geo.store import Workspace
from geo.store.models import DOCUMENT
from geo.store.rows import tables_of
from geo.text import say

__all__ = ["Change", "Gazetteer", "Row"]

Transaction = Callable[[], AbstractContextManager[sa.Connection]]

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
        wanted = {EVENT.name, DOCUMENT.name}
        with self.reading() as connection:
            standing = tables_of(connection)
        if wanted <= standing:
            return
        with self._writing() as connection:
            standing = tables_of(connection)  # another program may have been faster
            if EVENT.name not in standing:
                GAZETTEER.create_all(connection, checkfirst=False)
            if DOCUMENT.name not in standing:  # a database that holds no workspace
                DOCUMENT.create(connection)

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
            change = begun(connection, author, reason, at, case_id=case_id, undoes=undoes)
            yield change
            change.write_log()

    @contextmanager
    def rehearsal(self, *, at: datetime) -> Iterator[Change]:
        """Give a change set of which nothing is kept."""
        with self._writing() as connection:
            yield begun(connection, "rehearsal", "rehearsal", at)
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
                body = body_of(dict(event), heads.get(event["change_set_id"], "{}"))
                follows = event["previous_hash"] == previous
                whole = event["hash"] == chained(previous, body)
                if event["number"] != wanted or not (follows and whole):
                    return wanted
                previous = event["hash"]
        return None
