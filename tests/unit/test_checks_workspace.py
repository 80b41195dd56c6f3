"""A file enters a workspace, by function and by command."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from shapely import LineString

from api.cli import _words, check, import_, template
from geo.checks import check_workspace, import_file
from geo.errors import NotFoundError
from geo.store import Workspace

DAY = date(2026, 5, 1)
TEXT = "编号,小区名称,入住数,经度,纬度\n" + "".join(
    f"C{i},小区{i},{i + 1},{114.3 + i / 1000:.6f},30.600000\n" for i in range(40)
)


def file_of(folder: Path, text: str, name: str = "x.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def run(*arguments: str) -> int:
    app = typer.Typer(cls=_words.Group)
    app.callback()(lambda: None)
    for command in (import_, check, template):
        command.register(app)
    status = app(args=list(arguments), prog_name="fuwuquan", standalone_mode=False)
    return status if isinstance(status, int) else 0


def test_the_mapping_of_the_first_file_is_remembered_for_the_second(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    path = file_of(tmp_path, TEXT)
    mapping = {"households": "入住数"}
    import_file(workspace, path, "compound", datum="wgs84", on=DAY, mapping=mapping)
    again = import_file(workspace, path, "compound", datum="wgs84", on=DAY)
    assert again.frame["households"].sum() == 820
    assert len(workspace.read("compound")) == 40


def test_rows_are_added_to_a_layer_and_take_the_place_of_those_with_their_id(
    tmp_path: Path,
) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    head = "编号,小区名称,户数,经度,纬度\n"
    first = head + "A,甲,10,114.30,30.60\n,乙,20,114.31,30.60\nC,丙,30,114.32,30.60\n"
    import_file(workspace, file_of(tmp_path, first), "compound", datum="wgs84", on=DAY)
    second = head + "A,甲,11,114.30,30.60\n,丁,40,114.33,30.60\n,戊,50,114.34,30.60\n"
    path = file_of(tmp_path, second, "y.csv")
    import_file(workspace, path, "compound", datum="wgs84", on=DAY, add=True)
    rows = workspace.read("compound")
    assert dict(zip(rows["name"], rows["households"], strict=True)) == {
        "乙": 20,
        "丙": 30,
        "甲": 11,
        "丁": 40,
        "戊": 50,
    }
    assert rows["id"].is_unique


def test_a_file_with_no_good_row_leaves_the_workspace_as_it_was(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    good = file_of(tmp_path, "小区名称,户数,经度,纬度\n甲,5,114.3001,30.6001\n")
    import_file(workspace, good, "compound", datum="wgs84", on=DAY)
    bad = file_of(tmp_path, "小区名称,户数,经度,纬度\n甲,0,114.3001,30.6001\n")
    found = import_file(workspace, bad, "compound", datum="wgs84", on=DAY)
    assert (len(found.frame), len(found.quarantined)) == (0, 1)
    assert workspace.read("compound")["households"].tolist() == [5]


def test_a_wrong_datum_is_suspected_on_import_and_on_check(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    street = '路段编号,wkt\nR1,"LINESTRING(114.29 30.6002, 114.36 30.6002)"\n'
    import_file(workspace, file_of(tmp_path, street, "s.csv"), "street", datum="gcj02", on=DAY)
    assert isinstance(workspace.read("street").geometry.iloc[0], LineString)
    path = file_of(tmp_path, TEXT.replace("入住数", "户数"))
    right = import_file(workspace, path, "compound", datum="gcj02", on=DAY)
    assert "datum_suspicious" not in {fault.code for fault in right.faults}
    wrong = import_file(workspace, path, "compound", datum="wgs84", on=DAY)
    first = next(iter(wrong.faults))
    assert first.code == "datum_suspicious"
    assert "--datum gcj02" in first.advice
    shares: list[float] = []
    later = check_workspace(workspace, on=DAY, progress=shares.append)
    assert "datum_suspicious" in {fault.code for fault in later}
    assert shares == sorted(shares)


def test_the_import_command_tells_rows_faults_and_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "ws")
    Workspace.create(folder)
    text = "小区名称,户数,经度,纬度\n甲,5,114.3001,30.6001\n乙,0,114.3002,30.6001\n"
    path = file_of(tmp_path, text)
    faults = tmp_path / "f.xlsx"
    common = ["import", "小区", str(path), "--datum", "wgs84", "-w", folder, "--on", "2026-05-01"]
    assert run(*common, "--faults", str(faults)) == 1
    out = capsys.readouterr().out
    assert "读到 2 行，导入 1 行，隔离 1 行" in out
    assert "第 3 行“户数”为 0 或负数" in out
    assert faults.is_file()
    assert run(*common, "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["rows_in"] == answer["rows_kept"] + answer["rows_quarantined"]
    assert {fault["row"] for fault in answer["faults"]} == {None, 3}
    assert run("check", "-w", folder, "--json") == 1
    assert "no_facilities" in {f["code"] for f in json.loads(capsys.readouterr().out)["faults"]}


def test_an_import_with_nothing_to_keep_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "ws")
    Workspace.create(folder)
    path = file_of(tmp_path, "小区名称,户数,经度,纬度\n乙,0,114.3002,30.6001\n")
    assert run("import", "compound", str(path), "--datum", "wgs84", "-w", folder) == 2
    assert "工作区未改动" in capsys.readouterr().out


def test_the_template_command_writes_a_workbook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "小区.xlsx"
    assert run("template", "小区", str(path)) == 0
    assert path.is_file()
    assert "已写出模板" in capsys.readouterr().out
    with pytest.raises(NotFoundError, match="没有名为“商场”的层"):
        run("template", "商场", str(path))


def test_a_unit_retired_before_the_day_is_no_overlap(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "ws")
    square = "POLYGON((114.30 30.60,114.31 30.60,114.31 30.61,114.30 30.61,114.30 30.60))"
    text = (
        "代码,名称,启用日期,撤销日期,WKT\n"
        f'420102001001,老社区,2000-01-01,2020-01-01,"{square}"\n'
        f'420102001002,新社区,2020-01-01,,"{square}"\n'
    )
    import_file(workspace, file_of(tmp_path, text), "community", datum="wgs84", on=DAY)
    overlaps = [f.code for f in check_workspace(workspace, on=DAY) if "overlap" in f.code]
    before = date(2010, 1, 1)
    assert overlaps == []
    assert len(workspace.read("community")) == 2
    assert not [f for f in check_workspace(workspace, on=before) if "overlap" in f.code]
