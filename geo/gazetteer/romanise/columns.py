"""A name in letters as the columns of a name in the gazetteer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from geo.gazetteer.romanise.name import Romanisation, Source

SOURCES: Final[Mapping[Source, str]] = {
    "officer": "officer",
    "given": "given",
    "exception": "dictionary",
    "learned": "model",
    "dictionary": "dictionary",
}
"""Sources of a reading as the gazetteer keeps them, by those that romanisation tells apart."""
PROPOSED: Final = ("dictionary", "model")
"""Sources of readings that no person vouched for."""


def columns(said: Romanisation) -> dict[str, str]:
    """Return a romanisation as columns of a name."""
    return {
        "specific": said.specific,
        "generic": said.generic,
        "breaks": listed(said.breaks),
        "reading": listed(said.reading),
        "roman_toned": said.toned,
        "roman_plain": said.plain,
        "roman_sign": said.sign,
        "reading_source": SOURCES[said.source],
    }


def listed(parts: Sequence[str]) -> str:
    """Return texts as the gazetteer keeps lists of them; empty when there are none."""
    return json.dumps(list(parts), ensure_ascii=False) if parts else ""


def settled(name: Mapping[str, Any]) -> str:
    """Return the spelling of a name, unless only the program has proposed it.

    Examples
    --------
    >>> settled({"roman_toned": "Jīnhú Lù", "reading_source": "dictionary"})
    ''
    >>> settled({"roman_toned": "Jīnhú Lù", "reading_source": "given"})
    'Jīnhú Lù'
    """
    vouched = name.get("confirmed_by") or name.get("decision_id")
    if name.get("reading_source") in PROPOSED and not vouched:
        return ""
    return str(name.get("roman_toned", ""))
