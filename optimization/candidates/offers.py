"""What places are on offer: parcels, rooms out of use, venues to share, points along streets."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pandas.api.types import pandas_dtype

from geo.coverage.facilities import in_service
from geo.errors import NotFoundError
from geo.schema import FacilityType, facility_type
from geo.store import Workspace
from geo.text import say
from optimization.candidates.criteria import Criteria, defaults

OFFER_DTYPES: Final = {
    "id": "string",
    "name": "string",
    "source": "string",
    "layer": "string",
    "row_id": "string",
    "available": "boolean",
    "own_county": "boolean",
    "floor_area_m2": "Float64",
    "usable_area_m2": "Float64",
    "land_area_m2": "Float64",
    "shared": "boolean",
    "floor": "Int64",
    "lift": "boolean",
    "build_cost_yuan": "Float64",
    "rent_yuan_year": "Float64",
    "owner": "string",
    "origin": "string",
    "simulated": "boolean",
}
"""Columns of an offer, before anything was judged; ``<NA>`` is unknown."""


def offers(
    workspace: Workspace,
    kind: FacilityType,
    criteria: Criteria,
    *,
    on: date,
    crs: str,
    taken: Iterable[str] = (),
) -> gpd.GeoDataFrame:
    """Return the parcels, rooms and venues on offer, in the order of their sources and ids.

    Parameters
    ----------
    workspace
        Its layers ``parcel`` and those of facilities are read.
    kind
        Facility type a place is sought for.
    criteria
        Which sources; plot ratio.
    on
        Day on which a room is out of use, or a venue in use.
    crs
        CRS of the result.
    taken
        Ids that other sites have; a parcel of such an id is called ``parcel:ID``.
    """
    parts = []
    if workspace.has("parcel"):
        parts.append(_parcels(workspace.read("parcel", crs), criteria, set(taken)))
    if "room" in criteria.sources:
        layers = [name for name in defaults()["rooms"] if workspace.has(name)]
        parts += [_rooms(workspace.read(name, crs), facility_type(name), on) for name in layers]
    if "venue" in criteria.sources:
        layers = [n for n in defaults()["venues"] if workspace.has(n) and n != kind.name]
        parts += [_venues(workspace.read(name, crs), facility_type(name), on) for name in layers]
    return _stacked(parts, crs)


def with_streets(found: gpd.GeoDataFrame, xy: NDArray[np.float64]) -> gpd.GeoDataFrame:
    """Return offers with street points after them, numbered in the order of the points."""
    width = max(4, len(str(len(xy))))
    frame = gpd.GeoDataFrame(
        {
            "id": [f"street-{n:0{width}d}" for n in range(1, len(xy) + 1)],
            "name": [say(f"街路点{n}", f"street point {n}") for n in range(1, len(xy) + 1)],
            "source": "street",
        },
        geometry=shapely.points(xy),
        crs=found.crs,
    )
    return _stacked([found, frame], str(found.crs))


def require_any(found: gpd.GeoDataFrame, criteria: Criteria) -> None:
    """Refuse to go on without a single place on offer.

    Raises
    ------
    NotFoundError
        There is none; the message names the sources that were looked at.
    """
    if len(found):
        return
    raise NotFoundError(
        say(
            f"没有任何候选点（来源：{'、'.join(source_words(criteria.sources))}）。",
            f"there is no candidate at all ({', '.join(source_words(criteria.sources))}).",
        ),
        hint=say(
            "请导入可用地块与用房：fuwuquan import parcel 文件 --datum …；"
            "或在 --sources 中加上 street，用街路点。",
            "Import parcels and premises: fuwuquan import parcel FILE --datum …, "
            "or add street to --sources.",
        ),
    )


def source_words(sources: Iterable[str]) -> list[str]:
    """Return sources in the user's words.

    Examples
    --------
    >>> source_words(["land", "street"])
    ['空地', '街路点']
    """
    words = {
        "premises": say("现成用房", "premises"),
        "land": say("空地", "land"),
        "room": say("未在用的设施用房", "rooms out of use"),
        "venue": say("可共用的社区用房", "venues to share"),
        "street": say("街路点", "street points"),
    }
    return [words[source] for source in sources]


def _parcels(parcel: gpd.GeoDataFrame, criteria: Criteria, taken: set[str]) -> gpd.GeoDataFrame:
    frame = parcel.sort_values("id", kind="stable").reset_index(drop=True)
    ids = frame["id"].astype("string")
    # A row without a kind is premises when it says on which floor, else land.
    stated = frame["kind"].astype("string")
    source = stated.fillna(frame["floor"].notna().map({True: "premises", False: "land"}))
    land = (source == "land").to_numpy(bool)
    ratio = frame["plot_ratio"].astype("Float64")
    if criteria.plot_ratio is not None:
        ratio = ratio.fillna(criteria.plot_ratio)
    area = frame["area_m2"].astype("Float64")
    wanted = source.isin(list(criteria.sources)).to_numpy(bool)
    offered = gpd.GeoDataFrame(
        {
            "id": ids.where(~ids.isin(list(taken)), "parcel:" + ids),
            "name": frame["name"].astype("string").fillna(ids),
            "source": source,
            "layer": "parcel",
            "row_id": ids,
            "available": frame["available"].astype("boolean").fillna(value=True),
            "floor_area_m2": area.where(~land, area * ratio),
            "usable_area_m2": frame["usable_area_m2"],
            "land_area_m2": area.where(land),
            "shared": frame["shared"].astype("boolean").fillna(value=False),
            "floor": frame["floor"],
            "lift": frame["lift"],
            "build_cost_yuan": frame["build_cost_yuan"],
            "rent_yuan_year": frame["rent_yuan_year"],
            "owner": frame["owner"],
            "origin": frame["source"],
            "simulated": frame["simulated"],
        },
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
    )
    return offered[wanted]


def _rooms(facility: gpd.GeoDataFrame, kind: FacilityType, on: date) -> gpd.GeoDataFrame:
    """Return the premises of facilities that do not serve: planned, suspended, closed."""
    idle = facility[~in_service(facility, on)]
    return _of_facilities(idle, kind, source="room")


def _venues(facility: gpd.GeoDataFrame, kind: FacilityType, on: date) -> gpd.GeoDataFrame:
    return _of_facilities(facility[in_service(facility, on)], kind, source="venue").assign(
        shared=True
    )


def _of_facilities(
    facility: gpd.GeoDataFrame, kind: FacilityType, *, source: str
) -> gpd.GeoDataFrame:
    frame = facility.sort_values("id", kind="stable").reset_index(drop=True)
    ids = frame["id"].astype("string")
    return gpd.GeoDataFrame(
        {
            "id": kind.name + ":" + ids,
            "name": frame["name"].astype("string").fillna(ids),
            "source": source,
            "layer": kind.name,
            "row_id": ids,
            "own_county": frame["own_county"],
            "floor_area_m2": frame["floor_area_m2"],
            "usable_area_m2": frame["usable_area_m2"],
            "shared": frame["shared"],
            "owner": frame["operator"],
            "origin": frame["source"],
            "simulated": frame["simulated"],
        },
        geometry=frame.geometry.to_numpy(),
        crs=frame.crs,
    )


def _stacked(parts: list[gpd.GeoDataFrame], crs: str) -> gpd.GeoDataFrame:
    rows = [part for part in parts if len(part)]
    columns: dict[str, pd.Series] = {}
    for name, dtype in OFFER_DTYPES.items():
        pieces = [
            pd.Series(part.reindex(columns=[name])[name].array, dtype=pandas_dtype(dtype))
            for part in rows
        ]
        columns[name] = (
            pd.concat(pieces, ignore_index=True)
            if pieces
            else pd.Series([], dtype=pandas_dtype(dtype))
        )
    shapes = np.concatenate([np.empty(0, object), *(part.geometry.to_numpy() for part in rows)])
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=crs)
