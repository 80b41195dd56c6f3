"""``fuwuquan import``: a planner's file into a layer, with every fault found at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli._console import Steps, emit_json, print_line, records
from api.cli._options import Day, Json, WorkspaceFolder, day
from api.cli._words import Command
from geo.text import say

if TYPE_CHECKING:
    from geo.layers import LayerImport


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    about = say(
        "把一个文件导入为图层：表头自动对照，坐标按声明的基准换算，所有问题一次列出。"
        "有错误的行不导入，原样保留，可用 fuwuquan export --left-out 取回改正。",
        "Import a file as a layer: headings are mapped, coordinates converted from the declared "
        "datum, and every fault is listed at once. Rows with an error are kept aside.",
    )
    app.command("import", cls=Command, help=about)(import_)


def import_(
    layer: Annotated[
        str,
        typer.Argument(
            metavar=say("层", "LAYER"),
            help=say("图层，如 compound 或“小区”。", "The layer, such as compound."),
        ),
    ],
    file: Annotated[
        Path,
        typer.Argument(
            metavar=say("文件", "FILE"),
            help=say(
                ".xlsx .xls .csv .gpkg .geojson .shp .kml，或含其一的 .zip。",
                ".xlsx .xls .csv .gpkg .geojson .shp .kml, or one of them in a .zip.",
            ),
        ),
    ],
    *,
    datum: Annotated[
        str,
        typer.Option(
            "--datum",
            metavar=say("基准", "DATUM"),
            help=say(
                "文件坐标的基准：cgcs2000、wgs84、gcj02（高德、腾讯）、bd09（百度）、epsg:NNNN。",
                "What coordinates mean: cgcs2000, wgs84, gcj02 (Amap), bd09 (Baidu), epsg:NNNN.",
            ),
            show_default=False,
        ),
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            metavar=say("文件", "FILE"),
            help=say(
                '列名对照（.toml 或 .json），如 households = "入住数"。工作区会记住。',
                'Headings by column (.toml or .json), such as households = "Homes". Remembered.',
            ),
            show_default=False,
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(
            "--sheet",
            metavar=say("名称", "NAME"),
            help=say(
                "工作表、GeoPackage 图层或 zip 内文件的名称。",
                "Sheet of a workbook, layer of a GeoPackage, or file in a zip.",
            ),
            show_default=False,
        ),
    ] = None,
    add: Annotated[
        bool,
        typer.Option(
            "--add",
            help=say(
                "并入已有的行：编号或代码相同的，以文件有的列为准，文件没有的列不变；"
                "其余的行保留。不写则整层替换。",
                "Add to the rows that stand; of those with the same id or code, columns that the "
                "file lacks stay.",
            ),
        ),
    ] = False,
    faults: Annotated[
        Path | None,
        typer.Option(
            "--faults",
            metavar=say("文件", "FILE"),
            help=say(
                "把问题清单和隔离的行写成 .xlsx。", "Write the faults and refused rows as .xlsx."
            ),
            show_default=False,
        ),
    ] = None,
    on: Day = "",
    workspace: WorkspaceFolder = Path(),
    json: Json = False,
) -> int:
    """Import a file as a layer."""
    from api.people.accounts import at_the_command_line  # noqa: PLC0415
    from geo.checks import import_file, write_faults  # noqa: PLC0415
    from geo.layers import read_mapping  # noqa: PLC0415
    from geo.schema import layer as schema_of  # noqa: PLC0415
    from geo.store import Workspace  # noqa: PLC0415
    from geo.store.history import By, now  # noqa: PLC0415

    schema = schema_of(layer)
    today = day(on)
    own = read_mapping(mapping, schema) if mapping is not None else None
    opened = Workspace.open(workspace)
    by = By(at_the_command_line().actor, now(), "import")
    steps = Steps()
    with steps(f"导入{schema.zh}", f"import {schema.name}"):
        imported = import_file(
            opened, file, schema.name, datum=datum, on=today, mapping=own, sheet=sheet, add=add,
            by=by,
        )  # fmt: skip
    written = write_faults(faults, imported) if faults is not None else []
    if json:
        files = [str(path) for path in written]
        emit_json(summary(imported) | {"files": files, "seconds": steps.seconds})
    else:
        _show(imported, written)
    if not len(imported.frame):
        return 2
    return 1 if imported.faults.count("error") else 0


def summary(imported: LayerImport) -> dict[str, object]:
    """Return an import as plain values."""
    from geo.faults import SEVERITIES  # noqa: PLC0415
    from geo.layers import summary as told  # noqa: PLC0415

    return {
        "layer": imported.layer,
        "file": str(imported.path),
        "sha256": imported.sha256,
        "datum": str(imported.datum),
        "rows_in": imported.rows_in,
        "rows_kept": len(imported.frame),
        "rows_quarantined": len(imported.quarantined),
        "rows_set_aside": len(imported.set_aside),
        "stored": bool(len(imported.frame)),
        "mapping": imported.mapping,
        "fault_counts": {severity: imported.faults.count(severity) for severity in SEVERITIES},
        "summary": told(imported.faults),
        "faults": records(imported.faults.frame()),
    }


def _show(imported: LayerImport, written: list[Path]) -> None:
    from geo.layers import summary as told  # noqa: PLC0415
    from geo.schema import layer as schema_of  # noqa: PLC0415

    label = schema_of(imported.layer).label
    kept, refused = len(imported.frame), len(imported.quarantined)
    print_line(
        say(
            f"{label}：读到 {imported.rows_in:,} 行，导入 {kept:,} 行，隔离 {refused:,} 行，"
            f"合计与表注 {len(imported.set_aside):,} 行（基准 {imported.datum.label}）。",
            f"{label}: {imported.rows_in:,} rows in, {kept:,} kept, {refused:,} quarantined, "
            f"{len(imported.set_aside):,} totals and remarks ({imported.datum.label}).",
        )
    )
    for sentence in told(imported.faults):
        print_line(f"  · {sentence}")
    for path in written:
        print_line(say(f"问题清单：{path}", f"Faults written to {path}"))
    if not kept:
        print_line(
            say(
                "没有一行可以导入，工作区未改动。请按上面的提示改正后重新导入。",
                "No row could be kept; the workspace is unchanged.",
            )
        )
    elif refused and not written:
        print_line(
            say(
                f"取回隔离的行：fuwuquan export 待改.xlsx {imported.layer} --left-out；"
                "改好后用 fuwuquan import --add 并入。",
                f"Get the refused rows: fuwuquan export mend.xlsx {imported.layer} --left-out; "
                "bring them back with: fuwuquan import --add",
            )
        )
