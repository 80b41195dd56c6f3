"""How ``names history`` shows events and change sets: as lines for an officer, and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from api.cli._console import print_line
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.change_sets import ChangeSet
    from geo.gazetteer.history import Told

_ROWS_SHOWN = 3


def print_events(events: list[Told], *, whole: bool) -> None:
    """Print events under the changes they belong to; many alike are counted unless ``whole``."""
    for identity, group in groupby(events, key=lambda one: one.change.id):
        told = list(group)
        change = told[0].change
        if identity:
            print_line(
                f"{change.at[:16].replace('T', ' ')}  {change.author}  {reason_of(change)}"
                f"  {say('改动', 'change')} {identity}"
            )
        for _, alike in groupby(told, key=lambda one: (one.record, one.act)):
            rows = list(alike)
            shown = rows if whole or len(rows) <= _ROWS_SHOWN + 1 else rows[:_ROWS_SHOWN]
            for row in shown:
                print_line(f"  {row.line}")
            if len(shown) < len(rows):
                more = len(rows) - len(shown)
                print_line(say(f"  ……同类还有 {more:,} 条", f"  … and {more:,} more like these"))


def what(change: ChangeSet) -> str:
    """Return how many rows of which records a change touched."""
    from geo.gazetteer.words import word  # noqa: PLC0415

    return say("、", ", ").join(
        f"{word('record', record)} {count:,}" for record, count in change.rows.items()
    )


def change_json(one: ChangeSet) -> dict[str, Any]:
    """Return a change set as values that JSON has."""
    return {
        "id": one.id,
        "author": one.author,
        "reason": one.reason,
        "at": one.at,
        "case_id": one.case_id,
        "undoes": one.undoes,
        "undone_by": one.undone_by,
        "rows": dict(one.rows),
    }


def reason_of(change: ChangeSet) -> str:
    """Return why a change was made, and whether it was taken back."""
    return change.reason + (say("（已撤回）", " (taken back)") if change.undone_by else "")


def event_json(one: Told) -> dict[str, Any]:
    """Return an event as values that JSON has."""
    return {
        "number": one.number,
        "change_set_id": one.change.id,
        "at": one.change.at,
        "author": one.change.author,
        "reason": one.change.reason,
        "record": one.record,
        "row_id": one.row_id,
        "act": one.act,
        "place_id": one.place_id,
        "about": one.about,
        "told": one.line,
        "fields": [{"field": label, "before": was, "after": now} for label, was, now in one.fields],
    }
