"""Readings against GeoNames: places that nothing was learned from are read as it writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.gazetteer.romanise.breaks import part
from geo.gazetteer.romanise.context import context, usual
from geo.gazetteer.romanise.learn import Pair, held_out, learned, of_export, pairs
from geo.gazetteer.romanise.readings import read
from geo.gazetteer.search.letters import plain


@pytest.fixture(scope="module")
def places(real_data: Path) -> list[Pair]:
    """Names of GeoNames in characters with their syllables."""
    path = real_data / "geonames" / "geonames_cities1000_CN.tsv"
    if not path.exists():
        pytest.skip("no GeoNames places in the folder of real data")
    return list(pairs(of_export(path)))


def _share(kept: list[Pair], said: list[list[str]]) -> float:
    right = sum(
        tuple(plain(one)[0] for one in syllables) == pair.syllables
        for pair, syllables in zip(kept, said, strict=True)
    )
    return right / len(kept)


def test_held_out_places_are_read_as_geonames_writes_them(places: list[Pair]) -> None:
    kept = [pair for pair in places if held_out(pair.place)]
    assert len(kept) > 2500
    dictionary = _share(kept, [[word.syllable for word in usual(pair.text)] for pair in kept])
    layer = _share(
        kept, [[one.syllable for one in context().read(pair.text, pair.province)] for pair in kept]
    )
    program = _share(
        kept,
        [
            [one.text for one in read(pair.text, part(pair.text), "", pair.province)]
            for pair in kept
        ],
    )
    assert program >= 0.99
    assert layer > dictionary


def test_what_is_learned_does_not_depend_on_the_order_of_places(places: list[Pair]) -> None:
    training = [pair for pair in places if not held_out(pair.place)]
    forward, _ = learned(training)
    backward, _ = learned(training[::-1])
    assert forward == backward
    assert forward.decided


def test_no_minority_region_is_learned_from(places: list[Pair]) -> None:
    assert not {pair.province for pair in places} & {"15", "54", "63", "65"}
