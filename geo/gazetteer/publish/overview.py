"""Say in one sentence what a place is (地理实体概况), by a template of its class."""

from __future__ import annotations

import math
import re
import tomllib
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Final

import numpy as np
import shapely
from pyproj import Geod

from geo.gazetteer.publish.edition import Entry

_EARTH: Final = Geod(ellps="GRS80")
"""The ellipsoid of CGCS2000 (its flattening differs in the tenth digit)."""
_KM_M: Final = 1000.0
_OWN: Final = {"population": "人口", "width": "宽度", "height": "高度"}
_COURSES: Final = ("东西", "东北至西南", "南北", "西北至东南")
_WAYS: Final = 180.0 / len(_COURSES)
_YEAR: Final = 4
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")


def overview(entry: Entry) -> str:
    """Return the sentence, or an empty text when hardly anything is known."""
    known = {name: text for name, text in _fields(entry).items() if text}
    clauses = [
        clause.format_map(known)
        for clause in _template(entry.class_code)
        if all(name in known for _, name, _, _ in Formatter().parse(clause) if name)
    ]
    said = "，".join(clauses)
    if not said:
        return ""
    return said + "。" if said.startswith(entry.name) else f"{entry.name}{said}。"


def degrees(shape: shapely.Geometry | None, *, between: str = "\n", coarse: bool = False) -> str:
    """Return where a shape is, in degrees, minutes and seconds; its extent where it is no point.

    Examples
    --------
    >>> degrees(shapely.Point(102.5, 23.25), between=" ")
    '102°30′00″E 23°15′00″N'
    >>> degrees(shapely.Point(102.51, 23.25), between=" ", coarse=True)
    '约102°31′E 23°15′N'
    """
    if shape is None:
        return ""
    west, south, east, north = map(float, shapely.bounds(shape))
    lines = []
    for low, high, side in ((west, east, "E"), (south, north, "N")):
        words = list(dict.fromkeys(_dms(value, coarse=coarse) for value in (low, high)))
        lines.append("—".join(words) + side)
    return ("约" if coarse else "") + between.join(lines)


def written_year(day: str) -> str:
    """Return the year of an EDTF date as Chinese texts have it.

    Examples
    --------
    >>> written_year("1984-05~"), written_year("")
    ('1984年', '')
    """
    return f"{day[:_YEAR]}年" if day else ""


def _dms(value: float, *, coarse: bool) -> str:
    if coarse:
        minutes = round(value * 60)
        return f"{minutes // 60}°{minutes % 60:02d}′"
    seconds = round(value * 3600)
    return f"{seconds // 3600}°{seconds // 60 % 60:02d}′{seconds % 60:02d}″"


def _fields(entry: Entry) -> dict[str, str]:
    kind = entry.kind
    course, length = _line(entry.shape)
    own = {field: _measured(field, entry.facts.get(key, "")) for field, key in _OWN.items()}
    return {
        "name": entry.name,
        "kind": kind.zh if kind else "",
        "division": entry.division if entry.division != entry.name else "",
        "position": entry.position,
        "course": course,
        "length": length,
        "area": _measured("area", entry.facts.get("面积", "")) or _area(entry.shape),
        "since": written_year(entry.since),
        "own_code": entry.own_code,
        **own,
    }


def _measured(field: str, text: str) -> str:
    """Return a figure with its unit, when the census gives it without one."""
    return text + _table()["units"][field] if _NUMBER.fullmatch(text) else text


def _line(shape: shapely.Geometry | None) -> tuple[str, str]:
    """Return the course and the length of a line."""
    if not isinstance(shape, shapely.LineString | shapely.MultiLineString):
        return "", ""
    metres = _EARTH.geometry_length(shape)
    xy = shapely.get_coordinates(shape)
    squeezed = xy * [math.cos(math.radians(float(xy[:, 1].mean()))), 1.0]
    _, vectors = np.linalg.eigh(np.cov((squeezed - squeezed.mean(axis=0)).T))
    angle = math.degrees(math.atan2(vectors[1, -1], vectors[0, -1])) % 180
    course = _COURSES[int((angle + _WAYS / 2) // _WAYS) % len(_COURSES)]
    long = metres >= 10 * _KM_M
    return course, f"{metres / _KM_M:.1f}千米" if long else f"{metres:.0f}米"


def _area(shape: shapely.Geometry | None) -> str:
    if not isinstance(shape, shapely.Polygon | shapely.MultiPolygon):
        return ""
    m2 = abs(_EARTH.geometry_area_perimeter(shape)[0])
    return f"{m2 / _KM_M**2:.2f}平方千米" if m2 >= _KM_M**2 / 10 else f"{m2:.0f}平方米"


@cache
def _template(class_code: str) -> tuple[str, ...]:
    fit = [
        (len(start), row["clauses"])
        for row in _table()["overview"]
        for start in row["classes"]
        if class_code.startswith(start)
    ]
    return tuple(max(fit)[1])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((files(__package__) / "overviews.toml").read_text("utf-8"))
