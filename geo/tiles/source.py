"""One tile of a table of either store: its rows are read by the spatial index and encoded here.

The same encoder serves both stores, so that a tile has the same bytes whichever holds the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from geo.store.features import Box, FeatureTable
from geo.store.features.spatial import near_box
from geo.store.geometry import decode
from geo.tiles.encode import encode_layer
from geo.tiles.grid import Tile

MOST_FEATURES = 100_000
"""Features of a layer that a tile holds at most, unless told otherwise."""


@dataclass(frozen=True, slots=True)
class LayerTile:
    """One layer of a tile.

    Attributes
    ----------
    content
        Its bytes; empty when nothing of the layer lies there.
    near
        Rows whose box meets the tile. A tile may be empty and those below it not: what is too
        small to be drawn on one may show on the next.
    whole
        Whether all of those were looked at; else only the first in the order of the table.
    """

    content: bytes
    near: int
    whole: bool


def layer_tile(
    connection: sa.Connection, table: FeatureTable, tile: Tile, *, most: int = MOST_FEATURES
) -> LayerTile:
    """Return a table's layer of a tile.

    Parameters
    ----------
    connection
        To the store.
    table
        A table with shapes.
    tile
        Which tile.
    most
        Most features to put in it.
    """
    column = table.source.c
    plain = [sa.type_coerce(column[name], sa.types.NullType()) for name in _names(table)]
    question = (
        sa.select(column[table.order], _bytes_of(connection, table), *plain)
        .where(near_box(connection, table, Box(*tile.bounds())))
        .order_by(column[table.order])
        .limit(most + 1)
    )
    rows = connection.execute(question).cursor.fetchall()
    if not rows:
        return LayerTile(b"", near=0, whole=True)
    orders, blobs, *cells = zip(*rows[:most], strict=True)
    numbered = isinstance(orders[0], int)
    content = encode_layer(
        table.name,
        _shapes(blobs),
        {f.name: _values(own, f.kind) for f, own in zip(table.fields, cells, strict=True)},
        tile,
        ids=np.array(orders if numbered else range(1, len(orders) + 1), np.int64),
    )
    return LayerTile(content, near=len(orders), whole=len(rows) <= most)


def _names(table: FeatureTable) -> list[str]:
    return [field.name for field in table.fields]


def _bytes_of(connection: sa.Connection, table: FeatureTable) -> sa.ColumnElement[Any]:
    if connection.dialect.name == "postgresql":
        return sa.func.ST_AsBinary(table.geometry)
    return sa.type_coerce(table.geometry, sa.types.NullType())


def _values(cells: Sequence[object], kind: str) -> Sequence[object]:
    """Return values as a tile can hold them: days as texts, truth as truth."""
    if kind == "date" and isinstance(next(filter(None, cells), ""), date):  # else texts already
        return [None if cell is None else str(cell) for cell in cells]
    if kind == "bool":
        return [None if cell is None else bool(cell) for cell in cells]
    return cells


def _shapes(blobs: Sequence[bytes | None]) -> NDArray[np.object_] | NDArray[np.float64]:
    """Return shapes as the store gave them; of points alone only their coordinates, (n, 2)."""
    whole = [blob for blob in blobs if blob is not None]
    sizes = set(map(len, whole))
    size = sizes.pop() if len(whole) == len(blobs) and len(sizes) == 1 else 0
    if size in _POINT_SIZES:
        raw = np.frombuffer(b"".join(whole), np.uint8).reshape(len(blobs), size)
        if (raw[:, size - 21] == 1).all() and (raw[:, size - 20 : size - 16] == _POINT).all():
            return np.ascontiguousarray(raw[:, size - 16 :]).view("<f8")
    return decode(blobs)


_POINT_SIZES = (21, 29)
"""Bytes of a point: well-known binary, and the same behind a GeoPackage header without envelope."""
_POINT = np.array([1, 0, 0, 0], np.uint8)
