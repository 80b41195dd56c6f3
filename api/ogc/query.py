"""How the parameters of a page of features become a question to the store."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import orjson
import shapely
import sqlalchemy as sa
from starlette.requests import Request

from api.ogc import cql2, crs, search
from api.ogc.cql2.terms import day_of
from api.ogc.parameters import FORMAT, Parameter, asked, numbers, whole
from api.store import settings_of
from geo.errors import DataError
from geo.store.features import Box, FeatureTable, Field, Query, Sort, Turned, relates
from geo.text import say

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
"""Parameters of a page of features; its properties are parameters too."""
_NAMES: Final = frozenset(parameter.name for parameter in ITEMS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of features as a reader asked for it.

    Attributes
    ----------
    given
        The parameters as they were written.
    query
        The question to the store.
    crs
        URI of the reference system of the answer.
    turned
        Its coordinates.
    best
        Ids of the features, best first, where words were looked for and found in that order.
    """

    given: Mapping[str, str]
    query: Query
    crs: str
    turned: Turned
    best: list[str] | None = None


def read(request: Request, connection: sa.Connection, table: FeatureTable) -> Asked:
    """Return the page that a request asks for.

    Raises
    ------
    DataError
        A parameter is unknown or unfit.
    """
    fields = {word: one for one in table.fields for word in (one.zh, one.name)}
    given = asked(request, (*_NAMES, *(word for word in fields if word not in _NAMES)))
    uri, turned = crs.parsed(given.get("crs", crs.CRS84))
    limit = limit_of(request, given)
    sort = _sort(table, given.get("sortby", ""))
    where = [
        _equal(table, fields[word], text)
        for word, text in given.items()
        if word in fields and word not in _NAMES
    ]
    where += _when(table, given.get("datetime"))
    where += _filter(connection, table, given, limit)
    best = None
    if "q" in given:
        answers, best = search.found(request, connection, table, given["q"])
        where.append(answers)
    box, around = _box(connection, table, given, limit)
    query = Query(
        limit=limit,
        after=_after(table, sort, given["after"]) if "after" in given else None,
        box=box,
        where=(*where, *around),
        sort=sort,
        names=_names(table, given["properties"]) if "properties" in given else None,
        shapes=not _flag("skipGeometry", given.get("skipGeometry", "false")),
    )
    if best is not None and not sort:
        return Asked(given, replace(query, limit=len(best) or 1, after=None), uri, turned, best)
    return Asked(given, query, uri, turned)


def token(after: tuple[Any, ...]) -> str:
    """Return where a page begins as a mark that can stand in an address."""
    return base64.urlsafe_b64encode(orjson.dumps(after)).rstrip(b"=").decode()


def limit_of(request: Request, given: Mapping[str, str]) -> int:
    """Return how many features a page has at most."""
    settings = settings_of(request)
    if "limit" not in given:
        return min(settings.limit_default, settings.limit_most)
    return whole("limit", given["limit"], least=1, most=settings.limit_most)


def _after(table: FeatureTable, sort: tuple[Sort, ...], text: str) -> tuple[Any, ...]:
    kinds: list[str] = [_field(table, one.name).kind for one in sort]
    numbered = isinstance(table.source.c[table.order].type, sa.Integer)
    kinds.append("row" if numbered else "name")
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return tuple(_restored(kind, value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, TypeError):
        raise DataError(
            say("参数“after”不是本次查询的记号。", "after is no mark of this question."),
            hint=say("请从第一页的 next 链接取得。", "take it from the first page's next link."),
        ) from None


def _restored(kind: str, value: object) -> object:
    """Return a value of a mark as the store compares it; a wrong type is an error."""
    if value is None and kind not in ("row", "name"):
        return None
    if kind == "date":
        return date.fromisoformat(str(value))
    kinds: dict[str, tuple[type, ...]] = {"float": (int, float), "bool": (bool, int)}
    wanted = kinds.get(kind, (int,) if kind in ("row", "int") else (str,))
    if not isinstance(value, wanted) or (isinstance(value, int) and abs(value) >= 2**63):
        raise ValueError
    return bool(value) if kind == "bool" else value


def _box(
    connection: sa.Connection, table: FeatureTable, given: Mapping[str, str], limit: int
) -> tuple[Box | None, list[sa.ColumnElement[bool]]]:
    """Return a box in degrees, or, in another reference system, the condition of its true shape."""
    if "bbox" not in given:
        if "bbox-crs" in given:
            crs.parsed(given["bbox-crs"])
        return None, []
    sides = numbers("bbox", given["bbox"], (4, 6))
    first, second, third, fourth = sides if len(sides) == 4 else (*sides[:2], *sides[3:5])  # noqa: PLR2004
    turned = crs.parsed(given.get("bbox-crs", crs.CRS84))[1]
    west, south, east, north = first, second, third, fourth
    if turned.swapped:
        west, south, east, north = second, first, fourth, third
    if south > north:
        raise DataError(say("bbox 的南界高于北界。", "the south of bbox lies above its north."))
    if turned.crs is None:
        if not all(abs(side) <= 180 for side in (west, east)):  # noqa: PLR2004
            raise DataError(say("bbox 的经度超出 ±180。", "a longitude of bbox is beyond ±180."))
        return Box(west, south, east, north), []
    if table.shape is None:
        return None, []
    frame = shapely.segmentize(shapely.box(west, south, east, north), (east - west) / 20 or 1)
    projected = Turned(turned.crs).back(np.array([frame], dtype=object))[0]
    if not np.isfinite(shapely.get_coordinates(projected)).all():
        raise DataError(say("bbox 超出坐标系的范围。", "bbox lies outside its reference system."))
    return None, [relates(connection, table, "intersects", projected, limit=limit)]


def _equal(table: FeatureTable, field: Field, text: str) -> sa.ColumnElement[bool]:
    column = table.source.c[field.name]
    if field.kind == "bool":
        return column.is_(_flag(field.zh, text))
    return column == _value(field, text)


def _value(field: Field, text: str) -> object:
    try:
        match field.kind:
            case "int":
                number = int(text)
                if abs(number) >= 2**63:
                    raise ValueError  # noqa: TRY301 - answered as any other wrong number
                return number
            case "float":
                return float(text)
            case "date":
                return date.fromisoformat(text)
            case _:
                return _no_zero(text)
    except ValueError:
        raise DataError(
            say(f"“{field.zh}”不能是“{text}”。", f"{field.name} cannot be {text!r}.")
        ) from None


def _no_zero(text: str) -> str:
    """Refuse the one sign that PostgreSQL keeps in no text."""
    if "\0" in text:
        raise ValueError
    return text


def _flag(name: str, text: str) -> bool:
    known = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
    if text.lower() not in known:
        raise DataError(
            say(f"“{name}”应是 true 或 false。", f"{name} is true or false, not {text!r}.")
        )
    return known[text.lower()]


def _when(table: FeatureTable, text: str | None) -> list[sa.ColumnElement[bool]]:
    """Return the condition that rows hold when a reader says; rows that know no days always do."""
    if text is None:
        if not (table.always_now and table.during):
            return []
        today = datetime.now(UTC).astimezone().date()
        return [table.during(today, today)]
    first, parted, last = text.partition("/")
    if not parted:
        day = _day(text)
        days: tuple[date | None, date | None] = (day, day)
    else:
        days = (
            None if first in ("", "..") else _day(first),
            None if last in ("", "..") else _day(last),
        )
        if days == (None, None) or (days[0] and days[1] and days[0] > days[1]):
            raise DataError(
                say(f"时间段“{text}”不对。", f"the span {text!r} is none."),
                hint=say("如 2020-01-01/2026-05-01、../2026-05-01。", "such as ../2026-05-01."),
            )
    return [table.during(*days)] if table.during else []


def _day(text: str) -> date:
    try:
        return day_of(text)
    except DataError:
        raise DataError(
            say(f"参数“datetime”里的“{text}”不是日期。", f"datetime: {text!r} is no date."),
            hint=say("写成 2026-05-01 或 2026-05-01T00:00:00Z。", "such as 2026-05-01."),
        ) from None


def _filter(
    connection: sa.Connection, table: FeatureTable, given: Mapping[str, str], limit: int
) -> list[sa.ColumnElement[bool]]:
    language = given.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise DataError(
            say(f"不认识过滤语言“{language}”。", f"unknown filter language {language!r}."),
            hint="cql2-text, cql2-json",
        )
    turned = crs.parsed(given.get("filter-crs", crs.CRS84))[1]
    if "filter" not in given:
        return []
    scope = cql2.Scope(connection, table, turned, limit)
    node = cql2.parsed(given["filter"], language)  # type: ignore[arg-type]
    return [cql2.condition(scope, node)]


def _sort(table: FeatureTable, text: str) -> tuple[Sort, ...]:
    words = [word.strip() for word in text.split(",") if word.strip()]
    sort = tuple(
        Sort(_field(table, word.lstrip("+-")).name, word.startswith("-")) for word in words
    )
    if len({one.name for one in sort}) < len(sort):
        raise DataError(say("sortby 里有重复的属性。", "sortby names a property twice."))
    return sort


def _names(table: FeatureTable, text: str) -> tuple[str, ...]:
    return tuple(_field(table, word.strip()).name for word in text.split(",") if word.strip())


def _field(table: FeatureTable, word: str) -> Field:
    found = table.field(word)
    if found is None:
        known = [one.name for one in table.fields]
        raise DataError(
            say(f"“{table.zh}”没有属性“{word}”。", f"{table.name} has no property {word!r}."),
            hint=say(f"可用：{'、'.join(known)}", f"known: {', '.join(known)}"),
        )
    return found
