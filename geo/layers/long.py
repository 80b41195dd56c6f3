"""How a long table (unit, indicator, value) becomes one row a unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from geo.layers.cells import folded, is_blank, plain
from geo.layers.headers import Headings, headings_of_fields, long_positions
from geo.layers.source import Source
from geo.schema import LayerSchema


@dataclass(frozen=True, slots=True)
class Pivoted:
    """A long table turned wide."""

    source: Source
    long_rows: int
    """How many rows the long table had."""
    unknown: dict[str, NDArray[np.int64]]
    """Indicator that is no column of the layer, with its rows."""
    conflicts: dict[int, str]
    """Position of a unit whose indicator, named here, has two different values."""


def pivot(source: Source, schema: LayerSchema, mapping: Mapping[str, str]) -> Pivoted:
    """Return a long table with one row a unit and one column an indicator.

    A unit is what has the same cells in every other mapped column. Its row number is the first of
    its rows.
    """
    found = long_positions(source.headings)
    assert found is not None
    at, value_at = found
    identity = {n: p for n, p in source.headings.columns.items() if p not in (at, value_at)}
    names = list(dict.fromkeys(plain(cell) for cell in source.cells[:, at] if not is_blank(cell)))
    indicators = headings_of_fields(names, schema, mapping)
    offset = {names[index]: len(identity) + index for index in indicators.columns.values()}
    units: dict[tuple[str, ...], int] = {}
    table: list[list[object]] = []
    first: list[int] = []
    conflicts: dict[int, str] = {}
    unknown: dict[str, list[int]] = {}
    aside = {}
    for i, row in enumerate(source.cells):
        key = tuple(folded(plain(row[p])) for p in identity.values())
        if key not in units:
            units[key] = len(table)
            table.append([row[p] for p in identity.values()] + [None] * len(names))
            first.append(int(source.rows[i]))
            if i in source.aside:
                aside[units[key]] = source.aside[i]
        unit = units[key]
        name = plain(row[at])
        if name not in offset:
            unknown.setdefault(name, []).append(int(source.rows[i]))
            continue
        old = table[unit][offset[name]]
        if not is_blank(old) and plain(old) != plain(row[value_at]):
            conflicts[unit] = name
        table[unit][offset[name]] = row[value_at]
    width = len(identity) + len(names)
    cells = np.full((len(table), width), None, dtype=object)
    for i, line in enumerate(table):
        cells[i] = line
    headings = Headings(
        row=source.headings.row,
        texts=(*(source.headings.texts[p] for p in identity.values()), *names),
        columns={name: i for i, name in enumerate(identity)}
        | {name: offset[names[index]] for name, index in indicators.columns.items()},
        factors=indicators.factors,
    )
    wide = replace(
        source, headings=headings, cells=cells, rows=np.array(first, dtype=np.int64), aside=aside
    )
    return Pivoted(
        wide,
        len(source.cells),
        {name: np.array(rows) for name, rows in unknown.items()},
        conflicts,
    )
