"""What is reckoned in a filter, where the stores differ: sums that overflow or are undefined."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, Final

import sqlalchemy as sa

from api.ogc.cql2.scope import Scope
from geo.store.features.functions import LN_MOST

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


def power(scope: Scope, base: Number, exponent: Number) -> Number:
    """Return a power; nothing where it is undefined or too large, zero where it is too small.

    PostgreSQL ends the whole question at such a power. Each side stands once in what is returned,
    in an inner question, else nested powers would grow in length at each step.
    """
    if not scope.postgis:
        return sa.func.fuwuquan_power(base, exponent, type_=sa.Double())
    around = scope.table.source
    sides = sa.select(base.label("a"), exponent.label("b")).correlate(around).offset(0).subquery()
    a, b = sides.c.a, sides.c.b
    bounded = sa.func.greatest(-1e300, sa.func.least(1e300, b))
    ln = bounded * sa.func.ln(sa.func.abs(sa.func.nullif(a, 0.0)))
    found = sa.case(
        (a.is_(None) | b.is_(None), None),
        (b == 0.0, 1.0),
        ((a == 0.0) & (b < 0.0), None),
        (a == 0.0, 0.0),
        ((a < 0.0) & (b != sa.func.trunc(b)), None),
        (ln > LN_MOST, None),
        (ln < -LN_MOST, 0.0),
        else_=sa.func.power(a, b),
    )
    one: sa.Select[tuple[float]] = sa.select(sa.type_coerce(found, sa.Double())).correlate(around)
    return one.scalar_subquery()
