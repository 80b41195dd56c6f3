"""Whose norms apply to a workspace: a real code of its own always wins."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from api.cli import run
from geo.assess.jurisdiction import NORMS_AREA, jurisdiction
from geo.errors import DataError
from geo.store import Origin, Workspace, conform

DAY = date(2021, 6, 1)


@pytest.mark.parametrize(
    ("own", "asked", "kept", "rules", "why"),
    [
        ("340207", "", "", "340207", "own"),
        ("340207", "", "330782", "340207", "own"),
        ("990101", "", "340207", "340207", "kept"),
        ("990101", "", "", "990101", "none"),
        ("990101", "34", "340207", "34", "asked"),
        ("340207", "330782", "", "330782", "asked"),
        ("340207", "340207000000", "", "340207", "own"),
        ("", "", "", "", "own"),
    ],
)
def test_whose_norms_apply(own: str, asked: str, kept: str, rules: str, why: str) -> None:
    found = jurisdiction(own, asked=asked, kept=kept)
    assert (found.rules, found.why) == (rules, why)
    assert bool(found.words) == (why != "own")


def workspace(folder: Path, county: str) -> Path:
    made = Workspace.create(folder)
    at = shapely.Point(118.4, 31.3)
    code = f"{county}001001"
    community = {"code": [code], "name": ["甲"], "households": [640], "elders": [30]}
    frame = gpd.GeoDataFrame(community, geometry=[at.buffer(0.01)], crs=4490)
    made.write("community", conform(frame, "community"), origin=Origin("x", DAY))
    estate = {"id": ["e"], "name": ["甲"], "community_code": [code], "households": [640]}
    frame = gpd.GeoDataFrame(estate, geometry=[at], crs=4490).assign(build_status="new")
    made.write("compound", conform(frame, "compound"), origin=Origin("x", DAY))
    station = {"id": ["s"], "name": ["甲"], "compound_id": ["e"], "floor_area_m2": [320.0]}
    frame = gpd.GeoDataFrame(station, geometry=[at], crs=4490)
    made.write("elder_station", conform(frame, "elder_station"), origin=Origin("x", DAY))
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run([*arguments]) == 0
    return capsys.readouterr().out


def test_a_workspace_with_an_invented_code_follows_the_area_it_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here = ("-w", str(workspace(tmp_path / "w", "990101")))
    asked = ("--norm", "elder.area100.new", "--on", "2023-01-01", *here)
    assert "只有全国性规范适用" in said(capsys, "assess", *asked)
    assert "套用340207（安徽）的规范" in said(capsys, "norms", "use", "340207", *here)
    mistyped = said(capsys, "norms", "use", "340299", *here)
    assert "340299（安徽）的规范" in mistyped
    assert "34（安徽）" in mistyped
    assert "没有一项是专为 340299 规定的" in mistyped
    said(capsys, "norms", "use", "340207", *here)
    text = said(capsys, "assess", *asked)
    assert text.startswith("注意：区划代码 990101 不属于任何省份，按工作区设置套用340207（安徽）")
    answer = json.loads(said(capsys, "assess", *asked, "--json"))
    assert answer["rules_of"] == {"area": "340207", "on": "2023-01-01", "why": "kept"}
    assert [row["required"] for row in answer["shortages"]] == [350.0]
    listed = json.loads(said(capsys, "norms", "list", "--on", "2023-01-01", *here, "--json"))
    assert (listed["area"], listed["why"]) == ("340207", "kept")
    said(capsys, "norms", "use", "--forget", *here)
    assert NORMS_AREA not in Workspace.open(tmp_path / "w").settings


def test_a_real_code_refuses_to_follow_another_area_but_may_be_tried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace(tmp_path / "w", "340207")
    assert run(["norms", "use", "33", "-w", str(folder)]) == 2
    assert "始终适用当地规范" in capsys.readouterr().err
    asked = ("-w", str(folder), "--norm", "elder.area100.new", "--on", "2021-06-01")
    assert "注意" not in said(capsys, "assess", *asked)
    tried = json.loads(said(capsys, "assess", *asked, "--area", "52", "--json"))
    assert tried["rules_of"]["why"] == "asked"
    assert tried["compared_with"]["area"] == "340207"


def test_a_province_alone_is_set_side_by_side_with_the_place_s_own_norms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace(tmp_path / "w", "340207")
    asked = ("-w", str(folder), "--norm", "elder.area100.new", "--on", "2021-06-01")
    answer = json.loads(said(capsys, "assess", *asked, "--area", "34", "--json"))
    (row,) = answer["changes"]
    assert (row["verdict_first"], row["verdict_second"]) == ("no_norm", "pass")
    text = said(capsys, "assess", *asked, "--area", "34", "--norms-as-of", "2022-07-20")
    assert "两套规范比较：1 条结论不同" in text


def test_no_code_of_a_province_is_no_area_to_follow(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "w", "990101")
    assert run(["norms", "use", "98", "-w", str(folder)]) == 2
    with pytest.raises(DataError):
        jurisdiction("990101", asked="abc")
