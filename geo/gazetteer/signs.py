"""Signs on the ground: which are to be set up, renewed or mended, and what the crew has done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from geo.errors import DataError, NotFoundError
from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.earlier import signs_then
from geo.gazetteer.lookup import Card, cards
from geo.gazetteer.tables import SIGN_STATES
from geo.text import say

OPEN: Final = ("planned", "damaged", "stale")
"""States in which something is to be done."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A sign with the place it stands for and what is to be done about it."""

    row: Row
    card: Card | None
    task: Row | None
    """The open task about it."""
    wanted: str
    """What it should show: as its task says, else the standard name of its place."""

    @property
    def wrong(self) -> bool:
        """Whether it shows something else than it should."""
        return bool(self.wanted) and self.row["text"] != self.wanted


def signs(
    book: Gazetteer,
    *,
    states: Sequence[str] = (),
    division: str = "",
    on: date | None = None,
) -> list[Sign]:
    """Return signs, in the order of their numbers.

    Parameters
    ----------
    book
        The gazetteer.
    states
        Only signs in these states; none: all.
    division
        Only of places in divisions whose code begins so.
    on
        The day whose standard names, states and keepers count; what a change does that is still
        to come then, its tasks to renew signs among it, is left out. None: all as recorded.
    """
    stored = book.rows("sign", on=on)
    then = stored if on is None else signs_then(book, stored, on)
    early = {
        row["id"] for row, now in zip(then, stored, strict=True) if row["state"] != now["state"]
    }
    tasks: dict[str, Row] = {}
    for row in book.rows("task"):
        waits = row["sign_id"] in early and row["kind"] == "sign_renewal"
        if row["sign_id"] and not row["done_on"] and not waits:
            tasks[row["sign_id"]] = row
    rows = [row for row in then if not states or row["state"] in states]
    known = cards(book, [row["place_id"] for row in rows if row["place_id"]], on=on)
    found = []
    for row in rows:
        card = known.get(row["place_id"] or "")
        if division and not (card and card.division_code.startswith(division)):
            continue
        task = tasks.get(row["id"])
        fresh = task["draft"] if task and task["kind"] == "sign_renewal" else ""
        found.append(Sign(row, card, task, fresh or (card.name if card else "")))
    return sorted(found, key=lambda sign: (sign.row["number"], sign.row["id"]))


def mark(
    book: Gazetteer,
    numbers: Sequence[str],
    *,
    state: str,
    on: date,
    text: str = "",
    photo: str = "",
    author: str,
    reason: str,
    at: datetime,
) -> tuple[str, list[Sign], int]:
    """Record what a crew did to signs, in one change set; their open tasks are closed.

    A sign that is installed shows, from then on, what it should; ``text`` says otherwise.

    Returns
    -------
    str
        The change set.
    list
        The signs as they were.
    int
        Tasks closed.

    Raises
    ------
    NotFoundError
        A number is not known; all unknown ones are named.
    DataError
        The state is none, or the day is to come.
    """
    if state not in SIGN_STATES:
        raise DataError(
            say(f"没有标志状态“{state}”。", f"there is no state {state!r}."),
            hint=say(f"可用：{'、'.join(SIGN_STATES)}。", f"One of {', '.join(SIGN_STATES)}."),
        )
    if on > at.date():
        raise DataError(say(f"日期 {on} 还没有到。", f"{on} is to come."))
    known: dict[str, list[Sign]] = {}
    for sign in signs(book):
        known.setdefault(sign.row["number"], []).append(sign)
    wanted = dict.fromkeys(numbers)
    strange = [number for number in wanted if number not in known]
    if strange:
        raise NotFoundError(
            say(f"没有标志 {'、'.join(strange)}。", f"there is no sign {', '.join(strange)}."),
            hint=say("用 fuwuquan names signs list 查看编号。", "See fuwuquan names signs list."),
        )
    marked = [sign for number in wanted for sign in known[number]]
    closed = 0
    with book.change(author=author, reason=reason, at=at) as change:
        for sign in marked:
            row, day = sign.row, on.isoformat()
            values: dict[str, str] = {"state": state, "inspected_on": day}
            if photo:
                values["photo"] = photo
            if state == "installed":
                values |= {"text": text or sign.wanted or row["text"]}
                if row["state"] in ("planned", "stale") or values["text"] != row["text"]:
                    values["installed_on"] = day
            change.update("sign", row["id"], row["version"], **values)
            if sign.task and state in ("installed", "removed"):
                change.update("task", sign.task["id"], sign.task["version"], done_on=day)
                closed += 1
        return change.id, marked, closed
