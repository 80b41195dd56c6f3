"""From the columns of the integer program to what happens at every facility."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimization.changes.plan import ACTIONS, Changes
from optimization.changes.program import Classes, Terms, costs
from optimization.problem import Problem
from optimization.solver import Solution

Numbers = NDArray[np.float64]

TINY = 1e-6
_HALF = 0.5


def answer_of(
    problem: Problem,
    terms: Terms,
    classes: Classes,
    found: Solution,
    *,
    amount: Numbers,
    least: Numbers,
    **said: object,
) -> Changes:
    """Return the plan that a solution stands for."""
    m = problem.n_site
    x = found.x.copy()
    x[: 4 * m] = np.round(x[: 4 * m])
    kept, moved, opened, received = (x[block * m : (block + 1) * m] > _HALF for block in range(4))
    share = np.clip(x[4 * m : 5 * m], 0.0, 1.0)
    flow = np.where((kept | opened | received)[classes.col], np.maximum(x[5 * m :], 0.0), 0.0)
    used = np.bincount(classes.col, flow, minlength=m)
    added = np.where(kept, share * terms.more_m2, 0.0)
    # a m² that costs nothing may be added for nobody
    wanted = np.maximum(used - terms.room, 0.0) / terms.a_m2
    added = np.where(wanted > TINY, np.minimum(added, wanted), 0.0)
    action = np.full(m, ACTIONS.index("none"), np.int64)
    for flags, word in (
        (problem.sites.existing & ~kept & ~moved, "closed"),
        (kept, "kept"),
        (kept & (added > 0), "expanded"),
        (moved, "moved"),
        (opened, "opened"),
        (received, "received"),
    ):
        action[flags] = ACTIONS.index(word)
    demand, site, part = divided(classes, flow, amount, least)
    given = np.bincount(demand, part, minlength=problem.n_demand)
    unserved = np.maximum(amount - given, 0.0)
    unserved[unserved < TINY * np.maximum(1.0, amount)] = 0.0
    rent = np.concatenate([terms.rent, np.zeros(m), terms.rent, terms.rent, np.zeros(m)])
    gone = problem.sites.existing & ~kept & ~moved
    spent = (
        np.where(moved, terms.move_yuan, 0.0)
        + np.where(opened, terms.open_yuan, 0.0)
        + np.where(received, terms.receive_yuan, 0.0)
        + np.where(gone, terms.close_yuan, 0.0)
        + terms.expand_yuan_m2 * added
    )
    years_rent = float(rent @ x[: 5 * m])
    total = float(spent.sum()) + years_rent
    served = float(part.sum())
    least_cost = said["sense"] == "min"
    constant = costs(terms, 0)[1]
    bound = found.bound + (constant if least_cost else 0.0)
    objective = total if least_cost else served
    if abs(bound - objective) <= TINY * max(1.0, abs(objective)):
        bound = objective
    bound = min(bound, objective) if least_cost else max(bound, objective)
    return Changes(
        sites=np.flatnonzero(kept | opened | received).astype(np.int32),
        assignment=_main(problem.n_demand, demand, site, part),
        objective=objective,
        bound=bound,
        measures={
            "cost_yuan": float(spent.sum()),
            "rent_yuan": years_rent,
            "served": served,
            "unserved": float(unserved.sum()),
            "added_m2": float(added.sum()),
        }
        | {word: float((action == at).sum()) for at, word in enumerate(ACTIONS) if at}
        | ({"stopped_by_time": 1.0} if found.by_time else {}),
        action=action,
        added_m2=added,
        moved_to=_pairs_of_moves(problem, moved, received),
        cost_yuan=spent,
        part_demand=demand,
        part_site=site,
        part_amount=part,
        unserved=unserved,
        **said,  # type: ignore[arg-type]
    )


def divided(
    classes: Classes, flow: Numbers, amount: Numbers, least: Numbers
) -> tuple[NDArray[np.int64], NDArray[np.int64], Numbers]:
    """Divide what each class is given among its points: first what has to be, then the rest."""
    by_class = [np.flatnonzero(classes.of == c) for c in range(len(classes.amount))]
    first = np.searchsorted(classes.row, np.arange(len(by_class) + 1))
    demand, site, part = [], [], []
    for c, points in enumerate(by_class):
        due = np.concatenate([least[points], np.maximum(amount[points] - least[points], 0.0)])
        who, at = np.concatenate([points, points]), 0
        for pair in range(first[c], first[c + 1]):
            left = float(flow[pair])
            while left > TINY and at < len(due):
                moved = min(left, float(due[at]))
                if moved > TINY:
                    demand.append(int(who[at]))
                    site.append(int(classes.col[pair]))
                    part.append(moved)
                due[at] -= moved
                left -= moved
                if due[at] <= TINY:
                    at += 1
    return np.array(demand, np.int64), np.array(site, np.int64), np.array(part, float)


def _main(
    n: int, demand: NDArray[np.int64], site: NDArray[np.int64], part: Numbers
) -> NDArray[np.int32]:
    main = np.full(n, -1, np.int32)
    order = np.lexsort((-site, part))
    main[demand[order]] = site[order]
    return main


def _pairs_of_moves(
    problem: Problem, moved: NDArray[np.bool_], received: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return (n_site,) where each moved facility goes: the nearest pair first."""
    to = np.full(problem.n_site, -1, np.int64)
    away, taken = np.flatnonzero(moved), np.flatnonzero(received)
    xy = problem.sites.xy
    apart = np.hypot(*(xy[away][:, None, :] - xy[taken][None, :, :]).T).T.reshape(
        len(away), len(taken)
    )
    for _ in range(min(len(away), len(taken))):
        at = np.unravel_index(np.argmin(apart), apart.shape)
        to[away[at[0]]] = taken[at[1]]
        apart[at[0], :], apart[:, at[1]] = np.inf, np.inf
    return to
