"""Cover a share of the people at least cost: fewer and fewer sites, or one program of yuan."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.covering.bound import upper_bound
from optimization.covering.core import program_of
from optimization.covering.engine import solve_instance
from optimization.covering.everyone import Cheapest, Cover, raised
from optimization.covering.instance import Instance, instance_of
from optimization.covering.search import Searcher, greedy
from optimization.solver import Program, solve

_NODES: Final = 200_000
_HALF: Final = 0.5


def cover_part(
    ask: Cheapest, worth: NDArray[np.float64], wanted: float, *, xy: NDArray[np.float64]
) -> Cover:
    """Cover rows worth at least ``wanted`` together; all rows that can be covered suffice.

    Parameters
    ----------
    ask
        Columns, their cost, and the limits.
    worth
        (n_row,) people of each row.
    wanted
        People to be covered.
    xy
        (n_column, 2) places, for the search.
    """
    n_column = ask.sets.n_column
    cost = np.where(ask.fixed, 0.0, ask.cost)
    instance = instance_of(
        ask.sets,
        worth,
        np.zeros(len(worth)),
        fixed=ask.fixed,
        barred=ask.barred,
        cost=cost,
        budget=float(cost.sum()) * 2 + 1,
        sites=np.arange(n_column, dtype=np.int32),
        xy=xy,
    )
    wanted -= 1e-9 * wanted
    if instance.whole:
        wanted = float(np.ceil(wanted))
    paid = float(ask.cost[ask.fixed].sum())
    if instance.base >= wanted:
        return Cover(ask.fixed.copy(), paid, paid, by_time=False, measures={})
    if not instance.cost.any():
        chosen, bound, by_time = greedy(instance).opened, 0.0, False
    elif instance.counted:
        chosen, bound, by_time = _fewest(instance, wanted, ask)
    else:
        chosen, bound, by_time = _cheapest(instance, wanted, ask)
    opened = ask.fixed.copy()
    opened[instance.column_site[chosen]] = True
    total = float(ask.cost[opened].sum())
    lower = min(raised(paid + bound, ask.step), total)
    measures = {"rows": float(instance.sets.n_row), "columns": float(instance.sets.n_column)}
    return Cover(opened, total, lower, by_time=by_time, measures=measures)


def _fewest(
    instance: Instance, wanted: float, ask: Cheapest
) -> tuple[NDArray[np.bool_], float, bool]:
    """Try with fewer and fewer columns until the most that they can cover is proven too little."""
    until = time.perf_counter() + ask.limit_s
    each = float(instance.cost[0])
    few, enough = 0, instance.sets.n_column
    while few + 1 < enough:
        middle = (few + enough) // 2
        plan = greedy(replace(instance, budget=middle * each))
        few, enough = (few, middle) if plan.worth >= wanted else (middle, enough)
    best = greedy(replace(instance, budget=enough * each)).opened
    if ask.start is not None:
        given = ask.start[instance.column_site]
        if given.sum() < best.sum() and instance.worth(given) >= wanted:
            best = given
    proven, price = _too_few(replace(instance, budget=each), wanted, int(best.sum()), each)
    by_time = False
    while int(best.sum()) > proven:
        left_s = until - time.perf_counter()
        found = solve_instance(
            replace(instance, budget=(int(best.sum()) - 1) * each),
            limit_s=max(left_s, 0.1),
            gap=0.0,
            seed=ask.seed,
            start=best,
            price=price,
            target=wanted,
        )
        by_time = found.by_time
        if found.worth >= wanted:
            best = found.opened
            continue
        if found.bound < wanted:
            proven = int(best.sum())
        break
    return best, proven * each, by_time


def _too_few(
    instance: Instance, wanted: float, few: int, each: float
) -> tuple[int, NDArray[np.float64] | None]:
    """Return the fewest columns that prices do not prove too few, and the last prices."""
    price = None
    while few > 0:
        fewer = replace(instance, budget=(few - 1) * each)
        bound = upper_bound(
            fewer,
            plan=greedy(fewer).opened,
            price=price,
            enough=lambda value: fewer.rounded(value) < wanted,  # noqa: B023 - called at once
        )
        if fewer.rounded(bound.value) < wanted:
            break
        few, price = few - 1, bound.price
    return few, price


def _cheapest(
    instance: Instance, wanted: float, ask: Cheapest
) -> tuple[NDArray[np.bool_], float, bool]:
    """Solve the program that minimises cost, from a greedy plan."""
    filled = Searcher(instance, seed=ask.seed)
    filled.start(filled.opened)
    filled.greedy(1.0)
    plan = _thrifty(instance, filled.opened, wanted)
    if ask.start is not None:
        given = ask.start[instance.column_site]
        if instance.worth(given) >= wanted and given @ instance.cost < plan @ instance.cost:
            plan = given
    base = program_of(instance)
    n_column, n_row = instance.sets.n_column, instance.sets.n_row
    kept = int(base.indptr[-2])
    rows = np.arange(n_row)
    upper = base.row_upper.copy()
    upper[-1] = np.inf
    lower = base.row_lower.copy()
    lower[-1] = wanted - instance.base
    covered = np.zeros(n_row)
    covered[np.repeat(rows, np.diff(instance.sets.indptr))[plan[instance.sets.indices]]] = 1.0
    found = solve(
        Program(
            cost=np.concatenate([instance.cost, np.zeros(n_row)]),
            lower=base.lower,
            upper=base.upper,
            integer=base.integer,
            indptr=np.append(base.indptr[:-1], kept + n_row),
            indices=np.concatenate([base.indices[:kept], (n_column + rows).astype(np.int32)]),
            values=np.concatenate([base.values[:kept], instance.first]),
            row_lower=lower,
            row_upper=upper,
        ),
        limit_s=ask.limit_s,
        start=np.concatenate([plan.astype(np.float64), covered]),
        gap=ask.gap,
        seed=ask.seed,
        nodes=_NODES,
        absolute_gap=max(0.999 * ask.step, 1e-9),
    )
    if len(found.x):
        solved = found.x[:n_column] > _HALF
        better = float(instance.cost[solved].sum()) < float(instance.cost[plan].sum())
        if better and instance.worth(solved) >= wanted:
            plan = solved
    bound = found.bound if np.isfinite(found.bound) else 0.0
    return plan, max(bound, 0.0), found.by_time


def _thrifty(instance: Instance, plan: NDArray[np.bool_], wanted: float) -> NDArray[np.bool_]:
    """Close columns, the dearest first, as long as enough stays covered."""
    kept = plan.copy()
    for j in np.argsort(-np.where(plan, instance.cost, -1.0), kind="stable")[: int(plan.sum())]:
        kept[j] = False
        if instance.worth(kept) < wanted:
            kept[j] = True
    return kept
