"""What approval does to the gazetteer: one function an effect, named in kinds.toml."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import shapely

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Change, Row
from geo.gazetteer.cases.days import due
from geo.gazetteer.cases.law import Rulebook
from geo.gazetteer.cases.opening import standing_name
from geo.gazetteer.cases.record import NAME_FIELDS, Case, chosen
from geo.gazetteer.division import DivisionChange, within
from geo.text import say

_SHOWN: Final = ("planned", "installed", "damaged")
_PARTIES: Final = 2


@dataclass(frozen=True, slots=True)
class Ruling:
    """A case with the decision over it."""

    case: Case
    decision: Row
    on: date
    rules: Rulebook

    @property
    def day(self) -> str:
        """First day on which the decision holds."""
        return self.on.isoformat()

    @property
    def title(self) -> str:
        """Title of the case, for messages."""
        return str(self.case.row["title"])


@dataclass(frozen=True, slots=True)
class Done:
    """What an effect did."""

    place_id: str = ""
    opened: tuple[str, ...] = ()
    """Ids of names that hold from now on."""
    closed: tuple[str, ...] = ()
    """Ids of names that are former names now."""
    stale: tuple[str, ...] = ()
    """Ids of signs that show what no longer holds."""
    clock_from: str = ""
    """A day from which a clock runs that approval does not start."""


Effect = Callable[[Change, Ruling], Done]


def name(change: Change, ruling: Ruling) -> Done:
    """Give a place its first standard name; a place that is not kept yet is made."""
    case = ruling.case
    place_id = case.row["place_id"] or ""
    if place_id and standing_name(change, place_id, ruling.on):
        raise _conflict(
            ruling, say("此地已有标准名称，应办更名", "the place has a standard name: rename it")
        )
    if place_id:
        _make_official(change, ruling, place_id)
        for row in change.select("name", place_id=place_id, kind="planned"):
            if row["end_day"] > ruling.on.toordinal():
                last = (ruling.on - timedelta(days=1)).isoformat()
                change.update("name", row["id"], row["version"], valid_to=last)
    else:
        place_id = _new_place(change, ruling)
    opened = _open_name(change, ruling, place_id)
    return Done(place_id, (opened,), stale=_stale(change, place_id, "", _text(change, ruling)))


def rename(change: Change, ruling: Ruling) -> Done:
    """Close the standard name of a place and open another; the same name is confirmed."""
    case = ruling.case
    place_id = case.row["place_id"]
    old = _old_name(change, ruling)
    _spare_protected(change, ruling)
    text = _text(change, ruling)
    _make_official(change, ruling, place_id)
    if old["text"] == text:
        change.update(
            "name",
            old["id"],
            old["version"],
            **_name_values(change, ruling)
            | {"legacy_batch": "", "decision_id": ruling.decision["id"]},
        )
        return Done(place_id, (old["id"],), stale=())
    _close_name(change, ruling, old)
    opened = _open_name(change, ruling, place_id)
    return Done(place_id, (opened,), (old["id"],), _stale(change, place_id, old["id"], text))


def retire(change: Change, ruling: Ruling) -> Done:
    """Close the standard name of a place that is no more."""
    place_id = ruling.case.row["place_id"]
    old = _old_name(change, ruling)
    _spare_protected(change, ruling)
    _close_name(change, ruling, old)
    place = change.find("place", place_id)
    assert place is not None
    change.update(
        "place", place_id, place["version"], lifecycle="vanished", status="historical",
        valid_to=(ruling.on - timedelta(days=1)).isoformat(),
    )  # fmt: skip
    return Done(place_id, (), (old["id"],), _stale(change, place_id, old["id"], ""))


def protect(change: Change, ruling: Ruling) -> Done:
    """Enter a place into the protection list."""
    told, place_id = ruling.case.told, ruling.case.row["place_id"]
    if any(row["level"] == told["level"] for row in _protections(change, place_id, ruling.on)):
        raise _conflict(ruling, say("已列入同级名录", "it is in the list of this level already"))
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
        raise _conflict(ruling, say("没有这条道路", "there is no such road"))
    taken = [
        row
        for row in change.select("plate", road_id=told["road_id"], number=number)
        if (row["sub_number"], row["unit"]) == (sub, unit)
        and row["end_day"] > ruling.on.toordinal()
    ]
    if taken:
        raise _conflict(ruling, say(f"门牌号 {number} 已被使用", f"number {number} is taken"))
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
    """Carry out a division change; its tasks become tasks of the case."""
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
        ),
    )
    for row in change.select("task", case_id=None):
        if row["id"] not in known:
            change.update("task", row["id"], row["version"], case_id=ruling.case.id)
    opened = change.select("name", place_id=outcome.new_id, decision_id=ruling.decision["id"])
    return Done(told["place_id"], tuple(row["id"] for row in opened))


def inspect(change: Change, ruling: Ruling) -> Done:
    """Write down a round of joint inspection, and when the next is due."""
    told = ruling.case.told
    line = change.find("line", told["line_id"])
    signed = [str(one) for one in told["signed_by"]]
    if line is None:
        raise _conflict(ruling, say("没有这条界线", "there is no such line"))
    if len(set(signed)) < _PARTIES:
        raise _conflict(ruling, say("联检须由毗邻双方签署", "both neighbours must sign"))
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
        raise _conflict(ruling, say("没有这个界桩", "there is no such stone"))
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


def _text(change: Change, ruling: Ruling) -> str:
    row = chosen(change.select, ruling.case)
    if row is None:
        raise _conflict(ruling, say("没有选定名称", "no name was chosen"))
    return str(row["text"])


def _name_values(change: Change, ruling: Ruling) -> dict[str, str]:
    told = ruling.case.told.get("names", {}).get(_text(change, ruling), {})
    return {field: told[field] for field in NAME_FIELDS if told.get(field)}


def _open_name(change: Change, ruling: Ruling, place_id: str) -> str:
    values = {"language": "zh"} | _name_values(change, ruling)
    return change.insert(
        "name",
        **values,
        place_id=place_id,
        text=_text(change, ruling),
        kind="standard",
        decision_id=ruling.decision["id"],
        valid_from=ruling.day,
    )


def _close_name(change: Change, ruling: Ruling, old: Row) -> None:
    last = (ruling.on - timedelta(days=1)).isoformat()
    change.update("name", old["id"], old["version"], kind="former", valid_to=last)


def _old_name(change: Change, ruling: Ruling) -> Row:
    """Return the one standing name, which must be the one that the case is about."""
    rows = standing_name(change, ruling.case.row["place_id"], ruling.on)
    if len(rows) != 1:
        raise _conflict(
            ruling,
            say(
                f"此地当日有 {len(rows)} 个标准名称，应为 1 个",
                f"the place has {len(rows)} standard names on that day, not 1",
            ),
        )
    seen = ruling.case.told.get("old_name_id", "")
    if rows[0]["id"] != seen:
        raise _conflict(
            ruling,
            say(
                f"立案后名称已改为“{rows[0]['text']}”，请退回重办",
                f"the name became {rows[0]['text']} since the case was opened: return it",
            ),
        )
    if rows[0]["from_day"] >= ruling.on.toordinal():
        raise _conflict(
            ruling,
            say(
                f"现名自{rows[0]['valid_from']}起施行，不能同日再改",
                f"the name holds since {rows[0]['valid_from']} and cannot end on that day",
            ),
        )
    later = [
        row
        for row in change.select("name", place_id=rows[0]["place_id"], kind="standard")
        if row["from_day"] > ruling.on.toordinal()
    ]
    if later:
        raise _conflict(
            ruling,
            say(
                f"此地自{later[0]['valid_from']}起另有名称",
                f"another name holds from {later[0]['valid_from']} on",
            ),
        )
    return rows[0]


def _make_official(change: Change, ruling: Ruling, place_id: str) -> None:
    place = change.find("place", place_id)
    assert place is not None
    if place["end_day"] <= ruling.on.toordinal():
        raise _conflict(ruling, say("此地已经不存在", "the place is no more"))
    attributes = json.loads(place["attributes"]) | _told_attributes(ruling)
    spelled = json.dumps(attributes, ensure_ascii=False, sort_keys=True, allow_nan=False)
    if (place["status"], place["attributes"]) != ("official", spelled):
        change.update("place", place_id, place["version"], status="official", attributes=spelled)


def _new_place(change: Change, ruling: Ruling) -> str:
    told = ruling.case.told
    place_id = change.insert(
        "place",
        class_code=told["class_code"],
        lifecycle=told.get("lifecycle", "existing"),
        status="official",
        secrecy=told.get("secrecy", "public"),
        division_code=ruling.case.row["division_code"],
        attributes=json.dumps(_told_attributes(ruling), ensure_ascii=False, sort_keys=True),
        valid_from=told.get("since", ruling.day),
    )
    for shape in told.get("shapes", []):
        change.insert(
            "shape",
            place_id=place_id,
            role=shape["role"],
            shape=shapely.from_wkt(shape["wkt"]),
            method=shape.get("method", ""),
        )
    if told.get("part_of"):
        change.insert("relation", place_id=place_id, kind="part_of", other_id=told["part_of"])
    return place_id


def _told_attributes(ruling: Ruling) -> dict[str, object]:
    told = ruling.case.told
    position = {"position": told["position"]} if told.get("position") else {}
    return dict(told.get("attributes", {})) | position


def _stale(change: Change, place_id: str, name_id: str, text: str) -> tuple[str, ...]:
    """Mark the signs that show another name than the one that holds now."""
    rows = {row["id"]: row for row in change.select("sign", place_id=place_id)}
    if name_id:
        rows |= {row["id"]: row for row in change.select("sign", name_id=name_id)}
    stale = [row for row in rows.values() if row["state"] in _SHOWN and row["text"] != text]
    for row in stale:
        change.update("sign", row["id"], row["version"], state="stale")
    return tuple(row["id"] for row in stale)


def _protections(change: Change, place_id: str, on: date) -> list[Row]:
    rows = change.select("protection", place_id=place_id)
    return [row for row in rows if row["from_day"] <= on.toordinal() < row["end_day"]]


def _spare_protected(change: Change, ruling: Ruling) -> None:
    """Refuse to take a protected name away without measures (地名管理条例 第二十五条)."""
    listed = _protections(change, ruling.case.row["place_id"], ruling.on)
    if listed and "protection_measures" not in ruling.case.documents:
        raise DataError(
            say(
                f"“{ruling.title}”涉及保护名录中的地名，缺“保护措施”文件。",
                f"{ruling.title}: the name is protected and no measures are attached.",
            ),
            hint=say(
                "请附 protection_measures 文件（地名管理条例 第二十五条）。",
                "Attach protection_measures (Art. 25).",
            ),
        )


def _conflict(ruling: Ruling, why: str) -> ConflictError:
    return ConflictError(
        say(f"案卷“{ruling.title}”不能批准：{why}。", f"{ruling.title} cannot be approved: {why}.")
    )


def for_case(ruling: Ruling, case: Case) -> Ruling:
    """Return the same decision over another case of its campaign."""
    return replace(ruling, case=case)
