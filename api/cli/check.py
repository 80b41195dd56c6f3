"""``fuwuquan check``: whether the layers of a workspace agree with each other and the streets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, records
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.text import say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "核对各图层之间是否一致：上下级、重叠与空白、位置、出入口、合计、人口口径、坐标基准。",
        "Check that the layers agree: parents, overlaps and gaps, positions, gates, totals, datum.",
    )
    app.command("check", cls=Command, help=about)(check)


def check(
    file: Annotated[
        Path | None,
        typer.Option(
            "--faults",
            metavar=say("文件", "FILE"),
            help=say("把问题清单写成 .xlsx 或 .csv。", "Write the faults as .xlsx or .csv."),
            show_default=False,
        ),
    ] = None,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Check the layers of a workspace against each other."""
    from geo.checks import check_workspace, faults_table  # noqa: PLC0415
    from geo.faults import SEVERITIES  # noqa: PLC0415
    from geo.layers import summary  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    opened = Workspace.open(workspace)
    steps = Steps()
    with steps("核对图层", "check layers") as advance:
        found = check_workspace(opened, on=day(on), progress=advance)
    written = []
    if file is not None:
        written = write_table(file, {say("问题", "Faults"): faults_table(found)})
    if json:
        emit_json(
            {
                "fault_counts": {severity: found.count(severity) for severity in SEVERITIES},
                "summary": summary(found),
                "faults": records(found.frame()),
                "files": [str(path) for path in written],
                "seconds": steps.seconds,
            }
        )
    else:
        for sentence in summary(found):
            print_line(f"  · {sentence}")
        if not len(found):
            print_line(say("各图层之间没有发现问题。", "Nothing wrong was found."))
        for path in written:
            print_line(say(f"问题清单：{path}", f"Faults written to {path}"))
    return 1 if found.count("error") else 0
