"""``fuwuquan names confirm``: who vouches for how names are read, one by one or many at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._cases_options import Special
from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import Reason, class_code_of, moment, opened, place_of
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer

_SHOWN = 40


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    settle = say(
        "核定读音：写明由谁核定，此后标志、检查、导出都用它，导入也不再改动。",
        "Confirm a reading: from then on signs, checks and exports use it, and imports spare it.",
    )
    group.command("confirm", cls=Command, help=settle)(confirm)


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
        _confirm_usable(book, author, why, class_code_of(class_code), division, json=json)
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


def _words(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace("／", "/").replace(" ", "/").split("/") if part)
