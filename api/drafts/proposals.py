"""``/proposals``: what was handed in, and how it is decided: never by who wrote it."""

from __future__ import annotations

from functools import partial
from typing import Final, Literal

from anyio import to_thread
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.body import json_of
from api.drafts.access import seen_proposal
from api.drafts.routes import body_of, now
from api.drafts.shown import change_told, changes_told, proposal_told, text_in
from api.errors import StaleError, problem
from api.ogc.conditions import require_seen, seen_by
from api.ogc.parameters import Parameter, asked
from api.ogc.proposing import KIND
from api.ogc.respond import JSON, Link, address, json_answer
from api.openapi import described
from api.people import approvals
from api.people.person import forbidden, require
from api.store import workspace_of
from geo.store.drafts import book
from geo.store.drafts.proposals import (
    ConflictsError,
    give_back,
    proposal_of,
    proposals,
    standing_of,
    take_over,
)
from geo.store.history import By
from geo.text import say

router = APIRouter(tags=["报送与审批"])

PROPOSAL: Final = Parameter(
    "proposalId", "报送的编号。", example="p-0123456789abcdef", place="path"
)
_FAILS: Final = (400, 401, 403, 404, 409, 413, 415, 503)
_NOTE: Final = body_of(note={"type": "string"})
_Verdict = Literal["approved", "rejected"]


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page links to."""
    if request.scope.get("state", {}).get("under"):
        return []
    return [Link(address(request, "/proposals"), "proposals", JSON, say("报送", "Proposals"))]


@router.get(
    "/proposals",
    **described("proposals", "报送", "您报送的；审批员看到全部。", gives=(JSON,), fails=_FAILS),
)
def list_proposals(request: Request) -> Response:
    """Return the proposals that one may see."""
    asked(request, ())
    person = require(request)
    with workspace_of(request).reading() as connection:
        found = proposals(connection, owner=None if person.may("approve") else person.id)
        told = [proposal_told(request, one, book.draft_of(connection, one.draft)) for one in found]
    return json_answer({"proposals": told}, request=request)


@router.get(
    "/proposals/{proposalId}",
    **described(
        "proposal",
        "一次报送",
        "改动逐行逐项列出。审批时把响应头 ETag 写进 If-Match，批的就是看到的。",
        PROPOSAL,
        gives=(JSON,),
        fails=(304, *_FAILS),
    ),
)
def one_proposal(request: Request) -> Response:
    """Return a proposal and what it changes."""
    asked(request, ())
    with workspace_of(request).reading() as connection:
        proposal, draft = seen_proposal(request, connection)
        standing = standing_of(connection, draft.id) if proposal.state == "open" else []
    body = {**proposal_told(request, proposal, draft), **changes_told(standing)}
    tag = (
        f'"{draft.version}"' if proposal.state == "open" else f'"{draft.version}-{proposal.state}"'
    )
    return json_answer(body, headers={"ETag": tag}, request=request)


@router.post(
    "/proposals/{proposalId}/approval",
    **described(
        "approve",
        "批准",
        "并入已发布的内容，三方合并；有冲突则什么也不写，列出冲突。要写 If-Match。"
        "编制人不能批准自己的内容。",
        PROPOSAL,
        gives=(JSON,),
        fails=(*_FAILS, 412, 428),
        body=_NOTE,
    ),
)
async def approve(request: Request) -> Response:
    """Take a proposal over."""
    asked(request, ())
    note = text_in(await json_of(request), "note")
    return await to_thread.run_sync(partial(_decide, request, "approved", note))


@router.post(
    "/proposals/{proposalId}/rejection",
    **described(
        "reject",
        "退回",
        "退回给编制人，草稿可以再改。要写 If-Match。",
        PROPOSAL,
        gives=(JSON,),
        fails=(*_FAILS, 412, 428),
        body=_NOTE,
    ),
)
async def reject(request: Request) -> Response:
    """Give a proposal back to its author."""
    asked(request, ())
    note = text_in(await json_of(request), "note")
    return await to_thread.run_sync(partial(_decide, request, "rejected", note))


@router.post(
    "/proposals/{proposalId}/withdrawal",
    **described(
        "withdraw",
        "撤回报送",
        "编制人撤回，草稿可以再改。",
        PROPOSAL,
        gives=(JSON,),
        fails=_FAILS,
        body=_NOTE,
    ),
)
async def withdraw(request: Request) -> Response:
    """Take a proposal of one's own back."""
    asked(request, ())
    note = text_in(await json_of(request), "note")
    return await to_thread.run_sync(partial(_withdraw, request, note))


def _decide(request: Request, verdict: _Verdict, note: str) -> Response:
    person = require(request, "approve")
    seen = seen_by(request)
    require_seen(seen)
    by = By(person.id, now())
    address_of = request.client.host if request.client else ""
    try:
        with workspace_of(request).writing() as connection:
            proposal, draft = seen_proposal(request, connection)
            if proposal.state == "open" and not seen.fits(draft.version):
                raise StaleError(
                    say("报送的内容在您看过之后又改了。", "it was changed since you looked."),
                    hint=say("请重新查看再审批。", "look at it again."),
                    current={"etag": f'"{draft.version}"'},
                )
            if verdict == "approved":
                take_over(connection, proposal, by, note=note)
            else:
                give_back(connection, proposal, verdict, by, note=note)
            approvals.decided(
                connection,
                KIND,
                proposal.id,
                person,
                verdict=verdict,
                note=note,
                address=address_of,
            )
            proposal = proposal_of(connection, proposal.id)
    except ConflictsError as error:
        return problem(
            409,
            error.message,
            hint=error.hint,
            instance=request.url.path,
            conflicts=[change_told(one) for one in error.standing],
        )
    return json_answer(proposal_told(request, proposal, draft))


def _withdraw(request: Request, note: str) -> Response:
    person = require(request, "edit")
    with workspace_of(request).writing() as connection:
        proposal, draft = seen_proposal(request, connection)
        if proposal.author != person.id:
            raise forbidden(person, "propose")
        give_back(connection, proposal, "withdrawn", By(person.id, now()), note=note)
        proposal = proposal_of(connection, proposal.id)
    return json_answer(proposal_told(request, proposal, draft))
