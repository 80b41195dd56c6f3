"""``fuwuquan cases code``: give the places of an approved case their 20-digit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._cases import By, Note, OwnRules, Role, When, Which, desk
from api.cli._console import emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.text import say

_SHOWN = 20


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    number = say(
        "编定地名代码：按政区和类别取下一个顺序号，批量案卷一次编完；该项期限随之了结。",
        "Assign 20-digit place codes: the next free number of division and class.",
    )
    group.command("code", cls=Command, help=number)(code)


def code(
    case: Which,
    *,
    by: By,
    given: Annotated[
        str,
        typer.Option(
            "--code",
            metavar=say("代码", "CODE"),
            help=say(
                "别处（如国家地名信息库）给的 20 位代码，只能给一个地名；换掉原有的。",
                "20 digits given elsewhere, for one place; they replace what it has.",
            ),
            show_default=say("下一个顺序号", "the next free number"),
        ),
    ] = "",
    role: Role = "",
    note: Note = "",
    on: When = "",
    rules: OwnRules = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Give the places of an approved case their codes."""
    from geo.gazetteer.cases import assign_codes  # noqa: PLC0415

    place = desk(workspace, on, rules)
    row = place.case(case)
    found = assign_codes(
        place.book,
        row["id"],
        version=row["version"],
        by=by,
        role=place.role(role),
        at=place.at,
        code=given,
        note=note,
        rules=place.rules,
    )
    now = place.case(row["id"])
    if json:
        names = ("name", "place_id", "code", "new")
        told = [{name: getattr(one, name) for name in names} for one in found]
        emit_json({"case": place.told(now), "codes": told})
        return
    for one in found[:_SHOWN]:
        had = "" if one.new else say("（原有）", " (kept)")
        print_line(f"{one.name}  {one.code}{had}")
    fresh = sum(one.new for one in found)
    print_line(
        say(
            f"编定 {fresh} 个，原有 {len(found) - fresh} 个。",
            f"{fresh} assigned, {len(found) - fresh} had one.",
        )
    )
    place.print_case(now)
