"""Whatever stands in a sheet comes out as it went in, or is refused by naming its cells."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from geo.gazetteer import Gazetteer
from geo.gazetteer.exchange import FaultyFileError, export_census, import_names
from geo.gazetteer.exchange.fields import fields
from geo.store import Workspace

AT = datetime(2026, 5, 1, tzinfo=UTC)
HEADINGS = [one.heading for one in fields("place")]

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), include_characters="\n\t"),
    max_size=12,
)
NUMBER = st.one_of(
    st.integers(-(10**14), 10**14), st.floats(-1e9, 1e9, allow_nan=False, allow_infinity=False)
)
ANYTHING = st.one_of(
    st.none(),
    TEXT,
    NUMBER,
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2030, 1, 1)),
    st.sampled_from(["=1+1", "公开", "机密", "1985年", "约1985年", "1985-13", "114度17分30秒",
                     "30.5",
                     "现今地名", "城镇居民点", "222", "二巷、老巷；后巷", "2014-09-28 00:00:00"]),
)  # fmt: skip
FIT: dict[str, st.SearchStrategy[Any]] = {
    "标准名称": st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1),
    "地名类别": st.sampled_from(["城镇居民点", "222", 22100, "桥梁"]),
    "曾用名": st.one_of(st.none(), st.sampled_from(["甲", "乙、甲", " 甲 ;丙", "甲，甲"])),
    "东经": st.one_of(st.floats(74, 135), st.sampled_from(["114.3040", "114度17分30秒", 114])),
    "北纬": st.one_of(st.floats(4, 53), st.sampled_from(["30.4130", "30度5分", 30])),
    "密级": st.sampled_from([None, "公开", "内部", "秘密", "机密", "绝密"]),
    "设立年份": st.sampled_from([None, "1985年", 1985, "1985-05", "约1985年", "1985~"]),
    "登记时间": st.one_of(st.none(), st.dates(date(1950, 1, 1), date(2030, 1, 1))),
    "人口": st.one_of(st.none(), NUMBER, TEXT),
    "备注": TEXT,
    "自有列": st.one_of(st.none(), NUMBER, TEXT),
}


@pytest.fixture(scope="module")
def book() -> Iterator[Gazetteer]:
    with tempfile.TemporaryDirectory() as folder:
        opened = Gazetteer.of(Workspace.create(Path(folder) / "county"))
        yield opened
        opened.close()


def written(path: Path, rows: list[dict[str, Any]]) -> Path:
    made = Workbook()
    one = made.worksheets[0]
    one.title = "地名"
    headings = list(dict.fromkeys(key for row in rows for key in row))
    one.append(headings)
    for row in rows:
        one.append([row.get(key) for key in headings])
    made.save(path)
    return path


def read(path: Path) -> list[dict[str, Any]]:
    opened = load_workbook(path, read_only=True)
    head, *rows = opened["地名"].iter_rows(values_only=True)
    opened.close()
    return [
        {str(k): v for k, v in zip_longest(head, row) if v is not None}
        for row in rows
        if any(v is not None for v in row)
    ]


def round_trip(book: Gazetteer, rows: list[dict[str, Any]]) -> None:
    """Import and export; what came in must come out, or each message must name its cell."""
    before = book.state_sha256()
    with tempfile.TemporaryDirectory() as folder:
        source = written(Path(folder) / "in.xlsx", rows)
        try:
            done = import_names(book, source, author="甲", at=AT)
        except FaultyFileError as error:
            refused = error.cells
        else:
            refused = ()
        if refused:
            assert all(cell.wanted and cell.advice and cell.row >= 1 for cell in refused)
            assert book.state_sha256() == before
            return
        export_census(book, Path(folder) / "out.xlsx")
        came, out = read(source), read(Path(folder) / "out.xlsx")
        assert len(came) == len(out)
        given_headings = {key for row in rows for key in row}
        for one, other in zip(came, out, strict=True):
            again = {key: value for key, value in other.items() if key in given_headings}
            assert [(k, type(v), v) for k, v in sorted(one.items())] == [
                (k, type(v), v) for k, v in sorted(again.items())
            ]
        if done.change_set_id:
            book.undo(done.change_set_id, author="甲", reason="撤回", at=AT)
    assert book.state_sha256() == before


@settings(max_examples=40)
@given(st.lists(st.fixed_dictionaries(FIT), min_size=1, max_size=3))
def test_fit_rows_come_out_as_they_went_in(book: Gazetteer, rows: list[dict[str, Any]]) -> None:
    round_trip(book, rows)


@settings(max_examples=50)
@given(st.lists(st.dictionaries(st.sampled_from(HEADINGS), ANYTHING), min_size=1, max_size=3))
def test_any_sheet_comes_out_as_it_went_in_or_its_cells_are_named(
    book: Gazetteer, rows: list[dict[str, Any]]
) -> None:
    head = {"标准名称": "甲路", "地名类别": "城镇街巷"}
    round_trip(book, [head | row for row in rows])


WHOLE: dict[str, list[dict[str, Any]]] = {
    "地名": [
        {
            "地名代码": f"9901010012351000000{n}",
            "标准名称": name,
            "地名类别": "城镇街巷",
            "东经": 114.2 + n / 100,
            "北纬": 30.4,
            "所在行政区代码": "990101001",
            "密级": "公开",
            "设立年份": "1985年",
            "登记时间": "2014-09-28",
        }
        for n, name in enumerate(("金湖路", "银湖路", "云山街"))
    ],
    "地名标志": [
        {
            "标志编号": "BZ1",
            "标志类型": "街路牌",
            "标志文字": "金湖路",
            "地名代码": "99010100123510000000",
            "方位角": 90,
            "状态": "在用",
            "设置日期": "2016-06-01",
        }
    ],
    "界线": [{"界线编号": "9901", "界线名称": "甲乙线", "下次联检": "2026-10-31"}],
    "界桩": [{"界桩编号": "9901001Q", "界线编号": "9901", "东经": 114.2, "北纬": 30.4}],
}
NEVER_FIT = (True, "=1+1", datetime(2014, 9, 28, 8, 30))  # noqa: DTZ001 - a cell
CELLS = [(title, n, heading) for title, rows in WHOLE.items() for n in range(len(rows))
         for heading in rows[n]]  # fmt: skip


def mutated(
    path: Path, changes: list[tuple[tuple[str, int, str], Any]]
) -> tuple[Path, set[tuple[str, int, str]], set[tuple[str, int, str]]]:
    """Write the whole workbook with some cells changed: the cells, those that never fit."""
    rows = {title: [dict(row) for row in own] for title, own in WHOLE.items()}
    for (title, n, heading), value in changes:
        rows[title][n][heading] = value
    made = Workbook()
    made.remove(made.worksheets[0])
    every, unfit = set(), set()
    for title, own in rows.items():
        one = made.create_sheet(title)
        headings = list(own[0])
        one.append(headings)
        for number, row in enumerate(own, start=2):
            one.append([row[heading] for heading in headings])
            for heading, value in row.items():
                every.add((title, number, heading))
                if isinstance(value, bool) or value in NEVER_FIT[1:]:
                    unfit.add((title, number, heading))
    made.save(path)
    return path, every, unfit


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(CELLS), st.one_of(ANYTHING, st.sampled_from(NEVER_FIT))),
        max_size=4,
    )
)
def test_a_whole_workbook_with_cells_changed_goes_in_whole_or_its_unfit_cells_are_named(
    book: Gazetteer, changes: list[tuple[tuple[str, int, str], Any]]
) -> None:
    before = book.state_sha256()
    with tempfile.TemporaryDirectory() as folder:
        path, every, unfit = mutated(Path(folder) / "in.xlsx", changes)
        try:
            done = import_names(book, path, author="甲", at=AT)
        except FaultyFileError as error:
            refused = error.cells
        else:
            refused = ()
        if refused:
            assert changes
            assert unfit <= {(cell.sheet, cell.row, cell.column) for cell in refused} <= every
            assert all(cell.wanted and cell.advice for cell in refused)
        else:
            assert not unfit
            assert done.inserted == len(WHOLE["地名"])
            assert done.things == {"sign": 1, "line": 1, "stone": 1}
            book.undo(done.change_set_id, author="甲", reason="撤回", at=AT)
    assert book.state_sha256() == before


def test_every_single_cell_that_never_fits_is_named_alone(book: Gazetteer) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for cell in CELLS:
            path, _, unfit = mutated(Path(folder) / "in.xlsx", [(cell, "=1+1")])
            with pytest.raises(FaultyFileError) as refused:
                import_names(book, path, author="甲", at=AT)
            named = {(one.sheet, one.row, one.column) for one in refused.value.cells}
            assert unfit <= named, cell
            # A code that is lost is missed where a sign or a stone points at it; nothing else is.
            pointing = {("地名标志", 2, "地名代码"), ("界桩", 2, "界线编号")}
            assert named - unfit <= pointing, cell
