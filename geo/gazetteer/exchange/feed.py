"""What changed since an event of the log, for those who keep a copy of the open records."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.exchange.linked import feature
from geo.gazetteer.exchange.public import OPEN, Audience, release
from geo.gazetteer.tables import CHANGE_SET, EVENT
from geo.text import say

_PARTS: Final = ("name", "code", "shape", "relation")


@dataclass(frozen=True, slots=True)
class Feed:
    """Changes up to the last event of the log."""

    since: int
    until: int
    """Ask for what comes after this number next time."""
    changed: tuple[dict[str, Any], ...]
    """``{"event", "at", "feature"}``: a place as it is now, a feature of Linked Places Format."""
    withdrawn: tuple[dict[str, Any], ...]
    """``{"event", "at", "id"}``: a place that was open and is so no more."""


def feed(book: Gazetteer, *, since: int = 0, audience: Audience = "public") -> Feed:
    """Return the open records that changed after an event, each once, by its last event.

    Nothing is said of a record that was never open to the audience, nor who changed what and why.

    Parameters
    ----------
    book
        The gazetteer.
    since
        Number of the last event that the reader knows; 0: none.
    audience
        Who reads it.

    Raises
    ------
    DataError
        The log has no such number yet.
    """
    touched: dict[str, tuple[int, str]] = {}
    once_open: set[str] = set()
    last = 0
    with book.reading() as connection:
        last = connection.execute(sa.select(sa.func.max(EVENT.c.number))).scalar() or 0
        if not 0 <= since <= last:
            raise DataError(
                say(
                    f"没有第 {since} 号事件，现有 {last} 号。",
                    f"no event {since}; there are {last}.",
                ),
                hint=say("请用上次得到的 until。", "Give the number `until` of the last feed."),
            )
        rows = connection.execute(
            sa.select(EVENT.c.number, EVENT.c.record, EVENT.c.row_id, EVENT.c.before,
                      EVENT.c.after, CHANGE_SET.c.at)
            .join(CHANGE_SET, CHANGE_SET.c.id == EVENT.c.change_set_id)
            .where(EVENT.c.record.in_(("place", *_PARTS)))
            .where(EVENT.c.record.in_(("place",)) | (EVENT.c.number > since))
            .order_by(EVENT.c.number)
        )  # fmt: skip
        for number, record, row_id, before, after, at in rows:
            row = json.loads(after or before)
            place = row_id if record == "place" else row["place_id"]
            if record == "place" and after and row["secrecy"] in OPEN[audience]:
                once_open.add(place)
            if number > since:
                touched[place] = (number, at)
    now = {one.id: one for one in release(book, audience=audience).places}
    ordered = sorted((number, at, place) for place, (number, at) in touched.items())
    return Feed(
        since,
        last,
        tuple(
            {"event": number, "at": at, "feature": feature(now[place])}
            for number, at, place in ordered
            if place in now
        ),
        tuple(
            {"event": number, "at": at, "id": place}
            for number, at, place in ordered
            if place not in now and place in once_open
        ),
    )


def feed_json(told: Feed) -> str:
    """Return a feed as JSON, a change a line."""
    parts = [
        f'"{name}": [\n'
        + ",\n".join(json.dumps(one, ensure_ascii=False) for one in getattr(told, name))
        + "\n]"
        for name in ("changed", "withdrawn")
    ]
    return f'{{"since": {told.since}, "until": {told.until}, ' + ", ".join(parts) + "}\n"
