"""What happened to a place, and in a change: who, when, why, and each field before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.change_sets import ChangeSet, undone_by
from geo.gazetteer.lookup import cards
from geo.gazetteer.tables import CHANGE_SET, EVENT, RECORDS
from geo.gazetteer.telling import Fields, called, fields_told, refers, subject
from geo.gazetteer.words import joined, labelled, word
from geo.text import say

_CHUNK: Final = 500
Act = Literal["added", "changed", "removed"]


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
    def head(self) -> str:
        """What was done to what, without its fields."""
        verb = {
            "added": say("新增", "added"),
            "changed": say("修改", "changed"),
            "removed": say("撤销", "removed"),
        }[self.act]
        name = f"“{self.about}”" if self.about else ""
        return say(
            f"{verb}{word('record', self.record)}{name}",
            f"{verb} {word('record', self.record)} {name}".rstrip(),
        )

    @property
    def line(self) -> str:
        """The event in one line."""
        if self.act == "removed":
            return self.head
        if self.act == "added":
            parts = [f"{label} {after}" for label, _, after in self.fields]
        else:
            empty = say("（空）", "(nothing)")
            parts = [f"{label} {was or empty} → {now or empty}" for label, was, now in self.fields]
        return labelled(self.head, joined(parts)) if parts else self.head


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
    return told_events(book, sa.or_(own, *holds))


def contents(book: Gazetteer, change_set_id: str, *, limit: int | None = None) -> list[Told]:
    """Return what a change set did, event by event."""
    return told_events(book, EVENT.c.change_set_id == change_set_id, limit=limit)


def told_events(
    book: Gazetteer, where: sa.ColumnElement[bool], *, limit: int | None = None
) -> list[Told]:
    """Return events of the log in words, in order."""
    found = sa.select(EVENT).where(where).order_by(EVENT.c.number).limit(limit)
    with book.reading() as connection:
        events = [dict(row) for row in connection.execute(found).mappings()]
        wanted = {event["change_set_id"] for event in events}
        heads = connection.execute(sa.select(CHANGE_SET)).mappings().all()
    undone = undone_by(heads)
    sets = {
        head["id"]: ChangeSet(
            head["id"], head["author"], head["reason"], head["at"], head["case_id"],
            head["undoes"], undone.get(head["id"], ""), {},
        )
        for head in heads
        if head["id"] in wanted
    }  # fmt: skip
    return _worded(book, events, sets)


def _worded(book: Gazetteer, events: Sequence[Row], sets: Mapping[str, ChangeSet]) -> list[Told]:
    pairs = [(_row(event["before"]), _row(event["after"])) for event in events]
    names = _names(book, events, [row for pair in pairs for row in pair if row is not None])
    told = []
    for event, (before, after) in zip(events, pairs, strict=True):
        act: Act = "added" if before is None else "removed" if after is None else "changed"
        row = after or before or {}
        place = event["row_id"] if event["record"] == "place" else row.get("place_id") or ""
        told.append(
            Told(
                event["number"],
                sets[event["change_set_id"]],
                event["record"],
                event["row_id"],
                act,
                place,
                subject(event["record"], {**row, "id": event["row_id"]}, names),
                fields_told(event["record"], before, after, names),
            )
        )
    return told


def _names(book: Gazetteer, events: Sequence[Row], rows: Sequence[Row]) -> dict[str, str]:
    """Return what the places and rows are called that events name by their ids."""
    wanted: dict[str, set[str]] = {}
    for record in {event["record"] for event in events}:
        for column, target in refers(record).items():
            named = {str(row[column]) for row in rows if row.get(column)}
            wanted.setdefault(target, set()).update(named)
    places = wanted.pop("place", set())
    places |= {event["row_id"] for event in events if event["record"] == "place"}
    places |= _ids_of_facts(rows)
    names = {one: card.name for one, card in cards(book, sorted(places)).items()}
    with book.reading() as connection:
        for record, ids in wanted.items():
            table, some = RECORDS[record], sorted(ids)
            for at in range(0, len(some), _CHUNK):
                found = sa.select(table).where(table.c.id.in_(some[at : at + _CHUNK]))
                for row in connection.execute(found).mappings():
                    names[row["id"]] = called(record, dict(row), names)
    return names


def _ids_of_facts(rows: Sequence[Row]) -> set[str]:
    """Return the ids of places that the facts of cases name."""
    told = [json.loads(row["facts"]) for row in rows if row.get("facts")]
    listed = [one for facts in told for one in facts.get("members", ())]
    return {*listed, *(facts["road_id"] for facts in told if facts.get("road_id"))}


def _row(text: str) -> Row | None:
    return json.loads(text) if text else None
