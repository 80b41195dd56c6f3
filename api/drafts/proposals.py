"""``/proposals``: what was handed in, and how it is decided: never by who wrote it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.drafts import lists, pages
from api.drafts.access import is_private, seen_proposal
from api.drafts.asking import FAILS, body_of
from api.drafts.choosing import PARAMETERS, Chosen, chosen
from api.drafts.sending import acted, told_by
from api.drafts.shown import at_odds, proposal_told, text_in
from api.drafts.summed import changes_told
from api.errors import StaleError
from api.ogc.conditions import Seen, require_seen, seen_by
from api.ogc.parameters import FORMAT, Parameter, asked
from api.ogc.proposing import KIND
from api.ogc.respond import HTML, JSON, Link, address, form_of, json_answer
from api.ogc.sent import is_form
from api.openapi import described
from api.people import approvals
from api.people.person import forbidden, person_of, require
from api.store import draft_id, workspace_of
from geo.errors import DataError, PlannerError
from geo.store.drafts import book
from geo.store.drafts.proposals import (
    Proposal,
    give_back,
    proposal_of,
    proposals,
    proposed,
    take_over,
)
from geo.store.drafts.standings import ConflictsError, Standing, rows_proposed
from geo.store.history import By, now
from geo.text import say

router = APIRouter(tags=["报送与审批"])

PROPOSAL: Final = Parameter(
    "proposalId", "报送的编号。", example="p-0123456789abcdef", place="path"
)
_NOTE: Final = body_of(note={"type": "string"})
_Verdict = Literal["approved", "rejected"]


def landing_links(request: Request) -> list[Link]:
    """Return what the landing page links to, for those who hand in or approve."""
    person = person_of(request)
    if draft_id(request) or not (person.may("edit") or person.may("approve")):
        return []
    return [Link(address(request, "/proposals"), "proposals", JSON, say("报送", "Proposals"))]


@router.get(
    "/proposals",
    **described(
        "proposals", "报送", "您报送的；审批员看到全部。", FORMAT, gives=(JSON, HTML),
        fails=(304, 406, *FAILS),
    ),
)  # fmt: skip
def list_proposals(request: Request) -> Response:
    """Return the proposals that one may see."""
    form = form_of(request)
    asked(request, ("f",))
    person = require(request)
    with workspace_of(request).reading() as connection:
        owner = None if person.may("approve") else person.id
        found = [
            (one, book.draft_of(connection, one.draft))
            for one in proposals(connection, owner=owner)
        ]
        counts = rows_proposed(connection)
    if form == "html":
        return lists.proposals(request, found, counts)
    told = [proposal_told(request, one, draft) for one, draft in found]
    return json_answer({"proposals": told}, request=request)


@router.get(
    "/proposals/{proposalId}",
    **described(
        "proposal",
        "一次报送",
        "改动逐行逐项列出。审批时把响应头 ETag 写进 If-Match，批的就是看到的。",
        PROPOSAL,
        FORMAT,
        *PARAMETERS,
        gives=(JSON, HTML),
        fails=(406, *FAILS),
    ),
)
def one_proposal(request: Request) -> Response:
    """Return a proposal and what it changes.

    Its ETag is the version that is decided on. What is published beside it may change without a
    new one, so that nobody is told that nothing changed.
    """
    form = form_of(request)
    view = chosen(request, form)
    if form == "html":
        return _page(request, pages.View(view))
    with workspace_of(request).reading() as connection:
        proposal, draft = seen_proposal(request, connection)
        standing = _read(request, connection, proposal)
    body = {**proposal_told(request, proposal, draft), **changes_told(standing, view)}
    tag = (
        f'"{draft.version}"' if proposal.state == "open" else f'"{draft.version}-{proposal.state}"'
    )
    return json_answer(body, headers={"ETag": tag})


@router.post(
    "/proposals/{proposalId}/approval",
    **described(
        "approve",
        "批准",
        "并入已发布的内容，三方合并；有冲突则什么也不写，列出冲突。要写 If-Match。"
        "编制人不能批准自己的内容。",
        PROPOSAL,
        gives=(JSON,),
        fails=(303, *FAILS, 412, 428),
        body=_NOTE,
    ),
)
async def approve(request: Request) -> Response:
    """Take a proposal over."""
    return await _decided(request, "approved")


@router.post(
    "/proposals/{proposalId}/rejection",
    **described(
        "reject",
        "退回",
        "退回给编制人，草稿可以再改。要写 If-Match。",
        PROPOSAL,
        gives=(JSON,),
        fails=(303, *FAILS, 412, 428),
        body=_NOTE,
    ),
)
async def reject(request: Request) -> Response:
    """Give a proposal back to its author."""
    return await _decided(request, "rejected")


@router.post(
    "/proposals/{proposalId}/withdrawal",
    **described(
        "withdraw",
        "撤回报送",
        "编制人撤回，草稿可以再改。",
        PROPOSAL,
        gives=(JSON,),
        fails=(303, *FAILS),
        body=_NOTE,
    ),
)
async def withdraw(request: Request) -> Response:
    """Take a proposal of one's own back."""
    asked(request, ())
    require(request, "edit")
    body = await told_by(request, "note")
    act = partial(_withdraw, request, text_in(body, "note"))
    page = _again(request, body)
    return await acted(request, act, to=_here(request), says="proposal-withdrawn", page=page)


async def _decided(request: Request, verdict: _Verdict) -> Response:
    asked(request, ())
    require(request, "approve")
    body = await told_by(request, "note")
    note, seen = text_in(body, "note"), seen_by(request)

    def act() -> Response:
        if is_form(request) and verdict == "rejected" and not note:
            raise DataError(say("请写明退回的理由。", "say why it is rejected."))
        return _decide(request, verdict, note, seen)

    page = _again(request, body)
    return await acted(request, act, to=_here(request), says=f"proposal-{verdict}", page=page)


def _here(request: Request) -> str:
    return address(request, f"/proposals/{request.path_params['proposalId']}", f="html")


def _again(request: Request, body: object) -> Callable[[PlannerError], Response]:
    """Return what shows the page again, with why a form was refused and what it had."""
    sent = body if isinstance(body, Mapping) else {}
    return lambda problem: _page(request, pages.View(Chosen(), problem, sent))


def _page(request: Request, view: pages.View) -> Response:
    with workspace_of(request).reading() as connection:
        proposal, draft = seen_proposal(request, connection)
        standing = _read(request, connection, proposal)
        authors = approvals.authors(connection, KIND, proposal.id)
    private = is_private(person_of(request), proposal)
    return pages.proposal(
        request, proposal, draft, standing, view, authors=authors, private=private
    )


def _read(request: Request, connection: sa.Connection, proposal: Proposal) -> list[Standing]:
    """Return what a proposal changes, as far as who asks may read it."""
    return [] if is_private(person_of(request), proposal) else proposed(connection, proposal)


def _decide(request: Request, verdict: _Verdict, note: str, seen: Seen) -> Response:
    person = require(request, "approve")
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
        if is_form(request):
            raise
        return at_odds(request, error)
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
