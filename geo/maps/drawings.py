"""The isochrones of one coverage answer, as they will be drawn, and how far they can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from geo.coverage import Coverage
from geo.coverage.facilities import places
from geo.coverage.walks import passable, tie
from geo.isochrone import CELL_M, Mismatch, coverage_area, isochrones, mismatch, own_cells
from geo.network.graph import StreetNetwork

STRAIGHTENED_M = 3.0
"""Borders are straightened where that moves them at most this far."""

_MOST_CELLS = 40_000_000


@dataclass(frozen=True, slots=True)
class Drawings:
    """Polygons for a map; the minutes of the coverage decide, polygons only show them."""

    areas: gpd.GeoDataFrame
    """``minutes`` and the area within them of any facility."""
    catchments: gpd.GeoDataFrame
    """``id`` of each facility and the area within the main minutes of it."""
    mismatches: tuple[Mismatch, ...]
    """How many demand points each of the areas shows on the wrong side."""


def draw(
    coverage: Coverage,
    network: StreetNetwork,
    *,
    progress: Callable[[float], None] | None = None,
) -> Drawings:
    """Draw the isochrones of a coverage answer and compare them with its minutes.

    Facilities and cells are tied to the streets as the coverage tied its demand. A demand point
    counts as drawn when one of its open entrances is, for there its walk begins.

    Parameters
    ----------
    coverage
        The answer.
    network
        The streets it was found on.
    progress
        Told the share done.
    """
    tell = progress or (lambda _: None)
    walker = coverage.question.walker
    cells = own_cells(
        network,
        cell_m=_cell_m(network),
        usable=passable(network, walker),
        progress=lambda share: tell(0.2 * share),
    )
    stations = tie(network, places(coverage.facilities), walker).walked
    areas = coverage_area(
        network, cells, stations, minutes=coverage.question.minutes, profile=walker
    )
    tell(0.5)
    each = isochrones(
        network,
        cells,
        stations,
        minutes=[coverage.question.main_min],
        profile=walker,
        progress=lambda share: tell(0.5 + 0.4 * share),
    )
    areas = areas.set_geometry(areas.simplify(STRAIGHTENED_M))
    each = each.set_geometry(each.simplify(STRAIGHTENED_M))
    doors = coverage.entrances[coverage.entrances["open"].to_numpy(bool)]
    xy = shapely.get_coordinates(doors.geometry.to_numpy())
    owner = doors["point"].to_numpy(np.int64)
    found = tuple(
        mismatch(area, xy, coverage.points[f"covered_{minutes:g}_min"].to_numpy(bool), place=owner)
        for minutes, area in zip(areas["minutes"], areas.geometry, strict=True)
    )
    tell(1.0)
    return Drawings(
        areas=areas,
        catchments=each.assign(id=coverage.facilities["id"].to_numpy())[["id", "geometry"]],
        mismatches=found,
    )


def _cell_m(network: StreetNetwork) -> float:
    """Return the side of a cell: the usual one, larger where the streets cover a whole region."""
    low, high = network.shape_xy.min(axis=0), network.shape_xy.max(axis=0)
    return max(CELL_M, float(np.sqrt(np.prod(high - low) / _MOST_CELLS)))
