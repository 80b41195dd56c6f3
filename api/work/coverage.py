"""Who is within the minutes of an open facility, over the streets."""

from __future__ import annotations

from typing import Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import AS_OF, DRAW, FACILITY, ON, OWN_ONLY, SPEED, WALKER, day_of

PROCESS: Final = Process(
    id="coverage",
    zh="覆盖分析",
    en="Coverage",
    about_zh="谁在时限内走得到开放的设施：按小区、村居、乡镇街道、区县四级汇总，附表格和地图。",
    about_en="Who is within the minutes of an open facility, by compound, community and county.",
    inputs=(
        FACILITY,
        Input(
            "minutes",
            "时限",
            "limits",
            {
                "type": "array",
                "items": {"type": "number", "minimum": 0.1, "maximum": 240},
                "maxItems": 12,
            },
            "可写多个，如 [5, 10, 15]；不写按设施类型。",
            "Several, such as [5, 10, 15]; the type's if none.",
        ),
        SPEED,
        WALKER,
        ON,
        OWN_ONLY,
        AS_OF,
        Input(
            "demand",
            "人口落点",
            "people laid on",
            {"type": "string", "enum": ["auto", "compound", "building", "community"]},
            "人口落在小区、楼栋还是村居；auto 逐个村居取最好的。",
            "What people are laid on; auto takes the best in each community.",
            default="auto",
        ),
        DRAW,
    ),
    shares={"prepare": 0.15, "read": 0.15, "compute": 0.35, "write": 0.15, "draw": 0.2},
    module="api.work.coverage",
)


def run(task: Task) -> dict[str, Any]:
    """Compute one coverage."""
    from api.cli.coverage import cover, prepare_engine, summary  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415

    inputs, steps = task.inputs, TaskSteps(task)
    prepare_engine(steps, draw=inputs["map"])
    from geo.coverage import ask  # noqa: PLC0415

    question = ask(
        inputs["facility"],
        on=day_of(inputs),
        minutes=inputs["minutes"] or (),
        walker=inputs["profile"],
        speed_m_s=inputs["speed_m_s"],
        own_only=inputs["own_only"],
        as_of=inputs["as_of"],
    )
    result, _ = cover(
        task.workspace, question, source=inputs["demand"], draw=inputs["map"], steps=steps
    )
    return summary(result)
