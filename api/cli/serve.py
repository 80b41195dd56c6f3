"""``fuwuquan serve``: the workspace or database as an API that any GIS connects to."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli._console import Steps
from api.cli._options import WorkspaceFolder
from api.cli._words import Command
from api.cli.coverage import prepare_engine
from geo.text import language, say

_URL = re.compile(r"postgres(?:ql)?(?:\+psycopg)?:/", re.IGNORECASE)


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "启动服务：QGIS 等软件按 OGC API 标准读取图层、地名和结果，浏览器可直接查看。",
        "Serve layers, names and results by the open standards that QGIS and browsers read.",
    )
    app.command("serve", cls=Command, help=about)(serve)


def serve(
    workspace: WorkspaceFolder = Path(),
    *,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar=say("地址", "ADDRESS"),
            help=say("在哪个地址上应答；默认只限本机。", "Address to listen on."),
            show_default="127.0.0.1",
        ),
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            metavar=say("端口", "PORT"),
            help=say("端口。", "Port."),
            show_default="8620",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            help=say("用几个进程应答。", "Processes that answer."),
            show_default="1",
        ),
    ] = None,
) -> None:
    """Answer requests until the program is stopped."""
    given = {"host": host, "port": port, "workers": workers}
    chosen: dict[str, Any] = {
        name: value for name, value in given.items() if value not in ("", None)
    }
    chosen |= place_of(workspace)
    if language() != "zh":
        chosen["language"] = language()
    steps = Steps()
    from api.serving import begun, run  # noqa: PLC0415
    from api.settings import Settings  # noqa: PLC0415

    settings = Settings.read(**chosen)
    listening = begun(settings)  # what is wrong is told before anything that takes long
    prepare_engine(steps, draw=False)
    with steps("准备服务", "prepare the server"):
        from api.app import create_app  # noqa: PLC0415

        app = create_app(settings)
    run(settings, app, listening)


def place_of(workspace: Path) -> dict[str, Any]:
    """Return the settings that name a folder or a database; none for the folder one is in."""
    if _URL.match(workspace.as_posix()):
        return {"database": workspace.as_posix()}
    return {} if workspace == Path() else {"workspace": workspace.resolve()}
