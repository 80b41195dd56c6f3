"""From the tables of a norm file to norms: the shape of every kind of measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, get_args

from geo.norms._table import Table
from geo.norms._values import basis, conditions, values
from geo.norms.model import (
    Attribute,
    Capacity,
    Composed,
    Count,
    Exclusion,
    How,
    Judged,
    Kind,
    Level,
    Link,
    Measure,
    Moment,
    Norm,
    Notice,
    Op,
    Order,
    Presence,
    Ratio,
    Reach,
    Selection,
    Supply,
    Term,
    Timeliness,
    Value,
)
from geo.text import say

Made = TypeVar("Made")
_MEASURED = frozenset(get_args(Kind)) - {"exclusion", "selection"}


def norm(table: Table) -> Norm:
    """Read one norm; what is wrong with it becomes faults of its file."""
    name = table.text("id", required=True)
    kind: Kind = table.choice("kind", get_args(Kind))
    known = table.raw.get("kind") == kind
    measure = table.table("measure", required=known and kind in _MEASURED)
    made = Norm(
        id=name,
        zh=table.text("zh", required=True),
        en=table.text("en", required=True),
        kind=kind,
        level=table.choice("level", get_args(Level)),
        subject=table.text("subject", required=kind != "notice"),
        where=conditions(table, "where"),
        judged=table.choice("judged", get_args(Judged), "each"),
        over=table.text("over"),
        op=table.choice("op", get_args(Op), _usual_op(kind)),
        unit=table.text("unit"),
        needs=table.texts("needs"),
        measure=_measure(kind, measure) if known else Selection(),
        values=values(table),
        file=table.source.file,
        line=table.line,
    )
    table.close()
    return made


def _measure(kind: Kind, table: Table | None) -> Measure:
    """Read the measure; without a table only an exclusion and a selection know what they are."""
    if table is None:
        return Exclusion() if kind == "exclusion" else Selection()
    return _closed(table, _MEASURES[kind](table))


def added_values(table: Table, known: Norm) -> tuple[Value, ...]:
    """Read the values a second file adds to a norm; anything else would override it."""
    table.text("id")
    more = values(table)
    for key in table.raw:
        if key not in ("id", "value"):
            table.fault(
                key,
                say(
                    f"规范“{known.id}”已在 {known.file} 中定义；"
                    f"这里只能添加 [[norm.value]]，不能改写“{key}”。",
                    f"norm {known.id!r} is defined in {known.file}; only [[norm.value]] may be "
                    f"added here, {key!r} may not be overridden",
                ),
            )
    if not more and "value" not in table.raw:
        table.fault("", say(f"“{known.id}”没有添加任何值。", f"{known.id!r} adds no value"))
    return more


def _usual_op(kind: Kind) -> Op:
    return "clear" if kind == "exclusion" else "<=" if kind == "timeliness" else ">="


def _ratio(table: Table) -> Ratio:
    return Ratio(
        num=_required_term(table, "num"),
        den=_required_term(table, "den"),
        per=table.number("per") or 1.0,
        whole=table.flag("whole"),
        class_by=_term(table, "class_by"),
    )


def _reach(table: Table) -> Reach:
    return Reach(
        layer=table.text("layer", required=True),
        limit_unit=table.choice("limit_unit", ("min", "m"), "min"),
        where=conditions(table, "where"),
        weight=table.choice(
            "weight", ("units", "elders", "children", "households", "population"), "units"
        ),
        origin=table.choice("origin", ("gate", "building", "community"), "gate"),
        direction=table.choice("direction", ("to_facility", "from_facility"), "to_facility"),
        distance=table.choice("distance", ("network", "straight"), "network"),
        basis=basis(table),
        age_from=table.whole("age_from"),
    )


def _presence(table: Table) -> Presence:
    made = Presence(
        any_of=_supplies(table, "any_of"),
        all_of=_supplies(table, "all_of"),
        class_by=_term(table, "class_by"),
    )
    if bool(made.any_of) == bool(made.all_of):
        table.fault(
            "",
            say(
                "“measure”应写 any_of（任一）或 all_of（全部）之一。",
                "'measure' needs one of any_of (alternatives) and all_of (a set)",
            ),
        )
    return made


def _attribute(table: Table) -> Attribute:
    made = Attribute(
        fields=table.texts("fields"),
        term=_term(table, "term"),
        allowed=table.scalars("allowed"),
        class_by=_term(table, "class_by"),
    )
    if bool(made.fields) == (made.term is not None):
        table.fault(
            "", say("“measure”应写 fields 或 term 之一。", "'measure' needs one of fields and term")
        )
    return made


def _exclusion(table: Table) -> Exclusion:
    return Exclusion(method=table.choice("method", ("distance", "sight"), "distance"))


def _capacity(table: Table) -> Capacity:
    return Capacity(supply=_some_terms(table, "supply"), demand=_some_terms(table, "demand"))


def _count(table: Table) -> Count:
    return Count(
        what=_required_term(table, "what"), by=table.text("by"), per_year=table.text("per_year")
    )


def _timeliness(table: Table) -> Timeliness:
    orders = tuple(
        _closed(item, Order(earlier=_moment(item, "earlier"), later=_moment(item, "later")))
        for item in table.tables("orders")
    )
    made = Timeliness(orders=orders, since=table.text("since"))
    if bool(orders) == bool(made.since):
        table.fault(
            "",
            say("“measure”应写 orders 或 since 之一。", "'measure' needs one of orders and since"),
        )
    return made


def _composed(table: Table) -> Composed:
    parts = table.texts("parts")
    if not parts:
        table.fault("parts", say("“parts”要列出至少一项规范。", "'parts' must list norms"))
    return Composed(parts=parts, at_least=table.whole("at_least"))


def _selection(_table: Table) -> Selection:
    return Selection()


def _notice(table: Table) -> Notice:
    concerns = table.texts("concerns")
    if not concerns:
        table.fault(
            "concerns", say("“concerns”要列出编号开头。", "'concerns' must list id beginnings")
        )
    return Notice(concerns=concerns)


_MEASURES: dict[Kind, Callable[[Table], Measure]] = {
    "ratio": _ratio,
    "reach": _reach,
    "presence": _presence,
    "attribute": _attribute,
    "exclusion": _exclusion,
    "capacity": _capacity,
    "count": _count,
    "timeliness": _timeliness,
    "composed": _composed,
    "selection": _selection,
    "notice": _notice,
}


def _required_term(table: Table, key: str) -> Term:
    return _term(table, key, required=True) or Term()


def _term(table: Table, key: str, *, required: bool = False) -> Term | None:
    inner = table.table(key, required=required)
    return _made_term(inner) if inner else None


def _some_terms(table: Table, key: str) -> tuple[Term, ...]:
    terms = tuple(_made_term(item) for item in table.tables(key))
    if not terms:
        table.fault(key, say(f"“{key}”至少要有一项。", f"{key!r} needs at least one term"))
    return terms


def _made_term(table: Table) -> Term:
    layer = table.text("layer")
    made = Term(
        layer=layer,
        field=table.text("field"),
        how=table.choice("how", get_args(How), "sum"),
        link=table.choice("link", get_args(Link), "area" if layer else "self"),
        where=conditions(table, "where"),
        basis=basis(table),
        age_from=table.whole("age_from"),
    )
    if not layer and not made.field:
        table.fault("", say("要写 layer 或 field。", "needs a layer or a field"))
    return _closed(table, made)


def _supplies(table: Table, key: str) -> tuple[Supply, ...]:
    return tuple(
        _closed(
            item,
            Supply(
                layer=item.text("layer", required=True),
                where=conditions(item, "where"),
                link=item.choice("link", get_args(Link), "area"),
                at_least=item.whole("at_least") or 1,
                subject=item.text("subject"),
            ),
        )
        for item in table.tables(key)
    )


def _moment(table: Table, key: str) -> Moment:
    inner = table.table(key, required=True)
    if inner is None:
        return Moment("")
    layer = inner.text("layer")
    link: Link = inner.choice("link", get_args(Link), "compound" if layer else "self")
    return _closed(inner, Moment(field=inner.text("field", required=True), layer=layer, link=link))


def _closed(table: Table, made: Made) -> Made:
    table.close()
    return made
