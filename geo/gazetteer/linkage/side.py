"""The places of one source as columns that can be compared: names, kind, division, position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import numpy as np
import shapely
import sqlalchemy as sa
from numpy.typing import NDArray

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.linkage.records import Record
from geo.gazetteer.rules.sound import syllables_of
from geo.gazetteer.tables import NAME, PLACE, SHAPE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TOLD: Final = ("officer", "council", "given")
"""Who knows a reading; what the program proposed is worked out alike on both sides instead."""
_WIDEST: Final = ("area", "centreline", "point", "entrance", "label")


@dataclass(frozen=True, slots=True)
class Name:
    """One name of a place."""

    text: str
    kind: str = "standard"
    reading: tuple[str, ...] = ()
    """A syllable a character, where somebody gave them."""


@dataclass(frozen=True, slots=True)
class Side:
    """Places of one source, in the order of their keys whatever the order they came in."""

    keys: tuple[str, ...]
    names: tuple[tuple[Name, ...], ...]
    """Of every place, the standard name first; never empty."""
    class_code: tuple[str, ...]
    division: tuple[str, ...]
    lonlat: Floats
    """(n, 2) degrees in EPSG:4490 of a point of the place; NaN where it has none."""
    shapes: dict[int, shapely.Geometry] = field(default_factory=dict)
    """By the position of their place: lines and areas, of which the nearest part counts."""

    def __len__(self) -> int:
        """Return how many places there are."""
        return len(self.keys)

    @property
    def placed(self) -> NDArray[np.bool_]:
        """Which places have a position."""
        return np.asarray(np.isfinite(self.lonlat).all(axis=1))


def of_records(records: Sequence[Record]) -> Side:
    """Return the records of a second source, sorted by what they say and not by where they stood.

    The key of a record is its canonical JSON.
    """
    ordered = sorted((one.spelled, at) for at, one in enumerate(records))
    kept = [records[at] for _, at in ordered]
    return Side(
        keys=tuple(key for key, _ in ordered),
        names=tuple(_names(one) for one in kept),
        class_code=tuple(one.values.get("class_code", "") for one in kept),
        division=tuple(one.values.get("division", "") for one in kept),
        lonlat=_positions([one.position for one in kept]),
    )


def of_book(book: Gazetteer, *, on: date) -> Side:
    """Return the places of the gazetteer that stand on a day, with all names they ever had."""
    day = on.toordinal()
    named_by = (NAME.c.text, NAME.c.kind, NAME.c.reading, NAME.c.reading_source, NAME.c.end_day)
    wanted = (
        sa.select(NAME.c.place_id, *named_by, PLACE.c.class_code, PLACE.c.division_code)
        .join(PLACE, PLACE.c.id == NAME.c.place_id)
        .where(PLACE.c.end_day > day)
    )
    shaped = sa.select(SHAPE.c.place_id, SHAPE.c.role, SHAPE.c.id, SHAPE.c.shape).where(
        SHAPE.c.end_day > day
    )
    named: dict[str, list[tuple[tuple[bool, int, str], Name]]] = {}
    said: dict[str, tuple[str, str]] = {}
    widest: dict[str, tuple[tuple[int, str], shapely.Geometry]] = {}
    with book.reading() as connection:
        for place, text, kind, reading, told_by, end, code, division in connection.execute(wanted):
            name = Name(text, kind, syllables_of(reading) if told_by in _TOLD else ())
            rank = (kind != "standard", -end, text)
            named.setdefault(place, []).append((rank, name))
            said[place] = (code, division)
        for place, role, identity, shape in connection.execute(shaped):
            order = (_WIDEST.index(role), identity)
            if place not in widest or order < widest[place][0]:
                widest[place] = (order, shape)
    keys = tuple(sorted(named))
    shapes = [widest[key][1] if key in widest else None for key in keys]
    return Side(
        keys=keys,
        names=tuple(
            tuple(name for _, name in sorted(named[key], key=lambda one: one[0])) for key in keys
        ),
        class_code=tuple(said[key][0] for key in keys),
        division=tuple(said[key][1] for key in keys),
        lonlat=_positions(shapes),
        shapes={
            at: shape
            for at, shape in enumerate(shapes)
            if shape is not None and not isinstance(shape, shapely.Point)
        },
    )


def _positions(shapes: Sequence[shapely.Geometry | None]) -> Floats:
    points: Any = shapely.centroid(np.array(shapes, dtype=object))
    return np.column_stack([shapely.get_x(points), shapely.get_y(points)]).reshape(-1, 2)


def _names(record: Record) -> tuple[Name, ...]:
    own = Name(record.name, "standard", record.reading)
    return (own, *(Name(text, kind) for kind, text in record.others))
