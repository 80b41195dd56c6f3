"""What approval does to the gazetteer: one function an effect, named in kinds.toml."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import shapely

from geo.errors import DataError
from geo.gazetteer.book import Change
from geo.gazetteer.cases.days import due
from geo.gazetteer.cases.effects_names import name, protections, rename, retire
from geo.gazetteer.cases.letters import lettered
from geo.gazetteer.cases.ruling import Done, Ruling, conflict
from geo.gazetteer.division import DivisionChange, within
from geo.gazetteer.romanise.fitting import fitted
from geo.text import say

_PARTIES: Final = 2

Effect = Callable[[Change, Ruling], Done]


def protect(change: Change, ruling: Ruling) -> Done:
    """Enter a place into the protection list."""
    told, place_id = ruling.case.told, ruling.case.row["place_id"]
    if any(row["level"] == told["level"] for row in protections(change, place_id, ruling.on)):
        raise conflict(ruling, say("已列入同级名录", "it is in the list of this level already"))
    change.insert(
        "protection",
        place_id=place_id,
        level=told["level"],
        batch=told["batch"],
        category=told.get("category", ""),
        criteria=told.get("criteria", ""),
        measures=told.get("measures", ""),
        document_id=ruling.decision["id"],
        valid_from=ruling.day,
    )
    return Done(place_id)


def plate(change: Change, ruling: Ruling) -> Done:
    """Give a door its number."""
    told = ruling.case.told
    number, sub, unit = int(told["number"]), told.get("sub_number", ""), told.get("unit", "")
    if change.find("place", told["road_id"]) is None:
        raise conflict(ruling, say("没有这条道路", "there is no such road"))
    taken = [
        row
        for row in change.select("plate", road_id=told["road_id"], number=number)
        if (row["sub_number"], row["unit"]) == (sub, unit)
        and row["end_day"] > ruling.on.toordinal()
    ]
    if taken:
        raise conflict(ruling, say(f"门牌号 {number} 已被使用", f"number {number} is taken"))
    change.insert(
        "plate",
        road_id=told["road_id"],
        side=told.get("side", ""),
        number=number,
        sub_number=sub,
        unit=unit,
        shape=shapely.Point(told["point"]) if told.get("point") else None,
        method=told["method"],
        case_id=ruling.case.id,
        certificate=ruling.decision["number"],
        valid_from=ruling.day,
    )
    return Done(told["road_id"])


def division(change: Change, ruling: Ruling) -> Done:
    """Carry out a division change; its tasks become tasks of the case, its name is official."""
    told = ruling.case.told
    known = {row["id"] for row in change.select("task", case_id=None)}
    outcome = within(
        change,
        DivisionChange(
            kind=told["change"],
            old_id=told["place_id"],
            name=told["name"],
            code=told["code"],
            on=date.fromisoformat(told.get("on", ruling.day)),
            document_id=ruling.decision["id"],
            members=tuple(told.get("members", ())),
        ),
    )
    for row in change.select("task", case_id=None):
        if row["id"] not in known:
            change.update("task", row["id"], row["version"], case_id=ruling.case.id)
    place = change.find("place", outcome.new_id)
    assert place is not None
    if place["status"] != "official":
        change.update("place", place["id"], place["version"], status="official")
    opened = change.select("name", place_id=outcome.new_id, decision_id=ruling.decision["id"])
    firm = {}
    if told.get("reading"):
        toned = fitted(told["name"], told["reading"])
        firm = {"reading": toned, "confirmed_by": ruling.case.row["clerk"]}
    for row in opened:
        letters = lettered(
            row["text"],
            firm,
            class_code=place["class_code"],
            division_code=told["code"],
        )
        change.update("name", row["id"], row["version"], **letters)
    stale = change.select("task", case_id=ruling.case.id, kind="sign_renewal")
    signs = tuple(row["sign_id"] for row in stale if row["sign_id"])
    return Done(told["place_id"], tuple(row["id"] for row in opened), stale=signs)


def inspect(change: Change, ruling: Ruling) -> Done:
    """Write down a round of joint inspection, and when the next is due."""
    told = ruling.case.told
    line = change.find("line", told["line_id"])
    signed = [str(one) for one in told["signed_by"]]
    if line is None:
        raise conflict(ruling, say("没有这条界线", "there is no such line"))
    if len(set(signed)) < _PARTIES:
        raise conflict(ruling, say("联检须由毗邻双方签署", "both neighbours must sign"))
    change.insert(
        "inspection",
        line_id=line["id"],
        round=told["round"],
        inspected_on=told["inspected_on"],
        findings=told["findings"],
        signed_by="、".join(signed),
    )
    rule = ruling.rules.deadline("next_inspection", ruling.case.row["division_code"])
    assert rule is not None
    next_due = due(date.fromisoformat(told["inspected_on"]), rule, ruling.rules.holidays)
    change.update("line", line["id"], line["version"], next_due=next_due.isoformat())
    for task in change.select("task", kind="next_inspection", done_on=""):
        earlier = change.find("case", task["case_id"])
        if earlier is not None and json.loads(earlier["facts"]).get("line_id") == line["id"]:
            change.update("task", task["id"], task["version"], done_on=told["inspected_on"])
    return Done(clock_from=told["inspected_on"])


def repair(change: Change, ruling: Ruling) -> Done:
    """Write down how a boundary stone stands after it was repaired or moved."""
    told = ruling.case.told
    marker = change.find("marker", told["marker_id"])
    if marker is None:
        raise conflict(ruling, say("没有这个界桩", "there is no such stone"))
    moved = {"shape": shapely.Point(told["point"])} if told.get("point") else {}
    photo = {"photo": told["photo"]} if told.get("photo") else {}
    change.update(
        "marker", marker["id"], marker["version"], condition=told["condition"], **moved, **photo
    )
    return Done()


def correct(change: Change, ruling: Ruling) -> Done:
    """Carry out corrections of what is told of a name, place or sign, never of the name itself.

    Each correction is ``{"record", "id", "version", "changes": {column: value}}``.
    """
    for one in ruling.case.told["corrections"]:
        allowed = ruling.rules.correctable.get(one["record"], ())
        strange = set(one["changes"]) - set(allowed)
        if strange or not allowed:
            raise DataError(
                say("纠错不能改：", "a correction cannot change: ")
                + "、".join(sorted(strange) or [one["record"]]),
                hint=say("名称本身请办更名。", "To change the name itself, open a renaming."),
            )
        change.update(one["record"], one["id"], one["version"], **one["changes"])
    return Done()


EFFECTS: Final[Mapping[str, Effect]] = {
    "name": name,
    "rename": rename,
    "retire": retire,
    "protect": protect,
    "plate": plate,
    "division": division,
    "inspect": inspect,
    "repair": repair,
    "correct": correct,
}
