"""``fuwuquan streets`` says what it read, what is cut off, and what to do when it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import api.cli
from geo.store import Workspace

TOWN = """<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6" generator="test">
  <node id="1" lat="23.360" lon="103.150"/><node id="2" lat="23.360" lon="103.151"/>
  <node id="3" lat="23.370" lon="103.150"/><node id="4" lat="23.370" lon="103.152"/>
  <way id="101"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
  <way id="102"><nd ref="3"/><nd ref="4"/><tag k="highway" v="footway"/></way>
  <way id="103"><nd ref="1"/><nd ref="4"/><tag k="highway" v="motorway"/></way>
  {more}
</osm>
"""


@pytest.fixture(autouse=True)
def only_this_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.cli, "COMMANDS", ("streets", "layers"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Workspace.create(tmp_path)
    (tmp_path / "town.osm").write_text(TOWN.format(more=""), encoding="utf-8")
    (tmp_path / "table.csv").write_text("name\nplace\n", encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return api.cli.run(["streets", *arguments, "-w", str(folder), "--on", "2026-05-01"])


def test_the_answer_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, str(folder / "town.osm"), "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["streets_in"], answer["streets_left_out"]) == (3, {"not_walkable": 1})
    assert (answer["nodes"], answer["edges"], answer["islands"]) == (4, 2, 1)
    assert answer["crs"] == "EPSG:4543"
    assert answer["length_m"] == pytest.approx(102 + 204, rel=0.01)


def test_the_answer_in_chinese(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, str(folder / "town.osm")) == 0
    answer = capsys.readouterr().out
    assert "3 条街路，步行路网 0.3 公里，4 个节点" in answer
    assert "1 处街路与主路网不连通" in answer
    assert "103.15050" in answer


def test_a_damaged_way_leaves_status_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = '<way id="9"><nd ref="8"/><nd ref="7"/><tag k="highway" v="path"/></way>'
    (folder / "town.osm").write_text(TOWN.format(more=more), encoding="utf-8")
    assert run(folder, str(folder / "town.osm")) == 1
    assert "节点不在文件中" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "请给出一个文件"),
        (("town.osm", "--place", "个旧"), "请给出一个文件"),
        (("none.pbf",), "没有文件"),
        (("town.osm", "--crossings", "sometimes"), "--crossings 只有 join 和 pass"),
        (("town.osm", "--datum", "mars"), "mars"),
        (("town.osm", "--dem", "none.tif"), "高程文件"),
        (("town.osm", "--polygon", "table.csv"), "没有面"),
    ],
)
def test_what_cannot_be_done_is_one_message_and_status_2(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    monkeypatch.chdir(folder)
    assert run(folder, *arguments) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert "内部错误" not in said.err
    assert not said.out
    assert not Workspace.open(folder).has("street")
