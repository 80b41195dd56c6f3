"""One tile of a table of either store: its rows are read by the spatial index and encoded here.

The same encoder serves both stores, so that a tile has the same bytes whichever holds the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from geo.store.features import Box, FeatureTable, Query, page
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
    near = near_box(connection, table, Box(*tile.bounds()))
    found = page(connection, table, Query(limit=most, where=(near,)))
    if not found.ids:
        return LayerTile(b"", near=0, whole=True)
    cells = list(zip(*found.cells, strict=True)) or [()] * len(found.names)
    numbered = isinstance(found.orders[0], int)
    numbers = found.orders if numbered else range(1, len(found.orders) + 1)
    content = encode_layer(
        table.name,
        decode(found.shapes),
        dict(zip(found.names, map(_plain, cells), strict=True)),
        tile,
        ids=np.asarray(numbers, np.int64),
    )
    return LayerTile(content, near=len(found.ids), whole=found.after is None)


def _plain(cells: tuple[object, ...]) -> list[object]:
    """Return values as a tile can hold them: days as texts."""
    return [cell.isoformat() if hasattr(cell, "isoformat") else cell for cell in cells]
