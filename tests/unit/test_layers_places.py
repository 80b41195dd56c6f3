"""Where a row lies."""

# ruff: noqa: RUF001 - full-width text is what these tests are about

from __future__ import annotations

import math

import numpy as np
import pyproj
import pytest
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPoint, Point, Polygon

from geo.layers.places import Places, checked, degrees, places_from_columns
from geo.layers.shapes import tidy

WGS84 = pyproj.CRS(4326)
GAUSS = pyproj.CRS(4547)


def cells(*values: object) -> NDArray[np.object_]:
    return np.array(values, dtype=object)


def places(crs: pyproj.CRS = WGS84, **columns: list[object]) -> Places:
    found = places_from_columns({name: cells(*values) for name, values in columns.items()}, crs)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (113.504222, 113.504222),
        ("113.504222", 113.504222),
        ("113.504222°", 113.504222),
        ("E113.5", 113.5),
        ("东经113.5", 113.5),
        ("113°30'15.2\"", 113.504222),
        ("113°30\u203215.2\u2033", 113.504222),
        ("113度30分15.2秒", 113.504222),
        ("113°30.25'E", 113.504167),
        ("30°S", -30.0),
        ("１１３．５", 113.5),
    ],
)
def test_degrees_are_read_in_every_usual_form(text: str, value: object) -> None:
    assert degrees(text) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("text", ["", "不详", "113°75'", "113,5x", "N/A"])
def test_what_is_no_coordinate_is_nan(text: str) -> None:
    assert math.isnan(degrees(text))


def test_longitude_and_latitude_give_points() -> None:
    found = places(lon=["114.305123", 114.31], lat=["30.593214", 30.59])
    assert [shape.wkt for shape in found.geometry] == [
        "POINT (114.305123 30.593214)",
        "POINT (114.31 30.59)",
    ]
    assert not found.fault.any()


def test_swapped_columns_are_turned_and_reported_row_by_row() -> None:
    found = places(lon=[30.593214, 114.305123], lat=[114.305123, 30.593214])
    assert found.swapped.tolist() == [True, False]
    assert found.geometry[0] == found.geometry[1]


def test_surveyors_x_is_northing_and_is_turned() -> None:
    found = places(GAUSS, lon=[3_386_000.0], lat=[529_000.0])
    assert found.swapped.tolist() == [True]
    assert found.geometry[0] == Point(529_000, 3_386_000)


@pytest.mark.parametrize(
    ("text", "x", "y"),
    [
        ("113.5,30.2", 113.5, 30.2),
        ("113.5，30.2", 113.5, 30.2),
        ("(113.5 30.2)", 113.5, 30.2),
        ("30.2;113.5", 113.5, 30.2),
        ("113°30'0\", 30°12'0\"", 113.5, 30.2),
    ],
)
def test_both_coordinates_may_stand_in_one_column(text: str, x: float, y: float) -> None:
    found = places(lonlat=[text])
    assert found.geometry[0].equals_exact(Point(x, y), 1e-9)


def test_wkt_gives_any_shape() -> None:
    found = places(wkt=["POLYGON ((114 30, 114.1 30, 114.1 30.1, 114 30))", "POLYGON (", None])
    assert found.geometry[0].geom_type == "Polygon"
    assert found.fault.tolist() == ["", "bad_place", "no_place"]


def test_shapes_without_extent_or_with_curves_are_faults_of_their_rows() -> None:
    found = places(
        wkt=[
            "POLYGON EMPTY",
            "POLYGON ((114 30, nan nan, 115 31, 114 30))",
            "CURVEPOLYGON ((114 30, 115 31, 115 30, 114 30))",
            "POINT (114.3 30.6)",
        ]
    )
    assert found.fault.tolist() == ["no_place", "bad_place", "bad_place", ""]
    assert found.geometry[3] == Point(114.3, 30.6)


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        (None, 30.6, "no_place"),
        ("不详", 30.6, "bad_place"),
        (0, 0, "zero_place"),
        (200, 30.6, "impossible_place"),
        (529_000, 3_386_000, "metres_for_degrees"),
    ],
)
def test_impossible_places_are_named(lon: float, lat: float, code: str) -> None:
    found = places(lon=[lon], lat=[lat])
    assert found.fault.tolist() == [code]
    assert found.geometry[0] is None


def test_degrees_under_a_projected_datum_are_impossible() -> None:
    assert places(GAUSS, lon=[114.3], lat=[30.6]).fault.tolist() == ["impossible_place"]


def test_three_decimals_are_coarse_and_six_are_not() -> None:
    found = places(lon=["114.305", "114.305123"], lat=["30.59", "30.593214"])
    assert found.coarse.tolist() == [True, False]


def test_places_outside_china_are_left_alone() -> None:
    found = places(lon=[24.94], lat=[60.17])
    assert found.geometry[0] == Point(24.94, 60.17)
    assert not found.swapped.any()


def test_swapped_axes_of_shapes_are_turned_too() -> None:
    square = Polygon([(30, 114), (30, 114.1), (30.1, 114.1), (30.1, 114)])
    found = checked(cells(square), None, WGS84)
    assert found.swapped.tolist() == [True]
    assert found.geometry[0].bounds == (114, 30, 114.1, 30.1)


BOW = Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
SQUARE = Polygon([(0, 0), (1, 0), (1, 1), (0, 1)])


def test_a_self_intersecting_polygon_is_repaired_and_reported() -> None:
    found = tidy(cells(BOW, SQUARE), "polygon")
    assert found.repairs["self_intersection"].tolist() == [True, False]
    assert shapely.is_valid(found.geometry).all()
    assert found.geometry[0].area == pytest.approx(2.0)


def test_a_closed_line_becomes_the_polygon_it_outlines() -> None:
    found = tidy(cells(LineString([*SQUARE.exterior.coords])), "polygon")
    assert found.geometry[0].equals(SQUARE)
    assert found.repairs["ring_closed"].all()


@pytest.mark.parametrize(
    ("shape", "kind", "code"),
    [
        (Point(0, 0), "polygon", "wrong_geometry"),
        (SQUARE, "point", "wrong_geometry"),
        (SQUARE, "line", "wrong_geometry"),
        (LineString([(0, 0), (1, 1)]), "point_or_polygon", "wrong_geometry"),
        (MultiPoint([(0, 0), (1, 1)]), "point", "several_points"),
        (Polygon([(0, 0), (1, 1), (0, 0)]), "polygon", "no_extent"),
    ],
)
def test_a_geometry_of_the_wrong_kind_is_an_error(
    shape: shapely.Geometry, kind: str, code: str
) -> None:
    found = tidy(cells(shape), kind)
    assert found.fault.tolist() == [code]
    assert found.geometry[0] is None


def test_heights_are_dropped_and_single_points_unwrapped() -> None:
    found = tidy(cells(Point(1, 2, 3), MultiPoint([(1, 2)])), "point")
    assert found.geometry[0] == found.geometry[1] == Point(1, 2)
    assert not shapely.has_z(found.geometry).any()


def test_a_mixed_collection_keeps_its_areas() -> None:
    mixed = shapely.GeometryCollection([SQUARE, LineString([(5, 5), (6, 6)])])
    found = tidy(cells(mixed), "polygon")
    assert found.geometry[0].equals(SQUARE)
    assert found.repairs["mixed_parts"].all()
