"""Tie demand and facilities to the streets and find how long the walks between them take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.coverage.facilities import places
from geo.coverage.question import Question
from geo.coverage.reach import nearest_facility
from geo.demand import Demand
from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments, attach
from geo.text import say
from geo.travel import (
    BLOCKED,
    Direction,
    Minutes,
    Nearest,
    Profile,
    edge_ms,
    group_rows,
    minutes_matrix,
    nearest,
)
from geo.travel.minutes import MS_A_MINUTE

LONG_CONNECTOR_M = 50.0
"""A way from a place to the nearest street that is longer is told of."""

ISLAND_GAP_M = 200.0
"""A place whose nearest street is on an island joins the main streets across at most this gap: a
fault in the drawing is that wide, a river is wider."""

_MATRIX_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Ties:
    """How places hang on the main streets."""

    attachments: Attachments
    """Every place, as snapped."""
    usable: NDArray[np.bool_]
    """(n,) whether people walk from it: a street was found, no island across a wide gap."""

    @property
    def walked(self) -> Attachments:
        """The attachments with the unusable places taken off the streets."""
        return replace(self.attachments, edge=np.where(self.usable, self.attachments.edge, -1))


@dataclass(frozen=True, slots=True)
class Walks:
    """Times from demand points to facilities at the walker's speed."""

    doors: Ties
    """Entrances of the demand, closed ones included."""
    stations: Ties
    minutes: Minutes
    """Demand points by facilities, the best open entrance of each; far enough for every limit at
    every speed of the certainty classes."""
    nearest_ms: NDArray[np.int64]
    """(n_point,) milliseconds to the nearest facility, up to the horizon; -1 beyond."""
    nearest: NDArray[np.int64]
    """(n_point,) that facility; -1 for none."""
    connector_m: NDArray[np.float64]
    """(n_point,) shortest connector of an open entrance; NaN without one."""
    has_open_door: NDArray[np.bool_]
    """(n_point,)"""
    has_street: NDArray[np.bool_]
    """(n_point,) whether an open entrance hangs on the main streets."""


def walk(
    question: Question,
    demand: Demand,
    network: StreetNetwork,
    stations: gpd.GeoDataFrame,
    *,
    progress: Callable[[float], None],
    direction: Direction = "to_facility",
) -> Walks:
    """Find how long every demand point walks to the facilities around it, or they to it.

    Raises
    ------
    DataError
        There are no streets, or no demand point hangs on the main ones.
    """
    _check(network, demand, stations)
    doors = tie(network, demand.entrances.geometry.to_numpy(), question.walker)
    ties = tie(network, places(stations), question.walker)
    owner = demand.entrances["point"].to_numpy(np.int64)
    is_open = demand.entrances["open"].to_numpy(bool)
    n_point = len(demand.points)
    has_street = np.bincount(owner, is_open & doors.usable, minlength=n_point) > 0
    if np.bincount(owner, doors.usable, minlength=n_point).sum() == 0:
        raise _all_on_islands(n_point)

    open_doors = Ties(doors.attachments, doors.usable & is_open)
    by_door = minutes_matrix(
        network,
        open_doors.walked,
        ties.walked,
        profile=question.walker,
        limit_min=question.search_min,
        direction=direction,
        progress=lambda share: progress(_MATRIX_SHARE * share),
    )
    minutes = group_rows(by_door, owner, n_point)
    nearest_ms, facility = nearest_facility(minutes)
    far = (nearest_ms < 0) & has_street
    if far.any() and ties.usable.any():
        found = nearest(
            network,
            Ties(doors.attachments, open_doors.usable & far[owner]).walked,
            ties.walked,
            profile=question.walker,
            limit_min=question.horizon_min,
            direction=direction,
        )
        points, found_ms, which = _least_of_points(found, owner)
        nearest_ms[points], facility[points] = found_ms, which
    return Walks(
        doors=doors,
        stations=ties,
        minutes=minutes,
        nearest_ms=nearest_ms,
        nearest=facility,
        connector_m=_least(doors.attachments.connector_m, owner, is_open, n_point),
        has_open_door=np.bincount(owner, is_open, minlength=n_point) > 0,
        has_street=has_street,
    )


def tie(network: StreetNetwork, points: NDArray[np.object_], walker: Profile) -> Ties:
    """Tie points to the nearest main street the walker can use; islanders across a narrow gap."""
    return tied_to(network, shapely.get_coordinates(points), passable(network, walker))


def tied_to(network: StreetNetwork, xy: NDArray[np.float64], usable: NDArray[np.bool_]) -> Ties:
    """Tie places, (n, 2), to the nearest main street among those that are usable, (n_edge,)."""
    attachments = attach(network, xy, within="main", usable=usable)
    bridged = ~attachments.on_island | (attachments.connector_m <= ISLAND_GAP_M)
    return Ties(attachments, (attachments.edge >= 0) & bridged)


def passable(network: StreetNetwork, walker: Profile) -> NDArray[np.bool_]:
    """Return the streets, (n_edge,), that the walker can use in some direction."""
    usable: NDArray[np.bool_] = (edge_ms(network, walker) != BLOCKED).any(axis=1)
    return usable


def _least_of_points(
    found: Nearest, owner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the points from which a facility was found, its milliseconds and which it is."""
    door = np.flatnonzero(found.facility[:, 0] >= 0)
    ms = np.rint(found.minutes[door, 0] * MS_A_MINUTE).astype(np.int64)
    which = found.facility[door, 0].astype(np.int64)
    order = np.lexsort((which, ms, owner[door]))
    points, first = np.unique(owner[door][order], return_index=True)
    return points, ms[order][first], which[order][first]


def _least(
    values: NDArray[np.float64], owner: NDArray[np.int64], used: NDArray[np.bool_], n_owner: int
) -> NDArray[np.float64]:
    least = np.full(n_owner, np.inf)
    np.minimum.at(least, owner[used], values[used])
    return np.where(np.isfinite(least), least, np.nan)


def _check(network: StreetNetwork, demand: Demand, stations: gpd.GeoDataFrame) -> None:
    if not network.n_edge:
        raise DataError(
            say("路网没有任何街路，无法计算步行时间。", "there are no streets to walk on."),
            hint=say("请先导入路网：fuwuquan streets 文件", "import them: fuwuquan streets FILE"),
        )
    for frame, zh, en in (
        (demand.points, "需求点", "demand points"),
        (stations, "设施", "facilities"),
    ):
        if len(frame) and frame.crs is not None and frame.crs != network.crs:
            raise DataError(
                say(
                    f"{zh}坐标系为 {frame.crs.to_string()}，路网为 {network.crs}，两者必须一致。",
                    f"{en} are in {frame.crs.to_string()}, the streets in {network.crs}.",
                )
            )


def _all_on_islands(n_point: int) -> DataError:
    return DataError(
        say(
            f"全部 {n_point:,} 个需求点都在孤岛路网上，接不到主路网，无法计算。",
            f"all {n_point:,} demand points are on street islands, cut off from the main streets.",
        ),
        hint=say(
            "请检查路网范围和坐标基准，或补画与主路网相连的道路。",
            "check the extent and the datum of the streets, or draw the missing links.",
        ),
    )
