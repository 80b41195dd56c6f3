"""Whole people are split exactly, and what is already known is kept."""

from __future__ import annotations

import numpy as np

from geo.demand.apportion import fill_gaps, largest_remainder

ONE_GROUP = np.zeros(3, np.int64)


def test_the_largest_remainder_gets_the_last_person() -> None:
    # Quotas 1.6, 3.2 and 0.2 of 5: 1, 3 and 0 for certain, the fifth person to the first.
    shares = largest_remainder(np.array([5]), weights=np.array([8.0, 16.0, 1.0]), group=ONE_GROUP)
    assert shares.tolist() == [2, 3, 0]


def test_equal_parts_differ_by_one_person_at_most() -> None:
    shares = largest_remainder(np.array([10]), weights=np.ones(3), group=ONE_GROUP)
    assert shares.tolist() == [4, 3, 3]


def test_a_few_people_on_many_equal_streets_do_not_all_stand_at_one_end() -> None:
    shares = largest_remainder(np.array([10]), weights=np.ones(100), group=np.zeros(100, np.int64))
    gaps = np.diff(np.flatnonzero(shares))
    assert shares.sum() == 10
    assert gaps.max() <= 16


def test_parts_without_any_weight_share_evenly() -> None:
    shares = largest_remainder(np.array([6]), weights=np.zeros(3), group=ONE_GROUP)
    assert shares.tolist() == [2, 2, 2]


def test_groups_are_split_apart_and_an_empty_one_is_no_obstacle() -> None:
    shares = largest_remainder(
        np.array([3, 7, 4]), weights=np.array([1.0, 1.0, 5.0]), group=np.array([0, 0, 2])
    )
    assert shares.tolist() == [2, 1, 4]


def test_figures_given_stay_and_the_rest_of_the_total_goes_by_households() -> None:
    figures, difference = fill_gaps(
        np.array([40.0, np.nan, np.nan]),
        households=np.array([100.0, 200.0, 100.0]),
        group=ONE_GROUP,
        totals=np.array([100.0]),
    )
    assert figures.tolist() == [40, 40, 20]
    assert difference.tolist() == [0]


def test_without_a_total_a_missing_figure_stays_unknown() -> None:
    figures, difference = fill_gaps(
        np.array([40.0, np.nan, np.nan]),
        households=np.ones(3),
        group=ONE_GROUP,
        totals=np.array([np.nan]),
    )
    assert figures[0] == 40
    assert np.isnan(figures[1:]).all()
    assert np.isnan(difference).all()


def test_figures_above_the_total_leave_nothing_to_split_and_are_reported() -> None:
    figures, difference = fill_gaps(
        np.array([80.0, 40.0, np.nan]),
        households=np.ones(3),
        group=ONE_GROUP,
        totals=np.array([100.0]),
    )
    assert figures[:2].tolist() == [80, 40]
    assert np.isnan(figures[2])
    assert difference.tolist() == [20]


def test_a_part_outside_every_group_keeps_its_figure_and_takes_nobody_elses() -> None:
    figures, _ = fill_gaps(
        np.array([7.0, np.nan, np.nan]),
        households=np.ones(3),
        group=np.array([-1, -1, 0]),
        totals=np.array([9.0]),
    )
    assert figures[0] == 7
    assert np.isnan(figures[1])
    assert figures[2] == 9
