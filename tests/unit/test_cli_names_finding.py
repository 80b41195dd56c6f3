"""``names search show history changes undo verify as-of`` as a placename officer uses them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa

from geo.gazetteer import Gazetteer
from geo.gazetteer.lookup import resolve
from geo.gazetteer.tables import EVENT, NAME
from geo.store import Workspace

Shell = Callable[..., Any]

BBOX = "114.25,30.4,114.3,30.5"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("人民广场", "name"),
        ("广场", "within"),
        ("东方红广场", "name"),
        ("大广场", "name"),
        ("人民廣場", "name"),
        ("renminguangchang", "pinyin"),
        ("rénmín guǎngchǎng", "pinyin"),
        ("rmgc", "initials"),
        ("仁民广场", "sound"),
        ("人民广埸", "alike"),
        ("99010100126300000001", "code"),
    ],
)
def test_a_place_is_found_however_it_is_asked_for_and_says_why(
    names: Shell, asked: str, why: str
) -> None:
    told = names("search", asked, "--json")
    first = told.json["hits"][0]
    assert (told.status, first["standard"], first["match"]) == (0, "人民广场", why)


def test_a_former_name_is_shown_with_the_name_of_today(names: Shell) -> None:
    out = names("search", "东方红").out
    assert "曾用名" in out
    assert "人民广场" in out


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ((), 2),
        (("--bbox", BBOX), 1),
        (("--division", "大屯镇"), 1),
        (("--division", "990101001"), 1),
        (("--class", "桥梁"), 0),
        (("--class", "交通运输设施"), 2),
        (("--kind", "曾用名"), 0),
        (("--on", "1980-01-01"), 0),
        (("--limit", "1"), 1),
    ],
)
def test_filters_leave_what_fits(names: Shell, filters: tuple[str, ...], found: int) -> None:
    told = names("search", "建设路", *filters, "--json")
    assert len([hit for hit in told.json["hits"] if hit["text"] == "建设路"]) == found


def test_the_index_follows_the_gazetteer(names: Shell, county: Path) -> None:
    assert names("search", "建设", "--json").status == 0
    assert list((county / "names").glob("*.npz"))
    names("confirm", "人民广场", "--agree", "--author", "甲")
    names("plan", "reserve", "金湖西路", "--plan", "G1", "--at", "114.15,30.45", "--author", "甲")
    assert names("search", "金湖西路", "--json").json["hits"][0]["text"] == "金湖西路"
    assert len(list((county / "names").glob("*.npz"))) == 1


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("search", "路", "--bbox", "1,2,3"), "西,南,东,北"),
        (("search", "路", "--bbox", "30,114,31,115"), "经纬度写反"),
        (("search", "路", "--bbox", "114.3,30.4,114.1,30.5"), "西应小于东"),
        (("search", "路", "--on", "五月"), "日期“五月”不对"),
        (("search", "路", "--kind", "绰号"), "没有名称种类“绰号”"),
        (("search", "路", "--class", "街"), "城镇街巷"),
        (("search", "路", "--division", "建设路"), "有 2 处"),
        (("show", "建设街"), "建设路"),
        (("show", "建设路"), "金湖街道 建设路（城镇街巷，99010100123510000001）"),
        (("show", "大屯镇/人民广场"), "没有“大屯镇/人民广场”"),
        (("history",), "请写一个地名"),
        (("history", "建设路", "--change", "last"), "请写一个地名"),
        (("history", "--change", "ffffffff"), "没有编号为 ffffffff 的改动"),
        (("undo", "ffffffff", "--author", "甲"), "没有编号为"),
        (("as-of", "2020-13-01"), "2020-13-01"),
        (("as-of", "2020-01-01", "--out", "a.doc"), ".gpkg"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_to_do(
    names: Shell, words: tuple[str, ...], wanted: str
) -> None:
    told = names(*words)
    assert told.status == 2
    assert wanted in told.err
    assert "程序内部错误" not in told.err


def test_show_tells_everything_of_a_place(names: Shell) -> None:
    told = names("show", "金湖街道/建设路", "--json").json
    assert [one["name"] for one in told["above"]] == ["金湖街道", "示范县"]
    assert told["codes"][0]["value"] == "99010100123510000001"
    assert told["signs"][0]["number"] == "B1"
    assert told["locked"] is True
    assert told["protections"] == []
    shown = names("show", "人民广场").out
    for words in ("示范县 > 金湖街道", "东方红广场（曾用名）至 1983", "大广场（别名）", "未列入"):
        assert words in shown


def test_show_finds_a_place_by_code_id_and_former_name(names: Shell) -> None:
    by_code = names("show", "99010100126300000001", "--json").json
    by_id = names("show", by_code["place_id"], "--json").json
    by_former = names("show", "东方红广场", "--json").json
    assert by_code == by_id == by_former


def test_history_tells_who_when_why_and_before_and_after(names: Shell) -> None:
    names("confirm", "人民广场", "--reading", "rén mín guǎng chǎng", "--author", "李主任")
    events = names("history", "人民广场", "--json").json["events"]
    last = events[-1]
    assert (last["author"], last["reason"], last["act"]) == ("李主任", "核定读音", "changed")
    fields = {one["field"]: (one["before"], one["after"]) for one in last["fields"]}
    assert fields["核定人"] == ("", "李主任")
    assert fields["罗马字母拼写"] == ("", "Rénmín Guǎngchǎng")
    first = names("history", "人民广场").out
    assert "新增名称“人民广场”" in first
    assert "读音来源 （空） → 人工核定" in first


def test_history_of_a_change_lists_what_it_did(names: Shell) -> None:
    names("confirm", "人民广场", "--agree", "--author", "甲")
    told = names("history", "--change", "last", "--json").json["events"]
    assert [(one["record"], one["about"]) for one in told] == [("name", "人民广场")]


def test_an_undone_change_leaves_the_very_same_state_and_is_told(
    names: Shell, county_book: Gazetteer
) -> None:
    before = county_book.state_sha256()
    change = names("confirm", "人民广场", "--agree", "--author", "甲", "--json").json
    assert county_book.state_sha256() != before
    undone = names("undo", change["change_set_id"], "--author", "乙", "--json").json
    assert undone["state_sha256"] == county_book.state_sha256() == before
    listed = names("changes", "--json").json["change_sets"]
    assert listed[0]["undoes"] == listed[1]["id"]
    assert listed[1]["undone_by"] == listed[0]["id"]
    assert "已撤回" in names("changes").out
    again = names("undo", change["change_set_id"], "--author", "乙")
    assert (again.status, "已经撤回" in again.err) == (2, True)


def test_a_change_that_was_built_upon_names_what_to_undo_first(names: Shell) -> None:
    first = names("confirm", "人民广场", "--agree", "--author", "甲", "--json").json
    reading = ("--reading", "ren2 min2 guang3 chang2")
    second = names("confirm", "人民广场", *reading, "--author", "乙", "--json").json
    refused = names("undo", first["change_set_id"], "--author", "丙")
    assert refused.status == 2
    assert second["change_set_id"] in refused.err
    assert names("undo", second["change_set_id"], "--author", "丙").status == 0
    assert names("undo", first["change_set_id"], "--author", "丙").status == 0


def test_verify_is_content_with_an_honest_log(names: Shell) -> None:
    told = names("verify", "--json")
    assert (told.status, told.json["whole"], told.json["broken_event"]) == (0, True, None)


def test_verify_names_the_first_event_that_was_altered(names: Shell, county: Path) -> None:
    with Workspace.open(county).writing() as connection:
        row = connection.execute(sa.select(EVENT).where(EVENT.c.number == 5)).mappings().one()
        forged = json.loads(row["after"]) | {"text": "假名"}
        connection.execute(
            sa.update(EVENT)
            .where(EVENT.c.number == 5)
            .values(after=json.dumps(forged, ensure_ascii=False, sort_keys=True))
        )
    told = names("verify", "--json")
    assert (told.status, told.json["broken_event"]) == (1, 5)
    assert "第 5 号事件" in names("verify").out


def test_verify_names_rows_changed_behind_the_log(names: Shell, county: Path) -> None:
    with Workspace.open(county).writing() as connection:
        connection.execute(sa.update(NAME).where(NAME.c.text == "人民广场").values(text="假名"))
    told = names("verify", "--json")
    assert (told.status, told.json["broken_event"]) == (1, None)
    assert [one["record"] for one in told.json["foreign_rows"]] == ["name"]


def _day(names: Shell, folder: Path, day: str) -> pd.DataFrame:
    path = folder / f"{day}.xlsx"
    assert names("as-of", day, "--out", str(path)).status == 0
    return pd.read_excel(path, dtype=str).drop(columns=["密级"])


CHANGE = (
    "division", "change", "大屯镇", "--to", "大屯街道", "--code", "990101002", "--on", "2026-06-01",
    "--document", "省批1号", "--author", "甲",
)  # fmt: skip


def test_a_day_before_a_change_stays_as_it_was(names: Shell, tmp_path: Path) -> None:
    columns = ["编号", "名称", "所属", "各级所属", "政区代码", "地名代码"]
    was = _day(names, tmp_path, "2026-05-31")[columns]
    assert names(*CHANGE).status == 0
    assert _day(names, tmp_path, "2026-05-31")[columns].equals(was)
    now = _day(names, tmp_path, "2026-06-01").set_index("名称")
    assert "大屯镇" not in now.index
    assert now.loc["新建一村", "所属"] == "大屯街道"
    assert now.loc["新建一村", "政区代码"] == "990101002"


def test_lines_and_stones_of_a_day_bear_the_names_of_that_day(names: Shell, tmp_path: Path) -> None:
    assert names(*CHANGE).status == 0
    told = {}
    for day in ("2026-05-31", "2026-06-01"):
        names("as-of", day, "--out", str(tmp_path / f"{day}.xlsx"))
        sheets = pd.read_excel(tmp_path / f"{day}.xlsx", dtype=str, sheet_name=None)
        line = sheets["界线"].iloc[0]
        told[day] = (line["名称"], line["毗邻政区"], sheets["界桩"].loc[0, "负责方"])
    assert told == {
        "2026-05-31": ("大屯镇与金湖街道界线", "990101100；990101001", "大屯镇"),
        "2026-06-01": ("大屯街道与金湖街道界线", "990101002；990101001", "大屯街道"),
    }
    listed = names("borders", "lines", "--on", "2026-05-31", "--json").json["lines"][0]
    assert listed["parties"] == ["大屯镇", "金湖街道"]


def test_before_the_records_begin_neither_code_nor_parent_is_made_up(
    names: Shell, tmp_path: Path, county_book: Gazetteer
) -> None:
    village = resolve(county_book, "新建一村")
    with county_book.change(author="甲", reason="核实", at=datetime(2026, 1, 1, tzinfo=UTC)) as do:
        codes = do.select("code", scheme="gbt10114")
        for row in (*do.select("relation", place_id=village), *codes):
            record = "code" if row in codes else "relation"
            do.update(record, row["id"], row["version"], valid_from="2000-01-01")
    assert names(*CHANGE).status == 0
    was = _day(names, tmp_path, "1990-01-01").set_index("名称").loc["新建一村"].fillna("")
    assert (was["所属"], was["各级所属"], was["政区代码"]) == ("所属未记载", "所属未记载", "")
    assert _day(names, tmp_path, "2026-05-31").set_index("名称").loc["新建一村", "所属"] == "大屯镇"


def test_a_list_of_a_day_says_secrecy_in_words_and_rounds_degrees(
    names: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "日.xlsx"
    names("as-of", "2026-05-01", "--out", str(path))
    frame = pd.read_excel(path, dtype=str)
    assert set(frame["密级"]) == {"公开"}
    assert max(len(text.partition(".")[2]) for text in frame["经度"]) <= 7


def test_places_are_asked_for_by_the_names_of_a_day(names: Shell, county_book: Gazetteer) -> None:
    assert names(*CHANGE).status == 0
    old = names("show", "大屯镇", "--on", "2026-05-31", "--json").json
    assert [one["kind"] for one in old["names"]] == ["standard"]
    assert names("show", "大屯街道", "--json").json["place_id"] != old["place_id"]
    assert resolve(county_book, "大屯镇") == old["place_id"]


def test_a_day_becomes_a_map_with_its_boundaries(names: Shell, tmp_path: Path) -> None:
    path = tmp_path / "日.gpkg"
    assert names("as-of", "2026-05-01", "--out", str(path)).status == 0
    assert set(gpd.list_layers(path)["name"]) == {
        "placename_point", "placename_line", "placename_area", "boundary_line", "boundary_stone",
    }  # fmt: skip
    areas = gpd.read_file(path, layer="placename_area")
    assert set(areas["name"]) >= {"示范县", "大屯镇", "金湖街道"}


def test_before_anything_was_named_there_is_nothing_to_write(names: Shell, tmp_path: Path) -> None:
    told = names("as-of", "1900-01-01", "--out", str(tmp_path / "a.xlsx"))
    assert told.status == 2
    assert "没有有效的地名" in told.err


FUTURE = tuple("2099-06-01" if word == "2026-06-01" else word for word in CHANGE)


def test_a_change_to_come_is_not_shown_as_done(names: Shell) -> None:
    assert names(*FUTURE).status == 0
    old = names("search", "大屯镇", "--json").json["hits"][0]
    assert (old["kind"], old["valid_to"]) == ("standard", "2099-05-31")
    listed = names("search", "大屯镇").out
    assert "现行，止于" in listed
    assert "曾用名" not in listed
    assert "自 2099-06-01 起" in names("search", "大屯街道").out
    for asked in ((), ("--on", "2099-05-31")):
        shown = names("show", "大屯镇", *asked).out
        assert "现行，止于 2099-05-31" in shown
        assert "曾用名" not in shown
    after = names("search", "大屯镇", "--on", "2099-05-31", "--json").json["hits"][0]
    assert after["standard"] == "大屯镇"
    assert names("search", "新建", "--division", "大屯镇", "--json").json["hits"]


def test_the_status_of_a_place_is_that_of_the_day_asked_for(names: Shell) -> None:
    assert names(*CHANGE).status == 0
    for on, told in (
        ("2026-05-31", ("official", "existing", True)),
        ("2026-06-01", ("historical", "vanished", False)),
    ):
        shown = names("show", "990101100", "--on", on, "--json").json
        assert (shown["on"], shown["name"]) == (on, "大屯镇")
        assert (shown["status"], shown["lifecycle"], shown["holds"]) == told
    found = names("search", "大屯镇", "--on", "2026-05-31", "--json").json
    assert (found["on"], found["hits"][0]["status"], found["hits"][0]["holds"]) == (
        "2026-05-31", "official", True,
    )  # fmt: skip


def test_a_search_for_nothing_says_what_to_give(names: Shell) -> None:
    told = names("search", " ")
    assert (told.status, "拼音" in told.err) == (2, True)


def test_a_class_like_no_other_says_what_classes_are_like(names: Shell) -> None:
    told = names("search", "建设路", "--class", "鬼")
    assert (told.status, "（无）" in told.err, "23510" in told.err) == (2, False, True)


def test_the_state_of_a_case_is_shown_in_words(names: Shell, county_book: Gazetteer) -> None:
    place = resolve(county_book, "人民广场")
    with county_book.change(author="甲", reason="补录", at=datetime(2026, 1, 1, tzinfo=UTC)) as do:
        do.insert("case", place_id=place, kind="naming", title="人民广场命名", state="archived")
    shown = names("show", "人民广场").out
    assert "已归档" in shown
    assert "archived" not in shown


def test_undoing_the_last_change_twice_does_not_bring_it_back(
    names: Shell, county_book: Gazetteer
) -> None:
    start = county_book.state_sha256()
    names("confirm", "人民广场", "--agree", "--author", "甲")
    between = county_book.state_sha256()
    names("confirm", "人民广场", "--reading", "ren2 min2 guang3 chang2", "--author", "乙")
    told = names("undo", "last", "--author", "丙").out
    assert "人民广场" in told
    assert "Rénmín Guǎngcháng → Rénmín Guǎngchǎng" in told
    assert county_book.state_sha256() == between
    names("undo", "last", "--author", "丙")
    assert county_book.state_sha256() == start
