"""What happened to names, day by day (大事记), from the cases and the log."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases import rulebook
from geo.gazetteer.publish.edition import Edition
from geo.gazetteer.tables import CHANGE_SET, EVENT

_DIVISIONS: Final = ("213", "214")
_LEAST_IMPORTED: Final = 50
"""Places that a change set must have added to be told of."""
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Happening:
    """One entry of the chronicle."""

    on: str
    """A day, or only a year or month where no more is known."""
    text: str


def chronicle(book: Gazetteer, edition: Edition) -> list[Happening]:
    """Return what happened up to the day of an edition, the earliest first."""
    last = edition.on.isoformat()
    found = [
        *_cases(book, edition),
        *_documents(book, edition),
        *_divisions(edition),
        *_imports(book),
    ]
    fit = {one for one in found if one.on <= last and edition.told(one.text)}
    return sorted(fit, key=lambda one: (one.on, one.text))


def _cases(book: Gazetteer, edition: Edition) -> Iterator[Happening]:
    """Yield the decisions over cases; a campaign is told once."""
    rules = rulebook()
    documents = {row["id"]: row for row in book.rows("document")}
    rows = [row for row in book.rows("case") if row["decision_id"] and row["decided_on"]]
    within = Counter(row["campaign_id"] for row in rows if row["campaign_id"])
    for row in rows:
        if row["campaign_id"] or (row["place_id"] and row["place_id"] not in edition.shown):
            continue
        decision = documents[row["decision_id"]]
        many = f"，共{within[row['id']]:,}条" if within[row["id"]] else ""
        word = rules.kind(row["kind"]).word.zh
        yield Happening(row["decided_on"], f"{_by(decision)}批准{word}：{row['title']}{many}。")


def _documents(book: Gazetteer, edition: Edition) -> Iterator[Happening]:
    """Yield the decisions that no case led to, with the names that they gave."""
    led = {row["decision_id"] for row in book.rows("case")}
    named = defaultdict(list)
    for entry in (*edition.entries, *edition.past):
        if entry.decision_id and entry.decision_id not in led:
            named[entry.decision_id].append(entry.name)
    for row in book.rows("document"):
        names = named.get(row["id"])
        if names and row["issued_on"]:
            listed = "、".join(names[:_NAMED]) + (f"等{len(names):,}条" if names[_NAMED:] else "")
            yield Happening(row["issued_on"], f"{_by(row)}公布地名：{listed}。")


def _divisions(edition: Edition) -> Iterator[Happening]:
    """Yield what divisions were set up or abolished, those of one day together."""
    names = defaultdict(list)
    for entry in sorted((*edition.entries, *edition.past), key=lambda one: one.own_code):
        if entry.class_code.startswith(_DIVISIONS):
            for act, day in (("设立", entry.since), ("撤销", entry.until)):
                if day:
                    names[day.rstrip("~?%"), act].append(entry.name)
    for (day, act), found in names.items():
        yield Happening(day, f"{act}{'、'.join(found)}。")


def _imports(book: Gazetteer) -> Iterator[Happening]:
    """Yield the change sets of no case that added many places."""
    added = sa.func.count().label("added")
    wanted = (
        sa.select(CHANGE_SET.c.at, CHANGE_SET.c.reason, added)
        .join(EVENT, EVENT.c.change_set_id == CHANGE_SET.c.id)
        .where(EVENT.c.record == "place", EVENT.c.before == "", CHANGE_SET.c.case_id == "")
        .group_by(CHANGE_SET.c.id, CHANGE_SET.c.at, CHANGE_SET.c.reason)
        .having(added >= _LEAST_IMPORTED)
    )
    with book.reading() as connection:
        for row in connection.execute(wanted):
            yield Happening(row.at[:10], f"地名入库{row.added:,}条（{row.reason}）。")


def _by(document: Row) -> str:
    number = f"以{document['number']}" if document["number"] else ""
    return f"{document['issuer'] or '批准机关'}{number}"
