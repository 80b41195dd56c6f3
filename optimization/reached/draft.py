"""A program while it is being written, and the rows that say who is reached by which site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from optimization.reached.cells import Reached
from optimization.solver import Program


@dataclass(slots=True)
class Draft:
    """A program while it is being written: columns first, rows over them."""

    _cost: list[NDArray[np.float64]] = field(default_factory=list)
    _lower: list[NDArray[np.float64]] = field(default_factory=list)
    _upper: list[NDArray[np.float64]] = field(default_factory=list)
    _integer: list[NDArray[np.bool_]] = field(default_factory=list)
    _counts: list[NDArray[np.int64]] = field(default_factory=list)
    _indices: list[NDArray[np.int64]] = field(default_factory=list)
    _values: list[NDArray[np.float64]] = field(default_factory=list)
    _row_lower: list[NDArray[np.float64]] = field(default_factory=list)
    _row_upper: list[NDArray[np.float64]] = field(default_factory=list)
    _n_column: int = 0

    def columns(
        self,
        count: int,
        *,
        cost: NDArray[np.float64] | float = 0.0,
        lower: NDArray[np.float64] | float = 0.0,
        upper: NDArray[np.float64] | float = 1.0,
        integer: bool = False,
    ) -> NDArray[np.int64]:
        """Add variables and return their numbers."""
        for kept, value in (
            (self._cost, cost),
            (self._lower, lower),
            (self._upper, upper),
        ):
            kept.append(np.broadcast_to(np.asarray(value, dtype=np.float64), (count,)))
        self._integer.append(np.full(count, integer))
        self._n_column += count
        return np.arange(self._n_column - count, self._n_column)

    def charge(self, columns: NDArray[np.int64], cost: NDArray[np.float64] | float) -> None:
        """Set the cost of variables."""
        joined = _joined(self._cost)
        joined[columns] = cost
        self._cost = [joined]

    def row(
        self,
        indices: NDArray[np.int64],
        values: NDArray[np.float64] | float,
        *,
        lower: float = -np.inf,
        upper: float = np.inf,
    ) -> None:
        """Add one row ``lower <= values @ x[indices] <= upper``."""
        self.rows(np.array([len(indices)]), indices, values, lower=lower, upper=upper)

    def rows(
        self,
        counts: NDArray[np.int64],
        indices: NDArray[np.int64],
        values: NDArray[np.float64] | float,
        *,
        lower: NDArray[np.float64] | float = -np.inf,
        upper: NDArray[np.float64] | float = np.inf,
    ) -> None:
        """Add many rows, ``counts`` entries each."""
        self._counts.append(np.asarray(counts, dtype=np.int64))
        self._indices.append(indices)
        self._values.append(np.broadcast_to(np.asarray(values, np.float64), (len(indices),)))
        for kept, value in ((self._row_lower, lower), (self._row_upper, upper)):
            kept.append(np.broadcast_to(np.asarray(value, dtype=np.float64), (len(counts),)))

    def reach_rows(self, cells: Reached, hit: NDArray[np.int64], site: NDArray[np.int64]) -> None:
        """Add ``hit[c] <= sum of the sites that reach c`` for every cell."""
        counts = np.diff(cells.indptr)
        indices, values = _beside(cells, hit, site)
        self.rows(counts + 1, indices, values, upper=0.0)

    def honest_rows(self, cells: Reached, hit: NDArray[np.int64], site: NDArray[np.int64]) -> None:
        """Add ``site[j] <= hit[c]`` for every pair: whoever is reached is counted as reached."""
        pairs = np.column_stack([site[cells.indices], hit[cells.rows]]).reshape(-1)
        self.rows(
            np.full(len(cells.indices), 2),
            pairs,
            np.tile([1.0, -1.0], len(cells.indices)),
            upper=0.0,
        )

    def program(self, *, maximise: bool) -> Program:
        """Return the program as it stands."""
        counts = np.concatenate([np.zeros(1, dtype=np.int64), *self._counts])
        return Program(
            cost=_joined(self._cost),
            lower=_joined(self._lower),
            upper=_joined(self._upper),
            integer=np.concatenate([np.zeros(0, dtype=np.bool_), *self._integer]),
            indptr=np.cumsum(counts),
            indices=np.concatenate([np.zeros(0, np.int64), *self._indices]).astype(np.int32),
            values=_joined(self._values),
            row_lower=_joined(self._row_lower),
            row_upper=_joined(self._row_upper),
            maximise=maximise,
        )


def _beside(
    cells: Reached, hit: NDArray[np.int64], site: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the entries of `Draft.reach_rows`: the cell's own, then those of its sites."""
    length = len(cells.indices) + cells.n_cell
    own = cells.indptr[:-1] + np.arange(cells.n_cell)
    indices, values = np.empty(length, dtype=np.int64), np.full(length, -1.0)
    is_own = np.zeros(length, dtype=bool)
    is_own[own] = True
    indices[own], values[own] = hit, 1.0
    indices[~is_own] = site[cells.indices]
    return indices, values


def _joined(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(0), *parts])
