"""Texts that are like a pattern, in which ``%`` stands for some signs and ``_`` for one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from api.ogc.cql2.scope import Scope, unfit
from api.ogc.cql2.terms import Term
from api.ogc.fields import no_choice, values_called


def like(scope: Scope, value: Term, pattern: Term) -> sa.ColumnElement[bool]:
    """Return the condition that a text is like a pattern.

    Of a property that has one of a few values, what people call the value may be like it too.

    Raises
    ------
    DataError
        They are no text and no written pattern, or the property never has such a value.
    """
    if value.kind != "text" or not isinstance(pattern.constant, str):
        raise unfit("LIKE", "要用文字属性和一个写明的样式。", "a text and a written pattern.")
    found = _matched(scope, value.sql, pattern.constant)
    if value.field is None or not (value.field.choices or value.field.words):
        return found
    pieces = _pieces(pattern.constant)
    values = values_called(value.field, lambda word: _is_like(word, pieces), folded=value.folded)
    if not values and value.field.choices:
        raise no_choice(value.field, pattern.constant)
    return found | value.sql.in_([sa.literal(one, sa.Text) for one in values])


def _matched(scope: Scope, value: sa.ColumnElement[Any], pattern: str) -> sa.ColumnElement[bool]:
    if scope.postgis:
        return value.like(sa.literal(_closed(pattern), sa.Text), escape="\\")
    return value.op("GLOB", is_comparison=True)(sa.literal(_glob(pattern), sa.Text))


def _pieces(pattern: str) -> list[tuple[str, bool]]:
    """Return the signs of a pattern, each with whether it stands for others."""
    pieces: list[tuple[str, bool]] = []
    signs = iter(pattern)
    for sign in signs:
        if sign == "\\":
            pieces.append((next(signs, "\\"), False))
        else:
            pieces.append((sign, sign in "%_"))
    return pieces


def _closed(pattern: str) -> str:
    """Return a pattern in which every backslash escapes something."""
    return "".join(
        sign if wild or sign not in "%_\\" else f"\\{sign}" for sign, wild in _pieces(pattern)
    )


def _glob(pattern: str) -> str:
    """Return a pattern as SQLite's GLOB has it, which, unlike its LIKE, tells capitals apart."""
    wild_signs = {"%": "*", "_": "?"}
    return "".join(
        wild_signs[sign] if wild else f"[{sign}]" if sign in "*?[" else sign
        for sign, wild in _pieces(pattern)
    )


def _is_like(word: str, pieces: list[tuple[str, bool]]) -> bool:
    """Return whether a word is like a pattern, in time that grows with the length of both."""
    reached = {0}
    for sign, wild in pieces:
        if (sign, wild) == ("%", True):
            reached = set(range(min(reached), len(word) + 1))
        else:
            fits = {at for at in reached if at < len(word) and (wild or word[at] == sign)}
            reached = {at + 1 for at in fits}
        if not reached:
            return False
    return len(word) in reached
