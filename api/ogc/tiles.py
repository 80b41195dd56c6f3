"""``…/tiles``: vector tiles of every collection, by OGC API – Tiles and as TileJSON."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from hashlib import blake2b
from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.catalogue import collection, collections
from api.ogc.parameters import COLLECTION, FORMAT, Parameter, asked, documented
from api.ogc.respond import HTML, JSON, Link, address, json_answer, knows
from api.store import reading, settings_of
from geo.errors import DataError, NotFoundError
from geo.store.features import Box, FeatureTable, extent, mark
from geo.text import say
from geo.tiles import DEEPEST, Tile
from geo.tiles.archive import DEEPEST_KEPT, described
from geo.tiles.source import layer_tile

router = APIRouter(tags=["瓦片"])

MVT: Final = "application/vnd.mapbox-vector-tile"
GRID: Final = "WebMercatorQuad"
_SCHEME: Final = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
_CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
_TILESETS: Final = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
_SCHEMES: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
_EDGE_M: Final = 20037508.3427892
_PIXEL_M: Final = 0.00028

TILES: Final = (
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tileset",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/tilesets-list",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/dataset-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/geodata-tilesets",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/mvt",
    "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/tms/2.0/conf/tilematrixset",
    "http://www.opengis.net/spec/tms/2.0/conf/json-tilematrixset",
)
"""Conformance classes kept here."""

_SCHEME_ID = Parameter(
    "tileMatrixSetId", "瓦片网格，只有 WebMercatorQuad。",
    {"type": "string", "enum": [GRID]}, example=GRID, place="path",
)  # fmt: skip
_ZOOM = Parameter("tileMatrix", "级别 0–24。", {"type": "integer"}, example=11, place="path")
_ROW = Parameter("tileRow", "行号，从北往南。", {"type": "integer"}, example=840, place="path")
_COLUMN = Parameter("tileCol", "列号，从西往东。", {"type": "integer"}, example=1674, place="path")
_CHOSEN = Parameter(
    "collections", "只要这些集合，用逗号隔开。", {"type": "array", "items": {"type": "string"}}
)
_TILEJSON = Parameter(
    "f", "格式：json（OGC）、tilejson 或 html。",
    {"type": "string", "enum": ["json", "tilejson", "html"]},
)  # fmt: skip


class TileCache:
    """Tiles made before, compressed, up to a number of bytes; the least asked for go first.

    Parameters
    ----------
    most_bytes
        Size of all tiles kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held = 0
        self._tiles: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        """Return a tile, or None when it is not kept."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
            return found

    def put(self, key: str, tile: bytes) -> None:
        """Keep a tile."""
        with self._lock:
            self._held += len(tile) - len(self._tiles.pop(key, b""))
            self._tiles[key] = tile
            while self._held > self._most:
                _, gone = self._tiles.popitem(last=False)
                self._held -= len(gone)


@router.get(
    "/tileMatrixSets", summary="瓦片网格", operation_id="tileMatrixSets",
    openapi_extra=documented(FORMAT),
)  # fmt: skip
def matrix_sets(request: Request) -> Response:
    """Return the one grid of tiles there is."""
    asked(request, ("f",))
    own = Link(address(request, f"/tileMatrixSets/{GRID}"), "self", JSON)
    grid = {"id": GRID, "title": GRID, "uri": _SCHEME, "crs": _CRS, "links": [own.plain()]}
    return json_answer({"tileMatrixSets": [grid]}, request=request)


@router.get(
    "/tileMatrixSets/{tileMatrixSetId}", summary="一个瓦片网格", operation_id="tileMatrixSet",
    openapi_extra=documented(_SCHEME_ID, FORMAT),
)  # fmt: skip
def matrix_set(request: Request) -> Response:
    """Return the grid with the size of its tiles by zoom."""
    asked(request, ("f",))
    _require_grid(request)
    matrices = [
        {
            "id": str(zoom),
            "scaleDenominator": 2 * _EDGE_M / (256 << zoom) / _PIXEL_M,
            "cellSize": 2 * _EDGE_M / (256 << zoom),
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [-_EDGE_M, _EDGE_M],
            "tileWidth": 256,
            "tileHeight": 256,
            "matrixWidth": 1 << zoom,
            "matrixHeight": 1 << zoom,
        }
        for zoom in range(DEEPEST + 1)
    ]
    body = {"id": GRID, "title": GRID, "uri": _SCHEME, "crs": _CRS, "orderedAxes": ["X", "Y"]}
    return json_answer(body | {"tileMatrices": matrices}, request=request)


@router.get(
    "/tiles", summary="全部图层的瓦片", operation_id="tilesets", openapi_extra=documented(FORMAT)
)
def tilesets(request: Request) -> Response:
    """Return the tile sets that show everything."""
    asked(request, ("f",))
    return _tilesets(request, "", say("全部图层", "All layers"))


@router.get(
    "/collections/{collectionId}/tiles", summary="一个集合的瓦片",
    operation_id="collectionTilesets", openapi_extra=documented(COLLECTION, FORMAT),
)  # fmt: skip
def collection_tilesets(request: Request) -> Response:
    """Return the tile sets of one collection."""
    asked(request, ("f",))
    with reading(request) as connection:
        (table,) = _one(connection, request.path_params["collectionId"])
    return _tilesets(request, f"/collections/{table.name}", table.label)


@router.get(
    "/tiles/{tileMatrixSetId}", summary="全部图层的瓦片说明", operation_id="tileset",
    openapi_extra=documented(_SCHEME_ID, _CHOSEN, _TILEJSON),
)  # fmt: skip
def tileset(request: Request) -> Response:
    """Describe the tiles of everything, also as TileJSON."""
    given = asked(request, ("f", "collections"))
    with reading(request) as connection:
        tables = _chosen(connection, given.get("collections"))
        return _tileset(request, connection, tables, "", given)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}", summary="一个集合的瓦片说明",
    operation_id="collectionTileset", openapi_extra=documented(COLLECTION, _SCHEME_ID, _TILEJSON),
)  # fmt: skip
def collection_tileset(request: Request) -> Response:
    """Describe the tiles of a collection, also as TileJSON."""
    given = asked(request, ("f",))
    with reading(request) as connection:
        tables = _one(connection, request.path_params["collectionId"])
        return _tileset(request, connection, tables, f"/collections/{tables[0].name}", given)


@router.get(
    "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}", summary="全部图层的一块瓦片",
    operation_id="tile", openapi_extra=documented(_SCHEME_ID, _ZOOM, _ROW, _COLUMN, _CHOSEN),
)  # fmt: skip
def tile(request: Request) -> Response:
    """Return a tile of all collections, or of some."""
    given = asked(request, ("collections",))
    with reading(request) as connection:
        return _tile(request, connection, _chosen(connection, given.get("collections")))


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
    summary="一个集合的一块瓦片", operation_id="collectionTile",
    openapi_extra=documented(COLLECTION, _SCHEME_ID, _ZOOM, _ROW, _COLUMN),
)  # fmt: skip
def collection_tile(request: Request) -> Response:
    """Return a tile of one collection."""
    asked(request, ())
    with reading(request) as connection:
        tables = _one(connection, request.path_params["collectionId"])
        return _tile(request, connection, tables)


def _require_grid(request: Request) -> None:
    name = request.path_params["tileMatrixSetId"]
    if name != GRID:
        raise NotFoundError(
            say(f"没有瓦片网格“{name}”。", f"there is no grid of tiles {name!r}."),
            hint=say(f"只有 {GRID}。", f"there is {GRID} only."),
        )


def _one(connection: sa.Connection, name: str) -> list[FeatureTable]:
    table = collection(connection, name)
    if table.shape is None:
        raise NotFoundError(
            say(f"“{table.label}”没有图形，不能画成瓦片。", f"{name} has no shapes to draw.")
        )
    return [table]


def _chosen(connection: sa.Connection, names: str | None) -> list[FeatureTable]:
    if names is not None:
        return [table for name in names.split(",") for table in _one(connection, name)]
    return [table for table in collections(connection).values() if table.shape is not None]


def _tilesets(request: Request, own: str, title: str) -> Response:
    set_ = {
        "title": title,
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetURI": _SCHEME,
        "links": [
            Link(address(request, f"{own}/tiles/{GRID}"), "self", JSON).plain(),
            Link(address(request, f"/tileMatrixSets/{GRID}"), _SCHEMES, JSON).plain(),
        ],
    }
    links = [
        Link(address(request, f"{own}/tiles"), "self", JSON),
        Link(address(request, f"{own}/tiles", f="html"), "alternate", HTML),
    ]
    body = {"links": [link.plain() for link in links], "tilesets": [set_]}
    return json_answer(body, request=request)


def _tileset(
    request: Request,
    connection: sa.Connection,
    tables: list[FeatureTable],
    own: str,
    given: dict[str, str],
) -> Response:
    _require_grid(request)
    chosen = given.get("collections")
    template = address(request, f"{own}/tiles/{GRID}") + "/{tileMatrix}/{tileRow}/{tileCol}"
    template += f"?collections={chosen}" if chosen else ""
    boxes = [box for table in tables if (box := extent(connection, table)) is not None]
    if given.get("f") == "tilejson":
        return _tilejson(request, tables, boxes, template)
    body: dict[str, Any] = {
        "title": tables[0].label if own else say("全部图层", "All layers"),
        "dataType": "vector",
        "crs": _CRS,
        "tileMatrixSetURI": _SCHEME,
        "layers": [
            {"id": table.name, "title": table.label, "dataType": "vector"} for table in tables
        ],
        "links": [
            Link(address(request, f"{own}/tiles/{GRID}"), "self", JSON).plain(),
            Link(address(request, f"/tileMatrixSets/{GRID}"), _SCHEMES, JSON).plain(),
            Link(template, "item", MVT).plain() | {"templated": True},
        ],
    }
    if boxes:
        west, south, east, north = _around(boxes)
        body["boundingBox"] = {"lowerLeft": [west, south], "upperRight": [east, north]}
    return json_answer(body, request=request)


def _tilejson(
    request: Request, tables: list[FeatureTable], boxes: list[Box], template: str
) -> Response:
    zooms = (0, DEEPEST_KEPT)
    body: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": tables[0].label if len(tables) == 1 else say("服务圈", "Fuwuquan"),
        "tiles": [
            template.replace("{tileMatrix}", "{z}")
            .replace("{tileRow}", "{y}")
            .replace("{tileCol}", "{x}")
        ],
        "minzoom": zooms[0],
        "maxzoom": zooms[1],
        "vector_layers": [described(table, zooms) for table in tables],
    }
    if boxes:
        body["bounds"] = _around(boxes)
    return json_answer(body, request=request)


def _around(boxes: list[Box]) -> list[float]:
    return [
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    ]


def _tile(request: Request, connection: sa.Connection, tables: list[FeatureTable]) -> Response:
    _require_grid(request)
    wanted = Tile(*(_number(request, name) for name in ("tileMatrix", "tileCol", "tileRow")))
    state = "|".join(f"{table.name}:{mark(connection, table)}" for table in tables)
    key = blake2b(f"{wanted}|{state}".encode(), digest_size=12).hexdigest()
    headers = {"ETag": f'"{key}"', "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    if knows(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    cache: TileCache = request.app.state.tiles
    packed = cache.get(key)
    if packed is None:
        layers = [
            layer_tile(connection, table, wanted, most=settings_of(request).tile_features)
            for table in tables
        ]
        whole = all(layer.whole for layer in layers)
        packed = _WHOLE[whole] + gzip.compress(
            b"".join(layer.content for layer in layers), 4, mtime=0
        )
        cache.put(key, packed)
    if not packed.startswith(_WHOLE[True]):
        headers["Warning"] = '199 - "too many features; only the first are drawn"'
    body = packed[1:]
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    if len(packed) == _NOTHING:
        return Response(status_code=204, headers={k: v for k, v in headers.items() if k == "ETag"})
    return Response(body, media_type=MVT, headers=headers)


_WHOLE: Final = {True: b"1", False: b"0"}
_NOTHING: Final = 1 + len(gzip.compress(b"", 4, mtime=0))


def _number(request: Request, name: str) -> int:
    text = request.path_params[name]
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004
        raise DataError(say(f"“{text}”不是瓦片号。", f"{text!r} is no number of a tile."))
    return int(text)
