"""Change a facility layer on paper: one more, one moved, closed or made larger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import geopandas as gpd
import pandas as pd
import shapely
from pyproj import CRS

from geo.crs import CGCS2000
from geo.errors import DataError, NotFoundError
from geo.schema import layers
from geo.store import conform
from geo.text import listed, say

LonLat = tuple[float, float]


class New(NamedTuple):
    """A facility that is not there yet, in CGCS2000 longitude and latitude."""

    lon: float
    lat: float
    name: str = ""
    floor_area_m2: float | None = None


@dataclass(frozen=True, slots=True)
class Edits:
    """What is tried out; places in CGCS2000 longitude and latitude."""

    add: tuple[LonLat | New, ...] = ()
    move: Mapping[str, LonLat] = field(default_factory=dict)
    close: tuple[str, ...] = ()
    expand: Mapping[str, float] = field(default_factory=dict)
    """Floor area in m² that a facility will have, by id."""
    open_gates: tuple[str, ...] = ()
    close_gates: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        fields = (self.add, self.move, self.close, self.expand, self.open_gates, self.close_gates)
        return any(fields)


def edited_facilities(
    facilities: gpd.GeoDataFrame, edits: Edits, *, layer: str
) -> gpd.GeoDataFrame:
    """Return a facility layer with the edits made; the given one stays as it is.

    Parameters
    ----------
    facilities
        Rows of the layer, in any CRS.
    edits
        What to change. New facilities get the ids ``new-1``, ``new-2`` and so on.
    layer
        The facility layer.

    Raises
    ------
    DataError
        One facility is both moved and closed, or both made larger and closed.
    NotFoundError
        A facility named is not there; the message names all of them.
    """
    clash = sorted({*edits.move, *edits.expand} & set(edits.close))
    if clash:
        raise DataError(
            say(
                f"{'、'.join(clash)} 既关闭又迁址或扩建。",
                f"{', '.join(clash)}: both closed and moved or made larger.",
            )
        )
    named = {*edits.move, *edits.close, *edits.expand}
    require(named, facilities["id"], say("设施", "facility"), layer)
    stay = _moved_shut_and_larger(facilities, edits)
    if not edits.add:
        return stay
    both = pd.concat([stay, _new(edits.add, facilities, layer)], ignore_index=True)
    return gpd.GeoDataFrame(both, geometry="geometry", crs=facilities.crs)


def _moved_shut_and_larger(facilities: gpd.GeoDataFrame, edits: Edits) -> gpd.GeoDataFrame:
    ids, shapes = facilities["id"], facilities.geometry.to_numpy().copy()
    for identity, lonlat in edits.move.items():
        shapes[(ids == identity).to_numpy(bool)] = _placed([lonlat], facilities.crs)[0]
    moved, shut = ids.isin(list(edits.move)), ids.isin(edits.close)
    larger = ids.map(dict(edits.expand)).astype("Float64")
    # Whose a moved facility is, and whom it is built for, follow from where it stands now.
    found_from_place = ("own_county", "community_code", "compound_id")
    return facilities.assign(
        **{column: facilities[column].mask(moved) for column in found_from_place},
        status=facilities["status"].mask(shut, "closed"),
        closed=facilities["closed"].mask(shut),
        floor_area_m2=larger.fillna(facilities["floor_area_m2"]),
        geometry=gpd.GeoSeries(shapes, facilities.index, facilities.crs),
    )


def _new(
    places: Sequence[LonLat | New], facilities: gpd.GeoDataFrame, layer: str
) -> gpd.GeoDataFrame:
    taken = set(facilities["id"])
    free = (f"new-{n}" for n in range(1, len(taken) + len(places) + 1))
    ids = [identity for identity in free if identity not in taken][: len(places)]
    said = [New(*place) for place in places]
    names = [new.name or say(f"新增{n}", f"new {n}") for n, new in enumerate(said, start=1)]
    areas = [new.floor_area_m2 for new in said]
    frame = gpd.GeoDataFrame(
        {"id": ids, "name": names, "floor_area_m2": pd.array(areas, dtype="Float64")},
        geometry=_placed([(new.lon, new.lat) for new in said], facilities.crs),
        crs=facilities.crs,
    )
    return conform(frame, layer)


def _placed(places: Sequence[LonLat], crs: CRS | None) -> list[shapely.Geometry]:
    points = [shapely.Point(lonlat) for lonlat in places]
    return list(gpd.GeoSeries(points, crs=CGCS2000).to_crs(CRS.from_user_input(crs)))


def require(wanted: set[str], known: pd.Series, what: str, layer: str) -> None:
    """Refuse ids that a layer does not have, all of them at once."""
    missing = sorted(wanted - set(known.dropna()))
    if missing:
        schema = layers()[layer]
        some = listed(known.dropna().head(5)) or say("（无）", "(none)")
        raise NotFoundError(
            say(f"没有编号为 {listed(missing)} 的{what}。", f"no {what} {listed(missing)}."),
            hint=say(
                f"图层“{schema.zh}”的编号如：{some}。",
                f"ids of the layer {schema.en!r} are such as {some}.",
            ),
        )
