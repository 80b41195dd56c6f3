"""Norm files are refused with every fault, its file and its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from geo.errors import NotFoundError
from geo.norms import NormFileError, examine, in_force, load, shipped, strictest, template

GOOD = """\
[[norm]]
id = "own.station.area"
zh = "站点面积"
en = "Station area"
kind = "attribute"
level = "must"
subject = "elder_station"
unit = "m2"
measure = { fields = ["floor_area_m2"] }
  [[norm.value]]
  area = "340207"
  from = 2026-01-01
  value = 350
  source = "鸠江区规定，2026-01-01"
  quote = "不少于350平方米"
"""


def faults_of(folder: Path, text: str, name: str = "own.toml") -> list[tuple[int, str]]:
    (folder / name).write_text(text, "utf-8")
    with pytest.raises(NormFileError) as error:
        load(folder)
    assert all(fault.file.endswith(name) for fault in error.value.faults)
    return [(fault.line, fault.message) for fault in error.value.faults]


def test_a_bureaus_own_norm_is_read_beside_ours(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(GOOD, "utf-8")
    norms = load(tmp_path)
    assert len(norms) == len(shipped()) + 1
    (rule,) = in_force(norms, "340207", date(2026, 6, 1)).of("own.station.area")
    assert strictest([rule]).required.tolist() == [350]


def test_the_template_is_itself_a_norm_file_without_faults(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(template(), "utf-8")
    assert "own.station.area" in load(tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ('unit = "m2"', 'units = "m2"', 8, "是不是“unit”"),
        ('kind = "attribute"', 'kind = "atribute"', 5, "以下之一"),
        ('level = "must"', 'level = "shall"', 6, "以下之一"),
        ('subject = "elder_station"', 'subject = "elder_statoin"', 1, "是不是“elder_station”"),
        ('["floor_area_m2"]', '["floor_area"]', 1, "没有列“floor_area”"),
        ('["floor_area_m2"]', '["name"]', 1, "类型是 text"),
        ('["floor_area_m2"]', "[]", 9, "fields 或 term"),
        ('area = "340207"', 'area = "99"', 10, "区划代码"),
        ('area = "340207"', 'area = "34020"', 10, "区划代码"),
        ('  area = "340207"\n', "", 10, "缺少“area”"),
        ("from = 2026-01-01", 'from = "2026-01-01"', 12, "日期"),
        ("from = 2026-01-01", "from = 2026-01-01T08:00:00", 12, "日期"),
        ("  from = 2026-01-01\n", "", 10, "缺少“from”"),
        ("value = 350", 'value = "350"', 13, "数字"),
        ("value = 350", "value = true", 13, "数字"),
        ("value = 350", "value = nan", 13, "数字"),
        ("value = 350", "value = -1", 10, "不能为负"),
        ("  value = 350\n", "", 10, "缺少“value”"),
        ('  source = "鸠江区规定，2026-01-01"\n', "", 10, "缺少“source”"),
        ('source = "鸠江区规定，2026-01-01"', 'source = " "', 14, "不能为空"),
        ('  quote = "不少于350平方米"\n', "", 10, "缺少“quote”"),
        ("value = 350", "value = 350\n  due = 2025-12-31", 10, "早于 from"),
        ("value = 350", "value = 350\n  to = 2025-12-31", 10, "早于 from"),
        ("value = 350", "value = 350\n  baseline = 3", 10, "baseline_on"),
        ("value = 350", 'value = 350\n  evidence = "unverified"', 10, "draft"),
        ("value = 350", "value = 350\n  classes = [{ below = 9, value = 1 }]", 10, "class_by"),
        ("value = 350", "value = 350\n  zones = [{ kind = 'railway' }]", 10, "rail"),
        ("value = 350", 'value = 350\n  url = "shangol.cn"', 10, "网址"),
        ('level = "must"', 'level = "must"\nop = "clear"', 1, "op 只能是"),
        ('level = "must"', 'level = "must"\njudged = "share"', 1, "over"),
        ('level = "must"', 'level = "must"\njudged = "share"\nover = "place"', 1, "composed"),
        ('level = "must"', 'level = "must"\nwhere = { tier = "village" }', 1, "不会是“village”"),
        ('level = "must"', 'level = "must"\nwhere = { shared = 1 }', 1, "不会是“1”"),
        ('id = "own.station.area"', 'id = "Own Station"', 1, "编号"),
    ],
)
def test_one_wrong_thing_is_one_message_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, words: str
) -> None:
    assert before in GOOD
    found = faults_of(tmp_path, GOOD.replace(before, after))
    assert any(at == line and words in message for at, message in found), found


def test_all_faults_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD.replace("value = 350", 'value = "x"'), "utf-8")
    (tmp_path / "b.toml").write_text("[[norm]\n", "utf-8")
    (tmp_path / "c.toml").write_bytes("# 街道\nid = '规范'".encode("gbk"))
    with pytest.raises(NormFileError) as error:
        load(tmp_path)
    places = [(Path(f.file).name, f.line) for f in error.value.faults]
    assert places == [("a.toml", 13), ("b.toml", 1), ("c.toml", 1)]
    assert "3 处错误" in error.value.message
    assert "第 13 行" in error.value.message


def test_a_broken_value_does_not_hide_what_is_wrong_with_the_next(tmp_path: Path) -> None:
    value = GOOD[GOOD.index("  [[norm.value]]") :]
    text = GOOD.replace("value = 350", "value = 'x'") + value.replace("340207", "99")
    found = faults_of(tmp_path, text)
    assert [line for line, _ in found] == [13, 16]


def test_an_unknown_kind_is_one_fault_and_not_five(tmp_path: Path) -> None:
    found = faults_of(tmp_path, GOOD.replace('"attribute"', '"ratoi"'))
    assert [line for line, _ in found] == [5]


def test_a_norm_of_ours_may_get_a_value_of_the_bureaus(tmp_path: Path) -> None:
    text = GOOD[GOOD.index("  [[norm.value]]") :].replace("350\n", "30\n  floor = 400\n", 1)
    (tmp_path / "own.toml").write_text('[[norm]]\nid = "elder.area100.new"\n' + text, "utf-8")
    rules = in_force(load(tmp_path), "340207", date(2026, 6, 1)).of("elder.area100.new")
    assert [rule.value.floor for rule in rules] == [300, 350, 400]
    assert strictest(rules, [640]).required.tolist() == [400]
    assert len(in_force(shipped(), "340207", date(2026, 6, 1)).of("elder.area100.new")) == 2


def test_a_norm_of_ours_may_not_be_overridden(tmp_path: Path) -> None:
    text = GOOD.replace('"own.station.area"', '"elder.station.min_area"')
    found = faults_of(tmp_path, text)
    assert all("不能改写" in message for _, message in found)
    assert {line for line, _ in found} == {3, 4, 5, 6, 7, 8, 9}


def test_adding_nothing_to_a_norm_of_ours_is_a_fault(tmp_path: Path) -> None:
    ((line, message),) = faults_of(tmp_path, '\n[[norm]]\nid = "elder.beds1000"\n')
    assert (line, "没有添加" in message) == (2, True)


def test_one_id_is_used_once(tmp_path: Path) -> None:
    ((line, message),) = faults_of(tmp_path, GOOD + GOOD)
    assert line == 16
    assert "重复" in message


def test_one_source_has_one_figure_for_one_area_on_one_day(tmp_path: Path) -> None:
    value = GOOD[GOOD.index("  [[norm.value]]") :]
    ((line, message),) = faults_of(tmp_path, GOOD + value)
    assert line == 16
    assert "重叠" in message
    ended = GOOD.replace("value = 350", "value = 350\n  to = 2026-12-31")
    (tmp_path / "own.toml").write_text(
        ended + value.replace("2026-01-01", "2027-01-01", 1), "utf-8"
    )
    assert len(load(tmp_path)["own.station.area"].values) == 2


def test_an_added_value_that_repeats_our_source_is_refused(tmp_path: Path) -> None:
    ours = shipped()["elder.area100.new"].values[0]
    found = faults_of(
        tmp_path,
        f'[[norm]]\nid = "elder.area100.new"\n[[norm.value]]\narea = "340207"\nfrom = 2022-01-01\n'
        f'value = 1\nsource = "{ours.source}"\nquote = "一"\n',
    )
    assert [line for line, _ in found] == [3]


def test_a_composed_norm_names_norms_that_exist(tmp_path: Path) -> None:
    text = GOOD.replace("attribute", "composed").replace(
        '{ fields = ["floor_area_m2"] }', '{ parts = ["no.such", "elder.station.min_area"] }'
    )
    ((_, message),) = faults_of(tmp_path, text)
    assert "no.such" in message


def test_a_layer_that_does_not_exist_yet_must_be_declared_as_needed(tmp_path: Path) -> None:
    text = GOOD.replace('subject = "elder_station"', 'subject = "relief_depot"')
    assert faults_of(tmp_path, text)
    declared = text.replace('unit = "m2"', 'unit = "m2"\nneeds = ["relief_depot"]')
    (tmp_path / "own.toml").write_text(declared, "utf-8")
    assert load(tmp_path)["own.station.area"].needs == ("relief_depot",)


def test_a_file_saved_by_notepad_with_a_mark_and_carriage_returns_is_read(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_bytes(GOOD.replace("\n", "\r\n").encode("utf-8-sig"))
    assert "own.station.area" in load(tmp_path)


def test_lines_are_counted_past_strings_comments_and_lists(tmp_path: Path) -> None:
    text = GOOD.replace(
        'zh = "站点面积"', 'zh = """站点\n[[norm]] # 面积\n"""  # [[norm]]\n# x = ["'
    ).replace('["floor_area_m2"]', '[\n  "floor_area_m2", # ]\n]')
    found = faults_of(tmp_path, text.replace("value = 350", "value = 'x'"))
    assert [line for line, _ in found] == [text.splitlines().index("  value = 350") + 1]


def test_no_file_is_not_the_same_as_no_fault(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NotFoundError, match="没有规范文件"):
            load(place)
    ((_, message),) = faults_of(tmp_path, "")
    assert "[[norm]]" in message


def test_examining_lists_faults_and_still_returns_what_could_be_read(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("x = 1\n" + GOOD, "utf-8")
    norms, faults = examine(tmp_path)
    assert [fault.line for fault in faults] == [1]
    assert "own.station.area" in norms
    assert examine()[1] == ()
