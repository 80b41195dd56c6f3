"""``/collections/{id}/items``: features in pages, by box, day, property and condition."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import crs, filter_pages, pages
from api.ogc.catalogue import collection
from api.ogc.item_parameters import CRS, ITEMS
from api.ogc.parameters import COLLECTION, FEATURE, FORMAT, asked
from api.ogc.query import Asked, read, token
from api.ogc.respond import GEOJSON, HTML, JSON, Link, address, form_of, json_answer
from api.ogc.search import MOST_HITS
from api.openapi import described
from api.people.published import is_shown
from api.store import bounded, draft_id, glanced, reading
from geo.errors import DataError, NotFoundError
from geo.store.features import (
    FeatureTable,
    Page,
    count,
    feature_json,
    features_json,
    glance,
    one,
    page,
)
from geo.text import say

router = APIRouter(tags=["要素"])


@router.get(
    "/collections/{collectionId}/items",
    **described(
        "items",
        "一页要素",
        "按范围、日期、属性或过滤条件读要素；沿 next 链接可读完全部。"
        "集合自己的属性名（英文或中文）也可以直接作参数，表示等于。",
        COLLECTION,
        *ITEMS,
        gives=(GEOJSON, HTML),
        schema="FeatureCollection",
        fails=(304, 400, 404, 406, 503),
    ),
)
def items(request: Request) -> Response:
    """Return one page of a collection."""
    form = form_of(request, also=(GEOJSON,))
    with reading(request) as connection:
        table = collection(connection, request.path_params["collectionId"])
        with bounded(request, connection):
            try:
                asking = read(request, connection, table)
            except DataError as error:
                if form == "html" and "filter" in request.query_params:
                    return filter_pages.refused(request, table, error)
                raise
            found = page(connection, table, asking.query)
            matched: int | None = len(found.ids)
            if found.after is not None or asking.query.after is not None:
                matched = count(connection, table, asking.query)
            if asking.best is not None:
                matched = None if len(asking.best) >= MOST_HITS else matched
                found = asking.ranked(found)
    if form == "html":
        return pages.items(request, table, asking, found, matched)
    members: dict[str, Any] = {"numberReturned": len(found.ids)}
    if matched is not None:
        members["numberMatched"] = matched
    members["links"] = [link.plain() for link in links_of_page(request, table, asking, found.after)]
    body = features_json(found, turned=asking.turned, members=members)
    headers = {"Content-Crs": f"<{asking.crs}>"}
    return json_answer(body, media_type=GEOJSON, headers=headers, request=request)


@router.get(
    "/collections/{collectionId}/items/{featureId:path}",
    **described(
        "item",
        "一个要素",
        "ETag 是它的版本，改它时写进 If-Match。",
        COLLECTION,
        FEATURE,
        CRS,
        FORMAT,
        gives=(GEOJSON, HTML),
        schema="Feature",
        fails=(304, 400, 404, 406, 503),
    ),
)
async def item(request: Request) -> Response:
    """Return one feature."""
    form = form_of(request, also=(GEOJSON,))
    name, key = request.path_params["collectionId"], request.path_params["featureId"]
    given = asked(request, ("f", "crs"))
    uri, turned = crs.parsed(given.get("crs", crs.CRS84))
    table, found = await _found(request, name, key)
    if not found.ids:
        raise NotFoundError(say(f"“{table.zh}”里没有“{key}”。", f"there is no {key!r} in {name}."))
    if form == "html":
        return await run_in_threadpool(pages.item, request, table, found)
    own = f"/collections/{name}"
    links = [
        Link(address(request, f"{own}/items/{quote(key, safe='')}"), "self", GEOJSON),
        Link(address(request, f"{own}/items/{quote(key, safe='')}", f="html"), "alternate", HTML),
        Link(address(request, own), "collection", JSON),  # no title: its mark is of any language
    ]
    members = {"links": [link.plain() for link in links]}
    headers = {"Content-Crs": f"<{uri}>"}
    if found.versions:
        headers["ETag"] = f'"{found.versions[0]}"'
    body = feature_json(found, turned=turned, members=members)
    return json_answer(body, media_type=GEOJSON, headers=headers, request=request)


async def _found(request: Request, name: str, key: str) -> tuple[FeatureTable, Page]:
    """Return a collection and the feature of an id, as a page of one or empty."""
    if is_shown(name) and not draft_id(request):
        seen = await glanced(request, partial(glance, name=name, key=key))
        if seen is not None:
            return seen
    return await run_in_threadpool(_looked_up, request, name, key)


def _looked_up(request: Request, name: str, key: str) -> tuple[FeatureTable, Page]:
    """Return the same by several questions of one state."""
    with reading(request) as connection:
        table = collection(connection, name)
        return table, one(connection, table, key)


def links_of_page(
    request: Request, table: FeatureTable, asking: Asked, after: tuple[Any, ...] | None
) -> list[Link]:
    """Return the links of a page of features, to the next one among them."""
    path = f"/collections/{table.name}/items"
    given = {name: text for name, text in asking.given.items() if name != "f"}
    links = [
        Link(address(request, path, **given), "self", GEOJSON),
        Link(address(request, path, **given, f="html"), "alternate", HTML),
        Link(address(request, f"/collections/{table.name}"), "collection", JSON, table.label),
    ]
    if after is not None:
        following = {**given, "after": token(after)}
        links.append(Link(address(request, path, **following), "next", GEOJSON))
    return links
