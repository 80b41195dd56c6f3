"""Properties that have one of a few values: a filter may say the value or what people call it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from api.ogc.cql2.terms import Term
from api.ogc.fields import values_called, values_meant
from geo.store.features import Field


def one_of_choices(first: Term, second: Term) -> sa.ColumnElement[bool] | None:
    """Return the condition that a property has a value that is written out; None for others.

    Raises
    ------
    DataError
        The property never has it.
    """
    pair = _parted(first, second)
    if pair is None:
        return None
    column, field, text, folded = pair
    values = values_meant(field, text, folded=folded)
    expression: sa.ColumnElement[Any] = column.sql
    return expression.in_([sa.literal(value, sa.Text) for value in values])


def by_value(first: Term, second: Term) -> tuple[Term, Term]:
    """Return two values to be put in order, the value in place of what people call it."""
    pair = _parted(first, second)
    if pair is None or not pair[1].choices:
        return first, second
    column, field, text, folded = pair
    called = values_called(field, lambda word: word == text, folded=folded)
    value = text if text in called or not called else called[0]
    plain = replace(
        second if column is first else first, sql=sa.literal(value, sa.Text), constant=value
    )
    return (first, plain) if column is first else (plain, second)


def _parted(first: Term, second: Term) -> tuple[Term, Field, str, bool] | None:
    """Return the property that has choices, its field, the text beside it, and if it is folded."""
    for column, other in ((first, second), (second, first)):
        field = column.field
        named = field is not None and (field.choices or field.words)
        if field is not None and named and isinstance(other.constant, str):
            return column, field, other.constant, column.folded
    return None
