"""What must not be told of the gazetteer: which places are secret, and their names in a text."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from geo.gazetteer.book import Gazetteer, Row
from geo.text import say

OPEN: Final = ("public", "internal")
"""How places are of which those may be told who may see what is internal."""
_SHORTEST_NAME: Final = 2
_QUOTED: Final = re.compile(r"\"([^\"\\]+)\"")


@dataclass(frozen=True, slots=True)
class Veil:
    """What is secret in a gazetteer at one moment; made by `veil`.

    Attributes
    ----------
    places
        Ids of the secret places.
    cases
        Ids of the cases about one, or that make one.
    things
        Ids of the tasks and signs of these places and cases.
    """

    places: frozenset[str]
    cases: frozenset[str]
    things: frozenset[str]
    _names: re.Pattern[str] | None
    _open: frozenset[str]

    def over(self, text: str) -> str:
        """Return a text without the names of secret places; names of open ones stay whole.

        Examples
        --------
        >>> names = [{"place_id": "a", "text": "龙洞"}, {"place_id": "b", "text": "龙洞路"}]
        >>> names_veiled(names, {"a"}).over("龙洞路通往龙洞。")
        '龙洞路通往（不公开）。'
        """
        if self._names is None or not text:
            return text
        hidden = say("（不公开）", "(not public)")
        return self._names.sub(lambda m: m[0] if m[0] in self._open else hidden, text)

    def over_all(self, told: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a JSON value with every text in it veiled."""
        if self._names is None:
            return told
        if isinstance(told, str):
            return self.over(told)
        if isinstance(told, dict):
            return {key: self.over_all(value) for key, value in told.items()}
        if isinstance(told, list | tuple):
            return [self.over_all(value) for value in told]
        return told


def veil(book: Gazetteer) -> Veil:
    """Return what is secret in a gazetteer now: places, what is about them, and all their names."""
    places = frozenset(row["id"] for row in book.rows("place", secrecy="secret"))
    cases = frozenset(row["id"] for row in book.rows("case") if is_secret_case(row, places))
    things = {
        row["id"]
        for record in ("task", "sign")
        for row in book.rows(record)
        if row["place_id"] in places or row.get("case_id") in cases
    }
    asked = [row["text"] for case in sorted(cases) for row in book.rows("candidate", case_id=case)]
    return names_veiled(
        book.rows("name") if places or asked else (), places, asked=asked, cases=cases,
        things=things,
    )  # fmt: skip


def is_secret_case(case: Row, places: Collection[str]) -> bool:
    """Return whether a case is about a secret place, or makes one.

    Parameters
    ----------
    case
        The row of the case.
    places
        Ids of the secret places.
    """
    if case["place_id"] in places:
        return True
    facts: str = case["facts"] or "{}"
    if "secret" in facts and json.loads(facts).get("secrecy") == "secret":
        return True
    return not set(_QUOTED.findall(facts)).isdisjoint(places)


def names_veiled(
    names: Iterable[Row],
    places: Collection[str],
    *,
    asked: Iterable[str] = (),
    cases: Collection[str] = (),
    things: Collection[str] = (),
) -> Veil:
    """Return the veil over the names of some places.

    Parameters
    ----------
    names
        All names that there ever were.
    places
        Ids of the secret places.
    asked
        Names that secret cases are to give.
    cases, things
        Ids of what else is secret.
    """
    every = list(names)
    shown = {row["text"] for row in every if row["place_id"] not in places}
    secret = {row["text"] for row in every if row["place_id"] in places} | set(asked)
    secret = {one for one in secret - shown if len(one) >= _SHORTEST_NAME}
    ids = (frozenset(places), frozenset(cases), frozenset(things))
    if not secret:
        return Veil(*ids, None, frozenset())
    within = _either(secret)
    longer = {text for text in shown if within.search(text)}
    return Veil(*ids, _either(secret | longer), frozenset(longer))


def _either(words: Collection[str]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=lambda one: (-len(one), one)))))
