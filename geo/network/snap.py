"""Where a place touches the streets: the nearest point of an edge's interior, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap_grid import CLOSED, ISLAND, MAIN, snap_grid
from geo.network.snap_search import nearest_streets
from geo.text import say

ISLAND_MARGIN_M: Final = 50.0
"""A place lies on an island when a street of another component is nearer than the main network by
more than this."""


@dataclass(frozen=True, slots=True)
class Attachments:
    """Places tied to the streets, one row a place."""

    edge: NDArray[np.int32]
    """(n,) edge, -1 where no street could be found."""
    along_m: NDArray[np.float64]
    """(n,) metres from the edge's start, along its drawn line."""
    connector_m: NDArray[np.float64]
    """(n,) straight metres from the place to that point; NaN without an edge."""
    island_m: NDArray[np.float64]
    """(n,) straight metres to the nearest street of any component."""
    on_island: NDArray[np.bool_]
    """(n,) whether a street of another component is nearer than the main one by more than
    `ISLAND_MARGIN_M`."""

    def __len__(self) -> int:
        return len(self.edge)


def attach(
    network: StreetNetwork,
    xy: NDArray[np.float64],
    *,
    within: Literal["main", "any"] = "main",
    usable: NDArray[np.bool_] | None = None,
) -> Attachments:
    """Tie every place to the nearest point of a street.

    Parameters
    ----------
    network
        The streets.
    xy : (n, 2)
        Places, metres in the network's CRS.
    within
        ``main`` ties to the component with the greatest street length only, ``any`` to all.
    usable : (n_edge,)
        Streets that may be chosen; all when absent.

    Returns
    -------
    Attachments
        Row ``i`` is place ``i``. Of streets at the same distance the one with the lowest number
        is chosen.

    Raises
    ------
    DataError
        ``xy`` is not a table of two columns.
    """
    places_xy = np.ascontiguousarray(xy, dtype=np.float64)
    if places_xy.ndim != 2 or places_xy.shape[1] != 2:  # noqa: PLR2004
        raise DataError(
            say(
                f"地点坐标应为 n 行 2 列（x、y，单位米），现为 {places_xy.shape}。",
                f"places must be n rows of x and y in metres, found shape {places_xy.shape}.",
            )
        )
    grid = snap_grid(network)
    group = grid.group
    if within == "any" or usable is not None:
        closed = np.zeros(len(group), dtype=bool) if usable is None else ~usable
        group = np.where(closed, CLOSED, MAIN if within == "any" else group).astype(np.uint8)
    edge, along_m, connector_m, island_m = nearest_streets(
        network.shape_xy,
        network.shape_start,
        network.edge_length_m,
        grid.vertex_edge,
        group,
        grid.cell_start,
        grid.segment,
        grid.origin_x,
        grid.origin_y,
        grid.cell_m,
        grid.n_column,
        places_xy,
    )
    on_island = connector_m - island_m > ISLAND_MARGIN_M
    if within == "any":
        on_island = np.append(grid.group, MAIN)[edge] == ISLAND
    return Attachments(edge, along_m, connector_m, island_m, on_island)
