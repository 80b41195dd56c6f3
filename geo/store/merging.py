"""What comes of two edits of one row, field by field; the shape counts as a field.

A field changed on one side takes that side's value; changed on both to the same, that value;
changed on both to different values, it is a conflict, which a person must settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geo.store.records import Cell, Record

WHOLE: Final = "*"
"""Field of a conflict about the row itself: taken away on one side, changed on the other."""

Sides = tuple[Record | Cell, Record | Cell, Record | Cell]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that was changed differently on both sides.

    ``base``, ``theirs`` and ``yours`` are values of the field; for the field `WHOLE` they are whole
    rows, None where the row was taken away.
    """

    field: str
    base: Record | Cell
    theirs: Record | Cell
    yours: Record | Cell


@dataclass(frozen=True, slots=True)
class Merged:
    """Two edits as one row (None: no row), or what stands between them."""

    row: Record | None
    conflicts: tuple[Conflict, ...] = ()


def merge(base: Record | None, theirs: Record | None, yours: Record | None) -> Merged:
    """Return what comes of a row that two changed.

    Parameters
    ----------
    base
        The row that both began from; None when there was none.
    theirs, yours
        The row as each has it; None when there is none. Where they conflict the result has theirs.

    Examples
    --------
    >>> base = {"name": "甲", "beds": 10}
    >>> merge(base, {"name": "乙", "beds": 10}, {"name": "甲", "beds": 12}).row
    {'name': '乙', 'beds': 12}
    >>> merge(base, {"name": "甲", "beds": 11}, {"name": "甲", "beds": 12}).conflicts[0].field
    'beds'
    """
    if yours in (base, theirs):
        return Merged(theirs)
    if theirs == base:
        return Merged(yours)
    if theirs is None or yours is None:
        return Merged(theirs, (Conflict(WHOLE, base, theirs, yours),))
    before: Mapping[str, Cell] = base or {}
    row: dict[str, Cell] = {}
    conflicts: list[Conflict] = []
    for name in (*theirs, *(name for name in yours if name not in theirs)):
        was, their, your = before.get(name), theirs.get(name), yours.get(name)
        row[name] = their if your == was else your
        if your not in (was, their) and their != was:
            row[name] = their
            conflicts.append(Conflict(name, was, their, your))
    return Merged(row, tuple(conflicts))


def differences(before: Record | None, after: Record | None) -> dict[str, tuple[Cell, Cell]]:
    """Return the fields in which two rows differ, with both values."""
    was, now = before or {}, after or {}
    names = (*was, *(name for name in now if name not in was))
    return {
        name: (was.get(name), now.get(name)) for name in names if was.get(name) != now.get(name)
    }
