"""Whether a place that somebody sends lies where the workspace is, or somewhere else on earth."""

from __future__ import annotations

from typing import Final

import shapely
import sqlalchemy as sa

from geo.errors import DataError
from geo.schema import LEVELS
from geo.store.features import Box, extent, feature_tables
from geo.text import say

_MARGIN_DEG: Final = 0.5
"""About fifty kilometres: what stands in neighbouring districts counts as well."""


def area_of(connection: sa.Connection) -> Box | None:
    """Return the box around the widest units that the workspace has; None when it has none."""
    tables = feature_tables(connection)
    for level in LEVELS:
        box = extent(connection, tables[level]) if level in tables else None
        if box is not None:
            return box
    return None


def require_nearby(connection: sa.Connection, shape: shapely.Geometry) -> None:
    """Refuse a shape that reaches far beyond the workspace's own area.

    Parameters
    ----------
    connection
        To the store.
    shape
        In longitude and latitude.

    Raises
    ------
    DataError
        It does; the message says where it lies and where the area is.
    """
    area = area_of(connection)
    if area is None or shapely.is_empty(shape):
        return
    west, south, east, north = shapely.bounds(shape).tolist()
    if _within(area, west, south, east, north):
        return
    turned = _within(area, south, west, north, east)
    raise DataError(
        say(
            f"位置离本地太远：经度 {west:.4f}、纬度 {south:.4f}；本地在"
            f"经度 {area.west:.2f}～{area.east:.2f}、纬度 {area.south:.2f}～{area.north:.2f}。",
            f"the place is far away, at {west:.4f}, {south:.4f}; this area lies at longitude"
            f" {area.west:.2f} to {area.east:.2f}, latitude {area.south:.2f} to {area.north:.2f}.",
        ),
        hint=say(
            "经度和纬度写反了：先写经度，再写纬度。",
            "longitude and latitude are swapped: write longitude first.",
        )
        if turned
        else say(
            "请核对坐标和它的坐标系；CRS84 先写经度，再写纬度。",
            "check the coordinates and their system; in CRS84 longitude comes first.",
        ),
    )


def _within(area: Box, west: float, south: float, east: float, north: float) -> bool:
    return (
        west >= area.west - _MARGIN_DEG
        and east <= area.east + _MARGIN_DEG
        and south >= area.south - _MARGIN_DEG
        and north <= area.north + _MARGIN_DEG
    )
