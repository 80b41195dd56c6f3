"""Whether the syllables that an officer confirms are readings of the characters; which tones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pypinyin.pinyin_dict import pinyin_dict

from geo.errors import DataError
from geo.gazetteer.romanise.context import ways
from geo.gazetteer.romanise.lexicon import exceptions, simplified
from geo.gazetteer.romanise.name import Romanisation, romanise
from geo.gazetteer.search.letters import numbered, plain
from geo.text import say

_SHOWN: Final = 6
_NEUTRAL: Final = re.compile(r"[^\W\d_]+[05]")
"""A syllable that is said to have no tone."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """One character with the syllable that was confirmed for it."""

    at: int
    character: str
    syllable: str
    known: tuple[str, ...]
    """Its readings in the dictionary."""
    excepted: tuple[str, ...]
    """What exceptional names make of it here."""

    @property
    def alike(self) -> tuple[str, ...]:
        """The readings with a tone that differ from the syllable in nothing but that."""
        bare = plain(self.syllable)[0]
        every = dict.fromkeys((*self.excepted, *(ways(simplified(self.character)) or self.known)))
        return tuple(one for one in every if plain(one)[0] == bare and plain(one)[1])


def fitted(
    text: str, reading: str, *, class_code: str = "", division_code: str = "", special: str = ""
) -> str:
    """Return a confirmed reading with the tones that were left out, or refuse one that is unfit.

    Written tones are not compared: names have tones of their own. What the table of exceptions has
    is right; a given spelling (of a name in another language) is no reading and is left alone. A
    syllable without a tone takes the one that is without doubt here; ``zi5`` has none.

    Parameters
    ----------
    text
        The name.
    reading
        What was confirmed: syllables parted by spaces, or a given spelling.
    class_code, division_code
        Class of the place and where it lies.
    special
        Why a reading holds that the dictionary does not have; empty: there is no such reason.

    Raises
    ------
    DataError
        There are more or fewer syllables than characters; or a syllable is no reading of its
        character, or may have several tones: all such are named, with the readings there are.

    Examples
    --------
    >>> fitted("文虹街", "wen hong jie")
    'wén hóng jiē'
    """
    found = romanise(text, class_code=class_code, division_code=division_code, confirmed=reading)
    if found.source == "given":
        return reading
    proposed = romanise(text, class_code=class_code, division_code=division_code)
    said, meant = list(found.reading), list(found.reading)
    kept = [one for one in unicodedata.normalize("NFKC", text) if one.isalnum()]
    written = reading.split()
    neutral = len(written) == len(kept)
    strange, open_ = [], []
    for one in _heard(kept, said):
        bare, tone = plain(one.syllable)
        if bare not in {plain(other)[0] for other in (*one.known, *one.excepted)}:
            strange.append(one)
        elif not (tone or (neutral and _NEUTRAL.fullmatch(written[one.at]))):
            toned = _toned(one, proposed)
            meant[one.at] = toned or _likely(one, proposed)
            if not toned:
                open_.append(one)
    if (strange and not special.strip()) or open_:
        raise _refusal(text, [] if special.strip() else strange, open_, meant)
    return " ".join(meant)


def _toned(one: _Heard, proposed: Romanisation) -> str:
    """Return the tone that is meant without doubt; empty where several may be."""
    own = proposed.reading[one.at : one.at + 1]
    doubted = any(choice.at == one.at for choice in proposed.choices)
    if own and not doubted and own[0] in one.alike:
        return own[0]
    if not one.alike:
        return one.syllable
    return one.alike[0] if len(one.alike) == 1 else ""


def _likely(one: _Heard, proposed: Romanisation) -> str:
    """Return what an example shows where several tones may be meant."""
    own = proposed.reading[one.at : one.at + 1]
    return own[0] if own and own[0] in one.alike else one.alike[0]


def _refusal(
    text: str, strange: Sequence[_Heard], open_: Sequence[_Heard], meant: Sequence[str]
) -> DataError:
    """Return the refusal that names every syllable that is unfit or may have several tones."""
    faults = [
        say(
            f"“{one.character}”没有 {one.syllable} 这个读音（有 {'、'.join(one.known[:_SHOWN])}）",
            f"“{one.character}” is not read {one.syllable} (but {', '.join(one.known[:_SHOWN])})",
        )
        for one in strange
    ] + [
        say(
            f"“{one.character}”的 {one.syllable} 没有声调，可以是 {'、'.join(one.alike[:_SHOWN])}",
            f"{one.syllable} of “{one.character}” has no tone and may be "
            f"{', '.join(one.alike[:_SHOWN])}",
        )
        for one in open_
    ]
    hints = []
    if strange:
        hints.append(
            say(
                "请核对读音；如确属方言或特例，加 --special 理由。",
                "Compare the reading; if it is a dialect's or special, say why: --special.",
            )
        )
    if open_:
        numbers = " ".join(_typed(one) for one in meant)
        hints.append(
            say(
                f"请写明声调，例如“{' '.join(meant)}”，也可写作“{numbers}”；轻声写 5。",
                f"Write the tones, such as “{' '.join(meant)}” or “{numbers}”; 5 is none.",
            )
        )
    return DataError(
        (
            say(f"“{text}”的读音与汉字不符：", f"the reading does not fit {text}: ")
            if strange
            else say(f"“{text}”的读音没有写全声调：", f"the reading of {text} lacks tones: ")
        )
        + say("；", "; ").join(faults)
        + say("。", "."),
        hint=say("", " ").join(hints),
    )


def _typed(syllable: str) -> str:
    """Return a syllable with its tone as a digit."""
    bare, tone = plain(syllable)
    return f"{bare}{tone}" if tone else bare


def _heard(kept: Sequence[str], said: Sequence[str]) -> Iterator[_Heard]:
    """Yield the characters of which the dictionary knows how they are read."""
    excepted = _excepted(simplified("".join(kept)))
    for at, (character, syllable) in enumerate(zip(kept, said, strict=True)):
        forms = dict.fromkeys((character, simplified(character)))
        known = tuple(
            dict.fromkeys(
                one for form in forms for one in pinyin_dict.get(ord(form), "").split(",") if one
            )
        )
        coloured = character in "儿兒" and syllable == "r"
        if known and numbered(syllable)[0] and not coloured:
            yield _Heard(at, character, syllable, known, tuple(excepted.get(at, ())))


def _excepted(key: str) -> dict[int, list[str]]:
    """Return what the exceptions that a name holds make of its characters, by their place."""
    found: dict[int, list[str]] = {}
    for start in range(len(key)):
        for end in range(start + 1, len(key) + 1):
            for one in exceptions().get(key[start:end], ()):
                for at, syllable in enumerate(one.reading, start=start):
                    found.setdefault(at, []).append(syllable)
    return found
