"""In which order names stand: by their pinyin, by strokes, by class or by code.

Strokes are those of the Unihan database (kTotalStrokes of Unicode 15.0); characters of equally
many strokes follow one another by radical.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any, Final, Literal

from geo.gazetteer.publish.edition import Entry
from geo.gazetteer.search.letters import parses, plain, syllables

Order = Literal["pinyin", "strokes", "class", "code"]
ORDERS: Final[tuple[Order, ...]] = ("pinyin", "strokes", "class", "code")
_PIECE: Final = re.compile(r"\d+|[^\s\d-]+")
_MOST_WAYS: Final = 24
_DIGITS: Final = "〇一二三四五六七八九"
_TEN: Final = 10


def strokes(sign: str) -> int:
    """Return how many strokes a character has; 0 where that is not known.

    Examples
    --------
    >>> [strokes(sign) for sign in "个旧市A"]
    [3, 5, 5, 0]
    """
    return _ranks().get(sign, (0, 0))[0]


def pinyin_key(name: str, roman: str) -> tuple[Any, ...]:
    """Return what sorts names character by character: by syllable, then tone, then strokes.

    Names that begin with the same character so stand together. ü stands behind u; a spelling that
    is no pinyin stands where its letters do; a name without spelling comes last.
    """
    sounds = _sounds(roman, len(name))
    signs = stroke_key(name)
    if len(sounds) != len(signs):
        return not sounds, tuple((sound, ()) for sound in sounds), signs
    return not sounds, tuple(zip(sounds, signs, strict=True)), signs


def stroke_key(name: str) -> tuple[Any, ...]:
    """Return what sorts names by the strokes of their characters; other signs come last."""
    last = (1 << 10, 0)
    return tuple((*_ranks().get(sign, last), sign) for sign in name)


def key_of(order: Order) -> Callable[[Entry], tuple[Any, ...]]:
    """Return what sorts entries within a chapter."""
    return {
        "pinyin": lambda one: (pinyin_key(one.name, one.roman), one.class_code, one.id),
        "strokes": lambda one: (stroke_key(one.name), one.class_code, one.id),
        "class": lambda one: (one.class_code, pinyin_key(one.name, one.roman), one.id),
        "code": lambda one: (not one.code, one.code, pinyin_key(one.name, one.roman), one.id),
    }[order]


def index_groups(
    named: Iterable[tuple[str, str, str]], order: Order
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return an index of ``(name, roman, number)``: by first letter, or by strokes if asked for."""
    by_strokes = order == "strokes"
    entries = sorted(
        named, key=lambda one: stroke_key(one[0]) if by_strokes else pinyin_key(one[0], one[1])
    )
    return [
        (title, [(f"{name} {roman}" if roman and not by_strokes else name, number)
                 for name, roman, number in group])
        for title, group in groupby(entries, key=head_of(order))
    ]  # fmt: skip


def head_of(order: Order) -> Callable[[tuple[str, str, str]], str]:
    """Return what stands over a group of ``(name, roman, …)``: a letter, or a count of strokes."""
    return _strokes_head if order == "strokes" else _letter_head


def number_word(number: int) -> str:
    """Return a number below 100 in Chinese.

    Examples
    --------
    >>> [number_word(n) for n in (3, 10, 12, 20, 36)]
    ['三', '十', '十二', '二十', '三十六']
    """
    tens, ones = divmod(number, _TEN)
    front = "" if tens == 0 else ("" if tens == 1 else _DIGITS[tens]) + "十"
    return front + (_DIGITS[ones] if ones or not tens else "")


def _sounds(roman: str, count: int) -> list[tuple[float, int]]:
    """Return number and tone of every syllable, in the parse that has one a character."""
    ways: list[list[tuple[float, int]]] = [[]]
    for piece in _PIECE.findall(roman):
        if piece.isdigit():
            found: Sequence[Sequence[tuple[float, int]]] = [[(-1.0, int(piece))]]
        else:
            word = plain(piece)[0]
            found = parses(piece) or [[(bisect(syllables(), word) + 0.5, 0)]]
        ways = [[*before, *after] for before in ways for after in found][:_MOST_WAYS]
    return next((way for way in ways if len(way) == count), ways[0])


def _letter_head(one: tuple[str, str, str]) -> str:
    first = unicodedata.normalize("NFD", one[1][:1]).upper()[:1]
    return "拼音未定" if not first else first if first.isalpha() else "0—9"


def _strokes_head(one: tuple[str, str, str]) -> str:
    count = strokes(one[0][:1])
    return f"{number_word(count)}画" if count else "其他"


@cache
def _ranks() -> dict[str, tuple[int, int]]:
    text = (files(__package__) / "strokes.csv").read_text("utf-8")
    return {
        sign: (int(row["strokes"]), at)
        for row in csv.DictReader(text.splitlines())
        for at, sign in enumerate(row["characters"])
    }
