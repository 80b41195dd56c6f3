"""The standard names in force with their places, as a collection like any layer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from geo.gazetteer.classes import classes
from geo.gazetteer.tables import EVENT, LIFECYCLES, NAME, PLACE, SHAPE
from geo.gazetteer.words import chinese
from geo.schema import Choice
from geo.store.features import FeatureTable, Field
from geo.store.geometry import GEOMETRY

ID: Final = "names"
_ROLES: Final = ("area", "centreline", "point", "label", "entrance")
"""Which of a place's shapes is shown: the widest that there is."""
STANDING: Final = ("official", "recorded")
"""Standings of places whose names are standard ones."""


def _of(column: str, values: Iterable[str]) -> tuple[Choice, ...]:
    return tuple(Choice(value, (chinese(column, value),)) for value in values)


def _classes() -> tuple[Choice, ...]:
    return tuple(Choice(one.code, (one.zh,)) for one in classes().values())


_FIELDS: Final = (
    Field("name", "text", "名称", "Name", required=True),
    Field("roman", "text", "罗马字母拼写", "Romanised"),
    Field("roman_plain", "text", "无调拼写", "Romanised without tones"),
    Field("language", "text", "语种", "Language"),
    Field("class_code", "choice", "类别代码", "Class code", choices=_classes()),
    Field("lifecycle", "choice", "使用状态", "Lifecycle", choices=_of("lifecycle", LIFECYCLES)),
    Field("status", "choice", "地位", "Standing", choices=_of("status", STANDING)),
    Field("division_code", "text", "所在政区代码", "Division code"),
    Field("valid_from", "text", "启用时间", "Valid from"),
    Field("valid_to", "text", "停用时间", "Valid to"),
    Field("place_id", "text", "地名实体编号", "Place id"),
)


@cache
def names() -> FeatureTable:
    """Return the names as a collection: standard ones, of places that are no secret."""
    source = _source()
    column = source.c

    def during(first: date | None, last: date | None) -> sa.ColumnElement[bool]:
        conditions: list[sa.ColumnElement[bool]] = [sa.true()]
        if last is not None:
            conditions.append(column.from_day <= last.toordinal())
        if first is not None:
            conditions.append(column.end_day > first.toordinal())
        return sa.and_(*conditions)

    return FeatureTable(
        name=ID,
        zh="标准地名",
        en="Standard names",
        source=source,
        order="id",
        key="id",
        fields=_FIELDS,
        shape="GEOMETRY",
        sides=("west", "south", "east", "north"),
        version="version",
        state=sa.select(sa.func.max(EVENT.c.number)),
        during=during,
        always_now=True,
        about_zh="公开的标准地名：批准的（official）和普查登记的（recorded），默认只列今天有效的；"
        "用 datetime 查过去，用 q 按汉字、拼音或首字母找。",
        about_en="Public standard names in force today, decided (official) or as a census has "
        "them (recorded); datetime asks of the past, q finds a name.",
    )


def _source() -> sa.FromClause:
    other = SHAPE.alias("other_shape")
    better = sa.exists().where(
        other.c.place_id == SHAPE.c.place_id,
        sa.or_(
            _rank(other.c.role) < _rank(SHAPE.c.role),
            sa.and_(other.c.role == SHAPE.c.role, other.c.id < SHAPE.c.id),
        ),
    )
    shape: sa.ColumnElement[Any] = sa.type_coerce(SHAPE.c.shape, sa.types.NullType())
    sides = (SHAPE.c[side] for side in ("west", "south", "east", "north"))
    return (
        sa.select(
            NAME.c.id,
            NAME.c.version,
            shape.label(GEOMETRY),
            NAME.c.text.label("name"),
            NAME.c.roman_toned.label("roman"),
            NAME.c.roman_plain,
            NAME.c.language,
            PLACE.c.class_code,
            PLACE.c.lifecycle,
            PLACE.c.status,
            PLACE.c.division_code,
            NAME.c.valid_from,
            NAME.c.valid_to,
            NAME.c.place_id,
            NAME.c.from_day,
            NAME.c.end_day,
            *sides,
        )
        .select_from(
            NAME.join(PLACE, PLACE.c.id == NAME.c.place_id).outerjoin(
                SHAPE, sa.and_(SHAPE.c.place_id == PLACE.c.id, ~better)
            )
        )
        .where(
            NAME.c.kind == "standard",
            PLACE.c.status.in_(STANDING),
            PLACE.c.secrecy == "public",
        )
        .subquery(ID)
    )


def _rank(role: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.case({name: rank for rank, name in enumerate(_ROLES)}, value=role)
