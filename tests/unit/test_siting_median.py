"""Where people walk least in all, and where the longest walk is shortest: facts of the field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from geo.errors import DataError, InfeasibleError
from geo.travel.minutes import MS_A_MINUTE, Minutes
from optimization.center import center
from optimization.median import dense_table, least_cost, median
from optimization.problem import Problem

ProblemBuilder = Callable[..., Problem]


def _walks(problem: Problem, minutes: list[list[float]], people: list[float]) -> Problem:
    """Return a problem with these walks; NaN is out of reach."""
    table = np.array(minutes, dtype=np.float64)
    near = ~np.isnan(table)
    walks = Minutes(
        indptr=np.concatenate(([0], near.sum(axis=1).cumsum())).astype(np.int64),
        indices=np.nonzero(near)[1].astype(np.int32),
        ms=(table[near] * MS_A_MINUTE).astype(np.int32),
        n_facility=table.shape[1],
    )
    return replace(problem, minutes=walks, weights={"elders": np.array(people, dtype=np.float64)})


@pytest.fixture
def row_of_three(siting_problem: ProblemBuilder) -> Problem:
    """Three estates in a row with a candidate each, 10 min apart; horizon 30 min."""
    walks = [[0.0, 10.0, 20.0], [10.0, 0.0, 10.0], [20.0, 10.0, 0.0]]
    return _walks(siting_problem(3, 3), walks, [1.0, 1.0, 5.0])


def test_median_stands_where_the_people_are(row_of_three: Problem) -> None:
    plan = median(row_of_three, p=1)
    assert plan.sites.tolist() == [2]
    assert plan.objective == 20.0 + 10.0
    assert plan.unit == "elder_minutes"
    assert plan.status == "optimal"
    assert plan.assignment.tolist() == [2, 2, 2]


def test_center_stands_in_the_middle(row_of_three: Problem) -> None:
    plan = center(row_of_three, p=1)
    assert plan.sites.tolist() == [1]
    assert plan.objective == 10.0
    assert plan.unit == "minutes"
    assert plan.status == "optimal"


def test_weighted_center_moves_towards_the_large_estate(row_of_three: Problem) -> None:
    plan = center(row_of_three, p=1, weighted=True)
    assert plan.sites.tolist() == [2]
    assert plan.objective == 20.0
    assert plan.unit == "elder_minutes"


def test_whoever_is_beyond_the_limit_counts_as_long_as_was_said(row_of_three: Problem) -> None:
    plan = median(row_of_three, p=1, limit_min=10.0, beyond_min=60.0)
    assert plan.sites.tolist() == [1]
    assert plan.objective == 10.0 + 50.0
    assert plan.measures["people_beyond"] == 0.0
    far = median(row_of_three, p=1, limit_min=9.0, beyond_min=60.0)
    assert far.sites.tolist() == [2]
    assert far.objective == 60.0 + 60.0
    assert far.measures["people_beyond"] == 2.0


def test_people_out_of_every_reach_are_reported_and_not_counted(row_of_three: Problem) -> None:
    walks = [[0.0, 10.0, 20.0], [10.0, 0.0, 10.0], [np.nan, np.nan, np.nan]]
    problem = _walks(row_of_three, walks, [1.0, 2.0, 5.0])
    plan = median(problem, p=1)
    assert plan.objective == 10.0
    assert plan.measures["people_out_of_reach"] == 5.0
    assert plan.assignment.tolist() == [1, 1, -1]
    assert center(problem, p=1).measures["people_out_of_reach"] == 5.0


def test_boundary_at_exactly_the_limit_counts(row_of_three: Problem) -> None:
    plan = center(row_of_three, p=1, limit_min=10.0)
    assert plan.sites.tolist() == [1]
    assert plan.measures["people_served"] == 7.0


def test_existing_site_stays_and_is_not_counted(row_of_three: Problem) -> None:
    stands = np.array([True, False, False])
    sites = replace(row_of_three.sites, existing=stands, closable=stands)
    plan = median(replace(row_of_three, sites=sites), p=1)
    assert plan.sites.tolist() == [0, 2]
    assert plan.measures["sites_new"] == 1.0


def test_site_that_must_be_opened_counts_and_a_forbidden_one_stays_shut(
    row_of_three: Problem,
) -> None:
    sites = replace(
        row_of_three.sites,
        must=np.array([True, False, False]),
        never=np.array([False, False, True]),
    )
    problem = replace(row_of_three, sites=sites)
    assert median(problem, p=1).sites.tolist() == [0]
    assert median(problem, p=3).sites.tolist() == [0, 1]
    with pytest.raises(InfeasibleError, match="候选点") as told:
        median(problem, p=0)
    assert told.value.conflicts
    with pytest.raises(InfeasibleError):
        center(problem, p=0)


def test_budget_buys_what_it_can(row_of_three: Problem) -> None:
    sites = replace(row_of_three.sites, cost_yuan=np.array([10.0, 10.0, 30.0]))
    problem = replace(row_of_three, sites=sites)
    plan = median(problem, budget_yuan=29.0)
    assert plan.sites.tolist() == [0, 1]
    assert plan.measures["cost_yuan"] == 20.0
    assert median(problem, budget_yuan=30.0).sites.tolist() == [2]
    assert median(problem, budget_yuan=0.0).measures["people_beyond"] == 7.0


def test_more_sites_than_candidates_opens_only_those_that_serve(row_of_three: Problem) -> None:
    plan = median(row_of_three, p=50)
    assert plan.objective == 0.0
    assert plan.sites.tolist() == [0, 1, 2]
    idle = _walks(row_of_three, [[0.0, 1.0, 9.0], [9.0, 0.0, 9.0], [9.0, 0.0, 9.0]], [1, 1, 1])
    assert median(idle, p=3).sites.tolist() == [0, 1]


def test_center_says_when_so_few_sites_cannot_reach_everyone(row_of_three: Problem) -> None:
    with pytest.raises(InfeasibleError, match="5 分钟") as told:
        center(row_of_three, p=1, limit_min=5.0)
    assert told.value.hint
    assert center(row_of_three, p=3, limit_min=5.0).objective == 0.0


def test_nobody_near_any_candidate_is_said(row_of_three: Problem) -> None:
    alone = _walks(row_of_three, [[np.nan] * 3] * 3, [1, 1, 1])
    for model in (median, center):
        with pytest.raises(InfeasibleError, match="没有任何可选点"):
            model(alone, p=1)


def test_nobody_at_all_is_said(row_of_three: Problem) -> None:
    empty = replace(row_of_three, weights={"elders": np.zeros(3)})
    for model in (median, center):
        with pytest.raises(DataError, match="elders"):
            model(empty, p=1)


def test_exactly_one_of_number_and_budget_is_asked_for(row_of_three: Problem) -> None:
    for model in (median, center):
        for asked in ({}, {"p": 1, "budget_yuan": 1.0}, {"p": -1}, {"budget_yuan": float("nan")}):
            with pytest.raises(DataError):
                model(row_of_three, **asked)


def test_not_being_served_may_not_count_less_than_the_longest_walk(row_of_three: Problem) -> None:
    with pytest.raises(DataError, match="短于"):
        median(row_of_three, p=1, beyond_min=5.0)


def test_plan_cut_by_time_is_not_called_optimal(siting_problem: ProblemBuilder) -> None:
    plan = median(siting_problem(400, 120, 3), p=12, limit_s=0.0)
    assert plan.measures["stopped_by_time"] == 1.0
    assert plan.status == "heuristic"


def test_a_plan_to_begin_from_is_never_made_worse(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(200, 60, 5)
    good = median(problem, p=6)
    again = median(problem, p=6, limit_s=0.0, start=good)
    assert again.objective == good.objective


def test_median_of_a_matrix_needs_no_geography() -> None:
    cost = np.array([[0, 4, 7], [4, 0, 3], [7, 3, 0]], dtype=np.int32)
    found = least_cost(dense_table(cost, p=1))
    assert (found.cost, found.bound) == (7.0, 7.0)
    assert found.plan.tolist() == [False, True, False]


def test_center_of_equal_longest_walks_walks_less_in_all(siting_problem: ProblemBuilder) -> None:
    # The farthest estate fixes the longest walk at 20 min; a second site is left for the others.
    walks = [[20.0, np.nan, np.nan], [np.nan, 20.0, 1.0], [np.nan, 20.0, 19.0]]
    problem = _walks(siting_problem(3, 3), walks, [1.0, 9.0, 1.0])
    plan = center(problem, p=2)
    assert plan.objective == 20.0
    assert plan.sites.tolist() == [0, 2]
    assert plan.measures["mean_min"] == pytest.approx((20.0 + 9 * 1.0 + 19.0) / 11)


def test_no_swap_shortens_the_walks_of_a_center(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(60, 14, 4, horizon_min=90.0, people=(1, 50))
    plan = center(problem, p=3)
    walks, people = problem.minutes.dense(), problem.weight("elders")

    def judged(sites: list[int]) -> tuple[float, float]:
        near = np.nan_to_num(walks[:, sites], nan=np.inf).min(axis=1)
        return float(near.max()), float(people @ near)

    longest, total = judged(plan.sites.tolist())
    for out in plan.sites:
        for new in range(14):
            other = judged([new, *(int(j) for j in plan.sites if j != out)])
            assert other[0] > longest or other[1] >= total * (1 - 1e-12)


def test_progress_is_told_until_all_is_done(siting_problem: ProblemBuilder) -> None:
    told: list[float] = []
    median(siting_problem(60, 14, 4), p=3, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_a_plan_cut_by_time_says_so(siting_problem: ProblemBuilder) -> None:
    problem = siting_problem(300, 60, 5)
    assert median(problem, p=6, limit_s=0.0).measures["stopped_by_time"] == 1.0
    assert "stopped_by_time" not in median(problem, p=6).measures


def test_a_huge_table_has_a_proven_bound_and_the_same_plan_twice(
    siting_problem: ProblemBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = siting_problem(400, 60, 6)
    least = median(problem, p=6)
    for name, value in (
        ("_run._HUGE_PAIRS", 1_000),
        ("_run._LARGE_PAIRS", 500),
        ("_large._HUGE_KICKS", (20, 20)),
        ("_large._KICKS_A_TURN", 10),
    ):
        monkeypatch.setattr(f"optimization.median.{name}", value)
    one, other = (median(problem, p=6, seed=2) for _ in range(2))
    assert one.bound <= least.objective * (1 + 1e-9)
    assert one.objective <= least.objective * 1.05
    assert one.bound >= least.objective * 0.9
    assert one.sites.tobytes() == other.sites.tobytes()
    assert (one.objective, one.bound) == (other.objective, other.bound)
