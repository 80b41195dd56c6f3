"""``fuwuquan site -m changes`` and ``-m gates`` as a planner runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pytest
import shapely

from api.cli import run
from api.cli._by_id import by_id, of_area
from geo.coverage import Edits, answer, ask, read_inputs
from geo.coverage.edits import New
from geo.crs import parse_datum, to_cgcs2000
from geo.errors import DataError
from geo.scenarios import EditedWorkspace, Scenario
from geo.store import Origin, Workspace, conform

Lay = Callable[..., gpd.GeoDataFrame]
Run = Callable[..., int]

X, Y = 500_000, 3_300_000
DAY = date(2026, 5, 1)
PLACES = {"k1": 300, "k2": 3_100, "k3": 5_800}


@pytest.fixture(scope="module")
def workspace(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A street of 6 km: two stations near each other, one far off, an estate with a shut gate."""
    folder = tmp_path_factory.mktemp("county")
    opened = Workspace.create(folder)
    estates = [("a", 100, 50), ("b", 500, 40), ("c", 3_000, 30), ("e", 5_900, 10)]
    stations = [("s1", 0, 200.0, 60.0), ("s2", 600, 300.0, 200.0), ("s3", 3_000, 200.0, 40.0)]
    layers = {
        "community": lay(
            "community",
            {"code": "340207001001", "elders": 150, "at": (X - 50, Y - 500, X + 6_050, Y + 500)},
        ),
        "compound": lay(
            "compound",
            *(
                {"id": i, "households": 500, "elders": n, "build_status": "new", "at": (X + at, Y)}
                for i, at, n in estates
            ),
            {"id": "d", "households": 300, "elders": 20, "build_status": "new",
             "at": (X + 3_800, Y + 5, X + 4_500, Y + 105)},
        ),
        "gate": lay(
            "gate",
            {"id": "far", "compound_id": "d", "open": True, "at": (X + 4_500, Y + 5)},
            {"id": "shut", "compound_id": "d", "open": False, "at": (X + 3_800, Y + 5)},
        ),
        "elder_station": lay(
            "elder_station",
            *(
                {"id": i, "floor_area_m2": m2, "capacity": places, "at": (X + at, Y)}
                for i, at, m2, places in stations
            ),
        ),
        "street": conform(
            gpd.GeoDataFrame(
                {"class": ["residential"]},
                geometry=[shapely.LineString([(X, Y), (X + 6_000, Y)])],
                crs="EPSG:4547",
            ),
            "street",
        ),
    }  # fmt: skip
    for name, frame in layers.items():
        opened.write(name, frame.to_crs("EPSG:4490"), origin=Origin(source="test", written_on=DAY))
    offered = gpd.GeoDataFrame(
        {
            "id": list(PLACES),
            "name": ["一号房", "二号房", "三号房"],
            "build_cost_yuan": [100_000.0, 20_000.0, 300_000.0],
            "rent_yuan_year": [100_000.0, 10_000.0, 0.0],
            "floor_area_m2": [300.0, 300.0, 300.0],
        },
        geometry=[shapely.Point(X + at, Y) for at in PLACES.values()],
        crs="EPSG:4547",
    )
    opened.write_result("candidates_elder_station", offered, on=DAY)
    return folder


@pytest.fixture
def site(workspace: Path, tmp_path: Path) -> Run:
    """Run the command on the workspace and return its exit status."""

    def command(*arguments: str) -> int:
        files = ("--out", str(tmp_path / "选址.xlsx"))
        asked = ("site", "-f", "社区养老服务站", *arguments, *files)
        return run([*asked, "-w", str(workspace), "--on", "2026-05-01"])

    return command


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def covered(workspace: Path, edits: Edits) -> int:
    """Return the elders whom an ordinary coverage analysis counts once the edits are made."""
    view = EditedWorkspace(Workspace.open(workspace), Scenario("x", "elder_station", edits))
    question = ask("elder_station", on=DAY)
    points = answer(question, read_inputs(view, question)).points
    return int(points.loc[points["nearest_min"] <= 15, "elders"].sum())


def lonlat(at: float) -> tuple[float, float]:
    lon, lat = to_cgcs2000([(X + at, Y)], parse_datum("epsg:4547"))[0]
    return float(lon), float(lat)


def edited(changes: list[dict[str, Any]]) -> Edits:
    """Return a plan of changes as edits of the facility layer."""
    return Edits(
        add=tuple(New(*lonlat(PLACES[c["id"]])) for c in changes if c["action"] == "opened"),
        move={c["id"]: lonlat(PLACES[c["moved_to_id"]]) for c in changes if c["moved_to_id"]},
        close=tuple(c["id"] for c in changes if c["action"] == "closed"),
    )


RENTS = ("--rent", "s1=1万", "--rent", "s2=5万", "--rent", "s3=3万")


def test_rent_is_saved_and_nobody_served_today_is_left_without(
    site: Run, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("-m", "调整", "--closable", "全部", *RENTS, "--close-yuan", "1万", "--json")
    assert site(*asked) == 0
    told = printed(capsys)
    actions = {c["id"]: c for c in told["changes"]}
    assert {i: c["action"] for i, c in actions.items()} == {
        "s1": "closed",  # s2 has room for both estates, s1 has not
        "s2": "kept",
        "s3": "moved",
        "k2": "received",
    }
    assert actions["s3"]["moved_to_id"] == "k2"
    assert actions["s1"]["rent_saved_yuan_year"] == 10_000
    assert (actions["s1"]["before"], actions["s2"]["after"]) == (50, 90)
    (heir,) = [h for h in told["heirs"] if h["id"] == "s1"]
    assert (heir["demand_id"], heir["site_id"], heir["amount"]) == ("a", "s2", 50)
    assert heir["before_min"] == pytest.approx(100 / 60, abs=0.01)
    assert heir["after_min"] == pytest.approx(500 / 60, abs=0.01)
    plan = told["plan"]
    assert plan["status"] == "optimal"
    # close 1, fit out 2, five years of rent of s2 and k2
    assert plan["objective"] == plan["bound"] == 10_000 + 20_000 + 5 * (50_000 + 10_000)
    assert told["covered_after"] == told["covered_before"] == 120
    assert covered(workspace, edited(told["changes"])) == told["covered_after"]


def test_the_most_people_for_the_money_equals_coverage_once_it_is_done(
    site: Run, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("-m", "changes", "--closable", "all", "--budget", "30万", "--json")
    assert site(*asked) == 0
    told = printed(capsys)
    assert {c["id"]: c["action"] for c in told["changes"]}["k3"] in ("opened", "received")
    assert (told["plan"]["objective"], told["plan"]["bound"]) == (130, 130)
    assert told["covered_after"] == 130 == covered(workspace, edited(told["changes"]))


def test_a_facility_is_expanded_where_another_closes(
    site: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    told_to = ("--expandable", "s1=300", "--yuan-per-m2", "100", "--m2-per-place", "5")
    assert site("-m", "changes", "--closable", "s2", *RENTS, *told_to, "--json") == 0
    actions = {c["id"]: c for c in printed(capsys)["changes"]}
    assert actions["s2"]["action"] == "closed"
    assert actions["s1"]["action"] == "expanded"
    assert actions["s1"]["added_m2"] == pytest.approx(150)  # 30 more people, 5 m² each
    assert actions["s1"]["cost_yuan"] == pytest.approx(15_000)


def test_the_norm_on_floor_area_is_met_instead(
    site: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("-m", "changes", "--meet-norm", "--area", "340207", "--expandable", "all=2000")
    status = site(*asked, "--yuan-per-m2", "2000", "--json")
    out = capsys.readouterr()
    assert status == 2  # the estate behind its gate is out of every circle
    assert "还缺" in out.err.replace("\n", "")
    assert "平方米" in out.err.replace("\n", "")


def test_the_screen_the_workbook_and_the_workspace_tell_of_the_changes(
    site: Run, workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site("-m", "changes", "--closable", "all", *RENTS, "--close-yuan", "1万") == 0
    out = capsys.readouterr().out.replace("\n", "")
    for said in ("原样保留 1 处", "每年省租金 4 万元", "s1原来的人改去：“s2”50，最远 8.3 分钟"):
        assert said in out, said
    book = openpyxl.load_workbook(tmp_path / "选址.xlsx")
    assert book.sheetnames[:3] == ["选定点", "调整", "接替"]
    rows = list(book["调整"].values)
    assert [row[:3] for row in rows[1:3]] == [("s1", "s1", "关闭"), ("s3", "s3", "迁出")]
    kept = Workspace.open(workspace).read_result("siting_changes")
    assert kept["action"].tolist() == ["closed", "moved", "received", "kept"]


def test_opening_a_gate_does_what_a_station_would(
    site: Run, workspace: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert site("-m", "开门", "--gates", "1", "--gate-yuan", "5万", "--json") == 0
    told = printed(capsys)
    by_id = {gate["id"]: gate for gate in told["gates"]}
    gate = by_id["shut"]
    assert gate["chosen"]
    assert (gate["alone_covered"], gate["plan_covered"], gate["cost_yuan"]) == (20, 20, 50_000)
    assert gate["alone_min"] == pytest.approx(805 / 60, abs=0.01)
    assert (told["covered_before"], told["covered_after"]) == (120, 140)
    assert told["plan"]["objective"] == told["plan"]["bound"] == 140
    assert told["plan"]["measures"]["cost_yuan"] == 50_000
    assert covered(workspace, Edits(open_gates=("shut",))) == 140
    assert Workspace.open(workspace).read_result("siting_gates")["id"].tolist()[0] == "shut"
    book = openpyxl.load_workbook(tmp_path / "选址.xlsx")
    assert list(book["开门"].values)[1][0] == "shut"


def test_gates_and_sites_share_a_budget(
    site: Run, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("-m", "gates", "--gate-yuan", "5万")
    assert site(*asked, "--budget", "35万", "--json") == 0
    told = printed(capsys)
    assert [one["id"] for one in told["sites"]] == ["k3"]
    assert [gate["id"] for gate in told["gates"] if gate["chosen"]] == ["shut"]
    assert told["covered_after"] == 150
    edits = Edits(add=(New(*lonlat(PLACES["k3"])),), open_gates=("shut",))
    assert covered(workspace, edits) == 150
    assert site(*asked, "--sites", "1", "--gates", "0", "--json") == 0
    assert printed(capsys)["covered_after"] == 130


def test_a_new_gate_may_be_broken_into_the_wall(
    site: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("-m", "gates", "--gates", "1", "--gate-yuan", "50万", "--new-gate-yuan", "20万")
    assert site(*asked, "--json") == 0
    kinds = {gate["kind"] for gate in printed(capsys)["gates"]}
    assert {"closed", "new"} <= kinds
    assert site(*asked) == 0
    assert "打开 1 道门" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-m", "changes", "--sites", "1"), "不用 --sites"),
        (("-m", "changes", "--expandable", "s1"), "--expandable “s1”不对"),
        (("-m", "changes", "--expandable", "s1=-5"), "--expandable “s1=-5”不对"),
        (("-m", "changes", "--expandable", "nobody=5", "--m2-per-place", "5"), "没有编号为 nobody"),
        (("-m", "changes", "--expandable", "s1=50"), "扩建多少平方米增加一个名额"),
        (("-m", "changes", "--m2-per-place", "0"), "应为正数"),
        (("-m", "changes", "--rent", "s1=很多"), "--rent “很多”不是金额"),
        (("-m", "changes", "--closable", "k1"), "没有编号为 k1 的可关闭"),
        (("-m", "changes", "--alternatives"), "不用 --alternatives"),
        (("-m", "changes", "--meet-norm", "--area", "990101"), "没有施行中的"),
        (("--sites", "1", "--move-yuan", "5万"), "不用 --move-yuan"),
        (("--sites", "1", "--gates", "2"), "不用 --gates"),
        (("-m", "gates", "--budget", "5万"), "开一道门多少元"),
        (("-m", "gates", "--gate-yuan", "贵"), "--gate-yuan “贵”不是金额"),
        (("-m", "gates", "--gate-of", "nobody"), "没有编号为 nobody 的小区"),
        (("-m", "gates", "--gate-of", "a"), "没有可以打开的门"),
    ],
)
def test_bad_input_is_refused_in_chinese_with_what_to_do(
    site: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert site(*arguments) == 2
    told = capsys.readouterr().err.replace("\n", "")
    assert message in told
    assert "怎么办" in told


def test_amounts_by_id_as_planners_write_them() -> None:
    assert by_id(["s1=200平方米", "全部=50㎡"], "--expandable", of_area) == {"s1": 200, "all": 50}
    for texts in (["s1=1", "s1=2"], ["=5"], ["s1="], ["s1=nan"]):
        with pytest.raises(DataError, match="不对"):
            by_id(texts, "--expandable", of_area)
