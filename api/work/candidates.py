"""Where a facility may stand, and why not elsewhere."""

from __future__ import annotations

from typing import Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import AREA, FACILITY, MINUTES, NUMBER, ON, SPEED, TRUTH, WALKER, day_of

_SOURCES: Final = ["premises", "land", "room", "venue", "street"]

PROCESS: Final = Process(
    id="candidates",
    zh="候选点",
    en="Candidates",
    about_zh="哪里可以设点：闲置用房、空地、停用设施、可共用的社区用房、街路点；"
    "不合条件的逐个说明原因。结果供选址使用。",
    about_en="Where a facility may stand, and of every other place why not; kept for siting.",
    inputs=(
        FACILITY,
        Input(
            "sources",
            "来源",
            "sources",
            {"type": "array", "items": {"type": "string", "enum": _SOURCES}, "maxItems": 5},
            "从哪里找；不写为全部。",
            "Where to look; everywhere if none.",
        ),
        Input(
            "spacing_m",
            "街路点间距",
            "spacing",
            {"type": "number", "minimum": 20, "maximum": 5_000},
            "米。",
            "Metres between street points.",
            default=300.0,
        ),
        Input(
            "min_area_m2",
            "最小面积",
            "least area",
            NUMBER,
            "平方米；不写按施行中的规范。",
            "Square metres; the norm's if none.",
        ),
        Input(
            "zones",
            "避开的区域",
            "zones",
            {"type": "object", "additionalProperties": NUMBER},
            '类别和距离（米），如 {"farmland": 0, "rail": 50}。',
            "Kinds to avoid and how far, in metres.",
        ),
        Input("max_slope_percent", "坡度上限", "greatest slope", NUMBER, "百分比。", "Percent."),
        Input(
            "apart_min",
            "离现有设施",
            "apart",
            NUMBER,
            "步行至少多少分钟。",
            "Least walk to an open facility of the type, minutes.",
            default=0.0,
        ),
        Input(
            "any_floor",
            "不限楼层",
            "any floor",
            TRUTH,
            "没有电梯的楼上和地下也可以。",
            "Accept upper floors without a lift.",
            default=False,
        ),
        Input("plot_ratio", "容积率", "plot ratio", NUMBER, "空地没有填时按多少算。", "Of land."),
        Input(
            "yuan_per_m2",
            "每平方米费用",
            "yuan a square metre",
            NUMBER,
            "没有填建设费用时的估价。",
            "To estimate a build cost not given.",
        ),
        MINUTES,
        SPEED,
        WALKER,
        AREA,
        ON,
    ),
    shares={"prepare": 0.2, "find": 0.65, "write": 0.15},
    module="api.work.candidates",
)


def run(task: Task) -> dict[str, Any]:
    """Find and keep the candidates."""
    from api.cli.candidates import found_candidates, summary  # noqa: PLC0415
    from api.cli.coverage import prepare_engine  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415

    inputs, steps = task.inputs, TaskSteps(task)
    prepare_engine(steps, draw=False)
    from optimization.candidates import SOURCES, Criteria  # noqa: PLC0415

    criteria = Criteria(
        sources=tuple(inputs["sources"] or SOURCES),
        spacing_m=inputs["spacing_m"],
        min_area_m2=inputs["min_area_m2"],
        zones=inputs["zones"],
        max_slope_percent=inputs["max_slope_percent"],
        apart_min=inputs["apart_min"],
        any_floor=inputs["any_floor"],
        plot_ratio=inputs["plot_ratio"],
        yuan_per_m2=inputs["yuan_per_m2"],
    )
    found, _ = found_candidates(
        task.workspace,
        inputs["facility"],
        criteria,
        steps,
        on=day_of(inputs),
        limit_min=inputs["minutes"],
        walker=inputs["profile"],
        speed_m_s=inputs["speed_m_s"],
        area=inputs["area"] or "",
    )
    found.require()
    return summary(found)
