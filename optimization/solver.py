"""Solve a linear or mixed-integer program given as arrays; the only importer of highspy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import highspy
import numpy as np
from numpy.typing import NDArray

Outcome = Literal["optimal", "stopped", "infeasible", "unbounded"]

_OUTCOMES: Final[dict[highspy.HighsModelStatus, Outcome]] = {
    highspy.HighsModelStatus.kOptimal: "optimal",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
    highspy.HighsModelStatus.kUnboundedOrInfeasible: "infeasible",
}


@dataclass(frozen=True, slots=True)
class Program:
    """Minimise or maximise ``cost @ x`` with ``row_lower <= A x <= row_upper``; A by rows."""

    cost: NDArray[np.float64]
    """(n_col,)"""
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integer: NDArray[np.bool_]
    """(n_col,) whether the variable is whole."""
    indptr: NDArray[np.int64]
    """(n_row + 1,)"""
    indices: NDArray[np.int32]
    values: NDArray[np.float64]
    row_lower: NDArray[np.float64]
    """(n_row,) -inf = none."""
    row_upper: NDArray[np.float64]
    maximise: bool = False


@dataclass(frozen=True, slots=True)
class Solution:
    """What the solver found; ``optimal`` only when it proved it with a gap of 0."""

    outcome: Outcome
    x: NDArray[np.float64]
    """(n_col,) best found; empty when there is none."""
    objective: float
    bound: float
    row_dual: NDArray[np.float64]
    """(n_row,) of a linear program; empty else."""
    nodes: int = 0
    """Of the tree that were opened."""
    by_time: bool = False
    """Whether the time limit cut it short."""


def solve(
    program: Program,
    *,
    limit_s: float = 60.0,
    start: NDArray[np.float64] | None = None,
    gap: float = 0.0,
    seed: int = 0,
    threads: int = 1,
    method: Literal["choose", "simplex", "ipm", "pdlp"] = "choose",
    nodes: int | None = None,
    absolute_gap: float = 1e-9,
) -> Solution:
    """Solve a program.

    Parameters
    ----------
    program
        The arrays.
    limit_s
        Seconds; at the limit the outcome is ``stopped``, never ``optimal``.
    start
        (n_col,) a plan to begin from.
    gap
        Relative gap at which to stop; an answer within it is ``stopped`` unless its bound meets.
    seed, threads
        One thread and one seed give one answer.
    method
        For linear programs.
    nodes
        Most nodes of the tree to open; a ceiling that gives the same answer on every machine.
    absolute_gap
        Distance between bound and objective at which to stop: 0.999 where objectives are whole.
    """
    whole = bool(program.integer.any())
    highs = highspy.Highs()  # type: ignore[no-untyped-call]
    highs.silent()
    for option, value in {
        "time_limit": float(limit_s),
        "random_seed": int(seed),
        "threads": int(threads),
        "mip_rel_gap": float(gap),
        "mip_abs_gap": float(absolute_gap),
        "mip_max_nodes": highspy.kHighsIInf if nodes is None else int(nodes),
        "solver": method,
    }.items():
        highs.setOptionValue(option, value)
    sense = highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize
    highs.passModel(
        len(program.cost),
        len(program.row_lower),
        len(program.indices),
        int(highspy.MatrixFormat.kRowwise),
        int(sense),
        0.0,
        program.cost.astype(np.float64),
        program.lower.astype(np.float64),
        program.upper.astype(np.float64),
        program.row_lower.astype(np.float64),
        program.row_upper.astype(np.float64),
        program.indptr[:-1].astype(np.int32),
        program.indices.astype(np.int32),
        program.values.astype(np.float64),
        program.integer.astype(np.int32),
    )
    if start is not None and whole:
        guess = highspy.HighsSolution()
        guess.col_value = start.tolist()
        highs.setSolution(guess)
    highs.run()
    return _solution(highs, whole=whole)


def _solution(highs: highspy.Highs, *, whole: bool) -> Solution:
    outcome = _OUTCOMES.get(highs.getModelStatus(), "stopped")
    info, found = highs.getInfo(), highs.getSolution()
    has_x = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    x = np.array(found.col_value) if has_x else np.empty(0)
    objective = float(info.objective_function_value) if has_x else float("nan")
    if whole:
        bound = float(info.mip_dual_bound)
    else:
        bound = objective if outcome == "optimal" else float("nan")
    if outcome == "optimal" and whole and abs(bound - objective) > 1e-6 * max(1.0, abs(bound)):
        outcome = "stopped"
    duals = not whole and outcome == "optimal"
    return Solution(
        outcome=outcome,
        x=x,
        objective=objective,
        bound=bound,
        row_dual=np.array(found.row_dual) if duals else np.empty(0),
        nodes=int(info.mip_node_count) if whole else 0,
        by_time=highs.getModelStatus() == highspy.HighsModelStatus.kTimeLimit,
    )
