"""Plans in a town small enough to check by hand: gates, years, cards, niches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.coverage import Edits, answer, edited
from geo.errors import DataError, InfeasibleError, NotFoundError
from geo.store import Origin, Workspace, conform
from optimization.gate_options import gate_options, walls_of
from optimization.gates import gate_cover, gate_gains, with_gates
from optimization.phasing import niche_plan, phased_cover, project_cards, schedule
from optimization.problem import Problem
from optimization.workspace import SitingInputs, read_siting

Lay = Callable[..., gpd.GeoDataFrame]
Build = Callable[..., Problem]

X, Y = 500_000, 3_300_000
DAY = date(2026, 5, 1)


@pytest.fixture(scope="module")
def walled(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> SitingInputs:
    """A walled estate between two streets that meet only far off; the station is behind it.

    Its gate to the near street is open, the one to the station's street is shut.
    """
    opened = Workspace.create(tmp_path_factory.mktemp("walled"))
    ring = [(X, Y), (X + 3000, Y), (X + 3000, Y + 120), (X, Y + 120), (X, Y)]
    layers = {
        "community": lay(
            "community",
            {"code": "340207001001", "elders": 100, "at": (X, Y - 500, X + 3000, Y + 500)},
        ),
        "compound": lay(
            "compound",
            {
                "id": "walled",
                "households": 90,
                "elders": 80,
                "at": (X + 1000, Y + 10, X + 1100, Y + 110),
            },
            {"id": "corner", "households": 20, "elders": 20, "at": (X + 2900, Y + 130)},
        ),
        "gate": lay(
            "gate",
            {"id": "south", "compound_id": "walled", "at": (X + 1050, Y + 10)},
            {"id": "north", "compound_id": "walled", "open": False, "at": (X + 1050, Y + 110)},
        ),
        "elder_station": lay("elder_station", {"id": "station", "at": (X + 1050, Y + 120)}),
        "street": conform(
            gpd.GeoDataFrame(
                {"class": ["residential"]}, geometry=[shapely.LineString(ring)], crs="EPSG:4547"
            ),
            "street",
        ),
    }
    for name, frame in layers.items():
        origin = Origin(source="test", written_on=DAY)
        opened.write(name, frame.to_crs("EPSG:4490"), origin=origin)
    offered = gpd.GeoDataFrame(
        {"id": ["c1", "c2"], "name": ["路口", "街角"], "build_cost_yuan": [300_000.0, 200_000.0]},
        geometry=[shapely.Point(X + 1000, Y), shapely.Point(X + 2900, Y + 120)],
        crs="EPSG:4547",
    )
    return read_siting(opened, "elder_station", on=DAY, candidates=offered, horizon_min=60)


def test_a_shut_gate_towards_the_station_is_what_keeps_an_estate_away(walled: SitingInputs) -> None:
    gates = gate_options(walled, cost_yuan=50_000)
    north = gate_gains(walled.problem, gates)[0]
    assert (north.id, north.kind, north.name) == ("north", "closed", "walled")
    assert north.covered == 80
    assert north.before_min == pytest.approx((10 + 1050 + 120 + 1050) / 60, abs=0.02)
    assert north.after_min == pytest.approx(10 / 60, abs=0.02)
    assert north.person_minutes == pytest.approx(80 * north.saved_min)


def test_minutes_through_a_gate_are_those_of_coverage_with_the_gate_open(
    walled: SitingInputs,
) -> None:
    tried = edited(walled.inputs, Edits(open_gates=("north",)), layer="elder_station")
    points = answer(walled.question, tried).points
    north = gate_gains(walled.problem, gate_options(walled, cost_yuan=50_000))[0]
    at = points.set_index("id").loc["walled", "nearest_min"]
    assert north.after_min == pytest.approx(float(at), abs=1e-9)


def test_an_assumed_gate_tells_who_depends_on_it(walled: SitingInputs) -> None:
    gains = gate_gains(
        walled.problem, gate_options(walled, cost_yuan=0), opened=np.array([2], dtype=np.int32)
    )
    corner = next(gain for gain in gains if gain.kind == "assumed")
    assert corner.name == "corner"
    assert corner.covered == -20
    assert np.isnan(corner.after_min)


def test_new_gates_are_tried_only_where_a_street_runs_along_the_wall(walled: SitingInputs) -> None:
    box = shapely.box(X + 1000, Y + 10, X + 1100, Y + 110)
    frame = gpd.GeoDataFrame({"id": ["walled"]}, geometry=[box], crs="EPSG:4547")
    gates = gate_options(
        walled, cost_yuan=50_000, new_cost_yuan=90_000, walls=walls_of(frame), spacing_m=30
    )
    new = gates.kind == "new"
    assert new.sum() >= 2
    along = np.minimum(np.abs(gates.xy[new, 1] - Y - 10), np.abs(gates.xy[new, 1] - Y - 110))
    assert (along <= 10).all()
    assert set(gates.cost_yuan[new]) == {90_000}


def test_a_gate_is_chosen_instead_of_a_site_where_it_is_cheaper(walled: SitingInputs) -> None:
    gates = gate_options(walled, cost_yuan=50_000)
    both = gate_cover(walled.problem, gates, budget_yuan=260_000)
    assert gates.id[both.gates].tolist() == ["north"]
    assert both.siting.objective == 100 == both.siting.bound
    assert both.siting.measures["gates_yuan"] + both.siting.measures["cost_yuan"] == 250_000
    sites = gate_cover(walled.problem, gates, budget_yuan=260_000, most_gates=0)
    assert sites.siting.objective == 20
    alone = gate_cover(walled.problem, gates, p=0)
    assert (alone.siting.objective, len(alone.gates)) == (80, 1)


@pytest.mark.parametrize("seed", range(5))
def test_sites_and_gates_together_equal_every_choice_tried(
    siting_problem: Build, walled: SitingInputs, seed: int
) -> None:
    problem = siting_problem(20, 6, seed, existing=1, must=1, cost=True)
    draw = np.random.default_rng(seed)
    other = siting_problem(6, 6, seed + 100).minutes
    gates = replace(
        gate_options(walled, cost_yuan=0),
        id=np.array([f"g{k}" for k in range(6)]),
        kind=np.array(["closed"] * 5 + ["new"]),
        demand=np.sort(draw.integers(0, 20, 6)),
        cost_yuan=draw.integers(1, 20, 6) * 10_000.0,
        minutes=other,
    )
    elders, sites = problem.weight("elders"), problem.sites
    best = 0.0
    for mask in range(2**6):
        chosen = np.flatnonzero(mask >> np.arange(6) & 1)
        dense = with_gates(problem, gates, chosen).minutes.dense() <= 8
        for built in range(2**6):
            new = (built >> np.arange(6) & 1).astype(bool) & ~sites.existing
            paid = sites.cost_yuan[new].sum() + gates.cost_yuan[chosen].sum()
            if paid <= 900_000 and new[sites.must].all():
                hit = dense[:, new | sites.existing].any(axis=1)
                best = max(best, float(elders[hit].sum()))
    plan = gate_cover(problem, gates, budget_yuan=900_000, limit_min=8)
    assert plan.siting.objective == best == plan.siting.bound


def test_the_cards_of_a_year_add_up_to_what_the_year_adds(siting_problem: Build) -> None:
    problem = siting_problem(60, 12, 3, existing=2, cost=True, townships=3)
    plan = phased_cover(
        problem,
        schedule(problem, (2026, 2027), budgets_yuan=(800_000, 600_000)),
        limit_min=8,
    )
    cards = project_cards(problem, plan, places={"s1": "示范社区"})
    before = float(problem.weight("elders")[plan.covered_today].sum())
    for year, covered in zip(plan.years, plan.covered, strict=True):
        added = sum(card.gained for card in cards if card.year == year)
        assert added == pytest.approx(covered - before)
        before = covered
    assert sum(card.cost_yuan for card in cards) == plan.overall.measures["cost_yuan"]
    assert all(card.only <= plan.covered[-1] for card in cards)


def test_a_better_alternative_is_never_hidden_on_a_card(siting_problem: Build) -> None:
    problem = siting_problem(60, 12, 4, cost=True)
    plan = phased_cover(problem, schedule(problem, (2026,), per_year=2), limit_min=8)
    assert plan.overall.status == "optimal"
    for card in project_cards(problem, plan):
        losses = [other.fewer_people for other in card.alternatives]
        assert losses == sorted(losses)
        assert all(loss >= 0 for loss in losses)


def test_a_site_that_must_stand_by_a_year_without_money_names_the_year(
    siting_problem: Build,
) -> None:
    problem = siting_problem(20, 5, 0, cost=True)
    costly = int(np.argmax(problem.sites.cost_yuan))
    price = problem.sites.cost_yuan[costly]
    with pytest.raises(InfeasibleError, match="到 2026 年必须建成") as raised:
        schedule(
            problem,
            (2026, 2027),
            budgets_yuan=(price - 10_000, price),
            must_by={str(problem.sites.id[costly]): 2026},
        )
    assert "请在 2026 年以前增加 10,000 元" in raised.value.hint
    assert raised.value.conflicts


def test_money_split_too_small_for_a_site_asks_to_carry_over(siting_problem: Build) -> None:
    problem = siting_problem(20, 5, 0, cost=True)
    costly = int(np.argmax(problem.sites.cost_yuan))
    half = problem.sites.cost_yuan[costly] * 0.6
    asked = {"budgets_yuan": (half, half), "must_by": {str(problem.sites.id[costly]): 2027}}
    with pytest.raises(InfeasibleError, match="分不进各年") as raised:
        schedule(problem, (2026, 2027), **asked)  # type: ignore[arg-type]
    assert "结转" in raised.value.hint
    plan = phased_cover(
        problem,
        schedule(problem, (2026, 2027), carry_over=True, **asked),  # type: ignore[arg-type]
    )
    assert plan.year_of[costly] == 2027


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"years": (2027, 2026), "per_year": 1}, "从早到晚"),
        ({"years": (), "per_year": 1}, "从早到晚"),
        ({"years": (2026, 2027)}, "没有给出各年预算"),
        ({"years": (2026, 2027), "budgets_yuan": (1.0,)}, "给了 1 个"),
        ({"years": (2026,), "budgets_yuan": (-1.0,)}, "非负"),
        ({"years": (2026,), "budgets_yuan": (float("nan"),)}, "非负"),
        ({"years": (2026,), "per_year": 1, "must_by": {"s0": 2030}}, "不在规划年份"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(
    siting_problem: Build, asked: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        schedule(siting_problem(10, 4), **asked)  # type: ignore[arg-type]


def test_a_site_due_that_is_not_there_is_named(siting_problem: Build) -> None:
    with pytest.raises(NotFoundError, match="s99"):
        schedule(siting_problem(10, 4), (2026,), per_year=1, must_by={"s99": 2026})


def test_a_niche_taken_in_one_year_is_not_free_in_the_next(siting_problem: Build) -> None:
    problem = siting_problem(4, 2, 0, side_m=100, existing=1, cost=True)
    niches = np.where(problem.sites.existing, 10.0, 6.0)
    problem = replace(problem, sites=replace(problem.sites, capacity=niches))
    plan = niche_plan(
        problem,
        schedule(problem, (2026, 2027, 2028), budgets_yuan=(0, 600_000, 0)),
        burials=[np.array([2.0, 2, 2, 2])] * 3,
        limit_min=30,
    )
    assert plan.served.tolist() == [8, 8, 0]
    assert plan.short.tolist() == [0, 0, 8]
    assert plan.overall.status == "optimal"
    assert plan.year_of[~problem.sites.existing].tolist() == [2027]


def test_same_seed_gives_the_same_plan(siting_problem: Build) -> None:
    problem = siting_problem(80, 15, 7, cost=True)
    plan = schedule(problem, (2026, 2027, 2028), budgets_yuan=(500_000,) * 3)
    one, other = (phased_cover(problem, plan, limit_min=8) for _ in range(2))
    assert one.year_of.tobytes() == other.year_of.tobytes()
    assert (one.overall.objective, one.overall.bound) == (
        other.overall.objective,
        other.overall.bound,
    )
