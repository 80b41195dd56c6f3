"""How two spans of days stand to each other: the fifteen relations of CQL2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from api.ogc.cql2.reading import Node
from api.ogc.cql2.scope import Scope, unfit
from api.ogc.cql2.terms import day_of, term

_OPEN: Final = ("..", "", None)
Expression = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Span:
    """First and last day; where a side is open, the first or last day there is."""

    begin: Expression
    end: Expression


Compare = Callable[[Span, Span], sa.ColumnElement[bool]]

RELATIONS: Final[dict[str, Compare]] = {
    "t_after": lambda a, b: a.begin > b.end,
    "t_before": lambda a, b: a.end < b.begin,
    "t_contains": lambda a, b: (a.begin < b.begin) & (a.end > b.end),
    "t_disjoint": lambda a, b: (a.begin > b.end) | (a.end < b.begin),
    "t_during": lambda a, b: (a.begin > b.begin) & (a.end < b.end),
    "t_equals": lambda a, b: (a.begin == b.begin) & (a.end == b.end),
    "t_finishedby": lambda a, b: (a.begin < b.begin) & (a.end == b.end),
    "t_finishes": lambda a, b: (a.begin > b.begin) & (a.end == b.end),
    "t_intersects": lambda a, b: (a.begin <= b.end) & (a.end >= b.begin),
    "t_meets": lambda a, b: a.end == b.begin,
    "t_metby": lambda a, b: a.begin == b.end,
    "t_overlappedby": lambda a, b: (a.begin > b.begin) & (a.begin < b.end) & (a.end > b.end),
    "t_overlaps": lambda a, b: (a.begin < b.begin) & (a.end > b.begin) & (a.end < b.end),
    "t_startedby": lambda a, b: (a.begin == b.begin) & (a.end > b.end),
    "t_starts": lambda a, b: (a.begin == b.begin) & (a.end < b.end),
}
"""Each relation by its name, as ISO 19108 and CQL2 define it on begin and end."""


def span(scope: Scope, node: Node) -> Span:
    """Return a span of a filter: a day, a property of days, or an interval of either.

    Raises
    ------
    DataError
        It is none.
    """
    if isinstance(node, dict) and "interval" in node:
        sides = node["interval"]
        if not isinstance(sides, list) or len(sides) != 2:  # noqa: PLR2004
            raise unfit("INTERVAL", "要有起止两项。", "it has a begin and an end.")
        return Span(
            _side(scope, sides[0], otherwise=date.min), _side(scope, sides[1], otherwise=date.max)
        )
    instant = _instant(scope, node)
    return Span(instant, instant)


def _side(scope: Scope, node: Node, *, otherwise: date) -> Expression:
    """Return a side of an interval; open where it says so, and where a property is empty."""
    if not isinstance(node, dict) and node in _OPEN:
        return sa.literal(otherwise, sa.Date)
    instant = _instant(scope, node)
    if isinstance(node, dict) and "property" in node:
        return sa.func.coalesce(instant, sa.literal(otherwise, sa.Date), type_=sa.Date())
    return instant


def _instant(scope: Scope, node: Node) -> Expression:
    if isinstance(node, str):
        return sa.literal(day_of(node), sa.Date)
    found = term(scope, node)
    if found.kind != "day":
        raise unfit("T_…", "要用日期属性、DATE('…') 或 INTERVAL('…','…')。", "days are wanted.")
    return found.sql
