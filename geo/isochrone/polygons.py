"""Which area is within so many minutes: polygons for each facility, or for all of them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import geopandas as gpd
import numpy as np
import shapely
from contourpy import FillType, contour_generator
from numpy.typing import NDArray

from geo.errors import DataError
from geo.isochrone.ownership import CellOwnership
from geo.isochrone.walk import CellWalk, Walker, Window
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.text import say
from geo.travel import Direction, Profile
from geo.travel.minutes import MS_A_MINUTE

DETAIL = 2
"""Points along the side of a cell at which a border is looked at."""


def isochrones(
    network: StreetNetwork,
    ownership: CellOwnership,
    facilities: Attachments,
    *,
    minutes: Sequence[float],
    profile: Profile,
    direction: Direction = "to_facility",
    detail: int = DETAIL,
    progress: Callable[[float], None] | None = None,
) -> gpd.GeoDataFrame:
    """Draw, for every facility, the area within each of the minutes.

    Parameters
    ----------
    network
        The streets.
    ownership
        Cells of these streets, from ``own_cells``.
    facilities
        Where the facilities touch the streets.
    minutes
        Limits; a walk of exactly the limit is inside.
    profile
        Who walks.
    direction
        Walks to the facility or from it.
    detail
        Points along the side of a cell.
    progress
        Called with the share done, 0 to 1.

    Returns
    -------
    GeoDataFrame
        ``facility`` (position in ``facilities``), ``minutes`` and a MultiPolygon with holes, empty
        where nothing is reached; facility by facility, minutes as given.

    Raises
    ------
    DataError
        No minutes, minutes that are not positive, or a raster of other streets.
    """
    limits_min = _limits(minutes)
    walker = Walker.on(network, ownership, profile=profile, direction=direction)
    n_facility = len(facilities.edge)
    drawn: list[shapely.MultiPolygon] = []
    for facility in range(n_facility):
        one = _taken(facilities, np.array([facility]))
        drawn += _nothing(limits_min) if one.edge[0] < 0 else _draw(walker, one, limits_min, detail)
        if progress is not None:
            progress((facility + 1) / n_facility)
    return gpd.GeoDataFrame(
        {
            "facility": np.repeat(np.arange(n_facility), len(limits_min)),
            "minutes": np.tile(limits_min, n_facility),
        },
        geometry=np.array(drawn, dtype=object),
        crs=network.crs,
    )


def coverage_area(
    network: StreetNetwork,
    ownership: CellOwnership,
    facilities: Attachments,
    *,
    minutes: Sequence[float],
    profile: Profile,
    direction: Direction = "to_facility",
    detail: int = 1,
) -> gpd.GeoDataFrame:
    """Draw the area within each of the minutes of any facility.

    The walk from every cell to its nearest facility comes from one sweep of the streets, so
    catchments never overlap and there is nothing to dissolve. Parameters are as in `isochrones`.

    Returns
    -------
    GeoDataFrame
        ``minutes`` and a MultiPolygon with holes; minutes as given.

    Raises
    ------
    DataError
        No minutes, minutes that are not positive, or a raster of other streets.
    """
    limits_min = _limits(minutes)
    walker = Walker.on(network, ownership, profile=profile, direction=direction)
    attached = _taken(facilities, np.flatnonzero(facilities.edge >= 0))
    drawn = (
        _draw(walker, attached, limits_min, detail) if len(attached.edge) else _nothing(limits_min)
    )
    return gpd.GeoDataFrame(
        {"minutes": limits_min}, geometry=np.array(drawn, dtype=object), crs=network.crs
    )


def _limits(minutes: Sequence[float]) -> NDArray[np.float64]:
    limits_min = np.asarray(minutes, np.float64)
    if not len(limits_min) or not (limits_min > 0).all():
        found = "、".join(f"{limit:g}" for limit in limits_min)
        raise DataError(
            say(
                f"等时圈的分钟数应至少有一个且都大于 0，现为：{found or '（空）'}。",
                f"isochrones need minutes greater than 0, found: {found or 'none'}",
            )
        )
    return limits_min


def _nothing(limits_min: NDArray[np.float64]) -> list[shapely.MultiPolygon]:
    return [shapely.MultiPolygon()] * len(limits_min)


def _taken(facilities: Attachments, rows: NDArray[np.int64]) -> Attachments:
    return Attachments(
        edge=facilities.edge[rows],
        along_m=facilities.along_m[rows],
        connector_m=facilities.connector_m[rows],
        island_m=facilities.island_m[rows],
        on_island=facilities.on_island[rows],
    )


def _draw(
    walker: Walker, facilities: Attachments, limits_min: NDArray[np.float64], detail: int
) -> list[shapely.MultiPolygon]:
    """Draw the area within each limit of the nearest of these facilities."""
    longest_min = float(limits_min.max())
    window = walker.around(facilities, longest_min)
    walk = walker.to(facilities, longest_min)
    centre_ms = walk.centre_ms(window)
    return [
        _draw_limit(walk, window, centre_ms, limit_ms=limit_min * MS_A_MINUTE, detail=detail)
        for limit_min in limits_min
    ]


def _draw_limit(
    walk: CellWalk,
    window: Window,
    centre_ms: NDArray[np.float32],
    *,
    limit_ms: float,
    detail: int,
) -> shapely.MultiPolygon:
    inside = centre_ms <= limit_ms
    if not inside.any():
        return shapely.MultiPolygon()
    part = window.cut(inside)
    field = walk.outside_m(part, centre_ms[part.of(window)], limit_ms=limit_ms, detail=detail)
    cells = walk.walker.ownership
    n_row, n_column = field.shape
    x = (part.column + (np.arange(n_column) - 0.5) / detail - 0.5) * cells.cell_m + cells.west_m
    y = (part.row + (np.arange(n_row) - 0.5) / detail - 0.5) * cells.cell_m + cells.south_m
    return _filled_below_zero(x, y, field)


def _filled_below_zero(
    x: NDArray[np.float64], y: NDArray[np.float64], field: NDArray[np.float32]
) -> shapely.MultiPolygon:
    generator = contour_generator(
        x, y, field, name="serial", fill_type=FillType.ChunkCombinedOffsetOffset
    )
    points, rings, outers = generator.filled(-np.inf, 0.0)
    if points[0] is None:
        return shapely.MultiPolygon()
    polygons = shapely.from_ragged_array(
        shapely.GeometryType.POLYGON, points[0], (rings[0], outers[0])
    )
    return shapely.MultiPolygon(list(polygons))
