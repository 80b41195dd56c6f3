"""Fold what is written to what is compared: simplified characters, syllables, tones, initials."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import islice, product
from typing import Final

from pypinyin import Style, lazy_pinyin, pinyin
from pypinyin.pinyin_dict import pinyin_dict

_TONES: Final = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}
_MOST_READINGS: Final = 16
_MOST_PARSES: Final = 24
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]")


def fold(text: str) -> str:
    """Return a text as it is compared: full width to half, capitals to small, 臺 to 台.

    Examples
    --------
    >>> fold("臺北路 Ａ座")
    '台北路a座'
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    return "".join(plain.split()).translate(_simplified())


def has_characters(text: str) -> bool:
    """Return whether a text has a Chinese character."""
    return _HAN.search(text) is not None


@cache
def syllables() -> tuple[str, ...]:
    """Return every syllable with a vowel that a character can have, in order; ``ü`` is ``v``."""
    found = {plain(one)[0] for values in pinyin_dict.values() for one in values.split(",")}
    return tuple(sorted(one for one in found if one.isascii() and set(one) & set("aeiouv")))


@cache
def numbers() -> dict[str, int]:
    """Return the number of every syllable; 0 is kept for none."""
    return {one: number for number, one in enumerate(syllables(), start=1)}


@cache
def of_character(character: str) -> tuple[int, int]:
    """Return syllable number and tone of a character read alone; letters and digits have none."""
    if ord(character) not in pinyin_dict:
        return 0, 0
    return numbered(lazy_pinyin(character, style=Style.TONE)[0])


def numbered(syllable: str) -> tuple[int, int]:
    """Return number and tone of a syllable with its mark; 0 when it is none."""
    bare, tone = plain(syllable)
    return numbers().get(bare, 0), tone


@lru_cache(maxsize=10_000)
def plain(syllable: str) -> tuple[str, int]:
    """Return a syllable without its tone, and the tone (0 when it carries none).

    Examples
    --------
    >>> plain("lǜ"), plain("hu2")
    (('lv', 4), ('hu', 2))
    """
    tone = 0
    kept: list[str] = []
    for letter in unicodedata.normalize("NFD", syllable.lower()):
        if letter in _TONES:
            tone = _TONES[letter]
        elif letter == "\u0308" and kept:
            kept[-1] = "v"
        elif letter.isdigit():
            tone = int(letter)
        else:
            kept.append(letter)
    return "".join(kept), tone


def readings(text: str) -> list[list[int]]:
    """Return the ways to read Chinese characters, most likely first, as syllable numbers."""
    ways = []
    for character in text:
        if ord(character) not in pinyin_dict:
            return []
        usual = of_character(character)[0]
        all_of_it = pinyin(character, heteronym=True, style=Style.NORMAL)[0]
        others = [numbers().get(plain(one)[0], 0) for one in all_of_it]
        ways.append([usual, *(o for o in dict.fromkeys(others) if o not in (0, usual))])
    return [list(way) for way in islice(product(*ways), _MOST_READINGS)]


def parses(text: str) -> list[list[tuple[int, int]]]:
    """Return the ways to read letters as pinyin: syllable numbers, and tones where written.

    Spaces, apostrophes and tone digits part syllables; where nothing does, ``xian`` is both
    西安 and 县.
    """
    decomposed = (
        unicodedata.normalize("NFD", text.lower()).replace("\u0308", "v").replace("uv", "v")
    )
    pieces = re.findall(r"[a-z\u0300-\u030c]+\d?", decomposed)
    if not pieces or "".join(pieces) != re.sub(r"[\s'’\-]", "", decomposed):
        return []
    ways: list[list[tuple[int, int]]] = [[]]
    for piece in pieces:
        ways = [before + after for before in ways for after in _cut(piece)][:_MOST_PARSES]
    return ways


def _cut(piece: str) -> list[list[tuple[int, int]]]:
    """Return the ways to cut one run of letters into syllables, longest syllables first."""
    digit = int(piece[-1]) if piece[-1].isdigit() else 0
    letters: list[tuple[str, int]] = []
    for letter in piece.rstrip("0123456789"):
        if letter in _TONES:
            if letters:
                letters[-1] = (letters[-1][0], _TONES[letter])
        else:
            letters.append((letter, 0))
    known = numbers()

    def cuts(at: int) -> Iterator[list[tuple[int, int]]]:
        if at == len(letters):
            yield []
        for end in range(min(at + 6, len(letters)), at, -1):
            number = known.get("".join(letter for letter, _ in letters[at:end]))
            if number:
                tone = max(tone for _, tone in letters[at:end])
                for rest in cuts(end):
                    yield [(number, tone), *rest]

    found = list(islice(cuts(0), _MOST_PARSES))
    if digit:
        found = [[*way[:-1], (way[-1][0], digit)] for way in found if way]
    return found


@cache
def _simplified() -> dict[int, str]:
    """Return one simplified character for every traditional one."""
    from importlib.resources import files  # noqa: PLC0415

    table = (files(__package__) / "simplified.csv").read_text("utf-8").splitlines()[1:]
    return {ord(line[0]): line[2] for line in table}
