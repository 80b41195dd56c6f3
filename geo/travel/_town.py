"""Facilities by street and streets added later: the lists that edits change, and change back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.snap import Attachments
from geo.text import say
from geo.travel._along import along_edge
from geo.travel._repair import forget
from geo.travel._start import MOST_STREETS
from geo.travel._state import State, note
from geo.travel.graph import LONGEST_MS, TravelGraph, places


@dataclass(slots=True)
class Town:
    """Streets, facilities and demand as they stand after the edits so far."""

    graph: TravelGraph
    towards: bool
    state: State
    n_post: int = 0
    n_link: int = 0

    def beside(self, edge: int) -> list[int]:
        """Return the ends of an edge and the posts on it."""
        s = self.state
        nodes = [*map(int, s.edge_nodes[edge])]
        post = int(s.post_head[edge])
        while post >= 0:
            nodes.append(s.n_node + post)
            post = int(s.post_next[post])
        return nodes

    def forget(self, nodes: list[int], edit: int) -> int:
        """Clear these nodes and all that may be reached through them; return how many are noted."""
        n_noted = 0
        for node in nodes:
            n_noted = note(self.state, node, edit, n_noted)
        return int(forget(self.state, edit, n_noted))

    def make_room(self, n_station: int) -> None:
        """Make the lists long enough for so many facilities."""
        s = self.state
        if n_station > len(s.station_edge):
            grown: dict[str, Any] = {
                name: _twice(getattr(s, name))
                for name in State._fields
                if name.startswith("station_") and name != "station_head"
            }
            self.state = s._replace(**grown)

    def set_station(self, facility: int, tied: Attachments) -> None:
        """Put a facility where it touches a street, if it does."""
        s = self.state
        timed = places(self.graph, tied, towards=self.towards)
        s.station_edge[facility] = timed.edge[0]
        s.station_position[facility] = timed.position_ms[0]
        s.station_leg[facility] = timed.leg_ms[0]
        s.station_connector[facility] = timed.connector_ms[0]
        if timed.edge[0] >= 0:
            self.list_station(facility)

    def list_station(self, facility: int) -> None:
        """List a facility under its edge."""
        s = self.state
        edge = s.station_edge[facility]
        s.station_next[facility] = s.station_head[edge]
        s.station_head[edge] = facility

    def unlist_station(self, facility: int) -> Callable[[], None]:
        """Take a facility off its edge; return what puts it back."""
        s = self.state
        edge = int(s.station_edge[facility])
        columns = (s.station_edge, s.station_position, s.station_leg, s.station_connector)
        was = [column[facility].copy() for column in columns]

        def put_back() -> None:
            now = self.state
            for column, value in zip(
                (now.station_edge, now.station_position, now.station_leg, now.station_connector),
                was,
                strict=True,
            ):
                column[facility] = value
            if edge >= 0:
                self.list_station(facility)

        if edge >= 0:
            if s.station_head[edge] == facility:
                s.station_head[edge] = s.station_next[facility]
            else:
                ahead = int(s.station_head[edge])
                while s.station_next[ahead] != facility:
                    ahead = int(s.station_next[ahead])
                s.station_next[ahead] = s.station_next[facility]
        s.station_edge[facility] = -1
        return put_back

    def add_street(
        self, tied: tuple[Attachments, Attachments], length_m: float
    ) -> tuple[list[int], Callable[[], None]]:
        """Add a street between two places; return the posts at its ends, and what removes it.

        The connectors of both places are walked beside its length.
        """
        if min(int(one.edge[0]) for one in tied) < 0:
            raise DataError(
                say("新增道路的端点不在路网上。", "an end of the street touches no street.")
            )
        if self.n_post + 2 > 2 * MOST_STREETS:
            raise DataError(
                say(
                    f"最多可新增 {MOST_STREETS} 条道路。",
                    f"at most {MOST_STREETS} streets may be added.",
                )
            )
        first_post, first_link = self.n_post, self.n_link
        heads: list[tuple[int, int]] = []
        posts = [self._add_post(one, heads) for one in tied]
        ends_m = sum(float(one.connector_m[0]) for one in tied)
        walk_ms = round(1000.0 * (length_m + ends_m) / self.graph.profile.speed_m_s)
        walk_ms = min(walk_ms, LONGEST_MS)
        self._add_link(posts[0], posts[1], walk_ms, walk_ms, -1, heads)

        def remove() -> None:
            s = self.state
            for node, head in reversed(heads):
                s.link_head[node] = head
            for post in range(self.n_post - 1, first_post - 1, -1):
                edge = s.post_edge[post]
                s.post_head[edge] = s.post_next[post]
                s.post_edge[post] = -1
            self.n_post, self.n_link = first_post, first_link

        return posts, remove

    def _add_post(self, tied: Attachments, heads: list[tuple[int, int]]) -> int:
        """Put an extra node into an edge, linked with the ends and the other posts; return it."""
        s = self.state
        post = self.n_post
        node, edge = s.n_node + post, int(tied.edge[0])
        self.n_post += 1
        at_street = Attachments(
            tied.edge, tied.along_m, np.zeros(1), np.zeros(1), np.zeros(1, dtype=bool)
        )
        outwards = places(self.graph, at_street, towards=self.towards)
        inwards = places(self.graph, at_street, towards=not self.towards)
        s.post_edge[post] = edge
        s.post_position[post] = outwards.position_ms[0]
        for side in range(2):
            leg = int(outwards.leg_ms[0, side]), int(inwards.leg_ms[0, side])
            self._add_link(node, int(s.edge_nodes[edge, side]), *leg, edge, heads)
        other = int(s.post_head[edge])
        while other >= 0:
            to_other = along_edge(s.post_position, other, s.post_position, post, self.towards)
            from_other = along_edge(s.post_position, post, s.post_position, other, self.towards)
            self._add_link(node, s.n_node + other, to_other, from_other, edge, heads)
            other = int(s.post_next[other])
        s.post_next[post] = s.post_head[edge]
        s.post_head[edge] = post
        return node

    def _add_link(  # noqa: PLR0917 - called in three places
        self,
        node: int,
        other: int,
        out_ms: int,
        in_ms: int,
        edge: int,
        heads: list[tuple[int, int]],
    ) -> None:
        """Link two nodes both ways; ``heads`` remembers the lists' former heads."""
        if self.n_link + 2 > len(self.state.link):
            self.state = self.state._replace(link=_twice(self.state.link))
        s = self.state
        for u, v, leaving, coming in ((node, other, out_ms, in_ms), (other, node, in_ms, out_ms)):
            heads.append((u, int(s.link_head[u])))
            s.link[self.n_link] = v, leaving, coming, edge, s.link_head[u]
            s.link_head[u] = self.n_link
            self.n_link += 1


def _twice(column: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a column in twice the room, and a little more."""
    longer = np.full((2 * len(column) + 8, *column.shape[1:]), -1, dtype=np.int32)
    longer[: len(column)] = column
    return longer
