"""Prove that no few sites cover everyone: duals of the cover, then whole numbers by HiGHS."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimization.center._sets import Sets
from optimization.solver import Program, Solution, solve


def cover_program(sets: Sets, *, whole: bool) -> Program:
    """Return ``min sum_j size_j y_j`` with one site at least a row.

    With `whole`, ``y`` is whole and the sum may not exceed the room, so that a program without
    solution proves that no plan covers every row.
    """
    m = len(sets.size)
    used = np.zeros(m)
    used[sets.site] = 1.0
    return Program(
        cost=sets.size,
        lower=np.zeros(m),
        upper=used,
        integer=np.full(m, whole),
        indptr=np.append(sets.indptr, sets.indptr[-1] + m),
        indices=np.concatenate([sets.site, np.arange(m, dtype=np.int32)]),
        values=np.concatenate([np.ones(len(sets.site)), sets.size]),
        row_lower=np.append(np.ones(sets.n_row), -np.inf),
        row_upper=np.append(np.full(sets.n_row, np.inf), sets.room if whole else np.inf),
    )


def least_size(sets: Sets, *, limit_s: float) -> float:
    """Return a proven lower bound on the size of a cover, from duals of the relaxation.

    The duals are scaled until no site is paid more than its size, so that the bound holds whatever
    the solver's tolerances; -inf when the solver had no answer in time.
    """
    found = solve(cover_program(sets, whole=False), limit_s=limit_s)
    if found.outcome != "optimal":
        return -np.inf
    dual = np.maximum(found.row_dual[: sets.n_row], 0.0)
    paid = np.bincount(sets.site, dual[sets.rows], minlength=len(sets.size))
    over = float(np.max(paid / np.maximum(sets.size, 1e-12), initial=1.0))
    return float(dual.sum()) / over


def whole_cover(sets: Sets, *, limit_s: float, seed: int) -> tuple[NDArray[np.bool_] | None, bool]:
    """Return a cover within the room, if one was found, and whether the question is settled."""
    found: Solution = solve(cover_program(sets, whole=True), limit_s=limit_s, seed=seed)
    if found.outcome == "infeasible":
        return None, True
    if len(found.x):
        return np.rint(found.x) == 1.0, True
    return None, False
