"""Put features in, change them, take them away (OGC API Features, part 4).

An edit of what is published names the version it saw and is carried out at once by who may
publish, and becomes a proposal for who may not. Under ``/ws/{id}`` the same addresses edit the
draft alone, and need name nothing, since nobody else writes there.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.ogc import edited, name_cases
from api.ogc.carrying_out import READ_ONLY, carried_out, editable, turned_of, version_seen
from api.ogc.catalogue import collection
from api.ogc.conditions import Seen
from api.ogc.names import ID
from api.ogc.parameters import COLLECTION, FEATURE, asked
from api.ogc.respond import GEOJSON
from api.openapi import described
from api.people.person import person_of
from api.store import draft_id, reading
from geo.schema import layers as layer_schemas
from geo.store.applying import Edit, StaleRowError, new_key, there_already
from geo.store.drafts.book import ANY
from geo.store.records import Record, Row, blank

router = APIRouter(tags=["编辑"])

_PART: Final = "http://www.opengis.net/spec/ogcapi-features-4/1.0/conf/"
CONFORMS: Final = tuple(
    f"{_PART}{name}"
    for name in (
        "create-replace-delete",
        "update",
        "optimistic-locking-etags",
        "features",
    )
)

MERGE_PATCH: Final = "application/merge-patch+json"
_FAILS: Final = (400, 401, 403, 404, 405, 409, 413, 415, 503)
_FEATURE: Final = {
    "required": True,
    "content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/Feature"}}},
}
_PATCH: Final = {
    "required": True,
    "content": {kind: {"schema": {"type": "object"}} for kind in (MERGE_PATCH, GEOJSON)},
}


@router.post(
    "/collections/{collectionId}/items",
    **described(
        "createItem",
        "新建要素",
        "新建一个要素，地址在 Location 里。没有发布权限的人得到 202：成为待审批的报送；"
        "地名成为案卷。在草稿里只写入草稿。",
        COLLECTION,
        gives=(),
        status=201,
        fails=(202, *_FAILS),
        body=_FEATURE,
    ),
)
async def create(request: Request) -> Response:
    """Put a feature in."""
    body = await json_of(request, GEOJSON)
    return await to_thread.run_sync(partial(_create, request, body))


@router.put(
    "/collections/{collectionId}/items/{featureId:path}",
    **described(
        "replaceItem",
        "替换要素",
        "整个替换，没写的属性为空。要写 If-Match；If-None-Match: * 表示新建。在草稿里可以不写。",
        COLLECTION,
        FEATURE,
        gives=(),
        status=204,
        fails=(201, 202, *_FAILS, 412, 428),
        body=_FEATURE,
    ),
)
async def replace(request: Request) -> Response:
    """Put a feature in place of one, or in where there is none."""
    body = await json_of(request, GEOJSON)
    return await to_thread.run_sync(partial(_change, request, body, whole=True))


@router.patch(
    "/collections/{collectionId}/items/{featureId:path}",
    **described(
        "updateItem",
        "修改要素",
        "只改写出的属性，null 为清空（RFC 7396）。要写 If-Match；在草稿里可以不写。",
        COLLECTION,
        FEATURE,
        gives=(),
        status=204,
        fails=(202, *_FAILS, 412, 428),
        body=_PATCH,
    ),
)
async def update(request: Request) -> Response:
    """Change some properties of a feature."""
    body = await json_of(request, MERGE_PATCH, GEOJSON)
    return await to_thread.run_sync(partial(_change, request, body, whole=False))


@router.delete(
    "/collections/{collectionId}/items/{featureId:path}",
    **described(
        "deleteItem",
        "删除要素",
        "要写 If-Match；在草稿里可以不写。",
        COLLECTION,
        FEATURE,
        gives=(),
        status=204,
        fails=(202, *(code for code in _FAILS if code != 415), 412, 428),  # noqa: PLR2004
    ),
)
def delete(request: Request) -> Response:
    """Take a feature away."""
    asked(request, ())
    name, key = request.path_params["collectionId"], request.path_params["featureId"]
    if name == ID:
        return name_cases.retire(request, key)
    schema = editable(request)

    def edit(now: Row | None, seen: Seen) -> Edit:
        return Edit(schema.name, key, None, version_seen(request, seen, now))

    return carried_out(request, schema, key, edit, lambda _: None)


@router.options(
    "/collections/{collectionId}/items",
    **described(
        "itemsOptions", "允许的方法", "响应头 Allow 列出您可用的方法。", COLLECTION, gives=()
    ),
)
def items_options(request: Request) -> Response:
    """Tell what may be done with a collection."""
    return _options(request, ("POST",))


@router.options(
    "/collections/{collectionId}/items/{featureId:path}",
    **described(
        "itemOptions",
        "允许的方法",
        "响应头 Allow 列出您可用的方法。",
        COLLECTION,
        FEATURE,
        gives=(),
    ),
)
def item_options(request: Request) -> Response:
    """Tell what may be done with a feature."""
    return _options(request, ("PUT", "PATCH", "DELETE"))


def _create(request: Request, body: Any) -> Response:  # noqa: ANN401 - any JSON value
    asked(request, ())
    if request.path_params["collectionId"] == ID:
        return name_cases.name(request, body)
    schema = editable(request)
    key = edited.key_in(schema, body) or new_key(schema)
    changes = edited.changes_in(
        schema, body, key=key, was=None, whole=True, turned=turned_of(request)
    )

    def edit(now: Row | None, _: Seen) -> Edit:
        if now is not None:
            raise there_already(schema, key)
        return Edit(schema.name, key, {**blank(schema), **changes})

    return carried_out(request, schema, key, edit, lambda _: changes)


def _change(request: Request, body: Any, *, whole: bool) -> Response:  # noqa: ANN401
    asked(request, ())
    name, key = request.path_params["collectionId"], request.path_params["featureId"]
    if name == ID:
        return name_cases.rename(request, key, body)
    schema = editable(request)
    turned = turned_of(request)

    def changed(was: Record | None) -> Record:
        given = edited.changes_in(schema, body, key=key, was=was, whole=whole, turned=turned)
        return {**blank(schema), **(was or {}), **given}

    def edit(now: Row | None, seen: Seen) -> Edit:
        if whole and seen.new:
            if now is not None:
                raise StaleRowError(schema, Edit(schema.name, key, None), now)
            return Edit(schema.name, key, changed(None))
        version = version_seen(request, seen, now)
        if now is None or version not in (ANY, now.version):
            return Edit(schema.name, key, {}, version)  # refused before it is looked at
        return Edit(schema.name, key, changed(now.record), version)

    return carried_out(request, schema, key, edit, changed)


def _options(request: Request, methods: tuple[str, ...]) -> Response:
    asked(request, ())
    name, person = request.path_params["collectionId"], person_of(request)
    with reading(request) as connection:
        collection(connection, name)
    proposing = person.may("propose")
    here = (
        name in layer_schemas() and (bool(draft_id(request)) or person.may("publish") or proposing)
    ) or (name == ID and proposing and not draft_id(request))
    allowed = [READ_ONLY, *(methods if here and person.may("edit") else ())]
    headers = {"Allow": ", ".join(allowed)}
    if "POST" in headers["Allow"]:
        headers["Accept-Post"] = GEOJSON
    if "PATCH" in headers["Allow"]:
        headers["Accept-Patch"] = f"{MERGE_PATCH}, {GEOJSON}"
    return Response(status_code=200, headers=headers)
