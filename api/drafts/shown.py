"""Drafts, what they change, and proposals, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from starlette.requests import Request

from api.ogc.edited import value_of
from api.ogc.respond import JSON, address
from api.ogc.stale import conflict_told, title_of
from geo.errors import DataError
from geo.schema import layer as layer_schema
from geo.store.drafts.book import Change, Draft
from geo.store.drafts.proposals import Proposal
from geo.store.drafts.standings import Standing
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


def act_of(change: Change) -> str:
    """Return what a draft does to a row: ``insert``, ``update`` or ``delete``."""
    acts = {(True, False): "insert", (False, True): "delete"}
    return acts.get((change.base is None, change.after is None), "update")


def draft_told(request: Request, draft: Draft) -> dict[str, Any]:
    """Return a draft."""
    own = f"/ws/{draft.id}"
    return {
        "id": draft.id,
        "title": draft.title,
        "owner": draft.owner,
        "state": draft.state,
        "stateLabel": state_told(draft.state),
        "created": draft.made_at,
        "version": draft.version - FIRST_VERSION,
        "links": [
            {"href": address(request, f"{own}/"), "rel": "self", "type": JSON},
            {"href": address(request, f"{own}/changes"), "rel": "changes", "type": JSON},
        ],
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


def changes_told(standing: Sequence[Standing]) -> dict[str, Any]:
    """Return what a draft changes."""
    told = [change_told(one) for one in standing]
    return {"changes": told, "conflicts": sum(len(one["conflicts"]) for one in told)}


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
