"""A wrong datum shows: points no longer lie beside the streets."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geo.checks import likely_datum
from geo.crs import Datum, from_cgcs2000, parse_datum, to_cgcs2000

CRS = "EPSG:4547"
SPACING_M = 260.0
DATUMS = [Datum("cgcs2000"), Datum("gcj02"), Datum("bd09")]


def streets() -> gpd.GeoSeries:
    """Return an irregular grid of streets, 8 km across, around 114.3 E 30.6 N."""
    rng = np.random.default_rng(5)
    middle = from_cgcs2000([[114.3, 30.6]], parse_datum(CRS))[0]
    at = np.arange(-4000, 4001, SPACING_M) + rng.uniform(-60, 60, 31)
    lines = [[(x, -4000), (x, 4000)] for x in at] + [[(-4000, y), (4000, y)] for y in at]
    return gpd.GeoSeries(shapely.linestrings(np.array(lines) + middle), crs=CRS)


STREETS = streets()


def beside_streets(n: int, seed: int) -> NDArray[np.float64]:
    """Return CGCS2000 places 5 to 60 m from a street."""
    rng = np.random.default_rng(seed)
    line = STREETS.to_numpy()[rng.integers(0, len(STREETS), n)]
    xy = shapely.get_coordinates(shapely.line_interpolate_point(line, rng.uniform(0, 8000, n)))
    upright = shapely.bounds(line)[:, 0] == shapely.bounds(line)[:, 2]
    off = rng.uniform(5, 60, n) * rng.choice([-1, 1], n)
    xy += np.where(upright[:, None], [1, 0], [0, 1]) * off[:, None]
    return to_cgcs2000(xy, parse_datum(CRS))


@pytest.mark.parametrize("declared", DATUMS, ids=str)
@pytest.mark.parametrize("true", DATUMS, ids=str)
def test_the_true_datum_is_found_whatever_was_declared(true: str, declared: str) -> None:
    raw = from_cgcs2000(beside_streets(200, 1), true)
    found = likely_datum(to_cgcs2000(raw, declared), declared, STREETS)
    assert found.likely == true
    assert found.suspicious == (true != declared)
    if found.suspicious:
        fault = found.fault("compound")
        assert fault is not None
        assert f"--datum {true}" in fault.advice
        assert 100 < found.shift_m < 1500


def test_fewer_than_thirty_points_say_nothing() -> None:
    raw = from_cgcs2000(beside_streets(29, 2), Datum("gcj02"))
    found = likely_datum(raw, Datum("wgs84"), STREETS)
    assert not found.suspicious
    assert found.fault("compound") is None


@pytest.mark.parametrize("seed", range(5))
def test_places_that_follow_no_street_raise_no_alarm(seed: int) -> None:
    rng = np.random.default_rng(seed)
    anywhere = np.array([114.3, 30.6]) + rng.uniform(-0.03, 0.03, (500, 2))
    for declared in DATUMS:
        assert not likely_datum(anywhere, declared, STREETS).suspicious


def test_a_street_network_serves_as_well_as_lines() -> None:
    @dataclass
    class Network:
        crs: str
        shape_xy: NDArray[np.float64]
        shape_start: NDArray[np.int64]

    lines = STREETS.to_numpy()
    network = Network(
        CRS,
        shapely.get_coordinates(lines),
        np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))]),
    )
    raw = from_cgcs2000(beside_streets(100, 3), Datum("bd09"))
    by_lines = likely_datum(raw, Datum("wgs84"), STREETS)
    assert by_lines.likely == Datum("bd09")
    assert likely_datum(raw, Datum("wgs84"), network) == by_lines


def test_no_streets_say_nothing() -> None:
    empty = gpd.GeoSeries([], crs=CRS)
    assert not likely_datum(beside_streets(100, 4), Datum("wgs84"), empty).suspicious
