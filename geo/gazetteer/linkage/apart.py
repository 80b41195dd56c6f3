"""Which alike names are often two places: 新桥 and 桥, 东关 and 西关, 第一 and 第二."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final

import numpy as np

from geo.gazetteer.linkage.alike import FEATURES, Alike
from geo.gazetteer.linkage.side import Name, Side
from geo.gazetteer.linkage.words import spellings
from geo.text import say

_SAME: Final = ("same_text", "same_core", "same_sound")


@dataclass(frozen=True, slots=True)
class Apart:
    """What two names have apart from each other: characters that tell neighbouring places apart."""

    theirs: str
    ours: str

    @property
    def words(self) -> str:
        """The same as an officer reads it."""
        if self.theirs and self.ours:
            return say(
                f"来源是“{self.theirs}”，库中是“{self.ours}”，可能是两处",
                f"“{self.theirs}” there, “{self.ours}” here: may be two places",
            )
        more = self.theirs or self.ours
        side = say("来源", "source") if self.theirs else say("库中", "gazetteer")
        return say(
            f"{side}多一个“{more}”字，可能是另一处",
            f"the {side} has “{more}” more: may be another place",
        )


def apart(theirs: Side, ours: Side, found: Alike, at: Iterable[int]) -> dict[int, Apart]:
    """Return which of some pairs differ by nothing but such characters, and by which.

    A pair of which any two names are the same in text, core or sound is never apart.

    Parameters
    ----------
    theirs, ours
        The places.
    found
        The pairs of them.
    at
        Positions among the pairs.
    """
    columns = [FEATURES.index(one) for one in _SAME]
    told: dict[int, Apart] = {}
    for k in map(int, at):
        if not any(found.features[k, columns]):
            names = theirs.names[found.pairs.theirs[k]], ours.names[found.pairs.ours[k]]
            differences = (difference(one, other) for one, other in product(*names))
            first = next((one for one in differences if one), None)
            if first is not None:
                told[k] = first
    return told


def difference(one: Name, other: Name) -> Apart | None:
    """Return what tells two names apart when it is nothing but a distinguishing character.

    Examples
    --------
    >>> difference(Name("新桥芦家园"), Name("桥芦家园"))
    Apart(theirs='新', ours='')
    >>> difference(Name("东关小区"), Name("西关小区"))
    Apart(theirs='东', ours='西')
    >>> difference(Name("桥芦家园"), Name("桥芦小区")) is None
    True
    """
    mine, their = spellings(one), spellings(other)
    for text, sound in ((1, 3), (0, 2)):
        a, b = _differing(mine[text], mine[sound], their[text], their[sound])
        if (a or b) and set(a + b) <= _marks():
            return Apart(a, b)
    return None


def _differing(one: str, one_sound: str, other: str, other_sound: str) -> tuple[str, str]:
    """Return what is left of two texts without what they begin and end with alike.

    Characters are alike that are the same or sound the same.
    """
    if len(one) != len(one_sound) or len(other) != len(other_sound):
        one_sound, other_sound = one, other
    least = min(len(one), len(other))

    def alike(i: int, j: int) -> bool:
        return one[i] == other[j] or one_sound[i] == other_sound[j]

    start = int(np.argmin([*(alike(k, k) for k in range(least)), False]))
    rest = least - start
    end = int(np.argmin([*(alike(-k, -k) for k in range(1, rest + 1)), False]))
    return one[start : len(one) - end], other[start : len(other) - end]


@cache
def _marks() -> frozenset[str]:
    text = (files(__package__) / "marks.csv").read_text("utf-8")
    return frozenset(row["mark"] for row in csv.DictReader(text.splitlines()))
