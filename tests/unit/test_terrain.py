"""What is seen over the ground, on hills small enough to reason about."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import Affine
from rasterio.warp import Resampling, calculate_default_transform, reproject

from geo.errors import DataError, NotFoundError
from geo.terrain import (
    HIDDEN,
    SEEN,
    UNSEEN,
    Elevation,
    Sight,
    nearest_seen,
    read_elevation,
    sample_points,
    seen_from_any,
    spacing,
    viewshed,
    who_sees,
)

FLAT = Sight(curved=False)
CRS = "EPSG:4547"


def ground(heights: object, cell_m: float = 10.0) -> Elevation:
    height_m = np.array(heights, dtype=np.float64)
    return Elevation(height_m, 0.0, cell_m * len(height_m), cell_m, CRS, "made up")


def ridge(height_m: float = 50.0) -> Elevation:
    """Return flat ground of 1 km with a ridge from north to south in the middle."""
    heights = np.zeros((101, 101))
    heights[:, 50] = height_m
    return ground(heights)


def write(path: Path, heights: np.ndarray, crs: str | None = CRS, cell: float = 30.0) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=heights.shape[1], height=heights.shape[0], count=1,
        dtype="float32", crs=crs, nodata=-9999,
        transform=Affine(cell, 0, 500_000, 0, -cell, 4_000_000),
    ) as file:  # fmt: skip
        file.write(heights.astype(np.float32), 1)
    return path


def test_a_ridge_hides_what_lies_behind_it_and_nothing_before_it() -> None:
    seen = viewshed(ridge(), np.array([shapely.Point(205, 505)]), sight=FLAT)
    assert (seen.state[:, :51] == SEEN).all()
    assert (seen.state[:, 51:] == HIDDEN).all()


def test_two_observers_see_what_either_sees() -> None:
    both = viewshed(ridge(), np.array([shapely.Point(205, 505), shapely.Point(805, 505)]))
    assert (both.state == SEEN).all()
    assert set(both.observer.ravel().tolist()) == {0, 1}


def test_sight_is_the_same_in_both_directions() -> None:
    rng = np.random.default_rng(3)
    hills = ground(rng.uniform(0, 40, (30, 30)))
    places = rng.uniform(10, 280, (40, 2))
    even = Sight(eye_m=2, target_m=2)
    there = [seen_from_any(hills, places, places[i : i + 1], even)[0] for i in range(40)]
    assert (np.array(there) == np.array(there).T).all()
    assert 0.05 < np.mean(there) < 0.95


def test_a_line_of_sight_that_grazes_the_ground_sees() -> None:
    level = Sight(eye_m=0, target_m=0, curved=False)
    assert (viewshed(ground(np.zeros((20, 20))), np.array([shapely.Point(5, 5)]), sight=level)
            .state == SEEN).all()  # fmt: skip


def test_the_earth_curves_away_and_refraction_gives_a_part_back() -> None:
    sea = ground(np.zeros((3, 400)), cell_m=100.0)
    place = np.array([shapely.Point(50, 150)])
    seen_m = {
        refraction: 100 * (viewshed(sea, place, sight=Sight(2, 0, refraction=refraction))
                           .state[1] == SEEN).sum()
        for refraction in (0.0, 1 / 7)
    }  # fmt: skip
    assert seen_m[0.0] == pytest.approx(math.sqrt(2 * 6_371_009 * 2), abs=150)
    assert seen_m[1 / 7] == pytest.approx(math.sqrt(2 * 6_371_009 * 2 * 7 / 6), abs=150)
    assert (viewshed(sea, place, sight=Sight(2, 0, curved=False)).state == SEEN).all()


def test_nothing_is_seen_beyond_the_greatest_distance() -> None:
    near = Sight(farthest_m=200.0, curved=False)
    seen = viewshed(ground(np.zeros((61, 61))), np.array([shapely.Point(305, 305)]), sight=near)
    row, column = np.divmod(np.arange(61 * 61), 61)
    away = np.hypot(row - 30, column - 30) * 10
    assert ((seen.state.ravel() == SEEN) == (away <= 200)).all()


def test_cells_without_a_height_are_unknown_never_hidden() -> None:
    heights = np.zeros((5, 60))
    heights[:, 20] = np.nan
    seen = viewshed(ground(heights), np.array([shapely.Point(25, 25)]), sight=FLAT)
    assert (seen.state[:, 20] == UNSEEN).all()
    assert (seen.state[2, 21:] == UNSEEN).all()
    assert (seen.state[2, :20] == SEEN).all()


def test_a_hill_hides_even_where_other_heights_are_missing() -> None:
    heights = np.zeros((5, 60))
    heights[:, 20], heights[:, 30] = np.nan, 100.0
    seen = viewshed(ground(heights), np.array([shapely.Point(25, 25)]), sight=FLAT)
    assert (seen.state[2, 31:] == HIDDEN).all()


def test_an_observer_outside_the_model_leaves_all_unknown() -> None:
    state, by = seen_from_any(
        ridge(), np.array([[105.0, 105.0]]), np.array([[-500.0, 105.0]]), FLAT
    )
    assert (state[0], by[0]) == (UNSEEN, -1)


def test_an_area_is_looked_from_everywhere_in_it() -> None:
    xy, owner = sample_points(
        np.array([shapely.box(0, 0, 100, 100), shapely.LineString([(0, 0), (95, 0)])]), 10.0
    )
    assert (owner == 0).sum() > 100
    assert shapely.box(45, 45, 55, 55).intersects(shapely.MultiPoint(xy[owner == 0]))
    line = np.sort(xy[owner == 1, 0])
    assert np.diff(line).max() <= 10
    assert (line[0], line[-1]) == (0, 95)


def test_the_nearest_that_sees_is_named_for_each_zone() -> None:
    observers = np.array([[205.0, 505], [405, 505], [605, 505], [905, 505]])
    state, by = nearest_seen(
        ridge(), np.array([105.0, 505.0]), observers,
        group=np.array([0, 0, 1, 1]), n_group=3, sight=FLAT,
    )  # fmt: skip
    assert state.tolist() == [SEEN, HIDDEN, HIDDEN]
    assert by.tolist() == [0, -1, -1]


def test_a_plane_has_its_slope_everywhere() -> None:
    row, column = np.mgrid[0:20, 0:30]
    steep = ground(3.0 * column + 4.0 * row)
    assert steep.slope_degrees() == pytest.approx(math.degrees(math.atan(0.5)))


def test_heights_between_centres_are_weighed() -> None:
    two = ground([[0.0, 10.0], [20.0, 30.0]])
    places = np.array([[5.0, 15.0], [10.0, 15.0], [10.0, 10.0], [2.0, 15.0]])
    assert two.heights(places)[:3] == pytest.approx([0, 5, 15])
    assert np.isnan(two.heights(places)[3])


def test_a_model_is_cut_to_the_area_with_its_holes(tmp_path: Path) -> None:
    heights = np.full((40, 50), 7.0)
    heights[10, 10] = -9999
    dem = write(tmp_path / "dem.tif", heights)
    cut = read_elevation(dem, CRS, (500_000, 3_999_400, 500_900, 4_000_000))
    inside = cut.heights(np.array([[500_500.0, 3_999_500.0]]))
    assert inside[0] == pytest.approx(7)
    assert np.isnan(cut.heights(np.array([[500_315.0, 4_000_000 - 315.0]]))[0])
    assert np.isnan(cut.heights(np.array([[499_970.0, 3_999_500.0]]))[0])


@pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")
def test_a_model_in_degrees_is_laid_on_metres(tmp_path: Path) -> None:
    row, column = np.mgrid[0:60, 0:60]
    source = rasterio.open(write(tmp_path / "m.tif", 2.0 * column + row))
    transform, width, height = calculate_default_transform(
        source.crs, "EPSG:4490", source.width, source.height, *source.bounds
    )
    turned = np.full((height, width), -9999, dtype=np.float32)
    reproject(
        rasterio.band(source, 1), turned, dst_transform=transform, dst_crs="EPSG:4490",
        dst_nodata=-9999, resampling=Resampling.bilinear,
    )  # fmt: skip
    source.close()
    with rasterio.open(
        tmp_path / "d.tif", "w", driver="GTiff", width=width, height=height, count=1,
        dtype="float32", crs="EPSG:4490", nodata=-9999, transform=transform,
    ) as file:  # fmt: skip
        file.write(turned, 1)
    cut = read_elevation(tmp_path / "d.tif", CRS, (500_300, 3_998_800, 501_200, 3_999_700))
    places = np.array([[500_615.0, 3_999_385.0], [500_915.0, 3_999_085.0]])
    assert cut.heights(places) == pytest.approx([2 * 20 + 20, 2 * 30 + 30], abs=1.0)


def test_a_model_of_elsewhere_a_missing_one_and_no_raster_are_refused(tmp_path: Path) -> None:
    dem = write(tmp_path / "dem.tif", np.zeros((10, 10)))
    with pytest.raises(DataError, match="不覆盖本地"):
        read_elevation(dem, CRS, (600_000, 4_100_000, 601_000, 4_101_000))
    with pytest.raises(NotFoundError, match="没有高程文件"):
        read_elevation(tmp_path / "none.tif", CRS, (0, 0, 1, 1))
    (tmp_path / "text.tif").write_text("no raster", "utf-8")
    with pytest.raises(DataError, match="不是栅格文件"):
        read_elevation(tmp_path / "text.tif", CRS, (0, 0, 1, 1))
    with pytest.raises(DataError, match="没有坐标系"):
        read_elevation(write(tmp_path / "bare.tif", np.zeros((9, 9)), crs=None), CRS, (0, 0, 1, 1))


def test_there_must_be_something_to_look_from() -> None:
    with pytest.raises(DataError, match="没有可供眺望的位置"):
        viewshed(ridge(), np.array([shapely.Point()]))


def test_who_sees_a_place_is_told_with_the_nearest_point_that_does() -> None:
    zones = np.array([
        shapely.LineString([(405, 5), (405, 1005)]),
        shapely.box(700, 200, 900, 900),
        shapely.Point(205, 305),
    ])  # fmt: skip
    found = who_sees(ridge(), np.array([shapely.Point(105, 505)]), zones, FLAT)
    assert found.state[0].tolist() == [SEEN, HIDDEN, SEEN]
    assert found.distance_m[0, [0, 2]] == pytest.approx([300, math.hypot(100, 200)])
    assert found.from_xy[0, 0].tolist() == [405, 505]
    assert found.to_xy[0, 0].tolist() == [105, 505]


def test_a_large_zone_is_looked_from_at_points_farther_apart() -> None:
    county = np.array([shapely.box(0, 0, 100_000, 100_000)])
    apart_m = spacing(county, 10.0)
    assert apart_m > 600
    assert len(sample_points(county, apart_m)[0]) <= 21_000
    assert spacing(np.array([shapely.Point(0, 0)]), 10.0) == 10


def test_what_is_near_enough_to_see_does_not_depend_on_how_places_are_grouped() -> None:
    rng = np.random.default_rng(8)
    hills = ground(rng.uniform(0, 25, (60, 60)))
    places, eyes = rng.uniform(10, 590, (400, 2)), rng.uniform(10, 590, (30, 2))
    near = Sight(farthest_m=90.0)
    together, by = seen_from_any(hills, places, eyes, near)
    alone = [seen_from_any(hills, place[None], eyes, near)[0][0] for place in places]
    assert together.tolist() == alone
    seen = by >= 0
    assert (np.hypot(*(places[seen] - eyes[by[seen]]).T) <= 90).all()
    assert 0.1 < seen.mean() < 0.95
