"""One page of features after another, without counting past what was already read."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from geo.store.features.catalogue import ENTRY, feature_tables, known_table
from geo.store.features.functions import prepare
from geo.store.features.layout import Layout, beyond, ordering, selected
from geo.store.features.marks import while_unchanged
from geo.store.features.query import BY_ROW, Page, Query
from geo.store.features.spatial import hits_box, index_first
from geo.store.features.tables import FeatureTable
from geo.store.tallies import tally

COUNTED: Final = 100_000
"""Rows of a table up to which those that fit a condition are counted."""
_MOST_DIGITS: Final = 18


def page(connection: sa.Connection, table: FeatureTable, query: Query) -> Page:
    """Return the features of one page, in a stable order."""
    postgis = connection.dialect.name == "postgresql"
    if query.box is None and not query.where and not query.sort:
        question, layout = _plain_page(
            table, query.names, query.after is not None, shapes=query.shapes, postgis=postgis
        )
        values = {"most": query.limit + 1, **({"after": query.after[0]} if query.after else {})}
        rows = connection.execute(question, values).cursor.fetchall()
    else:
        columns, layout = selected(
            table, query.names, query.sort, shapes=query.shapes, postgis=postgis
        )
        conditions = _conditions(connection, table, query)
        if query.after is not None:
            conditions.append(beyond(table, query.sort, query.after, postgis=postgis))
        asked = (
            sa.select(*columns)
            .select_from(table.source)
            .where(*conditions)
            .order_by(*ordering(table, query.sort, postgis=postgis))
            .limit(query.limit + 1)
        )
        rows = connection.execute(asked).cursor.fetchall()
    more = len(rows) > query.limit
    return layout.page(rows[: query.limit], more=more)


def one(connection: sa.Connection, table: FeatureTable, key: str) -> Page:
    """Return the feature of an id as a page of one, or an empty page."""
    value = _value_of(table, key)
    if value is None:
        return Page((), [], [], [])
    postgis = connection.dialect.name == "postgresql"
    question, layout = _one(table, by_row=_is_row(table, key), postgis=postgis)
    rows = connection.execute(question, {"key": value}).cursor.fetchall()
    return layout.page(rows, more=False)


def _is_row(table: FeatureTable, key: str) -> bool:
    """Return whether an id is the number of a row that has none of its own."""
    return key.startswith(BY_ROW) and table.order != table.key


def _value_of(table: FeatureTable, key: str) -> int | str | None:
    """Return what an id is compared with; None where it can be none of this table."""
    if not (_is_row(table, key) or isinstance(table.source.c[table.key].type, sa.Integer)):
        return key
    row = key.removeprefix(BY_ROW)
    return int(row) if row.isascii() and row.isdecimal() and len(row) <= _MOST_DIGITS else None


def glance(connection: sa.Connection, name: str, key: str) -> tuple[FeatureTable, Page] | None:
    """Return a table and its feature of an id, by one question where the store is far away.

    The question asks along with the row whether the tables are still those that were known.

    Parameters
    ----------
    connection
        Of `geo.store.Workspace.glancing`.
    name
        Name of the table.
    key
        Id of the feature.

    Returns
    -------
    tuple of FeatureTable and Page, or None
        None where it is not there, and where only further questions could tell.
    """
    if connection.dialect.name == "sqlite":
        table = feature_tables(connection).get(name)
        found = Page((), [], [], []) if table is None else one(connection, table, key)
        return None if table is None or not found.ids else (table, found)
    table = known_table(connection, name)
    value = None if table is None else _value_of(table, key)
    if table is None or value is None:
        return None
    question, layout = _one(table, by_row=_is_row(table, key), postgis=True, witnessed=True)
    try:
        rows = connection.execute(question, {"key": value}).cursor.fetchall()
    except sa.exc.DBAPIError:
        return None  # the table is another by now, or the connection is gone
    return (table, layout.page(rows, more=False)) if rows and rows[0][-1] == table.entry else None


@lru_cache(maxsize=512)
def _plain_page(
    table: FeatureTable,
    names: tuple[str, ...] | None,
    later: bool,  # noqa: FBT001 - part of the key of the cache
    *,
    shapes: bool,
    postgis: bool,
) -> tuple[sa.Select[Any], Layout]:
    """Return the question for rows in their order, made once: making takes as long as asking."""
    columns, layout = selected(table, names, (), shapes=shapes, postgis=postgis)
    order = table.source.c[table.order]
    question = sa.select(*columns).select_from(table.source).order_by(order)
    if later:
        question = question.where(order > sa.bindparam("after", type_=order.type))
    return question.limit(sa.bindparam("most", type_=sa.Integer())), layout


@lru_cache(maxsize=512)
def _one(
    table: FeatureTable, *, by_row: bool, postgis: bool, witnessed: bool = False
) -> tuple[sa.Select[Any], Layout]:
    """Return the question for one row; where it is witnessed, the entry of its table comes last."""
    columns, layout = selected(table, None, (), shapes=True, postgis=postgis)
    if witnessed:
        its = '"' + table.name.replace('"', '""') + '".tableoid'
        entry = f"(SELECT {ENTRY} FROM pg_class WHERE oid = {its})"  # noqa: S608 - our own words
        columns.append(sa.literal_column(entry))
    key = table.source.c[table.order if by_row else table.key]
    wanted = sa.bindparam("key", type_=key.type)
    return sa.select(*columns).select_from(table.source).where(key == wanted).limit(1), layout


def count(connection: sa.Connection, table: FeatureTable, query: Query) -> int | None:
    """Return how many features fit a query; None where to count them would take too long.

    A table counts all its rows itself, or their number is kept while nothing is written. Those that
    fit a condition are counted in tables of ordinary size; in a larger one that would take longer
    than the page itself.
    """
    whole = sa.select(sa.func.count()).select_from(table.source)
    counted = tally(connection, table.name, known=True) if table.tallied else None
    rows = (
        counted.rows
        if counted is not None
        else while_unchanged(
            connection,
            ("count", table.name, table.over),
            lambda: int(connection.scalar(whole) or 0),
            of=table,
        )
    )
    if query.box is None and not query.where:
        return rows
    if rows > COUNTED:
        return None
    fitting = whole.where(*_conditions(connection, table, query, counting=True))
    asked = fitting.compile(dialect=connection.dialect)
    key = ("count", str(asked), str(asked.params))
    return while_unchanged(connection, key, lambda: int(connection.scalar(fitting) or 0), of=table)


def _conditions(
    connection: sa.Connection, table: FeatureTable, query: Query, *, counting: bool = False
) -> list[sa.ColumnElement[bool]]:
    conditions = list(query.where)
    if query.box is not None and table.shape is not None:
        prepare(connection)
        whole = counting or bool(query.sort)  # all that fit are wanted, so the index may begin
        first = whole or index_first(connection, table, query.box, query.limit)
        conditions.append(hits_box(connection, table, query.box, first=first))
    return conditions
