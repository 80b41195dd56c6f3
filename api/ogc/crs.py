"""In which reference systems shapes are given and boxes are asked (OGC API Features, part 2)."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

import pyproj

from geo.errors import DataError
from geo.store.features import Turned
from geo.text import say

CRS84: Final = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_EPSG: Final = "http://www.opengis.net/def/crs/EPSG/0/"
STORED: Final = _EPSG + "4490"
_SAME_AS_STORED: Final = (4490, 4326)
"""CGCS2000 and WGS 84 differ by less than maps show: the numbers pass as they are."""
_PROJECTED: Final = (3857, *range(4513, 4555))
"""Web Mercator and the 3-degree zones of CGCS2000, with and without zone number."""
_SPELLINGS: Final = (
    re.compile(r"https?://www\.opengis\.net/def/crs/EPSG/0/(\d{4,5})"),
    re.compile(r"urn:ogc:def:crs:EPSG:[^:]*:(\d{4,5})", re.IGNORECASE),
    re.compile(r"\[?EPSG:(\d{4,5})\]?", re.IGNORECASE),
)
_LON_LAT: Final = ("CRS84", "OGC:CRS84", "[OGC:CRS84]", "urn:ogc:def:crs:OGC:1.3:CRS84")


def known() -> tuple[str, ...]:
    """Return the URIs of all reference systems, the usual ones first."""
    return (CRS84, *(f"{_EPSG}{code}" for code in (*_SAME_AS_STORED, *_PROJECTED)))


def parsed(text: str) -> tuple[str, Turned]:
    """Return the URI and the coordinates of a reference system, however it is written.

    Raises
    ------
    DataError
        It is none of those that are served.
    """
    written = text.strip()
    if written in (CRS84, *_LON_LAT):
        return CRS84, Turned()
    for spelling in _SPELLINGS:
        found = spelling.fullmatch(written)
        if found and int(found[1]) in (*_SAME_AS_STORED, *_PROJECTED):
            code = int(found[1])
            return f"{_EPSG}{code}", _turned(code)
    raise DataError(
        say(f"不提供坐标系“{text}”。", f"the reference system {text!r} is not served."),
        hint=say(
            f"可用 {CRS84}，以及 {_EPSG} 加 4490、4326、3857 或 4513～4554。",
            f"use {CRS84}, or {_EPSG} with 4490, 4326, 3857 or 4513–4554.",
        ),
    )


@cache
def _turned(code: int) -> Turned:
    """Return coordinates in the order of axes that the authority gives."""
    swapped = pyproj.CRS.from_epsg(code).axis_info[0].direction == "north"
    return Turned(None if code in _SAME_AS_STORED else f"EPSG:{code}", swapped)
