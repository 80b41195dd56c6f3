"""Put features in, change them, take them away (OGC API Features, part 4).

An edit of what is published names the version it saw and is carried out at once by who may
publish, and becomes a proposal for who may not. Under ``/ws/{id}`` the same addresses edit the
draft alone, and need name nothing, since nobody else writes there.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import sqlalchemy as sa
from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.errors import MethodNotAllowedError, StaleError
from api.ogc import crs, edited, name_cases
from api.ogc.catalogue import collection
from api.ogc.conditions import Seen, require_seen, seen_by
from api.ogc.names import ID
from api.ogc.parameters import COLLECTION, FEATURE, asked
from api.ogc.proposing import accepted, propose_alone
from api.ogc.respond import GEOJSON, address
from api.ogc.stale import stale
from api.openapi import described
from api.people.person import person_of, require
from api.store import draft_id, reading, workspace_of
from geo.schema import LayerSchema
from geo.schema import layers as layer_schemas
from geo.store.applying import Done, Edit, StaleRowError, absent, apply, new_key, there_already
from geo.store.drafts.book import ANY, draft_of, put, row_in
from geo.store.features import Turned
from geo.store.history import By, version_of
from geo.store.records import Record, Row, blank, read
from geo.text import say

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
_READ: Final = "GET, HEAD, OPTIONS"


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
    schema = _editable(request)

    def edit(now: Row | None, seen: Seen) -> Edit:
        return Edit(schema.name, key, None, _version(request, seen, now))

    return _carried_out(request, schema, key, edit, lambda _: None)


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
    schema = _editable(request)
    key = edited.key_in(schema, body) or new_key(schema)
    changes = edited.changes_in(
        schema, body, key=key, was=None, whole=True, turned=_turned(request)
    )

    def edit(now: Row | None, _: Seen) -> Edit:
        if now is not None:
            raise there_already(schema, key)
        return Edit(schema.name, key, {**blank(schema), **changes})

    return _carried_out(request, schema, key, edit, lambda _: changes)


def _change(request: Request, body: Any, *, whole: bool) -> Response:  # noqa: ANN401
    asked(request, ())
    name, key = request.path_params["collectionId"], request.path_params["featureId"]
    if name == ID:
        return name_cases.rename(request, key, body)
    schema = _editable(request)
    turned = _turned(request)

    def changed(was: Record | None) -> Record:
        given = edited.changes_in(schema, body, key=key, was=was, whole=whole, turned=turned)
        return {**blank(schema), **(was or {}), **given}

    def edit(now: Row | None, seen: Seen) -> Edit:
        if whole and seen.new:
            if now is not None:
                raise StaleRowError(schema, Edit(schema.name, key, None, 0), now)
            return Edit(schema.name, key, changed(None))
        version = _version(request, seen, now)
        if now is None or version not in (ANY, now.version):
            return Edit(schema.name, key, {}, version)  # refused before it is looked at
        return Edit(schema.name, key, changed(now.record), version)

    return _carried_out(request, schema, key, edit, changed)


def _version(request: Request, seen: Seen, now: Row | None) -> int:
    """Return the version that an edit names; in a draft it need name none."""
    if not draft_id(request):
        require_seen(seen)
    elif not seen.said:
        return ANY
    return now.version if now is not None and seen.fits(now.version) else seen.one


def _carried_out(
    request: Request,
    schema: LayerSchema,
    key: str,
    edit_of: Callable[[Row | None, Seen], Edit],
    yours: Callable[[Record | None], Record | None],
) -> Response:
    """Carry an edit out: in the draft, at once, or as a proposal."""
    seen, draft, person = seen_by(request), draft_id(request), person_of(request)
    by = By(person.id, datetime.now(UTC).isoformat(timespec="milliseconds"))
    try:
        with workspace_of(request).writing() as connection:
            now = _now(connection, draft, schema, key)
            edit = edit_of(now, seen)
            if edit.version is not None:
                _must_fit(connection, schema, edit, now, draft=draft)
            if draft:
                done = put(connection, draft_of(connection, draft), edit, by)
            elif person.may("publish"):
                (done,) = apply(connection, [edit], by)
            else:
                return accepted(request, propose_alone(connection, person, schema, edit, by))
    except StaleRowError as error:
        with workspace_of(request).reading() as connection:
            raise StaleError(
                error.message,
                hint=error.hint,
                **stale(connection, schema, error, yours, draft=draft),
            ) from error
    return _answered(request, schema, edit, done)


def _now(connection: sa.Connection, draft: str, schema: LayerSchema, key: str) -> Row | None:
    if draft:
        return row_in(connection, draft, schema, key)
    return read(connection, schema, [key]).get(key)


def _must_fit(
    connection: sa.Connection, schema: LayerSchema, edit: Edit, now: Row | None, *, draft: str
) -> None:
    """Refuse an edit of another version than the one that stands, before anything else."""
    if now is None and (draft or not version_of(connection, schema.name, edit.key)):
        raise absent(schema, edit.key)
    if now is None or edit.version not in (ANY, now.version):
        raise StaleRowError(schema, edit, now)


def _answered(request: Request, schema: LayerSchema, edit: Edit, done: Done) -> Response:
    headers = {} if edit.after is None else {"ETag": f'"{done.version}"'}
    if edit.version is None:
        path = f"/collections/{schema.name}/items/{quote(done.key, safe='')}"
        headers["Location"] = address(request, path)
        return Response(status_code=201, headers=headers)
    return Response(status_code=204, headers=headers)


def _editable(request: Request) -> LayerSchema:
    """Return the layer that a request edits, if its sender may.

    Raises
    ------
    MethodNotAllowedError
        The collection is a result, which nobody edits.
    """
    name = request.path_params["collectionId"]
    with reading(request) as connection:
        collection(connection, name)
    schema = layer_schemas().get(name)
    if schema is None:
        raise MethodNotAllowedError(
            say(f"“{name}”是分析结果，不能修改。", f"{name} is a result and cannot be edited."),
            headers={"Allow": _READ},
        )
    person = require(request, "edit")
    if not draft_id(request) and not person.may("publish"):
        require(request, "propose")
    return schema


def _turned(request: Request) -> Turned:
    given = request.headers.get("content-crs", "").strip().removeprefix("<").removesuffix(">")
    return crs.parsed(given or crs.CRS84)[1]


def _options(request: Request, methods: tuple[str, ...]) -> Response:
    asked(request, ())
    name, person = request.path_params["collectionId"], person_of(request)
    with reading(request) as connection:
        collection(connection, name)
    proposing = person.may("propose")
    here = (
        name in layer_schemas() and (bool(draft_id(request)) or person.may("publish") or proposing)
    ) or (name == ID and proposing and not draft_id(request))
    allowed = [_READ, *(methods if here and person.may("edit") else ())]
    headers = {"Allow": ", ".join(allowed)}
    if "POST" in headers["Allow"]:
        headers["Accept-Post"] = GEOJSON
    if "PATCH" in headers["Allow"]:
        headers["Accept-Patch"] = f"{MERGE_PATCH}, {GEOJSON}"
    return Response(status_code=200, headers=headers)
