"""From the tables of a norm file to dated, cited values and conditions."""

from __future__ import annotations

from datetime import date
from typing import get_args

from geo.norms._table import Table, is_scalar
from geo.norms.model import (
    Basis,
    Compare,
    Condition,
    Evidence,
    Exceptional,
    Exempt,
    FromIs,
    Level,
    Scalar,
    SizeClass,
    Value,
    ZoneRule,
)
from geo.text import say

_BOUNDS: dict[str, Compare] = {"min": ">=", "max": "<=", "above": ">", "below": "<"}


def conditions(table: Table, key: str) -> tuple[Condition, ...]:
    """Read ``where = { column = 1, other = ["a", "b"], third = { min = 400 } }``."""
    inner = table.table(key)
    if inner is None:
        return ()
    made: list[Condition] = []
    for column, raw in inner.raw.items():
        if isinstance(raw, dict):
            bounds = inner.table(column)
            assert bounds is not None
            limits = {word: bounds.number(word) for word in _BOUNDS}
            bounds.close()
            for word, number in limits.items():
                if number is not None:
                    made.append(Condition(column, _BOUNDS[word], number))
        elif isinstance(raw, list):
            made.append(Condition(column, "in", inner.scalars(column)))
        elif is_scalar(raw):
            made.append(Condition(column, "==", _scalar(raw)))
        else:
            inner.fault(
                column,
                say(f"“{column}”的条件看不懂。", f"the condition on {column!r} is not understood"),
            )
    return tuple(made)


def basis(table: Table) -> Basis | None:
    """Read which people are counted: registered, resident, or (absent) not said."""
    if "basis" not in table.raw:
        table.text("basis")
        return None
    words: tuple[Basis, ...] = get_args(Basis)
    return table.choice("basis", words)


def values(table: Table) -> tuple[Value, ...]:
    """Read the ``[[norm.value]]`` tables of one norm."""
    return tuple(_value(item) for item in table.tables("value"))


def _value(table: Table) -> Value:
    start = table.day("from", required=True)
    source = table.text("source", required=True)
    quote = table.text("quote")
    made = Value(
        area=table.text("area"),
        start=start or date.min,
        from_is=table.choice("from_is", get_args(FromIs), "stated"),
        end=table.day("to"),
        due=table.day("due"),
        value=table.number("value"),
        upper=table.number("upper"),
        floor=table.number("floor"),
        limit=table.number("limit"),
        baseline=table.number("baseline"),
        baseline_on=table.day("baseline_on"),
        pool_min=table.number("pool_min"),
        basis=basis(table),
        age_from=table.whole("age_from"),
        parameters=_parameters(table),
        classes=tuple(_class(item) for item in table.tables("classes")),
        zones=tuple(_zone(item) for item in table.tables("zones")),
        exempt=tuple(_exempt(item, source) for item in table.tables("exempt")),
        exceptions=tuple(_exception(item, source) for item in table.tables("except")),
        level=table.choice("level", get_args(Level)) if "level" in table.raw else None,
        evidence=table.choice("evidence", get_args(Evidence), "document"),
        source=source,
        clause=table.text("clause"),
        url=table.text("url"),
        quote=quote,
        note=table.text("note"),
        file=table.source.file,
        line=table.line,
    )
    if "level" not in table.raw:
        table.text("level")
    if "area" not in table.raw:
        table.fault(
            "area",
            say('缺少“area”；全国写空引号 ""。', "'area' is missing; write \"\" for the country"),
        )
    table.close()
    return made


def _parameters(table: Table) -> tuple[tuple[str, float], ...]:
    inner = table.table("parameters")
    if inner is None:
        return ()
    numbers = {name: inner.number(name) for name in tuple(inner.raw)}
    return tuple((name, number) for name, number in numbers.items() if number is not None)


def _class(table: Table) -> SizeClass:
    made = SizeClass(
        at_least=table.number("at_least"),
        below=table.number("below"),
        label=table.text("label"),
        value=table.number("value", required=True) or 0.0,
    )
    if not made.label and made.at_least is None and made.below is None:
        table.fault(
            "",
            say("一档要写 label 或 at_least、below。", "a class needs label, at_least or below"),
        )
    table.close()
    return made


def _zone(table: Table) -> ZoneRule:
    made = ZoneRule(kind=table.text("kind", required=True), distance_m=table.number("distance_m"))
    table.close()
    return made


def _exempt(table: Table, source: str) -> Exempt:
    made = Exempt(
        name=table.text("name", required=True),
        count=table.whole("count"),
        source=table.text("source") or source,
        quote=table.text("quote"),
    )
    table.close()
    return made


def _exception(table: Table, source: str) -> Exceptional:
    when = conditions(table, "when")
    if not when:
        table.fault("when", say("例外要写“when”。", "an exception needs 'when'"))
    made = Exceptional(
        when=when,
        field=table.text("field", required=True),
        value=table.number("value", required=True) or 0.0,
        source=table.text("source") or source,
        quote=table.text("quote"),
    )
    table.close()
    return made


def _scalar(raw: object) -> Scalar:
    assert isinstance(raw, str | int | float | bool)
    return raw
