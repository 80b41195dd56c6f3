"""What a declared datum means."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from shapely import LineString, Point

from geo.crs import (
    Datum,
    agrees,
    frame_to_cgcs2000,
    from_cgcs2000,
    parse_datum,
    to_cgcs2000,
    working_crs,
)
from geo.errors import DataError


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cgcs2000", "cgcs2000"),
        ("CGCS 2000", "cgcs2000"),
        ("国家2000", "cgcs2000"),
        ("EPSG:4490", "cgcs2000"),
        ("epsg:4326", "wgs84"),
        ("GCJ-02", "gcj02"),
        ("高德", "gcj02"),
        ("百度", "bd09"),
        ("epsg:4547", "epsg:4547"),
        ("4547", "epsg:4547"),
    ],
)
def test_usual_spellings_name_a_datum(text: str, name: str) -> None:
    assert str(parse_datum(text)) == name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("火星", "不认识"),
        ("", "不认识"),
        ("epsg:99999", "没有 EPSG:99999"),
        ("epsg:4978", "不是平面或经纬度"),
    ],
)
def test_an_unknown_datum_is_refused_with_the_list_of_known_ones(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why) as refusal:
        parse_datum(text)
    assert "gcj02" in refusal.value.hint


@pytest.mark.parametrize("text", ["epsg:4214", "epsg:2437", "epsg:4610", "epsg:2383"])
def test_beijing_1954_and_xian_1980_are_refused_rather_than_taken_as_equal(text: str) -> None:
    with pytest.raises(DataError, match="没有公开的"):
        parse_datum(text)


def test_wgs84_is_taken_as_cgcs2000() -> None:
    np.testing.assert_array_equal(to_cgcs2000([[114.3, 30.6]], Datum("wgs84")), [[114.3, 30.6]])


def test_gcj02_lies_some_hundred_metres_and_bd09_over_a_kilometre_away() -> None:
    here = np.array([[114.3, 30.6]])
    metres = [96_000, 110_900]
    for name, low, high in (("gcj02", 100, 700), ("bd09", 1000, 1400)):
        away = np.hypot(*((from_cgcs2000(here, Datum(name)) - here) * metres)[0])
        assert low < away < high


def test_missing_coordinates_stay_missing() -> None:
    moved = to_cgcs2000([[np.nan, np.nan], [114.3, 30.6]], Datum("gcj02"))
    assert np.isnan(moved[0]).all()
    assert np.isfinite(moved[1]).all()


def test_no_points_are_no_points() -> None:
    assert to_cgcs2000(np.zeros((0, 2)), Datum("bd09")).shape == (0, 2)


def test_the_callers_coordinates_are_not_changed() -> None:
    here = np.array([[114.3, 30.6]])
    to_cgcs2000(here, Datum("gcj02"))
    assert here.tolist() == [[114.3, 30.6]]


# Central meridians of the counties in the source documents, checked with pyproj.
@pytest.mark.parametrize(
    ("lon", "lat", "crs", "place"),
    [
        (103.16, 23.36, "EPSG:4543", "Gejiu"),
        (118.43, 31.35, "EPSG:4548", "Wuhu"),
        (120.07, 29.31, "EPSG:4549", "Yiwu"),
        (122.68, 40.88, "EPSG:4550", "Haicheng"),
        (74.0, 39.0, "EPSG:4534", "west end"),
        (135.0, 48.0, "EPSG:4554", "east end"),
        (8.69, 49.41, "EPSG:32632", "Heidelberg"),
        (-8.61, 41.15, "EPSG:32629", "Porto"),
        (151.2, -33.9, "EPSG:32756", "Sydney"),
    ],
)
def test_the_working_system_is_the_three_degree_zone_or_utm(
    lon: float, lat: float, crs: str, place: str
) -> None:
    assert working_crs(lon, lat) == crs, place


def test_the_working_zone_is_the_one_whose_meridian_is_nearest() -> None:
    for lon in np.arange(73.6, 136.4, 0.37):
        terms = pyproj.CRS(working_crs(lon, 30)).coordinate_operation.params
        meridian = next(t.value for t in terms if t.name == "Longitude of natural origin")
        assert abs(meridian - lon) <= 1.5


def test_impossible_coordinates_have_no_working_system() -> None:
    with pytest.raises(DataError, match="超出范围"):
        working_crs(30.6, 114.3)


@pytest.mark.parametrize(
    ("own", "declared", "agree"),
    [
        (4490, "cgcs2000", True),
        (4326, "cgcs2000", True),
        (4547, "cgcs2000", True),
        (4326, "gcj02", True),
        (4547, "gcj02", False),
        (4610, "cgcs2000", False),
        (4547, "epsg:4547", True),
        (4547, "epsg:4548", False),
        (4326, "epsg:4547", False),
    ],
)
def test_a_files_own_system_agrees_with_the_declared_datum_or_not(
    own: int, declared: str, agree: object
) -> None:
    assert agrees(pyproj.CRS(own), parse_datum(declared)) is agree


def test_a_frame_moves_every_vertex_and_loses_its_heights() -> None:
    frame = gpd.GeoDataFrame(
        {"name": ["a", "b", "c"]},
        geometry=[Point(114.3, 30.6, 25.0), LineString([(114.3, 30.6), (114.4, 30.7)]), None],
    )
    moved = frame_to_cgcs2000(frame, Datum("gcj02"))
    assert moved.crs == "EPSG:4490"
    assert not moved.geometry.iloc[0].has_z
    assert moved.geometry.iloc[1].coords[0] == moved.geometry.iloc[0].coords[0]
    assert moved.geometry.iloc[2] is None
    assert frame.geometry.iloc[0].has_z
