"""What is reckoned in a filter, where the stores differ: sums that overflow or are undefined."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from api.ogc.cql2.scope import Scope
from geo.store.features.functions import LN_MOST, MOST

Number = sa.ColumnElement[Any]

_WRITTEN: Final[dict[str, Callable[[float, float], float]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": math.pow,
}


def of_constants(name: str, left: float, right: float) -> float | None:
    """Return what two written numbers make: infinity when too large, None when it is undefined."""
    try:
        return _WRITTEN[name](left, right) if name in _WRITTEN else None
    except OverflowError:
        return math.inf
    except (ValueError, ZeroDivisionError):
        return None


@dataclass(frozen=True, slots=True)
class Span:
    """Between which sizes a number lies, whatever its sign, unless it is zero."""

    least: float = 0.0
    most: float = math.inf

    def with_other(self, name: str, other: Span) -> Span:
        """Return the span of what two numbers make."""
        match name:
            case "+" | "-":
                return Span(min(self.least, other.least) * _ULP, self.most + other.most)
            case "*":
                return Span(self.least * other.least, self.most * other.most)
            case "/" | "div" | "%" if other.least and other.most:
                return Span(self.least / other.most, self.most / other.least)
            case _:
                return ANY

    def is_safe(self) -> bool:
        """Return whether no such number is too large or too small to be reckoned with."""
        return self.least >= 1 / MOST and self.most <= MOST


ANY: Final = Span()


def span_of(kind: str, constant: float | None = None) -> Span:
    """Return the span of a property of some kind, or of a number that is written out."""
    if constant is not None:
        return Span(abs(constant) or 1.0, abs(constant))
    return Span(1.0, 2.0**63) if kind == "int" else ANY


def reckoned(
    scope: Scope, name: str, sides: tuple[Number, Number], spans: tuple[Span, Span]
) -> tuple[Number, Span]:
    """Return what two numbers make, and its span; nothing where it is too large or undefined.

    PostgreSQL ends the whole question at a number that is too large or too small, SQLite goes on
    with infinity: so both look first, unless the spans tell that it cannot be.
    """
    a, b = (sa.cast(side, sa.Double) for side in sides)
    if name == "^":
        return power(scope, a, b), ANY
    span = spans[0].with_other(name, spans[1])
    safe = span.is_safe() or (name in "+-" and span.most <= MOST)
    found: Number
    if safe:
        found = _made(name, a, b, sa.func.trunc if scope.postgis else _sqlite("trunc"), _plain)
    elif scope.postgis:
        found = _aside(scope, a, b, lambda x, y: _made(name, x, y, sa.func.trunc, _looked_first))
    else:
        found = _made(name, a, b, _sqlite("trunc"), lambda sign, x, y: _sqlite(_NAMES[sign])(x, y))
    if name == "%":
        return found, Span(0.0, spans[1].most)
    return found, span if safe else Span(1 / MOST, 2 * MOST)


_ULP: Final = 2.0**-53
_NAMES: Final = {"+": "plus", "-": "minus", "*": "times", "/": "over"}
_Make = Callable[[str, Number, Number], Number]


def _made(
    name: str, a: Number, b: Number, trunc: Callable[[Number], Number], make: _Make
) -> Number:
    if name in _NAMES:
        return make(name, a, b)
    whole = trunc(make("/", a, b))
    return whole if name == "div" else a - b * whole


def _plain(sign: str, a: Number, b: Number) -> Number:
    made: Number = _SIGNS[sign](a, sa.func.nullif(b, 0.0, type_=sa.Double()) if sign == "/" else b)
    return made


_SIGNS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _looked_first(sign: str, a: Number, b: Number) -> Number:
    """Return a sum, product or quotient on PostgreSQL, where it is no number of its own."""
    if sign in "+-":
        large = sa.func.greatest(sa.func.abs(a), sa.func.abs(b)) > MOST
        return sa.case((large, None), else_=_plain(sign, a, b))
    ln_a, ln_b = (sa.func.ln(sa.func.abs(sa.func.nullif(side, 0.0))) for side in (a, b))
    ln = ln_a + ln_b if sign == "*" else ln_a - ln_b
    return sa.case((ln > LN_MOST, None), (ln < -LN_MOST, 0.0), else_=_plain(sign, a, b))


def _sqlite(name: str) -> Callable[..., Number]:
    """Return a function that connections to a GeoPackage are taught."""
    return lambda *sides: getattr(sa.func, f"fuwuquan_{name}")(*sides, type_=sa.Double())


def _aside(scope: Scope, a: Number, b: Number, build: Callable[[Number, Number], Number]) -> Number:
    """Return what is built of two numbers, each of which stands once, in an inner question.

    Else what is nested would grow in length at each step.
    """
    around = scope.table.source
    sides = sa.select(a.label("a"), b.label("b")).correlate(around).offset(0).subquery()
    found: sa.ColumnElement[Any] = sa.type_coerce(build(sides.c.a, sides.c.b), sa.Double())
    one: sa.Select[Any] = sa.select(found).correlate(around)
    return one.scalar_subquery()


def power(scope: Scope, base: Number, exponent: Number) -> Number:
    """Return a power; nothing where it is undefined or too large, zero where it is too small."""
    if not scope.postgis:
        return _sqlite("power")(base, exponent)
    return _aside(scope, base, exponent, _power)


def _power(a: Number, b: Number) -> Number:
    bounded = sa.func.greatest(-MOST, sa.func.least(MOST, b))
    ln = bounded * sa.func.ln(sa.func.abs(sa.func.nullif(a, 0.0)))
    return sa.case(
        (a.is_(None) | b.is_(None), None),
        (b == 0.0, 1.0),
        ((a == 0.0) & (b < 0.0), None),
        (a == 0.0, 0.0),
        ((a < 0.0) & (b != sa.func.trunc(b)), None),
        (ln > LN_MOST, None),
        (ln < -LN_MOST, 0.0),
        else_=sa.func.power(a, b),
    )
