"""Drafts, what they change, and proposals, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.errors import problem
from api.ogc.edited import value_of
from api.ogc.respond import JSON, address
from api.ogc.stale import conflict_told, title_of
from api.people.person import called
from geo.errors import DataError
from geo.schema import layer as layer_schema
from geo.store.drafts.book import Change, Draft
from geo.store.drafts.proposals import Proposal
from geo.store.drafts.standings import ConflictsError, Standing
from geo.store.merging import differences
from geo.store.versions import FIRST_VERSION
from geo.text import say

STATES: Final = {
    "open": ("编辑中", "open"),
    "proposed": ("已报送", "handed in"),
    "merged": ("已并入", "merged"),
    "closed": ("已关闭", "closed"),
    "approved": ("已批准", "approved"),
    "rejected": ("已退回", "rejected"),
    "withdrawn": ("已撤回", "withdrawn"),
}


def state_told(state: str, *, waiting: bool = False) -> str:
    """Return what people call the state of a draft, or of a proposal (``waiting``)."""
    return say("待审批", "waiting") if waiting and state == "open" else say(*STATES[state])


def draft_state_told(draft: Draft, last: Proposal | None) -> str:
    """Return what people call the state of a draft whose last proposal is known."""
    if draft.state == "open" and last is not None and last.state == "rejected":
        return say("已退回", "given back")
    return state_told(draft.state)


def decision_told(proposal: Proposal) -> str:
    """Return who decided on a proposal, how and why."""
    who, how = called(proposal.decided_by), state_told(proposal.state)
    why = proposal.decision_note
    return say(f"{who}{how.removeprefix('已')}", f"{how} by {who}") + (
        say(f"：{why}", f": {why}") if why else ""
    )


def act_of(change: Change) -> str:
    """Return what a draft does to a row: ``insert``, ``update`` or ``delete``."""
    acts = {(True, False): "insert", (False, True): "delete"}
    return acts.get((change.base is None, change.after is None), "update")


def draft_told(request: Request, draft: Draft, last: Proposal | None = None) -> dict[str, Any]:
    """Return a draft, with how its last proposal fared."""
    own = f"/ws/{draft.id}"
    return {
        "id": draft.id,
        "title": draft.title,
        "owner": draft.owner,
        "state": draft.state,
        "stateLabel": draft_state_told(draft, last),
        "lastProposal": None if last is None else _briefly(last),
        "created": draft.made_at,
        "version": draft.version - FIRST_VERSION,
        "links": [
            {"href": address(request, f"{own}/"), "rel": "self", "type": JSON},
            {"href": address(request, f"{own}/changes"), "rel": "changes", "type": JSON},
        ],
    }


def _briefly(proposal: Proposal) -> dict[str, Any]:
    told = ("id", "state", "made_at", "note", "decided_by", "decided_at", "decision_note")
    return {
        **{name: getattr(proposal, name) for name in told},
        "stateLabel": state_told(proposal.state, waiting=True),
    }


def proposal_told(request: Request, proposal: Proposal, draft: Draft) -> dict[str, Any]:
    """Return a proposal without what it changes."""
    return {
        **asdict(proposal),
        "title": draft.title,
        "stateLabel": state_told(proposal.state, waiting=True),
        "links": [
            {"href": address(request, f"/proposals/{proposal.id}"), "rel": "self", "type": JSON},
            {"href": address(request, f"/ws/{draft.id}/"), "rel": "draft", "type": JSON},
        ],
    }


def change_told(standing: Standing) -> dict[str, Any]:
    """Return what a draft changes of one row, field by field, and what stands against it."""
    change, schema = standing.change, layer_schema(standing.change.layer)
    fields = differences(change.base, change.after)
    theirs = None if standing.now is None else standing.now.record
    return {
        "collection": change.layer,
        "id": change.key,
        "act": act_of(change),
        "author": change.by.author,
        "at": change.by.at,
        "baseVersion": change.base_version,
        "publishedVersion": None if standing.now is None else standing.now.version,
        "publishedChanged": theirs != change.base,
        "fields": [
            {
                "property": name,
                "title": title_of(schema, name),
                "before": value_of(name, before),
                "after": value_of(name, after),
            }
            for name, (before, after) in fields.items()
        ],
        "conflicts": [conflict_told(schema, one) for one in standing.merged.conflicts],
    }


def at_odds(request: Request, error: ConflictsError) -> Response:
    """Return the answer that lists every conflict."""
    return problem(
        409,
        error.message,
        hint=error.hint,
        instance=request.url.path,
        conflicts=[change_told(one) for one in error.standing],
    )


def text_in(body: object, name: str, *, longest: int = 500) -> str:
    """Return a text of a JSON body, empty when it is not there.

    Raises
    ------
    DataError
        The body is no object, or the value is no text or too long.
    """
    if not isinstance(body, Mapping):
        raise DataError(say("内容应是 JSON 对象。", "the body must be a JSON object."))
    value = body.get(name, "")
    if not isinstance(value, str) or len(value) > longest or "\0" in value:
        raise DataError(
            say(f"“{name}”应是不超过 {longest} 字的文字。", f"{name}: text of up to {longest}.")
        )
    return value.strip()
