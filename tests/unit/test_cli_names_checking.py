"""``names check audit scopes romanise confirm locks``: rules and readings from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from geo.gazetteer import Gazetteer
from geo.store import Workspace

Shell = Callable[..., Any]
STREET = ("--class", "城镇街巷")
IN_CITY = ("--at", "114.15,30.45")


def test_a_name_taken_in_the_built_up_area_is_blocked_with_article_and_distance(
    names: Shell,
) -> None:
    told = names("check", "建设路", *STREET, *IN_CITY, "--json")
    found = {one["rule"]: one for one in told.json["findings"]}
    assert (told.status, told.json["verdict"]) == (1, "block")
    assert (told.json["division"], told.json["division_code"]) == ("金湖街道", "990101001")
    taken = found["R8c"]
    assert (taken["verdict"], taken["article"]) == ("block", "地名管理条例 第九条（八）")
    assert taken["conflicts"][0]["text"] == "建设路"
    assert 3_000 < taken["conflicts"][0]["distance_m"] < 6_000
    lawful = taken["alternatives"][0]["text"]
    assert names("check", lawful, *STREET, *IN_CITY, "--json").json["verdict"] != "block"


def test_the_same_name_in_another_town_is_not_blocked(names: Shell) -> None:
    assert names("check", "建设路", *STREET, "--at", "114.25,30.45").status == 0


def test_a_report_is_told_verdict_first_and_says_what_lacks(names: Shell) -> None:
    out = names("check", "建社路", *STREET, *IN_CITY).out.splitlines()
    assert out[0].startswith("建社路  城镇街巷  金湖街道  命名")
    assert out[1].startswith("结论：可用，但须说明理由")
    assert any("读音、声调全同" in line for line in out)
    unplaced = names("check", "建设路", *STREET).out
    lacking = next(line for line in unplaced.splitlines() if line.startswith("还缺"))
    assert "位置（--at 或 --geometry）" in lacking


def test_a_renaming_takes_class_place_and_division_from_the_place(names: Shell) -> None:
    words = ("check", "金湖大道", "--kind", "更名", "--place", "金湖街道/建设路", "--json")
    blocked = names(*words)
    assert blocked.status == 1
    assert blocked.json["class_code"] == "23510"
    assert [f["rule"] for f in blocked.json["findings"] if f["verdict"] == "block"] == ["R13"]
    assert names(*words, "--cause", "名实不符").status == 0


def test_a_protected_name_is_not_renamed_without_measures(names: Shell) -> None:
    add = ("protect", "add", "人民广场", "--level", "县级", "--batch", "第一批",
           "--document", "县政1号", "--author", "甲")  # fmt: skip
    assert names(*add).status == 0
    words = ("check", "和平广场", "--kind", "更名", "--place", "人民广场", "--cause", "名实不符")
    told = names(*words, "--json")
    assert "R12" in [f["rule"] for f in told.json["findings"] if f["verdict"] == "block"]


def test_a_local_pack_asks_for_its_figures(names: Shell) -> None:
    words = (
        "check",
        "金湖大厦",
        "--class",
        "房屋、楼宇",
        *IN_CITY,
        "--pack",
        "large_city",
        "--json",
    )
    unknown = names(*words).json
    assert "attributes:floors" in unknown["missing"]
    low = names(*words, "--figure", "层数=9").json
    assert {f["rule"] for f in low["findings"] if f["verdict"] == "warn"} >= {"R3"}
    high = names(*words, "--figure", "floors=20").json
    assert {f["rule"] for f in high["findings"] if f["verdict"] == "warn"} == set()


def test_a_shape_in_a_file_is_where_the_name_is_checked(names: Shell, tmp_path: Path) -> None:
    ring = [[114.24, 30.44], [114.26, 30.44], [114.26, 30.46], [114.24, 30.44]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    told = names("check", "建设路", *STREET, "--geometry", str(path), "--json").json
    assert (told["division"], told["verdict"] == "block") == ("大屯镇", False)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("check",), "请写一个拟用名称"),
        (("check", "建设路", "--at", "30,114"), "经纬度写反"),
        (("check", "建设路", "--class", "街"), "没有地名类别“街”"),
        (("check", "建设路", "--kind", "改名"), "命名、更名"),
        (("check", "建设路", "--division", "人民广场"), "不是政区"),
        (("check", "建设路", "--place", "无此地"), "地名库中没有“无此地”"),
        (("check", "建设路", "--cause", "好听"), "名实不符"),
        (("check", "建设路", "--figure", "高度=3"), "不认识的指标：高度=3"),
        (("check", "建设路", "--ground", "R5"), "R5=historic"),
        (("check", "建设路", "--pack", "mars"), "没有名为“mars”的规则包"),
        (("check", "建设路", "--geometry", "none.gpkg"), "没有文件"),
        (("check", "建设路", "--reading", "jiàn shè"), "音节"),
        (("check", "--file", "none.xlsx"), "没有文件"),
        (("scopes", "add", "none.geojson", "--author", "甲"), "没有文件"),
        (("romanise",), "没有要拼写的地名"),
        (("confirm", "人民广场", "--author", "甲"), "请写清核定什么"),
        (("confirm", "人民广场", "--reading", "rén mín", "--author", "甲"), "音节"),
        (("confirm", "无此地", "--agree", "--author", "甲"), "地名库中没有"),
    ],
)
def test_what_is_not_understood_is_refused_with_what_to_do(
    names: Shell, words: tuple[str, ...], wanted: str
) -> None:
    told = names(*words)
    assert told.status == 2
    assert wanted in told.err
    assert "程序内部错误" not in told.err


def test_a_list_is_checked_with_its_names_against_each_other(names: Shell, tmp_path: Path) -> None:
    path, out = tmp_path / "名单.xlsx", tmp_path / "核名.xlsx"
    rows = [("建设路", "城镇街巷", 114.15, 30.45), ("锦绣路", "城镇街巷", 114.15, 30.45),
            ("锦秀路", "城镇街巷", 114.15, 30.45)]  # fmt: skip
    pd.DataFrame(rows, columns=["名称", "类别", "经度", "纬度"]).to_excel(path, index=False)
    told = names("check", "--file", str(path), "--out", str(out), "--json")
    assert told.status == 1
    assert told.json["verdicts"]["block"] == 1
    assert [one["twins"] for one in told.json["checked"]] == [[], [4], [3]]
    verdicts = pd.read_excel(out, sheet_name="结论", dtype=str).fillna("")
    assert verdicts["结论"].iloc[0] == "不通过"
    assert verdicts["同批重名、同音"][1] == "第4行锦秀路"
    assert "R8c" in set(pd.read_excel(out, sheet_name="逐条")["规则"])


def test_a_list_warns_and_concludes_as_a_single_check_does(names: Shell, tmp_path: Path) -> None:
    path, out = tmp_path / "名单.csv", tmp_path / "核名.xlsx"
    path.write_text("名称,经度,纬度,政区\n新华路,100,30,\n新华东路,114.15,30.45,大屯镇\n"
                    "建设路,,,\n青山路,114.15,30.45,\n", "utf-8")  # fmt: skip
    told = names("check", "--file", str(path), *STREET, "--out", str(out), "--json").json
    verdicts = pd.read_excel(out, sheet_name="结论", dtype=str).fillna("")
    assert verdicts["注意"].str.contains("不在地名库的任何政区之内").tolist() == [1, 0, 0, 0]
    assert verdicts["注意"].str.contains("与位置不符：这个位置在金湖街道").tolist() == [0, 1, 0, 0]
    assert verdicts["结论"][2] == "无法判定：可能重名、同音"
    assert verdicts["注意"][3] == ""
    listed = told["checked"]
    assert [len(one["warnings"]) for one in listed] == [1, 1, 0, 0]
    single = names("check", "建设路", *STREET, "--json").json
    assert listed[2]["verdict"] == single["verdict"] == "unknown"
    assert told["verdicts"]["unknown"] >= 1
    printed = names("check", "--file", str(path), *STREET, "--out", str(out)).out
    assert "无法判定 1 个" in printed


def test_a_faulty_list_names_every_row_and_checks_none(names: Shell, tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_text("名称,类别,经度,纬度\n金湖路,街,1,2\n锦绣路,城镇街巷,114,x\n", "utf-8")
    told = names("check", "--file", str(path))
    assert told.status == 2
    assert "第 2 行" in told.err
    assert "第 3 行" in told.err
    path.write_text("甲,乙\n1,2\n", "utf-8")
    assert "没有列“名称”" in names("check", "--file", str(path)).err


def test_an_audit_is_a_workbook_and_a_layer_with_shapes(names: Shell, county: Path) -> None:
    told = names("audit", "--json", "--on", "2026-05-01")
    rules = {one["rule"]: one for one in told.json["rules"]}
    assert rules["R21"]["warn"] == 1
    assert told.status == (1 if told.json["blocked"] else 0)
    frame = Workspace.open(county).read_result("names_audit", crs="EPSG:4490")
    line = frame[frame["rule"] == "R21"].iloc[0]
    assert (line["name"], line.geometry.geom_type) == ("大屯镇与金湖街道界线", "LineString")
    sheet = pd.read_excel(told.json["files"][0], sheet_name="地名体检")
    assert len(sheet) == told.json["findings"] == len(frame)


def test_a_built_up_area_is_replaced_by_the_next_of_its_name(
    names: Shell, county_book: Gazetteer, tmp_path: Path
) -> None:
    ring = [[114.2, 30.4], [114.3, 30.4], [114.3, 30.5], [114.2, 30.4]]
    feature = {"type": "Feature", "properties": {"名称": "县城"},
               "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    told = names("scopes", "add", str(path), "--author", "甲", "--on", "2026-05-01", "--json").json
    assert (told["added"], told["ended"]) == (1, 1)
    listed = names("scopes", "list", "--json").json["scopes"]
    assert sorted(one["valid_to"] for one in listed) == ["", "2026-04-30"]
    assert names("undo", "last", "--author", "甲").status == 0
    assert len(county_book.rows("scope")) == 1


def test_romanise_says_how_sure_it_is_and_what_the_gazetteer_has(names: Shell) -> None:
    told = names("romanise", "人民广场", "长乐路", "--json")
    square, road = told.json["romanised"]
    assert (square["toned"], square["sign"]) == ("Rénmín Guǎngchǎng", "RENMIN GUANGCHANG")
    assert (square["confirmed_by"], square["place_id"] != "") == ("", True)
    assert (road["must_confirm"], road["place_id"]) == (True, "")
    assert "乐" in [choice["character"] for choice in road["choices"]]
    assert told.status == 1
    names("confirm", "人民广场", "--agree", "--author", "李主任")
    again = names("romanise", "人民广场", "--json")
    (square,) = again.json["romanised"]
    assert (square["source"], square["confirmed_by"]) == ("officer", "李主任")
    assert again.status == 0


def test_romanise_needs_no_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from api.cli import run  # noqa: PLC0415 - this one test runs outside a workspace

    monkeypatch.chdir(tmp_path)
    assert run(["names", "romanise", "六安路", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["romanised"][0]["toned"] == "Lù’ān Lù"


def test_readings_go_out_in_a_table_and_come_back_confirmed(names: Shell, tmp_path: Path) -> None:
    path = tmp_path / "读音.xlsx"
    told = names("romanise", "--unconfirmed", "--class", "城镇街巷", "--out", str(path), "--json")
    assert len(told.json["romanised"]) == 2
    table = pd.read_excel(path, dtype=str).fillna("")
    table["核定读音"] = "jian4 she4 lu4"
    table.to_excel(path, index=False)
    done = names("confirm", "--file", str(path), "--author", "李主任", "--json").json
    assert [one["after"] for one in done["confirmed"]] == ["Jiànshè Lù", "Jiànshè Lù"]
    assert (
        names("romanise", "--unconfirmed", "--class", "城镇街巷", "--json").json["romanised"] == []
    )


def test_one_unfit_reading_of_a_table_leaves_all_as_they_were(
    names: Shell, county_book: Gazetteer, tmp_path: Path
) -> None:
    path, before = tmp_path / "读音.csv", county_book.state_sha256()
    path.write_text("名称,核定读音\n人民广场,rén mín guǎng chǎng\n金湖街道,jīn\n", "utf-8")
    told = names("confirm", "--file", str(path), "--author", "甲")
    assert (told.status, "金湖街道" in told.err) == (2, True)
    assert county_book.state_sha256() == before


def test_locks_say_why_an_import_leaves_a_place_alone(names: Shell) -> None:
    names("confirm", "人民广场", "--agree", "--author", "甲")
    told = {one["name"]: one["why"] for one in names("locks", "--json").json["locked"]}
    assert told["人民广场"] == ["official", "confirmed"]
    assert told["大屯镇"] == ["official"]


def test_what_cannot_be_told_is_the_headline(names: Shell) -> None:
    told = names("check", "建设路", *STREET)
    assert told.out.splitlines()[1].startswith("结论：无法判定")
    assert names("check", "建设路", *STREET, "--json").json["verdict"] == "unknown"


def test_a_position_outside_every_division_is_warned_of(names: Shell) -> None:
    assert "不在地名库的任何政区之内" in names("check", "新华路", *STREET, "--at", "100,30").out
    assert names("check", "新华路", *STREET, *IN_CITY, "--json").json["warnings"] == []


def test_a_division_that_contradicts_the_position_is_warned_of(names: Shell) -> None:
    told = names("check", "新华路", *STREET, *IN_CITY, "--division", "大屯镇").out
    assert "与位置不符：这个位置在金湖街道" in told
    right = names("check", "新华路", *STREET, *IN_CITY, "--division", "金湖街道", "--json")
    assert right.json["warnings"] == []


def test_without_a_list_of_firms_the_rule_of_firms_lacks_it(names: Shell) -> None:
    told = names("check", "新华路", *STREET, *IN_CITY, "--json").json
    assert {one["rule"]: one["verdict"] for one in told["findings"]}["R6"] == "unknown"


def test_a_ground_no_rule_knows_is_refused(names: Shell) -> None:
    for ground in ("R5=foo", "R99=historic"):
        told = names("check", "新华路", *STREET, "--ground", ground)
        assert (told.status, "可用" in told.err) == (2, True)
    assert names("check", "新华路", *STREET, "--ground", "R5=historic").status != 2


def test_a_person_whose_name_ends_in_a_direction_gives_no_direction(names: Shell) -> None:
    told = names("check", "毛泽东路", *STREET, *IN_CITY, "--json").json
    assert told["toned"] == "Máozédōng Lù"
    found = {one["rule"]: one["verdict"] for one in told["findings"]}
    assert found["R17"] == "not_applicable"


def test_a_name_written_twice_is_doubted(names: Shell) -> None:
    told = names("check", "人民路人民路", *STREET, *IN_CITY, "--json").json
    assert {one["rule"]: one["verdict"] for one in told["findings"]}["R1"] == "warn"


def test_no_alternative_is_named_after_a_place_of_another_township(names: Shell) -> None:
    told = names("check", "建设路", *STREET, "--at", "114.199,30.45", "--json").json
    offered = [a["text"] for one in told["findings"] for a in one["alternatives"]]
    assert offered
    assert not any("新建" in text or "大屯" in text for text in offered)


def test_the_list_of_readings_has_only_headings_of_its_language(
    names: Shell, tmp_path: Path
) -> None:
    path = tmp_path / "读音.xlsx"
    assert names("romanise", "重湖路", "--unconfirmed", "--out", str(path)).status == 1
    columns = list(pd.read_excel(path).columns)
    assert "把握" in columns
    assert not [one for one in columns if one.isascii()]
