"""Rows that are alike taken together: a smaller table whose plan and prices begin the larger one.

A cell is the rows whose two (or more) nearest sites are the same. Its cost to a site is the mean
over its people, so all people count in the smaller table; nothing is sampled. The means bound
nothing by themselves: bounds are proven on the full table only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    compiled,
    i32s,
    i64,
    i64s,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)
from optimization.median._table import Table


def cells(table: Table, *, nearest: int, alike: int = 2) -> tuple[Table, NDArray[np.int64]]:
    """Merge rows into cells.

    Parameters
    ----------
    table
        The costs.
    nearest
        Sites kept a cell.
    alike
        How many of their nearest sites the rows of a cell have in common, in their order.

    Returns
    -------
    Table
        Its rows are the cells.
    (n_row,) of `table`
        The cell of each row.
    """
    begin, end = table.indptr[:-1], table.indptr[1:]
    key = np.zeros(table.n_row, dtype=np.int64)
    for place in range(alike):
        key = key * table.n_site + table.site[np.minimum(begin + place, end - 1)]
    order = np.argsort(key, kind="stable")
    new = np.concatenate(([True], np.diff(key[order]) != 0))
    cell = np.empty(table.n_row, dtype=np.int64)
    cell[order] = np.cumsum(new) - 1
    bounds = np.append(np.flatnonzero(new), table.n_row)
    n = len(bounds) - 1
    weight = np.bincount(cell, table.weight, minlength=n).astype(np.float64)
    cap = np.bincount(cell, table.weight * table.cap, minlength=n) / weight
    indptr, site, cost = _means(
        table.indptr,
        table.site,
        table.cost,
        table.weight,
        order,
        bounds.astype(np.int64),
        cap,
        table.n_site,
        nearest,
    )
    merged = Table(
        indptr=indptr,
        site=site,
        cost=cost,
        weight=weight,
        cap=cap,
        size=table.size,
        room=table.room,
        base=table.base,
        row_id=np.arange(n, dtype=np.int64),
        site_id=table.site_id,
    )
    return merged, cell


@compiled(
    several(i64s, i32s, i32s),
    r_i64s, r_i32s, r_i32s, r_f64s, r_i64s, r_i64s, r_f64s, i64, i64,
)  # fmt: skip
def _means(  # noqa: PLR0917 - a kernel takes its arrays one by one
    indptr: Int64s,
    site: Int32s,
    cost: Int32s,
    weight: Float64s,
    member: Int64s,
    bounds: Int64s,
    cap: Float64s,
    n_site: Int,
    nearest: Int,
) -> tuple[Int64s, Int32s, Int32s]:
    """Return, by cell, the mean costs of the nearest sites that half its people can use."""
    n = len(bounds) - 1
    paid, people = np.zeros(n_site, np.float64), np.zeros(n_site, np.float64)
    touched = np.empty(n_site, np.int64)
    to_bounds = np.zeros(n + 1, np.int64)
    to_site, to_cost = np.empty(n * nearest, np.int32), np.empty(n * nearest, np.int32)
    for c in range(n):
        n_touched, all_people = 0, 0.0
        for at in range(bounds[c], bounds[c + 1]):
            i = member[at]
            w = weight[i]
            all_people += w
            for k in range(indptr[i], indptr[i + 1]):
                j = site[k]
                if people[j] == 0.0:
                    touched[n_touched] = j
                    n_touched += 1
                people[j] += w
                paid[j] += w * cost[k]
        keys = np.empty(n_touched, np.int64)
        n_kept = 0
        for at in range(n_touched):
            j = touched[at]
            mean = np.int64(np.rint(paid[j] / people[j]))
            if people[j] >= 0.5 * all_people and mean < cap[c]:
                keys[n_kept] = (mean << 31) | j
                n_kept += 1
            people[j], paid[j] = 0.0, 0.0
        kept = np.sort(keys[:n_kept])
        at = to_bounds[c]
        for q in range(min(n_kept, nearest)):
            to_site[at] = kept[q] & 0x7FFFFFFF
            to_cost[at] = kept[q] >> 31
            at += 1
        to_bounds[c + 1] = at
    return to_bounds, to_site[: to_bounds[n]].copy(), to_cost[: to_bounds[n]].copy()
