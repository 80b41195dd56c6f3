"""Vector tiles: every feature where it belongs, valid, and as another encoder would draw it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import mapbox_vector_tile  # type: ignore[import-untyped]
import numpy as np
import pytest
import shapely
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from geo.errors import DataError
from geo.tiles import BUFFER, EXTENT, Tile, encode_layer

TILE = Tile(14, 12880, 7072)
"""At the full zoom, where nothing is left out."""


def decoded(content: bytes) -> dict[int, dict[str, Any]]:
    """Return the features of the one layer of a tile by their number, y counted downwards."""
    if not content:
        return {}
    (layer,) = mapbox_vector_tile.decode(content, default_options={"y_coord_down": True}).values()
    return {feature["id"]: feature for feature in layer["features"]}


def drawn(shapes: Sequence[shapely.Geometry | None], tile: Tile = TILE) -> dict[int, Any]:
    content = encode_layer("x", np.array(shapes, object), {}, tile, ids=np.arange(len(shapes)))
    return {number: shape(one["geometry"]) for number, one in decoded(content).items()}


def on_tile(x: float, y: float, tile: Tile = TILE) -> tuple[float, float]:
    """Return longitude and latitude of a place on a tile."""
    west, _, east, _ = tile.bounds(0)
    across = EXTENT << tile.zoom
    north = math.pi * (1 - 2 * (tile.row * EXTENT + y) / across)
    return west + (east - west) * x / EXTENT, math.degrees(math.atan(math.sinh(north)))


def placed(shape_on_tile: shapely.Geometry, tile: Tile = TILE) -> shapely.Geometry:
    return shapely.transform(
        shape_on_tile, lambda xy: np.array([on_tile(x, y, tile) for x, y in xy])
    )


def test_the_world_is_one_tile_and_each_splits_into_four() -> None:
    west, south, east, north = Tile(0, 0, 0).bounds(0)
    assert (west, east) == (-180, 180)
    assert (south, north) == pytest.approx((-85.0511287798, 85.0511287798))
    parent, children = (
        TILE.bounds(0),
        [Tile(15, 2 * TILE.column + i, 2 * TILE.row + j).bounds(0) for i in (0, 1) for j in (0, 1)],
    )
    assert min(c[0] for c in children) == pytest.approx(parent[0])
    assert max(c[3] for c in children) == pytest.approx(parent[3])


@pytest.mark.parametrize("bad", [(-1, 0, 0), (25, 0, 0), (2, 4, 0), (2, 0, 4), (0, -1, 0)])
def test_a_tile_that_does_not_exist_is_refused(bad: tuple[int, int, int]) -> None:
    with pytest.raises(DataError, match=f"级别 {bad[0]}，行 {bad[2]}，列 {bad[1]}"):
        Tile(*bad)


def test_points_fall_on_the_unit_they_stand_on() -> None:
    places = [(0, 0), (4096, 4096), (10.4, 20.6), (-BUFFER, 5), (EXTENT + BUFFER, 7)]
    found = drawn([shapely.Point(on_tile(x, y)) for x, y in places])
    assert {n: (p.x, p.y) for n, p in found.items()} == {
        0: (0, 0), 1: (4096, 4096), 2: (10, 21), 3: (-256, 5), 4: (4352, 7)
    }  # fmt: skip


def test_what_lies_beyond_the_buffer_or_has_no_shape_is_left_out() -> None:
    far = shapely.Point(on_tile(EXTENT + BUFFER + 1, 5))
    assert drawn([far, None, shapely.Point()]) == {}
    assert encode_layer("x", np.array([far], object), {}, TILE, ids=np.arange(1)) == b""


def test_a_line_that_leaves_the_tile_is_cut_at_its_buffer() -> None:
    line = placed(shapely.LineString([(100, 100), (9000, 100)]))
    assert drawn([line])[0].bounds == (100, 100, EXTENT + BUFFER, 100)


def test_a_polygon_under_half_a_unit_goes_and_one_as_large_as_the_tile_fills_it() -> None:
    tiny = placed(shapely.box(100, 100, 100.2, 100.2))
    huge = placed(shapely.box(-5000, -5000, 9000, 9000))
    found = drawn([tiny, huge])
    assert set(found) == {1}
    assert found[1].bounds == (-256, -256, 4352, 4352)


def test_holes_stay_holes_and_parts_stay_parts() -> None:
    with_hole = shapely.box(0, 0, 100, 100) - shapely.box(40, 40, 60, 60)
    two = shapely.MultiPolygon([shapely.box(200, 0, 300, 100), shapely.box(400, 0, 500, 100)])
    found = drawn([placed(with_hole), placed(two)])
    assert found[0].area == 10_000 - 400
    assert found[1].area == 20_000
    assert found[1].geom_type == "MultiPolygon"


def test_a_polygon_that_rounding_makes_cross_itself_is_mended() -> None:
    bow = shapely.Polygon([(0, 0), (100, 0.4), (100, 50), (50.3, 0.6), (0, 50)])
    found = drawn([placed(bow)])[0]
    assert found.is_valid
    assert found.area == pytest.approx(bow.area, rel=0.05)


def test_properties_keep_their_types_and_missing_ones_are_left_out() -> None:
    shapes = np.array([shapely.Point(on_tile(i, i)) for i in range(3)], object)
    columns: dict[str, list[object]] = {
        "name": ["个旧", None, "老阴山"],
        "beds": [3, -4, None],
        "area": [1.5, 2.0, None],
        "open": [True, False, None],
        "nothing": [None, None, None],
    }
    found = decoded(encode_layer("层", shapes, columns, TILE, ids=np.array([7, 8, 300])))
    assert {n: f["properties"] for n, f in found.items()} == {
        7: {"name": "个旧", "beds": 3, "area": 1.5, "open": True},
        8: {"beds": -4, "area": 2.0, "open": False},
        300: {"name": "老阴山"},
    }


def test_a_collection_is_drawn_by_its_parts_of_the_highest_dimension() -> None:
    mixed = shapely.GeometryCollection([shapely.Point(1, 1), shapely.box(0, 0, 50, 50)])
    assert drawn([placed(mixed)])[0].area == 2500


def star(x: float, y: float, radii: list[float]) -> shapely.Polygon:
    far = np.array(radii)
    turns = np.linspace(0, 2 * math.pi, len(radii), endpoint=False)
    return shapely.Polygon(np.c_[x + far * np.cos(turns), y + far * np.sin(turns)])


stars = st.builds(
    star,
    st.floats(-300, 4400),
    st.floats(-300, 4400),
    st.lists(st.floats(0.5, 30), min_size=3, max_size=40),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(stars, min_size=1, max_size=5))
def test_polygons_stay_valid_within_the_tile_and_nearly_where_they_were(
    polygons: list[shapely.Polygon],
) -> None:
    found = drawn([placed(one) for one in polygons])
    frame = shapely.box(-BUFFER, -BUFFER, EXTENT + BUFFER, EXTENT + BUFFER)
    for number, one in found.items():
        assert one.is_valid
        assert frame.covers(one)
        moved = one.symmetric_difference(polygons[number].intersection(frame)).area
        assert moved <= 1.1 * polygons[number].length + 2


def test_permuting_the_rows_changes_only_their_order() -> None:
    rng = np.random.default_rng(1)
    shapes = np.array(
        [placed(shapely.Point(x, y).buffer(9)) for x, y in rng.uniform(0, 4096, (40, 2))]
    )
    columns = {"n": [f"名{i % 7}" for i in range(40)]}
    order = rng.permutation(40)
    one = decoded(encode_layer("x", shapes, columns, TILE, ids=np.arange(40)))
    other = decoded(encode_layer(
        "x", shapes[order], {"n": [columns["n"][i] for i in order]}, TILE, ids=order
    ))  # fmt: skip
    assert one == other


def _of_postgis(url: str, shapes: list[shapely.Geometry]) -> dict[int, Any]:
    """Return the same tile as PostGIS makes it."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE t (fid int, geom geometry(geometry, 4326))")
        connection.execute(
            sa.text("INSERT INTO t VALUES (:fid, ST_GeomFromWKB(:geom, 4326))"),
            [{"fid": i, "geom": shapely.to_wkb(one)} for i, one in enumerate(shapes)],
        )
        content = connection.execute(sa.text(
            "SELECT ST_AsMVT(q, 'x', 4096, 'g', 'fid') FROM (SELECT fid, ST_AsMVTGeom("
            " ST_Transform(geom, 3857), ST_TileEnvelope(:z, :x, :y), 4096, 256) AS g FROM t) q"
        ), {"z": TILE.zoom, "x": TILE.column, "y": TILE.row}).scalar_one()  # fmt: skip
    engine.dispose()
    return {number: shape(one["geometry"]) for number, one in decoded(bytes(content)).items()}


def test_points_are_those_of_postgis_and_shapes_nearly(postgis: str) -> None:
    rng = np.random.default_rng(3)
    centres = rng.uniform(-400, 4500, (300, 2))
    points = [shapely.Point(xy) for xy in centres]
    polygons = [
        shapely.Point(xy).buffer(r)
        for xy, r in zip(centres, rng.uniform(0.2, 60, 300), strict=True)
    ]
    lines = [shapely.LineString(xy + rng.normal(0, 200, (9, 2)).cumsum(0)) for xy in centres]
    shapes = [placed(one) for one in (*points, *polygons, *lines)]
    ours, theirs = drawn(shapes), _of_postgis(postgis, shapes)
    for number in set(ours) ^ set(theirs):  # each has its own idea of what is too small
        assert (ours | theirs)[number].area <= 2
    for number in set(ours) & set(theirs):
        one, other = ours[number], theirs[number]
        if number < len(points):
            assert one == other
        elif number < 2 * len(points):
            assert one.symmetric_difference(other).area <= 0.6 * other.length + 1
        else:
            inner = shapely.box(-250, -250, EXTENT + 250, EXTENT + 250)
            assert ((one & inner) - other.buffer(2)).is_empty
            assert ((other & inner) - one.buffer(2)).is_empty
