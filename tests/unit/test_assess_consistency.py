"""Published figures that agree, and those that contradict each other."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from geo.assess.consistency import Check, examine
from geo.assess.figures_file import read_figures
from geo.errors import DataError, NotFoundError

YIWU = """
[[figure]]
key = "beds"
value = 6818
source = "《实施意见》解读，2020年"
date = 2020-08-31
[[figure]]
key = "elders"
value = 169_000
step = 1000
source = "《实施意见》解读，2020年"
[[figure]]
key = "beds1000"
value = 40.9
step = 0.1
source = "《实施意见》解读，2020年"
[[figure]]
key = "stations"
name = "照料中心（站）"
value = 464
source = "正文"
date = 2020-08-31
[[figure]]
key = "stations"
value = 369
source = "延伸阅读"
date = 2020-08-31
[[figure]]
key = "demo"
value = 8
source = "正文"
[[figure]]
key = "demo"
value = 10
source = "延伸阅读"
[[figure]]
key = "three_star"
value = 9
source = "延伸阅读"
[[figure]]
key = "towns_to_cover"
value = 13
source = "14个镇街，稠城街道除外"
[[check]]
kind = "ratio"
parts = ["beds", "elders"]
per = 1000
result = "beds1000"
[[check]]
kind = "at_least"
parts = ["three_star"]
result = "towns_to_cover"
"""


@pytest.fixture
def yiwu(tmp_path: Path) -> Path:
    path = tmp_path / "yiwu.toml"
    path.write_text(YIWU, encoding="utf-8")
    return path


def test_yiwu_has_40_34_beds_a_thousand_and_not_40_9(yiwu: Path) -> None:
    report = next(r for r in examine(*read_figures(yiwu)) if "beds" in r.name)
    assert report.outcome == "contradicts"
    assert report.computed == pytest.approx(40.343, abs=0.001)
    assert (round(report.low, 1), round(report.high, 1)) == (40.2, 40.5)
    assert "166,699" in report.message


def test_yiwu_prints_two_counts_of_stations_and_of_demonstration_centres(yiwu: Path) -> None:
    twice = [r for r in examine(*read_figures(yiwu)) if len(r.published) == 2]
    assert [r.published for r in twice] == [(464, 369), (8, 10)]
    assert {r.outcome for r in twice} == {"contradicts"}


def test_nine_three_star_homes_cannot_cover_thirteen_towns(yiwu: Path) -> None:
    report = examine(*read_figures(yiwu))[-1]
    assert report.outcome == "contradicts"
    assert "不够" in report.message


def test_figures_of_different_days_may_both_be_right(tmp_path: Path) -> None:
    path = tmp_path / "two_days.toml"
    text = YIWU.replace(
        'date = 2020-08-31\n[[figure]]\nkey = "demo"', 'date = 2021-08-31\n[[figure]]\nkey = "demo"'
    )
    path.write_text(text, encoding="utf-8")
    report = examine(*read_figures(path))[0]
    assert (report.published, report.outcome) == ((464, 369), "agrees")


@pytest.mark.parametrize(
    "text", ["figure = 1\n[", "[[figure]]\nkey = 'a'\n", "[[figur]]\n", "[[check]]\nkind = 'x'\n"]
)
def test_a_broken_file_is_refused_with_what_to_write(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        read_figures(path)


@pytest.mark.parametrize(
    "text",
    ["figure = 1", "figure = [1]", "check = 'x'", "[[check]]\nkind = 'sum'\nparts = 'beds'"],
)
def test_a_file_that_holds_something_else_than_tables_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "figures.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=r"\[\[(figure|check)\]\]|kind|parts"):
        read_figures(path)


def test_a_check_of_a_figure_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotFoundError, match="elders"):
        examine([], [Check("ratio", ("elders",), "")])


def test_figures_can_stand_in_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    rows = [{"key": "k", "value": 1, "source": "a"}, {"key": "k", "value": 2, "source": "b"}]
    pd.DataFrame(rows).to_excel(path, index=False)
    assert examine(*read_figures(path))[0].outcome == "contradicts"


FAULTY = """
[[figure]]
key = "beds"
value = "6818张"
source = "解读"

[[figure]]
key = "elders"
value = 0
date = "2020年底"
source = "解读"

[[check]]
kind = "ratio"
parts = ["beds"]
per = "千"
"""


def test_all_faults_of_a_file_are_told_at_once_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "figures.toml"
    path.write_text(FAULTY, "utf-8")
    with pytest.raises(DataError) as told:
        read_figures(path)
    assert str(told.value).splitlines() == [
        "“figures.toml”有 4 处不对：",
        "  第 2 行，第 1 个 [[figure]]：value 应为不超过 1e+15 的数字，现为 “6818张”",
        "  第 7 行，第 2 个 [[figure]]：date 应为 2020-12-31 这样的日期，现为 “2020年底”",
        "  第 13 行，第 1 个 [[check]]：per 应为不超过 1e+15 的数字，现为 “千”",
        "  第 13 行，第 1 个 [[check]]：“ratio”的 parts 要写2项，现有 1 项",
    ]


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ("kind = 'ratio'\nparts = ['a', 'zero']", "不能作除数"),
        ("kind = 'growth'\nparts = ['zero', 'a']", "不能作除数"),
        ("kind = 'growth'\nparts = ['a', 'minus']", "不能为负"),
        ("kind = 'sum'\nparts = ['nobody']", "没有编号为“nobody”的数字"),
        ("kind = 'growth'\nparts = ['a', 'a']\nyears = 0", "years 应在"),
        ("kind = 'at_least'\nparts = ['a']", "要写 result"),
        ("kind = 'product'\nparts = ['a']", "现为 “product”"),
    ],
)
def test_what_cannot_be_computed_is_refused_before_it_is(
    tmp_path: Path, check: str, told: str
) -> None:
    rows = "".join(
        f"[[figure]]\nkey = '{key}'\nvalue = {value}\nstep = 1\nsource = 's'\n"
        for key, value in (("a", 5), ("zero", 0.2), ("minus", -7))
    )
    path = tmp_path / "figures.toml"
    path.write_text(f"{rows}[[check]]\n{check}\n", "utf-8")
    with pytest.raises(DataError, match=told):
        read_figures(path)


def test_a_workbook_may_be_chinese_and_have_checks(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    figures = [
        {"编号": "beds", "数值": 6818, "来源": "解读"},
        {"编号": "elders", "数值": 169, "舍入到": 0.1, "来源": "解读", "日期": "2020年3月1日"},
        {"编号": "rate", "数值": 40.9, "舍入到": 0.1, "来源": "解读"},
    ]
    checks = [{"核对": "比值", "各项": "beds、elders", "结果": "rate"}]
    with pd.ExcelWriter(path) as book:
        pd.DataFrame(figures).to_excel(book, sheet_name="数字", index=False)
        pd.DataFrame(checks).to_excel(book, sheet_name="核对", index=False)
    (report,) = examine(*read_figures(path))
    assert (report.outcome, round(report.computed, 2)) == ("contradicts", 40.34)


def test_a_fault_in_a_workbook_names_sheet_and_row(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    pd.DataFrame([{"编号": "beds", "数值": "多", "来源": "解读"}]).to_excel(path, index=False)
    with pytest.raises(DataError, match="工作表“Sheet1”第 2 行：value"):
        read_figures(path)


def test_a_file_that_only_claims_to_be_a_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "figures.xlsx"
    path.write_text("no workbook", "utf-8")
    with pytest.raises(DataError):
        read_figures(path)
