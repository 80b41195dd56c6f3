"""Files that must be refused, each with one clear message and what to do."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from shapely import Point

from geo.errors import DataError, NotFoundError
from geo.layers import files, read_layer

GOOD_CSV = "小区编号,小区名称,户数,经度,纬度\nC1,幸福里,640,114.305123,30.593214\n"


def refused(path: Path, layer: str = "compound") -> DataError:
    with pytest.raises(DataError) as refusal:
        read_layer(path, layer, datum="wgs84")
    assert refusal.value.hint
    return refusal.value


def workbook(path: Path) -> bytes:
    book = openpyxl.Workbook()
    for row in (
        ["小区编号", "小区名称", "户数", "经度", "纬度"],
        ["C1", "幸福里", 640, 114.3, 30.6],
    ):
        book.active.append(row)
    book.save(path)
    return path.read_bytes()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="找不到文件"):
        read_layer(tmp_path / "没有.csv", "compound", datum="wgs84")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").mkdir()
    assert "不是文件" in refused(tmp_path / "x.csv").message


def test_an_unknown_kind_of_file_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(b"PK\x03\x04")
    assert ".xlsx" in refused(path).hint


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".gpkg", ".geojson", ".shp", ".kml", ".zip"])
def test_an_empty_file_is_refused(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"")
    assert "空的" in refused(path).message


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".xlsx", b"<html><table></table></html>"),
        (".xlsx", GOOD_CSV.encode()),
        (".xls", b"PK\x03\x04" + bytes(600)),
        (".csv", b"PK\x03\x04" + bytes(600)),
        (".gpkg", b"{}"),
        (".shp", b"not a shapefile"),
        (".geojson", b"SQLite format 3\x00"),
        (".kml", b"{}"),
    ],
)
def test_a_file_that_is_not_what_its_suffix_says_is_refused(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    assert "看起来是" in refused(path).message


@pytest.mark.parametrize("count", [200, 1500, 4000])
def test_a_truncated_workbook_is_damaged(tmp_path: Path, count: int) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes(workbook(path)[:count])
    assert "已损坏" in refused(path).message


def test_a_zip_that_is_no_workbook_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "hello")
    assert "已损坏" in refused(path).message


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".shp"])
def test_a_truncated_file_of_shapes_is_damaged(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    frame = gpd.GeoDataFrame(
        {"name": ["幸福里"] * 400, "households": [1] * 400},
        geometry=[Point(114.3 + i / 1e4, 30.6) for i in range(400)],
        crs=4326,
    )
    frame.to_file(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    assert "已损坏" in refused(path).message


def test_json_that_is_not_geographic_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(json.dumps({"hello": 1}), encoding="utf-8")
    assert "已损坏" in refused(path).message


def test_a_shapefile_without_its_table_is_refused(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a"]}, geometry=[Point(114, 30)], crs=4326)
    frame.to_file(tmp_path / "x.shp")
    (tmp_path / "x.dbf").unlink()
    assert "缺少 .dbf" in refused(tmp_path / "x.shp").message


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 * 1024**2))
    assert "出于安全" in refused(path).message


def test_a_zip_whose_directory_lies_about_sizes_is_stopped_while_unpacking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", GOOD_CSV * 1000)
    monkeypatch.setattr(files, "check_archive", lambda _: None)
    monkeypatch.setattr(files, "MAX_INFLATED_BYTES", 1000)
    assert "出于安全" in refused(path).message


def test_a_zip_with_a_corrupt_member_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", GOOD_CSV * 500)
    content = bytearray(path.read_bytes())
    begin = content.find(b"x.csv") + 5
    content[begin : begin + 40] = bytes(byte ^ 0xFF for byte in content[begin : begin + 40])
    path.write_bytes(content)
    assert "已损坏" in refused(path).message


def test_a_file_that_would_open_another_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(GOOD_CSV, encoding="utf-8")
    path = tmp_path / "x.kml"
    path.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="secret">'
        f"<SrcDataSource>{tmp_path / 'secret.csv'}</SrcDataSource>"
        '<GeometryField encoding="PointFromColumns" x="经度" y="纬度"/>'
        "</OGRVRTLayer></OGRVRTDataSource>",
        encoding="utf-8",
    )
    assert "已损坏" in refused(path).message


@pytest.mark.parametrize(
    "name", ["../x.csv", "/etc/x.csv", "a/../../x.csv", "..\\x.csv", "C:/x.csv"]
)
def test_a_zip_that_climbs_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, GOOD_CSV)
    assert "出于安全" in refused(path).message
    assert not (tmp_path.parent / "x.csv").exists()


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    link = zipfile.ZipInfo("x.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "链接" in refused(path).message


def test_a_zip_in_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("x.csv", GOOD_CSV)
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inner.zip", inner.getvalue())
    assert "0 个可导入的文件" in refused(path).message


def test_a_zip_with_two_tables_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("东.csv", GOOD_CSV)
        archive.writestr("西.csv", GOOD_CSV)
    assert "东.csv" in refused(path).hint
    assert len(read_layer(path, "compound", datum="wgs84", sheet="东").frame) == 1


def test_a_huge_cell_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(GOOD_CSV + f'C2,"{"长" * 1_100_000}",1,114.3,30.6\n', encoding="utf-8")
    assert "单元格过大" in refused(path).message


def test_a_long_cell_quarantines_only_its_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(GOOD_CSV + f"C2,{'长' * 5000},1,114.3,30.6\n", encoding="utf-8")
    found = read_layer(path, "compound", datum="wgs84")
    assert (len(found.frame), len(found.quarantined)) == (1, 1)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(GOOD_CSV.encode() + b"\xff\xff\xff\n")
    assert "既不是 UTF-8 也不是 GBK" in refused(path).message
    path.write_bytes(GOOD_CSV.encode() + b"\x00\x00\n")
    assert "零字节" in refused(path).message


@pytest.mark.parametrize("content", ["\n\n", " , ,\n,,\n"])
def test_a_table_of_blanks_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.csv"
    path.write_text(content, encoding="utf-8")
    assert "没有任何内容" in refused(path).message


def test_headings_without_rows_give_an_empty_layer(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(GOOD_CSV.splitlines()[0] + "\n", encoding="utf-8")
    found = read_layer(path, "compound", datum="wgs84")
    assert (found.rows_in, len(found.frame)) == (0, 0)
    assert found.frame.crs == "EPSG:4490"
