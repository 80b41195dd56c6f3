"""What a column of cells means, in the type of the layer's column."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.layers.cells import Cell, folded, plain, read_bool, read_choice, read_code, read_text
from geo.layers.quantities import read_date, read_number
from geo.schema import DTYPES, Column


@dataclass(frozen=True, slots=True)
class Parsed:
    """The meaning of one column of cells."""

    column: pd.Series
    """Nullable values of the column's type."""
    repair: NDArray[np.object_]
    """(n,) code of the repair made, or an empty string."""
    fault: NDArray[np.object_]
    """(n,) code of what is wrong, or an empty string; the value is then missing."""


def parse(cells: NDArray[np.object_], column: Column, *, factor: float = 1.0) -> Parsed:
    """Return what a column of cells means.

    Parameters
    ----------
    cells : (n,)
        Cells as the file gave them.
    column
        The column they were mapped to.
    factor
        What a number is multiplied by, when the heading names a larger unit such as 万元.
    """
    read = _reader(column, factor)
    seen: dict[tuple[type, object], Cell] = {}
    found = []
    for raw in cells:
        cell = raw if isinstance(raw, Hashable) else plain(raw)  # lists, in GeoJSON
        known = (type(cell), cell)
        if known not in seen:
            seen[known] = read(cell)
        found.append(seen[known])
    values = pd.Series([c.value for c in found], dtype="object")
    return Parsed(
        column=typed(values, column),
        repair=np.array([c.repair for c in found], dtype=object),
        fault=np.array([c.fault for c in found], dtype=object),
    )


def typed(values: pd.Series, column: Column) -> pd.Series:
    """Return values in the type of a column; None is missing."""
    dtype: Any = DTYPES[column.type]
    return values.astype(dtype)


def is_code(column: Column) -> bool:
    """Return whether a text column holds identifiers rather than words."""
    return column.type == "text" and (
        column.name in ("code", "id") or column.name.endswith(("_code", "_id"))
    )


def _reader(column: Column, factor: float) -> Callable[[object], Cell]:
    if column.type in ("int", "float"):
        return lambda cell: read_number(
            cell,
            factor=factor,
            whole=column.type == "int",
            area=column.unit == "m2",
            share="_share" in column.name,
        )
    if column.type == "bool":
        return read_bool
    if column.type == "date":
        return read_date
    if column.type == "choice":
        words = {
            folded(word): choice.value
            for choice in reversed(column.choices)
            for word in (choice.value, *choice.labels)
        }
        return lambda cell: read_choice(cell, words)
    return read_code if is_code(column) else read_text
