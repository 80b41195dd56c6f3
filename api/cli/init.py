"""``fuwuquan init``: make an empty workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import emit_json, print_line
from api.cli._options import Json
from api.cli._words import Command
from geo.text import say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "新建工作区：一个文件夹（其中的 fuwuquan.gpkg 可用 QGIS 打开），或 PostGIS 里的一个模式。",
        "Make a workspace: a folder whose fuwuquan.gpkg QGIS opens, or a schema of PostGIS.",
    )
    app.command("init", cls=Command, help=about)(init)


def init(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar=say("目录|网址", "DIR|URL"),
            help=say(
                "工作区目录，不存在则新建；或 postgresql://用户@主机/库?workspace=名称。",
                "Folder, made when absent, or postgresql://user@host/database?workspace=name.",
            ),
            show_default=say("当前目录", "this folder"),
        ),
    ] = Path(),
    json: Json = False,
) -> None:
    """Make an empty workspace in a folder."""
    from geo.store import Workspace  # noqa: PLC0415

    workspace = Workspace.create(folder)
    if json:
        file = None if workspace.path is None else str(workspace.path)
        emit_json({"workspace": workspace.place, "file": file})
        return
    place = workspace.path or workspace.place
    print_line(say(f"已新建工作区：{place}", f"Made the workspace {place}"))
    print_line(
        say(
            "下一步：fuwuquan import 层 文件 --datum 坐标基准",
            "Next: fuwuquan import LAYER FILE --datum DATUM",
        )
    )
