"""Cases as pages for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.ogc.respond import address
from api.ogc.told import Cell, Control, Form, Table, link, told_page
from api.routes.case_desk import EDIT, Desk
from geo.gazetteer.cases.hearing import STANCES
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row

_Choices = tuple[tuple[str, str], ...]
_TITLES: Final = {
    "opinions": ("意见", "Opinions"),
    "tasks": ("任务", "Tasks"),
    "progress": ("进度", "Progress"),
}


def listing(
    desk: Desk,
    rows: Sequence[Row],
    soonest: Mapping[str, str],
    given: Mapping[str, str],
    further: dict[str, str] | None,
) -> Response:
    """Return a page of cases.

    Parameters
    ----------
    desk, rows
        Who looks, and the cases.
    soonest
        The first day on which something of each is due.
    given
        What was asked for.
    further
        What the next page is asked by; None after the last.
    """
    request, rules = desk.request, desk.rules
    cells = [
        [
            link(row["number"], address(request, _own(row), f="html")),
            str(rules.kind(row["kind"]).word), row["title"],
            str(rules.state_words[row["state"]]), row["clerk"], row["opened_on"],
            soonest.get(row["id"], ""),
        ]
        for row in rows
    ]  # fmt: skip
    heads = say(
        "案号 类型 标题 状态 经办 立案 最近期限", "Case Kind Title State Clerk Opened Due"
    ).split()
    pages = [(say("期限", "Deadlines"), address(request, "/cases/due", f="html"))]
    if all(desk.person.may(scope) for scope in EDIT):
        opening = say("立案", "Open a case"), address(request, "/cases/kinds", f="html")
        pages.insert(0, opening)
    return told_page(
        request,
        title=say("案卷", "Cases"),
        about=say("地名从提出到立牌，按案号。", "Names from proposal to sign, by number."),
        json=address(request, "/cases", **given, f="json"),
        ask=[_filters(desk, given)],
        tables=[Table(heads, cells, nothing=say("没有案卷。", "No cases."))],
        following=address(request, "/cases", **further, f="html") if further else "",
        further=pages,
    )


def _filters(desk: Desk, given: Mapping[str, str]) -> Form:
    """Return the form by which the list of cases is narrowed."""
    rules, every = desk.rules, ("", say("全部", "all"))
    states = (every, *((key, str(word)) for key, word in rules.state_words.items()))
    kinds = (every, *((key, str(one.word)) for key, one in rules.kinds.items()))
    late = ("", say("都列", "all")), ("true", say("只看有逾期任务的", "only overdue ones"))

    def asked(name: str, kind: str, zh: str, en: str, choices: _Choices = ()) -> Control:
        return Control(kind, name, say(zh, en), value=given.get(name, ""), choices=choices)

    first = asked("state", "choice", "状态", "State", states)
    rest = (
        asked("kind", "choice", "类型", "Kind", kinds),
        asked("clerk", "text", "经办", "Clerk"),
        asked("division", "text", "政区代码", "Division"),
        asked("overdue", "choice", "逾期", "Overdue", late),
        asked("campaign", "text", "批量案卷（案号）", "Campaign"),
    )
    action = address(desk.request, "/cases")
    return Form(
        "", action, say("筛选", "Show"), (first,), rest, (("f", "html"),), method="get"
    )  # fmt: skip


def due(
    request: Request, body: Mapping[str, Any], given: Mapping[str, str], further: str
) -> Response:
    """Return the page of what is overdue and what is due soon."""
    found = body["due"]
    within = Control(
        "number", "within", say("今后多少天内", "Days ahead"), value=given.get("within", "30"),
        limits=(("min", "0"), ("max", "3650")),
    )  # fmt: skip
    day = Control("date", "on", say("以哪一天为准", "Counted from"), value=body["on"])
    rows = [
        [
            link(one["number"], _case_of(request, one["number"])), one["title"], one["due_on"],
            _late(one["days_late"]), one["rule"],
        ]
        for one in found
    ]  # fmt: skip
    form = Form(
        "", address(request, "/cases/due"), say("查看", "Show"), (within, day),
        hidden=(("f", "html"),), method="get",
    )  # fmt: skip
    heads = say("任务 事项 期限 还有几天 依据", "Task What Due Left Rule").split()
    return told_page(
        request,
        title=say("期限", "Deadlines"),
        about=say("逾期的在前，再是快到期的。", "What is overdue, then what is due soon."),
        trail=[_cases(request)],
        json=address(request, "/cases/due", **given, f="json"),
        ask=[form],
        says=say(f"逾期 {body['overdue']} 项。", f"{body['overdue']} overdue.")
        if body["overdue"]
        else "",
        tables=[Table(heads, rows, nothing=say("没有到期的任务。", "Nothing is due."))],
        following=further,
    )


def opinions(desk: Desk, row: Row, body: Mapping[str, Any], further: str) -> Response:
    """Return a page of what was said of a case."""
    stances = say("、", ", ").join(f"{STANCES[k]} {n}" for k, n in body["stances"].items())
    facts = [
        (say("期限", "Term"), _term(body)),
        (say("收到", "Received"), f"{body['opinions_number']}（{stances}）" if stances else ""),
        (say("没有答复的", "Unanswered"), body["unanswered"] or ""),
    ]
    rows = [
        [
            one["number"], one["on_day"], one["by"], one["stance_label"],
            " ".join(part for part in (one["alternative"], one["text"]) if part),
            one["answer"], one["answered_by"], one["answered_on"],
        ]
        for one in body["opinions"]
    ]  # fmt: skip
    heads = say(
        "序号 日期 谁 态度 意见 答复 答复人 答复日期", "No. Day Who Stance Opinion Answer By On"
    ).split()
    table = Table(heads, rows, nothing=say("还没有意见。", "No opinions yet."))
    return _of_case(desk, row, "opinions", [table], further=further, facts=facts)


def tasks(desk: Desk, row: Row, found: Sequence[Mapping[str, Any]], further: str) -> Response:
    """Return a page of the tasks of a case."""
    rows = [
        [one["number"], one["title"], one["due_on"], one["done_on"], one["rule"]] for one in found
    ]
    heads = say("序号 事项 期限 完成 依据", "No. What Due Done Rule").split()
    table = Table(heads, rows, nothing=say("还没有任务。", "No tasks yet."))
    return _of_case(desk, row, "tasks", [table], further=further)


def drafts(desk: Desk, row: Row, found: Sequence[Mapping[str, Any]]) -> Response:
    """Return the page of the texts that can be drafted of a case."""
    return told_page(
        desk.request,
        title=say("文稿", "Drafts"),
        about=say("按地名库现状起草，供复制。", "Drafted from the gazetteer as it stands."),
        trail=_trail(desk, row),
        json=address(desk.request, f"{_own(row)}/drafts", f="json"),
        says="" if found else say("现在还没有可起草的文稿。", "Nothing can be drafted yet."),
        texts=[(one["label"], one["text"], one["missing"]) for one in found],
    )


def progress(desk: Desk, row: Row, found: Sequence[Mapping[str, Any]]) -> Response:
    """Return the page of how far a campaign is."""
    rows = [
        [
            one["division_code"], one["cases"], one["approved"], one["dropped"],
            f"{one['signs'] - one['signs_open']} / {one['signs']}",
            say("，", ", ").join(
                f"{desk.rules.state_words[state]} {n}" for state, n in one["states"].items()
            ),
        ]
        for one in found
    ]  # fmt: skip
    heads = say(
        "政区 案卷 已批准 未办成 标志（已换/共） 各状态",
        "Division Cases Approved Dropped Signs States",
    ).split()
    table = Table(heads, rows, nothing=say("清单上没有案卷。", "No cases are listed."))
    return _of_case(desk, row, "progress", [table])


def kinds(request: Request, body: Mapping[str, Any]) -> Response:
    """Return the page of the kinds of cases."""
    rows = [
        [
            link(one["label"], address(request, f"/cases/kinds/{one['kind']}", f="html")),
            one["article"],
            say("、", ", ").join(paper["label"] for paper in one["documents"]),
            say("、", ", ").join(paper["label"] for paper in one["reviews"]),
        ]
        for one in body["kinds"]
    ]
    heads = say("类型 依据 须附材料 论证", "Kind Article Documents Reviews").split()
    return told_page(
        request,
        title=say("立案：选择类型", "Open a case: choose its kind"),
        trail=[_cases(request)],
        json=address(request, "/cases/kinds", f="json"),
        tables=[Table(heads, rows)],
    )


def _of_case(
    desk: Desk,
    row: Row,
    what: str,
    tables: Sequence[Table],
    *,
    further: str = "",
    facts: Sequence[tuple[str, Cell]] = (),
) -> Response:
    return told_page(
        desk.request,
        title=say(*_TITLES[what]),
        trail=_trail(desk, row),
        json=address(desk.request, f"{_own(row)}/{what}", f="json"),
        facts=facts,
        tables=tables,
        following=further,
    )


def _trail(desk: Desk, row: Row) -> list[tuple[str, str]]:
    own = f"{row['number']} {row['title']}", address(desk.request, _own(row), f="html")
    return [_cases(desk.request), own]


def _cases(request: Request) -> tuple[str, str]:
    return say("案卷", "Cases"), address(request, "/cases", f="html")


def _own(row: Row) -> str:
    return f"/cases/{row['number'] or row['id']}"


def _case_of(request: Request, number: str | None) -> str:
    return address(request, f"/cases/{(number or '').partition('/')[0]}", f="html")


def _late(days: int) -> str:
    if days > 0:
        return say(f"逾期 {days} 天", f"{days} days late")
    return say("今天", "today") if days == 0 else say(f"{-days} 天", f"{-days} days")


def _term(body: Mapping[str, Any]) -> str:
    if not body["opened_on"]:
        return say("没有公开征求意见", "no consultation was opened")
    return say(f"{body['opened_on']} 至 {body['until']}", f"{body['opened_on']} to {body['until']}")
