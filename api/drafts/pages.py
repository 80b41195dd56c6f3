"""Drafts and proposals as pages: to look at, to hand in, to settle, to decide on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.drafts.changes import MOST, person_told, shown
from api.drafts.shown import state_told
from api.ogc.moments import moment
from api.ogc.pages import page_of
from api.ogc.respond import address, site
from api.ogc.told import Cell, Control, Form, Table, link, token_of, told_page
from api.people.person import person_of
from api.store import draft_id
from geo.errors import PlannerError
from geo.store.drafts.book import Draft
from geo.store.drafts.proposals import Proposal
from geo.store.drafts.standings import Standing
from geo.text import say

NOTE: Final = "note"
_LONGEST_NOTE: Final = 500


def drafts(
    request: Request,
    found: Sequence[Draft],
    counts: Mapping[str, int],
    *,
    problem: PlannerError | None = None,
) -> Response:
    """Return the page of the drafts that somebody may see."""
    person = person_of(request)
    rows: list[list[Cell]] = [
        [
            link(one.title, address(request, f"/ws/{one.id}/", f="html")),
            person_told(one.owner),
            state_told(one.state),
            link(say(f"{counts.get(one.id, 0):,} 行", f"{counts.get(one.id, 0):,} rows"),
                 address(request, f"/ws/{one.id}/changes", f="html")),
            moment(one.made_at),
        ]
        for one in found
    ]  # fmt: skip
    title = Control(
        "text", "title", say("名称", "Title"), say("如“五月补测小区”。", "Such as: survey of May."),
        limits=(("maxlength", "100"),),
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
                say("名称 编制 状态 改动 建立", "Title By State Changes Begun").split(),
                rows,
                nothing=say("还没有草稿。", "No drafts yet."),
            )
        ],
        further=[(say("报送与审批", "Proposals"), address(request, "/proposals", f="html"))],
    )


def draft(
    request: Request,
    one: Draft,
    standing: Sequence[Standing],
    proposal: Proposal | None,
    *,
    start: int = 0,
    problem: PlannerError | None = None,
) -> Response:
    """Return the page of a draft: what it is, what it changes, and what its owner may do."""
    person = person_of(request)
    own = f"{site(request)}/ws/{one.id}"
    mine = one.owner == person.id and person.may("edit")
    acts: list[Form] = []
    if mine and one.state == "open":
        if standing and person.may("propose"):
            acts.append(
                _noted(
                    f"{own}/proposal",
                    say("报送审批", "Hand in"),
                    say("说明", "Note"),
                    token_of(request),
                )
            )
        acts.append(_plain(f"{own}/closing", say("放弃整份草稿", "Give the draft up"), request))
    if mine and one.state == "proposed" and proposal is not None:
        where = f"{site(request)}/proposals/{proposal.id}/withdrawal"
        acts.append(_plain(where, say("撤回报送", "Withdraw"), request))
    return _changes_page(
        request,
        "draft.html",
        standing,
        start,
        problem=problem,
        title=one.title,
        about=say("草稿：只有编制人看得到，报送以后审批员也看得到。",
                  "A draft: only its owner sees it, and approvers once it is handed in."),
        trail=[] if draft_id(request) else [(say("草稿", "Drafts"), f"{site(request)}/ws?f=html")],
        json=f"{own}/changes?f=json",
        own=own,
        here=f"{own}/changes",
        nothing=say("没有改动。", "Nothing is changed."),
        facts=[
            (say("状态", "State"), state_told(one.state)),
            (say("编制", "By"), person_told(one.owner)),
            (say("建立", "Begun"), moment(one.made_at)),
            *_proposed(request, proposal),
        ],
        acts=acts,
        may_settle=mine and one.state in ("open", "proposed"),
        is_there=one.state in ("open", "proposed"),
        may_discard=mine and one.state == "open",
        connects=mine and one.state == "open",
    )  # fmt: skip


def proposals(
    request: Request, found: Sequence[tuple[Proposal, Draft]], counts: Mapping[str, int]
) -> Response:
    """Return the page of the proposals that somebody may see."""
    rows: list[list[Cell]] = [
        [
            link(draft.title, address(request, f"/proposals/{one.id}", f="html")),
            person_told(one.author),
            state_told(one.state, waiting=True),
            say(f"{counts.get(one.id, 0):,} 行", f"{counts.get(one.id, 0):,} rows"),
            moment(one.made_at),
            person_told(one.decided_by),
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
                say("名称 编制 状态 改动 报送 办理 办结",
                    "Title By State Changes Handed-in Decided-by On").split(),
                rows,
                nothing=say("没有报送。", "Nothing was handed in."),
            )
        ],
        further=[(say("草稿", "Drafts"), address(request, "/ws", f="html"))],
    )  # fmt: skip


def proposal(
    request: Request,
    one: Proposal,
    draft: Draft,
    standing: Sequence[Standing],
    authors: Sequence[str],
    *,
    start: int = 0,
    problem: PlannerError | None = None,
) -> Response:
    """Return the page of a proposal, on which an approver decides who is none of its authors."""
    person, own = person_of(request), address(request, f"/proposals/{one.id}")
    at_odds = sum(len(each.merged.conflicts) for each in standing)
    acts: list[Form] = []
    told = ""
    if one.state == "open" and person.may("approve") and person.id in authors:
        told = say("自己编写的内容不能由自己审批，请由另一位审批员处理。",
                   "You had a hand in this: another approver must decide.")  # fmt: skip
    elif one.state == "open" and person.may("approve"):
        seen = (*token_of(request), ("seen", str(draft.version)))
        if at_odds:
            told = say("有冲突，须由编制人先逐项选定，才能批准。",
                       "There are conflicts: its author must settle them first.")  # fmt: skip
        else:
            acts.append(
                _noted(f"{own}/approval", say("批准并入", "Approve"), say("审批意见", "Note"), seen)
            )
        acts.append(
            _noted(
                f"{own}/rejection",
                say("退回", "Reject"),
                say("退回的理由", "Why"),
                seen,
                reason=True,
            )
        )
    if one.state == "open" and one.author == person.id and person.may("edit"):
        acts.append(_plain(f"{own}/withdrawal", say("撤回报送", "Withdraw"), request))
    mine = draft.owner == person.id and person.may("edit") and one.state == "open"
    return _changes_page(
        request,
        "draft.html",
        standing,
        start,
        problem=problem,
        title=draft.title,
        about=say("一次报送：改动逐项列出，原来的值和新的值。",
                  "What was handed in, field by field, the old beside the new."),
        trail=[(say("报送与审批", "Proposals"), address(request, "/proposals", f="html"))],
        json=f"{own}?f=json",
        own=f"{site(request)}/ws/{draft.id}",
        here=own,
        nothing=say("已交回编制人，改动见草稿。", "Given back to its author; see the draft."),
        facts=_told_of(one),
        says=told,
        acts=acts,
        may_settle=mine,
        is_there=one.state == "open",
        may_discard=False,
        connects=False,
    )  # fmt: skip


def _changes_page(
    request: Request,
    template: str,
    standing: Sequence[Standing],
    start: int,
    *,
    here: str,
    facts: Sequence[tuple[str, Cell]],
    **more: Any,  # noqa: ANN401 - as `page_of`
) -> Response:
    """Return a page with changes: those in conflict first, a hundred at a time."""
    ordered = sorted(standing, key=lambda one: not one.merged.conflicts)
    at_odds = sum(len(one.merged.conflicts) for one in standing)
    further = start + MOST if start + MOST < len(ordered) else None
    count = say(f"{len(ordered):,} 行", f"{len(ordered):,} rows")
    told = [
        (say("改动", "Changes"), count),
        (say("冲突", "Conflicts"), say(f"{at_odds} 处", f"{at_odds}") if at_odds else ""),
    ]
    more.setdefault("says", "")
    return page_of(
        request,
        template,
        facts=[(name, value) for name, value in (*facts, *told) if value not in (None, "")],
        changes=[shown(one) for one in ordered[start : start + MOST]],
        following=f"{here}?f=html&after={further}" if further else "",
        token=token_of(request),
        **more,
    )


def _proposed(request: Request, proposal: Proposal | None) -> list[tuple[str, Cell]]:
    """Return where the last proposal of a draft is, and what was said of it."""
    if proposal is None:
        return []
    where = f"{site(request)}/proposals/{proposal.id}?f=html"
    told = [(say("最近一次报送", "Last handed in"),
             link(state_told(proposal.state, waiting=True), where))]  # fmt: skip
    return [*told, (say("审批意见", "What was said"), proposal.decision_note)]


def _told_of(one: Proposal) -> list[tuple[str, Cell]]:
    decided = one.state != "open"
    return [
        (say("状态", "State"), state_told(one.state, waiting=True)),
        (say("编制", "By"), person_told(one.author)),
        (say("报送", "Handed in"), moment(one.made_at)),
        (say("说明", "Note"), one.note),
        (say("办理", "Decided by"), person_told(one.decided_by) if decided else ""),
        (say("办结", "Decided"), moment(one.decided_at) if decided else ""),
        (say("审批意见", "What was said"), one.decision_note),
    ]


def _noted(
    action: str,
    button: str,
    label: str,
    hidden: tuple[tuple[str, str], ...],
    *,
    reason: bool = False,
) -> Form:
    """Return a form that asks for a note; with a reason it stands folded and must have one."""
    note = Control(
        "text", NOTE, label, required=reason, limits=(("maxlength", str(_LONGEST_NOTE)),),
        prefix=action.rpartition("/")[2],
    )  # fmt: skip
    return Form(button, action, button, (note,), hidden=hidden, quiet=reason, open=not reason)


def _plain(action: str, button: str, request: Request) -> Form:
    return Form(button, action, button, hidden=token_of(request), quiet=True)
