"""How long the walk is from every cell of a window to its nearest facility."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.isochrone._field import outside_m, walk_ms
from geo.isochrone.ownership import CellOwnership
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.text import say
from geo.travel import Direction, Profile, node_ms, travel_graph

_MS_PER_S = 1000.0


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of cells: rows ``row`` to before ``row_end``, columns alike."""

    row: int
    row_end: int
    column: int
    column_end: int

    def cut(self, inside: NDArray[np.bool_]) -> Window:
        """Return the part that holds the cells inside, and one cell around them.

        ``inside`` is (n_row, n_column) of this window and true somewhere.
        """
        rows = np.flatnonzero(inside.any(axis=1))
        columns = np.flatnonzero(inside.any(axis=0))
        return Window(
            max(self.row, self.row + int(rows[0]) - 1),
            min(self.row_end, self.row + int(rows[-1]) + 2),
            max(self.column, self.column + int(columns[0]) - 1),
            min(self.column_end, self.column + int(columns[-1]) + 2),
        )

    def of(self, outer: Window) -> tuple[slice, slice]:
        """Return where this window lies in an array over ``outer``."""
        return (
            slice(self.row - outer.row, self.row_end - outer.row),
            slice(self.column - outer.column, self.column_end - outer.column),
        )


@dataclass(frozen=True, slots=True)
class Walker:
    """One profile on the streets of one raster, ready to walk to any facilities."""

    network: StreetNetwork
    ownership: CellOwnership
    profile: Profile
    direction: Direction
    edge_ms: NDArray[np.int32]
    """(n_edge, 2) from a point of the edge towards its end, then towards its start."""
    fastest_m_s: float
    """No walk gains ground faster than this."""

    @classmethod
    def on(
        cls,
        network: StreetNetwork,
        ownership: CellOwnership,
        *,
        profile: Profile,
        direction: Direction,
    ) -> Walker:
        """Prepare a profile.

        Raises
        ------
        DataError
            The raster was made from other streets.
        """
        if ownership.n_edge != network.n_edge or ownership.crs != network.crs:
            raise DataError(
                say(
                    f"等时圈栅格由 {ownership.n_edge:,} 条街路（{ownership.crs}）生成，"
                    f"而路网有 {network.n_edge:,} 条（{network.crs}）。",
                    f"the raster was made from {ownership.n_edge:,} streets in {ownership.crs}, "
                    f"the network has {network.n_edge:,} in {network.crs}",
                ),
                hint=say("请用当前路网重新生成栅格。", "make the raster again from these streets"),
            )
        ms = travel_graph(network, profile).edge_ms
        metre_a_ms = network.edge_length_m[:, None] / ms
        return cls(
            network=network,
            ownership=ownership,
            profile=profile,
            direction=direction,
            edge_ms=ms if direction == "to_facility" else np.ascontiguousarray(ms[:, ::-1]),
            fastest_m_s=max(profile.speed_m_s, _MS_PER_S * float(metre_a_ms.max(initial=0.0))),
        )

    def around(self, facilities: Attachments, limit_min: float) -> Window:
        """Return the window that holds every cell within the limit of some facility."""
        cells = self.ownership
        at_xy = _places_xy(self.network, facilities)
        reach_m = self.fastest_m_s * limit_min * 60.0 + cells.cell_m
        low = (at_xy.min(axis=0) - reach_m - (cells.west_m, cells.south_m)) / cells.cell_m
        high = (at_xy.max(axis=0) + reach_m - (cells.west_m, cells.south_m)) / cells.cell_m
        column, row = np.maximum(np.floor(low), 0).astype(int)
        column_end, row_end = np.ceil(high).astype(int) + 1
        return Window(
            min(row, cells.n_row),
            int(np.clip(row_end, row, cells.n_row)) if row < cells.n_row else cells.n_row,
            min(column, cells.n_column),
            int(np.clip(column_end, column, cells.n_column))
            if column < cells.n_column
            else cells.n_column,
        )

    def to(self, facilities: Attachments, limit_min: float) -> CellWalk:
        """Walk to the nearest of these facilities, all of which touch a street."""
        order = np.argsort(facilities.edge, kind="stable")
        return CellWalk(
            walker=self,
            node_ms=node_ms(
                self.network,
                facilities,
                profile=self.profile,
                limit_min=limit_min,
                direction=self.direction,
            ),
            seat_edge=facilities.edge[order],
            seat_along_m=facilities.along_m[order],
            seat_ms=facilities.connector_m[order] / self.profile.speed_m_s * _MS_PER_S,
        )


@dataclass(frozen=True, slots=True)
class CellWalk:
    """The walk from any cell to the nearest of some facilities."""

    walker: Walker
    node_ms: NDArray[np.int32]
    """(n_node,)"""
    seat_edge: NDArray[np.int32]
    """(n_facility,) edges of the facilities, ascending."""
    seat_along_m: NDArray[np.float64]
    """(n_facility,)"""
    seat_ms: NDArray[np.float64]
    """(n_facility,) walk along the facility's own connector."""

    def centre_ms(self, window: Window) -> NDArray[np.float32]:
        """Return the walking time of every cell's centre."""
        return walk_ms(*self._arguments(window))

    def outside_m(
        self, window: Window, centre_ms: NDArray[np.float32], *, limit_ms: float, detail: int
    ) -> NDArray[np.float32]:
        """Return about how far each point lies outside the limit, negative inside.

        See the compiled function for what is computed; the field has a border one point wide.
        """
        longest_m = self.walker.ownership.max_connector_m
        return outside_m(
            np.ascontiguousarray(centre_ms), limit_ms, detail, longest_m, *self._arguments(window)
        )

    def _arguments(self, window: Window) -> tuple[Any, ...]:
        cells, network = self.walker.ownership, self.walker.network
        return (
            cells.segment[window.row : window.row_end, window.column : window.column_end],
            window.column * cells.cell_m,
            window.row * cells.cell_m,
            cells.cell_m,
            cells.ends,
            cells.segment_edge,
            cells.segment_along_m,
            _MS_PER_S / self.walker.profile.speed_m_s,
            network.edge_nodes,
            network.edge_length_m,
            self.walker.edge_ms,
            self.node_ms,
            self.seat_edge,
            self.seat_along_m,
            self.seat_ms,
        )


def _places_xy(network: StreetNetwork, attached: Attachments) -> NDArray[np.float64]:
    """Return the street points of attached places, (n, 2)."""
    at = np.empty((len(attached.edge), 2))
    for place, (edge, along_m) in enumerate(zip(attached.edge, attached.along_m, strict=True)):
        line = network.shape_xy[network.shape_start[edge] : network.shape_start[edge + 1]]
        from_start_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        at[place] = [np.interp(along_m, from_start_m, line[:, axis]) for axis in (0, 1)]
    return at
