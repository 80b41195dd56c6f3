"""What stands on a project card: one site of a plan, whom it serves, what else was possible."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.text import say
from geo.travel.minutes import Minutes
from optimization.phasing.answer import PhasedPlan
from optimization.problem import Problem

_ALTERNATIVES: Final = 3
_COMPOUNDS: Final = 5
_SLOW_M_S: Final = 0.8
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another site that could stand for it within the money of its year."""

    id: str
    name: str
    cost_yuan: float
    """NaN = unknown."""
    fewer_people: float
    """People whom the whole plan would cover less in its last year; below 0 it would cover more."""


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """One project: what, where, when, for whom, and what has to be known about it."""

    id: str
    name: str
    place: str
    """Address, or the community and township it stands in; empty = unknown."""
    year: int
    cost_yuan: float
    """NaN = unknown."""
    rent_yuan_year: float
    floor_area_m2: float
    """NaN = unknown."""
    capacity: float
    """inf = without limit or unknown."""
    gained: float
    """People newly covered in its year whose nearest open site it is; the cards of a year add up
    to what the year adds."""
    only: float
    """People whom no other site of the finished plan covers."""
    gained_slow: float
    """Of those gained, the ones within the limit at 0.8 m/s as well; NaN where not known."""
    compounds: tuple[tuple[str, float], ...]
    """Names and people of the demand points gained, most people first; the first few."""
    n_compound: int
    """How many demand points are gained."""
    norms_closed: tuple[str, ...]
    """Norms that it closes, as they were given."""
    alternatives: tuple[Alternative, ...]
    risks: tuple[str, ...]
    """Assumptions and risks, one sentence each."""
    provenance: Mapping[str, Any]


def project_cards(
    problem: Problem,
    plan: PhasedPlan,
    *,
    places: Mapping[str, str] | None = None,
    norms_closed: Mapping[str, Sequence[str]] | None = None,
    cost_unknown: Collection[str] = (),
) -> tuple[ProjectCard, ...]:
    """Return a card for every site that a plan opens, by year, then by people gained.

    Parameters
    ----------
    problem
        The problem that was planned.
    plan
        The plan.
    places
        Id of a site → its address or community.
    norms_closed
        Id of a site → norms that it closes.
    cost_unknown
        Ids of sites whose cost is 0 in the problem because nobody knows it.
    """
    limit_min = float(plan.overall.parameters["limit_min"])
    within = problem.within(limit_min)
    unknown = say("建设费用未知，规划时按 0 计。", "Its cost is unknown and was counted as 0.")
    cards = [
        _card(
            problem,
            plan,
            int(site),
            within=within,
            slow=_slow(problem, limit_min),
            place=(places or {}).get(str(problem.sites.id[site]), ""),
            norms=tuple((norms_closed or {}).get(str(problem.sites.id[site]), ())),
        )
        for site in np.flatnonzero(plan.year_of)
    ]
    cards = [
        replace(card, cost_yuan=np.nan, risks=(unknown, *card.risks))
        if card.id in cost_unknown
        else card
        for card in cards
    ]
    cards = [
        replace(
            card,
            alternatives=tuple(
                replace(other, cost_yuan=np.nan) if other.id in cost_unknown else other
                for other in card.alternatives
            ),
        )
        for card in cards
    ]
    return tuple(sorted(cards, key=lambda card: (card.year, -card.gained, card.id)))


def gained_by(plan: PhasedPlan, site: int) -> NDArray[np.bool_]:
    """Return (n_demand,) who is newly covered in the year of a site and walks to it."""
    year = plan.years.index(int(plan.year_of[site]))
    mine = plan.by_year[year].assignment == site
    if year:
        return np.asarray(mine & (plan.by_year[year - 1].assignment < 0))
    return np.asarray(mine & ~plan.covered_today)


def _card(
    problem: Problem,
    plan: PhasedPlan,
    site: int,
    *,
    within: Minutes,
    slow: Minutes | None,
    place: str,
    norms: tuple[str, ...],
) -> ProjectCard:
    sites, year = problem.sites, plan.years.index(int(plan.year_of[site]))
    gained, people = gained_by(plan, site), plan.people[year]
    order = np.argsort(-people[gained], kind="stable")[:_COMPOUNDS]
    points = np.flatnonzero(gained)[order]
    reach = np.bincount(
        within.rows[np.isin(within.indices, plan.overall.sites)], minlength=problem.n_demand
    )
    mine = within.rows[within.indices == site]
    only = mine[reach[mine] == 1]
    still = np.nan
    if slow is not None:
        reached_slow = slow.rows[slow.indices == site]
        still = float(people[reached_slow[gained[reached_slow]]].sum())
    card = ProjectCard(
        id=str(sites.id[site]),
        name=str(sites.name[site]),
        place=place,
        year=int(plan.year_of[site]),
        cost_yuan=float(sites.cost_yuan[site]),
        rent_yuan_year=float(sites.rent_yuan_year[site]),
        floor_area_m2=float(sites.area_m2[site]),
        capacity=float(sites.capacity[site]),
        gained=float(people[gained].sum()),
        only=float(plan.people[-1][only].sum()),
        gained_slow=still,
        compounds=tuple((str(problem.demand_name[i]), float(people[i])) for i in points),
        n_compound=int((gained & (people > 0)).sum()),
        norms_closed=norms,
        alternatives=_alternatives(problem, plan, site, within, reach),
        risks=(),
        provenance=problem.provenance,
    )
    return _with_risks(problem, plan, site, card)


def _slow(problem: Problem, limit_min: float) -> Minutes | None:
    """Return the pairs within the limit of a slow walker; None when the walker is slow already."""
    if problem.speed_m_s <= _SLOW_M_S:
        return None
    return problem.within(limit_min, at_m_s=_SLOW_M_S)


def _alternatives(
    problem: Problem, plan: PhasedPlan, site: int, within: Minutes, reach: NDArray[np.int64]
) -> tuple[Alternative, ...]:
    """Return the sites that could replace one within its year's money, least loss first."""
    sites, schedule, people = problem.sites, plan.schedule, plan.people[-1]
    year = plan.years.index(int(plan.year_of[site]))
    if schedule.due[site] < schedule.n_year:
        return ()
    rows = within.rows
    left = reach.copy()
    left[rows[within.indices == site]] -= 1
    bare = left == 0
    lost = float(people[bare & (reach > 0)].sum())
    gain = np.bincount(within.indices[bare[rows]], people[rows[bare[rows]]], minlength=len(sites))
    is_open = np.isin(np.arange(len(sites)), plan.overall.sites)
    most = sites.cost_yuan[site] + _unspent(plan, year)
    could = ~is_open & ~sites.never & (sites.cost_yuan <= most * (1 + _SAME)) & (gain > 0)
    could[site] = False
    order = np.flatnonzero(could)[np.argsort(-gain[could], kind="stable")][:_ALTERNATIVES]
    return tuple(
        Alternative(
            id=str(sites.id[k]),
            name=str(sites.name[k]),
            cost_yuan=float(sites.cost_yuan[k]),
            fewer_people=lost - float(gain[k]),
        )
        for k in order
    )


def _unspent(plan: PhasedPlan, year: int) -> float:
    """Return the yuan that a year, or with carrying over every later year too, leaves over."""
    schedule = plan.schedule
    spent = np.array([siting.measures["cost_yuan"] for siting in plan.by_year])
    if not schedule.carry_over:
        return float(schedule.budgets_yuan[year] - spent[year])
    return float((schedule.total_yuan - np.cumsum(spent))[year:].min())


def _with_risks(problem: Problem, plan: PhasedPlan, site: int, card: ProjectCard) -> ProjectCard:
    """Return the card with the sentences a reader has to know before money is spent."""
    risks = []
    walkers = float(plan.people[-1][plan.overall.assignment == site].sum())
    if np.isnan(card.floor_area_m2):
        risks.append(
            say(
                "建筑面积未知，无法判断是否达到面积规范。",
                "Its floor area is unknown: whether it meets the norms cannot be told.",
            )
        )
    if walkers > card.capacity:
        risks.append(
            say(
                f"建成后离它最近的有 {walkers:,.0f} 人，超过容量 {card.capacity:,.0f}。",
                f"{walkers:,.0f} people are nearest to it, more than its capacity of "
                f"{card.capacity:,.0f}.",
            )
        )
    if card.gained > 0 and card.gained_slow < card.gained:
        risks.append(
            say(
                f"步速 {_SLOW_M_S:g} 米/秒时，新覆盖的 {card.gained:,.0f} 人中只有 "
                f"{card.gained_slow:,.0f} 人仍在时限内。",
                f"At {_SLOW_M_S:g} m/s only {card.gained_slow:,.0f} of the {card.gained:,.0f} "
                "people gained are within the limit.",
            )
        )
    if card.gained == 0:
        risks.append(
            say(
                "没有新增覆盖：因必选，或为以后年份准备。",
                "It covers nobody new: it is demanded, or prepares a later year.",
            )
        )
    if problem.provenance.get("simulated"):
        risks.append(say("所用数据含模拟数据，不能据以决策。", "Some inputs are simulated."))
    return replace(card, risks=tuple(risks))
