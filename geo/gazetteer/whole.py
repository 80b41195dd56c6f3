"""Everything the gazetteer holds of one place, by kind of record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.calendar import FOREVER
from geo.gazetteer.earlier import cards_then, signs_then
from geo.gazetteer.lookup import Card, cards
from geo.gazetteer.tables import RECORDS

_OF_PLACE: Final = ("name", "code", "shape", "sign", "task", "case", "protection")
_PARENTS: Final = 12


@dataclass(frozen=True, slots=True)
class Whole:
    """One place with all that is kept of it."""

    card: Card
    """Its status and lifecycle are of the day asked for."""
    place: Row
    names: tuple[Row, ...]
    """As they were called while they held, the standard one first."""
    codes: tuple[Row, ...]
    shapes: tuple[Row, ...]
    above: tuple[Card, ...]
    """The divisions that it is part of, the nearest first."""
    relations: tuple[tuple[str, Card], ...]
    """Other relations: their kinds, and the places."""
    within: int
    """How many places are part of it."""
    signs: tuple[Row, ...]
    plates: int
    cases: tuple[Row, ...]
    tasks: tuple[Row, ...]
    protections: tuple[Row, ...]
    documents: tuple[Row, ...]
    plans: tuple[Row, ...]
    census: Mapping[str, Any]
    """Columns of the census that have no column of their own here."""
    locked: bool
    """Whether an import leaves it alone: it is official, or its reading confirmed."""


def whole(
    book: Gazetteer, place_id: str, *, on: date | None = None, today: date | None = None
) -> Whole:
    """Return all that is kept of a place.

    Parameters
    ----------
    book
        The gazetteer.
    place_id
        Its id.
    on
        Only what held on this day; None: all there ever was.
    today
        Where all is told: the day on which a name that ends later is not yet a former one, and
        that status, signs and their keepers are of.

    Raises
    ------
    NotFoundError
        There is no such place.
    """
    day = on or today
    place = book.row("place", place_id)
    rows = {record: book.rows(record, on=on, place_id=place_id) for record in _OF_PLACE}
    names = [_then(row) if on is not None or _holds(row, today) else row for row in rows["name"]]
    names.sort(key=lambda row: (row["kind"] != "standard", -row["end_day"], row["id"]))
    above = _above(book, place_id, on)
    relations = [
        (row["kind"], row["other_id"])
        for row in book.rows("relation", on=on, place_id=place_id)
        if row["kind"] != "part_of"
    ]
    ids = [place_id, *above, *(other for _, other in relations)]
    found = cards(book, ids, on=day)
    documents = {
        row[column]
        for record, column in (("name", "decision_id"), ("protection", "document_id"),
                               ("case", "decision_id"))
        for row in rows[record]
        if row[column]
    }  # fmt: skip
    attributes = json.loads(place["attributes"] or "{}")
    return Whole(
        card=cards_then(book, [found[place_id]], day)[0] if day else found[place_id],
        place=place,
        names=tuple(names),
        codes=tuple(rows["code"]),
        shapes=tuple(rows["shape"]),
        above=tuple(found[one] for one in above if one in found),
        relations=tuple((kind, found[other]) for kind, other in relations if other in found),
        within=_count(book, "relation", "other_id", place_id, on),
        signs=tuple(signs_then(book, rows["sign"], day) if day else rows["sign"]),
        plates=_count(book, "plate", "road_id", place_id, on),
        cases=tuple(rows["case"]),
        tasks=tuple(rows["task"]),
        protections=tuple(rows["protection"]),
        documents=tuple(book.row("document", one) for one in sorted(documents)),
        plans=tuple(
            row for one in names for row in book.rows("plan_link", on=on, name_id=one["id"])
        ),
        census=attributes.get("census", {}).get("kept", {}),
        locked=place["status"] == "official" or any(row["confirmed_by"] for row in names),
    )


def _then(row: Row) -> Row:
    ended = row["kind"] == "former" and row["end_day"] < FOREVER
    return row | {"kind": "standard"} if ended else row


def _holds(row: Row, today: date | None) -> bool:
    return today is not None and today.toordinal() < row["end_day"]


def _above(book: Gazetteer, place_id: str, on: date | None) -> list[str]:
    chain: list[str] = []
    here = place_id
    while len(chain) < _PARENTS:
        rows = book.rows("relation", on=on, place_id=here, kind="part_of")
        if not rows:
            break
        here = max(rows, key=lambda row: (row["end_day"], row["id"]))["other_id"]
        if here in chain or here == place_id:
            break
        chain.append(here)
    return chain


def _count(book: Gazetteer, record: str, column: str, value: str, on: date | None) -> int:
    table = RECORDS[record]
    found = sa.select(sa.func.count()).select_from(table).where(table.c[column] == value)
    if record == "relation":
        found = found.where(table.c.kind == "part_of")
    day = on.toordinal() if on else FOREVER - 1
    found = found.where(table.c.from_day <= day, table.c.end_day > day)
    with book.reading() as connection:
        return connection.scalar(found) or 0
