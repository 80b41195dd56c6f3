"""One page of features after another, without counting past what was already read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from geo.store.features.marks import while_unchanged
from geo.store.features.spatial import Box, hits_box, index_first, prepare
from geo.store.features.tables import ENTRY, FeatureTable, feature_tables, known_table
from geo.store.tallies import tally

COUNTED: Final = 100_000
"""Rows of a table up to which those that fit a condition are counted."""
_BY_ROW: Final = "fid:"
_MOST_DIGITS: Final = 18

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Sort:
    """One column to sort by; empty values come last either way."""

    name: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a table.

    Attributes
    ----------
    limit
        Most features of the page.
    after
        Values of the sorted columns, then of the table's order, of the last feature before.
    box
        Only features that touch it.
    where
        Only features that fit all of these.
    names
        Properties wanted, in the order of the table; all when None.
    shapes
        Whether shapes are wanted.
    """

    limit: int
    after: tuple[Any, ...] | None = None
    box: Box | None = None
    where: tuple[sa.ColumnElement[bool], ...] = ()
    sort: tuple[Sort, ...] = ()
    names: tuple[str, ...] | None = None
    shapes: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """Some features of a table.

    Attributes
    ----------
    names
        Names of the properties, in the order of `cells`.
    ids
        What each feature is called.
    shapes
        Bytes of each shape as the store gives them; empty when none were wanted.
    cells
        Values of the properties, by feature.
    versions
        Version of each row; empty when the table keeps none.
    after
        Where the next page begins; None on the last.
    orders
        Value of the table's order, by feature.
    """

    names: tuple[str, ...]
    ids: list[str | int]
    shapes: list[bytes | None]
    cells: list[Row]
    versions: list[int] = field(default_factory=list)
    after: tuple[Any, ...] | None = None
    orders: list[Any] = field(default_factory=list)

    def ranked(self, ids: Sequence[str | int], *, limit: int) -> Page:
        """Return the first features of the page, and no more of them, in the order of ids."""
        rank = {key: place for place, key in enumerate(ids)}
        best = sorted(range(len(self.ids)), key=lambda at: rank[self.ids[at]])[:limit]
        return Page(
            names=self.names,
            ids=[self.ids[at] for at in best],
            shapes=[self.shapes[at] for at in best] if self.shapes else [],
            cells=[self.cells[at] for at in best],
            versions=[self.versions[at] for at in best] if self.versions else [],
        )


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
        columns, layout = _selected(
            table, query.names, query.sort, shapes=query.shapes, postgis=postgis
        )
        conditions = _conditions(connection, table, query)
        if query.after is not None:
            conditions.append(_beyond(table, query.sort, query.after, postgis=postgis))
        asked = (
            sa.select(*columns)
            .select_from(table.source)
            .where(*conditions)
            .order_by(*_ordering(table, query.sort, postgis=postgis))
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
    return key.startswith(_BY_ROW) and table.order != table.key


def _value_of(table: FeatureTable, key: str) -> int | str | None:
    """Return what an id is compared with; None where it can be none of this table."""
    if not (_is_row(table, key) or isinstance(table.source.c[table.key].type, sa.Integer)):
        return key
    row = key.removeprefix(_BY_ROW)
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
) -> tuple[sa.Select[Any], _Layout]:
    """Return the question for rows in their order, made once: making takes as long as asking."""
    columns, layout = _selected(table, names, (), shapes=shapes, postgis=postgis)
    order = table.source.c[table.order]
    question = sa.select(*columns).select_from(table.source).order_by(order)
    if later:
        question = question.where(order > sa.bindparam("after", type_=order.type))
    return question.limit(sa.bindparam("most", type_=sa.Integer())), layout


@lru_cache(maxsize=512)
def _one(
    table: FeatureTable, *, by_row: bool, postgis: bool, witnessed: bool = False
) -> tuple[sa.Select[Any], _Layout]:
    """Return the question for one row; where it is witnessed, the entry of its table comes last."""
    columns, layout = _selected(table, None, (), shapes=True, postgis=postgis)
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


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where in a row each thing stands."""

    table: FeatureTable
    names: tuple[str, ...]
    flags: tuple[int, ...]
    shapes: bool

    def page(self, rows: Sequence[Row], *, more: bool) -> Page:
        """Return the rows as a page."""
        head = 2 + (self.table.version is not None) + self.shapes
        tail = head + len(self.names)
        cells = [row[head:tail] for row in rows]
        if self.flags:
            cells = [_with_truth(row, self.flags) for row in cells]
        return Page(
            names=self.names,
            ids=[f"{_BY_ROW}{row[1]}" if row[0] is None else row[0] for row in rows],
            shapes=[row[head - 1] for row in rows] if self.shapes else [],
            cells=cells,
            versions=[row[2] for row in rows] if self.table.version else [],
            after=(*rows[-1][tail:], rows[-1][1]) if more else None,
            orders=[row[1] for row in rows],
        )


def _selected(
    table: FeatureTable,
    names: tuple[str, ...] | None,
    sort: tuple[Sort, ...],
    *,
    shapes: bool,
    postgis: bool,
) -> tuple[list[sa.ColumnElement[Any]], _Layout]:
    """Return what is selected: id, order, version, shape, properties, sorted columns."""
    column = table.source.c
    fields = [one for one in table.fields if names is None or one.name in names]
    shapes = shapes and table.shape is not None
    chosen = [
        _plain(column[table.key]).label("key_"),
        _plain(column[table.order]).label("order_"),
        *([_plain(column[table.version])] if table.version else []),
        *([_bytes_of(table, postgis=postgis)] if shapes else []),
        *(_plain(column[one.name]) for one in fields),
        *(_plain(column[one.name]).label(f"sort_{at}") for at, one in enumerate(sort)),
    ]
    # SQLite has no truth values of its own.
    flags = tuple(at for at, one in enumerate(fields) if one.kind == "bool" and not postgis)
    return chosen, _Layout(table, tuple(one.name for one in fields), flags, shapes)


def _plain(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a column whose values come as the driver gives them."""
    return sa.type_coerce(column, sa.types.NullType())


def _bytes_of(table: FeatureTable, *, postgis: bool) -> sa.ColumnElement[Any]:
    return sa.func.ST_AsBinary(table.geometry) if postgis else _plain(table.geometry)


def _with_truth(row: Row, flags: tuple[int, ...]) -> Row:
    cells = list(row)
    for at in flags:
        if cells[at] is not None:
            cells[at] = bool(cells[at])
    return tuple(cells)


def _ordering(
    table: FeatureTable, sort: Sequence[Sort], *, postgis: bool
) -> list[sa.ColumnElement[Any]]:
    column = table.source.c
    ordering: list[sa.ColumnElement[Any]] = []
    for one in sort:
        own = by_code_points(column[one.name]) if postgis else column[one.name]
        ordering.append((own.desc() if one.descending else own.asc()).nulls_last())
    return [*ordering, column[table.order]]


def by_code_points(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a column that PostgreSQL compares as SQLite does; only texts differ."""
    return sa.collate(column, "C") if isinstance(column.type, sa.Text) else column


def _beyond(
    table: FeatureTable, sort: Sequence[Sort], after: Sequence[Any], *, postgis: bool
) -> sa.ColumnElement[bool]:
    """Return the condition that a row comes after one whose sorted values are known."""
    column = table.source.c
    beyond: sa.ColumnElement[bool] = column[table.order] > after[-1]
    for part, value in reversed(list(zip(sort, after[:-1], strict=True))):
        own = by_code_points(column[part.name]) if postgis else column[part.name]
        if value is None:
            beyond = own.is_(None) & beyond
            continue
        last = sa.literal(value, column[part.name].type)
        further = own < last if part.descending else own > last
        beyond = sa.or_(further, own.is_(None), (own == last) & beyond)
    return beyond
