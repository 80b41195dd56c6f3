"""``fuwuquan layers``: what the workspace holds, where it came from and what was wrong with it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli._console import emit_json, print_line, print_table
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.text import say

if TYPE_CHECKING:
    from geo.store import LayerState


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "列出工作区的图层：行数、版本、坐标基准、来源和导入时发现的问题。",
        "List the layers of the workspace: rows, version, datum, source, and faults found.",
    )
    app.command("layers", cls=Command, help=about)(layers)


def layers(workspace: WorkspaceFolder = Path(), json: Json = False) -> None:
    """List the layers of a workspace."""
    from geo.schema import layer  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    opened = Workspace.open(workspace)
    states, results = opened.layers(), opened.results()
    crs = opened.settings.get("working_crs")
    if json:
        emit_json(
            {
                "workspace": opened.place,
                "working_crs": crs,
                "layers": [asdict(state) for state in states],
                "results": results,
            }
        )
        return
    if not states:
        print_line(say("工作区还没有图层。", "The workspace has no layer yet."))
        return
    print_table(
        [
            say("层", "Layer"),
            say("名称", "Name"),
            say("行数", "Rows"),
            say("版本", "Version"),
            say("基准", "Datum"),
            say("来源", "Source"),
            say("问题", "Faults"),
        ],
        [
            [
                layer(state.layer).label,
                state.layer,
                state.rows,
                _version(state),
                state.datum,
                state.source,
                _faults(state),
            ]
            for state in states
        ],
    )
    if crs:
        print_line(say(f"分析坐标系：{crs}", f"Working CRS: {crs}"))
    if results:
        print_line(say(f"结果：{'、'.join(results)}", f"Results: {', '.join(results)}"))


def _version(state: LayerState) -> str:
    return f"{state.version}{say('（已改动）', ' (edited)') if state.edited else ''}"


def _faults(state: LayerState) -> str:
    from geo.faults import SEVERITIES, severity_label  # noqa: PLC0415

    found = [(severity_label(s), state.faults[s]) for s in SEVERITIES if s in state.faults]
    return say("，", ", ").join(f"{label} {count}" for label, count in found)
