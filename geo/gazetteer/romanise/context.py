"""How a character is usually read in names: by the dictionary, and by what names taught."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, NamedTuple

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT
from pypinyin.pinyin_dict import pinyin_dict
from pypinyin.seg.mmseg import seg

from geo.gazetteer.romanise.lexicon import single, table
from geo.gazetteer.search.letters import plain

EDGE: Final = "|"
"""Stands for the beginning or the end of a name."""

FEWEST: Final = 2
LEVELS: Final = {
    "both": (FEWEST, 0.8),
    "right": (3, 0.8),
    "left": (3, 0.8),
    "province": (FEWEST, 0.7),
    "own": (FEWEST, 0.7),
}
"""How often a context must have been seen, and how alike, to decide; the narrowest comes first.

Chosen by threefold cross-validation within the training half.
"""


class Word(NamedTuple):
    """A syllable of the dictionary and the phrase it was found in, "" for none."""

    syllable: str
    phrase: str


class Decision(NamedTuple):
    """A toned syllable, the share of names behind it, and whether it was learned."""

    syllable: str
    share: float
    learned: bool


@dataclass(frozen=True, slots=True)
class Context:
    """Learned readings by context (syllable, times, of) and phrases that names read otherwise."""

    decided: dict[tuple[str, ...], tuple[str, int, int]]
    distrusted: frozenset[str]

    def read(self, text: str, province: str) -> list[Decision]:
        """Read Chinese characters; phrases of the dictionary protect their own."""
        found: list[Decision] = []
        for at, word in enumerate(usual(text)):
            trusted = bool(word.phrase) and word.phrase not in self.distrusted
            said = None if trusted else self._decide(text, at, province)
            if said is None:
                found.append(Decision(word.syllable, 1.0 if trusted else 0.0, learned=False))
                continue
            syllable, times, of = said
            same = plain(word.syllable)[0] == syllable
            toned = word.syllable if same else _with_tone(text[at], syllable)
            found.append(Decision(toned, times / of, learned=True))
        return found

    def _decide(self, text: str, at: int, province: str) -> tuple[str, int, int] | None:
        known = (self.decided.get(feature) for feature in features(text, at, province))
        return next((one for one in known if one is not None), None)


def features(text: str, at: int, province: str) -> list[tuple[str, ...]]:
    """Return the contexts of a character as keys, the narrowest first."""
    character = text[at]
    left = text[at - 1] if at else EDGE
    right = text[at + 1] if at + 1 < len(text) else EDGE
    return [
        ("both", character, left, right, ""),
        ("right", character, "", right, ""),
        ("left", character, left, "", ""),
        ("province", character, "", "", province),
        ("own", character, "", "", ""),
    ]


def usual(text: str) -> list[Word]:
    """Read Chinese characters by the dictionary alone, phrase by phrase."""
    found: list[Word] = []
    for word in seg.cut(text):
        phrase = word if len(word) > 1 and word in PHRASES_DICT else ""
        pieces = [word] if phrase else list(word)
        said = [one for piece in pieces for one in _said(piece)]
        found.extend(Word(one, phrase) for one in said)
    return found


@lru_cache(maxsize=50_000)
def _said(piece: str) -> tuple[str, ...]:
    alone = _tones().get(piece)
    return (alone,) if alone else tuple(lazy_pinyin(piece, style=Style.TONE))


@cache
def _tones() -> dict[str, str]:
    """Return the one reading of the national standard where pypinyin has another tone (甸 diàn)."""
    return {row["character"]: row["reading"] for row in table("tones")}


@cache
def context() -> Context:
    """Return what was learned."""
    decided: dict[tuple[str, ...], tuple[str, int, int]] = {
        (row["level"], row["character"], row["left"], row["right"], row["province"]): (
            row["syllable"],
            int(row["times"]),
            int(row["of"]),
        )
        for row in table("context")
    }
    return Context(decided, frozenset(row["phrase"] for row in table("distrusted")))


@cache
def heteronyms() -> dict[str, tuple[str, ...]]:
    """Return the characters that names or phrases read in several ways, with the ways."""
    return {row["character"]: tuple(row["readings"].split()) for row in table("heteronyms")}


@lru_cache(maxsize=10_000)
def ways(character: str) -> tuple[str, ...]:
    """Return the readings of a character that an officer has to choose from; one is no choice.

    Characters that names hardly know have those of the dictionary's first two that differ in sound,
    unless the dictionaries of today have one reading only.

    Examples
    --------
    >>> ways("重"), ways("路")
    (('zhòng', 'chóng'), ())
    """
    found = heteronyms().get(character, ())
    if found or character in _steady() or character in single():
        return found
    return two_sounds(character)


def two_sounds(character: str) -> tuple[str, ...]:
    """Return the first two readings of the dictionary where they differ in more than tone."""
    first = tuple(pinyin_dict.get(ord(character), "").split(",")[:2])
    return first if len({plain(one)[0] for one in first}) > 1 else ()


@cache
def _steady() -> frozenset[str]:
    return frozenset(row["character"] for row in table("steady"))


def _with_tone(character: str, syllable: str) -> str:
    """Return the first toned reading of a character that sounds so."""
    every = pinyin_dict.get(ord(character), syllable).split(",")
    return next((one for one in every if plain(one)[0] == syllable), syllable)
