"""The command suitability, from a small workspace to its files, as a planner runs it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from api.cli import run
from geo.schema.results import result_columns
from geo.store import Workspace, conform
from geo.store.layer_tables import Origin
from optimization.suitability.tables import NAMES

CRS = "EPSG:4548"
E0, N0 = 500_000.0, 3_450_000.0
ZONES = ("rail", "trunk_road", "river_dike", "water_source", "heritage", "scenic", "residential",
         "development")  # fmt: skip


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(E0 + west, N0 + south, E0 + east, N0 + north)


def line(*xy: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([(E0 + x, N0 + y) for x, y in xy])


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of two villages, 4 km by 2 km; all zones run along its eastern edge."""
    made = tmp_path_factory.mktemp("county")
    workspace = Workspace.create(made)
    village = {"kind": "village", "deaths_permille": 7.0}
    rows = {
        "county": [{"code": "330782", "name": "甲县", "at": box(0, 0, 4000, 2000)}],
        "community": [
            {"code": "330782100200", "name": "西村", "population": 2000,
             "at": box(0, 0, 2000, 2000), **village},
            {"code": "330782100201", "name": "东村", "population": 3000,
             "at": box(2000, 0, 4000, 2000), **village},
        ],
        "compound": [{"id": "x", "name": "x", "households": 2000, "population": 5000,
                      "at": shapely.Point(E0 + 3500, N0 + 1000)}],
        "zone": [{"id": f"z{i}", "name": f"甲{kind}", "kind": kind,
                  "at": line((3800, 60), (3800, 1940))} for i, kind in enumerate(ZONES)],
        "cemetery": [{"id": "g", "name": "老公墓", "public_benefit": True, "plots": 150,
                      "at": shapely.Point(E0 + 3100, N0 + 900)}],
    }  # fmt: skip
    for name, table in rows.items():
        columns = [{k: v for k, v in row.items() if k != "at"} for row in table]
        frame = gpd.GeoDataFrame(columns, geometry=[row["at"] for row in table], crs=CRS)
        origin = Origin(source="made up", written_on=date(2026, 1, 1))
        workspace.write(name, conform(frame.to_crs("EPSG:4490"), name), origin=origin)
    return made


@pytest.fixture
def folder(county: Path, tmp_path: Path) -> Path:
    """The county's workspace, to be written to."""
    return Path(shutil.copytree(county, tmp_path / "w"))


@pytest.fixture
def hill(tmp_path: Path) -> Path:
    """Heights with a ridge of 80 m from north to south in the middle of the county."""
    heights = np.zeros((150, 250), np.float32)
    heights[:, 123:127] = 80.0
    path = tmp_path / "hill.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=250, height=150, count=1, dtype="float32", crs=CRS,
        transform=Affine(20, 0, E0 - 500, 0, -20, N0 + 2500),
    ) as file:  # fmt: skip
        file.write(heights, 1)
    return path


def answer(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> dict[str, object]:
    status = run(["suitability", *words, "-w", str(folder), "--on", "2021-01-01", "--json"])
    printed = capsys.readouterr()
    assert status == 0, printed.err
    found: dict[str, object] = json.loads(printed.out)
    return found


def refused(capsys: pytest.CaptureFixture[str], folder: Path, *words: str) -> str:
    assert run(["suitability", *words, "-w", str(folder), "--on", "2021-01-01"]) == 2
    return capsys.readouterr().err.replace("\n", "")


def test_without_heights_sight_is_unknown_and_it_is_said(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    found = answer(capsys, folder, "--zones", "jinhua", "--cell", "100")
    assert found["elevation"] is None
    assert {rule["lacks"] for rule in found["rules"]} == {"layer:elevation"}  # type: ignore[attr-defined]
    assert {site["finding"] for site in found["sites"]} == {"unknown"}  # type: ignore[attr-defined]
    assert all(c["unsettled_share"] == 1 for c in found["classes"])  # type: ignore[attr-defined]
    assert any("没有高程文件" in note for note in found["notes"])  # type: ignore[attr-defined]


def test_with_heights_the_ground_behind_the_hill_is_open_and_the_cemetery_is_seen(
    capsys: pytest.CaptureFixture[str], folder: Path, hill: Path, tmp_path: Path
) -> None:
    raster = tmp_path / "out" / "s.tif"
    found = answer(
        capsys, folder, "--zones", "jinhua", "--cell", "50", "--dem", str(hill), "--raster",
        str(raster),
    )  # fmt: skip
    shares = {c["class"]: c["area_share"] for c in found["classes"]}  # type: ignore[attr-defined]
    assert shares["excluded"] == pytest.approx(0.5, abs=0.02)
    assert sum(shares.values()) == pytest.approx(1)
    rail = next(site for site in found["sites"] if site["kind"] == "rail")  # type: ignore[attr-defined]
    assert (rail["finding"], rail["distance_m"]) == ("breaks", 700)
    with rasterio.open(raster) as file:
        assert file.descriptions == ("score", "class", "top_share", "unsettled")
        level = file.read(2)
        assert file.transform.a == 50
        assert np.nanmax(level[:, :38]) <= 3
        seen = level[:, 45:]
        assert (seen[~np.isnan(seen)] == 4).all()
    assert found["formula_in_force"] is False
    assert found["villages"]["needed"] == 350  # type: ignore[index]


def test_the_workbook_the_map_and_the_layers_have_what_the_schema_lists(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    words = ("--zones", "shandong", "--out", str(tmp_path / "a.xlsx"))
    first = answer(capsys, folder, *words)
    assert first["files"] == [str(tmp_path / "a.xlsx"), str(tmp_path / "适宜性图.html")]
    workspace = Workspace.open(folder)
    for name in NAMES:
        columns = [column.name for column in result_columns(name)]
        kept = workspace.read_result(name)
        assert [c for c in kept.columns if c != "geometry"] == columns, name
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == [
        "等级", "管控范围", "准则", "推荐地块", "现有公墓", "村", "安葬位", "说明",
    ]  # fmt: skip
    met = "风景名胜区、文物保护区、河堤、水源保护区、铁路、公路主干线"
    assert [cell.value for cell in book["村"][2]][:5] == [
        "330782100201", "东村", "330782100", "是", met,
    ]  # fmt: skip
    page = (tmp_path / "适宜性图.html").read_text("utf-8")
    assert "drawSuitabilityMap" in page
    assert "default-src 'none'" in page
    again = [Path(name).read_bytes() for name in first["files"]]
    answer(capsys, folder, *words)
    assert again == [Path(name).read_bytes() for name in first["files"]]
    assert workspace.runs("suitability")[0].parameters["zones"] == "shandong"


def test_a_planner_reads_the_answer_on_the_screen(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    words = ["--zones", "shandong", "-w", str(folder), "--on", "2021-01-01", "--deaths", "7"]
    assert run(["suitability", *words]) == 0
    shown = capsys.readouterr().out
    assert "现有设施核查：1 处中 1 处违反有约束力的管控规定" in shown
    assert "2 个村，优先的 1 个；需要 350 个安葬位" in shown
    assert "未能判断，缺资料：管控区域“林地”。" in shown


def test_own_zones_criteria_and_weights_are_taken(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "z.toml").write_text('zone = [{ kind = "rail", distance_m = 300 }]\n', "utf-8")
    sample = tmp_path / "c.toml"
    assert run(["suitability", "--template", str(sample), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"files": [str(sample)]}
    names = ["slope", "street", "homes", "reached", "land"]
    rows = [",".join(["", *names])] + [
        ",".join([name, *("1" if a == b else "" if a > b else "2" if a == 0 else "1"
                          for b in range(5))])
        for a, name in enumerate(names)
    ]  # fmt: skip
    (tmp_path / "w.csv").write_text("\n".join(rows), "utf-8")
    found = answer(
        capsys, folder, "--zones", str(tmp_path / "z.toml"), "--criteria", str(sample),
        "--weights", str(tmp_path / "w.csv"), "--years", "30",
    )  # fmt: skip
    assert found["weights"] == {"slope": 0.3333, **dict.fromkeys(names[1:], 0.1667)}
    assert found["consistency_ratio"] == 0
    assert found["villages"]["needed"] == 525  # type: ignore[index]
    shares = {c["class"]: c["area_share"] for c in found["classes"]}  # type: ignore[attr-defined]
    assert shares["excluded"] == pytest.approx(500 / 4000)


def test_a_columbarium_has_criteria_of_its_own_and_no_cemetery_norm_binds_it(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    found = answer(capsys, folder, "columbarium")
    assert found["criteria_file"] == "columbarium.toml"
    assert found["rules"] == found["sites"] == []
    assert [c["class"] for c in found["classes"] if c["class"] == "excluded"] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["temple"], "没有“temple”"),
        (["--zones", "三沿六区"], "没有名为“三沿六区”的管控范围"),
        (["--cell", "0"], "格网边长不能是 0 米"),
        (["--cell", "0.1"], "太多了"),
        (["--years", "-1"], "年数不能是 -1"),
        (["--deaths", "0"], "--deaths 应为正数"),
        (["--sight-km", "nan"], "--sight-km 应为正数"),
        (["--dem", "none.tif"], "没有高程文件"),
        (["--criteria", "none.toml"], "没有文件“none.toml”"),
        (["--weights", "none.csv"], "没有文件“none.csv”"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    capsys: pytest.CaptureFixture[str], folder: Path, words: list[str], said: str
) -> None:
    assert said in refused(capsys, folder, *words)


def test_heights_of_elsewhere_are_refused(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    with rasterio.open(
        tmp_path / "far.tif", "w", driver="GTiff", width=9, height=9, count=1, dtype="float32",
        crs=CRS, transform=Affine(30, 0, 700_000, 0, -30, 4_000_000),
    ) as file:  # fmt: skip
        file.write(np.zeros((9, 9), np.float32), 1)
    assert "不覆盖本地" in refused(capsys, folder, "--dem", str(tmp_path / "far.tif"))


def test_the_norm_on_sight_is_assessed_with_a_model(
    capsys: pytest.CaptureFixture[str], folder: Path, hill: Path
) -> None:
    words = ["assess", "-w", str(folder), "--on", "2021-01-01", "--json"]
    verdicts = []
    for more in ([], ["--dem", str(hill)]):
        status = run([*words, "--norm", "cemetery.jinhua_visible", *more])
        printed = capsys.readouterr()
        assert status == 0, printed.err
        (row,) = json.loads(printed.out)["norms"]
        verdicts.append((row["whole"], row["fail"]))
    assert verdicts == [("unknown", 0), (None, 1)]


def test_qgis_opens_classes_and_findings_in_their_colours(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    answer(capsys, folder, "--zones", "shandong", "--cell", "100")
    with sqlite3.connect(folder / "fuwuquan.gpkg") as connection:
        styles = dict(
            connection.execute(
                "SELECT f_table_name, styleQML FROM layer_styles "
                "WHERE f_table_name LIKE 'result_suitability%'"
            ).fetchall()
        )
    connection.close()
    assert 'attr="class"' in styles["result_suitability_cells"]
    assert 'attr="finding"' in styles["result_suitability_sites"]
    assert "禁建" in styles["result_suitability_cells"]
