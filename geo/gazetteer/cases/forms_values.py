"""What one field of a form says: a place, a class, a day, a number, a shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.calendar import span
from geo.gazetteer.cases.finding import find_row
from geo.gazetteer.classes import class_of
from geo.gazetteer.division.change import kinds
from geo.gazetteer.rules import pack
from geo.text import say

PlaceOf = Callable[[str], str]
"""Gives the id of the place that somebody means."""

_PAIR: Final = 2


def read_value(book: Gazetteer, reads: str, text: str, place_of: PlaceOf) -> Any:  # noqa: ANN401 - any fact
    """Return what a field says, as a proposal has it.

    Raises
    ------
    PlannerError
        It cannot be read so.
    """
    if reads == "place":
        return place_of(text)
    if reads == "places":
        return [place_of(one) for one in _list(text)]
    if reads == "line":
        return find_row(book, "line", text, "code", "name")["id"]
    if reads == "stone":
        return find_row(book, "marker", text, "number")["id"]
    return _READERS[reads](text)


def _class(text: str) -> str:
    known = class_of(text)
    return known.code if known else text


def _reason(text: str) -> str:
    reasons = pack().rules["R13"].reasons
    return next((one.code for one in reasons if text in (one.code, one.zh, one.en)), text)


def _change(text: str) -> str:
    words = {str(kind["zh"]): key for key, kind in kinds().items() if key != "deadline"}
    return words.get(text, text)


def _day(text: str) -> str:
    span(text)
    return text


def _list(text: str) -> list[str]:
    return [one for one in text.replace("；", "、").replace(";", "、").split("、") if one]


def _whole(text: str) -> int:
    try:
        return int(float(text)) if float(text).is_integer() else int(text)
    except ValueError:
        raise DataError(say(f"“{text}”不是整数。", f"{text!r} is no whole number.")) from None


def _pair(text: str) -> list[float]:
    try:
        pair = [float(one) for one in text.replace("，", ",").split(",")]
    except ValueError:
        pair = []
    if len(pair) != _PAIR or not (-180 <= pair[0] <= 180 and -90 <= pair[1] <= 90):  # noqa: PLR2004
        raise DataError(
            say(f"坐标“{text}”应为“经度,纬度”。", f"{text!r} is no pair of longitude, latitude.")
        )
    return pair


def _shape(text: str) -> dict[str, str]:
    """Return a shape of a proposal from a pair of coordinates or WKT."""
    if text[:1].isdigit() or text[:1] == "-":
        lon, lat = _pair(text)
        return {"role": "point", "wkt": f"POINT ({lon:.10g} {lat:.10g})"}
    try:
        shape = shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        raise DataError(say(f"图形“{text[:20]}”不是 WKT。", f"{text[:20]!r} is no WKT.")) from None
    roles = {"Polygon": "area", "MultiPolygon": "area", "Point": "point"}
    return {"role": roles.get(shape.geom_type, "centreline"), "wkt": text}


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "text": str,
    "class": _class,
    "reason": _reason,
    "change": _change,
    "whole": _whole,
    "day": _day,
    "list": _list,
    "point": _pair,
    "shape": lambda text: [_shape(text)],
}
