"""``fuwuquan names borders``: boundary lines and stones, their inspections and repairs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._gazetteer import Author, Reason, answer_change, gazetteer, moment, point_of
from api.cli._names_options import Photo, SignedBy
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command, Group
from api.cli.names_borders_listed import list_lines, list_stones
from geo.errors import DataError
from geo.text import say


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    parts = typer.Typer(cls=Group, no_args_is_help=True)
    for name, function, words in (
        (
            "lines",
            list_lines,
            say(
                "列出界线：毗邻双方、界桩、上次和下次联检，到期的在前。",
                "List the lines: parties, stones, last and next inspection, those due first.",
            ),
        ),
        ("stones", list_stones, say("列出界桩。", "List the boundary stones.")),
        (
            "inspect",
            inspect,
            say(
                "登记一次联检：结果、双方签署、界桩完好状况；自动推算下次。",
                "Record a joint inspection: findings, both signatures, how the stones stand.",
            ),
        ),
        (
            "repair",
            repair,
            say(
                "登记界桩修复：须双方到场；移动须有联合测定文号。",
                "Record that a stone was mended: both present; moved only after a survey.",
            ),
        ),
    ):
        parts.command(name, cls=Command, help=words)(function)
    group.add_typer(
        parts,
        name="borders",
        cls=Group,
        help=say("界线、界桩：联检和修复。", "Boundary lines and stones."),
    )


def inspect(
    line: Annotated[
        str,
        typer.Argument(
            metavar=say("界线", "LINE"),
            help=say("界线编号或名称。", "Code or name of the line."),
            show_default=False,
        ),
    ],
    *,
    author: Author,
    signed_by: SignedBy,
    findings: Annotated[
        str,
        typer.Option(
            "--findings",
            metavar=say("结果", "TEXT"),
            help=say("联检结果。", "What was found."),
            show_default=False,
        ),
    ],
    stone: Annotated[
        list[str] | None,
        typer.Option(
            "--stone",
            metavar=say("界桩号=状况", "NUMBER=STATE"),
            help=say(
                "界桩状况有变的，如 9901001Q=损坏；可写多次。",
                "A stone whose condition changed, such as 9901001Q=损坏; may be repeated.",
            ),
            show_default=False,
        ),
    ] = None,
    round_name: Annotated[
        str,
        typer.Option(
            "--round",
            metavar=say("轮次", "ROUND"),
            help=say("属于哪一轮。", "The round it belongs to."),
            show_default=say("所在五年", "its five years"),
        ),
    ] = "",
    reason: Reason = "",
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Record a joint inspection."""
    when = day(on)
    conditions = dict(_pair(text) for text in stone or ())
    from geo.gazetteer.borders import inspect as record  # noqa: PLC0415

    change, due = record(
        gazetteer(workspace),
        line,
        on=when,
        findings=findings,
        signed_by=signed_by,
        conditions=conditions,
        round_name=round_name,
        author=author,
        reason=reason or say(f"界线 {line} 联检", f"joint inspection of line {line}"),
        at=moment(),
    )
    answer_change(
        {"change_set_id": change, "line": line, "next_due": due},
        say(
            f"已登记界线 {line} 于 {when} 联检，下次不迟于 {due}。",
            f"Line {line} inspected on {when}, next by {due}.",
        ),
        json=json,
    )


def repair(
    number: Annotated[
        str,
        typer.Argument(
            metavar=say("界桩号", "STONE"),
            help=say("界桩号，如 9901001Q。", "Number of the stone."),
            show_default=False,
        ),
    ],
    *,
    author: Author,
    signed_by: SignedBy,
    condition: Annotated[
        str,
        typer.Option(
            "--condition",
            metavar=say("状况", "STATE"),
            help=say("修复后的状况：完好、倾斜、损坏、丢失、已修复。", "How it stands now."),
        ),
    ] = "已修复",
    moved_to: Annotated[
        str,
        typer.Option(
            "--moved-to",
            metavar=say("经度,纬度", "LON,LAT"),
            help=say("移动到哪里。", "Where it was moved to."),
            show_default=False,
        ),
    ] = "",
    survey: Annotated[
        str,
        typer.Option(
            "--survey",
            metavar=say("文号", "NUMBER"),
            help=say("移动时：联合测定的文号。", "Where it was moved: the joint survey."),
            show_default=False,
        ),
    ] = "",
    photo: Photo = "",
    reason: Reason = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Record that a stone was mended."""
    target = point_of(moved_to) if moved_to else None
    from geo.gazetteer.borders import repair as record  # noqa: PLC0415

    change = record(
        gazetteer(workspace),
        number,
        condition=condition,
        witnesses=signed_by,
        moved_to=target,
        survey=survey,
        photo=photo,
        author=author,
        reason=reason or say(f"修复界桩 {number}", f"stone {number} mended"),
        at=moment(),
    )
    answer_change(
        {"change_set_id": change, "number": number, "condition": condition},
        say(f"已登记界桩 {number}：{condition}。", f"Stone {number}: {condition}."),
        json=json,
    )


def _pair(text: str) -> tuple[str, str]:
    number, _, condition = text.partition("=")
    if not (number and condition):
        raise DataError(
            say(f"“{text}”写法不对。", f"{text!r}: not written so."),
            hint=say("请写成 9901001Q=损坏。", "Write 9901001Q=损坏."),
        )
    return number.strip(), condition.strip()
