"""Whatever a layer may hold comes back from the store as it went in."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.schema import Column, LayerSchema, layers
from geo.store import Origin, Workspace, conform
from geo.store.geometry import decode, encode, kind_of, simplest, sql_functions

ORIGIN = Origin("x", date(2026, 5, 1))
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
DEGREES = st.floats(-80, 80, allow_subnormal=False)
POINTS = st.builds(shapely.Point, DEGREES, DEGREES)
LINES = st.lists(st.tuples(DEGREES, DEGREES), min_size=2, max_size=5).map(shapely.LineString)
BOXES = st.builds(
    lambda x, y, w, h: shapely.box(x, y, x + w, y + h),
    DEGREES, DEGREES, st.floats(0.01, 1), st.floats(0.01, 1),
)  # fmt: skip
PARTS = st.lists(BOXES, min_size=2, max_size=3).map(shapely.MultiPolygon)
SHAPES = {
    "point": POINTS,
    "line": LINES,
    "polygon": BOXES | PARTS,
    "point_or_polygon": POINTS | BOXES,
    "any": POINTS | LINES | BOXES | PARTS,
}


def values(column: Column) -> st.SearchStrategy[Any]:
    lowest = column.minimum
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "text": TEXTS,
        "int": st.integers(int(lowest or 0), 2**53),
        "float": st.floats(lowest, 1e300, allow_nan=False),
        "bool": st.booleans(),
        "date": st.dates(date(1700, 1, 1), date(2200, 1, 1)).map(pd.Timestamp),
        "choice": st.sampled_from([c.value for c in column.choices] or [""]),
    }
    return kinds[column.type] if column.required else st.none() | kinds[column.type]


def rows(schema: LayerSchema) -> st.SearchStrategy[list[dict[str, Any]]]:
    cells = {column.name: values(column) for column in schema.columns}
    cells[schema.key] = TEXTS
    row = st.fixed_dictionaries(cells | {"geometry": SHAPES[schema.geometry]})
    return st.lists(row, max_size=3, unique_by=lambda r: r[schema.key])


@settings(max_examples=20)
@given(
    st.sampled_from(sorted(layers())).flatmap(lambda n: st.tuples(st.just(n), rows(layers()[n])))
)
def test_what_is_written_is_read_exactly(sample: tuple[str, list[dict[str, Any]]]) -> None:
    name, records = sample
    names = [column.name for column in layers()[name].columns]
    table = {n: pd.Series([r[n] for r in records], dtype=object) for n in names}
    shapes = gpd.GeoSeries([r["geometry"] for r in records], crs=4490)
    frame = conform(gpd.GeoDataFrame(table, geometry=shapes), name)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder))
        workspace.write(name, frame, origin=ORIGIN)
        read = workspace.read(name, "EPSG:4490")
        assert workspace.layers()[0].content_sha256 == workspace.content_sha256(name)
    pd.testing.assert_frame_equal(
        pd.DataFrame(read.drop(columns="geometry")), pd.DataFrame(frame.drop(columns="geometry"))
    )
    assert shapely.equals_identical(read.geometry.to_numpy(), frame.geometry.to_numpy()).all()
    assert read.crs == frame.crs


@given(st.lists(st.none() | SHAPES["any"], max_size=6))
def test_shapes_pass_through_the_geopackage_bytes_unchanged(shapes: list[Any]) -> None:
    array = np.array([*shapes, None], dtype=object)[:-1]
    blobs = encode(array, kind_of(array, otherwise="POINT"))
    back = decode(blobs)
    drawn = ~shapely.is_missing(array)
    assert (shapely.is_missing(back) == ~drawn).all()
    assert shapely.equals_identical(back, simplest(array))[drawn].all()


@given(SHAPES["any"])
def test_the_bounds_the_index_asks_for_are_those_of_the_shape(shape: Any) -> None:  # noqa: ANN401
    (blob,) = encode(np.array([shape], dtype=object), "GEOMETRY")
    call = sql_functions()
    west, south, east, north = shape.bounds
    assert call["ST_IsEmpty"](blob) == 0
    assert (call["ST_MinX"](blob), call["ST_MinY"](blob)) == (west, south)
    assert (call["ST_MaxX"](blob), call["ST_MaxY"](blob)) == (east, north)
