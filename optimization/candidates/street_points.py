"""Places along the main streets, none nearer to another than the spacing, none farther than it."""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.islands import edge_component, edge_lines
from geo.text import say

_SAMPLES_A_SPACING: Final = 4
"""Places tried along a street for each spacing; what is chosen among them is spaced."""

_JUNCTION_STREETS: Final = 3
_MOST_A_CELL: Final = 4
"""A square as wide as the spacing holds at most four places that far apart: its corners."""


def street_points(
    network: StreetNetwork,
    *,
    spacing_m: float,
    usable: NDArray[np.bool_],
    within: shapely.Geometry | None = None,
    taken_xy: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Return places along the main streets, junctions first.

    Places are tried at junctions and along every street; one is chosen when none chosen before is
    nearer than the spacing (straight line). So every street that may be used has a chosen or taken
    place within about the spacing.

    Parameters
    ----------
    network
        The streets; islands and steps are left out.
    spacing_m
        Least distance between two places.
    usable : (n_edge,)
        Streets that people can walk.
    within
        Area to stay in; None: everywhere.
    taken_xy : (n, 2)
        Places that stand already; no chosen one is nearer to them than the spacing.

    Returns
    -------
    (n, 2) float64
        Metres, in the order in which they were chosen: the same streets give the same places.

    Raises
    ------
    DataError
        The spacing is not above 0.
    """
    if not (np.isfinite(spacing_m) and spacing_m > 0):
        raise DataError(
            say(
                f"街路点间距应大于 0 米，现为 {spacing_m:g}。",
                f"the spacing must be above 0 m, found {spacing_m:g}.",
            ),
            hint=say("例如 --spacing 300。", "For example --spacing 300."),
        )
    before = np.zeros((0, 2)) if taken_xy is None else taken_xy
    tried = _tried(network, spacing_m, usable & ~network.edge_steps)
    if within is not None and len(tried):
        shapely.prepare(within)
        tried = tried[shapely.contains_xy(within, tried)]
    if not len(tried):
        return np.zeros((0, 2))
    every = np.ascontiguousarray(np.concatenate([before, tried]))
    chosen = thinned(every, spacing_m, kept=len(before))
    return every[chosen[chosen >= len(before)]]


def thinned(xy: NDArray[np.float64], spacing_m: float, *, kept: int = 0) -> NDArray[np.int64]:
    """Choose places in their order, each at least the spacing away from those chosen before.

    Parameters
    ----------
    xy : (n, 2)
        Places, the wanted ones first.
    spacing_m
        Least distance.
    kept
        The first so many are chosen whatever their distance.

    Examples
    --------
    >>> thinned(np.array([[0.0, 0], [50, 0], [100, 0], [199, 0]]), 100.0).tolist()
    [0, 2]
    """
    free = xy[kept:]
    order: NDArray[np.int64] = np.arange(kept, dtype=np.int64)
    if not len(free):
        return order
    if kept:
        near, _ = shapely.STRtree(np.asarray(shapely.points(xy[:kept]), object)).query(
            shapely.points(free), predicate="dwithin", distance=np.nextafter(spacing_m, 0)
        )
        open_ = np.ones(len(free), bool)
        open_[near] = False
    else:
        open_ = np.ones(len(free), bool)
    origin = free.min(axis=0)
    cell = np.floor((free - origin) / spacing_m).astype(np.int64)
    columns = int(cell[:, 0].max()) + 1
    _, place = np.unique(cell[:, 1] * columns + cell[:, 0], return_inverse=True)
    around = _neighbours(cell, columns)
    chosen = _greedy(
        np.ascontiguousarray(free), open_, place.astype(np.int64), around, spacing_m**2
    )
    return np.concatenate([order, kept + chosen])


def _neighbours(cell: NDArray[np.int64], columns: int) -> NDArray[np.int64]:
    """Return (n_cell, 9) positions of the occupied cells around each occupied cell; -1 = none."""
    number = np.unique(cell[:, 1] * columns + cell[:, 0])
    column, row = number % columns, number // columns
    around = np.full((len(number), 9), -1, np.int64)
    steps = [(dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    for at, (dx, dy) in enumerate(steps):
        beside = (row + dy) * columns + column + dx
        inside = (column + dx >= 0) & (column + dx < columns) & (row + dy >= 0)
        found = np.minimum(np.searchsorted(number, beside), len(number) - 1)
        around[:, at] = np.where(inside & (number[found] == beside), found, -1)
    return around


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _greedy(  # noqa: C901 - one loop, compiled
    xy: NDArray[np.float64],
    is_open: NDArray[np.bool_],
    place: NDArray[np.int64],
    around: NDArray[np.int64],
    apart_m2: float,
) -> NDArray[np.int64]:
    held = np.full((len(around), _MOST_A_CELL), -1, np.int64)
    chosen = np.empty(len(xy), np.int64)
    n = 0
    for i in range(len(xy)):
        free = is_open[i]
        for c in around[place[i]]:
            if not free:
                break
            if c < 0:
                continue
            for j in held[c]:
                if j < 0:
                    break
                dx, dy = xy[i, 0] - xy[j, 0], xy[i, 1] - xy[j, 1]
                if dx * dx + dy * dy < apart_m2:
                    free = False
                    break
        if free:
            for k in range(_MOST_A_CELL):
                if held[place[i], k] < 0:
                    held[place[i], k] = i
                    break
            chosen[n] = i
            n += 1
    return chosen[:n]


def _tried(
    network: StreetNetwork, spacing_m: float, usable: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the places to choose from: junctions, then places along streets, then ends."""
    used = usable & (edge_component(network) == 0) & (network.edge_length_m > 0)
    ends = network.edge_nodes[used]
    streets = np.bincount(ends.ravel(), minlength=network.n_node)
    junctions = np.flatnonzero(streets >= _JUNCTION_STREETS)
    others = np.flatnonzero((streets > 0) & (streets < _JUNCTION_STREETS))
    lines = edge_lines(network)[used]
    parts = np.ceil(_SAMPLES_A_SPACING * shapely.length(lines) / spacing_m).astype(np.int64)
    line = np.repeat(np.arange(len(lines)), np.maximum(parts - 1, 0))
    step = np.arange(len(line)) - np.searchsorted(line, line) + 1
    along = shapely.line_interpolate_point(lines[line], step / parts[line], normalized=True)
    return np.concatenate(
        [
            network.node_xy[junctions],
            shapely.get_coordinates(along).reshape(-1, 2),
            network.node_xy[others],
        ]
    )
