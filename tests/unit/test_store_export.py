"""What is exported reads in Chinese, and reads back as it was."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from geo.crs import parse_datum
from geo.errors import DataError, NotFoundError
from geo.layers import read_layer
from geo.store import Origin, Workspace, conform
from geo.store.export import export_layers, export_left_out

DAY = date(2026, 5, 1)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "w")
    cells = {
        "id": ["x1", "x2"],
        "name": ["东湖一期", "=1+1"],
        "households": [120, 35],
        "build_status": ["new", None],
        "delivered": pd.to_datetime(["2020-03-01", None]),
        "simulated": [True, None],
    }
    points = [shapely.Point(114.3, 30.6), shapely.Point(114.31, 30.61)]
    frame = conform(gpd.GeoDataFrame(cells, geometry=points, crs=4490), "compound")
    made.write("compound", frame, origin=Origin("x", DAY))
    box = [shapely.box(114.2, 30.5, 114.4, 30.7)]
    area = gpd.GeoDataFrame({"code": ["420106"], "name": ["武昌区"]}, geometry=box, crs=4490)
    made.write("county", conform(area, "county"), origin=Origin("x", DAY))
    return made


def test_an_exported_workbook_has_chinese_headings_and_choices(
    workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "小区.xlsx"
    export_layers(workspace, ["compound", "county"], path)
    table = pd.read_excel(path, sheet_name="小区")
    assert table["建设状态"].tolist()[0] == "新建"
    assert table["小区名称"].tolist() == ["东湖一期", "=1+1"]
    assert table["经度"].tolist() == [114.3, 114.31]
    area = pd.read_excel(path, sheet_name="区县", dtype={"行政区划代码": str})
    assert area["行政区划代码"].tolist() == ["420106"]


def test_an_exported_workbook_is_read_back_the_same(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "小区.xlsx"
    export_layers(workspace, ["compound"], path)
    again = read_layer(path, "compound", datum="cgcs2000", sheet="小区")
    assert_geodataframe_equal(
        again.frame, workspace.read("compound", "EPSG:4490"), check_less_precise=True
    )


@pytest.mark.parametrize("ending", [".gpkg", ".geojson"])
def test_an_exported_map_file_is_read_back_the_same(
    workspace: Workspace, tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"小区{ending}"
    assert export_layers(workspace, ["compound"], path) == [path]
    again = conform(gpd.read_file(path).to_crs(4490), "compound")
    want = workspace.read("compound", "EPSG:4490")
    assert_geodataframe_equal(again, want, check_less_precise=True)


def test_several_layers_are_one_geopackage_but_many_geojson(
    workspace: Workspace, tmp_path: Path
) -> None:
    (one,) = export_layers(workspace, ["小区", "county"], tmp_path / "全部.gpkg")
    assert sorted(gpd.list_layers(one)["name"]) == ["compound", "county"]
    many = export_layers(workspace, ["compound", "county"], tmp_path / "全部.geojson")
    assert [path.name for path in many] == ["全部-compound.geojson", "全部-county.geojson"]


def test_coordinates_may_be_written_in_metres(workspace: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    export_layers(workspace, ["compound"], path, datum=parse_datum("epsg:4547"))
    assert pd.read_csv(path)["横坐标"].between(400_000, 600_000).all()


def test_results_are_exported_beside_layers(workspace: Workspace, tmp_path: Path) -> None:
    workspace.write_result("areas", pd.DataFrame({"reached": [5]}), on=DAY)
    export_layers(workspace, ["areas"], tmp_path / "a.csv")
    assert pd.read_csv(tmp_path / "a.csv")["reached"].tolist() == [5]


def test_an_export_never_offsets_coordinates(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="有意偏移"):
        export_layers(workspace, ["compound"], tmp_path / "a.csv", datum=parse_datum("gcj02"))


def test_an_area_without_shape_is_exported_without_a_place(
    workspace: Workspace, tmp_path: Path
) -> None:
    cells = {"code": ["420106001001", "420106001002"], "name": ["甲", "乙"]}
    shapes = [shapely.Polygon(), None]
    frame = conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "community")
    workspace.write("community", frame, origin=Origin("x", DAY))
    (path,) = export_layers(workspace, ["community"], tmp_path / "a.xlsx")
    assert pd.read_excel(path)["经度"].isna().all()


def test_an_export_never_overwrites_the_workspace(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="工作区本身"):
        export_layers(workspace, ["compound"], workspace.folder / "x" / ".." / "fuwuquan.gpkg")
    assert workspace.has("compound")


def test_an_unknown_ending_or_layer_is_told(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"不能导出为“\.pdf”"):
        export_layers(workspace, ["compound"], tmp_path / "a.pdf")
    with pytest.raises(NotFoundError, match="没有名为“店铺”的层"):
        export_layers(workspace, ["店铺"], tmp_path / "a.csv")


def test_rows_left_out_are_exported_as_they_stood(tmp_path: Path) -> None:
    source = tmp_path / "小区.csv"
    source.write_text("编号,小区名称,总户数,经度,纬度\na,甲,12,114.3,30.6\nb,乙,-5,114.3,30.6\n")
    workspace = Workspace.create(tmp_path / "w")
    workspace.import_layer(read_layer(source, "compound", datum="cgcs2000"), on=DAY)
    path = tmp_path / "问题.xlsx"
    export_left_out(workspace, ["compound"], path)
    faults, rows = pd.read_excel(path, sheet_name=["问题", "小区-隔离"]).values()
    assert "error" in faults["程度"].tolist()
    assert rows["小区名称"].tolist() == ["乙"]
    assert rows["总户数"].astype(str).tolist() == ["-5"]
