"""A short mark of a table's rows that changes with every edit, kept while nothing was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from geo.store.features.tables import FeatureTable

_Answer = TypeVar("_Answer")
_KEPT = "fuwuquan_kept"
_MOST_KEPT = 256

_kept: WeakKeyDictionary[sa.Pool, tuple[object, dict[object, Any]]] = WeakKeyDictionary()
"""Answers of a PostGIS database, good for one snapshot of it."""


def mark(connection: sa.Connection, table: FeatureTable) -> str:
    """Return a mark of the rows of a table.

    Row numbers are never used twice and every edit raises its row's version, so no sequence of
    insertions, deletions and edits leaves all figures as they were.
    """
    if table.under is not None:
        assert table.state is not None
        return f"{mark(connection, table.under)}+{table.over}-{connection.scalar(table.state)}"
    if table.state is not None:
        return str(connection.scalar(table.state))
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
    connection: sa.Connection, question: object, ask: Callable[[], _Answer]
) -> _Answer:
    """Return an answer from before if nothing at all was written since, else ask anew.

    SQLite counts for each connection the writings of others (``PRAGMA data_version``); PostgreSQL
    numbers transactions, and two equal snapshots see the same rows.
    """
    if connection.dialect.name == "sqlite":
        others = connection.exec_driver_sql("PRAGMA data_version").scalar()
        own = connection.connection.driver_connection.total_changes  # type: ignore[union-attr]
        state: object = (others, own)
        before = connection.info.get(_KEPT)
        if before is None or before[0] != state:
            before = connection.info[_KEPT] = (state, {})
    else:
        state = connection.exec_driver_sql("SELECT pg_current_snapshot()::text").scalar()
        pool = connection.engine.pool
        before = _kept.get(pool)
        if before is None or before[0] != state:
            before = _kept[pool] = (state, {})
    answers: dict[object, Any] = before[1]
    if question not in answers:
        if len(answers) >= _MOST_KEPT:
            answers.clear()
        answers[question] = ask()
    answer: _Answer = answers[question]
    return answer
