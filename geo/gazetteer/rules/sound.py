"""How alike two names sound: by confirmed readings where there are any, else by all possible."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from typing import Final

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.pinyin_dict import pinyin_dict

from geo.gazetteer.search.letters import numbered, of_character

Ways = tuple[tuple[tuple[int, int], ...], ...]
"""For each syllable of a name: the ways to read it (number, tone), the usual one first."""
Key = tuple[int, int, int]

EXACT: Final = 0
"""Alike in syllables and tones."""
TONELESS: Final = 1
"""Alike but for tones."""
HETERONYM: Final = 2
"""Alike only when a character is read in another way than usual."""


def syllables_of(reading: str) -> tuple[str, ...]:
    """Return the syllables of a reading as the gazetteer keeps it: JSON, or parted by spaces.

    Examples
    --------
    >>> syllables_of('["jīn","hú","lù"]'), syllables_of("jīn hú lù")
    (('jīn', 'hú', 'lù'), ('jīn', 'hú', 'lù'))
    """
    text = reading.strip()
    if not text.startswith("["):
        return tuple(text.split())
    try:
        rows = json.loads(text)
    except json.JSONDecodeError:
        return ()
    return tuple(
        str(row.get("syllable", "")) if isinstance(row, dict) else str(row) for row in rows
    )


def ways(text: str, reading: Sequence[str] = ()) -> Ways:
    """Return the ways to read a folded name; a reading with a syllable a character leaves one."""
    if len(reading) == len(text):
        said = tuple(numbered(syllable) for syllable in reading)
        if all(number for number, _ in said):
            return tuple((one,) for one in said)
    usual = lazy_pinyin(text, style=Style.TONE)
    if len(usual) != len(text):
        return tuple(_of_character(character) for character in text)
    return tuple(_usually(one, said) for one, said in zip(text, usual, strict=True))


def keys(read: Ways) -> Iterator[Key]:
    """Yield the keys under which a name is kept: its length and how it may begin."""
    first = dict.fromkeys(number for number, _ in read[0]) if read else {0: None}
    second = dict.fromkeys(number for number, _ in read[1]) if len(read) > 1 else {0: None}
    for one, other in product(first, second):
        yield len(read), one, other


def alike(one: Ways, other: Ways) -> int | None:
    """Return EXACT, TONELESS or HETERONYM; None when the names do not sound alike.

    Examples
    --------
    >>> alike(ways("建设路"), ways("建社路")), alike(ways("金湖路"), ways("锦湖路"))
    (0, 1)
    >>> alike(ways("金湖路"), ways("锦绣路")) is None
    True
    """
    if len(one) != len(other):
        return None
    likeness = EXACT
    for a, b in zip(one, other, strict=True):
        if a[0] == b[0]:
            continue
        if a[0][0] == b[0][0]:
            likeness = max(likeness, TONELESS)
        elif {number for number, _ in a} & {number for number, _ in b}:
            likeness = HETERONYM
        else:
            return None
    return likeness


@cache
def _usually(character: str, syllable: str) -> tuple[tuple[int, int], ...]:
    """Return the ways to read a character, first the one that its neighbours ask for."""
    said, all_of_it = numbered(syllable), _of_character(character)
    if not said[0] or all_of_it[0][0] < 0:
        return all_of_it
    return tuple(dict.fromkeys((said, *all_of_it)))


@cache
def _of_character(character: str) -> tuple[tuple[int, int], ...]:
    if ord(character) not in pinyin_dict:
        return ((-ord(character), 0),)
    usual = of_character(character)
    spoken = pinyin(character, heteronym=True, style=Style.TONE)[0]
    others = (numbered(one) for one in spoken)
    return tuple(dict.fromkeys((usual, *(one for one in others if one[0]))))
