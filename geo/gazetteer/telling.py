"""How one row of the gazetteer is told: what it is about, and its fields before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import shapely

from geo.gazetteer.rules.standing import metres
from geo.gazetteer.tables import RECORDS
from geo.gazetteer.words import class_word, word
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
            told.append((word("column", column), shape_word(was), _moved(was, value)))
            continue
        if column == "attributes":
            told += _inside(was, value)
            continue
        now = value_word(column, value, names)
        if before is None and not now:
            continue
        told.append((word("column", column), value_word(column, was, names), now))
    return tuple(told)


def value_word(column: str, value: Any, names: Names) -> str:  # noqa: ANN401 - any cell
    """Return a cell as people read it."""
    if value is None or value == "":
        return ""
    if column in _PLACES:
        return names.get(str(value), str(value))
    if column == "class_code":
        return class_word(str(value))
    text = word(column, str(value)) if column in _LISTS else str(value)
    if column in ("reading", "breaks") and text.startswith("["):
        return " ".join(map(str, json.loads(text)))
    return text if len(text) <= _LONG else f"{text[:_LONG]}…"


def shape_word(written: str | shapely.Geometry | None) -> str:
    """Return a shape in a few words: where a point is, how long a line, how large an area."""
    shape = _shape(written)
    if shape is None:
        return ""
    middle = shapely.centroid(shape)
    where = f"{middle.x:.5f},{middle.y:.5f}"
    points = int(shapely.get_num_coordinates(shape))
    dimensions = int(shapely.get_dimensions(shape))
    if dimensions == 0:
        return where
    label = say("线", "line") if dimensions == 1 else say("面", "area")
    return say(f"{label}（{points} 个点，中心 {where}）", f"{label} ({points} points, at {where})")


def _moved(was: str | None, now: str | None) -> str:
    told = shape_word(now)
    old, new = _shape(was), _shape(now)
    if old is None or new is None:
        return told
    away_m = metres(shapely.centroid(old), shapely.centroid(new)) or 0.0
    return say(f"{told}，移动 {away_m:,.0f} 米", f"{told}, moved by {away_m:,.0f} m")


def _shape(written: str | shapely.Geometry | None) -> shapely.Geometry | None:
    return shapely.from_wkb(written) if isinstance(written, str) and written else written or None


def _inside(was: str | None, now: str | None) -> list[tuple[str, str, str]]:
    """Return the facts of a JSON column that differ; what an import keeps of its sheet left out."""
    old, new = (json.loads(text) if text else {} for text in (was, now))
    return [
        (key, _plain(old.get(key)), _plain(new.get(key)))
        for key in sorted({*old, *new} - {_CENSUS})
        if old.get(key) != new.get(key)
    ]


def _plain(value: Any) -> str:  # noqa: ANN401 - JSON
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
