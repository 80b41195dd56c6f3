"""Which divisions are known, by code and by name: those of the book, and those of the layers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any, Final

import shapely
import sqlalchemy as sa

from geo.boundaries import level_of
from geo.errors import DataError
from geo.gazetteer.table_parts import DIVISION_SCHEMES
from geo.gazetteer.tables import CODE, NAME, PLACE, SHAPE
from geo.gazetteer.veil import OPEN
from geo.gazetteer.words import bracketed
from geo.schema import CODE_DIGITS, LEVELS
from geo.store.dialects import dialect_of
from geo.store.geometry import GEOMETRY, Geom, decode
from geo.text import say

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Area:
    """A division that is drawn."""

    code: str
    name: str
    shape: shapely.Geometry


def division_meant(connection: sa.Connection, written: str, *, on: date) -> str:
    """Return the code of the division that a code or a name means.

    Known are the divisions of the book and of the layers of counties, townships and communities
    that have not ended by a day. Where none is known that could say otherwise, a code of six, nine
    or twelve digits is taken as it is: a book need not have divisions.

    Parameters
    ----------
    connection
        In any transaction.
    written
        A code or a name; nothing means no division.
    on
        The day.

    Raises
    ------
    DataError
        No division, or several of one name; the hint has those that may have been meant.
    """
    text = written.strip()
    if not text:
        return ""
    coded = level_of(text) is not None
    found = dict(_known(connection, on, code=text) if coded else _known(connection, on, name=text))
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise DataError(
            say(f"叫“{text}”的政区有 {len(found)} 个。", f"{len(found)} divisions are {text!r}."),
            hint=say(f"请写代码：{_listed(found)}", f"Give the code: {_listed(found)}"),
        )
    known = dict(_known(connection, on))
    if coded and _possible(text, list(known)):
        return text
    raise _unknown(text, known, coded=coded)


def division_word(connection: sa.Connection, code: str, *, on: date) -> str:
    """Return a division by its name with its code; the code alone where nobody knows its name."""
    name = dict(_known(connection, on, code=code)).get(code, "") if code else ""
    return f"{name}{bracketed(code)}" if name else code


def areas(connection: sa.Connection, *, on: date) -> list[Area]:
    """Return the counties and townships that are drawn, in the layers or else in the book."""
    found: dict[str, Area] = {}
    for level in LEVELS[:2]:
        if dialect_of(connection).columns_of(connection, level):
            asked = _of_layer(level, on).add_columns(sa.column(GEOMETRY, Geom()))
            rows = connection.execute(asked).cursor.fetchall()
            shapes = decode([row[2] for row in rows])
            found |= {
                row[0]: Area(row[0], row[1] or "", shape)
                for row, shape in zip(rows, shapes, strict=True)
                if shape is not None and not shapely.is_empty(shape)
            }
    drawn = (
        _of_book(on)
        .join(SHAPE, SHAPE.c.place_id == CODE.c.place_id)
        .where(SHAPE.c.role == "area", *_holding(SHAPE, on), sa.func.length(CODE.c.value) <= 9)  # noqa: PLR2004 - townships
        .add_columns(SHAPE.c.shape)
    )
    for row in connection.execute(drawn):
        found.setdefault(row.code, Area(row.code, row.name or "", row.shape))
    return [found[code] for code in sorted(found)]


def _known(connection: sa.Connection, on: date, **equal: str) -> Iterator[tuple[str, str]]:
    """Yield code and name of the known divisions whose code or name is the one told."""
    layers = [
        _of_layer(level, on)
        for level in reversed(LEVELS)
        if dialect_of(connection).columns_of(connection, level)
    ]
    for asked in (*layers, _of_book(on)):
        known = asked.subquery()
        rows = sa.select(known.c.code, known.c.name)
        for name, value in equal.items():
            rows = rows.where(known.c[name] == value)
        for code, name in connection.execute(rows):
            yield str(code), str(name or "")


def _of_layer(level: str, on: date) -> sa.Select[Any]:
    """Return what asks for code and name of the units of a layer."""
    until = sa.column("valid_to", sa.Date())
    columns: list[sa.ColumnElement[Any]] = [sa.column("code"), sa.column("name")]
    units = sa.select(*columns).select_from(sa.table(level))
    return units.where(sa.or_(until.is_(None), until > on))


def _of_book(on: date) -> sa.Select[Any]:
    """Return what asks for code and name of the divisions of the book."""
    called = sa.and_(
        NAME.c.place_id == CODE.c.place_id, NAME.c.kind == "standard", *_holding(NAME, on)
    )
    return (
        sa.select(CODE.c.value.label("code"), NAME.c.text.label("name"))
        .join(PLACE, PLACE.c.id == CODE.c.place_id)
        .outerjoin(NAME, called)
        .where(CODE.c.scheme.in_(DIVISION_SCHEMES), PLACE.c.secrecy.in_(OPEN), *_holding(CODE, on))
    )


def _holding(table: sa.Table, on: date) -> tuple[sa.ColumnElement[bool], ...]:
    """Return that a row has not ended: what is decided already may be named before it begins."""
    return (table.c.end_day > on.toordinal(),)


def _possible(code: str, known: Sequence[str]) -> bool:
    """Return whether nothing that is known says that there is no division of a code."""
    above = [one for one in known if code.startswith(one)]
    if not known or any(one.startswith(code) for one in known):
        return True
    deepest = max(above, key=len, default="")
    beside = any(len(one) == len(code) and one.startswith(deepest) for one in known)
    return bool(deepest) and not beside


def _unknown(text: str, known: Mapping[str, str], *, coded: bool) -> DataError:
    digits = "、".join(str(number) for number in CODE_DIGITS.values())
    if text.isdigit() and not coded:
        return DataError(
            say(f"“{text}”不是区划代码。", f"{text!r} is no code of a division."),
            hint=say(f"区划代码为 {digits} 位数字。", f"Such a code has {digits} digits."),
        )
    if not known:
        return DataError(
            say(
                f"“{text}”不是区划代码；地名库和图层里还没有政区，查不到它的代码。",
                f"{text!r} is no code of a division, and no divisions are kept to look it up in.",
            ),
            hint=say(
                f"请写 {digits} 位的区划代码；导入区县、街道乡镇图层以后也可写名称。",
                f"Give a code of {digits} digits; once divisions are imported, a name will do too.",
            ),
        )
    like = _like(text, known)
    told = say(f"相近的有：{_listed(like)}。", f"Similar: {_listed(like)}. ") if like else ""
    return DataError(
        say(
            f"没有代码为“{text}”的政区。" if coded else f"没有叫“{text}”的政区。",
            f"there is no division of the code {text}."
            if coded
            else f"there is no division called {text!r}.",
        ),
        hint=told
        + say(
            "请写地名库或区划图层里的政区，名称或代码都可以。",
            "Give the name or the code of a division of the gazetteer or of the layers.",
        ),
    )


def _like(text: str, known: Mapping[str, str]) -> dict[str, str]:
    """Return the divisions that somebody may have meant."""
    by_name: dict[str, list[str]] = {}
    for code, name in known.items():
        by_name.setdefault(name, []).append(code)
    held = [name for name in by_name if name and (name in text or text in name)]
    names = dict.fromkeys([*held, *get_close_matches(text, filter(None, by_name), _SHOWN)])
    codes = [code for name in names for code in by_name[name]]
    codes += get_close_matches(text, known, _SHOWN, 0.7)
    return {code: known[code] for code in codes[:_SHOWN]}


def _listed(found: Mapping[str, str]) -> str:
    shown = [f"{name}{bracketed(code)}" for code, name in list(found.items())[: 2 * _SHOWN]]
    return say("、", ", ").join(shown)
