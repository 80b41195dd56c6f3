"""Show the answer of ``fuwuquan plan``: on the screen and as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api.cli._budget import cheapest_helping
from api.cli._console import print_line, print_table, records
from api.cli.plan_answer import Answer
from geo.text import say, yuan
from optimization.phasing.tables import project_table, township_table, year_table
from optimization.siting import Siting

_WAN = 10_000
_STATUS = {
    "optimal": ("已证明最优", "proven optimal"),
    "within_gap": ("在所要求的差距以内", "within the gap asked for"),
    "heuristic": ("未证明最优", "not proven optimal"),
}


def summary(answer: Answer) -> dict[str, object]:
    """Return the answer as plain values."""
    plan, overall = answer.plan, answer.plan.overall
    return {
        "facility": answer.read.question.kind.name,
        "weight": answer.weight,
        "goal": answer.asked.goal,
        "ageing": answer.asked.ageing,
        "objective": overall.objective,
        "bound": overall.bound,
        "gap_share": overall.gap,
        "status": overall.status,
        "unit": overall.unit,
        "covered_today": float(plan.people[0][plan.covered_today].sum()),
        "years": records(year_table(plan)),
        "projects": records(project_table(answer.cards)),
        "townships": records(township_table(answer.problem, plan)),
        "cost_yuan": overall.measures["cost_yuan"],
        "seed": overall.seed,
        "provenance": dict(answer.problem.provenance),
        "faults": records(answer.read.faults.frame()[["layer", "severity", "code", "message"]]),
    }


def show(answer: Answer, files: Sequence[Path]) -> None:
    """Print the plan."""
    plan = answer.plan
    print_line(answer.conditions)
    today = float(plan.people[0][plan.covered_today].sum())
    end, all_then = float(plan.covered[-1]), float(plan.people[-1].sum())
    total = float(plan.people[0].sum())
    now_zh, now_en = "现状覆盖", "Covered today"
    if answer.asked.ageing:
        now_zh, now_en = f"{plan.years[0]} 年若不新建，覆盖", f"Covered in {plan.years[0]} as it is"
    print_line(
        say(
            f"{now_zh} {today:,.0f}，占 {_share(today, total)}；{plan.years[-1]} 年底 {end:,.0f}，"
            f"占 {_share(end, all_then)}。",
            f"{now_en} {today:,.0f} ({_share(today, total)}); by the end of "
            f"{plan.years[-1]} {end:,.0f} ({_share(end, all_then)}).",
        )
    )
    print_line(_proof(plan.overall))
    _print_years(answer)
    _print_projects(answer)
    if plan.overall.measures.get("stopped_by_time"):
        print_line(
            say(
                "求解因时间到而停下；加大 --seconds 可能更好。",
                "The solve was cut by time; more --seconds may do better.",
            )
        )
    _print_left_over(answer)
    unpriced = sum(card.cost_yuan != card.cost_yuan for card in answer.cards)
    if unpriced:
        print_line(
            say(
                f"！ {unpriced} 个项目没有建设费用，费用合计偏低。",
                f"! The cost of {unpriced} projects is unknown: totals are too low.",
            )
        )
    for fault in answer.read.faults:
        if fault.severity in ("error", "warning"):
            print_line(f"！ {fault.message}{fault.advice}")
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _print_left_over(answer: Answer) -> None:
    """Say that money left over in some years would buy a site more, were it carried over."""
    plan, problem = answer.plan, answer.problem
    if answer.asked.budgets_yuan is None or answer.asked.carry_over:
        return
    spent = [float(problem.sites.cost_yuan[plan.opened(year)].sum()) for year in plan.years]
    left = float(plan.schedule.budgets_yuan.sum()) - sum(spent)
    opened = problem.sites.existing | (plan.year_of > 0)
    least = cheapest_helping(
        problem, weight=answer.weight, limit_min=answer.read.question.main_min, opened=opened
    )
    if least is not None and least <= left:
        print_line(
            say(
                f"各年共结余 {yuan(left)}，还有候选点只要 {yuan(least)}：可加 --carry-over"
                "（允许结转）再试。",
                f"{yuan(left)} are left over in all, and a candidate costs {yuan(least)}: try "
                "--carry-over.",
            )
        )


def _proof(overall: Siting) -> str:
    status = say(*_STATUS[overall.status])
    return say(
        f"目标值 {overall.objective:,.0f}，理论上限（已证明）{overall.bound:,.0f}，"
        f"差距 {overall.gap:.2%}，{status}。",
        f"Objective {overall.objective:,.0f}, proven bound {overall.bound:,.0f}, gap "
        f"{overall.gap:.2%}: {status}.",
    )


def _print_years(answer: Answer) -> None:
    rows = records(year_table(answer.plan))
    print_table(
        [
            say("年份", "year"),
            say("预算（万元）", "budget (10k yuan)"),
            say("费用（万元）", "cost (10k yuan)"),
            say("新建", "new"),
            say("覆盖", "covered"),
            say("覆盖率 %", "%"),
            say("当年上限", "year's bound"),
        ],
        [
            [
                str(row["year"]),
                None if row["budget_yuan"] is None else row["budget_yuan"] / _WAN,
                row["cost_yuan"] / _WAN,
                row["new_sites"],
                round(row["covered"]),
                None if row["covered_share"] is None else 100 * row["covered_share"],
                round(row["bound"]),
            ]
            for row in rows
        ],
    )


def _print_projects(answer: Answer) -> None:
    if not answer.cards:
        print_line(say("各年都没有可建的项目。", "There is nothing to build in any year."))
        return
    print_table(
        [
            say("年份", "year"),
            say("编号", "id"),
            say("名称", "name"),
            say("地点", "place"),
            say("费用（万元）", "cost (10k yuan)"),
            say("新覆盖", "gained"),
            say("受益小区", "compounds"),
        ],
        [
            [
                str(card.year),
                card.id,
                card.name,
                card.place,
                None if card.cost_yuan != card.cost_yuan else card.cost_yuan / _WAN,
                round(card.gained),
                card.n_compound,
            ]
            for card in answer.cards
        ],
    )


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}" if whole else say("未知", "unknown")
