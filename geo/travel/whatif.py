"""What happens to everybody's nearest facility if something is opened, moved, closed or blocked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError, NotFoundError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments, attach
from geo.text import say
from geo.travel._answers import repair
from geo.travel._start import first_state
from geo.travel._town import Town
from geo.travel.graph import UNREACHED, Direction, limit_ms, places, travel_graph
from geo.travel.minutes import MS_A_MINUTE
from geo.travel.nearest import nodes_nearest
from geo.travel.profiles import Profile

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
        self._n_facility = len(facilities)
        self._steps: list[_Step] = []
        self._edit = 0
        graph, towards = travel_graph(network, profile), direction == "to_facility"
        own = np.arange(len(demand)) if owner is None else np.asarray(owner)
        count = int(own.max(initial=-1)) + 1 if n_owner is None else n_owner
        stations = places(graph, facilities, towards=towards)
        self._sorted_at, state = first_state(
            graph,
            places(graph, demand, towards=not towards),
            stations,
            limit=limit_ms(limit_min),
            towards=towards,
            owner_of=own.astype(np.int32),
            n_owner=count,
            is_open=np.ones(len(demand), dtype=bool) if gate_open is None else gate_open,
        )
        self._town = Town(graph, towards, state)
        for facility in np.flatnonzero(stations.edge >= 0):
            self._town.list_station(int(facility))
        ms, nearest = nodes_nearest(graph, stations, limit_ms(limit_min), direction=direction)
        state.ms[: graph.n_node] = ms[:, 0]
        state.nearest[: graph.n_node] = nearest[:, 0]
        every_edge = np.arange(len(graph.edge_ms), dtype=np.int32)
        repair(state, -2, 0, _NONE, every_edge, np.arange(count, dtype=np.int32))

    @property
    def minutes(self) -> NDArray[np.float64]:
        """(n_owner,) minutes to the nearest facility; NaN out of reach."""
        return _minutes(self._town.state.owner_ms)

    @property
    def facility(self) -> NDArray[np.int32]:
        """(n_owner,) number of the nearest facility; -1 out of reach."""
        return self._town.state.owner_nearest.copy()

    @property
    def n_facility(self) -> int:
        """Number of facilities ever open, those closed since included."""
        return self._n_facility

    @property
    def n_bytes(self) -> int:
        """Bytes of the streets, places and answers kept."""
        state = (getattr(self._town.state, name) for name in type(self._town.state)._fields)
        return sum(array.nbytes for array in state if isinstance(array, np.ndarray))

    def add_facility(self, place: Place) -> Edit:
        """Open a facility; its number is the next one."""
        facility, tied = self._n_facility, self._tied(place)
        self._town.make_room(facility + 1)
        self._n_facility += 1

        def close() -> None:
            self._town.unlist_station(facility)
            self._n_facility -= 1

        self._town.set_station(facility, tied)
        return self._apply(facility, [close], opened=[facility])

    def close_facility(self, facility: int) -> Edit:
        """Close a facility."""
        self._require_open(facility)
        edge, n_noted = self._forget_beside(facility)
        reopen = self._town.unlist_station(facility)
        return self._apply(facility, [reopen], n_noted=n_noted, edges=[edge])

    def move_facility(self, facility: int, place: Place) -> Edit:
        """Close a facility and open it elsewhere under the same number."""
        self._require_open(facility)
        tied = self._tied(place)
        edge, n_noted = self._forget_beside(facility)
        reopen = self._town.unlist_station(facility)
        self._town.set_station(facility, tied)

        def leave() -> None:
            self._town.unlist_station(facility)

        return self._apply(
            facility, [leave, reopen], n_noted=n_noted, edges=[edge], opened=[facility]
        )

    def set_gate(self, gate: int, *, open_: bool) -> Edit:
        """Open or close a place of demand, such as a gate of a compound."""
        at = int(self._sorted_at[self._existing(gate, len(self._sorted_at))])
        if at < 0:  # touches no street: counts for nothing
            return self._apply(-1, [])
        was = int(self._town.state.open[at])
        self._town.state.open[at] = open_

        def put_back() -> None:
            self._town.state.open[at] = was

        return self._apply(-1, [put_back], owners=[int(self._town.state.owner[at])])

    def block_street(self, edge: int) -> Edit:
        """Shut a street from end to end, for passing and for those who live on it."""
        edge = self._existing(edge, len(self._town.graph.edge_ms))
        s = self._town.state
        was = int(s.shut[edge])
        n_noted = self._town.forget(self._town.beside(edge), self._edit)
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
        posts, remove = self._town.add_street(tied, length_m)
        return self._apply(-1, [remove], n_noted=self._town.forget(posts, self._edit))

    def undo(self) -> Edit:
        """Take back the latest edit that still stands."""
        if not self._steps:
            raise NotFoundError(say("没有可撤销的修改。", "there is no edit to undo."))
        step = self._steps.pop()
        for revert in step.revert:
            revert()
        s = self._town.state
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
        s = self._town.state
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
        if self._town.state.station_edge[at] < 0:
            raise NotFoundError(
                say(
                    f"设施 {facility} 已关闭或不在路网上。",
                    f"facility {facility} is closed or touches no street.",
                )
            )

    def _forget_beside(self, facility: int) -> tuple[int, int]:
        """Forget what is nearest to a facility; return its edge and how many nodes are noted."""
        s = self._town.state
        edge = int(s.station_edge[facility])
        beside = [node for node in self._town.beside(edge) if s.nearest[node] == facility]
        return edge, self._town.forget(beside, self._edit)


def _minutes(ms: NDArray[np.int32]) -> NDArray[np.float64]:
    return np.where(ms == UNREACHED, np.nan, ms / MS_A_MINUTE)
