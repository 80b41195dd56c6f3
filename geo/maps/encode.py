"""Shapes as short lists of whole numbers, small enough to travel inside a page."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.crs import CGCS2000

STEPS_A_DEGREE = 100_000
"""A step is about a metre."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Longitude and latitude in steps east and north of a corner.

    A line is ``[x, y, dx, dy, dx, dy, ...]``: its first vertex, then the way from each vertex to
    the next. Vertices that fall on the same step are one.
    """

    west: int
    """Steps east of Greenwich."""
    south: int
    """Steps north of the equator."""

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float]) -> Grid:
        """Return the grid whose corner is the south-west corner of bounds in degrees."""
        return cls(
            west=int(np.floor(bounds[0] * STEPS_A_DEGREE)),
            south=int(np.floor(bounds[1] * STEPS_A_DEGREE)),
        )

    def steps(self, lon_lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return positions in steps, (n, 2)."""
        steps: NDArray[np.int64] = np.rint(lon_lat * STEPS_A_DEGREE).astype(np.int64)
        steps -= np.array([self.west, self.south])
        return steps

    def line(self, lon_lat: NDArray[np.float64], *, fewest: int = 2) -> list[int]:
        """Return one line, empty when fewer than ``fewest`` vertices remain."""
        at = self.steps(lon_lat)
        moved = np.ones(len(at), bool)
        moved[1:] = (np.diff(at, axis=0) != 0).any(axis=1)
        at = at[moved]
        if len(at) < fewest:
            return []
        return [int(n) for n in np.concatenate([at[:1], np.diff(at, axis=0)]).ravel()]

    def polygons(self, shape: shapely.Geometry) -> list[list[list[int]]]:
        """Return a polygon or multipolygon as polygons of rings, the outer ring first.

        Rings are not closed: their last vertex is left out.
        """
        parts = []
        for polygon in shapely.get_parts(shape):
            if polygon.geom_type != "Polygon":
                continue
            rings = [
                self.line(shapely.get_coordinates(ring)[:-1], fewest=3)
                for ring in (polygon.exterior, *polygon.interiors)
            ]
            if rings[0]:
                parts.append([ring for ring in rings if ring])
        return parts


def in_degrees(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the frame in longitude and latitude, CGCS2000."""
    return frame.to_crs(CGCS2000)


def lines_in_degrees(
    xy: NDArray[np.float64], crs: str, *, start: NDArray[np.int64], keep_within_m: float
) -> list[NDArray[np.float64]]:
    """Return lines in longitude and latitude, straightened where that moves them little.

    Parameters
    ----------
    xy : (n_vertex, 2)
        Vertices in metres, line after line.
    crs
        Their projected CRS.
    start : (n_line + 1,)
        First vertex of each line.
    keep_within_m
        How far a line may move.
    """
    owner = np.repeat(np.arange(len(start) - 1), np.diff(start))
    straightened = shapely.simplify(shapely.linestrings(xy, indices=owner), keep_within_m)
    vertices, owner = shapely.get_coordinates(straightened, return_index=True)
    change = pyproj.Transformer.from_crs(crs, CGCS2000, always_xy=True)
    lon_lat = np.column_stack(change.transform(vertices[:, 0], vertices[:, 1]))
    return np.split(lon_lat, np.flatnonzero(np.diff(owner)) + 1)
