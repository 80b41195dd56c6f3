"""A short mark of a table's rows that changes with every edit, and answers kept while it stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from geo.store.features.tables import FeatureTable
from geo.store.tallies import tally

_Answer = TypeVar("_Answer")
_Kept = tuple[object, dict[object, Any]]
"""A state, and answers that are good for it."""
_KEPT = "fuwuquan_kept"
_MOST_KEPT, _MOST_TABLES = 256, 512

_kept: WeakKeyDictionary[sa.Pool, _Kept] = WeakKeyDictionary()
"""Answers of a PostGIS database, good for one snapshot of it."""
_kept_of: WeakKeyDictionary[sa.Pool, dict[tuple[str, str], _Kept]] = WeakKeyDictionary()
"""Answers about one table, good while its mark stays."""


def mark(connection: sa.Connection, table: FeatureTable) -> str:
    """Return a mark of the rows of a table; what the table counts itself, where it does.

    Of a table that does not count itself: row numbers are never used twice and every edit raises
    its row's version, so no sequence of insertions, deletions and edits leaves all figures as they
    were.
    """
    if table.under is not None:
        assert table.state is not None
        return f"{mark(connection, table.under)}+{table.over}-{connection.scalar(table.state)}"
    if table.state is not None:
        return str(connection.scalar(table.state))
    counted = tally(connection, table.name, known=True) if table.tallied else None
    if counted is not None:
        return str(counted)
    column = table.source.c
    figures: list[sa.ColumnElement[Any]] = [sa.func.count()]
    if table.order == "fid":
        figures.append(sa.func.coalesce(sa.func.sum(column[table.order]), 0))
    if table.version:
        figures.append(sa.func.coalesce(sa.func.sum(column[table.version]), 0))
    question = sa.select(*figures).select_from(table.source)

    def ask() -> str:
        return "-".join(str(int(figure)) for figure in connection.execute(question).one())

    return while_unchanged(connection, ("mark", table.name), ask)


def while_unchanged(
    connection: sa.Connection,
    question: object,
    ask: Callable[[], _Answer],
    *,
    of: FeatureTable | None = None,
) -> _Answer:
    """Return an answer from before if nothing was written since, else ask anew.

    Parameters
    ----------
    connection
        In a transaction that writes nothing, or no answer is kept.
    question
        What tells the question from others.
    ask
        Asks it.
    of
        The only table that is asked; None: nothing at all may have been written since.
    """
    before = _kept_for(connection) if of is None else _kept_about(connection, of)
    if before is None:
        return ask()
    answers: dict[object, Any] = before[1]
    if question not in answers:
        if len(answers) >= _MOST_KEPT:
            answers.clear()
        answers[question] = ask()
    answer: _Answer = answers[question]
    return answer


def _kept_about(connection: sa.Connection, table: FeatureTable) -> _Kept | None:
    """Return the answers that are good while a table stays, whatever becomes of others."""
    base = table.under or table
    if not (base.tallied or base.state is not None):
        return _kept_for(connection)
    if _may_write(connection):  # what it counted may yet be undone, and counted again
        return None
    state = mark(connection, table)
    tables = _kept_of.setdefault(connection.engine.pool, {})
    before = tables.get((table.name, table.over))
    if before is None or before[0] != state:
        if len(tables) >= _MOST_TABLES:
            tables.clear()
        before = tables[table.name, table.over] = (state, {})
    return before


def _may_write(connection: sa.Connection) -> bool:
    options = connection.get_execution_options()
    if connection.dialect.name == "sqlite":
        return bool(options.get("immediate"))
    return options.get("isolation_level") != "AUTOCOMMIT"


def _kept_for(connection: sa.Connection) -> _Kept:
    """Return the answers that are good while nothing at all is written.

    SQLite counts for each connection the writings of others (``PRAGMA data_version``); PostgreSQL
    numbers transactions, and two equal snapshots see the same rows.
    """
    if connection.dialect.name == "sqlite":
        others = connection.exec_driver_sql("PRAGMA data_version").scalar()
        own = connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
        state: object = (others, own)
        before: _Kept | None = connection.info.get(_KEPT)
        if before is None or before[0] != state:
            before = connection.info[_KEPT] = (state, {})
        return before
    state = connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar()
    pool = connection.engine.pool
    before = _kept.get(pool)
    if before is None or before[0] != state:
        before = _kept[pool] = (state, {})
    return before
