"""Which columns a question for features selects, in which order, and where each then stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from geo.store.features.query import BY_ROW, Page, Row, Sort
from geo.store.features.tables import FeatureTable


@dataclass(frozen=True, slots=True)
class Layout:
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
            ids=[f"{BY_ROW}{row[1]}" if row[0] is None else row[0] for row in rows],
            shapes=[row[head - 1] for row in rows] if self.shapes else [],
            cells=cells,
            versions=[row[2] for row in rows] if self.table.version else [],
            after=(*rows[-1][tail:], rows[-1][1]) if more else None,
            orders=[row[1] for row in rows],
        )


def selected(
    table: FeatureTable,
    names: tuple[str, ...] | None,
    sort: tuple[Sort, ...],
    *,
    shapes: bool,
    postgis: bool,
) -> tuple[list[sa.ColumnElement[Any]], Layout]:
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
    return chosen, Layout(table, tuple(one.name for one in fields), flags, shapes)


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


def ordering(
    table: FeatureTable, sort: Sequence[Sort], *, postgis: bool
) -> list[sa.ColumnElement[Any]]:
    """Return what rows are ordered by: the sorted columns, then the order of the table."""
    column = table.source.c
    parts: list[sa.ColumnElement[Any]] = []
    for one in sort:
        own = by_code_points(column[one.name]) if postgis else column[one.name]
        parts.append((own.desc() if one.descending else own.asc()).nulls_last())
    return [*parts, column[table.order]]


def by_code_points(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Return a column that PostgreSQL compares as SQLite does; only texts differ."""
    return sa.collate(column, "C") if isinstance(column.type, sa.Text) else column


def beyond(
    table: FeatureTable, sort: Sequence[Sort], after: Sequence[Any], *, postgis: bool
) -> sa.ColumnElement[bool]:
    """Return the condition that a row comes after one whose sorted values are known."""
    column = table.source.c
    later: sa.ColumnElement[bool] = column[table.order] > after[-1]
    for part, value in reversed(list(zip(sort, after[:-1], strict=True))):
        own = by_code_points(column[part.name]) if postgis else column[part.name]
        if value is None:
            later = own.is_(None) & later
            continue
        last = sa.literal(value, column[part.name].type)
        further = own < last if part.descending else own > last
        later = sa.or_(further, own.is_(None), (own == last) & later)
    return later
