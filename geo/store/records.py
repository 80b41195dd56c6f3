"""One row of a layer as a plain record: its cells as JSON has them, its shape as one field more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from geo.crs import CGCS2000
from geo.errors import NotFoundError
from geo.schema import Column, LayerSchema
from geo.store.cells import LONGEST_TEXT
from geo.store.dialects import FID, VERSION, dialect_of
from geo.store.frames import from_cells, to_cells
from geo.store.geometry import GEOMETRY, Geom, decode, encode, simplest
from geo.store.models import layer_table
from geo.text import say

Cell = str | int | float | bool | None
Record = Mapping[str, Cell]
"""A row: each column of its layer, days as ISO texts, and `SHAPE`."""

SHAPE: Final = "geometry"
"""Field of a record that holds the shape: well-known binary in hexadecimal, None for no shape."""

_MOST: Final = 2**63


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in its table."""

    fid: int
    version: int
    record: Record


def read(connection: sa.Connection, schema: LayerSchema, keys: Sequence[str]) -> dict[str, Row]:
    """Return the rows of these keys; those that do not exist are not in it.

    Raises
    ------
    NotFoundError
        The workspace has no such layer.
    DataError
        A shape cannot be read.
    """
    present = dialect_of(connection).columns_of(connection, schema.name)
    if not present:
        raise NotFoundError(
            say(f"工作区里没有“{schema.zh}”层。", f"the workspace has no layer {schema.name!r}")
        )
    columns = [column for column in schema.columns if column.name in present]
    table = sa.table(schema.name, sa.column(schema.key))
    wanted: list[sa.ColumnElement[Any]] = [
        sa.column(FID),
        sa.column(VERSION),
        sa.column(GEOMETRY, Geom()),
    ]
    wanted += [_plain(column.name) for column in columns]
    found: dict[str, Row] = {}
    for some in _parts(keys):
        asked = sa.select(*wanted).select_from(table).where(table.c[schema.key].in_(some))
        rows = connection.execute(asked).cursor.fetchall()
        shapes = decode([row[2] for row in rows])
        for row, shape in zip(rows, shapes, strict=True):
            cells = {
                column.name: _cell(column, value)
                for column, value in zip(columns, row[3:], strict=True)
            }
            whole = {column.name: cells.get(column.name) for column in schema.columns}
            found[str(cells[schema.key])] = Row(row[0], row[1], {**whole, SHAPE: spelled(shape)})
    return found


def blank(schema: LayerSchema) -> dict[str, Cell]:
    """Return the record of a row of which nothing is known."""
    return {**{column.name: None for column in schema.columns}, SHAPE: None}


def frame_of(records: Sequence[Record], schema: LayerSchema) -> gpd.GeoDataFrame:
    """Return records as the frame of their layer, in EPSG:4490."""
    columns = {
        column.name: pd.Series(
            from_cells([record.get(column.name) for record in records], column.type)
        )
        for column in schema.columns
    }
    return gpd.GeoDataFrame(columns, geometry=shapes_of(records), crs=CGCS2000)


def record_of(frame: gpd.GeoDataFrame, schema: LayerSchema) -> dict[str, Cell]:
    """Return the one row of a frame as a record."""
    cells: dict[str, Cell] = {
        column.name: _cell(column, to_cells(frame[column.name])[0]) for column in schema.columns
    }
    return {**cells, SHAPE: spelled(frame.geometry.iloc[0])}


def stored(record: Record, schema: LayerSchema, names: Sequence[str], kind: str) -> dict[str, Any]:
    """Return what a table of shapes of one kind keeps of some fields of a record, by column."""
    cells: dict[str, Any] = {}
    for name in names:
        if name == SHAPE:
            cells[GEOMETRY] = encode(shapes_of([record]), kind)[0]
        elif schema[name].type == "date":
            text = record[name]
            cells[name] = None if text is None else date.fromisoformat(str(text))
        else:
            cells[name] = record[name]
    return cells


def fitted(record: Record, columns: Mapping[str, str], schema: LayerSchema) -> list[str]:
    """Return the names of those fields of a record that its table has a column for."""
    table = layer_table(schema)
    return [name for name in record if name == SHAPE or (name in columns and name in table.c)]


def shapes_of(records: Sequence[Record]) -> Any:  # noqa: ANN401 - an array of shapes
    """Return the shapes of records."""
    texts = np.array([record.get(SHAPE) for record in records], dtype=object)
    return np.asarray(shapely.from_wkb(texts), dtype=object)


def spelled(shape: Any) -> str | None:  # noqa: ANN401 - a shape, or what stands for none
    """Return a shape as a record holds it; an empty one is none."""
    if shape is None or pd.isna(shape) or shape.is_empty:
        return None
    flat = simplest(np.array([shape], dtype=object))[0]
    return str(shapely.to_wkb(flat, hex=True, byte_order=1))


def unfit(column: Column, value: object) -> str | None:
    """Return why a value that JSON has cannot stand in a column, None when it can."""
    match column.type:
        case "int":
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            fits = whole and not isinstance(value, bool) and abs(value) < _MOST  # type: ignore[arg-type]
            wanted = say("整数", "a whole number")
        case "float":
            plain = isinstance(value, int | float) and not isinstance(value, bool)
            fits, wanted = plain and math.isfinite(value), say("数", "a number")  # type: ignore[arg-type]
        case "bool":
            fits, wanted = isinstance(value, bool), "true, false"
        case "date":
            fits, wanted = _is_day(value), say("日期，如 2026-05-01", "a date such as 2026-05-01")
        case _:
            fits = isinstance(value, str) and "\0" not in value
            wanted = say("文字", "text")
            if isinstance(value, str) and len(value) > LONGEST_TEXT:
                return say(
                    f"“{column.label_zh}”最多 {LONGEST_TEXT:,} 字，现有 {len(value):,} 字",
                    f"{column.name} has at most {LONGEST_TEXT:,} characters, not {len(value):,}",
                )
    if value is None or fits:
        return None
    shown = str(value)[:40]
    return say(
        f"“{column.label_zh}”应是{wanted}，现为“{shown}”",
        f"{column.name} must be {wanted}, not {shown!r}",
    )


def settled(column: Column, value: Any) -> Cell:  # noqa: ANN401 - what fits the column
    """Return a value that fits a column as the store gives it back."""
    return _cell(column, value)


def _is_day(value: object) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _cell(column: Column, value: Any) -> Cell:  # noqa: ANN401 - any cell
    if value is None or (isinstance(value, str) and not value):
        return None
    match column.type:
        case "int":
            return int(value)
        case "float":
            return float(value)
        case "bool":
            return bool(value)
        case "date":
            return str(value)[:10]
        case _:
            return str(value)


def _plain(name: str) -> sa.ColumnElement[Any]:
    return sa.type_coerce(sa.column(name), sa.types.NullType())


def _parts(keys: Sequence[str], size: int = 500) -> list[Sequence[str]]:
    return [keys[start : start + size] for start in range(0, len(keys), size)]
