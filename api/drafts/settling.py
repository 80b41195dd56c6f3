"""``/ws/{id}/changes``: what a draft changes; to give one row up, to settle its conflicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.drafts import pages
from api.drafts.access import own_draft, seen_draft
from api.drafts.asking import DRAFT, FAILS, body_of
from api.drafts.changes import CHOICE, VALUE, in_box
from api.drafts.choosing import PARAMETERS, Chosen, back_to, chosen
from api.drafts.sending import acted, told_by
from api.drafts.shown import draft_told, text_in
from api.drafts.summed import changes_told
from api.ogc import crs, edited
from api.ogc.parameters import COLLECTION, FEATURE, FORMAT, asked
from api.ogc.respond import HTML, JSON, address, form_of, json_answer
from api.ogc.sent import is_form
from api.openapi import described
from api.people.person import require
from api.store import draft_id, workspace_of
from geo.errors import DataError, PlannerError
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store.applying import refused
from geo.store.drafts import book
from geo.store.drafts.proposals import last_of, resolve
from geo.store.drafts.standings import standing_of
from geo.store.merging import WHOLE
from geo.store.records import SHAPE, Cell, Record, settled, unfit
from geo.text import say

router = APIRouter(tags=["草稿"])

_SIDES: Final = ("theirs", "yours")
_Choice = tuple[Literal["theirs", "yours", "value"], Cell]


@router.get(
    "/ws/{draftId}/changes",
    **described(
        "draftChanges",
        "草稿改了什么",
        "逐行逐项列出改动；与已发布内容的冲突列出三方的值。图形也是一项。",
        DRAFT,
        FORMAT,
        *PARAMETERS,
        gives=(JSON, HTML),
        fails=(304, 406, *FAILS),
    ),
)
def changes(request: Request) -> Response:
    """Return what a draft changes."""
    form = form_of(request)
    view = chosen(request, form)
    with workspace_of(request).reading() as connection:
        draft = seen_draft(request, connection)
        standing, last = standing_of(connection, draft.id), last_of(connection, draft.id)
    if form == "html":
        return pages.draft(request, draft, standing, last, pages.View(view))
    told = {**draft_told(request, draft, last), **changes_told(standing, view)}
    return json_answer(told, request=request)


@router.delete(
    "/ws/{draftId}/changes/{collectionId}/{featureId:path}",
    **described(
        "discardChange",
        "放弃一行的改动",
        "这一行恢复成已发布的样子。",
        DRAFT,
        COLLECTION,
        FEATURE,
        gives=(),
        status=204,
        fails=FAILS,
    ),
)
def discard(request: Request) -> Response:
    """Give up what a draft changes of one row."""
    asked(request, ())
    given = request.path_params
    return _discard(request, given["collectionId"], given["featureId"])


@router.post(
    "/ws/{draftId}/discard",
    **described(
        "giveChangeUp",
        "放弃一行的改动",
        "与 DELETE 相同，给不能发 DELETE 的网页用。",
        DRAFT,
        gives=(),
        status=204,
        fails=(303, *FAILS),
        body=body_of(collection={"type": "string"}, id={"type": "string"}),
    ),
)
async def give_change_up(request: Request) -> Response:
    """Give up what a draft changes of one row, as a page asks it."""
    asked(request, ())
    require(request, "edit")
    body = await told_by(request, "collection", "id", "back")
    act = partial(_discard, request, text_in(body, "collection"), text_in(body, "id"))
    page = again(request, body)
    return await acted(request, act, to=_here(request, body), says="draft-undone", page=page)


@router.post(
    "/ws/{draftId}/resolve",
    **described(
        "resolveConflicts",
        "选定冲突",
        "对一行的每项冲突选定 theirs（已发布的）、yours（草稿的）或 {value: …}；整行的冲突写 *。",
        DRAFT,
        gives=(JSON,),
        fails=(303, *FAILS),
        body=body_of(
            collection={"type": "string"}, id={"type": "string"}, fields={"type": "object"}
        ),
    ),
)
async def resolve_conflicts(request: Request) -> Response:
    """Settle the conflicts of one row."""
    asked(request, ())
    require(request, "edit")
    body = await told_by(request, "collection", "id", "back", CHOICE, VALUE)
    act = partial(_resolve, request, body)
    page = again(request, body)
    return await acted(request, act, to=_here(request, body), says="draft-resolved", page=page)


def landing_page(request: Request) -> Response:
    """Return the page of the draft whose own root is asked."""
    with workspace_of(request).reading() as connection:
        draft = book.draft_of(connection, draft_id(request))
        standing, last = standing_of(connection, draft.id), last_of(connection, draft.id)
    return pages.draft(request, draft, standing, last, pages.View())


def again(request: Request, body: object) -> Callable[[PlannerError], Response]:
    """Return what shows the page of a draft again, with why a form was refused and what it had."""
    sent = body if isinstance(body, Mapping) else {}

    def page(problem: PlannerError) -> Response:
        with workspace_of(request).reading() as connection:
            draft = seen_draft(request, connection)
            standing, last = standing_of(connection, draft.id), last_of(connection, draft.id)
        return pages.draft(
            request,
            draft,
            standing,
            last,
            pages.View(replace(back_to(body), start=0), problem, sent),
        )

    return page


def _here(request: Request, body: object) -> str:
    """Return where a page is led whose form was sent: to the rows that it listed."""
    own = address(request, f"/ws/{request.path_params['draftId']}/changes")
    listed = back_to(body)
    return f"{own}?{listed.at(listed.start)}#changes"


def _discard(request: Request, layer: str, key: str) -> Response:
    with workspace_of(request).writing() as connection:
        book.discard(connection, own_draft(request, connection), layer, key)
    return Response(status_code=204)


def _resolve(request: Request, body: object) -> Response:
    layer, key = text_in(body, "collection"), text_in(body, "id")
    assert isinstance(body, Mapping)
    schema = layer_schema(layer)
    with workspace_of(request).writing() as connection:
        draft = own_draft(request, connection)
        was = _yours(connection, draft.id, layer, key)
        fields = _chosen(schema, body, was or {}) if is_form(request) else body.get("fields")
        if not isinstance(fields, Mapping) or not all(isinstance(name, str) for name in fields):
            raise DataError(say("fields 应是对象。", "fields must be an object."))
        chosen = {name: _choice(schema, name, value, was) for name, value in fields.items()}
        resolve(connection, draft, layer, key, chosen)
        standing = standing_of(connection, draft.id)
        draft = book.draft_of(connection, draft.id)
    return json_answer({**draft_told(request, draft), **changes_told(standing, Chosen())})


def _chosen(schema: LayerSchema, body: Mapping[str, str], was: Record) -> dict[str, Any]:
    """Return what a form chooses for each field in conflict, as JSON would have it.

    The box of another value has the draft's to begin with; what stands there still says nothing.

    Raises
    ------
    DataError
        A value is written beside another choice.
    """
    chosen: dict[str, Any] = {}
    for name, side in body.items():
        if name.startswith(CHOICE):
            field = name.removeprefix(CHOICE)
            written = body.get(f"{VALUE}{field}")
            if side != "value" and written and written != in_box(was.get(field)):
                raise DataError(
                    say(
                        f"写了“{written}”，却没有选“另填”。",
                        f"{written!r} is written, but another value is chosen.",
                    ),
                    hint=say("请选“另填”，或把写的删去。", "choose it, or leave it empty."),
                )
            own = {"value": _written(schema, field, written)}
            chosen[field] = own if side == "value" else side
    return chosen


def _written(schema: LayerSchema, field: str, text: str | None) -> object:
    """Return what somebody wrote into a field, as JSON has it; what is no number stays a text."""
    column = next((one for one in schema.columns if one.name == field), None)
    if text is None or column is None:
        return text
    if column.type == "bool":
        return {"true": True, "false": False}.get(text, text)
    if column.type in ("int", "float"):
        try:
            return int(text) if column.type == "int" else float(text)
        except ValueError:
            return text
    return text


def _yours(connection: sa.Connection, draft: str, layer: str, key: str) -> Record | None:
    own = (c for c in book.changes(connection, draft) if (c.layer, c.key) == (layer, key))
    change = next(own, None)
    return None if change is None else change.after


def _choice(schema: LayerSchema, name: str, value: object, was: Record | None) -> _Choice:
    """Return one choice that an author made."""
    if value in _SIDES:
        return ("theirs" if value == "theirs" else "yours"), None
    if not isinstance(value, Mapping) or set(value) != {"value"} or name == WHOLE:
        raise DataError(
            say(
                f"“{name}”要选 theirs、yours 或 {{value: …}}。",
                f"{name}: choose theirs, yours or {{value: …}}.",
            )
        )
    given = value["value"]
    if name == SHAPE:
        return "value", edited.shape_in(given, was, crs.parsed(crs.CRS84)[1])
    column = schema[name]
    fault = unfit(column, given)
    if fault is not None:
        raise refused([fault])
    return "value", settled(column, given)
