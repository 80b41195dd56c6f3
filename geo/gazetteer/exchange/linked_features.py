"""What a feature of Linked Places says: names, kinds, times and shape, as the format has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import shapely

from geo.gazetteer.exchange.linked_in import read_linked

CLASS: Final = "dmdm:"
"""What stands before our own classes."""


@dataclass(frozen=True, slots=True)
class Toponym:
    """One name of a feature."""

    text: str
    language: str
    """Tag of its language and script; empty when it has none."""
    spans: tuple[Mapping[str, Any], ...]
    """When it was used: each with ``start`` and ``end``."""

    @property
    def latin(self) -> bool:
        """Whether it is written in Latin letters."""
        return is_latin(self.language)


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature that follows Linked Places Format.

    Attributes
    ----------
    identity, title
        ``@id`` and the name that it goes by; empty where it has none.
    names
        Its names in characters or letters; names of peoples are left out.
    kinds
        What its types are called: of each the identifier, without the mark of our classes, then
        the labels.
    spans
        When it was there.
    geometry
        Its shape as the format has it; None: none.
    raw
        All of it.
    """

    identity: str
    title: str
    names: tuple[Toponym, ...]
    kinds: tuple[str, ...]
    spans: tuple[Mapping[str, Any], ...]
    geometry: Mapping[str, Any] | None
    raw: Mapping[str, Any]


def read_features(path: Path) -> list[Feature]:
    """Read Linked Places Format.

    Raises
    ------
    FaultyFileError
        Some features break the format; every fault is named.
    DataError, NotFoundError
        The file is no JSON, or is not there.
    """
    return [_feature(one) for one in read_linked(path)]


def _feature(one: Mapping[str, Any]) -> Feature:
    names = (
        Toponym(name["toponym"], name.get("lang") or "", _spans(name.get("when")))
        for name in one["names"]
        if name.get("toponym")
    )
    kinds = (
        said.removeprefix(CLASS)
        for kind in one.get("types", ())
        for said in (kind.get("identifier"), kind.get("sourceLabel"), kind.get("label"))
        if said
    )
    return Feature(
        identity=one["@id"],
        title=one["properties"]["title"],
        names=tuple(names),
        kinds=tuple(kinds),
        spans=_spans(one.get("when")),
        geometry=one.get("geometry") or None,
        raw=one,
    )


def _spans(when: Mapping[str, Any] | None) -> tuple[Mapping[str, Any], ...]:
    return tuple((when or {}).get("timespans") or ())


def is_latin(tag: str) -> bool:
    """Return whether a tag of a language says that Latin letters are used.

    Examples
    --------
    >>> is_latin("zh-Latn"), is_latin("zh-Latn-pinyin"), is_latin("zh")
    (True, True, False)
    """
    return "latn" in tag.lower()


def marked(text: str) -> tuple[str, str]:
    """Return a name of LP-TSV and the tag of its language.

    Examples
    --------
    >>> marked("Datun Cun@zh-Latn"), marked("大屯")
    (('Datun Cun', 'zh-Latn'), ('大屯', ''))
    """
    name, _, tag = text.partition("@")
    return name.strip(), tag.strip()


def shape_of(geometry: Mapping[str, Any]) -> shapely.Geometry | None:
    """Return a geometry of the format; None when it is none."""
    wkt = geometry.get("geowkt")
    shape: shapely.Geometry
    try:
        if wkt and "coordinates" not in geometry and "geometries" not in geometry:
            shape = shapely.from_wkt(wkt)
        elif "geometries" in geometry:
            parts = [shape_of(part) for part in geometry["geometries"]]
            shape = shapely.GeometryCollection(parts)
        else:
            shape = shapely.from_geojson(json.dumps(geometry))
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return None
    return shape
