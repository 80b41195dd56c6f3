"""How QGIS draws the answer: classes of ground, and what was found of existing sites."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geo.maps.suitability_map import CLASS_COLOURS
from geo.schema.results import result_columns
from geo.store.result_styles import Entry, categories_style
from geo.store.symbols import Paint

_FINDINGS: Final = {
    "breaks": ("#b2182b", "cross_fill"),
    "unknown": ("#6b6b6b", "circle"),
    "keeps": ("#00573f", "square"),
}
_CATEGORY: Final = {"suitability_cells": "class", "suitability_sites": "finding"}


def has_style(table: str) -> bool:
    """Say whether a result table has a style of its own."""
    return table in _CATEGORY


def style(table: str, kind: str, aliases: Mapping[str, str]) -> str:
    """Return the style of a result table with shapes of one type, such as ``POLYGON``."""
    column = next(one for one in result_columns(table) if one.name == _CATEGORY[table])
    names = column.values
    entries = [Entry(name, label, _paint(table, name)) for name, label in names.items()]
    return categories_style(kind, column.name, entries, aliases)


def _paint(table: str, name: str) -> Paint:
    if table == "suitability_sites":
        colour, mark = _FINDINGS[name]
        return Paint(fill=colour, outline="#ffffff", size_mm=3.2, mark=mark)
    pattern = "b_diagonal" if name == "excluded" else "solid"
    return Paint(
        fill=CLASS_COLOURS[name],
        outline="#707b7c",
        fill_share=0.8,
        pattern=pattern,
        outline_mm=0.1,
    )
