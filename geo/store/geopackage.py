"""The dialect of a workspace file: how tables stand in a GeoPackage so that QGIS opens them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from geo.store import tallies
from geo.store.dialects import EPOCH, FID, UNKNOWN, VERSION, About, Rows, Style, Title
from geo.store.geometry import GEOMETRY, SRS_ID, Geom, encode
from geo.store.geopackage_core import lay_foundation, moment
from geo.store.geopackage_index import index, widen_extent

__all__ = [
    "about",
    "after_edit",
    "append",
    "columns_of",
    "count_edits",
    "hold",
    "kind_of_table",
    "last_fid",
    "lay_foundation",
    "put_style",
    "readable",
    "replace",
    "styles",
    "tables_of",
    "without_rules",
]

_KINDS = {
    **dict.fromkeys(("TEXT", "DATETIME"), "text"),
    **dict.fromkeys(("INTEGER", "INT", "MEDIUMINT", "SMALLINT", "TINYINT"), "int"),
    **dict.fromkeys(("REAL", "DOUBLE", "FLOAT"), "float"),
    "BOOLEAN": "bool",
    "DATE": "date",
}
"""Kind of each column type of a GeoPackage: another program may have added columns."""

_REGISTERS = ("gpkg_data_columns", "gpkg_extensions", "gpkg_geometry_columns", "gpkg_contents")
_DAY_LENGTH = len("2026-05-01")

after_edit = widen_extent


def tables_of(connection: Connection) -> set[str]:
    """Return the tables of the file; see `geo.store.dialects.Dialect`."""
    return set(connection.scalars(sa.text("SELECT name FROM sqlite_master WHERE type = 'table'")))


def columns_of(connection: Connection, table: str) -> dict[str, str]:
    """Return the kind of each column of a table."""
    rows = connection.exec_driver_sql(f'PRAGMA table_info("{table}")')
    return {row[1]: _KINDS.get(row[2].partition("(")[0].upper(), UNKNOWN) for row in rows}


def readable(name: str, kind: str) -> sa.ColumnElement[Any]:
    """Return a column as it is: a value of the wrong kind must be seen, not cast."""
    return sa.column(name, Geom()) if kind == GEOMETRY else sa.column(name)


def hold(connection: Connection, table: str) -> None:
    """Do nothing: a writer has the whole file to itself."""
    del connection, table


def replace(connection: Connection, table: sa.Table, rows: Rows, about: About) -> None:
    """Drop a table and write it anew, with its index, titles and entry in the contents."""
    _remove(connection, table.name)
    table.create(connection, checkfirst=False)
    kind, columns = None, list(rows.columns)
    for position, column in enumerate(table.columns):
        if isinstance(column.type, Geom):
            kind = column.type.kind
            shapes = np.asarray(columns[position], dtype=object)
            columns[position] = encode(shapes, kind)
    if len(rows):
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})',  # noqa: S608 - our names
            list(zip(*columns, strict=True)),
        )
    if rows.last_fid > last_fid(connection, table.name):
        connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", (table.name,))
        connection.exec_driver_sql(
            "INSERT INTO sqlite_sequence VALUES (?, ?)", (table.name, rows.last_fid)
        )
    _register(connection, table.name, about, kind=kind)
    if kind:
        index(connection, table.name, rows.of(table)[FID], shapes)
    tallies.lay(connection, table.name, versions=VERSION in table.columns)


def count_edits(connection: Connection, table: str, key: str) -> None:
    """Lay the triggers that keep ids and versions right when another program edits a table."""
    connection.exec_driver_sql(
        f'CREATE TRIGGER "{table}_count_edit" AFTER UPDATE ON "{table}"'  # noqa: S608
        f" WHEN NEW.{VERSION} IS OLD.{VERSION} BEGIN"
        f' UPDATE "{table}" SET {VERSION} = OLD.{VERSION} + 1 WHERE {FID} = NEW.{FID}; END'
    )
    if key != "id":
        return
    name = f"'{table}-' || NEW.{FID}"
    connection.exec_driver_sql(
        f'CREATE TRIGGER "{table}_give_id" AFTER INSERT ON "{table}"'  # noqa: S608
        f" WHEN coalesce(NEW.{key}, '') = '' BEGIN"
        f' UPDATE "{table}" SET {key} = {name} || CASE WHEN EXISTS'
        f" (SELECT 1 FROM \"{table}\" WHERE {key} = {name}) THEN '-2' ELSE '' END"
        f" WHERE {FID} = NEW.{FID}; END"
    )


def kind_of_table(connection: Connection, table: str) -> str | None:
    """Return the geometry type a table is registered with."""
    query = "SELECT geometry_type_name FROM gpkg_geometry_columns WHERE table_name = ?"
    return connection.exec_driver_sql(query, (table,)).scalar_one_or_none()


def last_fid(connection: Connection, table: str) -> int:
    """Return the highest number that a row of a table ever had."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    return int(connection.exec_driver_sql(query, (table,)).scalar() or 0)


def about(connection: Connection, table: str) -> About:
    """Return what the file tells people about a table."""
    query = "SELECT description, last_change FROM gpkg_contents WHERE table_name = ?"
    title, changed = connection.exec_driver_sql(query, (table,)).one()
    columns = connection.exec_driver_sql(
        "SELECT column_name, title, description, constraint_name FROM gpkg_data_columns"
        " WHERE table_name = ? ORDER BY rowid",
        (table,),
    ).all()
    titles = tuple(
        Title(row[0], row[1], row[2] or "", _choices(connection, row[3])) for row in columns
    )
    return About(title or "", titles, changed[:_DAY_LENGTH])


def styles(connection: Connection) -> list[Style]:
    """Return the styles in the file's table of styles, in the order they were kept."""
    rows = connection.exec_driver_sql(
        "SELECT f_table_name, styleName, styleQML, useAsDefault, styleSLD, description"
        " FROM layer_styles ORDER BY id"
    )
    return [
        Style(row[0], row[1], row[2] or "", bool(row[3]), row[4] or "", row[5] or "")
        for row in rows
    ]


def put_style(connection: Connection, style: Style) -> None:
    """Put a style in place of the one of the same table and name."""
    connection.exec_driver_sql(
        "DELETE FROM layer_styles WHERE f_table_name = ? AND styleName = ?",
        (style.table, style.name),
    )
    connection.exec_driver_sql(
        "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
        " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description, owner,"
        " update_time) SELECT '', '', ?, ?, ?, ?, ?,"
        " ? AND NOT EXISTS (SELECT 1 FROM layer_styles WHERE f_table_name = ? AND useAsDefault),"
        " ?, '', ?",
        (
            style.table,
            GEOMETRY,
            style.name,
            style.qml,
            style.sld,
            style.default,
            style.table,
            style.description,
            moment(EPOCH),
        ),
    )


def append(
    connection: Connection, table: sa.Table, columns: Mapping[str, Sequence[object]]
) -> None:
    """Add rows to a table of the books."""
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    if rows:
        connection.execute(sa.insert(table), rows)


@contextmanager
def without_rules(connection: Connection, table: str) -> Iterator[None]:
    """Take the triggers of a table away for a while."""
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
    triggers = connection.exec_driver_sql(query, (table,)).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, definition in triggers:
        connection.exec_driver_sql(definition)


def _register(connection: Connection, table: str, about: About, *, kind: str | None) -> None:
    """Enter a table in the contents; ``kind`` is its geometry type, None for a table without."""
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change,"
        " srs_id) VALUES (?, ?, ?, ?, ?, ?)",
        (
            table,
            "features" if kind else "attributes",
            table,
            about.title,
            moment(about.day),
            SRS_ID if kind else 0,
        ),
    )
    if kind:
        connection.exec_driver_sql(
            "INSERT INTO gpkg_geometry_columns VALUES (?, ?, ?, ?, 0, 0)",
            (table, GEOMETRY, kind, SRS_ID),
        )
    for entry in about.titles:
        rule = f"{table}_{entry.column}" if entry.choices else None
        connection.exec_driver_sql(
            "INSERT INTO gpkg_data_columns VALUES (?, ?, ?, ?, ?, NULL, ?)",
            (table, entry.column, None, entry.title, entry.description, rule),
        )
        for value, meaning in entry.choices:
            connection.exec_driver_sql(
                "INSERT INTO gpkg_data_column_constraints VALUES"
                " (?, 'enum', ?, NULL, NULL, NULL, NULL, ?)",
                (rule, value, meaning),
            )


def _choices(connection: Connection, rule: str | None) -> tuple[tuple[str, str], ...]:
    if rule is None:
        return ()
    rows = connection.exec_driver_sql(
        "SELECT value, description FROM gpkg_data_column_constraints"
        " WHERE constraint_name = ? ORDER BY rowid",
        (rule,),
    )
    return tuple((row[0], row[1]) for row in rows)


def _remove(connection: Connection, table: str) -> None:
    """Drop a table with its index, titles and entry in the contents; styles stay."""
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "rtree_{table}_{GEOMETRY}"')
    connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{table}"')
    connection.exec_driver_sql(
        "DELETE FROM gpkg_data_column_constraints WHERE constraint_name IN"
        " (SELECT constraint_name FROM gpkg_data_columns WHERE table_name = ?)",
        (table,),
    )
    for register in _REGISTERS:
        connection.exec_driver_sql(
            f"DELETE FROM {register} WHERE table_name = ?",  # noqa: S608 - names above
            (table,),
        )
