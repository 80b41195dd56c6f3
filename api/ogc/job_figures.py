"""The figures of a finished job as people read them: each with what it is counted of, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, get_args

from api.ogc.choice_words import word_of
from api.ogc.told import Cell, Table
from geo.faults import SEVERITIES, severity_label
from geo.schema import Weight
from geo.text import say

_Told = Mapping[str, Any]
_MOST: Final = 50
_COVERED: Final = "covered_"
_MINUTES: Final = "_min"
_WEIGHTS: Final = get_args(Weight)
_STATUS: Final = {
    "optimal": ("已证明最优", "proven best"),
    "within_gap": ("在所要求的差距以内", "within the gap asked for"),
    "heuristic": ("未证明最优", "not proven best"),
}


def figures(process: str, told: _Told) -> list[Table]:
    """Return the tables of what a job found; of a process that is not known here, its remarks.

    Parameters
    ----------
    process
        Id of the process.
    told
        Its summary.
    """
    makers: Mapping[str, Callable[[_Told], list[Table]]] = {
        "coverage": _coverage,
        "site": _site,
        "plan": _plan,
        "assess": _assess,
        "candidates": _candidates,
    }
    try:
        main = makers.get(process, _plain)(told)
    except (KeyError, TypeError, AttributeError):  # an earlier version told it otherwise
        main = []
    made = main + _basis(told.get("provenance") or {}) + _faults(told.get("faults") or [])
    return [one for one in made if one.rows]


def totals_table(
    totals: Mapping[str, _Told], *, main: str = "", title: str = "", about: str = ""
) -> Table:
    """Return how many are covered, of whom, within each limit.

    Parameters
    ----------
    totals
        What coverage counted, by whom it weighs.
    main
        The limit of which it is said who is surely within it; empty where that is not told.
    title, about
        What stands above.
    """
    limits = [
        name.removeprefix(_COVERED).removesuffix(_MINUTES)
        for name in next(iter(totals.values()), {})
        if name.startswith(_COVERED) and name.endswith(_MINUTES)
    ]
    limits.sort(key=float)
    sure = ("surely", "depends", "surely_not") if main else ()
    rows = [
        [
            one["denominator"],
            figure(one["total"]),
            *(_part(one, f"{_COVERED}{limit}{_MINUTES}") for limit in limits),
            *(figure(one.get(name)) for name in sure),
        ]
        for _, one in sorted(totals.items(), key=_in_order)
    ]
    words = (("必定", "surely"), ("看步速", "depends"), ("必定不到", "surely not"))
    heads = [
        say("口径", "Counted"),
        say("总数", "Total"),
        *(say(f"{one} 分钟内", f"Within {one} min") for one in limits),
        *(say(f"{main} 分钟：{zh}", f"{main} min: {en}") for zh, en in words if main),
    ]
    return Table(heads, rows, title, about)


def _in_order(total: tuple[str, _Told]) -> int:
    """Return where a total stands: people as the schema orders them, then what is counted else."""
    return _WEIGHTS.index(total[0]) if total[0] in _WEIGHTS else len(_WEIGHTS)


def _coverage(told: _Told) -> list[Table]:
    missed = figure(told["unserved_points"])
    about = say(f"覆盖不到的需求点 {missed} 处。", f"{missed} points are not covered.")
    main = f"{told['provenance']['main_min']:g}"
    return [totals_table(told["totals"], main=main, title=say("覆盖", "Coverage"), about=about)]


def _site(told: _Told) -> list[Table]:
    plan = told["plan"]
    main: list[list[Cell]] = [
        [say("总数", "Total"), figure(told["total"])],
        [say("现在覆盖", "Covered today"), _of(told["covered_before"], told["total"])],
        [say("方案覆盖", "Covered by the plan"), _of(told["covered_after"], told["total"])],
        [say("增加", "Gained"), _gain(told["covered_before"], told["covered_after"])],
        *_solved(plan, plan["gap"]),
    ]
    rows = [
        [
            one["name"] or one["id"], one["id"], figure(one["marginal"]),
            figure(one["cost_yuan"]), one["explanation"],
        ]
        for one in told["sites"][:_MOST]
    ]  # fmt: skip
    heads = say("选定点 编号 新增覆盖 费用（元） 说明", "Site Id Gained Cost Why").split()
    return [
        Table([say("项目", "Figure"), told["denominator"]], main, say("方案", "Plan")),
        Table(heads, rows, say("选定的点", "Sites")),
    ]


def _plan(told: _Told) -> list[Table]:
    years = [
        [
            str(one["year"]), figure(one["new_sites"]), figure(one["cost_yuan"]),
            figure(one["people"]), _of(one["covered"], one["people"]),
        ]
        for one in told["years"]
    ]  # fmt: skip
    projects = [
        [
            str(one["year"]), one["name"] or one["id"], one["place"], figure(one["gained"]),
            figure(one["cost_yuan"]), one["compound_names"],
        ]
        for one in told["projects"][:_MOST]
    ]  # fmt: skip
    solved = _solved(told, told["gap_share"])
    return [
        Table(
            say("年份 新建 费用（元） 总数 覆盖", "Year New Cost Total Covered").split(),
            years,
            say("逐年", "Year by year"),
        ),
        Table(
            say(
                "年份 项目 乡镇街道 新增覆盖 费用（元） 受益小区",
                "Year Project Place Gained Cost For",
            ).split(),
            projects,
            say("项目", "Projects"),
        ),
        Table((), solved, say("求解", "Solving")),
    ]  # fmt: skip


def _assess(told: _Told) -> list[Table]:
    from geo.assess.words import verdict_label  # noqa: PLC0415
    from geo.norms import load  # noqa: PLC0415

    norms = load()
    verdicts = ("fail", "unknown", "pass", "exempt", "not_yet_due", "draft", "no_norm")
    rows: list[list[Cell]] = [
        [
            norms[one["norm"]].label,
            verdict_label(one["whole"]) if one["whole"] else None,
            *(figure(one[name] or None) for name in verdicts),
        ]
        for one in told["norms"]
        if one["whole"] or any(one[name] for name in verdicts)
    ]
    short = [
        [
            one["name"], one["norm_name"], one["verdict_text"], figure(one["actual"]),
            figure(one["required"]), one["formula"], one["source"],
        ]
        for one in told["shortages"][:_MOST]
    ]  # fmt: skip
    heads = [
        say("规范", "Norm"),
        say("全域", "Whole area"),
        *(verdict_label(name) for name in verdicts),
    ]
    return [
        Table(heads, rows, say("各项规范", "Norms")),
        Table(
            say("地方 规范 结论 现有 应有 算式 来源", "Place Norm Verdict Has Wanted Sum Source")
            .split(),
            short,
            say("缺口", "Shortfalls"),
            say(f"最多列 {_MOST} 项，其余见文件。", f"The first {_MOST}; the files have all."),
        ),
    ]  # fmt: skip


def _candidates(told: _Told) -> list[Table]:
    rows = [
        [
            word_of("sources", one["source"]),
            *(figure(one[name]) for name in ("offered", "accepted", "rejected")),
        ]
        for one in told["by_source"]
    ]
    kept, gone = figure(told["accepted"]), figure(told["rejected"])
    return [
        Table(
            say("来源 找到 留下 排除", "Source Found Kept Rejected").split(),
            rows,
            say("候选点", "Candidates"),
            say(f"留下 {kept} 个，排除 {gone} 个。", f"{kept} kept, {gone} rejected."),
        )
    ]


def _plain(told: _Told) -> list[Table]:
    """Return the numbers of an import; of other processes their files tell."""
    words = {
        "rows_in": ("读入行数", "rows read"),
        "rows_kept": ("收下", "kept"),
        "rows_quarantined": ("隔离，没有导入", "quarantined"),
        "rows_set_aside": ("合计与表注，不作为数据", "totals and remarks"),
        "records": ("条目", "records"),
        "listed": ("清单上的案卷", "cases listed"),
        "number": ("案号", "case"),
        "title": ("标题", "title"),
        "added": ("新增的行", "rows added"),
        "changed": ("改动的行", "rows changed"),
        "removed": ("删去的行", "rows taken away"),
        "unchanged": ("没有变的行", "rows as they were"),
    }
    every = {**told, **(told["rows"] if isinstance(told.get("rows"), Mapping) else {})}
    rows = [
        [say(*word), every[name] if isinstance(every[name], str) else figure(every[name])]
        for name, word in words.items()
        if isinstance(every.get(name), int | float | str)
    ]
    return [Table((), rows, say("数字", "Figures"))]


def _basis(told: _Told) -> list[Table]:
    """Return what the figures rest on."""
    minutes = told.get("minutes") or [told.get("limit_min")]
    rows: list[list[Cell]] = [
        [say("日期", "Day"), told.get("on")],
        [say("口径", "Counted"), told.get("basis")],
        [
            say("时限（分钟）", "Limits (min)"),
            say("、", ", ").join(figure(m) for m in minutes if m),
        ],
        [say("步速（米/秒）", "Speed (m/s)"), figure(told.get("speed_m_s"))],
        [say("规范所在地", "Norms of"), told.get("area")],
        [say("含模拟数据", "Simulated"), say("是", "yes") if told.get("simulated") else None],
        [say("路网指纹", "Streets"), str(told.get("network_hash") or "")[:12]],
    ]
    kept = [row for row in rows if row[1] not in (None, "", "–")]
    return [Table((), kept, say("依据", "Rests on"))] if kept else []


def _faults(found: Sequence[_Told]) -> list[Table]:
    """Return what was found wrong, the gravest first; of a file by its rows, with what to do."""
    listed = sorted(found, key=lambda one: SEVERITIES.index(one["severity"]))[:_MOST]
    of_rows, advised = (any(one.get(name) for one in listed) for name in ("row", "advice"))
    rows: list[list[Cell]] = [
        [
            severity_label(one["severity"]),
            *([figure(one.get("row"))] if of_rows else []),
            one["message"],
            *([one.get("advice")] if advised else []),
        ]
        for one in listed
    ]
    heads = [
        say("程度", "Severity"),
        *([say("行号", "Row")] if of_rows else []),
        say("说明", "Message"),
        *([say("怎么办", "What to do")] if advised else []),
    ]
    more = say(f"只列前 {_MOST} 条，其余见文件。", f"The first {_MOST}; the files have all.")
    return [Table(heads, rows, say("提示", "Remarks"), more if len(found) > _MOST else "")]


def _solved(told: _Told, gap: float | None) -> list[list[Cell]]:
    status = say(*_STATUS.get(told["status"], (told["status"],) * 2))
    return [
        [say("求解结果", "Solved"), status],
        [say("目标值", "Objective"), figure(told["objective"])],
        [say("理论上限", "Bound"), figure(told["bound"])],
        [say("差距", "Gap"), None if gap is None else f"{gap:.2%}"],
        [say("种子", "Seed"), str(told["seed"])],
    ]


def _part(one: _Told, name: str) -> str:
    share = one.get(f"{name}_share")
    told = figure(one[name])
    return told if share is None else say(f"{told}（{share:.1%}）", f"{told} ({share:.1%})")


def _of(count: float | None, total: float | None) -> str:
    if count is None:
        return "–"
    share = f"{count / total:.1%}" if total else ""
    return say(f"{count:,.0f}（{share}）", f"{count:,.0f} ({share})") if share else f"{count:,.0f}"


def _gain(before: float | None, after: float | None) -> str:
    return "–" if before is None or after is None else f"{after - before:+,.0f}"


def figure(value: float | None) -> str:
    """Return a number as people read it; a dash for none."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"
