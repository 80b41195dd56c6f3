"""Values in a filter: properties, numbers, texts, days, and what is reckoned from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any, Final, Literal

import sqlalchemy as sa

from api.ogc.cql2.reading import Node
from api.ogc.cql2.scope import Scope, unfit
from api.ogc.cql2.sums import ANY, Span, of_constants, reckoned, span_of
from api.ogc.cql2.written import LARGEST, plain, too_large
from api.parameters import TRUTHS
from geo.store.features import Field
from geo.text import say

Kind = Literal["number", "text", "flag", "day", "nothing"]
_KINDS: Final[dict[str, Kind]] = {
    "int": "number",
    "float": "number",
    "text": "text",
    "choice": "text",
    "bool": "flag",
    "date": "day",
}
ARITHMETIC: Final = ("+", "-", "*", "/", "div", "%", "^")


@dataclass(frozen=True, slots=True)
class Term:
    """One value.

    Attributes
    ----------
    kind
        What it is.
    sql
        Its expression.
    constant
        Itself, where it is written out.
    folded
        Whether capitals were made small.
    field
        The property that it is, be it in small letters.
    span
        Between which sizes it lies, of a number.
    """

    kind: Kind
    sql: sa.ColumnElement[Any]
    constant: Any = None
    folded: bool = False
    field: Field | None = None
    span: Span = ANY


def term(scope: Scope, node: Node) -> Term:
    """Return a value of a filter.

    Raises
    ------
    DataError
        It is none, or speaks of an unknown property.
    """
    if isinstance(node, bool):
        return Term("flag", sa.literal(node, sa.Boolean), node)
    if isinstance(node, int | float):
        if not isfinite(node) or abs(node) > LARGEST:
            written = too_large(plain(scope.text)) or str(node)
            raise unfit(written, "这个数太大。", "the number is too large.")
        number = sa.literal(float(node), sa.Double)
        return Term("number", number, node, span=span_of("", node))
    if isinstance(node, str):
        return Term("text", sa.literal(node.replace("\0", ""), sa.Text), node.replace("\0", ""))
    if node is None:
        raise unfit("NULL", "请用 IS NULL。", "use IS NULL.")
    if not isinstance(node, dict):
        raise unfit("(…)", "这里应是一个值，不是一组。", "one value is wanted here, not several.")
    if "property" in node:
        if scope.is_shape(node):
            raise unfit("geometry", "图形只能用 S_ 开头的函数比较。", "compare shapes by S_….")
        field = scope.field(node["property"])
        column = scope.table.source.c[field.name]
        return Term(_KINDS[field.kind], column, field=field, span=span_of(field.kind))
    if "date" in node or "timestamp" in node:
        day = day_of(node.get("date", node.get("timestamp")))
        return Term("day", sa.literal(day, sa.Date), day)
    return _reckoned(scope, node)


def day_of(text: object) -> date:
    """Return the day of a date or a moment, in universal time where it has a zone.

    Raises
    ------
    DataError
        It is none.
    """
    try:
        written = str(text)
        if len(written) <= len("2020-01-01"):
            return date.fromisoformat(written)
        moment = datetime.fromisoformat(written)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        raise unfit(
            str(text), "不是日期。", "it is no date.",
            hint=say("写成 DATE('2026-05-01')。", "write it as DATE('2026-05-01')."),
        ) from None  # fmt: skip


def alike(first: Term, second: Term) -> tuple[Term, Term]:
    """Return two values that can be compared; a text beside a day or a truth is read as one.

    Raises
    ------
    DataError
        They are of different kinds.
    """
    if first.kind == "day" and second.kind == "text" and second.constant is not None:
        return first, _as_day(second)
    if second.kind == "day" and first.kind == "text" and first.constant is not None:
        return _as_day(first), second
    if {first.kind, second.kind} == {"flag", "text"}:
        first, second = _as_flag(first), _as_flag(second)
    if first.kind != second.kind:
        words = {"number": "数", "text": "文字", "flag": "真假", "day": "日期"}
        raise unfit(
            _told(first),
            f"是{words[first.kind]}，不能与{words[second.kind]}相比。",
            f"is a {first.kind}, which cannot be compared with a {second.kind}.",
            hint=say(
                "数不加引号，文字写在单引号里，真假写 true、false，日期写 DATE('2026-05-01')。",
                "numbers have no quotes, texts single ones; true, false; DATE('2026-05-01').",
            ),
        )
    return first, second


def ordered(scope: Scope, value: Term) -> sa.ColumnElement[Any]:
    """Return a value for ordering: texts go by their code points in either store."""
    return sa.collate(value.sql, "C") if value.kind == "text" and scope.postgis else value.sql


def _as_day(text: Term) -> Term:
    day = day_of(text.constant)
    return Term("day", sa.literal(day, sa.Date), day)


def _as_flag(one: Term) -> Term:
    """Return a truth that is written as a text as one, and anything else as it is."""
    known = TRUTHS.get(str(one.constant).strip().lower()) if one.kind == "text" else None
    return one if known is None else Term("flag", sa.literal(known, sa.Boolean), known)


def _told(one: Term) -> str:
    """Return what a value is called in the filter."""
    if one.constant is not None:
        return str(one.constant)
    return one.field.label if one.field is not None else "(…)"


def _reckoned(scope: Scope, node: dict[str, Any]) -> Term:
    name, arguments = str(node.get("op", "")).lower(), node.get("args", ())
    if name == "casei" and len(arguments) == 1:
        inner = term(scope, arguments[0])
        if inner.kind != "text":
            raise unfit("CASEI", "只用于文字。", "it is for texts only.")
        if inner.constant is not None:
            small = inner.constant.lower()
            return Term("text", sa.literal(small, sa.Text), small, folded=True)
        fold = sa.func.lower if scope.postgis else sa.func.fuwuquan_lower
        return Term("text", fold(inner.sql, type_=sa.Text()), folded=True, field=inner.field)
    if name in ARITHMETIC and len(arguments) == 2:  # noqa: PLR2004
        first, second = (term(scope, argument) for argument in arguments)
        if first.kind != "number" or second.kind != "number":
            raise unfit(name, "只能用数来算。", "numbers are wanted.")
        sides = (first.constant, second.constant)
        known = None if None in sides else of_constants(name, *map(float, sides))
        if known is not None and not abs(known) <= LARGEST:
            told = f"{_told(first)} {name} {_told(second)}"
            raise unfit(told, "结果太大。", "the result is too large.")
        made, span = reckoned(scope, name, (first.sql, second.sql), (first.span, second.span))
        return Term("number", made, known, span=span if known is None else span_of("", known))
    raise unfit(name or "?", "这里不能用。", "it cannot be used here.")
