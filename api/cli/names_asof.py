"""``fuwuquan names as-of`` and ``locks``: the gazetteer of any day; what imports leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, print_table
from api.cli._gazetteer import Out, gazetteer
from api.cli._options import Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say

_SHOWN = 20
_ENDINGS = (".gpkg", ".geojson", ".xlsx", ".csv")


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    then = say(
        "任何一天的地名：名称、所属、位置、界线，写成 .gpkg、.geojson、.xlsx 或 .csv。",
        "The names of any day, their parents, places and boundaries: .gpkg, .geojson, .xlsx, .csv.",
    )
    fixed = say(
        "列出导入时不改动的地名：已批准，或读音已核定。",
        "List what imports leave alone: official names, and confirmed readings.",
    )
    group.command("as-of", cls=Command, help=then)(as_of)
    group.command("locks", cls=Command, help=fixed)(locks)


def as_of(
    on: Annotated[
        str,
        typer.Argument(
            metavar=say("日期", "DATE"),
            help=say("哪一天，如 2020-01-01；可以是将来。", "The day; it may be one to come."),
            show_default=False,
        ),
    ],
    *,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar=say("文件", "FILE"),
            help=say(
                "写到哪里：地图 .gpkg、.geojson，名录 .xlsx、.csv。",
                "What to write: a map (.gpkg, .geojson) or a list (.xlsx, .csv).",
            ),
            show_default=False,
        ),
    ] = None,
    public: Annotated[
        bool,
        typer.Option(
            "--public",
            help=say("只要公开的记录；不写则含内部和涉密。", "Open records only; else all."),
        ),
    ] = False,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Write the gazetteer of a day."""
    when = day(on)
    if out is not None and out.suffix.lower() not in _ENDINGS:
        raise DataError(
            say(f"不能写“{out.suffix}”。", f"cannot write {out.suffix!r}."),
            hint=say(f"请用 {'、'.join(_ENDINGS)}。", f"Use {', '.join(_ENDINGS)}."),
        )
    from geo.gazetteer.snapshot import as_of as taken  # noqa: PLC0415
    from geo.gazetteer.snapshot import counted, write_snapshot  # noqa: PLC0415

    steps = Steps()
    with steps("取当日的地名", "take the names of the day"):
        snapshot = taken(gazetteer(workspace), when, public=public)
    files = [] if out is None else write_snapshot(snapshot, out)
    secret = int((snapshot.places["secrecy"] != "public").sum())
    if json:
        emit_json(
            {
                "on": str(when),
                "places": len(snapshot.places),
                "not_public": secret,
                "lines": len(snapshot.lines),
                "stones": len(snapshot.stones),
                "groups": counted(snapshot),
                "files": [str(path) for path in files],
                "seconds": steps.seconds,
            }
        )
        return
    print_table(say("大类 地名数", "Group Names").split(), list(counted(snapshot).items()))
    print_line(
        say(
            f"{when}：地名 {len(snapshot.places):,} 处，界线 {len(snapshot.lines)} 条，"
            f"界桩 {len(snapshot.stones)} 个。",
            f"{when}: {len(snapshot.places):,} names, {len(snapshot.lines)} lines, "
            f"{len(snapshot.stones)} stones.",
        )
    )
    for path in files:
        print_line(say(f"已写到 {path}", f"Written to {path}"))
    if files and secret:
        print_line(
            say(
                f"其中 {secret:,} 处为内部或涉密，请按密级保管；对外提供请加 --public。",
                f"{secret:,} of them are internal or secret: keep it so, or use --public.",
            )
        )


def locks(
    out: Out = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List the places that imports leave alone."""
    import pandas as pd  # noqa: PLC0415

    from geo.gazetteer.readings import locked_places  # noqa: PLC0415
    from geo.gazetteer.words import class_word  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    found = locked_places(gazetteer(workspace))
    why = {
        "official": say("已批准", "official"),
        "confirmed": say("读音已核定", "reading confirmed"),
    }
    rows = [
        (card.name, class_word(card.class_code), card.division,
         say("、", ", ").join(why[one] for one in reasons), card.code, card.place_id)
        for card, reasons in found
    ]  # fmt: skip
    headings = say("名称 类别 所在政区 为何 代码 编号", "Name Class Division Why Code Id").split()
    title = say("不改动的地名", "Left alone")
    files = [] if out is None else write_table(out, {title: pd.DataFrame(rows, columns=headings)})
    if json:
        emit_json(
            {
                "locked": [
                    {"place_id": card.place_id, "name": card.name, "why": list(reasons)}
                    for card, reasons in found
                ],
                "files": [str(path) for path in files],
            }
        )
        return
    print_table(headings[:-1], [row[:-1] for row in rows[:_SHOWN]])
    print_line(
        say(
            f"共 {len(rows):,} 处，导入普查表时只列出差异，不改动。",
            f"{len(rows):,} places: an import lists what differs and changes nothing.",
        )
    )
    for path in files:
        print_line(say(f"全部：{path}", f"All: {path}"))
