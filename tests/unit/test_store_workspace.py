"""A workspace keeps layers exactly, refuses what does not fit, and says so."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
import sqlalchemy as sa
from geopandas.testing import assert_geodataframe_equal

from geo.errors import ConflictError, DataError, NotFoundError
from geo.layers import read_layer
from geo.store import Origin, Workspace, conform

DAY = date(2026, 5, 1)
ORIGIN = Origin("小区表.xlsx", DAY, datum="wgs84", mapping={"households": "总户数"})


def compounds(households: tuple[int, ...] = (999, 120, 40)) -> gpd.GeoDataFrame:
    count = len(households)
    points = [shapely.Point(114.3 + 0.001 * n, 30.6) for n in range(count)]
    cells = {
        "id": [f"x{n}" for n in range(count)],
        "name": [f"东湖{n}期" for n in range(count)],
        "households": list(households),
        "delivered": pd.Timestamp("2019-08-01"),
        "build_status": "existing",
        "simulated": True,
    }
    return conform(gpd.GeoDataFrame(cells, geometry=points, crs=4490), "compound")


def county() -> gpd.GeoDataFrame:
    cells = {"code": ["420106"], "name": ["武昌区"]}
    box = [shapely.box(114.2, 30.5, 114.4, 30.7)]
    return conform(gpd.GeoDataFrame(cells, geometry=box, crs=4490), "county")


PlaceOf = Callable[[str], str]


@pytest.fixture
def workspace(place: PlaceOf) -> Workspace:
    made = Workspace.create(place("区县"))
    made.write("compound", compounds(), origin=ORIGIN)
    return made


@pytest.fixture
def file(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "区县")
    made.write("compound", compounds(), origin=ORIGIN)
    return made


def address(workspace: Workspace) -> str:
    """Return where a workspace is opened again; the server of the tests wants no password."""
    return workspace.place


def by_hand(workspace: Workspace, *statements: str) -> None:
    """Run statements as another program would."""
    with workspace.writing() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))


def test_rows_come_back_exactly_as_they_were_written(workspace: Workspace) -> None:
    assert_geodataframe_equal(workspace.read("compound", "EPSG:4490"), compounds())


def test_every_column_has_the_dtype_of_the_schema_even_when_empty(workspace: Workspace) -> None:
    read = workspace.read("compound")
    assert str(read["address"].dtype) == "string"
    assert str(read["elders"].dtype) == "Int64"
    assert str(read["delivered"].dtype) == "datetime64[s]"
    assert str(read["simulated"].dtype) == "boolean"


def test_a_layer_without_rows_is_still_a_layer(workspace: Workspace) -> None:
    workspace.write("compound", compounds(()), origin=ORIGIN)
    assert workspace.has("compound")
    assert_geodataframe_equal(workspace.read("compound", "EPSG:4490"), compounds(()))


def test_analysis_reads_metres_of_the_zone_the_area_lies_in(workspace: Workspace) -> None:
    assert workspace.working_crs == "EPSG:4547"
    assert workspace.read("compound").crs.to_string() == "EPSG:4547"


def test_the_county_decides_on_the_working_crs(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    far = compounds().set_geometry([shapely.Point(120.2, 30.3)] * 3, crs=4490)
    workspace.write("compound", far, origin=ORIGIN)
    assert workspace.working_crs == "EPSG:4549"
    workspace.write("county", county(), origin=ORIGIN)
    assert workspace.working_crs == "EPSG:4547"


def test_a_working_crs_in_which_streets_were_built_stays(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    far = compounds().set_geometry([shapely.Point(120.2, 30.3)] * 3, crs=4490)
    workspace.write("compound", far, origin=ORIGIN)
    (workspace.streets_path / "network.npz").touch()
    workspace.street_files.keep("network.npz")
    workspace.write("county", county(), origin=ORIGIN)
    assert workspace.working_crs == "EPSG:4549"


def test_a_working_crs_set_by_hand_is_never_changed(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    workspace.settings["working_crs"] = "EPSG:32650"
    workspace.write("county", county(), origin=ORIGIN)
    assert workspace.working_crs == "EPSG:32650"


def test_an_empty_workspace_has_no_working_crs(place: PlaceOf) -> None:
    with pytest.raises(NotFoundError, match="没有任何图层"):
        _ = Workspace.create(place("w")).working_crs


def test_all_problems_of_a_frame_are_told_at_once_and_nothing_is_written(
    workspace: Workspace,
) -> None:
    wrong = compounds((0, 5, 7)).assign(
        id=pd.array(["a", "a", "c"], "string"), build_status=pd.array(["ruin"] * 3, "string")
    )
    wrong = wrong.drop(columns="address").assign(colour="red")
    with pytest.raises(DataError) as refused:
        workspace.write("compound", wrong, origin=ORIGIN)
    for part in ("缺少列：地址", "colour", "“户数”小于 1：1 行（a）", "“小区编号”重复", "可选值"):
        assert part in refused.value.message
    assert_geodataframe_equal(workspace.read("compound", "EPSG:4490"), compounds())


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda f: f.to_crs(4547), "坐标系应为 EPSG:4490"),
        (lambda f: f.set_geometry([None] * 3, crs=4490), "没有图形"),
        (lambda f: f.set_geometry([shapely.Point(500_000, 3e6)] * 3, crs=4490), "不是经纬度"),
        (lambda f: f.set_geometry([shapely.LineString([(1, 1), (2, 2)])] * 3, crs=4490), "类型"),
        (lambda f: f.assign(households=f["households"].astype("float64")), "应为 Int64"),
        (lambda f: f.assign(name=pd.array(["a", "", None], "string")), "“小区名称”为空：2 行"),
        (lambda f: f.assign(delivered=pd.Timestamp("2020-01-01 08:00").as_unit("s")), "不含时刻"),
        (lambda f: pd.DataFrame(f.drop(columns="geometry")), "没有图形列"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(
    workspace: Workspace, spoil: Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], complaint: str
) -> None:
    with pytest.raises(DataError, match=complaint):
        workspace.write("compound", spoil(compounds()), origin=ORIGIN)


def test_a_community_may_be_known_by_its_figures_alone(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    cells = {"code": ["420106001001"], "name": ["东湖社区"], "elders": [812]}
    known = conform(gpd.GeoDataFrame(cells, geometry=[None], crs=4490), "community")
    workspace.write("community", known, origin=ORIGIN)
    assert_geodataframe_equal(workspace.read("community", "EPSG:4490"), known)


def test_empty_ids_are_numbered_and_no_id_is_given_twice() -> None:
    frame = compounds().assign(id=pd.array(["compound-2", None, ""], "string"))
    assert conform(frame, "compound")["id"].tolist() == ["compound-2", "compound-2-2", "compound-3"]


def test_conform_names_the_columns_it_does_not_know() -> None:
    with pytest.raises(DataError, match="没有这些列：colour"):
        conform(compounds().assign(colour="red"), "compound")


def test_polygons_and_multipolygons_share_a_layer(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))
    one, two = shapely.box(114, 30, 114.1, 30.1), shapely.box(114.2, 30, 114.3, 30.1)
    cells = {"code": ["1", "2"], "name": ["甲", "乙"]}
    shapes = [one, shapely.MultiPolygon([one, two])]
    frame = conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), "township")
    workspace.write("township", frame, origin=ORIGIN)
    assert_geodataframe_equal(workspace.read("township", "EPSG:4490"), frame)


def test_layers_tell_rows_version_datum_and_source(workspace: Workspace) -> None:
    workspace.write("compound", compounds((9,)), origin=ORIGIN)
    (state,) = workspace.layers()
    assert (state.layer, state.rows, state.version, state.datum) == ("compound", 1, 2, "wgs84")
    assert (state.source, state.written_on, state.edited) == ("小区表.xlsx", "2026-05-01", False)
    assert workspace.mapping("compound") == {"households": "总户数"}
    assert workspace.mapping("gate") == {}


def test_the_fingerprint_of_a_layer_ignores_order_and_sees_every_value(place: PlaceOf) -> None:
    workspace = Workspace.create(place("w"))

    def fingerprint(frame: gpd.GeoDataFrame) -> str:
        workspace.write("compound", frame, origin=ORIGIN)
        return workspace.content_sha256("compound")

    same = fingerprint(compounds())
    assert fingerprint(compounds().iloc[::-1].reset_index(drop=True)) == same
    assert fingerprint(compounds((999, 120, 41))) != same
    moved = compounds().set_geometry(compounds().translate(1e-9), crs=4490)
    assert fingerprint(moved) != same


def test_an_edit_needs_the_version_the_editor_saw(workspace: Workspace) -> None:
    _, version = workspace.row("compound", "x1")
    assert workspace.update_row("compound", "x1", {"households": 150}, version=version) == 2
    with pytest.raises(ConflictError, match="已被别人改过"):
        workspace.update_row("compound", "x1", {"households": 160}, version=version)
    row, version = workspace.row("compound", "x1")
    assert (row["households"].iloc[0], version) == (150, 2)
    assert workspace.layers()[0].edited


def test_an_edit_that_breaks_the_schema_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="小于 1"):
        workspace.update_row("compound", "x1", {"households": 0}, version=1)
    with pytest.raises(NotFoundError, match="colour"):
        workspace.update_row("compound", "x1", {"colour": "red"}, version=1)
    with pytest.raises(NotFoundError, match="没有“x9”"):
        workspace.update_row("compound", "x9", {"households": 5}, version=1)
    box = shapely.box(114, 30, 114.1, 30.1)
    with pytest.raises(DataError, match="图形类型"):
        workspace.update_row("compound", "x1", {"geometry": box}, version=1)
    assert not workspace.layers()[0].edited


def test_an_edit_and_its_undoing_leave_the_fingerprint_as_it_was(workspace: Workspace) -> None:
    before = workspace.content_sha256("compound")
    changes = {"delivered": date(2021, 1, 1), "geometry": shapely.Point(114.9, 30.9)}
    workspace.update_row("compound", "x0", changes, version=1)
    assert workspace.read("compound", "EPSG:4490")["delivered"].iloc[0] == pd.Timestamp(2021, 1, 1)
    assert workspace.content_sha256("compound") != before
    back = {"delivered": date(2019, 8, 1), "geometry": shapely.Point(114.3, 30.6)}
    workspace.update_row("compound", "x0", back, version=2)
    assert workspace.content_sha256("compound") == before


def test_an_import_is_kept_with_its_faults_rows_left_out_and_mapping(
    place: PlaceOf, tmp_path: Path
) -> None:
    table = (
        "编号,小区名称,总户数,经度,纬度\na,甲,120,114.3,30.6\nb,乙,-5,114.31,30.6\n,合计,115,,\n"
    )
    source = tmp_path / "小区.csv"
    source.write_text(table, encoding="gbk")
    workspace = Workspace.create(place("w"))
    imported = read_layer(source, "compound", datum="cgcs2000")
    workspace.import_layer(imported, on=DAY)
    (state,) = workspace.layers()
    accounted = (state.rows_in, state.rows, state.rows_quarantined, state.rows_set_aside)
    assert accounted == (3, 1, 1, 1)
    assert state.faults["error"] == 1
    assert list(workspace.faults("compound")) == list(imported.faults)
    assert "-5" in workspace.quarantined("compound").iloc[0].tolist()
    assert list(workspace.quarantined("compound")) == [str(c) for c in imported.quarantined]
    assert len(workspace.set_aside("compound")) == 1
    assert workspace.mapping("compound")["households"] == "总户数"
    workspace.write("compound", compounds(), origin=ORIGIN)
    assert len(workspace.faults()) == 0


def test_settings_are_remembered_and_listed(workspace: Workspace) -> None:
    workspace.settings["速度"] = {"elder": 1.0, "步": [1, None]}
    again = Workspace.open(address(workspace))
    assert again.settings["速度"] == {"elder": 1.0, "步": [1, None]}
    assert "速度" in again.settings
    del again.settings["速度"]
    assert "速度" not in workspace.settings
    with pytest.raises(KeyError):
        del workspace.settings["速度"]


def test_the_same_question_is_one_run(workspace: Workspace) -> None:
    inputs = {"compound": workspace.content_sha256("compound")}
    parameters = {"minutes": [5, 15], "speed_m_s": 1.0}
    asked = [
        workspace.record_run(
            "coverage", on=DAY, inputs=inputs, parameters=parameters, results={"covered": n}
        )
        for n in (1, 2)
    ]
    assert asked[0] == asked[1]
    (run,) = workspace.runs("coverage")
    assert (run.parameters, run.results, run.ran_on) == (parameters, {"covered": 2}, "2026-05-01")
    assert workspace.runs("siting") == []


def test_results_come_back_with_their_dtypes_and_shapes(workspace: Workspace) -> None:
    frame = gpd.GeoDataFrame(
        {
            "covered": pd.array([True, None], "boolean"),
            "elders": pd.array([3, None], "Int64"),
            "minutes": pd.array([14.5, None], "Float64"),
            "name": pd.array(["甲", None], "string"),
            "day": pd.array(["2026-01-01", None], "datetime64[s]"),
        },
        geometry=[shapely.Point(500_000, 3_400_000), shapely.Point(500_100, 3_400_000)],
        crs="EPSG:4547",
    )
    workspace.write_result("coverage_points", frame, on=DAY, titles={"minutes": "分钟"})
    read = workspace.read_result("coverage_points")
    assert isinstance(read, gpd.GeoDataFrame)
    assert read.geometry.geom_equals_exact(frame.geometry, 1e-6).all()
    pd.testing.assert_frame_equal(
        pd.DataFrame(read.drop(columns="geometry")), pd.DataFrame(frame.drop(columns="geometry"))
    )
    workspace.write_result("areas", pd.DataFrame({"level": ["all"], "reached": [5]}), on=DAY)
    assert workspace.results() == ["areas", "coverage_points"]
    assert workspace.read_result("areas")["reached"].tolist() == [5]


def test_a_result_is_read_with_the_columns_that_qgis_added(workspace: Workspace) -> None:
    workspace.write_result("areas", pd.DataFrame({"covered_7.5_min": [5]}), on=DAY)
    shared = workspace.path is None
    kinds = (
        ("varchar(80)", "smallint", "numeric(9,2)", "bytea")
        if shared
        else ("TEXT(80)", "MEDIUMINT", "DOUBLE", "BLOB")
    )
    names = ("note", "rank", "size", "photo")
    added = [
        f"ALTER TABLE result_areas ADD COLUMN {name} {kind}"
        for name, kind in zip(names, kinds, strict=True)
    ]
    by_hand(workspace, *added, "UPDATE result_areas SET note = '核对', rank = 1, size = 2.5")
    read = workspace.read_result("areas").iloc[0].to_dict()
    assert read == {"covered_7.5_min": 5, "note": "核对", "rank": 1, "size": 2.5}


@pytest.mark.parametrize("name", ["../x", "a b", "Größe", "", "x" * 49, 'x"; DROP TABLE y; --'])
def test_a_result_cannot_take_any_name(workspace: Workspace, name: str) -> None:
    with pytest.raises(DataError, match="不可用"):
        workspace.write_result(name, pd.DataFrame({"a": [1]}), on=DAY)


@pytest.mark.parametrize("column", ["fid", "geom", 'a"b', "", "1a"])
def test_a_column_of_a_result_cannot_take_any_name(workspace: Workspace, column: str) -> None:
    with pytest.raises(DataError, match="不可用"):
        workspace.write_result("r", pd.DataFrame({column: [1]}), on=DAY)


def test_a_result_of_lists_is_refused(workspace: Workspace) -> None:
    with pytest.raises(DataError, match="不能保存"):
        workspace.write_result("r", pd.DataFrame({"a": [[1, 2]]}), on=DAY)
    with pytest.raises(NotFoundError, match="没有结果"):
        workspace.read_result("r")


def test_a_layer_the_workspace_lacks_is_named_with_the_way_to_get_it(workspace: Workspace) -> None:
    with pytest.raises(NotFoundError, match="没有“出入口”层") as refused:
        workspace.read("gate")
    assert "fuwuquan import" in refused.value.hint


def test_a_workspace_is_not_made_over_another(workspace: Workspace) -> None:
    with pytest.raises(ConflictError, match="已经是工作区"):
        Workspace.create(address(workspace))


def test_a_folder_without_a_workspace_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="不是工作区") as refused:
        Workspace.open(tmp_path)
    assert "fuwuquan init" in refused.value.hint


def test_a_workspace_cannot_be_made_inside_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError, match="不能写入"):
        Workspace.create(tmp_path / "file" / "w")


@pytest.mark.parametrize("keep", [0, 100, 5_000, 60_000])
def test_a_file_cut_short_is_one_clear_message(file: Workspace, keep: int) -> None:
    content = file.path.read_bytes()
    assert len(content) > keep
    file.path.write_bytes(content[:keep])
    with pytest.raises(DataError, match=r"已损坏|不是服务圈"):
        Workspace.open(file.folder).read("compound")


def test_a_file_that_is_no_database_is_one_clear_message(tmp_path: Path) -> None:
    (tmp_path / "fuwuquan.gpkg").write_bytes(b"PK\x03\x04" * 5_000)
    with pytest.raises(DataError, match="不是数据库文件"):
        Workspace.open(tmp_path)


def test_a_geopackage_of_another_program_is_refused(tmp_path: Path) -> None:
    county().to_file(tmp_path / "fuwuquan.gpkg", layer="county")
    with pytest.raises(DataError, match="不是服务圈的工作区"):
        Workspace.open(tmp_path)


def test_a_workspace_of_a_newer_program_is_refused(workspace: Workspace) -> None:
    by_hand(workspace, "UPDATE fuwuquan_migration SET version_num = '0099'")
    with pytest.raises(DataError, match="0099"):
        Workspace.open(address(workspace))


def test_a_locked_file_is_one_clear_message_after_the_wait(file: Workspace) -> None:
    with closing(sqlite3.connect(file.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        hurried = Workspace.open(file.folder, busy_s=0.1)
        assert len(hurried.read("compound")) == 3
        with pytest.raises(ConflictError, match="正被另一个程序写入"):
            hurried.write("compound", compounds(), origin=ORIGIN)


def test_a_workspace_can_be_moved_as_one_file(file: Workspace, tmp_path: Path) -> None:
    assert [path.name for path in file.folder.iterdir()] == ["fuwuquan.gpkg"]
    (tmp_path / "copy").mkdir()
    shutil.copy(file.path, tmp_path / "copy")
    assert len(Workspace.open(tmp_path / "copy").read("compound")) == 3


def test_the_same_work_makes_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in ("a", "b"):
        workspace = Workspace.create(tmp_path / name)
        workspace.write("county", county(), origin=ORIGIN)
        workspace.write("compound", compounds(), origin=ORIGIN)
        workspace.write("compound", compounds((5, 6)), origin=ORIGIN)
        workspace.write_result("r", pd.DataFrame({"a": [1]}), on=DAY)
        contents.append(workspace.path.read_bytes())
    assert contents[0] == contents[1]
