"""Who may see a draft, and who may work on it: its owner, and those who approve."""

from __future__ import annotations

import sqlalchemy as sa
from starlette.requests import Request

from api.people.person import Person, require
from geo.errors import NotFoundError
from geo.store.drafts.book import Draft, draft_of
from geo.store.drafts.proposals import Proposal, proposal_of
from geo.text import say


def may_see(person: Person, draft: Draft) -> None:
    """Refuse a draft to who neither has it nor approves; he learns not even that it is there.

    Raises
    ------
    NotFoundError
        As if there were none.
    """
    if not (person.id and person.id == draft.owner) and not person.may("approve"):
        raise NotFoundError(say(f"没有草稿“{draft.id}”。", f"there is no draft {draft.id!r}."))


def seen_draft(request: Request, connection: sa.Connection) -> Draft:
    """Return the draft of a request's path, if its reader may see it."""
    draft = draft_of(connection, request.path_params["draftId"])
    may_see(require(request), draft)
    return draft


def own_draft(request: Request, connection: sa.Connection) -> Draft:
    """Return the draft of a request's path, if its reader may work on it.

    Raises
    ------
    NotFoundError
        There is none of his.
    """
    person = require(request, "edit")
    draft = draft_of(connection, request.path_params["draftId"])
    if draft.owner != person.id:
        raise NotFoundError(say(f"没有您的草稿“{draft.id}”。", f"no draft {draft.id!r} of yours."))
    return draft


def seen_proposal(request: Request, connection: sa.Connection) -> tuple[Proposal, Draft]:
    """Return the proposal of a request's path with its draft, if its reader may see it."""
    person = require(request)
    proposal = proposal_of(connection, request.path_params["proposalId"])
    draft = draft_of(connection, proposal.draft)
    if not (person.id and person.id == proposal.author):
        may_see(person, draft)
    return proposal, draft
