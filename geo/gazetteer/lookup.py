"""Which place is meant: by its id, a code, or a name; several, and none, are told apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa

from geo.errors import DataError, NotFoundError
from geo.gazetteer.book import Gazetteer
from geo.gazetteer.calendar import ALWAYS, FOREVER
from geo.gazetteer.entries import kind_then
from geo.gazetteer.search.letters import fold
from geo.gazetteer.succession import code_then, to_come
from geo.gazetteer.tables import CODE, NAME, PLACE, RELATION
from geo.gazetteer.words import bracketed, class_word, word
from geo.text import say

_ID: Final = 36
_SHOWN: Final = 10
_CHUNK: Final = 500

Suggest = Callable[[str], Sequence[str]]
"""Gives names that somebody may have meant."""


@dataclass(frozen=True, slots=True)
class Card:
    """What tells one place from others: the line of a list."""

    place_id: str
    name: str
    """Standard name of the day asked for, else the last there was."""
    class_code: str
    status: str
    lifecycle: str
    secrecy: str
    division_code: str
    division: str
    """Name of the place it is part of."""
    code: str
    """Its 20-digit code, else any."""
    since: str = ""
    until: str = ""
    begins: int = ALWAYS
    """First day, as an ordinal."""
    ends: int = FOREVER
    """First day on which it stands no more, as an ordinal."""

    @property
    def line(self) -> str:
        """The place in one line."""
        where = say(f"{self.division} ", f"{self.division}, ") if self.division else ""
        kind, code = class_word(self.class_code), self.code or self.place_id
        return f"{where}{self.name}{bracketed(say(f'{kind}，{code}', f'{kind}, {code}'))}"

    def holds(self, on: date) -> bool:
        """Return whether a day lies within the place's dates."""
        return self.begins <= on.toordinal() < self.ends


def cards(book: Gazetteer, place_ids: Sequence[str], *, on: date | None = None) -> dict[str, Card]:
    """Return the cards of places by their ids, in the order given; unknown ids are left out."""
    found: dict[str, Card] = {}
    ids = list(dict.fromkeys(place_ids))
    with book.reading() as connection:
        for at in range(0, len(ids), _CHUNK):
            found |= _cards(connection, ids[at : at + _CHUNK], on)
    return {one: found[one] for one in ids if one in found}


def meant(book: Gazetteer, words: str, *, on: date | None = None) -> list[str]:
    """Return the ids of the places that an id, a code or a name means; none, one or several.

    ``division/name`` asks for a name in a division, such as ``知雨街道/建设路``. Of places with the
    same name those come alone whose standard name it is, and of these those that still stand.
    """
    text = words.strip()
    with book.reading() as connection:
        if len(text) == _ID and "-" in text:
            known = connection.scalar(sa.select(PLACE.c.id).where(PLACE.c.id == text.lower()))
            return [known] if known else []
        if text.isascii() and text.isdigit():
            return _coded(connection, text, on)
        division, _, name = text.rpartition("/")
        found = _named(connection, name, on)
        return _within(connection, found, division, on) if division else found


def resolve(
    book: Gazetteer, words: str, *, on: date | None = None, suggest: Suggest | None = None
) -> str:
    """Return the id of the one place that is meant; see `meant`.

    Raises
    ------
    NotFoundError
        No place; the hint has names that may have been meant.
    DataError
        Several places; the hint lists them.
    """
    found = meant(book, words, on=on)
    if len(found) == 1:
        return found[0]
    if not found:
        near = say("、", ", ").join(suggest(words.rpartition("/")[2]) if suggest else ())
        raise NotFoundError(
            say(f"地名库中没有“{words}”。", f"the gazetteer has no {words!r}."),
            hint=say(f"是不是：{near}？", f"Did you mean {near}?")
            if near
            else say(
                "请用 fuwuquan names search 查一查。", "Look for it with: fuwuquan names search"
            ),
        )
    lines = [card.line for card in cards(book, found[:_SHOWN], on=on).values()]
    more = say("……", "…") if len(found) > _SHOWN else ""
    raise DataError(
        say(
            f"“{words}”有 {len(found)} 处，不知道是哪一处。",
            f"{words!r} means {len(found)} places.",
        ),
        hint=say(
            f"请写代码，或写成“政区/名称”：{'；'.join(lines)}{more}",
            f"Give the code, or division/name: {'; '.join(lines)}{more}",
        ),
    )


def _coded(connection: sa.Connection, code: str, on: date | None) -> list[str]:
    rows = connection.execute(
        sa.select(CODE.c.place_id, CODE.c.from_day, CODE.c.end_day).where(CODE.c.value == code)
    ).all()
    held = [row.place_id for row in rows if on and row.from_day <= on.toordinal() < row.end_day]
    return list(dict.fromkeys(held or [row.place_id for row in rows]))


def _named(connection: sa.Connection, name: str, on: date | None) -> list[str]:
    wanted = sa.select(
        NAME.c.place_id, NAME.c.text, kind_then().label("kind"), NAME.c.from_day, NAME.c.end_day
    )
    rows = connection.execute(wanted.where(NAME.c.text == name)).all()
    if not rows:
        key = fold(name)
        rows = [row for row in connection.execute(wanted) if fold(row.text) == key]
    day = date.max.toordinal() if on is None else on.toordinal()
    standing = [row for row in rows if row.from_day <= day < row.end_day]
    official = [row for row in standing if row.kind in ("standard", "planned")]
    kept = next((group for group in (official, standing) if group), list(rows))
    return list(dict.fromkeys(row.place_id for row in kept))


def _within(
    connection: sa.Connection, places: list[str], division: str, on: date | None
) -> list[str]:
    """Return the places that lie in a division, however deep."""
    areas = set(_coded(connection, division, on) if division.isdigit() else [])
    areas |= set(_named(connection, division, on))
    kept = []
    for place in places:
        above, seen = place, set[str]()
        while above and above not in seen:
            seen.add(above)
            above = _parent(connection, above, on)
            if above in areas:
                kept.append(place)
                break
    return kept


def _parent(connection: sa.Connection, place: str, on: date | None) -> str:
    day = date.max.toordinal() if on is None else on.toordinal()
    found = sa.select(RELATION.c.other_id).where(
        RELATION.c.place_id == place,
        RELATION.c.kind == "part_of",
        RELATION.c.from_day <= day,
        RELATION.c.end_day > day,
    )
    return str(connection.scalar(found) or "")


def _cards(connection: sa.Connection, ids: list[str], on: date | None) -> dict[str, Card]:
    day = date.max.toordinal() if on is None else on.toordinal()
    places = connection.execute(sa.select(PLACE).where(PLACE.c.id.in_(ids))).all()
    above = {
        row.place_id: row.other_id
        for row in connection.execute(
            sa.select(RELATION).where(RELATION.c.place_id.in_(ids), RELATION.c.kind == "part_of")
        )
        if row.from_day <= day < row.end_day
    }
    names = _names(connection, {*ids, *above.values()}, day)
    changes = to_come(connection, on) if on is not None else []
    codes: dict[str, tuple[bool, int, str]] = {}
    for row in connection.execute(sa.select(CODE).where(CODE.c.place_id.in_(ids))):
        rank = (row.from_day <= day < row.end_day, -_scheme(row.scheme), row.value)
        codes[row.place_id] = max(codes.get(row.place_id, (False, -9, "")), rank)
    return {
        row.id: Card(
            row.id,
            names.get(row.id, say("（无名称）", "(no name)")),
            row.class_code,
            row.status,
            row.lifecycle,
            row.secrecy,
            code_then(row.division_code, changes),
            names.get(above.get(row.id, ""), ""),
            codes.get(row.id, (False, 0, ""))[2],
            row.valid_from,
            row.valid_to,
            row.from_day,
            row.end_day,
        )
        for row in places
    }


def _scheme(scheme: str) -> int:
    order = ("dmdm20", "gb2260", "gbt10114", "stats12")
    return order.index(scheme) if scheme in order else len(order)


def _names(connection: sa.Connection, ids: set[str], day: int) -> dict[str, str]:
    """Return what places are called on a day: the standard name, else a reserved, else the last."""
    best: dict[str, tuple[bool, bool, bool, int, str]] = {}
    wanted = sa.select(
        NAME.c.place_id, NAME.c.text, kind_then().label("kind"), NAME.c.from_day, NAME.c.end_day
    ).where(NAME.c.place_id.in_(ids))
    for row in connection.execute(wanted):
        rank = (
            row.from_day <= day < row.end_day,
            row.kind == "standard",
            row.kind == "planned",
            row.end_day,
            row.text,
        )
        best[row.place_id] = max(best.get(row.place_id, (False, False, False, -1, "")), rank)
    return {place: rank[-1] for place, rank in best.items()}


def kind_word(card: Card, on: date) -> str:
    """Return status and secrecy of a place on a day in words, as a list shows them."""
    told = [_status_word(card, on)]
    if card.lifecycle != "existing" and told[0] == word("status", card.status):
        told.append(word("lifecycle", card.lifecycle))
    if card.secrecy != "public":
        told.append(word("secrecy", card.secrecy))
    return say("、", ", ").join(told)


def _status_word(card: Card, on: date) -> str:
    """Return the status of a day: a row's own has no date, and a change may be still to come."""
    day = on.toordinal()
    if day < card.begins:
        return say(f"自 {card.since} 起", f"from {card.since} on")
    if card.ends < FOREVER and day < card.ends:
        return say(f"现行，止于 {card.until}", f"in force until {card.until}")
    return word("status", card.status)
