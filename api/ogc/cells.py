"""How single values and shapes read on pages."""

from __future__ import annotations

from typing import Final

import shapely
from shapely.geometry.base import BaseGeometry

from geo.store.features import FeatureTable, Field, Page
from geo.text import language, say

_LONGEST_CELL: Final = 60
_MOST_COLUMNS: Final = 12


def telling(found: Page, key: str) -> list[int]:
    """Return the columns beside the id that say something on this page, the first dozen."""
    told = [
        at
        for at, name in enumerate(found.names)
        if name != key and any(cells[at] not in (None, "") for cells in found.cells)
    ]
    return told[:_MOST_COLUMNS]


def is_number(field: Field) -> bool:
    """Return whether a property is a number, which stands to the right."""
    return field.kind in ("int", "float")


def cell_told(field: Field, value: object, *, short: bool = False) -> str | None:
    """Return a value as people read it; None where there is none.

    Parameters
    ----------
    field
        Its property.
    value
        The value.
    short
        Whether a long text is cut, as in a table.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return say("是", "yes") if value else say("否", "no")
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return _float_told(field, value)
    text = str(value)
    for choice in (*field.choices, *field.words):
        if choice.value == text:
            text = choice.labels[0] if language() == "zh" else choice.value
    return f"{text[:_LONGEST_CELL]}…" if short and len(text) > _LONGEST_CELL else text


def _float_told(field: Field, value: float) -> str:
    """Return a number: shares in per cent and minutes to the tenth, as reports have them."""
    if field.unit == "share" or field.name.endswith("_share"):
        return f"{value:.1%}"
    if field.unit == "min" or field.name.endswith("_min"):
        return f"{value:,.1f}"
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"  # noqa: PLR2004


def shapes_of(table: FeatureTable) -> str:
    """Return what shapes a collection has, in a word."""
    words = {
        "POINT": say("点", "points"),
        "MULTILINESTRING": say("线", "lines"),
        "MULTIPOLYGON": say("面", "areas"),
        "GEOMETRY": say("点、线、面", "any shapes"),
    }
    return "–" if table.shape is None else words.get(table.shape, table.shape)


def shape_told(shape: BaseGeometry) -> str:
    """Return a shape, in degrees, in words."""
    if shape.geom_type == "Point":
        east, north = shapely.get_x(shape), shapely.get_y(shape)
        return say(f"点：东经 {east:.6f}，北纬 {north:.6f}", f"{east:.6f}, {north:.6f}")
    words = {"Polygon": say("面", "area"), "LineString": say("线", "line")}
    kind = words.get(shape.geom_type.removeprefix("Multi"), shape.geom_type)
    count = int(shapely.get_num_coordinates(shape))
    return say(f"{kind}，{count} 个点", f"{kind} of {count} points")
