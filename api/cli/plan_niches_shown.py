"""Show a plan of niches: the workbook, the screen, plain values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api.cli._console import Steps, print_line, print_table, records
from api.cli.plan_kept import keep_plan
from api.cli.plan_niches import NicheAnswer
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.tables import write_table
from geo.text import say
from optimization.explain import status_words

_WAN = 10_000
_SITES_SHOWN = 20


def written(
    workspace: Workspace, answer: NicheAnswer, steps: Steps, *, out: Path | None = None
) -> list[Path]:
    """Write the workbook, and keep the plan in the workspace for QGIS."""
    kind = answer.read.question.kind
    path = out or workspace.output / f"plan_{kind.name}" / say("规划.xlsx", "plan.xlsx")
    named = {
        say("年度", "years"): ("plan_niche_years", answer.years),
        say("设施", "sites"): ("plan_niche_sites", answer.sites),
        say("项目卡", "project cards"): ("plan_cards", answer.cards),
    }
    with steps("写出表格和图层", "write"):
        files = write_table(
            path,
            {sheet: frame for sheet, (_, frame) in named.items()},
            headings={sheet: headings(table) for sheet, (table, _) in named.items()},
            notes=notes(answer),
        )
        keep_plan(
            workspace,
            answer.read,
            answer.asked,
            {
                "niche_sites": (answer.sites, say("格位规划：设施", "niches: sites")),
                "niche_years": (answer.years, say("格位规划：年度", "niches: years")),
            },
            parameters={"model": "niches", "formula": answer.formula},
            results={
                "objective": answer.plan.overall.objective,
                "bound": answer.plan.overall.bound,
                "short": [float(n) for n in answer.years["short"]],
            },
        )
    return files


def notes(answer: NicheAnswer) -> list[str]:
    """Return what a reader of the tables has to know."""
    lines = [
        answer.conditions,
        say(
            "按村居安排：一个村居到一处的步行时间为其全部人口的平均；用掉的格位不再腾出；建成的以后"
            "各年一直开放；同样多时尽早安葬。",
            "Planned by community: its walk to a site is the mean of its people's. A place once "
            "taken stays taken; what is built stays open; of equal plans the one that buries "
            "earliest.",
        ),
        _proof(answer),
        *answer.warnings,
    ]
    return lines + [f"{fault.message}{fault.advice}" for fault in answer.read.faults]


def summary(answer: NicheAnswer) -> dict[str, object]:
    """Return the answer as plain values."""
    overall = answer.plan.overall
    return {
        "facility": answer.read.question.kind.name,
        "weight": "population",
        "formula": answer.formula,
        "buried_share": answer.share,
        "objective": overall.objective,
        "bound": overall.bound,
        "gap_share": overall.gap,
        "status": overall.status,
        "unit": overall.unit,
        "niche_years": records(answer.years),
        "niche_sites": records(answer.sites),
        "cost_yuan": overall.measures["cost_yuan"],
        "seed": overall.seed,
        "warnings": list(answer.warnings),
        "provenance": dict(answer.problem.provenance),
        "faults": records(answer.read.faults.frame()[["layer", "severity", "code", "message"]]),
    }


def show(answer: NicheAnswer, files: Sequence[Path]) -> None:
    """Print the plan."""
    print_line(answer.conditions)
    print_line(_proof(answer))
    print_table(
        [
            *(say("年份", "year"), say("预算（万元）", "budget (10k yuan)")),
            *(say("费用（万元）", "cost (10k yuan)"), say("新建", "new")),
            *(say("安葬需求", "burials"), say("有处可葬", "find a place")),
            *(say("缺口", "short"), say("不新建的缺口", "short as it is"), say("年末剩余", "left")),
        ],
        [
            [
                str(row["year"]),
                None if row["budget_yuan"] is None else row["budget_yuan"] / _WAN,
                *(row["cost_yuan"] / _WAN, row["new_sites"], row["burials"], row["served"]),
                *(row["short"], row["short_today"], row["left"]),
            ]
            for row in records(answer.years)
        ],
    )
    used = answer.sites[answer.sites["year"].notna() | (answer.sites["used"] > 0)]
    print_table(
        [
            *(say("编号", "id"), say("名称", "name"), say("启用", "built")),
            *(say("可用", "places"), say("用去", "used"), say("剩余", "left")),
            *(say("用完年份", "full in"), say("费用（万元）", "cost (10k yuan)")),
        ],
        [
            [
                *(row["id"], row["name"]),
                say("现有", "stands") if row["year"] is None else str(row["year"]),
                *(row["places"], row["used"], row["left"]),
                None if row["full_year"] is None else str(row["full_year"]),
                None if row["cost_yuan"] is None else row["cost_yuan"] / _WAN,
            ]
            for row in records(used.head(_SITES_SHOWN))
        ],
    )
    for warning in answer.warnings:
        print_line(say("！ ", "! ") + warning)
    for fault in answer.read.faults:
        if fault.severity in ("error", "warning"):
            print_line(f"{say('！ ', '! ')}{fault.message}{fault.advice}")
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _proof(answer: NicheAnswer) -> str:
    overall = answer.plan.overall
    short = float(answer.years["short"].sum())
    return say(
        f"规划期共 {overall.measures['burials']:,.0f} 例安葬，{overall.objective:,.0f} 例有处可葬，"
        f"缺 {short:,.0f}；理论上限（已证明）{overall.bound:,.0f}；{status_words(overall)}。",
        f"{overall.measures['burials']:,.0f} burials in all, {overall.objective:,.0f} find a "
        f"place, {short:,.0f} do not; proven bound {overall.bound:,.0f}; {status_words(overall)}.",
    )
