"""How QGIS draws verdicts: traffic colours, and patterns that survive a black-and-white print."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geo.assess.verdicts import VERDICTS, Verdict
from geo.assess.words import VERDICT_COLOURS, VERDICT_PATTERNS, verdict_label
from geo.store.result_styles import Entry, categories_style
from geo.store.symbols import Paint

_FILLS: Final = {
    "cross_hatch": "diagonal_x",
    "diagonal_hatch": "b_diagonal",
    "dots": "dense6",
    "solid": "solid",
    "horizontal_hatch": "horizontal",
    "vertical_hatch": "vertical",
    "empty": "no",
    "thick_outline": "solid",
}
"""Print pattern to the filling of an area in QGIS."""
_MARKS: Final = {
    "cross_hatch": "cross_fill",
    "diagonal_hatch": "diamond",
    "dots": "circle",
    "solid": "square",
    "horizontal_hatch": "triangle",
    "vertical_hatch": "pentagon",
    "empty": "hexagon",
    "thick_outline": "star",
}
"""Print pattern to the shape of a point in QGIS."""
_DASHES: Final = {
    "cross_hatch": "dash dot dot",
    "diagonal_hatch": "dash dot",
    "dots": "dot",
    "solid": "solid",
}
"""Print pattern to the dashes of a line; the others are dashed."""


def verdict_style(kind: str, aliases: Mapping[str, str]) -> str:
    """Return the style of a layer of verdicts with shapes of one type, such as ``POINT``."""
    entries = [Entry(name, verdict_label(name), _paint(name)) for name in VERDICTS]
    return categories_style(kind, "verdict_key", entries, aliases)


def _paint(verdict: Verdict) -> Paint:
    colour, pattern = VERDICT_COLOURS[verdict], VERDICT_PATTERNS[verdict]
    thick = pattern == "thick_outline"
    return Paint(
        fill=colour,
        outline="#2c3e50",
        fill_share=0.75 if pattern in ("solid", "thick_outline") else 1.0,
        size_mm=2.4,
        mark=_MARKS[pattern],
        pattern=_FILLS[pattern],
        dash=_DASHES.get(pattern, "dash"),
        outline_mm=0.9 if thick else 0.2,
    )
