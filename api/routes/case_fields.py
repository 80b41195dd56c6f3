"""The fields of a case in a form of a page: a control for each, and what a filled form has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from api.jobs.process import Input
from api.ogc.asking import controls_of
from api.ogc.sent import Sent
from api.ogc.told import Control
from api.routes.case_desk import Desk
from geo.gazetteer.cases.forms import Field, fields_of
from geo.gazetteer.cases.record import facts_of
from geo.gazetteer.classes import class_of, classes
from geo.gazetteer.division.change import kinds
from geo.gazetteer.lookup import cards
from geo.gazetteer.rules import pack
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row

FIELD: Final = "field."
"""Begins the names of the fields of a case in a form."""
_FACTS: Final = "facts."
_ELSEWHERE: Final = ("names.", "correction.")
"""Beginnings of what is proposed in forms of its own, or cannot be told from what is kept."""


def field_controls(fields: Sequence[Field], sent: Sent, prefix: str = "") -> tuple[Control, ...]:
    """Return a control for each field of the form of a case."""
    inputs = [
        Input(f"{FIELD}{one.field}", one.zh, one.en, about_zh=one.hint_zh, about_en=one.hint_en)
        for one in fields
    ]
    made = controls_of(inputs, sent, prefix=prefix)
    reads = {f"{FIELD}{one.field}": one.reads for one in fields}
    long = {f"{FIELD}{name}" for name in ("reason", "origin", "meaning", "shape", "findings")}
    known = {"class": tuple((one.zh, one.code) for one in classes().values())}
    return tuple(
        replace(
            one,
            kind="date" if reads[one.name] == "day" else "area" if one.name in long else one.kind,
            choices=known.get(reads[one.name], ()),
        )
        for one in made
    )


def fields_sent(sent: Sent) -> dict[str, str]:
    """Return the fields of a case that a form has."""
    return {
        name.removeprefix(FIELD): texts[0]
        for name, texts in sent.fields.items()
        if name.startswith(FIELD)
    }


def edited_fields(kind: str) -> tuple[Field, ...]:
    """Return the fields that are edited together; names are proposed one by one."""
    return tuple(one for one in fields_of(kind) if not one.target.startswith(_ELSEWHERE))


def texts_of(desk: Desk, row: Row) -> dict[str, str]:
    """Return what the fields of a case say, as one would write it, by field; empty ones left out.

    Parameters
    ----------
    desk, row
        Who looks, and the case.
    """
    facts = facts_of(row)
    found = {}
    for one in edited_fields(row["kind"]):
        fact = one.target.startswith(_FACTS)
        value = facts.get(one.target.removeprefix(_FACTS)) if fact else row[one.target]
        text = "" if value in (None, "", [], {}) else _text(desk, one, value)
        if text:
            found[one.field] = text
    return found


def filled_fields(desk: Desk, row: Row) -> Sent:
    """Return the form of a case filled in as the case stands."""
    return Sent({f"{FIELD}{name}": [text] for name, text in texts_of(desk, row).items()})


def changed_fields(desk: Desk, row: Row, sent: Mapping[str, str]) -> dict[str, str]:
    """Return what a form that was filled in before changes; what was emptied, as empty."""
    before = texts_of(desk, row)
    plain = {name: text.replace("\r\n", "\n").strip() for name, text in before.items()}
    emptied = {name: "" for name in plain if name not in sent}
    return {name: text for name, text in sent.items() if text != plain.get(name)} | emptied


def _text(desk: Desk, field: Field, value: Any) -> str:  # noqa: ANN401 - any fact
    """Return a value as one would write it into its field."""
    written: Mapping[str, Callable[[Any], str]] = {
        "place": lambda one: _places(desk, [one]),
        "places": lambda many: _places(desk, many),
        "line": lambda one: str(desk.book.row("line", one)["code"] or one),
        "stone": lambda one: str(desk.book.row("marker", one)["number"] or one),
        "class": _class,
        "reason": _reason,
        "change": _change,
        "list": "、".join,
        "point": lambda pair: ",".join(f"{degrees:.10g}" for degrees in pair),
        "shape": lambda shapes: str(shapes[0]["wkt"]),
    }
    return written[field.reads](value) if field.reads in written else str(value)


def _places(desk: Desk, ids: Sequence[str]) -> str:
    """Return places as they are looked up: each with what it is part of."""
    known = cards(desk.book, list(ids), on=desk.day)
    return "、".join(
        say("（不公开）", "(not public)")
        if one in desk.hidden
        else "/".join(part for part in (known[one].division, known[one].name) if part)
        if one in known
        else one
        for one in ids
    )


def _class(code: str) -> str:
    known = class_of(code)
    return code if known is None or class_of(known.zh) != known else known.zh


def _reason(code: str) -> str:
    known = {one.code: one.zh for one in pack().rules["R13"].reasons}
    return known.get(code, code)


def _change(key: str) -> str:
    known = kinds().get(key)
    return str(known["zh"]) if known else key
