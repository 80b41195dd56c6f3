"""Lawful names in place of one that is not: every one offered has been checked itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

import shapely

from geo.gazetteer.rules.asked import Asked
from geo.gazetteer.rules.fitness import figures, met
from geo.gazetteer.rules.kinds import generics_of, national_divisions, split, variants
from geo.gazetteer.rules.model import Alternative, Finding
from geo.gazetteer.rules.pack import Pack

MOST_OFFERED: Final = 4
_MOST_TRIED: Final = 12
_USUAL: Final = 5
_TAKEN: Final = frozenset({"R8a", "R8b", "R8c", "R8d", "R9", "R19"})
_WORDED: Final = frozenset({"R4", "R5", "R6", "R15"})
_LOCAL: Final = frozenset({"town", "village", "hamlet", "nature"})
_NEAR_M: Final = 3_000.0
_TOWNSHIP: Final = 9
_POSTS: Final = ("点", "站", "所")
"""Ends of names that posts bear, such as 看护点: nothing is named after them."""


def offered(
    asked: Asked, bad: Sequence[Finding], pack: Pack, *, passes: Callable[[str], bool]
) -> dict[str, tuple[Alternative, ...]]:
    """Return alternatives by the rule that they answer; none where none was found."""
    rules = {finding.rule for finding in bad}
    ideas: dict[str, Iterable[Alternative]] = {}
    if rules & _TAKEN:
        ideas["taken"] = (*_reserved(asked), *_prefixed(asked), *_other_generics(asked, pack))
    if rules & _WORDED:
        ideas["worded"] = (*_without_words(asked), *_reserved(asked))
    if "R1" in rules:
        ideas["R1"] = _with_generic(asked)
    if "R2" in rules:
        ideas["R2"] = _standard_characters(asked)
    if rules & {"R3", "R24"}:
        ideas["size"] = _other_generics(asked, pack)
    lawful = {
        key: tuple(
            islice((o for o in _distinct(tried, asked.text) if passes(o.text)), MOST_OFFERED)
        )
        for key, tried in ideas.items()
    }
    belongs = dict.fromkeys(_TAKEN, "taken") | dict.fromkeys(_WORDED, "worded")
    belongs |= {"R1": "R1", "R2": "R2", "R3": "size", "R24": "size"}
    return {rule: lawful[belongs[rule]] for rule in rules if belongs.get(rule) in lawful}


def _distinct(tried: Iterable[Alternative], but: str) -> list[Alternative]:
    kept = {one.text: one for one in tried if one.text and one.text != but}
    return list(kept.values())[:_MOST_TRIED]


def _reserved(asked: Asked) -> list[Alternative]:
    """Return names of the reserve with the same generic."""
    generic = asked.parts[1]
    words = list(islice(asked.standing.lexicon.of("reserve"), _USUAL))
    return [
        Alternative(f"{word.text}{generic}", "取自采词库", "from the names in reserve")
        for word in words
        if generic
    ]


def _prefixed(asked: Asked) -> list[Alternative]:
    """Return the name with the specific part of a place around it in front."""
    specific, generic = asked.parts
    return [
        Alternative(
            f"{place}{specific}{generic}", f"加所在地“{place}”", f"with the local name {place}"
        )
        for place in list(_local(asked))[:_USUAL]
        if len(place) > 1 and not specific.startswith(place)
    ]


def _local(asked: Asked) -> dict[str, None]:
    """Return the specific parts of names around a place, else of its county."""
    code = asked.proposal.division_code
    locals_: dict[str, None] = {}
    if asked.shape is not None:
        for name in asked.standing.near(asked.shape, _NEAR_M, _LOCAL):
            around = name.place_kind != "town" or shapely.intersects(name.geometry, asked.shape)
            if not around or _apart(name.division_code, code) or name.text.endswith(_POSTS):
                continue
            locals_[split(name.text, name.place_kind)[0]] = None
    if code and not locals_:
        for rows in national_divisions().values():
            for number, text in rows:
                if code.startswith(number) and len(number) == 6:  # noqa: PLR2004 - a county
                    locals_[split(text, "division")[0]] = None
    return locals_


def _apart(one: str, other: str) -> bool:
    """Return whether two places are known to lie in different townships."""
    both = min(len(one), len(other), _TOWNSHIP)
    return one[:both] != other[:both]


def _other_generics(asked: Asked, pack: Pack) -> list[Alternative]:
    """Return the specific part with other generic terms of its kind that its figures allow."""
    specific, generic = asked.parts
    told = figures(asked)
    asks = [
        one for rule in ("R3", "R24") if rule in pack.rules for one in pack.rules[rule].thresholds
    ]
    allowed = [
        term
        for term in generics_of(asked.kind)
        if term != generic and all(met(one, told) is True for one in asks if one.generic == term)
    ]
    return [
        Alternative(f"{specific}{term}", f"改用通名“{term}”", f"with the generic term {term}")
        for term in allowed
        if specific
    ]


def _with_generic(asked: Asked) -> list[Alternative]:
    specific = asked.parts[0]
    return [
        Alternative(f"{specific}{term}", f"补通名“{term}”", f"with the generic term {term}")
        for term in generics_of(asked.kind)[:_USUAL]
        if specific
    ]


def _standard_characters(asked: Asked) -> list[Alternative]:
    known = variants()
    text = "".join(known[c][0] if c in known else c for c in asked.text)
    text = "".join(c for c in text if c.isalpha() and not c.isascii())
    return [Alternative(text, "改用规范汉字，删去符号和字母", "in standard characters, no marks")]


def _without_words(asked: Asked) -> list[Alternative]:
    """Return the name without the words that a list objects to, if a specific part remains."""
    specific, generic = asked.parts
    words = asked.standing.lexicon.within(
        specific, "grand", "odd", "foreign", "enterprise", "leader", "person", "fictional"
    )
    left = specific
    for word in words:
        left = left.replace(word.text, "")
    left = "".join(c for c in left if c.isalpha() and not c.isascii())
    if len(left) < 2 or left == specific:  # noqa: PLR2004 - one character is no specific part
        return []
    return [Alternative(f"{left}{generic}", "删去不规范用语", "without the wording objected to")]
