"""Which tables of a store hold features: its layers and results, read from its own catalogue."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from geo.schema import Column, ColumnType, LayerSchema
from geo.schema import layers as layer_schemas
from geo.schema.results import ResultColumn, result_columns, table_of
from geo.store import tallies
from geo.store.dialects import FID, VERSION, About, Title, dialect_of
from geo.store.features.tables import FeatureTable, Field, during_of
from geo.store.geometry import GEOMETRY
from geo.store.models import column_type
from geo.store.postgis import SCHEMA_QUESTION, SCHEMA_STATE
from geo.store.results import PREFIX

_KINDS: Final[dict[str, ColumnType]] = {
    **dict.fromkeys(("text", "varchar", "timestamp", "datetime"), "text"),
    **dict.fromkeys(("integer", "int", "mediumint", "smallint", "tinyint"), "int"),
    **dict.fromkeys(("int2", "int4", "int8", "bigint"), "int"),
    **dict.fromkeys(("real", "double", "float", "float4", "float8"), "float"),
    **dict.fromkeys(("boolean", "bool"), "bool"),
    "date": "date",
}
"""Kind of each type that a column of a GeoPackage or of PostgreSQL may have."""
_SHAPES: Final = frozenset(
    {"geometry", "point", "linestring", "polygon"}
    | {"multipoint", "multilinestring", "multipolygon", "geometrycollection"}
)

_known: WeakKeyDictionary[sa.Pool, tuple[object, dict[str, FeatureTable]]] = WeakKeyDictionary()


def feature_tables(connection: sa.Connection) -> Mapping[str, FeatureTable]:
    """Return the tables that hold features by name: layers in their order, then results."""
    pool = connection.engine.pool
    state = _state_of_schema(connection)
    known = _known.get(pool)
    if known is None or known[0] != state:
        known = (state, _read(connection))
        _known[pool] = known
    return known[1]


def known_table(connection: sa.Connection, name: str) -> FeatureTable | None:
    """Return a table as it was found last, without asking; None when it was not."""
    known = _known.get(connection.engine.pool)
    return None if known is None else known[1].get(name)


def _state_of_schema(connection: sa.Connection) -> object:
    """Return what changes whenever a table or column comes or goes."""
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql("PRAGMA schema_version").scalar()
    begun_with = connection.info.get(SCHEMA_STATE)
    return begun_with or connection.exec_driver_sql(SCHEMA_QUESTION).scalar()


def _read(connection: sa.Connection) -> dict[str, FeatureTable]:
    columns = _columns(connection)
    about = dialect_of(connection).about
    found = {
        name: _layer(schema, columns[name])
        for name, schema in layer_schemas().items()
        if name in columns
    }
    for name in sorted(columns):
        if name.startswith(PREFIX):
            found[name] = _result(name, about(connection, name), columns[name])
    counted = tallies.kept(connection)
    found = {name: replace(table, tallied=name in counted) for name, table in found.items()}
    if connection.dialect.name == "sqlite":
        return found
    entries = {row[0]: row[1] for row in connection.exec_driver_sql(_ENTRIES_OF_POSTGIS)}
    return {name: replace(table, entry=entries[name]) for name, table in found.items()}


ENTRY: Final = "oid || '/' || xmin"
"""In the catalogue of PostgreSQL: the number of a table, and of the last change of its form."""
_ENTRIES_OF_POSTGIS: Final = (
    f"SELECT relname, {ENTRY} FROM pg_class"  # noqa: S608 - our own words
    " WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
)
_COLUMNS_OF_A_GEOPACKAGE: Final = """
SELECT tables.name, columns.name, columns.type
FROM sqlite_master AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND tables.name NOT LIKE 'rtree%' AND tables.name NOT LIKE 'gpkg%'
"""
_COLUMNS_OF_POSTGIS: Final = """
SELECT tables.relname, columns.attname, CASE types.typname
  WHEN 'geometry' THEN split_part(format_type(types.oid, columns.atttypmod), '(', 2)
  ELSE types.typname END
FROM pg_class AS tables
JOIN pg_attribute AS columns ON columns.attrelid = tables.oid
JOIN pg_type AS types ON types.oid = columns.atttypid
WHERE tables.relnamespace = current_schema()::regnamespace AND tables.relkind = 'r'
  AND columns.attnum > 0 AND NOT columns.attisdropped
ORDER BY tables.relname, columns.attnum
"""


def _columns(connection: sa.Connection) -> dict[str, dict[str, str]]:
    """Return the type of every column by table: a kind of ours, or a type of shapes."""
    postgis = connection.dialect.name == "postgresql"
    question = _COLUMNS_OF_POSTGIS if postgis else _COLUMNS_OF_A_GEOPACKAGE
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for table, column, spelled in connection.exec_driver_sql(question):
        word = (spelled or "geometry").partition("(")[0].partition(",")[0].strip(") ").lower()
        if word in _SHAPES or column == GEOMETRY:
            found[table][column] = word.upper() if word in _SHAPES else "GEOMETRY"
        elif word in _KINDS:
            found[table][column] = _KINDS[word]
    return dict(found)


def _layer(schema: LayerSchema, columns: Mapping[str, str]) -> FeatureTable:
    fields = tuple(_field_of(column) for column in schema.columns if column.name in columns)
    return _table(
        schema.name,
        columns,
        fields,
        zh=schema.zh,
        en=schema.en,
        key=schema.key if schema.key in columns else FID,
    )


def _result(name: str, about: About, columns: Mapping[str, str]) -> FeatureTable:
    titles = {title.column: title for title in about.titles}
    table = table_of(column for column in columns if column not in (FID, GEOMETRY, VERSION))
    known = {one.name: one for one in result_columns(table)} if table else {}
    fields = tuple(
        _field_of_result(column, kind, titles.get(column), known.get(column))
        for column, kind in columns.items()
        if column not in (FID, GEOMETRY, VERSION)
    )
    own = name.removeprefix(PREFIX)
    return _table(name, columns, fields, zh=about.title or own, en=own, key=FID)


def _field_of_result(
    name: str, kind: str, title: Title | None, known: ResultColumn | None
) -> Field:
    """Return a property of a result, headed as it was written, else as its kind of table is."""
    choices = known.kinds if known is not None and kind == "text" else ()
    if known is not None and (title is None or title.title == name):
        return Field(
            name,
            kind,  # type: ignore[arg-type]
            zh=known.label_zh,
            en=known.label_en,
            unit=known.unit,
            about_zh=known.description_zh,
            about_en=known.description,
            choices=choices,
        )
    return Field(
        name,
        kind,  # type: ignore[arg-type]
        zh=name if title is None else title.title,
        en=name,
        about_zh="" if title is None else title.description,
        choices=choices,
    )


def _table(
    name: str,
    columns: Mapping[str, str],
    fields: tuple[Field, ...],
    *,
    zh: str,
    en: str,
    key: str,
) -> FeatureTable:
    shape = columns.get(GEOMETRY)
    kinds = {field.name: field.kind for field in fields}
    typed = [sa.column(field.name, column_type(field.kind)) for field in fields]
    kept = [sa.column(n, sa.Integer()) for n in (FID, VERSION) if n in columns and n not in kinds]
    shapes: list[sa.ColumnClause[Any]] = [sa.column(GEOMETRY)] if shape else []
    source = sa.table(name, *kept, *shapes, *typed)
    return FeatureTable(
        name=name,
        zh=zh,
        en=en,
        source=source,
        order=FID,
        key=key,
        fields=fields,
        shape=shape,
        rtree=f"rtree_{name}_{GEOMETRY}" if shape else None,
        version=VERSION if VERSION in columns else None,
        during=during_of(source, fields),
    )


def _field_of(column: Column) -> Field:
    return Field(
        column.name,
        column.type,
        zh=column.label_zh,
        en=column.label_en,
        unit=column.unit,
        about_zh=column.description_zh,
        about_en=column.description,
        choices=column.choices,
        required=column.required,
        minimum=column.minimum,
        words=column.words,
    )
