"""``fuwuquan plan`` as a planner runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from openpyxl import load_workbook

from api.cli import run
from api.cli.plan_asked import by_year, musts, years_of
from geo.errors import DataError
from geo.store import Origin, Workspace, conform

Lay = Callable[..., gpd.GeoDataFrame]
Run = Callable[..., int]

X, Y = 500_000, 3_300_000


@pytest.fixture(scope="module")
def workspace(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One street of 6 km with three estates; candidates beside each, one without a cost."""
    folder = tmp_path_factory.mktemp("county")
    opened = Workspace.create(folder)
    estates = [("west", 0, 40), ("middle", 3000, 70), ("east", 6000, 30)]
    street = shapely.LineString([(X, Y), (X + 6000, Y)])
    layers = {
        "community": lay(
            "community",
            {"code": "340207001001", "elders": 140, "at": (X - 50, Y - 500, X + 6050, Y + 500)},
        ),
        "compound": lay(
            "compound",
            *(
                {"id": name, "households": 9, "elders": elders, "at": (X + at, Y)}
                for name, at, elders in estates
            ),
        ),
        "elder_station": lay("elder_station", {"id": "s", "at": (X + 6000, Y)}),
        "street": conform(
            gpd.GeoDataFrame({"class": ["residential"]}, geometry=[street], crs="EPSG:4547"),
            "street",
        ),
    }
    for name, frame in layers.items():
        origin = Origin(source="test", written_on=date(2026, 5, 1))
        opened.write(name, frame.to_crs("EPSG:4490"), origin=origin)
    offered = gpd.GeoDataFrame(
        {
            "id": ["c-west", "c-middle", "c-free"],
            "name": ["西站", "中站", "无价站"],
            "build_cost_yuan": [900_000.0, 1_500_000.0, None],
        },
        geometry=[shapely.Point(X + at, Y + 5) for at in (10, 3000, 3010)],
        crs="EPSG:4547",
    )
    opened.write_result("candidates_elder_station", offered, on=date(2026, 5, 1))
    return folder


@pytest.fixture
def plan(workspace: Path) -> Run:
    """Run the command on the workspace and return its exit status."""

    def command(*arguments: str) -> int:
        asked = ("plan", "-f", "社区养老服务站", *arguments)
        return run([*asked, "-w", str(workspace), "--on", "2026-05-01"])

    return command


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


MONEY = ("--budget", "2026=150万", "--budget", "2027=90万")


def test_the_costly_middle_comes_first_when_its_year_has_the_money(
    plan: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status = plan("--years", "2026-2027", *MONEY, "--json", "--out", str(tmp_path / "p.xlsx"))
    assert status == 0
    answer = printed(capsys)
    assert [(p["year"], p["id"], p["gained"]) for p in answer["projects"]] == [
        (2026, "c-middle", 70),
        (2027, "c-west", 40),
    ]
    assert [year["covered"] for year in answer["years"]] == [100, 140]
    assert (answer["covered_today"], answer["objective"], answer["bound"]) == (30, 240, 240)
    assert answer["status"] == "optimal"
    assert [p["place"] for p in answer["projects"]] == [None, None]


def test_a_candidate_without_a_cost_is_left_out_under_a_budget_and_used_without_one(
    plan: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = ("--json", "--out", str(tmp_path / "p.xlsx"))
    assert plan("--years", "2026", "--per-year", "1", "--never", "c-middle", *out) == 0
    project = printed(capsys)["projects"][0]
    assert project["id"] == "c-free"
    assert project["cost_yuan"] is None
    assert "建设费用未知" in project["risks"]


def test_sums_in_the_workbook_are_formulas_over_the_projects(plan: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.xlsx"
    assert plan("--years", "2026-2027", *MONEY, "--out", str(path)) == 0
    book = load_workbook(path)
    assert book.sheetnames == ["年度", "项目", "乡镇街道", "项目卡", "说明"]
    years = [line[0].value for line in book["乡镇街道"].iter_rows(min_row=2)]
    assert years[0] == "现状"
    assert all(isinstance(year, int) for year in years if year != "现状")
    heads = [cell.value for cell in book["年度"][1]]
    row = dict(zip(heads, book["年度"][2], strict=True))
    assert row["建设费用（元）"].value.startswith("=SUMIFS('项目'!")
    assert row["新建处数"].value.startswith("=COUNTIF('项目'!")
    assert book["年度"].cell(4, 1).value == "合计"
    cards = [(line[1].value, line[2].value) for line in book["项目卡"].iter_rows(min_row=2)]
    assert ("项目", "中站（c-middle）") in cards
    assert ("建设费用", "150 万元") in cards


def test_the_same_question_writes_the_same_bytes(plan: Run, tmp_path: Path) -> None:
    paths = [tmp_path / "one.xlsx", tmp_path / "two.xlsx"]
    for path in paths:
        assert plan("--years", "2026-2027", *MONEY, "--out", str(path)) == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_projects_are_kept_for_qgis_and_the_run_is_recorded(
    plan: Run, workspace: Path, tmp_path: Path
) -> None:
    assert plan("--years", "2026-2027", *MONEY, "--out", str(tmp_path / "p.xlsx")) == 0
    opened = Workspace.open(workspace)
    kept = opened.read_result("plan_elder_station_projects")
    assert isinstance(kept, gpd.GeoDataFrame)
    assert kept["id"].tolist() == ["c-middle", "c-west"]
    assert kept.to_crs("EPSG:4547").geometry.x.round().tolist() == [X + 3000, X + 10]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--years", "2027-2026", "--per-year", "1"), "前后颠倒"),
        (("--years", "明年", "--per-year", "1"), "不是年份"),
        (("--years", "2026-2027"), "没有给出各年预算"),
        (("--years", "2026", "--budget", "很多钱"), "不是金额"),
        (("--years", "2026", "--budget", "-5"), "不是金额"),
        (("--years", "2026-2027", "--budget", "2026=300万"), "没有给出 2027 年"),
        (("--years", "2026", "--budget", "2030=300万"), "不在规划年份"),
        (("--years", "2026", "--budget", "2026=1万", "--budget", "2026=2万"), "给了两次"),
        (("--years", "2026", "--per-year", "1.5"), "不是整数"),
        (("--years", "2026", "--per-year", "1", "--goal", "best"), "没有名为“best”的目标"),
        (("--years", "2026", "--per-year", "1", "--minutes", "5,15"), "只能有一个时限"),
        (("--years", "2026", "--per-year", "1", "--must", "nowhere"), "nowhere"),
        (("--years", "2026", "--budget", "100万", "--must", "c-middle"), "必须建成的 中站"),
        (("--years", "2026", "--per-year", "1", "--weight", "cats"), "没有“cats”"),
        (
            ("--years", "2026", "--per-year", "1", "--ageing", "--weight", "points"),
            "只推算老年人",
        ),
        (("--years", "2026", "--per-year", "1", "--ageing"), "没有“分年龄人口”层"),
        (("--years", "2026", "--per-year", "1", "--as-of", "2030"), "没有“分年龄人口”层"),
        (("cemetery", "--years", "2026", "--per-year", "1"), "设施类型给了两个"),
        (
            ("--years", "2026", "--per-year", "1", "--must", "c-west", "--never", "c-west"),
            "既必选又禁选",
        ),
    ],
)
def test_a_senseless_question_gets_one_message_and_status_2(
    plan: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert plan(*arguments) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("错误") == 1
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2026-2028", (2026, 2027, 2028)),
        ("2026—2027年", (2026, 2027)),
        ("２０２６～２０２７", (2026, 2027)),  # noqa: RUF001
        ("2026，2028", (2026, 2028)),
        ("2026", (2026,)),
    ],
)
def test_years_are_read_as_planners_write_them(text: str, years: tuple[int, ...]) -> None:
    assert years_of(text) == years


@pytest.mark.parametrize("text", ["", "26-28", "2026-2099", "2026,abc", "1026"])
def test_what_are_no_years_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        years_of(text)


def test_money_by_year_is_read_in_several_ways() -> None:
    years = (2026, 2027)
    assert by_year(["2026=300万,2027=1,200,000"], years, option="-b") == (3e6, 1.2e6)
    assert by_year(["2026年＝300万元；2027＝200万"], years, option="-b") == (3e6, 2e6)  # noqa: RUF001
    assert by_year(["2027=0", "1.5亿"], years, option="-b") == (1.5e8, 0.0)
    assert by_year([], years, option="-b") is None


def test_a_site_may_be_due_by_a_year() -> None:
    assert musts(["a", "b=2026", "c＝2027年"], (2026, 2027)) == {"a": 2027, "b": 2026, "c": 2027}  # noqa: RUF001


def test_words_for_a_number_of_sites_are_refused_by_the_name_of_their_option() -> None:
    with pytest.raises(DataError, match=r"--per-year “两处”不是整数"):
        by_year(["两处"], (2026, 2027), option="--per-year")


def test_money_that_buys_nothing_in_any_year_is_refused(
    plan: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan("--years", "2026-2027", "--budget", "1万")
    assert "最便宜的候选点要 90 万元" in capsys.readouterr().err


def test_money_left_over_that_would_buy_a_site_is_told(
    plan: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan("--years", "2026-2027", "--budget", "120万", "--budget", "2026=130万") == 0
    assert "--carry-over" in capsys.readouterr().out
