"""What approval does to names: a first name given, a name replaced, a name given up."""

from __future__ import annotations

import json
from datetime import date, timedelta

import shapely

from geo.errors import DataError
from geo.gazetteer.book import Change, Row
from geo.gazetteer.cases.letters import lettered, where
from geo.gazetteer.cases.opening import standing_name
from geo.gazetteer.cases.record import NAME_FIELDS, chosen
from geo.gazetteer.cases.ruling import Done, Ruling, conflict
from geo.gazetteer.cases.signs import outdate
from geo.gazetteer.classes import class_of
from geo.gazetteer.table_parts import DIVISION_SCHEMES
from geo.text import say


def name(change: Change, ruling: Ruling) -> Done:
    """Give a place its first standard name; a place that is not kept yet is made."""
    case = ruling.case
    place_id = case.row["place_id"] or ""
    if place_id and standing_name(change, place_id, ruling.on):
        raise conflict(
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
    return Done(
        place_id, (opened,), stale=outdate(change, ruling, place_id, "", _text(change, ruling))
    )


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
            **_name_values(change, ruling, old)
            | {"legacy_batch": "", "decision_id": ruling.decision["id"]},
        )
        return Done(place_id, (old["id"],), stale=())
    _close_name(change, ruling, old)
    opened = _open_name(change, ruling, place_id)
    return Done(
        place_id, (opened,), (old["id"],), outdate(change, ruling, place_id, old["id"], text)
    )


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
    return Done(place_id, (), (old["id"],), outdate(change, ruling, place_id, old["id"], ""))


def _text(change: Change, ruling: Ruling) -> str:
    row = chosen(change.select, ruling.case)
    if row is None:
        raise conflict(ruling, say("没有选定名称", "no name was chosen"))
    return str(row["text"])


def _name_values(change: Change, ruling: Ruling, known: Row | None = None) -> dict[str, str]:
    """Return what is told of the name, and how it is read and written in letters."""
    text = _text(change, ruling)
    before = {field: known[field] for field in NAME_FIELDS if known[field]} if known else {}
    told = ruling.case.told.get("names", {}).get(text, {})
    class_code, division_code = where(change.select, ruling.case)
    return lettered(
        text,
        before | {field: told[field] for field in NAME_FIELDS if told.get(field)},
        class_code=class_code,
        division_code=division_code,
    )


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
        raise conflict(
            ruling,
            say(
                f"此地当日有 {len(rows)} 个标准名称，应为 1 个",
                f"the place has {len(rows)} standard names on that day, not 1",
            ),
        )
    seen = ruling.case.told.get("old_name_id", "")
    if rows[0]["id"] != seen:
        raise conflict(
            ruling,
            say(
                f"立案后名称已改为“{rows[0]['text']}”，请退回重办",
                f"the name became {rows[0]['text']} since the case was opened: return it",
            ),
        )
    if rows[0]["from_day"] >= ruling.on.toordinal():
        raise conflict(
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
        raise conflict(
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
        raise conflict(ruling, say("此地已经不存在", "the place is no more"))
    attributes = json.loads(place["attributes"]) | _told_attributes(ruling)
    spelled = json.dumps(attributes, ensure_ascii=False, sort_keys=True, allow_nan=False)
    if (place["status"], place["attributes"]) != ("official", spelled):
        change.update("place", place_id, place["version"], status="official", attributes=spelled)


def _new_place(change: Change, ruling: Ruling) -> str:
    told = ruling.case.told
    known = class_of(told["class_code"])
    place_id = change.insert(
        "place",
        class_code=known.code if known else told["class_code"],
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
    above = told.get("part_of") or _division(change, ruling)
    if above:
        change.insert(
            "relation",
            place_id=place_id,
            kind="part_of",
            other_id=above,
            valid_from=told.get("since", ruling.day),
        )
    return place_id


def _division(change: Change, ruling: Ruling) -> str:
    """Return the division whose code the case names, "" when the book does not keep it."""
    day, code = ruling.on.toordinal(), ruling.case.row["division_code"]
    kept = [row for row in change.select("code", value=code) if row["scheme"] in DIVISION_SCHEMES]
    return next((row["place_id"] for row in kept if row["from_day"] <= day < row["end_day"]), "")


def _told_attributes(ruling: Ruling) -> dict[str, object]:
    told = ruling.case.told
    position = {"position": told["position"]} if told.get("position") else {}
    return dict(told.get("attributes", {})) | position


def protections(change: Change, place_id: str, on: date) -> list[Row]:
    """Return the entries in protection lists that a place has on a day."""
    rows = change.select("protection", place_id=place_id)
    return [row for row in rows if row["from_day"] <= on.toordinal() < row["end_day"]]


def _spare_protected(change: Change, ruling: Ruling) -> None:
    """Refuse to take a protected name away without measures (地名管理条例 第二十五条)."""
    listed = protections(change, ruling.case.row["place_id"], ruling.on)
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
