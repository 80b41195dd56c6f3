"""How alike a record and a place are: features of each pair, and the same in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from geo.gazetteer.classes import class_of
from geo.gazetteer.linkage.candidates import PLAUSIBLE, Pairs, candidates
from geo.gazetteer.linkage.side import Floats, Integers, Side
from geo.gazetteer.linkage.words import Words, generic_kinds
from geo.text import say

FEATURES: Final = (
    "core", "sound", "same_text", "same_core", "same_sound", "far", "unplaced", "same_generic",
    "other_generic", "same_kind", "other_kind", "same_division", "other_division", "other_name",
    "lead", "lead_ours", "beaten",
)  # fmt: skip
"""What is said of a pair, in the order of the columns."""

_UNPLACED_M: Final = 3_000.0
"""A pair without a distance is given this one, and said to be unplaced."""
_TOWNSHIP, _COUNTY = 9, 6
"""Digits of their codes."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Pairs that may be one place, with how alike they are."""

    pairs: Pairs
    features: Floats
    """(n, len(FEATURES))"""


def compared(theirs: Side, ours: Side, **blocking: float) -> Alike:
    """Return the pairs worth deciding with their features; see `candidates` and `alike`."""
    one, other = Words(theirs), Words(ours)
    return alike(one, other, candidates(one, other, **blocking))  # type: ignore[arg-type]


def alike(theirs: Words, ours: Words, pairs: Pairs) -> Alike:
    """Return what is alike in each pair; pairs that are not `PLAUSIBLE` are left out.

    Every name of one is compared with every name of the other, and the best counts: whole texts,
    the texts without their generic term, and syllables without tones.
    """
    at, left, right = _expanded(theirs, ours, pairs)

    def ratio(mine: str, other: str) -> Floats:
        return _ratio(theirs.column(mine)[left], ours.column(other)[right])

    text = ratio("text", "text")
    sound = np.where(text >= 1.0, 1.0, ratio("sound", "sound"))
    kept = np.maximum(text, sound) >= PLAUSIBLE
    if not kept.any():
        nothing = np.zeros(len(pairs), dtype=np.bool_)
        return Alike(pairs.take(nothing), np.zeros((0, len(FEATURES))))
    at, left, right = at[kept], left[kept], right[kept]
    text, sound = text[kept], sound[kept]
    # A core may be the other's whole text: 大屯镇 and 大屯 are called alike.
    core = np.where(text >= 1.0, 1.0, _best(ratio, "core", "text"))
    heard = np.where(core >= 1.0, 1.0, _best(ratio, "core_sound", "sound"))
    sound = np.maximum(sound, heard)
    by_name = np.column_stack([text, core, sound])
    starts = np.flatnonzero(np.diff(at, prepend=-1))
    said = pairs.take(at[starts])
    best = np.maximum.reduceat(by_name, starts, axis=0)
    standard = (left == theirs.first[pairs.theirs[at]]) & (right == ours.first[pairs.ours[at]])
    total = by_name.sum(axis=1)
    own = np.maximum.reduceat(np.where(standard, total, 0.0), starts)
    other_name = own < np.maximum.reduceat(total, starts)
    generic = _generics(theirs.column("generic")[left], ours.column("generic")[right])
    same, other = (np.maximum.reduceat(one, starts) for one in (generic > 0, generic < 0))
    named = np.column_stack([same, other & ~same])
    return Alike(
        said,
        _columns(theirs.side, ours.side, said, best=best, generic=named, other_name=other_name),
    )


def _columns(
    theirs: Side,
    ours: Side,
    pairs: Pairs,
    *,
    best: Floats,
    generic: NDArray[np.bool_],
    other_name: NDArray[np.bool_],
) -> Floats:
    unplaced = np.isnan(pairs.metres)
    far = np.log1p(np.where(unplaced, _UNPLACED_M, pairs.metres) / 1_000)
    kind = _agreement(
        [_group(code) for code in theirs.class_code],
        [_group(code) for code in ours.class_code],
        pairs,
    )
    division = _divisions(theirs, ours, pairs)
    worth = best.sum(axis=1) + best[:, 0] / 2 - far / 2
    lead = _lead(worth, pairs.theirs)
    return np.column_stack(
        [
            best[:, 1:], best >= 1.0, far, unplaced, generic, kind > 0, kind < 0,
            np.maximum(division, 0), division < 0, other_name,
            lead, _lead(worth, pairs.ours), lead < 0,
        ]
    ).astype(np.float64)  # fmt: skip


def _lead(worth: Floats, of: Integers) -> Floats:
    """Return by how much each pair is worth more than the best other pair of its place.

    A pair that is alone leads by 1; no lead counts for more than 1 either way.
    """
    order = np.lexsort((-worth, of))
    first = np.flatnonzero(np.diff(of[order], prepend=-1))
    count = np.diff(np.append(first, len(of)))
    best = np.repeat(worth[order][first], count)
    second_at = np.minimum(first + 1, len(of) - 1)
    second = np.repeat(np.where(count > 1, worth[order][second_at], -np.inf), count)
    leads = np.zeros(len(of), dtype=np.bool_)
    leads[first] = True
    lead = np.empty(len(of))
    lead[order] = np.where(leads, worth[order] - second, worth[order] - best)
    return np.clip(lead, -1.0, 1.0)


def in_words(features: Sequence[float], metres: float | None) -> str:
    """Return what is alike and what is not, as an officer reads it."""
    of = dict(zip(FEATURES, features, strict=True))
    said = [_name_in_words(of)]
    if of["other_name"]:
        said.append(say("与别名或曾用名相符", "by another name"))
    said.append(_distance(metres))
    if of["same_kind"] or of["other_kind"]:
        kinds = say("类别一致", "same kind"), say("类别不同", "other kind")
        said.append(kinds[0] if of["same_kind"] else kinds[1])
    if of["other_division"]:
        said.append(say("政区不同", "other division"))
    elif of["same_division"]:
        township = of["same_division"] == 1
        said.append(
            say("乡镇一致", "same township") if township else say("县区一致", "same county")
        )
    if min(of["lead"], of["lead_ours"]) <= 0:
        said.append(say("另有更像的一对", "another pair is more alike"))
    return say("；", "; ").join(said)


def _name_in_words(of: dict[str, float]) -> str:
    if of["same_text"]:
        return say("名称相同", "same name")
    if of["same_core"]:
        return say("专名相同，通名不同", "same specific, other generic")
    if of["same_sound"]:
        return say("读音相同，用字不同", "same sound, other characters")
    share = f"{100 * max(of['core'], of['sound']):.0f} %"
    return say(f"名称相似 {share}", f"names {share} alike")


def _distance(metres: float | None) -> str:
    if metres is None:
        return say("有一方没有位置", "one has no position")
    if metres < 1_000:  # noqa: PLR2004 - metres in a kilometre
        return say(f"相距 {metres:.0f} 米", f"{metres:.0f} m apart")
    return say(f"相距 {metres / 1_000:.1f} 公里", f"{metres / 1_000:.1f} km apart")


def _expanded(one: Words, other: Words, pairs: Pairs) -> tuple[Integers, Integers, Integers]:
    """Return for every pair of names: its pair, and where the two names stand."""
    many, few = one.count[pairs.theirs], other.count[pairs.ours]
    both = many * few
    at = np.repeat(np.arange(len(pairs)), both)
    step = np.arange(len(at)) - np.repeat(np.cumsum(both) - both, both)
    left = one.first[pairs.theirs[at]] + step // few[at]
    right = other.first[pairs.ours[at]] + step % few[at]
    return at, left, right


def _best(ratio: Callable[[str, str], Floats], core: str, whole: str) -> Floats:
    """Return how alike the best of core and core, core and whole, whole and core are."""
    return np.maximum(np.maximum(ratio(core, core), ratio(core, whole)), ratio(whole, core))


def _ratio(one: NDArray[np.object_], other: NDArray[np.object_]) -> Floats:
    """Return how alike texts are, 0 to 1."""
    if not len(one):
        return np.zeros(0)
    return np.asarray(process.cpdist(one, other, scorer=fuzz.ratio, dtype=np.float64)) / 100


def _generics(one: NDArray[np.object_], other: NDArray[np.object_]) -> Integers:
    """Return 1 where generic terms are borne by one kind of places, -1 by none, 0 if unknown."""
    both: dict[tuple[str, str], int] = {}
    for a, b in set(zip(one, other, strict=True)):
        mine, theirs = generic_kinds(a), generic_kinds(b)
        both[a, b] = 0 if not (mine and theirs) else 1 if mine & theirs else -1
    return np.array([both[pair] for pair in zip(one, other, strict=True)], dtype=np.int64)


@cache
def _group(class_code: str) -> str:
    known = class_of(class_code) if class_code else None
    return known.group if known else ""


def _agreement(one: Sequence[str], other: Sequence[str], pairs: Pairs) -> Integers:
    """Return 1 where both say the same, -1 where they differ, 0 where one says nothing."""
    a, b = np.array(one, dtype=object)[pairs.theirs], np.array(other, dtype=object)[pairs.ours]
    said = (a != "") & (b != "")
    return np.where(said, np.where(a == b, 1, -1), 0)


def _divisions(theirs: Side, ours: Side, pairs: Pairs) -> Floats:
    """Return 1 in one township, 0.5 in one county, -1 in two counties, 0 where unknown."""

    def level(digits: int) -> Integers:
        one, other = (
            [code[:digits] if len(code) >= digits else "" for code in side.division]
            for side in (theirs, ours)
        )
        return _agreement(one, other, pairs)

    township, county = level(_TOWNSHIP), level(_COUNTY)
    within = np.where(township > 0, 1.0, np.where(county > 0, 0.5, 0.0))
    return np.where(county < 0, -1.0, within)
