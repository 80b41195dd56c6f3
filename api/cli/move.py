"""``fuwuquan move``: a workspace from a folder into PostGIS, or back, the same to the last row."""

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
        "把工作区搬到数据库，或从数据库搬回目录：图层、结果、设置、运行记录和地名库，逐表核对。"
        "原来的工作区不动。",
        "Take a workspace into a database or back to a folder, with every table compared."
        " The old one stays as it is.",
    )
    app.command("move", cls=Command, help=about)(move)


def move(
    *,
    to: Annotated[
        Path,
        typer.Option(
            "--to",
            metavar=say("目录|网址", "DIR|URL"),
            help=say(
                "搬到哪里：目录，或 postgresql://用户@主机/库?workspace=名称；那里还没有工作区。",
                "Where to: a folder, or postgresql://user@host/database?workspace=name,"
                " without a workspace yet.",
            ),
            show_default=False,
        ),
    ],
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Copy a workspace to another store."""
    from geo.store import Workspace, moving  # noqa: PLC0415

    opened, steps = Workspace.open(workspace), Steps()
    with steps("搬运并核对", "move"):
        made, copied = moving.move(opened, to, books=all_books())
    return tell_copied(made, copied, steps, json=json)
