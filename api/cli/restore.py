"""``fuwuquan restore``: a workspace from a backup, proved to be as it was written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._books import all_books, tell_copied
from api.cli._console import Steps
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.text import say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "从备份恢复：先核对备份没有损坏，再在新的目录或数据库里重建工作区，逐表核对。",
        "Make a workspace of a backup in a new folder or database, with every table compared.",
    )
    app.command("restore", cls=Command, help=about)(restore)


def restore(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("fuwuquan backup 写的文件。", "What fuwuquan backup wrote."),
            show_default=False,
        ),
    ],
    *,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Make a workspace of a backup."""
    from geo.store import backups  # noqa: PLC0415

    steps = Steps()
    with steps("恢复并核对", "restore"):
        made, copied = backups.restore(file, workspace, books=all_books())
    return tell_copied(made, copied, steps, json=json)
