"""``fuwuquan names romanise`` and ``confirm``: names in letters, and who vouches for them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._cases_options import Special
from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import Out, Reason, moment, opened, place_of
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
    """Add the commands to the group."""
    spell = say(
        "给地名注音拼写：分写、隔音、标调、标志用拼写，说明把握多大、哪些必须人工核定。",
        "Write names in letters: words, tones, the form on signs; how sure, what to confirm.",
    )
    settle = say(
        "核定读音：写明由谁核定，此后标志、检查、导出都用它，导入也不再改动。",
        "Confirm a reading: from then on signs, checks and exports use it, and imports spare it.",
    )
    group.command("romanise", cls=Command, help=spell)(romanise)
    group.command("confirm", cls=Command, help=settle)(confirm)


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

    kind, steps = _class(class_code), Steps()
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


def confirm(
    which: Annotated[
        str,
        typer.Argument(
            metavar=say("地名", "PLACE"),
            help=say("名称、代码或编号。", "A name, a code or an id."),
            show_default=False,
        ),
    ] = "",
    *,
    author: Annotated[
        str,
        typer.Option(
            "--author",
            "--by",
            metavar=say("姓名", "NAME"),
            help=say("核定人，记入日志。", "Who confirms; the log keeps it."),
            show_default=False,
        ),
    ],
    usable: Annotated[
        bool,
        typer.Option(
            "--usable",
            help=say(
                "成批核定：凡程序读法没有疑问（“可用”）的，一次全部核定。",
                "Confirm all readings that leave no doubt (“good”) at once.",
            ),
        ),
    ] = False,
    class_code: Annotated[
        str,
        typer.Option(
            "--class",
            metavar=say("类别", "CLASS"),
            help=say("与 --usable 合用：只核定这一类。", "With --usable: this class only."),
            show_default=False,
        ),
    ] = "",
    division: Annotated[
        str,
        typer.Option(
            "--division",
            metavar=say("代码", "CODE"),
            help=say("与 --usable 合用：只核定这个政区。", "With --usable: this division only."),
            show_default=False,
        ),
    ] = "",
    reading: Annotated[
        str,
        typer.Option(
            "--reading",
            metavar=say("读音", "READING"),
            help=say(
                "一字一音节，空格隔开，如 “jiàn shè lù” 或 “jian4 she4 lu4”。",
                "A syllable a character, such as “jiàn shè lù” or “jian4 she4 lu4”.",
            ),
            show_default=False,
        ),
    ] = "",
    agree: Annotated[
        bool,
        typer.Option("--agree", help=say("同意程序的读法。", "As the program proposes.")),
    ] = False,
    breaks: Annotated[
        str,
        typer.Option(
            "--breaks",
            metavar=say("分写", "WORDS"),
            help=say("分写，如 建设/路。", "The words, such as 建设/路."),
            show_default=False,
        ),
    ] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar=say("文件", "FILE"),
            help=say(
                "成批核定：romanise --out 写出的表，填好“核定读音”列。",
                "Many at once: the table of romanise --out with its column 核定读音 filled in.",
            ),
            show_default=False,
        ),
    ] = None,
    special: Special = "",
    reason: Reason = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Confirm the readings of names."""
    ways = [bool(which), file is not None, usable]
    one_by_one = reading or agree or breaks
    if (
        sum(ways) != 1
        or (which and bool(reading) == agree)
        or (usable and one_by_one)
        or (not usable and (class_code or division))
    ):
        raise DataError(
            say("请写清核定什么。", "say what is to be confirmed."),
            hint=say(
                "写地名和 --reading（或 --agree），或者用 --file 给表，"
                "或者用 --usable（可加 --class、--division）。",
                "A place with --reading (or --agree), a table with --file, or --usable (with "
                "--class, --division if you like).",
            ),
        )
    from geo.gazetteer import readings  # noqa: PLC0415

    space, book = opened(workspace)
    if usable:
        why = reason or say("成批核定没有疑问的读音", "readings without doubt confirmed")
        _confirm_usable(book, author, why, _class(class_code), division, json=json)
        return
    if file is None:
        place = place_of(space, book, which)
        wanted = [readings.Wanted(place, reading, _words(breaks), special)]
    else:
        from geo.gazetteer.listed import read_list  # noqa: PLC0415

        wanted = [
            readings.Wanted(
                row.cells.get("id") or place_of(space, book, row.cells["name"]),
                row.cells["reading"],
                _words(row.cells.get("breaks", "")),
                special,
            )
            for row in read_list(file, wanted=("reading",))
        ]
        if not wanted:
            raise DataError(
                say("表中没有填“核定读音”。", "the column 核定读音 of the table is empty.")
            )
    why = reason or say("核定读音", "readings confirmed")
    change, done = readings.confirm(book, wanted, author=author, reason=why, at=moment())
    if json:
        emit_json(
            {
                "change_set_id": change,
                "confirmed": [{"name": t, "before": was, "after": now} for t, was, now in done],
            }
        )
        return
    for text, was, now in done:
        before = say(f"（原作 {was}）", f" (was {was})") if was and was != now else ""
        print_line(f"{text}  {now}{before}")
    print_line(
        say(
            f"已核定 {len(done)} 条。改动编号：{change}",
            f"{len(done)} confirmed. Change set: {change}",
        )
    )


def _confirm_usable(
    book: Gazetteer, author: str, reason: str, class_code: str, division: str, *, json: bool
) -> None:
    from geo.gazetteer import readings  # noqa: PLC0415

    steps = Steps()
    with steps("核定读音", "confirm readings"):
        change, done, left = readings.confirm_usable(
            book,
            author=author,
            reason=reason,
            at=moment(),
            class_code=class_code,
            division_code=division,
        )
    if json:
        emit_json(
            {
                "change_set_id": change,
                "confirmed": [{"name": t, "before": was, "after": now} for t, was, now in done],
                "left": [
                    {"name": one.text, "place_id": one.place_id, "reason": why} for one, why in left
                ],
            }
        )
        return
    number = say(f"改动编号：{change}", f"Change set: {change}") if change else ""
    print_line(
        say(
            f"由{author}核定 {len(done):,} 条没有疑问的读音，还有 {len(left):,} 条。{number}",
            f"{len(done):,} readings without doubt confirmed by {author}, {len(left):,} left. "
            f"{number}",
        ).rstrip()
    )
    if not left:
        return
    print_table(
        say("名称 拼写 为什么", "Name Spelling Why").split(),
        [(one.text, one.proposed.toned, why) for one, why in left[:_SHOWN]],
    )
    if len(left) > _SHOWN:
        more = len(left) - _SHOWN
        print_line(say(f"……另有 {more:,} 条", f"… and {more:,} more"))
    print_line(
        say(
            "余下的用 names romanise --unconfirmed --out 表.xlsx 写出，逐条填好后用 "
            "names confirm --file 表.xlsx 交回。",
            "Write these with names romanise --unconfirmed --out TABLE.xlsx, fill them in, then "
            "names confirm --file TABLE.xlsx",
        )
    )


def _book(workspace: Path, *, needed: bool) -> Gazetteer | None:
    from geo.errors import NotFoundError  # noqa: PLC0415

    try:
        return opened(workspace)[1]
    except NotFoundError:
        if needed or workspace != Path():
            raise
        return None


def _class(text: str) -> str:
    from geo.gazetteer.classes import class_of  # noqa: PLC0415

    found = class_of(text) if text else None
    return found.code if found else text


def _words(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace("／", "/").replace(" ", "/").split("/") if part)


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
