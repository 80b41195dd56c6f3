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
from geo.store import tallies
from geo.store.dialects import FID, VERSION, About, Rows, dialect_of
from geo.store.frames import Cells, from_cells, to_cells
from geo.store.geometry import GEOMETRY, decode, kind_of
from geo.text import say


def replace_table(
    connection: sa.Connection,
    table: sa.Table,
    frame: pd.DataFrame,
    about: About,
    *,
    versions: Sequence[int] = (),
) -> None:
    """Write a table anew with the rows of a frame, numbered from 1, and its spatial index.

    Parameters
    ----------
    connection
        In a writing transaction; nothing is seen by others before it commits.
    table
        ``fid``, ``geom`` when it has shapes, columns of the frame, ``version`` when it keeps one.
    frame
        The rows; shapes in EPSG:4490.
    about
        What people read instead of the table's and its columns' names.
    versions
        Version of every row, where the table keeps one; 1 when none are given.
    """
    columns: list[Sequence[object]] = []
    for column in table.columns:
        if column.name == FID:
            columns.append(range(1, len(frame) + 1))
        elif column.name == GEOMETRY:
            assert isinstance(frame, gpd.GeoDataFrame)
            columns.append(list(frame.geometry))
        elif column.name == VERSION:
            columns.append(list(versions) or [1] * len(frame))
        else:
            columns.append(to_cells(frame[column.name]))
    dialect_of(connection).replace(connection, table, Rows(columns, len(frame)), about)


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
    only: tuple[str, object] | None = None,
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
    only
        A column and the value that its rows must have.

    Raises
    ------
    DataError
        A cell does not hold what its column is for; the message names column and row.
    """
    dialect = dialect_of(connection)
    present = dialect.columns_of(connection, table)
    wanted = [dialect.readable(name, kind) for name, kind in kinds.items() if name in present]
    if shapes:
        wanted.append(dialect.readable(GEOMETRY, GEOMETRY))
    query = sa.select(*wanted).select_from(sa.table(table)).order_by(sa.column(FID))
    if only is not None:
        query = query.where(sa.column(only[0]) == only[1])
    rows = connection.execute(query).cursor.fetchall()
    names = [*(name for name in kinds if name in present), *([GEOMETRY] if shapes else [])]
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    found = dict(zip(names, cells, strict=True))
    nothing = [None] * len(rows)
    columns = {
        name: _column(table, name, kind, found.get(name, nothing)) for name, kind in kinds.items()
    }
    if not shapes:
        return pd.DataFrame(columns)
    return gpd.GeoDataFrame(columns, geometry=decode(found[GEOMETRY]), crs=CGCS2000)


def tables_of(connection: sa.Connection) -> set[str]:
    """Return the tables of the workspace."""
    return dialect_of(connection).tables_of(connection)


def columns_of(connection: sa.Connection, table: str) -> set[str]:
    """Return the columns a table has."""
    return set(dialect_of(connection).columns_of(connection, table))


def mark_of(connection: sa.Connection, table: str) -> str:
    """Return a mark that changes with every edit of a layer, without reading its content.

    Row numbers are never used twice and every edit raises its row's version, so no sequence of
    insertions, deletions and edits leaves all three figures as they were.
    """
    counted = tallies.tally(connection, table)
    if counted is not None:
        return f"{counted.rows}/{counted.fids}/{counted.versions}"
    fid, version = sa.column(FID, sa.Integer), sa.column(VERSION, sa.Integer)
    sums = (sa.func.coalesce(sa.func.sum(column), 0) for column in (fid, version))
    row = connection.execute(sa.select(sa.func.count(), *sums).select_from(sa.table(table))).one()
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
