"""``fuwuquan cases tasks``, ``due``, ``done`` and ``extend``: what is to be done by when."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli._cases import By, Desk, OwnRules, When, Which, desk
from api.cli._console import emit_json, print_line, print_table
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

_SHOWN = 40
Task = Annotated[
    str,
    typer.Argument(
        metavar=say("任务号", "TASK"),
        help=say("任务号，如 2026-0001/3。", "Number of the task, such as 2026-0001/3."),
        show_default=False,
    ),
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    all_of_it = say("一件案卷的各项任务和期限。", "The tasks of a case, with their last days.")
    clock = say(
        "期限：逾期的在前，再是快到期的；有逾期就以状态 1 结束。",
        "What is overdue, then what is due soon; status 1 when something is overdue.",
    )
    finished = say(
        "完成一项任务；标志任务须附照片，新牌由此入库。",
        "Complete a task; a sign task needs a photo, and its sign is kept from then on.",
    )
    longer = say("经批准延长一项期限，一次为限。", "Extend a deadline once, by leave.")
    group.command("tasks", cls=Command, help=all_of_it)(tasks)
    group.command("due", cls=Command, help=clock)(due)
    group.command("done", cls=Command, help=finished)(done)
    group.command("extend", cls=Command, help=longer)(extend)


def tasks(
    case: Which,
    *,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Show the tasks of a case, and of the cases on its list."""
    place = desk(workspace)
    row = place.case(case)
    found = tasks_of(place, row["id"])
    if json:
        emit_json({"case": place.told(row), "tasks": found})
        return
    print_tasks(found)


def tasks_of(place: Desk, case_id: str) -> list[dict[str, Any]]:
    """Return the tasks of a case and of the cases on its list as values that JSON has."""
    from geo.gazetteer.cases.finding import numbered  # noqa: PLC0415

    book = place.book
    listed = sorted(book.rows("case", campaign_id=case_id), key=lambda row: str(row["number"]))
    rows = [book.row("case", case_id), *listed]
    kept = ("kind", "title", "due_on", "done_on", "rule", "sign_id", "source")
    return [
        {"number": number} | {name: task[name] for name in kept}
        for row in rows
        for number, task in numbered(book, "task", row).items()
    ]


def print_tasks(found: list[dict[str, Any]]) -> None:
    """Print tasks, those that are open first."""
    ordered = sorted(found, key=lambda one: (bool(one["done_on"]), one["due_on"] or "9"))
    print_table(
        say("任务号 任务 期限 完成 依据", "Task What Due Done Rule").split(),
        [
            (one["number"], one["title"], one["due_on"], one["done_on"], one["rule"])
            for one in ordered[:_SHOWN]
        ],
    )
    if len(found) > _SHOWN:
        still = sum(not one["done_on"] for one in found)
        print_line(
            say(f"共 {len(found)} 项，未完成 {still} 项。", f"{len(found)} in all, {still} open.")
        )


def due(
    *,
    within: Annotated[
        int,
        typer.Option(
            "--within",
            min=0,
            metavar=say("天", "DAYS"),
            help=say("今后多少天内到期的也列出。", "Also what is due within so many days."),
        ),
    ] = 30,
    on: When = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Show what is overdue and what is due soon."""
    from datetime import timedelta  # noqa: PLC0415

    from geo.gazetteer.cases import coming  # noqa: PLC0415

    place = desk(workspace, on)
    found = coming(place.book, place.day, until=place.day + timedelta(days=within))
    numbers = _numbers(place, {one.case_id for one in found if one.case_id})
    told: list[dict[str, Any]] = [
        {
            "number": numbers.get(one.task_id, ""),
            "kind": one.kind,
            "title": one.title,
            "due_on": one.due_on.isoformat(),
            "days_late": one.days,
            "rule": one.rule,
        }
        for one in found
    ]
    late = sum(one.days > 0 for one in found)
    if json:
        emit_json({"on": place.day.isoformat(), "overdue": late, "due": told})
        return 1 if late else 0
    print_table(
        say("任务号 任务 期限 还有几天 依据", "Task What Due Left Rule").split(),
        [
            (
                one["number"], one["title"], one["due_on"],
                say(f"逾期 {one['days_late']} 天", f"{one['days_late']} late")
                if one["days_late"] > 0
                else str(-one["days_late"]),
                one["rule"],
            )
            for one in told[:_SHOWN]
        ],
    )  # fmt: skip
    print_line(
        say(
            f"{place.day}：逾期 {late} 项，{within} 天内到期 {len(told) - late} 项。",
            f"{place.day}: {late} overdue, {len(told) - late} due within {within} days.",
        )
    )
    return 1 if late else 0


def _numbers(place: Desk, case_ids: set[str]) -> dict[str, str]:
    """Return the numbers of tasks by their ids."""
    from geo.gazetteer.cases.finding import numbered  # noqa: PLC0415

    return {
        task["id"]: number
        for case_id in sorted(case_ids)
        for number, task in numbered(place.book, "task", place.book.row("case", case_id)).items()
    }


def done(
    task: Task,
    *,
    by: By,
    photo: Annotated[
        Path | None,
        typer.Option(
            "--photo",
            metavar=say("文件", "FILE"),
            help=say("现场照片；标志任务必附。", "Photo on the spot; a sign task needs it."),
            show_default=False,
        ),
    ] = None,
    spec: Annotated[
        str,
        typer.Option(
            "--spec",
            metavar=say("规格", "SPEC"),
            help=say("标志规格，如 1500×450。", "Size of the sign, such as 1500×450."),
            show_default=False,
        ),
    ] = "",
    on: When = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Complete a task."""
    if photo is not None and not photo.is_file():
        raise DataError(say(f"没有照片文件“{photo}”。", f"there is no photo {photo}."))
    from geo.gazetteer.cases import complete_task  # noqa: PLC0415
    from geo.gazetteer.cases.finding import find_in_case  # noqa: PLC0415

    place = desk(workspace, on)
    row = find_in_case(place.book, "task", task)
    complete_task(
        place.book,
        row["id"],
        version=row["version"],
        by=by,
        at=place.at,
        photo=str(photo) if photo else "",
        spec=spec,
    )
    now = place.book.row("task", row["id"])
    left = [one for one in tasks_of(place, row["case_id"]) if not one["done_on"]]
    if json:
        emit_json(
            {"task": task, "title": now["title"], "done_on": now["done_on"], "left": len(left)}
        )
        return
    print_line(say(f"已完成：{now['title']}", f"Done: {now['title']}"))
    print_line(say(f"本案还有 {len(left)} 项。", f"{len(left)} left in this case."))


def extend(
    task: Task,
    *,
    by: By,
    document: Annotated[
        str,
        typer.Option(
            "--document",
            metavar=say("文号", "NUMBER"),
            help=say("准予延长的文件。", "The document that gives leave."),
            show_default=False,
        ),
    ],
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Extend a deadline."""
    from geo.gazetteer.cases import extend as lengthen  # noqa: PLC0415
    from geo.gazetteer.cases.finding import find_in_case, find_row  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = find_in_case(place.book, "task", task)
    paper = find_row(place.book, "document", document, "number", "title")
    last = lengthen(
        place.book,
        row["id"],
        version=row["version"],
        document_id=paper["id"],
        by=by,
        at=place.at,
        rules=place.rules,
    )
    if json:
        emit_json({"task": task, "title": row["title"], "due_on": last.isoformat()})
        return
    print_line(say(f"“{row['title']}”延长到 {last}。", f"{row['title']}: now due on {last}."))
