"""Postings by key: which names hold a character, a pair of syllables, a slip of the pen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
_LONGEST: Final = 64
"""Characters of a name that count; none is longer."""


@dataclass(frozen=True, slots=True)
class Sequences:
    """Runs of numbers, one a name, laid end to end."""

    values: NDArray[np.int64]
    start: NDArray[np.int64]
    """(n_name + 1,)"""

    @property
    def length(self) -> NDArray[np.int64]:
        """(n_name,) how long each is."""
        return np.diff(self.start)

    @property
    def owner(self) -> NDArray[np.int64]:
        """(n_value,) name that each value belongs to."""
        return np.repeat(np.arange(len(self.start) - 1), self.length)

    def of(self, name: int) -> NDArray[np.int64]:
        """Return the run of one name."""
        return self.values[self.start[name] : self.start[name + 1]]


@dataclass(frozen=True, slots=True)
class Postings:
    """Names by key; names of one key ascend, and so does their rank."""

    keys: Keys
    """(n_key,) ascending."""
    start: NDArray[np.int64]
    """(n_key + 1,)"""
    names: NDArray[np.int32]

    @classmethod
    def of(cls, keys: Keys, names: NDArray[np.int64]) -> Postings:
        """Group names by key, each once under a key."""
        order = np.lexsort((names, keys))
        keys, names = keys[order], names[order]
        new = np.concatenate(([True], (keys[1:] != keys[:-1]) | (names[1:] != names[:-1])))[
            : len(keys)
        ]
        keys, names = keys[new], names[new]
        first = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1]))[: len(keys)])
        return cls(
            keys[first], np.append(first, len(keys)).astype(np.int64), names.astype(np.int32)
        )

    def find(self, key: int) -> NDArray[np.int32]:
        """Return the names of one key."""
        at = int(np.searchsorted(self.keys, np.uint64(key)))
        if at == len(self.keys) or self.keys[at] != np.uint64(key):
            return np.empty(0, dtype=np.int32)
        return self.names[self.start[at] : self.start[at + 1]]


def places(runs: Sequences, names: NDArray[np.int32], wanted: Sequence[int]) -> NDArray[np.int64]:
    """Return where a run first stands in each name's run; -1 where it does not."""
    found = np.full(len(names), -1, dtype=np.int64)
    if not len(names):
        return found
    begin, spare = runs.start[names], runs.length[names] - len(wanted)
    for offset in range(int(spare.max()), -1, -1):
        here = np.flatnonzero(spare >= offset)
        for k, value in enumerate(wanted):
            here = here[runs.values[begin[here] + offset + k] == value]
        found[here] = offset
    return found


def both(few: NDArray[np.int32], many: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the names of an ascending list that are in another ascending one."""
    if not len(few) or not len(many):
        return few[:0]
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    found: NDArray[np.int32] = few[many[at] == few]
    return found


def pair(first: int, second: int) -> int:
    """Return the key of two neighbours."""
    return (first << 24 | second) + (1 << 62)


def singles_and_pairs(runs: Sequences) -> Postings:
    """Return which names hold each value, and each two neighbouring values."""
    values, owner = runs.values, runs.owner
    inner = owner[1:] == owner[:-1]
    pairs = ((values[:-1] << 24 | values[1:]) + (1 << 62))[inner]
    return Postings.of(
        np.concatenate((values, pairs)).astype(np.uint64),
        np.concatenate((owner, owner[1:][inner])),
    )


def spread(values: NDArray[np.int64]) -> Keys:
    """Return a well-mixed 64-bit number for every value."""
    mixed = (values.astype(np.uint64) + np.uint64(1)) * _ODD
    mixed ^= mixed >> np.uint64(31)
    mixed *= _MIX
    return mixed ^ (mixed >> np.uint64(29))


def whole(runs: Sequences) -> Keys:
    """Return one key for every run, equal where runs are equal."""
    return _forward(runs)[runs.start[1:]] - _forward(runs)[runs.start[:-1]]


def mingled(runs: Sequences) -> Keys:
    """Return one key for every run, equal where runs hold the same values in any order."""
    sums = np.concatenate((np.zeros(1, np.uint64), np.cumsum(spread(runs.values))))
    return sums[runs.start[1:]] - sums[runs.start[:-1]]


def with_one_left_out(runs: Sequences) -> Keys:
    """Return for every value the key of its run without it."""
    sums, owner = _forward(runs), runs.owner
    at = np.arange(len(runs.values))
    before = sums[at] - sums[runs.start[owner]]
    behind = sums[runs.start[owner + 1]] - sums[at + 1]
    return before + behind * _inverse()


def _forward(runs: Sequences) -> Keys:
    """Return running sums of value times place, modulo 2^64; a run's key is a difference."""
    place = np.minimum(np.arange(len(runs.values)) - runs.start[runs.owner], _LONGEST - 1)
    terms = spread(runs.values) * _powers()[place]
    return np.concatenate((np.zeros(1, np.uint64), np.cumsum(terms)))


def _powers() -> Keys:
    return np.cumprod(
        np.concatenate(([np.uint64(1)], np.full(_LONGEST - 1, _ODD))), dtype=np.uint64
    )


def _inverse() -> np.uint64:
    """Return the number that undoes one step of place: the inverse of an odd number mod 2^64."""
    return np.uint64(pow(int(_ODD), -1, 1 << 64))
