"""How fast and how near to the best coverage plans are found, beside spopt 0.7 with PuLP and CBC.

``python benchmarks/siting_covering.py CASE [CASE …]`` measures cases and keeps their rows in
``results/siting_covering.json``; `siting_covering_report.py` draws the table and the plot.
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import cKDTree

from geo.travel.minutes import Minutes
from optimization.covering import cover_sets, max_cover, priced, set_cover
from optimization.problem import Problem, Sites
from optimization.siting import Siting

HERE = Path(__file__).parent / "results"
KEPT = HERE / "siting_covering.json"
Row = dict[str, Any]
_CBC = re.compile(r"Total time \(CPU seconds\):\s+([\d.]+)\s+\(Wallclock seconds\):\s+([\d.]+)")


def town(
    n_demand: int, n_site: int, side_km: float, seed: int = 0, *, clustered: bool = False
) -> Problem:
    """Return a random question: straight walks of up to 1,000 m, 1 to 100 elders a point.

    Points and candidates are uniform in a square; clustered, they gather around one centre for
    every 2,000 points, with spreads of 300 to 1,500 m.
    """
    draw = np.random.default_rng(seed)
    side_m = side_km * 1_000
    if clustered:
        n_centre = max(1, n_demand // 2_000)
        centre = draw.uniform(0, side_m, (n_centre, 2))
        spread = draw.uniform(300, 1_500, n_centre)

        def around(n: int) -> np.ndarray:
            of = draw.integers(0, n_centre, n)
            away = draw.normal(size=(n, 2)) * spread[of, None]
            return np.clip(centre[of] + away, 0, side_m)

        xy, site_xy = around(n_demand), around(n_site)
    else:
        xy, site_xy = draw.uniform(0, side_m, (n_demand, 2)), draw.uniform(0, side_m, (n_site, 2))
    tree = cKDTree(site_xy)
    bounds, parts, walks = [np.zeros(1, dtype=np.int64)], [], []
    for block in np.array_split(xy, max(1, n_demand // 50_000)):
        near = cKDTree(block).sparse_distance_matrix(tree, 1_000.0, output_type="ndarray")
        near = near[np.argsort(near["i"] * n_site + near["j"], kind="stable")]
        bounds.append(bounds[-1][-1] + np.bincount(near["i"], minlength=len(block)).cumsum())
        parts.append(near["j"].astype(np.int32))
        walks.append(np.round(near["v"] * 900).astype(np.int32))
    indptr, site, walk_ms = map(np.concatenate, (bounds, parts, walks))
    elders = draw.integers(1, 101, n_demand).astype(np.float64)
    site_id, point_id = (np.arange(n).astype("U") for n in (n_site, n_demand))
    nothing, no = np.zeros(n_site), np.zeros(n_site, dtype=np.bool_)
    return Problem(
        demand_id=point_id,
        demand_name=point_id,
        area=np.full(n_demand, -1, dtype=np.int32),
        area_names=(),
        weights={"elders": elders},
        sites=Sites(
            *(site_id, site_id, no, no, no, no, draw.integers(5, 60, n_site) * 1e4, nothing),
            *(np.full(n_site, np.nan), np.full(n_site, np.inf), nothing, site_xy),
        ),
        minutes=Minutes(indptr, site, walk_ms, n_site),
        horizon_min=15.0,
        speed_m_s=1_000 / 900,
        xy=xy,
    )


def timed(run: Callable[[], Siting]) -> tuple[Siting, float, float]:
    """Return a plan, wall seconds and processor seconds."""
    wall, processor = time.perf_counter(), time.process_time()
    plan = run()
    return plan, time.perf_counter() - wall, time.process_time() - processor


def row(case: str, problem: Problem, plan: Siting, wall_s: float, cpu_s: float) -> Row:
    """Return what is kept of a run."""
    return {
        "case": case,
        "demand": problem.n_demand,
        "candidates": problem.n_site,
        "pairs": len(problem.minutes.indices),
        "objective": plan.objective,
        "bound": plan.bound,
        "gap_percent": round(100 * plan.gap, 4),
        "status": plan.status,
        "wall_s": round(wall_s, 3),
        "cpu_s": round(cpu_s, 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def cover(
    name: str,
    size: tuple[int, int],
    side_km: float,
    p: int,
    seeds: int,
    **more: Any,  # noqa: ANN401
) -> list[Row]:
    """Measure `max_cover` on towns of several seeds."""
    clustered = bool(more.pop("clustered", False))
    rows = []
    for seed in range(seeds):
        problem = town(*size, side_km, seed, clustered=clustered)
        plan, wall_s, cpu_s = timed(partial(max_cover, problem, p=p, **more))
        rows.append(row(f"{name}, p={p}, seed {seed}", problem, plan, wall_s, cpu_s))
        print(rows[-1], plan.measures, flush=True)
    return rows


def within_seconds(limit_s: float) -> list[Row]:
    """Measure 20,000 points by 1,000 candidates, p = 50, at three densities."""
    size, rows = (20_000, 1_000), []
    for side_km, clustered in ((20.0, False), (14.0, False), (10.0, False), (20.0, True)):
        name = f"{'clustered' if clustered else 'uniform'} {side_km:g} km, {limit_s:g} s"
        rows += cover(name, size, side_km, 50, 3, limit_s=limit_s, clustered=clustered)
    return rows


def against_spopt(size: tuple[int, int], side_km: float, p: int, repeat: int) -> list[Row]:
    """Measure ours and spopt in turn on one town, end to end and solver only."""
    import pulp  # noqa: PLC0415 - a peer, which the other cases do without
    from spopt.locate import MCLP  # noqa: PLC0415

    problem = town(*size, side_km)
    metres = np.nan_to_num(problem.minutes.dense(), nan=1e6)
    elders = problem.weights["elders"]
    ready = cover_sets(problem, 15.0)
    rows = []
    for turn in range(repeat):
        for name, prepared in (("ours end to end", None), ("ours solve only", ready)):
            plan, wall_s, cpu_s = timed(partial(max_cover, problem, p=p, prepared=prepared))
            rows.append(
                row(f"{size[0]}x{size[1]} p={p} {name} #{turn}", problem, plan, wall_s, cpu_s)
            )
            print(rows[-1], flush=True)
        with tempfile.NamedTemporaryFile() as log:
            wall, processor = time.perf_counter(), time.process_time()
            children = resource.getrusage(resource.RUSAGE_CHILDREN)
            model = MCLP.from_cost_matrix(metres, elders, 15.0, p_facilities=p)
            model = model.solve(pulp.PULP_CBC_CMD(msg=False, logPath=log.name))
            wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - processor
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            text = Path(log.name).read_text()
        cpu_s += after.ru_utime + after.ru_stime - children.ru_utime - children.ru_stime
        found = re.search(
            r"Total time \(CPU seconds\):\s+([\d.]+)\s+\(Wallclock seconds\):\s+([\d.]+)", text
        )
        covered = [i for i, by in enumerate(model.fac2cli) if by]
        opened = np.isin(np.arange(problem.n_site), covered)
        value = elders[(metres[:, opened] <= 15).any(axis=1)].sum()
        rows.append(
            {
                "case": f"{size[0]}x{size[1]} p={p} spopt end to end #{turn}",
                "objective": float(value),
                "wall_s": round(wall_s, 3),
                "cpu_s": round(cpu_s, 3),
                "cbc_cpu_s": float(found[1]) if found else None,
                "cbc_wall_s": float(found[2]) if found else None,
                "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
            }
        )
        print(rows[-1], flush=True)
    return rows


def everyone() -> list[Row]:
    """Measure `set_cover` of 20,000 points by 1,000 candidates."""
    rows = []
    for seed in range(3):
        problem = town(20_000, 1_000, 20.0, seed)
        plan, wall_s, cpu_s = timed(partial(set_cover, problem, leave_out=True, limit_s=15.0))
        rows.append(row(f"fewest sites 20 km, seed {seed}", problem, plan, wall_s, cpu_s))
        print(rows[-1], plan.measures, flush=True)
    return rows


def what_if() -> list[Row]:
    """Measure asking again after one site is demanded and one barred."""
    rows = []
    for side_km in (20.0, 10.0):
        problem = town(20_000, 1_000, side_km)
        ready = priced(problem, cover_sets(problem, 15.0), p=30)
        first = max_cover(problem, p=30, prepared=ready, gap=0.005, limit_s=2.0)
        for change in range(5):
            never = np.zeros(problem.n_site, dtype=np.bool_)
            must = np.zeros(problem.n_site, dtype=np.bool_)
            never[first.sites[change]] = True
            must[(first.sites[change] + 7) % problem.n_site] = True
            sites = replace(problem.sites, never=never, must=must & ~never)
            changed = replace(problem, sites=sites)
            ask = partial(
                max_cover, changed, p=30, prepared=ready, start=first, gap=0.005, limit_s=0.5
            )
            plan, wall_s, cpu_s = timed(ask)
            rows.append(
                row(f"what-if {side_km:g} km, change {change}", problem, plan, wall_s, cpu_s)
            )
            print(rows[-1], flush=True)
    return rows


def growth() -> list[Row]:
    """Measure how the cost grows with demand, candidates and p, at one density."""
    rows = []
    base = (20_000, 1_000, 50)
    for vary, values in (
        ("demand", (2_000, 10_000, 50_000, 250_000)),
        ("candidates", (250, 1_000, 4_000)),
        ("p", (10, 30, 100, 300)),
    ):
        for value in values:
            n, m, p = base
            n, m, p = (
                value if vary == "demand" else n,
                value if vary == "candidates" else m,
                value if vary == "p" else p,
            )
            problem = town(n, m, 20.0 * (m / 1_000) ** 0.5)
            ask = partial(max_cover, problem, p=p, gap=0.002, limit_s=30.0)
            plan, wall_s, cpu_s = timed(ask)
            rows.append(
                row(f"growth {vary} {value}", problem, plan, wall_s, cpu_s)
                | {"vary": vary, "at": value}
            )
            print(rows[-1], flush=True)
    return rows


CASES: dict[str, Callable[[], list[Row]]] = {
    "spopt-small": lambda: against_spopt((2_000, 500), 20.0, 20, 3),
    "spopt-medium": lambda: against_spopt((20_000, 1_000), 20.0, 20, 1),
    "p50-2s": lambda: within_seconds(2.0),
    "p50-10s": lambda: within_seconds(10.0),
    "100k": lambda: (
        cover("100,000x1,000 20 km", (100_000, 1_000), 20.0, 50, 2, limit_s=10.0)
        + cover("100,000x1,000 10 km", (100_000, 1_000), 10.0, 50, 2, limit_s=10.0)
    ),
    "province": lambda: (
        cover("province 200 km", (1_000_000, 10_000), 200.0, 500, 2, limit_s=60.0)
        + cover("province 30 km", (1_000_000, 10_000), 30.0, 500, 1, limit_s=60.0)
        + cover("province 40 km", (1_000_000, 10_000), 40.0, 500, 1, limit_s=60.0)
    ),
    "box": lambda: cover("50 km box", (1_000_000, 10_000), 50.0, 200, 2, limit_s=60.0),
    "city": lambda: cover("dense city 20 km", (1_000_000, 10_000), 20.0, 200, 1, limit_s=150.0),
    "lscp": everyone,
    "what-if": what_if,
    "growth": growth,
}


def keep(case: str, rows: list[Row]) -> None:
    """Put the rows of a case in place of those kept before."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    kept[case] = rows
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def main() -> None:
    """Measure the cases asked for."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("case", nargs="*", choices=[*CASES, []])
    for case in asked.parse_args().case:
        max_cover(town(500, 60, 5.0), p=5)
        set_cover(town(500, 60, 5.0), leave_out=True)
        keep(case, CASES[case]())


if __name__ == "__main__":
    main()
