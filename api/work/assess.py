"""Whether the place meets the norms in force, and what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import AREA, AS_OF, DAY, FACILITY, ON, TEXTS, day_of

PROCESS: Final = Process(
    id="assess",
    zh="规范评定",
    en="Assessment",
    about_zh="按当日在施行的规范逐项评定：合格、不合格还是未知，缺多少。",
    about_en="Judge the place by the norms in force: what passes, fails or is unknown, and by how "
    "much.",
    inputs=(
        AREA,
        ON,
        Input(
            "norm",
            "规范",
            "norms",
            TEXTS,
            "只评这些规范，写编号或编号开头；不写为全部。",
            "Only these, by id or its beginning; all if none.",
        ),
        replace(
            FACILITY,
            about_zh="不限设施类型的规范问的是哪一类。",
            about_en="The type meant by norms that hold for any.",
            default="elder_station",
            required=False,
        ),
        Input(
            "norms_as_of",
            "比较日期",
            "compared day",
            DAY,
            "与这一天施行的规范并排比较。",
            "Compare with the norms of another day.",
        ),
        Input(
            "compare_area",
            "比较地区",
            "compared area",
            AREA.schema,
            "与另一地区的规范并排比较。",
            "Compare with the norms of another area.",
        ),
        AS_OF,
    ),
    shares={"read": 0.3, "assess": 0.4, "compare": 0.1, "write": 0.2},
    module="api.work.assess",
)


def run(task: Task) -> dict[str, Any]:
    """Assess the workspace."""
    from api.cli._options import day  # noqa: PLC0415
    from api.cli.assess_answer import assessed  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415

    inputs = task.inputs
    other = inputs["norms_as_of"]
    return assessed(
        task.workspace,
        TaskSteps(task),
        on=day_of(inputs),
        area=inputs["area"] or "",
        ids=tuple(inputs["norm"] or ()),
        facility=inputs["facility"],
        norms_as_of=day(other) if other else None,
        compare_area=inputs["compare_area"] or "",
        elders_year=inputs["as_of"],
    ).summary()
