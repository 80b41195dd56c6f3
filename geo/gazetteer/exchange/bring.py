"""Bring a census workbook into the gazetteer: all of it in one change set, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import shapely

from geo.gazetteer.book import Change, Gazetteer
from geo.gazetteer.exchange import checks
from geo.gazetteer.exchange.assembly import (
    NAME_LISTS,
    Assembly,
    Values,
    assembled,
    derived,
    standard_name,
)
from geo.gazetteer.exchange.faulty import FaultyCell, FaultyFileError
from geo.gazetteer.exchange.fields import fields
from geo.gazetteer.exchange.kept import attributes_with, census_of
from geo.gazetteer.exchange.sheets import Sheet, SheetRow, read_sheets
from geo.gazetteer.exchange.standing import by_code, locked, standing
from geo.gazetteer.exchange.things import bring_things
from geo.text import say

Progress = Callable[[float], None]

_OPENNESS = ("secret", "internal", "public")
_DIVISIONS = ("gb2260", "gbt10114", "stats12")


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file says otherwise than the gazetteer, and what was not changed."""

    row: int
    name: str
    place_id: str
    heading: str
    ours: str
    theirs: str
    reason: str
    """``locked``: the record is official or its name confirmed; ``secrecy``: a file cannot open
    what is secret; ``kept``: the file leaves out a name that the gazetteer has."""


@dataclass(slots=True)
class Imported:
    """What an import did."""

    change_set_id: str = ""
    """Empty when there was nothing to change."""
    batch_id: str = ""
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    locked: int = 0
    no_secrecy: int = 0
    """Records that do not say how secret they are; they are kept as internal."""
    things: dict[str, int] = field(default_factory=dict)
    """Signs, lines and stones added or changed."""
    differences: list[Difference] = field(default_factory=list)


class _NothingToDoError(Exception):
    """Takes an empty change set back."""


def import_census(
    book: Gazetteer,
    path: Path,
    *,
    author: str,
    at: datetime,
    reason: str = "",
    progress: Progress | None = None,
) -> Imported:
    """Import a census workbook; `Gazetteer.undo` of its change set takes all of it back.

    A record is known again by its 20-digit code, or without one by name, class, division and
    place. Official records and confirmed names are never changed: what differs is listed. An
    empty cell says nothing and changes nothing.

    Parameters
    ----------
    book
        The gazetteer.
    path
        The workbook.
    author, reason, at
        Who imports it, why, and when.
    progress
        Told the share that is done.

    Raises
    ------
    FaultyFileError
        Some cells are not fit; `FaultyFileError.cells` names every one of them.
    """
    sheets, faults = read_sheets(path)
    done = Imported()
    _tell(progress, 0.4)
    for sheet in sheets:
        if sheet.kind == "place":
            faults += checks.settle(sheet)
        faults += checks.repeated(sheet)
    content = path.read_bytes()
    why = reason or say(f"导入普查表 {path.name}", f"import of {path.name}")
    try:
        with book.change(author=author, reason=why, at=at) as change:
            places = standing(change.select)
            faults += _unknown(change, sheets, places)
            if faults:
                order = {sheet.title: number for number, sheet in enumerate(sheets)}
                faults.sort(key=lambda cell: (order.get(cell.sheet, 0), cell.row))
                raise FaultyFileError(path.name, faults)
            mapping = {sheet.title: sheet.headings for sheet in sheets}
            batch = change.insert(
                "batch",
                file=path.name,
                sha256=sha256(content).hexdigest(),
                mapping=json.dumps(mapping, ensure_ascii=False, sort_keys=True),
                imported_on=at.date().isoformat(),
            )
            for sheet in sheets:
                if sheet.kind == "place":
                    _bring_places(change, sheet, places, batch, done)
            _tell(progress, 0.9)
            done.things = bring_things(change, sheets, batch)
            if not (done.inserted or done.updated or any(done.things.values())):
                raise _NothingToDoError  # noqa: TRY301 - takes the change back
            done.change_set_id, done.batch_id = change.id, batch
    except _NothingToDoError:
        pass
    _tell(progress, 1.0)
    return done


def _unknown(
    change: Change, sheets: list[Sheet], places: Mapping[str, Assembly]
) -> list[FaultyCell]:
    codes = set(by_code(places, ("dmdm20",)))
    codes |= {row.values.get("code", "") for s in sheets if s.kind == "place" for row in s.rows}
    lines = {row["code"] for row in change.select("line")}
    lines |= {row.values.get("code", "") for s in sheets if s.kind == "line" for row in s.rows}
    found: list[FaultyCell] = []
    for sheet in sheets:
        if sheet.kind == "sign":
            found += checks.unknown(sheet, "地名代码", "place_code", codes)
        if sheet.kind == "stone":
            found += checks.unknown(sheet, "界线编号", "line_code", lines)
    return found


def _bring_places(
    change: Change, sheet: Sheet, places: dict[str, Assembly], batch: str, done: Imported
) -> None:
    coded = by_code(places, ("dmdm20",))
    uncoded: dict[checks.PlaceKey, str] = {}
    for identity, place in places.items():
        values = derived(place)
        if not values.get("code"):
            uncoded[checks.key_of(values)] = identity
    fresh: list[tuple[SheetRow, Assembly]] = []
    for row in sheet.rows:
        wanted = assembled(row.values)
        says = derived(wanted)
        done.no_secrecy += not row.values.get("secrecy")
        code = row.values.get("code", "")
        known = (coded.get(code) if code else None) or uncoded.get(checks.key_of(says))
        wanted.place["attributes"] = _attributes("", row, says, batch)
        if known is None:
            fresh.append((row, wanted))
        else:
            _renew(change, places[known], row, batch, done)
    if fresh:
        _insert(change, fresh, places, batch)
        done.inserted += len(fresh)


def _insert(
    change: Change,
    fresh: list[tuple[SheetRow, Assembly]],
    places: Mapping[str, Assembly],
    batch: str,
) -> None:
    ids = change.insert_all("place", [new.place for _, new in fresh])
    pairs = list(zip(ids, (new for _, new in fresh), strict=True))
    for record, part in (("name", "names"), ("code", "codes"), ("shape", "shapes")):
        extra = {"legacy_batch": batch} if record == "name" else {}
        change.insert_all(
            record,
            [{**row, **extra, "place_id": i} for i, new in pairs for row in getattr(new, part)],
        )
    parents = by_code(places, _DIVISIONS) | by_code(dict(pairs), _DIVISIONS)
    change.insert_all(
        "relation",
        [
            {"place_id": i, "kind": "part_of", "other_id": parents[division]}
            for i, new in pairs
            if (division := new.place["division_code"]) in parents and parents[division] != i
        ],
    )


def _renew(change: Change, ours: Assembly, row: SheetRow, batch: str, done: Imported) -> None:
    """Change a place as its record says, unless it is locked; list what is not changed."""
    now = derived(ours)
    theirs = derived(assembled(now | _said(row)))
    differing = [
        one
        for one in fields("place")
        if one.target and one.target in _said(row) and not _equal(now, theirs, one.target)
    ]
    fixed = locked(ours)
    changed = []
    for one in differing:
        why = "locked" if fixed else _refused(one.target, now, theirs)
        if why:
            done.differences.append(
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
        done.locked += 1
    elif not changed:
        done.unchanged += 1
    else:
        wanted = now | {target: row.values[target] for target in changed}
        _apply(change, ours, wanted, row, batch)
        done.updated += 1


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
    target.place["attributes"] = _attributes(
        ours.place["attributes"], row, derived(assembled(wanted | _said(row))), batch
    )
    _change(change, "place", ours.place, target.place)
    standard = standard_name(ours.names)
    if standard:
        _change(change, "name", standard, target.names[0] | {"legacy_batch": batch})
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


def _attributes(before: str, row: SheetRow, says: Values, batch: str) -> str:
    census = census_of("place", row.cells, says, batch=batch, row=row.number)
    return attributes_with(before or "{}", census)


def _tell(progress: Progress | None, share: float) -> None:
    if progress is not None:
        progress(share)
