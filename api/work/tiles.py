"""Layers and results as one file of vector tiles."""

from __future__ import annotations

from typing import Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import TEXTS

PROCESS: Final = Process(
    id="tiles",
    zh="导出矢量瓦片",
    en="Export of vector tiles",
    about_zh="把图层或结果导出为一个 .pmtiles 文件，网页地图可以直接读。",
    about_en="Write layers or results as one .pmtiles file, which web maps read as it is.",
    inputs=(
        Input(
            "names",
            "图层和结果",
            "layers and results",
            TEXTS,
            "不写为全部图层。",
            "All layers if none.",
        ),
    ),
    shares={"export": 0.95},
    module="api.work.tiles",
    reads="all",
)


def run(task: Task) -> dict[str, Any]:
    """Write the tiles."""
    from api.cli.export import tiles  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415
    from geo.text import say  # noqa: PLC0415

    steps = TaskSteps(task)
    names = task.inputs["names"] or [state.layer for state in task.workspace.layers()]
    file = task.workspace.output / say("瓦片.pmtiles", "tiles.pmtiles")
    with steps("切瓦片", "export") as advance:
        tiles(task.workspace, names, file, advance)
    return {"layers": names, "bytes": file.stat().st_size}
