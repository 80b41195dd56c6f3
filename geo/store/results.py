"""Tables that an analysis leaves in the workspace, for QGIS to show beside the layers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from geo.crs import CGCS2000
from geo.errors import DataError, NotFoundError
from geo.schema import DTYPES
from geo.store.dialects import UNKNOWN, About, Style, Title, dialect_of
from geo.store.geometry import GEOMETRY
from geo.store.models import FID, feature_table
from geo.store.rows import fetch, kind_of_frame, replace_table, tables_of
from geo.store.symbols import STYLE_NAME
from geo.text import say

PREFIX = "result_"
StyleOf = Callable[[str], str]
"""Geometry type to a style of QGIS."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_COLUMN = re.compile(r"[^\W\d][\w.]{0,62}")
"""A point stands in the limits of coverage, such as ``covered_7.5_min``."""
_LONGEST_COLUMN_BYTES = 63
"""PostgreSQL cuts a longer name."""
_RESERVED = frozenset({FID, GEOMETRY, "geometry", "rowid"})


def table_of(name: str) -> str:
    """Return the table of a result.

    Raises
    ------
    DataError
        The name could not be a table's.
    """
    if not _NAME.fullmatch(name):
        raise DataError(
            say(f"结果名“{name}”不可用。", f"{name!r} cannot be the name of a result"),
            hint=say(
                "请用小写英文字母开头，只含小写字母、数字和下划线，不超过 48 个字符。",
                "begin with a small letter; use small letters, digits and _, at most 48",
            ),
        )
    return PREFIX + name


def replace_result(
    connection: sa.Connection,
    name: str,
    frame: pd.DataFrame,
    *,
    title: str,
    titles: Mapping[str, str],
    day: str,
    style: StyleOf | None = None,
) -> None:
    """Write a result anew; a frame with shapes becomes a spatial table in EPSG:4490.

    ``style`` gives the style in which QGIS opens it, by its geometry type.

    Raises
    ------
    DataError
        The name, a column or a dtype cannot be kept.
    """
    stored = _stored(frame)
    plain = stored.drop(columns=_shape_column(stored))
    kinds = {str(column): _kind(name, str(column), plain[column]) for column in plain.columns}
    geometry_type = kind_of_frame(stored, otherwise="GEOMETRY")
    shape = {} if geometry_type is None else {GEOMETRY: geometry_type}
    table = feature_table(table_of(name), {FID: "int", **shape, **kinds})
    typed = stored.astype({column: DTYPES[kind] for column, kind in kinds.items()})
    told = tuple(Title(column, titles.get(column, column)) for column in kinds)
    replace_table(connection, table, typed, About(title or name, told, day))
    if style is not None and geometry_type is not None:
        drawn = Style(table.name, STYLE_NAME, style(geometry_type), default=True)
        dialect_of(connection).put_style(connection, drawn)


def read_result(connection: sa.Connection, name: str) -> pd.DataFrame:
    """Return a result; with shapes, in EPSG:4490. Columns of bytes are left out.

    Raises
    ------
    NotFoundError
        There is no such result.
    """
    table = table_of(name)
    columns = dialect_of(connection).columns_of(connection, table)
    if not columns:
        raise NotFoundError(
            say(f"工作区里没有结果“{name}”。", f"the workspace has no result {name!r}"),
            hint=say("请先运行相应的分析。", "run the analysis that makes it"),
        )
    kinds = {name: kind for name, kind in columns.items() if name != FID and kind != UNKNOWN}
    return fetch(connection, table, kinds, shapes=GEOMETRY in columns)


def names_of(connection: sa.Connection) -> list[str]:
    """Return the names of the results kept."""
    tables = tables_of(connection)
    return sorted(table.removeprefix(PREFIX) for table in tables if table.startswith(PREFIX))


def _stored(frame: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return frame
    if frame.crs is None:
        raise DataError(say("结果的图形没有坐标系。", "the shapes of the result have no CRS"))
    return frame if frame.crs == CGCS2000 else frame.to_crs(CGCS2000)


def _shape_column(frame: pd.DataFrame) -> list[str]:
    name = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    return [] if name is None else [str(name)]


def _kind(name: str, column: str, values: pd.Series[Any]) -> str:
    dtype = values.dtype
    longest = len(column.encode()) > _LONGEST_COLUMN_BYTES
    if column.lower() in _RESERVED or not _COLUMN.fullmatch(column) or longest:
        raise DataError(
            say(
                f"结果“{name}”的列名“{column}”不可用。",
                f"result {name!r}: {column!r} cannot be the name of a column",
            )
        )
    if pd.api.types.is_bool_dtype(dtype):
        return "bool"
    if pd.api.types.is_integer_dtype(dtype):
        return "int"
    if pd.api.types.is_float_dtype(dtype):
        return "float"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    if isinstance(dtype, pd.StringDtype | pd.CategoricalDtype):
        return "text"
    if dtype == np.dtype(object) and all(isinstance(v, str) for v in values.dropna()):
        return "text"
    raise DataError(
        say(
            f"结果“{name}”的列“{column}”是 {dtype}，不能保存。",
            f"result {name!r}: column {column!r} is {dtype}, which cannot be kept",
        )
    )
