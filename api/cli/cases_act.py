"""``fuwuquan cases check`` and ``act``: lead a case a step on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._cases import By, Desk, Note, OwnRules, Role, When, Which, desk
from api.cli._cases_judged import judged_told, print_judged, write_judged
from api.cli._console import Steps, emit_json, print_line
from api.cli._gazetteer import Out
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.book import Row


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    rules = say(
        "对拟用名称作规则审查，报告就此冻结在案卷里；--try 只看不记。",
        "Check the candidates by the rules and freeze the report; --try keeps nothing.",
    )
    step = say(
        "办一步：提交、受理、启动论证、提请审议、备案、公告、归档等；不能办的会说明现在能办什么。",
        "Lead a case a step on; where that is not lawful, it says what is.",
    )
    group.command("check", cls=Command, help=rules)(check)
    group.command("act", cls=Command, help=step)(act)


def check(
    case: Which,
    *,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar=say("姓名", "NAME"),
            help=say("办理人；只看不记时不用写。", "Who does it; not needed with --try."),
            show_default=False,
        ),
    ] = "",
    only_try: Annotated[
        bool,
        typer.Option("--try", help=say("只看，不记入案卷。", "Show it, and keep nothing.")),
    ] = False,
    pack: Annotated[
        list[str] | None,
        typer.Option(
            "--pack",
            metavar=say("规则包", "PACK"),
            help=say(
                "地方规则包：shanghai、ningbo、large_city 或 .toml 文件，可写多次。",
                "Local rules: shanghai, ningbo, large_city or a .toml file; repeatable.",
            ),
            show_default=False,
        ),
    ] = None,
    note: Note = "",
    out: Out = None,
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Check the candidates of a case, or of all cases on a campaign's list."""
    if not by and not only_try:
        raise DataError(
            say("记入案卷须写 --by；只看请加 --try。", "give --by to keep it, or --try to look.")
        )
    from geo.gazetteer.cases import judged  # noqa: PLC0415
    from geo.gazetteer.rules import pack as rules_of  # noqa: PLC0415
    from geo.gazetteer.rules import standing  # noqa: PLC0415

    chosen = rules_of(*(pack or ()))
    place = desk(workspace, on, rules)
    row = place.case(case)
    campaign = bool(place.rules.kind(row["kind"]).children)
    rows = place.book.rows("case", campaign_id=row["id"]) if campaign else [row]
    if campaign and not only_try:
        rows = [one for one in rows if one["state"] == "formal_check"]
    rows = sorted(rows, key=lambda one: str(one["number"]))
    steps = Steps()
    with steps("布置现有地名", "lay out the names"):
        stood = standing(place.book, on=place.day)
    with steps("规则审查", "check the names") as advance:
        ids = [one["id"] for one in rows]
        found = judged(place.book, ids, stood, chosen, on=place.day, progress=advance)
    if not only_try:
        reports = {one.candidate_id: one.report.worded() for one in found}
        with steps("记入案卷", "keep the reports"):
            _freeze(place, row, reports, by=by, note=note)
    now = place.case(row["id"])
    titles = {one["id"]: one["number"] for one in rows}
    if out is not None:
        write_judged(out, place, found, titles)
    if json:
        emit_json(
            {
                "case": place.told(now),
                "kept": not only_try,
                "names": [judged_told(one, titles) for one in found],
                "files": [str(out)] if out else [],
                "seconds": steps.seconds,
            }
        )
    else:
        print_judged(place, found, titles)
        place.print_case(now)
    return 1 if any(one.report.verdict == "block" for one in found) else 0


def _freeze(place: Desk, row: Row, reports: dict[str, str], *, by: str, note: str) -> None:
    """Keep the reports with the case, or with all cases of a campaign."""
    from geo.gazetteer.cases import act as lead  # noqa: PLC0415
    from geo.gazetteer.cases import act_all  # noqa: PLC0415

    common: dict[str, Any] = {
        "actor": by, "role": "clerk", "at": place.at, "note": note, "reports": reports,
        "rules": place.rules,
    }  # fmt: skip
    if place.rules.kind(row["kind"]).children:
        act_all(place.book, row["id"], "check_rules", with_campaign=True, **common)
    else:
        lead(place.book, row["id"], "check_rules", version=row["version"], **common)


def act(
    case: Which,
    action: Annotated[
        str,
        typer.Argument(
            metavar=say("步骤", "ACT"),
            help=say("步骤，如 提交、accept、审议。", "The act, such as submit or accept."),
            show_default=False,
        ),
    ],
    *,
    by: By,
    role: Role = "",
    note: Note = "",
    listed: Annotated[
        bool,
        typer.Option(
            "--all",
            help=say(
                "批量案卷：清单上能办这一步的各案连同批量案卷一起办。",
                "A campaign: lead all cases on its list along that may take this step.",
            ),
        ),
    ] = False,
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Lead a case to its next state."""
    from geo.gazetteer.cases import act as lead  # noqa: PLC0415
    from geo.gazetteer.cases import act_all  # noqa: PLC0415
    from geo.gazetteer.cases.ahead import led_to  # noqa: PLC0415
    from geo.gazetteer.cases.finding import picked  # noqa: PLC0415
    from geo.gazetteer.cases.record import case_of, reading  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    words = {key: one.word for key, one in place.rules.acts.items()}
    wanted = picked(words, action, "步骤", "act")
    if wanted in ("approve", "check_rules"):
        allowed = place.rules.acts[wanted].roles
        with reading(place.book) as select:
            led_to(
                select, case_of(row, place.rules), place.rules, wanted, role=allowed[0],
                on=place.day,
            )  # fmt: skip
        command = "approve" if wanted == "approve" else "check"
        raise DataError(
            say(f"这一步用 fuwuquan cases {command}。", f"use fuwuquan cases {command} for this.")
        )
    allowed = place.rules.acts[wanted].roles
    acting = place.acting(role, allowed, by, row)
    common: dict[str, Any] = {
        "actor": by, "role": acting, "at": place.at, "note": note, "rules": place.rules,
    }  # fmt: skip
    if listed:
        count = act_all(place.book, row["id"], wanted, with_campaign=True, **common)
    else:
        lead(place.book, row["id"], wanted, version=row["version"], **common)
        count = 1
    now = place.case(row["id"])
    if json:
        emit_json({"case": place.told(now), "act": wanted, "cases": count})
        return
    if count > 1:
        print_line(say(f"{count} 件案卷已办。", f"{count} cases led on."))
    place.print_case(now)
