"""What must agree in a row and between rows: one list for files, for edits, and for the check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from geo.faults import Severity
from geo.schema import CODE_DIGITS, LayerSchema
from geo.text import say

WHOLE: Final = "population"
PARENT: Final = "parent_code"
NAMED: Final[Mapping[str, str]] = {"community_code": "community", "compound_id": "compound"}
"""Columns that hold the key of a row of another layer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A column that counts some of the people, and how grave it is when they are more than all."""

    name: str
    severity: Severity

    def words(self, schema: LayerSchema) -> tuple[str, str]:
        """Return what is wrong, and what to do."""
        column = schema[self.name]
        return (
            say(f"“{column.label_zh}”多于“人口”", f"{column.label_en} exceeds population"),
            say("请核对两列的口径和数字", "check both columns"),
        )


PARTS: Final = (Part("elders", "error"), Part("children", "error"), Part("households", "warning"))


@dataclass(frozen=True, slots=True)
class Naming:
    """A column of one layer that names a row of another."""

    column: str
    layer: str
    warned: bool
    """Whether a file's row that names none is kept with a warning; no edit may name none."""


def namings(schema: LayerSchema) -> tuple[Naming, ...]:
    """Return the columns of a layer that name rows of others.

    Examples
    --------
    >>> from geo.schema import layer
    >>> [(one.column, one.layer) for one in namings(layer("gate"))]
    [('compound_id', 'compound')]
    """
    own = {column.name for column in schema.columns}
    found = [
        Naming(column, layer, warned=column == "compound_id" and schema.name != "gate")
        for column, layer in NAMED.items()
        if column in own
    ]
    if schema.parent is not None and PARENT in own:
        found.append(Naming(PARENT, schema.parent, warned=True))
    return tuple(found)


def name_given(naming: Naming, schema: LayerSchema, row: Mapping[str, object]) -> str:
    """Return the key that a row names; an area's parent is told by the area's own code too."""
    given = str(row.get(naming.column) or "")
    if given or naming.column != PARENT:
        return given
    return str(row.get(schema.key) or "")[: CODE_DIGITS[naming.layer]]
