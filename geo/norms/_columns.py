"""Whether the layers and columns that a norm speaks of exist in the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from geo.norms.model import (
    ANY_FACILITY,
    Attribute,
    Capacity,
    Condition,
    Count,
    Norm,
    Presence,
    Ratio,
    Reach,
    Term,
    Timeliness,
    Value,
)
from geo.schema import Column, ColumnType, layers
from geo.text import say

_NUMERIC: tuple[ColumnType, ...] = ("int", "float", "bool")


def check_columns(norm: Norm) -> Iterator[str]:
    """Say which layers and columns of a norm do not exist or have the wrong type."""
    subject = norm.subject
    if norm.kind != "notice":
        yield from _layer_faults(norm, subject)
        yield from _condition_faults(norm, subject, norm.where)
    yield from _terms_faults(norm, _terms(norm))
    for place, layer, name in _date_columns(norm):
        yield from _layer_faults(norm, place)
        yield from _column_faults(norm, layer, name, ("date",))
    match norm.measure:
        case Ratio(class_by=class_by):
            yield from _class_faults(norm, class_by)
        case Reach(layer=layer, where=where) if layer != ANY_FACILITY:
            yield from _layer_faults(norm, layer)
            yield from _condition_faults(norm, layer, where)
        case Presence():
            yield from _presence_faults(norm, norm.measure)
        case Attribute():
            yield from _attribute_faults(norm, norm.measure)
        case Count(what=what, by=by):
            yield from _column_faults(norm, what.layer or subject, by)
        case _:
            pass


def check_value_columns(norm: Norm, value: Value) -> Iterator[str]:
    """Say which columns and kinds of zone that one value names do not exist."""
    for exception in value.exceptions:
        yield from _condition_faults(norm, norm.subject, exception.when)
        yield from _column_faults(norm, norm.subject, exception.field, _NUMERIC)
    for zone in value.zones:
        yield from _choice_faults(norm, "zone", "kind", zone.kind)


def _terms(norm: Norm) -> tuple[Term, ...]:
    match norm.measure:
        case Ratio(num=num, den=den):
            return (num, den)
        case Capacity(supply=supply, demand=demand):
            return (*supply, *demand)
        case Count(what=what):
            return (what,)
        case Attribute(term=Term() as term):
            return (term,)
        case _:
            return ()


def _date_columns(norm: Norm) -> Iterator[tuple[str, str, str]]:
    """Yield the layer named, the layer meant and the column of every date a norm reads."""
    match norm.measure:
        case Timeliness(orders=orders, since=since):
            for order in orders:
                for moment in (order.earlier, order.later):
                    yield moment.layer, moment.layer or norm.subject, moment.field
            yield "", norm.subject, since
        case Count(what=what, per_year=per_year):
            yield "", what.layer or norm.subject, per_year
        case _:
            pass


def _presence_faults(norm: Norm, measure: Presence) -> Iterator[str]:
    for supply in (*measure.any_of, *measure.all_of):
        yield from _layer_faults(norm, supply.layer)
        yield from _condition_faults(norm, supply.layer, supply.where)
        yield from _layer_faults(norm, supply.subject)
    yield from _class_faults(norm, measure.class_by)


def _attribute_faults(norm: Norm, measure: Attribute) -> Iterator[str]:
    wanted: tuple[ColumnType, ...] = ()
    if norm.op in (">=", "<=", "==", "between"):
        wanted = _NUMERIC
    elif norm.op == "true":
        wanted = ("bool",)
    for field in measure.fields:
        yield from _column_faults(norm, norm.subject, field, wanted)
        if norm.op == "in":
            for word in measure.allowed:
                yield from _choice_faults(norm, norm.subject, field, word)
    if norm.op == "in" and not measure.allowed:
        yield say("op = “in”时要写 allowed。", "op 'in' needs 'allowed'")
    yield from _class_faults(norm, measure.class_by)


def _class_faults(norm: Norm, term: Term | None) -> Iterator[str]:
    """Check the column that sorts into classes; it may hold numbers or labels."""
    if term is not None:
        layer = term.layer or norm.subject
        yield from _layer_faults(norm, layer)
        yield from _condition_faults(norm, layer, term.where)
        yield from _column_faults(norm, layer, term.field)


def _terms_faults(norm: Norm, terms: Iterable[Term]) -> Iterator[str]:
    for term in terms:
        layer = term.layer or norm.subject
        yield from _layer_faults(norm, layer)
        yield from _condition_faults(norm, layer, term.where)
        yield from _column_faults(norm, layer, term.field, _NUMERIC)


def _layer_faults(norm: Norm, layer: str) -> Iterator[str]:
    if not layer or layer in layers() or layer in norm.needs:
        return
    near = get_close_matches(layer, layers(), n=1)
    hint = say(f"是不是“{near[0]}”？", f"did you mean {near[0]!r}?") if near else ""
    hint = hint or say(f"可用的层：{'、'.join(layers())}。", f"layers: {', '.join(layers())}")
    yield say(f"没有名为“{layer}”的层。{hint}", f"there is no layer {layer!r}; {hint}")


def _column(layer: str, name: str) -> Column | None:
    return next((column for column in layers()[layer].columns if column.name == name), None)


def _column_faults(
    norm: Norm, layer: str, name: str, types: tuple[ColumnType, ...] = ()
) -> Iterator[str]:
    """Check one column; a layer that is still needed has no columns to check against."""
    if not name or layer not in layers():
        return
    column = _column(layer, name)
    schema = layers()[layer]
    if column is None:
        names = [column.name for column in schema.columns]
        near = get_close_matches(name, names, n=1)
        hint = say(f"是不是“{near[0]}”？", f"did you mean {near[0]!r}?") if near else ""
        yield say(
            f"层“{schema.zh}”（{layer}）没有列“{name}”。{hint}",
            f"layer {layer!r} has no column {name!r}; {hint}".rstrip("; "),
        )
    elif types and column.type not in types:
        yield say(
            f"层“{schema.zh}”的列“{column.label_zh}”（{name}）类型是 {column.type}，"
            f"“{norm.id}”需要 {'、'.join(types)}。",
            f"column {layer}.{name} is {column.type}; {norm.id!r} needs {', '.join(types)}",
        )


def _condition_faults(norm: Norm, layer: str, where: Iterable[Condition]) -> Iterator[str]:
    for condition in where:
        ordered = condition.op not in ("==", "in")
        yield from _column_faults(norm, layer, condition.field, ("int", "float") if ordered else ())
        words = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        if not ordered:
            for word in words:
                yield from _choice_faults(norm, layer, condition.field, word)


def _choice_faults(norm: Norm, layer: str, name: str, word: object) -> Iterator[str]:
    column = _column(layer, name) if layer in layers() else None
    if column is None:
        return
    known = [choice.value for choice in column.choices]
    fits = {
        "choice": word in known,
        "bool": isinstance(word, bool),
        "int": isinstance(word, int | float) and not isinstance(word, bool),
        "float": isinstance(word, int | float) and not isinstance(word, bool),
        "text": isinstance(word, str),
        "date": False,
    }[column.type]
    if not fits:
        wanted = ", ".join(known) if known else column.type
        yield say(
            f"列“{column.label_zh}”（{layer}.{name}）不会是“{word}”；"
            f"“{norm.id}”这里应为 {wanted}。",
            f"column {layer}.{name} is never {word!r}; {norm.id!r} needs {wanted}",
        )
