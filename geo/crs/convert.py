"""Coordinates from every declared datum to CGCS2000, and back."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import ArrayLike, NDArray

from geo.crs.datum import CGCS2000, Datum, crs_of
from geo.crs.offsets import Floats, bd09, gcj02, inside, invert


def to_cgcs2000(xy: ArrayLike, datum: Datum) -> Floats:
    """Return CGCS2000 longitude and latitude of coordinates given in a declared datum.

    Parameters
    ----------
    xy : (n, 2)
        Longitude and latitude in degrees, or easting and northing in metres for a projected EPSG
        system. NaN stays NaN.
    datum
        What the numbers mean.

    Returns
    -------
    (n, 2)
        Exact inverse of ``from_cgcs2000`` (far below 1 cm). For GCJ-02 and BD-09, points outside
        ``OFFSET_AREA`` are returned unchanged.
    """
    points = np.array(xy, dtype=np.float64).reshape(-1, 2)
    if datum.offset:
        return inside(points, invert(gcj02 if datum.name == "gcj02" else bd09))
    if datum.name == "epsg":
        return _project(points, datum.crs, crs_of(4490))
    return points


def from_cgcs2000(lonlat: ArrayLike, datum: Datum) -> Floats:
    """Return coordinates in a declared datum of CGCS2000 longitude and latitude.

    Parameters
    ----------
    lonlat : (n, 2)
        Degrees.
    datum
        What the result means.

    Returns
    -------
    (n, 2)
        Degrees, or metres for a projected EPSG system.
    """
    points = np.array(lonlat, dtype=np.float64).reshape(-1, 2)
    if datum.offset:
        return inside(points, gcj02 if datum.name == "gcj02" else bd09)
    if datum.name == "epsg":
        return _project(points, crs_of(4490), datum.crs)
    return points


def frame_to_cgcs2000(frame: gpd.GeoDataFrame, datum: Datum) -> gpd.GeoDataFrame:
    """Return a frame whose every vertex is CGCS2000 longitude and latitude.

    Parameters
    ----------
    frame
        Geometry whose numbers mean ``datum``; the CRS written on the frame is not consulted.
    datum
        What the numbers mean.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows and columns in EPSG:4490, without heights.
    """
    moved = geometry_to_cgcs2000(frame.geometry.to_numpy(), datum)
    column = frame.geometry.name
    result = frame.copy()
    result[column] = gpd.GeoSeries(moved, index=frame.index, crs=CGCS2000)
    return result.set_geometry(column, crs=CGCS2000)


def geometry_to_cgcs2000(
    geometry: NDArray[np.object_], meaning: Datum | pyproj.CRS
) -> NDArray[np.object_]:
    """Return geometries with every vertex moved to CGCS2000; heights are dropped.

    Parameters
    ----------
    geometry : (n,)
        Shapely geometries or None.
    meaning
        The datum of the coordinates, or the reference system a file carries.
    """
    flat = shapely.force_2d(geometry)
    if isinstance(meaning, Datum):
        return shapely.transform(flat, lambda xy: to_cgcs2000(xy, meaning))
    return shapely.transform(flat, lambda xy: _project(xy, meaning, crs_of(4490)))


def _project(points: Floats, source: pyproj.CRS, target: pyproj.CRS) -> Floats:
    transformer = _transformer(source.to_string(), target.to_string())
    x, y = transformer.transform(points[:, 0], points[:, 1])
    moved = np.column_stack([x, y])
    moved[~np.isfinite(moved).all(axis=1)] = np.nan
    return moved


@cache
def _transformer(source: str, target: str) -> pyproj.Transformer:
    """CGCS2000 and WGS 84 are equal here, so each system is tied to the one it stands on."""
    start, end = pyproj.CRS(source), pyproj.CRS(target)
    if end == crs_of(4490):
        end = _twin(start)
    elif start == crs_of(4490):
        start = _twin(end)
    return pyproj.Transformer.from_crs(start, end, always_xy=True)


def _twin(crs: pyproj.CRS) -> pyproj.CRS:
    base = crs.geodetic_crs
    china = base is not None and base.datum is not None and "China" in base.datum.name
    return crs_of(4490 if china else 4326)
