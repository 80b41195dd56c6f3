"""``fuwuquan names romanise``: names in letters, how sure they are, and what is to be confirmed."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import Out, class_code_of, opened
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.gazetteer import Gazetteer
    from geo.gazetteer.readings import Read

_SHOWN = 40


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    spell = say(
        "给地名注音拼写：分写、隔音、标调、标志用拼写，说明把握多大、哪些必须人工核定。",
        "Write names in letters: words, tones, the form on signs; how sure, what to confirm.",
    )
    group.command("romanise", cls=Command, help=spell)(romanise)


def romanise(
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=say("地名…", "NAME…"),
            help=say("要拼写的地名，可写多个。", "Names to write in letters."),
            show_default=False,
        ),
    ] = None,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar=say("文件", "FILE"),
            help=say(
                "名单：.xlsx、.csv（列“名称”）或 .txt（一行一个）。",
                "A list: .xlsx, .csv (column 名称) or .txt (one a line).",
            ),
            show_default=False,
        ),
    ] = None,
    unconfirmed: Annotated[
        bool,
        typer.Option(
            "--unconfirmed",
            help=say(
                "地名库中读音尚未核定的全部标准名称。",
                "All standard names of the gazetteer that nobody has confirmed.",
            ),
        ),
    ] = False,
    class_code: Annotated[
        str,
        typer.Option(
            "--class",
            metavar=say("类别", "CLASS"),
            help=say("地名类别或代码。", "Class or its code."),
            show_default=False,
        ),
    ] = "",
    division: Annotated[
        str,
        typer.Option(
            "--division",
            metavar=say("代码", "CODE"),
            help=say(
                "所在政区代码：多音字读法因地而异。", "Division code: readings differ by region."
            ),
            show_default=False,
        ),
    ] = "",
    out: Out = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Write names in letters."""
    wanted = list(texts or ())
    if file is not None:
        from geo.gazetteer.listed import read_list  # noqa: PLC0415

        wanted += [row.cells["name"] for row in read_list(file)]
    if not wanted and not unconfirmed:
        raise DataError(
            say("没有要拼写的地名。", "there is no name to write in letters."),
            hint=say(
                "请写地名，或用 --file 给名单，或用 --unconfirmed。",
                "Give names, a list (--file), or --unconfirmed.",
            ),
        )
    from geo.gazetteer import readings  # noqa: PLC0415

    kind, steps = class_code_of(class_code), Steps()
    book = _book(workspace, needed=unconfirmed)
    with steps("注音拼写", "romanise"):
        read = (
            readings.unconfirmed(book, class_code=kind, division_code=division)
            if unconfirmed and book is not None
            else []
        )
        read += readings.read_texts(wanted, book=book, class_code=kind, division_code=division)
    files = [] if out is None else _write(out, read)
    if json:
        emit_json(
            {
                "romanised": [_plain(one) for one in read],
                "must_confirm": sum(one.must_confirm for one in read),
                "files": [str(path) for path in files],
                "seconds": steps.seconds,
            }
        )
    else:
        _print(read, files)
    return 1 if any(one.must_confirm for one in read) else 0


def _book(workspace: Path, *, needed: bool) -> Gazetteer | None:
    from geo.errors import NotFoundError  # noqa: PLC0415

    try:
        return opened(workspace)[1]
    except NotFoundError:
        if needed or workspace != Path():
            raise
        return None


def _plain(one: Read) -> dict[str, Any]:
    told = one.proposed
    return {
        "text": one.text,
        "toned": told.toned,
        "plain": told.plain,
        "sign": told.sign,
        "reading": list(told.reading),
        "breaks": list(told.breaks),
        "specific": told.specific,
        "generic": told.generic,
        "confidence": told.confidence,
        "source": told.source,
        "must_confirm": one.must_confirm,
        "reasons": list(told.reasons),
        "choices": [
            {"at": c.at, "character": c.character, "readings": list(c.readings)}
            for c in told.choices
        ],
        "place_id": one.place_id,
        "recorded": one.recorded,
        "reading_source": one.reading_source,
        "confirmed_by": one.confirmed_by,
        "confirmed_on": one.confirmed_on,
    }


def _how_sure(one: Read) -> str:
    if one.confirmed:
        return say(f"{one.confirmed_by}核定", f"confirmed by {one.confirmed_by}")
    if one.must_confirm:
        return say("须核定", "to confirm")
    return say("可用", "good")


def _print(read: list[Read], files: list[Path]) -> None:
    from geo.gazetteer.words import word  # noqa: PLC0415

    print_table(
        say("名称 拼写 标志用 把握 依据 核定", "Name Spelling Sign Sure From Confirm").split(),
        [
            (
                one.text,
                one.proposed.toned,
                one.proposed.sign,
                f"{math.floor(100 * one.proposed.confidence)}%",
                word("source", one.proposed.source),
                _how_sure(one),
            )
            for one in read[:_SHOWN]
        ],
    )
    if len(read) > _SHOWN:
        more = len(read) - _SHOWN
        print_line(say(f"……另有 {more:,} 条", f"… and {more:,} more"))
    for one in read[:_SHOWN]:
        for reason in one.proposed.reasons if one.must_confirm else ():
            print_line(f"  {one.text}：{reason}")
        if one.recorded and one.recorded != one.proposed.toned:
            print_line(
                say(
                    f"  {one.text}：库中登记为 {one.recorded}，与上面不同，请核对。",
                    f"  {one.text}: recorded as {one.recorded}, which differs.",
                )
            )
    many = sum(one.must_confirm for one in read)
    print_line(
        say(
            f"共 {len(read):,} 条，须人工核定 {many:,} 条。",
            f"{len(read):,} names, {many:,} to confirm.",
        )
    )
    for path in files:
        print_line(
            say(
                f"已写到 {path}。填好“核定读音”列，用 fuwuquan names confirm --file 交回。",
                f"Written to {path}: fill in 核定读音, then fuwuquan names confirm --file.",
            )
        )


def _write(path: Path, read: list[Read]) -> list[Path]:
    from geo.store.tables import write_table  # noqa: PLC0415

    title = say("拼写", "Romanised")
    words = {"confidence_share": say("把握", "Confidence")}
    return write_table(path, {title: _sheet(read)}, headings={title: words})


def _sheet(read: list[Read]) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415

    from geo.gazetteer.words import class_word, word  # noqa: PLC0415

    return pd.DataFrame(
        [
            {
                "名称": one.text,
                "类别": class_word(one.class_code),
                "行政区划代码": one.division_code,
                "程序读音": " ".join(one.proposed.reading),
                "罗马字母拼写": one.proposed.toned,
                "标志用": one.proposed.sign,
                "confidence_share": one.proposed.confidence,
                "依据": word("source", one.proposed.source),
                "库中拼写": one.recorded,
                "核定": _how_sure(one),
                "为什么": "；".join(one.proposed.reasons) if one.must_confirm else "",
                "核定读音": "",
                "分写": "/".join(one.proposed.breaks),
                "编号": one.place_id,
            }
            for one in read
        ]
    )
