"""The fields of a case in a form of a page: a control for each, and what a filled form has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from api.jobs.process import Input
from api.ogc.asking import controls_of
from api.ogc.sent import Sent
from api.ogc.told import Control
from geo.gazetteer.cases.forms import Field

FIELD: Final = "field."
"""Begins the names of the fields of a case in a form."""


def field_controls(fields: Sequence[Field], sent: Sent, prefix: str = "") -> tuple[Control, ...]:
    """Return a control for each field of the form of a case."""
    inputs = [
        Input(f"{FIELD}{one.field}", one.zh, one.en, about_zh=one.hint_zh, about_en=one.hint_en)
        for one in fields
    ]
    made = controls_of(inputs, sent, prefix=prefix)
    days = {f"{FIELD}{one.field}" for one in fields if one.reads == "day"}
    long = {f"{FIELD}{name}" for name in ("reason", "origin", "meaning", "shape", "findings")}
    return tuple(
        replace(one, kind="date" if one.name in days else "area" if one.name in long else one.kind)
        for one in made
    )


def fields_sent(sent: Sent) -> dict[str, str]:
    """Return the fields of a case that a form has."""
    return {
        name.removeprefix(FIELD): texts[0]
        for name, texts in sent.fields.items()
        if name.startswith(FIELD)
    }
