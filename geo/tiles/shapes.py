"""Shapes on a tile: cut to it, rounded to its units, and kept valid.

The three steps of Mapbox Vector Tile 2.1, clauses 4.3.3 and 4.3.4: what falls under a unit goes,
outer rings run clockwise on the screen, and a polygon never crosses itself. Above the full zoom
what falls under a pixel gives way to what counts most there (`geo.tiles.thinning`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.tiles._rings import doubtful, rounded
from geo.tiles.grid import BUFFER, EXTENT, Tile
from geo.tiles.thinning import (
    EDGE_UNITS,
    LINE_UNITS,
    PIXEL,
    foremost,
    is_thinned,
    marks,
    pixels,
)

POINT, LINE, POLYGON = 1, 2, 3
"""Kinds of shape as the tile spells them."""

_KIND_OF_TYPE = np.array([POINT, LINE, LINE, POLYGON, POINT, LINE, POLYGON, 0])
"""By GEOS's number of the type; a collection has no kind of its own."""
_LOW, _HIGH = -float(BUFFER), float(EXTENT + BUFFER)
_HALF_UNIT = 0.5
_FAR_THINNED = np.array([0.0, 0.0, LINE_UNITS, EDGE_UNITS])
"""How far a kind of shape may be drawn from where it is, above the full zoom."""
_FEW_PLACES = 4
"""A shape of so few places is not made simpler."""
_MOST_PLACES = 400
"""Places of a polygon up to which its edges are all compared; the time grows with the square."""
_MOST_ROUNDS = 3
"""Times that a polygon is mended and rounded again before it is given up."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The shapes of a tile, flat.

    Attributes
    ----------
    row
        (features,) Row of the input that a feature comes from, ascending.
    kind
        (features,) POINT, LINE or POLYGON.
    first_ring
        (features + 1,) Where the feature's rings, lines or points begin in ``first_xy``.
    first_xy
        (rings + 1,) Where the ring begins in ``xy``. Rings are not closed by a repeated point.
    xy
        (places, 2) int32, units of the tile.
    """

    row: NDArray[np.int64]
    kind: NDArray[np.int64]
    first_ring: NDArray[np.int64]
    first_xy: NDArray[np.int64]
    xy: NDArray[np.int32]


def parts_of(shapes: NDArray[np.object_], tile: Tile, weight: NDArray[np.float64]) -> Parts:
    """Return what a tile shows of shapes in degrees.

    Parameters
    ----------
    shapes
        (n,) Geometries in longitude and latitude; None and empty ones are passed over, of
        collections only the parts of the highest dimension are shown.
    tile
        The tile.
    weight
        (n,) How much each counts where only one can be seen.
    """
    rows = np.flatnonzero(~(shapely.is_missing(shapes) | shapely.is_empty(shapes)))
    flat = _without_collections(shapes[rows])
    kinds = _KIND_OF_TYPE[shapely.get_type_id(flat)]
    if (kinds == POINT).all():
        lon_lat, owner = shapely.get_coordinates(flat, return_index=True)
        return _points(lon_lat, owner, rows, tile, weight)
    return _mixed(_cut(flat, kinds, rows, tile, weight[rows]), tile)


def points_of(lon_lat: NDArray[np.float64], tile: Tile, weight: NDArray[np.float64]) -> Parts:
    """Return what a tile shows of points in degrees, (n, 2), of which each counts so much, (n,)."""
    rows = np.arange(len(lon_lat))
    return _points(lon_lat, rows, rows, tile, weight)


def _points(
    lon_lat: NDArray[np.float64],
    owner: NDArray[np.int64],
    rows: NDArray[np.int64],
    tile: Tile,
    weight: NDArray[np.float64],
) -> Parts:
    places = tile.places(lon_lat)
    near = ((places >= _LOW) & (places <= _HIGH)).all(axis=1)
    seen = foremost(pixels(places), weight[rows[owner]]) if is_thinned(tile) else near
    xy, owner = np.rint(places[seen]).astype(np.int32), owner[seen]
    features, counts = np.unique(owner, return_counts=True)
    return Parts(
        row=rows[features],
        kind=np.full(len(features), POINT),
        first_ring=np.arange(len(features) + 1),
        first_xy=np.concatenate([[0], np.cumsum(counts)]),
        xy=xy,
    )


def _without_collections(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the shapes, each collection replaced by its parts of the highest dimension."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION)
    if not len(mixed):
        return shapes
    result = shapes.copy()
    for position in mixed:
        parts = shapely.get_parts(shapely.get_parts(shapes[position]))
        highest = parts[shapely.get_dimensions(parts) == shapely.get_dimensions(parts).max()]
        result[position] = shapely.union_all(highest)
    return result


@dataclass(frozen=True, slots=True)
class _Cut:
    """Shapes cut to the tile, None for those not drawn.

    What lies whole on the tile is still in degrees: its places are turned into the tile's units
    all at once, which is several times faster than shape by shape.
    """

    shapes: NDArray[np.object_]
    in_degrees: NDArray[np.bool_]
    kinds: NDArray[np.int64]
    rows: NDArray[np.int64]

    def with_shape(self, row: int, shape: shapely.Geometry | None) -> None:
        """Put a shape in the tile's units in place of another."""
        position = np.searchsorted(self.rows, row)
        self.shapes[position] = shape
        self.in_degrees[position] = False

    def with_marks(self, seen: NDArray[np.int64], tile: Tile) -> bool:
        """Put marks in place of lines and faces too thin to be seen; return whether any are."""
        there = ~(shapely.is_missing(self.shapes) | shapely.is_empty(self.shapes))
        lost = np.flatnonzero(there & ~np.isin(self.rows, seen, assume_unique=True))
        places, owner = shapely.get_coordinates(self.shapes[lost], return_index=True)
        first = places[np.searchsorted(owner, np.arange(len(lost)))]
        first = np.where(self.in_degrees[lost, None], tile.places(first), first)
        pixel = pixels(np.clip(first, _LOW, _HIGH - 1))
        self.shapes[lost] = marks(pixel, self.kinds[lost] == POLYGON)
        self.in_degrees[lost] = False
        return len(lost) > 0


def _cut(
    shapes: NDArray[np.object_],
    kinds: NDArray[np.int64],
    rows: NDArray[np.int64],
    tile: Tile,
    weight: NDArray[np.float64],
) -> _Cut:
    """Cut shapes to the tile, without what cannot be seen on it and no finer than it shows."""
    box = shapely.bounds(shapes)
    low, high = tile.places(box[:, [0, 3]]), tile.places(box[:, [2, 1]])
    whole = (low >= _LOW).all(axis=1) & (high <= _HIGH).all(axis=1)
    drawn = (low <= _HIGH).all(axis=1) & (high >= _LOW).all(axis=1)
    span = np.hypot(*(high - low).T)
    result, in_degrees = shapes.copy(), np.ones(len(shapes), bool)
    small = drawn & (span < PIXEL) & is_thinned(tile)
    if is_thinned(tile):
        pixel = pixels((low + high) / 2)
        drawn &= ~small | _foremost(shapes, kinds, np.where(small, pixel, -1), weight, tile)
        faces = drawn & small & (kinds == POLYGON)
        result[faces] = marks(pixel[faces], np.ones(faces.sum(), bool))
        in_degrees[faces] = False
        far = _FAR_THINNED[kinds]
    else:
        drawn &= (kinds == POINT) | (span >= _HALF_UNIT)
        far = np.full(len(shapes), _HALF_UNIT)
    result[~drawn] = None
    length = shapely.length(shapes) * (EXTENT << tile.zoom) / 360
    places = shapely.get_num_coordinates(shapes)
    dense = (kinds != POINT) & (2 * far * places > length) & (places > _FEW_PLACES)
    large = drawn & ~small
    worked = np.flatnonzero(large & (dense | ~whole))
    result[worked] = shapely.transform(shapes[worked], tile.places)
    in_degrees[worked] = False
    fine, crossed = np.flatnonzero(large & dense), np.flatnonzero(large & ~whole)
    simpler = shapely.simplify(result[fine], far[fine], preserve_topology=False)
    result[fine] = np.where(shapely.is_empty(simpler), result[fine], simpler)
    result[crossed] = shapely.clip_by_rect(result[crossed], _LOW, _LOW, _HIGH, _HIGH)
    return _Cut(result, in_degrees, kinds, rows)


def _foremost(
    shapes: NDArray[np.object_],
    kinds: NDArray[np.int64],
    pixel: NDArray[np.int64],
    weight: NDArray[np.float64],
    tile: Tile,
) -> NDArray[np.bool_]:
    """Return which shapes count most of their kind in their pixel, lines in any of theirs, (n,)."""
    size = np.where(kinds == POLYGON, shapely.area(shapes), shapely.length(shapes))
    result = np.zeros(len(shapes), bool)
    for kind in (POINT, POLYGON):
        result |= foremost(np.where(kinds == kind, pixel, -1), weight, size)
    lines = np.flatnonzero((kinds == LINE) & (pixel >= 0))
    places, owner = shapely.get_coordinates(shapes[lines], return_index=True)
    owner = lines[owner]
    result[owner[foremost(pixels(tile.places(places)), weight[owner], size[owner])]] = True
    return result


def _mixed(cut: _Cut, tile: Tile) -> Parts:
    """Round lines and polygons to whole units; mend the polygons that rounding made invalid."""
    parts = _rounded(cut, tile)
    if is_thinned(tile) and cut.with_marks(parts.row, tile):
        parts = _rounded(cut, tile)
    for left in reversed(range(_MOST_ROUNDS)):
        doubted = np.flatnonzero(
            doubtful(parts.kind, parts.first_ring, parts.first_xy, parts.xy, _MOST_PLACES)
        )
        faces = [_faces(parts, int(feature)) for feature in doubted]
        bad = [not shapely.is_valid(face) for face in faces]
        if not any(bad):
            break
        for feature, face in itertools.compress(zip(doubted, faces, strict=True), bad):
            cut.with_shape(parts.row[feature], shapely.make_valid(face) if left else None)
        parts = _rounded(cut, tile)
    return parts


def _faces(parts: Parts, feature: int) -> shapely.MultiPolygon:
    """Return the polygons of a feature, whose outer rings have a positive area."""
    starts = parts.first_xy[parts.first_ring[feature] : parts.first_ring[feature + 1] + 1]
    faces: list[tuple[NDArray[np.int32], list[NDArray[np.int32]]]] = []
    for first, last in itertools.pairwise(starts):
        ring = parts.xy[first:last]
        x, y = ring.astype(np.int64).T
        if (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() > 0:
            faces.append((ring, []))
        else:
            faces[-1][1].append(ring)
    return shapely.MultiPolygon(faces)


def _rounded(cut: _Cut, tile: Tile) -> Parts:
    whole = np.flatnonzero(~(shapely.is_missing(cut.shapes) | shapely.is_empty(cut.shapes)))
    members, member_owner = shapely.get_parts(cut.shapes[whole], return_index=True)
    simple, owner = shapely.get_parts(members, return_index=True)
    position = whole[member_owner[owner]]
    # What clipping leaves of a lower dimension (a polygon that only touches the edge) goes.
    fits = _KIND_OF_TYPE[shapely.get_type_id(simple)] == cut.kinds[position]
    simple, position = simple[fits], position[fits]
    lines, line_owner, outer = _outlines(simple)
    places, place_owner = shapely.get_coordinates(lines, return_index=True)
    of_line = position[line_owner]
    in_degrees = cut.in_degrees[of_line][place_owner]
    places[in_degrees] = tile.places(places[in_degrees])
    counts = np.bincount(place_owner, minlength=len(lines))
    first_place = np.concatenate([[0], np.cumsum(counts)])
    drawn, first_xy, xy = rounded(places, first_place, of_line, cut.kinds[of_line], outer)
    features, first = np.unique(drawn, return_index=True)
    return Parts(
        row=cut.rows[features],
        kind=cut.kinds[features],
        first_ring=np.append(first, len(drawn)),
        first_xy=first_xy,
        xy=xy,
    )


def _outlines(
    simple: NDArray[np.object_],
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.bool_]]:
    """Return the outlines of simple shapes in order, whose they are, and whether outer."""
    polygon = shapely.get_type_id(simple) == shapely.GeometryType.POLYGON
    rings, ring_owner = shapely.get_rings(simple[polygon], return_index=True)
    others = np.flatnonzero(~polygon)
    owner = np.concatenate([np.flatnonzero(polygon)[ring_owner], others])
    first = np.concatenate([[True], ring_owner[1:] != ring_owner[:-1]])[: len(ring_owner)]
    outer = np.concatenate([first, np.ones(len(others), bool)])
    order = np.argsort(owner, kind="stable")
    lines = np.concatenate([rings, simple[others]])
    return lines[order], owner[order], outer[order]
