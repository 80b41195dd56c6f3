"""Where a case says that something lies: refused where it cannot be so, told where it can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely

from geo.crs import parse_datum
from geo.errors import DataError
from geo.gazetteer.divisions import Area
from geo.gazetteer.rules.standing import metres
from geo.gazetteer.shape_words import shape_word
from geo.gazetteer.words import bracketed
from geo.layers.lying import NEAR_BORDER_M
from geo.layers.places import CHINA, checked
from geo.schema import CODE_DIGITS
from geo.text import say

_COUNTY: Final = CODE_DIGITS["county"]


def must_lie_here(shape: shapely.Geometry, areas: Sequence[Area]) -> None:
    """Refuse a place that cannot be one of here, by the rules by which layers are imported.

    Parameters
    ----------
    shape
        In degrees.
    areas
        The divisions that are drawn; without a county among them only China is a bound.

    Raises
    ------
    DataError
        The degrees are the wrong way round, none, outside China, or outside the county.
    """
    found = checked(np.array([shape], dtype=object), None, parse_datum("cgcs2000").crs)
    middle = shapely.centroid(shape)
    if found.swapped[0]:
        turned = shapely.centroid(found.geometry[0])
        raise DataError(
            say(
                f"经度与纬度写反了：现为“{_pair(middle)}”，应为“{_pair(turned)}”。",
                f"longitude and latitude are swapped: {_pair(middle)} should be {_pair(turned)}.",
            ),
            hint=say("先写经度，再写纬度。", "Write longitude first, then latitude."),
        )
    empty = bool(shapely.is_empty(shape))
    west, south, east, north = CHINA
    if found.fault[0] or not (west <= middle.x <= east and south <= middle.y <= north):
        raise DataError(
            say(
                f"坐标“{_pair(middle)}”不在中国范围之内。" if not empty else "图形是空的。",
                f"{_pair(middle)} does not lie in China." if not empty else "the shape is empty.",
            ),
            hint=say(
                f"应为 CGCS2000 的度数：经度 {west:g}～{east:g}，纬度 {south:g}～{north:g}。",
                f"Degrees of CGCS2000 are wanted: longitude {west:g} to {east:g}, latitude "
                f"{south:g} to {north:g}.",
            ),
        )
    counties = [one for one in areas if len(one.code) == _COUNTY]
    away_m = min((metres(middle, one.shape) or 0.0 for one in counties), default=0.0)
    if away_m > NEAR_BORDER_M:
        names = say("、", ", ").join(one.name or one.code for one in counties)
        raise DataError(
            say(
                f"坐标“{_pair(middle)}”位于本区县（{names}）范围之外，相距 "
                f"{away_m / 1000:,.1f} 公里。",
                f"{_pair(middle)} lies outside {names}, {away_m / 1000:,.1f} km away.",
            ),
            hint=say("请核对坐标和坐标系（CGCS2000）。", "Check the degrees (CGCS2000)."),
        )


def read_shape(text: str) -> shapely.Geometry:
    """Return a shape from its WKT.

    Raises
    ------
    DataError
        It is none.
    """
    try:
        return shapely.from_wkt(text)
    except shapely.errors.GEOSException:
        raise DataError(say(f"图形“{text[:20]}”不是 WKT。", f"{text[:20]!r} is no WKT.")) from None


def all_must_lie_here(facts: Mapping[str, Any], areas: Sequence[Area]) -> None:
    """Refuse facts of a case one of whose places cannot be one of here; see `must_lie_here`."""
    for shape in _shapes(facts):
        must_lie_here(shape, areas)


def lies_word(facts: Mapping[str, Any], division_code: str, areas: Sequence[Area]) -> str:
    """Return where a case says that its place lies: the shape, and the division that it is in."""
    told = []
    for shape in _shapes(facts):
        inside = [one for one in areas if shapely.intersects(one.shape, shapely.centroid(shape))]
        deepest = max(inside, key=lambda one: len(one.code), default=None)
        told.append(shape_word(shape) + _where(deepest, division_code))
    return say("；", "; ").join(told)


def _where(area: Area | None, division_code: str) -> str:
    if area is None:
        return ""
    name, code = area.name or area.code, area.code
    if code.startswith(division_code) or division_code.startswith(code):
        return bracketed(say(f"在{name}", f"in {name}"))
    return bracketed(say(f"在{name}，与所属政区不符", f"in {name}, which is not the division told"))


def _shapes(facts: Mapping[str, Any]) -> list[shapely.Geometry]:
    drawn = [read_shape(one["wkt"]) for one in facts.get("shapes") or ()]
    return [*drawn, *([shapely.Point(facts["point"])] if facts.get("point") else ())]


def _pair(point: shapely.Point) -> str:
    return "" if point.is_empty else f"{point.x:.10g},{point.y:.10g}"
