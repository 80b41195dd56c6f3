"""One page of features after another, without counting past what was already read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import sqlalchemy as sa

from geo.store.features.marks import while_unchanged
from geo.store.features.spatial import Box, hits_box, index_first, prepare
from geo.store.features.tables import FeatureTable

MOST_COUNTED: Final = 10_000
"""Rows that fit a condition are counted no further than this."""
_BY_ROW: Final = "fid:"

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


def page(connection: sa.Connection, table: FeatureTable, query: Query) -> Page:
    """Return the features of one page, in a stable order."""
    conditions = [*_conditions(connection, table, query)]
    if query.after is not None:
        conditions.append(_beyond(table, query.sort, query.after))
    columns, layout = _selected(connection, table, query)
    question = (
        sa.select(*columns)
        .select_from(table.source)
        .where(*conditions)
        .order_by(*_ordering(table, query.sort))
        .limit(query.limit + 1)
    )
    rows = connection.execute(question).cursor.fetchall()
    more = len(rows) > query.limit
    rows = rows[: query.limit]
    return layout.page(rows, more=more)


def one(connection: sa.Connection, table: FeatureTable, key: str) -> Page:
    """Return the feature of an id as a page of one, or an empty page."""
    order = table.source.c[table.order]
    if key.startswith(_BY_ROW) and key.removeprefix(_BY_ROW).isdecimal():
        condition = order == int(key.removeprefix(_BY_ROW))
    else:
        column = table.source.c[table.key]
        if isinstance(column.type, sa.Integer):
            if not key.isdecimal() or len(key) > len(str(2**63 - 1)) - 1:
                return Page((), [], [], [])
            condition = column == int(key)
        else:
            condition = column == key
    columns, layout = _selected(connection, table, Query(limit=1))
    question = sa.select(*columns).select_from(table.source).where(condition).limit(1)
    return layout.page(
        connection.execute(question).cursor.fetchall(),
        more=False,
    )


def count(connection: sa.Connection, table: FeatureTable, query: Query) -> int | None:
    """Return how many features fit a query, None when more than are ever counted.

    A whole table is always counted, for its number is kept while nothing is written.
    """
    if query.box is None and not query.where:
        whole = sa.select(sa.func.count()).select_from(table.source)
        return while_unchanged(
            connection, ("count", table.name), lambda: int(connection.scalar(whole) or 0)
        )
    some = (
        sa.select(sa.literal(1).label("one"))
        .select_from(table.source)
        .where(*_conditions(connection, table, query, counting=True))
        .limit(MOST_COUNTED + 1)
        .subquery()
    )
    found = int(connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0)
    return found if found <= MOST_COUNTED else None


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
    sort: tuple[Sort, ...]

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
    connection: sa.Connection, table: FeatureTable, query: Query
) -> tuple[list[sa.ColumnElement[Any]], _Layout]:
    """Return what is selected: id, order, version, shape, properties, sorted columns."""
    column = table.source.c
    wanted = tuple(
        one.name for one in table.fields if query.names is None or one.name in query.names
    )
    shapes = query.shapes and table.shape is not None
    plain = [_plain(column[name]) for name in wanted]
    chosen = [
        _plain(column[table.key]).label("key_"),
        _plain(column[table.order]).label("order_"),
        *([_plain(column[table.version])] if table.version else []),
        *([_bytes_of(connection, table)] if shapes else []),
        *plain,
        *(_plain(column[one.name]).label(f"sort_{at}") for at, one in enumerate(query.sort)),
    ]
    kinds = {one.name: one.kind for one in table.fields}
    flags: tuple[int, ...] = ()
    if connection.dialect.name == "sqlite":
        flags = tuple(at for at, name in enumerate(wanted) if kinds[name] == "bool")
    return chosen, _Layout(table, wanted, flags, shapes, query.sort)


def _plain(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a column whose values come as the driver gives them."""
    return sa.type_coerce(column, sa.types.NullType())


def _bytes_of(connection: sa.Connection, table: FeatureTable) -> sa.ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return sa.func.ST_AsBinary(table.geometry)
    return table.geometry


def _with_truth(row: Row, flags: tuple[int, ...]) -> Row:
    cells = list(row)
    for at in flags:
        if cells[at] is not None:
            cells[at] = bool(cells[at])
    return tuple(cells)


def _ordering(table: FeatureTable, sort: Sequence[Sort]) -> list[sa.ColumnElement[Any]]:
    column = table.source.c
    ordering: list[sa.ColumnElement[Any]] = [
        (column[one.name].desc() if one.descending else column[one.name].asc()).nulls_last()
        for one in sort
    ]
    return [*ordering, column[table.order]]


def _beyond(
    table: FeatureTable, sort: Sequence[Sort], after: Sequence[Any]
) -> sa.ColumnElement[bool]:
    """Return the condition that a row comes after one whose sorted values are known."""
    column = table.source.c
    beyond: sa.ColumnElement[bool] = column[table.order] > after[-1]
    for part, value in reversed(list(zip(sort, after[:-1], strict=True))):
        own = column[part.name]
        if value is None:
            beyond = own.is_(None) & beyond
            continue
        further = own < value if part.descending else own > value
        beyond = sa.or_(further, own.is_(None), (own == value) & beyond)
    return beyond
