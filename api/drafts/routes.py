"""``/ws``: the drafts of an editor, what they change, settling conflicts, handing in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Literal

import sqlalchemy as sa
from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.drafts.access import own_draft, seen_draft
from api.drafts.shown import changes_told, draft_told, proposal_told, text_in
from api.ogc import crs, edited
from api.ogc.parameters import COLLECTION, FEATURE, Parameter, asked
from api.ogc.proposing import KIND
from api.ogc.respond import JSON, Link, address, json_answer
from api.openapi import described
from api.people import approvals
from api.people.person import require
from api.store import workspace_of
from geo.errors import ConflictError, DataError
from geo.schema import LayerSchema
from geo.schema import layer as layer_schema
from geo.store.applying import refused
from geo.store.drafts import book
from geo.store.drafts.proposals import propose, resolve, standing_of
from geo.store.merging import WHOLE
from geo.store.records import SHAPE, Cell, Record, settled, unfit
from geo.text import say

router = APIRouter(tags=["草稿"])

DRAFT: Final = Parameter(
    "draftId",
    "草稿的编号。",
    {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    example="0123456789abcdef",
    place="path",
)
_FAILS: Final = (400, 401, 403, 404, 409, 413, 415, 503)
_LONGEST_TITLE: Final = 100
_Choice = tuple[Literal["theirs", "yours", "value"], Cell]


def body_of(**properties: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a JSON body with some members."""
    schema = {"type": "object", "properties": properties}
    return {"required": True, "content": {JSON: {"schema": schema}}}


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page links to."""
    if request.scope.get("state", {}).get("under"):
        return []
    return [Link(address(request, "/ws"), "drafts", JSON, say("草稿", "Drafts"))]


@router.get(
    "/ws",
    **described("drafts", "草稿", "您的草稿；审批员看到全部。", gives=(JSON,), fails=_FAILS),
)
def list_drafts(request: Request) -> Response:
    """Return the drafts that one may see."""
    asked(request, ())
    person = require(request)
    with workspace_of(request).reading() as connection:
        found = book.drafts(connection, owner=None if person.may("approve") else person.id)
    return json_answer({"drafts": [draft_told(request, one) for one in found]}, request=request)


@router.post(
    "/ws",
    **described(
        "createDraft",
        "新建草稿",
        "每份草稿是一个独立的接口根地址（Location），QGIS 等软件连接它编辑。",
        gives=(JSON,),
        status=201,
        fails=_FAILS,
        body=body_of(title={"type": "string", "maxLength": _LONGEST_TITLE}),
    ),
)
async def create_draft(request: Request) -> Response:
    """Begin a draft."""
    asked(request, ())
    person = require(request, "edit")
    title = text_in(await json_of(request), "title", longest=_LONGEST_TITLE)
    return await to_thread.run_sync(
        partial(_begin, request, title or say("草稿", "Draft"), person.id)
    )


@router.delete(
    "/ws/{draftId}",
    **described(
        "closeDraft",
        "关闭草稿",
        "放弃草稿里的全部改动。",
        DRAFT,
        gives=(),
        status=204,
        fails=_FAILS,
    ),
)
def close_draft(request: Request) -> Response:
    """Give a draft up."""
    asked(request, ())
    with workspace_of(request).writing() as connection:
        draft = own_draft(request, connection)
        if draft.state == "proposed":
            raise ConflictError(
                say("草稿已报送。", "the draft is handed in."),
                hint=say("请先撤回报送。", "withdraw the proposal first."),
            )
        if draft.state == "open":
            book.set_state(connection, draft, "closed")
    return Response(status_code=204)


@router.get(
    "/ws/{draftId}/changes",
    **described(
        "draftChanges",
        "草稿改了什么",
        "逐行逐项列出改动；与已发布内容的冲突列出三方的值。图形也是一项。",
        DRAFT,
        gives=(JSON,),
        fails=(304, *_FAILS),
    ),
)
def changes(request: Request) -> Response:
    """Return what a draft changes."""
    asked(request, ())
    with workspace_of(request).reading() as connection:
        draft = seen_draft(request, connection)
        standing = standing_of(connection, draft.id)
    return json_answer({**draft_told(request, draft), **changes_told(standing)}, request=request)


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
        fails=_FAILS,
    ),
)
def discard(request: Request) -> Response:
    """Give up what a draft changes of one row."""
    asked(request, ())
    given = request.path_params
    with workspace_of(request).writing() as connection:
        draft = own_draft(request, connection)
        book.discard(connection, draft, given["collectionId"], given["featureId"])
    return Response(status_code=204)


@router.post(
    "/ws/{draftId}/resolve",
    **described(
        "resolveConflicts",
        "选定冲突",
        "对一行的每项冲突选定 theirs（已发布的）、yours（草稿的）或 {value: …}；整行的冲突写 *。",
        DRAFT,
        gives=(JSON,),
        fails=_FAILS,
        body=body_of(
            collection={"type": "string"}, id={"type": "string"}, fields={"type": "object"}
        ),
    ),
)
async def resolve_conflicts(request: Request) -> Response:
    """Settle the conflicts of one row."""
    asked(request, ())
    body = await json_of(request)
    return await to_thread.run_sync(partial(_resolve, request, body))


@router.post(
    "/ws/{draftId}/proposal",
    **described(
        "propose",
        "报送草稿",
        "报送审批；办结之前草稿不能再改。审批的人不能是编制的人。",
        DRAFT,
        gives=(JSON,),
        status=201,
        fails=_FAILS,
        body=body_of(note={"type": "string"}),
    ),
)
async def hand_in(request: Request) -> Response:
    """Hand a draft in for approval."""
    asked(request, ())
    note = text_in(await json_of(request), "note")
    return await to_thread.run_sync(partial(_hand_in, request, note))


def now() -> str:
    """Return the moment as drafts keep it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _begin(request: Request, title: str, owner: str) -> Response:
    with workspace_of(request).writing() as connection:
        draft = book.begin(connection, title, owner=owner, at=now())
    told = draft_told(request, draft)
    answer = json_answer(told, headers={"Location": address(request, f"/ws/{draft.id}/")})
    answer.status_code = 201
    return answer


def _hand_in(request: Request, note: str) -> Response:
    person = require(request, "edit", "propose")
    with workspace_of(request).writing() as connection:
        draft = own_draft(request, connection)
        proposal = propose(connection, draft, author=person.id, at=now(), note=note)
        persons = {person.id, draft.owner, *book.authors(connection, draft.id)}
        approvals.authored(connection, KIND, proposal.id, persons)
    where = address(request, f"/proposals/{proposal.id}")
    answer = json_answer(proposal_told(request, proposal, draft), headers={"Location": where})
    answer.status_code = 201
    return answer


def _resolve(request: Request, body: object) -> Response:
    layer, key = text_in(body, "collection"), text_in(body, "id")
    assert isinstance(body, Mapping)
    fields = body.get("fields")
    if not isinstance(fields, Mapping) or not all(isinstance(name, str) for name in fields):
        raise DataError(say("fields 应是对象。", "fields must be an object."))
    schema = layer_schema(layer)
    with workspace_of(request).writing() as connection:
        draft = own_draft(request, connection)
        was = _yours(connection, draft.id, layer, key)
        chosen = {name: _choice(schema, name, value, was) for name, value in fields.items()}
        resolve(connection, draft, layer, key, chosen)
        standing = standing_of(connection, draft.id)
        draft = book.draft_of(connection, draft.id)
    return json_answer({**draft_told(request, draft), **changes_told(standing)})


def _yours(connection: sa.Connection, draft: str, layer: str, key: str) -> Record | None:
    own = (c for c in book.changes(connection, draft) if (c.layer, c.key) == (layer, key))
    change = next(own, None)
    return None if change is None else change.after


def _choice(schema: LayerSchema, name: str, value: object, was: Record | None) -> _Choice:
    """Return one choice that an author made."""
    if value in ("theirs", "yours"):
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
