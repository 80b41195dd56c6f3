"""What a publication may say of every place: as it stood on a day, and nothing that is secret."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import shapely

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.calendar import FOREVER
from geo.gazetteer.classes import PlaceClass, class_of
from geo.gazetteer.exchange.kept import CENSUS
from geo.gazetteer.exchange.public import Audience, coarse_point, hidden_names, may_see
from geo.gazetteer.romanise.columns import settled

TEXTS: Final = ("origin", "meaning", "history")
_DIVISIONS: Final = ("gb2260", "gbt10114")
_FACTS: Final = ("面积", "人口", "长度", "宽度", "高度", "邮政编码")
"""Columns of a census sheet that a publication may quote."""
_WIDEST: Final = ("area", "centreline", "point", "label", "entrance")


@dataclass(frozen=True, slots=True)
class Former:
    """A name that a place had."""

    text: str
    roman: str
    until: str
    """Last day; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One place as a publication knows it."""

    id: str
    name: str
    roman: str
    """Its spelling; empty while only the program has proposed one."""
    confirmed: bool
    """Whether an officer confirmed the reading."""
    class_code: str
    status: str
    division_code: str
    division: str
    """Name of the township, or of the county, that it lies in."""
    code: str
    """The code of 20 digits."""
    own_code: str
    """The code of a division itself."""
    shape: shapely.Geometry | None
    coarse: bool
    """Its place was made coarse, and its texts left out."""
    position: str
    origin: str
    meaning: str
    history: str
    given: str
    """The census's own words on the place (地理实体概况)."""
    formers: tuple[Former, ...]
    aliases: tuple[str, ...]
    since: str
    until: str
    protected: str
    """Level and batch of the protection list."""
    facts: Mapping[str, str]
    decision_id: str

    @property
    def kind(self) -> PlaceClass | None:
        """Class of the place."""
        return class_of(self.class_code)


@dataclass(frozen=True, slots=True)
class Edition:
    """All that a publication of one day may draw on."""

    on: date
    audience: Audience
    entries: tuple[Entry, ...]
    """Standard names in use, in the order of their ids."""
    past: tuple[Entry, ...]
    """Names no longer in use."""
    unfit: tuple[Entry, ...]
    """Names in use that are not standard."""
    shown: frozenset[str]
    """Ids of all places that the audience may see."""
    hidden: re.Pattern[str]
    left_out: int
    """Places of that day that are too secret."""
    withheld: int
    """Texts left out, for they name a place that is."""
    divisions: Mapping[str, str]
    """Names of divisions by their codes."""

    def told(self, text: str) -> str:
        """Return a text that names nothing hidden; empty otherwise."""
        return "" if self.hidden.search(text) else text

    def all_told(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Return fields of which none names anything hidden; those that did are empty."""
        return {name: self.told(text) for name, text in fields.items()}


def edition(book: Gazetteer, *, on: date, audience: Audience = "public", area: str = "") -> Edition:
    """Return what may be published of the gazetteer as it stood on a day.

    Parameters
    ----------
    book
        The gazetteer.
    on
        The day.
    audience
        Who reads it: for ``departments`` internal places too, made coarse.
    area
        Beginning of the division codes that count; empty: all.
    """
    day = on.toordinal()
    names = book.rows("name")
    places = {row["id"]: row for row in book.rows("place")}
    shown = frozenset(i for i, row in places.items() if may_see(row, audience))
    hidden = hidden_names(names, shown)
    by_place = _by_place(names)
    codes = _by_place(_held(book.rows("code"), day))
    past_codes = _by_place(book.rows("code"))
    shapes = _by_place(book.rows("shape"))
    protections = _by_place(_held(book.rows("protection"), day))
    divisions = _division_names(by_place, codes, shown, day)
    sorted_in: dict[str, list[Entry]] = {"entries": [], "past": [], "unfit": []}
    left_out = withheld = 0
    for identity, place in sorted(places.items()):
        where = _where(place, day)
        if not where or not place["division_code"].startswith(area):
            continue
        if identity not in shown:
            left_out += 1
            continue
        standard = _standard(by_place[identity], min(day, place["end_day"] - 1))
        if not standard:
            continue
        own = (past_codes if where == "past" else codes)[identity]
        entry, less = _entry(
            place,
            standard,
            [row for row in by_place[identity] if row["from_day"] <= day],
            _Around(own, shapes[identity], protections[identity], divisions, hidden),
        )
        withheld += less
        sorted_in[where].append(entry)
    return Edition(
        on,
        audience,
        entries=tuple(sorted_in["entries"]),
        past=tuple(sorted_in["past"]),
        unfit=tuple(sorted_in["unfit"]),
        shown=shown,
        hidden=hidden,
        left_out=left_out,
        withheld=withheld,
        divisions=divisions,
    )


@dataclass(frozen=True, slots=True)
class _Around:
    codes: Sequence[Row]
    shapes: Sequence[Row]
    protections: Sequence[Row]
    divisions: Mapping[str, str]
    hidden: re.Pattern[str]


def _where(place: Row, day: int) -> str:
    """Return where a place stands in an edition of a day; empty: nowhere."""
    if place["from_day"] > day or place["status"] in ("proposed", "rejected"):
        return ""
    gone = place["end_day"] <= day
    if gone or (place["end_day"] == FOREVER and place["status"] == "historical"):
        return "past"
    return "unfit" if place["status"] == "nonstandard" else "entries"


def _standard(names: Sequence[Row], day: int) -> Row:
    """Return the name that was the standard one on a day; an empty row when there was none.

    A name that was closed since is kept as a former one with its last day.
    """
    held = [row for row in names if row["from_day"] <= day < row["end_day"]]
    once = [row for row in held if row["kind"] == "former" and row["end_day"] < FOREVER]
    return next((row for row in held if row["kind"] == "standard"), once[0] if once else {})


def _entry(place: Row, standard: Row, names: Sequence[Row], around: _Around) -> tuple[Entry, int]:
    coarse = place["secrecy"] != "public"
    attributes: dict[str, Any] = json.loads(place["attributes"] or "{}")
    kept = {**attributes, **attributes.get(CENSUS, {}).get("kept", {})}
    others = [] if coarse else [row for row in names if row["id"] != standard["id"]]
    said = {
        **{name: standard[name] for name in TEXTS},
        "position": str(attributes.get("position", "")),
        "given": str(kept.get("地理实体概况") or ""),
        **{name: str(kept[name]) for name in _FACTS if kept.get(name) not in (None, "")},
    }
    fit = {
        name: "" if coarse or around.hidden.search(text) else text for name, text in said.items()
    }
    told = [row for row in others if not around.hidden.search(row["text"])]
    codes = {row["scheme"]: row["value"] for row in around.codes}
    listed = around.protections[0] if around.protections else None
    own = next((codes[scheme] for scheme in _DIVISIONS if scheme in codes), "")
    entry = Entry(
        id=place["id"],
        name=standard["text"],
        roman=settled(standard),
        confirmed=bool(standard["confirmed_by"]),
        class_code=place["class_code"],
        status=place["status"],
        division_code=place["division_code"],
        division=around.divisions.get(place["division_code"], ""),
        code="" if coarse else codes.get("dmdm20", ""),
        own_code=own,
        shape=_shape(around.shapes, coarse=coarse),
        coarse=coarse,
        position=fit["position"],
        origin=fit["origin"],
        meaning=fit["meaning"],
        history=fit["history"],
        given=fit["given"],
        formers=tuple(
            Former(row["text"], settled(row), row["valid_to"])
            for row in sorted(told, key=lambda row: (row["end_day"], row["text"]))
            if row["kind"] == "former"
        ),
        aliases=tuple(sorted(r["text"] for r in told if r["kind"] in ("alias", "short"))),
        since=place["valid_from"],
        until=place["valid_to"],
        protected=f"{listed['level']}:{listed['batch']}" if listed else "",
        facts={name: fit[name] for name in _FACTS if fit.get(name)},
        decision_id=standard["decision_id"] or "",
    )
    less = 0 if coarse else sum(bool(said[name]) and not fit[name] for name in said)
    return entry, less + len(others) - len(told)


def _division_names(
    names: Mapping[str, list[Row]],
    codes: Mapping[str, list[Row]],
    shown: frozenset[str],
    day: int,
) -> dict[str, str]:
    return {
        code["value"]: _standard(names[identity], day).get("text", "")
        for identity, own in codes.items()
        if identity in shown
        for code in own
        if code["scheme"] in _DIVISIONS
    }


def _shape(shapes: Sequence[Row], *, coarse: bool) -> shapely.Geometry | None:
    if not shapes:
        return None
    first = min(shapes, key=lambda row: (_WIDEST.index(row["role"]), row["id"]))
    return coarse_point(first["shape"]) if coarse else first["shape"]


def _held(rows: Sequence[Row], day: int) -> list[Row]:
    return [row for row in rows if row["from_day"] <= day < row["end_day"]]


def _by_place(rows: Sequence[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["place_id"]].append(row)
    return found
