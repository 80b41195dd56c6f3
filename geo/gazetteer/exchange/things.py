"""Signs, boundary lines and boundary stones: rows of a sheet that are rows of one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import shapely

from geo.gazetteer.book import Change, Row
from geo.gazetteer.exchange.assembly import Values
from geo.gazetteer.exchange.checks import thing_key
from geo.gazetteer.exchange.kept import attributes_with, census_of
from geo.gazetteer.exchange.sheets import Sheet, SheetRow

RECORD_OF: Final = {"line": "line", "stone": "marker", "sign": "sign"}
"""The record that keeps each kind of thing; lines come before their stones."""
_COLUMNS: Final = {
    "line": ("code", "name", "parties", "agreement", "map_ref", "next_due", "shape"),
    "stone": ("number", "responsible", "condition", "photo"),
    "sign": (
        "number", "kind", "spec", "text", "roman", "azimuth_deg", "state", "keeper",
        "installed_on", "inspected_on", "photo",
    ),
}  # fmt: skip


def bring_things(change: Change, sheets: Sequence[Sheet], batch: str) -> dict[str, int]:
    """Add the signs, lines and stones of a census, or change those that differ.

    Returns
    -------
    dict
        How many of each kind were added or changed.
    """
    counts = dict.fromkeys(RECORD_OF, 0)
    for kind, record in RECORD_OF.items():
        rows = [row for sheet in sheets if sheet.kind == kind for row in sheet.rows]
        if not rows:
            continue
        lines = {row["code"]: row["id"] for row in change.select("line")}
        codes = {row["value"]: row["place_id"] for row in change.select("code", scheme="dmdm20")}
        links = Links(lines, codes)
        ours = {thing_key(kind, values_of(kind, r, links)): r for r in change.select(record)}
        fresh = []
        for row in rows:
            wanted = _wanted(kind, row, links)
            same = ours.get(thing_key(kind, row.values))
            says = values_of(kind, wanted, links)
            census = census_of(kind, row.cells, says, batch=batch, row=row.number)
            if same is None:
                fresh.append(wanted | {"attributes": attributes_with("", census)})
            elif any(not _equal(same[name], value) for name, value in wanted.items()):
                kept = attributes_with(same["attributes"], census)
                change.update(record, same["id"], same["version"], **wanted, attributes=kept)
                counts[kind] += 1
        change.insert_all(record, fresh)
        counts[kind] += len(fresh)
    return counts


class Links:
    """What signs and stones point at, by code and by id."""

    def __init__(self, lines: Mapping[str, str], codes: Mapping[str, str]) -> None:
        self.lines = lines
        self.codes = codes
        self.line_codes = {identity: code for code, identity in lines.items()}
        self.place_codes = {identity: code for code, identity in codes.items()}


def values_of(kind: str, row: Row, links: Links) -> Values:
    """Return what a row of one of these tables says, as its sheet would."""
    values: Values = {name: row.get(name) for name in _COLUMNS[kind]}
    if kind == "stone":
        values["line_code"] = links.line_codes.get(row.get("line_id") or "", "")
    if kind == "sign":
        values["place_code"] = links.place_codes.get(row.get("place_id") or "", "")
    shape = row.get("shape")
    if kind != "line" and shape is not None:
        values |= {"lon": shape.x, "lat": shape.y}
    return values


def _wanted(kind: str, row: SheetRow, links: Links) -> dict[str, Any]:
    values = row.values
    wanted: dict[str, Any] = {name: values.get(name, "") for name in _COLUMNS[kind]}
    if kind == "line":
        wanted["shape"] = values.get("shape")
    elif values.get("lon") is not None and values.get("lat") is not None:
        wanted["shape"] = shapely.Point(values["lon"], values["lat"])
    else:
        wanted["shape"] = None
    if kind == "stone":
        wanted["line_id"] = links.lines[values["line_code"]]
    if kind == "sign":
        wanted["azimuth_deg"] = values.get("azimuth_deg")
        wanted["state"] = values.get("state") or "installed"
        wanted["place_id"] = links.codes.get(values.get("place_code", ""))
    return wanted


def _equal(one: object, other: object) -> bool:
    if isinstance(one, shapely.Geometry) and isinstance(other, shapely.Geometry):
        return bool(shapely.equals_identical(one, other))
    return one == other
