"""Which gates and sites to open together, and which gates are not needed with them."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import DataError
from geo.text import say
from geo.travel import Minutes, group_rows
from optimization.gate_options import Gates
from optimization.problem import Problem
from optimization.reached import Ask, Clock, Draft, asked, proven
from optimization.siting import Siting
from optimization.solver import solve

_HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class GatePlan:
    """Sites and gates to open together."""

    siting: Siting
    gates: NDArray[np.int64]
    """Positions of the gates to open."""


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class GateSiting(Siting):
    """A plan of sites that opens gates as well."""

    gates: NDArray[np.int64] = field(default_factory=_none)
    """Positions of the gates to open."""


def with_gates(problem: Problem, gates: Gates, chosen: NDArray[np.int64]) -> Problem:
    """Return the problem with the walks through some gates that are shut today."""
    chosen = chosen[gates.kind[chosen] != "assumed"]
    rows = [slice(gates.minutes.indptr[k], gates.minutes.indptr[k + 1]) for k in chosen]
    base, more = problem.minutes, gates.minutes
    counts = np.concatenate([np.diff(base.indptr), np.diff(more.indptr)[chosen]])
    both = Minutes(
        indptr=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        indices=np.concatenate([base.indices, *(more.indices[r] for r in rows)]),
        ms=np.concatenate([base.ms, *(more.ms[r] for r in rows)]),
        n_facility=base.n_facility,
    )
    owner = np.concatenate([np.arange(problem.n_demand), gates.demand[chosen]])
    return replace(problem, minutes=group_rows(both, owner, problem.n_demand))


def gate_cover(
    problem: Problem,
    gates: Gates,
    *,
    p: int | None = None,
    budget_yuan: float | None = None,
    most_gates: int | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
) -> GatePlan:
    """Open sites and gates together so that most people are covered.

    With ``g_k`` = gate ``k`` of demand ``i`` is opened and ``h_k`` = someone is reached through it,
    maximise ``sum_i w_i z_i`` subject to ``z_i <= sum_{j reaches i} y_j + sum_{k of i} h_k``,
    ``h_k <= g_k``, ``h_k <= sum_{j reaches k} y_j``, at most ``p`` new sites, at most
    ``most_gates`` gates, and the costs of both within the budget. With ``p=0`` it answers for gates
    alone, with ``most_gates=0`` for sites alone.

    Parameters
    ----------
    problem
        The problem.
    gates
        The gates; assumed ones count as open already and are not chosen.
    p, budget_yuan
        Most new sites, most yuan for sites and gates; one of them or both.
    most_gates
        Most gates to open; None = any number.
    weight, limit_min, limit_s, gap, seed
        As in `optimization.equity.max_min_cover`.

    Raises
    ------
    DataError
        Neither ``p`` nor a budget is given, or ``most_gates`` is negative.
    InfeasibleError
        The sites that must be open exceed ``p`` or the budget.
    """
    clock = Clock(limit_s)
    if most_gates is not None and most_gates < 0:
        raise DataError(
            say("开门数应为非负数。", "the number of gates must be 0 or more."),
        )
    ask = asked(problem, weight=weight, limit_min=limit_min, p=p, budget_yuan=budget_yuan)
    could = _useful(ask, gates)
    draft = Draft()
    site = draft.columns(len(ask.cells.free), integer=True)
    gate = draft.columns(len(could), integer=True)
    if np.isfinite(ask.sites_left):
        draft.row(site, 1.0, upper=ask.sites_left)
    if most_gates is not None:
        draft.row(gate, 1.0, upper=float(most_gates))
    if np.isfinite(ask.yuan_left):
        prices = np.append(ask.cost_yuan, gates.cost_yuan[could])
        unit = max(1.0, float(prices.max(initial=0.0)))
        draft.row(np.append(site, gate), prices / unit, upper=ask.yuan_left / unit)
    _cover_rows(ask, gates, could, draft, site=site, gate=gate)
    found = solve(draft.program(maximise=True), limit_s=clock.left_s, gap=gap, seed=seed)
    opened = np.zeros(len(site), dtype=bool)
    chosen = could[:0]
    if len(found.x):
        opened, chosen = found.x[site] > _HALF, could[found.x[gate] > _HALF]
    changed = asked(
        with_gates(problem, gates, chosen),
        weight=weight,
        limit_min=limit_min,
        p=p,
        budget_yuan=budget_yuan,
    )
    covered = float(ask.people[changed.cells.covered(opened)].sum())
    bound = found.bound + ask.cells.settled(ask.people)
    bound = bound if np.isfinite(bound) else float(ask.people.sum())
    paid = float(gates.cost_yuan[chosen].sum())
    siting = changed.answer(
        opened,
        model="gate_cover",
        sense="max",
        objective=covered,
        bound=proven(bound, covered, ask.people),
        unit=weight,
        clock=clock,
        seed=seed,
        asked_gap=gap,
        parameters={"most_gates": most_gates},
        measures={"gates": float(len(chosen)), "gates_yuan": paid}
        | ({"stopped_by_time": 1.0} if found.outcome == "stopped" else {}),
    )
    return GatePlan(siting=siting, gates=chosen)


def open_gates(
    problem: Problem,
    *,
    gates: Gates,
    p: int | None = None,
    budget_yuan: float | None = None,
    most_gates: int | None = None,
    weight: str = "elders",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
) -> GateSiting:
    """Return the answer of `gate_cover` as one plan, with no gate that its sites make needless.

    Parameters are those of `gate_cover`; what the gates and the new sites cost together is in
    ``measures["cost_yuan"]``.
    """
    found = gate_cover(
        problem,
        gates,
        p=p,
        budget_yuan=budget_yuan,
        most_gates=most_gates,
        weight=weight,
        limit_min=limit_min,
        limit_s=limit_s,
        gap=gap,
        seed=seed,
    )
    chosen = _needed(problem, gates, found, limit_min=limit_min)
    paid = float(gates.cost_yuan[chosen].sum())
    new = found.siting.sites[~problem.sites.existing[found.siting.sites]]
    said = {f.name: getattr(found.siting, f.name) for f in fields(Siting)}
    said["measures"] = dict(found.siting.measures) | {
        "gates": float(len(chosen)),
        "gates_yuan": paid,
        "cost_yuan": paid + float(problem.sites.cost_yuan[new].sum()),
    }
    return GateSiting(**said, gates=chosen)


def _needed(
    problem: Problem, gates: Gates, plan: GatePlan, *, limit_min: float
) -> NDArray[np.int64]:
    """Return the gates of a plan without which somebody is not covered, one a demand point."""
    open_ = np.isin(np.arange(problem.n_site), plan.siting.sites)
    near = problem.within(limit_min)
    covered = np.zeros(problem.n_demand, dtype=bool)
    covered[near.rows[open_[near.indices]]] = True
    limit = problem.limit_ms(limit_min)
    walked = gates.minutes
    kept = []
    for k in sorted(plan.gates.tolist(), key=lambda k: (gates.cost_yuan[k], k)):
        mine = slice(walked.indptr[k], walked.indptr[k + 1])
        reaches = bool((open_[walked.indices[mine]] & (walked.ms[mine] <= limit)).any())
        if reaches and not covered[gates.demand[k]]:
            covered[gates.demand[k]] = True
            kept.append(k)
    return np.array(sorted(kept), dtype=np.int64)


def _useful(ask: Ask, gates: Gates) -> NDArray[np.int64]:
    """Return the gates that may be opened and whose people no kept site covers already."""
    shut = gates.kind != "assumed"
    return np.flatnonzero(shut & (ask.cells.cell[gates.demand] != -1))


def _cover_rows(
    ask: Ask,
    gates: Gates,
    could: NDArray[np.int64],
    draft: Draft,
    *,
    site: NDArray[np.int64],
    gate: NDArray[np.int64],
) -> None:
    """Add who is covered: merged demand by cell, demand with gates one by one."""
    cells, problem = ask.cells, ask.problem
    special = np.unique(gates.demand[could])
    plain = ask.people.copy()
    plain[special] = 0.0
    hit = draft.columns(cells.n_cell, cost=cells.people(plain))
    draft.reach_rows(cells, hit, site)
    column = np.full(len(problem.sites), -1)
    column[cells.free] = site
    kept = np.isin(np.arange(len(problem.sites)), cells.kept)
    through = draft.columns(len(could))
    limit = problem.limit_ms(ask.limit_min)
    for k, h, g in zip(could, through, gate, strict=True):
        mine = slice(gates.minutes.indptr[k], gates.minutes.indptr[k + 1])
        near = gates.minutes.indices[mine][gates.minutes.ms[mine] <= limit]
        draft.row(np.array([h, g]), np.array([1.0, -1.0]), upper=0.0)
        if not kept[near].any():
            new = column[near][column[near] >= 0]
            draft.row(np.append(h, new), np.append(1.0, -np.ones(len(new))), upper=0.0)
    one = draft.columns(len(special), cost=ask.people[special])
    for i, z in zip(special, one, strict=True):
        cell = int(cells.cell[i])
        first, last = (cells.indptr[cell], cells.indptr[cell + 1]) if cell >= 0 else (0, 0)
        mine = through[gates.demand[could] == i]
        entries = np.concatenate([[z], site[cells.indices[first:last]], mine])
        draft.row(entries, np.append(1.0, -np.ones(len(entries) - 1)), upper=0.0)
