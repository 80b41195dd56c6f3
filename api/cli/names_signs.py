"""``fuwuquan names signs``: which signs are to be set up, renewed or mended, and what was done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import emit_json, print_line
from api.cli._gazetteer import Author, Out, Reason, answer_change, gazetteer, moment, print_filled
from api.cli._names_options import Photo, Under
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command, Group
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer.signs import Sign

_SHOWN = 40


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    parts = typer.Typer(cls=Group, no_args_is_help=True)
    shown = say(
        "列出要办的标志：待设、损坏、内容过时，连同应写什么；--all 列出全部。",
        "List the signs to see to: planned, damaged, stale, with what they should show.",
    )
    done = say(
        "登记标志办结：已设置、损坏、拆除，可附照片；待办随之办结。",
        "Record what was done to signs: installed, damaged, removed, with a photograph.",
    )
    parts.command("list", cls=Command, help=shown)(list_signs)
    parts.command("mark", cls=Command, help=done)(mark)
    group.add_typer(
        parts, name="signs", cls=Group, help=say("地名标志：清单和办结。", "Signs of place names.")
    )


def list_signs(
    *,
    state: Annotated[
        list[str] | None,
        typer.Option(
            "--state",
            metavar=say("状态", "STATE"),
            help=say(
                "只列这些状态：计划设置、已设置、损坏、内容过时、已拆除。",
                "Only in these states: planned, installed, damaged, stale, removed.",
            ),
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help=say("列出全部标志。", "List all signs."))
    ] = False,
    wrong: Annotated[
        bool,
        typer.Option(
            "--wrong",
            help=say("只列文字与标准名称不符的。", "Only those that show another name."),
        ),
    ] = False,
    division: Under = "",
    out: Out = None,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List the signs to see to."""
    when = day(on)
    states = tuple(state_of(one) for one in state or ())
    from geo.gazetteer.signs import OPEN, signs  # noqa: PLC0415

    if not (states or every or wrong):
        states = OPEN
    found = signs(gazetteer(workspace), states=states, division=division, on=when)
    found = [one for one in found if not wrong or one.wrong]
    files = [] if out is None else _write(out, found)
    if json:
        emit_json(
            {
                "signs": [
                    {
                        "number": one.row["number"],
                        "text": one.row["text"],
                        "wanted": one.wanted,
                        "state": one.row["state"],
                        "kind": one.row["kind"],
                        "keeper": one.row["keeper"],
                        "place_id": one.row["place_id"],
                        "division": one.card.division if one.card else "",
                        "installed_on": one.row["installed_on"],
                        "photo": one.row["photo"],
                        "task": one.task["title"] if one.task else "",
                        "due_on": one.task["due_on"] if one.task else "",
                    }
                    for one in found
                ],
                "files": [str(path) for path in files],
            }
        )
        return
    if not found:
        print_line(say("没有这样的标志。", "There is no such sign."))
        return
    shown = [list(_cells(one)) for one in found[:_SHOWN]]
    print_filled(_headings()[:-2] + _headings()[-1:], [row[:-2] + row[-1:] for row in shown])
    print_line(say(f"共 {len(found):,} 块。", f"{len(found):,} signs."))
    for path in files:
        print_line(say(f"全部：{path}", f"All: {path}"))


def mark(
    numbers: Annotated[
        list[str],
        typer.Argument(
            metavar=say("标志编号…", "NUMBER…"),
            help=say("标志编号，可写多个。", "Numbers of the signs."),
            show_default=False,
        ),
    ],
    *,
    state: Annotated[
        str,
        typer.Option(
            "--state",
            metavar=say("状态", "STATE"),
            help=say("已设置、损坏、已拆除、内容过时。", "installed, damaged, removed, stale."),
            show_default=False,
        ),
    ],
    author: Author,
    text: Annotated[
        str,
        typer.Option(
            "--text",
            metavar=say("文字", "TEXT"),
            help=say("标志上实际的文字。", "What it really shows."),
            show_default=say("应写的文字", "what it should"),
        ),
    ] = "",
    photo: Photo = "",
    reason: Reason = "",
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Record what was done to signs."""
    when, became = day(on), state_of(state)
    from geo.gazetteer.signs import mark as record  # noqa: PLC0415
    from geo.gazetteer.words import word  # noqa: PLC0415

    told = word("state", became)
    change, marked, closed = record(
        gazetteer(workspace),
        numbers,
        state=became,
        on=when,
        text=text,
        photo=photo,
        author=author,
        reason=reason or say(f"标志{told}", f"signs {told}"),
        at=moment(),
    )
    answer_change(
        {
            "change_set_id": change,
            "marked": [one.row["number"] for one in marked],
            "state": became,
            "tasks_closed": closed,
        },
        say(
            f"{len(marked)} 块标志登记为“{told}”，办结待办 {closed} 件。",
            f"{len(marked)} signs: {told}; {closed} tasks closed.",
        ),
        json=json,
    )


def state_of(text: str) -> str:
    """Return a state of signs as a user calls it.

    Raises
    ------
    DataError
        There is no such state.
    """
    from geo.gazetteer.tables import SIGN_STATES  # noqa: PLC0415
    from geo.gazetteer.words import word  # noqa: PLC0415

    called = {word("state", one): one for one in SIGN_STATES} | {one: one for one in SIGN_STATES}
    if text not in called:
        raise DataError(
            say(f"没有标志状态“{text}”。", f"there is no state {text!r}."),
            hint=say(
                f"可用：{'、'.join(word('state', one) for one in SIGN_STATES)}。",
                f"One of {', '.join(SIGN_STATES)}.",
            ),
        )
    return called[text]


def _headings() -> list[str]:
    return say(
        "编号 现在的文字 应写 状态 所在政区 管护单位 设置日期 期限",
        "Number Shows Should State Division Keeper Installed Due",
    ).split()


def _cells(one: Sign) -> tuple[str, ...]:
    from geo.gazetteer.words import word  # noqa: PLC0415

    return (
        one.row["number"],
        one.row["text"],
        one.wanted,
        word("state", one.row["state"]),
        one.card.division if one.card else "",
        one.row["keeper"],
        one.row["installed_on"],
        one.task["due_on"] if one.task else "",
    )


def _write(path: Path, found: list[Sign]) -> list[Path]:
    import pandas as pd  # noqa: PLC0415

    from geo.store.tables import write_table  # noqa: PLC0415

    title = say("地名标志", "Signs")
    frame = pd.DataFrame([_cells(one) for one in found], columns=_headings())
    return write_table(path, {title: frame})
