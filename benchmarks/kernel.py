"""Measure the walking-time kernels against other libraries.

python benchmarks/kernel.py --network streets.parquet --repeat 5
python benchmarks/kernel.py --network streets.parquet --repeat 5 --only million
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numba
import numpy as np
import peers
import shapely
from measure import interleaved, table
from networks import city, clip, mirrored
from scipy.sparse import csr_array

from geo.network.compiled import FAR, LOW_32
from geo.network.graph import StreetNetwork
from geo.network.snap import Attachments, attach, snap_grid
from geo.travel import WhatIf, minutes_matrix, profile, travel_graph
from geo.travel._sweep import IDLE, enqueue, new_buckets, sweep
from geo.travel.graph import places
from geo.travel.nearest import nodes_nearest

LIMIT_S = 900
ELDER = profile("elder")
Row = dict[str, object]


def main() -> None:
    """Run the measurements chosen and print them as markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, required=True, help="lines with columns u and v")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--only", choices=sorted(CASES), action="append")
    parser.add_argument("--out", type=Path, help="also write the rows as JSON")
    chosen = parser.parse_args()
    whole = city(chosen.network)
    rows: list[Row] = []
    for name in chosen.only or sorted(CASES):
        for row in CASES[name](whole, chosen.repeat):
            rows.append({"case": name, **row})
            print(json.dumps(rows[-1]), flush=True)
    header = ["case", "what", "ours", "peer", "peer's", "ratio", "target"]
    print(table(header, [[row.get(name, "") for name in header] for row in rows]))
    if chosen.out:
        chosen.out.write_text(json.dumps(rows, indent=1, ensure_ascii=False), encoding="utf-8")


def matrix(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time facilities to sparse minutes of all nodes."""
    for network in (clip(whole, 20_000), whole):
        yield from _matrix(network, repeat)


def _matrix(network: StreetNetwork, repeat: int) -> Iterator[Row]:
    facilities = peers.places_on_streets(network, 1000, 1)
    demand = peers.places_at_nodes(network)
    graph = peers.scipy_graph(network, facilities, ELDER.speed_m_s)
    few = network.n_node + np.arange(100)
    nx_graph = peers.networkx_graph(graph)
    pandana = peers.pandana_network(network, ELDER.speed_m_s)
    starts = network.edge_nodes[facilities.edge, 0].astype(np.int64)
    travel_graph(network, ELDER)
    seconds = interleaved(
        {
            "ours": lambda: _minutes(network, demand, facilities),
            "scipy": lambda: peers.scipy_matrix(graph, network.n_node, 1000, LIMIT_S),
            "networkx": lambda: peers.networkx_matrix(nx_graph, few, LIMIT_S),
            "pandana": lambda: pandana.nodes_in_range(starts, LIMIT_S),
        },
        repeat,
    )
    for peer, share, target in (("scipy", 1, 5), ("networkx", 10, 40), ("pandana", 1, 20)):
        what = f"1,000 facilities, {network.n_node:,} nodes, 900 s"
        yield _row(what, seconds["ours"], peer, seconds[peer] * share, target)
    yield exactness(network, demand, facilities, graph)


def million(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time the same, and nearest facilities, on a million nodes."""
    network = mirrored(whole, 4)
    demand = peers.places_at_nodes(network)
    facilities = peers.places_on_streets(network, 1000, 1)
    graph = peers.scipy_graph(network, facilities, ELDER.speed_m_s)
    travel_graph(network, ELDER)
    seconds = interleaved(
        {
            "ours": lambda: _minutes(network, demand, facilities),
            "scipy": lambda: peers.scipy_matrix(graph, network.n_node, 1000, LIMIT_S),
        },
        repeat,
    )
    what = f"1,000 facilities, {network.n_node:,} nodes, 900 s"
    yield _row(what, seconds["ours"], "scipy", seconds["scipy"], 30)
    yield from nearest_of_all(network, repeat, 5000)


def nearest_of_all(network: StreetNetwork, repeat: int, n_facility: int) -> Iterator[Row]:
    """Nearest facility of every node, with and without a limit."""
    facilities = peers.places_on_streets(network, n_facility, 2)
    graph = travel_graph(network, ELDER)
    stations = places(graph, facilities, towards=True)
    scipy_graph = peers.scipy_graph(network, facilities, ELDER.speed_m_s)
    for limit_s in (LIMIT_S, np.inf):
        limit = 1000 * LIMIT_S if limit_s == LIMIT_S else 2**30
        seconds = interleaved(
            {
                "ours": lambda limit=limit: nodes_nearest(graph, stations, limit),
                "scipy": lambda limit_s=limit_s: peers.scipy_nearest(
                    scipy_graph, network.n_node, n_facility, limit_s
                ),
            },
            repeat,
        )
        label = "900 s" if limit_s == LIMIT_S else "no limit"
        what = f"nearest of {network.n_node:,} nodes, {n_facility:,} facilities, {label}"
        yield _row(what, seconds["ours"], "scipy min_only", seconds["scipy"], 5)


def raw(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time sweeps from every node without output: against pandana, and against no queue."""
    for network in (clip(whole, 20_000), whole):
        yield from _raw(network, repeat)


def _raw(network: StreetNetwork, repeat: int) -> Iterator[Row]:
    graph = travel_graph(network, ELDER)
    arcs = (graph.forward.bounds, graph.forward.packed, 1000 * LIMIT_S)
    sources = np.arange(network.n_node)
    total, order, bounds = _settled_order(*arcs, graph.bucket_bits, sources)
    pandana = peers.pandana_network(network, ELDER.speed_m_s)
    node = sources.astype(np.int64)
    pandana.set(node, variable=np.ones(len(node)), name="one")
    seconds = interleaved(
        {
            "ours": lambda: _sweep_all(*arcs, graph.bucket_bits, sources),
            "replay": lambda: _replay(*arcs, order, bounds),
            "pandana": lambda: pandana.aggregate(LIMIT_S, type="count", name="one"),
        },
        repeat,
    )
    what = f"sweep from all of {network.n_node:,} nodes, 900 s"
    yield _row(what, seconds["ours"], "pandana aggregate", seconds["pandana"], 1.2)
    yield {
        "what": f"{what}: time over replay without a queue",
        "ours": round(seconds["ours"] / seconds["replay"], 2),
        "target": "≤ 2.2",
    }
    yield {
        "what": f"{what}: ns a settled node ({total / len(sources):.0f} nodes a sweep)",
        "ours": round(1e9 * seconds["ours"] / total, 1),
        "target": "≤ 60",
    }


def snapping(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Nearest street of 200,000 addresses."""
    random = np.random.default_rng(3)
    near = whole.shape_xy[random.integers(0, len(whole.shape_xy), 200_000)]
    xy = near + random.normal(0, 80, near.shape)
    lines = shapely.linestrings(
        whole.shape_xy, indices=np.repeat(np.arange(whole.n_edge), np.diff(whole.shape_start))
    )
    tree, points = shapely.STRtree(lines), shapely.points(xy)
    tree.query_nearest(points[:1])
    snap_grid(whole)
    seconds = interleaved(
        {
            "ours": lambda: attach(whole, xy),
            "shapely": lambda: peers.shapely_snap(tree, points),
        },
        repeat,
    )
    apart_m = np.abs(attach(whole, xy).connector_m - peers.shapely_snap(tree, points)).max()
    what = f"snap 200,000 addresses to {whole.n_edge:,} streets (differ by ≤ {apart_m:.0e} m)"
    yield _row(what, seconds["ours"], "shapely STRtree", seconds["shapely"], 15)


def what_if(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time one edit with 200,000 addresses and 300 facilities: the middle and the slow ones."""
    random = np.random.default_rng(4)
    demand = peers.places_on_streets(whole, 200_000, 5)
    engine = WhatIf(
        whole,
        demand,
        peers.places_on_streets(whole, 300, 6),
        profile=ELDER,
        limit_min=LIMIT_S / 60,
        owner=np.arange(200_000) // 2,
    )
    low, high = whole.node_xy.min(axis=0), whole.node_xy.max(axis=0)

    def anywhere() -> tuple[float, float]:
        x, y = whole.shape_xy[random.integers(len(whole.shape_xy))] + random.normal(0, 50, 2)
        return float(np.clip(x, low[0], high[0])), float(np.clip(y, low[1], high[1]))

    def street() -> object:
        x, y = anywhere()
        return engine.add_street((x, y), (x + 300, y + 200))

    edits: dict[str, Callable[[], object]] = {
        "add a facility": lambda: engine.add_facility(anywhere()),
        "move a facility": lambda: engine.move_facility(int(random.integers(300)), anywhere()),
        "close a facility": lambda: engine.close_facility(int(random.integers(300))),
        "close a gate": lambda: engine.set_gate(int(random.integers(200_000)), open_=False),
        "block a street": lambda: engine.block_street(int(random.integers(whole.n_edge))),
        "add a street": street,
        "undo": engine.undo,
    }
    taken: dict[str, list[float]] = {name: [] for name in edits}
    for _ in range(60 * repeat):
        for name, edit in edits.items():
            if name != "undo":
                for run, label in ((edit, name), (engine.undo, "undo")):
                    begin = time.thread_time()
                    run()
                    taken[label].append(1000 * (time.thread_time() - begin))
    for name, ms in taken.items():
        half, slow = np.percentile(ms, [50, 95])
        what = f"{name}: ms, median and 95th percentile of {len(ms)}"
        yield {"what": what, "ours": f"{half:.2f}, {slow:.2f}", "target": "p95 < 1"}


def exactness(
    network: StreetNetwork,
    demand: Attachments,
    facilities: Attachments,
    graph: csr_array,
) -> Row:
    """Compare every pair with scipy's, but for those within 0.1 s of the limit."""
    ours = _minutes(network, demand, facilities)
    theirs = peers.scipy_matrix(graph, network.n_node, len(facilities), LIMIT_S).T.tocsr()
    table_s = csr_array((ours.ms / 1000 + 1, ours.indices, ours.indptr), shape=theirs.shape)
    theirs.data += 1
    apart = table_s - theirs
    both = abs(apart.data) < LIMIT_S / 2
    alone = np.minimum(table_s.max(), abs(apart.data[~both]))
    missing = int((alone < LIMIT_S + 1 - 0.1).sum())
    return {
        "what": f"{network.n_node:,} nodes: pairs missing of {theirs.nnz:,}; largest difference, s",
        "ours": f"{missing}; {abs(apart.data[both]).max():.4f}",
        "target": "0; ≤ 0.1",
    }


def _minutes(network: StreetNetwork, demand: Attachments, facilities: Attachments) -> object:
    return minutes_matrix(network, demand, facilities, profile=ELDER, limit_min=LIMIT_S / 60)


def _row(what: str, ours_s: float, peer: str, peer_s: float, target: float) -> Row:
    return {
        "what": what,
        "ours": f"{ours_s:.4f} s",
        "peer": peer,
        "peer's": f"{peer_s:.3f} s",
        "ratio": round(peer_s / ours_s, 1),
        "target": f"≥ {target}",
    }


@numba.njit(nogil=True)
def _sweep_all(bounds, packed, limit, bits, sources):  # noqa: ANN001, ANN202
    n_node = len(bounds) - 1
    ms = np.full(n_node, np.int32(FAR), np.int32)
    touched = np.empty(n_node, np.int32)
    buckets, after = new_buckets(limit, bits), np.empty(n_node, np.int32)
    ahead = np.full(n_node, np.int32(IDLE), np.int32)
    total = 0
    for source in sources:
        ms[source] = 0
        touched[0] = source
        enqueue(buckets, after, ahead, source, 0, 0)
        n = sweep(bounds, packed, limit, bits, ms, touched, 1, buckets, after, ahead)
        for i in range(n):
            ms[np.uint32(touched[i])] = FAR
        total += n
    return total


@numba.njit(nogil=True)
def _settled_order(bounds, packed, limit, bits, sources):  # noqa: ANN001, ANN202
    n_node = len(bounds) - 1
    ms = np.full(n_node, np.int32(FAR), np.int32)
    touched = np.empty(n_node, np.int32)
    buckets, after = new_buckets(limit, bits), np.empty(n_node, np.int32)
    ahead = np.full(n_node, np.int32(IDLE), np.int32)
    order = np.empty(1024, np.int32)
    ends = np.zeros(len(sources) + 1, np.int64)
    total = 0
    for s in range(len(sources)):
        ms[sources[s]] = 0
        touched[0] = sources[s]
        enqueue(buckets, after, ahead, sources[s], 0, 0)
        n = sweep(bounds, packed, limit, bits, ms, touched, 1, buckets, after, ahead)
        if total + n > len(order):
            order = np.concatenate((order, np.empty(len(order) + n, np.int32)))
        order[total : total + n] = touched[:n][np.argsort(ms[touched[:n]])]
        for i in range(n):
            ms[np.uint32(touched[i])] = FAR
        total += n
        ends[s + 1] = total
    return total, order[:total].copy(), ends


@numba.njit(nogil=True)
def _replay(bounds, packed, limit, order, ends):  # noqa: ANN001, ANN202
    ms = np.full(len(bounds) - 1, np.int32(FAR), np.int32)
    farthest = (np.int64(limit) << 32) | LOW_32
    for s in range(len(ends) - 1):
        ms[order[ends[s]]] = 0
        for i in range(ends[s], ends[s + 1]):
            u = np.uint32(order[i])
            base = np.int64(ms[u]) << 32
            for a in range(np.uint32(bounds[u]), np.uint32(bounds[u + np.uint32(1)])):
                reached = base + packed[a]
                v = np.uint32(reached)
                if reached <= farthest and np.int32(reached >> 32) < ms[v]:
                    ms[v] = np.int32(reached >> 32)
        for i in range(ends[s], ends[s + 1]):
            ms[np.uint32(order[i])] = FAR


CASES: dict[str, Callable[[StreetNetwork, int], Iterator[Row]]] = {
    "matrix": matrix,
    "million": million,
    "raw": raw,
    "snapping": snapping,
    "what_if": what_if,
}

if __name__ == "__main__":
    main()
