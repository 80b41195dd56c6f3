"""The question of siting that a workspace asks: its numbers are those of coverage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.coverage import answer
from geo.errors import DataError, NotFoundError
from geo.store import Origin, Workspace, conform
from optimization.workspace import SitingInputs, read_siting

Lay = Callable[..., gpd.GeoDataFrame]

X, Y = 500_000, 3_300_000
ON = date(2026, 5, 1)


@pytest.fixture(scope="module")
def workspace(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A ladder of streets, six estates, a station of ours, one of a neighbour, one closed."""
    opened = Workspace.create(tmp_path_factory.mktemp("county"))
    lines = [shapely.LineString([(X - 900, y), (X + 3000, y)]) for y in (Y, Y + 400)]
    lines += [shapely.LineString([(x, Y), (x, Y + 400)]) for x in (X - 900, X, X + 1000, X + 2000)]
    island = shapely.LineString([(X, Y - 1500), (X + 50, Y - 1500)])
    frames = {
        "township": lay(
            "township",
            {"code": "340207001", "name": "东街道", "at": (X + 1000, Y - 2000, X + 3000, Y + 900)},
            {"code": "340207002", "name": "西街道", "at": (X, Y - 2000, X + 1000, Y + 900)},
        ),
        "community": lay(
            "community",
            {
                "code": "340207001001",
                "parent_code": "340207001",
                "at": (X + 1000, Y - 2000, X + 3000, Y + 900),
            },
            {
                "code": "340207002001",
                "parent_code": "340207002",
                "at": (X, Y - 2000, X + 1000, Y + 900),
            },
        ),
        "compound": lay(
            "compound",
            {"id": "c1", "households": 10, "elders": 30, "at": (X + 100, Y + 20)},
            {"id": "c2", "households": 20, "elders": 40, "at": (X + 900, Y + 380)},
            {"id": "c3", "households": 30, "elders": 50, "at": (X + 1500, Y + 10)},
            {"id": "c4", "households": 40, "at": (X + 2200, Y + 410)},
            {"id": "c5", "households": 50, "elders": 70, "at": (X + 2900, Y - 5)},
            {"id": "c6", "households": 60, "elders": 80, "at": (X + 20, Y - 1500)},
        ),
        "gate": lay(
            "gate",
            {"id": "g1", "compound_id": "c3", "at": (X + 1450, Y)},
            {"id": "g2", "compound_id": "c3", "at": (X + 1550, Y), "open": False},
        ),
        "elder_station": lay(
            "elder_station",
            {"id": "s1", "floor_area_m2": 310.0, "at": (X + 50, Y + 5)},
            {"id": "s2", "own_county": False, "at": (X - 800, Y + 400)},
            {"id": "s3", "status": "closed", "at": (X + 2000, Y + 200)},
        ),
        "street": conform(
            gpd.GeoDataFrame(
                {"class": ["residential"] * 7}, geometry=[*lines, island], crs="EPSG:4547"
            ),
            "street",
        ),
    }
    for name, frame in frames.items():
        opened.write(name, frame.to_crs("EPSG:4490"), origin=Origin(source="test", written_on=ON))
    return opened


def offers(**columns: object) -> gpd.GeoDataFrame:
    """Three candidates: two along the streets, one on the island."""
    at = [(X + 1400, Y + 5), (X + 2500, Y + 395), (X + 25, Y - 1505)]
    frame = pd.DataFrame({"id": ["k1", "k2", "k3"], "name": ["甲", "乙", "丙"]} | columns)
    return gpd.GeoDataFrame(frame, geometry=[shapely.Point(p) for p in at], crs="EPSG:4547")


def siting(workspace: Workspace, **asked: object) -> SitingInputs:
    asked = {"candidates": offers(), "on": ON} | asked
    return read_siting(workspace, "elder_station", **asked)  # type: ignore[arg-type]


def covered(inputs: SitingInputs, sites: list[str], limit_min: float, at_m_s: float) -> int:
    """Elders of whom some open site is within the limit."""
    problem = inputs.problem
    near = problem.within(limit_min, at_m_s=at_m_s)
    is_open = problem.sites.fixed_open | np.isin(problem.sites.id, sites)
    reached = np.zeros(problem.n_demand, bool)
    reached[near.rows[is_open[near.indices]]] = True
    return int(problem.weight("elders")[reached].sum())


@pytest.mark.parametrize("built", [[], ["k1"], ["k2"], ["k1", "k2"], ["k3"]])
@pytest.mark.parametrize("limit_min", [5.0, 15.0])
@pytest.mark.parametrize("own_only", [False, True])
def test_a_plan_covers_what_coverage_reports_once_it_is_built(
    workspace: Workspace, built: list[str], limit_min: float, *, own_only: bool
) -> None:
    read = siting(workspace, limit_min=limit_min, own_only=own_only)
    new = conform(read.candidates[read.candidates["id"].isin(built)], "elder_station")
    stations = pd.concat([read.inputs.facilities, new], ignore_index=True)
    later = answer(
        read.question,
        type(read.inputs)(
            read.inputs.demand,
            read.inputs.network,
            gpd.GeoDataFrame(stations, geometry="geometry", crs=read.inputs.network.crs),
            read.inputs.areas,
            read.inputs.network_hash,
            read.inputs.layers,
        ),
    )
    row = later.headline("elders")
    assert covered(read, built, limit_min, 1.0) == row[f"covered_{limit_min:g}_min"]
    assert covered(read, built, limit_min, 0.8) == row["surely"]
    assert covered(read, built, limit_min, 1.2) == row["surely"] + row["depends"]


def test_sites_are_what_stands_and_then_the_candidates(workspace: Workspace) -> None:
    problem = siting(workspace, closable=["s1"], must=["k2"], never=["k1"]).problem
    sites = problem.sites
    assert sites.id.tolist() == ["s1", "s2", "k1", "k2", "k3"]
    assert sites.existing.tolist() == [True, True, False, False, False]
    assert sites.id[sites.closable].tolist() == ["s1"]
    assert sites.id[sites.must].tolist() == ["k2"]
    assert sites.id[sites.never].tolist() == ["k1"]
    assert sites.area_m2[0] == 310
    assert problem.area_names == ("东街道", "西街道")
    assert problem.area[problem.demand_id == "c5"].tolist() == [0]


def test_people_nobody_counted_weigh_nothing_and_are_reported(workspace: Workspace) -> None:
    read = siting(workspace)
    weights = read.problem.weights
    assert weights["elders"].tolist() == [30, 40, 50, 0, 70, 80]
    assert set(weights) == {"elders", "households", "points"}
    assert read.problem.provenance["weights_unknown"]["elders"] == 1
    assert "weight_unknown" in {fault.code for fault in read.faults}


def test_places_off_the_streets_reach_nobody_and_are_named(workspace: Workspace) -> None:
    read = siting(workspace)
    assert 4 not in read.problem.minutes.indices
    message = next(f.message for f in read.faults if f.code == "site_off_streets")
    assert "丙" in message
    assert read.problem.provenance["counts"]["points_on_island"] == 1


def test_own_only_leaves_the_neighbours_station_out(workspace: Workspace) -> None:
    assert siting(workspace, own_only=True).existing["id"].tolist() == ["s1"]
    with pytest.raises(NotFoundError, match="s2"):
        siting(workspace, closable=["s2"])


def test_a_slow_walker_can_still_be_asked_at_the_fastest_speed(workspace: Workspace) -> None:
    problem = siting(workspace, speed_m_s=0.8).problem
    assert problem.horizon_min == pytest.approx(22.5)
    assert problem.limit_ms(15, at_m_s=1.2) == 22.5 * 60_000


def test_unknown_costs_are_forbidden_under_a_budget_and_free_of_charge_else(
    workspace: Workspace,
) -> None:
    some = offers(build_cost_yuan=[5e5, None, None], rent_yuan_year=[1e4, None, 0])
    plain = siting(workspace, candidates=some)
    assert plain.problem.sites.cost_yuan.tolist() == [0, 0, 5e5, 0, 0]
    assert plain.problem.provenance["counts"]["cost_unknown"] == 2
    budget = siting(workspace, candidates=some, need_cost=True, must=["k3"])
    assert budget.problem.sites.never.tolist() == [False, False, False, True, False]
    assert [f.severity for f in budget.faults if f.code == "cost_unknown"] == ["warning"]


def test_candidates_left_in_the_workspace_are_taken(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="候选点") as missing:
        read_siting(workspace, "elder_station", on=ON)
    assert "fuwuquan candidates -f elder_station" in str(missing.value.hint)


def test_bad_candidates_are_refused(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="没有候选点"):
        siting(workspace, candidates=offers().iloc[:0])
    with pytest.raises(DataError, match="重复：k1"):
        siting(workspace, candidates=offers(id=["k1", "k1", "k2"]))
    with pytest.raises(DataError, match="费用须为非负数"):
        siting(workspace, candidates=offers(build_cost_yuan=[-1.0, 2.0, 3.0]))
    with pytest.raises(DataError, match="候选点编号重复：s1"):
        siting(workspace, candidates=offers(id=["s1", "k1", "k2"]))
    with pytest.raises(DataError, match="缺少列：name"):
        siting(workspace, candidates=offers().drop(columns="name"))


def test_unknown_names_are_refused_with_the_ones_there_are(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="k9") as missing:
        siting(workspace, must=["k9"])
    assert "k1" in str(missing.value.hint)
    with pytest.raises(NotFoundError):
        read_siting(workspace, "不存在的设施", on=ON)
    with pytest.raises(DataError, match="既必选又禁选"):
        siting(workspace, must=["k1"], never=["k1"])


def test_the_same_workspace_gives_the_same_problem(workspace: Workspace) -> None:
    one, two = siting(workspace).problem, siting(workspace, candidates=offers()[::-1]).problem
    assert one.provenance == two.provenance
    assert one.minutes.ms.tobytes() == two.minutes.ms.tobytes()
