"""Close every estate's shortfall of floor area with the cheapest, or the fewest, rooms."""

from __future__ import annotations

from time import perf_counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from optimization.compliance.core import core_of
from optimization.compliance.needs import Needs, plain_needs
from optimization.compliance.options import Options
from optimization.compliance.pieces import pieces
from optimization.compliance.plan import Compliance
from optimization.compliance.search import Effort, Found, reduced, search
from optimization.compliance.why import cannot, must_without_option, over_budget
from optimization.problem import Problem

_WHOLE = 1e-6


def norm_compliance(
    problem: Problem,
    *,
    needs: Needs | NDArray[np.float64],
    options: Options,
    minimise: Literal["yuan", "rooms"] = "yuan",
    budget_yuan: float | None = None,
    unmet: Literal["refuse", "report"] = "refuse",
    limit_min: float = 15.0,
    limit_s: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
) -> Compliance:
    """Close every shortfall of floor area at least cost.

    With ``z_jk`` = site ``j`` takes size ``k`` of ``a_jk`` m² at ``c_jk`` yuan, and ``x_ij`` = the
    share of the need of estate ``i`` that is met there::

        min  sum_jk c_jk z_jk
        s.t. sum_j x_ij >= 1                          every need is met
             sum_i u_ij x_ij <= sum_k a_jk z_jk       no room gives more than it has
             sum_k z_jk <= 1,  z binary,  0 <= x_ij <= sum_k z_jk

    over the pairs within ``limit_min``; ``u_ij`` is the estate's missing m², less where a small
    estate may be pooled. Estates that share by households (`Needs.shares`) get a fixed part of
    every room of their community instead of ``x``. What stands counts in the needs; an existing
    facility may be extended where it has an option.

    Towns that share no room are solved apart: small ones by an integer program, large ones by a
    Lagrangian bound (a continuous knapsack with size classes a site) and a search that opens or
    enlarges a room and closes those around it, moving people along chains of rooms.

    Parameters
    ----------
    problem
        Whom and where.
    needs
        What each estate lacks, as `Needs` or as (n_demand,) m²; see `needs_of`.
    options
        Size classes; see `size_options`.
    minimise
        Yuan, or the number of rooms that are built or extended.
    budget_yuan
        What may be spent at most.
    unmet
        ``refuse``: an estate that no room can serve makes the question infeasible. ``report``:
        close what can be closed, and say what is left in ``unmet_m2``.
    limit_min
        The circle.
    limit_s
        Ceiling on the time; small parts are else proven, large ones stop after fixed work.
    gap
        Relative gap that is good enough.
    seed
        Of the search.

    Raises
    ------
    InfeasibleError
        Estates have no room in the circle or too little; a demanded site has no size; or the
        budget is too small. The message names them, and what would help.

    References
    ----------
    Holmberg, Rönnqvist & Yuan (1999), EJOR 113; Correia & Captivo (2003), Annals of OR 122.

    Examples
    --------
    >>> from optimization.compliance.options import fitting
    >>> fitting(np.array([300.0]), 450.0, 300.0).tolist()  # a station, or the whole room
    [300.0, 450.0]
    """
    began = perf_counter()
    effort = Effort(until=began + limit_s, gap=gap, seed=seed)
    needs = needs if isinstance(needs, Needs) else plain_needs(problem, needs)
    core = core_of(problem, needs, options, limit_min=limit_min, fewest=minimise == "rooms")
    must_without_option(problem, options)
    found: list[Found] = []
    left_m2 = np.zeros(problem.n_demand)
    for piece in pieces(core):
        answer = search(piece, effort)
        if not isinstance(answer, Found):
            left_m2[piece.demand] = piece.need_m2 * (1.0 - answer)
            if unmet == "refuse":
                continue
            answer = search(reduced(piece, answer), effort)
        if isinstance(answer, Found):
            found.append(answer)
    if unmet == "refuse" and left_m2.any():
        cannot(problem, needs, options, left_m2, limit_min)
    plan = _plan(problem, found, left_m2)
    whole = bool((core.opt_cost == np.round(core.opt_cost)).all())
    bounds = [f.bound for f in found]
    if whole:
        # each part's cost is a whole number: so is what it must cost at least
        bounds = [float(np.ceil(b - _WHOLE * max(1.0, abs(b) * _WHOLE))) for b in bounds]
    cost = float(sum(f.cost for f in found))
    bound = min(float(sum(bounds)), cost)
    spent = float(plan["cost_yuan"].sum())
    if budget_yuan is not None and spent > budget_yuan + _WHOLE:
        over_budget(budget_yuan, spent, bound if minimise == "yuan" else None)
    opened = problem.sites.fixed_open | (plan["added_m2"] > 0)
    opened |= problem.sites.existing
    measures = {
        "cost_yuan": spent,
        "rooms": float((plan["added_m2"] > 0).sum()),
        "new_rooms": float(((plan["added_m2"] > 0) & ~problem.sites.existing).sum()),
        "area_m2": float(plan["added_m2"].sum()),
        "closed_m2": float(needs.need_m2.sum() - left_m2.sum()),
        "unmet_m2": float(left_m2.sum()),
        "estates_helped": float((needs.need_m2 > left_m2).sum()),
    }
    if any(f.stopped_by_time for f in found):
        measures["stopped_by_time"] = 1.0
    parts = _parts(found)
    return Compliance(
        model="norm_compliance",
        sense="min",
        sites=np.flatnonzero(opened).astype(np.int32),
        assignment=_main_site(problem, parts),
        objective=cost,
        bound=bound,
        unit=minimise,
        seconds=perf_counter() - began,
        seed=seed,
        asked_gap=gap,
        measures=measures,
        parameters={
            "limit_min": limit_min,
            "minimise": minimise,
            "budget_yuan": budget_yuan,
            "unmet": unmet,
        },
        added_m2=plan["added_m2"],
        shared_m2=plan["shared_m2"],
        cost_yuan=plan["cost_yuan"],
        unmet_m2=left_m2,
        part_demand=parts[0].astype(np.int64),
        part_site=parts[1].astype(np.int64),
        part_m2=parts[2],
        part_named=parts[3].astype(bool),
    )


def _plan(
    problem: Problem, found: list[Found], left_m2: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return what is added, shared and spent at every site."""
    del left_m2
    added, shared, cost = (np.zeros(problem.n_site) for _ in range(3))
    for one in found:
        taken = np.flatnonzero(one.option >= 0)
        at = one.core.site[taken]
        added[at] = one.core.opt_area[one.option[taken]]
        cost[at] = one.core.opt_yuan[one.option[taken]]
        if one.core.any_shared:
            # whatever no estate has as its own is the community's
            own = np.bincount(one.core.col, one.given * one.core.use_m2, minlength=one.core.m)
            shares = np.zeros(one.core.m, bool)
            shares[one.core.col[np.isfinite(one.core.part)]] = True
            rest = np.where(shares[taken], added[at] - own[taken], 0.0)
            shared[at] = np.maximum(rest, 0.0)
    return {"added_m2": added, "shared_m2": shared, "cost_yuan": cost}


def _parts(found: list[Found]) -> tuple[NDArray[np.float64], ...]:
    """Return demand, site, m² and whether it is named, of every part of a room."""
    rows: list[tuple[NDArray[np.float64], ...]] = []
    for one in found:
        core = one.core
        named = np.isnan(core.part)
        own = one.given * core.use_m2
        room = np.where(one.option >= 0, core.opt_area[one.option], 0.0)
        used = np.bincount(core.col, np.where(named, own, 0.0), minlength=core.m)
        rest = np.maximum(room - used, 0.0)
        m2 = np.where(named, own, np.nan_to_num(core.part) * rest[core.col])
        kept = m2 > _WHOLE
        rows.append(
            (
                core.demand[core.row[kept]].astype(float),
                core.site[core.col[kept]].astype(float),
                m2[kept],
                named[kept].astype(float),
            )
        )
    if not rows:
        return tuple(np.zeros(0) for _ in range(4))
    return tuple(np.concatenate([row[at] for row in rows]) for at in range(4))


def _main_site(problem: Problem, parts: tuple[NDArray[np.float64], ...]) -> NDArray[np.int32]:
    """Return (n_demand,) the site that gives each estate most; -1 where none is needed."""
    demand, site, m2 = parts[0].astype(np.int64), parts[1].astype(np.int64), parts[2]
    main = np.full(problem.n_demand, -1, np.int32)
    order = np.lexsort((-site, m2))
    main[demand[order]] = site[order]
    return main
