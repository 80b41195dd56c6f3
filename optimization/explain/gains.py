"""Why here: whom each site gains, what would do in its place, what would change the choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.travel.minutes import MS_A_MINUTE
from optimization.compliance import Compliance
from optimization.explain.worth import NONE, Standing, covered_worth, ranked, standing
from optimization.problem import Problem
from optimization.reached import serve
from optimization.siting import Siting


@dataclass(frozen=True, slots=True)
class Closed:
    """What a site does for the norm on floor area."""

    estates: int
    """Estates that are given something here."""
    area_m2: float


@dataclass(frozen=True, slots=True)
class Gain:
    """What one open site of a plan does, in people of the plan's weight unless said otherwise."""

    site: int
    new: bool
    """Opened by the plan; else it stands today."""
    must: bool
    """Asked for, so that it would stand in any plan."""
    reached: float
    """Within the limit of it, whoever else reaches them."""
    unique: float
    """Of those, reached by no other open site: lost if it alone were left out."""
    marginal: float
    """Added to what stands today and to the new sites ranked before it; adds up."""
    rank: int
    """1 for the new site that adds most; 0 for what stands today."""
    gained: Mapping[str, float]
    """Nobody's before and nearest to it now: by every weight of the problem; adds up."""
    points: NDArray[np.int64]
    """Positions of those demand points, most people first."""
    swap: int
    """The site not chosen that would do best in its place; -1 = none could stand there."""
    swap_loss: float
    """Fewer people covered with it instead; below 0 it would be better."""
    cost_slack_yuan: float
    """How much dearer it may become within the budget; NaN without a budget."""
    longer_min: float
    """Its walks may become so much longer before the other site does better; NaN = any."""
    shorter_min: float
    """The other's walks would have to be so much shorter to do better; NaN = none would do."""
    closed: Closed | None = None
    """Shortfalls it closes; None unless the plan was made to close them."""


def gains(
    problem: Problem,
    plan: Siting,
    *,
    weight: str,
    limit_min: float,
    budget_yuan: float | None = None,
) -> tuple[Gain, ...]:
    """Explain every open site of a plan by the people within the limit of it.

    Swaps are one site for one other; that a plan of other sites altogether is better is ruled out
    by the plan's bound alone.

    Parameters
    ----------
    problem
        What was asked.
    plan
        The answer.
    weight
        Whose numbers explain it.
    limit_min
        Walk within which somebody counts as reached.
    budget_yuan
        What the new sites may cost together; a dearer one cannot stand in for a cheaper one.

    Returns
    -------
    tuple
        New sites by what they add, then those that stand today by position.
    """
    worth = covered_worth(problem, weight=weight, limit_min=limit_min)
    opened = mask_of(plan.sites, problem.n_site)
    now = standing(worth, opened)
    before = standing(worth, problem.sites.existing)
    new = plan.sites[~problem.sites.existing[plan.sites]]
    adds = dict(zip(new.tolist(), ranked(worth, opened & problem.sites.existing, new), strict=True))
    order = sorted(adds, key=lambda site: (-adds[site], site))
    spare = spare_yuan(problem, plan, budget_yuan)
    reached = np.bincount(worth.indices, weights=worth.people[worth.rows], minlength=problem.n_site)
    unique, nearest = now.lost_without, serve(problem, opened, limit_min)
    closed = closed_by(plan)
    found = []
    for rank, site in enumerate([*order, *(s for s in plan.sites.tolist() if s not in adds)], 1):
        points = np.flatnonzero((nearest == site) & (before.by == NONE))
        points = points[np.argsort(-worth.people[points], kind="stable")]
        other, loss = _swap(problem, now, site, spare) if site in adds else (NONE, np.nan)
        longer, shorter = _walks_to_change(problem, now, site, other, limit_min)
        found.append(
            Gain(
                site=site,
                new=site in adds,
                must=bool(problem.sites.must[site]),
                reached=float(reached[site]),
                unique=float(unique[site]),
                marginal=adds.get(site, 0.0),
                rank=rank if site in adds else 0,
                gained={name: float(w[points].sum()) for name, w in problem.weights.items()},
                points=points,
                swap=other,
                swap_loss=loss,
                cost_slack_yuan=spare if site in adds else np.nan,
                longer_min=longer,
                shorter_min=shorter,
                closed=closed.get(site),
            )
        )
    return tuple(found)


def closed_by(plan: Siting) -> dict[int, Closed]:
    """Return by site what shortfalls it closes; nothing unless the plan was made for that."""
    if not isinstance(plan, Compliance):
        return {}
    found = {}
    for site in np.unique(plan.part_site).tolist():
        own = plan.part_site == site
        estates = len(np.unique(plan.part_demand[own]))
        found[site] = Closed(estates, float(plan.part_m2[own].sum()))
    return found


def mask_of(sites: NDArray[np.int32], n_site: int) -> NDArray[np.bool_]:
    """Return (n_site,) whether each is among some sites."""
    mask = np.zeros(n_site, bool)
    mask[sites] = True
    return mask


def spare_yuan(problem: Problem, plan: Siting, budget_yuan: float | None) -> float:
    """Return what a plan leaves of its budget; NaN without one."""
    if budget_yuan is None:
        return float("nan")
    new = plan.sites[~problem.sites.existing[plan.sites]]
    return budget_yuan - float(problem.sites.cost_yuan[new].sum())


def could_replace(
    problem: Problem, opened: NDArray[np.bool_], out: int, spare: float
) -> NDArray[np.bool_]:
    """Return (n_site,) which closed sites may stand in for one: allowed, and within the budget."""
    sites = problem.sites
    allowed: NDArray[np.bool_] = ~opened & ~sites.never & ~sites.existing
    if not np.isnan(spare):
        allowed &= sites.cost_yuan <= spare + sites.cost_yuan[out]
    return allowed


def _swap(problem: Problem, now: Standing, site: int, spare: float) -> tuple[int, float]:
    """Return the best other site in the place of one, and how many people that loses."""
    allowed = could_replace(problem, now.open, site, spare)
    if not allowed.any():
        return NONE, float("nan")
    change = np.where(allowed, now.exchanged(site), -np.inf)
    best = int(np.argmax(change))
    return best, -float(change[best])


def _walks_to_change(
    problem: Problem, now: Standing, site: int, other: int, limit_min: float
) -> tuple[float, float]:
    """Return how much longer a site's walks may be, or shorter another's, until both are even."""
    if other == NONE:
        return float("nan"), float("nan")
    limit = problem.limit_ms(limit_min)
    rest = (now.by == NONE) | ((now.by == site) & (now.second == 0))
    kept_ms, kept = _people_by_walk(problem, now.worth.people, rest, site)
    won_ms, won = _people_by_walk(problem, now.worth.people, rest, other)
    mine = kept[np.searchsorted(kept_ms, limit, side="right")]
    others = won[np.searchsorted(won_ms, limit, side="right")]
    if others > mine:
        return 0.0, 0.0
    # As many as the other has are kept while the walk to the last of them is within the limit.
    last = int(np.searchsorted(kept, others, side="left"))
    longer = float("nan") if last == 0 else (limit - int(kept_ms[last - 1])) / MS_A_MINUTE
    first = int(np.searchsorted(won, mine, side="right"))
    shorter = float("nan") if first == len(won) else (int(won_ms[first - 1]) - limit) / MS_A_MINUTE
    return longer, shorter


def _people_by_walk(
    problem: Problem, people: NDArray[np.float64], rest: NDArray[np.bool_], site: int
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return walks to a site, ascending, and how many are within none, one, two … of them."""
    at = np.flatnonzero(problem.minutes.indices == site)
    rows = np.searchsorted(problem.minutes.indptr, at, side="right") - 1
    at, rows = at[rest[rows]], rows[rest[rows]]
    order = np.argsort(problem.minutes.ms[at], kind="stable")
    return problem.minutes.ms[at][order], np.concatenate(([0.0], np.cumsum(people[rows[order]])))
