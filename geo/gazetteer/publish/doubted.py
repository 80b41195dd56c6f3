"""Whether a spelling in letters can be read from the characters of its name at all."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from pypinyin import pinyin

from geo.gazetteer.romanise import romanise
from geo.gazetteer.romanise.lexicon import foreign, region_of
from geo.gazetteer.search.letters import fold

_NUMERALS = frozenset("零〇一二三四五六七八九十百千0123456789")


def fits(text: str, roman: str, *, class_code: str = "", division_code: str = "") -> bool:
    """Return whether a spelling has, without tones, a dictionary reading of every character.

    Names in regions of other languages, and names that mostly stand for sounds of one, always fit.

    Examples
    --------
    >>> fits("云峰路", "Yúnfēng Lù"), fits("北二巷", "Běi 2 Xiàng"), fits("云峰路", "Zhang San Lu")
    (True, True, False)
    """
    if region_of(division_code) is not None or foreign(text):
        return True
    said = _letters(roman)
    if re.fullmatch("".join(map(_one_of, fold(text))), said):
        return True
    own = romanise(text, class_code=class_code, division_code=division_code)
    return _letters(own.plain) == said


@cache
def _one_of(character: str) -> str:
    """Return a pattern of the readings of one character."""
    if not character.isalnum():
        return ""
    every = pinyin(character, heteronym=True)[0] if not character.isascii() else [character]
    ways = {re.escape(_letters(one)) for one in every} - {""}
    if character == "儿":
        ways.add("r")
    if character in _NUMERALS:
        ways.add("")
    return f"(?:{'|'.join(sorted(ways))})"


def _letters(roman: str) -> str:
    """Return the bare letters of a spelling, without tones and digits."""
    bare = unicodedata.normalize("NFD", roman.lower())
    return "".join(one for one in bare if one.isascii() and one.isalpha()).replace("v", "u")
