"""How a Chinese placename is written in letters, how sure that is, and what an officer confirms."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from geo.errors import DataError
from geo.gazetteer.romanise import spelling
from geo.gazetteer.romanise.breaks import Part, Parting, part
from geo.gazetteer.romanise.lexicon import Region, foreign, region_of, simplified
from geo.gazetteer.romanise.readings import Choice, Syllable, confirmed_syllables, read
from geo.gazetteer.search.letters import has_characters
from geo.text import say

Source = Literal["officer", "given", "exception", "learned", "dictionary"]

_LONGEST: Final = 60
_SURE: Final = 0.97
_GUESSED_BREAK: Final = 0.9


@dataclass(frozen=True, slots=True)
class Romanisation:
    """A name in letters.

    Attributes
    ----------
    reading
        A toned syllable for every character, digit or letter that is read; 儿 that only colours the
        syllable before it is ``r``. Ordinals are here as they are spoken.
    toned, plain, sign
        "Jiànshè Lù", "Jianshe Lu", "JIANSHE LU"; all empty where the spelling must be given.
    breaks
        The characters of every word, in order.
    specific, generic
        The characters of the two parts; the generic is empty where none is told apart.
    confidence
        Between 0 and 1: the least sure step decides.
    source
        The most particular source that any syllable needed: officer, given (a spelling kept as it
        is), exception, learned, dictionary.
    must_confirm
        Whether an officer has to confirm before the name goes on a sign.
    reasons
        Why, in sentences for the officer.
    choices
        The characters that could be read otherwise, with their readings.
    """

    reading: tuple[str, ...]
    toned: str
    plain: str
    sign: str
    breaks: tuple[str, ...]
    specific: str
    generic: str
    confidence: float
    source: Source
    must_confirm: bool
    reasons: tuple[str, ...]
    choices: tuple[Choice, ...] = ()


def romanise(
    text: str,
    *,
    class_code: str = "",
    division_code: str = "",
    confirmed: str | Sequence[str] | None = None,
    breaks: Sequence[str] | None = None,
) -> Romanisation:
    """Write a Chinese placename in letters by the rule of 1984.

    Parameters
    ----------
    text
        The name in characters.
    class_code
        Class of the place, from the left as far as known; a village's name is one word.
    division_code
        Code of the division it lies in, from the left as far as known.
    confirmed
        The reading an officer has confirmed: syllables with tone marks or digits, parted by spaces
        or as a list. In a region with names in other languages, or for a name without a Chinese
        reading, it may be the given spelling, which is kept as it is.
    breaks
        The words an officer has confirmed, in characters.

    Raises
    ------
    DataError
        The text is empty or too long, or what was confirmed does not fit the characters.

    References
    ----------
    中国地名汉语拼音字母拼写规则（汉语地名部分）, 25 December 1984.

    Examples
    --------
    >>> name = romanise("建设路", confirmed="jiàn shè lù")
    >>> name.toned, name.plain, name.sign, name.specific, name.must_confirm
    ('Jiànshè Lù', 'Jianshe Lu', 'JIANSHE LU', '建设', False)
    >>> romanise("北二巷").toned, romanise("六安路").toned
    ('Běi 2 Xiàng', 'Lù’ān Lù')
    """
    kept = _kept(text)
    parting = _parting(kept, class_code, breaks)
    region = region_of(division_code)
    if confirmed is not None:
        given = _given(text, confirmed, kept, region, parting)
        if given is not None:
            return given
        syllables = confirmed_syllables(kept, confirmed)
    else:
        syllables = read(kept, parting, class_code, division_code)
    reasons = [] if confirmed is not None else _reasons(text, kept, syllables, region)
    if parting.guessed and breaks is None:
        reasons.append(
            say(
                f"分写“{'／'.join(one.text for one in parting.parts)}”是按方位词推断的，请核对。",
                f"The words “{' / '.join(one.text for one in parting.parts)}” were inferred from a "
                "direction: please check.",
            )
        )
    confidence = min((one.confidence for one in syllables), default=0.0)
    if parting.guessed and breaks is None:
        confidence = min(confidence, _GUESSED_BREAK)
    foreign_name = confirmed is None and region is not None and foreign(kept)
    words = [] if foreign_name else _words(parting.parts, syllables)
    toned, plain, sign = spelling.written(words)
    return Romanisation(
        reading=tuple(one.text for one in syllables),
        toned=toned,
        plain=plain,
        sign=sign,
        breaks=tuple(one.text for one in parting.parts),
        specific=parting.specific,
        generic=parting.generic,
        confidence=0.0 if foreign_name else round(confidence, 4),
        source=_source(syllables),
        must_confirm=bool(reasons) or confidence < _SURE,
        reasons=tuple(reasons),
        choices=tuple(one.choice for one in syllables if one.choice is not None),
    )


def _kept(text: str) -> str:
    """Return what of a name is read: characters, letters and digits."""
    if not isinstance(text, str) or not text.strip():
        raise DataError(
            say("地名是空的。", "The name is empty."),
            hint=say("请填写地名汉字。", "Enter the name in characters."),
        )
    if len(text) > _LONGEST:
        raise DataError(
            say(
                f"地名有 {len(text)} 个字，最多 {_LONGEST} 个。",
                f"The name has {len(text)} characters; at most {_LONGEST} are read.",
            ),
            hint=say("请只填一个地名，不要填地址。", "Enter one name, not an address."),
        )
    normal = unicodedata.normalize("NFKC", text)
    kept = "".join(one for one in normal if one.isalnum())
    if not kept:
        raise DataError(
            say(f"“{text}”里没有可以拼写的字。", f"“{text}” has nothing that can be spelled."),
            hint=say("请填写地名汉字。", "Enter the name in characters."),
        )
    return kept


def _parting(kept: str, class_code: str, breaks: Sequence[str] | None) -> Parting:
    """Return the words of a name: an officer's, or those of the rule."""
    found = part(simplified(kept), class_code)
    if breaks is None:
        return _over(kept, found)
    words = [_kept(one) for one in breaks]
    if "".join(words) != kept:
        raise DataError(
            say(
                f"分写“{'／'.join(breaks)}”连起来不是“{kept}”。",
                f"The words “{' / '.join(breaks)}” do not make up “{kept}”.",
            ),
            hint=say("请只分开，不增减汉字。", "Part the characters without changing them."),
        )
    known = {one.text: one for one in _over(kept, found).parts}
    parts = tuple(known.get(one, Part(one, "specific")) for one in words)
    generic = found.generic if len(words) > 1 and words[-1] == kept[-len(found.generic) :] else ""
    return Parting(parts, words[-1] if generic else "")


def _over(kept: str, found: Parting) -> Parting:
    """Return a parting of simplified characters over the characters as they were written."""
    parts: list[Part] = []
    at = 0
    for one in found.parts:
        parts.append(Part(kept[at : at + len(one.text)], one.role, one.digits))
        at += len(one.text)
    generic = kept[len(kept) - len(found.generic) :] if found.generic else ""
    return Parting(tuple(parts), generic, found.guessed)


def _given(
    text: str,
    confirmed: str | Sequence[str],
    kept: str,
    region: Region | None,
    parting: Parting,
) -> Romanisation | None:
    """Return a given spelling as it is, unless it is a Chinese reading."""
    if not isinstance(confirmed, str) or not confirmed.strip():
        return None
    if region is None and has_characters(kept):
        return None
    try:
        confirmed_syllables(kept, confirmed)
    except DataError:
        given = unicodedata.normalize("NFC", " ".join(confirmed.split()))
    else:
        return None
    if has_characters(given):
        raise DataError(
            say(
                f"“{text}”的拼写“{given}”里有汉字。",
                f"The spelling “{given}” of “{text}” has characters.",
            ),
            hint=say("请填写罗马字母拼写。", "Enter the spelling in Roman letters."),
        )
    return Romanisation(
        (), given, given, given.upper(), tuple(one.text for one in parting.parts),
        parting.specific, parting.generic, 1.0, "given", must_confirm=False, reasons=(),
    )  # fmt: skip


def _reasons(
    text: str, kept: str, syllables: Sequence[Syllable], region: Region | None
) -> list[str]:
    """Return why an officer has to look at a name."""
    reasons: list[str] = []
    if region is not None:
        reasons.append(
            say(
                f"位于{region.name}，可能是{region.languages}地名；少数民族语地名按音译转写法拼写，"
                "请填写给定拼写，或确认这是汉语地名。",
                f"It lies in {region.name}, where names may come from other languages: give the "
                "official spelling, or confirm that the name is Chinese.",
            )
        )
    for one in syllables:
        if one.choice is not None:
            ways = "／".join(one.choice.readings)
            reasons.append(
                say(
                    f"“{one.choice.character}”是多音字（{ways}），取 {one.text}。",
                    f"“{one.choice.character}” can be read {ways}; {one.text} was taken.",
                )
            )
        reasons.extend(one.reasons)
    if unread := [one.text for one in syllables if one.confidence == 0]:
        reasons.append(
            say(
                f"查不到读音：{'、'.join(unread)}。",
                f"No reading is known of {', '.join(unread)}.",
            )
        )
    if len(kept) != len("".join(text.split())):
        reasons.append(
            say("标点和符号没有拼写。", "Punctuation and signs were left out of the spelling.")
        )
    return list(dict.fromkeys(reasons))


def _source(syllables: Sequence[Syllable]) -> Source:
    order: tuple[Source, ...] = ("officer", "exception", "learned", "dictionary")
    return next(one for one in order if any(said.source == one for said in syllables))


def _words(parts: Sequence[Part], syllables: Sequence[Syllable]) -> list[str]:
    """Return every word in letters; ordinals in digits (clause 7)."""
    words: list[str] = []
    at = 0
    for one in parts:
        said = [syllable.text for syllable in syllables[at : at + len(one.text)]]
        at += len(one.text)
        if one.digits:
            words.append(one.digits)
        elif words and said[0] == "r":
            words[-1] += spelling.word(said).lower()
        else:
            words.append(spelling.word(said))
    return words
