"""How near to the cheapest rooms a norm is met, and how fast, beside the plain model in HiGHS.

``python benchmarks/siting_norms.py [--peer-s 60] [--write]``: towns with rooms in five size
classes. The peer gets the same model as arrays, whole, without any of our bounds or plans.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from measure import table
from scipy.spatial import cKDTree

from geo.travel.minutes import Minutes
from optimization.compliance import Options, norm_compliance, plain_needs, size_options
from optimization.compliance.core import core_of
from optimization.compliance.exact import program_of
from optimization.problem import Problem, Sites
from optimization.solver import solve

RESULT = Path(__file__).parent / "results" / "siting_norms.md"
CLASSES_M2 = np.array([300.0, 500.0, 800.0, 1_200.0, 2_000.0])
DETOUR = 1.3
HEADER = [
    "case",
    "pairs",
    "who",
    "cost, million yuan",
    "bound",
    "gap",
    "seconds",
    "processor seconds",
]


def town(
    n: int, m: int, side_m: float, *, seed: int = 0, fill: float = 0.4
) -> tuple[Problem, np.ndarray]:
    """Return a square town of estates and rooms, and shortfalls that take ``fill`` of all rooms."""
    draw = np.random.default_rng(seed)
    xy, site_xy = draw.uniform(0, side_m, (n, 2)), draw.uniform(0, side_m, (m, 2))
    near = cKDTree(site_xy).query_ball_point(xy, 900 / DETOUR, return_sorted=True)
    row = np.repeat(np.arange(n), [len(one) for one in near])
    col = np.concatenate([np.array(one, np.int32) for one in near])
    no, zero = np.zeros(m, bool), np.zeros(m)
    ids = np.array([f"s{j}" for j in range(m)])
    cost, area = np.round(draw.uniform(1e5, 5e5, m)), np.round(draw.uniform(300, 2_500, m))
    households = draw.integers(50, 1_500, n).astype(float)
    sites = Sites(
        ids, ids, no, no, no, no, cost, zero, area, np.full(m, np.inf), zero, site_xy
    )  # fmt: skip
    names = np.array([f"d{i}" for i in range(n)])
    problem = Problem(
        demand_id=names,
        demand_name=names,
        area=np.full(n, -1, np.int32),
        area_names=(),
        weights={"households": households},
        sites=sites,
        minutes=Minutes(
            np.concatenate(([0], np.cumsum([len(one) for one in near]))).astype(np.int64),
            col,
            (np.hypot(*(xy[row] - site_xy[col]).T) * DETOUR * 1_000).astype(np.int32),
            m,
        ),
        horizon_min=15.0,
        speed_m_s=1.0,
        xy=xy,
    )
    return problem, households * fill * area.sum() / households.sum()


def plain(
    problem: Problem, need: np.ndarray, options: Options, limit_s: float
) -> tuple[float, float]:
    """Return cost and bound of the plain model after so many seconds."""
    core = core_of(problem, plain_needs(problem, need), options, limit_min=15, fewest=False)
    found = solve(program_of(core), limit_s=limit_s)
    return found.objective, found.bound


def ours(
    problem: Problem, need: np.ndarray, options: Options, limit_s: float
) -> tuple[float, float]:
    """Return cost and bound of our plan."""
    plan = norm_compliance(problem, needs=need, options=options, unmet="report", limit_s=limit_s)
    return plan.objective, plan.bound


def main() -> None:
    """Measure, print, and keep what was measured."""
    read = argparse.ArgumentParser()
    read.add_argument("--peer-s", type=float, default=60.0)
    read.add_argument("--write", action="store_true")
    asked = read.parse_args()
    warm, need = town(200, 60, 3_000)
    ours(warm, need, size_options(warm, classes_m2=CLASSES_M2, yuan_m2=2_000.0), 30.0)
    rows: list[list[object]] = []
    for n, m, side_m, price, peer_s in [
        (200, 30, 1_800.0, 2_000.0, asked.peer_s),
        (2_000, 300, 5_000.0, 2_000.0, asked.peer_s),
        (2_000, 300, 5_000.0, 10.0, asked.peer_s),
        (20_000, 1_000, 8_000.0, 2_000.0, 0.0),
        (20_000, 1_000, 8_000.0, 10.0, 0.0),
    ]:
        problem, need = town(n, m, side_m)
        options = size_options(problem, classes_m2=CLASSES_M2, yuan_m2=price)
        rivals: dict[str, tuple[Callable[..., tuple[float, float]], float]] = {
            "ours": (ours, 60.0),
            "ours, cut at 5 s": (ours, 5.0),
        }
        if peer_s:
            rivals["HiGHS, plain model"] = (plain, peer_s)
        for who, (run, limit_s) in rivals.items():
            began, used = time.perf_counter(), time.process_time()
            cost, bound = run(problem, need, options, limit_s)
            rows.append(
                [
                    f"{n:,} × {m:,}, {price:,.0f} yuan/m²",
                    f"{len(problem.minutes.ms):,}",
                    who,
                    f"{cost / 1e6:,.3f}",
                    f"{bound / 1e6:,.3f}",
                    f"{(cost - bound) / cost:.2%}",
                    f"{time.perf_counter() - began:.1f}",
                    f"{time.process_time() - used:.1f}",
                ]
            )
            print(*rows[-1], sep=" | ", flush=True)
    text = table(HEADER, rows)
    if asked.write:
        load = os.getloadavg()[0]
        RESULT.write_text(
            "# Norm compliance at least cost\n\n"
            f"`PYTHONPATH=. python benchmarks/siting_norms.py --peer-s {asked.peer_s:g} --write`, "
            f"{time.strftime('%Y-%m-%d')}, seed 0, two shared cores with a load of {load:.1f} "
            "(hence processor seconds beside seconds). One run each, in turn.\n\n" + text + "\n",
            encoding="utf-8",
        )


if __name__ == "__main__":
    main()
