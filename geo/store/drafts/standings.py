"""How the changes of a draft stand to what is published, and what a proposal had of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geo.errors import ConflictError
from geo.schema import layer as layer_schema
from geo.store.drafts.book import Change, changes, changes_in
from geo.store.drafts.tables import DRAFT_EDIT, PROPOSAL, PROPOSAL_EDIT
from geo.store.merging import Merged, merge
from geo.store.records import Row, read
from geo.text import say


@dataclass(frozen=True, slots=True)
class Standing:
    """One change of a draft beside the row as it is published now."""

    change: Change
    now: Row | None
    merged: Merged


class ConflictsError(ConflictError):
    """What was proposed and what was published meanwhile do not go together.

    Parameters
    ----------
    standing
        The changes with conflicts.
    handing_in
        Whether it was to be handed in, not to be taken over.
    """

    def __init__(self, standing: Sequence[Standing], *, handing_in: bool = False) -> None:
        count = sum(len(one.merged.conflicts) for one in standing)
        undone = say("还没有报送", "it is not handed in") if handing_in else (
            say("什么也没有写入", "nothing was written")
        )  # fmt: skip
        settle = say(
            "请编制人在草稿页上逐项选定；程序用 POST /ws/草稿/resolve。",
            "the author settles each on the draft's page, or by POST /ws/{draft}/resolve",
        )
        knowingly = say(
            "要带着冲突报送，就勾选“带着冲突报送”；程序写 conflicts: keep。",
            "; to hand it in with them, tick that box, or send conflicts: keep",
        )
        super().__init__(
            say(
                f"草稿与已发布的内容有 {count} 处冲突，{undone}。",
                f"{count} fields conflict with what is published; {undone}.",
            ),
            hint=settle + (knowingly if handing_in else ""),
        )
        self.standing = tuple(standing)


def standing_of(connection: sa.Connection, draft: str) -> list[Standing]:
    """Return every change of a draft beside what is published now."""
    found = changes(connection, draft)
    now: dict[str, dict[str, Row]] = {}
    for layer in dict.fromkeys(change.layer for change in found):
        keys = [change.key for change in found if change.layer == layer]
        now[layer] = read(connection, layer_schema(layer), keys)
    result = []
    for change in found:
        row = now[change.layer].get(change.key)
        theirs = None if row is None else row.record
        result.append(Standing(change, row, merge(change.base, theirs, change.after)))
    return result


def as_begun(found: Sequence[Change]) -> list[Standing]:
    """Return changes beside the rows that they began from, whatever came since."""
    return [
        Standing(
            change,
            None if change.base is None else Row(0, change.base_version or 0, change.base),
            Merged(change.after),
        )
        for change in found
    ]


def keep(connection: sa.Connection, draft: str, proposal: str) -> None:
    """Keep what a draft changes now as what a proposal had."""
    names = [column.name for column in PROPOSAL_EDIT.columns if column.name != "proposal"]
    now = sa.select(sa.literal(proposal), *(DRAFT_EDIT.c[name] for name in names))
    own = now.where(DRAFT_EDIT.c.draft == draft)
    connection.execute(sa.insert(PROPOSAL_EDIT).from_select(["proposal", *names], own))


def kept(connection: sa.Connection, proposal: str) -> list[Change]:
    """Return what a proposal had when it was given back, by layer and key."""
    own = sa.select(PROPOSAL_EDIT).where(PROPOSAL_EDIT.c.proposal == proposal)
    return changes_in(connection, own)


def rows_changed(connection: sa.Connection) -> dict[str, int]:
    """Return how many rows each draft changes; those that change none are left out."""
    own = sa.select(DRAFT_EDIT.c.draft, sa.func.count()).group_by(DRAFT_EDIT.c.draft)
    return {str(draft): int(count) for draft, count in connection.execute(own)}


def rows_proposed(connection: sa.Connection) -> dict[str, int]:
    """Return how many rows each proposal changes, or changed when it was given back.

    Those of which nothing is known any more are left out.
    """
    of_drafts = rows_changed(connection)
    own = sa.select(PROPOSAL_EDIT.c.proposal, sa.func.count()).group_by(PROPOSAL_EDIT.c.proposal)
    counts = {str(proposal): int(count) for proposal, count in connection.execute(own)}
    in_draft = sa.select(PROPOSAL.c.id, PROPOSAL.c.draft)
    stay = in_draft.where(PROPOSAL.c.state.in_(("open", "approved")))
    return counts | {str(one): of_drafts.get(draft, 0) for one, draft in connection.execute(stay)}
