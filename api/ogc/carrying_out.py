"""An edit on its way into the draft, into what is published, or into a proposal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import Response

from api.errors import MethodNotAllowedError, StaleError
from api.ogc import crs
from api.ogc.catalogue import collection
from api.ogc.conditions import Seen, require_seen, seen_by
from api.ogc.nearby import require_nearby
from api.ogc.proposing import accepted, propose_alone
from api.ogc.respond import address
from api.ogc.stale import stale
from api.people.person import person_of, require
from api.store import draft_id, reading, workspace_of
from geo.schema import LEVELS, LayerSchema
from geo.schema import layers as layer_schemas
from geo.store import history
from geo.store.applying import Done, Edit, StaleRowError, absent, apply
from geo.store.drafts.book import ANY, draft_of, put, row_in
from geo.store.features import Turned
from geo.store.history import By, version_of
from geo.store.records import SHAPE, Record, Row, read, shapes_of
from geo.text import say

READ_ONLY: Final = "GET, HEAD, OPTIONS"


def version_seen(request: Request, seen: Seen, now: Row | None) -> int:
    """Return the version that an edit names; in a draft it need name none."""
    if not draft_id(request):
        require_seen(seen, layer=True)
    elif not seen.said:
        return ANY
    return now.version if now is not None and seen.fits(now.version) else seen.one


def carried_out(
    request: Request,
    schema: LayerSchema,
    key: str,
    edit_of: Callable[[Row | None, Seen], Edit],
    yours: Callable[[Record | None], Record | None],
) -> Response:
    """Carry an edit out: in the draft, at once, or as a proposal.

    Parameters
    ----------
    request
        The request.
    schema, key
        The row that it edits.
    edit_of
        Gives the edit, made of the row as it is and of what the editor says he saw.
    yours
        Gives the row as the editor would have it, made of the one that he saw.

    Raises
    ------
    StaleError
        Somebody changed the row since; with both versions.
    """
    seen, draft, person = seen_by(request), draft_id(request), person_of(request)
    by = By(person.id, history.now())
    try:
        with workspace_of(request).writing() as connection:
            now = _now(connection, draft, schema, key)
            edit = edit_of(now, seen)
            if edit.version is not None:
                _must_fit(connection, schema, edit, now, draft=draft)
            _must_lie_here(connection, schema, edit, now)
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


def _must_lie_here(
    connection: sa.Connection, schema: LayerSchema, edit: Edit, now: Row | None
) -> None:
    """Refuse a shape far from here; units are not asked, for they say where here is."""
    shape = None if edit.after is None else edit.after.get(SHAPE)
    before = None if now is None else now.record.get(SHAPE)
    if shape is not None and shape != before and schema.name not in LEVELS:
        require_nearby(connection, shapes_of([{SHAPE: shape}])[0])


def _answered(request: Request, schema: LayerSchema, edit: Edit, done: Done) -> Response:
    headers = {} if edit.after is None else {"ETag": f'"{done.version}"'}
    if edit.version is None:
        path = f"/collections/{schema.name}/items/{quote(done.key, safe='')}"
        headers["Location"] = address(request, path)
        return Response(status_code=201, headers=headers)
    return Response(status_code=204, headers=headers)


def editable(request: Request) -> LayerSchema:
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
            headers={"Allow": READ_ONLY},
        )
    person = require(request, "edit")
    if not draft_id(request) and not person.may("publish"):
        require(request, "propose")
    return schema


def turned_of(request: Request) -> Turned:
    """Return the coordinates in which a request gives shapes.

    Raises
    ------
    DataError
        It names a reference system that is not served.
    """
    given = request.headers.get("content-crs", "").strip().removeprefix("<").removesuffix(">")
    return crs.parsed(given or crs.CRS84)[1]
