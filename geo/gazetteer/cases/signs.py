"""Signs of a place: which are out of date, what the crew is to do, and what it did."""

from __future__ import annotations

from datetime import date
from typing import Final

from geo.errors import ConflictError
from geo.gazetteer.book import Change, Row
from geo.gazetteer.cases.days import due
from geo.gazetteer.cases.ruling import Done, Ruling
from geo.text import say

_STANDING: Final = ("installed", "damaged")


def outdate(
    change: Change, ruling: Ruling, place_id: str, name_id: str, text: str
) -> tuple[str, ...]:
    """Mark signs that show another name than the one that holds now; return those that stand.

    A sign that was only planned is not put up any more, and its task ends with it.
    """
    rows = {row["id"]: row for row in change.select("sign", place_id=place_id)}
    if name_id:
        rows |= {row["id"]: row for row in change.select("sign", name_id=name_id)}
    other = [row for row in rows.values() if row["text"] != text]
    stale = [row for row in other if row["state"] in _STANDING]
    for row in stale:
        change.update("sign", row["id"], row["version"], state="stale")
    for row in other:
        if row["state"] == "planned":
            change.update("sign", row["id"], row["version"], state="removed")
            for task in change.select("task", sign_id=row["id"], done_on=""):
                why = say("名称已改，不再设置", "not put up: the name changed")
                ended = {"done_on": ruling.day, "source": why}
                change.update("task", task["id"], task["version"], **ended)
    return tuple(row["id"] for row in stale)


def raise_sign_tasks(change: Change, ruling: Ruling, done: Done) -> None:
    """Raise a task for each stale sign, and plan a first sign where there is none."""
    case, rules = ruling.case, ruling.rules
    rule = rules.deadline("signs", case.row["division_code"])
    due_on = due(ruling.on, rule, rules.holidays).isoformat() if rule else ""
    cited = rule.rule if rule else ""
    name = change.find("name", done.opened[0]) if done.opened else None
    text = name["text"] if name else ""
    rows = []
    for sign_id in done.stale:
        sign = change.find("sign", sign_id)
        assert sign is not None
        kind = "sign_renewal" if text else "sign_removal"
        title = (
            say(f"更换标志：{sign['text']} → {text}", f"renew sign: {sign['text']} → {text}")
            if text
            else say(f"拆除标志：{sign['text']}", f"remove sign: {sign['text']}")
        )
        rows.append({"kind": kind, "title": title, "sign_id": sign_id})
    signs = change.select("sign", place_id=done.place_id) if name else []
    if name and all(sign["state"] == "removed" for sign in signs):
        planned = change.insert(
            "sign",
            place_id=done.place_id,
            name_id=name["id"],
            kind="place",
            text=text,
            roman=name["roman_sign"] or name["roman_toned"],
            state="planned",
        )
        title = say(f"设置标志：{text}", f"new sign: {text}")
        rows.append({"kind": "sign_new", "title": title, "sign_id": planned})
    if case.kind.effect == "plate":
        number = case.told["number"]
        title = say(f"安装门牌：{number} 号", f"put up the plate: {number}")
        rows.append({"kind": "plate_mounting", "title": title})
    common = {"case_id": case.id, "place_id": done.place_id, "due_on": due_on, "rule": cited}
    change.insert_all("task", [common | row for row in rows])


def set_up(change: Change, task: Row, day: str, photo: str, spec: str) -> None:
    """Take the old sign down and set the new one up, as the task asks.

    Raises
    ------
    ConflictError
        The place has no standing name to show.
    """
    old = change.find("sign", task["sign_id"]) if task["sign_id"] else None
    shown = {"photo": photo, "installed_on": day} | ({"spec": spec} if spec else {})
    if old is not None and old["state"] == "planned":
        shown |= {"state": "installed", "valid_from": day}
        change.update("sign", old["id"], old["version"], **shown)
        return
    if old is not None and old["state"] != "removed":
        change.update("sign", old["id"], old["version"], state="removed")
    if task["kind"] == "sign_removal":
        return
    names = [
        row
        for row in change.select("name", place_id=task["place_id"], kind="standard")
        if row["from_day"] <= date.fromisoformat(day).toordinal() < row["end_day"]
    ]
    if not names:
        raise ConflictError(say("此地没有现行标准名称。", "the place has no standing name."))
    kept = (
        {key: old[key] for key in ("kind", "spec", "shape", "azimuth_deg", "keeper")}
        if old
        else {"kind": "place"}
    )
    wanted = task["draft"] or names[0]["text"]
    own = wanted == names[0]["text"]
    change.insert(
        "sign",
        **kept | shown,
        place_id=task["place_id"],
        name_id=names[0]["id"],
        text=wanted,
        roman=(names[0]["roman_sign"] or names[0]["roman_toned"]) if own else "",
        state="installed",
        valid_from=day,
    )
