"""Every consequence of a division change as tables: codes, parents, signs, lines, tasks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.lookup import Card, cards
from geo.gazetteer.words import class_word, word

_COLUMNS: Final = {
    "codes": ("name", "class_name", "scheme", "before", "after"),
    "parents": ("name", "class_name", "before", "after", "place_id"),
    "signs": ("number", "before", "after", "keeper_before", "keeper_after", "state"),
    "borders": ("kind", "number", "field", "before", "after"),
    "tasks": ("title", "due_on", "rule"),
}
_ORDER: Final = {
    "codes": ("before", "name"),
    "parents": ("class_name", "name", "place_id"),
    "signs": ("number",),
    "borders": ("kind", "number"),
    "tasks": ("due_on", "title"),
}


@dataclass(frozen=True, slots=True)
class Consequences:
    """What a division change does, table by table."""

    codes: pd.DataFrame
    """Each code before and after."""
    parents: pd.DataFrame
    """Each place that belongs elsewhere now."""
    signs: pd.DataFrame
    """Signs that are stale or have another keeper."""
    borders: pd.DataFrame
    """Lines and stones named anew."""
    tasks: pd.DataFrame
    """What is to be done, and by when."""


def consequences(book: Gazetteer, events: Sequence[Row]) -> Consequences:
    """Return the consequences that events of a change or of its rehearsal tell.

    Parameters
    ----------
    book
        The gazetteer, before or after the change.
    events
        Rows with ``record``, ``before`` and ``after``, as the log keeps them.
    """
    pairs = [(e["record"], _row(e["before"]), _row(e["after"])) for e in events]
    fresh = {
        after["place_id"]: after["text"]
        for record, before, after in pairs
        if record == "name" and before is None and after
    }
    ids = {
        str(row[c])
        for _, before, after in pairs
        for row in (before, after)
        if row
        for c in ("place_id", "other_id")
        if row.get(c)
    }
    known = cards(book, sorted(ids))
    names = {identity: card.name for identity, card in known.items()} | fresh
    made = {
        "codes": _codes(pairs, names, known),
        "parents": _parents(pairs, names, known),
        "signs": _signs(pairs),
        "borders": _borders(pairs),
        "tasks": [after for record, before, after in pairs
                  if record == "task" and before is None and after and after["due_on"]],
    }  # fmt: skip
    return Consequences(
        **{
            name: pd.DataFrame(rows, columns=list(_COLUMNS[name]))
            .astype("string")
            .sort_values(list(_ORDER[name]), kind="stable", ignore_index=True)
            for name, rows in made.items()
        }
    )


Pairs = Sequence[tuple[str, Row | None, Row | None]]


def _codes(pairs: Pairs, names: Mapping[str, str], known: Mapping[str, Card]) -> list[Row]:
    """Return the codes that ended beside those that begin in their place."""
    ended = [(b, a) for r, b, a in pairs if r == "code" and b and a and not b["valid_to"]]
    begun = {
        (a["scheme"], a["value"][9:]): a for r, b, a in pairs if r == "code" and b is None and a
    }
    rows = []
    for _, after in ended:
        then = begun.get((after["scheme"], after["value"][9:]), {})
        place = after["place_id"]
        rows.append(
            {
                "name": names.get(place, ""),
                "class_name": class_word(known[place].class_code) if place in known else "",
                "scheme": word("scheme", after["scheme"]),
                "before": after["value"],
                "after": then.get("value", ""),
            }
        )
    return rows


def _parents(pairs: Pairs, names: Mapping[str, str], known: Mapping[str, Card]) -> list[Row]:
    was = {
        a["place_id"]: a["other_id"]
        for r, b, a in pairs
        if r == "relation" and b and a and a["kind"] == "part_of"
    }
    return [
        {
            "name": names.get(a["place_id"], ""),
            "class_name": class_word(known[a["place_id"]].class_code)
            if a["place_id"] in known
            else "",
            "before": names.get(was[a["place_id"]], ""),
            "after": names.get(a["other_id"], ""),
            "place_id": a["place_id"],
        }
        for r, b, a in pairs
        if r == "relation" and b is None and a and a["kind"] == "part_of" and a["place_id"] in was
    ]


def _signs(pairs: Pairs) -> list[Row]:
    fresh = {
        a["sign_id"]: a["draft"] for r, b, a in pairs if r == "task" and b is None and a
        if a["sign_id"]
    }  # fmt: skip
    rows: dict[str, dict[str, Any]] = {}
    for record, before, after in pairs:
        if record != "sign" or before is None or after is None:
            continue
        row = rows.setdefault(
            after["id"], {"number": after["number"], "keeper_before": before["keeper"]}
        )
        row |= {
            "before": after["text"],
            "after": fresh.get(after["id"], after["text"]),
            "keeper_after": after["keeper"],
            "state": word("state", after["state"]),
        }
    return list(rows.values())


def _borders(pairs: Pairs) -> list[Row]:
    number = {"line": "code", "marker": "number"}
    return [
        {
            "kind": word("record", record),
            "number": after[number[record]],
            "field": word("column", column),
            "before": before[column],
            "after": after[column],
        }
        for record, before, after in pairs
        if record in number and before and after
        for column in ("name", "parties", "responsible")
        if column in after and before[column] != after[column]
    ]


def _row(text: str) -> Row | None:
    return json.loads(text) if text else None
