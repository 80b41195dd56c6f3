"""Who is reached by which open sites: demand reached alike taken together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimization.problem import Problem, Sites


@dataclass(frozen=True, slots=True)
class Reached:
    """Demand by the sites that reach it; sites that stand in every plan are settled beforehand."""

    indptr: NDArray[np.int64]
    """(n_cell + 1,) a cell is demand of one township that the same free sites reach."""
    indices: NDArray[np.int32]
    """(n_pair,) free sites of each cell, as positions in `free`."""
    area: NDArray[np.int32]
    """(n_cell,) township of each cell, -1 = none."""
    cell: NDArray[np.int64]
    """(n_demand,) cell of each demand point; -1 = reached by a kept site, -2 = by none at all."""
    free: NDArray[np.int64]
    """(n_free,) positions of the sites that a plan may open or leave."""
    kept: NDArray[np.int64]
    """Positions of the sites that are open in every plan."""

    @property
    def n_cell(self) -> int:
        """Number of cells."""
        return len(self.indptr) - 1

    @property
    def rows(self) -> NDArray[np.int64]:
        """(n_pair,) cell of each pair."""
        return np.repeat(np.arange(self.n_cell), np.diff(self.indptr))

    def people(self, weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (n_cell,) people of each cell."""
        mine = self.cell >= 0
        return np.bincount(self.cell[mine], weight[mine], minlength=self.n_cell).astype(np.float64)

    def settled(self, weight: NDArray[np.float64]) -> float:
        """Return the people whom the kept sites reach."""
        return float(weight[self.cell == -1].sum())

    def times(self, opened: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return (n_cell,) by how many of the opened free sites, (n_free,), it is reached."""
        return np.bincount(self.rows[opened[self.indices]], minlength=self.n_cell)

    def covered(self, opened: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return (n_demand,) whether the kept and the opened sites reach a demand point."""
        hit = np.append(self.times(opened) > 0, [False, True])
        return hit[self.cell]


def always_open(sites: Sites) -> NDArray[np.bool_]:
    """Return the sites that stay or must be: nothing that stands is closed unless it is forbidden.

    Closing saves nothing that these models count, so a closable site stays open as well.
    """
    return sites.fixed_open | (sites.existing & ~sites.never)


def standing(sites: Sites) -> NDArray[np.bool_]:
    """Return the existing sites that stay: what must be built is not there yet."""
    return always_open(sites) & sites.existing


def reached(
    problem: Problem, limit_min: float, *, kept: NDArray[np.bool_] | None = None
) -> Reached:
    """Merge the demand of a problem by township and by the free sites within the limit.

    Parameters
    ----------
    problem
        The problem.
    limit_min
        A site reaches demand within these minutes.
    kept : (n_site,)
        Sites that are open in every plan; by default `always_open`.
    """
    sites = problem.sites
    kept = always_open(sites) if kept is None else kept
    is_free = ~kept & ~sites.never
    within = problem.within(limit_min)
    rows = within.rows
    by_kept = np.bincount(rows[kept[within.indices]], minlength=problem.n_demand) > 0
    use = is_free[within.indices] & ~by_kept[rows]
    rows, columns = rows[use], within.indices[use]
    key = np.random.default_rng(0).integers(2**63, size=(len(sites), 2), dtype=np.uint64)
    marks = np.zeros((problem.n_demand, 2), dtype=np.uint64)
    np.add.at(marks, rows, key[columns])
    some = np.flatnonzero(np.bincount(rows, minlength=problem.n_demand))
    alike = np.column_stack([marks[some], problem.area[some].astype(np.int64).view(np.uint64)])
    _, first, inverse = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.ravel()  # numpy 2.0 gives it two dimensions
    order = np.argsort(first, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    cell = np.where(by_kept, -1, -2).astype(np.int64)
    cell[some] = place[inverse.reshape(-1)]
    chosen = some[first[order]]
    is_chosen = np.zeros(problem.n_demand, dtype=bool)
    is_chosen[chosen] = True
    position = np.cumsum(is_free) - 1
    pairs = is_chosen[rows]
    counts = np.bincount(rows[pairs], minlength=problem.n_demand)[chosen]
    return Reached(
        indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        indices=position[columns[pairs]].astype(np.int32),
        area=problem.area[chosen],
        cell=cell,
        free=np.flatnonzero(is_free),
        kept=np.flatnonzero(kept),
    )


def serve(problem: Problem, opened: NDArray[np.bool_], limit_min: float) -> NDArray[np.int32]:
    """Return (n_demand,) the nearest open site within the limit, -1 = none; ties to the first."""
    within = problem.within(limit_min)
    rows = within.rows
    use = opened[within.indices]
    rows, columns, ms = rows[use], within.indices[use], within.ms[use]
    order = np.lexsort((columns, ms, rows))
    demand, first = np.unique(rows[order], return_index=True)
    nearest = np.full(problem.n_demand, -1, dtype=np.int32)
    nearest[demand] = columns[order][first]
    return nearest
