"""``fuwuquan names link``: which records of a second source are which places of the gazetteer."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli._console import Steps, emit_json, print_line
from api.cli._gazetteer import Author, Out, Reason, gazetteer, moment
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command, Group
from api.cli.names_link_decide import Batch, link_apply, link_decide, link_undo
from api.cli.names_linked import SHOWN, plain, show_linked, show_queue, show_taken
from geo.text import say

_FILE = "file"


class FileGroup(Group):
    """A group whose first word may be a file instead of a command."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's own
        """Take what is no command for a file to link."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = [_FILE, *args]
        rest: list[str] = super().parse_args(ctx, args)
        return rest


def register(group: typer.Typer) -> None:
    """Add the commands to the group."""
    link = typer.Typer(cls=FileGroup, no_args_is_help=True)
    for name, function, words in (
        (
            _FILE,
            link_file,
            say(
                "匹配一份外来地名数据；names link 文件 就是它。只记下匹配，不改动地名。",
                "Link a second source; names link FILE means this. Names do not change yet.",
            ),
        ),
        (
            "queue",
            link_queue,
            say(
                "列出待裁定的配对：两边并列、异同、距离；--out 写成可填结论的表格。",
                "List the pairs to decide, both sides in view; --out writes a table to fill in.",
            ),
        ),
        (
            "decide",
            link_decide,
            say(
                "裁定：same 同一、different 不同、new 新增；或用 --from 读回填好的表格。",
                "Decide: same, different or new; or read a filled-in table with --from.",
            ),
        ),
        (
            "apply",
            link_apply,
            say(
                "把裁定写入地名库：加代码和异名，新增的按“登记”入库；已核定的名称不动。",
                "Carry what is decided in: codes, variants, new places; locked names stay.",
            ),
        ),
        (
            "undo",
            link_undo,
            say(
                "撤回一个已写入的匹配，回到裁定之后、写入之前。",
                "Take one applied match back: decided, not applied.",
            ),
        ),
        (
            "retrain",
            link_retrain,
            say(
                "让匹配模型从本库的裁定中学习。",
                "Let the model learn from what was decided here.",
            ),
        ),
    ):
        link.command(name, cls=Command, help=words)(function)
    group.add_typer(
        link,
        name="link",
        cls=FileGroup,
        help=say(
            "与外来地名数据匹配：先自动配对，拿不准的由人裁定，再写入。",
            "Link a second source: sure pairs at once, an officer for the rest, then apply.",
        ),
    )


def link_file(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say(
                ".xlsx、.csv、GeoJSON、GeoPackage、LPF、LP-TSV 或国家地名信息库 JSON。",
                ".xlsx, .csv, GeoJSON, GeoPackage, LPF, LP-TSV or JSON of the national database.",
            ),
            show_default=False,
        ),
    ],
    *,
    author: Author,
    reason: Reason = "",
    datum: Annotated[
        str,
        typer.Option(
            "--datum",
            metavar=say("基准", "DATUM"),
            help=say(
                "坐标基准；表格有坐标时必填，如 cgcs2000、gcj02。",
                "Datum of the coordinates; a table with coordinates needs it.",
            ),
            show_default=False,
        ),
    ] = "",
    sheet: Annotated[
        str,
        typer.Option(
            "--sheet",
            metavar=say("名称", "NAME"),
            help=say(
                "工作表或图层，有几张时要写。", "Worksheet or layer, where there are several."
            ),
            show_default=False,
        ),
    ] = "",
    scheme: Annotated[
        str,
        typer.Option(
            "--scheme",
            metavar="local|geonames|wikidata|osm",
            help=say("来源编号属于哪个代码体系。", "The list that the source's ids belong to."),
        ),
    ] = "local",
    radius: Annotated[
        float,
        typer.Option(
            "--radius",
            metavar=say("米", "METRES"),
            help=say("多远之内的都比较。", "How near places are compared whatever their names."),
            min=1,
        ),
    ] = 5_000,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Link a second source with the gazetteer."""
    from geo.crs import parse_datum  # noqa: PLC0415

    meaning = parse_datum(datum) if datum else None
    book, steps = gazetteer(workspace), Steps()
    from geo.gazetteer.linkage import link, read_source  # noqa: PLC0415

    with steps("读入来源", "read the source"):
        source = read_source(file, datum=meaning, sheet=sheet or None)
    with steps("比较", "compare") as advance:
        done = link(
            book, source, author=author, at=moment(), reason=reason, scheme=scheme,
            radius_m=radius, progress=advance,
        )  # fmt: skip
    if json:
        emit_json(
            asdict(done) | {"unclassified": dict(source.unclassified), "seconds": steps.seconds}
        )
    else:
        show_linked(done, source)


def link_queue(
    *,
    batch: Batch = "",
    limit: Annotated[
        int,
        typer.Option(
            "--limit",
            metavar=say("对数", "PAIRS"),
            help=say("屏幕上最多列几对。", "Pairs shown on the screen."),
            min=1,
        ),
    ] = SHOWN,
    every: Annotated[
        bool,
        typer.Option(
            "--all",
            help=say(
                "自动配上、还没有写入的也列出，可以改判。",
                "List the pairs taken by the program too, to change them.",
            ),
        ),
    ] = False,
    out: Out = None,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """List the pairs to decide."""
    from geo.gazetteer.linkage import (  # noqa: PLC0415
        queue,
        taken,
        taken_count,
        write_queue,
    )

    book = gazetteer(workspace)
    waiting = queue(book, batch=batch)
    sure = taken_count(book, batch=batch)
    shown = waiting + (taken(book, batch=batch) if every else [])
    files = [str(path) for path in write_queue(out, shown)] if out is not None and shown else []
    if json:
        emit_json(
            {
                "pairs": len(waiting),
                "records": len({(one.batch_id, one.record.number) for one in waiting}),
                "taken": sure,
                "queue": [plain(one) for one in shown[:limit]],
                "files": files,
            }
        )
        return
    if shown:
        show_queue(shown, limit)
    if every or not waiting:
        show_taken(sure, asked=every)
    for path in files:
        print_line(
            say(
                f"已写出 {path}：填“结论”列后用 names link decide --from {path} 读回。",
                f"{path} written: fill in the verdicts, then names link decide --from {path}",
            )
        )


def link_retrain(
    *,
    author: Author,
    reason: Reason = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Let the model learn from what was decided."""
    from geo.gazetteer.linkage import retrain  # noqa: PLC0415

    book, steps = gazetteer(workspace), Steps()
    with steps("重新训练", "retrain"):
        done = retrain(book, author=author, at=moment(), reason=reason)
    if json:
        emit_json(asdict(done) | {"seconds": steps.seconds})
        return
    print_line(
        say(
            f"用 {done.decisions:,} 对裁定重新训练（其中同一 {done.matches:,} 对）："
            f"原来与裁定一致 {done.before_agree:,} 对，现在 {done.after_agree:,} 对。"
            f"改动编号：{done.change_set_id}",
            f"Learned from {done.decisions:,} decided pairs ({done.matches:,} the same): "
            f"{done.before_agree:,} agreed before, {done.after_agree:,} now. "
            f"Change set: {done.change_set_id}",
        )
    )
