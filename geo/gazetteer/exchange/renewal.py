"""Bring what a file says anew of a place into its rows, and list what is not changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import shapely

from geo.gazetteer.book import Change
from geo.gazetteer.exchange.assembly import (
    NAME_LISTS,
    Assembly,
    Values,
    assembled,
    derived,
    standard_name,
)
from geo.gazetteer.exchange.fields import fields
from geo.gazetteer.exchange.kept import attributes_with, census_of
from geo.gazetteer.exchange.letters import LETTERS, relettered
from geo.gazetteer.exchange.sheets import SheetRow
from geo.gazetteer.exchange.standing import locked

Outcome = Literal["locked", "unchanged", "updated"]

_OPENNESS: Final = ("secret", "internal", "public")


@dataclass(frozen=True, slots=True)
class Difference:
    """What an officer has to look at: not changed though a file says so, or taken and doubtful."""

    row: int
    name: str
    place_id: str
    heading: str
    ours: str
    theirs: str
    reason: str
    """``locked``: the record is official or its name confirmed; ``secrecy``: a file cannot open
    what is secret; ``kept``: the file leaves out a name that the gazetteer has; ``unfit``: a
    spelling was taken as it is, but its characters are not read so."""


def renew(
    change: Change, ours: Assembly, row: SheetRow, batch: str
) -> tuple[Outcome, list[Difference]]:
    """Change a place as its record says, unless it is locked; return what was not changed."""
    now = derived(ours)
    theirs = derived(assembled(now | _said(row)))
    differing = [
        one
        for one in fields("place")
        if one.target and one.target in _said(row) and not _equal(now, theirs, one.target)
    ]
    fixed = locked(ours)
    changed = []
    left: list[Difference] = []
    for one in differing:
        why = "locked" if fixed else _refused(one.target, now, theirs)
        if why:
            left.append(
                Difference(
                    row.number,
                    str(now["name"]),
                    ours.place["id"],
                    one.heading,
                    _quoted(now.get(one.target)),
                    _quoted(theirs.get(one.target)),
                    why,
                )
            )
        if why not in ("locked", "secrecy"):
            changed.append(one.target)
    if fixed and differing:
        return "locked", left
    if not changed:
        return "unchanged", left
    _apply(change, ours, now | {target: row.values[target] for target in changed}, row, batch)
    return "updated", left


def _said(row: SheetRow) -> Values:
    return {t: value for t, value in row.values.items() if value not in (None, "", ())}


def _refused(target: str, now: Values, theirs: Values) -> str:
    if target == "secrecy" and _opens(now["secrecy"], theirs["secrecy"]):
        return "secrecy"
    if target in NAME_LISTS and set(now[target]) - set(theirs[target]):
        return "kept"
    return ""


def _opens(ours: str, theirs: str) -> bool:
    return _OPENNESS.index(theirs) > _OPENNESS.index(ours)


def _equal(now: Values, theirs: Values, target: str) -> bool:
    one, other = now.get(target), theirs.get(target)
    if isinstance(one, shapely.Geometry) and isinstance(other, shapely.Geometry):
        return bool(shapely.equals_identical(one, other))
    return bool(one == other)


def _quoted(value: object) -> str:
    if isinstance(value, tuple):
        return "；".join(value)
    return "" if value is None else str(value)


def _apply(change: Change, ours: Assembly, wanted: Values, row: SheetRow, batch: str) -> None:
    target = assembled(wanted)
    target.place["attributes"] = attributes(
        ours.place["attributes"], row, derived(assembled(wanted | _said(row))), batch
    )
    _change(change, "place", ours.place, target.place)
    standard = standard_name(ours.names)
    if standard:
        name = {k: v for k, v in target.names[0].items() if k not in LETTERS}
        letters = relettered(standard, wanted)
        _change(change, "name", standard, name | letters | {"legacy_batch": batch})
    known = {(name["kind"], name["text"]) for name in ours.names}
    identity = ours.place["id"]
    change.insert_all(
        "name",
        [
            {**name, "place_id": identity, "legacy_batch": batch}
            for name in target.names[1:]
            if (name["kind"], name["text"]) not in known
        ],
    )
    held = {(code["scheme"], code["value"]) for code in ours.codes}
    change.insert_all(
        "code",
        [
            {**code, "place_id": identity}
            for code in target.codes
            if (code["scheme"], code["value"]) not in held
        ],
    )
    for shape in target.shapes:
        same = next((one for one in ours.shapes if one["role"] == shape["role"]), None)
        if same is None:
            change.insert("shape", **shape, place_id=identity)
        else:
            _change(change, "shape", same, shape)


def _change(change: Change, record: str, ours: dict[str, Any], wanted: Mapping[str, Any]) -> None:
    differing = {
        name: value for name, value in wanted.items() if not _equal(ours, dict(wanted), name)
    }
    if differing:
        change.update(record, ours["id"], ours["version"], **differing)


def attributes(before: str, row: SheetRow, says: Values, batch: str) -> str:
    """Return the attributes of a place with what is kept of its record."""
    census = census_of("place", row.cells, says, batch=batch, row=row.number)
    return attributes_with(before or "{}", census)
