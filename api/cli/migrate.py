"""``fuwuquan migrate``: an older workspace gets the form of today's program."""

from __future__ import annotations

from pathlib import Path

import typer

from api.cli._console import emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.text import say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "把旧版本的工作区升级到本程序的格式；打开工作区的命令也会自动升级。",
        "Bring an older workspace forward; every command that opens one does so too.",
    )
    app.command("migrate", cls=Command, help=about)(migrate)


def migrate(workspace: WorkspaceFolder = Path(), json: Json = False) -> None:
    """Bring an older workspace forward."""
    from geo.store import Workspace  # noqa: PLC0415

    was, now = Workspace.migrate(workspace)
    if json:
        emit_json({"was": was, "now": now})
    elif was == now:
        print_line(say(f"工作区已是当前格式 {now}。", f"The workspace has today's form, {now}."))
    else:
        print_line(say(f"已从格式 {was} 升级到 {now}。", f"Brought forward from {was} to {now}."))
