"""What the commands of the gazetteer share: the book, its search, who acts, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import emit_json, print_line, print_table
from api.cli._options import day
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from geo.gazetteer import Gazetteer
    from geo.gazetteer.search import Search
    from geo.store import Workspace

INDEX = "names"
"""Folder of a workspace in which the index of its names is kept."""
_SUGGESTED = 5

Author = Annotated[
    str,
    typer.Option(
        "--author",
        metavar=say("姓名", "NAME"),
        help=say("经办人，记入日志。", "Who does it; the log keeps it."),
        show_default=False,
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        "--reason",
        metavar=say("理由", "TEXT"),
        help=say("为什么，记入日志。", "Why; the log keeps it."),
        show_default=False,
    ),
]
Which = Annotated[
    str,
    typer.Argument(
        metavar=say("地名", "PLACE"),
        help=say(
            "名称、代码或编号；重名时写“政区/名称”。",
            "A name, a code or an id; where names repeat, DIVISION/NAME.",
        ),
        show_default=False,
    ),
]
Then = Annotated[
    str,
    typer.Option(
        "--on",
        metavar=say("日期", "DATE"),
        help=say("只看哪一天有效的，如 2026-05-01。", "Only what held on this day."),
        show_default=say("不限", "any day"),
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar=say("文件", "FILE"),
        help=say("另存为 .xlsx 或 .csv。", "Write it as .xlsx or .csv too."),
        show_default=False,
    ),
]
Document = Annotated[
    str,
    typer.Option(
        "--document",
        metavar=say("文号", "NUMBER"),
        help=say("批准或公布的文号。", "Number of the document that decides it."),
        show_default=False,
    ),
]


def gazetteer(workspace: Path) -> Gazetteer:
    """Open the gazetteer of a workspace."""
    return opened(workspace)[1]


def opened(workspace: Path) -> tuple[Workspace, Gazetteer]:
    """Open a workspace and its gazetteer."""
    from geo.gazetteer import Gazetteer  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415

    space = Workspace.open(workspace)
    return space, Gazetteer.of(space)


def search_of(space: Workspace, book: Gazetteer) -> Search:
    """Return the search of a workspace's names; its index is kept, and renewed when they change."""
    from geo.gazetteer.search import Search  # noqa: PLC0415

    folder = space.folder / INDEX
    try:
        folder.mkdir(exist_ok=True)
    except OSError:  # a workspace that only may be read
        return Search(book)
    return Search(book, folder)


def place_of(space: Workspace, book: Gazetteer, words: str, *, on: date | None = None) -> str:
    """Return the id of the place that a user means, with suggestions where there is none."""
    from geo.gazetteer.lookup import resolve  # noqa: PLC0415

    def suggest(text: str) -> list[str]:
        hits = search_of(space, book).find(text, limit=_SUGGESTED)
        return list(dict.fromkeys(hit.text for hit in hits))

    return resolve(book, words, on=on, suggest=suggest)


def print_filled(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table without the columns in which nothing stands."""
    filled = [at for at in range(len(headings)) if any(row[at] not in ("", None) for row in rows)]
    print_table([headings[at] for at in filled], [[row[at] for at in filled] for row in rows])


def answer_change(answer: Mapping[str, object], words: str, *, json: bool) -> None:
    """Answer that a change was made: as JSON, or in words with the id that takes it back."""
    if json:
        emit_json(answer)
    else:
        identity = answer["change_set_id"]
        print_line(words + say(f"改动编号：{identity}", f" Change set: {identity}"))


def moment() -> datetime:
    """Return now, for the log."""
    return datetime.now().astimezone()


def then(text: str) -> date | None:
    """Return the day a user wrote; None where none was."""
    return day(text) if text else None


def point_of(text: str) -> tuple[float, float]:
    """Return longitude and latitude as a user wrote them.

    Raises
    ------
    DataError
        They are no two numbers, or lie outside China.
    """
    return _degrees(text, 2, say("经度,纬度", "LON,LAT"), "114.21,30.48")  # type: ignore[return-value]


def box_of(text: str) -> tuple[float, float, float, float]:
    """Return west, south, east and north as a user wrote them.

    Raises
    ------
    DataError
        They are no four numbers, lie outside China, or are the wrong way round.
    """
    box = _degrees(text, 4, say("西,南,东,北", "WEST,SOUTH,EAST,NORTH"), "114.1,30.4,114.3,30.6")
    west, south, east, north = box
    if west >= east or south >= north:
        raise DataError(
            say(
                f"范围“{text}”不对：西应小于东，南应小于北。",
                f"{text!r} is no box: west must be less than east, south less than north.",
            )
        )
    return west, south, east, north


def _degrees(text: str, count: int, wanted: str, example: str) -> tuple[float, ...]:
    from geo.gazetteer.exchange.values import EAST, NORTH, SOUTH, WEST  # noqa: PLC0415

    hint = say(
        f"请写成“{wanted}”，单位为度，如 {example}。", f"Write {wanted} in degrees: {example}."
    )
    try:
        numbers = tuple(float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != count:
        raise DataError(say(f"坐标“{text}”不对。", f"{text!r} is no {wanted}."), hint=hint)
    outside = [
        f"{number:g}"
        for at, number in enumerate(numbers)
        if not (SOUTH <= number <= NORTH if at % 2 else WEST <= number <= EAST)
    ]
    if outside:
        raise DataError(
            say(
                f"坐标“{text}”中 {'、'.join(outside)} 不在我国范围内，是不是经纬度写反了？",
                f"{', '.join(outside)} in {text!r} lies outside China: swapped?",
            ),
            hint=hint,
        )
    return numbers


def class_code_of(text: str) -> str:
    """Return the code of a class by its name, as it is written where there is none."""
    from geo.gazetteer.classes import class_of  # noqa: PLC0415

    found = class_of(text) if text else None
    return found.code if found else text
