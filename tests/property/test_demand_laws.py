"""Totals survive being split, whatever the totals, weights and gaps."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from geo.demand.apportion import fill_gaps, largest_remainder

counts = st.integers(0, 2_000_000)
weight = st.floats(0, 1e9, allow_nan=False, allow_subnormal=False)


@given(st.data())
def test_every_group_adds_up_to_its_total(data: st.DataObject) -> None:
    totals = np.array(data.draw(st.lists(counts, min_size=1, max_size=6)), np.int64)
    n = data.draw(st.integers(1, 60))
    weights = data.draw(arrays(float, n, elements=weight))
    group = data.draw(arrays(np.int64, n, elements=st.integers(0, len(totals) - 1)))
    shares = largest_remainder(totals, weights=weights, group=group)
    present = np.bincount(group, minlength=len(totals)) > 0
    summed = np.bincount(group, shares, minlength=len(totals))
    assert (summed[present] == totals[present]).all()
    assert (shares >= 0).all()


@given(st.data())
def test_no_part_is_more_than_one_person_from_its_quota(data: st.DataObject) -> None:
    total = data.draw(st.integers(0, 100_000))
    weights = np.array(data.draw(st.lists(st.integers(1, 5000), min_size=1, max_size=60)), float)
    shares = largest_remainder(
        np.array([total]), weights=weights, group=np.zeros(len(weights), np.int64)
    )
    quota = total * weights / weights.sum()
    assert (np.abs(shares - quota) < 1 + 1e-6).all()


@given(st.data())
def test_more_households_never_receive_fewer_elders(data: st.DataObject) -> None:
    total = data.draw(st.integers(0, 10_000))
    weights = np.array(data.draw(st.lists(st.integers(1, 500), min_size=2, max_size=30)), float)
    shares = largest_remainder(
        np.array([total]), weights=weights, group=np.zeros(len(weights), np.int64)
    )
    order = np.argsort(weights, kind="stable")
    gained = np.diff(shares[order])
    assert (gained[np.diff(weights[order]) > 0] >= 0).all()


@given(st.data())
def test_filling_gaps_keeps_what_is_given_and_meets_the_total(data: st.DataObject) -> None:
    n, n_group = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 4))
    group = data.draw(arrays(np.int64, n, elements=st.integers(-1, n_group - 1)))
    gaps = data.draw(arrays(bool, n))
    given_ = np.where(gaps, np.nan, data.draw(arrays(float, n, elements=st.integers(0, 500))))
    totals = data.draw(arrays(float, n_group, elements=st.integers(0, 9000)))
    figures, difference = fill_gaps(
        given_, households=np.arange(n) + 1.0, group=group, totals=totals
    )
    assert (figures[~gaps] == given_[~gaps]).all()
    for index in range(n_group):
        mine = group == index
        filled = figures[mine]
        if mine.any() and not np.isnan(filled).any():
            assert filled.sum() - totals[index] == difference[index]
        if (gaps & mine).any() and np.nansum(given_[mine]) <= totals[index]:
            assert filled.sum() == totals[index]
