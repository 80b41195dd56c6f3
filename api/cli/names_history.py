"""``fuwuquan names history``, ``changes``, ``undo`` and ``verify``: what was changed, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import Steps, emit_json, print_line
from api.cli._gazetteer import Author, Reason, gazetteer, moment, opened, place_of
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from api.cli.names_history_shown import change_json, event_json, print_events, reason_of, what
from geo.errors import DataError
from geo.text import say

_RESTORED_SHOWN = 10
_FOREIGN_SHOWN = 10

ChangeId = Annotated[
    str,
    typer.Argument(
        metavar=say("改动", "CHANGE"),
        help=say(
            "改动编号（前几位即可），或 last 表示最近一次（撤回时跳过撤回本身）。",
            "Id of a change set, its first letters, or last (undo skips undoings).",
        ),
        show_default=False,
    ),
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    for name, function, words in (
        (
            "history",
            history,
            say(
                "看一处地名的来龙去脉：谁、何时、为何、改前改后；或看一次改动的全部内容。",
                "What happened to a place: who, when, why, before and after; or in one change.",
            ),
        ),
        (
            "changes",
            changes,
            say("列出历次改动，最近的在前。", "List the change sets, the latest first."),
        ),
        (
            "undo",
            undo,
            say(
                "撤回一次改动：全部记录恢复原样，撤回本身也记入日志。",
                "Take a change back: every row as it was; the log keeps that too.",
            ),
        ),
        (
            "verify",
            verify,
            say(
                "核验日志：有没有人绕过程序改过数据；查出问题则退出状态为 1。",
                "Verify the log: whether anybody altered the past; exit status 1 if so.",
            ),
        ),
    ):
        group.command(name, cls=Command, help=words)(function)


def history(
    which: Annotated[
        str,
        typer.Argument(
            metavar=say("地名", "PLACE"),
            help=say("名称、代码或编号。", "A name, a code or an id."),
            show_default=False,
        ),
    ] = "",
    *,
    change: Annotated[
        str,
        typer.Option(
            "--change",
            metavar=say("改动", "CHANGE"),
            help=say("看这一次改动做了什么。", "What this change did."),
            show_default=False,
        ),
    ] = "",
    limit: Annotated[
        int,
        typer.Option(
            "--limit", min=1, metavar=say("条数", "N"), help=say("最多列几条。", "Most to list.")
        ),
    ] = 200,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Show what happened to a place, or in a change."""
    if bool(which) == bool(change):
        raise DataError(
            say(
                "请写一个地名，或用 --change 写一次改动。", "name a place, or a change (--change)."
            ),
            hint=say(
                "例如：fuwuquan names history 建设路", "such as: fuwuquan names history PLACE"
            ),
        )
    from geo.gazetteer.change_sets import change_set  # noqa: PLC0415
    from geo.gazetteer.history import contents  # noqa: PLC0415
    from geo.gazetteer.history import history as of_place  # noqa: PLC0415

    space, book = opened(workspace)
    if change:
        events = contents(book, change_set(book, change).id, limit=limit)
    else:
        events = of_place(book, place_of(space, book, which))[-limit:]
    if json:
        emit_json({"events": [event_json(one) for one in events]})
    else:
        print_events(events, whole=not change)


def changes(
    limit: Annotated[
        int,
        typer.Option(
            "--limit", min=1, metavar=say("条数", "N"), help=say("最多列几条。", "Most to list.")
        ),
    ] = 20,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List the change sets."""
    from geo.gazetteer.change_sets import change_sets  # noqa: PLC0415

    listed = change_sets(gazetteer(workspace), limit=limit)
    if json:
        emit_json({"change_sets": [change_json(one) for one in listed]})
        return
    if not listed:
        print_line(say("地名库还是空的。", "The gazetteer is empty."))
        return
    for one in listed:
        print_line(f"{one.at[:16].replace('T', ' ')}  {one.author}  {reason_of(one)}")
        print_line(f"  {one.id}  {what(one)}")


def undo(
    change: ChangeId,
    *,
    author: Author,
    reason: Reason = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Take a change back."""
    from geo.gazetteer.change_sets import LAST_STANDING, change_set  # noqa: PLC0415
    from geo.gazetteer.change_sets import undo as take_back  # noqa: PLC0415
    from geo.gazetteer.history import contents  # noqa: PLC0415

    book = gazetteer(workspace)
    last = change.strip().lower() in ("last", "最近")
    wanted = change_set(book, LAST_STANDING if last else change)
    why = reason or say(f"撤回：{wanted.reason}", f"taken back: {wanted.reason}")
    identity = take_back(book, wanted.id, author=author, reason=why, at=moment())
    if json:
        emit_json(
            {
                "change_set_id": identity,
                "undone": change_json(wanted),
                "state_sha256": book.state_sha256(),
            }
        )
        return
    print_line(
        say(
            f"已撤回 {wanted.at[:10]} {wanted.author}的改动“{wanted.reason}”：{what(wanted)}。",
            f"Taken back: {wanted.reason} ({wanted.at[:10]}, {wanted.author}): {what(wanted)}.",
        )
    )
    restored = contents(book, identity, limit=_RESTORED_SHOWN)
    print_events(restored, whole=False)
    more = sum(wanted.rows.values()) - len(restored)
    if more > 0:
        print_line(
            say(
                f"其余 {more:,} 项：fuwuquan names history --change {identity}",
                f"{more:,} more: fuwuquan names history --change {identity}",
            )
        )
    print_line(
        say(
            f"改动编号：{identity}（再撤回它，就恢复刚才的样子）",
            f"Change set: {identity} (take it back too to have it again)",
        )
    )


def verify(workspace: WorkspaceFolder = Path(), json: Json = False) -> int:
    """Verify the log."""
    from geo.gazetteer.verifying import verify as verified  # noqa: PLC0415

    book, steps = gazetteer(workspace), Steps()
    with steps("核验日志", "verify the log"):
        found = verified(book)
    if json:
        emit_json(
            {
                "whole": found.whole,
                "change_sets": found.change_sets,
                "events": found.events,
                "broken_event": found.broken,
                "broken_told": found.told,
                "foreign_rows": [{"record": r, "id": i} for r, i in found.foreign],
                "state_sha256": found.state_sha256,
                "seconds": steps.seconds,
            }
        )
        return 0 if found.whole else 1
    if found.broken is not None:
        print_line(
            say(
                f"日志链在第 {found.broken} 号事件断开：{found.told}。",
                f"The chain of the log breaks at event {found.broken}: {found.told}.",
            )
        )
    if found.foreign:
        listed = "、".join(f"{r} {i}" for r, i in found.foreign[:_FOREIGN_SHOWN])
        print_line(
            say(
                f"{len(found.foreign)} 条记录与日志不符，是绕过程序改的：{listed}",
                f"{len(found.foreign)} rows differ from the log: {listed}",
            )
        )
    if found.whole:
        print_line(
            say(
                f"完好：{found.change_sets} 次改动、{found.events:,} 个事件首尾相连，"
                "按日志重放与现状一致。",
                f"Whole: {found.change_sets} change sets and {found.events:,} events are chained, "
                "and replaying them gives the rows as they stand.",
            )
        )
        print_line(say(f"现状指纹：{found.state_sha256}", f"Fingerprint: {found.state_sha256}"))
    return 0 if found.whole else 1
