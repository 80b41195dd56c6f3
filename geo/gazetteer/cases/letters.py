"""How a proposed name is written in letters: as confirmed, as given, else by the rule of 1984."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from geo.gazetteer.cases.record import Case, Select, candidates
from geo.gazetteer.romanise import Romanisation, columns, romanise
from geo.gazetteer.rules.sound import syllables_of


def lettered(
    text: str, told: Mapping[str, str], *, class_code: str = "", division_code: str = ""
) -> dict[str, str]:
    """Return the columns of a name that say how it is read and written in letters.

    A reading that was confirmed decides over all of them. A spelling that was given without a
    reading stays as it is. Else the spelling is the program's own, and its source says so.

    Parameters
    ----------
    text
        The name in characters.
    told
        Columns of the name that are known.
    class_code, division_code
        Class of the place and where it lies.

    Raises
    ------
    DataError
        The reading does not fit the characters.

    Examples
    --------
    >>> lettered("金湖路", {})["roman_toned"], lettered("金湖路", {})["reading_source"]
    ('Jīnhú Lù', 'dictionary')
    """
    reading = confirmed_reading(told)
    if told.get("roman_toned") and not reading:
        plain = told["roman_toned"]
        return {"roman_sign": plain.upper(), "reading_source": "given"} | _kept(told)
    said = romanise(
        text,
        class_code=class_code,
        division_code=division_code,
        confirmed=reading or None,
        breaks=json.loads(told["breaks"]) if told.get("breaks") else None,
    )
    return _kept(told) | columns(said)


def confirmed_reading(told: Mapping[str, str]) -> str:
    """Return the reading that an officer confirmed, its syllables parted by spaces; else empty."""
    return " ".join(syllables_of(told.get("reading", ""))) if told.get("confirmed_by") else ""


def unsure(select: Select, case: Case) -> dict[str, Romanisation]:
    """Return the proposed names whose reading an officer has yet to confirm, by their text."""
    class_code, division_code = where(select, case)
    standing = _standing(select, case)
    found = {}
    for row in candidates(select, case):
        told = case.told.get("names", {}).get(row["text"], {})
        known = standing.get(row["text"], {})
        if any(one.get("roman_toned") or one.get("confirmed_by") for one in (told, known)):
            continue
        said = romanise(row["text"], class_code=class_code, division_code=division_code)
        if said.must_confirm:
            found[row["text"]] = said
    return found


def where(select: Select, case: Case) -> tuple[str, str]:
    """Return the class code of a case's place and the code of its division."""
    told = case.told
    class_code = str(told.get("class_code", ""))
    if not class_code and told.get("place_id"):
        class_code = str(select("place", id=told["place_id"])[0]["class_code"])
    return class_code, str(case.row["division_code"])


def _standing(select: Select, case: Case) -> dict[str, dict[str, Any]]:
    """Return the names that the place of a case has already, by their text."""
    place_id = case.told.get("place_id", "")
    return {row["text"]: row for row in select("name", place_id=place_id)} if place_id else {}


def _kept(told: Mapping[str, str]) -> dict[str, str]:
    return {column: value for column, value in told.items() if value}
