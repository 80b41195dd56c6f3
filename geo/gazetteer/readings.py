"""How names of the gazetteer are read: what is recorded, what is proposed, what is confirmed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from geo.errors import DataError
from geo.gazetteer.book import Change, Gazetteer, Row
from geo.gazetteer.entries import entries
from geo.gazetteer.lookup import Card, cards
from geo.gazetteer.romanise import Romanisation, columns, romanise
from geo.gazetteer.romanise.fitting import fitted
from geo.gazetteer.rules.sound import syllables_of
from geo.text import say


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reading that an officer confirms for a place."""

    place_id: str
    reading: str = ""
    """Syllables parted by spaces, or a given spelling; empty: as the program proposes."""
    breaks: tuple[str, ...] = ()
    """The words, in characters; none: by the rule."""
    special: str = ""
    """Why a reading holds that the dictionary does not have; the log keeps it."""


@dataclass(frozen=True, slots=True)
class Read:
    """A standard name with what is recorded of its reading, and what the program makes of it."""

    text: str
    place_id: str
    """Empty when the gazetteer has no such name."""
    name_id: str
    class_code: str
    division_code: str
    recorded: str
    """Spelling that the gazetteer has."""
    reading_source: str
    confirmed_by: str
    confirmed_on: str
    proposed: Romanisation

    @property
    def confirmed(self) -> bool:
        """Whether an officer has confirmed it."""
        return bool(self.confirmed_by)

    @property
    def must_confirm(self) -> bool:
        """Whether an officer has to confirm it before it goes on a sign."""
        return not self.confirmed and self.proposed.must_confirm


def read_texts(
    texts: Iterable[str], *, book: Gazetteer | None, class_code: str = "", division_code: str = ""
) -> list[Read]:
    """Read texts; of one that the gazetteer has as a standard name, with what it knows of it."""
    known: dict[str, list[Row]] = {}
    if book is not None:
        wanted = set(texts := list(texts))
        for row in _standing(book):
            if row["text"] in wanted:
                known.setdefault(row["text"], []).append(row)
    found = []
    for text in texts:
        rows = known.get(text) or [{}]
        found += [_read(text, row, class_code, division_code) for row in rows]
    return found


def unconfirmed(book: Gazetteer, *, class_code: str = "", division_code: str = "") -> list[Read]:
    """Return the standing standard names whose reading nobody has confirmed."""
    return [
        _read(row["text"], row, "", "")
        for row in _standing(book)
        if not row["confirmed_by"]
        and row["class_code"].startswith(class_code)
        and row["division_code"].startswith(division_code)
    ]


def confirm(
    book: Gazetteer, wanted: Sequence[Wanted], *, author: str, reason: str, at: datetime
) -> tuple[str, list[tuple[str, str, str]]]:
    """Confirm the readings of places in one change set.

    Returns
    -------
    str
        The change set.
    list
        Name, spelling before, spelling now.

    Raises
    ------
    DataError
        A place has no standard name, or a reading does not fit the characters; all are named.
    """
    faults: list[str] = []
    hints: dict[str, None] = {}
    done: list[tuple[str, str, str]] = []
    special = "；".join(dict.fromkeys(one.special for one in wanted if one.special))
    if special:
        reason = say(f"{reason}（特殊读音：{special}）", f"{reason} (special reading: {special})")
    with book.change(author=author, reason=reason, at=at) as change:
        for one in wanted:
            try:
                done.append(_confirm(change, one, author, at.date()))
            except DataError as error:
                faults.append(error.message.rstrip("。."))
                if error.hint:
                    hints[error.hint] = None
        if faults:
            raise DataError(
                say(
                    f"有 {len(faults)} 条不能核定：{'；'.join(faults)}。",
                    f"{len(faults)} cannot be confirmed: {'; '.join(faults)}.",
                ),
                hint=say("全部未改，请改正后重来。", "Nothing was changed: mend them, try again. ")
                + say("", " ").join(hints),
            )
        return change.id, done


def confirm_usable(
    book: Gazetteer,
    *,
    author: str,
    reason: str,
    at: datetime,
    class_code: str = "",
    division_code: str = "",
) -> tuple[str, list[tuple[str, str, str]], list[tuple[Read, str]]]:
    """Confirm every reading that leaves no doubt as the program proposes, in one change set.

    A reading is left that an officer has to confirm, and one whose recorded spelling is another
    than the proposed one.

    Returns
    -------
    str
        The change set; empty when there was nothing to confirm.
    list
        Name, spelling before, spelling now.
    list
        What is left, each with the reason.
    """
    usable, left = [], []
    for one in unconfirmed(book, class_code=class_code, division_code=division_code):
        why = _doubt(one)
        if why:
            left.append((one, why))
        else:
            usable.append(Wanted(one.place_id))
    if not usable:
        return "", [], left
    identity, done = confirm(book, usable, author=author, reason=reason, at=at)
    return identity, done, left


def _doubt(one: Read) -> str:
    """Return why a reading is not confirmed with the others; empty where there is no doubt."""
    told = one.proposed
    if one.must_confirm:
        unsure = say("把握不足", "not sure enough")
        return say("；", "; ").join(one.rstrip("。.") for one in told.reasons) or unsure
    if one.recorded and one.recorded.casefold() not in (
        told.toned.casefold(),
        told.plain.casefold(),
    ):
        return say(
            f"库中登记为 {one.recorded}，程序读作 {told.toned}",
            f"recorded as {one.recorded}, proposed as {told.toned}",
        )
    return ""


def _confirm(change: Change, wanted: Wanted, author: str, on: date) -> tuple[str, str, str]:
    place = change.find("place", wanted.place_id)
    names = [
        row
        for row in change.select("name", place_id=wanted.place_id, kind="standard")
        if row["from_day"] <= on.toordinal() < row["end_day"]
    ]
    if place is None or not names:
        raise DataError(
            say(f"{wanted.place_id} 没有现行标准名称。", f"{wanted.place_id} has no standard name.")
        )
    name = names[0]
    where = {"class_code": place["class_code"], "division_code": place["division_code"]}
    told = where | {"breaks": wanted.breaks or None}
    reading = wanted.reading.strip()
    if reading:
        reading = fitted(name["text"], reading, special=wanted.special, **where)
    else:
        reading = " ".join(romanise(name["text"], **told).reading)
    found = romanise(name["text"], confirmed=reading, **told)
    change.update(
        "name",
        name["id"],
        name["version"],
        **columns(found) | {"reading_source": "officer"},
        confirmed_by=author,
        confirmed_on=on.isoformat(),
    )
    return name["text"], name["roman_toned"], found.toned


def _standing(book: Gazetteer) -> list[Row]:
    """Return the standard names that have not ended, with all of their columns."""
    frame = entries(book, kinds=["standard"], shapes=False)
    places = dict(zip(frame["name_id"], frame[["class_code", "division_code"]].values, strict=True))
    forever = [row for row in book.rows("name", kind="standard") if not row["valid_to"]]
    return [
        row | {"class_code": str(places[row["id"]][0]), "division_code": str(places[row["id"]][1])}
        for row in forever
        if row["id"] in places
    ]


def _read(text: str, row: Row, class_code: str, division_code: str) -> Read:
    kind = row.get("class_code") or class_code
    division = row.get("division_code") or division_code
    said: str | None = " ".join(syllables_of(row.get("reading", ""))) or None
    if not row.get("confirmed_by"):
        said = None
    elif said is None:
        said = row["roman_toned"] or None
    return Read(
        text=text,
        place_id=row.get("place_id") or "",
        name_id=row.get("id", ""),
        class_code=kind,
        division_code=division,
        recorded=row.get("roman_toned", ""),
        reading_source=row.get("reading_source", ""),
        confirmed_by=row.get("confirmed_by", ""),
        confirmed_on=row.get("confirmed_on", ""),
        proposed=romanise(text, class_code=kind, division_code=division, confirmed=said),
    )


def locked_places(book: Gazetteer) -> list[tuple[Card, tuple[str, ...]]]:
    """Return the places that an import leaves alone, and why: ``official`` or ``confirmed``."""
    confirmed = {row["place_id"] for row in book.rows("name") if row["confirmed_by"]}
    official = {row["id"] for row in book.rows("place", status="official")}
    found = cards(book, sorted(confirmed | official))
    told = [
        (
            card,
            tuple(
                why
                for why, group in (("official", official), ("confirmed", confirmed))
                if identity in group
            ),
        )
        for identity, card in found.items()
    ]
    return sorted(told, key=lambda pair: (pair[0].class_code, pair[0].name, pair[0].place_id))
