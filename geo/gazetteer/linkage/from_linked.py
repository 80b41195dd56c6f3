"""One feature of Linked Places Format as the values of a record."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.calendar import span

_SCHEMES: Final = {
    "geonames": re.compile(r"(?:^gn:|geonames\.org/)(\d+)"),
    "wikidata": re.compile(r"(?:^wd:|wikidata\.org/(?:wiki|entity)/)(Q\d+)"),
    "osm": re.compile(r"openstreetmap\.org/((?:node|way|relation)/\d+)"),
}
"""How an address says of which list an id is."""


def linked_values(feature: dict[str, Any]) -> dict[str, Any]:
    """Return what a feature says, by the targets of a census and ``id`` and ``links``.

    The first name is the record's own unless the title is another; a name that has ended is a
    former one, a name in Latin letters the romanisation.
    """
    title = feature["properties"].get("title", "")
    values: dict[str, Any] = {"id": feature["@id"]}
    others: dict[str, list[str]] = {"alias": [], "former": []}
    for name in feature["names"]:
        text, language = name.get("toponym", ""), name.get("lang") or ""
        if language.lower().endswith("latn"):
            values.setdefault("roman", text)
        elif text and text != title:
            others["former" if _ended(name) else "alias"].append(text)
    current = others["alias"] or others["former"]
    values["name"] = title or (current.pop(0) if current else "")
    values |= {kind: tuple(texts) for kind, texts in others.items() if texts}
    kinds = [
        str(one.get(key, "")).removeprefix("dmdm:")
        for one in feature.get("types", ())
        for key in ("identifier", "sourceLabel", "label")
        if one.get(key)
    ]
    values["class_code"] = ";".join(kinds)
    shape = _shape(feature.get("geometry"))
    if shape is not None:
        values["shape"] = shape
    links = [one.get("identifier", "") for one in feature.get("links", ())]
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


def _ended(name: dict[str, Any]) -> bool:
    for one in name.get("when", {}).get("timespans", ()):
        end = one.get("end", {})
        text = end.get("in") or end.get("latest") or ""
        try:
            span(text)
        except DataError:
            continue
        return True
    return False


def _shape(geometry: dict[str, Any] | None) -> shapely.Geometry | None:
    """Return a shape; of a collection the first part that is one."""
    if not geometry:
        return None
    parts = geometry.get("geometries") if geometry["type"] == "GeometryCollection" else None
    for part in parts if parts is not None else [geometry]:
        try:
            if "coordinates" in part:
                found = shapely.from_geojson(json.dumps(part))
            else:
                found = shapely.from_wkt(part.get("geowkt", ""))
        except shapely.errors.ShapelyError:
            continue
        if found is not None and not found.is_empty:
            return shapely.force_2d(found)
    return None
