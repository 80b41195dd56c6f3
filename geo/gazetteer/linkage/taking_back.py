"""Take what applying one match did out of the gazetteer again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

from geo.errors import ConflictError, NotFoundError
from geo.gazetteer.book import Change, Gazetteer
from geo.gazetteer.tables import RECORDS
from geo.text import say


def take_back(book: Gazetteer, match: str, *, author: str, at: datetime, reason: str = "") -> str:
    """Undo what applying one match did, and return the id of the change that does so.

    The match is decided as before and not applied; everything else stays. To undo all of it, use
    `Gazetteer.undo` with the change set.

    Raises
    ------
    NotFoundError
        There is no such match, or it was not applied.
    ConflictError
        What it made was changed since, or something was added to a place it made.
    """
    row = book.row("match", match)
    if not row["applied"]:
        raise NotFoundError(
            say("这个匹配还没有写入地名库。", "this match was not applied."),
            hint=say(
                "要改结论，直接重新裁定：names link decide。", "Decide it anew: names link decide."
            ),
        )
    made = {(record, identity) for record, identity in json.loads(row["made"])}
    why = reason or say("撤回一个匹配", "take one match back")
    with book.change(author=author, reason=why, at=at, undoes=row["applied"]) as change:
        leaning = sorted(set(_leaning(change, made)))
        if leaning:
            raise ConflictError(
                say(
                    f"这个匹配新增的地名后来又加了内容：{'、'.join(leaning[:5])}。",
                    f"was added to the place that this match made: {', '.join(leaning[:5])}.",
                ),
                hint=say("请先撤回后来的改动。", "Undo the later changes first."),
            )
        change.take_back(row["applied"], only=made | {("match", match)})
        return change.id


def _leaning(change: Change, made: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the rows added since to a place that is to be taken out."""
    for record, identity in sorted(made):
        if record != "place":
            continue
        for name, table in RECORDS.items():
            for column in table.columns:
                if name != "match" and any(
                    key.column.table is RECORDS["place"] for key in column.foreign_keys
                ):
                    rows = change.select(name, **{column.name: identity})
                    yield from (one["id"] for one in rows if (name, one["id"]) not in made)
