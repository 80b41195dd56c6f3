"""What each group of a coverage map draws, as plain values in a fixed order."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.coverage import Areas, Coverage
from geo.maps.drawings import Drawings
from geo.maps.encode import Grid, in_degrees, lines_in_degrees
from geo.maps.words import CERTAINTIES, status_labels
from geo.network.graph import StreetNetwork

MAIN_STREETS = ("motorway", "trunk", "primary", "secondary", "tertiary")
"""OSM classes drawn a little stronger; their ``_link`` streets alike."""
STRAIGHTENED_STREETS_M = 3.0

_TENTH_OF_A_MS = 1e-5
"""Tenths of a minute that floating point may add to a time of whole milliseconds."""
_SHARES = ("reached", "unique", "overlapping")

OWN, NEIGHBOUR, IDLE = 0, 1, 2
"""What a facility is to the answer: counted, counted though a neighbour's, not counted."""


def communities(
    coverage: Coverage, outlines: gpd.GeoDataFrame, areas: Areas, grid: Grid
) -> list[list[Any]]:
    """Return name, total, covered, share in thousandths and polygons of every community.

    Parameters
    ----------
    coverage
        The answer.
    outlines
        ``level``, ``code`` and outline of areas, in degrees.
    areas
        Their names.
    grid
        Steps of the map.
    """
    minutes = f"{coverage.question.main_min:g}"
    table = coverage.areas
    table = table[(table["level"] == "community") & (table["weight"] == coverage.weight)]
    rows = table.set_index("code")[
        ["total", f"covered_{minutes}_min", f"covered_{minutes}_min_share"]
    ]
    names = areas.names.get("community", {})
    found = []
    drawn = outlines[outlines["level"] == "community"].sort_values("code", kind="stable")
    for code, shape in zip(drawn["code"], drawn.geometry, strict=True):
        row = rows.loc[code] if code in rows.index else pd.Series([pd.NA] * 3)
        share = None if pd.isna(row.iloc[2]) else round(1000 * float(row.iloc[2]))
        figures = [whole(row.iloc[0]), whole(row.iloc[1]), share]
        found.append([names.get(code, str(code)), *figures, grid.polygons(shape)])
    return found


def boundary(areas: Areas, crs: str, grid: Grid) -> list[list[list[int]]]:
    """Return the polygons of the county's own area."""
    if areas.own is None:
        return []
    shape = gpd.GeoSeries([areas.own], crs=crs).simplify(STRAIGHTENED_STREETS_M)
    return grid.polygons(in_degrees(gpd.GeoDataFrame(geometry=shape)).geometry.iloc[0])


def streets(network: StreetNetwork | None, grid: Grid, within: shapely.Polygon) -> list[Any]:
    """Return the lines of lesser and of main streets that touch the map."""
    if network is None or not network.n_edge:
        return [[], []]
    lines = lines_in_degrees(
        network.shape_xy,
        network.crs,
        start=network.shape_start,
        keep_within_m=STRAIGHTENED_STREETS_M,
    )
    west, south, east, north = within.bounds
    main = np.array([name.removesuffix("_link") in MAIN_STREETS for name in network.classes])
    found: list[list[list[int]]] = [[], []]
    for edge, line in enumerate(lines):
        low, high = line.min(axis=0), line.max(axis=0)
        outside = high[0] < west or low[0] > east or high[1] < south or low[1] > north
        drawn = [] if outside else grid.line(line)
        if drawn:
            found[int(main[network.edge_class[edge]])].append(drawn)
    return found


def isochrone_areas(drawings: Drawings | None, grid: Grid) -> list[list[Any]]:
    """Return minutes and polygons of every dissolved area, the widest first."""
    if drawings is None:
        return []
    frame = in_degrees(drawings.areas).sort_values("minutes", ascending=False, kind="stable")
    return [
        [float(minutes), grid.polygons(shape)]
        for minutes, shape in zip(frame["minutes"], frame.geometry, strict=True)
    ]


def points(
    coverage: Coverage,
    frame: gpd.GeoDataFrame,
    areas: Areas,
    stations: gpd.GeoDataFrame,
    grid: Grid,
) -> dict[str, list[Any]]:
    """Return the columns of the demand points, many people first so that few lie on top.

    Parameters
    ----------
    coverage
        The answer.
    frame
        Its points in degrees.
    areas
        Names of communities.
    stations
        Facilities in the order of the map.
    grid
        Steps of the map.
    """
    has_people = coverage.weight in frame.columns
    people = frame[coverage.weight] if has_people else pd.Series(1, index=frame.index)
    frame = frame.assign(people=people.astype("Int64"))
    frame = frame.sort_values(["people", "id"], ascending=[False, True], kind="stable")
    lost = frame["state"].isin(["island", "gates_closed"])
    kind = frame["certainty"].mask(lost, "unreachable")
    station = {identity: at for at, identity in enumerate(stations["id"])}
    names = areas.names.get("community", {})
    code = frame["community_code"]
    at = grid.steps(shapely.get_coordinates(shapely.point_on_surface(frame.geometry.to_numpy())))
    known = sorted(set(code.dropna()))
    number = {value: i for i, value in enumerate(known)}
    return {
        "communities": [names.get(value, value) for value in known],
        "x": at[:, 0].tolist(),
        "y": at[:, 1].tolist(),
        "name": frame["name"].fillna("").tolist(),
        "community": [-1 if pd.isna(value) else number[value] for value in code],
        "people": [whole(value) for value in frame["people"]],
        "tenths": [
            # Rounded up, so that nobody reads 15.0 beside a place that is not within 15.
            None if pd.isna(minutes) else math.ceil(10 * float(minutes) - _TENTH_OF_A_MS)
            for minutes in frame["nearest_min"]
        ],
        "kind": [CERTAINTIES.index(value) for value in kind],
        "nearest": [-1 if pd.isna(value) else station[value] for value in frame["nearest_id"]],
        "assumed": frame["assumed"].astype(int).tolist(),
    }


def all_stations(coverage: Coverage, facilities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the facilities that count, then the others of the layer, with what popups show."""
    labels = status_labels()
    layer = facilities.drop_duplicates("id").set_index("id")
    counted = coverage.facilities
    neighbour = counted["own_county"].eq(other=False).fillna(value=False).to_numpy(bool)
    others = facilities[~facilities["id"].isin(counted["id"])].sort_values("id", kind="stable")
    identity = [*counted["id"], *others["id"]]
    nobody = [None] * len(others)
    return gpd.GeoDataFrame(
        {
            "id": identity,
            "name": [*counted["name"].fillna(""), *others["name"].fillna("")],
            "role": [*np.where(neighbour, NEIGHBOUR, OWN).tolist(), *[IDLE] * len(others)],
            "status": layer["status"].reindex(identity).fillna("open").map(labels).tolist(),
            "floor_area_m2": layer["floor_area_m2"].reindex(identity).round().array.astype("Int64"),
            "people": [
                *([whole(n) for n in row] for row in counted[list(_SHARES)].to_numpy(object)),
                *nobody,
            ],
            "simulated": layer["simulated"].reindex(identity).fillna(value=False).astype(int),
        },
        geometry=np.concatenate([counted.geometry.to_numpy(), others.geometry.to_numpy()]),
        crs=counted.crs,
    ).reset_index(drop=True)


def facilities(
    stations: gpd.GeoDataFrame, drawings: Drawings | None, grid: Grid
) -> list[list[Any]]:
    """Return what the map shows of every facility: see ``drawFacilities`` in the page's script."""
    at = grid.steps(shapely.get_coordinates(shapely.point_on_surface(stations.geometry.to_numpy())))
    catchment = {}
    if drawings is not None:
        drawn = in_degrees(drawings.catchments)
        catchment = dict(zip(drawn["id"], drawn.geometry, strict=True))
    shapes = [catchment.get(identity) for identity in stations["id"]]
    return [
        [
            *(x, y, row["name"], row["role"], row["status"], whole(row["floor_area_m2"])),
            *(row["people"], row["simulated"]),
            [] if shape is None else grid.polygons(shape),
        ]
        for (x, y), row, shape in zip(at.tolist(), stations.to_dict("records"), shapes, strict=True)
    ]


def whole(number: Any) -> int | None:  # noqa: ANN401 - a cell of a frame
    """Return a whole number, or None when it is unknown."""
    return None if pd.isna(number) else int(number)
