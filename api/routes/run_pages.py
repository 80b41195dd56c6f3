"""The latest results of analyses as pages for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.job_figures import figure, totals_table
from api.ogc.outdated import warned
from api.ogc.respond import address
from api.ogc.told import Cell, Control, Form, Table, link, told_page
from geo.schema import facility_types
from geo.text import say

_TITLES: Final = {
    "coverage": ("覆盖结果", "Coverage"),
    "assessments": ("达标评估", "Assessments"),
    "sitings": ("选址", "Sitings"),
}
_PROCESSES: Final = {"coverage": "coverage", "assessments": "assess", "sitings": "site"}
_COUNTED: Final = {
    "fail": ("不合格", "fail"),
    "unknown": ("未知", "unknown"),
    "pass": ("合格", "pass"),
    "covered_before": ("原来覆盖", "covered before"),
    "covered_after": ("方案覆盖", "covered after"),
    "bound": ("理论上限", "bound"),
}


def runs(
    request: Request, what: str, found: Sequence[Mapping[str, Any]], given: Mapping[str, str]
) -> Response:
    """Return the page of the latest runs of one analysis, one table for each type of facility."""
    types = facility_types()
    choices = (("", say("全部", "all")), *((name, one.label) for name, one in types.items()))
    choice = Control(
        "choice", "facility", say("设施类型", "Facility"), value=given.get("facility", ""),
        choices=tuple(choices),
    )  # fmt: skip
    form = Form(
        "", address(request, f"/{what}"), say("查看", "Show"), (choice,),
        hidden=(("f", "html"),), method="get",
    )  # fmt: skip
    ask = address(request, f"/processes/{_PROCESSES[what]}", f="html")
    return told_page(
        request,
        title=say(*_TITLES[what]),
        about=say("各类设施最近的一次。", "The latest of each type of facility."),
        json=address(request, f"/{what}", **given, f="json"),
        ask=[form] if len(found) > 1 or given.get("facility") else [],
        tables=[table for one in found for table in _run(one)],
        says="" if found else say("还没有结果。", "No results yet."),
        further=[(say("重新计算", "Ask for it anew"), ask)],
    )


def scenarios(request: Request, body: Mapping[str, Any]) -> Response:
    """Return the page of the scenarios kept."""
    rows = [
        [one["name"], say("、", ", ").join(f"{k}：{_said(v)}" for k, v in one.items()
                                          if k != "name" and v)]
        for one in body["scenarios"]
    ]  # fmt: skip
    compared = body["compared"]
    last = [
        Table((), _basis(one), say("最近一次比较", "Last compared"), warning=warned(one["stale"]))
        for one in ([compared] if compared else [])
    ]
    return told_page(
        request,
        title=say("情景", "Scenarios"),
        about=say("存下的各组改动。", "Sets of changes that were kept."),
        json=address(request, "/scenarios", f="json"),
        tables=[
            Table(
                say("名称 改动", "Name Changes").split(), rows,
                nothing=say("还没有情景。", "No scenarios yet."),
            ),
            *last,
        ],
    )  # fmt: skip


def _run(one: Mapping[str, Any]) -> list[Table]:
    types, results = facility_types(), one["results"]
    kind = one["facility"]
    title = types[kind].label if kind in types else kind or say("各类设施", "all types")
    made, warning = [], warned(one["stale"])
    if "totals" in results:
        made.append(replace(totals_table(results["totals"], title=title), warning=warning))
        title = warning = ""
    rows = [
        [say(*words), figure(results[name])]
        for name, words in _COUNTED.items()
        if isinstance(results.get(name), int | float)
    ]
    return [*made, Table((), [*rows, *_basis(one)], title, warning=warning)]


def _basis(one: Mapping[str, Any]) -> list[list[Cell]]:
    told = one["parameters"]
    minutes = told.get("minutes") or [told.get("limit_min")]
    rows: list[list[Cell]] = [
        [say("日期", "Day"), one["on"]],
        [say("口径", "Counted"), told.get("basis")],
        [say("时限（分钟）", "Limits (min)"), say("、", ", ").join(f"{m:g}" for m in minutes if m)],
        [say("步速（米/秒）", "Speed (m/s)"), told.get("speed_m_s")],
        [say("规范所在地", "Norms of"), (told.get("rules_of") or [None])[0]],
    ]
    layers: list[list[Cell]] = [
        [say("结果图层", "Layer"), link(href["title"], f"{href['href']}?f=html")]
        for href in one["links"]
    ]
    return [row for row in rows if row[1] not in (None, "")] + layers


def _said(value: object) -> str:
    if isinstance(value, list):
        return say("、", ", ").join(map(str, value))
    return str(value)
