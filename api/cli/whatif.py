"""``fuwuquan whatif``: who gains and who loses if a facility or a gate were different."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._edits import Add, Close, CloseGate, DatumOfPlaces, Move, OpenGate, edits_of
from api.cli._options import AsOf, Day, Json, WorkspaceFolder, day
from api.cli._siting_options import Facility, Limit, OwnOnly, Speed, Walker, limits
from api.cli._words import Command
from api.cli.coverage import prepare_engine
from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.coverage import Coverage

_LISTED = 10
"""Demand points shown on the screen; all are in the table."""


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "试一试：增设、迁址、关闭设施，或开关出入口，看谁受益、谁受损。不改动工作区的数据。",
        "Try out a facility more, moved or closed, or a gate opened or closed: who gains, who "
        "loses. The workspace stays as it is.",
    )
    app.command("whatif", cls=Command, help=about)(whatif)


def whatif(
    facility: Facility,
    *,
    add: Add = None,
    move: Move = None,
    close: Close = None,
    open_gate: OpenGate = None,
    close_gate: CloseGate = None,
    datum: DatumOfPlaces = "cgcs2000",
    minutes: Limit = "",
    speed: Speed = None,
    profile: Walker = "elder",
    on: Day = "",
    own_only: OwnOnly = False,
    as_of: AsOf = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=say("文件", "FILE"),
            help=say(
                "把受影响的需求点写成 .xlsx 或 .csv。",
                "Write the demand points affected as .xlsx or .csv.",
            ),
            show_default=say("不写", "not written"),
        ),
    ] = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Compare the coverage of the workspace with that of a changed one."""
    steps = Steps()
    prepare_engine(steps, draw=False)
    from geo.coverage import (  # noqa: PLC0415
        answer,
        ask,
        changes,
        edited,
        placed_in,
        placing_warnings,
        read_inputs,
    )
    from geo.store import Workspace  # noqa: PLC0415

    edits = edits_of(
        datum, add=add, move=move, close=close, open_gate=open_gate, close_gate=close_gate
    )
    question = ask(
        facility,
        on=day(on),
        minutes=limits(minutes),
        walker=profile,
        speed_m_s=speed,
        own_only=own_only,
        as_of=as_of,
    )
    with steps("读取图层和路网", "read"):
        inputs = read_inputs(Workspace.open(workspace), question)
        tried = edited(inputs, edits, layer=question.kind.name)
    with steps("计算改动前后的覆盖", "compute"):
        before, after = answer(question, inputs), answer(question, tried)
        warnings = placing_warnings(placed_in(after, inputs, edits))
        table = changes(before, after)
    files = _write(table, before, out) if out else []
    if json:
        more = {"warnings": warnings, "files": files, "seconds": steps.seconds}
        emit_json(_summary(before, after, table) | more)
    else:
        for one in warnings:
            print_line(one)
        _print(before, after, table, files)
    return 0


def _write(table: pd.DataFrame, before: Coverage, path: Path) -> list[str]:
    from geo.coverage.tables import in_words, notes  # noqa: PLC0415
    from geo.schema.results import headings  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    sheet = say("变化", "changes")
    sheets = {say("说明", "notes"): notes(before), sheet: in_words(table, "coverage_changes")}
    written = write_table(path, sheets, headings={sheet: headings("coverage_changes")})
    return [str(file) for file in written]


def _sums(before: Coverage, table: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Return demand points and people of the main weight, by what happens to them."""
    weight = before.weight
    sums = {}
    for change in ("gained", "lost", "nearer", "farther"):
        rows = table[table["change"] == change]
        people = len(rows) if weight == "points" else int(rows[weight].fillna(0).sum())
        sums[change] = {"points": len(rows), "people": people}
    return sums


def _covered(answer: Coverage) -> int | None:
    row = answer.headline()
    main = f"covered_{answer.question.main_min:g}_min"
    return None if row.isna()[main] else int(row[main])


def _summary(before: Coverage, after: Coverage, table: pd.DataFrame) -> dict[str, object]:
    return {
        "facility": before.question.kind.name,
        "weight": before.weight,
        "denominator": before.headline()["denominator"],
        "main_min": before.question.main_min,
        "covered_before": _covered(before),
        "covered_after": _covered(after),
        "changes": _sums(before, table),
        "provenance": before.provenance.json(),
    }


def _print(before: Coverage, after: Coverage, table: pd.DataFrame, files: list[str]) -> None:
    from geo.coverage.tables import in_words  # noqa: PLC0415

    print_line(before.conditions)
    old, new = _covered(before), _covered(after)
    if old is None or new is None:
        print_line(say("覆盖人数未知。", "How many are covered is unknown."))
    else:
        print_line(
            say(
                f"{before.question.main_min:g} 分钟内：{old:,} → {new:,}（{new - old:+,}）。",
                f"Within {before.question.main_min:g} min: {old:,} → {new:,} ({new - old:+,}).",
            )
        )
    words = in_words(table, "coverage_changes")
    named = dict(zip(table["change"], words["change"], strict=True))
    print_table(
        [say("变化", "change"), say("需求点", "points"), str(before.headline()["denominator"])],
        [
            [named[change], count["points"], count["people"]]
            for change, count in _sums(before, table).items()
            if count["points"]
        ],
    )
    if len(words):
        print_table(
            [say("名称", "name"), say("原分钟", "before"), say("现分钟", "after"), ""],
            words[["name", "before_min", "after_min", "change"]]
            .head(_LISTED)
            .astype(object)
            .where(words.notna(), None)
            .to_numpy()
            .tolist(),
        )
    else:
        print_line(say("没有任何需求点受影响。", "No demand point is affected."))
    for path in files:
        print_line(say(f"已写出：{path}", f"Wrote {path}"))
