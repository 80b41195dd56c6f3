"""``/api`` and ``/openapi.json``: the API describes itself, to clients and to people."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import pages
from api.ogc.parameters import FORMAT, JSON_ONLY, asked
from api.ogc.respond import HTML, JSON, OPENAPI, address, form_of, json_answer
from api.openapi import described, document, older
from api.people.published import is_there
from geo.text import say

router = APIRouter(tags=["OGC API"])
NEWER = "application/vnd.oai.openapi+json;version=3.1"


@router.get(
    "/api",
    **described(
        "api",
        "接口说明",
        "OpenAPI 3.0 文档（OGC 客户端读它），Accept 要 3.1 的给 3.1，或给人看的网页。",
        FORMAT,
        gives=(OPENAPI, NEWER, HTML),
    ),
)
def api(request: Request) -> Response:
    """Return the description of the API as OpenAPI 3.0 or as a page."""
    form = form_of(request, also=("application/vnd.oai.openapi+json",))
    asked(request, ("f",))
    whole = _served(request)
    if form == "html":
        return pages.page_of(
            request,
            "api.html",
            title=say("接口说明", "The API"),
            about=say(
                "下面是全部接口。本服务遵循 OGC API 标准，QGIS、GDAL 等软件可直接连接。",
                "Every operation. The API keeps the OGC API standards that QGIS and GDAL read.",
            ),
            json=address(request, "/openapi.json"),
            groups=_groups(whole),
        )
    if "version=3.1" in request.headers.get("accept", ""):
        return json_answer(whole, media_type=NEWER, request=request)
    return json_answer(older(whole), media_type=OPENAPI, request=request)


@router.get(
    "/openapi.json",
    **described(
        "openapi", "接口说明（OpenAPI 3.1）", "完整的 OpenAPI 3.1 文档。", JSON_ONLY, gives=(JSON,)
    ),
)
def openapi(request: Request) -> Response:
    """Return the description of the API as OpenAPI 3.1."""
    form_of(request, also=(NEWER.partition(";")[0],), has=("json",))
    asked(request, ("f",))
    return json_answer(_served(request), media_type=JSON, request=request)


def _served(request: Request) -> dict[str, Any]:
    whole = document(request.app)
    paths = {
        path: {verb: one for verb, one in operations.items() if is_there(path, (verb.upper(),))}
        for path, operations in whole["paths"].items()
    }
    return {
        **whole,
        "servers": [{"url": address(request, "/")}],
        "paths": {path: operations for path, operations in paths.items() if operations},
    }


def _groups(whole: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations by their first tag, in the order of the document."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in whole["paths"].items():
        for verb, operation in operations.items():
            tag = (operation.get("tags") or [say("其他", "Other")])[0]
            groups.setdefault(tag, []).append(
                {
                    "verb": verb.upper(),
                    "path": path,
                    "summary": operation.get("summary", ""),
                    "about": operation.get("description", ""),
                    "parameters": operation.get("parameters", []),
                    "answers": operation["responses"],
                }
            )
    return groups
