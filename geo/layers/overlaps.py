"""Whether areas tile: where two of them overlap, and where none of them reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import CGCS2000, working_crs

LEAST_OVERLAP_M2: Final = 100.0
"""Overlaps below this are drawing noise at the scale of a county's boundaries."""
LEAST_GAP_M2: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Overlaps:
    """Pairs of areas that share ground."""

    first: NDArray[np.int64]
    """(k,) position of one area; always below ``second``."""
    second: NDArray[np.int64]
    """(k,)"""
    area_m2: NDArray[np.float64]
    """(k,)"""
    share: NDArray[np.float64]
    """(k,) of the smaller area of the two."""


@dataclass(frozen=True, slots=True)
class Gaps:
    """Ground inside the outline that no area covers."""

    area_m2: NDArray[np.float64]
    """(k,) greatest first."""
    lonlat: NDArray[np.float64]
    """(k, 2) a point inside each gap, EPSG:4490."""


def metric(areas: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return the shapes in metres of the working system at their middle."""
    west, south, east, north = areas.to_crs(CGCS2000).total_bounds
    return areas.geometry.to_crs(working_crs((west + east) / 2, (south + north) / 2))


def pieces_m(pieces: NDArray[np.object_], areas: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return pieces cut from areas (k,) in metres, for measuring them.

    Borders are compared in the coordinates in which they were drawn: a long straight edge and the
    same edge with one more vertex part by metres once they are projected.
    """
    projected = gpd.GeoSeries(pieces, crs=areas.crs).to_crs(str(metric(areas).crs))
    return np.asarray(projected, dtype=object)


def overlaps(areas: gpd.GeoDataFrame) -> Overlaps:
    """Return the pairs of areas that overlap by more than ``LEAST_OVERLAP_M2``.

    Parameters
    ----------
    areas
        Valid polygons in any system; missing shapes overlap nothing.
    """
    shapes = areas.geometry.to_numpy()
    if shapely.is_missing(shapes).all():
        none = np.zeros(0, dtype=np.int64)
        return Overlaps(none, none, none.astype(np.float64), none.astype(np.float64))
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.area(pieces_m(shapely.intersection(shapes[left], shapes[right]), areas))
    size = shapely.area(pieces_m(shapes, areas))
    smaller = np.minimum(size[left], size[right])
    keep = shared > LEAST_OVERLAP_M2
    order = np.lexsort((right[keep], left[keep]))
    return Overlaps(
        left[keep][order],
        right[keep][order],
        shared[keep][order],
        (shared[keep] / np.maximum(smaller[keep], 1e-9))[order],
    )


def gaps(areas: gpd.GeoDataFrame, outline: gpd.GeoDataFrame | None = None) -> Gaps:
    """Return the ground that no area covers.

    Parameters
    ----------
    areas
        Valid polygons in any system.
    outline
        What they should cover together; None looks only for holes between them.

    Notes
    -----
    Slivers narrower than a metre are drawing noise and left out, as are gaps below
    ``LEAST_GAP_M2``.
    """
    union = shapely.union_all(areas.geometry.to_numpy())
    if outline is None:
        parts = shapely.get_parts(union)
        rings = [ring for part in parts for ring in getattr(part, "interiors", ())]
        empty = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    else:
        whole = shapely.union_all(outline.geometry.to_crs(str(areas.crs)).to_numpy())
        empty = shapely.get_parts(shapely.difference(whole, union))
    empty = empty[shapely.get_dimensions(empty) == 2]  # noqa: PLR2004 - areas
    if not len(empty):
        return Gaps(np.zeros(0), np.zeros((0, 2)))
    drawn = pieces_m(empty, areas)
    size = shapely.area(drawn)
    keep = (size > LEAST_GAP_M2) & ~shapely.is_empty(shapely.buffer(drawn, -0.5))
    order = np.argsort(-size[keep], kind="stable")
    inside = gpd.GeoSeries(shapely.point_on_surface(empty[keep][order]), crs=areas.crs)
    return Gaps(size[keep][order], shapely.get_coordinates(inside.to_crs(CGCS2000).to_numpy()))
