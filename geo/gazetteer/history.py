"""What happened to a place, and in a change: who, when, why, and each field before and after."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy import RowMapping

from geo.errors import ConflictError, DataError, NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.lookup import cards
from geo.gazetteer.spelling import spelled
from geo.gazetteer.tables import CHANGE_SET, EVENT, RECORDS
from geo.gazetteer.telling import Fields, fields_told, subject
from geo.gazetteer.words import joined, labelled, word
from geo.text import say

Act = Literal["added", "changed", "removed"]

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


@dataclass(frozen=True, slots=True)
class Told:
    """One event in words."""

    number: int
    change: ChangeSet
    record: str
    row_id: str
    act: Act
    place_id: str
    about: str
    """What the row is about, such as the name or the number that it has."""
    fields: Fields
    """Label, before and after; an added row has no before."""

    @property
    def line(self) -> str:
        """The event in one line."""
        verb = {
            "added": say("新增", "added"),
            "changed": say("修改", "changed"),
            "removed": say("撤销", "removed"),
        }[self.act]
        name = f"“{self.about}”" if self.about else ""
        head = say(
            f"{verb}{word('record', self.record)}{name}",
            f"{verb} {word('record', self.record)} {name}".rstrip(),
        )
        if self.act == "removed":
            return head
        if self.act == "added":
            parts = [f"{label} {after}" for label, _, after in self.fields]
        else:
            empty = say("（空）", "(nothing)")
            parts = [f"{label} {was or empty} → {now or empty}" for label, was, now in self.fields]
        return labelled(head, joined(parts)) if parts else head


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether the log is whole and the rows are what it leads to."""

    change_sets: int
    events: int
    broken: int | None
    """Number of the first event that breaks the chain."""
    told: str
    """That event in words."""
    foreign: tuple[tuple[str, str], ...]
    """Records and ids of rows that differ from the log: changed by another hand."""
    state_sha256: str

    @property
    def whole(self) -> bool:
        """Whether nothing is broken."""
        return self.broken is None and not self.foreign


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
    undone = _undone(heads)
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


def history(book: Gazetteer, place_id: str) -> list[Told]:
    """Return what happened to a place, its names, codes, shapes, signs and tasks, in order.

    Places that became part of it are not told one by one: they have histories of their own.
    """
    mark = f'"place_id": "{place_id}"'
    own = sa.and_(EVENT.c.record == "place", EVENT.c.row_id == place_id)
    road = f'"road_id": "{place_id}"'
    holds = [
        column.contains(text, autoescape=True)
        for column in (EVENT.c.before, EVENT.c.after)
        for text in (mark, road)
    ]
    return _told(book, sa.or_(own, *holds))


def contents(book: Gazetteer, change_set_id: str, *, limit: int | None = None) -> list[Told]:
    """Return what a change set did, event by event."""
    return _told(book, EVENT.c.change_set_id == change_set_id, limit=limit)


def foretold(book: Gazetteer, events: Iterable[Row]) -> list[Told]:
    """Return in words what a rehearsal did; see `Gazetteer.rehearsal`."""
    nobody = ChangeSet("", "", "", "", "", "", "", {})
    return _worded(book, list(events), lambda _: nobody)


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


def verify(book: Gazetteer) -> Verified:
    """Check the chain of the log, and that the rows are what it leads to."""
    broken = book.first_broken()
    last: dict[tuple[str, str], str] = {}
    with book.reading() as connection:
        count = connection.scalar(sa.select(sa.func.count()).select_from(CHANGE_SET)) or 0
        events = 0
        for event in connection.execute(
            sa.select(EVENT.c.record, EVENT.c.row_id, EVENT.c.after).order_by(EVENT.c.number)
        ):
            last[event.record, event.row_id] = event.after
            events += 1
        foreign = []
        for record, table in RECORDS.items():
            for row in connection.execute(sa.select(table)).mappings():
                key = (record, str(row["id"]))
                if last.pop(key, "") != spelled(dict(row)):
                    foreign.append(key)
    foreign += [key for key, after in last.items() if after]
    told = "" if broken is None else _broken(book, broken)
    return Verified(count, events, broken, told, tuple(sorted(foreign)), book.state_sha256())


def _broken(book: Gazetteer, number: int) -> str:
    try:
        found = _told(book, EVENT.c.number == number)
    except (ValueError, KeyError):
        found = []
    if not found:
        return say("这一号事件缺失或无法读出", "this event is missing or cannot be read")
    one = found[0]
    return f"{one.change.at[:10]} {one.change.author} {labelled(one.change.reason, one.line)}"


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
    undone = _undone(heads)
    undoing = {head["id"] for head in heads if head["undoes"]}
    return {one for one in later if one not in undone and one not in undoing}


def _undone(heads: Sequence[RowMapping]) -> dict[str, str]:
    """Return, by change set, the one that took it back and was not itself taken back."""
    by = {head["undoes"]: head["id"] for head in heads if head["undoes"]}
    return {one: other for one, other in by.items() if other not in by}


def _told(
    book: Gazetteer, where: sa.ColumnElement[bool], *, limit: int | None = None
) -> list[Told]:
    found = sa.select(EVENT).where(where).order_by(EVENT.c.number).limit(limit)
    with book.reading() as connection:
        events = [dict(row) for row in connection.execute(found).mappings()]
        wanted = {event["change_set_id"] for event in events}
        heads = connection.execute(sa.select(CHANGE_SET)).mappings().all()
    undone = _undone(heads)
    sets = {
        head["id"]: ChangeSet(
            head["id"], head["author"], head["reason"], head["at"], head["case_id"],
            head["undoes"], undone.get(head["id"], ""), {},
        )
        for head in heads
        if head["id"] in wanted
    }  # fmt: skip
    return _worded(book, events, lambda event: sets[event["change_set_id"]])


def _worded(book: Gazetteer, events: Sequence[Row], change_of: Any) -> list[Told]:  # noqa: ANN401
    pairs = [(_row(event["before"]), _row(event["after"])) for event in events]
    ids = {
        str(row[column])
        for pair in pairs
        for row in pair
        if row is not None
        for column in ("place_id", "other_id", "road_id")
        if row.get(column)
    }
    ids |= {event["row_id"] for event in events if event["record"] == "place"}
    names = {one: card.name for one, card in cards(book, sorted(ids)).items()}
    told = []
    for event, (before, after) in zip(events, pairs, strict=True):
        act: Act = "added" if before is None else "removed" if after is None else "changed"
        row = after or before or {}
        place = event["row_id"] if event["record"] == "place" else row.get("place_id") or ""
        told.append(
            Told(
                event["number"],
                change_of(event),
                event["record"],
                event["row_id"],
                act,
                place,
                subject(event["record"], {**row, "id": event["row_id"]}, names),
                fields_told(event["record"], before, after, names),
            )
        )
    return told


def _row(text: str) -> Row | None:
    return json.loads(text) if text else None


def day_of(change: ChangeSet) -> date:
    """Return the day on which a change was made."""
    return datetime.fromisoformat(change.at).date()
