"""Minutes equal those of scipy's Dijkstra on the same streets cut at every place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.travel import BLOCKED, Profile, edge_ms, minutes_matrix, nearest, node_ms

LEVEL = Profile(name="level", zh="平地", en="level", speed_m_s=1.0)
STEEP = Profile(
    name="steep", zh="坡地", en="steep", speed_m_s=0.9, slope="tobler", steps_factor=None
)
Town = Callable[..., StreetNetwork]


def random_town(town: Town, seed: int) -> StreetNetwork:
    """About 400 nodes with parallel streets, loops, steps, hills and pieces cut off."""
    random = np.random.default_rng(seed)
    n = 400
    xy = random.uniform(0, 3000, (n, 2))
    order = np.argsort(xy[:, 0])
    near = [(int(order[i]), int(order[min(n - 1, i + j)])) for i in range(n) for j in (1, 2, 5)]
    kept = random.random(len(near)) < 0.7
    edges = [pair for pair, keep in zip(near, kept, strict=True) if keep]
    edges += edges[:30] + [(int(u), int(u)) for u in random.integers(0, n, 15)]
    straight_m = np.hypot(*(xy[[u for u, _ in edges]] - xy[[v for _, v in edges]]).T)
    return town(
        xy,
        edges,
        length_m=straight_m * random.uniform(0.05, 0.4, len(edges)) + random.uniform(1, 90),
        steps=random.random(len(edges)) < 0.05,
        climb_m=random.uniform(0, 3, len(edges)),
        descent_m=random.uniform(0, 3, len(edges)),
    )


def random_places(network: StreetNetwork, n: int, seed: int) -> Attachments:
    random = np.random.default_rng(seed)
    edge = random.integers(0, network.n_edge, n).astype(np.int32)
    edge[: n // 4] = edge[0]  # many on one street
    edge[n // 2] = -1
    share = random.choice([0.0, 1.0, 0.5, *random.random(20)], n)
    along_m = np.where(edge >= 0, share * network.edge_length_m[edge], 0.0)
    connector_m = np.where(edge >= 0, random.uniform(0, 60, n), np.nan)
    return Attachments(edge, along_m, connector_m, connector_m, np.zeros(n, dtype=bool))


def split_graph(
    network: StreetNetwork, walker: Profile, *groups: Attachments
) -> tuple[coo_array, list[NDArray[np.int64]]]:
    """Cut every street at every place, in whole milliseconds; return the graph and the doors."""
    times = edge_ms(network, walker)
    doors: list[NDArray[np.int64]] = []
    count = network.n_node
    on_edge: dict[int, list[tuple[float, int]]] = {e: [] for e in range(network.n_edge)}
    arcs: list[tuple[int, int, int]] = []
    for group in groups:
        doors.append(np.arange(count, count + len(group)))
        count += len(group)
        for place, door in enumerate(doors[-1]):
            if group.edge[place] < 0:
                continue
            post = count
            count += 1
            leg = round(1000 * float(group.connector_m[place]) / walker.speed_m_s)
            arcs += [(int(door), post, leg), (post, int(door), leg)]
            e = int(group.edge[place])
            on_edge[e].append((float(group.along_m[place] / network.edge_length_m[e]), post))
    for e, posts in on_edge.items():
        start, end = (int(u) for u in network.edge_nodes[e])
        for way, (first, last) in enumerate([(start, end), (end, start)]):
            whole = int(times[e, way])
            if whole == BLOCKED:
                continue
            at = [(0, first)] if way == 0 else [(0, last)]
            at += [(round(share * whole), post) for share, post in sorted(posts)]
            at += [(whole, last)] if way == 0 else [(whole, first)]
            for (a_ms, a), (b_ms, b) in pairwise(at):
                arcs.append((a, b, b_ms - a_ms) if way == 0 else (b, a, b_ms - a_ms))
                if a_ms == b_ms:  # the same point
                    arcs.append((b, a, 0) if way == 0 else (a, b, 0))
    return _least_arcs(arcs, count), doors


def _least_arcs(arcs: list[tuple[int, int, int]], count: int) -> coo_array:
    least: dict[tuple[int, int], float] = {}
    for tail, head, ms in arcs:
        # scipy takes a stored zero for no arc: a tiny part of a millisecond stands for it.
        least[tail, head] = min(least.get((tail, head), np.inf), ms or 1e-7)
    tails, heads = np.array(list(least)).T
    return coo_array((np.array(list(least.values())), (tails, heads)), shape=(count, count))


def cases() -> Iterator[tuple[int, Profile, str]]:
    for seed in range(3):
        for walker in (LEVEL, STEEP):
            for direction in ("to_facility", "from_facility"):
                yield seed, walker, direction


@pytest.mark.parametrize(("seed", "walker", "direction"), list(cases()))
def test_minutes_equal_scipy_on_streets_cut_at_every_place(
    town: Town, seed: int, walker: Profile, direction: str
) -> None:
    network = random_town(town, seed)
    demand, facilities = random_places(network, 160, seed + 1), random_places(network, 40, seed + 2)
    graph, (homes, stations) = split_graph(network, walker, demand, facilities)
    walked = graph if direction == "from_facility" else graph.T
    expected = dijkstra(walked.tocsr(), indices=stations)[:, homes].T / 60_000
    expected[~np.isfinite(expected)] = np.nan
    for limit_min in (5.0, 15.0, None):
        within = np.where(expected <= (limit_min or np.inf) + 1e-9, expected, np.nan)
        minutes = minutes_matrix(
            network, demand, facilities, profile=walker, limit_min=limit_min, direction=direction
        )
        assert np.isfinite(within).any()
        np.testing.assert_allclose(minutes.dense(), within, rtol=0, atol=1e-6)

        for k in (1, 3):
            few = nearest(
                network,
                demand,
                facilities,
                profile=walker,
                limit_min=limit_min,
                k=k,
                direction=direction,
            )
            np.testing.assert_allclose(few.minutes, np.sort(within, axis=1)[:, :k], atol=1e-6)
            known = few.facility >= 0
            row = np.nonzero(known)[0]
            np.testing.assert_allclose(
                few.minutes[known], within[row, few.facility[known]], atol=1e-6
            )
        from_nodes = dijkstra(walked.tocsr(), indices=stations).min(axis=0)[: network.n_node]
        reached = node_ms(network, facilities, walker, limit_min, direction=direction)
        limit_ms = np.inf if limit_min is None else limit_min * 60_000
        inside = np.isfinite(from_nodes) & (from_nodes <= limit_ms + 1e-3)
        assert (reached[~inside] == BLOCKED).all()
        np.testing.assert_allclose(reached[inside], from_nodes[inside], atol=1e-3)
