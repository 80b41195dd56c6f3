"""Covering a toy town of three compounds in a row, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from geo.errors import DataError, InfeasibleError, NotFoundError
from geo.travel.minutes import MS_A_MINUTE, Minutes
from optimization.covering import (
    backup_cover,
    cover_sets,
    max_cover,
    partial_cover,
    priced,
    set_cover,
)
from optimization.problem import Problem, Sites

FAR = 99.0


def row_of_three(
    walks: list[list[float]] | None = None,
    **columns: Any,  # noqa: ANN401 - columns of sites
) -> Problem:
    """Compounds of 100, 200 and 400 elders; site a serves the first two, b the last two, c one."""
    walk_min = np.array(
        walks or [[10.0, FAR, 5.0], [12.0, 15.0, FAR], [FAR, 8.0, FAR]], dtype=np.float64
    )
    n_demand, n_site = walk_min.shape
    near = walk_min < FAR
    no, nothing = np.zeros(n_site, dtype=np.bool_), np.zeros(n_site)
    given: dict[str, Any] = {
        "id": np.array(list("abc")[:n_site]),
        "name": np.array(["甲处", "乙处", "丙处"][:n_site]),
        **dict.fromkeys(("existing", "closable", "must", "never"), no),
        **dict.fromkeys(("cost_yuan", "rent_yuan_year", "expandable_m2"), nothing),
        "area_m2": np.full(n_site, np.nan),
        "capacity": np.full(n_site, np.inf),
        "xy": np.arange(2.0 * n_site).reshape(n_site, 2),
    }
    elders = columns.pop("elders", np.array([100.0, 200.0, 400.0][:n_demand]))
    return Problem(
        demand_id=np.array(["1", "2", "3"][:n_demand]),
        demand_name=np.array(["东里", "中里", "西里"][:n_demand]),
        area=np.full(n_demand, -1, dtype=np.int32),
        area_names=(),
        weights={"elders": elders, "children": elders / 10},
        sites=Sites(**(given | {k: np.array(v) for k, v in columns.items()})),
        minutes=Minutes(
            np.concatenate(([0], near.sum(axis=1).cumsum())),
            np.nonzero(near)[1].astype(np.int32),
            np.round(walk_min[near] * MS_A_MINUTE).astype(np.int32),
            n_site,
        ),
        horizon_min=30.0,
        speed_m_s=1.0,
        xy=np.zeros((n_demand, 2)),
    )


def test_the_best_single_site_covers_the_two_larger_compounds() -> None:
    plan = max_cover(row_of_three(), p=1)
    assert plan.sites.tolist() == [1]
    assert plan.assignment.tolist() == [-1, 1, 1]
    assert (plan.objective, plan.bound, plan.status, plan.unit) == (600, 600, "optimal", "elders")


def test_a_walk_of_exactly_the_limit_counts() -> None:
    assert max_cover(row_of_three(), p=1, limit_min=15.0).objective == 600
    assert max_cover(row_of_three(), p=1, limit_min=14.99).objective == 400


def test_people_go_to_the_nearest_open_site() -> None:
    assert max_cover(row_of_three(must=[True, False, True]), p=3).assignment.tolist() == [2, 0, 1]


def test_no_more_sites_are_opened_than_are_of_use() -> None:
    plan = max_cover(row_of_three(), p=50)
    assert plan.objective == 700
    assert plan.measures["new_sites"] <= 3


def test_what_stands_is_kept_and_does_not_count_as_new() -> None:
    plan = max_cover(row_of_three(existing=[False, True, False]), p=0)
    assert plan.sites.tolist() == [1]
    assert plan.measures["new_sites"] == 0


def test_a_closable_station_stays_unless_it_is_barred() -> None:
    stands = {"existing": [False, True, False], "closable": [False, True, False]}
    assert max_cover(row_of_three(**stands), p=0).sites.tolist() == [1]
    barred = row_of_three(**stands, never=[False, True, False])
    assert max_cover(barred, p=1).sites.tolist() == [0]


def test_a_demanded_site_is_there_although_another_covers_more() -> None:
    plan = max_cover(row_of_three(must=[False, False, True]), p=1)
    assert (plan.sites.tolist(), plan.objective) == ([2], 100)


def test_money_buys_two_cheap_sites_rather_than_one_dear_one() -> None:
    problem = row_of_three(cost_yuan=[10.0, 25.0, 10.0])
    plan = max_cover(problem, budget_yuan=24.0)
    assert plan.objective == 300
    assert plan.measures["cost_yuan"] == 10
    assert max_cover(problem, budget_yuan=25.0).objective == 600


def test_several_weights_are_added_by_their_factors() -> None:
    plan = max_cover(row_of_three(), p=1, weight={"elders": 1, "children": 10})
    assert plan.objective == 1_200
    assert plan.unit == "1*elders+10*children"


@pytest.mark.parametrize(
    "asked",
    [{}, {"p": 1, "budget_yuan": 5.0}, {"p": -1}, {"budget_yuan": float("nan")}],
)
def test_a_question_without_one_clear_limit_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="预算"):
        max_cover(row_of_three(), **asked)


def test_unknown_and_bad_weights_are_refused() -> None:
    with pytest.raises(NotFoundError, match="pets"):
        max_cover(row_of_three(), p=1, weight="pets")
    with pytest.raises(DataError, match="elders"):
        max_cover(row_of_three(), p=1, weight={"elders": -1.0})
    with pytest.raises(DataError, match="非负数"):
        row_of_three(elders=np.array([1.0, np.nan, 2.0]))
    with pytest.raises(DataError, match="费用"):
        row_of_three(cost_yuan=[-1.0, 0.0, 0.0])


def test_too_many_demanded_sites_are_named() -> None:
    with pytest.raises(InfeasibleError, match="甲处") as refused:
        max_cover(row_of_three(must=[True, True, False]), p=1)
    assert "2" in refused.value.hint


def test_nobody_anywhere_is_covered_perfectly() -> None:
    plan = max_cover(row_of_three(elders=np.zeros(3)), p=2)
    assert (plan.objective, plan.bound, plan.status) == (0, 0, "optimal")


def test_demand_out_of_every_reach_gives_an_empty_plan() -> None:
    plan = max_cover(row_of_three([[FAR], [FAR]]), p=1)
    assert (plan.sites.tolist(), plan.objective, plan.bound) == ([], 0, 0)


def test_two_sites_reach_everybody() -> None:
    plan = set_cover(row_of_three())
    assert (plan.objective, plan.bound, plan.unit) == (2, 2, "sites")
    assert (plan.assignment >= 0).all()


def test_the_cheapest_cover_may_have_more_sites() -> None:
    problem = row_of_three([[1.0, 1.0, FAR], [1.0, FAR, 1.0]], cost_yuan=[30.0, 10.0, 10.0])
    assert set_cover(problem).objective == 1
    plan = set_cover(problem, cheapest=True)
    assert (plan.sites.tolist(), plan.objective, plan.unit) == ([1, 2], 20, "yuan")


def test_rent_counts_when_years_are_given() -> None:
    problem = row_of_three(
        [[1.0, 1.0]], cost_yuan=[10.0, 12.0], rent_yuan_year=[5.0, 1.0], id=["a", "b"]
    )
    assert set_cover(problem, cheapest=True).sites.tolist() == [0]
    plan = set_cover(problem, cheapest=True, rent_years=2)
    assert (plan.sites.tolist(), plan.objective) == ([1], 14)


def test_compounds_out_of_reach_are_named_with_the_limit_that_would_help() -> None:
    problem = row_of_three([[10.0, FAR], [FAR, 12.0], [22.0, FAR]])
    with pytest.raises(InfeasibleError, match="西里") as refused:
        set_cover(problem)
    assert "22 分钟" in refused.value.hint
    assert len(refused.value.conflicts) == 1
    plan = set_cover(problem, leave_out=True)
    assert (plan.objective, plan.measures["unreachable_elders"]) == (2, 400)


def test_a_barred_site_that_would_help_is_told() -> None:
    with pytest.raises(InfeasibleError) as refused:
        set_cover(row_of_three(never=[False, True, False]))
    assert "解除禁选可覆盖 1 个" in refused.value.hint


def test_a_share_of_the_people_needs_fewer_sites() -> None:
    plan = set_cover(row_of_three(), share=0.8)
    assert (plan.sites.tolist(), plan.objective, plan.bound) == ([1], 1, 1)
    assert plan.measures["elders_covered"] == 600
    with pytest.raises(DataError):
        set_cover(row_of_three(), share=1.2)


def test_two_sites_near_the_same_people_back_each_other_up() -> None:
    problem = row_of_three([[5.0, 5.0, FAR], [FAR, FAR, 5.0]], elders=np.array([100.0, 40.0]))
    once = backup_cover(problem, p=2, twice=0.0)
    twice = backup_cover(problem, p=2, once=0.0)
    assert (once.objective, once.measures["elders_once"]) == (140, 140)
    assert (twice.sites.tolist(), twice.measures["elders_twice"]) == ([0, 1], 100)
    with pytest.raises(DataError):
        backup_cover(problem, p=2, once=0.0, twice=0.0)


def test_benefit_falls_between_the_two_limits() -> None:
    plan = partial_cover(row_of_three([[15.0], [10.0], [20.0]]), p=1, full_min=10, zero_min=20)
    assert plan.objective == plan.bound == 100 * 0.5 + 200
    with pytest.raises(DataError):
        partial_cover(row_of_three(), p=1, full_min=20, zero_min=20)


def test_prepared_sets_give_the_same_plan_and_refuse_another_limit() -> None:
    problem = row_of_three()
    ready = cover_sets(problem, 15.0)
    assert max_cover(problem, p=1, prepared=ready).objective == 600
    warm = priced(problem, ready, p=1)
    assert max_cover(problem, p=1, prepared=warm).bound == 600
    with pytest.raises(DataError):
        max_cover(problem, p=1, limit_min=10.0, prepared=ready)


def test_a_plan_to_begin_from_is_never_made_worse() -> None:
    problem = row_of_three()
    first = max_cover(problem, p=1)
    again = max_cover(problem, p=1, start=first)
    assert again.sites.tolist() == first.sites.tolist()


def test_points_with_the_same_sites_are_merged() -> None:
    problem = row_of_three([[1.0, 2.0], [2.0, 1.0], [FAR, 3.0]])
    ready = cover_sets(problem, 15.0)
    assert ready.row_of.tolist() == [0, 0, 1]
    assert ready.people(problem.weights["elders"]).tolist() == [300.0, 400.0]
    assert replace(ready).sets.n_column == 2
