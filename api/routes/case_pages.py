"""Cases as pages for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from api.ogc.pages import page_of
from api.ogc.respond import address
from api.routes.case_desk import Desk
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row


def listing(
    desk: Desk, rows: Sequence[Row], soonest: Mapping[str, str], further: dict[str, str] | None
) -> Response:
    """Return a page of cases."""
    request, rules = desk.request, desk.rules
    return page_of(
        request,
        "listing.html",
        title=say("案卷", "Cases"),
        about=say("地名从提出到立牌，按案号。", "Names from proposal to sign, by number."),
        json=address(request, "/cases", f="json"),
        headings=say(
            "案号 类型 标题 状态 经办 立案 最近期限", "Case Kind Title State Clerk Opened Due"
        ).split(),
        rows=[
            [
                row["number"], str(rules.kind(row["kind"]).word), row["title"],
                str(rules.state_words[row["state"]]), row["clerk"], row["opened_on"],
                soonest.get(row["id"], ""),
            ]
            for row in rows
        ],
        hrefs=[
            address(request, f"/cases/{row['number'] or row['id']}", f="html") for row in rows
        ],
        nothing=say("没有案卷。", "No cases."),
        following=address(request, "/cases", **further, f="html") if further else "",
    )  # fmt: skip


def case(desk: Desk, row: Row, told: Mapping[str, Any]) -> Response:
    """Return the page of a case."""
    request, rules = desk.request, desk.rules
    possible = say("、", ", ").join(one["title"] for one in told["actions"])
    facts = [
        (say("类型", "Kind"), told["kind_label"]),
        (say("状态", "State"), told["state_label"]),
        (say("经办", "Clerk"), told["clerk"]),
        (say("申请人", "Applicant"), told["applicant"]),
        (say("批准", "Approver"), told["approver"]),
        (say("政区", "Division"), told["division_code"]),
        (say("理由", "Reason"), told["reason"]),
        (
            say("现在可以", "Possible now"),
            possible,
        ),
    ]
    tables = [
        (
            say("拟用名称", "Names"),
            say("名称 结论 说明", "Name Verdict Why").split(),
            [
                (one["name"], one["verdict"], " ".join(f["message"] for f in one["findings"]))
                for one in told["names"]
            ],
        ),
        (
            say("步骤", "Steps"),
            say("日期 至 谁 角色 备注", "Day To Who Role Note").split(),
            [
                (
                    one["on_day"], str(rules.state_words[one["became"]]), one["actor"],
                    str(rules.roles[one["role"]]), one["note"],
                )
                for one in told["steps"]
            ],
        ),
        (
            say("文件", "Documents"),
            say("类型 标题 文号 机关 日期", "Kind Title Number Issuer Day").split(),
            [
                (one["label"], one["title"], one["number"], one["issuer"], one["issued_on"])
                for one in told["documents"]
            ],
        ),
        (
            say("意见", "Opinions"),
            say("谁 态度 意见 答复", "Who Stance Text Answer").split(),
            [
                (one["by"], one["stance_label"], one["text"], one["answer"])
                for one in told["hearing"]["opinions"]
            ],
        ),
        (
            say("任务", "Tasks"),
            say("任务 期限 完成 依据", "What Due Done Rule").split(),
            [(one["title"], one["due_on"], one["done_on"], one["rule"]) for one in told["tasks"]],
        ),
    ]  # fmt: skip
    return page_of(
        request,
        "case.html",
        title=f"{row['number']} {row['title']}",
        trail=[(say("案卷", "Cases"), address(request, "/cases", f="html"))],
        json=address(request, f"/cases/{row['number'] or row['id']}", f="json"),
        facts=[(name, value) for name, value in facts if value],
        tables=[one for one in tables if one[2]],
    )
