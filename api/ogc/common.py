"""``/``, ``/conformance``, ``/collections``: where a reader begins, and what there is to read."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import crs, pages
from api.ogc.catalogue import collection, collections
from api.ogc.home import home
from api.ogc.outdated import outdated_result
from api.ogc.parameters import COLLECTION, FORMAT, asked
from api.ogc.respond import (
    GEOJSON,
    HTML,
    JSON,
    OPENAPI,
    SCHEMA,
    Link,
    address,
    form_of,
    json_answer,
)
from api.openapi import described
from api.people.published import is_there
from api.store import draft_id, reading
from geo.store.features import FeatureTable, Query, count, extent
from geo.store.results import PREFIX
from geo.text import say

router = APIRouter(tags=["OGC API"])

_OGC: Final = "http://www.opengis.net/spec/"
CONFORMS: Final = (
    f"{_OGC}ogcapi-common-1/1.0/conf/core",
    f"{_OGC}ogcapi-common-1/1.0/conf/landing-page",
    f"{_OGC}ogcapi-common-1/1.0/conf/json",
    f"{_OGC}ogcapi-common-1/1.0/conf/html",
    f"{_OGC}ogcapi-common-1/1.0/conf/oas30",
    f"{_OGC}ogcapi-common-2/1.0/conf/collections",
    f"{_OGC}ogcapi-common-2/1.0/conf/html",
    f"{_OGC}ogcapi-common-2/1.0/conf/json",
    f"{_OGC}ogcapi-features-1/1.0/conf/core",
    f"{_OGC}ogcapi-features-1/1.0/conf/geojson",
    f"{_OGC}ogcapi-features-1/1.0/conf/html",
    f"{_OGC}ogcapi-features-1/1.0/conf/oas30",
    f"{_OGC}ogcapi-features-2/1.0/conf/crs",
    f"{_OGC}ogcapi-features-3/1.0/conf/queryables",
    f"{_OGC}ogcapi-features-3/1.0/conf/queryables-query-parameters",
    f"{_OGC}ogcapi-features-3/1.0/conf/filter",
    f"{_OGC}ogcapi-features-3/1.0/conf/features-filter",
    f"{_OGC}ogcapi-features-5/1.0/conf/schemas",
    f"{_OGC}ogcapi-features-5/1.0/conf/queryables",
    f"{_OGC}cql2/1.0/conf/cql2-text",
    f"{_OGC}cql2/1.0/conf/cql2-json",
    f"{_OGC}cql2/1.0/conf/basic-cql2",
    f"{_OGC}cql2/1.0/conf/advanced-comparison-operators",
    f"{_OGC}cql2/1.0/conf/case-insensitive-comparison",
    f"{_OGC}cql2/1.0/conf/basic-spatial-functions",
    f"{_OGC}cql2/1.0/conf/basic-spatial-functions-plus",
    f"{_OGC}cql2/1.0/conf/spatial-functions",
    f"{_OGC}cql2/1.0/conf/temporal-functions",
    f"{_OGC}cql2/1.0/conf/arithmetic",
    f"{_OGC}cql2/1.0/conf/property-property",
)


@router.get(
    "/",
    **described(
        "landing", "首页", "从这里开始：数据、接口说明和遵循的标准。", FORMAT, gives=(JSON, HTML)
    ),
)
def landing(request: Request) -> Response:
    """Return where a reader begins."""
    form = form_of(request)
    asked(request, ("f",))
    title = say("服务圈", "Fuwuquan")
    about = say(
        "本地的图层、地名和分析结果，按 OGC API 开放标准提供。",
        "Layers, names and results of this place, by the open standards of OGC API.",
    )
    if form == "html":
        if draft_id(request):
            return _page_of_draft(request)
        return home(request, title=title, about=about)
    links = [
        Link(address(request, "/"), "self", JSON, say("首页", "This page")),
        Link(address(request, "/", f="html"), "alternate", HTML, say("网页", "As a page")),
        Link(address(request, "/api"), "service-desc", OPENAPI, "OpenAPI"),
        Link(address(request, "/api", f="html"), "service-doc", HTML, say("接口说明", "The API")),
        Link(address(request, "/conformance"), "conformance", JSON, say("标准", "Standards")),
        Link(address(request, "/collections"), "data", JSON, say("全部集合", "Collections")),
    ]
    links += _more(request, "landing_links")
    body = {
        "title": title,
        "description": about,
        "links": [link.plain() for link in links],
    }
    return json_answer(body, request=request)


@router.get(
    "/conformance",
    **described("conformance", "遵循的标准", "接口遵循的标准类。", FORMAT, gives=(JSON, HTML)),
)
def conformance(request: Request) -> Response:
    """Return the standards that the API keeps."""
    form = form_of(request)
    asked(request, ("f",))
    classes = [one for part in _parts(request) for one in getattr(part, "CONFORMS", ())]
    if form == "html":
        return pages.conformance(request, classes)
    return json_answer({"conformsTo": classes}, request=request)


@router.get(
    "/collections",
    **described("collections", "全部集合", "全部图层、结果和地名。", FORMAT, gives=(JSON, HTML)),
)
def list_collections(request: Request) -> Response:
    """Return every layer, result and list of names."""
    form = form_of(request)
    asked(request, ("f",))
    with reading(request) as connection:
        if form == "html":
            tables = collections(connection)
            counts = {name: count(connection, t, Query(limit=1)) or 0 for name, t in tables.items()}
            return pages.collections(request, list(tables.values()), counts)
        described = [
            _described(request, connection, table, all_crs=False)
            for table in collections(connection).values()
        ]
    links = [
        Link(address(request, "/collections"), "self", JSON),
        Link(address(request, "/collections", f="html"), "alternate", HTML),
    ]
    body = {
        "links": [link.plain() for link in links],
        "crs": crs.known(),
        "collections": described,
    }
    return json_answer(body, request=request)


@router.get(
    "/collections/{collectionId}",
    **described(
        "collection",
        "一个集合",
        "名称、范围、坐标系和链接。",
        COLLECTION,
        FORMAT,
        gives=(JSON, HTML),
    ),
)
def one_collection(request: Request) -> Response:
    """Return what one collection is."""
    form = form_of(request)
    asked(request, ("f",))
    with reading(request) as connection:
        table = collection(connection, request.path_params["collectionId"])
        if form == "html":
            number, box = count(connection, table, Query(limit=1)) or 0, extent(connection, table)
        else:
            body = _described(request, connection, table, all_crs=True)
    if form == "html":
        return pages.collection(request, table, number=number, extent=box)
    if table.name.startswith(PREFIX):
        body["stale"] = outdated_result(request, table.name)
    return json_answer(body, request=request)


def _described(
    request: Request, connection: sa.Connection, table: FeatureTable, *, all_crs: bool
) -> dict[str, Any]:
    own = f"/collections/{table.name}"
    links = [
        Link(address(request, own), "self", JSON, table.label),
        Link(address(request, own, f="html"), "alternate", HTML, table.label),
        Link(address(request, f"{own}/items"), "items", GEOJSON, table.label),
        Link(address(request, f"{own}/items", f="html"), "items", HTML, table.label),
        Link(
            address(request, f"{own}/queryables"),
            "http://www.opengis.net/def/rel/ogc/1.0/queryables",
            SCHEMA,
            say("可查询的属性", "Queryables"),
        ),
        Link(
            address(request, f"{own}/schema"),
            "http://www.opengis.net/def/rel/ogc/1.0/schema",
            SCHEMA,
            say("属性结构", "Schema"),
        ),
    ]
    links += _more(request, "collection_links", table)
    body: dict[str, Any] = {
        "id": table.name,
        "title": table.label,
        "description": table.about or table.label,
        "links": [link.plain() for link in links],
        "itemType": "feature",
        "crs": list(crs.known()) if all_crs else ["#/crs"],
        "storageCrs": crs.STORED,
    }
    box = extent(connection, table)
    if box is not None:
        sides = [box.west, box.south, box.east, box.north]
        body["extent"] = {"spatial": {"bbox": [sides], "crs": crs.CRS84}}
    return body


def _page_of_draft(request: Request) -> Response:
    """Return the page of the draft whose own root is asked: the part that keeps drafts has it."""
    pages_of_drafts = (part.landing_page for part in request.app.state.parts
                       if hasattr(part, "landing_page"))  # fmt: skip
    page = next(pages_of_drafts)(request)
    assert isinstance(page, Response)
    return page


def _more(request: Request, name: str, *about: FeatureTable) -> list[Link]:
    """Return the links that other parts of the API add to a resource."""
    return [
        link
        for part in _parts(request)
        if hasattr(part, name)
        for link in getattr(part, name)(request, *about)
    ]


def _parts(request: Request) -> list[Any]:
    """Return the parts of the API of which the one who asks finds some route."""
    return [
        part
        for part in request.app.state.parts
        if any(
            is_there(route.path, route.methods or ())
            for route in part.router.routes
            if isinstance(route, APIRoute)
        )
    ]
