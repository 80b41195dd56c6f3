"""What one field of a form says: a place, a class, a day, a number, a shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.calendar import span
from geo.gazetteer.cases.finding import find_row
from geo.gazetteer.cases.lying import all_must_lie_here, read_shape
from geo.gazetteer.classes import class_of
from geo.gazetteer.division.change import kinds
from geo.gazetteer.divisions import areas, division_meant
from geo.gazetteer.rules import pack
from geo.text import say

PlaceOf = Callable[[str], str]
"""Gives the id of the place that somebody means."""

_PAIR: Final = 2
_PLACED: Final[Mapping[str, str]] = {"point": "point", "shape": "shapes"}
"""Ways of reading that give a place, with the fact that it becomes."""


def read_value(book: Gazetteer, reads: str, text: str, place_of: PlaceOf, *, on: date) -> Any:  # noqa: ANN401 - any fact
    """Return what a field says on a day, as a proposal has it.

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
    if reads == "division":
        with book.reading() as connection:
            return division_meant(connection, text, on=on)
    value = _READERS[reads](text)
    if reads in _PLACED:
        with book.reading() as connection:
            all_must_lie_here({_PLACED[reads]: value}, areas(connection, on=on))
    return value


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
    if len(pair) != _PAIR:
        raise DataError(
            say(f"坐标“{text}”应为“经度,纬度”。", f"{text!r} is no pair of longitude, latitude.")
        )
    return pair


def _shape(text: str) -> dict[str, str]:
    """Return a shape of a proposal from a pair of coordinates or WKT."""
    if text[:1].isdigit() or text[:1] == "-":
        lon, lat = _pair(text)
        return {"role": "point", "wkt": f"POINT ({lon:.10g} {lat:.10g})"}
    shape = read_shape(text)
    dimensions = int(shapely.get_dimensions(shape))
    return {"role": ("point", "centreline", "area")[dimensions], "wkt": text}


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
