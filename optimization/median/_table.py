"""The costs of a median problem as arrays: sorted rows of what may be opened, and a cap a row."""

# A kernel takes its arrays one by one, in the order that they are read.
# ruff: noqa: PLR0917

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from geo.network.compiled import (
    Float64s,
    Int,
    Int32s,
    Int64s,
    compiled,
    f64,
    f64s,
    i32s,
    i64,
    i64s,
    r_f64s,
    r_i32s,
    r_i64s,
    several,
)

_SITE_BITS: Final = 31
_SITE_MASK: Final = (1 << _SITE_BITS) - 1
_OPEN: Final = -2
"""Number of a site that is open in every plan; -1 = of one that is in none."""
_WIDE_PAIRS: Final = 5_000_000
"""Sorting fewer pairs than this on several cores costs more than it saves."""


@dataclass(frozen=True)
class Table:
    """Least of ``base + sum_i weight_i * min(cap_i, min_{j open} cost_ij)`` within a knapsack.

    ``sum_{j open} size_j <= room``. Sites that are open in every plan are already in the caps;
    sites that may not be opened are absent.
    """

    indptr: NDArray[np.int64]
    """(n_row + 1,)"""
    site: NDArray[np.int32]
    """(n_pair,) column; within a row by ascending cost, equal costs by ascending column."""
    cost: NDArray[np.int32]
    """(n_pair,) per unit of weight, below the cap of the row."""
    weight: NDArray[np.float64]
    """(n_row,) positive."""
    cap: NDArray[np.float64]
    """(n_row,) cost of a unit when none of the row's sites is open; finite."""
    size: NDArray[np.float64]
    """(n_site,) positive."""
    room: float
    base: float
    """Cost of the rows that no choice can change."""
    row_id: NDArray[np.int64]
    """(n_row,) row of the problem this row came from."""
    site_id: NDArray[np.int32]
    """(n_site,) column of the problem."""

    @property
    def n_row(self) -> int:
        """Number of rows a choice can change."""
        return len(self.weight)

    @property
    def n_site(self) -> int:
        """Number of sites that may be opened."""
        return len(self.size)

    @property
    def whole(self) -> bool:
        """Whether every plan costs a whole number, so that a bound may be rounded up."""
        return bool(
            self.base == np.floor(self.base)
            and (self.weight == np.floor(self.weight)).all()
            and (self.cap == np.floor(self.cap)).all()
        )

    @cached_property
    def columns(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
        """The pairs by site: bounds (n_site + 1,), rows and costs (n_pair,), rows ascending."""
        return _by_site(self.indptr, self.site, self.cost, self.n_site)

    def site_id_in(self, root: Table) -> NDArray[np.int64]:
        """Return (n_site,) the column of each site in the table this one was restricted from."""
        return np.searchsorted(root.site_id, self.site_id)

    def restricted(
        self, opened: NDArray[np.bool_], kept: NDArray[np.bool_]
    ) -> tuple[Table, NDArray[np.int64]]:
        """Open some sites, keep the choice over others, and give up the rest.

        Parameters
        ----------
        opened, kept
            (n_site,) of this table; disjoint.

        Returns
        -------
        Table
            The problem that is left.
        (n_row,) of the new table
            The row of this table each came from.
        """
        number = np.full(self.n_site, -1, dtype=np.int32)
        number[kept] = np.arange(int(kept.sum()), dtype=np.int32)
        number[opened] = _OPEN
        indptr, site, cost, cap, rows, base = _restrict(
            self.indptr, self.site, self.cost, self.weight, self.cap, number
        )
        left = Table(
            indptr=indptr,
            site=site,
            cost=cost,
            weight=self.weight[rows],
            cap=cap,
            size=self.size[kept],
            room=self.room - float(self.size[opened].sum()),
            base=self.base + base,
            row_id=self.row_id[rows],
            site_id=self.site_id[kept],
        )
        return left, rows


def table(
    indptr: NDArray[np.int64],
    site: NDArray[np.int32],
    cost: NDArray[np.int32],
    *,
    weight: NDArray[np.float64],
    cap: NDArray[np.float64],
    size: NDArray[np.float64],
    room: float,
    opened: NDArray[np.bool_],
    kept: NDArray[np.bool_],
) -> Table:
    """Sort sparse costs into a table.

    Parameters
    ----------
    indptr, site, cost
        Costs per unit of weight in CSR form, rows in any order of columns; an absent pair costs
        the cap.
    weight : (n_row,)
        Rows of weight 0 are left out.
    cap : (n_row,)
        What a unit costs that no open site of its row serves for less.
    size : (n_site,)
        What a site takes of `room`; one of size 0 is opened at once.
    opened, kept : (n_site,)
        Open in every plan; may be opened.
    """
    free = kept & ~opened & (size <= 0)
    opened = opened | free
    kept = kept & ~opened & (size <= room)
    number = np.full(len(size), -1, dtype=np.int32)
    number[kept] = np.arange(int(kept.sum()), dtype=np.int32)
    number[opened] = _OPEN
    sort = _sort_wide if len(site) > _WIDE_PAIRS else _sort
    limits = cap.astype(np.float64)
    count, limits = _measure(indptr, site, cost, limits, number)
    base = float((weight * limits)[count == 0].sum())
    count[weight <= 0] = 0
    rows = np.flatnonzero(count > 0)
    bounds = np.concatenate(([0], np.cumsum(count[rows]))).astype(np.int64)
    to_site, to_cost = sort(indptr, site, cost, limits, number, rows, bounds)
    return Table(
        indptr=bounds,
        site=to_site,
        cost=to_cost,
        weight=weight[rows].astype(np.float64),
        cap=limits[rows],
        size=size[kept].astype(np.float64),
        room=float(room),
        base=base,
        row_id=rows,
        site_id=np.flatnonzero(kept).astype(np.int32),
    )


def dense_table(
    cost: NDArray[np.int32], *, p: int, weight: NDArray[np.float64] | None = None
) -> Table:
    """Return the table of a full matrix of whole costs, of which `p` columns are to be opened.

    Parameters
    ----------
    cost : (n_row, n_site)
        Per unit of weight, 0 or more.
    p
        Most sites to open, 1 or more.
    weight : (n_row,)
        1 each unless told.
    """
    n, m = cost.shape
    return table(
        np.arange(0, n * m + 1, m, dtype=np.int64),
        np.tile(np.arange(m, dtype=np.int32), n),
        np.ascontiguousarray(cost, dtype=np.int32).ravel(),
        weight=np.ones(n) if weight is None else weight,
        cap=np.full(n, float(cost.max(initial=0)) + 1.0),
        size=np.ones(m),
        room=float(p),
        opened=np.zeros(m, dtype=bool),
        kept=np.ones(m, dtype=bool),
    )


@compiled(several(i64s, f64s), r_i64s, r_i32s, r_i32s, r_f64s, r_i32s)
def _measure(
    indptr: Int64s, site: Int32s, cost: Int32s, cap: Float64s, number: Int32s
) -> tuple[Int64s, Float64s]:
    """Lower the caps to what is open already and count the pairs below them."""
    n = len(indptr) - 1
    count = np.zeros(n, np.int64)
    limits = cap.copy()
    for i in range(n):
        for k in range(indptr[i], indptr[i + 1]):
            if number[site[k]] == _OPEN and cost[k] < limits[i]:
                limits[i] = cost[k]
        for k in range(indptr[i], indptr[i + 1]):
            count[i] += number[site[k]] >= 0 and cost[k] < limits[i]
    return count, limits


def _sorted_rows(
    indptr: Int64s,
    site: Int32s,
    cost: Int32s,
    cap: Float64s,
    number: Int32s,
    rows: Int64s,
    bounds: Int64s,
) -> tuple[Int32s, Int32s]:
    """Keep the pairs that matter, each row by cost and then by column."""
    to_site = np.empty(bounds[-1], np.int32)
    to_cost = np.empty(bounds[-1], np.int32)
    for r in prange(len(rows)):
        i = rows[r]
        keys = np.empty(bounds[r + 1] - bounds[r], np.int64)
        at = 0
        for k in range(indptr[i], indptr[i + 1]):
            j = number[site[k]]
            if j >= 0 and cost[k] < cap[i]:
                keys[at] = (np.int64(cost[k]) << _SITE_BITS) | np.int64(j)
                at += 1
        keys.sort()
        for k in range(at):
            to_site[bounds[r] + k] = keys[k] & _SITE_MASK
            to_cost[bounds[r] + k] = keys[k] >> _SITE_BITS
    return to_site, to_cost


_SORT = several(i32s, i32s)(r_i64s, r_i32s, r_i32s, r_f64s, r_i32s, r_i64s, r_i64s)
_sort = njit(_SORT, cache=True, nogil=True)(_sorted_rows)
_sort_wide = njit(_SORT, cache=True, nogil=True, parallel=True)(_sorted_rows)


@compiled(several(i64s, i32s, i32s), r_i64s, r_i32s, r_i32s, i64)
def _by_site(
    indptr: Int64s, site: Int32s, cost: Int32s, n_site: Int
) -> tuple[Int64s, Int32s, Int32s]:
    """Turn rows into columns, rows ascending in each."""
    bounds = np.zeros(n_site + 1, np.int64)
    for j in site:
        bounds[j + 1] += 1
    for j in range(n_site):
        bounds[j + 1] += bounds[j]
    at = bounds[:-1].copy()
    row = np.empty(len(site), np.int32)
    paid = np.empty(len(site), np.int32)
    for i in range(len(indptr) - 1):
        for k in range(indptr[i], indptr[i + 1]):
            j = site[k]
            row[at[j]] = i
            paid[at[j]] = cost[k]
            at[j] += 1
    return bounds, row, paid


@compiled(
    several(i64s, i32s, i32s, f64s, i64s, f64), r_i64s, r_i32s, r_i32s, r_f64s, r_f64s, r_i32s
)
def _restrict(
    indptr: Int64s, site: Int32s, cost: Int32s, weight: Float64s, cap: Float64s, number: Int32s
) -> tuple[Int64s, Int32s, Int32s, Float64s, Int64s, float]:
    """Keep the pairs of sites that are still free and nearer than the nearest open one."""
    n = len(weight)
    to_site = np.empty(len(site), np.int32)
    to_cost = np.empty(len(site), np.int32)
    bounds = np.zeros(n + 1, np.int64)
    caps = np.empty(n, np.float64)
    rows = np.empty(n, np.int64)
    base, kept, at = 0.0, 0, 0
    for i in range(n):
        limit = cap[i]
        start = at
        for k in range(indptr[i], indptr[i + 1]):
            j = number[site[k]]
            if j == _OPEN:
                limit = cost[k]
                break
            if j >= 0:
                to_site[at] = j
                to_cost[at] = cost[k]
                at += 1
        while at > start and to_cost[at - 1] >= limit:
            at -= 1
        if at == start:
            base += weight[i] * limit
        else:
            rows[kept] = i
            caps[kept] = limit
            kept += 1
            bounds[kept] = at
    return (
        bounds[: kept + 1].copy(),
        to_site[:at].copy(),
        to_cost[:at].copy(),
        caps[:kept].copy(),
        rows[:kept].copy(),
        base,
    )
