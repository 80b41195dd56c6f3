"""Answer ``fuwuquan plan``: read the workspace, plan the years, write the files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from api.cli._budget import require_enough
from api.cli._console import Steps
from api.cli.plan_asked import Asked
from api.cli.plan_norms import norms_closed
from geo.coverage import read_inputs
from geo.coverage.areas import denominator, known_people
from geo.errors import DataError
from geo.maps.plan_map import Wording, plan_map
from geo.schema import facility_type
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.tables import Formula, write_table, write_whole
from geo.text import say
from optimization.candidates.find import find_candidates
from optimization.phasing import PhasedPlan, ProjectCard, phased_cover, project_cards, schedule
from optimization.phasing.tables import (
    TODAY,
    card_table,
    project_table,
    township_table,
    why_built,
    year_table,
)
from optimization.report import Report, assignment_table, site_table
from optimization.workspace import SitingInputs, candidates_table, read_siting

if TYPE_CHECKING:
    from optimization.problem import Problem


_GOALS = {"sum": "各年覆盖人数之和最大", "final": "先保最后一年最多"}


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
    with steps("读取候选点", "read candidates") as advance:
        candidates = candidates_of(workspace, asked, advance)
    with steps("读取图层和路网，计算步行时间", "read") as advance:
        read = read_siting(
            workspace,
            asked.facility,
            on=asked.on,
            limit_min=asked.limit_min,
            walker=asked.walker,
            speed_m_s=asked.speed_m_s,
            own_only=asked.own_only,
            as_of=asked.as_of,
            candidates=candidates,
            must=tuple(asked.must_by),
            never=asked.never,
            need_cost=asked.budgets_yuan is not None,
            progress=advance,
        )
    problem = read.problem
    weight = asked.weight or _weight(problem, read.question.kind.weight)
    problem.weight(weight)
    allowed = schedule(
        problem,
        asked.years,
        budgets_yuan=asked.budgets_yuan,
        per_year=None if asked.per_year is None else [int(n) for n in asked.per_year],
        must_by=asked.must_by,
        carry_over=asked.carry_over,
    )
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


def written(
    workspace: Workspace,
    answer: Answer,
    steps: Steps,
    *,
    out: Path | None = None,
    draw: bool = True,
) -> list[Path]:
    """Write the workbook and beside it the map; keep the plan in the workspace for QGIS."""
    folder = workspace.output / f"plan_{answer.read.question.kind.name}"
    path = out or folder / say("规划.xlsx", "plan.xlsx")
    with steps("写出表格和图层", "write"):
        files = _workbook(answer, path)
        _keep(workspace, answer)
    if draw:
        with steps("绘制规划图", "draw"):
            files.append(path.parent / say("规划图.html", "plan.html"))
            write_whole(files[-1], _page(answer).encode())
    return files


def notes(answer: Answer) -> list[str]:
    """Return what a reader of the tables has to know."""
    plan = answer.plan
    lines = [
        answer.conditions,
        say(
            "覆盖：按路网步行在时限内走得到任一开放设施；建成的设施以后各年一直开放。",
            "Covered: an open facility is within the limit, walked over the streets; what is built "
            "stays open.",
        ),
        say(
            "理论上限（已证明）：任何方案都不会比它更好；差距为 0 即为最优。",
            "Bound (proven): no plan is better; a gap of 0 means optimal.",
        ),
        say(
            f"目标：{_GOALS[answer.asked.goal]}；"
            f"贴现率 {answer.asked.discount:.1%}；"
            f"结余{'可以' if answer.asked.carry_over else '不'}结转。",
            f"Goal: {answer.asked.goal}; discount {answer.asked.discount:.1%}; money left over is "
            f"{'' if answer.asked.carry_over else 'not '}carried over.",
        ),
        say(
            f"总体差距 {plan.overall.gap:.2%}，随机种子 {plan.overall.seed}。",
            f"Overall gap {plan.overall.gap:.2%}, seed {plan.overall.seed}.",
        ),
        say(
            "年租金不计入建设预算，单独列出。",
            "Rent is not paid from the budget for building; it is listed apart.",
        ),
    ]
    lines += [f"{fault.message}{fault.advice}" for fault in answer.read.faults]
    if answer.problem.provenance.get("simulated"):
        lines.append(say("所用数据含模拟数据，不能据以决策。", "Some of the inputs are simulated."))
    return lines


def candidates_of(
    workspace: Workspace, asked: Asked, advance: Callable[[float], None]
) -> gpd.GeoDataFrame | None:
    """Return candidates found now; None where the workspace has them already."""
    if candidates_table(facility_type(asked.facility)) in workspace.results():
        return None
    found = find_candidates(
        workspace,
        asked.facility,
        on=asked.on,
        limit_min=asked.limit_min,
        walker=asked.walker,
        speed_m_s=asked.speed_m_s,
        progress=advance,
    )
    found.require()
    return found.accepted


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


def places_of(read: SitingInputs) -> dict[str, str]:
    """Return the address of every candidate, or the township it stands in."""
    names = read.inputs.areas.names.get("township", {})
    frame = read.candidates
    places = {}
    for row in frame.drop(columns="geometry").to_dict("records"):
        known = [row.get("address"), names.get(str(row.get("township_code"))), row.get("community")]
        texts = [str(text) for text in known if isinstance(text, str) and text]
        places[str(row["id"])] = texts[0] if texts else ""
    return places


def without_cost(read: SitingInputs) -> set[str]:
    """Return the candidates whose cost nobody knows; the problem counts it as 0."""
    cost = read.candidates["build_cost_yuan"]
    return set(read.candidates["id"][cost.isna()].astype(str))


def _workbook(answer: Answer, path: Path) -> list[Path]:
    years, projects = year_table(answer.plan), project_table(answer.cards)
    named = {
        say("年度", "years"): ("plan_years", years),
        say("项目", "projects"): ("plan_projects", projects),
        say("乡镇街道", "townships"): (
            "plan_townships",
            _with_today(township_table(answer.problem, answer.plan)),
        ),
        say("项目卡", "project cards"): (
            "plan_cards",
            card_table(answer.cards, weight=answer.weight),
        ),
    }
    sheets = {sheet: frame for sheet, (_, frame) in named.items()}
    if path.suffix.lower() == ".xlsx":
        first, second = list(sheets)[:2]
        sheets[first] = _with_formulas(years, projects, second)
    return write_table(
        path,
        sheets,
        headings={sheet: headings(table) for sheet, (table, _) in named.items()},
        notes=notes(answer),
    )


def _with_today(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table by year with the present in words instead of a year."""
    today = say("现状", "today")
    years = [today if year == TODAY else int(year) for year in table["year"]]
    return table.assign(year=pd.Series(years, table.index, dtype=object))


def _page(answer: Answer) -> str:
    """Return the map of the plan when all is built; chosen sites are numbered in building order."""
    plan, read, problem = answer.plan, answer.read, answer.problem
    limit_min = read.question.main_min
    problem = replace(problem, weights={**problem.weights, answer.weight: plan.people[-1]})
    report = Report(
        problem=problem,
        plan=plan.overall,
        weight=answer.weight,
        limit_min=limit_min,
        points=read.inputs.demand.points,
        cost_yuan=problem.sites.cost_yuan,
        gains=(),
        rejected=(),
    )
    sites = site_table(report)
    for order, card in enumerate(answer.cards, start=1):
        row = sites["id"] == card.id
        sites.loc[row, "rank"] = order
        sites.loc[row, "name"] = say(f"{card.name}（{card.year} 年）", f"{card.name} ({card.year})")
        sites.loc[row, "marginal"] = round(card.gained)
        sites.loc[row, "explanation"] = why_built(card, weight=answer.weight)
    today = float(plan.people[-1][plan.covered_today].sum())
    years, kind = plan.years, read.question.kind
    return plan_map(
        sites,
        assignment_table(report),
        kind=kind,
        people=plan.people[-1].tolist(),
        who=answer.counted,
        limit_min=limit_min,
        areas=read.inputs.areas,
        network=read.inputs.network,
        title=say(
            f"{kind.zh} {years[0]}–{years[-1]} 年规划图", f"{kind.en}, plan {years[0]}-{years[-1]}"
        ),
        headline=say(
            f"新建 {len(answer.cards)} 处，编号为建设次序；{limit_min:g} 分钟内覆盖 {today:,.0f} → "
            f"{plan.covered[-1]:,.0f}；差距 {plan.overall.gap:.2%}",
            f"{len(answer.cards)} new, numbered in building order; within {limit_min:g} min "
            f"{today:,.0f} → {plan.covered[-1]:,.0f}; gap {plan.overall.gap:.2%}",
        ),
        notes=[answer.conditions],
        sources=read.inputs.sources,
        simulated=bool(problem.provenance.get("simulated")),
        wording=Wording(
            number=say("建设次序", "building order"), map=say("规划图", "Map of the plan")
        ),
    )


def _with_formulas(years: pd.DataFrame, projects: pd.DataFrame, sheet: str) -> pd.DataFrame:
    """Return the years with sums that a spreadsheet computes, and a line of totals."""
    at = {name: chr(ord("A") + n) for n, name in enumerate(years.columns)}
    of = {name: chr(ord("A") + n) for n, name in enumerate(projects.columns)}
    last = max(2, len(projects) + 1)

    def column(name: str) -> str:
        return f"'{sheet}'!${of[name]}$2:${of[name]}${last}"

    frame = years.astype(object).where(years.notna(), None)
    for line, row in enumerate(frame.index, start=2):
        year = f"{at['year']}{line}"
        cost = f"SUMIFS({column('cost_yuan')},{column('year')},{year})"
        frame.loc[row, "cost_yuan"] = Formula(f"={cost}")
        frame.loc[row, "new_sites"] = Formula(f"=COUNTIF({column('year')},{year})")
        if frame.loc[row, "budget_yuan"] is not None:
            left = f"={at['budget_yuan']}{line}-{at['cost_yuan']}{line}"
            frame.loc[row, "left_yuan"] = Formula(left)
        if frame.loc[row, "people"]:
            share = f"={at['covered']}{line}/{at['people']}{line}"
            frame.loc[row, "covered_share"] = Formula(share)
    end = len(frame) + 1
    totals: dict[str, object] = dict.fromkeys(frame.columns)
    totals["year"] = say("合计", "total")
    for name in ("budget_yuan", "cost_yuan", "left_yuan", "new_sites"):
        totals[name] = Formula(f"=SUM({at[name]}2:{at[name]}{end})")
    return pd.concat([frame, pd.DataFrame([totals], dtype=object)], ignore_index=True)


def _keep(workspace: Workspace, answer: Answer) -> None:
    """Keep projects and years as tables of the workspace, and what was asked."""
    kind, asked, plan = answer.read.question.kind, answer.asked, answer.plan
    projects = project_table(answer.cards)
    ids = answer.problem.sites.id
    order = [int(np.flatnonzero(ids == identity)[0]) for identity in projects["id"]]
    xy = answer.problem.sites.xy[order]
    placed = gpd.GeoDataFrame(
        projects,
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=answer.read.inputs.network.crs,
    )
    for part, frame, label in (
        ("projects", placed, say("规划项目", "planned projects")),
        ("years", year_table(plan), say("规划年度", "planned years")),
    ):
        workspace.write_result(
            f"plan_{kind.name}_{part}",
            frame,
            on=asked.on,
            title=f"{kind.label} {label}",
            titles=headings(f"plan_{part}"),
        )
    provenance = answer.problem.provenance
    workspace.record_run(
        "plan",
        on=asked.on,
        inputs=dict(provenance["layers"]) | {"streets": str(provenance["network_hash"])},
        parameters={
            "facility": kind.name,
            "years": list(asked.years),
            "budgets_yuan": None if asked.budgets_yuan is None else list(asked.budgets_yuan),
            "per_year": None if asked.per_year is None else list(asked.per_year),
            "must_by": asked.must_by,
            "never": list(asked.never),
            "carry_over": asked.carry_over,
            "goal": asked.goal,
            "discount": asked.discount,
            "ageing": asked.ageing,
            "weight": answer.weight,
            "limit_min": answer.read.question.main_min,
            "profile": answer.read.question.walker.name,
            "speed_m_s": answer.read.question.walker.speed_m_s,
            "own_only": asked.own_only,
            "gap": asked.gap,
            "seed": asked.seed,
        },
        results={
            "covered": [float(n) for n in plan.covered],
            "objective": plan.overall.objective,
            "bound": plan.overall.bound,
            "projects": [[card.year, card.id] for card in answer.cards],
        },
    )
