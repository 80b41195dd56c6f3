"""Whether the log is whole, and the rows are what it leads to."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.history import told_events
from geo.gazetteer.spelling import spelled
from geo.gazetteer.tables import CHANGE_SET, EVENT, RECORDS
from geo.gazetteer.words import labelled
from geo.text import say


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
        found = told_events(book, EVENT.c.number == number)
    except (ValueError, KeyError):
        found = []
    if not found:
        return say("这一号事件缺失或无法读出", "this event is missing or cannot be read")
    one = found[0]
    return f"{one.change.at[:10]} {one.change.author} {labelled(one.change.reason, one.line)}"
