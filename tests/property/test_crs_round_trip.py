"""Every datum can be undone to within a centimetre, all over China."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.crs import Datum, from_cgcs2000, in_offset_area, parse_datum, to_cgcs2000, working_crs

CM_IN_DEGREES = 0.01 / 111_320

china = st.tuples(st.floats(73.5, 135.0), st.floats(3.5, 53.5))
anywhere = st.tuples(st.floats(-180, 180), st.floats(-80, 80))


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
@given(points=st.lists(china, min_size=1, max_size=30))
def test_offset_datums_come_back_within_a_centimetre(
    name: str, points: list[tuple[float, float]]
) -> None:
    datum = Datum(name)
    there = from_cgcs2000(points, datum)
    back = to_cgcs2000(there, datum)
    assert np.abs(back - np.array(points)).max() < CM_IN_DEGREES
    assert np.hypot(*(there - np.array(points)).T).min() > 1e-4  # it did move


@pytest.mark.parametrize("name", ["gcj02", "bd09"])
@given(points=st.lists(anywhere, min_size=1, max_size=30))
def test_points_outside_the_offset_area_never_move(
    name: str, points: list[tuple[float, float]]
) -> None:
    outside = ~in_offset_area(points)
    moved = to_cgcs2000(points, Datum(name))
    np.testing.assert_array_equal(moved[outside], np.array(points)[outside])


@given(point=china)
def test_every_place_in_china_has_a_working_system_that_measures_metres(
    point: tuple[float, float],
) -> None:
    lon, lat = point
    datum = parse_datum(working_crs(lon, lat))
    easting, northing = from_cgcs2000([point], datum)[0]
    assert 300_000 < easting < 700_000
    assert abs(northing - lat * 110_900) < 30_000
    back = to_cgcs2000([[easting, northing]], datum)
    assert np.abs(back - np.array([point])).max() < CM_IN_DEGREES
