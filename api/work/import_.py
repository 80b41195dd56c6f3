"""A planner's file into a layer, with every fault found at once."""

from __future__ import annotations

from typing import Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import DATUM, FILE_SENT, ON, TEXT, TRUTH, day_of
from geo.schema import layers

PROCESS: Final = Process(
    id="import",
    zh="导入图层",
    en="Import of a layer",
    about_zh="把一个文件导入为图层：表头自动对照，坐标按声明的基准换算，问题一次列出；"
    "有错误的行不导入，原样保留。",
    about_en="Import a file as a layer: headings mapped, coordinates converted, faults listed.",
    inputs=(
        Input(
            "layer",
            "图层",
            "layer",
            {"type": "string", "enum": sorted(layers())},
            "导入为哪个图层，如 compound。",
            "The layer, such as compound.",
            required=True,
        ),
        Input(
            "file",
            "文件",
            "file",
            FILE_SENT,
            ".xlsx .xls .csv .gpkg .geojson .kml，或含其一的 .zip；"
            '写成 {"value": Base64, "encoding": "base64", "name": "小区.xlsx"}。',
            'As {"value": Base64, "encoding": "base64", "name": "compounds.xlsx"}.',
            required=True,
        ),
        Input(
            "datum",
            "坐标基准",
            "datum",
            DATUM,
            "cgcs2000、wgs84、gcj02（高德、腾讯）、bd09（百度）、epsg:NNNN。",
            "cgcs2000, wgs84, gcj02 (Amap), bd09 (Baidu), epsg:NNNN.",
            required=True,
        ),
        Input(
            "mapping",
            "列名对照",
            "mapping",
            {"type": "object", "additionalProperties": TEXT},
            '列和文件中的标题，如 {"households": "入住数"}。',
            "Heading of the file by column.",
        ),
        Input("sheet", "工作表", "sheet", TEXT, "工作表或文件内图层的名称。", "Sheet or layer."),
        Input(
            "add",
            "并入",
            "add",
            TRUTH,
            "编号或代码相同的以新行为准，其余保留；不写则整层替换。",
            "Add to the rows that stand instead of replacing all.",
            default=False,
        ),
        ON,
    ),
    shares={},
    module="api.work.import_",
    scope="publish",
    changes=True,
)


def run(task: Task) -> dict[str, Any]:
    """Import the file that was sent."""
    from api.cli.import_ import summary  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415
    from geo.checks import import_file, write_faults  # noqa: PLC0415
    from geo.schema import layer as schema_of  # noqa: PLC0415
    from geo.text import say  # noqa: PLC0415

    inputs, steps = task.inputs, TaskSteps(task)
    schema = schema_of(inputs["layer"])
    with steps(f"导入{schema.zh}", f"import {schema.name}"):
        imported = import_file(
            task.workspace,
            task.sent["file"],
            schema.name,
            datum=inputs["datum"],
            on=day_of(inputs),
            mapping=inputs["mapping"],
            sheet=inputs["sheet"],
            add=inputs["add"],
        )
    if len(imported.faults):
        write_faults(task.workspace.output / say("问题清单.xlsx", "faults.xlsx"), imported)
    return {**summary(imported), "file": imported.path.name}
