"""Files a planner opens: every number with its heading, and what it rests on first."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from geo.coverage import Coverage
from geo.coverage.tables import area_layer, drawn_layers, sheets, write_layers, write_tables
from geo.network.graph import StreetNetwork
from geo.schema.results import TABLES, headings, result_columns
from geo.text import speak

X, Y = 500_000, 3_300_000


@pytest.fixture(scope="module")
def answered(
    town: Callable[..., StreetNetwork],
    lay: Callable[..., gpd.GeoDataFrame],
    coverage_of: Callable[..., Coverage],
) -> Coverage:
    return coverage_of(
        town([(X, Y), (X + 3000, Y)], [(0, 1)]),
        lay("elder_station", {"id": "s", "simulated": True, "at": (X, Y)}),
        minutes=(5, 15),
        community=lay(
            "community",
            {"code": "340207001001", "name": "河东", "at": (X, Y - 500, X + 3000, Y + 500)},
        ),
        compound=lay(
            "compound",
            {"id": "a", "households": 5, "elders": 3, "at": (X + 100, Y + 60)},
            {"id": "b", "households": 5, "elders": 4, "at": (X + 2000, Y)},
        ),
    )


def test_every_column_of_every_table_has_a_heading(answered: Coverage) -> None:
    frames = {
        "coverage_points": answered.points,
        "coverage_facilities": answered.facilities,
        "coverage_facility_weights": answered.facility_weights,
        "coverage_areas": answered.areas,
        "coverage_multiplicity": answered.multiplicity,
        "coverage_unserved": answered.unserved,
        "coverage_connectors": answered.connectors,
        "coverage_islands": answered.islands,
        "coverage_straight": answered.straight,
    }
    for name, frame in frames.items():
        columns = [column for column in frame.columns if column != "geometry"]
        assert columns == list(headings(name, answered.question.minutes)), name


@pytest.mark.parametrize("table", TABLES)
def test_result_columns_are_named_in_both_languages_and_choices_are_spelt_out(table: str) -> None:
    for column in result_columns(table):
        assert column.label_zh, column
        assert column.label_en, column
        assert column.description_zh, column
        assert column.description, column
        assert bool(column.values) == (column.type == "choice"), column


def test_the_workbook_begins_with_what_it_rests_on(answered: Coverage, tmp_path: Path) -> None:
    (path,) = write_tables(answered, tmp_path / "覆盖.xlsx")
    book = openpyxl.load_workbook(path)
    assert book.sheetnames[0] == "说明"
    said = " ".join(str(cell.value) for row in book["说明"].rows for cell in row)
    for fact in ("1 米/秒", "2026-05-01", "0.8～1.2 米/秒", "老年人（人", "护栏带", "模拟"):
        assert fact in said
    assert [cell.value for cell in book["社区（村）"][1]][:6] == [
        "层级",
        "代码",
        "名称",
        "权重",
        "分母口径",
        "总数",
    ]
    assert book["社区（村）"]["C2"].value == "河东"


def test_no_code_word_reaches_the_reader(answered: Coverage) -> None:
    coded = {"surely", "depends", "surely_not", "assumed_gate", "over_limit", "reached", "elders"}
    for name, frame in sheets(answered).items():
        for column in frame.select_dtypes("string"):
            assert not coded & set(frame[column].dropna()), (name, column)


def test_tables_speak_english_when_asked(answered: Coverage) -> None:
    speak("en")
    try:
        english = sheets(answered)
    finally:
        speak("zh")
    assert next(iter(english)) == "notes"
    assert english["Community"]["weight"].iloc[0] == "elders"


def test_csv_files_hold_the_same_rows(answered: Coverage, tmp_path: Path) -> None:
    files = write_tables(answered, tmp_path / "覆盖.csv")
    (points,) = [path for path in files if path.stem.endswith("需求点")]
    rows = list(csv.reader(points.read_text("utf-8-sig").splitlines()))
    assert [row[0] for row in rows] == ["编号", "a", "b"]


def test_a_workbook_names_the_tables_too_long_for_it(
    answered: Coverage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("geo.coverage.tables._WORKBOOK_ROWS", 1)
    (path,) = write_tables(answered, tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(path)
    assert "需求点" not in book.sheetnames
    last = [cell.value for cell in list(book["说明"].rows)[-1]]
    assert last[0] == "未列入的表"
    assert "需求点" in str(last[1])


def test_layers_carry_shapes_in_degrees_and_the_same_numbers(
    answered: Coverage, tmp_path: Path
) -> None:
    files = write_layers(answered, tmp_path)
    points = gpd.read_file(tmp_path / "coverage.gpkg", layer="coverage_points")
    assert points.crs.to_epsg() == 4490
    assert points["covered_15_min"].astype(bool).tolist() == [True, False]
    document = json.loads((tmp_path / "coverage_facilities.geojson").read_text("utf-8"))
    lon, lat = document["features"][0]["geometry"]["coordinates"]
    assert (round(lon), round(lat)) == (114, 30)
    assert "crs" not in document
    assert {path.suffix for path in files} == {".gpkg", ".geojson"}


def test_the_same_answer_gives_the_same_bytes(answered: Coverage, tmp_path: Path) -> None:
    def written(folder: Path) -> dict[str, bytes]:
        files = write_tables(answered, folder / "t.xlsx") + write_layers(answered, folder)
        return {path.name: path.read_bytes() for path in files}

    assert written(tmp_path / "one") == written(tmp_path / "two")


def test_area_layers_have_one_row_an_area_in_the_main_weight(answered: Coverage) -> None:
    layer = area_layer(answered, "community")
    assert layer["weight"].tolist() == ["elders"]
    assert layer["covered_15_min"].tolist() == [3]
    assert "coverage_county" not in drawn_layers(answered)
    assert pd.notna(layer.geometry.iloc[0].area)
