"""What every layer must obey."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
from shapely import Point, box

from geo.layers import LayerImport, read_layer

COUNTY = gpd.GeoDataFrame(
    {"code": ["420106"], "name": ["某区"]}, geometry=[box(114.0, 30.0, 114.2, 30.2)], crs=4490
)
COMMUNITY = gpd.GeoDataFrame(
    {"code": ["420106001001"], "name": ["甲社区"]},
    geometry=[box(114.0, 30.0, 114.1, 30.1)],
    crs=4490,
)
COMPOUND = gpd.GeoDataFrame(
    {"id": ["C1", "C2", "C3"], "name": ["幸福里", "阳光城", "阳光城"]},
    geometry=[Point(114.05, 30.05)] * 3,
    crs=4490,
)


def read(tmp_path: Path, layer: str, text: str, **beside: gpd.GeoDataFrame) -> LayerImport:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    return read_layer(path, layer, datum="cgcs2000", beside=beside)


def found(imported: LayerImport) -> set[tuple[str, int | None, str]]:
    return {(f.code, f.row, f.severity) for f in imported.faults}


def test_households_of_zero_and_below_are_errors(tmp_path: Path) -> None:
    text = (
        "小区名称,户数,经度,纬度\n"
        "甲,0,114.0501,30.0501\n"
        "乙,-3,114.0502,30.0501\n"
        "丙,1,114.0503,30.0501\n"
    )
    imported = read(tmp_path, "compound", text)
    assert imported.frame["name"].tolist() == ["丙"]
    assert {
        ("households_not_positive", 2, "error"),
        ("households_not_positive", 3, "error"),
    } <= found(imported)


def test_elders_cannot_exceed_the_population(tmp_path: Path) -> None:
    text = (
        "小区名称,户数,人口,老年人数,经度,纬度\n"
        "甲,10,20,21,114.0501,30.0501\n"
        "乙,10,20,20,114.0502,30.0501\n"
    )
    imported = read(tmp_path, "compound", text)
    assert imported.frame["name"].tolist() == ["乙"]


def test_the_second_of_two_equal_keys_is_quarantined(tmp_path: Path) -> None:
    text = "小区编号,小区名称,户数,经度,纬度\nA,甲,1,114.0501,30.0501\nA,乙,1,114.0502,30.0501\n"
    imported = read(tmp_path, "compound", text)
    assert ("duplicate_key", 3, "error") in found(imported)
    assert imported.frame["name"].tolist() == ["甲"]


def test_the_same_name_in_the_same_place_counts_once(tmp_path: Path) -> None:
    text = (
        "小区名称,户数,经度,纬度\n"
        "甲,1,114.0501,30.0501\n"
        "甲,1,114.050100001,30.0501\n"
        "甲,1,114.06,30.0501\n"
    )
    imported = read(tmp_path, "compound", text)
    assert ("duplicate_place", 3, "error") in found(imported)
    assert len(imported.frame) == 2


def test_compounds_outside_the_county_are_quarantined_but_not_on_its_border(tmp_path: Path) -> None:
    text = "小区名称,户数,经度,纬度\n里,1,114.1,30.1\n边,1,114.201,30.1\n外,1,114.3001,30.1001\n"
    imported = read(tmp_path, "compound", text, county=COUNTY)
    assert imported.frame["name"].tolist() == ["里", "边"]
    fault = next(f for f in imported.faults if f.code == "outside_county")
    assert fault.row == 4
    assert fault.message.endswith("（在经度 114.3001、纬度 30.1001，相距 9.6 公里）")
    assert "读到" not in fault.message


def test_facilities_of_neighbours_are_kept_and_only_distant_ones_reported(tmp_path: Path) -> None:
    text = "设施名称,经度,纬度\n邻,114.3001,30.1001\n远,115.3001,30.1001\n"
    imported = read(tmp_path, "elder_station", text, county=COUNTY)
    assert len(imported.frame) == 2
    assert ("outside_county", 3, "warning") in found(imported)
    assert ("outside_county", 2, "warning") not in found(imported)


def test_an_unknown_community_code_is_left_to_the_position(tmp_path: Path) -> None:
    text = "小区名称,户数,社区代码,经度,纬度\n甲,1,420106001009,114.0501,30.0501\n"
    imported = read(tmp_path, "compound", text, community=COMMUNITY)
    assert ("unit_unknown", 2, "repaired") in found(imported)
    assert imported.frame["community_code"].isna().all()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("420106001001", "420106001001"),
        ("420106001001.0", "420106001001"),
        ("4201 0600 1001", "420106001001"),
        ("4.20106E+11", None),
        ("42010600100", None),
        ("42010600100A", None),
        ("020106001001", None),
    ],
)
def test_community_codes_have_twelve_digits(tmp_path: Path, code: str, expected: object) -> None:
    text = f'代码,名称,wkt\n{code},甲,"POLYGON((114 30,114.1 30,114.1 30.1,114 30))"\n'
    imported = read(tmp_path, "community", text)
    assert imported.frame["code"].tolist() == ([expected] if expected else [])
    assert len(imported.quarantined) == (0 if expected else 1)


def test_codes_padded_to_twelve_digits_are_shortened_for_townships(tmp_path: Path) -> None:
    text = '代码,名称,wkt\n420106001000,某街道,"POLYGON((114 30,114.1 30,114.1 30.1,114 30))"\n'
    imported = read(tmp_path, "township", text)
    assert imported.frame["code"].tolist() == ["420106001"]
    assert imported.frame["parent_code"].tolist() == ["420106"]
    assert ("code_shortened", 2, "repaired") in found(imported)


def test_a_parent_that_is_no_prefix_is_a_warning(tmp_path: Path) -> None:
    shape = '"POLYGON((114 30,114.1 30,114.1 30.1,114 30))"'
    text = f"代码,名称,上级代码,wkt\n420106001001,甲,420106002,{shape}\n"
    assert ("parent_differs", 2, "warning") in found(read(tmp_path, "community", text))


def test_a_gate_may_name_its_compound(tmp_path: Path) -> None:
    text = (
        "名称,小区编号,经度,纬度\n北门,C1,114.0501,30.0501\n南门,幸福里,114.0502,30.0501\n"
        "东门,阳光城,114.0503,30.0501\n西门,无此小区,114.0504,30.0501\n"
    )
    imported = read(tmp_path, "gate", text, compound=COMPOUND)
    assert imported.frame["compound_id"].tolist() == ["C1", "C1"]
    assert {("compound_by_name", 3, "repaired"), ("compound_unknown", 4, "error"),
            ("compound_unknown", 5, "error")} <= found(imported)  # fmt: skip


def test_an_unreadable_optional_word_is_left_empty_but_a_count_is_an_error(tmp_path: Path) -> None:
    text = (
        "设施名称,状态,工作人员,经度,纬度\n"
        "甲,拆除中,3,114.0501,30.0501\n"
        "乙,开放,若干,114.0502,30.0501\n"
    )
    imported = read(tmp_path, "elder_station", text)
    assert {("unknown_choice", 2, "warning"), ("not_a_number", 3, "error")} <= found(imported)
    assert imported.frame["name"].tolist() == ["甲"]


def test_points_outside_the_offset_area_are_left_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("小区名称,户数,经度,纬度\n甲,1,24.941234,60.171234\n", encoding="utf-8")
    imported = read_layer(path, "compound", datum="gcj02")
    assert ("outside_offset_area", 2, "warning") in found(imported)
    assert imported.frame.geometry.iloc[0].x == 24.941234
