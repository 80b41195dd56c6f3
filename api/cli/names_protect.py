"""``fuwuquan names protect``: the list of protected names, by level and batch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import emit_json, print_line
from api.cli._gazetteer import (
    Author,
    Document,
    Out,
    Reason,
    Then,
    Which,
    answer_change,
    gazetteer,
    moment,
    opened,
    place_of,
    print_filled,
    then,
)
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command, Group
from geo.text import say

Level = Annotated[
    str,
    typer.Option(
        "--level",
        metavar=say("级别", "LEVEL"),
        help=say("国家级、省级、市级、县级。", "国家级, 省级, 市级 or 县级."),
        show_default=False,
    ),
]
Batch = Annotated[
    str,
    typer.Option(
        "--batch",
        metavar=say("批次", "BATCH"),
        help=say("批次，如 第一批。", "The batch, such as 第一批."),
        show_default=False,
    ),
]


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    parts = typer.Typer(cls=Group, no_args_is_help=True)
    parts.command(
        "list",
        cls=Command,
        help=say("列出地名保护名录，按级别、批次。", "List the protected names."),
    )(list_protected)
    parts.command(
        "add",
        cls=Command,
        help=say(
            "把地名列入保护名录：级别、批次、认定标准、保护措施、公布文号。",
            "Enter a name into the list: level, batch, criteria, measures, document.",
        ),
    )(add)
    group.add_typer(
        parts, name="protect", cls=Group, help=say("地名保护名录。", "The list of protected names.")
    )


def list_protected(
    *,
    level: Level = "",
    batch: Batch = "",
    on: Then = "",
    out: Out = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List the protected names."""
    when = then(on)
    import pandas as pd  # noqa: PLC0415

    from geo.gazetteer.protecting import protected  # noqa: PLC0415
    from geo.gazetteer.words import class_word  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    found = protected(gazetteer(workspace), on=when, level=level, batch=batch)
    headings = say(
        "级别 批次 名称 类别 所在政区 类型 认定标准 保护措施 公布文号 起",
        "Level Batch Name Class Division Category Criteria Measures Document From",
    ).split()
    rows = [
        (
            one.row["level"], one.row["batch"], one.card.name, class_word(one.card.class_code),
            one.card.division, one.row["category"], one.row["criteria"], one.row["measures"],
            one.document["number"] if one.document else "", one.row["valid_from"],
        )
        for one in found
    ]  # fmt: skip
    title = say("地名保护名录", "Protected names")
    files = [] if out is None else write_table(out, {title: pd.DataFrame(rows, columns=headings)})
    if json:
        emit_json(
            {
                "protected": [
                    {
                        "place_id": one.card.place_id,
                        "name": one.card.name,
                        **{
                            column: one.row[column]
                            for column in ("level", "batch", "category", "criteria", "measures",
                                           "valid_from", "valid_to")
                        },
                        "document": one.document["number"] if one.document else "",
                    }
                    for one in found
                ],
                "files": [str(path) for path in files],
            }
        )  # fmt: skip
        return
    if not rows:
        print_line(say("名录还是空的。", "The list is empty."))
        return
    print_filled(headings, rows)
    print_line(say(f"共 {len(rows)} 处。", f"{len(rows)} names."))
    for path in files:
        print_line(say(f"已写到 {path}", f"Written to {path}"))


def add(
    which: Which,
    *,
    level: Level,
    batch: Batch,
    document: Document,
    author: Author,
    title: Annotated[
        str,
        typer.Option(
            "--title",
            metavar=say("标题", "TEXT"),
            help=say("公布文件的标题。", "Title of the document."),
            show_default=False,
        ),
    ] = "",
    category: Annotated[
        str,
        typer.Option(
            "--category",
            metavar=say("类型", "TEXT"),
            help=say("类型，如 千年古镇。", "Its category."),
            show_default=False,
        ),
    ] = "",
    criteria: Annotated[
        str,
        typer.Option(
            "--criteria",
            metavar=say("标准", "TEXT"),
            help=say("认定标准。", "Why it is protected."),
            show_default=False,
        ),
    ] = "",
    measures: Annotated[
        str,
        typer.Option(
            "--measures",
            metavar=say("措施", "TEXT"),
            help=say("保护措施；没有措施的，更名一律不通过。", "How; without, no renaming passes."),
            show_default=False,
        ),
    ] = "",
    reason: Reason = "",
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Enter a name into the list."""
    since = day(on)
    from geo.gazetteer.lookup import cards  # noqa: PLC0415
    from geo.gazetteer.papers import Paper  # noqa: PLC0415
    from geo.gazetteer.protecting import protect  # noqa: PLC0415

    space, book = opened(workspace)
    place = place_of(space, book, which)
    name = cards(book, [place])[place].name
    change = protect(
        book,
        place,
        level=level,
        batch=batch,
        document=Paper(document, title, kind="protection"),
        on=since,
        category=category,
        criteria=criteria,
        measures=measures,
        author=author,
        reason=reason or say(f"列入地名保护名录：{name}", f"protected: {name}"),
        at=moment(),
    )
    answer_change(
        {"change_set_id": change, "place_id": place, "name": name},
        say(
            f"已将“{name}”列入{level}地名保护名录{batch}。",
            f"{name} is in the list of level {level}, {batch}.",
        ),
        json=json,
    )
    if not (measures or json):
        print_line(
            say(
                "还没有写保护措施（条例 第二十五条）：--measures。",
                "No measures are written down yet (Art. 25): --measures.",
            )
        )
