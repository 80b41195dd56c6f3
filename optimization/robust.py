"""How firmly a plan stands: plans nearly as good, and plans for slower and faster walkers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from geo.errors import InfeasibleError
from optimization.explain import Solve, covered_worth, standing, without
from optimization.problem import Problem
from optimization.siting import Siting

SPEEDS_M_S: Final = (0.8, 0.9, 1.0, 1.1, 1.2)
"""From frail to brisk elders."""

Hold = Literal["all", "some", "none"]

_TWO = 2


@dataclass(frozen=True, slots=True)
class Alternatives:
    """Plans within a share of the best, and how often each site is among them."""

    within_share: float
    plans: tuple[Siting, ...]
    """Different plans within that share of the best found, the best first."""
    solved: int
    """How many times the model was asked."""
    often: NDArray[np.float64]
    """(n_site,) share of `plans` with the site."""
    needed: NDArray[np.bool_]
    """(n_site,) proven: no plan within that share of the best does without the site."""

    @property
    def best(self) -> Siting:
        """The best plan of all."""
        return self.plans[0]

    def hold(self, site: int) -> Hold:
        """Return whether a site is in all, some or none of the plans found."""
        often = self.often[site]
        return "all" if often == 1 else "some" if often > 0 else "none"


def alternatives(
    problem: Problem,
    plan: Siting,
    solve: Solve,
    *,
    limit_min: float,
    within_share: float = 0.01,
    pairs: int = 12,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> Alternatives:
    """Look for different plans that are nearly as good.

    Every new site of the plan is forbidden in turn, then ``pairs`` random pairs of sites that are
    among the plans found, and the model is asked again. The same seed asks the same questions.

    Parameters
    ----------
    problem, plan
        What was asked and answered.
    solve
        The model that answered, with all that was asked of it but the limit and the seed.
    limit_min
        The limit that was asked.
    within_share
        How much worse than the best a plan may be to count.
    pairs
        How many pairs are forbidden.
    seed
        Which pairs.
    progress
        Told the share done.
    """
    tell = progress or (lambda _: None)
    draw = np.random.default_rng(seed)
    free = problem.sites.free
    chosen = plan.sites[free[plan.sites] & ~problem.sites.existing[plan.sites]]
    found = {tuple(plan.sites.tolist()): plan}
    least_without: dict[int, float] = {}
    questions = len(chosen) + (pairs if len(chosen) >= _TWO else 0)
    asked = 0
    for turn in range(questions):
        if turn < len(chosen):
            barred = chosen[turn : turn + 1]
        else:
            often = np.unique(np.concatenate([p.sites for p in found.values()]))
            may = often[free[often] & ~problem.sites.existing[often]]
            barred = np.sort(draw.choice(may, size=_TWO, replace=False))
        asked += 1
        try:
            other = solve(without(problem, barred), limit_min=limit_min, seed=plan.seed)
        except InfeasibleError:
            if len(barred) == 1:
                least_without[int(barred[0])] = _worst(plan)
        else:
            found.setdefault(tuple(other.sites.tolist()), other)
            if len(barred) == 1:
                least_without[int(barred[0])] = other.bound
        tell((turn + 1) / questions)
    return _gathered(problem, found, least_without, within_share, asked)


def _worst(plan: Siting) -> float:
    return -np.inf if plan.sense == "max" else np.inf


def _gathered(
    problem: Problem,
    found: dict[tuple[int, ...], Siting],
    bound_without: dict[int, float],
    within_share: float,
    asked: int,
) -> Alternatives:
    sign = -1.0 if next(iter(found.values())).sense == "max" else 1.0
    order = sorted(found, key=lambda sites: (sign * found[sites].objective, sites))
    best = found[order[0]].objective
    far = best + sign * within_share * abs(best)
    near = [found[sites] for sites in order if sign * (found[sites].objective - far) <= 0]
    often = np.zeros(problem.n_site)
    for one in near:
        often[one.sites] += 1 / len(near)
    needed = problem.sites.fixed_open.copy()
    for site, bound in bound_without.items():
        needed[site] = sign * (bound - far) > 0
    often[np.isclose(often, 1.0)] = 1.0
    return Alternatives(within_share, tuple(near), asked, often, needed)


@dataclass(frozen=True, slots=True)
class AtSpeed:
    """One walking speed: what the plan is worth then, and what would be best then."""

    speed_m_s: float
    covered: float
    """People within the limit of the plan as it stands."""
    covered_share: float
    best: Siting
    """The plan that the model finds for walkers of this speed."""
    best_covered: float
    """People within the limit of that one."""
    kept: NDArray[np.int32]
    """New sites of the plan that are in it too."""


def stability(
    problem: Problem,
    plan: Siting,
    solve: Solve,
    *,
    weight: str,
    limit_min: float,
    speeds_m_s: Sequence[float] = SPEEDS_M_S,
    progress: Callable[[float], None] | None = None,
) -> tuple[AtSpeed, ...]:
    """Ask the same question for slower and faster walkers.

    The minutes are not walked again: everybody's walk takes ``speed / other speed`` times as long,
    so a limit of 15 min at 0.8 m/s is one of 12 min at 1.0 m/s.

    Parameters
    ----------
    problem, plan, solve
        What was asked and answered, and the model to ask again.
    weight
        Whose numbers.
    limit_min
        The limit that was asked.
    speeds_m_s
        Speeds to try; those whose limit lies beyond the problem's horizon are left out.
    progress
        Told the share done.
    """
    tell = progress or (lambda _: None)
    total = float(problem.weight(weight).sum())
    new = plan.sites[~problem.sites.existing[plan.sites]]
    found = []
    tried = [v for v in speeds_m_s if limit_at(problem, limit_min, v) <= problem.horizon_min]
    for turn, speed in enumerate(tried, 1):
        limit = limit_at(problem, limit_min, speed)
        same = np.isclose(speed, problem.speed_m_s)
        best = plan if same else solve(problem, limit_min=limit, seed=plan.seed, start=plan)
        covered, best_covered = (
            covered_people(problem, one.sites, weight=weight, limit_min=limit)
            for one in (plan, best)
        )
        found.append(
            AtSpeed(
                speed_m_s=speed,
                covered=covered,
                covered_share=covered / total if total else float("nan"),
                best=best,
                best_covered=best_covered,
                kept=np.intersect1d(new, best.sites),
            )
        )
        tell(turn / len(tried))
    return tuple(found)


def limit_at(problem: Problem, limit_min: float, speed_m_s: float) -> float:
    """Return the limit at the problem's own speed that is this limit at another."""
    return limit_min * speed_m_s / problem.speed_m_s


def covered_people(
    problem: Problem, sites: NDArray[np.int32], *, weight: str, limit_min: float
) -> float:
    """Return how many people are within a limit of some sites."""
    opened = np.zeros(problem.n_site, bool)
    opened[sites] = True
    return standing(covered_worth(problem, weight=weight, limit_min=limit_min), opened).total
