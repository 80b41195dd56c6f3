"""A small rest of a median problem as a program for HiGHS, in the radius formulation.

A variable ``z`` a row and radius says that no open site is within the radius: the reformulation of
Cornuéjols, Nemhauser and Wolsey (1980), written radius by radius so that a row of the program holds
only the sites that are new at that radius. Equal costs share a radius, which keeps it small.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimization.median._table import Table
from optimization.solver import Program


def radius_program(table: Table) -> Program:
    """Return the median problem as a program over ``[y (n_site), z (row by row, by radius)]``.

    ``min sum_i w_i (d_i1 + sum_k (d_i,k+1 - d_ik) z_ik)`` with ``z_ik + sum_{j: cost_ij = d_ik}
    y_j >= z_i,k-1``, ``z_i0 = 1`` and the knapsack; the last distance of a row is its cap. The
    constant part is left out.
    """
    row = np.repeat(np.arange(table.n_row), np.diff(table.indptr))
    first_of_row = np.zeros(len(row), dtype=bool)
    first_of_row[table.indptr[:-1]] = True
    new = first_of_row.copy()
    new[1:] |= table.cost[1:] != table.cost[:-1]
    radius = np.cumsum(new) - 1
    start = np.flatnonzero(new)
    n_z, m = len(start), table.n_site
    last = np.append(first_of_row[start][1:], True)
    here = table.cost[start].astype(np.float64)
    farther = np.where(last, table.cap[row[start]], np.append(here[1:], 0.0))
    chained = np.flatnonzero(~first_of_row[start])
    rows = np.concatenate([radius, np.arange(n_z), chained, np.full(m, n_z)])
    columns = np.concatenate([table.site, m + np.arange(n_z), m + chained - 1, np.arange(m)])
    values = np.concatenate(
        [np.ones(len(radius)), np.ones(n_z), -np.ones(len(chained)), table.size]
    )
    order = np.lexsort((columns, rows))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=n_z + 1))))
    least = np.append(first_of_row[start].astype(np.float64), -np.inf)
    return Program(
        cost=np.concatenate([np.zeros(m), table.weight[row[start]] * (farther - here)]),
        lower=np.zeros(m + n_z),
        upper=np.ones(m + n_z),
        integer=np.concatenate([np.ones(m, dtype=bool), np.zeros(n_z, dtype=bool)]),
        indptr=indptr.astype(np.int64),
        indices=columns[order].astype(np.int32),
        values=values[order],
        row_lower=least,
        row_upper=np.append(np.full(n_z, np.inf), table.room),
    )


def settled_cost(table: Table) -> float:
    """Return the constant that `radius_program` leaves out."""
    return table.base + float((table.weight * table.cost[table.indptr[:-1]]).sum())


def as_start(table: Table, plan: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return a plan, (n_site,), as values of all variables of `radius_program`."""
    program_rows = np.repeat(np.arange(table.n_row), np.diff(table.indptr))
    new = np.zeros(len(program_rows), dtype=bool)
    new[table.indptr[:-1]] = True
    new[1:] |= table.cost[1:] != table.cost[:-1]
    start = np.flatnonzero(new)
    met = np.concatenate(([0], np.cumsum(plan[table.site])))
    stop = np.append(start[1:], len(program_rows))
    within = met[stop] - met[table.indptr[program_rows[start]]]
    return np.concatenate([plan.astype(np.float64), (within == 0).astype(np.float64)])
