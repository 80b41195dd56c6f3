"""``fuwuquan names publish`` as an officer would drive it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import shapely
from openpyxl import load_workbook

from api.cli import run
from api.cli.names_publish import KINDS, ORDERS
from geo.gazetteer import Gazetteer
from geo.gazetteer.publish import publications
from geo.gazetteer.publish.order import ORDERS as KNOWN_ORDERS
from geo.store import Workspace

AT = datetime(2026, 9, 24, 9, tzinfo=UTC)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of two roads, one without its origin."""
    folder = tmp_path_factory.mktemp("space")
    book = Gazetteer.of(Workspace.create(folder))
    with book.change(author="普查员", reason="普查", at=AT) as change:
        for code, name, kind, origin in (
            ("990101", "示范县", "21300", "沿用旧称"),
            ("1", "金湖路", "23510", "临金湖"),
            ("2", "人民路", "23510", ""),
        ):
            change.insert(
                "place", id=code, class_code=kind, lifecycle="existing", status="official",
                secrecy="public", division_code="" if kind == "21300" else "990101",
                attributes="{}",
            )  # fmt: skip
            change.insert(
                "name", place_id=code, text=name, kind="standard", language="zh",
                roman_toned="Jīnhú Lù", origin=origin,
            )  # fmt: skip
            point = shapely.Point(102.5, 23.25)
            change.insert("shape", place_id=code, role="point", shape=point)
            change.insert("code", place_id=code, scheme="dmdm20", value=code.rjust(20, "9"))
        change.insert("code", place_id="990101", scheme="gb2260", value="990101")
    return folder


@pytest.fixture
def publish(space: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(*arguments: object) -> tuple[int, str, str]:
        words = ["names", "publish", *map(str, arguments), "-w", str(space), "--on", "2026-10-01"]
        status = run(words)
        told = capsys.readouterr()
        return status, told.out, "".join(told.err.split("\n"))

    return go


def answer(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_the_command_knows_every_publication_and_order() -> None:
    assert {one.id: one.zh for one in publications().values()} == KINDS
    assert ORDERS == KNOWN_ORDERS


def test_a_list_is_written_and_counted(publish: Run, tmp_path: Path) -> None:
    status, out, _ = publish("地名录", tmp_path / "a.xlsx", "--json")
    assert status == 0
    told = answer(out)
    assert (told["publication"], told["records"], told["incomplete"]) == ("gazetteer", 3, 0)
    assert told["missing"] == {}
    # Two of the three are spelled as 金湖路 is.
    assert told["wanting"] == {"confirmed": 3, "fitting": 2}
    assert [Path(file).name for file in told["files"]] == ["a.xlsx", "a-缺项.xlsx"]
    assert load_workbook(tmp_path / "a.xlsx").sheetnames == ["地名录", "索引", "说明"]


def test_what_is_missing_refuses_and_a_draft_is_marked(publish: Run, tmp_path: Path) -> None:
    status, out, err = publish("annals", tmp_path / "志.docx", "--report", tmp_path / "r.xlsx")
    assert (status, out) == (2, "")
    assert "地名志有 1 条缺必备项（来历 1 条），如：人民路。" in err
    assert not (tmp_path / "志.docx").exists()
    assert (tmp_path / "r.xlsx").exists()
    status, out, _ = publish("annals", tmp_path / "志.docx", "--draft")
    assert status == 1
    assert "这是样稿：1 条缺必备项" in out
    assert "来历" in out
    assert (tmp_path / "志.docx").exists()


def test_a_dictionary_takes_a_list_of_names(publish: Run, tmp_path: Path) -> None:
    (tmp_path / "名单.txt").write_text("金湖路\n金湖路\n", "utf-8-sig")
    arguments = ("dictionary", tmp_path / "典.docx", "--names", tmp_path / "名单.txt", "--json")
    status, out, _ = publish(*arguments)
    assert status == 0
    assert answer(out)["records"] == 1
    (tmp_path / "名单.txt").write_bytes(b"\xff\xfe\x00")
    status, _, err = publish(*arguments)
    assert status == 2
    assert "读不了" in err


def test_every_fault_of_the_command_line_is_told_at_once(publish: Run, tmp_path: Path) -> None:
    status, _, err = publish(
        "地名志", tmp_path / "a.docx", "--case", "1", "--line", "2", "--order", "部首",
        "--report", tmp_path / "r.docx",
    )  # fmt: skip
    assert status == 2
    for told in ("地名志用不着 --case", "地名志用不着 --line", "没有排序“部首”", "要写成 .xlsx"):
        assert told in err
    status, _, err = publish("公告", tmp_path / "a.docx")
    assert status == 2
    assert "公告要用 --case 指明案卷" in err
    status, _, err = publish("年鉴", tmp_path / "a.docx")
    assert status == 2
    assert "没有种类“年鉴”" in err
    status, _, err = publish("地名志", tmp_path / "a.xlsx", "--draft")
    assert status == 2
    assert "地名志不能写成“.xlsx”" in err
