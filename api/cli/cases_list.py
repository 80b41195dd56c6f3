"""``fuwuquan cases list``, ``progress`` and ``audit``: see where cases stand."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli._cases import Desk, When, Which, desk
from api.cli._console import emit_json, print_line, print_table
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.text import say

_SHOWN = 40


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    rows = say(
        "列出案卷，可按状态、经办、类型、期限筛选。", "List cases by state, clerk, kind or due."
    )
    far = say("批量案卷办到哪里了，按街道、乡镇。", "How far a campaign is, by sub-district.")
    laws = say(
        "逐条核对案卷的规矩：每个标准名称恰有一份决定或一个历史批次，等等；有违反以状态 1 结束。",
        "Check the laws of cases, such as one decision or legacy batch a name; 1 when broken.",
    )
    group.command("list", cls=Command, help=rows)(list_)
    group.command("progress", cls=Command, help=far)(progress)
    group.command("audit", cls=Command, help=laws)(audit)


def list_(
    *,
    state: Annotated[
        str,
        typer.Option(
            "--state",
            metavar=say("状态", "STATE"),
            help=say("只看某状态，如 审议。", "Only in this state, such as deliberation."),
            show_default=False,
        ),
    ] = "",
    clerk: Annotated[
        str,
        typer.Option(
            "--clerk",
            metavar=say("姓名", "NAME"),
            help=say("只看某人经办的。", "Only those of this clerk."),
            show_default=False,
        ),
    ] = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar=say("类型", "KIND"),
            help=say("只看某类。", "Only of this kind."),
            show_default=False,
        ),
    ] = "",
    due: Annotated[
        int | None,
        typer.Option(
            "--due",
            min=0,
            metavar=say("天", "DAYS"),
            help=say("只看这些天内有期限到期或已逾期的。", "Only with a deadline in so many days."),
            show_default=False,
        ),
    ] = None,
    campaign: Annotated[
        str,
        typer.Option(
            "--campaign",
            metavar=say("案号", "CASE"),
            help=say("看某批量案卷清单上的。", "Those on the list of this campaign."),
            show_default=False,
        ),
    ] = "",
    on: When = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List cases; those on a campaign's list only when it is asked for."""
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415

    place = desk(workspace, on)
    rules = place.rules
    words = {key: one.word for key, one in rules.kinds.items()}
    states = dict(rules.state_words)
    wanted = {
        "state": picked(states, state, "状态", "state") if state else "",
        "kind": picked(words, kind, "案卷类型", "kind of case") if kind else "",
        "clerk": clerk,
    }
    of = place.case(campaign)["id"] if campaign else None
    rows = [
        row
        for row in place.book.rows("case")
        if row["campaign_id"] == of and all(row[k] == v for k, v in wanted.items() if v)
    ]
    soonest = _soonest(place)
    if due is not None:
        from datetime import timedelta  # noqa: PLC0415

        last = (place.day + timedelta(days=due)).isoformat()
        rows = [row for row in rows if "" < soonest.get(row["id"], "") <= last]
    rows.sort(key=lambda row: row["number"])
    if json:
        emit_json(
            {"cases": [place.told(row) | {"due_on": soonest.get(row["id"], "")} for row in rows]}
        )
        return
    print_table(
        say(
            "案号 类型 标题 状态 经办 立案 最近期限", "Case Kind Title State Clerk Opened Due"
        ).split(),
        [
            (
                row["number"], str(words[row["kind"]]), row["title"], str(states[row["state"]]),
                row["clerk"], row["opened_on"], soonest.get(row["id"], ""),
            )
            for row in rows[:_SHOWN]
        ],
    )  # fmt: skip
    if len(rows) > _SHOWN:
        print_line(say(f"……共 {len(rows)} 件。", f"… {len(rows)} in all."))


def _soonest(place: Desk) -> dict[str, str]:
    """Return the first day on which something of a case is due."""
    found: dict[str, str] = {}
    for task in place.book.rows("task", done_on=""):
        case_id = task["case_id"] or ""
        if task["due_on"]:
            found[case_id] = min(found.get(case_id, task["due_on"]), task["due_on"])
    return found


def progress(
    case: Which,
    *,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Show how far a campaign is."""
    from geo.gazetteer.cases import progress as stretches  # noqa: PLC0415

    place = desk(workspace)
    row = place.case(case)
    found = stretches(place.book, row["id"], place.rules)
    names = _divisions(place)
    told: list[dict[str, Any]] = [
        {
            "division_code": one.division_code,
            "division": names.get(one.division_code, ""),
            "cases": one.total,
            "approved": one.approved,
            "dropped": one.dropped,
            "signs": one.signs,
            "signs_open": one.signs_open,
            "states": dict(one.states),
        }
        for one in found
    ]
    if json:
        emit_json({"case": place.told(row), "divisions": told})
        return
    print_table(
        say(
            "街道、乡镇 案卷 已批准 退出 标志 已换 各状态",
            "Sub-district Cases Approved Dropped Signs Done States",
        ).split(),
        [
            (
                one["division"] or one["division_code"], one["cases"], one["approved"],
                one["dropped"], one["signs"], one["signs"] - one["signs_open"],
                say("、", ", ").join(
                    f"{place.rules.state_words[state]} {n}" for state, n in one["states"].items()
                ),
            )
            for one in told
        ],
    )  # fmt: skip
    place.print_case(row)


def _divisions(place: Desk) -> dict[str, str]:
    """Return what divisions are called, by their codes."""
    from geo.gazetteer.entries import codes  # noqa: PLC0415
    from geo.gazetteer.lookup import cards  # noqa: PLC0415

    by_place = codes(place.book, "gbt10114", on=place.day)
    known = cards(place.book, list(by_place), on=place.day)
    return {code: known[one].name for one, code in by_place.items() if one in known}


def audit(
    *,
    on: When = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Check the laws of cases over the whole gazetteer."""
    from geo.gazetteer.cases import audit as laws  # noqa: PLC0415

    place = desk(workspace, on)
    breaches = laws(place.book, place.day, place.rules)
    broken = place.book.first_broken()
    if json:
        emit_json({"breaches": breaches, "log_broken_at": broken})
    else:
        for one in breaches[:_SHOWN]:
            print_line(one)
        if broken is not None:
            print_line(say(f"日志从第 {broken} 号起被改动过。", f"The log is broken at {broken}."))
        print_line(
            say(f"违反 {len(breaches)} 处。", f"{len(breaches)} breaches.")
            if breaches or broken is not None
            else say("没有违反，日志完好。", "No breach; the log is whole.")
        )
    return 1 if breaches or broken is not None else 0
