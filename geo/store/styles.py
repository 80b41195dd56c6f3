"""How QGIS draws each layer when it opens the workspace: styles in its own language (QML).

Only what every QGIS since 3.10 reads is used. Field titles and lists of choices come along, so
that a planner edits in Chinese and cannot misspell a choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from geo.schema import Column, LayerSchema, facility_types
from geo.store.models import FID, VERSION
from geo.store.symbols import SYMBOL_TYPE, Paint, as_document, draw_symbol

_MARKS = {
    "circle": "circle",
    "square": "square",
    "triangle": "triangle",
    "diamond": "diamond",
    "cross": "cross_fill",
}
_SHADES = ("#fff7ec", "#fdd49e", "#fc8d59", "#d7301f", "#7f0000")
"""From few to many people (ColorBrewer OrRd)."""
_OUTLINE = "#5d6d7e"
_PLAIN = {
    "county": "#34495e",
    "township": "#5d6d7e",
    "community": "#aeb6bf",
    "compound": "#117a65",
    "gate": "#1a5276",
    "building": "#b9770e",
    "age_structure": "#7f8c8d",
    "parcel": "#7d3c98",
    "street": "#99a3a4",
}
ZONE_COLOURS = {
    "rail": "#424949",
    "trunk_road": "#ca6f1e",
    "river_dike": "#2e86c1",
    "farmland": "#d4ac0d",
    "forest": "#1e8449",
    "planned_built": "#cb4335",
    "scenic": "#27ae60",
    "nature_reserve": "#145a32",
    "water_source": "#5dade2",
    "heritage": "#873600",
    "park": "#58d68d",
    "wetland": "#48c9b0",
    "residential": "#f5b041",
    "development": "#af7ac5",
    "basin": "#c8b88a",
    "built_up": "#d98880",
    "other": "#909497",
}
_SIZES_MM = {"compound": 1.8, "gate": 1.2, "building": 1.4, "parcel": 2.4}
_FACILITY_MM = 3.2
_NAMES_FROM_SCALE = {"compound": 15_000, "street": 15_000, "community": 60_000, "zone": 60_000}
_FACILITY_NAMES_FROM_SCALE = 30_000
_NO_UPPER_LIMIT = 1e12


@dataclass(frozen=True, slots=True)
class _Class:
    """One entry of the legend: a value, or a range of values, and how it is painted."""

    label: str
    paint: Paint
    value: str = ""
    lower: float = 0.0
    upper: float = 0.0


def layer_style(schema: LayerSchema, kind: str, frame: gpd.GeoDataFrame) -> str:
    """Return the QML style of a layer.

    Parameters
    ----------
    schema
        The layer.
    kind
        Geometry type of its table, such as ``POINT``.
    frame
        Its rows, from which classes of a shaded layer are cut.
    """
    # QGIS opens a layer of mixed shapes as one layer a type and gives them all this one style, so
    # symbols of any one type would hide the others: then the choice of symbols is left to QGIS.
    symbol = SYMBOL_TYPE.get(kind)
    root = Element(
        "qgis",
        version="3.10.0",
        styleCategories="Labeling|Fields|Forms" + ("|Symbology" if symbol else ""),
        labelsEnabled="1" if schema.name in _NAMES_FROM_SCALE or schema.facility else "0",
    )
    if symbol:
        _renderer(root, schema, symbol, frame)
    if root.get("labelsEnabled") == "1":
        _names(root, _NAMES_FROM_SCALE.get(schema.name, _FACILITY_NAMES_FROM_SCALE))
    _fields(root, schema)
    return as_document(root)


def _renderer(root: Element, schema: LayerSchema, symbol: str, frame: gpd.GeoDataFrame) -> None:
    attribute, classes = _classes(schema, frame)
    ranged = attribute == "elders"
    single = not attribute
    renderer = SubElement(
        root,
        "renderer-v2",
        type="singleSymbol" if single else "graduatedSymbol" if ranged else "categorizedSymbol",
        attr=attribute,
        symbollevels="0",
        enableorderby="0",
        forceraster="0",
    )
    if ranged:
        renderer.set("graduatedMethod", "GraduatedColor")
    if not single:
        entries = SubElement(renderer, "ranges" if ranged else "categories")
        for number, entry in enumerate(classes):
            item = SubElement(entries, "range" if ranged else "category", label=entry.label)
            item.set("render", "true")
            item.set("symbol", str(number))
            if ranged:
                item.set("lower", f"{entry.lower:.1f}")
                item.set("upper", f"{entry.upper:.1f}")
            else:
                item.set("value", entry.value)
                item.set("type", "string")
    symbols = SubElement(renderer, "symbols")
    for number, entry in enumerate(classes):
        draw_symbol(symbols, str(number), symbol, entry.paint)


def _classes(schema: LayerSchema, frame: gpd.GeoDataFrame) -> tuple[str, Sequence[_Class]]:
    """Return the column that decides on the paint (empty when none does) and the legend."""
    if schema.facility:
        return "status", _facility_classes(schema)
    if schema.name == "zone":
        return "kind", [
            _Class(kind.labels[0], Paint(colour, colour, 0.3), value=kind.value)
            for kind in schema["kind"].choices
            for colour in (ZONE_COLOURS[kind.value],)
        ]
    if schema.name == "community" and frame["elders"].notna().any():
        return "elders", _shaded_classes(frame["elders"].dropna().to_numpy(np.float64))
    colour = _PLAIN[schema.name]
    share = 0.0 if schema.name in ("county", "township") else 0.35
    size_mm = _SIZES_MM.get(schema.name, 2.0)
    return "", [_Class(schema.zh, Paint(colour, colour, share, size_mm))]


def _facility_classes(schema: LayerSchema) -> list[_Class]:
    """Solid where open, hollow where planned, grey where suspended or closed."""
    kind = facility_types()[schema.name]
    fills = {"planned": "#ffffff", "suspended": "#d5d8dc", "closed": "#808b96"}
    classes = [
        _Class(
            c.labels[0],
            Paint(
                fills.get(c.value, kind.colour), kind.colour, 1.0, _FACILITY_MM, _MARKS[kind.symbol]
            ),
            value=c.value,
        )
        for c in schema["status"].choices
    ]
    solid = Paint(kind.colour, "#ffffff", 1.0, _FACILITY_MM, _MARKS[kind.symbol])
    return [*classes, _Class(schema.zh, solid)]


def _shaded_classes(values: NDArray[np.float64]) -> list[_Class]:
    cuts = np.unique(np.floor(np.quantile(values, np.linspace(0, 1, len(_SHADES) + 1)[1:-1])))
    lowers = [0.0, *cuts.tolist()]
    uppers = [*cuts.tolist(), _NO_UPPER_LIMIT]
    steps = np.linspace(0, len(_SHADES) - 1, len(lowers)).round().astype(int)
    return [
        _Class(
            f"老年人 {low:,.0f} 以上" if up == _NO_UPPER_LIMIT else f"老年人 {low:,.0f}～{up:,.0f}",
            Paint(_SHADES[step], _OUTLINE, 0.6),
            lower=low,
            upper=up,
        )
        for low, up, step in zip(lowers, uppers, steps, strict=True)
    ]


def _names(root: Element, from_scale: int) -> None:
    settings = SubElement(SubElement(root, "labeling", type="simple"), "settings")
    text = SubElement(
        settings,
        "text-style",
        fieldName="name",
        fontSize="9",
        fontSizeUnit="Point",
        textColor="40,40,40,255",
        isExpression="0",
    )
    SubElement(
        text,
        "text-buffer",
        bufferDraw="1",
        bufferSize="0.8",
        bufferSizeUnits="MM",
        bufferColor="255,255,255,220",
    )
    SubElement(
        settings,
        "rendering",
        scaleVisibility="1",
        scaleMin=str(from_scale),
        scaleMax="0",
        obstacle="1",
    )


def _fields(root: Element, schema: LayerSchema) -> None:
    widgets = SubElement(root, "fieldConfiguration")
    aliases = SubElement(root, "aliases")
    for position, column in enumerate(schema.columns, start=1):
        SubElement(aliases, "alias", field=column.name, index=str(position), name=column.label_zh)
        if column.choices:
            _value_map(_widget(widgets, column.name, "ValueMap"), column)
        elif column.type == "date":
            _calendar(_widget(widgets, column.name, "DateTime"))
    SubElement(aliases, "alias", field=VERSION, index=str(len(schema.columns) + 1), name="修改次数")
    editable = SubElement(root, "editable")
    for name in (FID, VERSION):
        SubElement(editable, "field", name=name, editable="0")
    SubElement(root, "previewExpression").text = f'"{_title_column(schema)}"'


def _widget(parent: Element, column: str, kind: str) -> Element:
    field = SubElement(parent, "field", name=column)
    config = SubElement(SubElement(field, "editWidget", type=kind), "config")
    return SubElement(config, "Option", type="Map")


def _value_map(option: Element, column: Column) -> None:
    entries = SubElement(option, "Option", name="map", type="List")
    for choice in column.choices:
        entry = SubElement(entries, "Option", type="Map")
        SubElement(entry, "Option", name=choice.labels[0], type="QString", value=choice.value)


def _calendar(option: Element) -> None:
    for name, kind, value in (
        ("allow_null", "bool", "true"),
        ("calendar_popup", "bool", "true"),
        ("display_format", "QString", "yyyy-MM-dd"),
        ("field_format", "QString", "yyyy-MM-dd"),
    ):
        SubElement(option, "Option", name=name, type=kind, value=value)


def _title_column(schema: LayerSchema) -> str:
    return "name" if any(column.name == "name" for column in schema.columns) else schema.key
