"""What ``fuwuquan assess`` prints: the norms, the verdicts on the whole, shortages, changes."""

from __future__ import annotations

import math
from collections.abc import Hashable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from api.cli._console import print_line, print_table
from api.cli.assess_answer import SHOWN_SHORTAGES
from geo.text import say

if TYPE_CHECKING:
    import pandas as pd

    from geo.assess import Assessment
    from geo.assess.jurisdiction import Jurisdiction

SHOWN_CHANGES = 20


def print_answer(
    result: Assessment,
    table: pd.DataFrame,
    law: Jurisdiction,
    *,
    other: Assessment | None,
    files: list[Path],
) -> None:
    """Print an assessment as a planner reads it."""
    from geo.assess.summary import by_norm, shortages  # noqa: PLC0415
    from geo.assess.workbook import verdict_sheet  # noqa: PLC0415
    from geo.norms.areas import area_label  # noqa: PLC0415

    if law.words:
        print_line(law.words)
    print_line(
        say(
            f"{area_label(result.rules.area)}，{result.rules.on}：在施行的规范 "
            f"{len({b.norm.id for b in result.blocks})} 项，结论 {len(table):,} 条。",
            f"{area_label(result.rules.area)}, {result.rules.on}: "
            f"{len({b.norm.id for b in result.blocks})} "
            f"norms in force, {len(table):,} verdicts.",
        )
    )
    if result.place.as_of is not None:
        year = result.place.as_of
        print_line(say(f"老年人数为 {year} 年推算数。", f"Elders are projected to {year}."))
    names = {block.norm.id: block.norm.label for block in result.blocks}
    counted = by_norm(table[~table["verdict"].isin(["draft", "statistic", "priority"])])
    print_table(
        [
            say("规范", "norm"),
            *(_short(name) for name in ("fail", "not_yet_due", "unknown", "pass")),
            say("整体", "whole"),
        ],
        [
            [
                names[row["norm"]],
                *(int(row[name]) for name in ("fail", "not_yet_due", "unknown", "pass")),
                _short(row["whole"]) if isinstance(row["whole"], str) else "",
            ]
            for row in counted.to_dict("records")
        ],
    )
    whole = verdict_sheet(result, table[table["role"] == "whole"])
    for row in whole.to_dict("records"):
        if row["verdict"] in ("fail", "not_yet_due", "pass"):
            print_line(f"{row['norm_name']}：{row['verdict_text']}。{row['formula']}")
    short = shortages(table)
    if len(short):
        title = say(
            f"缺口（共 {len(short):,} 处，按涉及人数）", f"Shortages ({len(short):,}, by people)"
        )
        shown = verdict_sheet(result, short.head(SHOWN_SHORTAGES)).to_dict("records")
        print_table(
            [
                say("对象", "subject"),
                say("规范", "norm"),
                say("涉及人数", "people"),
                say("算式", "formula"),
            ],
            [
                [row["name"], row["norm_name"], _whole_number(row["people"]), row["formula"]]
                for row in shown
            ],
            title=title,
        )
    aside = sorted(set(names) - set(counted["norm"]))
    if aside:
        print_line(
            say(
                f"{len(aside)} 项只有未核实的条文或统计数字，不作结论，见表格。",
                f"{len(aside)} norms have only draft text or statistics: no verdict, see the "
                "table.",
            )
        )
    if result.silent:
        print_line(
            say(
                f"另有 {len(result.silent)} 项规范在本地当日没有施行，没有结论。",
                f"{len(result.silent)} other norms are not in force here on that day.",
            )
        )
    if other is not None:
        _print_changes(result, other)
    print_line(say("已写出：", "Wrote:"))
    for path in files:
        print_line(f"  {path}")


def _print_changes(result: Assessment, other: Assessment) -> None:
    """Print two rule sets side by side: how many verdicts change by norm, then whose."""
    from geo.assess.compare import changes  # noqa: PLC0415
    from geo.norms.areas import area_label  # noqa: PLC0415

    found = changes(result, other)
    first = f"{area_label(result.rules.area)} {result.rules.on}"
    second = f"{area_label(other.rules.area)} {other.rules.on}"
    names = {norm.id: norm.label for norm in result.norms}
    moved = found["verdict_first"] != found["verdict_second"]
    keys = ["norm", "verdict_first", "verdict_second"]
    counted = found.groupby(keys, sort=False).size().rename("n").reset_index()
    counted = counted.sort_values("n", ascending=False, kind="stable").head(SHOWN_CHANGES)
    n_moved, n_other = int(moved.sum()), int((~moved).sum())
    print_table(
        [say("规范", "norm"), first, second, say("条数", "number")],
        [
            [
                names[row["norm"]],
                _short(row["verdict_first"]),
                _short(row["verdict_second"]),
                row["n"],
            ]
            for row in counted.to_dict("records")
        ],
        title=say(
            f"两套规范比较：{n_moved:,} 条结论不同，{n_other:,} 条只是要求不同",
            f"Two rule sets: {n_moved:,} verdicts differ, {n_other:,} only in what is required",
        ),
    )
    both = found[(found["verdict_first"] != "no_norm") & (found["verdict_second"] != "no_norm")]
    if not len(both):
        return
    print_table(
        [say("对象", "subject"), say("规范", "norm"), first, second, say("缺口", "gap")],
        [
            [
                row["name"],
                names[row["norm"]],
                _side(row, "first"),
                _side(row, "second"),
                _change(row["gap_first"], row["gap_second"]),
            ]
            for row in both.head(SHOWN_SHORTAGES).to_dict("records")
        ],
        title=say("两边都有规定而结果不同的对象", "Subjects that both sets judge, differently"),
    )


def _side(row: dict[Hashable, Any], side: str) -> str:
    """Return the verdict of one rule set and what it requires."""
    required = row[f"required_{side}"]
    verdict = _short(row[f"verdict_{side}"])
    if math.isnan(required):
        return verdict
    return say(f"{verdict}（要求 {required:,.4g}）", f"{verdict} ({required:,.4g} required)")


def _change(before: float, after: float) -> str:
    first, second = ("–" if math.isnan(value) else f"{value:,.4g}" for value in (before, after))
    return f"{first} → {second}"


def _whole_number(value: float | None) -> int | None:
    return None if value is None or math.isnan(value) else round(value)


def _short(verdict: str) -> str:
    return {
        "fail": say("不合格", "fail"),
        "not_yet_due": say("未到期", "not due"),
        "unknown": say("未知", "unknown"),
        "pass": say("合格", "pass"),
        "exempt": say("豁免", "exempt"),
        "draft": say("未核实", "draft"),
        "statistic": say("统计", "statistic"),
        "priority": say("优先", "first"),
        "no_norm": say("无规范", "no norm"),
    }[verdict]
