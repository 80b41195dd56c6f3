"""How the rows of cases are told: states, kinds and roles in words, and the facts that changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import shapely

from geo.gazetteer.cases.forms import fields
from geo.gazetteer.cases.hearing import STANCES
from geo.gazetteer.cases.rulebook import rulebook
from geo.gazetteer.division.change import kinds
from geo.gazetteer.rules import pack
from geo.gazetteer.shape_words import shape_word
from geo.gazetteer.words import class_word, word
from geo.text import say

Names = Mapping[str, str]
"""What rows are called, by their ids."""

CHOSEN: Final = frozenset({"case", "step", "document", "opinion", "task"})
"""Records that have columns of a word each of the tables of cases."""
_UNTOLD: Final = frozenset({"names", "old_name_id"})
"""Facts that other rows tell."""


def choice_word(record: str, column: str, value: str) -> str:
    """Return what a value of the tables of cases is called; empty where it is none of theirs."""
    rules = rulebook()
    if column == "reason_code":
        reasons = {one.code: say(one.zh, one.en) for one in pack().rules["R13"].reasons}
        return reasons.get(value, "")
    words: Mapping[tuple[str, str], Mapping[str, object]] = {
        ("case", "state"): rules.state_words,
        ("case", "kind"): {key: one.word for key, one in rules.kinds.items()},
        ("step", "was"): rules.state_words,
        ("step", "became"): rules.state_words,
        ("step", "role"): rules.roles,
        ("document", "kind"): rules.documents,
        ("opinion", "stance"): STANCES,
        ("task", "kind"): {one.id: one.word for one in reversed(rules.deadlines)},
    }
    return str(words.get((record, column), {}).get(value, ""))


def case_facts_told(was: str | None, now: str | None, names: Names) -> list[tuple[str, str, str]]:
    """Return the facts of a case that differ: heading, before, after."""
    old, new = (json.loads(text) if text else {} for text in (was, now))
    labels = {
        one.target.removeprefix("facts."): one.label
        for one in fields()
        if one.target.startswith("facts.")
    }
    told = []
    for key in sorted({*old, *new} - _UNTOLD):
        before, after = (_fact(key, facts.get(key), names) for facts in (old, new))
        if before != after:
            told.append((labels.get(key) or word("fact", key), before, after))
    return told


def _fact(key: str, value: Any, names: Names) -> str:  # noqa: ANN401 - any fact
    """Return a fact of a case in words; ids of places by what they are called."""
    if value in (None, "", [], {}):
        return ""
    if key in _READERS:
        return _READERS[key](value)
    if isinstance(value, list):
        return _joined(names.get(str(one), str(one)) for one in value)
    if isinstance(value, dict):
        return _joined(f"{word('fact', name)} {one}" for name, one in value.items())
    return names.get(str(value), str(value))


def _joined(texts: Iterable[str]) -> str:
    return say("、", ", ").join(texts)


def _papers(kept: Mapping[str, str]) -> str:
    return _joined(str(called) for kind, called in rulebook().documents.items() if kind in kept)


def _authority(code: str) -> str:
    known = rulebook().authorities
    return str(known[code].word) if code in known else code


_READERS: Final[Mapping[str, Callable[[Any], str]]] = {
    "documents": _papers,
    "authority": _authority,
    "class_code": class_word,
    "change": lambda key: str(kinds()[key]["zh"]) if key in kinds() else key,
    "shapes": lambda drawn: _joined(shape_word(shapely.from_wkt(one["wkt"])) for one in drawn),
    "consultation": lambda term: say(f"至 {term['until']}", f"until {term['until']}"),
    "corrections": lambda listed: say(f"{len(listed)} 处", str(len(listed))),
}
"""How facts are read that are neither texts, nor places, nor lists of them."""
