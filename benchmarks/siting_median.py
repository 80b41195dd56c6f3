"""How fast p-median and p-center are proven: OR-Library, spopt with CBC, and a whole province.

PYTHONPATH=. python benchmarks/siting_median.py orlib FOLDER [--only 1 9 35] [--center]
PYTHONPATH=. python benchmarks/siting_median.py spopt
PYTHONPATH=. python benchmarks/siting_median.py graphs
PYTHONPATH=. python benchmarks/siting_median.py province [--demand 1000000 --sites 10000 --p 500]
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import floyd_warshall
from scipy.spatial import cKDTree

from geo.travel.minutes import Minutes
from optimization.center import least_radius
from optimization.median import dense_table, least_cost, median
from optimization.problem import Problem, Sites

_SPEED_M_MIN = 3_000.0


def _clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(begin: tuple[float, float]) -> str:
    wall, processor = _clocks()
    return f"{wall - begin[0]:.2f} | {processor - begin[1]:.2f}"


def _instance(folder: Path, number: int) -> tuple[NDArray[np.int32], int]:
    n, n_edge, p, *rest = map(int, (folder / f"pmed{number}.txt").read_text().split())
    return _distances(n, np.array(rest).reshape(n_edge, 3)), p


def _distances(n: int, edges: NDArray[np.int64]) -> NDArray[np.int32]:
    lengths = np.full((n, n), np.inf)
    for a, b, length in edges:
        lengths[a - 1, b - 1] = lengths[b - 1, a - 1] = length
    return floyd_warshall(lengths).astype(np.int32)


def _published(folder: Path, name: str) -> dict[str, int]:
    rows = [line.split() for line in (folder / name).read_text().splitlines()]
    return {row[0]: int(float(row[1])) for row in rows if row and row[0].startswith("pmed")}


def orlib(folder: Path, numbers: list[int], *, centers: bool) -> None:
    """Print a line an instance: published optimum, ours, bound, what proved it, seconds."""
    least_cost(dense_table(np.arange(9, dtype=np.int32).reshape(3, 3), p=1))
    best = _published(folder, "kcenteropt.txt" if centers else "pmedopt.txt")
    print("| instance | nodes | p | published | ours | bound | proven by | wall s | processor s |")
    print("|---|---|---|---|---|---|---|---|---|")
    for number in numbers:
        cost, p = _instance(folder, number)
        begin = _clocks()
        if centers:
            radius = least_radius(dense_table(cost, p=p), unserved=int(cost.max()) + 1)
            row = f"{radius.radius} | {radius.bound} | {radius.questions} radii"
        else:
            found = least_cost(dense_table(cost, p=p))
            row = f"{found.cost:.0f} | {found.bound:.0f} | {found.proof}, {found.nodes} nodes"
        name = f"pmed{number}"
        print(
            f"| {name} | {len(cost)} | {p} | {best[name]} | {row} | {_since(begin)} |", flush=True
        )


def graphs() -> None:
    """Print the same for random graphs of the kind, larger than those kept in the tests."""
    print("| graph | p | ours | bound | proven by | wall s | processor s |")
    print("|---|---|---|---|---|---|---|")
    for seed in range(2):
        for n, p in ((900, 5), (900, 10), (900, 90)):
            draw = np.random.default_rng(seed)
            m = n * n // 50
            ring = np.column_stack([np.arange(1, n), np.arange(2, n + 1)])
            ends = np.concatenate([ring, draw.integers(1, n + 1, (m - n, 2))])
            edges = np.column_stack([ends, draw.integers(1, 101, len(ends))])
            cost = _distances(n, edges)
            begin = _clocks()
            found = least_cost(dense_table(cost, p=p))
            print(
                f"| {n} nodes, seed {seed} | {p} | {found.cost:.0f} | {found.bound:.0f} | "
                f"{found.proof}, {found.nodes} nodes | {_since(begin)} |",
                flush=True,
            )


def province(n: int, m: int, *, near: int, seed: int, towns: bool) -> Problem:
    """Return people and candidates over a square, each with its `near` nearest candidates."""
    draw = np.random.default_rng(seed)
    side = 400_000 * np.sqrt(m / 10_000)
    xy, site_xy = draw.uniform(0, side, (n, 2)), draw.uniform(0, side, (m, 2))
    if towns:
        n_town = max(10, m // 50)
        centre = draw.uniform(0, side, (n_town, 2))
        share = draw.pareto(1.2, n_town) + 0.3
        for points, in_town in ((xy, 0.6), (site_xy, 0.5)):
            inside = draw.random(len(points)) < in_town
            town = draw.choice(n_town, int(inside.sum()), p=share / share.sum())
            wide = side / 60 * np.sqrt(share[town] / share.max())
            points[inside] = centre[town] + draw.normal(0, 1, (len(town), 2)) * wide[:, None]
    metres, site = cKDTree(site_xy).query(xy, k=near, workers=2)
    order = np.argsort(site, axis=1)
    ms = np.round(np.take_along_axis(metres, order, 1) / _SPEED_M_MIN * 60_000).astype(np.int32)
    minutes = Minutes(
        indptr=np.arange(0, n * near + 1, near, dtype=np.int64),
        indices=np.take_along_axis(site, order, 1).astype(np.int32).ravel(),
        ms=ms.ravel(),
        n_facility=m,
    )
    nothing, no = np.zeros(m), np.zeros(m, dtype=bool)
    sites = Sites(
        id=np.arange(m).astype(str), name=np.arange(m).astype(str), existing=no, closable=no,
        must=no, never=no, cost_yuan=nothing, rent_yuan_year=nothing, area_m2=nothing,
        capacity=np.full(m, np.inf), expandable_m2=nothing, xy=site_xy,
    )  # fmt: skip
    ids = np.arange(n).astype(str)
    return Problem(
        demand_id=ids, demand_name=ids, area=np.zeros(n, dtype=np.int32), area_names=("",),
        weights={"elders": draw.integers(1, 120, n).astype(np.float64)}, sites=sites,
        minutes=minutes, horizon_min=float(ms.max()) / 60_000 + 0.01,
        speed_m_s=_SPEED_M_MIN / 60, xy=xy,
    )  # fmt: skip


def large(n: int, m: int, p: int, near: int, *, limit_s: float, seeds: int) -> None:
    """Print gap, seconds and memory of a province."""
    median(province(500, 40, near=20, seed=0, towns=False), p=4)
    print("| people | gap | wall s | processor s | by time | mean min | peak GB |")
    print("|---|---|---|---|---|---|---|")
    for seed in range(1, seeds + 1):
        for towns in (False, True):
            problem = province(n, m, near=near, seed=seed, towns=towns)
            begin = _clocks()
            plan = median(problem, p=p, limit_s=limit_s)
            print(
                f"| {'towns' if towns else 'even'}, seed {seed} | {plan.gap:.4%} | {_since(begin)} "
                f"| {plan.measures.get('stopped_by_time', 0.0):.0f} "
                f"| {plan.measures['mean_min']:.4f} "
                f"| {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.1f} |",
                flush=True,
            )
            del problem


def against_spopt(sizes: list[tuple[int, int, int]], *, repeat: int, limit_s: int) -> None:
    """Print ours and spopt with CBC in turn, from minutes to plan."""
    import pulp  # noqa: PLC0415
    from spopt.locate import PMedian  # noqa: PLC0415

    print("| demand × sites, p | who | value | status | wall s | processor s with children |")
    print("|---|---|---|---|---|---|")

    def both() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    for n, m, p in sizes:
        problem = province(n, m, near=m, seed=1, towns=False)
        people = problem.weight("elders")
        for _ in range(repeat):
            begin, used = time.perf_counter(), both()
            plan = median(problem, p=p, limit_s=limit_s)
            print(
                f"| {n} × {m}, {p} | ours | {plan.objective:.3f} | {plan.status} {plan.gap:.4%} | "
                f"{time.perf_counter() - begin:.2f} | {both() - used:.2f} |",
                flush=True,
            )
            begin, used = time.perf_counter(), both()
            model = PMedian.from_cost_matrix(problem.minutes.dense(), people, p_facilities=p)
            written, solver = (
                time.perf_counter() - begin,
                pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s),
            )
            try:
                model = model.solve(solver)
            except RuntimeError as failed:
                took = f"{time.perf_counter() - begin:.2f} | {both() - used:.2f}"
                print(f"| {n} × {m}, {p} | spopt | — | {failed} | {took} |", flush=True)
                break
            print(
                f"| {n} × {m}, {p} | spopt | {pulp.value(model.problem.objective):.3f} | "
                f"{pulp.LpStatus[model.problem.status]} (written in {written:.1f} s) | "
                f"{time.perf_counter() - begin:.2f} | {both() - used:.2f} |",
                flush=True,
            )


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["orlib", "graphs", "province", "spopt"])
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--only", nargs="*", type=int, default=list(range(1, 36)))
    parser.add_argument("--center", action="store_true")
    parser.add_argument("--demand", type=int, default=1_000_000)
    parser.add_argument("--sites", type=int, default=10_000)
    parser.add_argument("--p", type=int, default=500)
    parser.add_argument("--near", type=int, default=80)
    parser.add_argument("--limit", type=float, default=60.0)
    parser.add_argument("--seeds", type=int, default=1)
    asked = parser.parse_args()
    if asked.part == "orlib":
        orlib(asked.folder, asked.only, centers=asked.center)
    elif asked.part == "graphs":
        graphs()
    elif asked.part == "spopt":
        against_spopt([(200, 50, 5), (500, 100, 10), (1_000, 200, 15)], repeat=2, limit_s=120)
    else:
        large(
            asked.demand, asked.sites, asked.p, asked.near, limit_s=asked.limit, seeds=asked.seeds
        )


if __name__ == "__main__":
    main()
