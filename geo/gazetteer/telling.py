"""How one row of the gazetteer is told: what it is about, and its fields before and after."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from geo.gazetteer.shape_words import moved_word, shape_word
from geo.gazetteer.tables import RECORDS
from geo.gazetteer.telling_cases import CHOSEN, case_facts_told, choice_word
from geo.gazetteer.words import bracketed, class_word, word
from geo.text import say

Fields = tuple[tuple[str, str, str], ...]
"""Label, before, after."""
Names = Mapping[str, str]
"""What places are called, by their ids."""

_HIDDEN: Final = frozenset({
    "id", "version", "from_day", "end_day", "west", "south", "east", "north", "place_id",
    "legacy_batch", "line_id", "case_id", "mapping", "sha256",
})  # fmt: skip
_PLACES: Final = ("other_id", "road_id")
_LISTS: Final = (
    "lifecycle",
    "status",
    "secrecy",
    "kind",
    "reading_source",
    "role",
    "scheme",
    "state",
    "language",
)
_ABOUT: Final = {
    "name": "text", "code": "value", "sign": "text", "line": "name", "marker": "number",
    "task": "title", "case": "title", "document": "number", "batch": "file", "lexicon": "text",
    "inspection": "round", "candidate": "text", "scope": "name", "plan_link": "plan_id",
    "protection": "level",
}  # fmt: skip
_CENSUS: Final = "census"
_LONG: Final = 80


def subject(record: str, row: Mapping[str, Any], names: Names) -> str:
    """Return what a row is about: the text, number or title that people know it by."""
    if record == "relation":
        one, other = (names.get(str(row.get(c)), "") for c in ("place_id", "other_id"))
        return f"{one} {word('kind', row['kind'])} {other}"
    if record == "place":
        return names.get(str(row.get("id")), "")
    about = str(row.get(_ABOUT.get(record, ""), "") or "")
    if record in ("code", "shape", "plate"):
        place = names.get(str(row.get("place_id") or row.get("road_id")), "")
        return f"{place} {about}".strip()
    return about


def called(record: str, row: Mapping[str, Any], names: Names) -> str:
    """Return what a row that another names is called there."""
    if record == "document":
        return f"《{row['title']}》" + (bracketed(row["number"]) if row["number"] else "")
    return subject(record, row, names) or word("record", record)


def fields_told(
    record: str, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, names: Names
) -> Fields:
    """Return the fields that differ; of a new row, those that say something."""
    if after is None:
        return ()
    about = _ABOUT.get(record, "") if before is None else ""
    told = []
    for column in (one.name for one in RECORDS[record].columns):
        value = after.get(column)
        was = None if before is None else before.get(column)
        if column in _HIDDEN or column == about or was == value:
            continue
        if before is None and record == "relation" and column in ("kind", "other_id"):
            continue
        if column == "shape":
            told.append((word("column", column), shape_word(was), moved_word(was, value)))
            continue
        if column == "attributes":
            told += _inside(was, value)
            continue
        if record == "case" and column == "facts":
            told += case_facts_told(was, value, names)
            continue
        now = _cell_word(record, column, value, names)
        if before is None and not now:
            continue
        told.append((word("column", column), _cell_word(record, column, was, names), now))
    return tuple(told)


def refers(record: str) -> dict[str, str]:
    """Return which columns of a record hold the id of a row, and of which record."""
    by_table = {table.name: name for name, table in RECORDS.items()}
    return {
        column.name: by_table[key.column.table.name]
        for column in RECORDS[record].columns
        for key in column.foreign_keys
    }


def _cell_word(record: str, column: str, value: Any, names: Names) -> str:  # noqa: ANN401 - any cell
    """Return a cell of a record as people read it."""
    if value is None or value == "":
        return ""
    if column in refers(record):
        return names.get(str(value), say("已不存在的记录", "a record that is gone"))
    if record in CHOSEN:
        return choice_word(record, column, str(value)) or value_word(column, value, names)
    return value_word(column, value, names)


def value_word(column: str, value: Any, names: Names) -> str:  # noqa: ANN401 - any cell
    """Return a cell as people read it."""
    if value is None or value == "":
        return ""
    if column in _PLACES:
        return names.get(str(value), str(value))
    if column in _READERS:
        return _READERS[column](value)
    text = word(column, str(value)) if column in _LISTS else str(value)
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def _syllables(written: str) -> str:
    return " ".join(map(str, json.loads(written))) if written.startswith("[") else written


_READERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "class_code": class_word,
    "reading": _syllables,
    "breaks": _syllables,
    "report": lambda report: word("verdict", str(json.loads(report)["verdict"])),
    "draft": lambda text: text.partition("\n")[0],
    "chosen": lambda chosen: say("是", "yes") if chosen else say("否", "no"),
}
"""How columns are read that do not stand as they are kept."""


def _inside(was: str | None, now: str | None) -> list[tuple[str, str, str]]:
    """Return the facts of a JSON column that differ; what an import keeps of its sheet left out."""
    old, new = (json.loads(text) if text else {} for text in (was, now))
    return [
        (word("column", key), _plain(old.get(key)), _plain(new.get(key)))
        for key in sorted({*old, *new} - {_CENSUS})
        if old.get(key) != new.get(key)
    ]


def _plain(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
