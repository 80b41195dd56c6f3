"""One field of many rows that a draft changes, old beside new, the greatest change first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from api.drafts.changes import cell_told, metres_moved, moved_told, named, title_told
from api.drafts.choosing import Chosen, fields_of
from geo.schema import layer as layer_schema
from geo.store.drafts.standings import Standing
from geo.store.records import SHAPE, Cell


@dataclass(frozen=True, slots=True)
class Pair:
    """One field of one row: what it was, what the draft makes of it, and how far apart they are."""

    heading: str
    asked: str
    """What stands behind the question mark of the page of the whole row."""
    before: str
    after: str
    apart: str
    conflict: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """One field of many rows."""

    title: str
    pairs: Sequence[Pair]


def in_order(standing: Sequence[Standing], field: str) -> list[Standing]:
    """Return changes with those in conflict first, then the greatest change of a field."""

    def apart(one: Standing) -> tuple[bool, float]:
        was, now = fields_of(one).get(field, (None, None))
        return not one.merged.conflicts, -_apart(field, was, now)

    return sorted(standing, key=apart)


def compared(standing: Sequence[Standing], field: str) -> Compared:
    """Return one field of rows of one layer."""
    schema = layer_schema(standing[0].change.layer)
    pairs = []
    for one in standing:
        was, now = fields_of(one)[field]
        pairs.append(
            Pair(
                named(one.change),
                Chosen(schema.name, one.change.key).at(0),
                cell_told(schema, field, was),
                cell_told(schema, field, now),
                moved_told(was, now) if field == SHAPE else _gain(was, now),
                any(conflict.field == field for conflict in one.merged.conflicts),
            )
        )
    return Compared(title_told(schema, field), pairs)


def _apart(field: str, was: Cell, now: Cell) -> float:
    """Return how far two values are apart; what cannot be reckoned stands before all."""
    if field == SHAPE:
        far_m = metres_moved(was, now)
        return inf if far_m is None else far_m
    if isinstance(was, int | float) and isinstance(now, int | float):
        return abs(now - was)
    return inf


def _gain(was: Cell, now: Cell) -> str:
    if isinstance(was, bool) or isinstance(now, bool):
        return ""
    if isinstance(was, int | float) and isinstance(now, int | float):
        return f"{now - was:+,.10g}"
    return ""
