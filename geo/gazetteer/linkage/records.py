"""One place as a second source has it, and its spelling as one text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import shapely

from geo.gazetteer.exchange.assembly import NAME_LISTS, Values
from geo.gazetteer.search.letters import parses, syllables

OTHER_KINDS: Final = (*NAME_LISTS, "variant")
"""Kinds of names that a record may give beside its own."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a second source.

    Attributes
    ----------
    number
        The row or the feature, as the user counts them.
    values
        What it says, by the targets of `geo.gazetteer.exchange.fields`, and ``id``, the source's
        own; ``scheme`` says of which list the id is, where the source tells.
    """

    number: int
    values: Values

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.values["name"])

    @property
    def identity(self) -> str:
        """Its id in the source; empty where it has none."""
        return self.said("id")

    def said(self, target: str) -> str:
        """Return what it says of something; empty for nothing."""
        return str(self.values.get(target, ""))

    @property
    def others(self) -> Iterator[tuple[str, str]]:
        """Kind and text of its other names."""
        for kind in OTHER_KINDS:
            yield from ((kind, text) for text in self.values.get(kind, ()))

    @property
    def position(self) -> shapely.Geometry | None:
        """Its shape or point; None where it has none."""
        shape: shapely.Geometry | None = self.values.get("shape")
        if shape is not None:
            return shape
        lon, lat = self.values.get("lon"), self.values.get("lat")
        return None if lon is None or lat is None else shapely.Point(lon, lat)

    @property
    def reading(self) -> tuple[str, ...]:
        """A syllable a character of its name, when its letters say so without doubt."""
        roman = self.values.get("roman", "")
        if not roman:
            return ()
        ways = [way for way in parses(roman) if len(way) == len(self.name)]
        known = syllables()
        return tuple(known[number - 1] for number, _ in ways[0]) if len(ways) == 1 else ()

    @property
    def spelled(self) -> str:
        """The record as canonical JSON, without its row."""
        plain = {
            key: shapely.to_wkt(value, rounding_precision=9, trim=True)
            if isinstance(value, shapely.Geometry)
            else value
            for key, value in self.values.items()
            if value not in (None, "", ())
        }
        return json.dumps(plain, ensure_ascii=False, sort_keys=True)


def unspelled(number: int, text: str) -> Record:
    """Return the record that `Record.spelled` wrote."""
    values: dict[str, Any] = json.loads(text)
    for kind in OTHER_KINDS:
        if kind in values:
            values[kind] = tuple(values[kind])
    if "shape" in values:
        values["shape"] = shapely.from_wkt(values["shape"])
    return Record(number, values)
