"""What divisions, lines and stones were called on a day before their division was changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.tables import CODE, NAME, RELATION

_SCHEMES: Final = ("gb2260", "gbt10114")


@dataclass(frozen=True, slots=True)
class Succession:
    """A division change that is still to come on the day asked for."""

    old_name: str
    new_name: str
    old_code: str
    new_code: str
    whole: bool
    """Whether the old division goes over whole; else another is formed of a part of it."""


def to_come(connection: sa.Connection, on: date) -> list[Succession]:
    """Return the changes of divisions that take effect after a day, the latest first."""
    rows = connection.execute(
        sa.select(RELATION)
        .where(
            RELATION.c.kind.in_(("succeeded_by", "derived_from")),
            RELATION.c.from_day > on.toordinal(),
        )
        .order_by(RELATION.c.from_day.desc(), RELATION.c.id)
    ).all()
    if not rows:
        return []
    ids = {one for row in rows for one in (row.place_id, row.other_id)}
    codes = _last(connection, CODE, CODE.c.value, ids, CODE.c.scheme.in_(_SCHEMES))
    official = NAME.c.kind.in_(("standard", "former"))
    names = _last(connection, NAME, NAME.c.text, ids, official)
    found = []
    for row in rows:
        whole = row.kind == "succeeded_by"
        old, new = (row.place_id, row.other_id) if whole else (row.other_id, row.place_id)
        if {old, new} <= codes.keys() and {old, new} <= names.keys():
            found.append(Succession(names[old], names[new], codes[old], codes[new], whole))
    return found


def code_then(code: str, changes: list[Succession]) -> str:
    """Return the code of a division as it was before changes, the latest of them first.

    Examples
    --------
    >>> change = Succession("大屯镇", "大屯街道", "990101100", "990101002", whole=True)
    >>> code_then("990101002", [change]), code_then("990101", [change])
    ('990101100', '990101')
    """
    for one in changes:
        if code.startswith(one.new_code):
            code = one.old_code + code[len(one.new_code) :]
    return code


def lines_on(book: Gazetteer, on: date) -> list[Row]:
    """Return the boundary lines of a day, with the names and parties that they had then."""
    return _as_called(book, "line", ("name", "parties"), on)


def stones_on(book: Gazetteer, on: date) -> list[Row]:
    """Return the boundary stones of a day, with those who answered for them then."""
    return _as_called(book, "marker", ("responsible",), on)


def _as_called(book: Gazetteer, record: str, columns: tuple[str, ...], on: date) -> list[Row]:
    with book.reading() as connection:
        changes = [one for one in to_come(connection, on) if one.whole]
    rows = book.rows(record, on=on)
    for change in changes:
        rows = [
            row | {column: _undone(str(row[column]), change) for column in columns} for row in rows
        ]
    return rows


def _undone(text: str, change: Succession) -> str:
    return text.replace(change.new_code, change.old_code).replace(change.new_name, change.old_name)


def _last(
    connection: sa.Connection,
    table: sa.Table,
    column: sa.Column[str],
    ids: set[str],
    where: sa.ColumnElement[bool],
) -> dict[str, str]:
    """Return of every place the value that holds longest."""
    rows = connection.execute(
        sa.select(table.c.place_id, column.label("value"))
        .where(table.c.place_id.in_(ids), where)
        .order_by(table.c.end_day, table.c.from_day, table.c.id)
    )
    return {row.place_id: row.value for row in rows}
