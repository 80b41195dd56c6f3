"""Options that several commands share, each declared once."""

from __future__ import annotations

from datetime import date, datetime
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated

import typer

from geo.errors import DataError
from geo.text import say

WorkspaceFolder = Annotated[
    Path,
    typer.Option(
        "-w",
        "--workspace",
        "--database",
        metavar=say("目录|网址", "DIR|URL"),
        help=say(
            "工作区目录，或数据库网址 postgresql://用户@主机/库?workspace=名称。",
            "Folder of the workspace, or postgresql://user@host/database?workspace=name.",
        ),
        show_default=say("当前目录", "this folder"),
    ),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fuwuquan {version_of('fuwuquan')}")
        raise typer.Exit


Json = Annotated[
    bool,
    typer.Option(
        "--json",
        help=say("在标准输出上只打印一个 JSON 对象。", "Print one JSON object on standard output."),
    ),
]

Day = Annotated[
    str,
    typer.Option(
        "--on",
        metavar=say("日期", "DATE"),
        help=say("按哪一天计算，如 2026-05-01。", "The day that counts, such as 2026-05-01."),
        show_default=say("今天", "today"),
    ),
]


AsOf = Annotated[
    int | None,
    typer.Option(
        "--as-of",
        metavar=say("年份", "YEAR"),
        help=say(
            "老年人数按哪一年的推算数，如 2030（要有“分年龄人口”层）。",
            "Year to which elders are projected, such as 2030 (needs the layer age_structure).",
        ),
        show_default=say("图层中的数字", "as the layers count them"),
    ),
]


Area = Annotated[
    str,
    typer.Option(
        "--area",
        metavar=say("代码", "CODE"),
        help=say("区划代码，如 340207。", "Area code, such as 340207."),
        show_default=say("工作区的区县", "the workspace's county"),
    ),
]


OwnNorms = Annotated[
    Path | None,
    typer.Option(
        "--dir",
        metavar=say("目录", "DIR"),
        help=say("本局自己的规范目录或文件。", "Folder or file of the bureau's own norms."),
        show_default=False,
    ),
]


def global_options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=_print_version,
            help=say("显示版本号。", "Show the version."),
        ),
    ] = False,
    lang: Annotated[
        str,
        typer.Option("--lang", metavar="zh|en", help=say("界面语言。", "Language of the program.")),
    ] = "zh",
    debug: Annotated[
        bool,
        typer.Option(
            "--debug", help=say("出错时显示完整调用栈。", "Show the traceback of a failure.")
        ),
    ] = False,
) -> None:
    """Declare the options that hold for every command; all but the first are taken before."""


def day(text: str) -> date:
    """Return the day a user wrote as 2026-05-01; empty means today."""
    if not text:
        return datetime.now().astimezone().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise DataError(
            say(f"日期“{text}”不对。", f"{text!r} is not a date."),
            hint=say("请写成 2026-05-01 这样。", "Write it as 2026-05-01."),
        ) from None
