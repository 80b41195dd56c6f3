"""``/``, ``/conformance``, ``/collections``: where a reader begins, and what there is to read."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import crs, pages
from api.ogc.catalogue import collection, collections
from api.ogc.parameters import COLLECTION, FORMAT, asked, documented
from api.ogc.respond import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Link, address, form_of, json_answer
from api.store import reading
from geo.store.features import FeatureTable, Query, count, extent
from geo.text import say

router = APIRouter(tags=["OGC API"])

_OGC: Final = "http://www.opengis.net/spec/"
CONFORMANCE: Final = (
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
    "/", summary="首页", operation_id="landing", openapi_extra=documented(FORMAT)
)
def landing(request: Request) -> Response:
    """从这里开始：数据、接口说明和遵循的标准。."""
    form = form_of(request)
    asked(request, ("f",))
    title = say("服务圈", "Fuwuquan")
    about = say(
        "本地的图层、地名和分析结果，按 OGC API 开放标准提供。",
        "Layers, names and results of this place, by the open standards of OGC API.",
    )
    if form == "html":
        return pages.landing(request, title=title, about=about)
    links = [
        Link(address(request, "/"), "self", JSON, say("首页", "This page")),
        Link(address(request, "/", f="html"), "alternate", HTML, say("网页", "As a page")),
        Link(address(request, "/api"), "service-desc", OPENAPI, "OpenAPI"),
        Link(address(request, "/api", f="html"), "service-doc", HTML, say("接口说明", "The API")),
        Link(address(request, "/conformance"), "conformance", JSON, say("标准", "Standards")),
        Link(address(request, "/collections"), "data", JSON, say("全部集合", "Collections")),
    ]
    body = {
        "title": title,
        "description": about,
        "links": [link.plain() for link in links],
    }
    return json_answer(body, request=request)


@router.get(
    "/conformance", summary="遵循的标准", operation_id="conformance",
    openapi_extra=documented(FORMAT),
)
def conformance(request: Request) -> Response:
    """接口遵循的标准。."""
    form = form_of(request)
    asked(request, ("f",))
    if form == "html":
        return pages.conformance(request, CONFORMANCE)
    return json_answer({"conformsTo": CONFORMANCE}, request=request)


@router.get(
    "/collections", summary="全部集合", operation_id="collections",
    openapi_extra=documented(FORMAT),
)
def list_collections(request: Request) -> Response:
    """全部图层、结果和地名。."""
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
    "/collections/{collectionId}", summary="一个集合", operation_id="collection",
    openapi_extra=documented(COLLECTION, FORMAT),
)
def one_collection(request: Request) -> Response:
    """一个集合：名称、范围、坐标系和链接。."""
    form = form_of(request)
    asked(request, ("f",))
    with reading(request) as connection:
        table = collection(connection, request.path_params["collectionId"])
        if form == "html":
            number = count(connection, table, Query(limit=1)) or 0
            box = extent(connection, table)
            return pages.collection(request, table, number=number, extent=box)
        body = _described(request, connection, table, all_crs=True)
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
