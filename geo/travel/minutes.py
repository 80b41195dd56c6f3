"""How many minutes from every demand point to every facility within reach."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from os import cpu_count
from threading import local
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.text import say
from geo.travel._reach import arrange_demand, reach
from geo.travel._rows import by_demand, least_of_rows
from geo.travel._sweep import IDLE
from geo.travel.graph import (
    UNREACHED,
    Direction,
    Places,
    TravelGraph,
    limit_ms,
    places,
    travel_graph,
)
from geo.travel.profiles import Profile

MS_A_MINUTE: Final = 60_000
_BLOCK: Final = 128
"""Facilities that a thread sweeps before it takes the next lot."""


@dataclass(frozen=True, slots=True)
class Minutes:
    """Walking times in CSR form: rows are demand, columns facilities in ascending order.

    A pair that is absent is out of reach; a stored 0 is a zero.
    """

    indptr: NDArray[np.int64]
    """(n_demand + 1,)"""
    indices: NDArray[np.int32]
    """(n_pair,) facility."""
    ms: NDArray[np.int32]
    """(n_pair,) milliseconds."""
    n_facility: int
    """Number of columns."""

    @property
    def n_demand(self) -> int:
        """Number of rows."""
        return len(self.indptr) - 1

    @property
    def minutes(self) -> NDArray[np.float64]:
        """(n_pair,) minutes of each stored pair."""
        return self.ms / MS_A_MINUTE

    @property
    def rows(self) -> NDArray[np.int64]:
        """(n_pair,) demand of each stored pair."""
        return np.repeat(np.arange(self.n_demand), np.diff(self.indptr))

    def dense(self) -> NDArray[np.float64]:
        """Return (n_demand, n_facility) minutes, NaN out of reach; for small cases."""
        table = np.full((self.n_demand, self.n_facility), np.nan)
        table[self.rows, self.indices] = self.minutes
        return table


def minutes_matrix(
    network: StreetNetwork,
    demand: Attachments,
    facilities: Attachments,
    *,
    profile: Profile,
    limit_min: float | None,
    direction: Direction = "to_facility",
    progress: Callable[[float], None] | None = None,
) -> Minutes:
    """Return the minutes between demand and facilities, door to door along the streets.

    Parameters
    ----------
    network
        The streets.
    demand, facilities
        Where they touch the streets; the connectors are walked at the profile's speed.
    profile
        Who walks.
    limit_min
        Farthest walk kept, itself included; None keeps all that can be reached.
    direction
        ``to_facility``: people walk to the facility; ``from_facility``: staff walk to them.
    progress
        Told the share of facilities done.

    Returns
    -------
    Minutes
        Times are whole milliseconds: those of each edge and each connector are rounded once.
    """
    graph = travel_graph(network, profile)
    return matrix_of(
        graph, demand, facilities, limit_min=limit_min, direction=direction, progress=progress
    )


def matrix_of(
    graph: TravelGraph,
    demand: Attachments,
    facilities: Attachments,
    *,
    limit_min: float | None,
    direction: Direction = "to_facility",
    progress: Callable[[float], None] | None = None,
) -> Minutes:
    """Return `minutes_matrix` of a graph that is already prepared."""
    limit = limit_ms(limit_min)
    towards = direction == "to_facility"
    stations = places(graph, facilities, towards=towards)
    homes = places(graph, demand, towards=not towards)
    arranged = arrange_demand(graph.n_node, graph.edge_nodes, homes.edge, homes.leg_ms)
    arcs = graph.arcs(direction)
    order = sweep_order(graph, stations)
    blocks = [order[at : at + _BLOCK] for at in range(0, len(order), _BLOCK)]

    kept = local()

    def scratch() -> list[NDArray[np.int32]]:
        if not hasattr(kept, "arrays"):
            kept.arrays = [
                np.full(graph.n_node, UNREACHED, dtype=np.int32),
                np.empty(graph.n_node, dtype=np.int32),
                np.empty(graph.n_node, dtype=np.int32),
                np.full(graph.n_node, IDLE, dtype=np.int32),
            ]
        arrays: list[NDArray[np.int32]] = kept.arrays
        return arrays

    def swept(block: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        ms, touched, after, ahead = scratch()
        return reach(
            *(arcs.bounds, arcs.packed, graph.edge_nodes),
            *(stations.edge, stations.position_ms, stations.leg_ms, stations.connector_ms),
            *arranged,
            homes.position_ms,
            homes.connector_ms,
            block,
            limit,
            graph.bucket_bits,
            towards,
            ms,
            touched,
            after,
            ahead,
        )

    found: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    with ThreadPoolExecutor(cpu_count()) as pool:
        jobs = [pool.submit(swept, block) for block in blocks]
        for done, _ in enumerate(as_completed(jobs), start=1):
            if progress is not None:
                progress(done / len(jobs))
        found = [job.result() for job in jobs]

    first = np.zeros(len(facilities), dtype=np.int64)
    last = np.zeros(len(facilities), dtype=np.int64)
    begin = 0
    for block, (pairs, bounds) in zip(blocks, found, strict=True):
        first[block], last[block] = begin + bounds[:-1], begin + bounds[1:]
        begin += len(pairs)
    every_pair = np.concatenate([pairs for pairs, _ in found] or [np.zeros(0, dtype=np.int64)])
    del found, jobs
    return Minutes(*by_demand(every_pair, first, last, len(demand)), n_facility=len(facilities))


def group_rows(minutes: Minutes, owner: NDArray[np.int64], n_owner: int) -> Minutes:
    """Return the least minutes over the rows of each owner, such as the gates of a compound.

    Parameters
    ----------
    minutes
        Rows are gates.
    owner : (n_demand,)
        Owner of each row, -1 for a row that counts for nobody, such as a closed gate.
    n_owner
        Number of rows of the result; an owner without gates reaches nothing.
    """
    owner = np.asarray(owner, dtype=np.int64)
    if len(owner) != minutes.n_demand or (len(owner) and int(owner.max()) >= n_owner):
        raise DataError(
            say(
                f"出入口归属应有 {minutes.n_demand} 行、编号小于 {n_owner}，现有 {len(owner)} 行。",
                f"owners must be {minutes.n_demand} numbers below {n_owner}, "
                f"found {len(owner)} rows.",
            )
        )
    member = np.argsort(owner, kind="stable")
    member = member[owner[member] >= 0]
    member_start = np.searchsorted(owner[member], np.arange(n_owner + 1))
    return Minutes(
        *least_of_rows(
            minutes.indptr, minutes.indices, minutes.ms, member_start, member, minutes.n_facility
        ),
        n_facility=minutes.n_facility,
    )


def sweep_order(graph: TravelGraph, stations: Places) -> NDArray[np.int32]:
    """Return the places that touch a street in the order of its nodes: neighbours together."""
    on_street = np.flatnonzero(stations.edge >= 0)
    start = graph.edge_nodes[stations.edge[on_street], 0]
    return on_street[np.argsort(start, kind="stable")].astype(np.int32)
