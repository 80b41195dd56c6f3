"""The page of one draft or proposal: to look through, to hand in, to settle, to decide on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.drafts.changes import shown
from api.drafts.choosing import ACTS, Chosen
from api.drafts.compared import compared, in_order
from api.drafts.shown import decision_told, draft_state_told, state_told
from api.drafts.summed import summed
from api.ogc.conditions import SEEN
from api.ogc.moments import moment
from api.ogc.pages import page_of
from api.ogc.respond import address, site
from api.ogc.told import Cell, Control, Form, link, token_of
from api.people.person import called, person_of
from api.store import draft_id
from geo.errors import PlannerError
from geo.schema import layer as layer_schema
from geo.store.drafts.book import Draft
from geo.store.drafts.proposals import Proposal
from geo.store.drafts.standings import Standing
from geo.store.records import SHAPE
from geo.text import say

MOST: Final = 100
"""Rows on one page."""
_FEW: Final = 10
"""Rows that one looks through faster than what they come to on the whole."""
NOTE: Final = "note"
_STOPS: Final = ("。", "！", "？", ".", "!", "?")
_LONGEST_NOTE: Final = 500


@dataclass(frozen=True, slots=True)
class View:
    """What of a draft is looked at; after a refused form also why, and what it had."""

    asked: Chosen = field(default_factory=Chosen)
    problem: PlannerError | None = None
    sent: Mapping[str, str] = field(default_factory=dict)


def draft(
    request: Request,
    one: Draft,
    standing: Sequence[Standing],
    last: Proposal | None,
    view: View,
) -> Response:
    """Return the page of a draft: what it is, what it changes, and what its owner may do."""
    person = person_of(request)
    own = f"{site(request)}/ws/{one.id}"
    mine = one.owner == person.id and person.may("edit")
    at_odds = sum(len(each.merged.conflicts) for each in standing)
    acts: list[Form] = []
    says: list[str] = []
    if mine and one.state == "open":
        if last is not None and last.state == "rejected":
            back = decision_told(last)
            stop = "" if back.endswith(_STOPS) else say("。", ".")
            says.append(say(f"{back}{stop}改好以后再报送。",
                            f"{back}{stop} Mend it and hand it in again."))  # fmt: skip
        if at_odds:
            says.append(
                say(
                    f"有 {at_odds} 处冲突：请先在下面逐项选定，再报送。",
                    f"{at_odds} conflicts: settle them below, then hand it in.",
                )
            )
        if standing and person.may("propose"):
            acts.append(_handing_in(request, f"{own}/proposal", at_odds, view.sent))
        acts.append(_plain(f"{own}/closing", say("放弃整份草稿", "Give the draft up"), request))
    if mine and one.state == "proposed" and last is not None:
        where = f"{site(request)}/proposals/{last.id}/withdrawal"
        acts.append(_plain(where, say("撤回报送", "Withdraw"), request))
    return _changes_page(
        request,
        standing,
        view,
        title=one.title,
        about=say("草稿：只有编制人看得到，报送以后审批员也看得到。",
                  "A draft: only its owner sees it, and approvers once it is handed in."),
        trail=[] if draft_id(request) else [(say("草稿", "Drafts"), f"{site(request)}/ws?f=html")],
        json=f"{own}/changes?f=json",
        own=own,
        here=f"{own}/changes",
        nothing=say("没有改动。", "Nothing is changed."),
        facts=[
            (say("状态", "State"), draft_state_told(one, last)),
            (say("编制", "By"), called(one.owner)),
            (say("建立", "Begun"), moment(one.made_at)),
            *_proposed(request, last),
        ],
        says=says,
        acts=acts,
        may_settle=mine and one.state in ("open", "proposed"),
        is_there=one.state in ("open", "proposed"),
        may_discard=mine and one.state == "open",
        connects=mine and one.state == "open",
    )  # fmt: skip


def proposal(
    request: Request,
    one: Proposal,
    draft: Draft,
    standing: Sequence[Standing],
    view: View,
    *,
    authors: Sequence[str],
    private: bool,
) -> Response:
    """Return the page of a proposal, on which an approver decides who is none of its authors."""
    person, own = person_of(request), address(request, f"/proposals/{one.id}")
    at_odds = sum(len(each.merged.conflicts) for each in standing)
    acts: list[Form] = []
    says: list[str] = []
    if one.state == "open" and person.may("approve") and person.id in authors:
        says.append(say("自己编写的内容不能由自己审批，请由另一位审批员处理。",
                        "You had a hand in this: another approver must decide."))  # fmt: skip
    elif one.state == "open" and person.may("approve"):
        seen = (*token_of(request), (SEEN, f'"{draft.version}"'))
        typed = view.sent.get(NOTE, "")
        if at_odds:
            says.append(say("有冲突，须由编制人先逐项选定，才能批准。",
                            "There are conflicts: its author must settle them first."))  # fmt: skip
        else:
            button = say("批准并入", "Approve")
            note = _note("approval", say("审批意见", "Note"), typed)
            acts.append(Form(button, f"{own}/approval", button, (note,), hidden=seen, open=True))
        button = say("退回", "Reject")
        why = _note("rejection", say("退回的理由", "Why"), typed, required=True)
        acts.append(
            Form(button, f"{own}/rejection", button, (why,), hidden=seen, quiet=True,
                 open=view.problem is not None)
        )  # fmt: skip
    if one.state == "open" and one.author == person.id and person.may("edit"):
        acts.append(_plain(f"{own}/withdrawal", say("撤回报送", "Withdraw"), request))
    mine = draft.owner == person.id and person.may("edit") and one.state == "open"
    return _changes_page(
        request,
        standing,
        view,
        title=draft.title,
        about=say("一次报送：改动逐项列出，原来的值和新的值。",
                  "What was handed in, field by field, the old beside the new."),
        trail=[(say("报送与审批", "Proposals"), address(request, "/proposals", f="html"))],
        json=f"{own}?f=json",
        own=f"{site(request)}/ws/{draft.id}",
        here=own,
        nothing=say("编制人撤回了，改动只有他自己看得到。",
                    "Its author took it back; only he sees what it had.")
        if private
        else say("升级以前退回的，当时的改动没有留存。",
                 "Given back before an upgrade: what it had was not kept."),
        facts=_told_of(one),
        says=says,
        acts=acts,
        may_settle=mine,
        is_there=one.state == "open",
        may_discard=False,
        connects=False,
    )  # fmt: skip


def _changes_page(
    request: Request,
    standing: Sequence[Standing],
    view: View,
    *,
    here: str,
    facts: Sequence[tuple[str, Cell]],
    nothing: str,
    **more: Any,  # noqa: ANN401 - as `page_of`
) -> Response:
    """Return a page with changes: their sums, then those asked for, a hundred at a time."""
    asked, sent = view.asked, view.sent
    found = in_order(asked.of(standing), asked.field)
    if sent:  # the row whose form was refused stands first
        this = (sent.get("collection"), sent.get("id"))
        found.sort(key=lambda one: (one.change.layer, one.change.key) != this)
    start = min(asked.start, max(len(found) - 1, 0) // MOST * MOST)
    page = found[start : start + MOST]
    at_odds = sum(len(one.merged.conflicts) for one in standing)
    told = [
        (say("改动", "Changes"), say(f"{len(standing):,} 行", f"{len(standing):,} rows")),
        (say("冲突", "Conflicts"), say(f"{at_odds} 处", f"{at_odds}") if at_odds else ""),
    ]
    by_field = bool(page and asked.field and asked.layer and not asked.key)
    return page_of(
        request,
        "draft.html",
        problem=view.problem,
        facts=[(name, value) for name, value in (*facts, *told) if value not in (None, "")],
        sums=summed(standing) if len(standing) > _FEW else [],
        words={act: say(*word) for act, word in ACTS.items()},
        here=here,
        only=_only(asked),
        span=_span(start, len(page), len(found)),
        before=asked.at(max(start - MOST, 0)) if start else "",
        following=asked.at(start + MOST) if start + MOST < len(found) else "",
        back=replace(asked, key="").at(start),
        compared=compared(page, asked.field) if by_field else None,
        changes=[] if by_field else [shown(one, sent) for one in page],
        nothing=nothing if asked.is_all else say("没有这样的改动。", "No such changes."),
        token=token_of(request),
        **more,
    )


def _only(asked: Chosen) -> str:
    """Return in words which changes are listed; nothing where all are."""
    told = [asked.layer, asked.field, asked.key]
    if asked.layer:
        schema = layer_schema(asked.layer)
        told[0] = say(schema.zh, schema.en)
        column = next((one for one in schema.columns if one.name == asked.field), None)
        told[1] = column.heading if column else asked.field
    if asked.field == SHAPE:
        told[1] = say("图形", "Shape")
    if asked.act:
        told.append(say(*ACTS[asked.act]))
    return say("，", ", ").join(filter(None, told))


def _span(start: int, shown: int, count: int) -> str:
    if shown == count:
        return ""
    return say(
        f"第 {start + 1:,}–{start + shown:,} 行，共 {count:,} 行",
        f"rows {start + 1:,}–{start + shown:,} of {count:,}",
    )


def _proposed(request: Request, proposal: Proposal | None) -> list[tuple[str, Cell]]:
    """Return where the last proposal of a draft is, and what was said of it."""
    if proposal is None:
        return []
    where = f"{site(request)}/proposals/{proposal.id}?f=html"
    told = [(say("最近一次报送", "Last handed in"),
             link(state_told(proposal.state, waiting=True), where))]  # fmt: skip
    decided = proposal.state in ("approved", "rejected")
    return [*told, (say("审批", "Decision"), decision_told(proposal) if decided else "")]


def _told_of(one: Proposal) -> list[tuple[str, Cell]]:
    decided = one.state != "open"
    return [
        (say("状态", "State"), state_told(one.state, waiting=True)),
        (say("编制", "By"), called(one.author)),
        (say("报送", "Handed in"), moment(one.made_at)),
        (say("说明", "Note"), one.note),
        (say("办理", "Decided by"), called(one.decided_by) if decided else ""),
        (say("办结", "Decided"), moment(one.decided_at) if decided else ""),
        (say("审批意见", "What was said"), one.decision_note),
    ]


def _handing_in(request: Request, action: str, at_odds: int, sent: Mapping[str, str]) -> Form:
    """Return the form that hands a draft in; with conflicts, whoever does it must say he knows."""
    button = say("报送审批", "Hand in")
    knowing = Control(
        "checkbox",
        "conflicts",
        say("带着冲突报送", "Hand in with conflicts"),
        say(f"还有 {at_odds} 处冲突没有选定；选定以前，审批员不能批准。",
            f"{at_odds} conflicts are not settled; until then nobody can approve it."),
        value="keep",
        required=True,
    )  # fmt: skip
    note = _note("proposal", say("说明", "Note"), sent.get(NOTE, ""))
    asks = (note, knowing) if at_odds else (note,)
    return Form(button, action, button, asks, hidden=token_of(request), open=True)


def _note(prefix: str, label: str, typed: str, *, required: bool = False) -> Control:
    return Control(
        "text", NOTE, label, required=required, limits=(("maxlength", str(_LONGEST_NOTE)),),
        value=typed, prefix=prefix,
    )  # fmt: skip


def _plain(action: str, button: str, request: Request) -> Form:
    return Form(button, action, button, hidden=token_of(request), quiet=True)
