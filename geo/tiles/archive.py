"""Tiles of layers as one PMTiles file, which a map page reads from a plain folder or web server."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from geo.errors import DataError
from geo.store.features import Box, FeatureTable, extent
from geo.store.tables import write_whole
from geo.text import say
from geo.tiles.grid import FULL_ZOOM, Tile
from geo.tiles.source import layer_tile

DEEPEST_KEPT = FULL_ZOOM
"""Zoom at which tiles are usually no longer cut: a page draws deeper ones from these."""
_MICRO = 10_000_000


def write_pmtiles(
    path: Path,
    connection: sa.Connection,
    tables: Sequence[FeatureTable],
    *,
    zooms: tuple[int, int] = (0, DEEPEST_KEPT),
    progress: Callable[[float], None] | None = None,
) -> int:
    """Write the tiles of tables and return how many there are.

    Parameters
    ----------
    path
        The file, which is written whole or not at all.
    connection
        To the store; all tiles show one state of it.
    tables
        What to show; tables without shapes are passed over.
    zooms
        First and last.
    progress
        Told the share of the work that is done; each zoom counts alike, as it draws all features.

    Raises
    ------
    DataError
        Nothing has a shape, a tile would lack features, or the file cannot be written.
    """
    shown = [table for table in tables if table.shape is not None]
    boxes = [box for table in shown if (box := extent(connection, table)) is not None]
    if not boxes:
        raise DataError(say("要导出的层里没有图形。", "the layers to export have no shapes"))
    content = io.BytesIO()
    writer = Writer(content)
    for tile, body in _tiles(connection, shown, zooms, progress):
        writer.write_tile(
            zxy_to_tileid(tile.zoom, tile.column, tile.row), gzip.compress(body, 6, mtime=0)
        )
    writer.finalize(_header(around(boxes), zooms), _metadata(shown, zooms))
    write_whole(path, content.getvalue())
    return int(writer.addressed_tiles)


def _tiles(
    connection: sa.Connection,
    tables: Sequence[FeatureTable],
    zooms: tuple[int, int],
    progress: Callable[[float], None] | None,
) -> Iterator[tuple[Tile, bytes]]:
    """Yield the tiles that show anything, in the order of the archive."""
    first, last = zooms
    wanted = {Tile(0, 0, 0): list(tables)}
    for zoom in range(last + 1):
        below: dict[Tile, list[FeatureTable]] = {}
        order = sorted(wanted, key=lambda tile: zxy_to_tileid(tile.zoom, tile.column, tile.row))
        for done, tile in enumerate(order):
            bodies, present = [], []
            for place, table in enumerate(wanted[tile], start=1):
                layer = layer_tile(connection, table, tile)
                if not layer.whole and zoom >= first:
                    raise _too_many(table, tile)
                if layer.near:
                    present.append(table)
                bodies.append(layer.content)
                if progress is not None:
                    of_zoom = (done + place / len(wanted[tile])) / len(order)
                    progress((zoom + of_zoom) / (last + 1))
            if present and zoom < last:
                below |= dict.fromkeys(_children(tile), present)
            if any(bodies) and zoom >= first:
                yield tile, b"".join(bodies)
        wanted = below


def _children(tile: Tile) -> list[Tile]:
    column, row = 2 * tile.column, 2 * tile.row
    return [Tile(tile.zoom + 1, column + i, row + j) for i in (0, 1) for j in (0, 1)]


def _too_many(table: FeatureTable, tile: Tile) -> DataError:
    return DataError(
        say(
            f"“{table.label}”在瓦片 {tile.zoom}/{tile.column}/{tile.row} 上的要素太多。",
            f"{table.name} has too many features on tile {tile.zoom}/{tile.column}/{tile.row}",
        ),
        hint=say("请从更深的级别开始导出。", "begin at a deeper zoom"),
    )


def around(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around others."""
    return Box(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )


def _header(box: Box, zooms: tuple[int, int]) -> dict[str, Any]:
    sides = {
        "min_lon_e7": box.west,
        "min_lat_e7": box.south,
        "max_lon_e7": box.east,
        "max_lat_e7": box.north,
        "center_lon_e7": (box.west + box.east) / 2,
        "center_lat_e7": (box.south + box.north) / 2,
    }
    return {name: int(side * _MICRO) for name, side in sides.items()} | {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "center_zoom": min(11, zooms[1]),
    }


def _metadata(tables: Sequence[FeatureTable], zooms: tuple[int, int]) -> dict[str, Any]:
    return {"vector_layers": [described(table, zooms) for table in tables]}


_KINDS = {"int": "Number", "float": "Number", "bool": "Boolean"}


def described(table: FeatureTable, zooms: tuple[int, int]) -> dict[str, Any]:
    """Return what TileJSON 3.0 says of a layer (``vector_layers``)."""
    return {
        "id": table.name,
        "description": table.label,
        "minzoom": zooms[0],
        "maxzoom": zooms[1],
        "fields": {field.name: _KINDS.get(field.kind, "String") for field in table.fields},
    }
