"""Drafts handed in: how they stand to what is published by now, and how they are taken over."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from geo.errors import ConflictError, DataError, NotFoundError
from geo.store.applying import Edit, apply
from geo.store.drafts.book import Draft, changes, draft_of, rebase, set_state
from geo.store.drafts.standings import (
    ConflictsError,
    Standing,
    as_begun,
    keep,
    kept,
    standing_of,
)
from geo.store.drafts.tables import PROPOSAL
from geo.store.history import By
from geo.store.merging import WHOLE, Conflict, Merged
from geo.store.records import Cell, Record
from geo.store.referring import must_be_unnamed
from geo.text import say

State = Literal["open", "approved", "rejected", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft handed in for others to decide on."""

    id: str
    draft: str
    state: State
    author: str
    made_at: str
    note: str
    decided_by: str
    decided_at: str
    decision_note: str


def propose(
    connection: sa.Connection,
    draft: Draft,
    *,
    author: str,
    at: str,
    note: str,
    in_conflict: bool = False,
) -> Proposal:
    """Hand a draft in; it stays as it is until it is decided.

    Parameters
    ----------
    connection
        In a writing transaction.
    draft, author, at, note
        Which, by whom, when, and what is said of it.
    in_conflict
        Whether its author hands it in although he knows of conflicts.

    Raises
    ------
    ConflictError
        It is not open, or changes nothing.
    ConflictsError
        A field was changed on both sides, and the author does not say that he knows.
    ReferredError
        It takes a row away that another row names.
    """
    if draft.state != "open":
        raise ConflictError(say("草稿已报送或已结束。", "the draft is no longer open."))
    standing = standing_of(connection, draft.id)
    changed = [one.change for one in standing]
    if not changed:
        raise ConflictError(say("草稿没有改动，不用报送。", "the draft changes nothing."))
    at_odds = [one for one in standing if one.merged.conflicts]
    if at_odds and not in_conflict:
        raise ConflictsError(at_odds, handing_in=True)
    must_be_unnamed(
        connection,
        {(one.layer, one.key) for one in changed if one.after is None},
        instead={(one.layer, one.key): one.after for one in changed},
    )
    proposal = Proposal(
        f"p-{uuid.uuid4().hex[:16]}", draft.id, "open", author, at, note, "", "", ""
    )
    values = {name: getattr(proposal, name) for name in Proposal.__dataclass_fields__}
    connection.execute(sa.insert(PROPOSAL).values(values))
    set_state(connection, draft, "proposed")
    return proposal


def proposal_of(connection: sa.Connection, identity: str) -> Proposal:
    """Return a proposal.

    Raises
    ------
    NotFoundError
        There is none.
    """
    row = connection.execute(sa.select(PROPOSAL).where(PROPOSAL.c.id == identity)).one_or_none()
    if row is None:
        raise NotFoundError(say(f"没有报送“{identity}”。", f"there is no proposal {identity!r}."))
    return Proposal(**row._mapping)  # noqa: SLF001 - SQLAlchemy's name for a public thing


def proposals(connection: sa.Connection, *, owner: str | None = None) -> list[Proposal]:
    """Return the proposals of one author, or of all, the newest first."""
    asked = sa.select(PROPOSAL)
    if owner is not None:
        asked = asked.where(PROPOSAL.c.author == owner)
    ordered = asked.order_by(PROPOSAL.c.made_at.desc(), PROPOSAL.c.id)
    return [Proposal(**row._mapping) for row in connection.execute(ordered)]  # noqa: SLF001


def last_of(connection: sa.Connection, draft: str) -> Proposal | None:
    """Return the last proposal of a draft; None when it was never handed in."""
    own = sa.select(PROPOSAL).where(PROPOSAL.c.draft == draft)
    row = connection.execute(
        own.order_by(PROPOSAL.c.made_at.desc(), PROPOSAL.c.id).limit(1)
    ).first()
    return None if row is None else Proposal(**row._mapping)  # noqa: SLF001 - SQLAlchemy's name


def last_of_each(connection: sa.Connection) -> dict[str, Proposal]:
    """Return the last proposal of every draft that was ever handed in."""
    return {one.draft: one for one in reversed(proposals(connection))}


def proposed(connection: sa.Connection, proposal: Proposal) -> list[Standing]:
    """Return what a proposal changes beside what is published, or was when it was decided."""
    match proposal.state:
        case "open":
            return standing_of(connection, proposal.draft)
        case "approved":
            return as_begun(changes(connection, proposal.draft))
        case _:
            return as_begun(kept(connection, proposal.id))


def take_over(connection: sa.Connection, proposal: Proposal, by: By, *, note: str) -> int:
    """Merge a proposal into what is published; return how many rows were changed.

    Raises
    ------
    ConflictsError
        A field was changed on both sides; nothing is written.
    ConflictError
        It is decided already.
    DataError
        A merged row would break its layer's schema.
    """
    _must_be_open(proposal)
    standing = standing_of(connection, proposal.draft)
    in_conflict = [one for one in standing if one.merged.conflicts]
    if in_conflict:
        raise ConflictsError(in_conflict)
    edits = [
        Edit(
            one.change.layer,
            one.change.key,
            one.merged.row,
            None if one.now is None else one.now.version,
        )
        for one in standing
        if one.merged.row != (None if one.now is None else one.now.record)
    ]
    # Its rows were held to all when they were put in; those of a file, to what an import refuses.
    author = By(proposal.author, by.at, f"proposal {proposal.id}")
    apply(connection, edits, author, warned=True)
    decide(connection, proposal, "approved", by, note=note)
    set_state(connection, draft_of(connection, proposal.draft), "merged")
    return len(edits)


def give_back(
    connection: sa.Connection, proposal: Proposal, state: State, by: By, *, note: str
) -> None:
    """Let a proposal be rejected or withdrawn; what it had is kept, its draft is open again.

    Raises
    ------
    ConflictError
        It is decided already.
    """
    _must_be_open(proposal)
    decide(connection, proposal, state, by, note=note)
    keep(connection, proposal.draft, proposal.id)
    set_state(connection, draft_of(connection, proposal.draft), "open")


def decide(
    connection: sa.Connection, proposal: Proposal, state: State, by: By, *, note: str
) -> None:
    """Keep how a proposal was decided."""
    connection.execute(
        sa.update(PROPOSAL)
        .where(PROPOSAL.c.id == proposal.id)
        .values(state=state, decided_by=by.author, decided_at=by.at, decision_note=note)
    )


def resolve(
    connection: sa.Connection,
    draft: Draft,
    layer: str,
    key: str,
    chosen: Mapping[str, tuple[Literal["theirs", "yours", "value"], Cell]],
) -> Merged:
    """Settle the conflicts of one row; it begins from what is published from then on.

    Parameters
    ----------
    connection
        In a writing transaction.
    draft, layer, key
        Which row of which draft.
    chosen
        Whose value each field in conflict takes, or a value of its own. The field `WHOLE` settles
        a row that was taken away on one side.

    Raises
    ------
    NotFoundError
        The draft does not change this row.
    DataError
        A field in conflict is not settled, or one that is none is.
    """
    found = [
        s
        for s in standing_of(connection, draft.id)
        if (s.change.layer, s.change.key) == (layer, key)
    ]
    if not found:
        raise NotFoundError(
            say(f"草稿没有改过“{key}”。", f"the draft does not change {key!r} of {layer}.")
        )
    (standing,) = found
    conflicts = {conflict.field: conflict for conflict in standing.merged.conflicts}
    if set(chosen) != set(conflicts):
        open_ones = say("、", ", ").join(sorted(conflicts)) or say("没有", "none")
        raise DataError(
            say(f"要选定的是：{open_ones}。", f"the fields to settle: {open_ones}."),
            hint=say("每项冲突选一个，不多不少。", "choose for each conflict, no more, no less."),
        )
    after = _settled(standing.merged.row, conflicts, chosen)
    rebase(connection, draft, standing.change, standing.now, after)
    return Merged(after)


def _settled(
    merged: Record | None,
    conflicts: Mapping[str, Conflict],
    chosen: Mapping[str, tuple[Literal["theirs", "yours", "value"], Cell]],
) -> Record | None:
    if WHOLE in conflicts:
        side = chosen[WHOLE][0]
        if side == "value":
            raise DataError(say("整行只能选一方。", "a whole row is theirs or yours."))
        whole = conflicts[WHOLE].theirs if side == "theirs" else conflicts[WHOLE].yours
        assert whole is None or isinstance(whole, Mapping)
        return whole
    assert merged is not None
    row = dict(merged)
    for name, (side, value) in chosen.items():
        conflict = conflicts[name]
        side_value = conflict.theirs if side == "theirs" else conflict.yours
        row[name] = value if side == "value" else side_value  # type: ignore[assignment]
    return row


def _must_be_open(proposal: Proposal) -> None:
    if proposal.state != "open":
        raise ConflictError(say("这次报送已经办结。", "the proposal is decided already."))
