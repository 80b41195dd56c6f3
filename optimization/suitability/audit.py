"""Which zones an existing burial place breaks, and by how many metres."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.demand.units import texts
from geo.terrain import SEEN, UNSEEN, Elevation, Sight, who_sees
from optimization.suitability.exclusion import zones_of
from optimization.suitability.zonesets import Clearance

COLUMNS = (
    "id",
    "name",
    "finding",
    "binding",
    "kind",
    "method",
    "zone_id",
    "zone_name",
    "distance_m",
    "required_m",
    "short_m",
    "seen_from_lon",
    "seen_from_lat",
    "lacks",
    "norm",
    "source",
)


def audit(
    existing: gpd.GeoDataFrame,
    clearances: tuple[Clearance, ...],
    zones: gpd.GeoDataFrame,
    *,
    ground: Elevation | None,
    sight: Sight,
) -> gpd.GeoDataFrame:
    """Return what every clearance says of every existing burial place.

    Parameters
    ----------
    existing
        Burial places: points or areas.
    clearances
        Zones to keep clear of.
    zones
        The layer ``zone``, in the same CRS.
    ground
        The heights; None: what depends on sight is unknown.
    sight
        How one looks.

    Returns
    -------
    GeoDataFrame
        `COLUMNS` and the shape of the burial place; ``finding`` is ``breaks``, ``keeps`` or
        ``unknown``. By distance, ``short_m`` is what is missing; by sight, ``distance_m`` is how
        far away the nearest point of the zone stands that sees the place.
    """
    shapes = existing.geometry.to_numpy()
    ids, names = texts(existing, "id"), texts(existing, "name")
    rows: list[dict[str, Any]] = []
    for clearance in clearances:
        found = (
            _distances(shapes, clearance, zones)
            if clearance.method == "distance"
            else _sights(shapes, clearance, zones, ground=ground, sight=sight)
        )
        for at, row in enumerate(found):
            rows.append(
                {
                    "id": ids[at],
                    "name": names[at],
                    "binding": clearance.binding,
                    "kind": clearance.kind,
                    "method": clearance.method,
                    "required_m": np.nan if clearance.distance_m is None else clearance.distance_m,
                    "norm": clearance.norm,
                    "source": clearance.source,
                    "at": at,
                }
                | row
            )
    table = pd.DataFrame(rows, columns=["at", *COLUMNS])
    rank = table["finding"].map({"breaks": 0, "unknown": 1, "keeps": 2})
    order = np.lexsort((-table["short_m"].fillna(0).to_numpy(float), rank, table["at"]))
    table = table.iloc[order].reset_index(drop=True)
    typed = table.astype(
        dict.fromkeys(
            ["distance_m", "required_m", "short_m", "seen_from_lon", "seen_from_lat"], "Float64"
        )
        | dict.fromkeys(
            ["id", "name", "finding", "kind", "method", "zone_id", "zone_name", "lacks", "norm",
             "source"],
            "string",
        )
        | {"binding": "boolean"}
    )  # fmt: skip
    shape = shapes[table["at"].to_numpy(np.int64)]
    return gpd.GeoDataFrame(typed.drop(columns="at"), geometry=shape, crs=existing.crs)


def _distances(
    shapes: np.ndarray[Any, Any], clearance: Clearance, zones: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    rows = zones_of(zones, clearance.kind)
    if not len(rows):
        return [_unknown(f"zone:{clearance.kind}")] * len(shapes)
    own = zones.geometry.to_numpy()[rows]
    at, away_m = shapely.STRtree(own).query_nearest(shapes, all_matches=False, return_distance=True)
    found = [_unknown("position")] * len(shapes)
    needed = clearance.distance_m
    for place, zone, metres in zip(at[0], rows[at[1]], away_m, strict=True):
        breaks = metres <= (needed or 0.0)
        found[place] = {
            "finding": "breaks" if breaks else "unknown" if needed is None else "keeps",
            "zone_id": _cell(zones, "id", zone),
            "zone_name": _cell(zones, "name", zone),
            "distance_m": round(float(metres), 1),
            "short_m": round((needed or 0.0) - float(metres), 1) if breaks else np.nan,
            "lacks": f"distance:{clearance.kind}" if needed is None and not breaks else "",
        }
    return found


def _sights(
    shapes: np.ndarray[Any, Any],
    clearance: Clearance,
    zones: gpd.GeoDataFrame,
    *,
    ground: Elevation | None,
    sight: Sight,
) -> list[dict[str, Any]]:
    rows = zones_of(zones, clearance.kind)
    if not len(rows):
        return [_unknown(f"zone:{clearance.kind}")] * len(shapes)
    if ground is None:
        return [_unknown("layer:elevation")] * len(shapes)
    looks = who_sees(ground, shapes, zones.geometry.to_numpy()[rows], sight)
    found = []
    for at in range(len(shapes)):
        if not (looks.state[at] == SEEN).any():
            unknown = (looks.state[at] == UNSEEN).any()
            found.append(
                _unknown(f"sight:{clearance.kind}")
                if unknown
                else {"finding": "keeps", "lacks": ""}
            )
            continue
        nearest = int(np.nanargmin(looks.distance_m[at]))
        point = gpd.GeoSeries([shapely.Point(looks.from_xy[at, nearest])], crs=zones.crs)
        lon, lat = shapely.get_coordinates(point.to_crs("EPSG:4490").to_numpy())[0]
        found.append(
            {
                "finding": "breaks",
                "zone_id": _cell(zones, "id", rows[nearest]),
                "zone_name": _cell(zones, "name", rows[nearest]),
                "distance_m": round(float(looks.distance_m[at, nearest]), 1),
                "seen_from_lon": round(float(lon), 6),
                "seen_from_lat": round(float(lat), 6),
                "lacks": "",
            }
        )
    return found


def _unknown(lack: str) -> dict[str, Any]:
    return {"finding": "unknown", "lacks": lack}


def _cell(zones: gpd.GeoDataFrame, column: str, row: int) -> str | None:
    value = texts(zones, column)[row]
    return None if value is None else str(value)
