"""``init``, ``layers`` and ``export`` as a planner uses them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from api.cli import run
from geo.store import Origin, Workspace, conform


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    cells = {"id": ["x1"], "name": ["东湖一期"], "households": [120]}
    frame = gpd.GeoDataFrame(cells, geometry=[shapely.Point(114.3, 30.6)], crs=4490)
    workspace = Workspace.create(tmp_path / "w")
    origin = Origin("小区表.xlsx", date(2026, 5, 1), datum="gcj02")
    workspace.write("compound", conform(frame, "compound"), origin=origin)
    return workspace.folder


def test_init_makes_a_workspace_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["init", str(tmp_path / "新区"), "--json"]) == 0
    assert Path(json.loads(capsys.readouterr().out)["file"]).is_file()
    assert run(["init", str(tmp_path / "新区")]) == 2
    assert "已经是工作区" in capsys.readouterr().err


def test_layers_lists_rows_datum_and_source(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["layers", "-w", str(folder)]) == 0
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("小区", "gcj02", "小区表.xlsx", "EPSG:4547"))
    assert run(["layers", "-w", str(folder), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["working_crs"] == "EPSG:4547"
    (layer,) = told["layers"]
    assert (layer["layer"], layer["rows"], layer["version"]) == ("compound", 1, 1)


def test_layers_says_where_there_is_no_workspace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["layers", "-w", str(tmp_path)]) == 2
    assert "不是工作区" in capsys.readouterr().err


def test_export_writes_all_layers_or_those_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "全部.xlsx"
    assert run(["export", str(target), "-w", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == [str(target)]
    assert run(["export", str(tmp_path / "a.csv"), "小区", "-w", str(folder)]) == 0
    assert "东湖一期" in (tmp_path / "a.csv").read_text("utf-8-sig")
    assert run(["export", str(tmp_path / "a.csv"), "gate", "-w", str(folder)]) == 2
    assert "没有“出入口”层" in capsys.readouterr().err


def test_export_of_an_empty_workspace_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Workspace.create(tmp_path)
    assert run(["export", str(tmp_path / "a.csv"), "-w", str(tmp_path)]) == 2
    assert "没有图层可导出" in capsys.readouterr().err
