"""Where a facility may stand: what is on offer, what each rule rejects, and what stays unknown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import typer

from api.cli import candidates as command
from geo.errors import DataError, InfeasibleError, NotFoundError
from geo.network.graph import StreetNetwork
from geo.schema.results import headings
from geo.store import Origin, Workspace, conform
from geo.store.tables import write_table
from optimization.candidates import RULES, Candidates, Criteria, find_candidates, keep, rule_words
from optimization.candidates.street_points import street_points, thinned
from optimization.workspace import read_siting

Lay = Callable[..., gpd.GeoDataFrame]

X, Y = 500_000, 3_300_000
ON = date(2026, 5, 1)
JIUJIANG = "340207"


@pytest.fixture(scope="module")
def workspace(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One long street, an island beside it, one estate with people, parcels of every kind."""
    folder = tmp_path_factory.mktemp("county")
    opened = Workspace.create(folder)
    lines = [
        shapely.LineString([(X, Y), (X + 4000, Y)]),
        shapely.LineString([(X, Y), (X, Y + 800)]),
        shapely.LineString([(X + 500, Y + 3000), (X + 600, Y + 3000)]),
    ]
    box = (X - 100, Y - 3500, X + 3500, Y + 3500)
    frames = {
        "county": lay("county", {"code": "340207", "at": box}),
        "community": lay("community", {"code": "340207001001", "at": box}),
        "compound": lay("compound", {"id": "c", "households": 90, "elders": 60, "at": (X, Y)}),
        "elder_station": lay(
            "elder_station",
            {"id": "1", "at": (X + 3000, Y)},
            {"id": "2", "status": "closed", "floor_area_m2": 320.0, "at": (X + 300, Y)},
            {"id": "3", "status": "planned", "floor_area_m2": 80.0, "at": (X + 310, Y)},
        ),
        "community_venue": lay(
            "community_venue",
            {"id": "1", "floor_area_m2": 500.0, "usable_area_m2": 160.0, "at": (X + 100, Y)},
            {"id": "2", "floor_area_m2": 500.0, "usable_area_m2": 140.0, "at": (X + 120, Y)},
            {"id": "3", "floor_area_m2": 140.0, "at": (X + 140, Y)},
            {"id": "4", "floor_area_m2": 500.0, "at": (X + 160, Y)},
        ),
        "zone": lay(
            "zone",
            {
                "id": "z",
                "name": "水源地",
                "kind": "water_source",
                "at": (X + 690, Y, X + 760, Y + 90),
            },
            {
                "id": "r",
                "name": "铁路",
                "kind": "rail",
                "at": shapely.LineString([(X + 800, Y + 20), (X + 800, Y + 90)]),
            },
        ),
        "parcel": lay(
            "parcel",
            {**_room("fine", 300.0), "at": (X + 50, Y + 5)},
            {**_room("small", 299.0), "at": (X + 60, Y + 5)},
            {**_room("shared", 200.0), "shared": True, "usable_area_m2": 150.0, "at": (X + 61, Y)},
            {**_room("upstairs", 400.0), "floor": 2, "lift": False, "at": (X + 62, Y)},
            {**_room("lifted", 400.0), "floor": 2, "lift": True, "at": (X + 63, Y)},
            {**_room("nobody knows", 400.0), "floor": 2, "lift": None, "at": (X + 64, Y)},
            {**_room("cellar", 400.0), "floor": -1, "lift": True, "at": (X + 65, Y)},
            {**_room("taken", 400.0), "available": False, "at": (X + 66, Y)},
            {**_room("1", 400.0), "at": (X + 67, Y)},
            {**_room("island", 400.0), "at": (X + 550, Y + 3001)},
            {**_room("abroad", 400.0), "at": (X + 3600, Y)},
            {**_room("far", 400.0), "at": (X + 2000, Y)},
            {**_room("in water", 400.0), "at": (X + 700, Y + 10)},
            {
                "id": "land",
                "kind": "land",
                "area_m2": 400.0,
                "at": (X + 20, Y - 40, X + 40, Y - 20),
            },
            {"id": "wet land", "kind": "land", "area_m2": 900.0, "at": (X + 730, Y + 10)},
            {
                "id": "far-built",
                "kind": "land",
                "area_m2": 200.0,
                "plot_ratio": 2.0,
                "at": (X, Y + 9),
            },
        ),
        "street": conform(
            gpd.GeoDataFrame(
                {"class": ["residential"] * 3, "name": ["长江路", "黄山路", None]},
                geometry=lines,
                crs="EPSG:4547",
            ),
            "street",
        ),
    }
    for name, frame in frames.items():
        opened.write(name, frame.to_crs("EPSG:4490"), origin=Origin(source="test", written_on=ON))
    return folder


def _room(identity: str, area_m2: float) -> dict[str, object]:
    cost = {"build_cost_yuan": 1e5, "rent_yuan_year": 1e4}
    base = {"id": identity, "kind": "premises", "area_m2": area_m2, "floor": 1, "lift": False}
    return base | cost


def find(workspace: Path, *, area: str = JIUJIANG, **asked: object) -> Candidates:
    criteria = Criteria(**asked)  # type: ignore[arg-type]
    opened = Workspace.open(workspace)
    return find_candidates(opened, "elder_station", on=ON, criteria=criteria, area=area)


def why(found: Candidates) -> dict[str, str]:
    return dict(zip(found.rejected["row_id"].astype(str), found.rejected["rules"], strict=True))


def test_every_place_on_offer_is_accepted_or_rejected_with_its_reason(workspace: Path) -> None:
    found = find(workspace, sources=("premises", "land"))
    assert why(found) == {
        "small": "small",
        "upstairs": "upper_floor",
        "cellar": "below_ground",
        "taken": "unavailable",
        "island": "off_streets",
        "abroad": "outside_county;nobody_in_reach",
        "far": "nobody_in_reach",
        "wet land": "zone",
    }
    taken = {"fine", "shared", "lifted", "nobody knows", "1", "in water", "land", "far-built"}
    assert set(found.accepted["row_id"]) == taken
    table = found.by_source().set_index("source")
    assert table.loc["premises"].tolist() == [13, 6, 7]
    assert found.by_rule()["nobody_in_reach"] == 2


def test_a_reason_names_the_figure_found_the_figure_asked_and_the_norm(workspace: Path) -> None:
    reasons = find(workspace).rejected.set_index("row_id")["reason"]
    assert "299 平方米，不足 300 平方米" in reasons["small"]
    assert "elder.station.min_area" in reasons["small"]
    assert "鸠江区民政局" in reasons["small"]
    assert "在 2 层，没有电梯" in reasons["upstairs"]
    assert "elder.jgj450.lift" in reasons["upstairs"]
    assert "水源地" in reasons["wet land"]


def test_a_made_up_county_takes_the_norms_the_workspace_keeps(
    workspace: Path, lay: Lay, tmp_path: Path
) -> None:
    folder = tmp_path / "made up"
    shutil.copytree(workspace, folder)
    opened = Workspace.open(folder)
    box = (X - 100, Y - 3500, X + 3500, Y + 3500)
    for name, code in (("county", "990101"), ("community", "990101001001")):
        frame = lay(name, {"code": code, "at": box}).to_crs("EPSG:4490")
        opened.write(name, frame, origin=Origin(source="test", written_on=ON))
    without = find(folder, area="", sources=("premises",))
    assert "no_area_norm" in {fault.code for fault in without.faults}
    assert "small" not in why(without)
    opened.settings["norms_area"] = JIUJIANG
    found = find(folder, area="", sources=("premises",))
    assert why(found)["small"] == "small"
    assert found.provenance["area"] == JIUJIANG
    told = {fault.code: fault.message for fault in found.faults}
    assert "340207（安徽）" in told["norms_of_elsewhere"]


def test_without_a_county_boundary_places_outside_the_communities_are_only_noted(
    workspace: Path, tmp_path: Path
) -> None:
    whole, opened = Workspace.open(workspace), Workspace.create(tmp_path)
    origin = Origin(source="test", written_on=ON)
    for name in ("community", "compound", "elder_station", "parcel", "street"):
        opened.write(name, whole.read(name, "EPSG:4490"), origin=origin)
    found = find(tmp_path, sources=("premises",))
    assert why(found)["abroad"] == "nobody_in_reach"
    told = {fault.code: fault.message for fault in found.faults}
    assert told["county_unknown"].startswith("1 处在已导入的社区边界之外")


def test_shared_premises_need_150_m2_of_usable_area_instead_of_300(workspace: Path) -> None:
    found = find(workspace, sources=("premises", "venue"))
    venues = found.accepted[found.accepted["source"] == "venue"]
    assert set(venues["row_id"]) == {"1", "4"}
    assert venues.set_index("row_id")["unchecked"]["4"] == "使用面积、楼层"
    small = found.rejected[found.rejected["rule"] == "small_shared"]
    assert set(small["row_id"]) == {"2", "3"}
    assert "shared" in set(found.accepted["row_id"])


def test_rooms_of_facilities_out_of_use_are_on_offer(workspace: Path) -> None:
    found = find(workspace, sources=("room",))
    assert found.accepted["id"].tolist() == ["elder_station:2"]
    assert why(found) == {"3": "small"}


def test_land_offers_what_its_plot_ratio_allows(workspace: Path) -> None:
    found = find(workspace, sources=("land",)).accepted.set_index("id")
    assert found["floor_area_m2"]["far-built"] == 400
    assert pd.isna(found["floor_area_m2"]["land"])
    assert found["unchecked"]["land"] == "建筑面积"
    low = find(workspace, sources=("land",), plot_ratio=0.5)
    assert why(low) == {"land": "small", "wet land": "zone"}


def test_a_parcel_called_like_a_station_keeps_apart_from_it(workspace: Path) -> None:
    accepted = find(workspace, sources=("premises",)).accepted
    assert set(accepted.loc[accepted["row_id"] == "1", "id"]) == {"parcel:1"}


def test_zones_can_be_asked_with_their_distance_and_then_hold_for_all(workspace: Path) -> None:
    far = find(workspace, sources=("premises", "land"), zones={"rail": 101.0})
    assert {key for key, rules in why(far).items() if "zone" in rules} == {"in water", "wet land"}
    none = find(workspace, sources=("land",), zones={})
    assert "wet land" not in why(none)
    reason = far.rejected.set_index("row_id")["reason"]["in water"]
    assert "距铁路“铁路”" in reason
    assert "要求大于 101 米（本次要求）" in reason


def test_places_near_an_open_station_are_left_out_only_when_asked(workspace: Path) -> None:
    assert "near_existing" not in find(workspace).by_rule()
    found = find(workspace, sources=("street",), apart_min=40.0)
    near = found.rejected[found.rejected["rules"].str.contains("near_existing")]
    assert (near["nearest_min"] < 40).all()
    assert (found.accepted["nearest_min"] >= 40).all()
    assert len(near) > 0


def test_area_norms_of_elsewhere_do_not_bind(workspace: Path) -> None:
    found = find(workspace, area="520000", sources=("premises",))
    assert "small" not in why(found)
    assert "no_area_norm" in {fault.code for fault in found.faults}
    assert "small" in why(find(workspace, area="520000", min_area_m2=300.0))
    assert "small" not in why(find(workspace, min_area_m2=0.0))


def test_any_floor_accepts_upper_floors_and_cellars(workspace: Path) -> None:
    found = find(workspace, any_floor=True)
    assert not {"upstairs", "cellar"} & set(why(found))
    children = find_candidates(Workspace.open(workspace), "community_venue", on=ON, area=JIUJIANG)
    assert not {"upper_floor", "below_ground"} & set(children.by_rule())


def test_reached_and_newly_reached_count_people_within_the_limit(workspace: Path) -> None:
    accepted = find(workspace).accepted.set_index("row_id")
    assert accepted.loc["fine", ["reached", "newly_reached"]].tolist() == [60, 60]


def test_costs_are_estimated_only_when_a_price_is_given(workspace: Path) -> None:
    plain = find(workspace, sources=("land", "street")).accepted
    assert plain["build_cost_yuan"].isna().all()
    assert not plain["cost_estimated"].any()
    priced = find(workspace, sources=("premises", "land", "street"), yuan_per_m2=2000.0).accepted
    by_id = priced.set_index("row_id")["build_cost_yuan"]
    assert by_id["fine"] == 1e5
    assert by_id["far-built"] == 400 * 2000
    assert by_id["land"] == 300 * 2000  # what the norm asks
    assert set(priced.loc[priced["source"] == "street", "build_cost_yuan"]) == {600_000.0}


def test_street_points_are_called_after_community_and_street(workspace: Path) -> None:
    found = find(workspace, sources=("street",))
    every = pd.concat([found.accepted, found.rejected])
    names = every.set_index("id")["name"]
    assert names["street-0003"] == f"{JIUJIANG}001001·黄山路（3）"
    assert names["street-0004"] == f"{JIUJIANG}001001·长江路（4）"
    assert names.is_unique


def test_candidates_kept_are_the_sites_of_the_problem(workspace: Path) -> None:
    opened = Workspace.open(workspace)
    found = find(workspace, sources=("premises", "room", "street"))
    keep(opened, found)
    read = read_siting(opened, "elder_station", on=ON)
    assert read.problem.sites.id.tolist() == ["1", *sorted(found.accepted["id"])]
    kept = opened.read_result("candidates_elder_station_rejected")
    assert kept["reason"].tolist() == found.rejected["reason"].tolist()
    assert opened.runs("candidates")[-1].results["accepted"] == len(found.accepted)
    at = read.problem.sites.id == "fine"
    assert read.problem.sites.cost_yuan[at].tolist() == [1e5]
    assert read.problem.sites.area_m2[at].tolist() == [300]


def test_candidates_older_than_the_layers_are_told(workspace: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(workspace, folder)
    opened = Workspace.open(folder)
    keep(opened, find(folder))
    fresh = read_siting(opened, "elder_station", on=ON)
    assert "candidates_outdated" not in {fault.code for fault in fresh.faults}
    parcels = opened.read("parcel", "EPSG:4490")
    opened.write("parcel", parcels.iloc[1:], origin=Origin(source="test", written_on=ON))
    stale = read_siting(opened, "elder_station", on=ON)
    message = next(f.message for f in stale.faults if f.code == "candidates_outdated")
    assert "可用地块与用房" in message
    assert "管控区域" not in message


def test_all_rejected_says_which_rule_rejected_how_many(workspace: Path) -> None:
    found = find(workspace, sources=("premises",), min_area_m2=5000.0)
    with pytest.raises(InfeasibleError, match="13 个候选点全部被剔除") as refused:
        found.require()
    assert "面积不足 13" in refused.value.message
    assert "登记为不可用 1" in refused.value.conflicts


def test_no_place_on_offer_names_the_sources_looked_at(workspace: Path, lay: Lay) -> None:
    del lay
    with pytest.raises(NotFoundError, match="可共用的社区用房"):
        find_candidates(
            Workspace.open(workspace),
            "community_venue",
            on=ON,
            criteria=Criteria(sources=("venue",)),
        )


def test_wrong_criteria_are_all_named_at_once() -> None:
    with pytest.raises(DataError) as wrong:
        Criteria(
            sources=("premise",),  # type: ignore[arg-type]
            min_area_m2=-1,
            zones={"swamp": 5.0},
            yuan_per_m2=float("nan"),
        )
    for word in ("premise", "最小面积", "swamp", "造价"):
        assert word in wrong.value.message


def test_a_facility_nobody_knows_is_refused(workspace: Path) -> None:
    with pytest.raises(NotFoundError):
        find_candidates(Workspace.open(workspace), "spaceport", on=ON)


def test_a_parcel_file_with_a_negative_cost_or_two_equal_ids_is_quarantined(
    tmp_path: Path,
) -> None:
    from geo.layers import read_layer  # noqa: PLC0415

    rows = pd.DataFrame(
        {
            "编号": ["a", "a", "b", "c"],
            "名称": ["甲", "乙", "丙", "丁"],
            "建设费用": [1, 2, -3, 4],
            "经度": [114.3, 114.31, 114.32, 114.33],
            "纬度": [30.5, 30.5, 30.5, 30.5],
        }
    )
    path = write_table(tmp_path / "parcels.xlsx", {"地块": rows})[0]
    read = read_layer(path, "parcel", datum="cgcs2000")
    assert read.frame["id"].tolist() == ["a", "c"]
    assert {"duplicate_key", "below_minimum"} <= {fault.code for fault in read.faults}


def test_the_command_prints_json_writes_a_workbook_and_refuses_when_nothing_is_left(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()
    app.callback()(lambda: None)
    command.register(app)
    out = tmp_path / "候选点.xlsx"
    given = [
        "candidates",
        "-f",
        "养老服务站",
        "-w",
        str(workspace),
        "--on",
        "2026-05-01",
        "--area",
        "340207",
    ]
    app(args=[*given, "--zones", "铁路\uff1d101，water_source", "--out", str(out), "--json"],
        standalone_mode=False)  # fmt: skip
    answer = json.loads(capsys.readouterr().out)
    assert answer["accepted"] == len(answer["candidates"])
    assert answer["by_rule"]["zone"] >= 2
    sheets = pd.read_excel(out, sheet_name=None)
    assert list(sheets)[:3] == ["汇总", "候选点", "剔除"]
    assert len(sheets["剔除"]) == answer["rejected"]
    assert not sheets["剔除"]["全部原因"].str.contains("[a-z]").any()
    assert "premises" not in set(sheets["剔除"]["图层"].dropna())
    with pytest.raises(InfeasibleError):
        app(args=[*given, "--sources", "premises", "--min-area", "9999"], standalone_mode=False)
    assert "面积不足" in capsys.readouterr().out
    with pytest.raises(DataError, match="没有区域类别“沼泽”"):
        app(args=[*given, "--zones", "沼泽"], standalone_mode=False)
    with pytest.raises(DataError, match="不是数字"):
        app(args=[*given, "--zones", "rail=近"], standalone_mode=False)


def test_the_same_workspace_gives_the_same_candidates(workspace: Path) -> None:
    one, two = find(workspace), find(workspace)
    pd.testing.assert_frame_equal(pd.DataFrame(one.accepted), pd.DataFrame(two.accepted))
    assert one.provenance == two.provenance


def test_result_columns_and_rules_are_those_of_the_schema(workspace: Path) -> None:
    found = find(workspace)
    assert [*headings("candidates"), "geometry"] == list(found.accepted.columns)
    assert [*headings("candidates_rejected"), "geometry"] == list(found.rejected.columns)
    assert tuple(rule_words()) == RULES


def test_steep_ground_is_left_out_and_unknown_slope_only_told(
    workspace: Path, tmp_path: Path
) -> None:
    rasterio = pytest.importorskip("rasterio")
    opened = Workspace.open(workspace)
    assert find(workspace).accepted["slope_percent"].isna().all()
    unknown = find(workspace, max_slope_percent=5.0, sources=("premises",))
    assert set(unknown.accepted["unchecked"]) >= {"坡度"}
    assert "slope_unknown" in {fault.code for fault in unknown.faults}
    dem = tmp_path / "dem.tif"
    x = np.arange(X - 1000, X + 5000, 30.0)
    height = np.where(x < X + 60, 0.0, (x - X - 60) * 0.1)
    cells = np.tile(height, (300, 1)).astype("float32")
    with rasterio.open(
        dem, "w", driver="GTiff", width=len(x), height=300, count=1, dtype="float32",
        crs="EPSG:4547", transform=rasterio.Affine(30, 0, X - 1000, 0, -30, Y + 4500),
    ) as file:  # fmt: skip
        file.write(cells, 1)
    opened.settings["street_heights"] = str(dem)
    try:
        found = find(workspace, max_slope_percent=8.0, sources=("venue", "land"))
    finally:
        del opened.settings["street_heights"]
    assert "steep" in why(found)["4"]
    assert "steep" not in why(found).get("land", "")
    assert found.rejected["slope_percent"].max() == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize("spacing_m", [90.0, 300.0])
def test_street_points_are_spaced_and_leave_no_street_without(
    town: Callable[..., StreetNetwork], spacing_m: float
) -> None:
    xy = [(x * 170.0, y * 130.0) for y in range(9) for x in range(9)]
    edges = [(i, i + 1) for i in range(81) if i % 9 < 8] + [(i, i + 9) for i in range(72)]
    network = town(xy, edges)
    found = street_points(network, spacing_m=spacing_m, usable=np.ones(len(edges), bool))
    apart = np.hypot(*(found[:, None] - found[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= spacing_m
    on_street = network.node_xy
    away = np.hypot(*(on_street[:, None] - found[None]).transpose(2, 0, 1)).min(axis=1)
    assert away.max() < spacing_m
    beside = street_points(
        network, spacing_m=spacing_m, usable=np.ones(len(edges), bool), taken_xy=found
    )
    assert len(beside) == 0


def test_street_points_leave_out_islands_steps_and_what_nobody_may_walk(
    town: Callable[..., StreetNetwork],
) -> None:
    xy = [(0, 0), (100, 0), (200, 0), (300, 0), (0, 900), (100, 900)]
    edges = [(0, 1), (1, 2), (2, 3), (4, 5)]
    network = town(xy, edges, steps=[0, 1, 0, 0])
    usable = np.array([True, True, False, True])
    found = street_points(network, spacing_m=10, usable=usable)
    assert found[:, 0].max() <= 100
    assert found[:, 1].max() == 0
    with pytest.raises(DataError, match="大于 0"):
        street_points(network, spacing_m=0, usable=usable)


def test_thinning_equals_brute_force() -> None:
    draw = np.random.default_rng(7)
    for kept in (0, 5):
        xy = draw.uniform(0, 1000, (300, 2))
        chosen = list(range(kept))
        for i in range(kept, len(xy)):
            if all(np.hypot(*(xy[i] - xy[j])) >= 80 for j in chosen):
                chosen.append(i)
        assert thinned(xy, 80.0, kept=kept).tolist() == chosen
