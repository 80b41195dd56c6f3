"""``fuwuquan norms check`` and ``new``: the files in which a bureau writes norms of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import complain, emit_json, print_line, print_table
from api.cli._options import Json, OwnNorms, WorkspaceFolder
from geo.errors import ConflictError, DataError
from geo.text import say


def check(
    own: OwnNorms = None,
    workspace: WorkspaceFolder = Path(),  # noqa: ARG001 - norm files are of no workspace
    json: Json = False,
) -> None:
    """Check every norm file and report all faults at once."""
    from geo.norms import examine  # noqa: PLC0415

    norms, faults = examine(own)
    values = sum(len(norm.values) for norm in norms)
    if json:
        listed = [{"file": f.file, "line": f.line, "message": f.message} for f in faults]
        emit_json({"norms": len(norms), "values": values, "faults": listed})
    elif faults:
        rows = [(fault.file, fault.line, fault.message) for fault in faults]
        print_table((say("文件", "File"), say("行", "Line"), say("问题", "Fault")), rows)
        complain(say(f"共 {len(faults)} 处错误。", f"{len(faults)} faults."))
    else:
        print_line(
            say(
                f"{len(norms)} 项规范、{values} 个值，没有错误。",
                f"{len(norms)} norms, {values} values: no fault.",
            )
        )
    if faults:
        raise typer.Exit(1)


def new(
    path: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("要写的文件，如 norms/own.toml。", "File to write, such as norms/own.toml."),
            show_default=False,
        ),
    ],
) -> None:
    """Write a commented template for the bureau's own norms."""
    from geo.norms import template  # noqa: PLC0415

    if path.suffix != ".toml":
        raise DataError(
            say(f"“{path}”不以 .toml 结尾。", f"{path} does not end in .toml"),
            hint=say("请写成 own.toml 这样。", "Write it as own.toml."),
        )
    if path.exists():
        raise ConflictError(
            say(f"“{path}”已经存在，没有改动。", f"{path} exists and was left alone"),
            hint=say("请换一个文件名。", "Choose another name."),
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(), "utf-8")
    print_line(
        say(
            f"已写入 {path}。改好后运行：fuwuquan norms check --dir {path.parent}",
            f"Wrote {path}. When edited, run: fuwuquan norms check --dir {path.parent}",
        )
    )
