"""The layers, their columns and the types of facilities, as the schema has them."""

from __future__ import annotations

from _parts.tables import code, table, unit
from geo import schema
from geo.text import Language, say

_GEOMETRY = {
    "point": ("点", "point"),
    "line": ("线", "line"),
    "polygon": ("面", "polygon"),
    "point_or_polygon": ("点或面", "point or polygon"),
    "any": ("点、线、面均可", "any"),
}
_TYPES = {
    "text": "文字",
    "int": "整数",
    "float": "数字",
    "bool": "是、否",
    "date": "日期",
    "choice": "选项",
}
_WEIGHTS = {
    "elders": ("老年人", "elders"),
    "children": ("儿童", "children"),
    "households": ("户", "households"),
    "population": ("全部人口", "everybody"),
}


def columns(_: Language) -> str:
    """Return one table of columns a layer."""
    shared = {column.name for column in schema.layer("rescue_station").columns}
    parts = [_columns(schema.layer("elder_station"), shared, invert=False)]
    parts += [
        _columns(layer, shared if layer.facility else set(), invert=True)
        for layer in schema.layers().values()
    ]
    return "\n\n".join(filter(None, parts))


def _columns(layer: schema.LayerSchema, shared: set[str], *, invert: bool) -> str:
    wanted = [column for column in layer.columns if (column.name in shared) is not invert]
    if not wanted:
        return ""
    title = f"{layer.label} `{layer.name}`" if invert else say("各类设施共有", "All facilities")
    headings = say(
        "列|标题|类型|单位|说明|也认得的写法、可选值",
        "Column|Heading|Type|Unit|Meaning|Other headings, allowed values",
    )
    rows = [
        (
            code(column.name),
            column.label + (say("（必填）", " (required)") if column.required else ""),
            say(_TYPES[column.type], column.type),
            unit(column.unit),
            say(column.description_zh, column.description),
            "、".join((*column.synonyms, *(c.labels[0] for c in column.choices))),
        )
        for column in wanted
    ]
    return f"## {title}\n\n{table(headings.split('|'), rows)}"


def layers(_: Language) -> str:
    """Return the layers by name, with what they may also be called and their shapes."""
    headings = say("层|名称|也可写作|图形|主键", "Layer|Name|Also|Shapes|Key")
    rows = [
        (
            code(layer.name),
            layer.label,
            "、".join(layer.synonyms),
            _shapes(layer),
            code(layer.key),
        )
        for layer in schema.layers().values()
    ]
    return table(headings.split("|"), rows)


def _shapes(layer: schema.LayerSchema) -> str:
    if layer.placed_by is None:
        return say(*_GEOMETRY[layer.geometry])
    unit_layer = schema.layer(layer.placed_by).label
    return say(f"不用图形，按{unit_layer}代码放置", f"none needed: placed by {unit_layer} code")


def facility_types(_: Language) -> str:
    """Return the registry of facility types as a table."""
    headings = say(
        "类型|名称|也认得|默认分钟|服务对象", "Type|Name|Also known as|Minutes|Whom it serves"
    )
    rows = [
        (
            code(kind.name),
            kind.label,
            "、".join(kind.synonyms),
            kind.minutes,
            say(*_WEIGHTS[kind.weight]),
        )
        for kind in schema.facility_types().values()
    ]
    return table(headings.split("|"), rows)
