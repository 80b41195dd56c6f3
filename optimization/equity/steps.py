"""Programs over the sites of a question that know the people or the shares of townships."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from optimization.equity.shares import Towns
from optimization.reached import Ask, Clock, Draft
from optimization.solver import Solution, solve

SAME: Final = 1e-9
"""Shares that differ by less are the same."""
_NO_COLUMN: Final = np.zeros(0, dtype=np.int64)


@dataclass(slots=True)
class Step:
    """One program over the sites of a question."""

    towns: Towns
    draft: Draft
    site: NDArray[np.int64]
    hit: NDArray[np.int64]
    share: NDArray[np.int64]
    """Columns of the shares; of the least share alone in a program of the worst."""
    apart: NDArray[np.int64]
    """Columns of the differences between two shares."""
    maximise: bool = True

    def solve(
        self, opened: NDArray[np.bool_] | None, *, clock: Clock, gap: float, seed: int
    ) -> Solution:
        """Solve it, beginning from a plan where there is one."""
        program = self.draft.program(maximise=self.maximise)
        start = None
        if opened is not None:
            start = np.zeros(len(program.cost))
            start[self.site] = opened
            start[self.hit] = self.towns.ask.cells.times(opened) > 0
            share = self.towns.share(opened)
            start[self.share] = share if len(self.share) > 1 else self.towns.worst(opened)
            if len(self.apart):
                one, other = np.triu_indices(len(share), 1)
                start[self.apart] = np.abs(share[one] - share[other])
        return solve(program, limit_s=clock.left_s, gap=gap, seed=seed, start=start)

    def opened(self, found: Solution) -> NDArray[np.bool_] | None:
        """Return (n_free,) the sites of a solution; None without one."""
        return found.x[self.site] > 0.5 if len(found.x) else None  # noqa: PLR2004


def begun(ask: Ask, towns: Towns, cost: NDArray[np.float64] | float) -> Step:
    """Return a program of sites and cells, each cell worth ``cost``."""
    draft = Draft()
    site = ask.columns(draft)
    hit = draft.columns(ask.cells.n_cell, cost=cost)
    draft.reach_rows(ask.cells, hit, site)
    return Step(towns, draft, site, hit, _NO_COLUMN, _NO_COLUMN)
