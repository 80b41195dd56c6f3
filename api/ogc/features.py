"""``/collections/{id}/items``: features in pages, by box, day, property and condition."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import orjson
import shapely
import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.ogc import crs
from api.ogc.catalogue import collection
from api.ogc.parameters import COLLECTION, FEATURE, FORMAT, Parameter, asked, documented, numbers, whole
from api.ogc.respond import GEOJSON, HTML, JSON, Link, address, json_answer
from api.store import reading, settings_of
from geo.errors import DataError, NotFoundError
from geo.store.features import (
    Box,
    FeatureTable,
    Field,
    Query,
    Turned,
    count,
    feature_json,
    features_json,
    one,
    page,
)
from geo.text import say

router = APIRouter(tags=["要素"])

_LIMIT = Parameter(
    "limit",
    "每页最多多少个要素。",
    {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100},
    example=10,
)
_BBOX = Parameter(
    "bbox",
    "只要与这个范围相交的要素：西,南,东,北（按 bbox-crs，默认经度在前）。",
    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
)
_BBOX_CRS = Parameter("bbox-crs", "bbox 的坐标系，默认 CRS84。", {"type": "string", "format": "uri"})
_CRS = Parameter("crs", "结果的坐标系，默认 CRS84。", {"type": "string", "format": "uri"})
_AFTER = Parameter("after", "下一页的记号，取自上一页的 next 链接。")

ITEMS: Final = (_LIMIT, _BBOX, _BBOX_CRS, _CRS, _AFTER, FORMAT)


@router.get(
    "/collections/{collectionId}/items",
    summary="一页要素",
    operation_id="items",
    openapi_extra=documented(COLLECTION, *ITEMS),
)
def items(request: Request) -> Response:
    """Return one page of a collection."""
    name = request.path_params["collectionId"]
    with reading(request) as connection:
        table = collection(connection, name)
        names = [parameter.name for parameter in ITEMS]
        labels = [word for one in table.fields for word in (one.name, one.zh)]
        given = asked(request, [*names, *labels])
        uri, turned = crs.parsed(given.get("crs", crs.CRS84))
        query = _query(request, table, given)
        found = page(connection, table, query)
        matched: int | None = len(found.ids)
        if found.after is not None or query.after is not None:
            matched = count(connection, table, query)
        members = _members(request, table, given, found.after)
        members |= {"numberReturned": len(found.ids)}
        if matched is not None:
            members |= {"numberMatched": matched}
        body = features_json(
            found,
            turned=turned,
            members=members,
            postgis=connection.dialect.name == "postgresql",
        )
    return json_answer(
        body, media_type=GEOJSON, headers={"Content-Crs": f"<{uri}>"}, request=request
    )


@router.get(
    "/collections/{collectionId}/items/{featureId:path}",
    summary="一个要素",
    operation_id="item",
    openapi_extra=documented(COLLECTION, FEATURE, _CRS, FORMAT),
)
def item(request: Request) -> Response:
    """Return one feature."""
    name, key = request.path_params["collectionId"], request.path_params["featureId"]
    given = asked(request, ("f", "crs"))
    uri, turned = crs.parsed(given.get("crs", crs.CRS84))
    with reading(request) as connection:
        table = collection(connection, name)
        found = one(connection, table, key)
        postgis = connection.dialect.name == "postgresql"
    if not found.ids:
        raise NotFoundError(
            say(f"集合“{name}”里没有“{key}”。", f"there is no {key!r} in {name}."),
        )
    own = f"/collections/{name}"
    links = [
        Link(address(request, f"{own}/items/{key}"), "self", GEOJSON),
        Link(address(request, f"{own}/items/{key}", f="html"), "alternate", HTML),
        Link(address(request, own), "collection", JSON, table.label),
    ]
    body = feature_json(
        found,
        turned=turned,
        members={"links": [link.plain() for link in links]},
        postgis=postgis,
    )
    headers = {"Content-Crs": f"<{uri}>"}
    if found.versions:
        headers["ETag"] = f'"{found.versions[0]}"'
    return json_answer(body, media_type=GEOJSON, headers=headers, request=request)


def _query(request: Request, table: FeatureTable, given: Mapping[str, str]) -> Query:
    settings = settings_of(request)
    limit = settings.limit_default
    if "limit" in given:
        limit = whole("limit", given["limit"], least=1, most=settings.limit_most)
    conditions = [
        _equal(table, one, given[word])
        for one in table.fields
        for word in dict.fromkeys((one.name, one.zh))
        if word in given
    ]
    return Query(
        limit=limit,
        after=_after(table, given["after"]) if "after" in given else None,
        box=_box(given),
        where=tuple(conditions),
    )


def _box(given: Mapping[str, str]) -> Box | None:
    if "bbox" not in given:
        return None
    sides = numbers("bbox", given["bbox"], (4, 6))
    west, south, east, north = sides if len(sides) == 4 else (*sides[:2], *sides[3:5])  # noqa: PLR2004
    return Box(west, south, east, north)


def _equal(table: FeatureTable, field: Field, text: str) -> sa.ColumnElement[bool]:
    return table.source.c[field.name] == _value(field, text)


def _value(field: Field, text: str) -> object:
    try:
        match field.kind:
            case "int":
                return int(text)
            case "float":
                return float(text)
            case "bool":
                return {"true": True, "false": False, "1": True, "0": False}[text.lower()]
            case "date":
                return date.fromisoformat(text)
            case _:
                return text
    except (ValueError, KeyError):
        raise DataError(
            say(f"“{field.zh}”不能是“{text}”。", f"{field.name} cannot be {text!r}.")
        ) from None


def _members(
    request: Request, table: FeatureTable, given: Mapping[str, str], after: tuple[Any, ...] | None
) -> dict[str, Any]:
    path = f"/collections/{table.name}/items"
    links = [
        Link(address(request, path, **given), "self", GEOJSON),
        Link(address(request, path, **{**given, "f": "html"}), "alternate", HTML),
        Link(address(request, f"/collections/{table.name}"), "collection", JSON, table.label),
    ]
    if after is not None:
        token = base64.urlsafe_b64encode(orjson.dumps(after)).rstrip(b"=").decode()
        following = {**given, "after": token}
        links.append(Link(address(request, path, **following), "next", GEOJSON))
    return {"links": [link.plain() for link in links]}


def _after(table: FeatureTable, token: str) -> tuple[Any, ...]:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        values = orjson.loads(raw)
    except (ValueError, binascii.Error):
        values = None
    if not isinstance(values, list) or len(values) != 1:
        raise DataError(say("参数“after”不是本服务给的记号。", "after is no mark of this server."))
    return tuple(values)
