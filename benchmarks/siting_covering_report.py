"""Draw the table and the plot of covering from the rows that `siting_covering.py` kept."""

from __future__ import annotations

import json
from typing import Any

import matplotlib as mpl
from measure import table
from siting_covering import HERE, KEPT

HEADER = """# Covering: speed, proof and growth

`PYTHONPATH=.:benchmarks python benchmarks/siting_covering.py CASE …` measures, then `python
benchmarks/siting_covering_report.py` makes this file. numba is warm. The towns: points and
candidates uniform in a square (or around one centre for every 2,000 points, spreads 300–1,500 m,
where it says clustered), straight walks of up to 1,000 m, 1–100 elders a point, numpy's generator
with the seed given. How hard a question is depends on the density, that is on the size of the
square: where few circles overlap the relaxation is nearly whole; it is hardest where `p` circles
would just cover the square. Two cores shared with other work: **wall times are upper bounds**, up
to eight times the processor time; limits are wall time, so that a free machine gets further
within them. Memory is the peak of the process so far, the making of the town included.

On small questions the advantage over the solver alone is a few hundredths of a second, which nobody
notices: at 2,000 × 500 CBC itself takes 0.05 s of processor time and ours 0.01 s; all the rest of
spopt's time goes into writing the model.
"""


def main() -> None:
    """Write ``results/siting_covering.md`` and ``.svg``."""
    kept: dict[str, list[dict[str, Any]]] = json.loads(KEPT.read_text())
    parts = [HEADER]
    for case, rows in kept.items():
        parts.append(f"## {case}\n")
        if case.startswith("spopt"):
            parts.append(_beside(rows))
        columns = [
            name for name in dict.fromkeys(k for r in rows for k in r) if name not in {"vary", "at"}
        ]
        parts.append(table(columns, [[_shown(r.get(c)) for c in columns] for r in rows]) + "\n")
    if "growth" in kept:
        _plot(kept["growth"])
        parts.append("![Cost against demand, candidates and p](siting_covering.svg)\n")
    (HERE / "siting_covering.md").write_text("\n".join(parts))


def _shown(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, float) and value > 1e3 else f"{value}"


def _beside(rows: list[dict[str, Any]]) -> str:
    """Return one sentence with the ratios of the medians."""

    def middle(name: str, column: str) -> float:
        values = sorted(r[column] for r in rows if name in r["case"])
        return float(values[len(values) // 2])

    ours, theirs = middle("ours end", "cpu_s"), middle("spopt", "cpu_s")
    wall = middle("spopt", "wall_s") / middle("ours end", "wall_s")
    solver = middle("spopt", "cbc_cpu_s") / middle("ours solve", "cpu_s")
    return (
        f"End to end {theirs / ours:,.0f}× in processor time ({wall:,.0f}× in wall time); "
        f"the solver alone {solver:.1f}×.\n"
    )


def _plot(rows: list[dict[str, Any]]) -> None:
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "covering"
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for axis, vary in zip(axes, ("demand", "candidates", "p"), strict=True):
        line = [r for r in rows if r["vary"] == vary]
        at = [r["at"] for r in line]
        axis.loglog(at, [r["cpu_s"] for r in line], "o-", label="processor s")
        axis.loglog(at, [r["peak_mb"] / 1_000 for r in line], "s--", label="peak GB")
        axis.set_xlabel(vary)
        axis.legend()
    figure.savefig(HERE / "siting_covering.svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
