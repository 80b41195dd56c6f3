"""The pages that list drafts and proposals: what waits, what was given back and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from api.drafts.shown import decision_told, draft_state_told, state_told
from api.ogc.moments import moment
from api.ogc.respond import address
from api.ogc.told import Cell, Control, Form, Table, link, token_of, told_page
from api.people.person import called, person_of
from geo.errors import PlannerError
from geo.store.drafts.book import Draft
from geo.store.drafts.proposals import Proposal
from geo.text import say


def drafts(
    request: Request,
    found: Sequence[Draft],
    counts: Mapping[str, int],
    lasts: Mapping[str, Proposal],
    *,
    problem: PlannerError | None = None,
    typed: str = "",
) -> Response:
    """Return the page of the drafts that somebody may see.

    Parameters
    ----------
    request
        The request.
    found, counts, lasts
        The drafts, how many rows each changes, and the last proposal of each.
    problem, typed
        Why a title was refused, and the title.
    """
    person = person_of(request)
    rows: list[list[Cell]] = [
        [
            link(one.title, address(request, f"/ws/{one.id}/", f="html")),
            draft_state_told(one, lasts.get(one.id)),
            _decision(request, lasts.get(one.id)),
            link(say(f"{counts.get(one.id, 0):,} 行", f"{counts.get(one.id, 0):,} rows"),
                 address(request, f"/ws/{one.id}/changes", f="html")),
            called(one.owner),
            moment(one.made_at),
        ]
        for one in found
    ]  # fmt: skip
    title = Control(
        "text", "title", say("名称", "Title"), say("如“五月补测小区”。", "Such as: survey of May."),
        value=typed, limits=(("maxlength", "100"),),
    )  # fmt: skip
    begin = Form(
        "", address(request, "/ws"), say("新建草稿", "Begin a draft"), (title,),
        hidden=token_of(request), problem=problem,
    )  # fmt: skip
    return told_page(
        request,
        title=say("草稿", "Drafts"),
        about=say(
            "改动先放在草稿里，别人看不到；报送、批准之后才并入已发布的内容。",
            "Edits stay in a draft that others do not see, until it is handed in and approved.",
        ),
        json=address(request, "/ws", f="json"),
        ask=[begin] if person.may("edit") else [],
        tables=[
            Table(
                say("名称 状态 最近审批 改动 编制 建立",
                    "Title State Last-decision Changes By Begun").split(),
                rows,
                nothing=say("还没有草稿。", "No drafts yet."),
            )
        ],
        further=[(say("报送与审批", "Proposals"), address(request, "/proposals", f="html"))],
    )  # fmt: skip


def proposals(
    request: Request, found: Sequence[tuple[Proposal, Draft]], counts: Mapping[str, int]
) -> Response:
    """Return the page of the proposals that somebody may see."""
    rows: list[list[Cell]] = [
        [
            link(draft.title, address(request, f"/proposals/{one.id}", f="html")),
            state_told(one.state, waiting=True),
            say(f"{counts[one.id]:,} 行", f"{counts[one.id]:,} rows") if one.id in counts else None,
            called(one.author),
            moment(one.made_at),
            called(one.decided_by),
            moment(one.decided_at),
        ]
        for one, draft in found
    ]
    return told_page(
        request,
        title=say("报送与审批", "Proposals"),
        about=say(
            "编制人报送的草稿，由另一个人逐项核对，批准或退回。",
            "Drafts that were handed in; somebody else compares, then approves or rejects.",
        ),
        json=address(request, "/proposals", f="json"),
        tables=[
            Table(
                say("名称 状态 改动 编制 报送 办理 办结",
                    "Title State Changes By Handed-in Decided-by On").split(),
                rows,
                nothing=say("没有报送。", "Nothing was handed in."),
            )
        ],
        further=[(say("草稿", "Drafts"), address(request, "/ws", f="html"))],
    )  # fmt: skip


def _decision(request: Request, last: Proposal | None) -> Cell:
    """Return what was last decided on a draft, by whom and why, and where that is told."""
    if last is None or last.state not in ("approved", "rejected"):
        return None
    return link(decision_told(last), address(request, f"/proposals/{last.id}", f="html"))
