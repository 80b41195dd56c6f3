"""Why not here: what forcing a place into the plan would cost, or which rule keeps it out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from geo.travel.minutes import MS_A_MINUTE
from optimization.explain.gains import could_replace, mask_of, spare_yuan
from optimization.explain.worth import NONE, Worth, covered_worth, standing
from optimization.problem import Problem
from optimization.reached import serve
from optimization.siting import Siting

Reason = Literal["open", "never", "dear", "nobody", "served", "weaker"]
"""``open`` it is in the plan; ``never`` a rule forbids it; ``dear`` it alone costs more than the
budget; ``nobody`` lives within the limit; ``served`` all who do are reached by others already;
``weaker`` others reach more."""

_NEIGHBOURS = 3
"""Sites named among those who serve a place's people already."""


class Solve(Protocol):
    """One model with everything that was asked of it, to be asked again of a changed problem."""

    def __call__(
        self, problem: Problem, *, limit_min: float, seed: int, start: Siting | None = None
    ) -> Siting:
        """Return the plan of the model."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """An open site that serves some of a place's people already."""

    site: int
    people: float
    walk_min: float
    """Median walk of theirs, weighted by people."""


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why one place is not in a plan, in people of the plan's weight unless said otherwise."""

    site: int
    reason: Reason
    reached: float
    """Within the limit of it."""
    added: float
    """Of those, reached by no open site of the plan."""
    neighbours: tuple[Neighbour, ...]
    """Who serves the others, most people first."""
    gives_way: int
    """The chosen site it would best replace; -1 = it could be added, or replaces none."""
    exchange_loss: float
    """Fewer people covered after that exchange; NaN when none is possible."""
    forced: Siting | None = None
    """The model's plan with this place demanded; None when it was not solved again."""
    loss: float = float("nan")
    """Objective of the plan less that of the forced one, positive when the forced one is worse."""
    loss_at_least: float = float("nan")
    """Proven: any plan with this place is at least so much worse than the plan."""


def why_not(
    problem: Problem,
    plan: Siting,
    places: NDArray[np.int32],
    *,
    weight: str,
    limit_min: float,
    budget_yuan: float | None = None,
    fixed_count: bool = True,
) -> tuple[WhyNot, ...]:
    """Say of each place why it is not chosen, by the best exchange with one chosen site.

    Parameters
    ----------
    problem, plan
        What was asked and answered.
    places
        Positions of sites.
    weight
        Whose numbers explain it.
    limit_min
        Walk within which somebody counts as reached.
    budget_yuan
        What the new sites may cost together.
    fixed_count
        Whether the number of new sites is given, so that nothing can be added for nothing.
    """
    worth = covered_worth(problem, weight=weight, limit_min=limit_min)
    opened = mask_of(plan.sites, problem.n_site)
    now = standing(worth, opened)
    nearest = serve(problem, opened, limit_min)
    reached = np.bincount(worth.indices, weights=worth.people[worth.rows], minlength=problem.n_site)
    spare = spare_yuan(problem, plan, budget_yuan)
    leaving = [s for s in plan.sites.tolist() if problem.sites.free[s]]
    changes = np.array([now.exchanged(out)[places] for out in leaving]).reshape(
        len(leaving), len(places)
    )
    fits = np.array(
        [could_replace(problem, opened, out, spare)[places] for out in leaving], bool
    ).reshape(len(leaving), len(places))
    changes[~fits] = -np.inf
    addable = ~np.full(problem.n_site, fixed_count) & ~(problem.sites.cost_yuan > spare)
    found = []
    for at, site in enumerate(places.tolist()):
        added = float(now.gained_with[site])
        reason = _reason(
            *(problem, opened, site),
            reached=float(reached[site]),
            added=added,
            budget_yuan=budget_yuan,
        )
        gives_way, loss = NONE, np.nan
        if reason not in ("served", "weaker"):
            pass
        elif addable[site]:
            loss = -added
        elif leaving and np.isfinite(changes[:, at].max()):
            out = int(np.argmax(changes[:, at]))
            gives_way, loss = leaving[out], -float(changes[out, at])
        found.append(
            WhyNot(
                site=site,
                reason=reason,
                reached=float(reached[site]),
                added=added,
                neighbours=_neighbours(problem, worth, nearest, site),
                gives_way=gives_way,
                exchange_loss=loss,
            )
        )
    return tuple(found)


def force(
    problem: Problem, plan: Siting, answer: WhyNot, solve: Solve, *, limit_min: float
) -> WhyNot:
    """Demand a place, solve again, and say how much worse the plan becomes, with a proven bound.

    A place that a rule forbids is allowed for this once, so that the price of the rule is seen.

    Raises
    ------
    InfeasibleError
        No plan with this place keeps what was asked.
    """
    forced = solve(with_must(problem, answer.site), limit_min=limit_min, seed=plan.seed)
    sign = 1.0 if plan.sense == "max" else -1.0
    return replace(
        answer,
        forced=forced,
        loss=sign * (plan.objective - forced.objective),
        loss_at_least=sign * (plan.objective - forced.bound),
    )


def with_must(problem: Problem, site: int) -> Problem:
    """Return the problem with one more site demanded."""
    must, never = problem.sites.must.copy(), problem.sites.never.copy()
    must[site], never[site] = True, False
    return replace(problem, sites=replace(problem.sites, must=must, never=never))


def without(problem: Problem, sites: NDArray[np.int32]) -> Problem:
    """Return the problem with some sites forbidden."""
    never = problem.sites.never.copy()
    never[sites] = True
    return replace(problem, sites=replace(problem.sites, never=never))


def _reason(
    problem: Problem,
    opened: NDArray[np.bool_],
    site: int,
    *,
    reached: float,
    added: float,
    budget_yuan: float | None,
) -> Reason:
    if opened[site]:
        return "open"
    if problem.sites.never[site]:
        return "never"
    if budget_yuan is not None and problem.sites.cost_yuan[site] > budget_yuan:
        return "dear"
    if reached == 0:
        return "nobody"
    return "served" if added == 0 else "weaker"


def _neighbours(
    problem: Problem, worth: Worth, nearest: NDArray[np.int32], site: int
) -> tuple[Neighbour, ...]:
    """Return who serves the people within the limit of a place."""
    at = np.flatnonzero(worth.indices == site)
    rows = np.searchsorted(worth.indptr, at, side="right") - 1
    rows = rows[(nearest[rows] != NONE) & (worth.people[rows] > 0)]
    serving = np.unique(nearest[rows])
    found = []
    for other in serving[serving != site].tolist():
        served = rows[nearest[rows] == other]
        people = worth.people[served]
        walks = np.array([_walk_ms(problem, row, other) for row in served.tolist()])
        order = np.argsort(walks, kind="stable")
        middle = int(np.searchsorted(np.cumsum(people[order]), people.sum() / 2))
        found.append(Neighbour(other, float(people.sum()), walks[order][middle] / MS_A_MINUTE))
    return tuple(sorted(found, key=lambda one: (-one.people, one.site))[:_NEIGHBOURS])


def _walk_ms(problem: Problem, row: int, site: int) -> int:
    own = slice(problem.minutes.indptr[row], problem.minutes.indptr[row + 1])
    return int(problem.minutes.ms[own][np.searchsorted(problem.minutes.indices[own], site)])
