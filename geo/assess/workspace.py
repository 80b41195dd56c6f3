"""Read a place from a workspace, with walks over its streets where it has any."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np

from geo.ageing import aged
from geo.ageing.places import LAYER as AGES
from geo.assess.place import Place, arrange
from geo.assess.reached import Reached
from geo.assess.walking import Walking
from geo.demand import Places
from geo.errors import DataError, NotFoundError, PlannerError
from geo.network.current import HEIGHTS, open_network
from geo.norms.force import plain_area
from geo.schema import layers
from geo.terrain import Elevation, read_elevation
from geo.text import say

if TYPE_CHECKING:
    from geo.network.graph import StreetNetwork
    from geo.store import Workspace

_log = logging.getLogger(__name__)


def read_place(
    workspace: Workspace,
    *,
    on: date,
    area: str = "",
    dem: Path | None = None,
    as_of: int | None = None,
) -> Place:
    """Read all layers of a workspace, and walk its streets when a norm asks for it.

    Parameters
    ----------
    workspace
        The workspace.
    on
        The day.
    area
        Area code; empty: the workspace's only county.
    dem
        Elevation model for norms on lines of sight; by default the one the streets have their
        slopes from, if it is still there.
    as_of
        Year to which elders are projected; see `geo.ageing`.

    Raises
    ------
    NotFoundError
        There is no such elevation model.
    DataError
        The workspace holds several counties, or no unit at all, and no area is named; or the
        elevation model is damaged or lies elsewhere.
    """
    network = _network(workspace)
    crs = workspace.working_crs if network is None else network.crs
    frames = {
        name: workspace.read(name, crs)
        for name in layers()
        if name not in ("street", AGES) and workspace.has(name)
    }
    if as_of is not None:
        frames |= _aged(workspace, frames, crs, on=on, year=as_of)
    compounds = frames.get("compound")
    ids = np.zeros(0, object) if compounds is None else compounds["id"].to_numpy(object)
    reached = Reached(Walking(frames, network, on), ids, {})
    place = arrange(
        frames,
        area=area or only_county(frames, on),
        on=on,
        reached=reached,
        elevation=elevation_of(workspace, frames, crs, dem),
    )
    return replace(place, as_of=as_of)


def _aged(
    workspace: Workspace, frames: Mapping[str, gpd.GeoDataFrame], crs: str, *, on: date, year: int
) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of people with the elders of a year to come."""
    people = ("community", "township", "county", "compound")
    given = Places(crs=crs, **{name: frames[name] for name in people if name in frames})
    found = aged(workspace, given, year=year, on=on)
    for fault in found.faults:
        _log.warning("%s", fault.message)
    return {name: getattr(found.places, name) for name in people if name in frames}


def elevation_of(
    workspace: Workspace, frames: Mapping[str, gpd.GeoDataFrame], crs: str, dem: Path | None
) -> Elevation | None:
    """Return the heights of everything that is looked from or at, None without a model.

    Parameters
    ----------
    workspace
        Its setting names the model its streets have their slopes from.
    frames
        Layers by name, in one CRS.
    crs
        That CRS.
    dem
        A model that is asked for; None: the workspace's own, if it can still be read.

    Raises
    ------
    NotFoundError, DataError
        The model asked for cannot be read, or lies elsewhere.
    """
    names = ("county", "community", "zone", "cemetery", "columbarium")
    boxes = np.array([frames[n].total_bounds for n in names if n in frames and len(frames[n])])
    stored = workspace.settings.get(HEIGHTS)
    if not len(boxes) or (dem is None and stored is None):
        return None
    low, high = np.nanmin(boxes[:, :2], axis=0), np.nanmax(boxes[:, 2:], axis=0)
    bounds = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    if dem is not None:
        return read_elevation(dem, crs, bounds)
    try:
        return read_elevation(Path(str(stored)), crs, bounds)
    except PlannerError:
        _log.warning("the elevation model of the streets cannot be read: %s", stored)
        return None


def only_county(frames: dict[str, gpd.GeoDataFrame], on: date) -> str:
    """Return the code of the county the layers are of.

    Raises
    ------
    DataError
        There are several, or none is known.
    """
    place = arrange(frames, area="", on=on)
    county = place.frames.get("county")
    codes = [] if county is None else sorted(plain_area(code) for code in county["code"])
    if len(codes) == 1:
        return codes[0]
    if codes:
        raise DataError(
            say(
                f"工作区里有 {len(codes)} 个区县：{'、'.join(codes)}。",
                f"the workspace holds {len(codes)} counties: {', '.join(codes)}",
            ),
            hint=say("请用 --area 写明要评哪一个。", "name one with --area"),
        )
    raise DataError(
        say(
            "工作区里没有区县、乡镇或社区，不知道适用哪里的规范。", "no unit says which norms hold"
        ),
        hint=say("请用 --area 写明区划代码，如 340207。", "name the area with --area 340207"),
    )


def _network(workspace: Workspace) -> StreetNetwork | None:
    try:
        return open_network(workspace)
    except NotFoundError:
        return None
