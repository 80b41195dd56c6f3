"""``fuwuquan names link decide``, ``apply`` and ``undo``: verdicts on pairs, in and out."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import Steps, emit_json
from api.cli._gazetteer import Author, Reason, answer_change, gazetteer, moment
from api.cli._options import Json, WorkspaceFolder
from api.cli.names_linked import show_applied
from geo.errors import DataError
from geo.text import say

Match = Annotated[
    str,
    typer.Argument(
        metavar=say("匹配", "MATCH"),
        help=say("匹配的编号，或它的末几位。", "Id of a match, or the end of it."),
        show_default=False,
    ),
]
By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar=say("姓名", "NAME"),
        help=say("裁定人，记入日志。", "Who decides; the log keeps it."),
        show_default=False,
    ),
]
Batch = Annotated[
    str,
    typer.Option(
        "--batch",
        metavar=say("批次", "BATCH"),
        help=say("只管这一批次；不写则全部。", "Only this import, not all of them."),
        show_default=False,
    ),
]


def link_decide(
    match: Annotated[
        str,
        typer.Argument(
            metavar=say("[匹配]", "[MATCH]"),
            help=say("匹配的编号，或它的末几位。", "Id of a match, or the end of it."),
            show_default=False,
        ),
    ] = "",
    verdict: Annotated[
        str,
        typer.Argument(
            metavar="[same|different|new]",
            help=say("同一、不同，或新增。", "The same, different, or a new place."),
            show_default=False,
        ),
    ] = "",
    *,
    by: By,
    filled: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar=say("文件", "FILE"),
            help=say("names link queue --out 写出、填好的表格。", "The table, filled in."),
            show_default=False,
        ),
    ] = None,
    reason: Reason = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Keep verdicts on pairs."""
    if (filled is None) == (not match or not verdict) or (filled is not None and match):
        raise DataError(
            say("要写匹配和结论，或者 --from 表格。", "give MATCH and a verdict, or --from FILE."),
            hint=say(
                "例如 names link decide 1a2b3c4d same --by 王某",
                "For example: names link decide 1a2b3c4d same --by NAME",
            ),
        )
    from geo.gazetteer.linkage import decide, match_of, queue, read_verdicts  # noqa: PLC0415

    verdicts = read_verdicts(filled) if filled is not None else None
    book = gazetteer(workspace)
    given = verdicts if verdicts is not None else {match_of(book, match): verdict}
    identity = decide(book, given, by=by, at=moment(), reason=reason)
    left = len(queue(book))
    answer_change(
        {"change_set_id": identity, "decided": len(given), "pairs": left},
        say(
            f"裁定 {len(given):,} 对，还有 {left:,} 对待裁定。",
            f"{len(given):,} decided, {left:,} pairs left.",
        ),
        json=json,
    )


def link_apply(
    *,
    author: Author,
    reason: Reason = "",
    batch: Batch = "",
    class_code: Annotated[
        str,
        typer.Option(
            "--class",
            metavar=say("类别", "CLASS"),
            help=say(
                "新增而没有类别的按哪一类入库，如 22200。",
                "Class of new places that name none, such as 22200.",
            ),
            show_default=False,
        ),
    ] = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Carry what is decided into the gazetteer."""
    from geo.gazetteer.classes import class_of  # noqa: PLC0415

    known = class_of(class_code) if class_code else None
    if class_code and known is None:
        raise DataError(
            say(f"类别表里没有“{class_code}”。", f"{class_code!r} is not in the table of classes."),
            hint=say("请写类别名称或代码，如 22200。", "Give a class or its code, such as 22200."),
        )
    from geo.gazetteer.linkage import apply  # noqa: PLC0415

    book, steps = gazetteer(workspace), Steps()
    with steps("写入", "apply"):
        done = apply(
            book, author=author, at=moment(), batch=batch, reason=reason,
            class_code=known.code if known else "",
        )  # fmt: skip
    if json:
        emit_json(asdict(done) | {"seconds": steps.seconds})
    else:
        show_applied(done)
    return 1 if done.untouched or done.unclassified or done.gone else 0


def link_undo(
    match: Match,
    *,
    author: Author,
    reason: Reason = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Take one applied match back."""
    from geo.gazetteer.linkage import match_of, take_back  # noqa: PLC0415

    book = gazetteer(workspace)
    identity = match_of(book, match)
    change = take_back(book, identity, author=author, at=moment(), reason=reason)
    answer_change(
        {"change_set_id": change, "match": identity},
        say(
            f"已撤回匹配 {identity}；可以重新裁定。",
            f"match {identity} taken back; it may be decided anew.",
        ),
        json=json,
    )
