"""What to build in which year, within each year's money, and why."""

from __future__ import annotations

from typing import Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import (
    AS_OF,
    DRAW,
    FACILITY,
    MINUTES,
    NUMBER,
    ON,
    OWN_ONLY,
    SPEED,
    TRUTH,
    WALKER,
    day_of,
)
from api.work.site import GAP, NEVER, SECONDS, SEED
from geo.errors import DataError
from geo.text import say

_BY_YEAR: Final = {"type": "object", "additionalProperties": NUMBER}

PROCESS: Final = Process(
    id="plan",
    zh="多年计划",
    en="Plan of several years",
    about_zh="每年建哪几处、花多少钱、覆盖到多少人、离理论上限多远，并写出项目卡。",
    about_en="What to build in each year, what it costs, who is covered, with project cards.",
    inputs=(
        FACILITY,
        Input(
            "years",
            "年份",
            "years",
            {
                "type": "array",
                "items": {"type": "integer", "minimum": 1990, "maximum": 2100},
                "maxItems": 15,
            },
            "规划哪几年，如 [2026, 2027, 2028]。",
            "Which years, ascending.",
            required=True,
        ),
        Input(
            "budget_yuan",
            "各年预算",
            "money a year",
            _BY_YEAR,
            '按年份，元，如 {"2026": 3000000}；键 "*" 用于其余各年。',
            'Yuan by year; the key "*" is for the others.',
        ),
        Input(
            "per_year",
            "各年处数",
            "sites a year",
            _BY_YEAR,
            '每年最多新建几处；键 "*" 用于其余各年。',
            'Most new sites by year; the key "*" is for the others.',
        ),
        Input(
            "must_by",
            "必建",
            "must by",
            {
                "type": "object",
                "additionalProperties": {"type": "integer", "minimum": 1990, "maximum": 2100},
            },
            "候选点编号和最晚建成的年份。",
            "Ids of candidates, each with the year by which it must stand.",
        ),
        NEVER,
        Input("carry_over", "预算可结转", "carry over", TRUTH, default=False),
        Input(
            "goal",
            "目标",
            "goal",
            {"type": "string", "enum": ["sum", "final"]},
            "sum：各年覆盖人数之和最大；final：先保最后一年。",
            "sum: most people over all years; final: the last year first.",
            default="sum",
        ),
        Input(
            "discount",
            "折减",
            "discount",
            {"type": "number", "minimum": 0, "maximum": 0.99},
            default=0.0,
        ),
        Input(
            "ageing",
            "逐年推算",
            "ageing",
            TRUTH,
            "每年按推算到那一年的老年人。",
            "Each year counts the elders projected to it.",
            default=False,
        ),
        Input(
            "weight",
            "人群",
            "weight",
            {
                "type": "string",
                "enum": ["elders", "children", "households", "population", "points"],
            },
            "为谁规划；不写按设施类型。",
            "For whom; the type's if none.",
        ),
        Input(
            "norms",
            "核对规范",
            "norms closed",
            TRUTH,
            "写出各项目消除的规范缺口。",
            "Say which shortfalls each project closes.",
            default=False,
        ),
        MINUTES,
        GAP,
        SECONDS,
        SEED,
        SPEED,
        WALKER,
        ON,
        AS_OF,
        OWN_ONLY,
        DRAW,
    ),
    shares={
        "prepare": 0.1, "read candidates": 0.1, "read": 0.3, "age": 0.1, "solve": 0.2,
        "cards": 0.02, "norms": 0.08, "write": 0.05, "draw": 0.05,
    },
    module="api.work.plan",
    reads="candidates",
)  # fmt: skip


def run(task: Task) -> dict[str, Any]:
    """Plan the years of the workspace and write the plan."""
    from api.cli.coverage import prepare_engine  # noqa: PLC0415
    from api.cli.plan_asked import Asked, check_amounts, years_of  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415

    inputs, steps = task.inputs, TaskSteps(task)
    years = years_of(",".join(map(str, inputs["years"])))
    budgets = _by_year("budget_yuan", inputs["budget_yuan"], years)
    counts = _by_year("per_year", inputs["per_year"], years)
    check_amounts(budgets, counts, [str(inputs["per_year"])])
    asked = Asked(
        facility=inputs["facility"],
        years=years,
        budgets_yuan=budgets,
        per_year=counts,
        must_by=dict(inputs["must_by"] or {}),
        never=tuple(inputs["never"] or ()),
        carry_over=inputs["carry_over"],
        goal=inputs["goal"],
        discount=inputs["discount"],
        ageing=inputs["ageing"],
        weight=inputs["weight"] or "",
        limit_min=inputs["minutes"],
        gap=inputs["gap"],
        seconds=inputs["seconds"],
        seed=inputs["seed"],
        speed_m_s=inputs["speed_m_s"],
        walker=inputs["profile"],
        on=day_of(inputs),
        as_of=None if inputs["ageing"] else inputs["as_of"],
        own_only=inputs["own_only"],
    )
    prepare_engine(steps, draw=False)
    from api.cli.plan_answer import planned_years  # noqa: PLC0415
    from api.cli.plan_files import written  # noqa: PLC0415
    from api.cli.plan_shown import summary  # noqa: PLC0415

    answer = planned_years(task.workspace, asked, steps, norms=inputs["norms"])
    written(task.workspace, answer, steps, draw=inputs["map"])
    return summary(answer)


def _by_year(
    name: str, given: dict[str, float] | None, years: tuple[int, ...]
) -> tuple[float, ...] | None:
    """Return an amount for each year; None where none is given."""
    if not given:
        return None
    known = {str(year) for year in years} | {"*"}
    strange = sorted(set(given) - known)
    missing = [str(year) for year in years if str(year) not in given and "*" not in given]
    if strange or missing:
        raise DataError(
            say(
                f"“{name}”的年份不对：多出 {strange}，缺少 {missing}。",
                f"{name}: years not planned {strange}, years missing {missing}.",
            ),
            hint=say("键“*”用于其余各年。", "The key * is for all other years."),
        )
    return tuple(float(given.get(str(year), given.get("*", 0.0))) for year in years)
