"""Carry decided matches into the gazetteer."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.assembly import assembled
from geo.gazetteer.linkage.from_linked import scheme_of
from geo.gazetteer.linkage.link import NEW, SAME
from geo.gazetteer.linkage.records import Record, unspelled
from geo.gazetteer.search.letters import fold
from geo.gazetteer.spelling import new_id
from geo.gazetteer.table_parts import DIVISION_SCHEMES
from geo.gazetteer.tables import RECORDS
from geo.text import say

Made = list[list[str]]
"""Record and id of every row that applying a match made."""

_VARIANT: Final = "variant"


@dataclass(frozen=True, slots=True)
class Untouched:
    """What a source says otherwise than a place that no import may touch."""

    number: int
    place_id: str
    ours: str
    theirs: str


@dataclass(slots=True)
class Applied:
    """What applying did."""

    change_set_id: str = ""
    """Empty when there was nothing to apply."""
    same: int = 0
    """Matches carried into places that were known."""
    new: int = 0
    """Places added, as recorded."""
    codes: int = 0
    names: int = 0
    waiting: int = 0
    """Records that still wait for a verdict."""
    left: int = 0
    """Records that are none of their candidates, and of which nobody said that they are new."""
    unclassified: int = 0
    """New records without a class, which are not added."""
    gone: int = 0
    """Matches whose place no longer stands."""
    untouched: list[Untouched] = field(default_factory=list)
    """Names that were not added, for the place is official or its name confirmed."""


@dataclass(slots=True)
class _Work:
    """What carrying matches in needs beside the match itself."""

    change: Change
    done: Applied
    day: int
    class_code: str
    at: datetime
    schemes: dict[str, str]
    """By batch, the list that the source's own ids belong to."""
    parents: dict[str, str]
    """Divisions by their codes."""
    rows: dict[str, list[Row]] = field(default_factory=dict)
    """What is to be added, by record; places come first."""

    names: dict[str, list[Row]] = field(default_factory=dict)
    codes: dict[str, list[Row]] = field(default_factory=dict)
    """What known places have, with what is to be added to them."""
    applied: list[tuple[Row, dict[str, object]]] = field(default_factory=list)
    """Matches with what becomes of them."""

    def known(self, place: str) -> tuple[list[Row], list[Row]]:
        """Return the names and the codes of a place."""
        if place not in self.names:
            self.names[place] = self.change.select("name", place_id=place)
            self.codes[place] = self.change.select("code", place_id=place)
        return self.names[place], self.codes[place]

    def write(self) -> None:
        """Write it all."""
        for record in sorted(self.rows, key=list(RECORDS).index):
            self.change.insert_all(record, self.rows[record])
        for row, changes in self.applied:
            self.change.update("match", row["id"], row["version"], **changes)

    def add(self, record: str, **values: object) -> str:
        """Keep a row to be added and return its id."""
        identity = new_id(self.at)
        self.rows.setdefault(record, []).append({"id": identity, **values})
        return identity


def apply(
    book: Gazetteer,
    *,
    author: str,
    at: datetime,
    batch: str = "",
    class_code: str = "",
    reason: str = "",
) -> Applied:
    """Carry every decided match that was not yet applied into the gazetteer, in one change set.

    A place that is the same gets the source's ids as codes and its names as variants, aliases or
    former names, unless it has them. Its own name, class, shape and status stay as they are; a
    place that is official, or whose name is confirmed, gets codes only. A new record becomes a
    place with the status ``recorded``.

    Parameters
    ----------
    book
        The gazetteer.
    author, at, reason
        Who applies, when and why.
    batch
        Only the matches of this import; all by default.
    class_code
        Class of new places whose record names none; without it they are left out.
    """
    done = Applied()
    records: defaultdict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in book.rows("match"):
        if batch in ("", row["batch_id"]):
            records[row["batch_id"], row["number"]].append(row)
    schemes = {row["id"]: _scheme(row) for row in book.rows("batch")}
    ready = []
    for _, rows in sorted(records.items()):
        settled = [row for row in rows if row["decision"] in (SAME, NEW)]
        if settled and not settled[0]["applied"]:
            ready.append(settled[0])
        elif not settled:
            undecided = any(not row["decision"] for row in rows)
            done.waiting += undecided
            done.left += not undecided
    if not ready:
        return done
    why = reason or say("写入匹配结果", "apply decided matches")
    day = at.date().toordinal()
    with book.change(author=author, reason=why, at=at) as change:
        work = _Work(change, done, day, class_code, at, schemes, _divisions(change))
        for row in ready:
            _carry(work, row)
        work.write()
        done.change_set_id = change.id
    return done


def _carry(work: _Work, row: Row) -> None:
    record = unspelled(row["number"], row["row"])
    if row["decision"] == NEW:
        place, made = _added(work, record, row)
    else:
        place, made = row["place_id"], _joined(work, record, row)
    if made is not None:
        changes: dict[str, object] = {
            "place_id": place,
            "applied": work.change.id,
            "made": json.dumps(made),
        }
        work.applied.append((row, changes))


def _joined(work: _Work, record: Record, row: Row) -> Made | None:
    """Give a known place what a record adds to it; None: the place no longer stands."""
    change, done = work.change, work.done
    place = change.find("place", row["place_id"])
    if place is None or place["end_day"] <= work.day:
        done.gone += 1
        return None
    identity = place["id"]
    names, codes = work.known(identity)
    known = {(code["scheme"], code["value"]) for code in codes}
    has_own = {one for one, _ in known}
    made: Made = []
    for one, value in _codes(record, work.schemes[row["batch_id"]]):
        # A place has one national code; another's is no concordance.
        if (one, value) in known or (one == "dmdm20" and one in has_own):
            continue
        added = work.add("code", place_id=identity, scheme=one, value=value)
        codes.append({"scheme": one, "value": value})
        known.add((one, value))
        made.append(["code", added])
        done.codes += 1
    texts = {fold(name["text"]) for name in names}
    fresh = [
        (kind, text)
        for kind, text in ((_VARIANT, record.name), *record.others)
        if fold(text) not in texts
    ]
    done.same += 1
    if locked(place, names):
        own = next((one["text"] for one in names if one["kind"] == "standard"), "")
        done.untouched += [Untouched(row["number"], identity, own, text) for _, text in fresh]
        return made
    for kind, text in dict.fromkeys(fresh):
        language = "und" if kind == "minority" else "zh"
        added = work.add(
            "name", place_id=identity, text=text, kind=kind, language=language,
            legacy_batch=row["batch_id"], source=record.values.get("source", ""),
        )  # fmt: skip
        names.append({"text": text, "kind": kind, "confirmed_by": ""})
        made.append(["name", added])
        done.names += 1
    return made


def locked(place: Row, names: list[Row]) -> bool:
    """Return whether an import may not touch the names of a place."""
    confirmed = any(one["confirmed_by"] for one in names if one["kind"] == "standard")
    return place["status"] == "official" or confirmed


def _added(work: _Work, record: Record, row: Row) -> tuple[str | None, Made | None]:
    """Add a record as a new place; nothing when its class is not known."""
    batch = row["batch_id"]
    values = dict(record.values)
    values["class_code"] = values.get("class_code") or work.class_code
    if class_of(values["class_code"]) is None:
        work.done.unclassified += 1
        return None, None
    work.done.new += 1
    new = assembled(values)
    told = {"linkage": {"batch": batch, "row": row["number"]}}
    new.place |= {"status": "recorded", "attributes": json.dumps(told, sort_keys=True)}
    place = work.add("place", **new.place)
    rows: list[tuple[str, dict[str, Any]]] = [
        ("name", {**name, "legacy_batch": batch}) for name in new.names
    ]
    rows += [("shape", shape) for shape in new.shapes]
    rows += [("code", {"scheme": a, "value": b}) for a, b in _codes(record, work.schemes[batch])]
    parent = work.parents.get(values.get("division", ""))
    if parent:
        rows.append(("relation", {"kind": "part_of", "other_id": parent}))
    made = [[kind, work.add(kind, **one, place_id=place)] for kind, one in rows]
    return place, [["place", place], *made]


def _codes(record: Record, scheme: str) -> Iterator[tuple[str, str]]:
    """Yield scheme and value of every code that a record gives."""
    if record.values.get("code"):
        yield "dmdm20", record.values["code"]
    if record.identity:
        yield next(scheme_of(record.identity), (scheme, record.identity))
    yield from ((one, value) for one, value in record.values.get("links", ()))


def _scheme(batch: Row) -> str:
    told = json.loads(batch["mapping"]) if batch["mapping"] else {}
    return str(told.get("scheme", "local"))


def _divisions(change: Change) -> dict[str, str]:
    return {
        code["value"]: code["place_id"]
        for scheme in DIVISION_SCHEMES
        for code in change.select("code", scheme=scheme)
    }
