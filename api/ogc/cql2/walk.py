"""Walk the tree of a filter and return the condition it means, every value bound."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, Final, get_args

import numpy as np
import shapely
import sqlalchemy as sa

from api.ogc.cql2.choices import by_value, one_of_choices
from api.ogc.cql2.likeness import like
from api.ogc.cql2.reading import Node
from api.ogc.cql2.scope import Scope, unfit
from api.ogc.cql2.terms import Term, alike, ordered, term
from api.ogc.cql2.times import RELATIONS, span
from geo.store.features import Relation, prepare, relates

Condition = sa.ColumnElement[bool]

_COMPARE: Final[dict[str, Callable[[Any, Any], Condition]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SPACE: Final[dict[str, Relation]] = {f"s_{name}": name for name in get_args(Relation)}
_BACKWARDS: Final[dict[Relation, Relation]] = {"within": "contains", "contains": "within"}
_ENVELOPE: Final = "envelope"
"""What drafts of the standard called a box."""
_MOST_LISTED: Final = 1_000


def condition(scope: Scope, node: Node) -> Condition:
    """Return what a filter means.

    Parameters
    ----------
    scope
        The table that it is about.
    node
        Its tree, as `parsed` gives it.

    Raises
    ------
    DataError
        It speaks of an unknown property, compares what cannot be compared, or uses a function
        that is not known.
    """
    prepare(scope.connection)
    return _condition(scope, node, denied=False)


def _condition(scope: Scope, node: Node, *, denied: bool) -> Condition:
    if not isinstance(node, dict) or "op" not in node:
        found = term(scope, node)
        if found.kind != "flag":
            raise unfit(str(found.constant or node), "不是条件。", "it is no condition.")
        return found.sql == sa.true()
    name, arguments = str(node["op"]).lower(), node.get("args", [])
    if not isinstance(arguments, list):
        raise unfit(name, "参数不是一组。", "its arguments are no list.")
    if name in ("and", "or"):
        if not arguments:
            raise unfit(name, "没有条件。", "it joins no conditions.")
        parts = [_condition(scope, part, denied=denied) for part in arguments]
        return sa.and_(*parts) if name == "and" else sa.or_(*parts)
    if name == "not":
        return sa.not_(_condition(scope, _only(name, arguments, 1)[0], denied=True))
    return _predicate(scope, name, arguments, denied=denied)


def _predicate(  # noqa: PLR0911 - one line a kind
    scope: Scope, name: str, arguments: list[Node], *, denied: bool
) -> Condition:
    if name in _SPACE:
        return _in_space(scope, _SPACE[name], _only(name, arguments, 2), denied=denied)
    if name in RELATIONS:
        return RELATIONS[name](*(span(scope, one) for one in _only(name, arguments, 2)))
    match name:
        case "isnull":
            (inner,) = _only(name, arguments, 1)
            if scope.is_shape(inner):
                return scope.table.geometry.is_(None)
            return term(scope, inner).sql.is_(None)
        case "between":
            value, low, high = (term(scope, one) for one in _only(name, arguments, 3))
            return _compared(scope, ">=", value, low) & _compared(scope, "<=", value, high)
        case "in":
            value, listed = _only(name, arguments, 2)
            return _among(scope, term(scope, value), listed)
        case "like":
            value, pattern = (term(scope, one) for one in _only(name, arguments, 2))
            return like(scope, value, pattern)
        case _ if name in _COMPARE:
            first, second = (_side(scope, one) for one in _only(name, arguments, 2))
            return _compared(scope, name, first, second)
    raise unfit(name, "不认识这个函数。", "the function is not known.")


def _side(scope: Scope, node: Node) -> Term:
    """Return a side of a comparison; a condition is a flag, so it may stand there too."""
    conditions = {"and", "or", "not", "isnull", "between", "in", "like"}
    name = str(node.get("op", "")).lower() if isinstance(node, dict) else ""
    if name in conditions | set(_COMPARE) | set(_SPACE) | set(RELATIONS):
        return Term("flag", _condition(scope, node, denied=True))
    return term(scope, node)


def _compared(scope: Scope, name: str, first: Term, second: Term) -> Condition:
    left, right = alike(first, second)
    if name in ("=", "<>"):
        same = one_of_choices(left, right)
        if same is not None:
            return same if name == "=" else sa.not_(same)
        return _COMPARE[name](left.sql, right.sql)
    if left.kind == "flag":
        raise unfit(name, "真假不分大小。", "truth has no order.")
    left, right = by_value(left, right)
    return _COMPARE[name](ordered(scope, left), ordered(scope, right))


def _among(scope: Scope, value: Term, listed: Node) -> Condition:
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_LISTED:
        raise unfit("IN", f"要有 1～{_MOST_LISTED} 项。", f"1 to {_MOST_LISTED} values are wanted.")
    pairs = [alike(value, term(scope, one)) for one in listed]
    same = [one_of_choices(*pair) for pair in pairs]
    plain = [right.sql for (_, right), one in zip(pairs, same, strict=True) if one is None]
    parts = [one for one in same if one is not None]
    return sa.or_(*parts, *([pairs[0][0].sql.in_(plain)] if plain else []))


def _in_space(
    scope: Scope, relation: Relation, arguments: Sequence[Node], *, denied: bool
) -> Condition:
    first, second = arguments
    if scope.is_shape(second):
        first, second = second, first
        relation = _BACKWARDS.get(relation, relation)
    if not scope.is_shape(first) or scope.is_shape(second):
        raise unfit(
            f"S_{relation.upper()}",
            "一边是 geometry，另一边写明图形。",
            "geometry on one side, a written shape on the other.",
        )
    if scope.table.shape is None:
        raise unfit("geometry", "这个集合没有图形。", "this collection has no shapes.")
    shape = _shape(scope, second)
    limit = None if denied else scope.limit
    return relates(scope.connection, scope.table, relation, shape, limit=limit)


def _shape(scope: Scope, node: Node) -> shapely.Geometry:
    """Return a written shape in EPSG:4490."""
    written = node if isinstance(node, dict) else {}
    box = (
        written.get("args") if str(written.get("op")).lower() == _ENVELOPE else written.get("bbox")
    )
    if box is None and "type" not in written:
        raise unfit(
            "geometry",
            "另一边要写明图形，如 POLYGON((…))、BBOX(西,南,东,北)。",
            "the other side is a written shape, such as POLYGON((…)) or BBOX(w,s,e,n).",
        )
    try:
        shape = _geojson(written) if box is None else _box(box)
    except (ValueError, TypeError, KeyError, IndexError, shapely.errors.ShapelyError) as error:
        raise unfit("geometry", "图形读不懂。", "the shape cannot be read.") from error
    if not shapely.is_valid(shape) or not np.isfinite(shapely.get_coordinates(shape)).all():
        raise unfit("geometry", "图形自相交或不完整。", "the shape is not valid.")
    moved: shapely.Geometry = scope.turned.back(np.array([shape], dtype=object))[0]
    if not np.isfinite(shapely.get_coordinates(moved)).all():
        raise unfit("geometry", "坐标超出范围。", "its coordinates are out of range.")
    return moved


def _geojson(node: dict[str, Any]) -> shapely.Geometry:
    from shapely.geometry import shape as read  # noqa: PLC0415

    found: shapely.Geometry = shapely.force_2d(read(node))
    return found


def _box(sides: list[float]) -> shapely.Geometry:
    west, south, east, north = sides if len(sides) == 4 else (*sides[:2], *sides[3:5])  # noqa: PLR2004
    if west <= east:
        box: shapely.Geometry = shapely.box(west, south, east, north)
        return box
    over: shapely.Geometry = shapely.MultiPolygon(
        [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]
    )
    return over


def _only(name: str, arguments: list[Node], count: int) -> list[Node]:
    if len(arguments) != count:
        raise unfit(name, f"要 {count} 个参数。", f"{count} arguments are wanted.")
    return arguments
