"""What the tables of a plan say of every site and of every demand point."""

from __future__ import annotations

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from geo.demand import WEIGHTS
from geo.schema.results import result_columns
from optimization.explain import gains, why_not
from optimization.problem import Problem
from optimization.reached import serve
from optimization.report import (
    Report,
    alternative_table,
    assignment_table,
    pareto_table,
    plan_table,
    rejected_table,
    site_table,
    speed_table,
)
from optimization.siting import Siting

ProblemBuilder = Callable[..., Problem]
LIMIT = 10.0


@pytest.fixture
def report(siting_problem: ProblemBuilder) -> Report:
    """A plan that opens two sites and gives up one of two that stand."""
    problem = siting_problem(60, 9, 4, existing=2, closable=1, never=1, townships=2, cost=True)
    kept = np.flatnonzero(problem.sites.fixed_open)
    free = np.flatnonzero(problem.sites.free & ~problem.sites.existing)
    sites = np.sort(np.concatenate([kept, free[:2]])).astype(np.int32)
    opened = np.isin(np.arange(9), sites)
    people = problem.weight("elders")
    serving = serve(problem, opened, LIMIT)
    covered = float(people[serving >= 0].sum())
    plan = Siting(
        model="max_cover",
        sense="max",
        sites=sites,
        assignment=serving,
        objective=covered,
        bound=covered,
        unit="elders",
        seconds=0.0,
        seed=0,
    )
    points = gpd.GeoDataFrame(
        {name: pd.array([pd.NA] * 60, dtype="Int64") for name in WEIGHTS}
        | {"elders": people.astype(int)},
        geometry=gpd.points_from_xy(*problem.xy.T),
        crs="EPSG:4547",
    )
    others = np.flatnonzero(~problem.sites.existing & ~opened).astype(np.int32)
    unpriced = others[~problem.sites.never[others]][0]
    return Report(
        problem=problem,
        plan=plan,
        weight="elders",
        limit_min=LIMIT,
        points=points,
        cost_yuan=np.where(np.arange(9) == unpriced, np.nan, problem.sites.cost_yuan),
        gains=gains(problem, plan, weight="elders", limit_min=LIMIT),
        rejected=why_not(problem, plan, others, weight="elders", limit_min=LIMIT),
    )


def test_every_site_has_its_role(report: Report) -> None:
    table = site_table(report)
    assert list(table.columns) == [
        *(column.name for column in result_columns("siting_sites")),
        "geometry",
    ]
    assert table["role"].value_counts().to_dict() == {
        "candidate": 4,
        "new": 2,
        **dict.fromkeys(("kept", "closed", "barred"), 1),
    }
    assert table["role"].iloc[:3].tolist() == ["new", "new", "kept"]
    assert table["rank"].iloc[:2].tolist() == [1, 2]
    new = table[table["role"] == "new"]
    kept = table[table["role"] == "kept"]
    assert new["nearest"].sum() + kept["nearest"].sum() == report.covered_after
    assert kept["cost_yuan"].isna().all()
    assert table.loc[table["role"] == "candidate", "cost_yuan"].isna().sum() == 1


def test_every_demand_point_has_its_walks_and_what_became_of_it(report: Report) -> None:
    table = assignment_table(report)
    people = report.problem.weight("elders")
    was = table["before_min"].le(LIMIT).fillna(value=False).to_numpy(bool)
    now = table["site_id"].notna().to_numpy(bool)
    assert people[was].sum() == report.covered_before
    assert people[now].sum() == report.covered_after
    state = table["state"].to_numpy(str)
    assert (np.isin(state, ["covered", "nearer", "lost"]) == was).all()
    assert (np.isin(state, ["covered", "nearer", "gained"]) == now).all()
    assert {"gained", "lost", "uncovered"} <= set(state)
    nearer = table[table["state"] == "nearer"]
    assert (nearer["after_min"] < nearer["before_min"]).all()
    assert set(table["township"]) == {"街道0", "街道1"}


def test_places_not_chosen_are_listed_by_what_they_would_add(report: Report) -> None:
    table = rejected_table(report)
    assert len(table) == 5
    assert table["added"].is_monotonic_decreasing
    assert table["explanation"].notna().all()
    barred = table[table["reason"] == "never"]
    assert len(barred) == 1
    assert barred["exchange_loss"].isna().all()


def test_tables_nobody_asked_for_are_empty_but_have_their_columns(report: Report) -> None:
    for name, table in (
        ("siting_alternatives", alternative_table(report)),
        ("siting_plans", plan_table(report)),
        ("siting_speeds", speed_table(report)),
        ("siting_pareto", pareto_table(report)),
    ):
        assert len(table) == 0
        assert list(table.columns) == [column.name for column in result_columns(name)]
