"""``…/tiles/{grid}/{z}/{row}/{column}``: one tile, made once and kept until its rows change."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import blake2b
from threading import BoundedSemaphore, Lock
from typing import Final

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import Response

from api.coding import takes_gzip
from api.ogc.parameters import COLLECTION, Parameter, asked
from api.ogc.respond import knows
from api.ogc.tile_grids import GRID_ID, require_grid
from api.ogc.tilesets import CHOSEN, MVT, chosen, with_shapes
from api.openapi import described
from api.settings import Settings
from api.store import reading, settings_of
from geo.errors import DataError
from geo.store.features import FeatureTable, mark
from geo.text import say
from geo.tiles import Tile
from geo.tiles.source import layer_tile

router = APIRouter(tags=["瓦片"])

_MOST_DIGITS: Final = 9
_LEVEL: Final = 4
"""Of compression: nearly as small as the best and several times as fast."""
_AT_ONCE: Final = 4
"""Tiles that one process makes at once: while one waits for the store, others are encoded."""
_TOO_MANY: Final = '199 - "too many features: only the first are drawn"'

_PLACE: Final = tuple(
    Parameter(name, about, {"type": "integer"}, example=example, place="path")
    for name, about, example in (
        ("tileMatrix", "级别 0–24。", 11),
        ("tileRow", "行号，从北往南。", 841),
        ("tileCol", "列号，从西往东。", 1673),
    )
)


@dataclass(frozen=True, slots=True)
class Packed:
    """A tile as it is sent.

    Attributes
    ----------
    content
        As the reader takes it, compressed or not; empty when the tile shows nothing.
    whole
        Whether all features there are drawn.
    """

    content: bytes
    whole: bool


class TileCache:
    """Tiles made before, up to a number of bytes; those asked for longest ago go first.

    Parameters
    ----------
    most_bytes
        Size of all tiles kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._tiles: OrderedDict[str, Packed] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> Packed | None:
        """Return a tile, or None when it is not kept."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
            return found

    def put(self, key: str, tile: Packed) -> None:
        """Keep a tile."""
        with self._lock:
            before = self._tiles.pop(key, None)
            self._held += len(tile.content) - (len(before.content) if before else 0)
            self._tiles[key] = tile
            while self._held > self._most:
                _, gone = self._tiles.popitem(last=False)
                self._held -= len(gone.content)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Keep tiles while the server runs."""
    settings: Settings = app.state.settings
    app.state.tiles = TileCache(settings.tile_cache_bytes)
    app.state.tile_makers = BoundedSemaphore(_AT_ONCE)
    yield


@router.get(
    "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
    **described(
        ".dataset.vector.getTile",
        "全部图层的一块瓦片",
        "Mapbox 矢量瓦片；没有要素时为 204。",
        GRID_ID,
        *_PLACE,
        CHOSEN,
        gives=(MVT,),
        fails=(204, 304, 400, 404, 503),
    ),
)
def tile(request: Request) -> Response:
    """Return a tile of all collections, or of some."""
    given = asked(request, ("collections",))
    with reading(request) as connection:
        return _tile(request, connection, chosen(connection, given.get("collections")))


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
    **described(
        ".collection.vector.getTile",
        "一个集合的一块瓦片",
        "Mapbox 矢量瓦片；没有要素时为 204。",
        COLLECTION,
        GRID_ID,
        *_PLACE,
        gives=(MVT,),
        fails=(204, 304, 400, 404, 503),
    ),
)
def collection_tile(request: Request) -> Response:
    """Return a tile of one collection."""
    asked(request, ())
    with reading(request) as connection:
        tables = with_shapes(connection, request.path_params["collectionId"])
        return _tile(request, connection, tables)


def _tile(request: Request, connection: sa.Connection, tables: list[FeatureTable]) -> Response:
    require_grid(request)
    zoom, row, column = (
        _number(word, request.path_params[parameter.name])
        for word, parameter in zip(
            say("级别 行号 列号", "zoom row column").split(), _PLACE, strict=True
        )
    )
    wanted = Tile(zoom, column, row)
    state = "|".join(f"{table.name}:{mark(connection, table)}" for table in tables)
    key = blake2b(f"{wanted}|{state}".encode(), digest_size=12).hexdigest()
    compressed = takes_gzip(request.headers.get("accept-encoding", ""))
    kept = f"{key}-gzip" if compressed else key
    headers = {"ETag": f'"{kept}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if knows(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    cache: TileCache = request.app.state.tiles
    packed = cache.get(kept)
    if packed is None:
        most = settings_of(request).tile_features
        with request.app.state.tile_makers:
            packed = cache.get(kept)  # another may have made it meanwhile
            if packed is None:
                packed = _packed(connection, tables, wanted, most, compressed=compressed)
                cache.put(kept, packed)
    if not packed.whole:
        headers["Warning"] = _TOO_MANY
    if not packed.content:
        return Response(status_code=204, headers=headers)
    if compressed:
        headers["Content-Encoding"] = "gzip"
    return Response(packed.content, media_type=MVT, headers=headers)


def _packed(
    connection: sa.Connection,
    tables: list[FeatureTable],
    wanted: Tile,
    most: int,
    *,
    compressed: bool,
) -> Packed:
    layers = [layer_tile(connection, table, wanted, most=most) for table in tables]
    body = b"".join(layer.content for layer in layers)
    return Packed(
        gzip.compress(body, _LEVEL, mtime=0) if body and compressed else body,
        whole=all(layer.whole for layer in layers),
    )


def _number(word: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise DataError(
            say(
                f"瓦片的{word}应是不小于 0 的整数，现为“{text}”。",
                f"the {word} of a tile must be a whole number of at least 0, not {text!r}.",
            ),
            hint=say("地址的次序是 级别/行/列。", "the address is zoom/row/column."),
        )
    return int(text)
