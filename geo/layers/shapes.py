"""Whether a geometry is what its layer needs: kinds made equal, polygons made valid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.schema import GeometryKind

Shapes = NDArray[np.object_]

_POINT, _LINE, _POLYGON = 0, 1, 2
_TAKES: Final[dict[GeometryKind, tuple[int, ...]]] = {
    "point": (_POINT,),
    "line": (_LINE,),
    "polygon": (_POLYGON,),
    "point_or_polygon": (_POINT, _POLYGON),
    "any": (_POINT, _LINE, _POLYGON),
}
_LINE_STRING, _MULTI_POINT, _COLLECTION = 1, 4, 7
_LEAST_RING: Final = 4  # a triangle, closed


@dataclass(frozen=True, slots=True)
class Tidied:
    """Geometries fit for a layer, and what had to be done."""

    geometry: Shapes
    """(n,) shapely geometries; None where there is a fault or there was none."""
    fault: NDArray[np.object_]
    """(n,) code of what is wrong, or an empty string."""
    repairs: dict[str, NDArray[np.bool_]]
    """Code of a repair to the rows (n,) that had it."""


def tidy(geometry: Shapes, kind: GeometryKind) -> Tidied:
    """Return geometries of the kinds a layer takes, valid and without heights.

    Parameters
    ----------
    geometry : (n,)
        Shapely geometries or None.
    kind
        What the layer takes.

    Notes
    -----
    A closed line in a polygon layer becomes a polygon; a multi-point of one point becomes that
    point; invalid polygons are made valid by structure (overlapping parts joined, holes kept), and
    pieces of other dimensions are dropped.
    """
    shapes: Shapes = shapely.force_2d(geometry)
    closed = _closed_lines(shapes, kind)
    shapes[closed] = [shapely.Polygon(shapely.get_coordinates(line)) for line in shapes[closed]]
    single = (shapely.get_type_id(shapes) == _MULTI_POINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    mixed = shapely.get_type_id(shapes) == _COLLECTION
    shapes[mixed] = _greatest_dimension(shapes[mixed])
    present = ~shapely.is_missing(shapes)
    broken = present & ~shapely.is_valid(shapes)
    shapes[broken] = _greatest_dimension(
        shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    )
    fault = np.full(len(shapes), "", dtype=object)
    fault[present & ~np.isin(shapely.get_dimensions(shapes), _TAKES[kind])] = "wrong_geometry"
    fault[present & (shapely.get_type_id(shapes) == _MULTI_POINT)] = "several_points"
    fault[present & shapely.is_empty(shapes)] = "no_extent"
    shapes[fault != ""] = None
    good = fault == ""
    return Tidied(
        shapes,
        fault,
        {
            "ring_closed": closed & good,
            "self_intersection": broken & good,
            "mixed_parts": mixed & good,
        },
    )


def _closed_lines(shapes: Shapes, kind: GeometryKind) -> NDArray[np.bool_]:
    """Which lines are the outline of an area, as drawing programs export them."""
    if kind not in ("polygon", "point_or_polygon"):
        return np.zeros(len(shapes), dtype=bool)
    return np.asarray(
        (shapely.get_type_id(shapes) == _LINE_STRING)
        & shapely.is_closed(shapes)
        & (shapely.get_num_coordinates(shapes) >= _LEAST_RING)
    )


def _greatest_dimension(shapes: Shapes) -> Shapes:
    """Return the parts of greatest dimension of each geometry, joined."""
    result = np.empty(len(shapes), dtype=object)
    for i, shape in enumerate(shapes):
        parts = shapely.get_parts(shape)
        if not len(parts):
            result[i] = shape
            continue
        dimension = shapely.get_dimensions(parts)
        kept = parts[dimension == dimension.max()]
        result[i] = kept[0] if len(kept) == 1 else shapely.union_all(kept)
    return result
