"""Answer ``fuwuquan plan``: read the workspace, plan the years, say why on project cards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from api.cli._budget import require_enough
from api.cli._console import Steps
from api.cli.plan_asked import Asked
from api.cli.plan_norms import norms_closed
from api.cli.plan_read import allowed_by, places_of, read_plan, without_cost
from geo.coverage import read_inputs
from geo.coverage.areas import denominator, known_people
from geo.errors import DataError
from geo.store import Workspace
from geo.text import say
from optimization.phasing import PhasedPlan, ProjectCard, phased_cover, project_cards
from optimization.problem import Problem
from optimization.workspace import SitingInputs


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan of years with what it was read from."""

    asked: Asked
    read: SitingInputs
    plan: PhasedPlan
    cards: tuple[ProjectCard, ...]
    weight: str

    @property
    def problem(self) -> Problem:
        """What was planned."""
        return self.read.problem

    @property
    def counted(self) -> str:
        """Whom the plan counts, in the user's words."""
        return denominator(self.weight, self.read.inputs.demand.points)

    @property
    def conditions(self) -> str:
        """What every figure depends on, in one sentence."""
        question, who = self.read.question, self.counted
        later, year = "", self.asked.as_of
        if self.asked.ageing:
            later = say("，各年为推算数", ", projected to each year")
        elif year is not None:
            later = say(f"，各年都按推算到 {year} 年的数", f", in every year those of {year}")
        return say(
            f"{question.kind.label}；{question.main_min:g} 分钟，步速 "
            f"{question.walker.speed_m_s:g} 米/秒，按 {question.on} 的数据；{who}{later}。",
            f"{question.kind.label}; {question.main_min:g} min at {question.walker.speed_m_s:g} "
            f"m/s, data of {question.on}; {who}{later}.",
        )


def planned_years(
    workspace: Workspace, asked: Asked, steps: Steps, *, norms: bool = False
) -> Answer:
    """Plan the years of a workspace; with `norms` say which of them each project closes.

    Raises
    ------
    DataError, NotFoundError, InfeasibleError
        The workspace or the question do not allow a plan; the message says why.
    """
    read = read_plan(workspace, asked, steps)
    problem = read.problem
    weight = asked.weight or _weight(problem, read.question.kind.weight)
    problem.weight(weight)
    allowed = allowed_by(problem, asked)
    if asked.budgets_yuan is not None:
        most = float((allowed.total_yuan if asked.carry_over else allowed.budgets_yuan).max())
        require_enough(problem, most, weight=weight, limit_min=read.question.main_min)
    people = None
    if asked.ageing:
        with steps("推算各年的老年人", "age") as advance:
            people = _projected(workspace, read, asked.years, weight, advance)
    with steps("求解分年方案", "solve"):
        plan = phased_cover(
            problem,
            allowed,
            goal=asked.goal,
            discount=asked.discount,
            weight=weight,
            yearly_people=people,
            limit_min=read.question.main_min,
            limit_s=asked.seconds,
            gap=asked.gap,
            seed=asked.seed,
        )
    with steps("编写项目卡", "cards"):
        cards = project_cards(
            problem, plan, places=places_of(read), cost_unknown=without_cost(read)
        )
    if norms:
        with steps("核对各项目消除的规范缺口", "norms") as advance:
            closed = norms_closed(workspace, read, [card.id for card in cards], progress=advance)
        none = (say("无", "none"),)
        cards = tuple(replace(card, norms_closed=closed[card.id] or none) for card in cards)
    return Answer(asked, read, plan, cards, weight)


def _weight(problem: Problem, main: str) -> str:
    """Return whom the facility serves; households, then points, where nobody knows how many."""
    return next(name for name in (main, "households", "points") if name in problem.weights)


def _projected(
    workspace: Workspace,
    read: SitingInputs,
    years: tuple[int, ...],
    weight: str,
    advance: Callable[[float], None],
) -> list[NDArray[np.float64]]:
    """Return the elders of every demand point in each year.

    Raises
    ------
    DataError
        The plan counts others than elders.
    """
    if weight != "elders":
        raise DataError(
            say("--ageing 只推算老年人。", "--ageing projects elders only."),
            hint=say("请去掉 --ageing，或为老年人规划。", "Leave it out, or plan for elders."),
        )
    people = []
    for done, year in enumerate(years, start=1):
        points = read_inputs(workspace, replace(read.question, as_of=year)).demand.points
        assert points["id"].tolist() == read.problem.demand_id.tolist()
        people.append(known_people(points, weight)[0].astype(np.float64))
        advance(done / len(years))
    return people
