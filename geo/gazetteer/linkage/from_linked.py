"""One feature of Linked Places Format as the values of a record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.calendar import span
from geo.gazetteer.exchange.linked_features import Feature, Toponym, shape_of

_SCHEMES: Final = {
    "geonames": re.compile(r"(?:^gn:|geonames\.org/)(\d+)"),
    "wikidata": re.compile(r"(?:^wd:|wikidata\.org/(?:wiki|entity)/)(Q\d+)"),
    "osm": re.compile(r"openstreetmap\.org/((?:node|way|relation)/\d+)"),
}
"""How an address says of which list an id is."""


def linked_values(feature: Feature) -> dict[str, Any]:
    """Return what a feature says, by the targets of a census and ``id`` and ``links``.

    The first name is the record's own unless the title is another; a name that has ended is a
    former one, a name in Latin letters the romanisation.
    """
    values: dict[str, Any] = {"id": feature.identity}
    others: dict[str, list[str]] = {"alias": [], "former": []}
    for name in feature.names:
        if name.latin:
            values.setdefault("roman", name.text)
        elif name.text != feature.title:
            others["former" if _ended(name) else "alias"].append(name.text)
    current = others["alias"] or others["former"]
    values["name"] = feature.title or (current.pop(0) if current else "")
    values |= {kind: tuple(texts) for kind, texts in others.items() if texts}
    values["class_code"] = ";".join(feature.kinds)
    shape = _position(feature.geometry)
    if shape is not None:
        values["shape"] = shape
    links = [one.get("identifier", "") for one in feature.raw.get("links", ())]
    known = [list(one) for address in links for one in scheme_of(address)]
    return values | ({"links": known} if known else {})


def scheme_of(address: str) -> Iterator[tuple[str, str]]:
    """Yield scheme and code where an id or a link names one of the known lists.

    Examples
    --------
    >>> list(scheme_of("https://www.wikidata.org/wiki/Q123")), list(scheme_of("gn:1279451"))
    ([('wikidata', 'Q123')], [('geonames', '1279451')])
    """
    for scheme, pattern in _SCHEMES.items():
        found = pattern.search(address)
        if found:
            yield scheme, found[1]


def _ended(name: Toponym) -> bool:
    for one in name.spans:
        end = one.get("end", {})
        text = end.get("in") or end.get("latest") or ""
        try:
            span(text)
        except DataError:
            continue
        return True
    return False


def _position(geometry: Mapping[str, Any] | None) -> shapely.Geometry | None:
    """Return a shape; of a collection the first part that is one."""
    if not geometry:
        return None
    parts = geometry.get("geometries") if geometry["type"] == "GeometryCollection" else None
    shapes = (shape_of(part) for part in (parts if parts is not None else [geometry]))
    found = next((one for one in shapes if one is not None and not shapely.is_empty(one)), None)
    return None if found is None else shapely.force_2d(found)
