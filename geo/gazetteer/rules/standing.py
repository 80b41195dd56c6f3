"""The names that stand on a day, laid out so that a new one is compared with them at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import Geod

from geo.gazetteer.book import Gazetteer
from geo.gazetteer.calendar import end_day
from geo.gazetteer.entries import entries
from geo.gazetteer.romanise.columns import PROPOSED
from geo.gazetteer.rules.kinds import comparable, kind_of
from geo.gazetteer.rules.lexicon import Lexicon, of_book, shipped
from geo.gazetteer.rules.model import Conflict
from geo.gazetteer.rules.sound import EXACT, Key, Ways, alike, keys, syllables_of, ways
from geo.gazetteer.search.letters import fold
from geo.gazetteer.tables import SECRECIES

BUILT_UP: Final = frozenset({"built_up", "建成区"})
"""Kinds of scope areas within which streets and estates must differ."""
COMPARED: Final = frozenset({"standard", "planned", "alias", "short"})
FIRM: Final = frozenset({"standard", "planned"})
"""Kinds of names that a new name may not repeat; others are warned of."""

_COUNTY: Final = 6
_GEOD: Final = Geod(ellps="GRS80")
_DEGREE_M: Final = 111_320.0
_NOBODY: Final[Sequence[int]] = ()


@dataclass(frozen=True, slots=True)
class Name:
    """A name that stands, as rules see it."""

    text: str
    folded: str
    kind: str
    place_kind: str
    name_id: str
    place_id: str
    division_code: str
    ways: Ways
    confirmed: bool
    geometry: shapely.Geometry | None
    areas: frozenset[int]
    """Built-up areas that it lies in."""


@dataclass(frozen=True)
class Standing:
    """Names, scopes, protected places and words of one day; made by `standing` or `laid_out`."""

    names: tuple[Name, ...]
    former: tuple[Name, ...]
    built_up: tuple[shapely.Geometry, ...]
    protected: frozenset[str]
    """Places on the protection list."""
    measured: frozenset[str]
    """Of these, the ones for which measures are written down."""
    lexicon: Lexicon
    covers: frozenset[str]
    """Codes of divisions of which every name is here."""
    _by_text: dict[str, list[int]] = field(repr=False)
    _by_sound: dict[Key, list[int]] = field(repr=False)
    _former_by_text: dict[str, list[int]] = field(repr=False)

    def same(self, text: str, place_kind: str, *, but: str = "") -> list[Name]:
        """Return the names of places comparable or of no known class that read the same, folded."""
        return self._kept(self._by_text.get(fold(text), _NOBODY), place_kind, but)

    def homophones(
        self, text: str, reading: Sequence[str], place_kind: str, *, but: str = ""
    ) -> list[tuple[int, Name]]:
        """Return the names of comparable places that sound alike, most alike first."""
        folded = fold(text)
        spoken = ways(folded, reading)
        found: dict[int, int] = {}
        for key in keys(spoken):
            for row in self._by_sound.get(key, _NOBODY):
                if row in found or self.names[row].folded == folded:
                    continue
                likeness = alike(spoken, self.names[row].ways)
                if likeness is not None:
                    found[row] = likeness
        kept = self._kept(found, place_kind, but)
        return sorted(
            ((alike(spoken, name.ways) or EXACT, name) for name in kept),
            key=lambda pair: (pair[0], pair[1].name_id),
        )

    def formerly(self, text: str, place_kind: str, *, but: str = "") -> list[Name]:
        """Return the names of comparable places that were given up."""
        rows = self._former_by_text.get(fold(text), _NOBODY)
        kinds = comparable(place_kind)
        found = (self.former[row] for row in rows)
        return [n for n in found if n.place_kind in kinds and not (but and n.place_id == but)]

    def areas(self, geometry: shapely.Geometry | None) -> frozenset[int]:
        """Return the built-up areas that a shape meets."""
        if geometry is None or shapely.is_empty(geometry) or not self.built_up:
            return frozenset()
        found = self._scope_tree.query(geometry, predicate="intersects")
        return frozenset(int(one) for one in found)

    def near(
        self, geometry: shapely.Geometry, within_m: float, kinds: Collection[str]
    ) -> list[Name]:
        """Return the names of places of these kinds within a distance, or around the shape."""
        latitude = np.radians(shapely.get_y(shapely.centroid(geometry)))
        reach = within_m / _DEGREE_M / max(0.1, float(np.cos(latitude)))
        rows = self._tree.query(shapely.buffer(geometry, reach))
        close = [self.names[self._placed[row]] for row in rows]
        close = [name for name in close if name.place_kind in kinds]
        if not close:
            return []
        ends = shapely.get_coordinates(
            shapely.shortest_line(geometry, [g for n in close if (g := n.geometry) is not None])
        )
        away_m = _GEOD.inv(*ends[::2].T, *ends[1::2].T)[2]
        order = np.lexsort(([name.name_id for name in close], away_m))
        return [close[row] for row in order if away_m[row] <= within_m]

    def covered(self, code: str) -> bool:
        """Return whether every name of a division is here."""
        return any(code.startswith(one) for one in self.covers)

    def _kept(self, rows: Iterable[int], place_kind: str, but: str) -> list[Name]:
        kinds = comparable(place_kind) if place_kind else ()
        return [
            self.names[row]
            for row in rows
            if not kinds or not self.names[row].place_kind or self.names[row].place_kind in kinds
            if not (but and self.names[row].place_id == but)
        ]

    @cached_property
    def _scope_tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.built_up)

    @cached_property
    def _placed(self) -> list[int]:
        return [row for row, name in enumerate(self.names) if name.geometry is not None]

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([g for name in self.names if (g := name.geometry) is not None])


def standing(
    book: Gazetteer,
    *,
    on: date,
    lexicon: Lexicon | None = None,
    covers: Sequence[str] = (),
    secrecies: Collection[str] = SECRECIES,
) -> Standing:
    """Lay out the names of a gazetteer as they stand on a day.

    Parameters
    ----------
    book
        The gazetteer.
    on
        The day.
    lexicon
        Words of a bureau's own, added to those that ship and those the gazetteer keeps.
    covers
        Codes of divisions of which every name is in the gazetteer, such as ``"53"`` for a province;
        none: the counties that names are filed under.
    secrecies
        Only names of places that are so; all by default.
    """
    ever = entries(book)
    ever = ever[ever["secrecy"].isin(secrecies)]
    today = entries(book, on=on, kinds=sorted(COMPARED))
    today = today[today["secrecy"].isin(secrecies)]
    today = today[today["status"] != "rejected"]
    gone = (ever["kind"] == "former") | np.fromiter(
        (bool(text) and end_day(text) <= on.toordinal() for text in ever["valid_to"]),
        dtype=np.bool_,
        count=len(ever),
    )
    protected = book.rows("protection", on=on)
    words = shipped() + of_book(book, on=on)
    return laid_out(
        today,
        former=ever[gone],
        built_up=[row["shape"] for row in book.rows("scope", on=on) if row["kind"] in BUILT_UP],
        protected=[row["place_id"] for row in protected],
        measured=[row["place_id"] for row in protected if row["measures"]],
        lexicon=words if lexicon is None else words + lexicon,
        covers=covers,
    )


def laid_out(
    frame: gpd.GeoDataFrame,
    *,
    former: gpd.GeoDataFrame | None = None,
    built_up: Sequence[shapely.Geometry] = (),
    protected: Iterable[str] = (),
    measured: Iterable[str] = (),
    lexicon: Lexicon | None = None,
    covers: Sequence[str] = (),
) -> Standing:
    """Lay out names with the columns of `geo.gazetteer.entries.entries`; see `standing`."""
    names = _names(frame, built_up)
    old = () if former is None else _names(former, ())
    held = {(name.place_id, name.folded) for name in names}
    old = tuple(name for name in old if (name.place_id, name.folded) not in held)
    by_sound: dict[Key, list[int]] = {}
    for row, name in enumerate(names):
        for key in keys(name.ways):
            by_sound.setdefault(key, []).append(row)
    counties = {name.division_code[:_COUNTY] for name in names}
    return Standing(
        names=names,
        former=old,
        built_up=tuple(built_up),
        protected=frozenset(protected),
        measured=frozenset(measured),
        lexicon=shipped() if lexicon is None else lexicon,
        covers=frozenset(covers) or frozenset(c for c in counties if len(c) == _COUNTY),
        _by_text=_by_text(names),
        _by_sound=by_sound,
        _former_by_text=_by_text(old),
    )


def metres(one: shapely.Geometry | None, other: shapely.Geometry | None) -> float | None:
    """Return the distance of two shapes in EPSG:4490, on the ellipsoid between nearest points."""
    if one is None or other is None or shapely.is_empty(one) or shapely.is_empty(other):
        return None
    line = shapely.shortest_line(one, other)
    (x1, y1), (x2, y2) = shapely.get_coordinates(line)
    return float(_GEOD.inv(x1, y1, x2, y2)[2])


def conflict(name: Name, geometry: shapely.Geometry | None) -> Conflict:
    """Return a name as what stands in the way of a place."""
    return Conflict(
        text=name.text,
        name_id=name.name_id,
        place_id=name.place_id,
        kind=name.kind,
        geometry=name.geometry,
        distance_m=metres(geometry, name.geometry),
    )


def _by_text(names: Sequence[Name]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        found.setdefault(name.folded, []).append(row)
    return found


def _names(frame: gpd.GeoDataFrame, built_up: Sequence[shapely.Geometry]) -> tuple[Name, ...]:
    shapes = np.asarray(frame.geometry.array, dtype=object)
    inside: list[set[int]] = [set() for _ in range(len(frame))]
    if len(built_up) and len(frame):
        rows, areas = shapely.STRtree(built_up).query(shapes, predicate="intersects")
        for row, area in zip(rows, areas, strict=True):
            inside[row].add(int(area))
    plain = pd.DataFrame(frame.drop(columns="geometry")).fillna("").astype(str)
    names = []
    for row, cell in enumerate(plain.to_dict("records")):
        folded = fold(cell["text"])
        said = syllables_of(cell["reading"])
        firm = bool(said) and cell["reading_source"] not in PROPOSED
        names.append(
            Name(
                text=cell["text"],
                folded=folded,
                kind=cell["kind"],
                place_kind=kind_of(cell["class_code"], cell["text"]),
                name_id=cell["name_id"],
                place_id=cell["place_id"],
                division_code=cell["division_code"],
                ways=ways(folded, said if firm else ()),
                confirmed=firm,
                geometry=shapes[row],
                areas=frozenset(inside[row]),
            )
        )
    return tuple(names)


def no_names() -> gpd.GeoDataFrame:
    """Return a frame of no names, with the columns that `laid_out` reads."""
    columns = [
        "name_id", "place_id", "text", "kind", "class_code", "division_code", "reading",
        "reading_source",
    ]  # fmt: skip
    frame = pd.DataFrame({column: pd.Series(dtype="string") for column in columns})
    return gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs="EPSG:4490"), crs="EPSG:4490")
