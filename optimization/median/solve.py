"""The cheapest plan for a table of costs, with a proven bound: the engine behind `median`.

Greedy and interchange give a plan, Lagrangian prices a bound; sites that the two decide are fixed;
what is left goes to our own branch-and-bound and, when it is small, to HiGHS, whichever proves it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimization.median._branch import cutoff
from optimization.median._interchange import interchange
from optimization.median._large import close_in, round_off, side_by_side
from optimization.median._run import FEW_KICKS, Progress, done, in_time, is_huge, is_large, started
from optimization.median._settle import Proof, prove, raise_bound
from optimization.median._table import Table


@dataclass(frozen=True, slots=True)
class Answer:
    """The best plan found and what is known about it."""

    plan: NDArray[np.bool_]
    """(n_site,) of the table."""
    cost: float
    bound: float
    """No plan costs less."""
    proof: Proof
    """What closed the gap: Lagrangian prices and fixing, our tree, HiGHS, or nothing did."""
    nodes: int
    """Of our tree."""
    work: int
    """Pairs looked at."""
    stopped_by_time: bool


def least_cost(
    table: Table,
    *,
    gap: float = 0.0,
    limit_s: float = 60.0,
    seed: int = 0,
    start: NDArray[np.bool_] | None = None,
    progress: Progress | None = None,
) -> Answer:
    """Find the cheapest plan and prove how good it is.

    Parameters
    ----------
    table
        The costs; built by `table`, or by `dense_table` for a matrix.
    gap
        Relative gap to be content with.
    limit_s
        Ceiling in seconds; the work is bounded by counts before.
    seed
        For HiGHS.
    start : (n_site,)
        A plan to begin from, within the room.
    progress
        Told the share of the work that is done, as far as it can be foreseen.

    Examples
    --------
    >>> from optimization.median import dense_table
    >>> found = least_cost(dense_table(np.array([[0, 4, 7], [4, 0, 3], [7, 3, 0]]), p=1))
    >>> np.flatnonzero(found.plan).tolist(), found.cost, found.bound
    ([1], 7.0, 7.0)
    """
    began = time.perf_counter()

    def left_s() -> float:
        return limit_s - (time.perf_counter() - began)

    tell = progress or (lambda _: None)
    if is_huge(table):
        run = side_by_side(table, start, gap=gap, seed=seed, left_s=left_s, tell=tell)
    else:
        run = started(table, start)
        if is_large(table):
            close_in(run, table, gap=gap, left_s=left_s)
            round_off(run, table, seed=seed)
        tell(0.2)
        raise_bound(run, table, gap=gap, left_s=left_s)
        tell(0.5)
    if not done(run, table, gap) and not is_large(table) and in_time(run, left_s):
        run.plan, run.cost = interchange(table, run.plan, kicks=FEW_KICKS, seed=seed)
    proof: Proof = "bound"
    nodes = 0
    if not done(run, table, gap):
        proof, nodes = prove(run, table, gap=gap, seed=seed, left_s=left_s)
    tell(1.0)
    bound = run.cost if run.bound > cutoff(run.cost, whole=table.whole) else run.bound
    return Answer(run.plan, run.cost, bound, proof, nodes, run.work, run.cut)
