"""The walking network as one walker sees it: arcs in milliseconds, forward and reverse."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.text import say
from geo.travel._along import time_places
from geo.travel._arcs import pack_arcs
from geo.travel.profiles import BLOCKED, Profile, edge_ms

Direction = Literal["to_facility", "from_facility"]

UNREACHED: Final = BLOCKED
"""Milliseconds of a place that cannot be reached."""
LONGEST_MS: Final = 2**30
"""Limit in milliseconds that stands for "no limit" (twelve days)."""

_KEPT_GRAPHS = 4


@dataclass(frozen=True, slots=True)
class Arcs:
    """Adjacency in CSR form; an arc is packed as ``ms << 32 | head``."""

    bounds: NDArray[np.int32]
    """(n_node + 1,)"""
    packed: NDArray[np.int64]
    """(n_arc,)"""


@dataclass(frozen=True, slots=True)
class TravelGraph:
    """A network prepared for one profile; closed streets have no arcs."""

    edge_nodes: NDArray[np.int32]
    """(n_edge, 2)"""
    edge_length_m: NDArray[np.float64]
    """(n_edge,)"""
    edge_ms: NDArray[np.int32]
    """(n_edge, 2) from start to end and back; `BLOCKED` where closed."""
    forward: Arcs
    """Arcs in the direction of walking."""
    reverse: Arcs
    """The same arcs turned round, for sweeps towards a place; ``forward`` itself when equal."""
    bucket_bits: int
    """A bucket of the queue is ``2 ** bucket_bits`` milliseconds wide."""
    profile: Profile

    @property
    def n_node(self) -> int:
        """Number of nodes."""
        return len(self.forward.bounds) - 1

    def arcs(self, direction: Direction) -> Arcs:
        """Return the arcs that a sweep from a facility follows."""
        return self.reverse if direction == "to_facility" else self.forward


@dataclass(frozen=True, slots=True)
class Places:
    """Attachments in milliseconds of one walker, as the sweeps need them."""

    edge: NDArray[np.int32]
    """(n,) edge, -1 for none."""
    position_ms: NDArray[np.int32]
    """(n, 2) walked from the edge's start to the place, and from the place to the start."""
    leg_ms: NDArray[np.int32]
    """(n, 2) between the place and the edge's start and end, in the direction of the sweep and
    with the connector; `UNREACHED` where closed."""
    connector_ms: NDArray[np.int32]
    """(n,)"""


_graphs: deque[tuple[StreetNetwork, Profile, TravelGraph]] = deque(maxlen=_KEPT_GRAPHS)
_graphs_lock = Lock()


def travel_graph(network: StreetNetwork, profile: Profile) -> TravelGraph:
    """Return the network as the walker sees it; the last few are remembered."""
    with _graphs_lock:
        for known, walker, graph in _graphs:
            if known is network and walker == profile:
                return graph
    graph = graph_of(network, edge_ms(network, profile), profile)
    with _graphs_lock:
        _graphs.append((network, profile, graph))
    return graph


def graph_of(network: StreetNetwork, ms: NDArray[np.int32], profile: Profile) -> TravelGraph:
    """Return the network with these walking times of its edges.

    Parameters
    ----------
    network
        The streets.
    ms : (n_edge, 2)
        Milliseconds from start to end and back, `BLOCKED` where closed.
    profile
        The walker of the connector legs.
    """
    forward = _arcs(network, ms)
    symmetric = bool(np.array_equal(ms[:, 0], ms[:, 1]))
    return TravelGraph(
        edge_nodes=network.edge_nodes,
        edge_length_m=network.edge_length_m,
        edge_ms=ms,
        forward=forward,
        reverse=forward if symmetric else _arcs(network, np.ascontiguousarray(ms[:, ::-1])),
        bucket_bits=_bucket_bits(ms),
        profile=profile,
    )


def _bucket_bits(ms: NDArray[np.int32]) -> int:
    """Return the bucket's width: about half the mean street, 1 to 131 seconds."""
    walked = ms[ms < BLOCKED]
    mean_ms = float(walked.mean()) if len(walked) else 0.0
    return int(np.clip(np.log2(max(mean_ms / 2, 1.0)), 10, 17))


def _arcs(network: StreetNetwork, ms: NDArray[np.int32]) -> Arcs:
    bounds, packed, _ = pack_arcs(network.n_node, network.edge_nodes, ms)
    return Arcs(bounds, packed)


def places(graph: TravelGraph, attachments: Attachments, *, towards: bool) -> Places:
    """Return attachments in the walker's milliseconds.

    Parameters
    ----------
    graph
        The prepared network.
    attachments
        Where the places touch the streets.
    towards
        Whether the legs are walked from the edge's ends to the place; else from the place.

    Notes
    -----
    Both positions are rounded once, so that legs and pieces of one edge always add up.
    """
    edge = np.ascontiguousarray(attachments.edge, dtype=np.int32)
    if len(edge) and int(edge.max()) >= len(graph.edge_ms):
        raise DataError(
            say(
                f"地点所在道路编号 {int(edge.max())} 超出路网（共 {len(graph.edge_ms)} 条）。",
                f"a place lies on edge {int(edge.max())}, the network has {len(graph.edge_ms)}.",
            ),
            hint=say("请用同一个路网重新贴附地点。", "attach the places to this very network."),
        )
    timed = Places(
        edge=edge,
        position_ms=np.empty((len(edge), 2), dtype=np.int32),
        leg_ms=np.empty((len(edge), 2), dtype=np.int32),
        connector_ms=np.empty(len(edge), dtype=np.int32),
    )
    time_places(
        edge,
        np.ascontiguousarray(attachments.along_m, dtype=np.float64),
        np.ascontiguousarray(attachments.connector_m, dtype=np.float64),
        graph.edge_length_m,
        graph.edge_ms,
        graph.profile.speed_m_s,
        towards,
        LONGEST_MS,
        timed.position_ms,
        timed.leg_ms,
        timed.connector_ms,
    )
    return timed


def limit_ms(limit_min: float | None) -> int:
    """Return a limit in milliseconds; a place at exactly the limit is within it."""
    if limit_min is None:
        return LONGEST_MS
    if not limit_min >= 0:
        raise DataError(
            say(
                f"时间上限应不小于 0 分钟，现为 {limit_min}。",
                f"the limit must be at least 0 minutes, found {limit_min}.",
            ),
        )
    return int(min(round(limit_min * 60_000), LONGEST_MS))
