"""Files of every kind become the same layer."""

from __future__ import annotations

import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
from shapely import Point, Polygon, box

from geo.crs import Datum, from_cgcs2000
from geo.errors import DataError, MissingColumnError
from geo.layers import LayerImport, read_layer, read_mapping, summary
from geo.schema import layer
from geo.text import speak

FIXTURES = Path(__file__).parents[1] / "fixtures" / "layers"
HEADINGS = ["小区编号", "小区名称", "户数", "交付日期", "经度", "纬度"]
ROWS = [
    ["C1", "幸福里", "640", "2019-03-01", "114.305123", "30.593214"],
    ["C2", "阳光城", "1280", "2021-04-19", "114.315123", "30.583214"],
]


def csv_of(path: Path, *rows: list[str], encoding: str = "utf-8") -> Path:
    path.write_text("\n".join(",".join(row) for row in rows) + "\n", encoding=encoding)
    return path


def compounds() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"小区编号": ["C1", "C2"], "小区名称": ["幸福里", "阳光城"], "户数": [640, 1280]},
        geometry=[Point(114.305123, 30.593214), Point(114.315123, 30.583214)],
        crs=4326,
    )


def codes(found: LayerImport, severity: str | None = None) -> list[str]:
    return [f.code for f in found.faults if severity in (None, f.severity)]


def assert_same_compounds(found: LayerImport) -> None:
    assert found.frame["id"].tolist() == ["C1", "C2"]
    assert found.frame["name"].tolist() == ["幸福里", "阳光城"]
    assert found.frame["households"].tolist() == [640, 1280]
    xy = found.frame.geometry.get_coordinates().to_numpy()
    np.testing.assert_allclose(xy, [[114.305123, 30.593214], [114.315123, 30.583214]], atol=1e-9)
    assert found.frame.crs == "EPSG:4490"
    assert list(found.frame.columns) == [c.name for c in layer("compound").columns] + ["geometry"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_csv_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = csv_of(tmp_path / "x.csv", HEADINGS, *ROWS, encoding=encoding)
    found = read_layer(path, "小区", datum="wgs84")
    assert_same_compounds(found)
    assert not codes(found)


@pytest.mark.parametrize("mark", [";", "\t", "；"])
def test_other_separators_are_seen(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text("\n".join(mark.join(row) for row in (HEADINGS, *ROWS)), encoding="utf-8")
    assert_same_compounds(read_layer(path, "compound", datum="wgs84"))


def test_an_old_workbook_is_read() -> None:
    found = read_layer(FIXTURES / "compounds.xls", "compound", datum="wgs84")
    assert_same_compounds(found)
    assert found.frame["delivered"].dt.strftime("%Y-%m-%d").tolist() == ["2019-03-01", "2021-04-19"]
    assert codes(found) == ["total_rows", "number_cleaned"]


def test_merged_cells_of_an_old_workbook_fill_the_rows_they_cover() -> None:
    found = read_layer(FIXTURES / "merged.xls", "compound", datum="wgs84")
    assert found.frame["address"].tolist() == ["幸福路", "幸福路", "和平路"]
    assert "merged_filled" in codes(found, "repaired")


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".kml"])
def test_files_of_shapes_are_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    frame = compounds()
    if suffix == ".kml":
        frame = frame.rename(columns={"小区名称": "Name"})
    frame.to_file(path, driver="KML" if suffix == ".kml" else None)
    assert_same_compounds(read_layer(path, "compound", datum="wgs84"))


@pytest.mark.parametrize("encoding", ["GBK", "UTF-8"])
@pytest.mark.parametrize("zipped", [False, True])
def test_a_shapefile_is_read_whatever_its_code_page_file_says(
    tmp_path: Path, encoding: str, zipped: object
) -> None:
    frame = compounds().rename(columns={"小区编号": "id", "小区名称": "名称"})
    frame.to_file(tmp_path / "x.shp", encoding=encoding)
    (tmp_path / "x.cpg").write_text("ISO-8859-1", encoding="ascii")
    path = tmp_path / "x.shp"
    if zipped:
        path = tmp_path / "x.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("x.*"):
                if part != path:
                    archive.write(part, f"资料/{part.name}")
    assert_same_compounds(read_layer(path, "compound", datum="wgs84"))


def test_the_declared_datum_moves_the_points(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "x.csv", HEADINGS, ROWS[0])
    found = read_layer(path, "compound", datum="gcj02")
    point = found.frame.geometry.get_coordinates().to_numpy()
    back = from_cgcs2000(point, Datum("gcj02"))
    np.testing.assert_allclose(back, [[114.305123, 30.593214]], atol=1e-9)
    assert np.hypot(*(point - back)[0]) > 0.003


def test_projected_columns_are_read_with_their_system(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path / "x.csv",
        ["小区名称", "户数", "X坐标", "Y坐标"],
        ["甲", "100", "3385900", "529300"],
    )
    found = read_layer(path, "compound", datum="epsg:4547")
    x, y = found.frame.geometry.get_coordinates().to_numpy()[0]
    assert 114.2 < x < 114.4
    assert 30.5 < y < 30.7
    assert "swapped_lonlat" in codes(found, "repaired")


def test_a_file_whose_own_system_contradicts_the_datum_is_refused(tmp_path: Path) -> None:
    compounds().to_crs(4547).to_file(tmp_path / "x.gpkg")
    with pytest.raises(DataError) as refusal:
        read_layer(tmp_path / "x.gpkg", "compound", datum="gcj02")
    assert "CM 114E" in refusal.value.message
    assert "GCJ-02" in refusal.value.message
    assert_same_compounds(read_layer(tmp_path / "x.gpkg", "compound", datum="cgcs2000"))
    assert_same_compounds(read_layer(tmp_path / "x.gpkg", "compound", datum="epsg:4547"))


def test_a_geopackage_with_two_layers_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    compounds().to_file(path, layer="小区")
    compounds().to_file(path, layer="旧小区")
    with pytest.raises(DataError, match="2 个图层") as refusal:
        read_layer(path, "compound", datum="wgs84")
    assert "旧小区" in refusal.value.hint
    assert_same_compounds(read_layer(path, "compound", datum="wgs84", sheet="小区"))


def test_a_workbook_with_titles_merged_cells_totals_and_notes(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "登记表"
    for row in (
        ["某区住宅小区登记表"],
        ["社区代码", "小区名称", "户数", "经度", "纬度"],
        ["420106001001", "幸福里", 640, 114.305123, 30.593214],
        [None, "阳光城", 1280, 114.315123, 30.583214],
        [None, None, None, None, None],
        ["小计", None, 1920, None, None],
        ["社区代码", "小区名称", "户数", "经度", "纬度"],
        ["420106001002", "东湖苑", 300, 114.355123, 30.553214],
        ["合计", None, 2220, None, None],
        ["注：户数为登记户数。"],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    sheet.merge_cells("A3:A4")
    book.create_sheet("说明").append(["填表说明"])
    book.save(tmp_path / "x.xlsx")
    found = read_layer(tmp_path / "x.xlsx", "compound", datum="wgs84")
    assert found.frame["community_code"].tolist() == [*["420106001001"] * 2, "420106001002"]
    assert found.frame["id"].tolist() == ["compound-00003", "compound-00004", "compound-00008"]
    assert found.set_aside["kind"].tolist() == ["subtotal", "heading", "total", "note"]
    assert found.set_aside["source_row"].tolist() == [6, 7, 9, 10]
    assert found.rows_in == 7
    assert "total_differs" not in codes(found)
    assert "merged_filled" in codes(found, "repaired")


def test_a_sheet_is_read_wherever_its_part_lies_in_the_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADINGS)
    for row in ROWS:
        book.active.append(row)
    book.save(tmp_path / "usual.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "usual.xlsx") as usual,
        zipfile.ZipFile(tmp_path / "x.xlsx", "w") as moved,
    ):
        for name in usual.namelist():
            content = usual.read(name).replace(b"worksheets/sheet1", b"parts/sheet1")
            moved.writestr(name.replace("worksheets/", "parts/"), content)
    assert_same_compounds(read_layer(tmp_path / "x.xlsx", "compound", datum="wgs84"))


def test_a_merged_number_counts_in_its_first_row_only(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["小区名称", "户数", "老年人数", "经度", "纬度"], ["甲", 9, 3, 114.3001, 30.6001],
                ["乙", 9, None, 114.3002, 30.6002]):  # fmt: skip
        book.active.append(row)
    book.active.merge_cells("C2:C3")
    book.save(tmp_path / "x.xlsx")
    found = read_layer(tmp_path / "x.xlsx", "compound", datum="wgs84")
    assert found.frame["elders"].sum() == 3
    assert "merged_number" in codes(found, "warning")


def test_totals_that_do_not_reconcile_are_named_with_both_numbers(tmp_path: Path) -> None:
    rows = [["小区名称", "户数", "经度", "纬度"], ["甲", "100", "114.3001", "30.6001"],
            ["乙", "200", "114.3002", "30.6002"], ["合计", "310", "", ""]]  # fmt: skip
    found = read_layer(csv_of(tmp_path / "x.csv", *rows), "compound", datum="wgs84")
    fault = next(f for f in found.faults if f.code == "total_differs")
    assert "合计为 310，各行之和为 300，相差 +10" in fault.message
    assert (found.rows_in, len(found.frame), len(found.set_aside)) == (3, 2, 1)


def test_two_sheets_that_fit_ask_which(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name in ("东区", "西区"):
        sheet = book.create_sheet(name)
        sheet.append(["小区名称", "户数", "经度", "纬度"])
        sheet.append(["甲", 9, 114.3001, 30.6001])
    book.save(tmp_path / "x.xlsx")
    with pytest.raises(DataError, match="东区、西区"):
        read_layer(tmp_path / "x.xlsx", "compound", datum="wgs84")
    found = read_layer(tmp_path / "x.xlsx", "compound", datum="wgs84", sheet="西区")
    assert found.sheet == "西区"
    with pytest.raises(DataError, match="没有工作表“南区”"):
        read_layer(tmp_path / "x.xlsx", "compound", datum="wgs84", sheet="南区")


def test_a_comma_without_quotes_shifts_no_column_unseen(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "x.csv", HEADINGS, ROWS[0], ["C3", "丙", "1", "280", *ROWS[1][3:]])
    found = read_layer(path, "compound", datum="wgs84")
    assert found.frame["id"].tolist() == ["C1"]
    assert "row_ragged" in codes(found, "error")


@pytest.mark.parametrize("name", ["资料 最终!.gpkg", "a#b?.gpkg", "50%.gpkg", "a.zip.gpkg"])
def test_unusual_file_names_are_read(tmp_path: Path, name: str) -> None:
    compounds().to_file(tmp_path / "plain.gpkg", layer="x")
    (tmp_path / "plain.gpkg").rename(tmp_path / name)
    assert_same_compounds(read_layer(tmp_path / name, "compound", datum="wgs84"))


def test_a_long_table_becomes_one_row_a_unit(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path / "x.csv",
        ["小区名称", "经度", "纬度", "指标", "数值"],
        ["甲", "114.3001", "30.6001", "户数", "100"],
        ["甲", "114.3001", "30.6001", "60岁以上人口", "1,0"],
        ["乙", "114.3002", "30.6002", "户数", "200"],
        ["乙", "114.3002", "30.6002", "绿化率", "35%"],
        ["丙", "114.3003", "30.6003", "户数", "300"],
        ["丙", "114.3003", "30.6003", "户数", "301"],
    )
    path.write_text(path.read_text(encoding="utf-8").replace("1,0\n", "10\n"), encoding="utf-8")
    found = read_layer(path, "compound", datum="wgs84")
    assert found.frame["households"].tolist() == [100, 200]
    assert found.frame["elders"].tolist()[0] == 10
    assert found.quarantined["source_row"].tolist() == [6]
    assert {"long_table", "indicator_ignored", "indicator_twice"} <= set(codes(found))


def test_a_missing_required_column_names_what_the_file_has(tmp_path: Path) -> None:
    path = csv_of(
        tmp_path / "x.csv", ["小区名称", "入住数", "经度", "纬度"], ["甲", "9", "114.3", "30.6"]
    )
    with pytest.raises(MissingColumnError) as refusal:
        read_layer(path, "compound", datum="wgs84")
    assert "户数" in refusal.value.message
    assert "入住数" in refusal.value.message
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        '[compound]\nhouseholds = "入住数"\nelders_basis = "=常住"\n', encoding="utf-8"
    )
    own = read_mapping(mapping, layer("compound"))
    found = read_layer(path, "compound", datum="wgs84", mapping=own)
    assert found.frame["households"].tolist() == [9]
    assert found.frame["elders_basis"].tolist() == ["resident"]
    assert found.mapping["households"] == "入住数"
    again = read_layer(path, "compound", datum="wgs84", remembered=found.mapping)
    assert again.frame.equals(found.frame)
    assert "constant_remembered" in codes(again, "note")


def test_a_column_of_the_file_beats_a_constant_remembered_from_the_last(tmp_path: Path) -> None:
    headings = ["小区名称", "户数", "老年人口口径", "经度", "纬度"]
    path = csv_of(tmp_path / "x.csv", headings, ["甲", "9", "户籍", "114.3", "30.6"])
    remembered = {"elders_basis": "=resident"}
    found = read_layer(path, "compound", datum="wgs84", remembered=remembered)
    assert found.frame["elders_basis"].tolist() == ["registered"]
    asked = read_layer(path, "compound", datum="wgs84", mapping=remembered)
    assert asked.frame["elders_basis"].tolist() == ["resident"]


def test_a_mapping_that_names_no_column_is_refused(tmp_path: Path) -> None:
    mapping = tmp_path / "m.json"
    mapping.write_text('{"户口": "入住数"}', encoding="utf-8")
    with pytest.raises(DataError, match="户口 = 入住数"):
        read_mapping(mapping, layer("compound"))
    mapping.write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match="写法有误"):
        read_mapping(mapping, layer("compound"))


def test_a_table_without_places_takes_the_shapes_of_the_standing_layer(tmp_path: Path) -> None:
    standing = gpd.GeoDataFrame(
        {
            "code": ["420106001001", "420106001002"],
            "name": ["甲", "乙"],
            "elders": [60, 75],
            "source": ["图", "图"],
        },
        geometry=[box(114, 30, 114.1, 30.1), box(114.1, 30, 114.2, 30.1)],
        crs=4490,
    )
    path = csv_of(
        tmp_path / "x.csv",
        ["社区代码", "社区名称", "老年人数"],
        ["420106001002", "乙社区", "80"],
        ["420106001009", "丙社区", "70"],
    )
    with pytest.raises(DataError, match="没有坐标列"):
        read_layer(path, "community", datum="wgs84")
    found = read_layer(path, "community", datum="wgs84", beside={"community": standing})
    assert found.frame["name"].tolist() == ["乙社区"]
    assert found.frame["source"].tolist() == ["图"]
    assert found.frame.geometry.iloc[0].equals(standing.geometry.iloc[1])
    assert found.quarantined["source_row"].tolist() == [3]
    assert {"shapes_borrowed", "units_absent", "no_place"} <= set(codes(found))
    assert "value_borrowed" not in codes(found)


def test_an_empty_cell_that_keeps_the_figure_of_the_standing_layer_is_reported(
    tmp_path: Path,
) -> None:
    standing = gpd.GeoDataFrame(
        {"code": ["420106001001", "420106001002"], "name": ["甲", "乙"], "elders": [60, 75]},
        geometry=[box(114, 30, 114.1, 30.1), box(114.1, 30, 114.2, 30.1)],
        crs=4490,
    )
    rows = [["420106001001", "甲", ""], ["420106001002", "乙", "80"]]
    path = csv_of(tmp_path / "x.csv", ["社区代码", "社区名称", "老年人数"], *rows)
    found = read_layer(path, "community", datum="wgs84", beside={"community": standing})
    assert found.frame["elders"].tolist() == [60, 80]
    (kept,) = (fault for fault in found.faults if fault.code == "value_borrowed")
    assert (kept.severity, kept.column) == ("repaired", "elders")
    assert "1 行的“老年人数”为空" in kept.message


def test_quarantined_rows_are_kept_as_they_stood(tmp_path: Path) -> None:
    path = csv_of(tmp_path / "x.csv", HEADINGS, ROWS[0], ["C3", "丙", "约500", "去年", "", ""])
    found = read_layer(path, "compound", datum="wgs84")
    kept = found.quarantined.iloc[0]
    assert kept["source_row"] == 3
    assert kept[HEADINGS[:4]].tolist() == ["C3", "丙", "约500", "去年"]
    assert "“户数”不是数字" in kept["fault"]
    assert found.rows_in == len(found.frame) + len(found.quarantined)


def test_rows_that_are_not_accounted_for_are_impossible(tmp_path: Path) -> None:
    found = read_layer(csv_of(tmp_path / "x.csv", HEADINGS, *ROWS), "compound", datum="wgs84")
    with pytest.raises(AssertionError, match="2 rows in, 1 accounted"):
        LayerImport(
            **{name: getattr(found, name) for name in found.__slots__} | {"frame": found.frame[:1]}
        )


def test_the_summary_groups_rows_into_one_sentence(tmp_path: Path) -> None:
    rows = [[f"C{i}", f"小区{i}", "0", "", f"114.3{i:05d}", "30.6"] for i in range(20)]
    found = read_layer(csv_of(tmp_path / "x.csv", HEADINGS, *rows), "compound", datum="wgs84")
    sentence = summary(found.faults)[0]
    assert sentence.startswith(
        "层“小区”第 2、3、4、5、6、7、8、9、10、11、12、13 等 20 行“户数”为 0 或负数；"
    )
    assert len(found.faults) == 20
    speak("en")
    try:
        english = read_layer(tmp_path / "x.csv", "compound", datum="wgs84")
        assert summary(english.faults)[0].startswith("layer 'Compound', rows 2, 3, 4")
    finally:
        speak("zh")


def test_a_self_intersecting_community_is_repaired_and_an_overlap_reported(tmp_path: Path) -> None:
    bow = Polygon([(114, 30), (114.02, 30.02), (114.02, 30), (114, 30.02)])
    frame = gpd.GeoDataFrame(
        {"code": ["420106001001", "420106001002"], "name": ["甲", "乙"]},
        geometry=[bow, box(114.01, 30, 114.03, 30.02)],
        crs=4490,
    )
    frame.to_file(tmp_path / "x.geojson")
    found = read_layer(tmp_path / "x.geojson", "community", datum="cgcs2000")
    assert found.frame.geometry.is_valid.all()
    assert "self_intersection" in codes(found, "repaired")
    overlap = next(f for f in found.faults if f.code == "areas_overlap")
    assert "与第 1 行“甲”重叠" in overlap.message
    assert found.frame["parent_code"].tolist() == ["420106001", "420106001"]
