"""Open the division that follows another: its name, code and shape, and the tasks it brings."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import shapely

from geo.gazetteer.book import Change, Row
from geo.gazetteer.division.kinds import DivisionChange, kinds
from geo.gazetteer.division.moving import held
from geo.text import say


def succeed(change: Change, wanted: DivisionChange, old: Row, old_name: Row, day: str) -> str:
    """Open the new division with its name, code and shapes, and end the old one."""
    kept = {key: old[key] for key in ("class_code", "lifecycle", "status", "secrecy", "attributes")}
    new_id = change.insert("place", **kept, division_code=wanted.code, valid_from=day)
    change.insert(
        "name",
        place_id=new_id,
        text=wanted.name,
        kind="standard",
        language=old_name["language"],
        valid_from=day,
        decision_id=wanted.document_id,
    )
    change.insert("code", place_id=new_id, scheme="gbt10114", value=wanted.code, valid_from=day)
    kind = "derived_from" if wanted.kind == "subdistrict_added" else "succeeded_by"
    pair = (wanted.old_id, new_id) if kind == "succeeded_by" else (new_id, wanted.old_id)
    change.insert("relation", place_id=pair[0], kind=kind, other_id=pair[1], valid_from=day)
    if wanted.kind == "subdistrict_added":
        areas = [
            row["shape"]
            for member in wanted.members
            for row in held(change.select("shape", place_id=member, role="area"), day)
        ]
        if areas:
            area = shapely.union_all(areas)
            change.insert("shape", place_id=new_id, role="area", shape=area, valid_from=day)
        for row in held(change.select("relation", place_id=wanted.old_id, kind="part_of"), day):
            change.insert(
                "relation", place_id=new_id, kind="part_of", other_id=row["other_id"],
                valid_from=day,
            )  # fmt: skip
        return new_id
    for shape in held(change.select("shape", place_id=wanted.old_id), day):
        copied = ("role", "shape", "accuracy_m", "method", "source")
        change.insert("shape", place_id=new_id, valid_from=day, **{c: shape[c] for c in copied})
    for record in ("shape", "name"):
        for row in held(change.select(record, place_id=wanted.old_id), day):
            if record == "name" and row["kind"] == "standard":
                last = (wanted.on - timedelta(days=1)).isoformat()
                change.update("name", row["id"], row["version"], kind="former", valid_to=last)
            else:
                change.end(record, row["id"], row["version"], on=day)
    for row in held(change.select("relation", place_id=wanted.old_id, kind="part_of"), day):
        change.end("relation", row["id"], row["version"], on=day)
        change.insert(
            "relation",
            place_id=new_id,
            kind="part_of",
            other_id=row["other_id"],
            valid_from=day,
        )
    last = (wanted.on - timedelta(days=1)).isoformat()
    change.update(
        "place", old["id"], old["version"], lifecycle="vanished", status="historical", valid_to=last
    )
    return new_id


def raise_tasks(change: Change, wanted: DivisionChange, new_id: str) -> int:
    """Raise the tasks that the law sets a new division, with their days, and return how many."""
    deadlines = kinds()["deadline"]
    for rule in deadlines:
        due = (
            _months_later(wanted.on, rule["months"])
            if "months" in rule
            else wanted.on + timedelta(days=rule["days"])
        )
        change.insert(
            "task",
            place_id=new_id,
            kind=rule["kind"],
            title=say(rule["zh"], rule["en"]),
            due_on=due.isoformat(),
            rule=rule["rule"],
        )
    return len(deadlines)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
