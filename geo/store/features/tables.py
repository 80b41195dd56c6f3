"""Which tables of a store hold features, and what their columns mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from geo.schema import Choice, ColumnType
from geo.store.geometry import GEOMETRY
from geo.text import say

_PERIODS: Final = (("valid_from", "valid_to"), ("opened", "closed"))
"""Pairs of columns that say when a row holds."""

During = Callable[[date | None, date | None], sa.ColumnElement[bool]]


@dataclass(frozen=True, slots=True)
class Field:
    """One property of the features of a table.

    Attributes
    ----------
    choices
        The values that it may have.
    words
        What some of its values mean; it may have others.
    """

    name: str
    kind: ColumnType
    zh: str
    en: str
    unit: str = ""
    about_zh: str = ""
    about_en: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    minimum: float | None = None
    words: tuple[Choice, ...] = ()

    @property
    def label(self) -> str:
        """Name of the property in the reader's language."""
        return say(self.zh, self.en)

    @property
    def about(self) -> str:
        """What the property means, in the reader's language."""
        return say(self.about_zh, self.about_en)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """A table whose rows are features; the same object as long as its columns stay.

    Attributes
    ----------
    source
        What is selected from: a table, or a question that looks like one.
    order
        Column of whole numbers or texts, never empty, in whose order features come.
    key
        Column of what a feature is called; a row without it is called ``fid:<order>``.
    shape
        Type of its shapes, such as ``POINT``; None when it has none.
    rtree
        Spatial index beside it in a GeoPackage; its ids are those of `order`.
    sides
        Columns of the west, south, east and north of each shape, where it has such.
    version
        Column that counts the edits of a row.
    state
        Question whose answer changes whenever anything shown of the rows does, where their
        numbers and versions do not tell all.
    during
        Gives the condition that a row holds on one of the days from a first to a last (None: any);
        None when rows know no days.
    always_now
        Whether only rows that hold today are meant when no day is named.
    under
        The table whose rows these are but for some that lie over them; `state` then tells of those
        alone.
    over
        What names them, such as the id of a draft.
    tallied
        Whether the table counts itself (`geo.store.tallies`).
    entry
        What a PostGIS database says of the table itself (`ENTRY`); it changes with its columns.
    """

    name: str
    zh: str
    en: str
    source: sa.FromClause
    order: str
    key: str
    fields: tuple[Field, ...]
    shape: str | None
    rtree: str | None = None
    sides: tuple[str, str, str, str] | None = None
    version: str | None = None
    state: sa.Select[Any] | None = None
    during: During | None = None
    always_now: bool = False
    about_zh: str = ""
    about_en: str = ""
    under: FeatureTable | None = None
    over: str = ""
    tallied: bool = False
    entry: str = ""

    @property
    def label(self) -> str:
        """Name of the table in the reader's language."""
        return say(self.zh, self.en)

    @property
    def about(self) -> str:
        """What the table holds, in the reader's language."""
        return say(self.about_zh, self.about_en)

    @property
    def geometry(self) -> sa.ColumnElement[Any]:
        """The column of shapes."""
        return self.source.c[GEOMETRY]

    def field(self, name: str) -> Field | None:
        """Return a property by its name or by its Chinese or English label."""
        for field in self.fields:
            if name in (field.name, field.zh, field.en):
                return field
        return None


def during_of(source: sa.FromClause, fields: Sequence[Field]) -> During | None:
    """Return what says when rows hold; None when no columns say so."""
    kinds = {field.name: field.kind for field in fields}
    periods = (pair for pair in _PERIODS if all(kinds.get(part) == "date" for part in pair))
    pair = next(periods, None)
    if pair is None:
        return None
    begins, ends = (source.c[name] for name in pair)

    def during(first: date | None, last: date | None) -> sa.ColumnElement[bool]:
        conditions: list[sa.ColumnElement[bool]] = []
        if last is not None:
            conditions.append(begins.is_(None) | (begins <= last))
        if first is not None:
            conditions.append(ends.is_(None) | (ends >= first))
        return sa.and_(sa.true(), *conditions)

    return during
