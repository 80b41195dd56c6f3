"""How a name that comes in is written in letters: as given, else as the program proposes."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from geo.errors import DataError
from geo.gazetteer.book import Row
from geo.gazetteer.exchange.assembly import Values, toneless
from geo.gazetteer.romanise import columns, romanise, settled
from geo.gazetteer.romanise.lexicon import region_of

LETTERS: Final = (
    "specific", "generic", "breaks", "reading", "roman_toned", "roman_plain", "roman_sign",
    "reading_source",
)  # fmt: skip
"""Columns of a name that say how it is read and written in letters."""

_NOTHING: Final = dict.fromkeys(LETTERS, "")


def lettered(values: Values) -> dict[str, str]:
    """Return the letters of a name that is new to the gazetteer.

    A spelling that the file gives stays as it is. Else the program proposes one, and the source
    says so; never for a name of another language, nor where names may come from one and the file
    does not say that this is Chinese.

    Parameters
    ----------
    values
        What the record says.

    Returns
    -------
    dict
        Columns of the name; empty texts where nothing is given and nothing may be proposed.
    """
    roman = values.get("roman", "")
    if roman:
        plain = toneless(roman)
        said = {"roman_toned": roman, "roman_plain": plain, "roman_sign": plain.upper()}
        return _NOTHING | said | {"reading_source": "given"}
    language, division = values.get("language", ""), values.get("division", "")
    foreign = language not in ("", "zh") or values.get("minority")
    if foreign or (not language and region_of(division) is not None):
        return dict(_NOTHING)
    return _NOTHING | _proposed(values["name"], values.get("class_code", ""), division)


def unfit(values: Values) -> bool:
    """Return whether the spelling that a record gives cannot be read from its characters at all.

    Tones and breaks are not compared. Names of other languages always fit.

    Examples
    --------
    >>> unfit({"name": "文虹街", "roman": "zhāng sān lù"})
    True
    >>> unfit({"name": "文虹街", "roman": "Wénhóng Jiē"}), unfit({"name": "文虹街"})
    (False, False)
    """
    roman, text = values.get("roman", ""), values.get("name", "")
    other = values.get("language", "") not in ("", "zh") or values.get("minority")
    if not roman or not text or other:
        return False
    kind, division = values.get("class_code", ""), values.get("division", "")
    own = _proposed(text, kind, division).get("roman_plain", "")
    if own and _bare(own) == _bare(toneless(roman)):
        return False
    from geo.gazetteer.publish.doubted import fits  # noqa: PLC0415 - slow, and seldom needed

    try:
        return not fits(text, roman, class_code=kind, division_code=division)
    except DataError:  # no name but an address
        return False


def _bare(letters: str) -> str:
    return "".join(one for one in letters.lower() if one.isalnum())


def relettered(ours: Row, wanted: Values) -> dict[str, str]:
    """Return the letters that change when a record renews a name; none when they stay.

    A spelling that somebody gave stays until somebody gives another, whatever the name becomes.

    Parameters
    ----------
    ours
        The name as the gazetteer has it.
    wanted
        What is to hold: what the gazetteer has with what the record says anew.
    """
    given = settled(ours)
    if wanted.get("roman", "") != given:
        return lettered(wanted)
    return {} if given or wanted["name"] == ours["text"] else lettered(wanted)


@lru_cache(maxsize=50_000)
def _proposed(text: str, class_code: str, division: str) -> dict[str, str]:
    try:
        said = romanise(text, class_code=class_code, division_code=division)
    except DataError:  # nothing in it can be read, or it is no name but an address
        return {}
    return columns(said) if said.toned else {}
