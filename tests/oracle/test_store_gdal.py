"""GDAL, which knows GeoPackage best, finds in the workspace what was written, and nothing wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geo.schema import layers
from geo.store import Origin, Workspace, conform

ORIGIN = Origin("x", date(2026, 5, 1))
BOXES = [shapely.box(114 + x / 50, 30 + y / 50, 114.02 + x / 50, 30.02 + y / 50)
         for x in range(3) for y in range(3)]  # fmt: skip
SHAPES = {
    "point": [shapely.Point(114 + n / 100, 30 + n / 90) for n in range(9)],
    "line": [shapely.LineString([(114, 30), (114.1 + n / 100, 30.1)]) for n in range(9)],
    "polygon": BOXES,
    "point_or_polygon": [shapely.Point(114.05, 30.05), *BOXES[:8]],
    "any": [shapely.Point(114.05, 30.05), shapely.LineString([(114, 30), (114.1, 30)]), *BOXES[:7]],
}


def sample(name: str) -> gpd.GeoDataFrame:
    schema = layers()[name]
    cells: dict[str, object] = {schema.key: [f"{n:03d}" for n in range(9)]}
    samples = {"text": "甲", "int": 60, "float": 2.5, "bool": True, "date": "2020-03-01"}
    for column in schema.columns:
        if column.name != schema.key:
            value = column.choices[0].value if column.choices else samples[column.type]
            if column.type == "date":
                value = pd.Timestamp(value)
            cells[column.name] = [value] * 8 + [value if column.required else None]
    shapes = SHAPES[schema.geometry]
    return conform(gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), name)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = Workspace.create(tmp_path_factory.mktemp("w"))
    for name in layers():
        made.write(name, sample(name), origin=ORIGIN)
    table = pd.DataFrame({"level": ["all"], "reached": [5]})
    made.write_result("areas", table, on=date(2026, 5, 1), titles={"reached": "可达"})
    return made


@pytest.fixture
def connection(workspace: Workspace) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(workspace.path)) as opened:
        yield opened


@pytest.mark.parametrize("name", layers())
def test_gdal_reads_every_column_and_shape_of_a_layer(workspace: Workspace, name: str) -> None:
    frame, schema = sample(name), layers()[name]
    read = pyogrio.read_dataframe(workspace.path, layer=name)
    assert read.crs.to_epsg() == 4490
    assert list(read.columns) == [*(c.name for c in schema.columns), "version", "geometry"]
    assert read.geometry.geom_equals(frame.geometry, align=False).all()
    for column in schema.columns:
        assert read[column.name].isna().tolist() == frame[column.name].isna().tolist()
        assert read[column.name].iloc[0] == frame[column.name].iloc[0]
    kinds = {"text": "String", "choice": "String", "int": "Integer64", "float": "Real"}
    kinds |= {"bool": "Integer", "date": "Date"}
    info = pyogrio.read_info(workspace.path, layer=name)
    types = dict(zip(info["fields"], info["ogr_types"], strict=True))
    for column in schema.columns:
        assert types[column.name] == f"OFT{kinds[column.type]}"


@pytest.mark.parametrize("name", layers())
def test_the_extent_told_is_the_extent_of_the_rows(workspace: Workspace, name: str) -> None:
    told = pyogrio.read_info(workspace.path, layer=name, force_total_bounds=False)
    bounds = told["total_bounds"]
    assert bounds is not None
    np.testing.assert_array_equal(bounds, sample(name).total_bounds)


def test_gdal_lists_the_layers_and_none_of_our_bookkeeping(workspace: Workspace) -> None:
    listed = set(pyogrio.list_layers(workspace.path)[:, 0])
    assert listed == {*layers(), "layer_styles", "result_areas"}


def test_gdal_finds_rows_through_the_spatial_index(workspace: Workspace) -> None:
    box = (114.001, 30.001, 114.019, 30.019)
    found = pyogrio.read_dataframe(workspace.path, layer="community", bbox=box)
    assert found["code"].tolist() == ["000"]


@pytest.mark.parametrize("name", layers())
def test_the_spatial_index_holds_every_shape(connection: sqlite3.Connection, name: str) -> None:
    index = f"rtree_{name}_geom"
    assert connection.execute("SELECT rtreecheck(?)", (index,)).fetchone() == ("ok",)
    query = f"SELECT minx, miny, maxx, maxy FROM {index} ORDER BY id"  # noqa: S608
    indexed = np.array(connection.execute(query).fetchall())
    np.testing.assert_allclose(indexed, sample(name).bounds.to_numpy(), rtol=1e-6)


def test_gdal_edits_a_layer_and_the_workspace_sees_it(tmp_path: Path) -> None:
    own = Workspace.create(tmp_path)
    own.write("gate", sample("gate"), origin=ORIGIN)
    added = gpd.GeoDataFrame(
        {"compound_id": ["甲"], "version": [1]}, geometry=[shapely.Point(115, 31)], crs=4490
    )
    pyogrio.write_dataframe(added, own.path, layer="gate", append=True)
    read = own.read("gate", "EPSG:4490")
    assert read["id"].tolist()[-1] == "gate-10"
    assert read.geometry.iloc[-1].equals(shapely.Point(115, 31))
    assert own.layers()[0].edited


def test_the_file_keeps_the_rules_of_the_standard(connection: sqlite3.Connection) -> None:
    def one(query: str) -> object:
        return connection.execute(query).fetchone()[0]

    assert one("PRAGMA application_id") == 0x47504B47
    assert one("PRAGMA user_version") == 10400
    assert one("PRAGMA integrity_check") == "ok"
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    systems = connection.execute("SELECT srs_id FROM gpkg_spatial_ref_sys").fetchall()
    assert {row[0] for row in systems} == {-1, 0, 4326, 4490}
    spellings = {"TEXT", "INTEGER", "REAL", "BOOLEAN", "DATE"}
    for table, kind in connection.execute(
        "SELECT table_name, geometry_type_name FROM gpkg_geometry_columns"
    ).fetchall():
        columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        assert (columns[0][1], columns[0][2], columns[0][5]) == ("fid", "INTEGER", 1)
        assert (columns[1][1], columns[1][2]) == ("geom", kind)
        assert {column[2] for column in columns[2:]} <= spellings
    titles = connection.execute(
        "SELECT title FROM gpkg_data_columns WHERE column_name IN ('households', 'reached')"
    ).fetchall()
    assert {row[0] for row in titles} == {"户数", "可达"}
    for table, column, rule in connection.execute(
        "SELECT table_name, column_name, constraint_name FROM gpkg_data_columns"
    ).fetchall():
        names = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
        assert column in names
        if rule is not None:
            query = "SELECT count(*) FROM gpkg_data_column_constraints WHERE constraint_name = ?"
            assert connection.execute(query, (rule,)).fetchone()[0] > 1
