"""The parameters of a page of features; the properties of its collection are parameters too."""

from __future__ import annotations

from typing import Final

from api.ogc import crs
from api.ogc.parameters import FORMAT, Parameter

_URI: Final = {"type": "string", "format": "uri"}

LIMIT = Parameter(
    "limit",
    "每页最多多少个要素；超过上限按上限。",
    {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 100},
    example=10,
)
AFTER = Parameter("after", "下一页的记号，取自上一页的 next 链接。")
BBOX = Parameter(
    "bbox",
    "只要与此范围相交的要素：西,南,东,北；坐标系见 bbox-crs，默认经度在前、纬度在后。",
    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
)
BBOX_CRS = Parameter("bbox-crs", "bbox 的坐标系，默认 CRS84（经度、纬度）。", _URI)
CRS = Parameter(
    "crs",
    "结果的坐标系，默认 CRS84（经度、纬度）；EPSG:4490 按标准是纬度在前。",
    _URI,
    example=crs.CRS84,
)
DATETIME = Parameter(
    "datetime",
    "只要这一天或这段时间内有效的要素：2026-05-01、2020-01-01/2026-05-01、../2026-05-01。",
)
FILTER = Parameter(
    "filter",
    "过滤条件（CQL2）；属性可用英文名或中文名，如 老年人数 > 100。",
    example="name LIKE '%社区%'",
)
FILTER_LANG = Parameter(
    "filter-lang",
    "过滤条件的写法。",
    {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"},
)
FILTER_CRS = Parameter("filter-crs", "过滤条件里图形的坐标系，默认 CRS84。", _URI)
WORDS = Parameter(
    "q",
    "按名称找：标准地名可用汉字、拼音、首字母，错一两个字也行，最像的在前；"
    "其他集合找名称里含这些字的。",
    {"type": "string", "minLength": 1, "maxLength": 100},
)
SORTBY = Parameter(
    "sortby",
    "按哪些属性排序，逗号隔开；前加 - 为从大到小，空值总在最后。",
    {"type": "array", "items": {"type": "string"}},
    example="-name",
)
PROPERTIES = Parameter(
    "properties", "只要这些属性，逗号隔开。", {"type": "array", "items": {"type": "string"}}
)
SKIP_SHAPES = Parameter("skipGeometry", "不要图形。", {"type": "boolean", "default": False})

ITEMS: Final = (
    LIMIT, BBOX, BBOX_CRS, CRS, DATETIME, WORDS, FILTER, FILTER_LANG, FILTER_CRS, SORTBY,
    PROPERTIES, SKIP_SHAPES, AFTER, FORMAT,
)  # fmt: skip
"""All of them, in the order in which they are documented."""
