"""Whatever stands in a cell, the row is kept, quarantined or set aside, and never lost."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.layers import read_layer, summary
from geo.layers.columns import parse
from geo.schema import DTYPES, layer, layers

text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
usual = st.sampled_from(
    (
        *("0", "1", "-1", "640", "1,234", "1.2万", "是", "否", "新建", "合计", "小计", "注：", "—"),
        *("2021-04-19", "#REF!", "4.2E+11", "114.3", "30.6", "nan"),
    )
)
cell = st.one_of(
    usual,
    text,
    st.none(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
)
COLUMNS = [c for schema in layers().values() for c in schema.columns]


@given(column=st.sampled_from(COLUMNS), cells=st.lists(cell, max_size=6))
def test_any_cell_of_any_column_is_read_or_explained(column: str, cells: list[str]) -> None:
    raw = np.empty(len(cells), dtype=object)
    raw[:] = cells
    parsed = parse(raw, column)
    assert str(parsed.column.dtype) == DTYPES[column.type]
    wrong = parsed.fault != ""
    assert parsed.column[wrong].isna().all()
    assert not (wrong & (parsed.repair != "")).any()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(st.one_of(usual, text), min_size=5, max_size=5), max_size=8))
def test_every_row_of_any_csv_is_accounted_for(tmp_path: Path, rows: list[list[str]]) -> None:
    path = tmp_path / "x.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["小区编号", "小区名称", "户数", "经度", "纬度"], *rows])
    found = read_layer(path, "compound", datum="gcj02")
    filled = sum(any(c.strip() for c in row) for row in rows)
    assert found.rows_in == len(found.frame) + len(found.quarantined) + len(found.set_aside)
    assert found.rows_in <= filled
    assert found.frame["id"].is_unique
    assert found.frame["id"].notna().all()
    assert found.frame.geometry.is_valid.all()
    assert set(found.quarantined["source_row"]) == found.faults.rows("error")
    assert len(summary(found.faults)) <= len(found.faults)
    assert list(found.frame.columns[:-1]) == [c.name for c in layer("compound").columns]


@pytest.mark.parametrize("kind", ["int", "float", "date", "text", "bool"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=8)
@given(
    cells=st.lists(
        st.one_of(usual, st.integers(-9, 9**9), st.booleans(), st.datetimes()), max_size=5
    )
)
def test_a_workbook_of_any_cells_is_read(tmp_path: Path, kind: str, cells: list[str]) -> None:
    column = next(c for c in layer("elder_station").columns if c.type == kind and not c.required)
    book = openpyxl.Workbook()
    book.active.append(["设施名称", "经度", "纬度", column.label_zh])
    for number, value in enumerate(cells):
        book.active.append([f"站{number}", 114.3 + number / 1000, 30.6, value])
    path = Path(tmp_path) / "x.xlsx"
    book.save(path)
    found = read_layer(path, "elder_station", datum="wgs84")
    assert found.rows_in == len(cells)
    assert len(found.frame) + len(found.quarantined) == len(cells)
