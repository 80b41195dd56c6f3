"""The files of ``fuwuquan plan``: the workbook with its sums, the map, the layers for QGIS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from api.cli._console import Steps
from api.cli.plan_answer import Answer
from api.cli.plan_kept import keep_plan
from geo.maps.plan_map import Wording, plan_map
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.tables import Formula, write_table, write_whole
from geo.text import say
from optimization.phasing.tables import (
    TODAY,
    card_table,
    project_table,
    township_table,
    why_built,
    year_table,
)
from optimization.report import Report, assignment_table, site_table

_GOALS = {"sum": "各年覆盖人数之和最大", "final": "先保最后一年最多"}


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


def _keep(workspace: Workspace, answer: Answer) -> None:
    """Keep projects and years as tables of the workspace, and what was asked."""
    asked, plan, walker = answer.asked, answer.plan, answer.read.question.walker
    keep_plan(
        workspace,
        answer.read,
        asked,
        {
            "projects": (project_table(answer.cards), say("规划项目", "planned projects")),
            "years": (year_table(plan), say("规划年度", "planned years")),
        },
        parameters={
            "must_by": asked.must_by,
            "never": list(asked.never),
            "carry_over": asked.carry_over,
            "goal": asked.goal,
            "discount": asked.discount,
            "ageing": asked.ageing,
            "weight": answer.weight,
            "profile": walker.name,
            "speed_m_s": walker.speed_m_s,
            "own_only": asked.own_only,
            "gap": asked.gap,
        },
        results={
            "covered": [float(n) for n in plan.covered],
            "objective": plan.overall.objective,
            "bound": plan.overall.bound,
            "projects": [[card.year, card.id] for card in answer.cards],
        },
    )
