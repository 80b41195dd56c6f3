"""The names of a source in the spellings that are compared, worked out when first asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from geo.gazetteer.linkage.side import Floats, Integers, Name, Side
from geo.gazetteer.rules.kinds import generics, split
from geo.gazetteer.search.letters import fold, numbers, plain

SPELLINGS: Final = ("text", "core", "sound", "core_sound")
_SHORTEST: Final = 2
_DIGITS: Final = str.maketrans("0123456789", "零一二三四五六七八九")
_FIRST: Final = 0x4E00
"""Syllables are compared as characters from here on."""
_WORDS: Final = 4
"""Numbers of 64 bits in a set of characters."""

Spelled = tuple[str, str, str, str, str]


class Words:
    """The names of the places of a side that are in some pair.

    Parameters
    ----------
    side
        The places.
    """

    def __init__(self, side: Side) -> None:
        self.side = side
        self._seen = np.zeros(len(side), dtype=np.bool_)
        self.count: Integers = np.zeros(len(side), dtype=np.int64)
        """(places,) how many names each has."""
        self.first: Integers = np.zeros(len(side), dtype=np.int64)
        """(places,) where its names begin."""
        self._rows: list[Spelled] = []
        self._columns: dict[str, NDArray[np.object_]] = {}
        self._sets = np.zeros((2, len(side), _WORDS), dtype=np.uint64)
        self._shortest: Floats = np.zeros(len(side))

    def know(self, places: Integers) -> None:
        """Work out the names of places, unless that was done before."""
        asked = np.bincount(places, minlength=len(self.side)) > 0
        for at in np.flatnonzero(asked & ~self._seen):
            rows = [spellings(name) for name in self.side.names[at]]
            self.first[at], self.count[at] = len(self._rows), len(rows)
            self._rows += rows
            for kind, column in enumerate((0, 2)):
                self._sets[kind, at] = _set_of([row[column] for row in rows])
            self._shortest[at] = min(len(row[column]) for row in rows for column in (0, 2))
            self._seen[at] = True
            self._columns.clear()

    def column(self, spelling: str) -> NDArray[np.object_]:
        """Return all names in one spelling, or their generic terms."""
        if not self._columns:
            columns = np.array(self._rows, dtype=object).reshape(-1, len(SPELLINGS) + 1).T
            self._columns = dict(zip((*SPELLINGS, "generic"), columns, strict=True))
        return self._columns[spelling]

    def may_be(
        self, one: Integers, other: Words, to: Integers, *, least: float
    ) -> NDArray[np.bool_]:
        """Return which pairs share enough characters or syllables to be ``least`` alike.

        Two texts are alike by twice their common signs over all of their signs; no pair that is so
        alike is ever left out.
        """
        need = least / 2 * (self._shortest[one] + other._shortest[to])
        enough = np.zeros(len(one), dtype=np.bool_)
        for mine, theirs in zip(self._sets, other._sets, strict=True):
            shared = np.zeros(len(one), dtype=np.int64)
            for word in range(_WORDS):
                shared += np.bitwise_count(mine[one, word] & theirs[to, word])
            enough |= shared >= need
        return enough


def spellings(name: Name) -> Spelled:
    """Return the text of a name as it is compared, its core, their sounds, and its generic term.

    The core is the text without its generic term, unless less than two characters were left.
    """
    text = fold(name.text)
    specific, generic = split(text)
    core = specific if generic and len(specific) >= _SHORTEST else text
    sound = _sound(text, name.reading if len(name.reading) == len(text) else ())
    return text, core, sound, sound[: len(core)], generic if core != text else ""


def generic_kinds(term: str) -> frozenset[str]:
    """Return the kinds of places that bear a generic term; empty for none."""
    known = generics().get(term)
    return frozenset(known.kinds) if known else frozenset()


def _sound(text: str, reading: Sequence[str]) -> str:
    """Return a character a syllable; what has no syllable stands for itself."""
    # What is no character is taken sign by sign.
    said = list(reading) or lazy_pinyin(text.translate(_DIGITS), errors=list)  # type: ignore[arg-type]
    known = numbers()
    return "".join(
        chr(_FIRST + known[bare]) if (bare := plain(one)[0]) in known else one for one in said
    )


def _set_of(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Return the signs of texts, the second of a kind apart from the first, as bits."""
    bits = 0
    for text in texts:
        seen: Counter[str] = Counter()
        for sign in text:
            seen[sign] += 1
            bits |= 1 << crc32(f"{sign}{seen[sign]}".encode()) % (64 * _WORDS)
    return np.array([bits >> 64 * k & (1 << 64) - 1 for k in range(_WORDS)], dtype=np.uint64)
