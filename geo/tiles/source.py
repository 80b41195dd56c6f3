"""One tile of a table of either store: its rows are read by the spatial index and encoded here.

The same encoder serves both stores, so that a tile has the same bytes whichever holds the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import orjson
import sqlalchemy as sa
from numpy.typing import NDArray

from geo.store.features import Box, FeatureTable
from geo.store.features.spatial import near_box
from geo.store.geometry import decode
from geo.tiles.encode import encode_layer
from geo.tiles.grid import Tile
from geo.tiles.thinning import WEIGHTS

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
    exact = connection.dialect.name == "postgresql" or all(f.kind != "float" for f in table.fields)
    read = _as_lists if len(table.fields) >= _WIDE and exact else _by_row
    orders, shapes, *columns = read(connection, _near(table, connection, tile, most + 1), table)
    if not orders:
        return LayerTile(b"", near=0, whole=True)
    content = encode_layer(
        table.name,
        _shapes(shapes[:most]),
        {f.name: _values(own[:most], f.kind) for f, own in zip(table.fields, columns, strict=True)},
        tile,
        ids=_ids(orders[:most]),
        weight=_weight(table, columns, min(len(orders), most)),
    )
    return LayerTile(content, near=min(len(orders), most), whole=len(orders) <= most)


def _weight(
    table: FeatureTable, columns: Sequence[Sequence[Any]], count: int
) -> NDArray[np.float64] | None:
    """Return how much the features count, (n,); those of which nothing is known count least."""
    places = {field.name: at for at, field in enumerate(table.fields)}
    name = next((one for one in WEIGHTS if one in places), None)
    if name is None:
        return None
    own = columns[places[name]][:count]
    return np.array([-1.0 if cell is None else cell for cell in own], np.float64)


def _ids(orders: Sequence[int | str]) -> NDArray[np.int64]:
    """Return what features are called on tiles, (n,): alike on every tile and in either store.

    Tiles know whole numbers only, and JavaScript none above 53 bits; a text becomes so many bits
    of its hash. Of a million places two share a number once in some 18,000 times.
    """
    if isinstance(orders[0], int):
        return np.array(orders, np.int64)
    digests = b"".join(blake2b(str(order).encode(), digest_size=8).digest() for order in orders)
    return (np.frombuffer(digests, ">u8") >> _SPARE_BITS).astype(np.int64)


def _near(
    table: FeatureTable, connection: sa.Connection, tile: Tile, most: int
) -> sa.Select[tuple[Any, ...]]:
    """Return the question for the rows near a tile: their order, shape and values."""
    column = table.source.c
    server = connection.dialect.name == "postgresql"
    shape = sa.func.ST_AsBinary(table.geometry) if server else _plain(table.geometry)
    return (
        sa.select(
            _plain(column[table.order]).label("o"),
            shape.label("g"),
            *(_plain(column[field.name]).label(f"c{n}") for n, field in enumerate(table.fields)),
        )
        .where(near_box(connection, table, Box(*tile.bounds())))
        .order_by(column[table.order])
        .limit(most)
    )


def _by_row(
    connection: sa.Connection, question: sa.Select[tuple[Any, ...]], table: FeatureTable
) -> list[Sequence[Any]]:
    """Return order, shapes and values by column, read row by row: fastest for few columns."""
    rows = connection.execute(question).cursor.fetchall()
    return list(zip(*rows, strict=True)) if rows else [()] * (2 + len(table.fields))


def _as_lists(
    connection: sa.Connection, question: sa.Select[tuple[Any, ...]], table: FeatureTable
) -> list[Sequence[Any]]:
    """Return order, shapes and values by column, each put into one JSON list by the store.

    Row by row Python's lock would be taken for every cell of many, and several tiles could not be
    made at once.
    """
    server = connection.dialect.name == "postgresql"
    listed = sa.func.json_agg if server else sa.func.json_group_array
    rows = question.subquery()
    shape = sa.func.encode(rows.c.g, "hex") if server else sa.func.hex(_plain(rows.c.g))
    cells = [_cell(rows.c[f"c{n}"], field.kind) for n, field in enumerate(table.fields)]
    texts = [sa.cast(listed(part), sa.Text()) for part in (_plain(rows.c.o), shape, *cells)]
    found = connection.execute(sa.select(*texts)).one()
    orders, shapes, *columns = (orjson.loads(text or "[]") for text in found)
    for field, column in zip(table.fields, columns, strict=True):
        if field.kind == "float":
            column[:] = [None if cell is None else float(cell) for cell in column]
    return [orders, [bytes.fromhex(text) if text else None for text in shapes], *columns]


def _cell(column: sa.ColumnElement[Any], kind: str) -> sa.ColumnElement[Any]:
    """Return a cell as JSON holds it without loss: numbers with all of their digits, as texts."""
    return _plain(column) if kind in ("int", "bool") else sa.cast(_plain(column), sa.Text())


def _plain(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.types.NullType())


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


_WIDE = 12
"""Columns from which on lists are faster than rows; SQLite writes fractions in them inexactly."""
_POINT_SIZES = (21, 29)
"""Bytes of a point: well-known binary, and the same behind a GeoPackage header without envelope."""
_POINT = np.array([1, 0, 0, 0], np.uint8)
_SPARE_BITS: Final = np.uint64(64 - 53)
