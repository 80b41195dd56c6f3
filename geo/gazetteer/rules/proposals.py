"""Proposals from what an officer tells: place found, division located, figures and grounds read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.classes import class_of
from geo.gazetteer.listed import ListedRow
from geo.gazetteer.romanise import Romanisation, romanise
from geo.gazetteer.rules.model import Act, Proposal
from geo.gazetteer.rules.told import FIGURES, number_of, shape_of_wkt
from geo.gazetteer.whole import Whole, whole
from geo.gazetteer.words import word
from geo.text import say

ACTS: Final[tuple[Act, ...]] = ("naming", "renaming", "standardising", "recording")
_DIVISIONS: Final = ("gbt10114", "gb2260")
_WIDEST: Final = {"area": 0, "centreline": 1, "point": 2, "entrance": 3, "label": 4}

PlaceOf = Callable[[str], str]
"""Gives the id of the place that somebody means."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A proposal with how its name is written in letters."""

    proposal: Proposal
    spelled: Romanisation
    division: str
    """What the division is called; empty when it is not known."""
    warnings: tuple[str, ...] = ()
    """What in the position or division told cannot be right."""


class Asking:
    """Makes proposals for one gazetteer on one day.

    Parameters
    ----------
    book
        The gazetteer.
    on
        The day.
    place_of
        How a place is found by what somebody calls it.
    hidden
        Ids of divisions that are never named.
    """

    def __init__(
        self, book: Gazetteer, *, on: date, place_of: PlaceOf, hidden: Collection[str] = ()
    ) -> None:
        self._book = book
        self._on = on
        self._place_of = place_of
        self._areas = _areas(book, on, hidden)

    def asked(
        self,
        text: str,
        *,
        class_name: str = "",
        geometry: shapely.Geometry | None = None,
        division: str = "",
        act: str = "naming",
        place: str = "",
        reading: str = "",
        roman: str = "",
        cause: str = "",
        figures: Mapping[str, float] | None = None,
        grounds: Mapping[str, str] | None = None,
    ) -> Asked:
        """Return a proposal; what is not told is taken from the place renamed, or located.

        Raises
        ------
        DataError, NotFoundError
            The class, division, act, place or reading is not known or does not fit.
        """
        doing = _act(act)
        old = whole(self._book, self._place_of(place), on=self._on) if place else None
        code = _class_code(class_name) or (old.card.class_code if old else "")
        shape = geometry if geometry is not None else _shape_of(old)
        area = self._division(division, shape, old)
        spelled = romanise(
            text, class_code=code, division_code=area[0], confirmed=reading.strip() or None
        )
        proposal = Proposal(
            text=text,
            class_code=code,
            geometry=shape,
            division_code=area[0],
            reading=spelled.reading if reading.strip() else (),
            act=doing,
            reason_code=cause,
            place_id=old.card.place_id if old else "",
            roman=roman.strip() or spelled.toned,
            attributes=dict(figures or {}),
            grounds=dict(grounds or {}),
        )
        warned = () if geometry is None else self._doubts(geometry, division and area[0])
        return Asked(proposal, spelled, area[1], warned)

    def from_row(self, row: ListedRow, usual: Mapping[str, Any]) -> Asked:
        """Return the proposal of a row of a list; ``usual`` is what it does not tell itself.

        Raises
        ------
        DataError, NotFoundError
            As `asked`, or a number is none.
        """
        cells = {key: cell for key, cell in row.cells.items() if cell}
        lon, lat = (number_of(cells, key) for key in ("lon", "lat"))
        told = dict(usual)
        if lon is not None and lat is not None:
            told["geometry"] = shapely.Point(lon, lat)
        if "shape" in cells:
            told["geometry"] = shape_of_wkt(cells["shape"])
        names = {
            "class_code": "class_name", "division": "division", "kind": "act", "place": "place",
            "reading": "reading", "roman": "roman", "reason_code": "cause",
        }  # fmt: skip
        told |= {name: cells[key] for key, name in names.items() if key in cells}
        found = {key: number for key in FIGURES if (number := number_of(cells, key)) is not None}
        told["figures"] = {**(usual.get("figures") or {}), **found}
        return self.asked(cells["name"], **told)

    def _doubts(self, shape: shapely.Geometry, told: str) -> tuple[str, ...]:
        """Return what is wrong with a position: outside every division, or not in the one told."""
        hit = [(code, name) for code, name, area in self._areas if shapely.intersects(area, shape)]
        if not self._areas:
            return ()
        if not hit:
            return (
                say(
                    "这个位置不在地名库的任何政区之内，请核对经纬度；按位置的核对不可信。",
                    "this position lies outside every division of the gazetteer: check it; what "
                    "was compared by position cannot be trusted.",
                ),
            )
        longest = max(len(code) for code, _ in hit)
        inner = [(code, name) for code, name in hit if len(code) == longest]
        if not told or any(code.startswith(told) or told.startswith(code) for code, _ in inner):
            return ()
        names = "、".join(name or code for code, name in inner)
        return (
            say(
                f"所写政区（{told}）与位置不符：这个位置在{names}。",
                f"the division told ({told}) is not where the position lies: {names}.",
            ),
        )

    def _division(
        self, told: str, shape: shapely.Geometry | None, old: Whole | None
    ) -> tuple[str, str]:
        """Return code and name of the division: as told, as it was, or where the shape lies."""
        if told.isascii() and told.isdigit():
            return told, next((name for code, name, _ in self._areas if code == told), "")
        if told:
            place = self._place_of(told)
            for scheme in _DIVISIONS:
                rows = self._book.rows("code", on=self._on, place_id=place, scheme=scheme)
                if rows:
                    return rows[0]["value"], told
            raise DataError(
                say(f"“{told}”不是政区，没有区划代码。", f"{told} is no division: it has no code.")
            )
        if old is not None:
            return old.card.division_code, old.card.division
        if shape is not None:
            at = shapely.point_on_surface(shape)
            for code, name, area in self._areas:
                if shapely.intersects(area, at):
                    return code, name
        return "", ""


def _areas(
    book: Gazetteer, on: date, hidden: Collection[str]
) -> list[tuple[str, str, shapely.Geometry]]:
    """Return code, name and area of the divisions that are drawn, townships first."""
    found = []
    areas = {r["place_id"]: r["shape"] for r in book.rows("shape", on=on, role="area")}
    names = {r["place_id"]: r["text"] for r in book.rows("name", on=on, kind="standard")}
    for scheme in _DIVISIONS:
        for row in book.rows("code", on=on, scheme=scheme):
            if row["place_id"] in areas and row["place_id"] not in hidden:
                name = names.get(row["place_id"], "")
                found.append((row["value"], name, areas[row["place_id"]]))
    return found


def _act(text: str) -> Act:
    called = {word("act", act): act for act in ACTS} | {act: act for act in ACTS}
    if text not in called:
        raise DataError(
            say(f"没有办理种类“{text}”。", f"there is no act {text!r}."),
            hint=say(
                f"可用：{'、'.join(word('act', act) for act in ACTS)}。",
                f"One of {', '.join(ACTS)}.",
            ),
        )
    return called[text]


def _class_code(text: str) -> str:
    if not text:
        return ""
    found = class_of(text)
    if found is None:
        raise DataError(
            say(f"没有地名类别“{text}”。", f"there is no class {text!r}."),
            hint=say(
                "请写类别名称或代码，如 城镇街巷 或 23510。", "Its name or code, such as 23510."
            ),
        )
    return found.code


def _shape_of(old: Whole | None) -> shapely.Geometry | None:
    if old is None or not old.shapes:
        return None
    shape: shapely.Geometry = min(old.shapes, key=lambda row: _WIDEST[row["role"]])["shape"]
    return shape
