"""What the two databases of a workspace each do in their own way, behind one protocol.

`geo.store.geopackage` and `geo.store.postgis` are the two; whoever holds a connection asks
`dialect_of` and never needs to know which it got.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from geo.store.geometry import GEOMETRY

EPOCH = "1970-01-01"
"""Day written where one is wanted and the caller has none: files stay reproducible."""
FID, VERSION = "fid", "version"
"""Columns of every table: the number of a row, and how often it was edited."""

UNKNOWN = ""
"""Kind of a column that a workspace cannot read, such as one of bytes."""


@dataclass(frozen=True, slots=True)
class Title:
    """What people are told about one column (clause F.9 of GeoPackage, the schema extension)."""

    column: str
    title: str
    description: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Allowed values, each with what it means."""


@dataclass(frozen=True, slots=True)
class About:
    """What people are told about one table."""

    title: str
    titles: tuple[Title, ...] = ()
    day: str = EPOCH
    """ISO date of the last change."""


@dataclass(frozen=True, slots=True)
class Style:
    """A style that QGIS may load with a table."""

    table: str
    name: str
    qml: str
    default: bool
    sld: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table to be written, a column at a time, in the order of the table."""

    columns: Sequence[Sequence[object]]
    """Cells as `geo.store.frames.to_cells` gives them; shapes where the table has its geometry."""
    last_fid: int
    """Highest number a row of this table ever had: none is used twice."""

    def __len__(self) -> int:
        return len(self.columns[0])

    def of(self, table: sa.Table) -> Mapping[str, Sequence[object]]:
        """Return the cells by the name of their column."""
        return dict(zip((column.name for column in table.columns), self.columns, strict=True))


class Dialect(Protocol):
    """One of the two; every function works on a connection of its kind, in a transaction."""

    def lay_foundation(self, connection: sa.Connection) -> None:
        """Make an empty database fit for the tables of a workspace."""

    def tables_of(self, connection: sa.Connection) -> set[str]:
        """Return the tables of this workspace."""

    def columns_of(self, connection: sa.Connection, table: str) -> dict[str, str]:
        """Return the schema's kind of each column of a table (``int``), in order; none if absent.

        A column of bytes or shapes has the kind `UNKNOWN`.
        """

    def readable(self, name: str, kind: str) -> sa.ColumnElement[Any]:
        """Return what is selected to read a column of one kind."""

    def hold(self, connection: sa.Connection, table: str) -> None:
        """Keep other programs from writing to a table until the transaction ends."""

    def replace(self, connection: sa.Connection, table: sa.Table, rows: Rows, about: About) -> None:
        """Put rows, titles and spatial index in place of a table and what it held."""

    def count_edits(self, connection: sa.Connection, table: str, key: str) -> None:
        """Let ids and versions come right when another program edits a table."""

    def after_edit(self, connection: sa.Connection, table: str) -> None:
        """Do what an edited shape asks for."""

    def kind_of_table(self, connection: sa.Connection, table: str) -> str | None:
        """Return the geometry type of a table, such as ``POINT``; None when it has no shapes."""

    def last_fid(self, connection: sa.Connection, table: str) -> int:
        """Return the highest number that a row of a table ever had."""

    def about(self, connection: sa.Connection, table: str) -> About:
        """Return what people are told about a table."""

    def styles(self, connection: sa.Connection) -> list[Style]:
        """Return the styles that QGIS finds for the tables of this workspace."""

    def put_style(self, connection: sa.Connection, style: Style) -> None:
        """Put a style in place of the one of the same table and name."""

    def append(
        self,
        connection: sa.Connection,
        table: sa.Table,
        columns: Mapping[str, Sequence[object]],
    ) -> None:
        """Add rows to a table of the books; shapes are shapely's, bytes are bytes."""

    def without_rules(self, connection: sa.Connection, table: str) -> AbstractContextManager[None]:
        """Let a table take rows of the past, which rules made since may forbid."""


def dialect_of(connection: sa.Connection) -> Dialect:
    """Return what a connection's database does in its own way."""
    from geo.store import geopackage, postgis  # noqa: PLC0415 - they build on this module

    rooms: dict[str, Dialect] = {"sqlite": geopackage, "postgresql": postgis}
    return rooms[connection.dialect.name]


__all__ = [
    "EPOCH",
    "FID",
    "GEOMETRY",
    "UNKNOWN",
    "VERSION",
    "About",
    "Dialect",
    "Rows",
    "Style",
    "Title",
    "dialect_of",
]
