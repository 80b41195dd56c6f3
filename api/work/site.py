"""Where to build next, how good that is known to be, and why not here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import (
    AREA,
    AS_OF,
    DATUM,
    DRAW,
    FACILITY,
    MINUTES,
    NUMBER,
    ON,
    OWN_ONLY,
    SPEED,
    TEXTS,
    TRUTH,
    WALKER,
    day_of,
)

if TYPE_CHECKING:
    from api.cli.site_asked import Asked

MODELS: Final = [
    "max-cover", "set-cover", "backup", "partial", "median", "center", "capacity", "norm",
    "equity", "disperse", "changes", "gates",
]  # fmt: skip
BUDGET: Final = Input(
    "budget_yuan", "预算", "budget", NUMBER, "新建合计不超过多少元。", "Yuan for building."
)
MUST: Final = Input("must", "必选", "must", TEXTS, "必须选中的候选点。", "Candidates demanded.")
NEVER: Final = Input("never", "禁选", "never", TEXTS, "不得选中的候选点。", "Candidates barred.")
GAP: Final = Input(
    "gap",
    "允许差距",
    "gap",
    {"type": "number", "minimum": 0, "maximum": 1},
    "离理论上限多近就停，0 为求到最优。",
    "Share off the bound at which to stop.",
    default=0.0,
)
SECONDS: Final = Input(
    "seconds",
    "求解秒数",
    "seconds",
    {"type": "number", "minimum": 1, "maximum": 3_600},
    "每次求解最多几秒。",
    "Most seconds of each solve.",
    default=60.0,
)
SEED: Final = Input(
    "seed",
    "随机种子",
    "seed",
    {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "同样的种子给同样的方案。",
    "The same seed gives the same plan.",
    default=0,
)

PROCESS: Final = Process(
    id="site",
    zh="选址",
    en="Siting",
    about_zh="下一处建在哪里：选定点、新增覆盖多少人、离理论上限多远，为什么是这里、为什么不是那里。",
    about_en="Where to build next: sites, people gained, how far from the proven bound, and why.",
    inputs=(
        FACILITY,
        Input(
            "model",
            "模型",
            "model",
            {"type": "string", "enum": MODELS},
            "要回答的问题，见手册“选址”。",
            "The question; see the manual.",
            default="max-cover",
        ),
        Input(
            "sites",
            "新建处数",
            "sites",
            {"type": "integer", "minimum": 1, "maximum": 10_000},
            "新建几处。",
            "How many new sites.",
        ),
        BUDGET,
        MINUTES,
        Input(
            "weights",
            "人群",
            "weights",
            {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
            '为谁选址和系数，如 {"elders": 1, "children": 0.5}；不写按设施类型。',
            "For whom, each with a factor; the type's if none.",
        ),
        MUST,
        NEVER,
        Input(
            "closable",
            "可撤",
            "closable",
            TEXTS,
            '可以关闭的现有设施；["all"] 为全部。',
            'Facilities that may be closed; ["all"] for all.',
        ),
        Input(
            "why_not",
            "为什么不是",
            "why not",
            TEXTS,
            "逐个解释：候选点编号，或“经度,纬度”。",
            "Places to explain: ids, or LON,LAT.",
        ),
        Input(
            "datum",
            "坐标基准",
            "datum",
            DATUM,
            "所问地点的经纬度是哪种基准。",
            "Datum of the places asked about.",
            default="cgcs2000",
        ),
        Input("alternatives", "备选方案", "alternatives", TRUTH, default=False),
        Input("stability", "换步速", "other speeds", TRUTH, default=False),
        Input("pareto", "取舍", "trade-offs", TRUTH, default=False),
        Input(
            "share",
            "覆盖比例",
            "share",
            {"type": "number", "minimum": 0, "maximum": 1},
            "全覆盖最少点：覆盖到多大比例就够，0 为全部。",
            "set-cover: the share of the people that is enough; all at 0.",
            default=0.0,
        ),
        Input("leave_out", "走不到的不计", "leave out", TRUTH, default=False),
        Input("cheapest", "费用最少", "cheapest", TRUTH, default=False),
        Input(
            "gates",
            "最多开门",
            "gates",
            {"type": "integer", "minimum": 0, "maximum": 10_000},
            "开门模型：最多开几道门。",
            "Model gates: how many may be opened.",
        ),
        Input("gate_yuan", "开门费用", "yuan a gate", NUMBER, "元。", "Yuan."),
        Input("new_gate_yuan", "新门费用", "yuan a new gate", NUMBER, "元。", "Yuan."),
        Input("gate_of", "哪些小区开门", "gates of", TEXTS, "小区编号。", "Ids of compounds."),
        Input("expandable", "可扩建", "expandable", TEXTS, "编号=平方米。", "ID=M2."),
        Input("yuan_per_m2", "扩建单价", "yuan a square metre", NUMBER, "元。", "Yuan."),
        Input("m2_per_place", "每床面积", "m2 a place", NUMBER),
        Input("move_yuan", "搬迁费用", "yuan a move", NUMBER, "元。", "Yuan."),
        Input("close_yuan", "关闭费用", "yuan a closing", NUMBER, "元。", "Yuan."),
        Input("rent", "年租金", "rent", TEXTS, "编号=元。", "ID=YUAN."),
        Input("rent_years", "租金年数", "rent years", NUMBER),
        Input("meet_norm", "须合规范", "meet the norm", TRUTH, default=False),
        GAP,
        SECONDS,
        SEED,
        SPEED,
        WALKER,
        ON,
        AS_OF,
        OWN_ONLY,
        AREA,
        DRAW,
    ),
    shares={
        "prepare": 0.1, "candidates": 0.1, "read": 0.3, "assess": 0.02, "gates": 0.03,
        "solve": 0.15, "explain": 0.05, "each gate": 0.02, "why not": 0.03, "alternatives": 0.03,
        "speeds": 0.04, "trade-offs": 0.03, "write": 0.05, "draw": 0.05,
    },
    module="api.work.site",
    reads="candidates",
)  # fmt: skip


def run(task: Task) -> dict[str, Any]:
    """Ask one model of the workspace, explain its plan and write it."""
    from api.cli.coverage import prepare_engine  # noqa: PLC0415
    from api.cli.site_answer import solved  # noqa: PLC0415
    from api.cli.site_files import written  # noqa: PLC0415
    from api.cli.site_summary import summary  # noqa: PLC0415
    from api.work.steps import TaskSteps  # noqa: PLC0415

    steps, asked = TaskSteps(task), _asked(task.inputs)
    asked.check()
    prepare_engine(steps, draw=False)
    answer = solved(task.workspace, asked, steps)
    written(task.workspace, answer, steps, out=None, draw=task.inputs["map"])
    return summary(answer)


def _asked(inputs: Mapping[str, Any]) -> Asked:
    from api.cli._by_id import ids_of  # noqa: PLC0415
    from api.cli.site_asked import Asked, factors  # noqa: PLC0415
    from api.cli.site_changes_asked import changes_asked  # noqa: PLC0415
    from api.cli.site_gates_asked import gates_asked  # noqa: PLC0415
    from api.cli.site_models import model_named  # noqa: PLC0415

    weights = [f"{name}={factor}" for name, factor in (inputs["weights"] or {}).items()]
    return Asked(
        facility=inputs["facility"],
        model=model_named(inputs["model"]),
        sites=inputs["sites"],
        budget_yuan=inputs["budget_yuan"],
        limit_min=inputs["minutes"],
        factors=factors(weights),
        must=tuple(inputs["must"] or ()),
        never=tuple(inputs["never"] or ()),
        closable=ids_of(inputs["closable"] or ()),
        why_not=tuple(inputs["why_not"] or ()),
        datum=inputs["datum"],
        alternatives=inputs["alternatives"],
        stability=inputs["stability"],
        pareto=inputs["pareto"],
        gap=inputs["gap"],
        seconds=inputs["seconds"],
        seed=inputs["seed"],
        speed_m_s=inputs["speed_m_s"],
        walker=inputs["profile"],
        on=day_of(inputs),
        as_of=inputs["as_of"],
        own_only=inputs["own_only"],
        area=inputs["area"] or "",
        extras={name: inputs[name] for name in ("share", "leave_out", "cheapest")},
        changes=changes_asked(
            expandable=inputs["expandable"],
            yuan_per_m2=_money(inputs["yuan_per_m2"]),
            m2_per_place=inputs["m2_per_place"],
            move_yuan=_money(inputs["move_yuan"]),
            close_yuan=_money(inputs["close_yuan"]),
            rent=inputs["rent"],
            rent_years=inputs["rent_years"],
            meet_norm=inputs["meet_norm"],
        ),
        gates=gates_asked(
            most=inputs["gates"],
            yuan=_money(inputs["gate_yuan"]),
            new_yuan=_money(inputs["new_gate_yuan"]),
            only=inputs["gate_of"],
        ),
    )


def _money(yuan: float | None) -> str:
    """Return an amount as a planner writes it, which is what the questions are read from."""
    return "" if yuan is None else f"{yuan:f}"
