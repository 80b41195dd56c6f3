"""Which heading is which column."""

# ruff: noqa: RUF001 - full-width text is what these tests are about

from __future__ import annotations

import pytest

from geo.layers.headers import find_headings, headings_of_fields, map_headings
from geo.schema import LayerSchema, layer

COMPOUND = layer("compound")
STATION = layer("elder_station")


def columns(
    texts: list[str], schema: LayerSchema = COMPOUND, mapping: dict[str, str] | None = None
) -> dict[str, str]:
    found, _ = map_headings(texts, schema, mapping or {})
    return {name: texts[position] for name, position in found.items()}


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("建筑面积", "floor_area_m2"),
        ("建筑面积（㎡）", "floor_area_m2"),
        ("建筑 面积(平方米)", "floor_area_m2"),
        ("* 建筑面积：", "floor_area_m2"),
        ("Floor Area", "floor_area_m2"),
        ("floor_area_m2", "floor_area_m2"),
        ("ＦＬＯＯＲ　ＡＲＥＡ", "floor_area_m2"),
        ("【建筑面积】", "floor_area_m2"),
        ("站点名称", "name"),
        ("经度", "lon"),
        ("LNG", "lon"),
        ("坐标（经度，纬度）", "lonlat"),
        ("the_geom", "wkt"),
    ],
)
def test_headings_are_known_whatever_their_width_spaces_and_units(
    heading: str, column: str
) -> None:
    assert columns([heading], STATION) == {column: heading}


def test_the_label_beats_a_synonym_and_the_twin_is_reported() -> None:
    found, shadowed = map_headings(["名称", "小区名称", "户数"], COMPOUND, {})
    assert found == {"name": 1, "households": 2}
    assert shadowed == {0: "name"}


def test_an_explicit_mapping_beats_every_synonym_whichever_way_it_is_written() -> None:
    texts = ["小区名称", "户数", "入住数"]
    assert columns(texts, mapping={"households": "入住数"})["households"] == "入住数"
    assert columns(texts, mapping={"入住数": "households"})["households"] == "入住数"


def test_a_community_table_keeps_the_township_code_as_parent() -> None:
    texts = ["街道代码", "社区代码", "社区名称"]
    found = columns(texts, layer("community"))
    assert found == {"code": "社区代码", "parent_code": "街道代码", "name": "社区名称"}


def test_titles_above_the_headings_are_passed_over() -> None:
    grid = [
        ["某街道小区登记表"],
        ["填报单位：某街道", None, "2021年"],
        ["小区名称", "户数", "经度", "纬度"],
    ]
    headings = find_headings(grid, (), COMPOUND, {})
    assert headings.row == 2
    assert set(headings.columns) == {"name", "households", "lon", "lat"}


def test_two_rows_of_headings_are_read_as_one() -> None:
    grid = [
        ["小区名称", "户数", "坐标", None],
        [None, None, "经度", "纬度"],
        ["幸福里", 640, 114.3, 30.6],
    ]
    headings = find_headings(grid, ((0, 2, 0, 3), (0, 0, 1, 0), (0, 1, 1, 1)), COMPOUND, {})
    assert headings.row == 1
    assert set(headings.columns) == {"name", "households", "lon", "lat"}


def test_a_larger_unit_in_the_heading_is_a_factor() -> None:
    grid = [["设施名称", "建筑面积（亩）", "床位（百张）"]]
    factors = find_headings(grid, (), layer("elder_home"), {}).factors
    assert factors == {"floor_area_m2": pytest.approx(2000 / 3), "beds": 100.0}


@pytest.mark.parametrize(
    ("heading", "factor"),
    [
        ("人口（万人）", 1e4),
        ("人口（万）", 1e4),
        ("人口（十八岁以上）", 1.0),
        ("人口（百分比）", 1.0),
    ],
)
def test_only_a_unit_in_the_heading_is_a_factor(heading: str, factor: float) -> None:
    found = find_headings([["小区名称", "户数", heading]], (), COMPOUND, {"population": heading})
    assert found is not None
    assert found.factors.get("population", 1.0) == factor


def test_headings_cut_to_ten_bytes_by_a_shapefile_are_completed() -> None:
    headings = headings_of_fields(
        ["社区名称", "所属社区代", "build_stat"], COMPOUND, {}, clipped=True
    )
    assert headings.columns == {"community_code": 1, "build_status": 2} | {
        name: 0 for name in headings.columns if headings.columns[name] == 0
    }


def test_repeated_and_empty_headings_get_names_of_their_own() -> None:
    headings = headings_of_fields(["备注", "备注", ""], COMPOUND, {})
    assert headings.texts == ("备注", "备注(2)", "列3")
