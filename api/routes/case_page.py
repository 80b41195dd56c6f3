"""The page of a case: where it stands, what holds it up, and a form for each act on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from api.advice import at_a_server
from api.errors import status_of
from api.ogc.asking import EMPTY
from api.ogc.pages import page_of
from api.ogc.respond import address
from api.ogc.sent import Sent
from api.ogc.told import Cell, Table, link
from api.routes.case_asks import answers_of, steps_of, work_of
from api.routes.case_desk import Desk, looking
from api.routes.case_later_asks import tasks_of
from api.routes.case_making import Maker
from api.routes.case_told import whole_told
from geo.errors import PlannerError
from geo.gazetteer.cases.ahead import ahead
from geo.gazetteer.cases.record import case_of, reading
from geo.gazetteer.cases.shown import facts_told
from geo.gazetteer.words import labelled, word
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row


def page(
    desk: Desk,
    row: Row,
    told: Mapping[str, Any],
    *,
    sent: Sent = EMPTY,
    problem: PlannerError | None = None,
    tried: Sequence[Mapping[str, Any]] = (),
) -> Response:
    """Return the page of a case.

    Parameters
    ----------
    desk, row, told
        Who looks, the case, and what is told of it.
    sent, problem
        The form that was refused before, and why.
    tried
        What the rules say of its names, where that was only looked at.
    """
    request, own = desk.request, f"/cases/{row['number'] or row['id']}"
    make = Maker(desk, row, told, sent, problem)
    steps, work = steps_of(make), work_of(make)
    answers, tasks = answers_of(make), tasks_of(make)
    shown = any(one.problem is not None for one in (*steps, *work, *answers, *tasks))
    made = page_of(
        request,
        "case.html",
        title=f"{row['number']} {row['title']}",
        trail=[(say("案卷", "Cases"), address(request, "/cases", f="html"))],
        json=address(request, own, f="json"),
        facts=[(name, value) for name, value in _facts(desk, row, told) if value],
        lacking=_lacking(desk, row) if told["actions"] else "",
        problem=None if shown else problem,
        steps=steps,
        work=work,
        answers=answers,
        tasks=tasks,
        tried=replace(_names(tried), title=say("试查", "Tried")) if tried else None,
        tables=[one for one in _tables(desk, told) if one.rows],
        further=_further(request, own, told),
    )
    made.headers["Cache-Control"] = "no-store"
    made.status_code = 200 if problem is None else status_of(problem)
    return made


def again(
    request: Request,
    sent: Sent,
    problem: PlannerError | None,
    *,
    tried: Sequence[Mapping[str, Any]] = (),
) -> Response:
    """Return the page of the case that a form is about, with what became of the form."""
    with looking(request) as desk:
        row = desk.case()
        told = whole_told(desk, row)
        return page(desk, row, told, sent=sent, problem=problem, tried=tried)


def _facts(desk: Desk, row: Row, told: Mapping[str, Any]) -> list[tuple[str, Cell]]:
    campaign, filled = told["campaign"] or "", facts_told(desk.book, row, on=desk.day)
    return [
        (say("类型", "Kind"), told["kind_label"]),
        (say("状态", "State"), told["state_label"]),
        (say("经办", "Clerk"), told["clerk"]),
        (say("申请人", "Applicant"), told["applicant"]),
        (say("批准", "Approver"), told["approver"]),
        *((label, desk.veil.over(text)) for label, text in filled),
        (say("立案", "Opened"), told["opened_on"]),
        (say("批准日期", "Decided"), told["decided_on"]),
        (
            say("所属批量案卷", "On the list of"),
            link(campaign, address(desk.request, f"/cases/{campaign}", f="html")),
        ),
    ]


def _tables(desk: Desk, told: Mapping[str, Any]) -> list[Table]:
    rules = desk.rules
    return [
        _names(told["names"]),
        Table(
            say("日期 办理 至 谁 角色 备注", "Day Act To Who Role Note").split(),
            [
                [
                    one["on_day"],
                    labelled(one["act"], one["paper"]) if one["paper"] else one["act"],
                    str(rules.state_words[one["became"]]), one["actor"],
                    str(rules.roles[one["role"]]), one["note"],
                ]
                for one in told["steps"]
            ],
            say("步骤", "Steps"),
        ),
        Table(
            say("类型 标题 文号 机关 发文日期", "Kind Title Number Issuer Issued").split(),
            [
                [
                    one["label"],
                    link(one["title"], one["file"]["href"]) if one["file"] else one["title"],
                    one["number"], one["issuer"], one["issued_on"],
                ]
                for one in told["documents"]
            ],
            say("文件", "Documents"),
        ),
        Table(
            say("谁 态度 意见 答复", "Who Stance Text Answer").split(),
            [
                [one["by"], one["stance_label"], one["text"], one["answer"]]
                for one in told["hearing"]["opinions"]
            ],
            say("意见", "Opinions"),
        ),
        Table(
            say("序号 任务 期限 完成 依据", "No. What Due Done Rule").split(),
            [
                [one["number"], one["title"], one["due_on"], one["done_on"], one["rule"]]
                for one in told["tasks"]
            ],
            say("任务", "Tasks"),
        ),
    ]  # fmt: skip


def _names(found: Sequence[Mapping[str, Any]]) -> Table:
    return Table(
        say("名称 选定 结论 说明", "Name Chosen Verdict Why").split(),
        [
            [
                one["name"], say("是", "yes") if one.get("chosen") else "",
                word("verdict", one["verdict"]) if one["verdict"] else "",
                " ".join(finding["message"] for finding in one["findings"]),
            ]
            for one in found
        ],
        say("拟用名称", "Names"),
    )  # fmt: skip


def _lacking(desk: Desk, row: Row) -> str:
    """Return what the next step of the case lacks, in a sentence."""
    with reading(desk.book) as select:
        found = ahead(select, case_of(row, desk.rules), desk.rules, on=desk.day)
    if found is None or not found.lacking:
        return ""
    listed = at_a_server(say("；", "; ").join(desk.veil.over_all(found.lacking)))
    return say(f"下一步“{found.act.word}”还差：{listed}。", f"{found.act.word} lacks: {listed}.")


def _further(request: Request, own: str, told: Mapping[str, Any]) -> list[tuple[str, str]]:
    pages = [("tasks", "任务", "Tasks"), ("opinions", "意见", "Opinions"),
             ("drafts", "文稿", "Drafts")]  # fmt: skip
    listed = [one for one in told["links"] if one["rel"] == "item"]
    if listed:
        pages.append(("progress", "进度", "Progress"))
    found = [(say(zh, en), address(request, f"{own}/{what}", f="html")) for what, zh, en in pages]
    more = [(one["title"], f"{one['href']}&f=html") for one in listed]
    return [*found, *more]
