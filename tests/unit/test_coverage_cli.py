"""``fuwuquan coverage`` and ``fuwuquan whatif`` as a planner runs them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import typer

from api.cli import coverage as coverage_command
from api.cli import whatif as whatif_command
from api.cli.coverage import engine_is_compiled
from geo.errors import DataError, NotFoundError
from geo.store import Origin, Workspace, conform

Lay = Callable[..., gpd.GeoDataFrame]

X, Y = 500_000, 3_300_000


@pytest.fixture(scope="module")
def workspace(lay: Lay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("county")
    opened = Workspace.create(folder)
    street = shapely.LineString([(X, Y), (X + 3000, Y)])
    layers = {
        "community": lay(
            "community",
            {"code": "340207001001", "elders": 70, "at": (X, Y - 500, X + 3000, Y + 500)},
        ),
        "compound": lay(
            "compound",
            {"id": "near", "households": 5, "elders": 30, "at": (X + 100, Y)},
            {"id": "far", "households": 5, "elders": 40, "at": (X + 2000, Y)},
        ),
        "gate": lay("gate", {"id": "g", "compound_id": "near", "at": (X + 100, Y)}),
        "elder_station": lay("elder_station", {"id": "s", "at": (X, Y)}),
        "street": conform(
            gpd.GeoDataFrame({"class": ["residential"]}, geometry=[street], crs="EPSG:4547"),
            "street",
        ),
    }
    for name, frame in layers.items():
        origin = Origin(source="test", written_on=date(2026, 5, 1))
        opened.write(name, frame.to_crs("EPSG:4490"), origin=origin)
    return folder


@pytest.fixture
def run(workspace: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command on the workspace and return what it printed."""

    def command(*arguments: str) -> str:
        app = typer.Typer()
        app.callback()(lambda: None)
        coverage_command.register(app)
        whatif_command.register(app)
        given = [*arguments, "-w", str(workspace), "--on", "2026-05-01"]
        app(args=given, standalone_mode=False)
        return capsys.readouterr().out

    return command


def test_coverage_prints_one_json_object_with_totals_and_provenance(
    run: Callable[..., str], tmp_path: Path
) -> None:
    out = run(
        *("coverage", "--facility", "社区养老服务站", "--minutes", "5,15"),
        *("--no-map", "--json", "--out", str(tmp_path)),
    )
    answer = json.loads(out)
    elders = answer["totals"]["elders"]
    assert (elders["total"], elders["covered_15_min"]) == (70, 30)
    assert answer["provenance"]["speed_m_s"] == 1.0
    assert answer["provenance"]["on"] == "2026-05-01"
    assert len(answer["provenance"]["layers"]["compound"]) >= 32
    assert answer["totals"]["children"]["total"] is None
    assert all(Path(path).is_file() for path in answer["files"])


def test_coverage_is_kept_in_the_workspace_for_qgis_and_for_the_record(
    run: Callable[..., str], workspace: Path, tmp_path: Path
) -> None:
    run("coverage", "-f", "elder_station", "--no-map", "--out", str(tmp_path))
    opened = Workspace.open(workspace)
    kept = opened.read_result("coverage_elder_station_points")
    assert sorted(kept["id"]) == ["far", "near"]
    (ran,) = opened.runs("coverage")[-1:]
    assert ran.results["totals"]["elders"]["covered_15_min"] == 30


def test_half_minutes_are_kept_in_the_workspace_too(
    run: Callable[..., str], workspace: Path, tmp_path: Path
) -> None:
    run("coverage", "-f", "elder_station", "--minutes", "7.5", "--no-map", "--out", str(tmp_path))
    kept = Workspace.open(workspace).read_result("coverage_elder_station_points")
    assert kept["covered_7.5_min"].sum() == 1


def test_coverage_says_in_words_what_a_planner_wants_to_know(
    run: Callable[..., str], tmp_path: Path
) -> None:
    out = run("coverage", "-f", "elder_station", "--no-map", "--out", str(tmp_path))
    for said in ("共 70；15 分钟内 30", "1 米/秒", "直线圈", "护栏带", "未覆盖需求点 1 个"):
        assert said in out


def test_whatif_tells_who_gains(run: Callable[..., str], tmp_path: Path) -> None:
    (point,) = gpd.GeoSeries([shapely.Point(X + 2000, Y)], crs="EPSG:4547").to_crs("EPSG:4490")
    out = run(
        *("whatif", "-f", "elder_station", "--add", f"{point.x},{point.y}", "--json"),
        *("--out", str(tmp_path / "变化.xlsx")),
    )
    answer = json.loads(out)
    assert (answer["covered_before"], answer["covered_after"]) == (30, 70)
    assert answer["changes"]["gained"] == {"points": 1, "people": 40}
    assert (tmp_path / "变化.xlsx").is_file()


def test_whatif_reads_like_an_answer(run: Callable[..., str]) -> None:
    out = run("whatif", "-f", "elder_station", "--close-gate", "g")
    assert "30 → 0（-30）" in out
    assert "失去覆盖" in out


def test_a_layer_that_was_never_imported_is_unknown_and_says_how_to_import_it(
    run: Callable[..., str],
) -> None:
    with pytest.raises(NotFoundError, match="未知") as caught:
        run("coverage", "-f", "养老机构", "--no-map")
    assert "fuwuquan import elder_home" in caught.value.hint


@pytest.mark.parametrize("text", ["十五", "5;15", "5,x"])
def test_minutes_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(DataError, match="不是数字"):
        coverage_command.numbers(text)


def test_minutes_may_be_parted_by_chinese_commas() -> None:
    assert coverage_command.numbers("5，10、15") == (5, 10, 15)


@pytest.mark.parametrize("place", ["114", "30.5,114.3", "东经,北纬", "114,,30"])
def test_a_place_that_is_none_is_refused(run: Callable[..., str], place: str) -> None:
    with pytest.raises(DataError, match="坐标"):
        run("whatif", "-f", "elder_station", "--add", place)


def test_compiling_is_spoken_of_only_until_the_engine_is_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    source = tmp_path / "geo" / "network" / "snap.py"
    source.parent.mkdir(parents=True)
    source.write_text("")
    assert not engine_is_compiled(tmp_path / "geo")
    kept = tmp_path / "numba" / "network_0f"
    kept.mkdir(parents=True)
    index = kept / f"snap.near-1.py{sys.version_info.major}{sys.version_info.minor}.nbi"
    index.write_text("")
    assert engine_is_compiled(tmp_path / "geo")
    os.utime(index, (1, 1))
    assert not engine_is_compiled(tmp_path / "geo")
