"""How fast and how small a file of streets becomes a network, against osmnx on the same data.

Run from the checkout: ``python benchmarks/streets.py [--repeat 5] [--large] [--write]``. The files
are those of the tests on real data (``FUWUQUAN_REAL_DATA``). Every run is a process of its own, in
turn with its rival, so that its peak memory is its own. osmnx reads XML only, so a ``.pbf`` is
converted for it beforehand, which is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

from measure import table

HERE = Path(__file__).resolve()
RESULTS = HERE.parent / "results" / "streets.md"
DATA = Path(os.environ.get("FUWUQUAN_REAL_DATA", HERE.parents[2] / "shared" / "data"))
FILES = {
    "Shenzhen Nanshan .osm": ("shenzhen-nanshan/osm_bbox.osm", "EPSG:4547"),
    "Helsinki .pbf": ("helsinki/Helsinki.osm.pbf", "EPSG:32635"),
    "Heidelberg .pbf": ("heidelberg/heidelberg-ors.osm.pbf", "EPSG:32632"),
    "Porto .pbf": ("porto/porto_portugal.osm.pbf", "EPSG:32629"),
}
LARGE = "Porto .pbf"
RIVALS = ("fuwuquan", "fuwuquan on the XML", "osmnx on the XML")
CUT_OFF_S = 900
NOTE = """Medians, tools in turn, one process a run. Processor seconds of all threads and wall
seconds, both without imports; the ratio is of processor seconds. For osmnx a `.pbf` was converted
to an XML of complete highways and their nodes only. Its edges count both directions, and streets
closed to walkers as well."""


def main() -> None:
    """Measure everything and print or write the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeat", type=int, default=5)
    options.add_argument("--write", action="store_true", help=f"write {RESULTS.name}")
    options.add_argument("--large", action="store_true", help="compare on Porto too (minutes)")
    options.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.child:
        print(json.dumps(child(*asked.child)))
        return
    text = report(asked.repeat, large=asked.large)
    print(text)
    if asked.write:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")


def report(repeat: int, *, large: bool) -> str:
    """Return the whole report as markdown."""
    with tempfile.TemporaryDirectory() as folder:
        names = [name for name in FILES if large or name != LARGE]
        rows = [row for name in names for row in city(name, Path(folder), repeat)]
    heading = [
        "file",
        "tool",
        "cpu s",
        "wall s",
        "ratio",
        "peak MB",
        "less imports",
        "nodes",
        "edges",
    ]
    reopening = [
        [what, f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"]
        for what, value in reopen(repeat).items()
    ]
    command = f"python benchmarks/streets.py --repeat {repeat}{' --large' if large else ''}"
    return "\n".join(
        [
            "# Streets: file to network, and reopening it",
            "",
            f"`{command}` · Python {platform.python_version()} · {os.cpu_count()} cores",
            "",
            NOTE,
            "",
            table(heading, rows),
            "",
            "Reopening a network:",
            "",
            table(["what", "value"], reopening),
            "",
        ]
    )


def city(name: str, folder: Path, repeat: int) -> list[list[object]]:
    """Measure all tools on one file."""
    relative, crs = FILES[name]
    source = DATA / relative
    if not source.is_file():
        print(f"{name}: no {relative} in {DATA}", file=sys.stderr)
        return []
    xml = source if source.suffix == ".osm" else to_xml(source, folder / f"{source.stem}.osm")
    rivals = [r for r in RIVALS if source != xml or r != "fuwuquan on the XML"]
    runs: dict[str, list[dict[str, float]]] = {rival: [] for rival in rivals}
    for _ in range(repeat):
        for rival in rivals:
            path = source if rival == "fuwuquan" else xml
            runs[rival].append(spawn(rival.split(" ", 1)[0], path, crs))
            print(f"{name}, {rival}: {runs[rival][-1]}", file=sys.stderr)
    middle = {
        rival: {key: median(run[key] for run in found) for key in found[0]}
        for rival, found in runs.items()
    }
    best = middle["fuwuquan"]
    return [
        [
            name,
            rival,
            f"{found['cpu_s']:.2f}",
            f"{found['wall_s']:.2f}",
            f"{found['cpu_s'] / best['cpu_s']:.1f}",
            f"{found['peak_mb']:.0f}",
            f"{found['peak_mb'] - found['import_mb']:.0f}",
            f"{found['nodes']:,.0f}",
            f"{found['edges']:,.0f}",
        ]
        for rival, found in middle.items()
    ]


def to_xml(pbf: Path, xml: Path) -> Path:
    """Write complete highways of a ``.pbf`` and their nodes as XML; osmnx needs them complete."""
    import osmium  # noqa: PLC0415

    ways = osmium.FileProcessor(str(pbf)).with_locations()
    ways = ways.with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
    complete: dict[int, list[int]] = {}
    for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
        if all(node.location.valid() for node in way.nodes):
            complete[way.id] = [node.ref for node in way.nodes]
    used = {node for nodes in complete.values() for node in nodes}
    with osmium.SimpleWriter(str(xml)) as writer:
        for thing in osmium.FileProcessor(str(pbf)):
            if (thing.is_node() and thing.id in used) or (thing.is_way() and thing.id in complete):
                writer.add(thing)
    return xml


def spawn(tool: str, path: Path, crs: str) -> dict[str, float]:
    """Run one tool in a process of its own."""
    command = [sys.executable, str(HERE), "--child", tool, str(path), crs]
    paths = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        command,
        check=True,
        capture_output=True,
        text=True,
        timeout=CUT_OFF_S,
        env=os.environ | {"PYTHONPATH": paths},
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def child(tool: str, path: str, crs: str) -> dict[str, float]:
    """Read one file with one tool, and tell what it took."""
    run: Callable[[Path, str], tuple[int, int]] = ours() if tool == "fuwuquan" else theirs()
    import_mb = peak_mb()
    begun, begun_cpu = time.perf_counter(), time.process_time()
    nodes, edges = run(Path(path), crs)
    return {
        "cpu_s": time.process_time() - begun_cpu,
        "wall_s": time.perf_counter() - begun,
        "peak_mb": peak_mb(),
        "import_mb": import_mb,
        "nodes": nodes,
        "edges": edges,
    }


def ours() -> Callable[[Path, str], tuple[int, int]]:
    """Return our way from file to network."""
    from geo.network import build  # noqa: PLC0415
    from geo.osm import read_osm  # noqa: PLC0415

    def run(path: Path, crs: str) -> tuple[int, int]:
        network = build(read_osm(path).segments, crs)
        return network.n_node, network.n_edge

    return run


def theirs() -> Callable[[Path, str], tuple[int, int]]:
    """Return osmnx's way from XML to a simplified, projected graph."""
    import osmnx  # noqa: PLC0415

    def run(path: Path, crs: str) -> tuple[int, int]:
        graph = osmnx.graph_from_xml(path, bidirectional=True, simplify=True, retain_all=True)
        graph = osmnx.project_graph(graph, to_crs=crs)
        return graph.number_of_nodes(), graph.number_of_edges()

    return run


def peak_mb() -> float:
    """Return the peak memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def reopen(repeat: int) -> dict[str, float]:
    """Measure storing and reopening a network of more than 100,000 nodes: Porto, twice."""
    import numpy as np  # noqa: PLC0415

    from geo.network import build, cached, content_hash, load, save  # noqa: PLC0415
    from geo.osm import read_osm  # noqa: PLC0415

    source, crs = FILES[LARGE]
    if not (DATA / source).is_file():
        return {}
    one = read_osm(DATA / source).segments.to_crs(crs)
    two = replace(
        one,
        xy=np.concatenate((one.xy, one.xy + np.array((100_000.0, 0.0)))),
        start=np.append(one.start[:-1], one.start + len(one.xy)),
        vertex_node=np.concatenate((one.vertex_node, one.vertex_node + 10**12)),
        source=np.concatenate((one.source, one.source + 10**12)),
        name=one.name * 2,
        **{
            column: np.concatenate([getattr(one, column)] * 2)
            for column in ("class_code", "steps", "incline_share", "level", "bridge", "tunnel")
        },
    )
    network = build(two)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "twice.npz"
        return {
            "nodes": network.n_node,
            "edges": network.n_edge,
            "build, s": seconds(lambda: build(two), repeat),
            "save, s": seconds(lambda: save(network, path), repeat),
            "file, MB": path.stat().st_size / 2**20,
            "load, s": seconds(lambda: load(path), repeat),
            "second time through the cache, s": seconds(
                lambda: cached("twice", Path(folder), lambda: network), repeat
            ),
            "content hash, s": seconds(lambda: content_hash(network), repeat),
        }


def seconds(run: Callable[[], object], repeat: int) -> float:
    """Return the median wall time of a call."""
    taken = []
    for _ in range(repeat):
        begun = time.perf_counter()
        run()
        taken.append(time.perf_counter() - begun)
    return median(taken)


if __name__ == "__main__":
    main()
