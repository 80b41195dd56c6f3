"""Show how the cost of the minutes matrix grows with facilities, cut-off and network.

python benchmarks/growth.py --network streets.parquet --out benchmarks/results
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median

import matplotlib as mpl
import peers
from matplotlib import pyplot as plt
from measure import table
from networks import city, clip, mirrored

from geo.network.graph import StreetNetwork
from geo.travel import minutes_matrix, profile, travel_graph

ELDER = profile("elder")
Row = tuple[str, int, int, float, float, float]


def main() -> None:
    """Measure, print a table and draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", type=Path, required=True, help="lines that meet at their ends")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results"))
    chosen = parser.parse_args()
    whole = city(chosen.network)
    rows: list[Row] = [
        *(
            ("facilities", count, *measured(whole, count, 900, chosen.repeat))
            for count in (100, 300, 1000, 3000, 10_000, 30_000)
        ),
        *(
            ("cut-off, s", limit_s, *measured(whole, 1000, limit_s, chosen.repeat))
            for limit_s in (300, 600, 900, 1800, 3600)
        ),
    ]
    sizes = (clip(whole, 5000), clip(whole, 20_000), whole, mirrored(whole, 2), mirrored(whole, 4))
    rows += [
        ("nodes", network.n_node, *measured(network, 1000, 900, chosen.repeat)) for network in sizes
    ]
    header = ["growing", "value", "pairs", "CPU s", "MB kept", "MB more at the peak"]
    text = table(
        header,
        [
            [what, f"{value:,}", f"{n:,}", f"{s:.4f}", f"{kept:.1f}", f"{peak:.1f}"]
            for what, value, n, s, kept, peak in rows
        ],
    )
    print(text)
    (chosen.out / "growth.md").write_text(text + "\n", encoding="utf-8")
    draw(rows, chosen.out / "growth.svg")


def measured(
    network: StreetNetwork, count: int, limit_s: int, repeat: int
) -> tuple[int, float, float, float]:
    """Return pairs, median processor seconds, and memory of the matrix kept and at the peak."""
    facilities = peers.places_on_streets(network, count, 1)
    demand = peers.places_at_nodes(network)
    travel_graph(network, ELDER)
    seconds: list[float] = []
    for _ in range(repeat + 1):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak
        resident = memory_bytes("VmRSS")  # freed memory that the process keeps is used first
        begin = time.process_time()
        minutes = minutes_matrix(network, demand, facilities, profile=ELDER, limit_min=limit_s / 60)
        seconds.append(time.process_time() - begin)
        peak = memory_bytes("VmHWM") - resident
    kept = minutes.indptr.nbytes + minutes.indices.nbytes + minutes.ms.nbytes
    return len(minutes.ms), median(seconds[1:]), kept / 1e6, peak / 1e6


def memory_bytes(name: str) -> int:
    """Return a figure of the kernel's about this process."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return 1024 * int(line.split()[1])
    return 0


def draw(rows: list[Row], path: Path) -> None:
    """Draw one small panel for each thing that grows."""
    mpl.rcParams["svg.hashsalt"] = "growth"
    mpl.rcParams["svg.fonttype"] = "none"
    kinds = list(dict.fromkeys(row[0] for row in rows))
    figure, axes = plt.subplots(1, len(kinds), figsize=(9, 2.8), layout="constrained")
    for axis, kind in zip(axes, kinds, strict=True):
        part = [row for row in rows if row[0] == kind]
        axis.loglog([row[1] for row in part], [row[3] for row in part], "o-", color="#1b6ca8")
        axis.set_xlabel(kind)
        axis.grid(visible=True, which="both", alpha=0.2)
    axes[0].set_ylabel("CPU seconds")
    figure.suptitle(
        "Minutes matrix of all nodes: 1,000 facilities, 900 s, 82,891 nodes unless grown"
    )
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
