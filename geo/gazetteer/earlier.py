"""What signs and places were on a day before a change that is recorded already and still to come.

Neither the state nor the keeper of a sign has a date of its own, and no more has the status of a
place. What they were before a change is told by the log.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.calendar import FOREVER
from geo.gazetteer.lookup import Card
from geo.gazetteer.tables import EVENT, RELATION

_OF_SIGN: Final = ("state", "keeper")
"""Columns of a sign that a division change alters."""
_CHUNK: Final = 500


def signs_then(book: Gazetteer, rows: Sequence[Row], on: date) -> list[Row]:
    """Return signs with the state and keeper that they have on a day.

    Parameters
    ----------
    book
        The gazetteer.
    rows
        Rows of the record ``sign``, as they stand.
    on
        The day: what division changes that take effect after it did to a sign is left out, unless
        the sign was changed again since.
    """
    found = {row["id"]: dict(row) for row in rows}
    for identity, before, after in _done_to_signs(book, on):
        row = found.get(identity)
        if row is not None:
            row |= {
                column: before[column]
                for column in _OF_SIGN
                if before[column] != after[column] == row[column]
            }
    return list(found.values())


def cards_then(book: Gazetteer, cards: Collection[Card], on: date) -> list[Card]:
    """Return cards with the status and the lifecycle that their places have on a day.

    A place that ends later has those that it had before its end was recorded.
    """
    day = on.toordinal()
    ending = [
        card.place_id
        for card in cards
        if card.status == "historical" and card.begins <= day < card.ends < FOREVER
    ]
    before: dict[str, Row] = {}
    for at in range(0, len(ending), _CHUNK):
        before |= _before_the_end(book, ending[at : at + _CHUNK])
    return [
        replace(card, status=row["status"], lifecycle=row["lifecycle"])
        if (row := before.get(card.place_id))
        else card
        for card in cards
    ]


def _done_to_signs(
    book: Gazetteer, on: date
) -> list[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Return what changes to come did to signs, the latest first: sign, before and after."""
    succession = EVENT.alias("succession")
    found = (
        sa.select(EVENT.c.row_id, EVENT.c.before, EVENT.c.after)
        .select_from(RELATION)
        .join(
            succession,
            sa.and_(
                succession.c.record == "relation",
                succession.c.row_id == RELATION.c.id,
                succession.c.before == "",
            ),
        )
        .join(EVENT, EVENT.c.change_set_id == succession.c.change_set_id)
        .where(
            RELATION.c.kind == "succeeded_by",
            RELATION.c.from_day > on.toordinal(),
            EVENT.c.record == "sign",
            EVENT.c.before != "",
            EVENT.c.after != "",
        )
        .order_by(RELATION.c.from_day.desc(), EVENT.c.number.desc())
    )
    with book.reading() as connection:
        return [
            (row.row_id, json.loads(row.before), json.loads(row.after))
            for row in connection.execute(found)
        ]


def _before_the_end(book: Gazetteer, ids: Sequence[str]) -> dict[str, Row]:
    found = (
        sa.select(EVENT.c.row_id, EVENT.c.before)
        .where(EVENT.c.record == "place", EVENT.c.row_id.in_(ids), EVENT.c.before != "")
        .order_by(EVENT.c.number)
    )
    last: dict[str, Row] = {}
    with book.reading() as connection:
        for identity, text in connection.execute(found):
            before = json.loads(text)
            if before["status"] != "historical":
                last[identity] = before
    return last
