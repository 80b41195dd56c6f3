"""``fuwuquan export``: layers and results as Excel, CSV, GeoPackage, GeoJSON or tiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line
from api.cli._options import Json, WorkspaceFolder
from api.cli._words import Command
from geo.errors import NotFoundError
from geo.text import say

if TYPE_CHECKING:
    from geo.store import Workspace


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "把图层或结果导出为 .xlsx、.csv、.gpkg、.geojson 或 .pmtiles（矢量瓦片）。"
        "表格用中文表头，可直接交给同事。",
        "Write layers or results as .xlsx, .csv, .gpkg, .geojson or .pmtiles (vector tiles).",
    )
    app.command("export", cls=Command, help=about)(export)


def export(
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say("写到哪里；后缀决定格式。", "Where to; the ending decides the format."),
        ),
    ],
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar=say("层", "LAYER"),
            help=say("图层或结果；不写则导出全部图层。", "Layers or results; all layers if none."),
            show_default=False,
        ),
    ] = None,
    *,
    datum: Annotated[
        str,
        typer.Option(
            "--datum",
            metavar=say("基准", "DATUM"),
            help=say(
                "坐标写成哪种基准：cgcs2000、wgs84、epsg:NNNN。",
                "Datum of the coordinates written: cgcs2000, wgs84, epsg:NNNN.",
            ),
        ),
    ] = "cgcs2000",
    left_out: Annotated[
        bool,
        typer.Option(
            "--left-out",
            help=say(
                "改为导出上次导入时的问题清单和被隔离的行，供改正后重新导入。",
                "Write instead the faults of the last import and the rows it refused.",
            ),
        ),
    ] = False,
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> None:
    """Write layers or results to a file."""
    from geo.crs import parse_datum  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415
    from geo.store.export import export_layers, export_left_out  # noqa: PLC0415

    opened = Workspace.open(workspace)
    chosen = names or [state.layer for state in opened.layers()]
    if not chosen:
        raise NotFoundError(
            say("工作区还没有图层可导出。", "the workspace has no layer to export"),
            hint=say("请先用 fuwuquan import 导入。", "import one first: fuwuquan import"),
        )
    steps = Steps()
    with steps("导出", "export") as advance:
        if left_out:
            written = export_left_out(opened, chosen, file)
        elif file.suffix.lower() == ".pmtiles":
            written = [tiles(opened, chosen, file, advance)]
        else:
            written = export_layers(opened, chosen, file, datum=parse_datum(datum))
    if json:
        emit_json({"files": [str(path) for path in written], "seconds": steps.seconds})
        return
    for path in written:
        print_line(say(f"已写出：{path}", f"Wrote {path}"))


def tiles(
    workspace: Workspace, names: list[str], file: Path, progress: Callable[[float], None]
) -> Path:
    """Write layers or results of a workspace as a PMTiles file.

    Raises
    ------
    NotFoundError
        The workspace has not all of them.
    """
    from geo.store.features import feature_tables  # noqa: PLC0415
    from geo.store.results import PREFIX  # noqa: PLC0415
    from geo.tiles.archive import write_pmtiles  # noqa: PLC0415

    with workspace.reading() as connection:
        tables = feature_tables(connection)
        found = [tables.get(name) or tables.get(f"{PREFIX}{name}") for name in names]
        missing = [name for name, table in zip(names, found, strict=True) if table is None]
        if missing:
            raise NotFoundError(
                say(
                    f"工作区里没有：{'、'.join(missing)}。",
                    f"the workspace has no {', '.join(missing)}",
                )
            )
        shown = [table for table in found if table is not None]
        write_pmtiles(file, connection, shown, progress=progress)
    return file
