"""``fuwuquan names link`` as an officer drives it: link, look, decide, apply, take back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from api.cli import run
from geo.store import Workspace

Run = Callable[..., tuple[int, str]]
HEAD = ["编号", "名称", "类别", "经度", "纬度"]


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command of linking in a workspace with four names; its status and what it printed."""
    Workspace.create(tmp_path / "county")
    census = [
        ["大屯镇", "农村居民点", 103.1, 23.4, "登记", "公开"],
        ["新村", "农村居民点", 103.2, 23.4, "登记", "公开"],
        ["新村", "农村居民点", 103.202, 23.4, "登记", "公开"],
        ["老阴山", "山地", 103.15, 23.35, "法定", "公开"],
    ]
    book = Workbook()
    book.worksheets[0].title = "地名"
    for row in (["标准名称", "地名类别", "东经", "北纬", "地名状态", "密级"], *census):
        book.worksheets[0].append(row)
    book.save(tmp_path / "census.xlsx")
    home = ("-w", str(tmp_path / "county"))
    assert run(["names", "import", str(tmp_path / "census.xlsx"), "--author", "甲", *home]) == 0
    capsys.readouterr()

    def link(*words: object) -> tuple[int, str]:
        status = run(["names", "link", *map(str, words), *home])
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return link


@pytest.fixture
def second(tmp_path: Path) -> Path:
    book = Workbook()
    for row in (
        HEAD,
        ["1", "大屯镇", "农村居民点", 103.1001, 23.4001],
        ["2", "新村", "农村居民点", 103.201, 23.4],
        ["3", "石门坎", "农村居民点", 103.4, 23.5],
        ["4", "老阴山头", "山地", 103.1501, 23.35],
    ):
        book.worksheets[0].append(row)
    book.save(tmp_path / "second.xlsx")
    return tmp_path / "second.xlsx"


def answered(result: tuple[int, str]) -> dict[str, Any]:
    """Return the JSON that a command printed."""
    status, text = result
    assert status in (0, 1), text
    answer: dict[str, Any] = json.JSONDecoder().raw_decode(text)[0]
    return answer


def test_from_file_to_gazetteer_and_back(command: Run, second: Path, tmp_path: Path) -> None:
    linked = answered(command(second, "--author", "乙", "--datum", "cgcs2000", "--json"))
    assert linked["records"] == 4
    assert linked["same"] + linked["queued"] + linked["new"] == 4
    assert linked["new"] == 1
    out = tmp_path / "queue.xlsx"
    waiting = answered(command("queue", "--out", out, "--json"))
    assert waiting["pairs"] == linked["pairs"] == len(waiting["queue"])
    assert {one["source"] for one in waiting["queue"]} >= {"新村"}
    filled = load_workbook(out)
    sheet = filled.worksheets[0]
    head = [cell.value for cell in sheet[1]]
    seen = set()
    for row in sheet.iter_rows(min_row=2):
        number = row[head.index("行")].value
        row[0].value = "不同" if number in seen else "同一"
        seen.add(number)
    filled.save(out)
    decided = answered(command("decide", "--from", out, "--by", "丙", "--json"))
    assert decided["pairs"] == 0
    status, text = command("apply", "--author", "乙", "--json")
    done = json.JSONDecoder().raw_decode(text)[0]
    assert (done["same"], done["new"], done["waiting"]) == (3, 1, 0)
    assert status == 1
    assert [one["theirs"] for one in done["untouched"]] == ["老阴山头"]
    assert command("apply", "--author", "乙")[0] == 0
    match = waiting["queue"][0]["match"]
    back = answered(command("undo", match[-8:], "--author", "丙", "--json"))
    assert back["match"] == match
    again = answered(command("decide", match, "different", "--by", "丙", "--json"))
    assert again["decided"] == 1


def test_what_it_shows_speaks_the_officers_language(command: Run, second: Path) -> None:
    status, text = command(second, "--author", "乙", "--datum", "cgcs2000")
    assert status == 0
    assert "来源 4 条" in text
    assert "库中没有 1 条" in text
    status, text = command("queue")
    assert status == 0
    assert "新村" in text
    assert "相距" in text
    status, text = command("apply", "--author", "乙")
    assert "新增 1 处" in text


def test_refusals_say_what_to_do(command: Run, second: Path, tmp_path: Path) -> None:
    for words, wanted in (
        ((second, "--author", "乙"), "--datum"),
        ((second, "--author", "乙", "--datum", "mars"), "坐标基准"),
        ((second, "--author", "乙", "--datum", "cgcs2000", "--scheme", "no"), "代码体系"),
        ((tmp_path / "no.xlsx", "--author", "乙"), "找不到文件"),
        ((second,), "--author"),
        (("decide", "--by", "丙"), "--from"),
        (("decide", "zz", "same", "--by", "丙"), "没有编号为“zz”"),
        (("apply", "--author", "乙", "--class", "没有"), "类别表"),
        (("retrain", "--author", "乙"), "不足以训练"),
        (("undo", "zz", "--author", "乙"), "没有编号为“zz”"),
    ):
        status, text = command(*words)
        assert status == 2, text
        assert wanted in text


def test_an_empty_queue_and_nothing_to_apply_are_told(command: Run) -> None:
    assert "没有待裁定" in command("queue")[1]
    assert "没有要写入" in command("apply", "--author", "乙")[1]


def test_what_was_taken_without_an_officer_is_listed_and_decided_otherwise(
    command: Run, tmp_path: Path
) -> None:
    book = Workbook()
    for row in (HEAD, ["1", "大屯镇", "农村居民点", 103.1001, 23.4001]):
        book.worksheets[0].append(row)
    book.save(tmp_path / "one.xlsx")
    command(tmp_path / "one.xlsx", "--author", "乙", "--datum", "cgcs2000")
    out = tmp_path / "queue.xlsx"
    status, text = command("queue", "--out", out)
    assert status == 0
    assert not out.exists()
    assert "没有待裁定的配对" in text
    assert "自动配上、还没有写入的 1 条" in text
    assert "--all" in text
    assert "结论" not in text
    status, text = command("queue", "--all", "--out", out)
    assert "自动配上" in text
    every = answered(command("queue", "--all", "--json"))
    assert (every["pairs"], every["taken"]) == (0, 1)
    filled = load_workbook(out)
    assert filled.worksheets[0].max_row == 2
    filled.worksheets[0]["A2"] = "不同"
    filled.save(out)
    assert command("decide", "--from", out, "--by", "丙")[0] == 0
    assert answered(command("queue", "--all", "--json"))["taken"] == 0
    assert "没有自动配上" in command("queue", "--all")[1]
