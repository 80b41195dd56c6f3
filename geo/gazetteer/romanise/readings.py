"""How each character of a name is read: confirmed, exceptional, learned or by the dictionary."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from pypinyin.contrib.tone_convert import to_tone
from pypinyin.pinyin_dict import pinyin_dict

from geo.errors import DataError
from geo.gazetteer.romanise.breaks import Parting
from geo.gazetteer.romanise.context import Decision, context, ways
from geo.gazetteer.romanise.lexicon import (
    Exceptional,
    certain,
    exceptions,
    longest_exception,
    settled,
    simplified,
    street_name,
    wholes,
)
from geo.gazetteer.search.letters import numbered
from geo.text import say

Source = Literal["officer", "exception", "learned", "dictionary"]

COLOURED: Final = "r"
"""What 儿 is where it only colours the syllable before it (clause 12)."""

_WITNESSED: Final = 0.99
_DRAFT: Final = 0.8
_ONLY_READING: Final = 0.995
_IN_PHRASE: Final = 0.98
_USUAL_OF_SEVERAL: Final = 0.9
_LEARNED_AT_MOST: Final = 0.98
_COLOUR: Final = 0.9
_RUNS: Final = re.compile(r"[0-9A-Za-z]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Choice:
    """A character that can be read in several ways: its place in the name, and the ways."""

    at: int
    character: str
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Syllable:
    """What one character is read as, how sure that is, and why it must be looked at."""

    text: str
    confidence: float
    source: Source
    choice: Choice | None = None
    reasons: tuple[str, ...] = ()


def read(
    text: str, parting: Parting, class_code: str = "", division_code: str = ""
) -> list[Syllable]:
    """Read a name, one syllable a character.

    Examples
    --------
    >>> from geo.gazetteer.romanise.breaks import part
    >>> [one.text for one in read("长治路", part("长治路"))]
    ['cháng', 'zhì', 'lù']
    """
    key = simplified(text)
    found = _usual(text, key, division_code[:2])
    for start, reading in _words(key):
        said = (Syllable(one, _ONLY_READING, "dictionary") for one in reading)
        found[start : start + len(reading)] = said
    for start, one in _exceptional(key, parting, division_code):
        found[start : start + len(one.text)] = _excepted(one, text, start, division_code)
    return [_coloured(one, at, key, class_code) for at, one in enumerate(found)]


def confirmed_syllables(text: str, confirmed: str | Sequence[str]) -> list[Syllable]:
    """Return what an officer confirmed, checked against the characters.

    Raises
    ------
    DataError
        There are more or fewer syllables than characters, or one is none.
    """
    given = confirmed.split() if isinstance(confirmed, str) else list(confirmed)
    said = [_toned(one) for one in given]
    wanted = len(text)
    runs = _RUNS.findall(text)
    if len(said) == len(runs) != wanted:  # digits and letters as they stand
        said = [
            one for run, syllable in zip(runs, said, strict=True) for one in _spread(run, syllable)
        ]
    if len(said) != wanted:
        raise DataError(
            say(
                f"“{text}”有 {wanted} 个字，确认的读音有 {len(given)} 个音节：{' '.join(given)}。",
                f"“{text}” has {wanted} characters, the confirmed reading {len(given)} syllables: "
                f"{' '.join(given)}.",
            ),
            hint=say(
                "请一字一音节，音节之间空一格，例如 jiàn shè lù。",
                "Give one syllable a character, parted by spaces: jiàn shè lù.",
            ),
        )
    for character, syllable in zip(text, said, strict=True):
        _must_be_syllable(text, character, syllable)
    return [Syllable(one, 1.0, "officer") for one in said]


def _must_be_syllable(text: str, character: str, syllable: str) -> None:
    coloured = character in "儿兒" and syllable == COLOURED
    as_it_is = character.isascii() and character.lower() == syllable.lower()
    if coloured or as_it_is or numbered(syllable)[0]:
        return
    raise DataError(
        say(
            f"“{text}”中“{character}”的读音“{syllable}”不是拼音音节。",
            f"“{syllable}”, given for “{character}” in “{text}”, is no syllable of pinyin.",
        ),
        hint=say("请用带调号的拼音，例如 lǜ。", "Use pinyin with tone marks, such as lǜ."),
    )


def _spread(run: str, syllable: str) -> list[str]:
    return list(run) if syllable.lower() == run.lower() and len(run) > 1 else [syllable]


def _toned(syllable: str) -> str:
    """Return a syllable with its tone as a mark, however it was typed."""
    normal = unicodedata.normalize("NFC", syllable.strip().lower())
    if len(normal) > 1 and normal[-1] in "012345" and normal[:-1].isalpha():
        bare = normal[:-1].replace("v", "ü")
        return bare if normal[-1] in "05" else str(to_tone(bare + normal[-1]))
    return normal if normal.isdigit() else normal.replace("v", "ü")


def _usual(text: str, key: str, province: str) -> list[Syllable]:
    """Read by what was learned and by the dictionary; letters and digits stand for themselves."""
    found: list[Syllable] = []
    for run in re.finditer(r"[^\x00-\x7f]+|[\x00-\x7f]+", key):
        if run.group().isascii():
            found.extend(Syllable(one, 1.0, "dictionary") for one in text[run.start() : run.end()])
            continue
        for at, said in enumerate(context().read(run.group(), province), start=run.start()):
            found.append(_weighed(text[at], key[at], at, said))
    return found


def _weighed(character: str, key: str, at: int, said: Decision) -> Syllable:
    """Return a decided syllable with its confidence."""
    if ord(key) not in pinyin_dict:
        return Syllable(character, 0.0, "dictionary")
    source: Source = "learned" if said.learned else "dictionary"
    several = ways(key)
    known = settled().get(key)
    if known and not said.learned and not said.share:  # alone: not as the dictionary has it first
        return Syllable(known, _ONLY_READING, source)
    if not several or known == said.syllable:
        return Syllable(said.syllable, _ONLY_READING, source)
    if said.learned:
        confidence = min(said.share, _LEARNED_AT_MOST)
    else:
        confidence = _IN_PHRASE if said.share else _USUAL_OF_SEVERAL
    every = tuple(dict.fromkeys((said.syllable, *several)))
    return Syllable(said.syllable, confidence, source, Choice(at, character, every))


def _words(key: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield where words begin that are read in one way, with their readings; none overlap."""
    known = certain()
    end = 0
    for at, first in enumerate(key):
        if at < end or first not in known:
            continue
        for word, reading in known[first]:
            if key.startswith(word, at):
                yield at, reading
                end = at + len(word)
                break


def _exceptional(
    key: str, parting: Parting, division_code: str
) -> Iterator[tuple[int, Exceptional]]:
    """Yield the exceptions that a name holds and where they begin: ends first."""
    begin = 0
    for one in parting.parts:
        end = begin + len(one.text)
        for length in range(min(longest_exception(), len(one.text)), 0, -1):
            found = _fitting(key[end - length : end], ("suffix",), division_code)
            if found is not None:
                yield end - length, found
                break
        begin = end
    begin = 0
    for one in parting.parts:
        for length in range(min(longest_exception(), len(key) - begin), 0, -1):
            whole = begin == 0 and length in (len(parting.specific), len(key))
            kinds = ("whole", "prefix") if whole else ("prefix",)
            found = _fitting(key[begin : begin + length], kinds, division_code)
            if found is not None:
                yield begin, found
                break
        begin += len(one.text)


def _fitting(text: str, kinds: tuple[str, ...], division_code: str) -> Exceptional | None:
    """Return the exception of a text, the one of the narrowest division first."""
    several = exceptions().get(text, ())
    return next(
        (one for one in several if one.kind in kinds and one.may_hold_in(division_code)),
        None,
    )


def _excepted(one: Exceptional, text: str, start: int, division_code: str) -> list[Syllable]:
    """Return the syllables of an exception; what is not certain says so."""
    reasons: tuple[str, ...] = ()
    confidence = _WITNESSED
    if one.status == "draft":
        confidence = _DRAFT
        reasons = (
            say(
                f"“{one.text}”读 {' '.join(one.reading)} 只有一个依据，请核实。",
                f"The reading {' '.join(one.reading)} of “{one.text}” has a single witness: check.",
            ),
        )
    elif not one.holds_in(division_code):
        confidence = _DRAFT
        reasons = (
            say(
                f"“{one.text}”读 {' '.join(one.reading)} 限于区划 {'、'.join(one.scope)}，"
                "所在区划不够具体，请核实。",
                f"“{one.text}” is read {' '.join(one.reading)} in division {', '.join(one.scope)} "
                "only, and where the name lies is not known so closely: check.",
            ),
        )
    found: list[Syllable] = []
    for offset, syllable in enumerate(one.reading):
        several = ways(one.text[offset])
        choice = None
        if several and (one.status == "draft" or one.text[offset] not in settled()):
            every = tuple(dict.fromkeys((syllable, *several)))
            choice = Choice(start + offset, text[start + offset], every)
        found.append(Syllable(syllable, confidence, "exception", choice, reasons))
    return found


def _coloured(one: Syllable, at: int, key: str, class_code: str) -> Syllable:
    """Read 儿 after a syllable as its colour in streets, unless it is a syllable of its own.

    Names of mountains and villages keep it as a syllable (猫儿山 Māo’ér Shān): an officer decides.
    """
    if key[at] != "儿" or at == 0 or one.source == "exception" or key[at - 1].isascii():
        return one
    if key[at - 1 : at + 1] in wholes() or key[at : at + 2] in wholes():
        return one
    if not street_name(key, class_code):
        return replace(one, confidence=_COLOUR, choice=Choice(at, key[at], ("ér", COLOURED)))
    return replace(
        one, text=COLOURED, confidence=_COLOUR, choice=Choice(at, key[at], (COLOURED, "ér"))
    )
