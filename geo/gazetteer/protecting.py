"""The protection list: which names are on it, by level and batch, and how one enters it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.lookup import Card, cards
from geo.gazetteer.papers import Paper, paper
from geo.text import say

LEVELS: Final = ("国家级", "省级", "市级", "县级")


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of the list with its place and the document that published it."""

    row: Row
    card: Card
    document: Row | None


def protected(
    book: Gazetteer, *, on: date | None = None, level: str = "", batch: str = ""
) -> list[Listed]:
    """Return the entries of a day, by level, batch and name."""
    rows = [
        row
        for row in book.rows("protection", on=on)
        if row["level"] == (level or row["level"]) and row["batch"] == (batch or row["batch"])
    ]
    known = cards(book, [row["place_id"] for row in rows], on=on)
    papers = {row["id"]: row for row in book.rows("document")}
    found = [
        Listed(row, known[row["place_id"]], papers.get(row["document_id"] or ""))
        for row in rows
        if row["place_id"] in known
    ]
    order = {one: at for at, one in enumerate(LEVELS)}
    return sorted(
        found,
        key=lambda one: (
            order.get(one.row["level"], len(order)), one.row["batch"], one.card.name, one.row["id"],
        ),
    )  # fmt: skip


def protect(
    book: Gazetteer,
    place_id: str,
    *,
    level: str,
    batch: str,
    document: Paper,
    on: date,
    category: str = "",
    criteria: str = "",
    measures: str = "",
    author: str,
    reason: str,
    at: datetime,
) -> str:
    """Enter a place into the list, and return the change set.

    Raises
    ------
    DataError
        The level is none, or no batch or document is told.
    ConflictError
        It is in the list of this level already.
    """
    faults = []
    if level not in LEVELS:
        faults.append(
            say(
                f"级别“{level}”应为{'、'.join(LEVELS)}之一",
                f"level {level!r} should be one of {', '.join(LEVELS)}",
            )
        )
    if not batch.strip():
        faults.append(say("没有写批次", "no batch is told"))
    if faults:
        raise DataError(say("；", "; ").join(faults) + say("。", "."))
    with book.change(author=author, reason=reason, at=at) as change:
        day = on.toordinal()
        if any(
            row["level"] == level and row["from_day"] <= day < row["end_day"]
            for row in change.select("protection", place_id=place_id)
        ):
            raise ConflictError(
                say(
                    f"已经列入{level}地名保护名录。", f"it is in the list of level {level} already."
                )
            )
        change.insert(
            "protection",
            place_id=place_id,
            level=level,
            batch=batch,
            category=category,
            criteria=criteria,
            measures=measures,
            document_id=paper(change, document),
            valid_from=on.isoformat(),
        )
        return change.id
