"""What happens to everybody's nearest facility if something is opened, moved, closed or blocked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, NotFoundError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments, attach
from geo.text import say
from geo.travel._sweep import (
    IDLE,
    along_edge,
    edges_with_demand,
    group_by_edge,
    new_buckets,
    pack_arcs,
)
from geo.travel._whatif import (
    State,
    forget,
    note,
    repair,
)
from geo.travel.graph import (
    LONGEST_MS,
    UNREACHED,
    Direction,
    Places,
    limit_ms,
    places,
    travel_graph,
)
from geo.travel.minutes import MS_A_MINUTE
from geo.travel.nearest import nodes_nearest
from geo.travel.profiles import Profile

MOST_STREETS: Final = 100
"""Streets that may be added."""

_FIRST_LINKS: Final = 64
_NONE: Final = np.zeros(0, dtype=np.int32)

Place = Attachments | tuple[float, float]
"""One place: tied to a street already, or x and y in metres of the network's CRS."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What one edit changed."""

    facility: int
    """Number of the facility opened, moved or closed; -1 for another edit."""
    changed: NDArray[np.int32]
    """(n,) owners whose answer changed."""
    before_min: NDArray[np.float64]
    """(n,) their minutes before, NaN for out of reach."""
    after_min: NDArray[np.float64]
    """(n,) their minutes now."""


@dataclass(slots=True)
class _Step:
    nodes: NDArray[np.int32]
    demand: NDArray[np.int32]
    owners: NDArray[np.int32]
    revert: list[Callable[[], None]]


class WhatIf:
    """Everybody's nearest facility, kept right through edits by repairing only what they change.

    Parameters
    ----------
    network
        The streets.
    demand
        Places of demand, such as gates.
    facilities
        Facilities open at the start; they are numbered from 0, those opened later follow.
    profile, direction
        Who walks, and which way.
    limit_min
        Farthest walk, itself included; None for no limit (repairs then reach far).
    owner : (n_demand,)
        Owner of each place, such as a compound, -1 for nobody; by default each its own.
    n_owner
        Number of owners; by default as many as ``owner`` names.
    gate_open : (n_demand,)
        Places that count from the start; by default all.
    """

    def __init__(
        self,
        network: StreetNetwork,
        demand: Attachments,
        facilities: Attachments,
        *,
        profile: Profile,
        limit_min: float | None,
        direction: Direction = "to_facility",
        owner: NDArray[np.int64] | None = None,
        n_owner: int | None = None,
        gate_open: NDArray[np.bool_] | None = None,
    ) -> None:
        self._network = network
        self._graph = travel_graph(network, profile)
        self._towards = direction == "to_facility"
        self._n_facility = len(facilities)
        self._n_post = self._n_link = self._edit = 0
        self._steps: list[_Step] = []
        own = np.arange(len(demand)) if owner is None else np.asarray(owner)
        count = int(own.max(initial=-1)) + 1 if n_owner is None else n_owner
        stations = places(self._graph, facilities, towards=self._towards)
        self._sorted_at, self._state = self._first_state(
            places(self._graph, demand, towards=not self._towards),
            stations,
            limit_ms(limit_min),
            own.astype(np.int32),
            count,
            np.ones(len(demand), dtype=bool) if gate_open is None else gate_open,
        )
        for facility in np.flatnonzero(stations.edge >= 0):
            self._list_station(int(facility))
        ms, nearest = nodes_nearest(self._graph, stations, limit_ms(limit_min), direction=direction)
        self._state.ms[: self._graph.n_node] = ms[:, 0]
        self._state.nearest[: self._graph.n_node] = nearest[:, 0]
        every_edge = np.arange(len(self._graph.edge_ms), dtype=np.int32)
        repair(self._state, -2, 0, _NONE, every_edge, np.arange(count, dtype=np.int32))

    @property
    def minutes(self) -> NDArray[np.float64]:
        """(n_owner,) minutes to the nearest facility; NaN out of reach."""
        return _minutes(self._state.owner_ms)

    @property
    def facility(self) -> NDArray[np.int32]:
        """(n_owner,) number of the nearest facility; -1 out of reach."""
        return self._state.owner_nearest.copy()

    @property
    def n_facility(self) -> int:
        """Number of facilities ever open, those closed since included."""
        return self._n_facility

    def add_facility(self, place: Place) -> Edit:
        """Open a facility; its number is the next one."""
        facility = self._n_facility
        self._make_room(facility + 1)
        self._n_facility += 1

        def close() -> None:
            self._unlist_station(facility)
            self._n_facility -= 1

        self._set_station(facility, self._tied(place))
        return self._apply(facility, [close], opened=[facility])

    def close_facility(self, facility: int) -> Edit:
        """Close a facility."""
        self._require_open(facility)
        roots, edge = self._owned_beside(facility), int(self._state.station_edge[facility])
        n_noted = self._forget(roots)
        reopen = self._unlist_station(facility)
        return self._apply(facility, [reopen], n_noted=n_noted, edges=[edge])

    def move_facility(self, facility: int, place: Place) -> Edit:
        """Close a facility and open it elsewhere under the same number."""
        self._require_open(facility)
        tied = self._tied(place)
        roots, edge = self._owned_beside(facility), int(self._state.station_edge[facility])
        n_noted = self._forget(roots)
        reopen = self._unlist_station(facility)
        self._set_station(facility, tied)

        def leave() -> None:
            self._unlist_station(facility)

        return self._apply(
            facility, [leave, reopen], n_noted=n_noted, edges=[edge], opened=[facility]
        )

    def set_gate(self, gate: int, *, open_: bool) -> Edit:
        """Open or close a place of demand, such as a gate of a compound."""
        at = int(self._sorted_at[self._existing(gate, len(self._sorted_at))])
        if at < 0:  # touches no street: counts for nothing
            return self._apply(-1, [])
        was = int(self._state.open[at])
        self._state.open[at] = open_

        def put_back() -> None:
            self._state.open[at] = was

        return self._apply(-1, [put_back], owners=[int(self._state.owner[at])])

    def block_street(self, edge: int) -> Edit:
        """Shut a street from end to end, for passing and for those who live on it."""
        edge = self._existing(edge, len(self._graph.edge_ms))
        s = self._state
        was = int(s.shut[edge])
        roots = [*map(int, s.edge_nodes[edge])]
        post = int(s.post_head[edge])
        while post >= 0:
            roots.append(s.n_node + post)
            post = int(s.post_next[post])
        n_noted = self._forget(roots)
        s.shut[edge] = 1

        def put_back() -> None:
            s.shut[edge] = was

        return self._apply(-1, [put_back], n_noted=n_noted, edges=[edge])

    def add_street(self, start: Place, end: Place, *, length_m: float | None = None) -> Edit:
        """Add a street between two points of the network, walked at full speed both ways.

        Parameters
        ----------
        start, end
            Where it begins and ends; the connectors to the streets are part of it.
        length_m
            Length between the two places; by default straight, which needs coordinates.
        """
        tied = self._tied(start), self._tied(end)
        if length_m is None:
            if isinstance(start, Attachments) or isinstance(end, Attachments):
                raise DataError(
                    say("新增道路须给出长度。", "the length of a street to add is missing."),
                    hint=say("请给出 length_m，或起止点坐标。", "give length_m, or coordinates."),
                )
            length_m = float(np.hypot(end[0] - start[0], end[1] - start[1]))
        if self._n_post + 2 > 2 * MOST_STREETS:
            raise DataError(
                say(
                    f"最多可新增 {MOST_STREETS} 条道路。",
                    f"at most {MOST_STREETS} streets may be added.",
                )
            )
        first_post, first_link = self._n_post, self._n_link
        heads: list[tuple[int, int]] = []
        posts = [self._add_post(one, heads) for one in tied]
        ends_m = sum(float(one.connector_m[0]) for one in tied)
        walk = round(1000.0 * (length_m + ends_m) / self._graph.profile.speed_m_s)
        self._add_link(posts[0], posts[1], min(walk, LONGEST_MS), min(walk, LONGEST_MS), -1, heads)
        n_noted = self._forget(posts)

        def remove() -> None:
            for node, head in reversed(heads):
                self._state.link_head[node] = head
            for post in range(self._n_post - 1, first_post - 1, -1):
                edge = self._state.post_edge[post]
                self._state.post_head[edge] = self._state.post_next[post]
                self._state.post_edge[post] = -1
            self._n_post, self._n_link = first_post, first_link

        return self._apply(-1, [remove], n_noted=n_noted)

    def undo(self) -> Edit:
        """Take back the latest edit that still stands."""
        if not self._steps:
            raise NotFoundError(say("没有可撤销的修改。", "there is no edit to undo."))
        step = self._steps.pop()
        for revert in step.revert:
            revert()
        s = self._state
        for journal, ms, nearest in (
            (step.nodes, s.ms, s.nearest),
            (step.demand, s.demand_ms, s.demand_nearest),
        ):
            ms[journal[:, 0]], nearest[journal[:, 0]] = journal[:, 1], journal[:, 2]
        changed = step.owners[:, 0]
        before_min = _minutes(s.owner_ms[changed])
        s.owner_ms[changed], s.owner_nearest[changed] = step.owners[:, 1], step.owners[:, 2]
        return Edit(-1, changed, before_min, _minutes(s.owner_ms[changed]))

    def _apply(
        self,
        facility: int,
        revert: list[Callable[[], None]],
        *,
        n_noted: int = 0,
        opened: list[int] | None = None,
        edges: list[int] | None = None,
        owners: list[int] | None = None,
    ) -> Edit:
        """Repair all answers after an edit, and remember how to take it back."""
        s = self._state
        on = [*(edges or []), *(int(s.station_edge[f]) for f in opened or [])]
        counts = repair(
            s,
            self._edit,
            n_noted,
            np.array(opened or [], dtype=np.int32),
            np.array([edge for edge in on if edge >= 0], dtype=np.int32),
            np.array(owners or [], dtype=np.int32),
        )
        self._edit += 1
        journals = (s.journal, s.demand_journal, s.owner_journal)
        nodes, demand, changed = (
            journal[:n].copy() for journal, n in zip(journals, counts, strict=True)
        )
        self._steps.append(_Step(nodes, demand, changed, revert))
        owner = changed[:, 0]
        return Edit(facility, owner, _minutes(changed[:, 1]), _minutes(s.owner_ms[owner]))

    def _first_state(  # noqa: PLR0917 - called once
        self,
        homes: Places,
        stations: Places,
        limit: int,
        own: NDArray[np.int32],
        n_owner: int,
        is_open: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int32], State]:
        """Return where each place stands among those sorted by edge, and the first state."""
        graph = self._graph
        n_edge = len(graph.edge_ms)
        n_total = graph.n_node + 2 * MOST_STREETS
        turned = np.ascontiguousarray(graph.edge_ms[:, ::-1])
        outwards, inwards = (turned, graph.edge_ms) if self._towards else (graph.edge_ms, turned)
        edge_nodes = np.ascontiguousarray(graph.edge_nodes)
        arcs_out = pack_arcs(graph.n_node, edge_nodes, np.ascontiguousarray(outwards))
        arcs_in = pack_arcs(graph.n_node, edge_nodes, np.ascontiguousarray(inwards))
        around = edges_with_demand(graph.n_node, edge_nodes, np.arange(n_edge + 1, dtype=np.int32))
        demand_start, row = group_by_edge(n_edge, homes.edge)
        sorted_at = np.full(len(homes.edge), -1, dtype=np.int32)
        sorted_at[row] = np.arange(len(row))
        owner = own[row]
        owner_start, owner_member = group_by_edge(n_owner, owner)

        def empty(*shape: int) -> NDArray[np.int32]:
            return np.full(shape, -1, dtype=np.int32)

        def far(n: int) -> NDArray[np.int32]:
            return np.full(n, UNREACHED, dtype=np.int32)

        state = State(
            limit=limit,
            bits=graph.bucket_bits,
            n_node=graph.n_node,
            towards=self._towards,
            out_bounds=arcs_out[0],
            out_packed=arcs_out[1],
            out_edge=arcs_out[2],
            in_bounds=arcs_in[0],
            in_packed=arcs_in[1],
            in_edge=arcs_in[2],
            edge_nodes=edge_nodes.copy(),
            around_bounds=around[0],
            around=around[1],
            shut=np.zeros(n_edge, dtype=np.int32),
            link_head=empty(n_total),
            link=empty(_FIRST_LINKS, 5),
            post_edge=empty(2 * MOST_STREETS),
            post_position=empty(2 * MOST_STREETS, 2),
            post_next=empty(2 * MOST_STREETS),
            post_head=empty(n_edge),
            station_edge=stations.edge.copy(),
            station_position=stations.position_ms,
            station_leg=stations.leg_ms,
            station_connector=stations.connector_ms,
            station_next=empty(len(stations.edge)),
            station_head=empty(n_edge),
            demand_start=demand_start,
            demand_position=homes.position_ms[row],
            demand_leg=homes.leg_ms[row],
            demand_connector=homes.connector_ms[row],
            demand_ms=far(len(row)),
            demand_nearest=empty(len(row)),
            ms=far(n_total),
            nearest=empty(n_total),
            buckets=new_buckets(limit, graph.bucket_bits),
            after=empty(n_total),
            ahead=np.full(n_total, IDLE, dtype=np.int32),
            noted=empty(n_total),
            journal=empty(n_total, 3),
            edge_seen=empty(n_edge),
            demand_journal=empty(len(row), 3),
            owner=owner,
            owner_start=owner_start,
            owner_member=owner_member,
            open=is_open[row].astype(np.int32),
            owner_ms=far(n_owner),
            owner_nearest=empty(n_owner),
            owner_seen=empty(n_owner),
            owner_journal=empty(n_owner, 3),
        )
        return sorted_at, state

    def _tied(self, place: Place) -> Attachments:
        if not isinstance(place, Attachments):
            return attach(self._network, np.array([place]))
        if len(place) != 1:
            raise DataError(
                say(
                    f"一次只能修改一个地点，现给出 {len(place)} 个。",
                    f"an edit takes one place, found {len(place)}.",
                )
            )
        return place

    def _existing(self, number: int, count: int) -> int:
        if 0 <= number < count:
            return int(number)
        raise NotFoundError(
            say(
                f"编号 {number} 不存在（应为 0～{count - 1}）。",
                f"there is no number {number} (0 to {count - 1}).",
            )
        )

    def _require_open(self, facility: int) -> None:
        at = self._existing(facility, self._n_facility)
        if self._state.station_edge[at] < 0:
            raise NotFoundError(
                say(
                    f"设施 {facility} 已关闭或不在路网上。",
                    f"facility {facility} is closed or touches no street.",
                )
            )

    def _forget(self, nodes: list[int]) -> int:
        n_noted = 0
        for node in nodes:
            n_noted = note(self._state, node, self._edit, n_noted)
        return int(forget(self._state, self._edit, n_noted))

    def _owned_beside(self, facility: int) -> list[int]:
        """Return the ends of a facility's edge, and posts on it, whose nearest it is."""
        s = self._state
        edge = int(s.station_edge[facility])
        beside = [*map(int, s.edge_nodes[edge])]
        post = int(s.post_head[edge])
        while post >= 0:
            beside.append(s.n_node + post)
            post = int(s.post_next[post])
        return [node for node in beside if s.nearest[node] == facility]

    def _make_room(self, n_station: int) -> None:
        s = self._state
        if n_station > len(s.station_edge):
            grown: dict[str, Any] = {
                name: _twice(getattr(s, name))
                for name in State._fields
                if name.startswith("station_") and name != "station_head"
            }
            self._state = s._replace(**grown)

    def _set_station(self, facility: int, tied: Attachments) -> None:
        s = self._state
        timed = places(self._graph, tied, towards=self._towards)
        s.station_edge[facility] = timed.edge[0]
        s.station_position[facility] = timed.position_ms[0]
        s.station_leg[facility] = timed.leg_ms[0]
        s.station_connector[facility] = timed.connector_ms[0]
        if timed.edge[0] >= 0:
            self._list_station(facility)

    def _list_station(self, facility: int) -> None:
        s = self._state
        edge = s.station_edge[facility]
        s.station_next[facility] = s.station_head[edge]
        s.station_head[edge] = facility

    def _unlist_station(self, facility: int) -> Callable[[], None]:
        """Take a facility off its edge; return what puts it back."""
        s = self._state
        edge = int(s.station_edge[facility])
        columns = (s.station_edge, s.station_position, s.station_leg, s.station_connector)
        was = [column[facility].copy() for column in columns]

        def put_back() -> None:
            now = self._state
            for column, value in zip(
                (now.station_edge, now.station_position, now.station_leg, now.station_connector),
                was,
                strict=True,
            ):
                column[facility] = value
            if edge >= 0:
                self._list_station(facility)

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

    def _add_post(self, tied: Attachments, heads: list[tuple[int, int]]) -> int:
        """Put an extra node into an edge, linked with the ends and the other posts; return it."""
        s = self._state
        post = self._n_post
        node, edge = s.n_node + post, int(tied.edge[0])
        self._n_post += 1
        if edge < 0:
            raise DataError(
                say("新增道路的端点不在路网上。", "an end of the street touches no street.")
            )
        at_street = Attachments(
            tied.edge, tied.along_m, np.zeros(1), np.zeros(1), np.zeros(1, dtype=bool)
        )
        outwards = places(self._graph, at_street, towards=self._towards)
        inwards = places(self._graph, at_street, towards=not self._towards)
        s.post_edge[post] = edge
        s.post_position[post] = outwards.position_ms[0]
        for side in range(2):
            leg = int(outwards.leg_ms[0, side]), int(inwards.leg_ms[0, side])
            self._add_link(node, int(s.edge_nodes[edge, side]), *leg, edge, heads)
        other = int(s.post_head[edge])
        while other >= 0:
            to_other = along_edge(s.post_position, other, s.post_position, post, self._towards)
            from_other = along_edge(s.post_position, post, s.post_position, other, self._towards)
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
        if self._n_link + 2 > len(self._state.link):
            self._state = self._state._replace(link=_twice(self._state.link))
        s = self._state
        for u, v, leaving, coming in ((node, other, out_ms, in_ms), (other, node, in_ms, out_ms)):
            heads.append((u, int(s.link_head[u])))
            s.link[self._n_link] = v, leaving, coming, edge, s.link_head[u]
            s.link_head[u] = self._n_link
            self._n_link += 1


def _twice(column: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return a column in twice the room, and a little more."""
    longer = np.full((2 * len(column) + 8, *column.shape[1:]), -1, dtype=np.int32)
    longer[: len(column)] = column
    return longer


def _minutes(ms: NDArray[np.int32]) -> NDArray[np.float64]:
    return np.where(ms == UNREACHED, np.nan, ms / MS_A_MINUTE)
