"""Edits repaired in place equal the answer computed anew, whatever was edited and taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.travel import BLOCKED, Profile
from geo.travel.graph import graph_of
from geo.travel.minutes import matrix_of
from geo.travel.profiles import edge_ms
from geo.travel.whatif import WhatIf

Town = Callable[..., StreetNetwork]
WALKER = Profile(name="level", zh="平地", en="level", speed_m_s=1.0)
SLOPES = replace(WALKER, slope="tobler")
LIMIT_MIN = 8.0


class Scratch:
    """The town as edited so far, answered from scratch."""

    def __init__(
        self, network: StreetNetwork, demand: Attachments, owner: NDArray[np.int64]
    ) -> None:
        self.network, self.demand, self.owner = network, demand, owner
        self.stations: list[tuple[int, float, float] | None] = []
        self.open = np.ones(len(demand), dtype=bool)
        self.shut: list[int] = []

    def answers(
        self, walker: Profile, direction: str
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        ms = edge_ms(self.network, walker)
        ms[self.shut] = BLOCKED
        there = [s if s is not None else (-1, 0.0, 0.0) for s in self.stations]
        stations = tied(*map(np.array, zip(*there, strict=True))) if there else tied([], [], [])
        minutes = matrix_of(
            graph_of(self.network, ms, walker),
            self.demand,
            stations,
            limit_min=LIMIT_MIN,
            direction=direction,
        ).dense()
        best = np.full(int(self.owner.max()) + 1, np.nan)
        nearest = np.full(len(best), -1, dtype=np.int32)
        for d in np.flatnonzero(self.open):
            for f in np.flatnonzero(np.isfinite(minutes[d])):
                o, m = self.owner[d], minutes[d, f]
                if not best[o] <= m or (best[o] == m and f < nearest[o]):
                    best[o], nearest[o] = m, f
        return best, nearest


def tied(edge: object, along_m: object, connector_m: object) -> Attachments:
    edge = np.array(edge, dtype=np.int32)
    along, connector = np.array(along_m, dtype=float), np.array(connector_m, dtype=float)
    return Attachments(edge, along, connector, connector, np.zeros(len(edge), dtype=bool))


def grid_town(town: Town, side: int, random: np.random.Generator) -> StreetNetwork:
    nodes = [(100 * x, 100 * y) for x in range(side) for y in range(side)]
    edges = [(a, a + 1) for a in range(side * side - 1) if (a + 1) % side]
    edges += [(a, a + side) for a in range(side * (side - 1))]
    edges += [(0, 1), (3, 3)]
    kept = [edge for edge in edges if random.random() < 0.85]
    return town(
        nodes,
        kept,
        length_m=random.integers(2, 150, len(kept)),
        climb_m=random.choice([0.0, 0.0, 4.0], len(kept)),
    )


def some_place(network: StreetNetwork, random: np.random.Generator) -> tuple[int, float, float]:
    edge = int(random.integers(network.n_edge))
    share = float(random.choice([0.0, 0.25, 0.5, 1.0]))
    return edge, share * float(network.edge_length_m[edge]), float(random.integers(0, 30))


@given(
    seed=st.integers(0, 10_000),
    edits=st.lists(st.sampled_from(["add", "close", "move", "gate", "block", "undo"]), max_size=14),
    walker=st.sampled_from([WALKER, SLOPES]),
    direction=st.sampled_from(["to_facility", "from_facility"]),
)
def test_edits_equal_the_answer_from_scratch(
    town: Town, seed: int, edits: list[str], walker: Profile, direction: str
) -> None:
    random = np.random.default_rng(seed)
    network = grid_town(town, 6, random)
    demand = tied(
        *map(np.array, zip(*(some_place(network, random) for _ in range(40)), strict=True))
    )
    owner = random.integers(0, 25, 40)
    scratch = Scratch(network, demand, owner)
    scratch.stations = [some_place(network, random) for _ in range(3)]
    engine = WhatIf(
        network,
        demand,
        tied(*map(np.array, zip(*scratch.stations, strict=True))),
        profile=walker,
        limit_min=LIMIT_MIN,
        direction=direction,
        owner=owner,
    )
    kept = [(list(scratch.stations), scratch.open.copy(), list(scratch.shut))]
    for edit in edits:
        there = [f for f, station in enumerate(scratch.stations) if station is not None]
        before = engine.minutes
        if edit == "undo":
            if len(kept) == 1:
                continue
            kept.pop()
            stations, is_open, shut = kept[-1]
            scratch.stations, scratch.open, scratch.shut = (
                list(stations),
                is_open.copy(),
                list(shut),
            )
            change = engine.undo()
        else:
            if edit in ("close", "move") and not there:
                continue
            place = some_place(network, random)
            if edit == "add":
                scratch.stations.append(place)
                change = engine.add_facility(tied(*([part] for part in place)))
            elif edit == "close":
                gone = int(random.choice(there))
                scratch.stations[gone] = None
                change = engine.close_facility(gone)
            elif edit == "move":
                moved = int(random.choice(there))
                scratch.stations[moved] = place
                change = engine.move_facility(moved, tied(*([part] for part in place)))
            elif edit == "gate":
                gate = int(random.integers(40))
                scratch.open[gate] = not scratch.open[gate]
                change = engine.set_gate(gate, open_=bool(scratch.open[gate]))
            else:
                scratch.shut.append(place[0])
                change = engine.block_street(place[0])
            kept.append((list(scratch.stations), scratch.open.copy(), list(scratch.shut)))
        minutes, nearest = scratch.answers(walker, direction)
        np.testing.assert_array_equal(engine.minutes, minutes)
        np.testing.assert_array_equal(engine.facility, nearest)
        moved_minutes = ~((before == minutes) | (np.isnan(before) & np.isnan(minutes)))
        assert set(np.flatnonzero(moved_minutes)) <= set(change.changed.tolist())
        np.testing.assert_array_equal(change.before_min, before[change.changed])
        np.testing.assert_array_equal(change.after_min, minutes[change.changed])


@given(seed=st.integers(0, 10_000), direction=st.sampled_from(["to_facility", "from_facility"]))
def test_an_added_street_equals_a_town_built_with_it(town: Town, seed: int, direction: str) -> None:
    random = np.random.default_rng(seed)
    network = grid_town(town, 5, random)
    # Everything lies at whole metres, so that the pieces of a street take as long as the whole.
    at_metre = [
        tied([e], [float(random.integers(1, network.edge_length_m[e]))], [0.0])
        for e in random.integers(0, network.n_edge if seed % 2 else 5, 4)
    ]
    assume(len({(int(end.edge[0]), float(end.along_m[0])) for end in at_metre}) == 4)
    demand = tied(
        np.arange(network.n_edge), np.minimum(1.0, network.edge_length_m), np.zeros(network.n_edge)
    )
    first, second = some_place(network, random), some_place(network, random)
    stations = [(e, float(round(along)), far) for e, along, far in (first, second)]
    engine = WhatIf(
        network,
        demand,
        tied(*map(np.array, zip(*stations, strict=True))),
        profile=WALKER,
        limit_min=LIMIT_MIN,
        direction=direction,
    )
    without = engine.minutes
    there = [demand, tied(*map(np.array, zip(*stations, strict=True)))]
    for start, end in (at_metre[:2], at_metre[2:]):
        engine.add_street(start, end, length_m=7.0)
    built, moved = with_streets(town, network, at_metre, there)
    expected = matrix_of(
        graph_of(built, edge_ms(built, WALKER), WALKER),
        *moved,
        limit_min=LIMIT_MIN,
        direction=direction,
    ).dense()
    least = np.where(np.isnan(expected), np.inf, expected).min(axis=1)
    np.testing.assert_array_equal(np.nan_to_num(engine.minutes, nan=np.inf), least)
    assert not (engine.minutes > without).any()
    engine.undo()
    engine.undo()
    np.testing.assert_array_equal(engine.minutes, without)


def with_streets(
    town: Town, network: StreetNetwork, ends: list[Attachments], places: list[Attachments]
) -> tuple[StreetNetwork, list[Attachments]]:
    """Cut streets at the ends of new ones, 7 m long, and tie the places to the pieces."""
    cuts: dict[int, list[tuple[float, int]]] = {e: [] for e in range(network.n_edge)}
    for i, end in enumerate(ends):
        cuts[int(end.edge[0])].append((float(end.along_m[0]), network.n_node + i))
    edges, lengths, piece_of = [], [], {}
    for e, (start, stop) in enumerate(network.edge_nodes.tolist()):
        posts = [(0.0, start), *sorted(cuts[e]), (float(network.edge_length_m[e]), stop)]
        piece_of[e] = []
        for (from_m, a), (to_m, b) in pairwise(posts):
            piece_of[e].append((from_m, to_m, len(edges)))
            edges.append((a, b))
            lengths.append(to_m - from_m)
    n = network.n_node
    edges += [(n, n + 1), (n + 2, n + 3)]
    lengths += [7.0, 7.0]
    nodes = [*network.node_xy.tolist(), *([0.0, 0.0] for _ in ends)]
    moved = []
    for group in places:
        pieces = [
            next(piece for piece in piece_of[int(e)] if piece[0] <= along <= piece[1])
            for e, along in zip(group.edge, group.along_m, strict=True)
        ]
        along_m = group.along_m - np.array([piece[0] for piece in pieces])
        moved.append(tied([piece[2] for piece in pieces], along_m, group.connector_m))
    return town(nodes, edges, length_m=lengths), moved
