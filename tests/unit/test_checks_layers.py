"""What is wrong between layers that each are right."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely import Point, box

from geo.checks import check_layers, template, write_faults
from geo.layers import read_layer
from geo.schema import layer, layers

WEST, EAST, SOUTH, NORTH = 114.0, 114.2, 30.0, 30.1


def frame(name: str, rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    dtypes = {"text": "string", "choice": "string", "int": "Int64", "float": "Float64"}
    dtypes |= {"bool": "boolean", "date": "datetime64[s]"}
    columns = {
        c.name: pd.Series([row.get(c.name) for row in rows], dtype=dtypes[c.type])
        for c in layer(name).columns
    }
    return gpd.GeoDataFrame(columns, geometry=[row["geometry"] for row in rows], crs=4490)


def town() -> dict[str, list[dict[str, object]]]:
    """Return a county of one township, two communities, two compounds with gates, one station."""
    west, east = box(WEST, SOUTH, 114.1, NORTH), box(114.1, SOUTH, EAST, NORTH)
    whole = box(WEST, SOUTH, EAST, NORTH)
    people = {"elders_basis": "registered", "elders_age_from": 60}
    return {
        "county": [{"code": "420106", "name": "某区", "elders": 30, "geometry": whole} | people],
        "township": [
            {"code": "420106001", "name": "某街道", "elders": 30, "geometry": whole} | people
        ],
        "community": [
            {"code": "420106001001", "name": "西", "elders": 10, "geometry": west} | people,
            {"code": "420106001002", "name": "东", "elders": 20, "geometry": east} | people,
        ],
        "compound": [
            {
                "id": "C1",
                "name": "甲",
                "households": 9,
                "elders": 10,
                "geometry": Point(114.05, 30.05),
            },
            {
                "id": "C2",
                "name": "乙",
                "households": 9,
                "elders": 20,
                "geometry": Point(114.15, 30.05),
            },
        ],
        "gate": [
            {"id": "G1", "compound_id": "C1", "geometry": Point(114.051, 30.05)},
            {"id": "G2", "compound_id": "C2", "geometry": Point(114.151, 30.05)},
        ],
        "elder_station": [{"id": "S1", "name": "站", "geometry": Point(114.06, 30.05)}],
    }


def faults_of(rows: dict[str, list[dict[str, object]]]) -> list[tuple[str, str, str]]:
    table = check_layers({name: frame(name, found) for name, found in rows.items()})
    return [(fault.layer, fault.code, fault.severity) for fault in table]


def test_a_town_in_order_has_no_faults() -> None:
    assert faults_of(town()) == []


@pytest.mark.parametrize(
    ("layer", "row", "change", "expected"),
    [
        ("community", 0, {"parent_code": "420106009"}, ("community", "unit_unknown", "error")),
        ("community", 0, {"geometry": box(113.9, SOUTH, 114.1, NORTH)},
         ("community", "outside_parent", "warning")),
        ("community", 0, {"geometry": box(WEST, SOUTH, 114.11, NORTH)},
         ("community", "areas_overlap", "warning")),
        ("community", 0, {"geometry": box(WEST, SOUTH, 114.09, NORTH)},
         ("community", "areas_gap", "warning")),
        ("compound", 0, {"geometry": Point(115, 31)},
         ("compound", "outside_communities", "warning")),
        ("compound", 0, {"community_code": "420106001002"},
         ("compound", "community_differs", "warning")),
        ("compound", 0, {"elders": 5}, ("community", "total_differs", "warning")),
        ("compound", 0, {"elders_basis": "resident"}, ("county", "basis_mixed", "warning")),
        ("township", 0, {"elders_age_from": 65}, ("county", "age_mixed", "warning")),
        ("township", 0, {"elders": 31}, ("township", "total_differs", "warning")),
        ("county", 0, {"elders": 31}, ("county", "total_differs", "warning")),
        ("gate", 0, {"compound_id": "C9"}, ("gate", "compound_unknown", "error")),
        ("gate", 0, {"compound_id": "C2"}, ("gate", "gate_far", "warning")),
        ("gate", 0, {"compound_id": "C2"}, ("compound", "gate_missing", "note")),
        ("elder_station", 0, {"geometry": Point(114.21, 30.05)},
         ("elder_station", "neighbour_facilities", "note")),
        ("elder_station", 0, {"geometry": Point(114.21, 30.05), "own_county": True},
         ("elder_station", "outside_county", "warning")),
        ("elder_station", 0, {"geometry": Point(115.21, 30.05)},
         ("elder_station", "outside_county", "warning")),
    ],
)  # fmt: skip
def test_each_thing_that_can_be_wrong_is_found(
    layer: str, row: int, change: dict[str, object], expected: object
) -> None:
    rows = town()
    rows[layer][row] = rows[layer][row] | change
    assert expected in faults_of(rows)


def test_rows_that_no_edit_could_make_are_named() -> None:
    rows = town()
    rows["compound"][0] |= {"population": 9, "elders": 10, "community_code": "420106001009"}
    frames = {name: frame(name, one) for name, one in rows.items()}
    told = {fault.code: fault for fault in check_layers(frames)}
    assert told["elders_exceed_population"].severity == "error"
    assert told["elders_exceed_population"].message == "“老年人数”多于“人口”：C1"
    unknown = told["unit_unknown"]
    assert (unknown.column, unknown.severity) == ("community_code", "warning")
    assert unknown.message == "“社区代码”在“社区（村）”层中没有：C1（420106001009）"


def test_an_overlap_is_named_with_its_area() -> None:
    rows = town()
    rows["community"][0]["geometry"] = box(WEST, SOUTH, 114.101, NORTH)
    table = check_layers({name: frame(name, found) for name, found in rows.items()})
    message = next(f.message for f in table if f.code == "areas_overlap")
    assert "420106001001 与 420106001002（1,0" in message


def test_a_sum_is_only_compared_when_every_part_states_its_number() -> None:
    rows = town()
    rows["compound"][0]["elders"] = None
    rows["community"][0]["elders"] = 99
    assert ("community", "total_differs", "warning") not in faults_of(rows)


def test_layers_that_are_missing_or_empty_are_named() -> None:
    assert {("community", "layer_empty", "warning"), ("compound", "layer_empty", "warning"),
            ("elder_station", "no_facilities", "error")} == set(faults_of({}))  # fmt: skip
    rows = town() | {"elder_station": []}
    assert ("elder_station", "no_facilities", "warning") in faults_of(rows)


def test_the_same_facility_in_two_layers_is_noted() -> None:
    rows = town()
    rows["meal_point"] = [{"id": "M1", "name": "站", "geometry": Point(114.06, 30.05)}]
    found = faults_of(rows)
    assert ("elder_station", "duplicate_across_layers", "note") in found
    assert ("meal_point", "duplicate_across_layers", "note") in found


def test_the_fault_workbook_opens_with_a_frozen_header_and_every_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("小区名称,户数,经度,纬度\n甲,0,114.0501,30.0501\n合计,0,,\n", encoding="utf-8")
    imported = read_layer(path, "compound", datum="wgs84")
    write_faults(tmp_path / "f.xlsx", imported)
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    assert book.sheetnames[:4] == ["概要", "问题", "隔离的行", "合计与表注"]
    sheet = book["问题"]
    assert sheet.freeze_panes == "A2"
    headings = [cell.value for cell in sheet[1]]
    assert headings[:6] == ["层", "行号", "列", "程度", "处理", "问题"]
    assert sheet.max_row == len(imported.faults) + 1
    assert book["隔离的行"]["C2"].value == "甲"


@pytest.mark.parametrize("name", list(layers()))
def test_a_template_can_be_filled_in_and_imported(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.xlsx"
    template(name, path)
    template(name, tmp_path / "again.xlsx")
    assert path.read_bytes() == (tmp_path / "again.xlsx").read_bytes()
    book = openpyxl.load_workbook(path)
    sheet, about = book.worksheets
    headings = [cell.value for cell in sheet[1]]
    assert sheet.freeze_panes == "A2"
    assert [
        row[0].value for row in about.iter_rows(min_row=2, max_row=len(headings) + 1)
    ] == headings
    schema = layer(name)
    if schema.placed_by or schema.geometry not in ("point", "point_or_polygon"):
        return
    values = {"经度": 114.305123, "纬度": 30.593214}
    for column in schema.columns:
        values[column.label_zh] = {
            "choice": column.choices[0].labels[0] if column.choices else "",
            "bool": "是",
            "date": "2020-01-01",
            "text": "甲",
        }.get(column.type, 100)
    sheet.append([values[heading] for heading in headings])
    book.save(path)
    found = read_layer(path, name, datum="wgs84")
    assert len(found.frame) == 1
    assert found.faults.count("error") + found.faults.count("warning") == 0
    assert not [c for c in schema.columns if found.frame[c.name].isna().any()]


def test_a_template_lists_the_choices(tmp_path: Path) -> None:
    template("compound", tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").worksheets[0]
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert '"新建,已建成,改造,不详"' in lists
    assert Path(tmp_path / "t.xlsx").stat().st_size < 20_000
