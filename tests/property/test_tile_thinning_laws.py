"""Tiles above the full zoom leave out only what cannot be seen: laws that hold of any layer."""

from __future__ import annotations

import math
from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st
from shapely.geometry import shape

from geo.tiles import BUFFER, EXTENT, Tile, encode_layer
from geo.tiles.grid import FULL_ZOOM
from geo.tiles.thinning import PIXEL

ZOOMS = st.integers(2, FULL_ZOOM - 1)


def tile_of(zoom: int) -> Tile:
    return Tile(zoom, (1 << zoom) * 3 // 4, (1 << zoom) * 2 // 5)


def placed(one: shapely.Geometry, tile: Tile) -> shapely.Geometry:
    """Return in degrees what is given in units of a tile."""

    def turned(xy: np.ndarray) -> np.ndarray:
        across = EXTENT << tile.zoom
        lon = (tile.column * EXTENT + xy[:, 0]) / across * 360 - 180
        north = math.pi * (1 - 2 * (tile.row * EXTENT + xy[:, 1]) / across)
        return np.c_[lon, np.degrees(np.arctan(np.sinh(north)))]

    return shapely.transform(one, turned)


def drawn(shapes: list[Any], tile: Tile, weight: list[float] | None = None) -> dict[int, Any]:
    """Return the shapes on a tile by the position of their feature."""
    content = encode_layer(
        "x",
        np.array([placed(one, tile) for one in shapes], object),
        {},
        tile,
        ids=np.arange(len(shapes)),
        weight=None if weight is None else np.array(weight),
    )
    if not content:
        return {}
    told = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})
    return {one["id"]: shape(one["geometry"]) for one in told["x"]["features"]}


def pixel(x: float, y: float) -> tuple[int, int]:
    return int(x // PIXEL), int(y // PIXEL)


# An eighth of a unit off the edge of a pixel, so that turning into degrees and back moves nothing.
within = st.integers(-BUFFER * 4, (EXTENT + BUFFER) * 4 - 1).map(lambda n: n / 4 + 0.125)
crowded = st.integers(400, 500).map(lambda n: n / 4 + 0.125)
spots = st.tuples(within, within) | st.tuples(crowded, crowded)
weights = st.sampled_from([-1.0, 0.0, 3.0, 3.5, 1e6])


@given(ZOOMS, st.lists(st.tuples(spots, weights), min_size=1, max_size=60))
def test_every_pixel_keeps_its_heaviest_point_and_no_other(
    zoom: int, points: list[tuple[tuple[float, float], float]]
) -> None:
    tile = tile_of(zoom)
    found = drawn([shapely.Point(at) for at, _ in points], tile, [own for _, own in points])
    heaviest: dict[tuple[int, int], int] = {}
    for number, (at, own) in enumerate(points):
        before = heaviest.get(pixel(*at))
        if before is None or own > points[before][1]:
            heaviest[pixel(*at)] = number
    assert set(found) == set(heaviest.values())


def polygon(at: tuple[float, float], wide: float, high: float) -> shapely.Polygon:
    return shapely.box(at[0], at[1], at[0] + wide, at[1] + high)


def line(at: tuple[float, float], wide: float, high: float) -> shapely.LineString:
    return shapely.LineString([at, (at[0] + wide, at[1]), (at[0] + wide, at[1] + high)])


sides = st.sampled_from([0.01, 0.3, 1.0, 2.0, 5.0, 11.0, 40.0, 300.0])
inner = st.integers(0, EXTENT * 4).map(lambda n: n / 4 + 0.125)
corners = st.tuples(inner, inner) | st.tuples(crowded, crowded)
drawings = st.one_of(
    st.builds(polygon, corners, sides, sides),
    st.builds(line, corners, sides, sides),
    st.builds(shapely.Point, corners),
)


@given(ZOOMS, st.lists(drawings, min_size=1, max_size=40))
@example(8, [polygon((0.125, 0.125), 0.01, 11.0)])  # simplified it would be nothing
def test_no_pixel_that_had_a_feature_goes_empty(zoom: int, shapes: list[Any]) -> None:
    tile = tile_of(zoom)
    found = drawn(shapes, tile)
    assert all(one.is_valid for one in found.values())
    for number, one in enumerate(shapes):
        west, south, east, north = one.bounds
        if math.hypot(east - west, north - south) >= PIXEL + 0.01:
            assert number in found  # what is larger than a pixel is never left out
            continue
        own = [other for at, other in found.items() if shapes[at].geom_type == one.geom_type]
        is_line = one.geom_type == "LineString"
        spots = one.coords if is_line else [((west + east) / 2, (south + north) / 2)]
        for column, row in (pixel(*spot) for spot in spots):
            square = shapely.box(
                column * PIXEL, row * PIXEL, (column + 1) * PIXEL, (row + 1) * PIXEL
            )
            assert min(square.distance(other) for other in own) <= 0.75  # what rounding moves


@given(ZOOMS, st.lists(drawings, min_size=1, max_size=40))
def test_what_is_larger_than_a_pixel_stays_within_half_a_pixel(
    zoom: int, shapes: list[Any]
) -> None:
    frame = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for number, one in drawn(shapes, tile_of(zoom)).items():
        west, south, east, north = shapes[number].bounds
        if min(east - west, north - south) > 2 * PIXEL:
            assert one.hausdorff_distance(shapes[number] & frame) <= PIXEL / 2 + 1


@given(ZOOMS, st.permutations(range(30)), st.lists(drawings, min_size=30, max_size=30))
def test_the_order_of_rows_does_not_choose_when_weights_differ(
    zoom: int, order: list[int], shapes: list[Any]
) -> None:
    tile = tile_of(zoom)
    one = drawn(shapes, tile, [float(n) for n in range(len(shapes))])
    other = drawn([shapes[n] for n in order], tile, [float(n) for n in order])
    assert {number: found.wkt for number, found in one.items()} == {
        order[number]: found.wkt for number, found in other.items()
    }


@given(ZOOMS, st.lists(st.tuples(crowded, crowded), min_size=1, max_size=40))
def test_neighbouring_tiles_leave_out_the_same(zoom: int, spots: list[tuple[float, float]]) -> None:
    here = tile_of(zoom)
    there = Tile(here.zoom, here.column - 1, here.row)
    points = [shapely.Point(at) for at in spots]  # in the buffer of the tile to the west
    moved = [shapely.Point(x + EXTENT, y) for x, y in spots]
    assert set(drawn(points, here)) == set(drawn(moved, there))


@pytest.mark.parametrize("zoom", [FULL_ZOOM, FULL_ZOOM + 3])
def test_at_the_full_zoom_and_deeper_nothing_is_left_out(zoom: int) -> None:
    rng = np.random.default_rng(5)
    shapes = [shapely.Point(100 + x, 100 + y) for x, y in rng.uniform(0, 4, (50, 2))]
    shapes += [polygon((x, y), 2, 2) for x, y in rng.uniform(100, 104, (50, 2))]
    found = drawn(shapes, tile_of(zoom))
    assert set(found) == set(range(100))
    assert all(one.area == 4 for number, one in found.items() if number >= 50)
