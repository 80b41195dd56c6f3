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

import numpy as np
import peers
import shapely
from kernel_matrix import ELDER, LIMIT_S, Row, matrix, minutes_of, pipeline, row_of
from kernel_replay import replay, settled_order, sweep_all
from measure import interleaved, table
from networks import city, clip, mirrored

from geo.network.graph import StreetNetwork
from geo.network.snap import attach
from geo.network.snap_grid import snap_grid
from geo.travel import travel_graph
from geo.travel.graph import places
from geo.travel.nearest import nodes_nearest
from geo.travel.whatif import WhatIf


def main() -> None:
    """Run the measurements chosen and print them as markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, required=True, help="lines that meet at their ends")
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


def million(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time the same, and nearest facilities, on a million nodes."""
    network = mirrored(whole, 4)
    demand = peers.places_at_nodes(network)
    facilities = peers.places_on_streets(network, 1000, 1)
    graph = peers.scipy_graph(network, facilities, ELDER.speed_m_s)
    stations = network.n_node + np.arange(1000)
    travel_graph(network, ELDER)
    seconds = interleaved(
        {
            "ours": lambda: minutes_of(network, demand, facilities),
            "scipy": lambda: peers.scipy_matrix(graph, network.n_node, stations, LIMIT_S),
        },
        repeat,
    )
    what = f"1,000 facilities, {network.n_node:,} nodes, 900 s"
    yield row_of(what, seconds["ours"], "scipy", seconds["scipy"], 30)
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
        yield row_of(what, seconds["ours"], "scipy min_only", seconds["scipy"], 5)


def raw(whole: StreetNetwork, repeat: int) -> Iterator[Row]:
    """Time sweeps from every node without output: against pandana, and against no queue."""
    for network in (clip(whole, 20_000), whole):
        yield from _raw(network, repeat)


def _raw(network: StreetNetwork, repeat: int) -> Iterator[Row]:
    graph = travel_graph(network, ELDER)
    arcs = (graph.forward.bounds, graph.forward.packed, 1000 * LIMIT_S)
    sources = np.arange(network.n_node)
    total, order, bounds = settled_order(*arcs, graph.bucket_bits, sources)
    pandana = peers.pandana_network(network, ELDER.speed_m_s)
    node = sources.astype(np.int64)
    pandana.set(node, variable=np.ones(len(node)), name="one")
    seconds = interleaved(
        {
            "ours": lambda: sweep_all(*arcs, graph.bucket_bits, sources),
            "replay": lambda: replay(*arcs, order, bounds),
            "pandana": lambda: pandana.aggregate(LIMIT_S, type="count", name="one"),
        },
        repeat,
    )
    what = f"sweep from all of {network.n_node:,} nodes, 900 s"
    yield row_of(what, seconds["ours"], "pandana aggregate", seconds["pandana"], 1.2)
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
    yield row_of(what, seconds["ours"], "shapely STRtree", seconds["shapely"], 15)


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


CASES: dict[str, Callable[[StreetNetwork, int], Iterator[Row]]] = {
    "pipeline": pipeline,
    "matrix": matrix,
    "million": million,
    "raw": raw,
    "snapping": snapping,
    "what_if": what_if,
}

if __name__ == "__main__":
    main()
