"""Laws an assessment keeps: more area never harms, unrelated norms change nothing, sums add up."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.assess import assess, rows
from geo.norms import Norms, shipped

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from assess_places import judged, place_of

ON = date(2023, 1, 1)
AREA = "340207"
BETTER = ["fail", "unknown", "pass"]

households = st.integers(1, 3000)
area_m2 = st.one_of(st.none(), st.floats(0, 2000, allow_nan=False))
town = st.lists(
    st.tuples(households, st.sampled_from(["new", "existing", "unknown"]), area_m2),
    min_size=1,
    max_size=6,
)


def tables(estates: list[tuple[int, str, float | None]], shared_m2: float) -> dict[str, Any]:
    return {
        "compound": [
            {"id": f"e{i}", "households": n, "build_status": status}
            for i, (n, status, _) in enumerate(estates)
        ],
        "elder_station": [
            {"compound_id": f"e{i}", "floor_area_m2": area}
            for i, (_, _, area) in enumerate(estates)
            if area is not None
        ]
        + [{"floor_area_m2": shared_m2}],
    }


@settings(max_examples=8)
@given(town, st.floats(0, 3000), st.floats(0, 3000), st.sampled_from([[], [3.0]]))
def test_more_area_never_worsens_a_verdict(
    estates: list[tuple[int, str, float | None]], shared: float, more: float, walks: list[float]
) -> None:
    walks = walks * len(estates)
    larger = [(n, s, None if a is None else a + more) for n, s, a in estates]
    for norm in ("elder.area100.new", "elder.area100.old"):
        before = judged(place_of(AREA, ON, tables(estates, shared), walks), norm)
        after = judged(place_of(AREA, ON, tables(larger, shared + more), walks), norm)
        for old, new in zip(before["verdict"], after["verdict"], strict=True):
            assert BETTER.index(new) >= BETTER.index(old)


@settings(max_examples=8)
@given(town, st.floats(0, 3000))
def test_a_later_unrelated_norm_changes_nothing(
    estates: list[tuple[int, str, float | None]], shared: float
) -> None:
    place = place_of(AREA, ON, tables(estates, shared))
    known = Norms({name: shipped()[name] for name in ("elder.area100.new", "elder.area100.old")})
    other = replace(shipped()["elder.station.min_area"], id="own.later")
    later = replace(
        shipped()["elder.area100.new"].values[0], start=date(2024, 1, 1), value=99.0, area="34"
    )
    changed = replace(
        known["elder.area100.new"], values=(*known["elder.area100.new"].values, later)
    )
    more = Norms({**known.by_id, changed.id: changed, other.id: other})
    before, after = rows(assess(place, known)), rows(assess(place, more))
    kept = after[after["norm"] != "own.later"].reset_index(drop=True)
    for column in ("id", "verdict", "required", "gap"):
        assert before[column].astype(str).tolist() == kept[column].astype(str).tolist()


@settings(max_examples=8)
@given(st.lists(st.integers(1, 400), min_size=2, max_size=6), st.floats(0, 2000))
def test_estates_pooled_need_together_what_their_sum_needs(sizes: list[int], area: float) -> None:
    estates = [(n, "new", None) for n in sizes]
    place = place_of("340101", ON, tables(estates, area), [4.0] * len(sizes))
    found = judged(place, "elder.area100.new")
    assert found["required"].sum() == pytest.approx(max(30 * sum(sizes) / 100, 350))
    assert found["actual"].sum() == pytest.approx(area)


@settings(max_examples=8)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 9000)), min_size=1, max_size=5))
def test_a_pooled_verdict_is_that_of_the_sums(counties: list[tuple[int, int]]) -> None:
    codes = [f"3402{i:02d}" for i in range(1, len(counties) + 1)]
    split = {
        "county": [
            {"code": code, "elders": elders}
            for code, (_, elders) in zip(codes, counties, strict=True)
        ],
        "elder_home": [
            {"beds": beds, "community_code": f"{code}001001"}
            for code, (beds, _) in zip(codes, counties, strict=True)
        ],
    }
    whole = {
        "county": [{"code": "340201", "elders": sum(elders for _, elders in counties)}],
        "elder_home": [{"beds": sum(beds for beds, _ in counties)}],
    }
    parts, one = (
        judged(place_of("3402", ON, layers), "elder.beds1000").iloc[0] for layers in (split, whole)
    )
    assert parts["verdict"] == one["verdict"]
    assert np.isclose(parts["required"], one["required"])
