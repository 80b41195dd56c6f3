"""The demo city: what it says, that it imports without a fault, and that it can be made again."""

from __future__ import annotations

import csv
import hashlib
import importlib
import math
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from geo.errors import MissingColumnError, NotFoundError
from geo.layers import LayerImport, read_layer
from geo.store.bundled import bundled

ROOT = Path(__file__).parents[2]
WORKING = "EPSG:4547"
GUARD_M = 1.5 * 15 * 60
Layers = Mapping[str, LayerImport]


@pytest.fixture(scope="module")
def recipe() -> dict:
    return tomllib.loads((bundled("demo") / "demo.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def imported(recipe: dict) -> Layers:
    found: dict[str, LayerImport] = {}
    for entry in recipe["import"]:
        beside = {name: layer.frame for name, layer in found.items()}
        found[entry["layer"]] = read_layer(
            bundled("demo") / entry["file"],
            entry["layer"],
            datum=entry["datum"],
            sheet=entry.get("sheet"),
            beside=beside,
        )
    return found


@pytest.fixture(scope="module")
def metres(imported: Layers) -> Mapping[str, gpd.GeoDataFrame]:
    return {name: layer.frame.to_crs(WORKING) for name, layer in imported.items()}


@pytest.fixture(scope="module")
def streets(recipe: dict) -> gpd.GeoDataFrame:
    lines = gpd.read_file(bundled("demo") / recipe["streets"]["file"]).to_crs(WORKING)
    return lines[~lines["highway"].str.startswith("motorway")]


def test_every_file_imports_without_fault_or_quarantine(imported: Layers) -> None:
    faults = pd.concat([layer.faults.frame() for layer in imported.values()])
    assert faults["message"].tolist() == []
    assert sum(len(layer.quarantined) for layer in imported.values()) == 0


def test_published_figures_come_out(imported: Layers) -> None:
    homes, units = imported["elder_home"].frame, imported["community"].frame
    children = imported["childrens_home"].frame
    elders, beds = int(units["elders"].sum()), int(homes["beds"].sum())
    assert (elders, beds, round(1000 * beds / elders, 1)) == (80_591, 3_135, 38.9)
    private = homes["ownership"].eq("private").sum()
    assert (len(homes), private, round(100 * private / len(homes), 1)) == (17, 9, 52.9)
    assert sorted(children["community_code"]) == sorted(units["code"])
    assert len(children) == 119


def test_there_are_53_communities_66_villages_and_11_townships(imported: Layers) -> None:
    kinds = imported["community"].frame["kind"].value_counts()
    assert (kinds["community"], kinds["village"]) == (53, 66)
    assert len(imported["township"].frame) == 11


def test_elders_are_registered_persons_of_60_and_over(imported: Layers) -> None:
    for name in ("county", "township", "community", "compound"):
        frame = imported[name].frame
        assert set(frame["elders_basis"]) == {"registered"}
        assert set(frame["elders_age_from"]) == {60}


@pytest.mark.parametrize("digits", [12, 9, 6])
def test_people_of_compounds_add_up_to_every_unit_exactly(imported: Layers, digits: int) -> None:
    level = {12: "community", 9: "township", 6: "county"}[digits]
    units = imported[level].frame.set_index("code")
    compounds = imported["compound"].frame
    for weight in ("population", "households", "elders", "children"):
        sums = compounds.groupby(compounds["community_code"].str[:digits])[weight].sum()
        assert sums.to_dict() == units[weight].to_dict()


def test_households_of_compounds_are_log_normal_about_400(imported: Layers) -> None:
    households = imported["compound"].frame["households"].astype(float)
    assert len(households) == 1500
    assert 360 <= households.median() <= 440
    assert np.log(households).std() == pytest.approx(1.2, abs=0.08)


def test_every_invented_row_says_that_it_is_simulated(imported: Layers) -> None:
    for name, layer in imported.items():
        frame = layer.frame
        real = frame["source"] == "© OpenStreetMap contributors"
        assert frame["simulated"][~real].all(), name
        assert set(frame["source"][~real]) == {"模拟数据（演示用）"}, name
        assert not frame["simulated"][real].any(), name
        assert real.sum() == (1 if name == "zone" else 0), name


def test_units_tile_the_county_without_gap_or_overlap(imported: Layers) -> None:
    county = imported["county"].frame.geometry.to_numpy()[0]
    for level in ("township", "community"):
        shapes = imported[level].frame.geometry.to_numpy()
        assert shapely.STRtree(shapes).query(shapes, predicate="overlaps").size == 0
        assert shapely.area(shapes).sum() == pytest.approx(county.area, rel=1e-12)
        assert shapely.coverage_union_all(shapes).equals(county)


def test_communities_nest_in_their_township(imported: Layers) -> None:
    units = imported["community"].frame
    townships = imported["township"].frame.set_index("code").geometry
    for code, shapes in units.groupby("parent_code"):
        assert shapely.coverage_union_all(shapes.geometry.to_numpy()).equals(townships[code])


def test_communities_are_smaller_than_villages(metres: Mapping[str, gpd.GeoDataFrame]) -> None:
    area = metres["community"].area.groupby(metres["community"]["kind"]).median()
    assert area["community"] < 0.8 * area["village"]


def test_compounds_stand_in_their_community_and_back_from_streets(
    metres: Mapping[str, gpd.GeoDataFrame], streets: gpd.GeoDataFrame
) -> None:
    compounds = metres["compound"]
    units = metres["community"].set_index("code").geometry.loc[compounds["community_code"]]
    assert shapely.contains(units.to_numpy(), compounds.geometry.to_numpy()).all()
    setback_m = _to_street(compounds, streets)
    assert setback_m.min() > 15
    assert setback_m.max() < 110


def test_gates_stand_at_streets_and_one_of_each_compound_is_open(
    metres: Mapping[str, gpd.GeoDataFrame], streets: gpd.GeoDataFrame
) -> None:
    gates, compounds = metres["gate"], metres["compound"]
    assert _to_street(gates, streets).max() < 10
    count = gates.groupby("compound_id").size()
    assert set(count.index) == set(compounds["id"])
    assert (count.min(), count.max()) == (1, 4)
    assert gates.groupby("compound_id")["open"].any().all()
    assert 0.05 < 1 - gates["open"].astype(float).mean() < 0.25


def test_facilities_of_the_county_stand_in_the_community_they_name(
    metres: Mapping[str, gpd.GeoDataFrame],
) -> None:
    units = metres["community"].set_index("code").geometry
    for name in ("elder_station", "elder_home", "meal_point", "childrens_home", "community_venue"):
        own = metres[name][metres[name]["own_county"]]
        at = units.loc[own["community_code"]]
        assert shapely.contains(at.to_numpy(), own.geometry.to_numpy()).all(), name


def test_neighbouring_districts_have_stations_within_the_guard_zone(
    metres: Mapping[str, gpd.GeoDataFrame],
) -> None:
    county = metres["county"].geometry.to_numpy()[0]
    for name in ("elder_station", "meal_point"):
        beyond = metres[name][~metres[name]["own_county"]]
        away = shapely.distance(beyond.geometry.to_numpy(), county)
        assert len(beyond) >= 3, name
        assert away.min() > 100, name
        assert away.max() < GUARD_M, name


def test_streets_reach_a_guard_zone_beyond_the_county_on_every_side(
    metres: Mapping[str, gpd.GeoDataFrame], streets: gpd.GeoDataFrame
) -> None:
    county = metres["county"].geometry.to_numpy()[0]
    outside = streets[shapely.distance(streets.geometry.to_numpy(), county) > 0]
    ends = shapely.get_coordinates(outside.geometry.to_numpy())
    middle = shapely.get_coordinates(county.centroid)[0]
    bearing = np.degrees(np.arctan2(*(ends - middle).T)) % 360
    away = shapely.distance(shapely.points(ends), county)
    reach = pd.Series(away).groupby((bearing // 45).astype(int)).max()
    assert len(reach) == 8
    assert reach.min() > GUARD_M


def test_stations_read_in_their_datum_stand_at_streets_and_not_in_another(
    imported: Layers, recipe: dict, streets: gpd.GeoDataFrame
) -> None:
    entry = next(e for e in recipe["import"] if e["layer"] == "elder_station")
    assert entry["datum"] == "gcj02"
    right = imported["elder_station"].frame.to_crs(WORKING)
    wrong = read_layer(
        bundled("demo") / entry["file"], "elder_station", datum="cgcs2000", sheet=entry["sheet"]
    ).frame.to_crs(WORKING)
    assert _to_street(right, streets).max() < 25
    assert right.distance(wrong).min() > 300


def test_manifest_names_every_boundary_file_with_its_hash() -> None:
    folder = bundled("boundaries")
    rows = list(csv.DictReader((folder / "MANIFEST.csv").read_text("utf-8").splitlines()))
    assert {row["file"] for row in rows} == {p.name for p in folder.glob("*.geojson")}
    for row in rows:
        assert hashlib.sha256((folder / row["file"]).read_bytes()).hexdigest() == row["sha256"]
        assert (row["crs"], row["licence"], row["simulated"]) == ("EPSG:4490", "ODbL-1.0", "true")
        found = gpd.read_file(folder / row["file"])
        assert found.crs.to_epsg() == 4490
        assert len(found) == int(row["units"])


def test_the_data_that_travel_are_small() -> None:
    size = sum(p.stat().st_size for p in bundled("demo").parent.rglob("*") if p.is_file())
    assert (bundled("demo") / "streets.gpkg").stat().st_size < 2_000_000
    assert size < 5_000_000


def test_bundled_data_that_do_not_exist_are_named() -> None:
    with pytest.raises(NotFoundError, match="atlantis"):
        bundled("atlantis")


@pytest.mark.slow
def test_the_generator_gives_the_committed_files_again(tmp_path: Path) -> None:
    script = bundled("demo") / "generate.py"
    subprocess.run(
        [sys.executable, str(script), "--out", str(tmp_path)],
        check=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )
    made = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert len(made) == 16
    for name in made:
        again, committed = tmp_path / name, bundled("demo").parent / name
        assert _content(again) == _content(committed), name


@pytest.mark.slow
def test_the_streets_are_cut_from_the_recorded_source(
    real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = real_data / "wuhan" / "streets.parquet"
    if not source.is_file():
        pytest.skip("the street network of Wuhan is not among the real data")
    monkeypatch.syspath_prepend(str(bundled("demo")))
    clip = importlib.import_module("generator.clip")
    clip.write_streets(clip.cut(source), tmp_path / "streets.gpkg")
    again = gpd.read_file(tmp_path / "streets.gpkg")
    committed = gpd.read_file(bundled("demo") / "streets.gpkg")
    assert_geodataframe_equal(again, committed)


@pytest.mark.parametrize(
    ("file", "layer", "mapping", "kept", "codes"),
    [
        (
            "communities",
            "community",
            {"name": "村居全称", "households": "居民总户数（户）"},
            8,
            {
                "duplicate_key",
                "code_malformed",
                "households_not_positive",
                "number_cleaned",
                "not_a_number",
                "elders_exceed_population",
            },
        ),
        (
            "compounds",
            "compound",
            None,
            5,
            {
                "missing_value",
                "duplicate_key",
                "households_not_positive",
                "number_cleaned",
                "outside_county",
                "swapped_lonlat",
            },
        ),
        (
            "stations",
            "elder_station",
            None,
            None,
            {
                "missing_value",
                "no_place",
                "zero_place",
                "swapped_lonlat",
                "date_completed",
                "unknown_choice",
                "duplicate_place",
            },
        ),
    ],
)
def test_the_broken_tables_show_their_faults(  # noqa: PLR0917 - one table a case
    imported: Layers,
    file: str,
    layer: str,
    mapping: dict[str, str] | None,
    kept: int | None,
    codes: set[str],
) -> None:
    beside = {name: imported[name].frame for name in ("county", "township", "community")}
    result = read_layer(
        bundled("demo") / "faulty" / f"{file}.xlsx",
        layer,
        datum="cgcs2000",
        mapping=mapping,
        beside=beside,
    )
    assert codes <= set(result.faults.frame()["code"])
    assert kept is None or len(result.frame) == kept
    assert result.rows_in == len(result.frame) + len(result.quarantined)


def test_the_gbk_table_reads_as_the_workbook_does(imported: Layers) -> None:
    beside = {name: imported[name].frame for name in ("county", "township", "community")}
    book, text = (
        read_layer(bundled("demo") / "faulty" / name, "compound", datum="cgcs2000", beside=beside)
        for name in ("compounds.xlsx", "compounds_gbk.csv")
    )
    raw = (bundled("demo") / "faulty" / "compounds_gbk.csv").read_bytes()
    assert "小区名称".encode("gbk") in raw
    assert text.frame["name"].tolist() == book.frame["name"].tolist()
    assert text.rows_in == book.rows_in == len(text.frame) + len(text.quarantined)


def test_stations_of_every_status_and_burial_places_are_as_stated(
    imported: Layers,
) -> None:
    stations = imported["elder_station"].frame
    own = stations[stations["own_county"]]
    assert len(own) == 60
    assert set(own["status"]) == {"open", "planned", "suspended", "closed"}
    assert (len(imported["cemetery"].frame), len(imported["columbarium"].frame)) == (6, 1)
    assert imported["columbarium"].frame["niches"].sum() == 8_000


def test_zones_cover_the_kinds_that_burial_rules_name(imported: Layers) -> None:
    kinds = {"rail", "trunk_road", "water_source", "scenic", "nature_reserve", "farmland"}
    kinds |= {"planned_built", "river_dike", "heritage"}
    assert kinds <= set(imported["zone"].frame["kind"])


def test_a_heading_nobody_expects_asks_for_a_mapping() -> None:
    broken = bundled("demo") / "faulty" / "communities.xlsx"
    with pytest.raises(MissingColumnError, match="村居全称"):
        read_layer(broken, "community", datum="cgcs2000")


def _to_street(frame: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> np.ndarray:
    tree = shapely.STRtree(streets.geometry.to_numpy())
    _, away = tree.query_nearest(frame.geometry.to_numpy(), return_distance=True, all_matches=False)
    assert math.isfinite(away.max())
    return away


def _content(path: Path) -> object:
    """Return a file's bytes; of a workbook the bytes before zlib, whose versions differ."""
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with zipfile.ZipFile(path) as book:
        return {e.filename: (e.date_time, book.read(e)) for e in book.infolist()}
