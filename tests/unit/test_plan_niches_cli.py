"""``fuwuquan plan --deaths`` as a planner runs it: places for the dead of every year."""

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
from geo.store import Origin, Workspace, conform

Lay = Callable[..., gpd.GeoDataFrame]
Run = Callable[..., int]

X, Y = 500_000, 3_300_000
DAY = date(2026, 5, 1)


@pytest.fixture(scope="module")
def workspace(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two villages on one street, 9 km apart; a cemetery in the west, candidates beside both."""
    folder = tmp_path_factory.mktemp("county")
    opened = Workspace.create(folder)
    layers = {
        "community": lay(
            "community",
            {"code": "340207001001", "name": "西村", "population": 2000, "elders": 400,
             "at": (X - 50, Y - 500, X + 4_500, Y + 500)},
            {"code": "340207001002", "name": "东村", "population": 1000, "elders": 200,
             "at": (X + 4_500, Y - 500, X + 9_050, Y + 500)},
        ),
        "compound": lay(
            "compound",
            {"id": "w", "households": 600, "population": 2000, "at": (X + 100, Y)},
            {"id": "e", "households": 300, "population": 1000, "at": (X + 8_900, Y)},
        ),
        "cemetery": lay("cemetery", {"id": "old", "plots": 12, "niches": 8, "at": (X, Y)}),
        "street": conform(
            gpd.GeoDataFrame(
                {"class": ["residential"]},
                geometry=[shapely.LineString([(X, Y), (X + 9_000, Y)])],
                crs="EPSG:4547",
            ),
            "street",
        ),
    }  # fmt: skip
    for name, frame in layers.items():
        opened.write(name, frame.to_crs("EPSG:4490"), origin=Origin(source="test", written_on=DAY))
    offered = gpd.GeoDataFrame(
        {
            "id": ["west", "east"],
            "name": ["西园", "东园"],
            "build_cost_yuan": [900_000.0, 500_000.0],
        },
        geometry=[shapely.Point(X + at, Y) for at in (200, 8_800)],
        crs="EPSG:4547",
    )
    opened.write_result("candidates_cemetery", offered, on=DAY)
    return folder


@pytest.fixture
def plan(workspace: Path, tmp_path: Path) -> Run:
    """Run the command on the workspace and return its exit status."""

    def command(*arguments: str) -> int:
        asked = ("plan", "-f", "公墓", "--years", "2026-2028", *arguments)
        return run([*asked, "--out", str(tmp_path / "p.xlsx"), "-w", str(workspace),
                    "--on", "2026-05-01"])  # fmt: skip

    return command


def printed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


# 14 and 7 burials a year: 7 in a thousand, all of them in a place
DEATHS = ("--deaths", "7", "--buried", "1")


def test_what_is_short_in_each_year_with_and_without_building(
    plan: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (*DEATHS, "--free", "old=20", "--niches", "all=100", "--budget", "60万", "--json")
    assert plan(*asked) == 0
    told = printed(capsys)
    years = told["niche_years"]
    assert [year["burials"] for year in years] == pytest.approx([21, 21, 21])
    # the old one has 20 places for 14 a year; the east has none until it is built
    assert [year["short_today"] for year in years] == pytest.approx([7, 15, 21])
    built = {site["id"]: site["year"] for site in told["niche_sites"] if site["year"]}
    assert built == {"east": 2026}  # 60万 a year never pays for the west
    assert sum(year["short"] for year in years) == pytest.approx(42 - 20)
    assert told["objective"] == told["bound"] == pytest.approx(20 + 21)
    assert told["status"] == "optimal"
    by_id = {site["id"]: site for site in told["niche_sites"]}
    assert (by_id["old"]["used"], by_id["old"]["full_year"]) == (20, 2027)
    assert (by_id["east"]["used"], by_id["east"]["left"]) == (pytest.approx(21), pytest.approx(79))
    assert by_id["east"]["communities"].startswith("东村")


def test_money_carried_over_closes_the_shortage(
    plan: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = (*DEATHS, "--free", "old=20", "--niches", "east=100", "--niches", "west=100")
    assert plan(*asked, "--budget", "70万", "--carry-over", "--json") == 0
    told = printed(capsys)
    built = {site["id"]: site["year"] for site in told["niche_sites"] if site["year"]}
    assert built == {"east": 2026, "west": 2027}
    assert [year["short"] for year in told["niche_years"]] == pytest.approx([0, 0, 0])


def test_the_share_is_that_of_the_norm_and_free_places_are_said_to_be_assumed(
    plan: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path, workspace: Path
) -> None:
    asked = ("--deaths", "7", "--niches", "all=100", "--per-year", "1")
    assert plan(*asked) == 0
    out = capsys.readouterr().out.replace("\n", "")
    for said in ("人口 × 7‰ × 50%", "按图层里的总数全部空着计", "已证明最优", "缺口"):
        assert said in out, said
    book = load_workbook(tmp_path / "p.xlsx")
    assert book.sheetnames == ["年度", "设施", "项目卡", "说明"]
    cards = {str(row[1]): row[2] for row in reversed(list(book["项目卡"].values))}
    assert cards["项目"] == "东园（east）"
    assert cards["新增格位"] == "100"
    kept = Workspace.open(workspace).read_result("plan_cemetery_niche_sites")
    assert kept["id"].tolist()[0] == "east"
    assert plan(*asked, "--json") == 0
    old = next(site for site in printed(capsys)["niche_sites"] if site["id"] == "old")
    assert old["places"] == 20


def test_cards_say_which_norms_were_closed_when_asked(
    plan: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    told = {}
    for extra in ((), ("--norms",)):
        assert plan(*DEATHS, "--niches", "all=9", "--per-year", "1", *extra) == 0
        book = load_workbook(tmp_path / "p.xlsx")
        told[extra] = [row[2] for row in book["项目卡"].values if row[1] == "消除的缺口"]
    capsys.readouterr()
    assert set(told[()]) == {"未核对（加 --norms）"}
    assert len(told[("--norms",)]) == len(told[()])
    assert not any("未核对" in str(text) for text in told[("--norms",)])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--deaths", "7", "--per-year", "1"), "不知道能建多少格位"),
        (("--deaths", "0", "--per-year", "1"), "死亡率 0‰ 不对"),
        (("--niches", "all=5", "--per-year", "1"), "--niches 要与 --deaths 同用"),
        (("--deaths", "7", "--niches", "x=5", "--per-year", "1"), "没有编号为 x 的点"),
        (("--deaths", "7", "--niches", "all=半", "--per-year", "1"), "--niches “all=半”不对"),
        (("--deaths", "7", "--free", "west=5", "--per-year", "1"), "没有编号为 west 的点"),
        (("--deaths", "7", "--niches", "all=9"), "没有给出各年预算"),
    ],
)
def test_bad_input_is_refused_in_chinese_with_what_to_do(
    plan: Run, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    assert plan(*arguments) == 2
    told = capsys.readouterr().err.replace("\n", "")
    assert message in told
    assert "怎么办" in told


def test_deaths_are_for_places_of_the_dead_alone(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("plan", "-f", "社区养老服务站", "--years", "2026", "--deaths", "7", "--per-year", "1")
    assert run([*asked, "-w", str(workspace)]) == 2
    assert "只用于公墓和骨灰堂" in capsys.readouterr().err


def test_a_later_year_asks_for_the_ages_as_it_does_without_niches(
    plan: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--niches", "all=100", "--per-year", "1", "--as-of", "2030")
    assert plan(*DEATHS, *asked) == 2
    assert "没有“分年龄人口”层" in capsys.readouterr().err
