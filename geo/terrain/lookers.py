"""Which of several lines and areas see a place, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.terrain.elevation import Elevation
from geo.terrain.sampling import sample_points
from geo.terrain.sight import HIDDEN, SEEN, UNSEEN, Sight, nearest_seen

Floats = NDArray[np.float64]

MOST_OBSERVERS: Final = 20_000
"""Lines and areas are looked from at no more points than this; the points then stand farther apart
than a cell."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Which of m zones see each of n places."""

    state: NDArray[np.int8]
    """(n, m) `SEEN`, `HIDDEN` or `UNSEEN`."""
    distance_m: Floats
    """(n, m) from the nearest point that sees the place, NaN where none does."""
    from_xy: Floats
    """(n, m, 2) that point."""
    to_xy: Floats
    """(n, m, 2) what it sees of the place."""
    spacing_m: float
    """How far apart the points stand that were looked from."""


def who_sees(
    ground: Elevation, places: NDArray[np.object_], zones: NDArray[np.object_], sight: Sight
) -> Looks:
    """Return which zones see each place: any point of the zone, any point of the place.

    Parameters
    ----------
    ground
        The heights.
    places : (n,)
        Points, lines or areas.
    zones : (m,)
        Points, lines or areas looked from.
    sight
        How one looks.
    """
    spacing_m = spacing(zones, ground.cell_m)
    observers, zone = sample_points(zones, spacing_m)
    shape = (len(places), len(zones))
    state = np.full(shape, HIDDEN)
    distance_m = np.full(shape, np.nan)
    from_xy, to_xy = np.full((*shape, 2), np.nan), np.full((*shape, 2), np.nan)
    points, place = sample_points(places, ground.cell_m)
    for xy, at in zip(points, place, strict=True):
        seen, by = nearest_seen(ground, xy, observers, group=zone, n_group=len(zones), sight=sight)
        state[at] = np.where(
            (state[at] == SEEN) | (seen == SEEN), SEEN, np.minimum(state[at], seen)
        )
        where = observers[np.maximum(by, 0)] if len(observers) else from_xy[at]
        away_m = np.where(by >= 0, np.hypot(*(where - xy).T), np.inf)
        nearer = away_m < np.where(np.isnan(distance_m[at]), np.inf, distance_m[at])
        distance_m[at] = np.where(nearer, away_m, distance_m[at])
        from_xy[at] = np.where(nearer[:, None], where, from_xy[at])
        to_xy[at] = np.where(nearer[:, None], xy, to_xy[at])
    empty = np.isin(np.arange(shape[0]), place, invert=True)
    state[empty] = UNSEEN
    return Looks(state, distance_m, from_xy, to_xy, spacing_m)


def spacing(shapes: NDArray[np.object_], cell_m: float) -> float:
    """Return how far apart points stand that are looked from: a cell, or more where too many."""
    along_m, inside_m2 = float(shapely.length(shapes).sum()), float(shapely.area(shapes).sum())
    # points a spacing s: along / s + inside / s²; the root of that against MOST_OBSERVERS
    root = along_m + np.sqrt(along_m**2 + 4 * MOST_OBSERVERS * inside_m2)
    return max(cell_m, float(root) / (2 * MOST_OBSERVERS))
