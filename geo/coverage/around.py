"""Which area lies within so many minutes of one place, drawn over the streets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
from pyproj import Transformer

from geo.coverage.walks import tied_to
from geo.crs import CGCS2000
from geo.isochrone import CELL_M, coverage_area, own_cells
from geo.network.graph import StreetNetwork
from geo.travel import BLOCKED, Direction, Profile, edge_ms

STRAIGHTENED_M: Final = 3.0
"""Borders are straightened where that moves them at most this far."""
_MOST_CELLS: Final = 4_000_000
_MARGIN_M: Final = 50.0


@dataclass(frozen=True, slots=True)
class Around:
    """The area around one place."""

    areas: gpd.GeoDataFrame
    """``minutes``, ``area_m2`` and the area within them, EPSG:4490; ascending, empty where the
    place hangs on no street or the limit ends before one is reached."""
    connector_m: float | None
    """Metres from the place to its street, walked too; None: it hangs on none."""
    on_island: bool
    """Whether the nearest street is cut off from the main ones."""
    cell_m: float
    """Side of the cells that were drawn: larger where the walk is long."""


def around(
    network: StreetNetwork,
    place: tuple[float, float],
    *,
    minutes: Sequence[float],
    walker: Profile,
    direction: Direction = "to_facility",
) -> Around:
    """Draw where one walks at most so many minutes to or from a place.

    The polygons draw the walk; whether somebody is reached is for minutes to say, place by place.

    Parameters
    ----------
    network
        The streets.
    place
        Longitude and latitude, CGCS2000.
    minutes
        Limits.
    walker
        Who walks.
    direction
        Walks to the place, or from it.

    Raises
    ------
    DataError
        There are no streets, or a limit is no number above 0.
    """
    ms = edge_ms(network, walker)
    usable = (ms != BLOCKED).any(axis=1)
    xy = np.array([Transformer.from_crs(CGCS2000, network.crs, always_xy=True).transform(*place)])
    ties = tied_to(network, xy, usable)
    limits = sorted({float(limit) for limit in minutes})
    metre_a_ms = network.edge_length_m[:, None] / ms
    fastest_m_s = max(walker.speed_m_s, 1000.0 * float(metre_a_ms.max(initial=0.0)))
    far_m = fastest_m_s * max(limits, default=0.0) * 60 + _MARGIN_M
    low = np.maximum(xy[0] - far_m, network.shape_xy.min(axis=0) - far_m)
    high = np.minimum(xy[0] + far_m, network.shape_xy.max(axis=0) + far_m)
    high = np.maximum(high, low + CELL_M)
    cell_m = max(CELL_M, float(np.sqrt(np.prod(high - low) / _MOST_CELLS)))
    cells = own_cells(network, cell_m=cell_m, bounds=(*low, *high), usable=usable)
    drawn = coverage_area(
        network, cells, ties.walked, minutes=limits, profile=walker, direction=direction, detail=2
    )
    area_m2 = drawn.area.round()
    plain = drawn.set_geometry(drawn.simplify(STRAIGHTENED_M)).to_crs(CGCS2000)
    hangs = bool(ties.walked.edge[0] >= 0)
    return Around(
        areas=plain.assign(area_m2=area_m2)[["minutes", "area_m2", "geometry"]],
        connector_m=float(ties.attachments.connector_m[0]) if hangs else None,
        on_island=bool(ties.attachments.on_island[0]),
        cell_m=cell_m,
    )
