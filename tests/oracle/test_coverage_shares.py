"""Unique, overlapping and marginal coverage agree with the definitions written out densely."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from geo.coverage.reach import facility_shares, limit_ms, nearest_facility, within
from geo.travel import Minutes

LIMIT = 900_000


def sparse(times_ms: NDArray[np.int64]) -> Minutes:
    """Return a dense table as CSR; -1 is out of reach."""
    row, column = np.nonzero(times_ms >= 0)
    indptr = np.searchsorted(row, np.arange(len(times_ms) + 1))
    return Minutes(
        indptr=indptr.astype(np.int64),
        indices=column.astype(np.int32),
        ms=times_ms[row, column].astype(np.int32),
        n_facility=times_ms.shape[1],
    )


def ranked(reach: NDArray[np.bool_], weight: NDArray[np.int64]) -> list[int]:
    """Rank facilities by what each adds to those before it, the first of equals first."""
    left, order = list(range(reach.shape[1])), []
    fresh = np.ones(len(reach), bool)
    while left:
        best = max(left, key=lambda j: (weight[reach[:, j] & fresh].sum(), -j))
        order.append(best)
        left.remove(best)
        fresh &= ~reach[:, best]
    return order


@pytest.mark.parametrize("seed", range(8))
def test_sparse_shares_agree_with_dense_definitions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_point, n_facility = rng.integers(1, 60), rng.integers(1, 9)
    times = rng.integers(0, 2 * LIMIT, (n_point, n_facility))
    times[rng.random(times.shape) < 0.5] = -1
    times[rng.random(times.shape) < 0.05] = LIMIT
    people = rng.integers(0, 50, (n_point, 2))
    reach = (times >= 0) & (times <= LIMIT)

    minutes = sparse(times)
    pairs = within(minutes, LIMIT)
    _, nearest = nearest_facility(minutes)
    shares = facility_shares(pairs, people, nearest, rank_by=people[:, 0])

    assert pairs.multiplicity.tolist() == reach.sum(axis=1).tolist()
    order = ranked(reach, people[:, 0])
    assert shares.rank[order].tolist() == list(range(1, n_facility + 1))
    before = np.zeros(n_point, bool)
    for facility in order:
        mine = reach[:, facility]
        others = np.delete(reach, facility, axis=1).any(axis=1)
        assert shares.reached[facility].tolist() == people[mine].sum(axis=0).tolist()
        assert shares.unique[facility].tolist() == people[mine & ~others].sum(axis=0).tolist()
        assert shares.overlapping[facility].tolist() == people[mine & others].sum(axis=0).tolist()
        assert shares.marginal[facility].tolist() == people[mine & ~before].sum(axis=0).tolist()
        before |= mine
    # Unique is what is lost when one facility closes and the others stay.
    for facility in range(n_facility):
        without = np.delete(reach, facility, axis=1).any(axis=1)
        lost = people[reach.any(axis=1) & ~without].sum(axis=0)
        assert shares.unique[facility].tolist() == lost.tolist()


@pytest.mark.parametrize("seed", range(4))
def test_nearest_is_the_least_time_and_the_first_of_equals(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = rng.integers(-1, 4, (40, 5))
    nearest_ms, nearest = nearest_facility(sparse(times))
    for row, (ms, facility) in enumerate(zip(nearest_ms, nearest, strict=True)):
        reached = np.flatnonzero(times[row] >= 0)
        if not len(reached):
            assert (ms, facility) == (-1, -1)
        else:
            assert ms == times[row, reached].min()
            assert facility == reached[times[row, reached].argmin()]


def test_a_stored_zero_is_a_walk_of_no_time_and_not_an_absence() -> None:
    minutes = sparse(np.array([[0], [-1]]))
    assert within(minutes, LIMIT).covered.tolist() == [True, False]
    assert nearest_facility(minutes)[0].tolist() == [0, -1]


@pytest.mark.parametrize("speed_m_s", [0.7, 0.9, 1.0, 1.1, 1.3])
@pytest.mark.parametrize("minutes", [5, 12, 15, 20, 30])
def test_a_limit_at_another_speed_is_never_a_millisecond_short(
    speed_m_s: float, minutes: int
) -> None:
    # Distance walked in the minutes at 0.8 m/s, timed at the profile's speed, must count.
    ms = minutes * 60_000 * 0.8 / speed_m_s
    assert limit_ms(minutes, speed_m_s=speed_m_s, at_m_s=0.8) == int(np.floor(ms + 1e-6))
