"""Laws that hold for any zones, scores and weights."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.store import conform
from geo.terrain import Elevation, Sight, viewshed
from optimization.suitability import Clearance, class_shares, examine, read_criteria
from optimization.suitability.exclusion import exclude
from optimization.suitability.grid import lay_grid
from optimization.suitability.measures import Measured
from optimization.suitability.overlay import overlay, sensitivity

CRS = "EPSG:4547"
CRITERIA = read_criteria(None, "cemetery")
GRID = lay_grid(shapely.box(0, 0, 1000, 1000), 50.0, CRS)
KINDS = ("rail", "scenic", "farmland")
ZONES = conform(
    gpd.GeoDataFrame(
        {"id": list("abc"), "kind": KINDS},
        geometry=[
            shapely.LineString([(200, 0), (260, 1000)]),
            shapely.Point(700, 700).buffer(120),
            shapely.box(400, 100, 650, 300),
        ],
        crs=CRS,
    ),
    "zone",
)
distances = st.floats(0, 600)
clearances = st.lists(st.tuples(st.sampled_from(KINDS), distances), max_size=4)
seeds = st.integers(0, 2**32 - 1)


def kept(rules: list[tuple[str, float]]) -> tuple[Clearance, ...]:
    return tuple(Clearance(k, "distance", d, True, "", "own") for k, d in rules)


def scored(seed: int) -> list[Measured]:
    rng = np.random.default_rng(seed)
    found = []
    for criterion in CRITERIA.criteria:
        score = rng.uniform(0, 100, len(GRID)).round(1)
        score[rng.random(len(GRID)) < 0.1] = np.nan
        found.append(Measured(criterion, score, score, ""))
    return found


@given(clearances, clearances, seeds)
def test_more_exclusion_never_adds_suitable_ground(
    rules: list[tuple[str, float]], more: list[tuple[str, float]], seed: int
) -> None:
    few, many = (
        exclude(GRID, kept(r), ZONES, ground=None, sight=Sight()).excluded
        for r in (rules, rules + more)
    )
    assert (many >= few).all()
    measured = scored(seed)
    before, after = (overlay(CRITERIA, measured, out).level for out in (few, many))
    assert (after <= 1).sum() <= (before <= 1).sum()


@given(st.sampled_from(KINDS), distances, distances)
def test_a_greater_distance_excludes_all_that_a_smaller_did(
    kind: str, first: float, second: float
) -> None:
    near, far = (
        exclude(GRID, kept([(kind, d)]), ZONES, ground=None, sight=Sight()).excluded
        for d in sorted([first, second])
    )
    assert (far >= near).all()


@given(seeds, clearances)
def test_shares_add_to_the_whole(seed: int, rules: list[tuple[str, float]]) -> None:
    out = exclude(GRID, kept(rules), ZONES, ground=None, sight=Sight()).excluded
    shares = class_shares(overlay(CRITERIA, scored(seed), out).level, GRID.cell_m2)
    assert sum(share for *_, share in shares) == pytest.approx(1)
    assert sum(cells for _, cells, _, _ in shares) == len(GRID)


@given(seeds, st.floats(0.01, 1000))
def test_scaling_all_weights_changes_nothing(seed: int, factor: float) -> None:
    measured, nothing = scored(seed), np.zeros(len(GRID), bool)
    scaled = replace(
        CRITERIA, criteria=tuple(replace(c, weight=c.weight * factor) for c in CRITERIA.criteria)
    )
    first, second = (overlay(c, measured, nothing) for c in (CRITERIA, scaled))
    assert first.score == pytest.approx(second.score, nan_ok=True)
    assert (first.level == second.level).mean() > 0.99
    steady = [sensitivity(c, measured, nothing, draws=20) for c in (CRITERIA, scaled)]
    assert np.nanmax(np.abs(steady[0].top_share - steady[1].top_share)) <= 0.1


@given(seeds)
def test_what_is_unknown_widens_and_never_shifts_the_bounds(seed: int) -> None:
    found = overlay(CRITERIA, scored(seed), np.zeros(len(GRID), bool))
    assert (found.least <= found.most + 1e-9).all()
    known = ~np.isnan(found.score)
    assert (found.least[known] <= found.score[known] + 1e-6).all()
    assert (found.score[known] <= found.most[known] + 1e-6).all()


@given(st.lists(st.floats(0.05, 20), min_size=2, max_size=7), seeds)
def test_weights_do_not_depend_on_the_order_of_the_criteria(
    weights: list[float], seed: int
) -> None:
    w = np.array(weights)
    rng = np.random.default_rng(seed)
    n = len(w)
    upper = np.triu(w[:, None] / w[None, :] * rng.uniform(0.6, 1.6, (n, n)), 1)
    a = upper + np.eye(n)
    a[np.tril_indices(n, -1)] = 1 / a.T[np.tril_indices(n, -1)]
    names = [f"c{i}" for i in range(n)]
    order = rng.permutation(n)
    first = examine(names, a)
    second = examine([names[i] for i in order], a[np.ix_(order, order)])
    assert second.weights == pytest.approx(first.weights[order])
    assert second.consistency_ratio == pytest.approx(first.consistency_ratio, abs=1e-9)
    assert first.weights.sum() == pytest.approx(1)
    assert first.consistency_ratio >= 0


@given(seeds, st.floats(0, 30), st.floats(0, 30))
def test_higher_eyes_see_no_less(seed: int, first: float, second: float) -> None:
    rng = np.random.default_rng(seed)
    ground = Elevation(rng.uniform(0, 30, (15, 15)), 0.0, 150.0, 10.0, CRS, "noise")
    place = np.array([shapely.Point(*rng.uniform(10, 140, 2))])
    low, high = (
        viewshed(ground, place, sight=Sight(eye_m=eye)).state for eye in sorted([first, second])
    )
    assert (high >= low).all()
