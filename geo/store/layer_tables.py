"""How one layer is replaced whole and read whole, each writing with a version."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from geo.errors import NotFoundError
from geo.layers.joining import completed
from geo.schema import LayerSchema
from geo.store.dialects import About, Style, Title, dialect_of
from geo.store.frames import content_sha256, with_ids
from geo.store.history import By
from geo.store.limits import require
from geo.store.models import FAULT, LAYER_VERSION, LEFT_OUT, VERSION, layer_table
from geo.store.replacing import Replaced, compared, keep_changes
from geo.store.rows import fetch, kind_of_frame, mark_of, replace_table, tables_of
from geo.store.settings import to_json
from geo.store.styles import layer_style
from geo.store.symbols import STYLE_NAME
from geo.text import say

_EMPTY_KIND = {
    "point": "POINT",
    "line": "MULTILINESTRING",
    "polygon": "MULTIPOLYGON",
    "point_or_polygon": "POINT",
    "any": "GEOMETRY",
}
"""Geometry type of a layer without rows, by the schema's kind of geometry."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the rows of a layer come from.

    The day is given, never taken from the clock, so that the same work makes the same file.
    """

    source: str
    """Name of the file, or a sentence on how the rows were made."""
    written_on: date
    datum: str = "cgcs2000"
    """Datum the source was declared to have."""
    sha256: str = ""
    """Fingerprint of the source file."""
    rows_in: int | None = None
    """Rows of the source; as many as are written when None."""
    rows_quarantined: int = 0
    """Rows refused for an error."""
    rows_set_aside: int = 0
    """Totals, repeated headings and remarks."""
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Heading of the source by the column it fills."""


def replace_layer(
    connection: sa.Connection,
    schema: LayerSchema,
    frame: gpd.GeoDataFrame,
    origin: Origin,
    *,
    by: By | None = None,
) -> Replaced:
    """Write the rows of a layer anew and record its next version; its old faults go.

    What becomes of each row is kept in the history. Rows that are as they were keep their
    versions; who saw another before it was changed here cannot take it for that one.

    Parameters
    ----------
    connection
        In a writing transaction.
    schema, frame, origin
        The layer, its rows, and where they come from.
    by
        Who writes. None: a program by itself, of which the history needs not tell the rows of a
        layer that it makes.

    Raises
    ------
    DataError
        The frame breaks the layer's schema; the message has every problem.
    """
    named = with_ids(frame, schema) if schema.key in frame else frame
    require(named, schema)
    kind = kind_of_frame(named, otherwise=_EMPTY_KIND[schema.geometry]) or "GEOMETRY"
    day = origin.written_on.isoformat()
    stood = schema.name in tables_of(connection)
    if stood:
        dialect_of(connection).hold(connection, schema.name)
    replaced = compared(connection, schema, named)
    if stood or by is not None:
        writer = by or By(at=day, cause=f"import {origin.source}")
        keep_changes(connection, schema.name, replaced, writer)
    replace_table(
        connection,
        layer_table(schema, kind),
        named,
        about_layer(schema, day),
        versions=replaced.versions,
    )
    dialect = dialect_of(connection)
    dialect.count_edits(connection, schema.name, schema.key)
    qml = layer_style(schema, kind, named)
    dialect.put_style(connection, Style(schema.name, STYLE_NAME, qml, default=True))
    for books in (FAULT, LEFT_OUT):
        connection.execute(sa.delete(books).where(books.c.layer == schema.name))
    connection.execute(
        sa.insert(LAYER_VERSION).values(
            layer=schema.name,
            number=_last_number(connection, schema.name) + 1,
            content_sha256=content_sha256(named, schema),
            mark=mark_of(connection, schema.name),
            source=origin.source,
            source_sha256=origin.sha256,
            datum=origin.datum,
            written_on=day,
            rows_in=len(named) if origin.rows_in is None else origin.rows_in,
            rows_out=len(named),
            rows_quarantined=origin.rows_quarantined,
            rows_set_aside=origin.rows_set_aside,
            mapping_json=to_json(dict(origin.mapping)),
        )
    )
    return replaced


def read_layer(connection: sa.Connection, schema: LayerSchema) -> gpd.GeoDataFrame:
    """Return a layer in EPSG:4490; rows edited by another program are checked first.

    Raises
    ------
    NotFoundError
        The workspace has no such layer.
    DataError
        An edit made outside broke the schema; the message has every problem.
    """
    record = last_version(connection, schema)
    kinds = {column.name: column.type for column in schema.columns}
    frame = fetch(connection, schema.name, kinds, shapes=True)
    assert isinstance(frame, gpd.GeoDataFrame)
    if record.mark != mark_of(connection, schema.name):
        where = say(
            f"层“{schema.zh}”在导入之后被改动，现",
            f"layer {schema.name!r} was edited after its import and now",
        )
        require(frame, schema, where=where)
    return frame


def last_version(connection: sa.Connection, schema: LayerSchema) -> sa.Row[tuple[object, ...]]:
    """Return the record of a layer's last version.

    Raises
    ------
    NotFoundError
        The workspace has no such layer.
    """
    of_layer = LAYER_VERSION.c.layer == schema.name
    newest = sa.select(LAYER_VERSION).where(of_layer).order_by(LAYER_VERSION.c.number.desc())
    record = connection.execute(newest.limit(1)).one_or_none()
    if record is None or schema.name not in tables_of(connection):
        raise NotFoundError(
            say(f"工作区里没有“{schema.zh}”层。", f"the workspace has no layer {schema.name!r}"),
            hint=say(
                f"请先导入：fuwuquan import {schema.name} 文件 --datum …",
                f"import it first: fuwuquan import {schema.name} FILE --datum …",
            ),
        )
    return record


def layer_sha256(connection: sa.Connection, schema: LayerSchema) -> str:
    """Return the fingerprint of a layer's present rows."""
    record = last_version(connection, schema)
    if record.mark == mark_of(connection, schema.name):
        return str(record.content_sha256)
    return content_sha256(read_layer(connection, schema), schema)


def joined(
    connection: sa.Connection,
    schema: LayerSchema,
    frame: gpd.GeoDataFrame,
    *,
    given: Collection[str],
) -> gpd.GeoDataFrame:
    """Return the standing rows whose key the frame does not have, then the frame's.

    Of rows that stand, columns that are not given stay as they are.
    """
    if schema.name not in tables_of(connection):
        return frame
    dialect_of(connection).hold(connection, schema.name)
    standing = read_layer(connection, schema)
    frame = completed(frame, standing, schema, given)
    others = standing[~standing[schema.key].isin(frame[schema.key])]
    if others.empty:
        return frame
    return gpd.GeoDataFrame(pd.concat([others, frame], ignore_index=True), crs=frame.crs)


def sources_of(connection: sa.Connection, schema: LayerSchema) -> list[str]:
    """Return the different texts in the column ``source``, sorted."""
    named = sa.table(schema.name, sa.column("source")).c.source
    return sorted(connection.scalars(sa.select(named).where(named.is_not(None)).distinct()))


def mapping_of(connection: sa.Connection, layer: str) -> dict[str, str]:
    """Return the newest mapping of headers that some version of the layer came with."""
    texts = connection.scalars(
        sa.select(LAYER_VERSION.c.mapping_json)
        .where(LAYER_VERSION.c.layer == layer, LAYER_VERSION.c.mapping_json != "{}")
        .order_by(LAYER_VERSION.c.number.desc())
    )
    newest = texts.first()
    return {} if newest is None else json.loads(newest)


def _last_number(connection: sa.Connection, layer: str) -> int:
    newest = sa.select(sa.func.max(LAYER_VERSION.c.number)).where(LAYER_VERSION.c.layer == layer)
    return connection.scalar(newest) or 0


def about_layer(schema: LayerSchema, day: str) -> About:
    """Return what people are told about a layer and its columns."""
    titles = [
        Title(
            column=column.name,
            title=f"{column.label_zh}（{_UNITS[column.unit]}）"
            if column.unit in _UNITS
            else column.label_zh,
            description=f"{column.description_zh} {column.description}",
            choices=tuple((choice.value, choice.labels[0]) for choice in column.choices),
        )
        for column in schema.columns
    ]
    edits = Title(VERSION, "修改次数", "每次修改加一 Raised by every edit")
    return About(schema.zh, (*titles, edits), day)


_UNITS = {"m2": "平方米", "yuan": "元"}
