"""The dialect of a shared database: how tables stand in PostGIS so that QGIS opens them as is.

A table that keeps its columns is emptied and filled, never dropped: who reads an older snapshot
meanwhile goes on seeing the older rows. Only a table of another form is made anew, once no reader
is left (`geo.store.server.GATE`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import Connection

from geo.store import tallies
from geo.store.copying import copy_rows
from geo.store.dialects import EPOCH, FID, UNKNOWN, VERSION, About, Rows, Style, Title
from geo.store.geometry import GEOMETRY, Geom, fitting
from geo.store.postgis_core import COUNT_EDIT, GIVE_ID, lay_foundation

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

GATE = "fuwuquan_layer_version"
"""Every reader holds this table shared; who drops a table of the workspace takes it alone."""

SCHEMA_STATE = "fuwuquan_schema_state"
"""Where a reader's connection keeps the answer to `SCHEMA_QUESTION`, asked as it begins."""
SCHEMA_QUESTION = (
    "SELECT md5(string_agg(oid || '/' || xmin, ' ' ORDER BY oid)) FROM pg_class"
    " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
)
"""Its answer changes whenever a table or column of the workspace comes or goes."""

_KINDS = {
    **dict.fromkeys(("text", "character varying", "character", "timestamp"), "text"),
    **dict.fromkeys(("bigint", "integer", "smallint"), "int"),
    **dict.fromkeys(("double precision", "real", "numeric"), "float"),
    "boolean": "bool",
    "date": "date",
}
"""Kind of each type of PostgreSQL that a layer has or that QGIS may add."""

_CLASS = (
    "(SELECT oid FROM pg_class WHERE relname = :name AND relnamespace ="
    " (SELECT oid FROM pg_namespace WHERE nspname = current_schema()))"
)
"""A table of this schema, as the snapshot of the transaction has it (not as it may be by now)."""


def tables_of(connection: Connection) -> set[str]:
    """Return the tables of the schema; see `geo.store.dialects.Dialect`."""
    query = "SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = current_schema()"
    return set(connection.scalars(sa.text(query)))


def columns_of(connection: Connection, table: str) -> dict[str, str]:
    """Return the kind of each column of a table."""
    return {
        name: _KINDS.get(spelled.partition("(")[0].partition(" without")[0], UNKNOWN)
        for name, spelled in _spelled_columns(connection, table)
    }


def readable(name: str, kind: str) -> sa.ColumnElement[Any]:
    """Return a column as the values that `geo.store.frames.from_cells` reads."""
    if kind == GEOMETRY:
        return sa.column(name, Geom())
    casts = {"text": sa.Text, "choice": sa.Text, "float": sa.Double}
    return sa.cast(sa.column(name), casts[kind]) if kind in casts else sa.column(name)


def hold(connection: Connection, table: str) -> None:
    """Keep other programs, QGIS among them, from writing to a table; they may read it."""
    connection.exec_driver_sql(f'LOCK TABLE "{table}" IN EXCLUSIVE MODE')


def replace(connection: Connection, table: sa.Table, rows: Rows, about: About) -> None:
    """Empty a table, or make it anew where its columns differ, and fill it by ``COPY``."""
    name = table.name
    standing = _spelled_columns(connection, name)
    fresh = standing != [(column.name, _spelled(connection, column)) for column in table.columns]
    if fresh:
        if standing:
            connection.exec_driver_sql(f"LOCK TABLE {GATE} IN ACCESS EXCLUSIVE MODE")
            connection.exec_driver_sql(f'DROP TABLE "{name}"')
        table.create(connection, checkfirst=False)
    else:
        hold(connection, name)
        connection.exec_driver_sql(f'DELETE FROM "{name}"')  # noqa: S608 - our names
    cells = dict(rows.of(table))
    kind = table.columns[GEOMETRY].type if GEOMETRY in table.columns else None
    if isinstance(kind, Geom):
        shapes = np.asarray(cells[GEOMETRY], dtype=object)
        cells[GEOMETRY] = list(fitting(shapes, kind.kind))
    copy_rows(connection, name, cells)
    _count_on(connection, name, rows.last_fid)
    if fresh and kind is not None:
        connection.exec_driver_sql(f'CREATE INDEX ON "{name}" USING gist ({GEOMETRY})')
    tallies.lay(connection, name, versions=VERSION in table.columns)
    _tell(connection, name, about)
    connection.exec_driver_sql(f'ANALYZE "{name}"')


def count_edits(connection: Connection, table: str, key: str) -> None:
    """Lay the triggers that keep ids and versions right when another program edits a table."""
    query = sa.text(f"SELECT tgname FROM pg_trigger WHERE tgrelid = {_CLASS}")  # noqa: S608
    standing = set(connection.scalars(query, {"name": table}))
    wanted = {f"{table}_count_edit": ("UPDATE", COUNT_EDIT)}
    if key == "id":
        wanted[f"{table}_give_id"] = ("INSERT", GIVE_ID)
    for trigger, (act, function) in wanted.items():
        if trigger not in standing:
            connection.exec_driver_sql(
                f'CREATE TRIGGER "{trigger}" BEFORE {act} ON "{table}"'
                f" FOR EACH ROW EXECUTE FUNCTION {function}()"
            )


def after_edit(connection: Connection, table: str) -> None:
    """Do nothing: PostGIS finds the extent in the index."""
    del connection, table


def kind_of_table(connection: Connection, table: str) -> str | None:
    """Return the geometry type of a table as its column declares it."""
    spelled = dict(_spelled_columns(connection, table)).get(GEOMETRY)
    return None if spelled is None else spelled.partition("(")[2].partition(",")[0].upper()


def last_fid(connection: Connection, table: str) -> int:
    """Return the highest number that a row of a table ever had."""
    sequence = connection.scalar(_sequence(table))
    return int(
        connection.exec_driver_sql(
            f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"  # noqa: S608
        ).scalar_one()
    )


def about(connection: Connection, table: str) -> About:
    """Return what the comments tell people about a table."""
    whole = sa.text(f"SELECT obj_description({_CLASS}, 'pg_class')")
    title, _, day = (connection.scalar(whole, {"name": table}) or "").rpartition("\n")
    each = sa.text(
        "SELECT attname, col_description(attrelid, attnum) FROM pg_attribute"  # noqa: S608
        f" WHERE attrelid = {_CLASS} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    titles = [
        Title(name, *comment.split("\n", 1))
        for name, comment in connection.execute(each, {"name": table})
        if comment
    ]
    return About(title, tuple(titles), day or EPOCH)


def styles(connection: Connection) -> list[Style]:
    """Return the styles of this workspace's tables, in the order they were kept."""
    rows = connection.execute(
        sa.text(
            "SELECT f_table_name, stylename, styleqml::text, useasdefault, stylesld::text,"
            " description FROM layer_styles WHERE f_table_schema = current_schema()"
            " AND f_table_catalog IN ('', current_database()) ORDER BY id"
        )
    )
    return [
        Style(row[0], row[1], row[2] or "", bool(row[3]), row[4] or "", row[5] or "")
        for row in rows
    ]


def put_style(connection: Connection, style: Style) -> None:
    """Put a style in place of the one of the same table and name."""
    values = {
        "table": style.table,
        "geometry": GEOMETRY,
        "name": style.name,
        "qml": style.qml,
        "sld": style.sld or None,
        "default": style.default,
        "about": style.description,
    }
    here = "f_table_catalog = current_database() AND f_table_schema = current_schema()"
    here += " AND f_table_name = CAST(:table AS varchar)"
    connection.execute(
        sa.text(f"DELETE FROM layer_styles WHERE {here} AND stylename = :name"),  # noqa: S608
        values,
    )
    connection.execute(
        sa.text(
            "INSERT INTO layer_styles"  # noqa: S608 - the condition above
            " (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,"
            " stylename, styleqml, stylesld, useasdefault, description)"
            " SELECT current_database(), current_schema(), CAST(:table AS varchar), :geometry,"
            " :name, XMLPARSE(DOCUMENT :qml), XMLPARSE(DOCUMENT CAST(:sld AS text)), :default AND"
            f" NOT EXISTS (SELECT 1 FROM layer_styles WHERE {here} AND useasdefault), :about"
        ),
        values,
    )


def append(
    connection: Connection, table: sa.Table, columns: Mapping[str, Sequence[object]]
) -> None:
    """Add rows to a table of the books, and let its numbers go on behind them."""
    copy_rows(connection, table.name, columns)
    counted = table.autoincrement_column
    if counted is not None and counted.name in columns and len(columns[counted.name]):
        sequence = connection.scalar(_sequence(table.name, counted.name))
        if sequence is not None:
            last = max(int(str(number)) for number in columns[counted.name])
            connection.execute(sa.select(sa.func.setval(sequence, last)))


@contextmanager
def without_rules(connection: Connection, table: str) -> Iterator[None]:
    """Let the triggers of a table rest for a while; what it refers to must stand at the end."""
    connection.exec_driver_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    yield
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")  # else a table with checks is busy
    connection.exec_driver_sql("SET CONSTRAINTS ALL DEFERRED")
    connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')


def _spelled_columns(connection: Connection, table: str) -> list[tuple[str, str]]:
    """Return name and type of each column as the transaction's snapshot has them."""
    query = sa.text(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"  # noqa: S608
        f" WHERE attrelid = {_CLASS} AND attnum > 0 AND NOT attisdropped ORDER BY attnum"
    )
    return [(row[0], row[1].lower()) for row in connection.execute(query, {"name": table})]


def _spelled(connection: Connection, column: sa.Column[Any]) -> str:
    return column.type.compile(dialect=connection.dialect).lower()


def _sequence(table: str, column: str = FID) -> sa.Select[tuple[str]]:
    here = sa.func.quote_ident(sa.func.current_schema())
    name = sa.func.concat(here, ".", sa.func.quote_ident(table))
    return sa.select(sa.func.pg_get_serial_sequence(name, column))


def _count_on(connection: Connection, table: str, last: int) -> None:
    """Let the next row have the number behind the last."""
    sequence = connection.scalar(_sequence(table))
    connection.execute(sa.select(sa.func.setval(sequence, max(last, 1), last > 0)))


def _tell(connection: Connection, table: str, about: About) -> None:
    """Write titles as comments, which QGIS and every other client shows."""
    _comment(connection, f'TABLE "{table}"', (about.title, about.day))
    for entry in about.titles:
        parts = (entry.title, entry.description) if entry.description else (entry.title,)
        _comment(connection, f'COLUMN "{table}"."{entry.column}"', parts)


def _comment(connection: Connection, what: str, lines: Iterable[str]) -> None:
    text = sa.literal("\n".join(lines)).compile(
        dialect=connection.dialect, compile_kwargs={"literal_binds": True}
    )
    connection.exec_driver_sql(f"COMMENT ON {what} IS {text}")
