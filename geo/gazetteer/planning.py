"""Names reserved for what is planned: linked to the plan, so that naming keeps step with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import shapely

from geo.errors import ConflictError, NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.lookup import Card, cards
from geo.text import say

KINDS: Final = ("road", "estate", "bridge", "park", "other")


@dataclass(frozen=True, slots=True)
class Reserved:
    """A name that is kept for something planned."""

    link: Row
    name: Row
    card: Card


def reserved(book: Gazetteer, *, on: date | None = None) -> list[Reserved]:
    """Return the names reserved on a day, by the number of their plan."""
    names = {row["id"]: row for row in book.rows("name", on=on, kind="planned")}
    links = [row for row in book.rows("plan_link", on=on) if row["name_id"] in names]
    known = cards(book, [names[row["name_id"]]["place_id"] for row in links], on=on)
    found = [
        Reserved(row, names[row["name_id"]], known[names[row["name_id"]]["place_id"]])
        for row in links
    ]
    return sorted(found, key=lambda one: (one.link["plan_id"], one.name["text"]))


def reserve(
    book: Gazetteer,
    text: str,
    *,
    plan_id: str,
    kind: str,
    class_code: str,
    division_code: str,
    shape: shapely.Geometry | None,
    on: date,
    author: str,
    reason: str,
    at: datetime,
) -> tuple[str, str]:
    """Reserve a name for a planned road or other thing; return the change set and the place.

    Raises
    ------
    ConflictError
        The plan has a name for it already.
    """
    with book.change(author=author, reason=reason, at=at) as change:
        for link in change.select("plan_link", plan_id=plan_id, kind=kind):
            if link["end_day"] > on.toordinal():
                name = change.find("name", link["name_id"])
                held = name["text"] if name else ""
                raise ConflictError(
                    say(
                        f"规划编号 {plan_id} 已预留名称“{held}”。",
                        f"plan {plan_id} has the name {held} reserved.",
                    ),
                    hint=say(
                        "要换名称，请先用 fuwuquan names plan release 释放。",
                        "To change it, release it first: fuwuquan names plan release",
                    ),
                )
        place = change.insert(
            "place",
            class_code=class_code,
            lifecycle="planned",
            status="proposed",
            secrecy="internal",
            division_code=division_code,
            attributes="{}",
            valid_from=on.isoformat(),
        )
        name_id = change.insert(
            "name",
            place_id=place,
            text=text,
            kind="planned",
            language="zh",
            valid_from=on.isoformat(),
        )
        if shape is not None:
            role = ("point", "centreline", "area")[shapely.get_dimensions(shape)]
            change.insert("shape", place_id=place, role=role, shape=shape)
        for row in change.select("code", value=division_code, scheme="gbt10114"):
            if row["end_day"] > on.toordinal():
                change.insert(
                    "relation", place_id=place, kind="part_of", other_id=row["place_id"],
                    valid_from=on.isoformat(),
                )  # fmt: skip
                break
        change.insert(
            "plan_link", plan_id=plan_id, kind=kind, name_id=name_id, valid_from=on.isoformat()
        )
        return change.id, place


def release(
    book: Gazetteer, plan_id: str, *, on: date, author: str, reason: str, at: datetime
) -> tuple[str, list[str]]:
    """Let go of the names reserved for a plan, from a day on; return the change set and the names.

    Raises
    ------
    NotFoundError
        Nothing is reserved for it.
    """
    with book.change(author=author, reason=reason, at=at) as change:
        links = [
            row
            for row in change.select("plan_link", plan_id=plan_id)
            if row["end_day"] > on.toordinal()
        ]
        if not links:
            raise NotFoundError(
                say(f"规划编号 {plan_id} 没有预留名称。", f"nothing is reserved for {plan_id}."),
                hint=say("用 fuwuquan names plan list 查看。", "See fuwuquan names plan list."),
            )
        last = (on - timedelta(days=1)).isoformat()
        names = []
        for link in links:
            change.update("plan_link", link["id"], link["version"], valid_to=last)
            name = change.find("name", link["name_id"])
            if name is not None and name["kind"] == "planned":
                change.update("name", name["id"], name["version"], valid_to=last)
                place = change.find("place", name["place_id"])
                if place is not None and place["lifecycle"] == "planned":
                    change.update(
                        "place", place["id"], place["version"], status="rejected", valid_to=last
                    )
                names.append(name["text"])
        return change.id, names
