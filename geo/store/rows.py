"""A whole frame into a table and out of it again, fast and exact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import sqlalchemy as sa

from geo.crs import CGCS2000
from geo.errors import DataError
from geo.store import geopackage
from geo.store.frames import Cells, from_cells, to_cells
from geo.store.geometry import Geom, decode, encode, kind_of
from geo.store.geopackage import GEOMETRY, Title
from geo.store.models import FID, VERSION
from geo.text import say


def replace_table(
    connection: sa.Connection,
    table: sa.Table,
    frame: pd.DataFrame,
    *,
    title: str,
    titles: Sequence[Title],
    day: str,
) -> None:
    """Drop a table and write it anew with the rows of a frame, numbered from 1, and its index.

    Parameters
    ----------
    connection
        In a writing transaction; nothing is seen by others before it commits.
    table
        ``fid``, ``geom`` when it has shapes, columns of the frame, ``version`` when it keeps one.
    frame
        The rows; shapes in EPSG:4490.
    title, titles
        What people read instead of the table's and its columns' names.
    day
        ISO date entered as the day of the last change.
    """
    geopackage.remove(connection, table.name)
    table.create(connection)
    columns: list[Sequence[object]] = []
    kind = None
    for column in table.columns:
        if column.name == FID:
            columns.append(range(1, len(frame) + 1))
        elif column.name == GEOMETRY:
            assert isinstance(frame, gpd.GeoDataFrame)
            assert isinstance(column.type, Geom)
            kind = column.type.kind
            shapes = np.asarray(frame.geometry, dtype=object)
            columns.append(encode(shapes, kind))
        elif column.name == VERSION:
            columns.append([1] * len(frame))
        else:
            columns.append(to_cells(frame[column.name]))
    if len(frame):
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})',  # noqa: S608 - our names
            list(zip(*columns, strict=True)),
        )
    geopackage.register(connection, table.name, title=title, titles=titles, kind=kind, day=day)
    if kind:
        geopackage.index(connection, table.name, shapes)


def kind_of_frame(frame: pd.DataFrame, *, otherwise: str) -> str | None:
    """Return the geometry type that holds every shape of a frame, None for a plain table."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.active_geometry_name is None:
        return None
    return kind_of(np.asarray(frame.geometry, dtype=object), otherwise=otherwise)


def fetch(
    connection: sa.Connection,
    table: str,
    kinds: Mapping[str, str],
    *,
    shapes: bool,
    where: str = "",
    values: tuple[object, ...] = (),
) -> pd.DataFrame:
    """Return the rows of a table in the order they were written.

    Parameters
    ----------
    connection
        In any transaction.
    table
        Name of the table.
    kinds
        Schema type of each column wanted, such as ``int``. A column the table has not (the
        schema has grown since, or someone deleted it) comes as missing values.
    shapes
        Whether to read the geometry as well; the result is then a GeoDataFrame in EPSG:4490.
    where, values
        An SQL condition on the rows, with its values.

    Raises
    ------
    DataError
        A cell does not hold what its column is for; the message names column and row.
    """
    present = columns_of(connection, table)
    names = [*(name for name in kinds if name in present), *([GEOMETRY] if shapes else [])]
    wanted = ", ".join(f'"{name}"' for name in names)
    condition = f"WHERE {where}" if where else ""
    rows = connection.exec_driver_sql(
        f'SELECT {wanted} FROM "{table}" {condition} ORDER BY {FID}',  # noqa: S608 - our names
        values,
    ).cursor.fetchall()
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    found = dict(zip(names, cells, strict=True))
    nothing = [None] * len(rows)
    columns = {
        name: _column(table, name, kind, found.get(name, nothing)) for name, kind in kinds.items()
    }
    if not shapes:
        return pd.DataFrame(columns)
    return gpd.GeoDataFrame(columns, geometry=decode(found[GEOMETRY]), crs=CGCS2000)


def columns_of(connection: sa.Connection, table: str) -> set[str]:
    """Return the columns a table has."""
    return {row[1] for row in connection.exec_driver_sql(f'PRAGMA table_info("{table}")')}


def mark_of(connection: sa.Connection, table: str) -> str:
    """Return a mark that changes with every edit of the table, without reading its content.

    Row numbers are never used twice and every edit raises its row's version, so no sequence of
    insertions, deletions and edits leaves all three figures as they were.
    """
    row = connection.exec_driver_sql(
        f"SELECT count(*), coalesce(sum({FID}), 0), coalesce(sum({VERSION}), 0)"  # noqa: S608
        f' FROM "{table}"'
    ).one()
    return "/".join(map(str, row))


def _column(table: str, name: str, kind: str, cells: Sequence[object]) -> Cells:
    try:
        return from_cells(cells, kind)
    except (TypeError, ValueError, pa.ArrowException) as error:
        raise DataError(
            say(
                f"表“{table}”的列“{name}”里有不是 {kind} 的值：{error}。",
                f"table {table!r}: column {name!r} holds a value that is not {kind}: {error}",
            ),
            hint=say("请在 QGIS 中改正这些值。", "correct the values in QGIS"),
        ) from error
