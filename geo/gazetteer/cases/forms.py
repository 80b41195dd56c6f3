"""Forms of cases: which fields each kind asks for, and the proposal that a filled form makes."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from importlib.resources import files
from typing import Any, Final

from geo.errors import DataError, PlannerError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.cases.forms_values import PlaceOf, read_value
from geo.gazetteer.cases.law import Kind, Rulebook
from geo.gazetteer.cases.record import Proposal
from geo.gazetteer.lookup import cards, resolve
from geo.text import say

_CORRECTED: Final[Mapping[str, tuple[str, str]]] = {
    "来历": ("name", "origin"),
    "origin": ("name", "origin"),
    "含义": ("name", "meaning"),
    "meaning": ("name", "meaning"),
    "历史沿革": ("name", "history"),
    "history": ("name", "history"),
    "位置描述": ("place", "position"),
    "position": ("place", "position"),
}
"""What a correction may be of, in words, with the record and the column or attribute."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form."""

    field: str
    zh: str
    en: str
    target: str
    reads: str
    kinds: str
    hint_zh: str
    hint_en: str

    @property
    def label(self) -> str:
        """What stands above its column."""
        return say(self.zh, self.en)

    @property
    def hint(self) -> str:
        """What to write."""
        return say(self.hint_zh, self.hint_en)

    def wanted(self, kind: Kind) -> bool:
        """Return whether a kind of case cannot be submitted without it."""
        told = self.target.removeprefix("facts.")
        return told in kind.facts or (self.target == "names.0.text" and kind.names)


@dataclass(frozen=True, slots=True)
class Fault:
    """A field that cannot be taken as it was filled in."""

    field: str
    message: str


@cache
def fields() -> tuple[Field, ...]:
    """Return the fields of all forms, in the order of the forms."""
    text = (files(__package__) / "forms.csv").read_text("utf-8")
    return tuple(Field(**row) for row in csv.DictReader(text.splitlines()))


def fields_of(kind: str) -> tuple[Field, ...]:
    """Return the fields of the form of one kind of case."""
    return tuple(one for one in fields() if one.kinds == "all" or kind in one.kinds.split())


def field_named(kind: str, written: str) -> Field | None:
    """Return the field of a form by its key or its heading, with or without a star."""
    text = written.strip().rstrip("*").strip()
    return next((one for one in fields_of(kind) if text in (one.field, one.zh, one.en)), None)


def proposal_of(
    book: Gazetteer,
    kind: str,
    values: Mapping[str, str],
    *,
    on: date,
    rules: Rulebook,
    place_of: PlaceOf | None = None,
) -> tuple[Proposal, list[Fault]]:
    """Return the proposal that a filled form makes, and what in the form is unfit.

    Parameters
    ----------
    book
        The gazetteer, in which places, lines and stones are looked up.
    kind
        A kind of case.
    values
        What was filled in, by keys of `fields`; empty texts count as not filled in.
    on
        The day.
    rules
        The tables.
    place_of
        Gives the id of the place that somebody means; None: any place of the gazetteer.
    """
    find = place_of or partial(resolve, book, on=on)
    filled = {key: str(value).strip() for key, value in values.items() if str(value).strip()}
    faults: list[Fault] = []
    read: dict[str, Any] = {}
    for field in fields_of(kind):
        if field.field not in filled:
            continue
        try:
            read[field.target] = read_value(book, field.reads, filled[field.field], find, on=on)
        except PlannerError as error:
            faults.append(Fault(field.field, f"{error.message}{error.hint or ''}"))
    names = []
    for number in range(3):
        name = {
            key: read[f"names.{number}.{key}"]
            for key in ("text", "reading", "origin", "meaning")
            if f"names.{number}.{key}" in read
        }
        if name:
            names.append(name)
    facts = {
        target.removeprefix("facts."): value
        for target, value in read.items()
        if target.startswith("facts.")
    }
    if "correction.item" in read or "correction.value" in read:
        try:
            facts["corrections"] = [_correction(book, read, on)]
        except PlannerError as error:
            faults.append(Fault("item", error.message))
    place_id = read.get("place_id", "")
    division = read.get("division_code", "")
    title = read.get("title") or _title(book, rules.kind(kind), read, filled)
    proposal = Proposal(
        kind,
        title,
        place_id=place_id,
        division_code=division or _division(book, facts.get("road_id", "")),
        applicant=read.get("applicant", ""),
        reason_code=read.get("reason_code", ""),
        reason=read.get("reason", ""),
        facts=facts,
        names=names,
    )
    return proposal, faults


def _correction(book: Gazetteer, read: Mapping[str, Any], on: date) -> dict[str, Any]:
    """Return a correction of what is told of a place, as its record has it now."""
    item, value = read.get("correction.item", ""), read.get("correction.value", "")
    if item not in _CORRECTED or not value or not read.get("place_id"):
        items = "、".join(_CORRECTED)
        raise DataError(
            say(
                f"更正须写明地名、更正项目（{items}）和改为什么。",
                f"a correction names the place, the item ({items}) and the new value.",
            )
        )
    record, column = _CORRECTED[item]
    if record == "place":
        row = book.row("place", read["place_id"])
        changes = {"attributes": _with_attribute(row["attributes"], column, value)}
    else:
        row = book.rows("name", on=on, place_id=read["place_id"], kind="standard")[0]
        changes = {column: value}
    return {"record": record, "id": row["id"], "version": row["version"], "changes": changes}


def _with_attribute(attributes: str, name: str, value: str) -> str:
    told = json.loads(attributes) | {name: value}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def _division(book: Gazetteer, place_id: str) -> str:
    return str(book.row("place", place_id)["division_code"]) if place_id else ""


def _title(book: Gazetteer, kind: Kind, read: Mapping[str, Any], filled: Mapping[str, str]) -> str:
    """Return a title from what the form says."""
    known = cards(book, [read["place_id"]]) if read.get("place_id") else {}
    place = next(iter(known.values())).name if known else ""
    name = read.get("names.0.text", "") or read.get("facts.name", "")
    if place and name and place != name:
        return say(f"{place}{kind.word}为{name}", f"{kind.word}: {place} to {name}")
    about = place or name or filled.get("line", "") or filled.get("stone", "")
    if filled.get("road"):
        number = say(f"{filled.get('number', '')} 号", filled.get("number", ""))
        about = f"{filled['road'].rpartition('/')[2]} {number}"
    return say(f"{about}{kind.word}", f"{kind.word}: {about}") if about else str(kind.word)


def worded(kind: str, faults: Sequence[Fault]) -> str:
    """Return faults of one form in one sentence, each after the heading of its field."""
    labels = {one.field: one.label for one in fields_of(kind)}
    return say("；", "; ").join(
        f"{labels.get(f.field, f.field)}：{f.message.rstrip('。.')}" for f in faults
    )
