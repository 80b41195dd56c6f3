"""What may leave the house: records that are not secret, and of those only what is open.

Every public format is written from `PublicPlace` alone. It has no field for what a census says of
registrars, telephones or sources, so none of that can slip into a file.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import shapely

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.exchange.assembly import Assembly, standard_name
from geo.gazetteer.exchange.standing import standing
from geo.gazetteer.romanise import settled
from geo.gazetteer.table_parts import DIVISION_SCHEMES

Audience = Literal["public", "departments"]
"""``public``: open records only; ``departments``: internal ones too, their places made coarse."""

OPEN: Final[dict[Audience, frozenset[str]]] = {
    "public": frozenset({"public"}),
    "departments": frozenset({"public", "internal"}),
}
COARSE_DEG: Final = 0.01
"""Internal records are placed on a grid this wide, about a kilometre."""
_SHORTEST_NAME: Final = 2
_WIDEST: Final = ("area", "centreline", "point", "label", "entrance")
_TEXTS: Final = ("origin", "meaning", "history")


@dataclass(frozen=True, slots=True)
class PublicName:
    """One name of a place."""

    text: str
    kind: str
    language: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """One place as others may know it."""

    id: str
    name: str
    roman: str
    """Empty while only the program has proposed a spelling."""
    class_code: str
    status: str
    division_code: str
    place_code: str
    """The code of 20 digits; empty where there is none."""
    own_code: str
    """The code of a division itself."""
    names: tuple[PublicName, ...]
    """The standard name first."""
    shape: shapely.Geometry | None
    """In EPSG:4490."""
    valid_from: str
    valid_to: str
    origin: str
    meaning: str
    history: str
    parents: tuple[tuple[str, str], ...]
    """Ids and names of what it is part of, where those are open too."""
    coarse: bool
    """Its place was made coarse and its texts left out."""


@dataclass(frozen=True, slots=True)
class Release:
    """What is given to an audience."""

    places: tuple[PublicPlace, ...]
    """In the order of their ids."""
    left_out: int
    """Records that are too secret for it."""
    withheld: int
    """Texts and other names left out of open records, for they name a record that is not."""


def release(book: Gazetteer, *, audience: Audience = "public") -> Release:
    """Return what an audience may see of the gazetteer, past and present.

    Secret records never leave; nor does a text or another name of an open record that mentions
    the name of one that stays.

    Parameters
    ----------
    book
        The gazetteer.
    audience
        Who is to see it.
    """
    every = standing(book.rows)
    shown = {i: one for i, one in every.items() if may_see(one.place, audience)}
    hidden = hidden_names(book.rows("name"), set(shown))
    parents = _parents(book, shown)
    places, withheld = [], 0
    for identity, one in sorted(shown.items()):
        place, less = _public(identity, one, parents[identity], hidden)
        withheld += less
        if place is not None:
            places.append(place)
    return Release(tuple(places), len(every) - len(shown), withheld)


def may_see(place: Row, audience: Audience) -> bool:
    """Return whether an audience may know of a place."""
    return place["secrecy"] in OPEN[audience]


def hidden_names(names: Iterable[Row], shown: Collection[str]) -> re.Pattern[str]:
    """Return what finds, in a text, the name of a record that stays.

    Parameters
    ----------
    names
        All names that there ever were.
    shown
        Ids of the places that the audience may see.
    """
    every = list(names)
    open_texts = {row["text"] for row in every if row["place_id"] in shown}
    secret = {row["text"] for row in every if row["place_id"] not in shown} - open_texts
    words = sorted((one for one in secret if len(one) >= _SHORTEST_NAME), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)) or r"(?!)")


def coarse_point(shape: shapely.Geometry) -> shapely.Point:
    """Return the point of the coarse grid that stands for an internal record's place."""
    x, y = shapely.get_coordinates(shapely.centroid(shape))[0]
    return shapely.Point(
        *(float(np.round(np.round(v / COARSE_DEG) * COARSE_DEG, 2)) for v in (x, y))
    )


def _parents(
    book: Gazetteer, shown: dict[str, Assembly]
) -> defaultdict[str, list[tuple[str, str]]]:
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in book.rows("relation", kind="part_of"):
        child, parent = shown.get(row["place_id"]), shown.get(row["other_id"])
        if child and parent and row["end_day"] >= child.place["end_day"]:
            name = standard_name(parent.names).get("text", "")
            found[row["place_id"]].append((row["other_id"], name))
    return found


def _public(
    identity: str, one: Assembly, parents: list[tuple[str, str]], hidden: re.Pattern[str]
) -> tuple[PublicPlace | None, int]:
    standard = standard_name(one.names)
    if not standard:
        return None, 0
    coarse = one.place["secrecy"] != "public"
    others = [] if coarse else [row for row in one.names if row["id"] != standard["id"]]
    told = [row for row in others if not hidden.search(row["text"])]
    texts = {name: "" if coarse else standard[name] for name in _TEXTS}
    fit = {name: "" if hidden.search(text) else text for name, text in texts.items()}
    codes = {row["scheme"]: row["value"] for row in one.codes}
    rows = [standard, *sorted(told, key=lambda row: (row["kind"], row["text"]))]
    place = PublicPlace(
        id=identity,
        name=standard["text"],
        roman=settled(standard),
        class_code=one.place["class_code"],
        status=one.place["status"],
        division_code=one.place["division_code"],
        place_code="" if coarse else codes.get("dmdm20", ""),
        own_code=next((codes[s] for s in DIVISION_SCHEMES if s in codes), ""),
        names=tuple(
            PublicName(r["text"], r["kind"], r["language"], r["valid_from"], r["valid_to"])
            for r in rows
        ),
        shape=_shape(one, coarse=coarse),
        valid_from=one.place["valid_from"],
        valid_to=one.place["valid_to"],
        parents=tuple(sorted(parents)),
        coarse=coarse,
        **fit,
    )
    return place, len(others) - len(told) + sum(fit[name] != texts[name] for name in _TEXTS)


def _shape(one: Assembly, *, coarse: bool) -> shapely.Geometry | None:
    if not one.shapes:
        return None
    rank = {row["id"]: (_WIDEST.index(row["role"]), row["id"]) for row in one.shapes}
    first = min(one.shapes, key=lambda row: rank[row["id"]])
    widest: shapely.Geometry = first["shape"]
    return coarse_point(widest) if coarse else widest
