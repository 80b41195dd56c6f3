"""The tables of a workspace: one a layer, made from its schema, and those that keep its history.

Plain SQLAlchemy: a GeoPackage and PostGIS hold the same tables. The names of the keeping tables
begin with ``fuwuquan_``; they are not entered in the GeoPackage's contents, so QGIS shows the user
layers and nothing else. What changes here needs a migration in ``geo/store/alembic/versions``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa

from geo.schema import Column, LayerSchema
from geo.store.dialects import FID, VERSION
from geo.store.geometry import GEOMETRY, Geom

__all__ = [
    "BOOKS",
    "DOCUMENT",
    "FAULT",
    "FID",
    "LAYER_VERSION",
    "LEFT_OUT",
    "MIGRATION",
    "RUN",
    "SETTING",
    "STREET_FILE",
    "TALLY",
    "VERSION",
    "column_type",
    "feature_table",
    "layer_table",
]

_TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "choice": sa.Text(),
    "int": sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
    "float": sa.REAL().with_variant(sa.Double(), "postgresql"),
    "bool": sa.Boolean(),
    "date": sa.Date(),
}
"""Spelled TEXT, INTEGER, REAL, BOOLEAN, DATE in a GeoPackage: QGIS drops any other spelling."""

BOOKS = sa.MetaData()
"""The keeping tables."""

MIGRATION = sa.Table(
    "fuwuquan_migration",
    BOOKS,
    sa.Column("version_num", sa.String(32), primary_key=True),
)
"""The form of the workspace, as Alembic keeps it."""
SETTING = sa.Table(
    "fuwuquan_setting",
    BOOKS,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value_json", sa.Text, nullable=False),
)
LAYER_VERSION = sa.Table(
    "fuwuquan_layer_version",
    BOOKS,
    sa.Column("layer", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("content_sha256", sa.Text, nullable=False),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("source_sha256", sa.Text, nullable=False),
    sa.Column("datum", sa.Text, nullable=False),
    sa.Column("written_on", sa.Text, nullable=False),
    sa.Column("rows_in", sa.Integer, nullable=False),
    sa.Column("rows_out", sa.Integer, nullable=False),
    sa.Column("rows_quarantined", sa.Integer, nullable=False),
    sa.Column("rows_set_aside", sa.Integer, nullable=False),
    sa.Column("mapping_json", sa.Text, nullable=False),
)
FAULT = sa.Table(
    "fuwuquan_fault",
    BOOKS,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("layer", sa.Text, nullable=False, index=True),
    sa.Column("row", sa.Integer),
    sa.Column("column", sa.Text, nullable=False),
    sa.Column("severity", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("advice", sa.Text, nullable=False),
)
LEFT_OUT = sa.Table(
    "fuwuquan_left_out",
    BOOKS,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("layer", sa.Text, nullable=False, index=True),
    sa.Column("fate", sa.Text, nullable=False),
    sa.Column("row_json", sa.Text, nullable=False),
)
RUN = sa.Table(
    "fuwuquan_run",
    BOOKS,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("ran_on", sa.Text, nullable=False),
    sa.Column("inputs_json", sa.Text, nullable=False),
    sa.Column("parameters_json", sa.Text, nullable=False),
    sa.Column("results_json", sa.Text, nullable=False),
)
STREET_FILE = sa.Table(
    "fuwuquan_street_file",
    BOOKS,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""Files of the folder ``streets`` of a workspace that has no folder of its own."""
DOCUMENT = sa.Table(
    "fuwuquan_document",
    BOOKS,
    sa.Column("sha256", sa.Text, primary_key=True, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
"""Files of documents, each once, by what they hold."""
TALLY = sa.Table(
    "fuwuquan_tally",
    BOOKS,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, index=True),
    *(sa.Column(name, sa.BigInteger) for name in ("rows", "fids", "versions", "changes")),
)
"""Figures of tables of layers and results; see `geo.store.tallies`."""


def layer_table(schema: LayerSchema, kind: str = "GEOMETRY") -> sa.Table:
    """Return the table of one layer.

    ``fid`` belongs to the file format, ``version`` counts the edits of a row, and the key is
    unique but may be empty, for rows that QGIS adds without one.

    Parameters
    ----------
    schema
        The layer.
    kind
        Geometry type of its shapes.
    """
    return _layer_table(schema.name, schema.columns, schema.key, kind)


@cache
def _layer_table(name: str, columns: tuple[Column, ...], key: str, kind: str) -> sa.Table:
    kinds = {FID: "int", GEOMETRY: kind, **{c.name: c.type for c in columns}, VERSION: "int"}
    return feature_table(name, kinds, key=key)


def feature_table(name: str, kinds: Mapping[str, str], *, key: str = "") -> sa.Table:
    """Return a table of a layer or a result.

    Parameters
    ----------
    name
        Name of the table.
    kinds
        Schema type of each column in order, geometry type of ``geom``.
    key
        The column whose values are unique, if any.
    """
    number = sa.Column(FID, sa.Integer, primary_key=True, autoincrement=True)
    count = sa.Column(VERSION, sa.Integer, nullable=False, server_default=sa.text("1"))

    def column(name: str, kind: str) -> sa.Column[Any]:
        if name == GEOMETRY:
            return sa.Column(name, Geom(kind))
        if key and name == VERSION:
            return count
        return number if name == FID else sa.Column(name, _TYPES[kind], unique=name == key)

    columns = [column(*item) for item in kinds.items()]
    return sa.Table(name, sa.MetaData(), *columns, sqlite_autoincrement=True)


def column_type(kind: str) -> sa.types.TypeEngine[Any]:
    """Return the type of a result's column of one schema type, such as ``int``."""
    return _TYPES[kind]
