"""What ``fuwuquan site -m changes`` tells its model, and how it shows what is changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from api.cli._console import print_line, print_table, records
from api.cli.site_changes_asked import ChangesAsked
from geo.assess import read_place
from geo.assess.jurisdiction import of_place
from geo.coverage.tables import in_words
from geo.errors import DataError
from geo.norms import load
from geo.norms.areas import area_label
from geo.store import Workspace
from geo.text import say, yuan
from optimization.changes import Changes
from optimization.compliance import requirement
from optimization.problem import Problem
from optimization.report import Report
from optimization.report_changes import changes_table, heir_table, takeovers
from optimization.workspace import SitingInputs


def told(
    workspace: Workspace,
    asked: ChangesAsked,
    read: SitingInputs,
    *,
    area: str,
) -> Callable[[Problem], dict[str, Any]]:
    """Return what to tell the model of changes.

    Raises
    ------
    DataError
        Nothing may change, an extension would serve nobody, or no norm is in force.
    """
    sites = read.problem.sites
    limited = bool(np.isfinite(sites.capacity[sites.existing]).any())
    if asked.expandable_m2 and not asked.meet_norm:
        if not limited:
            raise DataError(
                say(
                    "现有设施都没有填容量，扩建不会多服务一个人。",
                    "no facility has a capacity: an extension would serve nobody more.",
                ),
                hint=say(
                    "请补全容量，或加 --meet-norm 按用房面积规范调整。",
                    "Fill in capacities, or ask for the norm on floor area with --meet-norm.",
                ),
            )
        if asked.m2_a_place is None:
            raise DataError(
                say("不知道扩建多少平方米增加一个名额。", "how many m² make a place is not known."),
                hint=say("请加 --m2-per-place 5。", "Add --m2-per-place 5."),
            )
    given: dict[str, Any] = {
        "expand_yuan_m2": asked.yuan_m2,
        "m2_a_place": asked.m2_a_place or 1.0,
        "move_yuan": asked.move_yuan,
        "close_yuan": asked.close_yuan,
        "years": asked.rent_years,
    }
    if asked.meet_norm:
        given["need_m2"] = _required_m2(workspace, read, area=area)
    return lambda _: given


def _required_m2(workspace: Workspace, read: SitingInputs, *, area: str) -> NDArray[np.float64]:
    """Return (n_demand,) the floor area that the norms in force require of each estate."""
    on = read.question.on
    place = read_place(workspace, on=on, as_of=read.question.as_of)
    rules = of_place(place, workspace, area).rules
    estates = place.frames["compound"]
    households = estates["households"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    found = requirement(
        load(),
        area=rules,
        on=on,
        households=np.asarray(households, np.float64),
        build_status=estates["build_status"].to_numpy(object),
    )
    need = dict(zip(estates["id"].astype(str), np.nan_to_num(found.required_m2), strict=True))
    required = np.array([need.get(str(identity), 0.0) for identity in read.problem.demand_id])
    if not (required > 0).any():
        raise DataError(
            say(
                f"{on} 在{area_label(rules)}没有施行中的每百户用房面积规范适用于这些小区。",
                f"no norm on floor area in force in {area_label(rules)} on {on} holds for these "
                "estates.",
            ),
            hint=say(
                "可用 --area 按别处的规范试算，如 --area 340207。",
                "Try the norms of another area: --area 340207.",
            ),
        )
    return required


def tables(report: Report) -> list[tuple[str, str, pd.DataFrame]]:
    """Return sheets of the workbook: name, result table, rows; none for other models."""
    if not isinstance(report.plan, Changes):
        return []
    told = takeovers(report.problem, report.plan, weight=report.weight, limit_min=report.limit_min)
    return [
        (say("调整", "changes"), "siting_changes", changes_table(report, told)),
        (say("接替", "taken over"), "siting_heirs", heir_table(report.problem, told)),
    ]


def show(report: Report, table: pd.DataFrame) -> None:
    """Print what happens to what stands."""
    plan = report.plan
    words = records(in_words(table, "siting_changes"))
    rows = [
        [
            *(row["id"], row["name"], word["action"], row["added_m2"]),
            *(row["moved_to_name"], row["before"], row["after"]),
            yuan(row["cost_yuan"]),
        ]
        for row, word in zip(records(table), words, strict=True)
        if row["action"] != "kept"
    ]
    kept = int((table["action"] == "kept").sum())
    if rows:
        print_table(
            [
                *(say("编号", "id"), say("名称", "name"), say("调整", "change")),
                *(say("扩建 ㎡", "added m²"), say("迁往", "moved to")),
                *(say("现在就近", "nearest today"), say("调整后就近", "afterwards")),
                say("费用", "cost"),
            ],
            rows,
        )
        for row in records(table.dropna(subset=["heirs"])):
            print_line(
                say(
                    f"· {row['name']}原来的人改去：{row['heirs']}。",
                    f"· {row['name']}: its people go to {row['heirs']}.",
                )
            )
    else:
        print_line(say("什么都不调整就是最好的方案。", "Changing nothing is the best plan."))
    cost, rent = plan.measures["cost_yuan"], plan.measures["rent_yuan"]
    years = float(plan.parameters.get("years", 0.0))
    saved = float(table["rent_saved_yuan_year"].fillna(0.0).sum())
    text = say(
        f"原样保留 {kept} 处；调整费用 {yuan(cost)}",
        f"{kept} kept as they are; the changes cost {yuan(cost)}",
    )
    if years:
        text += say(
            f"，{years:g} 年租金合计 {yuan(rent)}，不再开放的每年省租金 {yuan(saved)}",
            f", rent of {years:g} years {yuan(rent)}, {yuan(saved)} of rent saved a year",
        )
    print_line(text + say("。", "."))
    if plan.measures["unserved"] > 0 and plan.parameters["weight"] != "norm":
        print_line(
            say(
                f"仍没有安排的 {plan.measures['unserved']:,.0f}（现在就走不到或没有名额的）。",
                f"Still without: {plan.measures['unserved']:,.0f} (out of reach or "
                "no place today).",
            )
        )
