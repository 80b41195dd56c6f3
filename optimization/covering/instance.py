"""What is left to choose: rows not yet covered, columns that are free, and what they may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.covering._merge import count_open, dominated, merge_rows
from optimization.covering.sets import CoverSets, arrange, is_whole, sums

_DOMINANCE_WORK: Final = 3e8
"""Pairs of pairs that looking for needless columns may visit."""
_NO_MS: Final = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Instance:
    """Open columns within a budget so that covered rows are worth the most.

    A row is worth ``first`` once one open column covers it and ``second`` more at the second one.
    """

    sets: CoverSets
    first: NDArray[np.float64]
    """(n_row,) worth of covering each row once."""
    second: NDArray[np.float64]
    """(n_row,) further worth of covering it twice."""
    cost: NDArray[np.float64]
    """(n_column,) of opening each column: 1 when sites are counted, yuan when money is."""
    budget: float
    base: float
    """Worth that is certain already, from what is open in every plan."""
    column_site: NDArray[np.int32]
    """(n_column,) site of each column."""
    row_of: NDArray[np.int32]
    """Row of each row of the sets it was made from; -1 = settled."""
    xy: NDArray[np.float64]
    """(n_column, 2) metres."""
    whole: bool
    """Every worth is a whole number, so that a bound may be rounded down."""

    @property
    def counted(self) -> bool:
        """Whether all columns cost the same."""
        return bool(len(self.cost) == 0 or (self.cost == self.cost[0]).all())

    def worth(self, opened: NDArray[np.bool_]) -> float:
        """Return the worth of a plan, summed anew."""
        count = count_open(self.sets.indptr, self.sets.indices, opened)
        return self.base + float(self.first[count > 0].sum() + self.second[count > 1].sum())

    def rounded(self, bound: float) -> float:
        """Return a proven bound: safe against rounding errors, whole where worths are whole."""
        safe = bound + 1e-11 * abs(bound)
        return float(np.floor(safe + 1e-7)) if self.whole else safe


def instance_of(
    sets: CoverSets,
    first: NDArray[np.float64],
    second: NDArray[np.float64],
    *,
    fixed: NDArray[np.bool_],
    barred: NDArray[np.bool_],
    cost: NDArray[np.float64],
    budget: float,
    base: float = 0.0,
    sites: NDArray[np.int32],
    xy: NDArray[np.float64],
    prune: bool = True,
) -> Instance:
    """Return what is left to choose after some columns were opened or closed for good.

    Parameters
    ----------
    sets, first, second
        All rows and columns, and what rows are worth.
    fixed, barred
        (n_column,) open in every plan; open in none.
    cost, budget
        Of the free columns; what the fixed ones cost is already paid.
    base
        Worth that is certain before.
    sites, xy
        (n_column,) site and (n_column, 2) place of each column.
    prune
        Drop columns that another one makes needless.
    """
    whole = is_whole(first, second, np.array([base]))
    count = count_open(sets.indptr, sets.indices, fixed)
    base += float(first[count > 0].sum() + second[count > 1].sum())
    left_first = np.where(count == 0, first, np.where(count == 1, second, 0.0))
    left_second = np.where(count == 0, second, 0.0)
    free = ~fixed & ~barred & (cost <= budget)
    merged, indptr, indices, kept = _left(sets, free, (left_first <= 0) & (left_second <= 0))
    left = arrange(indptr, indices, len(kept))
    pairs_of_pairs = float((np.diff(indptr).astype(np.float64) ** 2).sum())
    if prune and pairs_of_pairs <= _DOMINANCE_WORK and not left_second.any():
        needless = dominated(
            left.indptr, left.indices, left.column_indptr, left.column_rows, cost[kept]
        )
        if needless.any():
            free[kept[needless]] = False
            skip = (left_first <= 0) & (left_second <= 0)
            merged, indptr, indices, kept = _left(sets, free, skip)
            left = arrange(indptr, indices, len(kept))
    near = merged >= 0
    n_row = left.n_row
    return Instance(
        sets=left,
        first=sums(merged[near], left_first[near], n_row),
        second=sums(merged[near], left_second[near], n_row),
        cost=cost[kept],
        budget=budget,
        base=base,
        column_site=sites[kept],
        row_of=merged,
        xy=np.ascontiguousarray(xy[kept]),
        whole=whole,
    )


def _left(
    sets: CoverSets, free: NDArray[np.bool_], settled: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    kept = np.flatnonzero(free)
    column = np.full(len(free), -1, dtype=np.int32)
    column[kept] = np.arange(len(kept), dtype=np.int32)
    return (*merge_rows(sets.indptr, sets.indices, _NO_MS, 0, column, settled), kept)
