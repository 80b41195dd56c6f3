"""The files and tables that ``fuwuquan site`` leaves: workbook, layers for QGIS, map."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from api.cli._console import Steps
from api.cli.site_answer import Answer
from geo.coverage.tables import in_words
from geo.maps.plan_map import plan_map
from geo.schema.results import headings
from geo.store import Workspace
from geo.store.tables import write_table, write_whole
from geo.text import listed, say, yuan
from optimization.explain import amount, counted, status_words
from optimization.plan_style import assignment_style, site_style
from optimization.report import (
    alternative_table,
    assignment_table,
    pareto_table,
    plan_table,
    rejected_table,
    site_table,
    speed_table,
)

_SAME = 1e-6
_IN_PLAN = ("new", "kept", "closed")


def conditions(answer: Answer) -> str:
    """Return the line that must stand with every figure: model, limit, speed, day, denominator."""
    question, plan = answer.read.question, answer.asked
    size = ""
    if plan.sites is not None:
        size = say(f"（新建 {plan.sites} 处以内）", f" (at most {plan.sites} new)")
    elif plan.budget_yuan is not None:
        size = say(f"（预算 {yuan(plan.budget_yuan)}）", f" (budget {yuan(plan.budget_yuan)})")
    simulated = (
        say("；含模拟数据", "; contains simulated data")
        if answer.report.problem.provenance.get("simulated")
        else ""
    )
    origin = {
        "auto": say("小区（没有的用楼栋或街路）", "compounds, else buildings or streets"),
    }.get(str(answer.report.problem.provenance.get("demand")), "")
    said = [
        say(f"人口落在{origin}", f"people on {origin}") if origin else "",
        say("只计本区设施", "own facilities only") if plan.own_only else "",
    ]
    extra = "".join(say("；", "; ") + text for text in said if text)
    return say(
        f"{question.kind.zh}；模型：{plan.model.zh}{size}；沿路网步行 {question.main_min:g} 分钟；"
        f"步速 {question.walker.speed_m_s:g} 米/秒（{question.walker.zh}）；"
        f"{question.on.isoformat()} 当日；分母：{answer.denominator}{extra}{simulated}",
        f"{question.kind.en}; model {plan.model.name}{size}; {question.main_min:g} min walk over "
        f"the streets at {question.walker.speed_m_s:g} m/s ({question.walker.en}); on "
        f"{question.on.isoformat()}; denominator: {answer.denominator}{extra}{simulated}",
    )


def bounded(answer: Answer) -> str:
    """Return objective, proven bound and status in one line."""
    plan = answer.report.plan
    kept = len(plan.sites) - len(answer.report.new)
    standing = ""
    if plan.unit == "sites" and plan.objective == len(plan.sites) and kept:
        standing = say(f"（含现有 {kept} 处）", f" ({kept} of them stand today)")
    bound = say("无", "none") if math.isinf(plan.bound) else amount(plan.unit, plan.bound)
    side = say("上限", "upper") if plan.sense == "max" else say("下限", "lower")
    standing += _whose(answer)
    counts = say(answer.asked.model.counts_zh, answer.asked.model.counts_en)
    if counts:
        standing += say(f"（{counts}）", f" ({counts})")
    return say(
        f"目标值 {amount(plan.unit, plan.objective)}{standing}；理论{side}（已证明）{bound}；"
        f"{status_words(plan)}",
        f"objective {amount(plan.unit, plan.objective)}{standing}; proven {side} bound {bound}; "
        f"{status_words(plan)}",
    )


def _whose(answer: Answer) -> str:
    """Return whose share or walk the objective of ``equity`` and ``center`` is."""
    report, name = answer.report, answer.asked.model.name
    problem = report.problem
    people, opened = (
        problem.weight(report.weight),
        np.isin(np.arange(problem.n_site), report.plan.sites),
    )
    if name == "equity":
        pairs = problem.within(report.limit_min)
        served = np.zeros(len(people), bool)
        served[pairs.rows[opened[pairs.indices]]] = True
        known, n = problem.area >= 0, len(problem.area_names)
        area = problem.area[known]
        total = np.bincount(area, people[known], minlength=n)
        covered = np.bincount(area, (people * served)[known], minlength=n)
        share = np.divide(covered, total, out=np.full(n, np.inf), where=total > 0)
        near = np.abs(share - report.plan.objective)
        if not n or not near.min() < _SAME:
            return ""
        at = int(near.argmin())
        return say(
            f"（{problem.area_names[at]}：{total[at]:,.0f} 中的 {covered[at]:,.0f}）",
            f" ({problem.area_names[at]}: {covered[at]:,.0f} of {total[at]:,.0f})",
        )
    if name == "center":
        pairs = problem.minutes
        walk = np.full(len(people), np.inf)
        keep = opened[pairs.indices]
        np.minimum.at(walk, pairs.rows[keep], pairs.ms[keep] / 60_000)
        walk[(people <= 0) | np.isinf(walk)] = -np.inf
        at = int(walk.argmax())
        if abs(walk[at] - report.plan.objective) < _SAME:
            who = str(problem.demand_name[at] or problem.demand_id[at])
            return say(f"（走得最远的是{who}）", f" (walked from {who})")
    return ""


@dataclass(frozen=True, slots=True)
class Shapes:
    """The tables of a plan that have places, made once for workbook, workspace and map."""

    sites: gpd.GeoDataFrame
    assignment: gpd.GeoDataFrame


def shapes(answer: Answer) -> Shapes:
    """Return sites and assignment of the plan."""
    return Shapes(site_table(answer.report), assignment_table(answer.report))


def workbook(answer: Answer, drawn: Shapes, path: Path) -> list[Path]:
    """Write every table of the answer, and what it rests on."""
    tables = {name: (of, frame) for name, of, frame in _tables(answer, drawn)}
    return write_table(
        path,
        {name: in_words(frame, of) for name, (of, frame) in tables.items()}
        | {say("说明", "notes"): notes(answer)},
        headings={name: headings(of) for name, (of, _) in tables.items()},
    )


def _tables(answer: Answer, drawn: Shapes) -> list[tuple[str, str, pd.DataFrame]]:

    report = answer.report
    chosen = drawn.sites[drawn.sites["role"].isin(_IN_PLAN)]
    tables: list[tuple[str, str, pd.DataFrame]] = [
        (say("选定点", "sites"), "siting_sites", chosen),
        (say("分配", "assignment"), "siting_assignment", drawn.assignment),
        (say("为什么不", "why not"), "siting_rejected", rejected_table(report)),
    ]
    if report.alternatives is not None:
        tables += [
            (say("备选", "alternatives"), "siting_alternatives", alternative_table(report)),
            (say("备选方案", "other plans"), "siting_plans", plan_table(report)),
        ]
    if report.speeds:
        tables.append((say("步速稳定性", "speeds"), "siting_speeds", speed_table(report)))
    if report.front:
        tables.append((say("取舍", "trade-offs"), "siting_pareto", pareto_table(report)))
    tables[1:1] = answer.more
    return tables


def notes(answer: Answer) -> pd.DataFrame:
    """Return what the plan rests on, line by line."""
    report, asked = answer.report, answer.asked
    plan, known = report.plan, report.problem.provenance
    counts = known.get("counts", {})
    rows = {
        say("条件", "conditions"): conditions(answer),
        say("所答的问题", "question"): say(asked.model.asks_zh, asked.model.asks_en),
        say("求解结果", "result"): bounded(answer),
        say("随机种子", "seed"): str(plan.seed),
        say("必选", "demanded"): listed(asked.must, None),
        say("禁选", "forbidden"): listed(asked.never, None),
        say("可关闭", "closable"): listed(asked.closable, None),
        say("需求点（个）", "demand points"): f"{counts.get('demand_points', 0):,}",
        say("现有设施（个）", "facilities that stand"): f"{counts.get('existing', 0):,}",
        say("候选点（个）", "candidates"): f"{counts.get('candidates', 0):,}",
        say("怎样读“新增覆盖”", "how to read “newly covered”"): say(
            "按排序逐个累加，各点相加等于新增总数；“唯一覆盖”是少了它就失去的；“可达”不能相加。",
            "In the order of ranks, adds up to all newly covered; “unique” is lost without the "
            "site; “reached” must not be added up.",
        ),
        say("数据问题", "faults"): " ".join(fault.message for fault in answer.read.faults),
        say("路网指纹", "network fingerprint"): str(known.get("network_hash", "")),
        say("图层版本", "layer versions"): "；".join(
            f"{name} {digest[:12]}" for name, digest in known.get("layers", {}).items()
        ),
    }
    return pd.DataFrame(
        {
            say("项目", "item"): pd.array(list(rows), dtype="string"),
            say("内容", "content"): pd.array(list(rows.values()), dtype="string"),
        }
    )


def keep(workspace: Workspace, answer: Answer, drawn: Shapes) -> None:
    """Keep sites and assignment as layers of the workspace, and what was asked as a run."""
    report, asked, kind = answer.report, answer.asked, answer.read.question.kind
    titles = {
        "sites": (say("选址：点", "siting: sites"), drawn.sites),
        "assignment": (say("选址：分配", "siting: assignment"), drawn.assignment),
    }
    styles = {"sites": site_style, "assignment": assignment_style}
    for name, (title, frame) in titles.items():
        named = headings(f"siting_{name}")
        workspace.write_result(
            f"siting_{name}",
            frame,
            on=asked.on,
            title=f"{kind.label} {title}",
            titles=named,
            style=partial(styles[name], aliases=named),
        )
    for title, name, rows in answer.more:
        workspace.write_result(
            name, rows, on=asked.on, title=f"{kind.label} {title}", titles=headings(name)
        )
    known = dict(report.problem.provenance)
    plan = report.plan
    workspace.record_run(
        "site",
        on=asked.on,
        inputs=known.pop("layers", {}) | {"streets": known.pop("network_hash", "")},
        parameters={
            "facility": kind.name,
            "model": asked.model.name,
            "weight": report.weight,
            "sites": asked.sites,
            "budget_yuan": asked.budget_yuan,
            "must": list(asked.must),
            "never": list(asked.never),
            "closable": list(asked.closable),
            "gap": asked.gap,
            "seed": asked.seed,
        }
        | known,
        results={
            "sites": report.problem.sites.id[report.new].tolist(),
            "objective": plan.objective,
            "bound": plan.bound if abs(plan.bound) < float("inf") else None,
            "unit": plan.unit,
            "status": plan.status,
            "covered_before": report.covered_before,
            "covered_after": report.covered_after,
        },
    )


def page(answer: Answer, drawn: Shapes) -> str:
    """Return the map of the plan as one HTML page."""
    report, read = answer.report, answer.read
    kind, names = read.question.kind, list(read.inputs.areas.names.get("county", {}).values())
    place = names[0] if len(names) == 1 else ""
    before, after, total = report.covered_before, report.covered_after, report.total
    share = [f"{n / total:.1%}" if total else "—" for n in (before, after)]
    found = bounded(answer)
    return plan_map(
        drawn.sites,
        drawn.assignment,
        kind=kind,
        people=report.problem.weight(report.weight).tolist(),
        who=counted(report.weight, 0).removeprefix("0 ").removeprefix("位").removeprefix("名"),
        limit_min=report.limit_min,
        areas=read.inputs.areas,
        network=read.inputs.network,
        title=say(
            f"{place}{kind.zh}选址图：{answer.asked.model.zh}",
            f"{place + ': ' if place else ''}{kind.en}, siting plan ({answer.asked.model.name})",
        ),
        headline=say(
            f"新建 {len(report.new)} 处；{report.limit_min:g} 分钟内覆盖 {before:,.0f} → "
            f"{counted(report.weight, after)}（{share[0]} → {share[1]}），仍未覆盖 "
            f"{total - after:,.0f}；{found}",
            f"{len(report.new)} new; within {report.limit_min:g} min {before:,.0f} → "
            f"{counted(report.weight, after)} ({share[0]} → {share[1]}), {total - after:,.0f} "
            f"still not; {found}",
        ),
        notes=[conditions(answer)],
        sources=read.inputs.sources,
        simulated=bool(report.problem.provenance.get("simulated")),
    )


def written(
    workspace: Workspace, answer: Answer, steps: Steps, *, out: Path | None, draw: bool
) -> list[Path]:
    """Write the workbook and beside it the map; keep the plan in the workspace for QGIS."""
    kind = answer.read.question.kind.name
    folder = workspace.output / f"siting_{kind}"
    with steps("写出表格和图层", "write"):
        drawn = shapes(answer)
        book = out or folder / say("选址.xlsx", "siting.xlsx")
        files = workbook(answer, drawn, book)
        keep(workspace, answer, drawn)
    if draw:
        with steps("绘制地图", "draw"):
            files.append(book.parent / say("选址图.html", "siting.html"))
            write_whole(files[-1], page(answer, drawn).encode())
    return files
