"""What goes over to a new division: which places, to which parent, under which codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import shapely

from geo.errors import ConflictError, DataError
from geo.gazetteer.book import Change, Row
from geo.text import say

RENEWED: Final = ("gbt10114", "stats12", "dmdm20")
"""Schemes whose codes begin with the code of the township."""


def going_over(change: Change, old_id: str, members: Sequence[str], day: str) -> set[str]:
    """Return the places that go over to a sub-district that is added.

    Raises
    ------
    DataError
        No member is told, or one is not part of the old division.
    """
    children: dict[str, list[str]] = {}
    for row in held(change.select("relation", kind="part_of"), day):
        children.setdefault(row["other_id"], []).append(row["place_id"])
    own = set(children.get(old_id, ()))
    strange = sorted(set(members) - own)
    if strange or not members:
        raise DataError(
            say(
                f"增设街道须写明划入的村、社区，且都属于原政区；不属于的有 {len(strange)} 个。",
                f"name the villages that go over, all of the old division; {len(strange)} are not.",
            )
        )
    going = set(members)
    waiting = list(going)
    while waiting:
        more = [one for one in children.get(waiting.pop(), ()) if one not in going]
        going.update(more)
        waiting += more
    areas = [
        row["shape"]
        for member in members
        for row in held(change.select("shape", place_id=member, role="area"), day)
    ]
    if areas:
        whole = shapely.union_all(areas)
        shapely.prepare(whole)
        for place in own - going:
            shapes = held(change.select("shape", place_id=place), day)
            if shapes and shapely.intersects(whole, shapely.point_on_surface(shapes[0]["shape"])):
                going.add(place)
    return going


def reparent(change: Change, old_id: str, new_id: str, day: str, going: set[str] | None) -> int:
    """Make places part of the new division from a day on, and return how many."""
    rows = [
        row
        for row in held(change.select("relation", other_id=old_id, kind="part_of"), day)
        if going is None or row["place_id"] in going
    ]
    for row in rows:
        change.end("relation", row["id"], row["version"], on=day)
    change.insert_all(
        "relation",
        [
            {"place_id": r["place_id"], "kind": "part_of", "other_id": new_id, "valid_from": day}
            for r in rows
        ],
    )
    return len(rows)


def recode(
    change: Change,
    codes: tuple[str, str],
    day: str,
    moved: Mapping[str, str],
    going: set[str] | None,
) -> int:
    """Close every code that begins with the old township's and open it anew.

    Parameters
    ----------
    codes
        Code of the old division and of the new one.
    moved
        Places that go on as another place.
    going
        The places whose codes change; None: all.

    Raises
    ------
    ConflictError
        A new code is taken.
    """
    old, new = codes
    count = 0
    for scheme in RENEWED:
        taken = {row["value"] for row in change.select("code", scheme=scheme)}
        fresh = []
        for row in held(change.select("code", scheme=scheme), day):
            place = row["place_id"]
            if not row["value"].startswith(old) or not (going is None or place in going):
                continue
            change.end("code", row["id"], row["version"], on=day)
            count += 1
            if place in moved and scheme == "gbt10114":
                continue
            value = new + row["value"][len(old) :]
            if value in taken:
                raise ConflictError(
                    say(f"新代码 {value} 已被使用。", f"the new code {value} is taken."),
                    hint=say("请核对新的政区代码。", "Check the code of the new division."),
                )
            fresh.append(
                {"place_id": moved.get(place, place), "scheme": scheme, "value": value,
                 "valid_from": day}
            )  # fmt: skip
        change.insert_all("code", fresh)
    for place in change.select("place", division_code=old):
        goes = place["id"] in going if going is not None else place["id"] not in moved
        if goes and place["end_day"] > date.fromisoformat(day).toordinal():
            change.update("place", place["id"], place["version"], division_code=new)
    return count


def held(rows: list[Row], day: str) -> list[Row]:
    """Return the rows that held on the day before the change or hold from it on."""
    first = date.fromisoformat(day).toordinal()
    return [row for row in rows if row["from_day"] < first < row["end_day"]]
