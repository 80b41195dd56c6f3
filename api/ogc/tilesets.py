"""``…/tiles``: what tiles there are, by OGC API – Tiles, as TileJSON, and on a page."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import pages
from api.ogc.catalogue import collection, collections
from api.ogc.crs import CRS84
from api.ogc.parameters import COLLECTION, FORMAT, Parameter, asked
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer, no_form
from api.ogc.tile_grids import CRS, GRID, GRID_ID, SCHEME, require_grid
from api.openapi import described as documented
from api.store import reading
from geo.errors import DataError, NotFoundError
from geo.store.features import Box, FeatureTable, extent
from geo.text import say
from geo.tiles.archive import DEEPEST_KEPT, around, described

router = APIRouter(tags=["瓦片"])

_TILES: Final = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/"
CONFORMS: Final = (
    *(f"{_TILES}{name}" for name in ("core", "tileset", "tilesets-list", "dataset-tilesets")),
    *(f"{_TILES}{name}" for name in ("geodata-tilesets", "collections-selection", "mvt", "oas30")),
)

MVT: Final = "application/vnd.mapbox-vector-tile"
_TILESETS: Final = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
_GRIDS: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
_GRID_OF: Final = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_ZOOMS: Final = (0, DEEPEST_KEPT)

CHOSEN: Final = Parameter(
    "collections",
    "只要这些集合，用逗号隔开。",
    {"type": "array", "items": {"type": "string"}},
    example="community,compound",
)
_FORMS: Final = ("json", "tilejson", "html")
_FORM: Final = Parameter(
    "f", "格式：json（OGC）、tilejson 或 html。", {"type": "string", "enum": list(_FORMS)}
)


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page links to."""
    return [
        Link(address(request, "/tiles"), _TILESETS, JSON, say("瓦片", "Tiles")),
        Link(address(request, "/tileMatrixSets"), _GRIDS, JSON, say("瓦片网格", "Grids")),
    ]


def collection_links(request: Request, table: FeatureTable) -> list[Link]:
    """Return what a collection links to."""
    if table.shape is None:
        return []
    own = f"/collections/{table.name}/tiles"
    return [Link(address(request, own), _TILESETS, JSON, say("瓦片", "Tiles"))]


@router.get(
    "/tiles",
    **documented(
        ".dataset.vector.getTileSetsList",
        "全部图层的瓦片",
        "矢量瓦片：全部图层。",
        FORMAT,
        gives=(JSON, HTML),
    ),
)
def tilesets(request: Request) -> Response:
    """Return the tile sets that show everything."""
    form = form_of(request)
    asked(request, ("f",))
    if form == "json":
        return _tilesets(request, "", say("全部图层", "All layers"))
    with reading(request) as connection:
        tables = chosen(connection, None)
    return pages.tiles(request, say("瓦片", "Tiles"), "", tables)


@router.get(
    "/collections/{collectionId}/tiles",
    **documented(
        ".collection.vector.getTileSetsList",
        "一个集合的瓦片",
        "矢量瓦片：一个集合。",
        COLLECTION,
        FORMAT,
        gives=(JSON, HTML),
    ),
)
def collection_tilesets(request: Request) -> Response:
    """Return the tile sets of one collection."""
    form = form_of(request)
    asked(request, ("f",))
    with reading(request) as connection:
        (table,) = with_shapes(connection, request.path_params["collectionId"])
    own = f"/collections/{table.name}"
    if form == "html":
        return pages.tiles(request, table.label, own, [table])
    return _tilesets(request, own, table.label)


@router.get(
    "/tiles/{tileMatrixSetId}",
    **documented(
        ".dataset.vector.getTileSet",
        "全部图层的瓦片说明",
        "也可要 TileJSON。",
        GRID_ID,
        CHOSEN,
        _FORM,
        gives=(JSON, HTML),
    ),
)
def tileset(request: Request) -> Response:
    """Describe the tiles of everything, or of some collections."""
    given = asked(request, ("f", "collections"))
    require_grid(request)
    with reading(request) as connection:
        tables = chosen(connection, given.get("collections"))
        return _tileset(request, tables, _boxes(connection, tables), "", given)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}",
    **documented(
        ".collection.vector.getTileSet",
        "一个集合的瓦片说明",
        "也可要 TileJSON。",
        COLLECTION,
        GRID_ID,
        _FORM,
        gives=(JSON, HTML),
    ),
)
def collection_tileset(request: Request) -> Response:
    """Describe the tiles of one collection."""
    given = asked(request, ("f",))
    require_grid(request)
    with reading(request) as connection:
        tables = with_shapes(connection, request.path_params["collectionId"])
        own = f"/collections/{tables[0].name}"
        return _tileset(request, tables, _boxes(connection, tables), own, given)


def with_shapes(connection: sa.Connection, name: str) -> list[FeatureTable]:
    """Return one collection, in a list.

    Raises
    ------
    NotFoundError
        There is none of this id, or it has no shapes.
    """
    table = collection(connection, name)
    if table.shape is None:
        raise NotFoundError(
            say(f"“{table.label}”没有图形，不能画成瓦片。", f"{name} has no shapes to draw.")
        )
    return [table]


def chosen(connection: sa.Connection, names: str | None) -> list[FeatureTable]:
    """Return the collections of some ids, parted by commas, or all that have shapes.

    Raises
    ------
    DataError
        No id is named.
    NotFoundError
        There is none of an id, or it has no shapes.
    """
    if names is not None:
        wanted = dict.fromkeys(name.strip() for name in names.split(",") if name.strip())
        if not wanted:
            raise DataError(
                say("参数“collections”是空的。", "collections is empty."),
                hint=say(
                    "写集合的代号，逗号隔开；全部集合见 /collections。", "ids, see /collections"
                ),
            )
        return [table for name in wanted for table in with_shapes(connection, name)]
    return [table for table in collections(connection).values() if table.shape is not None]


def _boxes(connection: sa.Connection, tables: list[FeatureTable]) -> list[Box]:
    return [box for table in tables if (box := extent(connection, table)) is not None]


def _tilesets(request: Request, own: str, title: str) -> Response:
    links = [
        Link(address(request, f"{own}/tiles"), "self", JSON),
        Link(address(request, f"{own}/tiles", f="html"), "alternate", HTML),
    ]
    of_set = [
        Link(address(request, f"{own}/tiles/{GRID}"), "self", JSON),
        Link(address(request, f"/tileMatrixSets/{GRID}"), _GRID_OF, JSON),
    ]
    one = {
        "title": title,
        "dataType": "vector",
        "crs": CRS,
        "tileMatrixSetURI": SCHEME,
        "links": [link.plain() for link in of_set],
    }
    body = {"links": [link.plain() for link in links], "tilesets": [one]}
    return json_answer(body, request=request)


def _tileset(
    request: Request,
    tables: list[FeatureTable],
    boxes: list[Box],
    own: str,
    given: dict[str, str],
) -> Response:
    template = address(request, f"{own}/tiles/{GRID}") + "/{tileMatrix}/{tileRow}/{tileCol}"
    if "collections" in given:
        template += f"?collections={','.join(table.name for table in tables)}"
    title = tables[0].label if len(tables) == 1 else say("全部图层", "All layers")
    if given.get("f") == "tilejson":
        return _tilejson(request, title, tables, boxes, template)
    if "f" in given and given["f"] not in _FORMS:
        raise no_form(given["f"], _FORMS)
    if form_of(request) == "html":
        return pages.tiles(request, title, own, tables)
    links = [
        Link(address(request, f"{own}/tiles/{GRID}"), "self", JSON).plain(),
        Link(address(request, f"/tileMatrixSets/{GRID}"), _GRID_OF, JSON).plain(),
        Link(template, "item", MVT).plain() | {"templated": True},
    ]
    body: dict[str, Any] = {
        "title": title,
        "dataType": "vector",
        "crs": CRS,
        "tileMatrixSetURI": SCHEME,
        "layers": [{"id": t.name, "title": t.label, "dataType": "vector"} for t in tables],
        "links": links,
    }
    if boxes:
        box = around(boxes)
        body["boundingBox"] = {
            "lowerLeft": [box.west, box.south],
            "upperRight": [box.east, box.north],
            "crs": CRS84,
        }
    return json_answer(body, request=request)


def _tilejson(
    request: Request, title: str, tables: list[FeatureTable], boxes: list[Box], template: str
) -> Response:
    for ours, theirs in (("{tileMatrix}", "{z}"), ("{tileRow}", "{y}"), ("{tileCol}", "{x}")):
        template = template.replace(ours, theirs)
    body: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": title,
        "tiles": [template],
        "minzoom": _ZOOMS[0],
        "maxzoom": _ZOOMS[1],
        "vector_layers": [described(table, _ZOOMS) for table in tables],
    }
    if boxes:
        box = around(boxes)
        body["bounds"] = [box.west, box.south, box.east, box.north]
    return json_answer(body, request=request)
