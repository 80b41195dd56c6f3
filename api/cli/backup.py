"""``fuwuquan backup``: all of a workspace in one file, while others work."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._books import all_books, tell_left_out
from api.cli._console import Steps, emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.text import say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "备份工作区：写成一个 .gpkg 文件，并逐表核对；别人可以照常工作。",
        "Write all of a workspace to one .gpkg and compare every table; others may go on working.",
    )
    app.command("backup", cls=Command, help=about)(backup)


def backup(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("写到哪个 .gpkg；不覆盖已有文件。", "The .gpkg; never overwritten."),
            show_default=False,
        ),
    ],
    *,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Write a workspace to a file."""
    from geo.store import Workspace  # noqa: PLC0415
    from geo.store.backups import back_up  # noqa: PLC0415

    opened, steps = Workspace.open(workspace), Steps()
    with steps("备份并核对", "back up"):
        left_out = back_up(opened, file, books=all_books())
    if json:
        answer = {"file": str(file), "bytes": file.stat().st_size, "left_out": list(left_out)}
        emit_json({**answer, "seconds": steps.seconds})
    else:
        print_line(say(f"已备份到：{file}", f"Backed up to {file}"))
        tell_left_out(left_out)
    return int(bool(left_out))
