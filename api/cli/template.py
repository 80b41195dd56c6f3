"""``fuwuquan template``: an empty workbook for a layer, ready to be filled in and imported."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli._console import emit_json, print_line
from api.cli._options import Json
from api.cli._words import Command
from geo.errors import DataError
from geo.text import say


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "生成某个图层的空白 Excel 模板：中文表头、下拉选项和填表说明。",
        "Write an empty Excel template for a layer: headings, choices and explanations.",
    )
    app.command("template", cls=Command, help=about)(template)


def template(
    layer: Annotated[
        str,
        typer.Argument(
            metavar=say("层", "LAYER"),
            help=say("图层，如 compound 或“小区”。", "The layer, such as compound."),
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("写到哪个 .xlsx。", "The .xlsx to write."),
            show_default=say("以层名命名", "named after the layer"),
        ),
    ] = None,
    *,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help=say("覆盖已有的文件。", "Replace an existing file.")),
    ] = False,
    json: Json = False,
) -> None:
    """Write an empty template for a layer."""
    from geo.checks import template as write_template  # noqa: PLC0415
    from geo.schema import layer as schema_of  # noqa: PLC0415

    schema = schema_of(layer)
    path = file or Path(f"{schema.label}.xlsx")
    if path.suffix.lower() != ".xlsx":
        raise DataError(
            say(f"模板是 .xlsx 文件，不能写成“{path.name}”。", f"{path.name} is no .xlsx file"),
            hint=say("请换成 .xlsx 后缀。", "use the ending .xlsx"),
        )
    if path.exists() and not overwrite:
        raise DataError(
            say(f"“{path}”已经存在。", f"{path} exists already"),
            hint=say("换一个文件名，或加 --overwrite。", "choose another name, or --overwrite"),
        )
    write_template(schema.name, path)
    if json:
        emit_json({"layer": schema.name, "file": str(path)})
        return
    print_line(say(f"已写出模板：{path}", f"Wrote the template {path}"))
    print_line(
        say(
            f"填好后：fuwuquan import {schema.name} {path} --datum 坐标基准",
            f"Once filled in: fuwuquan import {schema.name} {path} --datum DATUM",
        )
    )
