"""How ``fuwuquan site`` shows a plan to a planner: as lines and tables."""

from __future__ import annotations

import math
from pathlib import Path

from api.cli import site_changes, site_gates
from api.cli._console import print_line, print_table, records
from api.cli.site_answer import Answer
from api.cli.site_files import bounded, conditions
from geo.text import listed, say, yuan
from optimization.explain import counted, why_here, why_not_here
from optimization.report import (
    alternative_table,
    pareto_table,
    plan_table,
    speed_table,
)

_NORMS_TOLD = ("norms_of_elsewhere", "no_area_norm")
"""Faults told first, because they say which candidates there are at all."""
_EXPLAINED = 10
"""Chosen sites explained on the screen; all are in the workbook."""


def show(answer: Answer, files: list[Path]) -> None:
    """Print the plan for a planner."""
    report = answer.report
    if answer.found_candidates:
        print_line(
            say(
                f"工作区原先没有候选点，已自动查找：可选 {len(answer.read.candidates):,} 处"
                "（条件见 fuwuquan candidates --help）。",
                f"The workspace had no candidates; {len(answer.read.candidates):,} were found now "
                "(for the conditions see fuwuquan candidates --help).",
            )
        )
    print_line(conditions(answer))
    for fault in answer.read.faults:
        if fault.code in _NORMS_TOLD:
            print_line(say("！ ", "! ") + fault.message + say("", "; ") + fault.advice)
    _print_headline(answer)
    rows = answer.rows
    if "siting_gates" in rows:
        site_gates.show(rows["siting_gates"])
    if "siting_changes" in rows:
        site_changes.show(report, rows["siting_changes"])
    else:
        _print_sites(answer)
    _print_why_not(answer)
    _print_alternatives(answer)
    _print_speeds(answer)
    _print_front(answer)
    for fault in answer.read.faults:
        if fault.severity in ("error", "warning") and fault.code not in _NORMS_TOLD:
            print_line(say("！ ", "! ") + fault.message + say("", "; ") + fault.advice)
    if report.plan.measures.get("stopped_by_time"):
        print_line(
            say(
                "！ 到了求解时限；换一台电脑结果可能不同。要更好的结果请加大 --seconds。",
                "! Stopped by the clock: another machine may find another plan; raise --seconds.",
            )
        )
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _print_headline(answer: Answer) -> None:

    report, plan = answer.report, answer.report.plan
    before, after, total = report.covered_before, report.covered_after, report.total
    share = [f"{n / total:.1%}" if total else "—" for n in (before, after)]
    print_line(
        say(
            f"{report.limit_min:g} 分钟内：{before:,.0f} → {counted(report.weight, after)}"
            f"（{after - before:+,.0f}），占 {total:,.0f} 的 {share[0]} → {share[1]}。",
            f"Within {report.limit_min:g} min: {before:,.0f} → {counted(report.weight, after)} "
            f"({after - before:+,.0f}), {share[0]} → {share[1]} of {total:,.0f}.",
        )
    )
    text = bounded(answer)
    print_line(
        say(
            f"{text}；求解 {plan.seconds:.2f} 秒；种子 {plan.seed}。",
            f"{text[0].upper()}{text[1:]}; solved in {plan.seconds:.2f} s; seed {plan.seed}.",
        )
    )


def _print_sites(answer: Answer) -> None:

    report, sites = answer.report, answer.report.problem.sites
    new = [one for one in report.gains if one.new]
    if not new:
        print_line(say("不需要新建任何点。", "No new site is needed."))
    elif any(one.closed for one in new):
        _print_closed(answer)
    else:
        _print_covering(answer)
    cost = float(report.cost_yuan[report.new].sum())
    if new and not math.isnan(cost) and cost:
        print_line(say(f"建设费用合计 {yuan(cost)}。", f"Cost in all: {yuan(cost)}."))
    closed = [str(sites.name[site]) for site in report.closed]
    if closed:
        names = listed(closed, None)
        print_line(say(f"建议关闭：{names}。", f"To close: {names}."))
    for one in new[:_EXPLAINED]:
        text = why_here(report.problem, one, weight=report.weight, limit_min=report.limit_min)
        print_line(f"· {sites.name[one.site]}{say('：', ': ')}{text}")
    if len(new) > _EXPLAINED:
        print_line(
            say(
                f"· 其余 {len(new) - _EXPLAINED} 处的理由见工作簿。",
                f"· For the other {len(new) - _EXPLAINED} see the workbook.",
            )
        )


def _print_covering(answer: Answer) -> None:
    report, sites = answer.report, answer.report.problem.sites
    print_table(
        [
            *(say("编号", "id"), say("名称", "name"), say("新增覆盖", "added")),
            *(say("可达", "reached"), say("费用", "cost")),
        ],
        [
            [
                str(sites.id[one.site]),
                str(sites.name[one.site]),
                round(one.marginal),
                round(one.reached),
                _money(report.cost_yuan[one.site]),
            ]
            for one in report.gains
            if one.new
        ],
    )


def _print_closed(answer: Answer) -> None:
    """Print what each room does for the norm on floor area."""
    report, sites = answer.report, answer.report.problem.sites
    rooms = [(one, one.closed) for one in report.gains if one.new and one.closed]
    print_table(
        [
            *(say("编号", "id"), say("名称", "name"), say("补足小区", "estates helped")),
            *(say("补足面积 ㎡", "m² given"), say("建设费用", "cost")),
        ],
        [
            [
                *(str(sites.id[one.site]), str(sites.name[one.site]), closed.estates),
                *(round(closed.area_m2, 1), _money(report.cost_yuan[one.site])),
            ]
            for one, closed in rooms
        ],
    )
    unmet = getattr(report.plan, "unmet_m2", None)
    if unmet is not None and unmet.sum() > 0:
        print_line(
            say(
                f"！ 还有 {int((unmet > 0).sum()):,} 个小区缺 {unmet.sum():,.0f} 平方米，"
                "圈内没有够用的房屋。",
                f"! {int((unmet > 0).sum()):,} estates still lack {unmet.sum():,.0f} m²: no room "
                "in their circle.",
            )
        )


def _money(amount: float) -> str:

    return say("未知", "unknown") if math.isnan(amount) else yuan(amount)


def _print_why_not(answer: Answer) -> None:

    report, sites = answer.report, answer.report.problem.sites
    for one in answer.why_not:
        text = why_not_here(
            report.problem,
            one,
            weight=report.weight,
            limit_min=report.limit_min,
            rules=report.rules,
        )
        cannot = answer.impossible.get(str(sites.id[one.site]), "")
        if cannot:
            text += say(f"指定必选后无解：{cannot}", f" Demanded, there is no plan: {cannot}")
        print_line(say(f"为什么不：{text}", f"Why not: {text}"))


def _print_alternatives(answer: Answer) -> None:

    report, found = answer.report, answer.report.alternatives
    if found is None:
        return
    table = alternative_table(report)
    print_line(
        say(
            f"备选：重新求解 {found.solved} 次，找到 {len(found.plans)} 个差距在 "
            f"{found.within_share:.0%} 以内的不同方案。",
            f"Alternatives: solved {found.solved} times, {len(found.plans)} different plans within "
            f"{found.within_share:.0%}.",
        )
    )
    print_table(
        [
            *(say("编号", "id"), say("名称", "name"), say("本方案", "here")),
            *(say("出现 %", "in %"), say("不可缺", "needed")),
        ],
        [
            [
                *(row["id"], row["name"], row["chosen"]),
                *(round(100 * row["often_share"], 1), row["needed"]),
            ]
            for row in records(table)
        ],
    )
    best = plan_table(report)["objective"].iloc[0]
    worse = report.plan.objective - best
    if (worse < 0) == (report.plan.sense == "max") and worse:
        print_line(
            say(
                f"！ 备选中有更好的方案（目标值 {best:,.0f}），见工作簿“备选方案”。",
                f"! One alternative is better (objective {best:,.0f}); see the workbook.",
            )
        )


def _print_speeds(answer: Answer) -> None:

    report = answer.report
    if not report.speeds:
        return
    print_line(
        say(
            "步速稳定性：换步速后本方案覆盖多少，专为该步速求解的方案有几处与本方案相同。",
            "Other speeds: people this plan covers then, and how many of its sites are best then.",
        )
    )
    print_table(
        [
            *(say("步速 米/秒", "m/s"), say("本方案覆盖", "this plan"), "%"),
            *(say("该步速最优方案", "plan for it"), say("相同选定点", "sites kept")),
            say("状态", "status"),
        ],
        [
            [
                *(row["speed_m_s"], row["covered"]),
                None if row["covered_share"] is None else round(100 * row["covered_share"], 1),
                *(row["best_covered"], f"{row['kept']}/{len(report.new)}", row["status"]),
            ]
            for row in records(speed_table(report))
        ],
    )


def _print_front(answer: Answer) -> None:

    if not answer.report.front:
        return
    print_line(
        say(
            "取舍：任何一个方案都不比另一个全面更好。",
            "Trade-offs: none of these plans is better than another in everything.",
        )
    )
    print_table(
        [
            *(say("方案", "plan"), say("新建处数", "new sites"), say("费用", "cost")),
            *(say("覆盖人数", "covered"), "%", say("最低乡镇街道 %", "worst township, %")),
        ],
        [
            [
                *(row["number"], row["new_sites"]),
                _money(float("nan") if row["cost_yuan"] is None else row["cost_yuan"]),
                *(row["covered"], round(100 * row["covered_share"], 1)),
                round(100 * (row["worst_area_share"] or 0.0), 1),
            ]
            for row in records(pareto_table(answer.report))
        ],
    )
