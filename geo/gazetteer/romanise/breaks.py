"""Where a Chinese placename is parted when it is written in letters (rule of 1984, clauses 1–7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from geo.gazetteer.romanise.lexicon import (
    DIVISION,
    STREET,
    Generic,
    generics,
    longest_generic,
    peoples,
    wholes,
)
from geo.gazetteer.romanise.numerals import number, trailing

Role = Literal["specific", "modifier", "ordinal", "generic"]

_JOINED: Final = "22"
"""Class of settlements: a village's or a market town's name is one word (clause 3)."""
_ESTATES: Final = frozenset({"estate", "area", "unit"})
_DIRECTIONS: Final = frozenset("东西南北")
_SIZES: Final = frozenset("大小前后新老正横")
_NATURAL: Final = frozenset({"water", "landform"})
_MOST_MODIFIERS: Final = 2
_SPELLED_OUT: Final = re.compile(r"[0-9A-Za-z]+")


@dataclass(frozen=True, slots=True)
class Part:
    """One word of a name, and what it does there."""

    text: str
    role: Role
    digits: str = ""


@dataclass(frozen=True, slots=True)
class Parting:
    """A name in its words; ``guessed`` says which rule had to be stretched, "" for none."""

    parts: tuple[Part, ...]
    generic: str
    guessed: str = ""

    @property
    def specific(self) -> str:
        """What is left of the name without its generic term."""
        whole = "".join(part.text for part in self.parts)
        return whole.removesuffix(self.generic) if self.generic else whole


def part(text: str, class_code: str = "") -> Parting:
    """Part a name into words.

    Examples
    --------
    >>> [one.text for one in part("广安门北滨河路").parts]
    ['广安门', '北滨河', '路']
    >>> [one.text for one in part("王村", "22200").parts]
    ['王村']
    """
    generic = _ending(text, class_code)
    if generic is None and not class_code.startswith(_JOINED):
        generic = _ending(text, "")  # a term that its class does not list: 人民/广场 as a park
    if generic is None:
        if class_code.startswith(_JOINED):
            return Parting((Part(text, "specific"),), "")
        return Parting(tuple(_words(text)), "")
    head, term = _without(text, generic)
    before, digits, third = _ordinal(head, generic)
    parts: list[Part] = []
    guessed = ""
    if before:
        if generic.group == DIVISION:
            parts = _with_peoples(before)
        elif generic.group in _NATURAL:
            parts = _words(before)
        else:
            parts, guessed = _inner(before, class_code, ordinal=bool(digits))
    if third:
        parts.append(Part(third, "ordinal", digits))
    words = generic.words if term == generic.term else (term,)
    return Parting((*parts, *(Part(one, "generic") for one in words)), term, guessed)


def _ending(text: str, class_code: str) -> Generic | None:
    """Return the longest generic term that ends a name and leaves something before it."""
    village = class_code.startswith(_JOINED)
    for length in range(min(longest_generic(), len(text) - 1), 0, -1):
        for one in generics().get(text[-length:], ()):
            if village and (one.group not in _ESTATES or length == 1):
                continue
            if class_code and not one.holds_for(class_code):
                continue
            if not class_code and (one.group == "estate" and length == 1):
                continue
            if one.group in _NATURAL and length > 1 and len(text) == length + 1:
                shorter = _ending(text[1:], class_code)  # 渤海/湾, not 渤/海湾
                if shorter is not None and text[0] not in _SIZES:
                    return shorter
            return one
    return None


def _without(text: str, generic: Generic) -> tuple[str, str]:
    """Return what stands before a generic term, and the term with the modifiers it takes.

    A modifier of one syllable is written together with its generic term (clause 2), but a name
    keeps a specific part: 南/小街, 小/南街, and 河西/路, not 河/西路.
    """
    head, term = text[: -len(generic.term)], generic.term
    if head in wholes():
        return head, term
    taken = 0
    while taken < _MOST_MODIFIERS and head and head[-1] in generic.modifiers:
        if head in wholes() or (taken and not (head[-1] in _DIRECTIONS and term[0] in _SIZES)):
            break
        head, term, taken = head[:-1], head[-1] + term, taken + 1
    if not head and taken:
        head, term = term[0], term[1:]
    elif len(head) == 1 and taken and head not in generic.modifiers and number(head) is None:
        head, term = head + term[0], term[1:]
    return head, term


def _ordinal(head: str, generic: Generic) -> tuple[str, str, str]:
    """Return what stands before a street's ordinal, its digits, and its characters (clause 7)."""
    if generic.group != STREET:
        return head, "", ""
    written = trailing(head, wholes())
    if not written:
        return head, "", ""
    before = head.removesuffix(written)
    digits = str(number(written))
    if before.endswith("第"):
        return before[:-1], f"Dì-{digits}", f"第{written}"
    return before, digits, written


def _inner(text: str, class_code: str, *, ordinal: bool) -> tuple[list[Part], str]:
    """Part what stands before a generic term where it holds a generic term of its own (clause 4).

    A generic term of one syllable has become part of the specific (解放路/南小街); one of two
    syllables, also one syllable with its modifier, stays a word (包头/胡同/东巷).
    """
    if text in wholes():
        return [Part(text, "specific")], ""
    if ordinal and len(text) > _MOST_MODIFIERS and text[-1] in _DIRECTIONS:
        parts, guessed = _inner(text[:-1], class_code, ordinal=False)
        return [*parts, Part(text[-1], "modifier")], guessed
    one = _ending(text, "" if class_code.startswith(_JOINED) else class_code)
    if one is not None and one.group == STREET:
        head, term = _without(text, one)
        before, digits, third = _ordinal(head, one)
        if third or (len(term) > 1 and len(head) > 1):
            parts, guessed = _inner(before, class_code, ordinal=bool(third)) if before else ([], "")
            if third:
                parts.append(Part(third, "ordinal", digits))
            return [*parts, Part(term, "specific")], guessed
    for whole in sorted(wholes()):
        if (
            len(text) > len(whole)
            and text.endswith(whole)
            and len(whole) > 1
            and whole[-1] in "江河"
        ):
            parts, guessed = _inner(text.removesuffix(whole), class_code, ordinal=False)
            return [*parts, Part(whole, "specific")], guessed
    cut = len(text) - 3
    if cut > 1 and text[cut] in _DIRECTIONS and not _ends_in_region(text[: cut + 1]):
        # 广安门/北滨河/路, 广渠/南水关/胡同: a direction opens the second of two specifics.
        return [Part(text[:cut], "specific"), Part(text[cut:], "specific")], "direction"
    return _words(text), ""


def _ends_in_region(text: str) -> bool:
    """Return whether a direction at the end belongs to the name of a province: 江西, 湖南."""
    return text[-2:] in {
        "江西", "山西", "陕西", "广西", "湖南", "河南", "云南", "海南", "湖北", "河北",
        "山东", "广东", "济南", "淮南", "淮北", "台北", "渭南", "西南", "西北", "东南", "东北",
    }  # fmt: skip


def _with_peoples(text: str) -> list[Part]:
    """Part the peoples named in an autonomous division from its specific part."""
    named: list[Part] = []
    rest = text
    while True:
        people = next((one for one in peoples() if rest.endswith(one) and len(rest) > len(one)), "")
        if not people:
            break
        named.insert(0, Part(people, "specific"))
        rest = rest.removesuffix(people)
    return [*_words(rest), *named]


def _words(text: str) -> list[Part]:
    """Part letters, digits and 第N at the beginning from the characters around them."""
    parts: list[Part] = []
    at = 0
    for found in _SPELLED_OUT.finditer(text):
        if found.start() > at:
            parts.append(Part(text[at : found.start()], "specific"))
        parts.append(Part(found.group(), "ordinal", found.group()))
        at = found.end()
    if at < len(text):
        parts.append(Part(text[at:], "specific"))
    first = parts[0].text if parts else ""
    if first.startswith("第") and len(first) > _MOST_MODIFIERS + 1:
        third = leading_ordinal(first)
        if third and len(third) < len(first):
            parts[0:1] = [Part(third, "modifier"), Part(first.removeprefix(third), "specific")]
    return parts


def leading_ordinal(text: str) -> str:
    """Return 第 and the number after it at the beginning of a text, or nothing.

    Examples
    --------
    >>> leading_ordinal("第二松花")
    '第二'
    """
    end = 1
    while end < len(text) and number(text[1 : end + 1]) is not None:
        end += 1
    return text[:end] if end > 1 else ""
