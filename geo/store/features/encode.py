"""How features become GeoJSON, a page at once: shapes in bulk, properties by orjson."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import orjson
import pyproj
import shapely
from numpy.typing import NDArray

from geo.crs import CGCS2000
from geo.store.features.query import Page
from geo.store.geometry import decode

_FIRST: Final = b'{"type":"FeatureCollection","features":'
_WKB_POINT: Final = [("order", "u1"), ("type", "<u4"), ("xy", "<f8", 2)]
_POINTS: Final = {21: np.dtype(_WKB_POINT), 29: np.dtype([("header", "V8"), *_WKB_POINT])}
"""A point in well-known binary, as PostGIS gives it, and with the header of a GeoPackage."""


@dataclass(frozen=True, slots=True)
class Turned:
    """In which coordinates shapes are given: a reference system and the order of its axes.

    Parameters
    ----------
    crs
        Such as ``EPSG:4547``; None for longitude and latitude as they are kept.
    swapped
        Whether north comes before east.
    """

    crs: str | None = None
    swapped: bool = False

    def out(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return shapes kept in EPSG:4490 in these coordinates."""
        if self.crs is None and not self.swapped:
            return shapes
        return np.asarray(shapely.transform(shapes, self.moved), dtype=object)

    def moved(self, xy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return coordinates (n, 2) kept in EPSG:4490 in these."""
        if self.crs is not None:
            xy = _through(xy, _transformer(CGCS2000, self.crs))
        return xy[:, ::-1] if self.swapped else xy

    def back(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return shapes in these coordinates as they are kept, in EPSG:4490."""

        def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            xy = xy[:, ::-1] if self.swapped else xy
            return xy if self.crs is None else _through(xy, _transformer(self.crs, CGCS2000))

        return np.asarray(shapely.transform(shapes, move), dtype=object)


def features_json(
    page: Page,
    *,
    turned: Turned,
    members: Mapping[str, object],
) -> bytes:
    """Return a page as a GeoJSON FeatureCollection.

    Parameters
    ----------
    page
        The features.
    turned
        Coordinates of the shapes.
    members
        Further members of the collection, such as ``links``; they come after the features.
    """
    body = orjson.dumps(list(_features(page, turned)))
    rest = orjson.dumps(members)
    return b"".join((_FIRST, body, b"," if len(members) else b"", rest[1:]))


def feature_json(page: Page, *, turned: Turned, members: Mapping[str, object]) -> bytes:
    """Return the one feature of a page as GeoJSON, with further members."""
    (feature,) = _features(page, turned)
    return orjson.dumps({**feature, **members})


def _features(page: Page, turned: Turned) -> Iterable[dict[str, Any]]:
    names = page.names
    shapes = shapes_json(page.shapes, turned) or [None] * len(page.ids)
    for key, shape, cells in zip(page.ids, shapes, page.cells, strict=True):
        yield {
            "type": "Feature",
            "id": key,
            "geometry": shape,
            "properties": dict(zip(names, cells, strict=True)),
        }


def shapes_json(blobs: Sequence[bytes | None], turned: Turned) -> list[Any]:
    """Return each shape as GeoJSON, in whatever form orjson writes best."""
    points = _points(blobs)
    if points is not None:
        return [{"type": "Point", "coordinates": xy} for xy in turned.moved(points).tolist()]
    if not blobs:
        return []
    shapes = turned.out(decode(blobs))
    return [None if text is None else orjson.Fragment(text) for text in shapely.to_geojson(shapes)]


def _points(blobs: Sequence[bytes | None]) -> NDArray[np.float64] | None:
    """Return the coordinates of shapes that are all plain points, as most pages are, else None."""
    for size, layout in _POINTS.items():
        if blobs and all(blob is not None and len(blob) == size for blob in blobs):
            read = np.frombuffer(b"".join(blobs), layout)  # type: ignore[arg-type]
            plain = (read["order"] == 1) & (read["type"] == 1)
            xy: NDArray[np.float64] = read["xy"]
            return xy if plain.all() and np.isfinite(xy).all() else None
    return None


def _through(xy: NDArray[np.float64], transformer: pyproj.Transformer) -> NDArray[np.float64]:
    return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))


@cache
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
