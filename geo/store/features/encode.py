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
from geo.store.features.pages import Page
from geo.store.geometry import decode

_POINT: Final = 0
_NULL: Final = orjson.Fragment(b"null")
_FIRST: Final = b'{"type":"FeatureCollection","features":'
_NAMED: Final = frozenset({"east", "north", "west", "south"})


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
        turned = shapes
        if self.crs is not None:
            turned = _through(turned, _transformer(CGCS2000, self.crs))
        return _swapped(turned) if self.swapped else turned

    def back(self, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
        """Return shapes in these coordinates as they are kept, in EPSG:4490."""
        turned = _swapped(shapes) if self.swapped else shapes
        return turned if self.crs is None else _through(turned, _transformer(self.crs, CGCS2000))


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
    shapes = shapes_json(page.shapes, turned) or [_NULL] * len(page.ids)
    for key, shape, cells in zip(page.ids, shapes, page.cells, strict=True):
        yield {
            "type": "Feature",
            "id": key,
            "geometry": shape,
            "properties": dict(zip(names, cells, strict=True)),
        }


def shapes_json(blobs: Sequence[bytes | None], turned: Turned) -> list[orjson.Fragment]:
    """Return each shape as GeoJSON."""
    if not blobs:
        return []
    shapes = turned.out(decode(blobs))
    return [_NULL if text is None else orjson.Fragment(text) for text in shapely.to_geojson(shapes)]


def _through(shapes: NDArray[np.object_], transformer: pyproj.Transformer) -> NDArray[np.object_]:
    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return np.asarray(shapely.transform(shapes, move), dtype=object)


def _swapped(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.asarray(shapely.transform(shapes, lambda xy: xy[:, ::-1]), dtype=object)


@cache
def _transformer(source: str, target: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(source, target, always_xy=True)
