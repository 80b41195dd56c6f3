"""``fuwuquan jobs``: the long work of a server, done and looked at from the command line."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import emit_json, print_line, print_table
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command, Group
from geo.text import say

if TYPE_CHECKING:
    from api.jobs.job import Job

_SHOWN = 50

JobId = Annotated[
    str,
    typer.Argument(
        metavar=say("编号", "ID"), help=say("任务编号。", "Id of the job."), show_default=False
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    group = typer.Typer(cls=Group, no_args_is_help=True)
    for name, function, words in (
        ("list", list_jobs, say("列出任务，新的在前。", "List the jobs, the newest first.")),
        ("work", work, say("做排队的任务，直到停止。", "Do the jobs that wait, until stopped.")),
        ("dismiss", dismiss, say("取消任务，或删去它的结果。", "Stop a job or drop its results.")),
    ):
        group.command(name, cls=Command, help=words)(function)
    app.add_typer(
        group,
        name="jobs",
        cls=Group,
        help=say("服务器上的任务：列出、办理、取消。", "Jobs of a server: list, do, dismiss."),
    )


def list_jobs(workspace: WorkspaceFolder = Path(), *, json: Json = False) -> None:
    """List the jobs of a workspace."""
    import sqlalchemy as sa  # noqa: PLC0415

    from api.jobs.job import STATE_WORDS, job_of  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415
    from geo.store.jobs import JOB  # noqa: PLC0415

    with Workspace.open(workspace).reading() as connection:
        query = sa.select(JOB).order_by(JOB.c.number.desc()).limit(_SHOWN)
        found = [job_of(row) for row in connection.execute(query)]
    if json:
        emit_json({"jobs": [_plain(one) for one in found]})
        return
    if not found:
        print_line(say("没有任务。", "No jobs."))
        return
    print_table(
        say("编号 处理 状态 进度% 提出", "Id Process Status % Asked").split(),
        [
            [one.id, one.process, say(*STATE_WORDS[one.state]), one.percent, f"{one.created:%F %T}"]
            for one in found
        ],
    )


def work(
    workspace: WorkspaceFolder = Path(),
    *,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            metavar="N",
            min=1,
            max=64,
            help=say("同时做几个。", "How many at once."),
            show_default="1",
        ),
    ] = None,
    until_done: Annotated[
        bool,
        typer.Option("--until-done", help=say("都做完就结束。", "End when none is left.")),
    ] = False,
) -> None:
    """Do jobs beside a server or without one."""
    import signal  # noqa: PLC0415

    from api.cli.serve import place_of  # noqa: PLC0415
    from api.jobs.queue import are_open  # noqa: PLC0415
    from api.jobs.running import running  # noqa: PLC0415
    from api.settings import Settings  # noqa: PLC0415
    from api.store import opened  # noqa: PLC0415

    chosen: dict[str, Any] = place_of(workspace)
    if workers is not None:
        chosen["job_workers"] = workers
    settings = Settings.read(**chosen)
    own, stopped = opened(settings), threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stopped.set())
    print_line(say("正在办理任务，按 Ctrl+C 停止。", "Doing the jobs; press Ctrl+C to stop."))
    with running(settings, own):
        while not stopped.wait(0.5):
            if until_done and not are_open(own):
                break
    print_line(say("已停止。", "Stopped."))


def dismiss(identity: JobId, workspace: WorkspaceFolder = Path(), *, json: Json = False) -> None:
    """Stop a job that is not done, or drop the results of one that is."""
    from api.jobs import files, queue  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    own = Workspace.open(workspace)
    before = queue.dismiss(own, identity)
    if before.state != "running":
        files.sweep(own, identity)
    if json:
        emit_json({"id": before.id, "was": before.state, "status": "dismissed"})
    else:
        print_line(say(f"已取消：{before.id}", f"Dismissed: {before.id}"))


def _plain(one: Job) -> dict[str, Any]:
    return {
        "id": one.id,
        "process": one.process,
        "status": one.state,
        "progress": one.percent,
        "message": one.message,
        "created": one.created.isoformat(),
        "attempts": one.attempts,
    }
