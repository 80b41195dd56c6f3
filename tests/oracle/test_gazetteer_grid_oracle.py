"""Sheets read by us hold what openpyxl reads of them, cell by cell, whoever wrote the file."""

from __future__ import annotations

import tempfile
import zipfile
from contextlib import closing
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from geo.errors import DataError
from geo.gazetteer.exchange.grid import ERROR, FORMULA, Grids
from geo.gazetteer.exchange.sheets import read_sheets
from geo.store import bundled

DEMO = bundled.bundled("demo") / "gazetteer.xlsx"
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=8)
VALUE = st.one_of(
    st.none(),
    TEXT,
    st.integers(-(10**14), 10**14),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.dates(date(1901, 1, 1), date(2100, 1, 1)),
    st.datetimes(datetime(1901, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),  # noqa: DTZ001, E501
    st.sampled_from([time(8, 30), timedelta(hours=30), "=A1+1", "=SUM(A1:B2)", "#N/A", "#DIV/0!",
                     " 前后 ", "a\nb", "_x000D_", "<&>", '"']),
)  # fmt: skip


def ours(path: Path) -> dict[str, dict[tuple[int, int], tuple[Any, bool, bool]]]:
    with closing(Grids(path)) as grids:
        return {
            title: {
                (number, column): (cell.value, cell.kind == FORMULA, cell.kind == ERROR)
                for number, line in grids.lines(title)
                for column, cell in enumerate(line, start=1)
                if cell.value is not None and cell.value != ""
            }
            for title in grids.titles
        }


def theirs(path: Path) -> dict[str, dict[tuple[int, int], tuple[Any, bool, bool]]]:
    book = load_workbook(path)
    return {
        sheet.title: {
            (cell.row, cell.column): (cell.value, cell.data_type == "f", cell.data_type == "e")
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None and cell.value != ""
        }
        for sheet in book.worksheets
    }


def same(path: Path) -> None:
    found, wanted = ours(path), theirs(path)
    assert list(found) == list(wanted)
    for title, cells in wanted.items():
        assert found[title] == cells
        types = {at: type(value) for at, (value, *_) in cells.items()}
        assert {at: type(value) for at, (value, *_) in found[title].items()} == types


def test_the_demo_is_read_alike() -> None:
    same(DEMO)


@settings(max_examples=40)
@given(st.lists(st.lists(VALUE, max_size=6), max_size=6), st.booleans())
def test_any_cells_are_read_alike(rows: list[list[Any]], since_1904: bool) -> None:  # noqa: FBT001
    book = Workbook()
    if since_1904:
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001 - Excel's other beginning of time
    for row in rows:
        book.worksheets[0].append(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.xlsx"
        book.save(path)
        same(path)


def test_rich_text_counts_its_runs_and_gaps_stay_gaps(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet["C3"] = CellRichText("金", TextBlock(InlineFont(b=True), "湖"), "路")
    sheet["E7"] = "远"
    sheet.merge_cells("A1:B2")
    book.create_sheet("空表")
    book.save(tmp_path / "rich.xlsx")
    same(tmp_path / "rich.xlsx")
    assert ours(tmp_path / "rich.xlsx")["Sheet"][3, 3][0] == "金湖路"


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHARED = (
    '<Override PartName="/xl/sharedStrings.xml" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)


def sheet_xml(body: str, declared: str = "") -> str:
    return (
        f'<?xml version="1.0"?>{declared}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>'
        "</worksheet>"
    )


def rewritten(path: Path, xml: str, strings: str = "") -> Path:
    """Write a workbook of one sheet 地名 whose XML is given, and its shared texts."""
    book = Workbook()
    book.worksheets[0].title = "地名"
    book.save(path)
    whole = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(whole, "w") as new:
        for name in old.namelist():
            content = xml.encode() if name == "xl/worksheets/sheet1.xml" else old.read(name)
            if name == "[Content_Types].xml" and strings:
                content = content.replace(b"</Types>", SHARED.encode() + b"</Types>")
            new.writestr(name, content)
        if strings:
            new.writestr("xl/sharedStrings.xml", strings)
    whole.replace(path)
    return path


def test_cells_without_coordinates_phonetic_guides_and_typed_results_are_read_alike(
    tmp_path: Path,
) -> None:
    body = (
        '<row><c t="inlineStr"><is><t>金湖</t><rPh sb="0" eb="1"><t>jin</t></rPh></is></c>'
        '<c><v>1.50</v></c><c t="str"><v>文字</v></c><c t="b"><v>1</v></c></row>'
        '<row r="5"><c r="C5" t="e"><v>#REF!</v></c><c t="d"><v>2014-09-28</v></c>'
        '<c r="F5"><f>1+1</f><v>2</v></c><c r="G5" t="inlineStr"><is/></c></row>'
    )
    path = rewritten(tmp_path / "odd.xlsx", sheet_xml(body))
    same(path)
    assert ours(path)["地名"][5, 6] == ("=1+1", True, False)


def test_shared_texts_and_cells_out_of_order_are_read_alike(tmp_path: Path) -> None:
    strings = (
        f'<sst xmlns="{MAIN}" count="2" uniqueCount="2"><si><t>金湖路</t></si>'
        '<si><r><t>银</t></r><r><t xml:space="preserve">湖 </t></r><rPh sb="0" eb="1"><t>yin</t>'
        "</rPh></si></sst>"
    )
    body = (
        '<row r="2" ht="20" customHeight="1"><c r="D2" t="s" s="0"><v>1</v></c>'
        '<c r="B2" t="s"><v>0</v></c><c r="E2"/></row>'
    )
    path = rewritten(tmp_path / "shared.xlsx", sheet_xml(body), strings)
    same(path)
    assert ours(path)["地名"] == {
        (2, 2): ("金湖路", False, False),
        (2, 4): ("银湖 ", False, False),
    }


@pytest.mark.parametrize(
    "xml",
    [
        sheet_xml("<row><c><v>1</v>"),
        sheet_xml('<row><c t="s"><v>99</v></c></row>'),
        sheet_xml("<row><c><v>一</v></c></row>"),
        sheet_xml(
            '<row><c t="inlineStr"><is><t>&a;</t></is></c></row>',
            '<!DOCTYPE worksheet [<!ENTITY a "aaaa">]>',
        ),
        "",
    ],
)
def test_a_broken_sheet_is_refused_with_what_to_do(tmp_path: Path, xml: str) -> None:
    with pytest.raises(DataError, match="不是完好的"):
        read_sheets(rewritten(tmp_path / "bad.xlsx", xml))


def test_half_a_file_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "half.xlsx"
    path.write_bytes(DEMO.read_bytes()[:100_000])
    with pytest.raises(DataError, match="不是完好的"):
        read_sheets(path)
