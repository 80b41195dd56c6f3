"""How a census record becomes rows of the gazetteer, and rows become the record again."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import shapely

from geo.gazetteer.book import Row
from geo.gazetteer.romanise import settled

Values = dict[str, Any]
"""What a record says, by the targets of `geo.gazetteer.exchange.fields`."""

NAME_LISTS: Final = ("alias", "short", "former", "minority")
_SCHEMES: Final = {6: "gb2260", 9: "gbt10114", 12: "stats12"}
"""Schemes of a division's own code by its digits."""
_DEGREE_M: Final = 111_320.0
_TONES: Final = frozenset("\u0300\u0301\u0304\u030c")


@dataclass(slots=True)
class Assembly:
    """The rows of one place."""

    place: Row
    names: list[Row] = field(default_factory=list)
    codes: list[Row] = field(default_factory=list)
    shapes: list[Row] = field(default_factory=list)


def assembled(values: Mapping[str, Any]) -> Assembly:
    """Return the rows that say what a record says, without ids."""
    since, until = values.get("since", ""), values.get("until", "")
    past = values.get("used") == "past"
    days = {"valid_from": since, "valid_to": until}
    source = values.get("source", "")
    place = {
        "class_code": values.get("class_code", ""),
        "lifecycle": "vanished" if past else "existing",
        "status": values.get("status") or ("historical" if past else "recorded"),
        "secrecy": values.get("secrecy") or "internal",
        "division_code": values.get("division", ""),
        "source": source,
        **days,
    }
    roman = values.get("roman", "")
    names = [
        {
            "text": values.get("name", ""),
            "kind": "standard",
            "language": values.get("language") or "zh",
            "roman_toned": roman,
            "roman_plain": toneless(roman),
            "reading_source": "given" if roman else "",
            "origin": values.get("origin", ""),
            "meaning": values.get("meaning", ""),
            "history": values.get("history", ""),
            "source": source,
            **days,
        }
    ]
    names += [
        {"text": text, "kind": kind, "language": "und" if kind == "minority" else "zh"}
        for kind in NAME_LISTS
        for text in values.get(kind, ())
    ]
    codes = []
    if values.get("code"):
        codes.append({"scheme": "dmdm20", "value": values["code"]})
    own = values.get("own_code", "")
    if own:
        codes.append({"scheme": _SCHEMES[len(own)], "value": own, "valid_from": since})
    return Assembly(place, names, codes, _shapes(values))


def derived(rows: Assembly) -> Values:
    """Return what the rows of a place say, as a record would."""
    place = rows.place
    standard = standard_name(rows.names)
    values: Values = {
        "class_code": place["class_code"],
        "class_code_given": place["class_code"],
        "used": "past" if place["lifecycle"] in ("disused", "vanished") else "now",
        "status": place["status"],
        "secrecy": place["secrecy"],
        "division": place.get("division_code", ""),
        "since": place.get("valid_from", ""),
        "until": place.get("valid_to", ""),
        "source": place.get("source", ""),
        "name": standard.get("text", ""),
        "language": standard.get("language", "zh"),
        "roman": settled(standard),
        "origin": standard.get("origin", ""),
        "meaning": standard.get("meaning", ""),
        "history": standard.get("history", ""),
    }
    for kind in NAME_LISTS:
        values[kind] = tuple(sorted({row["text"] for row in rows.names if row["kind"] == kind}))
    for row in rows.codes:
        if row["scheme"] == "dmdm20":
            values["code"] = row["value"]
        elif row["scheme"] in _SCHEMES.values():
            values["own_code"] = row["value"]
    return values | _position(rows.shapes)


def standard_name(names: Sequence[Row]) -> Row:
    """Return the standard name that holds longest; an empty row when there is none."""
    standard = [row for row in names if row["kind"] == "standard"]
    return max(standard, key=lambda row: (row.get("end_day", 0), row.get("id", "")), default={})


def toneless(roman: str) -> str:
    """Return a romanisation without its tone marks; ü keeps its dots.

    Examples
    --------
    >>> toneless("Běi 2 Xiàng"), toneless("Lǚshùn")
    ('Bei 2 Xiang', 'Lüshun')
    """
    apart = unicodedata.normalize("NFD", roman)
    return unicodedata.normalize("NFC", "".join(sign for sign in apart if sign not in _TONES))


def _shapes(values: Mapping[str, Any]) -> list[Row]:
    method = values.get("method", "")
    shape = values.get("shape")
    if shape is not None:
        return [{"role": _role(shape), "shape": shape, "method": method}]
    lon, lat = values.get("lon"), values.get("lat")
    if lon is None or lat is None:
        return []
    lon_to, lat_to = values.get("lon_to"), values.get("lat_to")
    if lon_to is None and lat_to is None:
        return [{"role": "point", "shape": shapely.Point(lon, lat), "method": method}]
    # Only the extent is known: a place for the label, as exact as half of the extent.
    east, north = lon if lon_to is None else lon_to, lat if lat_to is None else lat_to
    middle = shapely.Point((lon + east) / 2, (lat + north) / 2)
    wide = (east - lon) * math.cos(math.radians(middle.y))
    half_m = math.hypot(wide, north - lat) / 2 * _DEGREE_M
    return [{"role": "label", "shape": middle, "accuracy_m": round(half_m, 1), "method": method}]


def _role(shape: shapely.Geometry) -> str:
    if isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        return "area"
    lines = shapely.LineString | shapely.MultiLineString
    return "centreline" if isinstance(shape, lines) else "point"


_ORDER: Final = ("area", "centreline", "point", "label", "entrance")


def _position(shapes: Sequence[Row]) -> Values:
    if not shapes:
        return {}
    widest = min(shapes, key=lambda row: (_ORDER.index(row["role"]), row.get("id", "")))
    shape, method = widest["shape"], widest.get("method", "")
    if shape.geom_type == "Point":
        return {"lon": shape.x, "lat": shape.y, "method": method}
    west, south, east, north = (round(side, 7) for side in shape.bounds)
    return {
        "lon": west, "lon_to": east, "lat": south, "lat_to": north,
        "shape": shape, "method": method,
    }  # fmt: skip
