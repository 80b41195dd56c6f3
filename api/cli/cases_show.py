"""``fuwuquan cases show``: all of a case."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from api.cli._cases import Desk, Which, desk, told_finding
from api.cli._console import emit_json, print_line, print_table
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from api.cli.cases_clocks import print_tasks, tasks_of
from api.cli.cases_hear import print_heard, told_of
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row

_LISTED = 10
_STEP = ("number", "was", "became", "actor", "role", "on_day", "note")
_BAD = ("block", "warn", "unknown")


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    whole = say(
        "看一件案卷的全部：步骤、拟用名称和冻结的审查报告、意见、文件、任务和期限。",
        "All of a case: steps, candidates with frozen reports, opinions, documents, tasks.",
    )
    group.command("show", cls=Command, help=whole)(show)


def show(
    case: Which,
    *,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Show all of a case."""
    from geo.gazetteer.cases.shown import facts_told, steps_taken  # noqa: PLC0415

    place = desk(workspace)
    row = place.case(case)
    book = place.book
    steps = steps_taken(book, row["id"], place.rules)
    told = {
        "case": place.told(row),
        "facts": _facts(row),
        "told": [
            {"label": label, "text": text} for label, text in facts_told(book, row, on=place.day)
        ],
        "reason": row["reason"],
        "reason_code": row["reason_code"],
        "steps": [
            {name: one.row[name] for name in _STEP} | {"act": one.act, "paper": one.paper}
            for one in steps
        ],
        "names": [_candidate(one) for one in book.rows("candidate", case_id=row["id"])],
        "documents": _documents(place, row),
        "hearing": told_of(place, row["id"]),
        "tasks": tasks_of(place, row["id"]),
        "listed": [one["number"] for one in book.rows("case", campaign_id=row["id"])],
    }
    if json:
        emit_json(told)
        return
    _print_show(place, row, told)


def _facts(row: Row) -> dict[str, Any]:
    from geo.gazetteer.cases.record import facts_of  # noqa: PLC0415

    apart = ("documents", "names", "consultation")
    return {key: value for key, value in facts_of(row).items() if key not in apart}


def _candidate(row: Row) -> dict[str, Any]:
    from json import loads  # noqa: PLC0415

    report = loads(row["report"]) if row["report"] else {}
    return {
        "name": row["text"],
        "reading": row["reading"],
        "chosen": row["chosen"],
        "verdict": report.get("verdict", ""),
        "checked_on": report.get("on", ""),
        "packs": report.get("packs", []),
        "pack_sha256": report.get("pack_sha256", ""),
        "findings": [
            told_finding(one) for one in report.get("findings", []) if one["verdict"] in _BAD
        ],
    }


def _documents(place: Desk, row: Row) -> list[dict[str, Any]]:
    from geo.gazetteer.cases.paper_files import attached  # noqa: PLC0415

    kept = ("title", "number", "issuer", "issued_on", "sha256")
    return [
        {"kind": one.kind, **{name: one.row[name] for name in kept}}
        | {"bytes": one.file.bytes if one.file else None}
        for one in attached(place.book, row)
    ]


def _print_show(place: Desk, row: Row, told: dict[str, Any]) -> None:
    from geo.gazetteer.words import labelled, word  # noqa: PLC0415

    rules = place.rules
    place.print_case(row)
    facts = (
        (say("类型", "Kind"), str(rules.kind(row["kind"]).word)),
        (say("经办", "Clerk"), row["clerk"]),
        (say("申请人", "Applicant"), row["applicant"]),
        (say("批准", "Approver"), row["approver"]),
        *((one["label"], one["text"]) for one in told["told"]),
    )
    for label, value in facts:
        if value:
            print_line(f"  {labelled(label, value)}")
    for one in told["names"]:
        chosen = say("（选定）", " (chosen)") if one["chosen"] else ""
        verdict = word("verdict", one["verdict"]) if one["verdict"] else say("未审查", "unchecked")
        print_line(f"  {say('拟用名称', 'Name')}：{one['name']}{chosen}  {verdict}")
        for finding in one["findings"]:
            level = word("verdict", finding["verdict"])
            print_line(f"    {finding['rule']}  {level}  {finding['message']}")
            if finding["conflicts"]:
                listed = say("、", ", ").join(finding["conflicts"])
                print_line(say(f"      相关地名：{listed}", f"      places: {listed}"))
    print_table(
        say("步 日期 办理 至 谁 角色 备注", "Step Day Act To Who Role Note").split(),
        [
            (
                one["number"], one["on_day"],
                labelled(one["act"], one["paper"]) if one["paper"] else one["act"],
                str(rules.state_words[one["became"]]),
                one["actor"], str(rules.roles[one["role"]]), one["note"],
            )
            for one in told["steps"]
        ],
    )  # fmt: skip
    for one in told["documents"]:
        kind = rules.documents[one["kind"]] if one["kind"] in rules.documents else one["kind"]
        parts = (one["title"], one["number"], one["issuer"], one["issued_on"], one["sha256"][:12])
        kept = say("有文件", "file kept") if one["bytes"] else ""
        print_line(f"  {kind}  " + "  ".join(part for part in (*parts, kept) if part))
    print_heard(told["hearing"])
    if told["tasks"]:
        print_tasks(told["tasks"])
    if told["listed"]:
        numbers = "、".join(told["listed"][:_LISTED])
        more = say(f"等 {len(told['listed'])} 件", f"… {len(told['listed'])} in all")
        print_line(say("清单：", "List: ") + numbers + (more if told["listed"][_LISTED:] else ""))
