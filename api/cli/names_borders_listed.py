"""``names borders lines`` and ``stones``: which are due for inspection, and which not in order."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import emit_json, print_line, print_table
from api.cli._gazetteer import gazetteer
from api.cli._options import Day, Json, WorkspaceFolder, day
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.borders import Line


def list_lines(
    *,
    due: Annotated[
        bool, typer.Option("--due", help=say("只列已经到期的。", "Only those that are overdue."))
    ] = False,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """List the boundary lines."""
    when = day(on)
    from geo.gazetteer.borders import lines  # noqa: PLC0415

    found = [one for one in lines(gazetteer(workspace), on=when) if not due or one.overdue(when)]
    late = sum(one.overdue(when) for one in found)
    if json:
        emit_json(
            {
                "on": str(when),
                "lines": [
                    {
                        "code": one.row["code"],
                        "name": one.row["name"],
                        "parties": list(one.parties),
                        "agreement": one.row["agreement"],
                        "map_ref": one.row["map_ref"],
                        "stones": len(one.stones),
                        "last_inspected": one.last,
                        "next_due": one.due,
                        "overdue": one.overdue(when),
                    }
                    for one in found
                ],
                "overdue": late,
            }
        )
        return 1 if late else 0
    print_table(
        say(
            "编号 界线 毗邻双方 界桩 上次联检 下次联检 情况",
            "Code Line Parties Stones Last Next State",
        ).split(),
        [
            (
                one.row["code"], one.row["name"], say("、", ", ").join(one.parties),
                len(one.stones), one.last or say("无记录", "none"), one.due, _state(one, when),
            )
            for one in found
        ],
    )  # fmt: skip
    print_line(
        say(
            f"共 {len(found)} 条，已到期 {late} 条（联检每五年一次，界线管理条例 第十二条）。",
            f"{len(found)} lines, {late} overdue (every five years, Art. 12).",
        )
    )
    return 1 if late else 0


def list_stones(
    *,
    line: Annotated[
        str,
        typer.Option(
            "--line",
            metavar=say("界线", "LINE"),
            help=say("只列这条界线的：编号。", "Only those of this line: its code."),
            show_default=False,
        ),
    ] = "",
    faulty: Annotated[
        bool, typer.Option("--faulty", help=say("只列不完好的。", "Only those not in order."))
    ] = False,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List the boundary stones."""
    when = day(on)
    from geo.gazetteer.borders import SOUND, lines  # noqa: PLC0415
    from geo.gazetteer.shape_words import shape_word  # noqa: PLC0415

    found = [
        (one, stone)
        for one in sorted(lines(gazetteer(workspace), on=when), key=lambda one: one.row["code"])
        if line in ("", one.row["code"], one.row["name"])
        for stone in one.stones
        if not (faulty and stone["condition"] in SOUND)
    ]
    if json:
        emit_json(
            {
                "stones": [
                    {
                        "number": stone["number"],
                        "line": one.row["code"],
                        "line_name": one.row["name"],
                        "responsible": stone["responsible"],
                        "condition": stone["condition"],
                        "at": shape_word(stone["shape"]),
                        "photo": stone["photo"],
                    }
                    for one, stone in found
                ]
            }
        )
        return
    print_table(
        say("界桩号 界线 负责方 完好状况 位置", "Number Line Responsible Condition Where").split(),
        [
            (s["number"], one.row["name"], s["responsible"], s["condition"], shape_word(s["shape"]))
            for one, s in found
        ],
    )
    print_line(say(f"共 {len(found)} 个。", f"{len(found)} stones."))


def _state(one: Line, when: date) -> str:
    if one.overdue(when):
        return say("已到期", "overdue")
    return say("未到期", "in time") if one.due else say("缺日期", "no date")
