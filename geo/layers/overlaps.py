"""Whether areas tile: where two of them overlap, and where none of them reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import working_crs

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
    west, south, east, north = areas.to_crs("EPSG:4490").total_bounds
    return areas.geometry.to_crs(working_crs((west + east) / 2, (south + north) / 2))


def overlaps(areas: gpd.GeoDataFrame) -> Overlaps:
    """Return the pairs of areas that overlap by more than ``LEAST_OVERLAP_M2``.

    Parameters
    ----------
    areas
        Valid polygons in any system; missing shapes overlap nothing.
    """
    if shapely.is_missing(areas.geometry.to_numpy()).all():
        none = np.zeros(0, dtype=np.int64)
        return Overlaps(none, none, none.astype(float), none.astype(float))
    shapes = metric(areas).to_numpy()
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
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
    shapes = metric(areas)
    union = shapely.union_all(shapes.to_numpy())
    if outline is None:
        parts = shapely.get_parts(union)
        rings = [ring for part in parts for ring in getattr(part, "interiors", ())]
        empty = np.array([shapely.Polygon(ring) for ring in rings], dtype=object)
    else:
        whole = shapely.union_all(outline.geometry.to_crs(str(shapes.crs)).to_numpy())
        empty = shapely.get_parts(shapely.difference(whole, union))
    empty = empty[shapely.get_dimensions(empty) == 2] if len(empty) else empty  # noqa: PLR2004 - areas
    if not len(empty):
        return Gaps(np.zeros(0), np.zeros((0, 2)))
    size = shapely.area(empty)
    wide = ~shapely.is_empty(shapely.buffer(empty, -0.5))
    keep = (size > LEAST_GAP_M2) & wide
    order = np.argsort(-size[keep], kind="stable")
    inside = gpd.GeoSeries(shapely.point_on_surface(empty[keep][order]), crs=shapes.crs)
    return Gaps(size[keep][order], shapely.get_coordinates(inside.to_crs("EPSG:4490").to_numpy()))
