"""Which change sets there are, which one is meant, and how one is taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import RowMapping

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.tables import CHANGE_SET, EVENT, RECORDS
from geo.text import say

LAST_STANDING: Final = "last standing"
_PREFIX: Final = 6
"""Fewest letters by which a change set is known."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """One change set: who, when, why, and how much."""

    id: str
    author: str
    reason: str
    at: str
    case_id: str
    undoes: str
    undone_by: str
    """The change set that took this one back; empty: none."""
    rows: Mapping[str, int]
    """Events by record."""


def change_sets(book: Gazetteer, *, limit: int | None = None) -> list[ChangeSet]:
    """Return the change sets, the latest first."""
    with book.reading() as connection:
        heads = connection.execute(sa.select(CHANGE_SET)).mappings().all()
        counted = connection.execute(
            sa.select(
                EVENT.c.change_set_id, EVENT.c.record, sa.func.count(), sa.func.min(EVENT.c.number)
            ).group_by(EVENT.c.change_set_id, EVENT.c.record)
        ).all()
    rows: dict[str, dict[str, int]] = {}
    first: dict[str, int] = {}
    for identity, record, count, number in counted:
        rows.setdefault(identity, {})[record] = count
        first[identity] = min(first.get(identity, number), number)
    undone = undone_by(heads)
    order = {record: at for at, record in enumerate(RECORDS)}
    made = [
        ChangeSet(
            head["id"],
            head["author"],
            head["reason"],
            head["at"],
            head["case_id"],
            head["undoes"],
            undone.get(head["id"], ""),
            dict(sorted(rows.get(head["id"], {}).items(), key=lambda pair: order[pair[0]])),
        )
        for head in sorted(heads, key=lambda head: first.get(head["id"], 0), reverse=True)
        if head["id"] in rows
    ]
    return made[:limit]


def change_set(book: Gazetteer, words: str) -> ChangeSet:
    """Return the change set that an id, the beginning of one, or ``last`` means.

    ``last`` is the last that was made, ``last standing`` the last that neither takes another back
    nor was taken back.

    Raises
    ------
    NotFoundError
        There is none.
    DataError
        Several begin so.
    """
    every = change_sets(book)
    text = words.strip().lower()
    if text in ("last", "最近") and every:
        return every[0]
    if text == LAST_STANDING:
        standing = [one for one in every if not one.undoes and not one.undone_by]
        if standing:
            return standing[0]
    found = [one for one in every if len(text) >= _PREFIX and one.id.startswith(text)]
    if len(found) == 1:
        return found[0]
    hint = say("用 fuwuquan names changes 查看编号。", "See them with: fuwuquan names changes")
    if found:
        raise DataError(
            say(f"有 {len(found)} 次改动以“{text}”开头。", f"{len(found)} begin with {text!r}."),
            hint=hint,
        )
    raise NotFoundError(say(f"没有编号为 {words} 的改动。", f"no change {words!r}."), hint=hint)


def undo(book: Gazetteer, change_set_id: str, *, author: str, reason: str, at: datetime) -> str:
    """Take a change set back and return the id of the change that does so.

    Raises
    ------
    ConflictError
        It was taken back already, or rows were changed again since: the message names the changes.
    """
    every = {one.id: one for one in change_sets(book)}
    wanted = every.get(change_set_id)
    if wanted is not None and wanted.undone_by:
        raise ConflictError(
            say("这次改动已经撤回。", "this change was taken back already."),
            hint=say(f"撤回它的改动是 {wanted.undone_by}。", f"By change {wanted.undone_by}."),
        )
    later = _later(book, change_set_id)
    if later:
        lines = [
            f"{one.id}（{one.at[:10]}，{one.author}，{one.reason}）"
            for one in every.values()
            if one.id in later
        ]
        raise ConflictError(
            say(
                "其中的记录后来又改过，不能直接撤回。",
                "what it changed was changed again since: it cannot be taken back.",
            ),
            hint=say(
                f"请先依次撤回：{'；'.join(lines)}。",
                f"First take back, in order: {'; '.join(lines)}.",
            ),
        )
    return book.undo(change_set_id, author=author, reason=reason, at=at)


def undone_by(heads: Sequence[RowMapping]) -> dict[str, str]:
    """Return, by change set, the one that took it back and was not itself taken back."""
    by = {head["undoes"]: head["id"] for head in heads if head["undoes"]}
    return {one: other for one, other in by.items() if other not in by}


def _later(book: Gazetteer, change_set_id: str) -> set[str]:
    """Return the changes that touched rows of a change set after it."""
    other = EVENT.alias()
    found = (
        sa.select(other.c.change_set_id)
        .distinct()
        .select_from(EVENT)
        .join(other, sa.and_(other.c.record == EVENT.c.record, other.c.row_id == EVENT.c.row_id))
        .where(
            EVENT.c.change_set_id == change_set_id,
            other.c.number > EVENT.c.number,
            other.c.change_set_id != change_set_id,
        )
    )
    with book.reading() as connection:
        later = {row[0] for row in connection.execute(found)}
        heads = connection.execute(sa.select(CHANGE_SET)).mappings().all()
    undone = undone_by(heads)
    undoing = {head["id"] for head in heads if head["undoes"]}
    return {one for one in later if one not in undone and one not in undoing}
