"""What is left of a question of covering everything once the obvious is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.covering._merge import count_open, dominated, implied, merge_rows
from optimization.covering.sets import CoverSets, arrange

_WORK: Final = 5e8
"""Pairs of pairs that one search for needless rows or columns may visit."""
_TURNS: Final = 12
_NO_MS: Final = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class Thin:
    """Rows and columns that still matter, and the columns that have to be open."""

    sets: CoverSets
    cost: NDArray[np.float64]
    """(n_column,)"""
    column: NDArray[np.int64]
    """(n_column,) number of each column in the sets it was made from."""
    opened: NDArray[np.bool_]
    """(n_column before,) must be open: given, free of cost, or the only one to cover a row."""


def thin_out(
    sets: CoverSets,
    cost: NDArray[np.float64],
    *,
    required: NDArray[np.bool_],
    fixed: NDArray[np.bool_],
    barred: NDArray[np.bool_],
) -> Thin:
    """Open what must be open, drop rows and columns that another one makes needless; repeat.

    A row is needless when another row has a part of its columns: covering that one covers it. A
    column is needless when another one covers its rows at no more cost.

    Parameters
    ----------
    sets, cost
        All rows and columns, and what columns cost.
    required
        (n_row,) rows to be covered; each has a column that is not barred.
    fixed, barred
        (n_column,) open or closed for good.
    """
    opened = fixed | ((cost <= 0) & ~barred)
    bare = required & (count_open(sets.indptr, sets.indices, opened) == 0)
    left, column = _left(sets, ~opened & ~barred, bare)
    for _ in range(_TURNS):
        before = (left.n_row, left.n_column)
        single = np.zeros(left.n_column, dtype=np.bool_)
        single[left.indices[left.indptr[:-1][np.diff(left.indptr) == 1]]] = True
        opened[column[single]] = True
        bare = count_open(left.indptr, left.indices, single) == 0
        left, kept = _left(left, ~single, bare)
        column = column[kept]
        if _affordable(left.indptr):
            needless = dominated(
                left.indptr, left.indices, left.column_indptr, left.column_rows, cost[column]
            )
            left, kept = _left(left, ~needless, np.ones(left.n_row, dtype=np.bool_))
            column = column[kept]
        if _affordable(left.column_indptr):
            spare = implied(left.indptr, left.indices, left.column_indptr, left.column_rows)
            left, kept = _left(left, np.ones(left.n_column, dtype=np.bool_), ~spare)
            column = column[kept]
        if (left.n_row, left.n_column) == before:
            break
    return Thin(left, cost[column], column, opened)


def _affordable(indptr: NDArray[np.int64]) -> bool:
    return float((np.diff(indptr).astype(np.float64) ** 2).sum()) <= _WORK


def _left(
    sets: CoverSets, free: NDArray[np.bool_], bare: NDArray[np.bool_]
) -> tuple[CoverSets, NDArray[np.int64]]:
    """Return bare rows by free columns, equal rows merged, and the number each column had."""
    kept = np.flatnonzero(free)
    column = np.full(len(free), -1, dtype=np.int32)
    column[kept] = np.arange(len(kept), dtype=np.int32)
    _, indptr, indices = merge_rows(sets.indptr, sets.indices, _NO_MS, 0, column, ~bare)
    return arrange(indptr, indices, len(kept)), kept
