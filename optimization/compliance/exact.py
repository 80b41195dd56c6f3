"""Small norm models as one integer program, with proof."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimization.compliance.core import Core
from optimization.solver import Program, Solution, solve


def program_of(core: Core, *, linear: bool = False, fullest: bool = False) -> Program:
    """Return the model as arrays.

    Columns are ``z`` (options), ``x`` (pairs, share of the need that is met) and ``r`` (sites, m²
    that are shared)::

        min  sum_k c_k z_k
        s.t. sum_j x_ij >= 1                             named estates
             sum_j part_ij r_j / use_ij >= 1             estates that share
             sum_i use_ij x_ij + r_j <= sum_k a_k z_k    a site gives no more than it has
             sum_k z_k <= 1 (= 1 where it must open)     one size a site
             x_ij <= sum_k z_k                           only open sites serve

    Parameters
    ----------
    core
        The model.
    linear
        Drop the integrality of ``z``.
    fullest
        Instead: every site at its largest, meet as much of the needs (m²) as can be; ``n`` more
        columns say which share of each.
    """
    n, m, n_pair, n_opt = core.n, core.m, len(core.col), len(core.opt_area)
    named = np.isnan(core.part)
    pair = np.arange(n_pair)
    site_of_opt = np.repeat(np.arange(m), np.diff(core.opt_ptr))
    x0, r0 = n_opt, n_opt + n_pair
    entries = [
        (core.row[named], x0 + pair[named], np.ones(int(named.sum()))),
        (core.row[~named], r0 + core.col[~named], (core.part / core.use_m2)[~named]),
        (n + core.col[named], x0 + pair[named], core.use_m2[named]),
        (n + np.arange(m), r0 + np.arange(m), np.ones(m)),
        (n + site_of_opt, np.arange(n_opt), -core.opt_area),
        (n + m + site_of_opt, np.arange(n_opt), np.ones(n_opt)),
    ]
    lower = [np.ones(n), np.full(m, -np.inf), np.where(core.must, 1.0, -np.inf)]
    upper = [np.full(n, np.inf), np.zeros(m), np.ones(m)]
    n_row = n + 2 * m
    cost = np.concatenate([core.opt_cost, np.zeros(n_pair + m)])
    least = np.zeros(len(cost))
    most = np.concatenate([np.ones(n_opt), np.where(named, 1.0, 0.0), np.full(m, np.inf)])
    if fullest:
        lower[0] = np.zeros(n)
        largest = core.opt_ptr[1:] - 1
        least[largest], most[:n_opt] = 1.0, 0.0
        most[largest] = 1.0
        entries.append((np.arange(n), len(cost) + np.arange(n), -np.ones(n)))
        cost = np.concatenate([np.zeros(len(cost)), core.need_m2])
        least, most = np.append(least, np.zeros(n)), np.append(most, np.ones(n))
    else:
        strong = pair[named]
        row = n_row + np.arange(len(strong))
        sizes = np.diff(core.opt_ptr)[core.col[strong]]
        starts = core.opt_ptr[core.col[strong]]
        each = np.repeat(np.arange(len(strong)), sizes)
        within = np.arange(len(each)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        entries += [
            (row, x0 + strong, np.ones(len(strong))),
            (row[each], starts[each] + within, -np.ones(len(each))),
        ]
        lower.append(np.full(len(strong), -np.inf))
        upper.append(np.zeros(len(strong)))
        n_row += len(strong)
    rows, cols, values = (np.concatenate([e[at] for e in entries]) for at in range(3))
    order = np.lexsort((cols, rows))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n_row))))
    whole = np.zeros(len(cost), bool)
    whole[:n_opt] = not (linear or fullest)
    return Program(
        cost=cost,
        lower=least,
        upper=most,
        integer=whole,
        indptr=indptr.astype(np.int64),
        indices=cols[order].astype(np.int32),
        values=values[order].astype(np.float64),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
        maximise=fullest,
    )


def solve_core(
    core: Core,
    *,
    limit_s: float,
    gap: float,
    seed: int,
    start: NDArray[np.float64] | None = None,
    nodes: int | None = None,
) -> Solution:
    """Return the solver's answer to the integer program."""
    return solve(program_of(core), limit_s=limit_s, gap=gap, seed=seed, start=start, nodes=nodes)


def options_in(core: Core, x: NDArray[np.float64]) -> NDArray[np.int32]:
    """Return (m,) the option each site takes in a solution, -1 = none."""
    taken = np.flatnonzero(x[: len(core.opt_area)] > 0.5)  # noqa: PLR2004 - 0 or 1, as floats
    option = np.full(core.m, -1, np.int32)
    option[np.searchsorted(core.opt_ptr, taken, side="right") - 1] = taken
    return option


def start_of(
    core: Core, option: NDArray[np.int32], given: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return a plan as a starting point of the integer program (named estates only)."""
    z = np.zeros(len(core.opt_area))
    z[option[option >= 0]] = 1.0
    return np.concatenate([z, given, np.zeros(core.m)])
