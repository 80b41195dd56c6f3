"""Who may see a draft, and who may work on it: its owner; who approves once it is handed in."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa
from starlette.requests import Request

from api.errors import GoneError
from api.people.person import Person, require
from geo.errors import NotFoundError
from geo.store.drafts import book
from geo.store.drafts.book import Draft, State, draft_of
from geo.store.drafts.proposals import Proposal, proposal_of
from geo.text import say

_HANDED_IN: Final[frozenset[State]] = frozenset({"proposed", "merged"})
"""States in which a draft is no longer its owner's own business."""


def may_see(person: Person, draft: Draft) -> None:
    """Refuse a draft to who neither has it nor is to approve it.

    He learns not even that it is there. What is not handed in yet, or was given back, is read
    by its owner only.

    Raises
    ------
    NotFoundError
        As if there were none.
    GoneError
        The owner closed it.
    """
    if not _sees(person, draft):
        raise NotFoundError(say(f"没有草稿“{draft.id}”。", f"there is no draft {draft.id!r}."))
    if draft.state == "closed":
        raise _closed(draft)


def seen_drafts(connection: sa.Connection, person: Person) -> list[Draft]:
    """Return the drafts that somebody may see, the newest first; closed ones are left out."""
    owner = None if person.may("approve") else person.id
    return [one for one in book.drafts(connection, owner=owner) if _sees(person, one)]


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
    GoneError
        He closed it.
    """
    person = require(request, "edit")
    draft = draft_of(connection, request.path_params["draftId"])
    if draft.owner != person.id:
        raise NotFoundError(say(f"没有您的草稿“{draft.id}”。", f"no draft {draft.id!r} of yours."))
    if draft.state == "closed":
        raise _closed(draft)
    return draft


def seen_proposal(request: Request, connection: sa.Connection) -> tuple[Proposal, Draft]:
    """Return the proposal of a request's path with its draft, if its reader may see it.

    Raises
    ------
    NotFoundError
        There is none, or it is neither his nor his to decide.
    """
    person = require(request)
    proposal = proposal_of(connection, request.path_params["proposalId"])
    draft = draft_of(connection, proposal.draft)
    own = person.id and person.id in (proposal.author, draft.owner)
    if not own and not person.may("approve"):
        raise NotFoundError(
            say(f"没有报送“{proposal.id}”。", f"there is no proposal {proposal.id!r}.")
        )
    return proposal, draft


def is_private(person: Person, proposal: Proposal) -> bool:
    """Return whether what a proposal had is its author's alone: he took it back."""
    return proposal.state == "withdrawn" and person.id != proposal.author


def _sees(person: Person, draft: Draft) -> bool:
    own = bool(person.id) and person.id == draft.owner
    return own or (person.may("approve") and draft.state in _HANDED_IN)


def _closed(draft: Draft) -> GoneError:
    return GoneError(
        say(f"草稿“{draft.id}”已经关闭。", f"draft {draft.id!r} is closed."),
        hint=say("请另建一份草稿。", "begin another draft."),
    )
