"""Find where people step out of their estate onto the street."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.network.graph import StreetNetwork
from geo.network.islands import edge_component, edge_lines

ENTRANCE_COLUMNS = ("point", "gate_id", "open", "assumed", "geometry")

# Two streets that meet an outline within this distance are one entrance.
_SAME_ENTRANCE_M = 1.0


def street_lines(network: StreetNetwork) -> NDArray[np.object_]:
    """Return the lines of the main network's streets, islands left out.

    Returns
    -------
    (n,) of LineString
        One line for every edge whose start lies in the component with the most street length.
    """
    of_main: NDArray[np.object_] = edge_lines(network)[edge_component(network) == 0]
    return of_main


def surveyed(gates: gpd.GeoDataFrame, owner: NDArray[np.int64]) -> gpd.GeoDataFrame:
    """Return the entrances that stand in the gate layer.

    Parameters
    ----------
    gates
        Frame of the layer ``gate``; a gate whose ``open`` is empty is open.
    owner : (n_gate,)
        Demand point each gate opens; gates with -1 are left out.
    """
    ours = owner >= 0
    return gpd.GeoDataFrame(
        {
            "point": owner[ours],
            "gate_id": gates["id"].astype("string").to_numpy()[ours],
            "open": gates["open"].fillna(value=True).to_numpy(bool)[ours],
            "assumed": gates["assumed"].fillna(value=False).to_numpy(bool)[ours],
        },
        geometry=gates.geometry.to_numpy()[ours],
        crs=gates.crs,
    ).astype({"gate_id": "string"})


def assumed(
    places: NDArray[np.object_],
    owner: NDArray[np.int64],
    lines: NDArray[np.object_],
    *,
    crs: str,
) -> gpd.GeoDataFrame:
    """Assume the entrances of places that have no surveyed gate.

    A point is its own entrance: the walk to the nearest street counts as its connector. The
    entrances of an outline are the places where streets meet it; an outline no street meets is
    entered where it comes closest to a street.

    Parameters
    ----------
    places : (n,) of Point or Polygon
    owner : (n,)
        Demand point of each place.
    lines : (n_line,) of LineString
        Streets of the main network.
    """
    is_area = shapely.get_dimensions(places) == 2  # noqa: PLR2004 - areas have two dimensions
    spots = [places[~is_area]]
    spot_owner = [owner[~is_area]]
    if is_area.any() and len(lines):
        crossing, of_place = _crossings(places[is_area], lines)
        spots.append(crossing)
        spot_owner.append(owner[is_area][of_place])
        apart = np.setdiff1d(np.arange(is_area.sum()), of_place)
        spots.append(_closest(places[is_area][apart], lines))
        spot_owner.append(owner[is_area][apart])
    elif is_area.any():
        spots.append(shapely.point_on_surface(places[is_area]))
        spot_owner.append(owner[is_area])
    point = np.concatenate(spot_owner)
    return gpd.GeoDataFrame(
        {
            "point": point,
            "gate_id": pd.array([pd.NA] * len(point), dtype="string"),
            "open": np.ones(len(point), bool),
            "assumed": np.ones(len(point), bool),
        },
        geometry=np.concatenate(spots),
        crs=crs,
    )


def _crossings(
    outlines: NDArray[np.object_], lines: NDArray[np.object_]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Return the points where streets meet outlines, and the outline of each."""
    rings = shapely.boundary(outlines)
    ring, line = shapely.STRtree(lines).query(rings, predicate="intersects")
    parts, pair = shapely.get_parts(
        shapely.intersection(rings[ring], lines[line]), return_index=True
    )
    along = shapely.get_dimensions(parts) == 1
    parts[along] = shapely.line_interpolate_point(parts[along], 0.5, normalized=True)
    of_place = ring[pair]
    cell = np.round(shapely.get_coordinates(parts) / _SAME_ENTRANCE_M).astype(np.int64)
    key = np.column_stack([of_place, cell])
    _, first = np.unique(key, axis=0, return_index=True)
    return parts[first], of_place[first]


def _closest(outlines: NDArray[np.object_], lines: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the point of each outline that lies closest to a street."""
    if not len(outlines):
        return np.empty(0, dtype=object)
    place, line = shapely.STRtree(lines).query_nearest(outlines, all_matches=False)
    nearest = np.empty(len(outlines), np.int64)
    nearest[place] = line
    return np.asarray(
        shapely.get_point(shapely.shortest_line(outlines, lines[nearest]), 0), dtype=object
    )
