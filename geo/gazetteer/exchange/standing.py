"""What the gazetteer holds now, place by place, as an import compares it with a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

from geo.gazetteer.book import Row
from geo.gazetteer.exchange.assembly import Assembly, standard_name

PARTS: Final = ("name", "code", "shape")


class Reader(Protocol):
    """Whatever gives the rows of a record: a change set in the making, or the book."""

    def __call__(self, record: str) -> list[Row]:
        """Return all rows of a record."""


def standing(read: Reader) -> dict[str, Assembly]:
    """Return every place by its id, with the names, codes and shapes that hold as long as it does.

    Names that are former stay, whenever they ended.
    """
    places = {row["id"]: Assembly(row) for row in read("place")}
    for part in PARTS:
        for row in read(part):
            whole = places.get(row["place_id"])
            if whole is None:
                continue
            former = part == "name" and row["kind"] == "former"
            if former or row["end_day"] >= whole.place["end_day"]:
                _list(whole, part).append(row)
    return places


def locked(place: Assembly) -> bool:
    """Return whether an import may not touch a place: it is official, or its name confirmed."""
    confirmed = standard_name(place.names).get("confirmed_by", "")
    return place.place["status"] == "official" or bool(confirmed)


def by_code(places: Mapping[str, Assembly], schemes: Iterable[str]) -> dict[str, str]:
    """Return the ids of places by their codes."""
    wanted = frozenset(schemes)
    return {
        code["value"]: identity
        for identity, place in places.items()
        for code in place.codes
        if code["scheme"] in wanted
    }


def _list(whole: Assembly, part: str) -> list[Row]:
    return {"name": whole.names, "code": whole.codes, "shape": whole.shapes}[part]
