"""``/tileMatrixSets``: into which tiles the world is cut (OGC 17-083r4)."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc.parameters import JSON_ONLY, Parameter, asked
from api.ogc.respond import JSON, Link, address, form_of, json_answer
from api.openapi import described
from geo.errors import NotFoundError
from geo.text import say
from geo.tiles import DEEPEST

router = APIRouter(tags=["瓦片"])

_GRIDS: Final = "http://www.opengis.net/spec/tms/2.0/conf/"
CONFORMS: Final = tuple(f"{_GRIDS}{name}" for name in ("tilematrixset", "json-tilematrixset"))

GRID: Final = "WebMercatorQuad"
SCHEME: Final = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
CRS: Final = "http://www.opengis.net/def/crs/EPSG/0/3857"
_HALF_WORLD_M: Final = 20_037_508.342_789_2
_PIXEL_M: Final = 0.00028
"""Side of a pixel that scale denominators suppose (OGC 17-083r4, clause 6.1.1)."""

GRID_ID: Final = Parameter(
    "tileMatrixSetId",
    "瓦片网格，只有 WebMercatorQuad。",
    {"type": "string", "enum": [GRID]},
    example=GRID,
    place="path",
)


@router.get(
    "/tileMatrixSets",
    **described(".getTileMatrixSetsList", "瓦片网格", "瓦片按哪些网格划分。", JSON_ONLY),
)
def matrix_sets(request: Request) -> Response:
    """Return the one grid of tiles there is."""
    form_of(request, has=("json",))
    asked(request, ("f",))
    own = Link(address(request, f"/tileMatrixSets/{GRID}"), "self", JSON)
    grid = {"id": GRID, "title": GRID, "uri": SCHEME, "crs": CRS, "links": [own.plain()]}
    return json_answer({"tileMatrixSets": [grid]}, request=request)


@router.get(
    "/tileMatrixSets/{tileMatrixSetId}",
    **described(".getTileMatrixSet", "一个瓦片网格", "各级瓦片的大小和个数。", GRID_ID, JSON_ONLY),
)
def matrix_set(request: Request) -> Response:
    """Return the grid with the size of its tiles by zoom."""
    form_of(request, has=("json",))
    asked(request, ("f",))
    require_grid(request)
    cells = [2 * _HALF_WORLD_M / (256 << zoom) for zoom in range(DEEPEST + 1)]
    matrices = [
        {
            "id": str(zoom),
            "scaleDenominator": cell / _PIXEL_M,
            "cellSize": cell,
            "cornerOfOrigin": "topLeft",
            "pointOfOrigin": [-_HALF_WORLD_M, _HALF_WORLD_M],
            "tileWidth": 256,
            "tileHeight": 256,
            "matrixWidth": 1 << zoom,
            "matrixHeight": 1 << zoom,
        }
        for zoom, cell in enumerate(cells)
    ]
    body = {"id": GRID, "title": GRID, "uri": SCHEME, "crs": CRS, "orderedAxes": ["X", "Y"]}
    return json_answer(body | {"tileMatrices": matrices}, request=request)


def require_grid(request: Request) -> None:
    """Refuse a grid that there is not.

    Raises
    ------
    NotFoundError
        The path names another grid.
    """
    name = request.path_params["tileMatrixSetId"]
    if name != GRID:
        raise NotFoundError(
            say(f"没有瓦片网格“{name}”。", f"there is no grid of tiles {name!r}."),
            hint=say(f"只有 {GRID}。", f"there is {GRID} only."),
        )
