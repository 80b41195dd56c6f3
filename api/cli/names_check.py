"""``fuwuquan names check``: whether a name is lawful, and what stands in its way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli._console import Steps, emit_json
from api.cli._gazetteer import Out, opened, place_of, point_of
from api.cli._names_options import At, Geometry, LiesIn, Packs
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from api.cli.names_checked import answer_list, print_report, report_json, write_list
from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    import shapely

    from geo.gazetteer.rules.pack import Ground


def register(group: typer.Typer) -> None:
    """Add the command to the group."""
    about = say(
        "核名：逐条对照法规，说明结论、依据、最近的冲突和距离、可改用的名称、还缺什么。",
        "Check a name rule by rule: verdict, article, nearest conflicts, alternatives, what lacks.",
    )
    group.command("check", cls=Command, help=about)(check)


def check(
    name: Annotated[
        str,
        typer.Argument(
            metavar=say("拟用名称", "NAME"),
            help=say("拟用的名称。", "The name proposed."),
            show_default=False,
        ),
    ] = "",
    *,
    class_name: Annotated[
        str,
        typer.Option(
            "--class",
            metavar=say("类别", "CLASS"),
            help=say("地名类别或代码，如 城镇街巷。", "Class or code, such as 23510."),
            show_default=False,
        ),
    ] = "",
    at: At = "",
    geometry: Geometry = None,
    division: LiesIn = "",
    kind: Annotated[
        str,
        typer.Option(
            "--kind",
            metavar=say("办理种类", "ACT"),
            help=say(
                "命名、更名、标准化处理、登记。", "naming, renaming, standardising, recording."
            ),
        ),
    ] = say("命名", "naming"),
    place: Annotated[
        str,
        typer.Option(
            "--place",
            metavar=say("地名", "PLACE"),
            help=say("更名的是哪一处；类别和位置随之而知。", "The place renamed; tells its class."),
            show_default=False,
        ),
    ] = "",
    cause: Annotated[
        str,
        typer.Option(
            "--cause",
            metavar=say("事由", "CAUSE"),
            help=say("更名事由，如 区划变更。", "Reason of the law, such as division_change."),
            show_default=False,
        ),
    ] = "",
    reading: Annotated[
        str,
        typer.Option(
            "--reading",
            metavar=say("读音", "READING"),
            help=say("核定的读音，一字一音节。", "The confirmed reading, a syllable a character."),
            show_default=False,
        ),
    ] = "",
    roman: Annotated[
        str,
        typer.Option(
            "--roman",
            metavar=say("拼写", "SPELLING"),
            help=say("标志上拟用的拼写。", "The spelling proposed for the sign."),
            show_default=say("程序的拼写", "the program's"),
        ),
    ] = "",
    figure: Annotated[
        list[str] | None,
        typer.Option(
            "--figure",
            metavar=say("指标=数", "KEY=N"),
            help=say("规模，如 层数=20；可写多次。", "Its size, such as floors=20; repeatable."),
            show_default=False,
        ),
    ] = None,
    ground: Annotated[
        list[str] | None,
        typer.Option(
            "--ground",
            metavar=say("规则=理由", "RULE=GROUND"),
            help=say(
                "某条规则认可的理由，如 R5=historic。",
                "A ground a rule knows, such as R5=historic.",
            ),
            show_default=False,
        ),
    ] = None,
    pack: Packs = None,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file",
            metavar=say("文件", "FILE"),
            help=say(
                "成批核名：列“名称”，可有类别、经度、纬度、政区、读音等列。",
                "Many names: a column 名称, and class, longitude, latitude, division…",
            ),
            show_default=False,
        ),
    ] = None,
    every: Annotated[
        bool,
        typer.Option("--all", help=say("通过的规则也列出。", "List the rules that pass too.")),
    ] = False,
    out: Out = None,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Check a name, or a list of names."""
    if bool(name) == (file is not None):
        raise DataError(
            say("请写一个拟用名称，或用 --file 给名单。", "give a name, or a list (--file)."),
            hint=say(
                "例如：fuwuquan names check 建设路 --class 城镇街巷 --at 114.21,30.48",
                "Such as: fuwuquan names check NAME --class 23510 --at 114.21,30.48",
            ),
        )
    if at and geometry is not None:
        raise DataError(say("--at 与 --geometry 只写一个。", "--at or --geometry, not both."))
    point, when = point_of(at) if at else None, day(on)
    from geo.gazetteer.rules import pack as rules_of  # noqa: PLC0415
    from geo.gazetteer.rules import standing  # noqa: PLC0415
    from geo.gazetteer.rules.proposals import Asking  # noqa: PLC0415
    from geo.gazetteer.rules.told import (  # noqa: PLC0415
        figures_of,
        grounds_of,
        read_shape,
    )

    rules = rules_of(*(pack or ()))
    told: dict[str, Any] = {
        "class_name": class_name,
        "geometry": _shape(point) if geometry is None else read_shape(geometry),
        "division": division,
        "act": kind,
        "place": place,
        "reading": reading,
        "roman": roman,
        "cause": cause_of(cause, rules.rule("R13").reasons),
        "figures": figures_of(figure or ()),
        "grounds": grounds_of(ground or (), rules.rules),
    }
    space, book = opened(workspace)
    steps = Steps()
    asking = Asking(book, on=when, place_of=lambda text: place_of(space, book, text, on=when))
    if file is None:
        asked = asking.asked(name, **told)
        with steps("布置现有地名", "lay out the names"):
            stood = standing(book, on=when)
        from geo.gazetteer.rules import check_name  # noqa: PLC0415

        with steps("核名", "check the name"):
            report = check_name(asked.proposal, stood, rules, on=when)
        if json:
            emit_json(report_json(asked, report) | {"seconds": steps.seconds})
        else:
            print_report(asked, report, every=every)
        return 1 if report.verdict == "block" else 0
    from geo.gazetteer.listed import read_list  # noqa: PLC0415
    from geo.gazetteer.rules.together import check_list  # noqa: PLC0415

    rows = read_list(file)
    with steps("布置现有地名", "lay out the names"):
        stood = standing(book, on=when)
    with steps("核名", "check the names") as advance:
        checked = check_list(rows, asking, stood, rules, on=when, usual=told, progress=advance)
    path = out or space.output / say(f"{file.stem}-核名.xlsx", f"{file.stem}-checked.xlsx")
    files = write_list(path, checked, rules.names)
    answer_list(checked, files, steps, json=json)
    return 1 if any(one.report.verdict == "block" for one in checked) else 0


def cause_of(text: str, reasons: Sequence[Ground]) -> str:
    """Return the code of a reason for renaming, as a code or in words.

    Raises
    ------
    DataError
        There is no such reason.
    """
    called = {one.zh: one.code for one in reasons} | {one.code: one.code for one in reasons}
    if text and text not in called:
        raise DataError(
            say(f"没有更名事由“{text}”。", f"there is no reason {text!r}."),
            hint=say(
                f"可用：{'、'.join(one.zh for one in reasons)}。",
                f"One of {', '.join(one.code for one in reasons)}.",
            ),
        )
    return called.get(text, "")


def _shape(point: tuple[float, float] | None) -> shapely.Geometry | None:
    import shapely  # noqa: PLC0415

    return None if point is None else shapely.Point(point)
