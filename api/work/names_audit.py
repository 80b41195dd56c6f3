"""The whole gazetteer judged by all rules."""

from __future__ import annotations

from typing import Any, Final

from api.jobs.child import Task
from api.jobs.process import Input, Process
from api.work.inputs import AREA_CODE, ON, TEXTS, day_of
from geo.text import say

PROCESS: Final = Process(
    id="names-audit",
    zh="地名体检",
    en="Audit of names",
    about_zh="用全部规则检查地名库里公开和内部的地名，写出表格；涉密地名不查也不比，请用命令行。",
    about_en="Judge public and internal names by all rules: a workbook. Secret ones are left out.",
    inputs=(
        Input(
            "division",
            "政区代码",
            "division",
            AREA_CODE,
            "只看这个政区以下的。",
            "Only names under it.",
        ),
        Input("pack", "规则包", "packs", TEXTS, "地方规则包。", "Local rules."),
        ON,
    ),
    shares={"audit the gazetteer": 0.85, "write the table and the layer": 0.15},
    module="api.work.names_audit",
    scope="internal",
    reads="names",
)  # fmt: skip


def run(task: Task) -> dict[str, Any]:
    """Audit the gazetteer."""
    from api.work.steps import TaskSteps  # noqa: PLC0415
    from geo.gazetteer import Gazetteer  # noqa: PLC0415
    from geo.gazetteer.rules import pack, whole_book  # noqa: PLC0415
    from geo.store.tables import write_table  # noqa: PLC0415

    inputs, steps, when = task.inputs, TaskSteps(task), day_of(task.inputs)
    rules = pack(*(inputs["pack"] or ()))
    with steps("检查整个地名库", "audit the gazetteer") as advance:
        book = Gazetteer.of(task.workspace)
        division = inputs["division"] or ""
        found = whole_book.audited(
            book, rules, when, division=division, secret=False, progress=advance
        )
    heads = dict(
        zip(
            whole_book.COLUMNS,
            say(
                "规则 级别 结论 条款 名称 类别 政区 代码 说明 冲突 距离（米） 编号",
                "Rule Level Verdict Article Name Class Division Code Why Conflicts Distance Id",
            ).split(),
            strict=True,
        )
    )
    title = say("地名体检", "Audit of names")
    with steps("写出表格和图层", "write the table and the layer"):
        task.workspace.write_result("names_audit", found, on=when, title=title, titles=heads)
        path = task.workspace.output / say("地名体检.xlsx", "names-audit.xlsx")
        write_table(path, {title: found.drop(columns=["verdict"])}, headings={title: heads})
    return {
        "findings": len(found),
        "blocked": int((found["verdict"] == "block").sum()),
        "rules": whole_book.counted(found).to_dict("records"),
        "packs": list(rules.names),
        "on": when.isoformat(),
    }
