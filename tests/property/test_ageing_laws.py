"""Laws of projecting elders: totals exact, ratios of one change nobody, intervals in order."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from geo.ageing import AgeTable, Projection, Ratios, cohort_ratios, project, shrunk
from geo.ageing.project import stepped

GROUPS = 15
Floats = NDArray[np.float64]

counts = st.integers(0, 400).map(float)


@st.composite
def tables(draw: st.DrawFn) -> AgeTable:
    n = draw(st.integers(1, 6))
    sexes = draw(st.sampled_from([("both",), ("male", "female")]))
    shape = (2, n, len(sexes), GROUPS)
    persons = draw(arrays(np.float64, shape, elements=counts))
    codes = np.array([f"c{i}" for i in range(n)], dtype=object)
    return AgeTable((2015, 2020), codes, sexes, persons)


def projected(table: AgeTable, year: int, total: int | None = None, towns: int = 2) -> Projection:
    n = len(table.codes)
    return project(
        table, year=year, age_from=np.full(n, 60), towns=np.arange(n) % towns, total=total
    )


@given(tables(), st.integers(2015, 2040), st.none() | st.integers(0, 10_000))
def test_communities_add_up_to_the_total_and_lie_in_their_interval(
    table: AgeTable, year: int, total: int | None
) -> None:
    found = projected(table, year, total)
    assert found.elders.sum() == found.total
    if total is not None:
        assert found.total == total
    assert (found.low <= found.elders).all()
    assert (found.elders <= found.high).all()
    assert (found.low >= 0).all()
    assert ((found.own_share >= 0) & (found.own_share <= 1)).all()


@given(tables())
def test_in_the_base_year_elders_are_those_counted(table: AgeTable) -> None:
    found = projected(table, 2020)
    assert found.elders.tolist() == found.base.tolist()
    assert found.total == int(table.persons[1, :, :, 12:].sum())


@given(tables())
def test_ratios_of_one_move_everybody_up_and_lose_nobody(table: AgeTable) -> None:
    people = table.persons[1]
    ones = np.ones_like(people)
    ones[:, :, 0] = 0.0
    after = stepped(people, Ratios(5, ones, np.zeros_like(people), ones[0], ones))
    assert (after[:, :, 1:-1] == people[:, :, :-2]).all()
    assert np.allclose(after.sum(axis=2), people.sum(axis=2))


@given(tables(), st.integers(2021, 2030))
def test_the_total_is_the_countys_own_projection(table: AgeTable, year: int) -> None:
    whole = AgeTable(
        table.years,
        np.array(["all"], dtype=object),
        table.sexes,
        table.persons.sum(axis=1, keepdims=True),
    )
    apart, together = projected(table, year), projected(whole, year, towns=1)
    assert abs(apart.total - together.total) <= 1


@given(tables(), st.permutations(range(6)))
def test_the_order_of_communities_does_not_matter(table: AgeTable, order: list[int]) -> None:
    n = len(table.codes)
    turned = [i for i in order if i < n]
    other = AgeTable(table.years, table.codes[turned], table.sexes, table.persons[:, turned])
    towns = np.arange(n) % 2
    one = cohort_ratios(table, towns=towns)
    two = cohort_ratios(other, towns=towns[turned])
    assert np.allclose(one.ratio[turned], two.ratio)
    assert np.allclose(one.variance[turned], two.variance)


@given(
    arrays(np.float64, (5, 1, 3), elements=counts), arrays(np.float64, (5, 1, 3), elements=counts)
)
def test_a_steadied_ratio_lies_between_its_own_and_the_centre(later: Floats, base: Floats) -> None:
    total = base.sum(axis=0)
    centre = np.broadcast_to(
        np.divide(later.sum(axis=0), total, out=np.zeros_like(total), where=total > 0), base.shape
    )
    ratio, variance, weight = shrunk(later, base, centre)
    raw = np.divide(later, base, out=centre.copy(), where=base > 0)
    low, high = np.minimum(raw, centre), np.maximum(raw, centre)
    assert ((ratio >= low - 1e-9) & (ratio <= high + 1e-9)).all()
    assert ((weight >= 0) & (weight <= 1)).all()
    assert (variance >= 0).all()
    assert np.isfinite(ratio).all()


@given(tables())
def test_an_independent_brute_force_agrees_for_one_place(table: AgeTable) -> None:
    persons = table.persons.sum(axis=1)
    whole = AgeTable(table.years, np.array(["all"], dtype=object), table.sexes, persons[:, None])
    found = projected(whole, 2030, towns=1)
    expected = 0.0
    for sex in range(len(table.sexes)):
        first, second = (pd.Series(persons[year, sex]) for year in (0, 1))
        ratio = {g: second[g] / first[g - 1] if first[g - 1] else 0.0 for g in range(1, GROUPS - 1)}
        last = first[GROUPS - 2] + first[GROUPS - 1]
        ratio[GROUPS - 1] = second[GROUPS - 1] / last if last else 0.0
        now = second.to_dict()
        for _ in range(2):
            moved = {g: ratio[g] * now[g - 1] for g in range(1, GROUPS - 1)}
            moved[GROUPS - 1] = ratio[GROUPS - 1] * (now[GROUPS - 2] + now[GROUPS - 1])
            now = {0: 0.0} | moved
        expected += sum(now[g] for g in range(12, GROUPS))
    assert abs(found.total - expected) <= 0.5 + 1e-6
