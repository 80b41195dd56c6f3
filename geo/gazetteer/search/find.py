"""Rank the names that a query may mean: in whole, in part, by sound, by a slip, by code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from geo.gazetteer.search import letters
from geo.gazetteer.search.grams import (
    Postings,
    Sequences,
    both,
    mingled,
    pair,
    places,
    whole,
    with_one_left_out,
)
from geo.gazetteer.search.index import Index

Match = Literal["code", "name", "begins", "within", "sound", "pinyin", "initials", "alike"]
Ids = NDArray[np.int32]
Box = tuple[float, float, float, float]

_ENOUGH: Final = 400
"""Candidates of one kind that are looked at; they come in the order in which they are shown."""
_TEXT, _SOUND = 0.55, 0.45
"""How much letters and syllables weigh in likeness; measured on homophones and slips."""
_OUT_OF_PLACE: Final = 25.0
"""What a name gains that has the very characters asked for, in another order."""
_LEAST_ALIKE: Final = 45.0
_FEW: Final = 4
"""Longer names that come before names that sound the same or differ by a slip."""
_MANY: Final = 10_000
_RAREST: Final = 4
_SHORTEST_SLIP: Final = 3
"""Characters below which a name with one of them wrong is another name."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One name that answers a query."""

    name_id: str
    place_id: str
    text: str
    kind: str
    match: Match
    score: float
    """Above 0, at most 100; only its order means anything."""


def find(
    index: Index,
    query: str,
    *,
    limit: int = 10,
    on: date | None = None,
    box: Box | None = None,
    kinds: Sequence[str] = (),
) -> list[Hit]:
    """Return the best answers to a query, best first; each place once.

    Parameters
    ----------
    index
        The names.
    query
        Characters, pinyin with or without tones, initials, or a code.
    limit
        Most answers.
    on
        Only names that held on this day.
    box
        West, south, east and north, in degrees; only names whose place lies within.
    kinds
        Only names of these kinds.
    """
    from geo.gazetteer.search.index import KINDS  # noqa: PLC0415 - beside its use

    fit = _Fit(index, on, box, [KINDS.index(kind) for kind in kinds])
    folded = letters.fold(query)
    seen: set[str] = set()
    hits: list[Hit] = []
    if not folded:
        return hits
    for name, match, score in _candidates(index, query, folded, fit):
        place = str(index.place_id[name])
        if place in seen:
            continue
        seen.add(place)
        kind = KINDS[index.kind[name]]
        hits.append(Hit(str(index.name_id[name]), place, str(index.text[name]), kind, match, score))
        if len(hits) == limit:
            break
    return hits


@dataclass(frozen=True, slots=True)
class _Fit:
    """Which names may be shown at all."""

    index: Index
    on: date | None
    box: Box | None
    kinds: list[int]

    def __call__(self, names: Ids) -> Ids:
        index = self.index
        if self.on is not None:
            day = self.on.toordinal()
            names = names[(index.from_day[names] <= day) & (index.end_day[names] > day)]
        if self.box is not None:
            west, south, east, north = self.box
            lon, lat = index.lon[names], index.lat[names]
            names = names[(lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)]
        if self.kinds:
            names = names[np.isin(index.kind[names], self.kinds)]
        return names


def _candidates(
    index: Index, query: str, folded: str, fit: _Fit
) -> Iterator[tuple[int, Match, float]]:
    """Yield names in the order of how they match, and within it of how they rank."""
    for name in fit(_coded(index, folded))[:_ENOUGH]:
        yield int(name), "code", 100.0
    if letters.has_characters(folded):
        yield from _by_characters(index, folded, fit)
    else:
        yield from _by_letters(index, query, folded, fit)


def _by_characters(index: Index, folded: str, fit: _Fit) -> Iterator[tuple[int, Match, float]]:
    run = [ord(letter) for letter in folded]
    yield from _as("name", 99.0, fit(_spelled(index, run)))
    held = fit(_holding(index.by_character, index.characters, run)[:_MANY])
    at = places(index.characters, held, run)
    longer = index.characters.length[held] > len(run)
    begins, within = held[(at == 0) & longer], held[at > 0]
    # One who writes three characters or more seldom means only a part of a name.
    few = _FEW if len(run) >= _SHORTEST_SLIP else _ENOUGH
    yield from _as("begins", 95.0, begins[:few])
    if len(run) >= _SHORTEST_SLIP:
        yield from _sounding(index, folded, fit, whole_only=True)
    yield from _as("within", 90.0, within[:few])
    yield from _alike(index, folded, run, fit)
    yield from _as("begins", 50.0, begins[few:])
    yield from _as("within", 45.0, within[few:])
    yield from _sounding(index, folded, fit, whole_only=False)


def _by_letters(
    index: Index, query: str, folded: str, fit: _Fit
) -> Iterator[tuple[int, Match, float]]:
    run = [ord(letter) for letter in folded]
    yield from _as("name", 99.0, fit(_holding(index.by_character, index.characters, run)))
    read = []
    for way in letters.parses(query):
        numbers = [number for number, _ in way]
        held = fit(_holding(index.by_syllable, index.syllables, numbers))
        at = places(index.syllables, held, numbers)
        for k, (_, tone) in enumerate(way):
            said = index.tones[index.syllables.start[held] + at + k] if tone else tone
            held, at = held[said == tone], at[said == tone]
        read.append((held, (at == 0) & (index.syllables.length[held] == len(numbers))))
    for held, whole_name in read:
        yield from _as("pinyin", 95.0, held[whole_name])
    for held, whole_name in read:
        yield from _as("pinyin", 85.0, held[~whole_name])
    if folded.isascii() and folded.isalpha():
        yield from _initials(index, run, fit)


def _as(match: Match, score: float, names: Ids) -> Iterator[tuple[int, Match, float]]:
    for name in names[:_ENOUGH]:
        yield int(name), match, score


def _initials(index: Index, run: list[int], fit: _Fit) -> Iterator[tuple[int, Match, float]]:
    held = fit(_holding(index.by_initial, index.initials, run)[:_MANY])
    at = places(index.initials, held, run)
    whole_name = index.initials.length[held] == len(run)
    yield from _as("initials", 80.0, held[whole_name])
    yield from _as("initials", 75.0, held[(at == 0) & ~whole_name])


def _sounding(
    index: Index, folded: str, fit: _Fit, *, whole_only: bool
) -> Iterator[tuple[int, Match, float]]:
    """Yield names that are read as the query is, whole or in part."""
    for way in letters.readings(folded):
        held = fit(_holding(index.by_syllable, index.syllables, way))
        if whole_only:
            held = held[index.syllables.length[held] == len(way)]
        held = held[:_ENOUGH]
        likeness = _likeness(folded, [_text_of(index, int(name)) for name in held])
        held = held[np.argsort(-likeness, kind="stable")]
        yield from _as("sound", 92.0 if whole_only else 40.0, held)


def _alike(
    index: Index, folded: str, run: list[int], fit: _Fit
) -> Iterator[tuple[int, Match, float]]:
    """Yield names that differ by a slip: a character wrong, missing, too many or out of place."""
    if len(run) < _SHORTEST_SLIP:
        return
    asked = Sequences(np.array(run, dtype=np.int64), np.array([0, len(run)]))
    keys = [int(whole(asked)[0]), *(int(key) for key in with_one_left_out(asked))]
    out_of_place = index.by_mingling.find(int(mingled(asked)[0]))
    near = [index.by_slip.find(key)[:_ENOUGH] for key in dict.fromkeys(keys)]
    near += [out_of_place, _voted(index.by_character, run)]
    sounds = letters.readings(folded)[:1]
    near.extend(_voted(index.by_syllable, way) for way in sounds)
    names = fit(np.unique(np.concatenate(near)).astype(np.int32))
    score = _TEXT * _likeness(folded, [_text_of(index, int(name)) for name in names])
    if sounds:
        found = [_sound_of(index.syllables.of(int(name))) for name in names]
        score += _SOUND * _likeness(_sound_of(sounds[0]), found)
    score += _OUT_OF_PLACE * np.isin(names, out_of_place)
    for position in np.argsort(-score, kind="stable"):
        if score[position] < _LEAST_ALIKE:
            break
        yield int(names[position]), "alike", min(90.0, 0.9 * float(score[position]))


def _spelled(index: Index, run: list[int]) -> Ids:
    """Return the names that are written exactly so."""
    asked = Sequences(np.array(run, dtype=np.int64), np.array([0, len(run)]))
    names = index.by_slip.find(int(whole(asked)[0]))
    found: Ids = names[index.characters.length[names] == len(run)]
    return found


def _likeness(asked: str, found: list[str]) -> NDArray[np.float64]:
    """Return how much alike texts are, 0 to 100: what stays when letters are put in or left out."""
    alike: NDArray[np.float64] = cdist([asked], found, scorer=fuzz.ratio)[0].astype(np.float64)
    return alike


def _voted(postings: Postings, run: Sequence[int]) -> Ids:
    """Return the names that share most of a run's rarest pairs of neighbours."""
    pairs = {pair(*two) for two in pairwise(run)}
    lists = sorted((postings.find(key) for key in pairs), key=len)
    lists = [names[:_MANY] for names in lists if len(names)][:_RAREST]
    if not lists:
        return np.empty(0, dtype=np.int32)
    names, votes = np.unique(np.concatenate(lists), return_counts=True)
    return names[np.argsort(-votes, kind="stable")][:_ENOUGH].astype(np.int32)


def _holding(postings: Postings, runs: Sequences, run: Sequence[int]) -> Ids:
    """Return the names in which a run stands, in order of rank."""
    if len(run) <= 2:  # noqa: PLR2004 - one value or two neighbours are a key
        return postings.find(run[0] if len(run) == 1 else pair(*run))
    lists = sorted((postings.find(pair(*two)) for two in pairwise(run)), key=len)
    names = lists[0]
    for more in lists[1:]:
        names = both(names, more)
    return names[places(runs, names, run) >= 0]


def _coded(index: Index, folded: str) -> Ids:
    if not (folded.isascii() and folded[:1].isdigit()):
        return np.empty(0, dtype=np.int32)
    low = int(np.searchsorted(index.code, folded))
    found = []
    for at in range(low, min(low + _ENOUGH, len(index.code))):
        if not str(index.code[at]).startswith(folded):
            break
        found.append(index.by_code.find(at))
    return np.concatenate(found) if found else np.empty(0, dtype=np.int32)


def _text_of(index: Index, name: int) -> str:
    return "".join(map(chr, index.characters.of(name)))


def _sound_of(numbers: Iterable[int]) -> str:
    """Return syllables as letters of their own, so that likeness counts syllables."""
    return "".join(chr(0x4E00 + int(number)) for number in numbers)
