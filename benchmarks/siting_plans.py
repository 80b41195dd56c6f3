"""How long fronts, plans of years and equity take, and how near to the bound they come.

``PYTHONPATH=. python benchmarks/siting_plans.py`` measures one case after the other and writes
``results/siting_plans.md``. Towns are those of ``siting_covering.py``, with townships as strips.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from measure import table
from siting_covering import town

from optimization.dispersal import disperse, spread_cover
from optimization.equity import gini_cover, max_min_cover
from optimization.pareto import pareto
from optimization.phasing import phased_cover, schedule
from optimization.problem import Problem
from optimization.siting import Siting

HERE = Path(__file__).parent / "results"
YEARS = (2026, 2027, 2028, 2029, 2030)
Case = tuple[str, Problem, Callable[[Problem], list[Siting]]]


def with_townships(problem: Problem, count: int) -> Problem:
    """Return the problem with townships as strips from west to east."""
    across = problem.xy[:, 0] / (problem.xy[:, 0].max() + 1)
    return replace(
        problem,
        area=(across * count).astype(np.int32),
        area_names=tuple(f"strip {n}" for n in range(count)),
    )


def cases(seed: int) -> list[Case]:
    """Return what is measured."""
    large = with_townships(town(20_000, 1_000, 20.0, seed), 10)
    medium = with_townships(town(2_000, 300, 10.0, seed), 6)
    small = with_townships(town(500, 60, 5.0, seed), 5)
    money = (2_000_000.0,) * len(YEARS)
    return [
        (
            "front of 20 points, coverage × sites up to 50",
            large,
            lambda at: list(pareto(at, objectives=("covered", "cost"), most_p=50, seed=seed)),
        ),
        (
            "front of 20 points, coverage × sites × worst township",
            large,
            lambda at: list(pareto(at, most_p=50, seed=seed)),
        ),
        (
            "front of 20 points, coverage × money up to 15 million × worst township",
            large,
            lambda at: list(pareto(at, most_yuan=15e6, seed=seed)),
        ),
        (
            "five years, 6 sites a year",
            large,
            lambda at: [phased_cover(at, schedule(at, YEARS, per_year=6)).overall],
        ),
        (
            "five years, 2 million a year",
            large,
            lambda at: [phased_cover(at, schedule(at, YEARS, budgets_yuan=money)).overall],
        ),
        (
            "five years, 6 sites a year",
            medium,
            lambda at: [phased_cover(at, schedule(at, YEARS, per_year=6)).overall],
        ),
        (
            "five years, 2 million a year",
            medium,
            lambda at: [phased_cover(at, schedule(at, YEARS, budgets_yuan=money)).overall],
        ),
        ("worst township, then all; p = 20", medium, lambda at: [max_min_cover(at, p=20)]),
        (
            "most people with Gini ≤ 0.05; p = 10",
            small,
            lambda at: [gini_cover(at, p=10, most_gini=0.05)],
        ),
        (
            "least Gini at 40 % of people; p = 10",
            small,
            lambda at: [gini_cover(at, p=10, least_share=0.4)],
        ),
        ("farthest apart; p = 10", medium, lambda at: [disperse(at, p=10)]),
        (
            "most people 1,000 m apart; p = 20",
            medium,
            lambda at: [spread_cover(at, least_m=1e3, p=20)],
        ),
    ]


def main() -> None:
    """Measure and write."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seed", type=int, default=0)
    seed = words.parse_args().seed
    warm = with_townships(town(300, 40, 4.0, 9), 3)
    pareto(warm, most_p=6)
    phased_cover(warm, schedule(warm, YEARS[:2], per_year=2))
    rows: list[dict[str, object]] = []
    for name, problem, run in cases(seed):
        wall, processor = time.perf_counter(), time.process_time()
        found = run(problem)
        wall_s, cpu_s = time.perf_counter() - wall, time.process_time() - processor
        worst = max(plan.gap for plan in found)
        cut = any(plan.measures.get("stopped_by_time") for plan in found)
        rows.append(
            {
                "what": name,
                "size": f"{problem.n_demand:,} × {problem.n_site:,}",
                "pairs": f"{len(problem.minutes.ms):,}",
                "plans": str(len(found)),
                "largest gap %": f"{100 * worst:.3f}",
                "wall s": f"{wall_s:.2f}",
                "processor s": f"{cpu_s:.2f}",
                "cut by time": "yes" if cut else "",
            }
        )
        print(rows[-1], flush=True)
    command = f"`PYTHONPATH=. python benchmarks/siting_plans.py --seed {seed}`"
    lines = [list(row.values()) for row in rows]
    text = f"# Fronts, years, equity\n\n{command}\n\n{table(list(rows[0]), lines)}\n"
    (HERE / "siting_plans.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
