"""How QGIS draws a result of the workspace by the words of one column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from geo.store.symbols import SYMBOL_TYPE, Paint, as_document, draw_symbol


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a legend."""

    value: str
    label: str
    paint: Paint


def categories_style(
    kind: str, column: str, entries: Sequence[Entry], aliases: Mapping[str, str]
) -> str:
    """Return the QML style of a result painted by the words of one column.

    Parameters
    ----------
    kind
        Geometry type of its table, such as ``POINT``; mixed shapes keep the symbols of QGIS.
    column
        The column that holds the words.
    entries
        The legend.
    aliases
        What people read above each column.
    """
    symbol = SYMBOL_TYPE.get(kind)
    root = Element(
        "qgis",
        version="3.10.0",
        styleCategories="Fields" + ("|Symbology" if symbol else ""),
    )
    if symbol:
        renderer = SubElement(
            root,
            "renderer-v2",
            type="categorizedSymbol",
            attr=column,
            symbollevels="0",
            enableorderby="0",
            forceraster="0",
        )
        lines = SubElement(renderer, "categories")
        for number, entry in enumerate(entries):
            SubElement(
                lines,
                "category",
                label=entry.label,
                value=entry.value,
                type="string",
                render="true",
                symbol=str(number),
            )
        symbols = SubElement(renderer, "symbols")
        for number, entry in enumerate(entries):
            draw_symbol(symbols, str(number), symbol, entry.paint)
    fields = SubElement(root, "aliases")
    for position, (name, words) in enumerate(aliases.items(), start=1):
        SubElement(fields, "alias", field=name, index=str(position), name=words)
    return as_document(root)
