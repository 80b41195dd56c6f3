"""Laws that hold in every town."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments
from geo.travel import BLOCKED, Profile, edge_ms, minutes_matrix, nearest

Town = Callable[..., StreetNetwork]
WALKER = Profile(name="level", zh="平地", en="level", speed_m_s=1.0, slope="tobler")


def some_town(town: Town, random: np.random.Generator) -> StreetNetwork:
    n = int(random.integers(2, 14))
    edges = random.integers(0, n, (int(random.integers(1, 30)), 2))
    return town(
        random.uniform(0, 500, (n, 2)),
        [tuple(edge) for edge in edges.tolist()],
        length_m=random.integers(1, 300, len(edges)),
        climb_m=random.integers(0, 5, len(edges)),
    )


def some_places(network: StreetNetwork, n: int, random: np.random.Generator) -> Attachments:
    edge = random.integers(0, network.n_edge, n).astype(np.int32)
    along_m = random.choice([0.0, 0.5, 0.77, 1.0], n) * network.edge_length_m[edge]
    connector_m = random.integers(0, 20, n).astype(float)
    return Attachments(edge, along_m, connector_m, connector_m, np.zeros(n, dtype=bool))


def brute_force(
    network: StreetNetwork, demand: Attachments, facilities: Attachments
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Floyd and Warshall over the nodes, then every way out of and into an edge."""
    ms = edge_ms(network, WALKER).astype(float)
    between = np.full((network.n_node, network.n_node), np.inf)
    np.fill_diagonal(between, 0)
    for (a, b), (there, back) in zip(network.edge_nodes, ms, strict=True):
        between[a, b], between[b, a] = min(between[a, b], there), min(between[b, a], back)
    for mid in range(network.n_node):
        between = np.minimum(between, between[:, [mid]] + between[[mid], :])
    table = np.full((len(demand), len(facilities)), np.inf)
    for i in range(len(demand)):
        e = demand.edge[i]
        share_i = demand.along_m[i] / network.edge_length_m[e]
        out = [np.rint(share_i * ms[e, 1]), ms[e, 0] - np.rint(share_i * ms[e, 0])]
        for j in range(len(facilities)):
            h = facilities.edge[j]
            share_j = facilities.along_m[j] / network.edge_length_m[h]
            into = [np.rint(share_j * ms[h, 0]), ms[h, 1] - np.rint(share_j * ms[h, 1])]
            ways = [
                out[s] + between[network.edge_nodes[e, s], network.edge_nodes[h, t]] + into[t]
                for s in range(2)
                for t in range(2)
            ]
            if e == h and share_i <= share_j:
                ways.append(into[0] - np.rint(share_i * ms[e, 0]))
            if e == h and share_i >= share_j:
                ways.append(out[0] - np.rint(share_j * ms[e, 1]))
            connectors_ms = np.rint(1000 * demand.connector_m[i]) + np.rint(
                1000 * facilities.connector_m[j]
            )
            table[i, j] = min(ways) + connectors_ms
    return table / 60_000


@given(st.integers(0, 100_000))
def test_the_matrix_equals_brute_force(town: Town, seed: int) -> None:
    random = np.random.default_rng(seed)
    network = some_town(town, random)
    demand, facilities = some_places(network, 8, random), some_places(network, 5, random)
    expected = brute_force(network, demand, facilities)
    for limit_min in (4.0, None):
        within = np.where(expected <= (limit_min or 1e6), expected, np.nan)
        minutes = minutes_matrix(
            network, demand, facilities, profile=WALKER, limit_min=limit_min
        ).dense()
        np.testing.assert_allclose(minutes, within, rtol=0, atol=1e-9)


@given(st.integers(0, 100_000))
def test_adding_a_facility_never_raises_minutes(town: Town, seed: int) -> None:
    random = np.random.default_rng(seed)
    network = some_town(town, random)
    demand, more = some_places(network, 10, random), some_places(network, 4, random)
    fewer = Attachments(
        more.edge[:3], more.along_m[:3], more.connector_m[:3], more.island_m[:3], more.on_island[:3]
    )
    with_more = nearest(network, demand, more, profile=WALKER, limit_min=6.0).minutes
    with_fewer = nearest(network, demand, fewer, profile=WALKER, limit_min=6.0).minutes
    assert (np.nan_to_num(with_more, nan=1e9) <= np.nan_to_num(with_fewer, nan=1e9)).all()


@given(st.integers(0, 100_000), st.sampled_from([0.5, 0.8, 0.97]))
def test_who_walks_slower_never_reaches_more(town: Town, seed: int, slower: float) -> None:
    random = np.random.default_rng(seed)
    network = some_town(town, random)
    demand, facilities = some_places(network, 10, random), some_places(network, 4, random)
    slow = replace(WALKER, speed_m_s=slower)
    brisk_reach = minutes_matrix(network, demand, facilities, profile=WALKER, limit_min=5.0).dense()
    slow_reach = minutes_matrix(network, demand, facilities, profile=slow, limit_min=5.0).dense()
    assert not (np.isfinite(slow_reach) & np.isnan(brisk_reach)).any()


@given(st.integers(0, 100_000))
def test_the_way_back_is_the_way_there_turned_round(town: Town, seed: int) -> None:
    random = np.random.default_rng(seed)
    network = some_town(town, random)
    demand, facilities = some_places(network, 6, random), some_places(network, 6, random)
    there = minutes_matrix(network, demand, facilities, profile=WALKER, limit_min=9.0)
    back = minutes_matrix(
        network,
        facilities,
        demand,
        profile=WALKER,
        limit_min=9.0,
        direction="from_facility",
    )
    np.testing.assert_array_equal(there.dense(), back.dense().T)
    assert (edge_ms(network, WALKER) < BLOCKED).all()
