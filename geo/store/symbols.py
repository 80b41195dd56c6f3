"""How QGIS draws one entry of a legend: colour, mark, line and fill pattern, in its language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

STYLE_NAME: Final = "fuwuquan"
"""Under this name the workspace keeps its styles."""
SYMBOL_TYPE: Final = {
    "POINT": "marker",
    "MULTIPOINT": "marker",
    "LINESTRING": "line",
    "MULTILINESTRING": "line",
    "POLYGON": "fill",
    "MULTIPOLYGON": "fill",
}


@dataclass(frozen=True, slots=True)
class Paint:
    """One symbol: what a legend shows beside a label."""

    fill: str
    outline: str
    fill_share: float = 1.0
    """Opacity of the fill, 0 to 1."""
    size_mm: float = 2.0
    mark: str = "circle"
    """Shape of a point."""
    pattern: str = "solid"
    """Filling of an area, in the words of QGIS: ``solid``, ``b_diagonal``, ``dense6``, ``no``."""
    dash: str = "solid"
    """Line style: ``solid``, ``dash``, ``dot``."""
    outline_mm: float = 0.3


def as_document(root: Element) -> str:
    """Return a style as the text QGIS reads."""
    return '<!DOCTYPE qgis PUBLIC "http://mrcc.com/qgis.dtd" "SYSTEM">\n' + tostring(
        root, encoding="unicode"
    )


def draw_symbol(parent: Element, name: str, kind: str, paint: Paint) -> None:
    """Add one symbol of a kind: ``marker``, ``line`` or ``fill``."""
    symbol = SubElement(
        parent, "symbol", name=name, type=kind, alpha="1", clip_to_extent="1", force_rhr="0"
    )
    if kind == "marker":
        outline = paint.outline if paint.outline != paint.fill else "#ffffff"
        _layer(
            symbol,
            "SimpleMarker",
            name=paint.mark,
            color=_rgba(paint.fill),
            outline_color=_rgba(outline),
            outline_width=f"{paint.outline_mm:g}",
            size=f"{paint.size_mm:g}",
            size_unit="MM",
        )
    elif kind == "line":
        _layer(
            symbol,
            "SimpleLine",
            line_color=_rgba(paint.fill),
            line_width="0.4",
            line_style=paint.dash,
        )
    else:
        _layer(
            symbol,
            "SimpleFill",
            color=_rgba(paint.fill, paint.fill_share),
            outline_color=_rgba(paint.outline),
            outline_width=f"{paint.outline_mm:g}",
            style=paint.pattern if paint.fill_share else "no",
        )


def _layer(parent: Element, cls: str, **properties: str) -> None:
    layer = SubElement(parent, "layer", enabled="1", locked="0")
    layer.set("class", cls)
    layer.set("pass", "0")
    for key, value in properties.items():
        SubElement(layer, "prop", k=key, v=value)


def _rgba(colour: str, share: float = 1.0) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(share * 255)}"
