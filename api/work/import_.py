"""A planner's file into a layer, with every fault found at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from api.advice import at_a_server
from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.people.person import Person, forbidden
from api.people.scopes import Scope
from api.work.inputs import DATUM, FILE_SENT, ON, TEXT, TRUTH, day_of
from geo.schema import layers
from geo.text import say

if TYPE_CHECKING:
    from geo.faults import FaultTable
    from geo.layers import LayerImport

DRAFT: Final = "draft"
LAYER: Final = "layer"
_LONGEST_TITLE: Final = 100


def _settled(inputs: dict[str, Any], person: Person) -> dict[str, Any]:
    """Return the inputs with where the file goes; only who may publish writes a layer at once."""
    into = inputs["into"] or (LAYER if person.known == "local" else DRAFT)
    wanted: Scope = "publish" if into == LAYER else "edit"
    if not person.may(wanted):
        raise forbidden(person, wanted, hint=_otherwise(person))
    return {**inputs, "into": into}


def _otherwise(person: Person) -> str:
    """Return what a person may do instead; empty when nothing."""
    if person.may("edit"):
        return say(
            "可导入自己的草稿（into 写 draft），由别人批准。",
            "Import into a draft of your own (into: draft), which another approves.",
        )
    if person.may("publish"):
        return say(
            "可直接换掉整层（into 写 layer）；这会记入访问日志。",
            "Replace the layer at once (into: layer); the log of access tells it.",
        )
    return ""


def _is_draft(inputs: Mapping[str, Any]) -> bool:
    return inputs.get("into") == DRAFT


PROCESS: Final = Process(
    id="import",
    zh="导入图层",
    en="Import of a layer",
    about_zh="把一个文件导入为图层：表头自动对照，坐标按声明的基准换算，问题一次列出；"
    "有错误的行不导入，原样保留。先成为您的草稿，由别人批准；有“发布”权限的可以直接换掉整层。",
    about_en="Import a file as a layer: headings mapped, coordinates converted, faults listed."
    " It becomes a draft of yours; who may publish can replace the layer at once.",
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
            "编号或代码相同的行，以文件有的列为准，文件没有的列不变；其余的行保留。不写则整层替换。",
            "Add to the rows that stand instead of replacing all; columns not in the file stay.",
            default=False,
        ),
        Input(
            "into",
            "导入到",
            "into",
            {"type": "string", "enum": [DRAFT, LAYER]},
            "draft：您的一份新草稿，报送、由别人批准后才并入；"
            "layer：直接换掉已发布的，要“发布”权限。不写就是草稿；还没有账户的本机直接写入图层。",
            "draft: a new draft of yours, to be approved by another; layer: at once, with the right"
            " to publish. A draft if none; the layer at a machine without accounts.",
        ),
        ON,
    ),
    shares={},
    module="api.work.import_",
    scope="plan",  # further by where the file goes
    changes=True,
    settle=_settled,
    is_own=_is_draft,
)


def run(task: Task) -> dict[str, Any]:
    """Import the file that was sent."""
    from api.cli.import_ import summary  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415
    from geo.checks import read_file, write_faults  # noqa: PLC0415
    from geo.schema import layer as schema_of  # noqa: PLC0415

    inputs, steps = task.inputs, TaskSteps(task)
    schema = schema_of(inputs["layer"])
    with steps(f"导入{schema.zh}", f"import {schema.name}"):
        imported = read_file(
            task.workspace,
            task.sent["file"],
            schema.name,
            datum=inputs["datum"],
            mapping=inputs["mapping"],
            sheet=inputs["sheet"],
            add=inputs["add"],
        )
    if len(imported.faults):
        path = task.workspace.output / say("问题清单.xlsx", "faults.xlsx")
        write_faults(path, replace(imported, faults=_advised(imported.faults)))
    told = {**summary(imported), "file": imported.path.name, "into": inputs["into"]}
    if len(imported.frame):
        keep = _keep_draft if _is_draft(inputs) else _keep_layer
        task.workspace.hold(lambda: told.update(keep(task, imported)))
    return told


def _advised(faults: FaultTable) -> FaultTable:
    """Return faults with their advice as one follows it at a server."""
    told = type(faults)()
    told.extend(
        replace(one, message=at_a_server(one.message), advice=at_a_server(one.advice))
        for one in faults
    )
    return told


def _keep_layer(task: Task, imported: LayerImport) -> dict[str, Any]:
    """Write the layer, and tell the log of access that nobody else approved it."""
    from api.people import events  # noqa: PLC0415
    from geo.store.history import By, now  # noqa: PLC0415

    by = By(task.person, now(), f"job {task.id}")
    day, add = day_of(task.inputs), task.inputs["add"]
    counted = task.workspace.import_layer(imported, on=day, add=add, by=by).counted()
    with task.workspace.writing() as connection:
        events.log(
            connection, "imported", actor=task.person, subject=imported.layer,
            job=task.id, file=imported.path.name, sha256=imported.sha256, rows=counted,
        )  # fmt: skip
    return {"rows": counted}


def _keep_draft(task: Task, imported: LayerImport) -> dict[str, Any]:
    """Make a draft of what the file would change; none where it changes nothing."""
    from geo.schema import layer as schema_of  # noqa: PLC0415
    from geo.store.drafts.book import begin  # noqa: PLC0415
    from geo.store.drafts.filling import fill, wanted  # noqa: PLC0415
    from geo.store.history import By, now  # noqa: PLC0415

    schema, by = schema_of(imported.layer), By(task.person, now())
    title = say(f"导入{schema.zh}：{imported.path.name}", f"Import of {imported.path.name}")
    with task.workspace.writing() as connection:
        given = imported.given if task.inputs["add"] else None
        changes = wanted(connection, schema, imported.frame, given=given)
        told: dict[str, Any] = {"stored": bool(changes.changes), "rows": changes.counted()}
        if changes.changes:
            draft = begin(connection, title[:_LONGEST_TITLE], owner=by.author, at=by.at)
            fill(connection, draft, schema, changes, by)
            told["draft"] = draft.id
    return told
