"""``/ws``: the drafts of an editor: to begin one, to give it up, to hand it in."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.drafts import lists, settling
from api.drafts.access import own_draft, seen_drafts
from api.drafts.asking import DRAFT, FAILS, body_of
from api.drafts.sending import acted, told_by
from api.drafts.shown import at_odds, draft_told, proposal_told, text_in
from api.ogc.parameters import FORMAT, asked
from api.ogc.proposing import KIND
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.ogc.sent import is_form
from api.openapi import described
from api.people import approvals
from api.people.person import person_of, require
from api.store import draft_id, workspace_of
from geo.errors import ConflictError, DataError, PlannerError
from geo.store.drafts import book
from geo.store.drafts.book import Draft
from geo.store.drafts.proposals import Proposal, last_of_each, propose
from geo.store.drafts.standings import ConflictsError, rows_changed
from geo.store.history import now
from geo.text import say

router = APIRouter(tags=["草稿"])

_LONGEST_TITLE: Final = 100
landing_page = settling.landing_page


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page links to, for those who may have or see drafts."""
    person = person_of(request)
    if draft_id(request) or not (person.may("edit") or person.may("approve")):
        return []
    return [Link(address(request, "/ws"), "drafts", JSON, say("草稿", "Drafts"))]


@router.get(
    "/ws",
    **described(
        "drafts", "草稿", "您的草稿；审批员还看到报送了的。", FORMAT, gives=(JSON, HTML),
        fails=(304, 406, *FAILS),
    ),
)  # fmt: skip
def list_drafts(request: Request) -> Response:
    """Return the drafts that one may see."""
    form = form_of(request)
    asked(request, ("f",))
    require(request)
    if form == "html":
        return _page(request)
    found, _, lasts = _seen(request)
    told = [draft_told(request, one, lasts.get(one.id)) for one in found]
    return json_answer({"drafts": told}, request=request)


@router.post(
    "/ws",
    **described(
        "createDraft",
        "新建草稿",
        "每份草稿是一个独立的接口根地址（Location），QGIS 等软件连接它编辑。",
        gives=(JSON,),
        status=201,
        fails=(303, *FAILS),
        body=body_of(title={"type": "string", "maxLength": _LONGEST_TITLE}),
    ),
)
async def create_draft(request: Request) -> Response:
    """Begin a draft."""
    asked(request, ())
    person = require(request, "edit")
    sent = await told_by(request, "title")

    def begin() -> Response:
        title = text_in(sent, "title", longest=_LONGEST_TITLE) or say("草稿", "Draft")
        with workspace_of(request).writing() as connection:
            draft = book.begin(connection, title, owner=person.id, at=now())
        where = address(request, f"/ws/{draft.id}/")
        answer = json_answer(draft_told(request, draft), headers={"Location": where})
        answer.status_code = 201
        return answer

    typed = sent.get("title", "") if isinstance(sent, Mapping) else ""
    page = partial(_page, request, typed=typed)
    return await acted(request, begin, says="draft-begun", page=page)


@router.delete(
    "/ws/{draftId}",
    **described(
        "closeDraft",
        "关闭草稿",
        "放弃草稿里的全部改动。",
        DRAFT,
        gives=(),
        status=204,
        fails=FAILS,
    ),
)
def close_draft(request: Request) -> Response:
    """Give a draft up."""
    asked(request, ())
    return _close(request)


@router.post(
    "/ws/{draftId}/closing",
    **described(
        "giveDraftUp",
        "放弃草稿",
        "与 DELETE 相同，给不能发 DELETE 的网页用。",
        DRAFT,
        gives=(),
        status=204,
        fails=(303, *FAILS),
        body=body_of(),
    ),
)
async def give_up(request: Request) -> Response:
    """Give a draft up, as a page asks it."""
    asked(request, ())
    require(request, "edit")
    page = settling.again(request, await told_by(request))
    close = partial(_close, request)
    return await acted(request, close, to="/ws?f=html", says="draft-closed", page=page)


@router.post(
    "/ws/{draftId}/proposal",
    **described(
        "propose",
        "报送草稿",
        "报送审批；办结之前草稿不能再改。审批的人不能是编制的人。"
        "有冲突时先选定；要带着冲突报送，写 conflicts: keep，否则返回 409 和全部冲突。",
        DRAFT,
        gives=(JSON,),
        status=201,
        fails=(303, *FAILS),
        body=body_of(note={"type": "string"}, conflicts={"type": "string", "enum": ["keep"]}),
    ),
)
async def hand_in(request: Request) -> Response:
    """Hand a draft in for approval."""
    asked(request, ())
    require(request, "edit", "propose")
    body = await told_by(request, "note", "conflicts")
    note, conflicts = text_in(body, "note"), text_in(body, "conflicts")
    if conflicts not in ("", "keep"):
        raise DataError(
            say(f"conflicts 没有“{conflicts}”。", f"there is no conflicts {conflicts!r}."),
            hint=say("写 keep，或不写。", "send keep, or leave it out."),
        )
    do = partial(_hand_in, request, note, in_conflict=conflicts == "keep")
    page = settling.again(request, body)
    return await acted(request, do, says="draft-handed-in", page=page)


def _seen(request: Request) -> tuple[list[Draft], dict[str, int], dict[str, Proposal]]:
    """Return the drafts that one may see, how many rows each changes, and its last proposal."""
    with workspace_of(request).reading() as connection:
        found = seen_drafts(connection, require(request))
        return found, rows_changed(connection), last_of_each(connection)


def _page(request: Request, problem: PlannerError | None = None, *, typed: str = "") -> Response:
    return lists.drafts(request, *_seen(request), problem=problem, typed=typed)


def _close(request: Request) -> Response:
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


def _hand_in(request: Request, note: str, *, in_conflict: bool) -> Response:
    person = require(request, "edit", "propose")
    try:
        with workspace_of(request).writing() as connection:
            draft = own_draft(request, connection)
            proposal = propose(
                connection, draft, author=person.id, at=now(), note=note, in_conflict=in_conflict
            )
            persons = {person.id, draft.owner, *book.authors(connection, draft.id)}
            approvals.authored(connection, KIND, proposal.id, persons)
    except ConflictsError as error:
        if is_form(request):
            raise
        return at_odds(request, error)
    where = address(request, f"/proposals/{proposal.id}")
    answer = json_answer(proposal_told(request, proposal, draft), headers={"Location": where})
    answer.status_code = 201
    return answer
