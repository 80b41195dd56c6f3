"""What a sheet says beyond the gazetteer's columns, so that it can be written back as it was.

A cell with no column of its own is kept as it stands. One whose meaning is kept elsewhere is
remembered beside the cell that its meaning alone would give: as long as the meaning is the same,
the cell goes out as it came in; once an officer changes it, what is now true goes out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from geo.gazetteer.exchange.fields import field_of, fields
from geo.gazetteer.exchange.values import Cell, written

CENSUS: Final = "census"
"""Key of a row's attributes under which all of this stands."""

Census = dict[str, Any]


def census_of(
    kind: str, cells: Mapping[str, Cell], values: Mapping[str, Any], *, batch: str, row: int
) -> Census:
    """Return what is to be kept of a row.

    Parameters
    ----------
    kind
        What the row is.
    cells
        Its cells as they stand.
    values
        What the gazetteer makes of them: what it would give back.
    batch, row
        The import and the row in it.
    """
    plain, differing = {}, {}
    for heading, cell in cells.items():
        known = field_of(kind, heading)
        if known is None or not known.target:
            if cell is not None:
                plain[heading] = _spelled(cell)
            continue
        value = values.get(known.target)
        if cell is None and value in (None, "", ()):
            continue
        usual = written(value, known)
        if not _same(cell, usual):
            differing[heading] = [_spelled(cell), _spelled(usual)]
    return {"batch": batch, "row": row, "kept": plain, "written": differing}


def cells_of(kind: str, values: Mapping[str, Any], census: Census | None) -> dict[str, Cell]:
    """Return the cells of a row as they came in, or as they would be written if they changed."""
    known = census or {}
    differing = known.get("written", {})
    cells: dict[str, Cell] = {}
    for one in fields(kind):
        if one.target:
            usual = written(values.get(one.target), one)
            came, was = differing.get(one.heading, (None, None))
            as_was = one.heading in differing and was == _spelled(usual)
            cells[one.heading] = _unspelled(came) if as_was else usual
        else:
            cells[one.heading] = None
    for heading, cell in known.get("kept", {}).items():
        cells[heading] = _unspelled(cell)
    return cells


def census_in(attributes: str) -> Census | None:
    """Return what was kept in a row's attributes; None: the row came from no sheet."""
    if not attributes:
        return None
    found = json.loads(attributes).get(CENSUS)
    return found if isinstance(found, dict) else None


def attributes_with(attributes: str, census: Census) -> str:
    """Return a row's attributes with what is kept of its sheet."""
    every = json.loads(attributes) if attributes else {}
    return json.dumps(every | {CENSUS: census}, ensure_ascii=False, sort_keys=True)


def _spelled(cell: Cell) -> Any:  # noqa: ANN401 - JSON
    return {"day": cell.isoformat()} if isinstance(cell, date) else cell


def _unspelled(value: Any) -> Cell:  # noqa: ANN401 - JSON
    return date.fromisoformat(value["day"]) if isinstance(value, dict) else value


def _same(one: Cell, other: Cell) -> bool:
    return type(one) is type(other) and one == other
