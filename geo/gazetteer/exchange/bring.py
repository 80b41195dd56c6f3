"""Bring records into the gazetteer: all of a file in one change set, or nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from geo.errors import DataError
from geo.gazetteer.book import Change, Gazetteer
from geo.gazetteer.exchange import checks
from geo.gazetteer.exchange.assembly import Assembly, assembled, derived
from geo.gazetteer.exchange.dmfw_in import read_national
from geo.gazetteer.exchange.faulty import FaultyCell, FaultyFileError
from geo.gazetteer.exchange.letters import lettered, unfit
from geo.gazetteer.exchange.linked_rows import read_linked_rows
from geo.gazetteer.exchange.renewal import Difference, attributes, renew
from geo.gazetteer.exchange.sheets import Sheet, SheetRow, read_sheets
from geo.gazetteer.exchange.standing import by_code, standing
from geo.gazetteer.exchange.things import bring_things
from geo.gazetteer.exchange.tsv_in import read_tsv
from geo.gazetteer.romanise.columns import PROPOSED
from geo.gazetteer.table_parts import DIVISION_SCHEMES
from geo.text import say

Progress = Callable[[float], None]

Source = Literal["census", "dmfw", "lpf", "lptsv"]

READERS: Final[dict[Source, Callable[[Path], tuple[list[Sheet], list[FaultyCell]]]]] = {
    "census": read_sheets,
    "dmfw": read_national,
    "lpf": read_linked_rows,
    "lptsv": read_tsv,
}
"""What reads each format that can be imported."""
SUFFIXES: Final[dict[str, Source]] = {
    ".xlsx": "census",
    ".json": "dmfw",
    ".jsonld": "lpf",
    ".tsv": "lptsv",
}
"""Formats by the ending of a file's name."""


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
    proposed: int = 0
    """Readings that the program proposed, for the file gave none; nobody has confirmed them."""
    no_secrecy: int = 0
    """Records that do not say how secret they are; they are kept as internal."""
    things: dict[str, int] = field(default_factory=dict)
    """Signs, lines and stones added or changed."""
    differences: list[Difference] = field(default_factory=list)


class _NothingToDoError(Exception):
    """Takes an empty change set back."""


def import_names(
    book: Gazetteer,
    path: Path,
    *,
    author: str,
    at: datetime,
    form: Source | None = None,
    reason: str = "",
    progress: Progress | None = None,
) -> Imported:
    """Import records; `Gazetteer.undo` of its change set takes all of them back.

    A record is known again by the gazetteer's own id or its 20-digit code, or without them by
    name, class, division and place. Official records and confirmed names are never changed: what
    differs is listed. What a file leaves empty says nothing and changes nothing. A reading that it
    does not give is proposed, and waits for an officer.

    Parameters
    ----------
    book
        The gazetteer.
    path
        The file.
    author, reason, at
        Who imports it, why, and when.
    form
        Its format; None: as the ending of its name says.
    progress
        Told the share that is done.

    Raises
    ------
    FaultyFileError
        Something in it is not fit; `FaultyFileError.cells` names all of that.
    DataError, NotFoundError
        It is not of this format, or is not there.
    """
    sheets, faults = READERS[form or form_of(path)](path)
    done = Imported()
    _tell(progress, 0.4)
    for sheet in sheets:
        if sheet.kind == "place":
            faults += checks.settle(sheet)
        faults += checks.repeated(sheet)
    content = path.read_bytes()
    why = reason or say(f"导入 {path.name}", f"import of {path.name}")
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


def form_of(path: Path) -> Source:
    """Return the format that the ending of a file's name means.

    Raises
    ------
    DataError
        It means none that can be imported.
    """
    form = SUFFIXES.get(path.suffix.lower())
    if form is None:
        raise DataError(
            say(
                f"看不出“{path.name}”是什么格式。",
                f"the format of {path.name} cannot be told from its name.",
            ),
            hint=say(
                f"请用 --format 写明：{'、'.join(READERS)}。",
                f"Say so with --format: {', '.join(READERS)}.",
            ),
        )
    return form


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
    fresh: list[Assembly] = []
    doubted: list[tuple[SheetRow, str | int]] = []
    for row in sheet.rows:
        wanted = assembled(row.values)
        says = derived(wanted)
        done.no_secrecy += not row.values.get("secrecy")
        code = row.values.get("code", "")
        known = row.identity if row.identity in places else None
        known = known or (coded.get(code) if code else None) or uncoded.get(checks.key_of(says))
        strange = unfit(row.values)
        if known is None:
            doubted += [(row, len(fresh))] if strange else []
            wanted.place["attributes"] = attributes("", row, says, batch)
            wanted.names[0] |= lettered(row.values)
            done.proposed += wanted.names[0]["reading_source"] in PROPOSED
            fresh.append(wanted)
        else:
            outcome, left = renew(change, places[known], row, batch)
            done.differences += left
            doubted += [(row, known)] if strange and outcome != "locked" else []
            done.locked += outcome == "locked"
            done.updated += outcome == "updated"
            done.unchanged += outcome == "unchanged"
    made = _insert(change, fresh, places, batch) if fresh else []
    done.inserted += len(made)
    done.differences += [
        _doubted(row, made[known] if isinstance(known, int) else known) for row, known in doubted
    ]


def _doubted(row: SheetRow, identity: str) -> Difference:
    """Return the warning that a spelling was taken which its characters do not have."""
    name, roman = row.values["name"], row.values["roman"]
    return Difference(row.number, name, identity, "罗马字母拼写", "", roman, "unfit")


def _insert(
    change: Change,
    fresh: list[Assembly],
    places: Mapping[str, Assembly],
    batch: str,
) -> list[str]:
    """Insert places; return their ids."""
    ids = change.insert_all("place", [new.place for new in fresh])
    pairs = list(zip(ids, fresh, strict=True))
    for record, part in (("name", "names"), ("code", "codes"), ("shape", "shapes")):
        extra = {"legacy_batch": batch} if record == "name" else {}
        change.insert_all(
            record,
            [{**row, **extra, "place_id": i} for i, new in pairs for row in getattr(new, part)],
        )
    parents = by_code(places, DIVISION_SCHEMES) | by_code(dict(pairs), DIVISION_SCHEMES)
    change.insert_all(
        "relation",
        [
            {"place_id": i, "kind": "part_of", "other_id": parents[division]}
            for i, new in pairs
            if (division := new.place["division_code"]) in parents and parents[division] != i
        ],
    )
    return ids


def _tell(progress: Progress | None, share: float) -> None:
    if progress is not None:
        progress(share)
