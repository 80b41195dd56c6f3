"""``names division borders signs protect plan``: an officer's work from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from api.cli import run
from geo.gazetteer import Gazetteer
from geo.gazetteer.entries import codes, parents
from geo.store import Workspace
from geo.store.bundled import bundled

Shell = Callable[..., Any]
CHANGE = (
    "division", "change", "大屯镇", "--to", "大屯街道", "--code", "990101002", "--on", "2026-06-01",
    "--document", "省批1号",
)  # fmt: skip


def test_a_dry_run_shows_every_consequence_and_keeps_nothing(
    names: Shell, county_book: Gazetteer, tmp_path: Path
) -> None:
    before, path = county_book.state_sha256(), tmp_path / "后果.xlsx"
    told = names(*CHANGE, "--dry-run", "--out", str(path), "--json").json
    assert county_book.state_sha256() == before
    assert (told["dry_run"], told["change_set_id"], told["kind"]) == (
        True, "", "town_to_subdistrict",
    )  # fmt: skip
    assert (told["reparented"], told["stale_signs"], told["keepers"], told["lines"],
            told["stones"], told["tasks"]) == (4, 1, 2, 1, 2, 4)  # fmt: skip
    pairs = {one["name"]: (one["before"], one["after"]) for one in told["consequences"]["codes"]}
    assert pairs["新建一村"] == ("990101100200", "990101002200")
    assert pairs["大屯镇"] == ("990101100", "990101002")
    signs = {one["number"]: one for one in told["consequences"]["signs"]}
    assert (signs["B2"]["before"], signs["B2"]["after"]) == ("大屯镇欢迎您", "大屯街道欢迎您")
    assert set(pd.read_excel(path, sheet_name=None)) == {
        "代码对照", "改属", "标志", "界线界桩", "待办",
    }  # fmt: skip


def test_a_change_undone_gives_the_identical_state(names: Shell, county_book: Gazetteer) -> None:
    before = county_book.state_sha256()
    done = names(*CHANGE, "--author", "甲", "--json").json
    assert county_book.state_sha256() != before
    undone = names("undo", done["change_set_id"], "--author", "甲", "--json").json
    assert undone["state_sha256"] == before
    assert names("verify").status == 0


def test_a_stale_sign_has_its_task_and_is_renewed(names: Shell) -> None:
    names(*CHANGE, "--author", "甲")
    assert names("signs", "list", "--on", "2026-05-31", "--json").json["signs"] == []
    (stale,) = names("signs", "list", "--on", "2026-06-01", "--json").json["signs"]
    assert (stale["number"], stale["state"], stale["wanted"]) == ("B2", "stale", "大屯街道欢迎您")
    assert stale["task"].startswith("更换标志")
    done = names("signs", "mark", "B2", "--state", "已设置", "--photo", "b2.jpg", "--author", "乙",
                 "--json").json  # fmt: skip
    assert done["tasks_closed"] == 1
    listed = names("signs", "list", "--all", "--on", "2026-06-01", "--json").json["signs"]
    (sign,) = (one for one in listed if one["number"] == "B2")
    assert (sign["text"], sign["state"], sign["photo"], sign["keeper"], sign["task"]) == (
        "大屯街道欢迎您", "installed", "b2.jpg", "大屯街道", "",
    )  # fmt: skip
    assert "没有这样的标志" in names("signs", "list").out


def test_a_subdistrict_that_is_added_takes_its_villages_and_what_lies_in_them(
    names: Shell, county_book: Gazetteer
) -> None:
    told = names("division", "change", "大屯镇", "--to", "新城街道", "--code", "990101002", "--on",
                 "2026-06-01", "--document", "省批2号", "--member", "新建三村", "--author", "甲",
                 "--json")  # fmt: skip
    assert (told.status, told.json["kind"], told.json["reparented"]) == (0, "subdistrict_added", 2)
    on = date(2026, 6, 1)
    numbers = set(codes(county_book, "stats12", on=on).values())
    assert numbers == {"990101100200", "990101100201", "990101002202"}
    belongs = parents(county_book, on=on)
    assert list(belongs.values()).count(told.json["new_id"]) == 2
    county = belongs[told.json["old_id"]]
    assert belongs[told.json["new_id"]] == county


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ((*CHANGE[:4], "大屯街道", *CHANGE[7:]), "--author"),
        (("division", "change", "大屯镇", "--to", "大屯街道", "--on", "2026-06-01", "--document",
          "1", "--dry-run"), "下一个空号是 990101002"),
        (("division", "change", "大屯镇", "--to", "大屯区", "--on", "2026-06-01", "--document", "1",
          "--dry-run"), "撤镇设街道"),
        ((*CHANGE[:6], "990101100", *CHANGE[7:], "--dry-run"), "001～099"),
        ((*CHANGE[:6], "990101001", *CHANGE[7:], "--dry-run"), "已被使用"),
        (("division", "change", "大屯村", *CHANGE[3:], "--dry-run"), "地名库中没有"),
        (("borders", "inspect", "9901", "--signed-by", "大屯镇", "--findings", "好", "--stone",
          "9901009Q=坏", "--author", "甲"), "没有界桩 9901009Q"),
        (("borders", "inspect", "9999", "--signed-by", "甲", "--findings", "好", "--author", "甲"),
         "没有界线“9999”"),
        (("borders", "repair", "9901001Q", "--signed-by", "大屯镇", "--moved-to", "114.2,30.4",
          "--author", "甲"), "联合测定"),
        (("borders", "repair", "9901009Q", "--signed-by", "甲", "--author", "甲"), "9901001Q"),
        (("signs", "list", "--state", "丢了"), "没有标志状态“丢了”"),
        (("signs", "mark", "B1", "B7", "B8", "--state", "损坏", "--author", "甲"), "B7、B8"),
        (("protect", "add", "人民广场", "--level", "区级", "--batch", "", "--document", "1",
          "--author", "甲"), "没有写批次"),
        (("plan", "release", "G9", "--author", "甲"), "没有预留名称"),
        (("plan", "reserve", "金湖路", "--plan", "G1", "--kind", "河", "--author", "甲"), "road"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_what_to_do(
    names: Shell, county_book: Gazetteer, words: tuple[str, ...], wanted: str
) -> None:
    before = county_book.state_sha256()
    told = names(*words)
    assert told.status == 2
    assert wanted in told.err
    assert "程序内部错误" not in told.err
    assert county_book.state_sha256() == before


def test_all_that_is_wrong_with_an_inspection_is_said_at_once(names: Shell) -> None:
    err = names("borders", "inspect", "9901", "--signed-by", "大屯镇", "--findings", "好",
                "--stone", "9901001Q=坏", "--on", "2999-01-01", "--author", "甲").err  # fmt: skip
    for part in ("双方签署", "还没有到", "完好状况“坏”"):
        assert part in err


def test_an_inspection_sets_the_next_five_years_on(names: Shell) -> None:
    due = names("borders", "lines", "--json", "--on", "2026-05-01")
    assert (due.status, due.json["lines"][0]["overdue"]) == (1, True)
    assert due.json["lines"][0]["parties"] == ["大屯镇", "金湖街道"]
    done = names("borders", "inspect", "9901", "--on", "2026-04-01", "--signed-by", "大屯镇",
                 "--signed-by", "金湖街道", "--findings", "走向清晰", "--stone", "9901001Q=损坏",
                 "--author", "甲", "--json")  # fmt: skip
    assert done.json["next_due"] == "2031-04-01"
    line = names("borders", "lines", "--json", "--on", "2026-05-01").json["lines"][0]
    assert (line["last_inspected"], line["overdue"]) == ("2026-04-01", False)
    (faulty,) = names("borders", "stones", "--faulty", "--json").json["stones"]
    assert (faulty["number"], faulty["condition"]) == ("9901001Q", "损坏")


def test_an_earlier_inspection_entered_late_does_not_set_the_clock_back(names: Shell) -> None:
    both = (
        "--signed-by",
        "大屯镇",
        "--signed-by",
        "金湖街道",
        "--findings",
        "好",
        "--author",
        "甲",
    )
    names("borders", "inspect", "9901", "--on", "2026-04-01", *both)
    late = names("borders", "inspect", "9901", "--on", "2021-04-01", *both, "--json").json
    assert late["next_due"] == "2031-04-01"


def test_a_stone_is_mended_with_both_present_and_moved_after_a_survey(names: Shell) -> None:
    both = ("--signed-by", "大屯镇", "--signed-by", "金湖街道", "--author", "甲")
    assert names("borders", "repair", "9901001Q", *both).status == 0
    moved = ("--moved-to", "114.2,30.44", "--survey", "联测1号")
    assert names("borders", "repair", "9901002Q", *both, *moved).status == 0
    stones = names("borders", "stones", "--json").json["stones"]
    assert [one["condition"] for one in stones] == ["已修复", "已修复"]
    assert stones[1]["at"] == "114.20000,30.44000"
    told = names("history", "--change", "last").out
    assert "到场：大屯镇、金湖街道" in told
    assert "联测1号" in told


def test_the_protection_list_keeps_level_batch_and_document(names: Shell) -> None:
    add = ("protect", "add", "人民广场", "--level", "县级", "--batch", "第一批", "--document",
           "县政1号", "--author", "甲")  # fmt: skip
    assert "还没有写保护措施" in names(*add).out
    (listed,) = names("protect", "list", "--level", "县级", "--json").json["protected"]
    assert (listed["name"], listed["batch"], listed["document"]) == (
        "人民广场",
        "第一批",
        "县政1号",
    )
    assert names("protect", "list", "--level", "省级", "--json").json["protected"] == []
    again = names(*add)
    assert (again.status, "已经列入" in again.err) == (2, True)
    shown = names("show", "人民广场", "--json").json
    assert (len(shown["protections"]), shown["documents"][0]["number"]) == (1, "县政1号")


def test_a_reserved_name_is_taken_until_it_is_released(names: Shell) -> None:
    reserve = ("plan", "reserve", "金湖西路", "--plan", "G1", "--at", "114.15,30.45", "--author",
               "甲")  # fmt: skip
    assert names(*reserve, "--json").json["reserved"] is True
    (kept,) = names("plan", "list", "--json").json["reserved"]
    assert (kept["plan_id"], kept["name"], kept["division"]) == ("G1", "金湖西路", "金湖街道")
    check = ("check", "金湖西路", "--class", "城镇街巷", "--at", "114.16,30.45")
    assert names(*check).status == 1
    assert "G1 已预留" in names("plan", "reserve", "翠湖路", *reserve[3:]).err
    assert names("plan", "release", "G1", "--author", "甲", "--json").json["released"] == [
        "金湖西路"
    ]
    assert names(*check).status == 0


def test_an_unlawful_name_is_not_reserved(names: Shell, county_book: Gazetteer) -> None:
    before = county_book.state_sha256()
    told = names("plan", "reserve", "建设路", "--plan", "G1", "--at", "114.15,30.45", "--author",
                 "甲", "--json")  # fmt: skip
    assert (told.status, told.json["reserved"]) == (1, False)
    assert county_book.state_sha256() == before


@pytest.mark.slow
def test_a_town_of_the_demo_becomes_a_subdistrict_and_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, demo = tmp_path / "w", bundled("demo") / "gazetteer.xlsx"
    book = Gazetteer.of(Workspace.create(folder))
    assert run(["names", "import", str(demo), "--author", "甲", "-w", str(folder)]) == 0
    before = book.state_sha256()
    capsys.readouterr()
    words = ["禾光镇", "--to", "禾光街道", "--code", "990101004", "--on", "2026-12-01"]
    words += ["--document", "省批1号", "--author", "甲", "-w", str(folder), "--json"]
    assert run(["names", "division", "change", *words]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["reparented"], told["recoded"], told["lines"], told["stones"]) == (503, 518, 2, 4)
    assert run(["names", "undo", "last", "--author", "甲", "-w", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state_sha256"] == before == book.state_sha256()
    assert book.first_broken() is None
