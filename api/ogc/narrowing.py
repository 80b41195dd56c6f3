"""Which features are meant: in a box, on a day, with values of properties, by a filter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

import numpy as np
import shapely
import sqlalchemy as sa

from api.ogc import cql2, crs
from api.ogc.cql2.terms import day_of
from api.ogc.fields import example_of, values_meant
from api.ogc.moments import no_span
from api.ogc.parameters import numbers
from api.parameters import truth
from geo.errors import DataError
from geo.store.features import Box, FeatureTable, Field, Turned, relates
from geo.text import say

_WANTED: Final = {
    "int": ("整数", "a whole number"),
    "float": ("数", "a number"),
    "date": ("日期，如 2026-05-01", "a day such as 2026-05-01"),
    "text": ("文字", "a text"),
    "choice": ("文字", "a text"),
}


def box_of(
    connection: sa.Connection, table: FeatureTable, given: Mapping[str, str], limit: int
) -> tuple[Box | None, list[sa.ColumnElement[bool]]]:
    """Return a box in degrees, or, in another reference system, the condition of its true shape.

    Raises
    ------
    DataError
        It is none.
    """
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


def equal(table: FeatureTable, field: Field, text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a property is what a reader says.

    Raises
    ------
    DataError
        It never is.
    """
    column = table.source.c[field.name]
    if field.choices:
        return column.in_(values_meant(field, text))
    if field.words:
        return column.in_(values_meant(field, str(_value(field, text))))
    if field.kind == "bool":
        return column.is_(truth(field.zh, text))
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
            say(f"“{field.zh}”不能是“{text}”。", f"{field.name} cannot be {text!r}."),
            hint=say(f"应是{_WANTED[field.kind][0]}。", f"it is {_WANTED[field.kind][1]}."),
        ) from None


def _no_zero(text: str) -> str:
    """Refuse the one sign that PostgreSQL keeps in no text."""
    if "\0" in text:
        raise ValueError
    return text


def valid(table: FeatureTable, text: str | None) -> list[sa.ColumnElement[bool]]:
    """Return the condition that rows hold when a reader says; rows that know no days always do.

    Raises
    ------
    DataError
        He names no day and no span.
    """
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
            raise no_span(text)
    return [table.during(*days)] if table.during else []


def _day(text: str) -> date:
    try:
        return day_of(text)
    except DataError:
        raise DataError(
            say(f"参数“datetime”里的“{text}”不是日期。", f"datetime: {text!r} is no date."),
            hint=say("写成 2026-05-01 或 2026-05-01T00:00:00Z。", "such as 2026-05-01."),
        ) from None


def filtered(
    connection: sa.Connection, table: FeatureTable, given: Mapping[str, str], limit: int
) -> list[sa.ColumnElement[bool]]:
    """Return the condition of a filter, if there is one.

    Raises
    ------
    DataError
        It cannot be read, or makes no sense of this table.
    """
    language = given.get("filter-lang", "cql2-text")
    if language not in ("cql2-text", "cql2-json"):
        raise DataError(
            say(f"不认识过滤语言“{language}”。", f"unknown filter language {language!r}."),
            hint="cql2-text, cql2-json",
        )
    turned = crs.parsed(given.get("filter-crs", crs.CRS84))[1]
    if "filter" not in given:
        return []
    scope = cql2.Scope(connection, table, turned, limit, given["filter"])
    node = cql2.parsed(
        given["filter"],
        language,  # type: ignore[arg-type]
        example=example_of(table),
    )
    return [cql2.condition(scope, node)]
