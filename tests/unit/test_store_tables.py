"""A table that leaves the house opens in Excel, reads in Chinese and computes nothing."""

from __future__ import annotations

import io
import re
import time
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.errors import DataError
from geo.store.tables import timeless, write_table
from geo.text import speak

ATTACKS = ["=1+1", "+8613800000000", "-5", "@SUM(A1)", "\t=1", "\r=1"]


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": pd.array(["东湖一期", None, "=HYPERLINK(1)"], "string"),
            "elders": pd.array([1200, None, -5], "Int64"),
            "covered_share": pd.array([0.5, None, 1.0], "Float64"),
            "open": pd.array([True, None, False], "boolean"),
            "opened": pd.to_datetime(["2020-03-01", None, "2021-01-01"]),
        }
    )


def test_a_workbook_has_headings_filters_and_a_frozen_first_row(tmp_path: Path) -> None:
    path = tmp_path / "表.xlsx"
    headings = {"村居": {"name": "名称", "elders": "老年人数"}}
    assert write_table(path, {"村居": table()}, headings=headings, notes=["分母：户籍老年人"])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["村居", "说明"]
    sheet = book["村居"]
    assert [cell.value for cell in sheet[1]][:3] == ["名称", "老年人数", "covered_share"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:E4")
    first = [cell.value for cell in sheet[2]]
    assert [*first[:4], first[4].date().isoformat()] == ["东湖一期", 1200, 0.5, "是", "2020-03-01"]
    assert [cell.value for cell in sheet[3]] == [None] * 5
    assert sheet["C2"].number_format == "0.0%"
    assert book["说明"]["A1"].value == "分母：户籍老年人"


@pytest.mark.parametrize("attack", ATTACKS)
def test_text_that_looks_like_a_formula_stays_text(tmp_path: Path, attack: str) -> None:
    frame = pd.DataFrame({attack: pd.array([attack], "string")})
    workbook, text = tmp_path / "a.xlsx", tmp_path / "a.csv"
    write_table(workbook, {"a": frame})
    for row in openpyxl.load_workbook(workbook)["a"].iter_rows():
        assert row[0].data_type == "s"
        assert row[0].value == attack.replace("\r", "\n")
    write_table(text, {"a": frame})
    heading, cell = pd.read_csv(text, header=None, dtype=str, keep_default_na=False)[0]
    assert heading.startswith("'")
    assert cell.startswith("'")


def test_negative_numbers_stay_numbers_in_csv(tmp_path: Path) -> None:
    (path,) = write_table(tmp_path / "a.csv", {"a": table()})
    assert pd.read_csv(path)["elders"].tolist()[2] == -5


def test_excel_is_told_that_a_csv_is_utf8(tmp_path: Path) -> None:
    (path,) = write_table(tmp_path / "a.csv", {"a": table()})
    assert path.read_bytes().startswith("\ufeffname,elders".encode())


def test_several_tables_as_csv_stand_beside_each_other(tmp_path: Path) -> None:
    written = write_table(tmp_path / "a.csv", {"甲": table(), "乙/丙": table()}, notes=["说明文字"])
    assert [path.name for path in written] == ["a-甲.csv", "a-乙_丙.csv", "a-说明.txt"]
    assert all(path.parent == tmp_path for path in written)


def test_the_same_table_makes_the_same_workbook_at_any_time(tmp_path: Path) -> None:
    write_table(tmp_path / "a.xlsx", {"甲": table()}, notes=["x"])
    time.sleep(1.1)
    write_table(tmp_path / "b.xlsx", {"甲": table()}, notes=["x"])
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_moment_goes_whatever_a_library_calls_the_space_of_its_tag(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(path)
    told = []
    for stamp in (b"2020-01-01T00:00:00Z", b"2026-05-01T08:00:00Z"):
        out = io.BytesIO()
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
            for name in old.namelist():
                content = old.read(name).replace(b"dcterms:", b"dct:")
                new.writestr(name, re.sub(rb"20\d\d-[-:0-9T.]+Z", stamp, content))
        told.append(timeless(out.getvalue()))
    assert told[0] == told[1]


def test_signs_that_a_workbook_cannot_hold_become_spaces(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    write_table(path, {"a[1]:*?/\\" + "长" * 40: pd.DataFrame({"a": ["东\x00湖"]})})
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["A2"].value == "东 湖"
    assert len(sheet.title) == 31


def test_truth_is_in_the_language_of_the_user(tmp_path: Path) -> None:
    speak("en")
    try:
        (path,) = write_table(tmp_path / "a.csv", {"a": table()})
    finally:
        speak("zh")
    assert pd.read_csv(path)["open"].tolist()[0] == "yes"


def test_an_unknown_ending_and_an_unwritable_place_are_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"不能写“\.doc”格式"):
        write_table(tmp_path / "a.doc", {"a": table()})
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="不能写入") as refused:
        write_table(tmp_path / "file" / "a.xlsx", {"a": table()})
    assert "Excel" in refused.value.hint


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(DataError):
        write_table(tmp_path / "a.xlsx", {"a": table()})
    assert [path.name for path in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_table_longer_than_excel_is_refused_before_it_is_written(tmp_path: Path) -> None:
    long = pd.DataFrame({"a": pd.RangeIndex(1_048_576)})
    with pytest.raises(DataError, match="超过 Excel 的上限"):
        write_table(tmp_path / "a.xlsx", {"a": long})


def test_sheets_print_on_a4_as_wide_as_the_page_and_an_empty_line_begins_a_page(
    tmp_path: Path,
) -> None:
    cards = pd.DataFrame({"item": ["项目", None, "项目"], "content": ["甲", None, "乙"]})
    wide = pd.DataFrame({f"c{n}": ["很长的一段说明文字" * 3] for n in range(4)})
    path = tmp_path / "表.xlsx"
    write_table(path, {"卡": cards, "宽": wide})
    book = openpyxl.load_workbook(path)
    assert [book[name].page_setup.orientation for name in ("卡", "宽")] == ["portrait", "landscape"]
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.fitToHeight) == (9, 0)
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
    assert [found.id for found in book["卡"].row_breaks.brk] == [3]
    assert not book["宽"].row_breaks.brk
