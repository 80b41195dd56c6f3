"""GCJ-02 and BD-09 agree with other people's code and with published pairs."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from geo.crs import Datum, from_cgcs2000, to_cgcs2000

A_M = 6378245.0
E2 = 0.00669342162296594323


def gcj02_of(lon: float, lat: float) -> tuple[float, float]:
    """Offset one point, written out term by term with nothing shared with the module."""
    x, y = lon - 105, lat - 35
    sin, pi = math.sin, math.pi
    north = -100 + 2 * x + 3 * y + 0.2 * y**2 + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north += (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    north += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x**2 + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east += (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    east += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    phi = lat * pi / 180
    w2 = 1 - E2 * sin(phi) ** 2
    lat2 = lat + north * 180 / (A_M * (1 - E2) / (w2 * math.sqrt(w2)) * pi)
    lon2 = lon + east * 180 / (A_M / math.sqrt(w2) * math.cos(phi) * pi)
    return lon2, lat2


def bd09_of(lon: float, lat: float) -> tuple[float, float]:
    x, y = gcj02_of(lon, lat)
    k = math.pi * 3000 / 180
    z = math.sqrt(x * x + y * y) + 0.00002 * math.sin(y * k)
    theta = math.atan2(y, x) + 0.000003 * math.cos(x * k)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


@pytest.mark.parametrize(("name", "oracle"), [("gcj02", gcj02_of), ("bd09", bd09_of)])
def test_vectorised_offsets_equal_a_scalar_implementation(
    name: str, oracle: Callable[[float, float], tuple[float, float]]
) -> None:
    rng = np.random.default_rng(7)
    lonlat = np.column_stack([rng.uniform(73, 135, 500), rng.uniform(4, 54, 500)])
    expected = np.array([oracle(*point) for point in lonlat])
    np.testing.assert_allclose(from_cgcs2000(lonlat, Datum(name)), expected, rtol=0, atol=1e-11)


# Longitude and latitude in WGS 84 and GCJ-02, from the tests of the library eviltransform.
PUBLISHED = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]
# WGS 84, GCJ-02 and BD-09 as given by prcoords 1.0.2 and coord-convert 0.2.1, which agree.
LIBRARIES = [
    (
        (114.3, 30.6),
        (114.30543824023968, 30.597584196497422),
        (114.31202389903855, 30.603254435806953),
    ),
]


@pytest.mark.parametrize(("wgs84", "gcj02"), PUBLISHED)
def test_published_gcj02_pairs_are_met(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    np.testing.assert_allclose(from_cgcs2000([wgs84], Datum("gcj02")), [gcj02], atol=1e-12)
    np.testing.assert_allclose(to_cgcs2000([gcj02], Datum("gcj02")), [wgs84], atol=1e-9)


@pytest.mark.parametrize(("wgs84", "gcj02", "bd09"), LIBRARIES)
def test_two_libraries_give_the_same_gcj02_and_bd09(
    wgs84: tuple[float, float], gcj02: tuple[float, float], bd09: tuple[float, float]
) -> None:
    np.testing.assert_allclose(from_cgcs2000([wgs84], Datum("gcj02")), [gcj02], atol=1e-11)
    np.testing.assert_allclose(from_cgcs2000([wgs84], Datum("bd09")), [bd09], atol=1e-11)


def test_prcoords_agrees_all_over_china() -> None:
    prcoords = pytest.importorskip("prcoords", reason="prcoords is not installed")
    rng = np.random.default_rng(11)
    lonlat = np.column_stack([rng.uniform(75, 133, 200), rng.uniform(5, 53, 200)])
    for name, theirs in (("gcj02", prcoords.wgs_gcj), ("bd09", prcoords.wgs_bd)):
        expected = [(found.lon, found.lat) for found in (theirs((y, x)) for x, y in lonlat)]
        np.testing.assert_allclose(from_cgcs2000(lonlat, Datum(name)), expected, atol=1e-10)
