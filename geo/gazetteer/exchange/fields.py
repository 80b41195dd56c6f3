"""The columns of census sheets: how each is headed, what its cells may be, where they are kept."""

from __future__ import annotations

import csv
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from geo.text import say

SHEETS: Final = {"place": "地名", "sign": "地名标志", "line": "界线", "stone": "界桩"}
"""Titles of the sheets of a census workbook, by what their rows are."""
ELSE: Final = "*"
"""Label of the value for whatever is no other choice."""


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a sheet."""

    sheet: str
    heading: str
    aliases: tuple[str, ...]
    kind: str
    """What its cells are; a key of `geo.gazetteer.exchange.values.KINDS`."""
    target: str
    """What the value is called in the gazetteer; empty: the cell is kept as it stands."""
    wanted: bool
    """No row may leave it empty."""
    choices: tuple[tuple[str, str], ...]
    """Labels with their values; the first label of a value is the one written."""

    def value_of(self, label: str) -> str | None:
        """Return the value of a label; None: no such choice."""
        known = dict(self.choices)
        return known.get(label, known.get(ELSE))

    def label_of(self, value: str) -> str | None:
        """Return the label of a value."""
        labels = (label for label, own in self.choices if own == value and label != ELSE)
        return next(labels, None)


@cache
def fields(sheet: str) -> tuple[Field, ...]:
    """Return the columns of a kind of sheet, in their order."""
    text = (files(__package__) / "fields.csv").read_text("utf-8")
    return tuple(
        Field(
            sheet=row["sheet"],
            heading=row["heading"],
            aliases=tuple(row["aliases"].split("|")) if row["aliases"] else (),
            kind=row["kind"],
            target=row["target"],
            wanted=row["wanted"] == "1",
            choices=tuple(
                (label, value)
                for label, _, value in (one.partition("=") for one in row["choices"].split("|"))
                if label
            ),
        )
        for row in csv.DictReader(text.splitlines())
        if row["sheet"] == sheet
    )


@cache
def field_of(sheet: str, heading: str) -> Field | None:
    """Return the column that a heading means; None: not one of the census's own."""
    wanted = plain(heading)
    for one in fields(sheet):
        if wanted in (plain(own) for own in (one.heading, *one.aliases)):
            return one
    return None


@cache
def sheet_of(title: str) -> str | None:
    """Return what the rows of a sheet of this title are; None: not a sheet of a census."""
    return next((kind for kind, own in SHEETS.items() if plain(own) == plain(title)), None)


def plain(heading: str) -> str:
    """Return a heading without what differs from office to office: spaces, width, brackets."""
    folded = unicodedata.normalize("NFKC", heading)
    return "".join(folded.split()).rstrip("*").lower()


def titles() -> str:
    """Return the titles of the sheets as a message lists them."""
    return say("、", ", ").join(SHEETS.values())
