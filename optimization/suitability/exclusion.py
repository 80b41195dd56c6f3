"""Which cells a set of zones excludes, which it leaves open, and what nobody can decide yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.terrain import (
    SEEN,
    UNSEEN,
    Elevation,
    Sight,
    sample_points,
    seen_from_any,
    spacing,
)
from optimization.suitability.grid import Grid
from optimization.suitability.zonesets import Clearance

Progress = Callable[[float], None]

CLEAR: Final = np.int8(0)
EXCLUDED: Final = np.int8(1)
UNSETTLED: Final = np.int8(-1)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one clearance says of every cell."""

    clearance: Clearance
    state: NDArray[np.int8]
    """(n,) `EXCLUDED`, `CLEAR` or `UNSETTLED`."""
    lack: str
    """Key of what is missing where a cell is unsettled: ``distance:``, ``zone:``, ``layer:``,
    ``sight:`` and the kind; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What a set of zones says of every cell."""

    rulings: tuple[Ruling, ...]
    excluded: NDArray[np.bool_]
    """(n,) by a binding clearance."""
    unsettled: NDArray[np.bool_]
    """(n,) not excluded, but some binding clearance cannot be decided."""
    drafted: NDArray[np.bool_]
    """(n,) not excluded, but would be by text nobody has verified."""
    by: NDArray[np.int32]
    """(n,) the first binding ruling that excludes the cell, -1 where none does."""


def exclude(
    grid: Grid,
    clearances: tuple[Clearance, ...],
    zones: gpd.GeoDataFrame,
    *,
    ground: Elevation | None,
    sight: Sight,
    progress: Progress | None = None,
) -> Exclusions:
    """Return which cells the clearances exclude.

    A cell is excluded when any part of its square comes as near as the clearance forbids, or, by
    sight, when its centre is seen from any point of the zone. Sight is only looked at where no
    distance excludes already.

    Parameters
    ----------
    grid
        The cells.
    clearances
        Zones to keep clear of.
    zones
        The layer ``zone`` in the CRS of the grid.
    ground
        The heights; None: what depends on sight is unsettled.
    sight
        How one looks.
    progress
        Told the share done.
    """
    tell = progress or (lambda _: None)
    cells = shapely.STRtree(grid.boxes())
    excluded = np.zeros(len(grid), bool)
    near = [c for c in clearances if c.method == "distance"]
    far = [c for c in clearances if c.method == "sight"]
    rulings = []
    for done, clearance in enumerate(near):
        ruling = _by_distance(clearance, zones, cells)
        if clearance.binding:
            excluded |= ruling.state == EXCLUDED
        rulings.append(ruling)
        tell((done + 1) / (len(near) + 4 * len(far)))
    known: dict[str, Ruling] = {}
    for done, clearance in enumerate(far):
        if clearance.kind not in known:
            known[clearance.kind] = _by_sight(
                clearance, zones, grid, asked=~excluded, ground=ground, sight=sight
            )
        ruling = known[clearance.kind]
        rulings.append(Ruling(clearance, ruling.state, ruling.lack))
        if clearance.binding:
            excluded |= ruling.state == EXCLUDED
        tell((len(near) + 4 * (done + 1)) / (len(near) + 4 * len(far)))
    return _together(tuple(rulings), len(grid))


def zones_of(zones: gpd.GeoDataFrame, kind: str) -> NDArray[np.int64]:
    """Return the rows of one kind."""
    return np.flatnonzero((zones["kind"] == kind).fillna(value=False).to_numpy(bool))


def _together(rulings: tuple[Ruling, ...], n: int) -> Exclusions:
    by = np.full(n, -1, np.int32)
    open_, drafted = np.zeros(n, bool), np.zeros(n, bool)
    for at in range(len(rulings) - 1, -1, -1):
        ruling = rulings[at]
        hit = ruling.state == EXCLUDED
        if ruling.clearance.binding:
            by[hit] = at
            open_ |= ruling.state == UNSETTLED
        else:
            drafted |= hit
    excluded = by >= 0
    return Exclusions(rulings, excluded, open_ & ~excluded, drafted & ~excluded, by)


def _by_distance(clearance: Clearance, zones: gpd.GeoDataFrame, cells: shapely.STRtree) -> Ruling:
    rows = zones_of(zones, clearance.kind)
    if not len(rows):
        return Ruling(clearance, np.full(len(cells), UNSETTLED), f"zone:{clearance.kind}")
    stated = clearance.distance_m
    hit = np.zeros(len(cells), bool)
    for shape in zones.geometry.to_numpy()[rows]:
        shapely.prepare(shape)
        hit[cells.query(shape, predicate="dwithin", distance=stated or 0.0)] = True
    beyond = UNSETTLED if stated is None else CLEAR
    lack = f"distance:{clearance.kind}" if stated is None else ""
    return Ruling(clearance, np.where(hit, EXCLUDED, beyond), lack)


def _by_sight(
    clearance: Clearance,
    zones: gpd.GeoDataFrame,
    grid: Grid,
    *,
    asked: NDArray[np.bool_],
    ground: Elevation | None,
    sight: Sight,
) -> Ruling:
    rows = zones_of(zones, clearance.kind)
    unsettled = np.full(len(grid), UNSETTLED)
    if not len(rows):
        return Ruling(clearance, unsettled, f"zone:{clearance.kind}")
    if ground is None:
        return Ruling(clearance, unsettled, "layer:elevation")
    shapes = zones.geometry.to_numpy()[rows]
    observers = sample_points(shapes, spacing(shapes, max(ground.cell_m, grid.cell_m)))[0]
    seen, _ = seen_from_any(ground, grid.xy[asked], observers, sight)
    state = np.full(len(grid), CLEAR)
    state[asked] = np.where(seen == SEEN, EXCLUDED, np.where(seen == UNSEEN, UNSETTLED, CLEAR))
    lack = f"sight:{clearance.kind}" if (state == UNSETTLED).any() else ""
    return Ruling(clearance, state, lack)
