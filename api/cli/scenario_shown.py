"""Show scenarios side by side: on the screen and as plain values."""

from __future__ import annotations

import pandas as pd

from api.cli._console import print_line, print_table, records
from geo.coverage.tables import in_words
from geo.scenarios import BASE, Comparison, Scenario
from geo.text import say


def told(one: Scenario) -> str:
    """Return in a few words what a scenario changes."""
    edits = one.edits
    parts = [
        say(f"{word}{len(what)}处", f"{en} {len(what)}")
        for word, en, what in (
            ("增设", "add", edits.add),
            ("迁址", "move", edits.move),
            ("关闭", "close", edits.close),
            ("扩建", "expand", edits.expand),
            ("开门", "open gates", edits.open_gates),
            ("关门", "close gates", edits.close_gates),
        )
        if what
    ]
    if one.norms_area or one.norms_on:
        whose = " ".join(str(part) for part in (one.norms_area, one.norms_on) if part)
        parts.append(say(f"换规范（{whose}）", f"norms of {whose}"))
    return say("，", ", ").join(parts) or say("无改动", "nothing")


def summary(found: Comparison) -> dict[str, object]:
    """Return the comparison as plain values."""
    base = found.coverages[BASE]
    return {
        "facility": base.question.kind.name,
        "main_min": base.question.main_min,
        "denominator": base.headline()["denominator"],
        "scenarios": [one.json() for one in found.scenarios],
        "numbers": records(found.numbers),
        "walks_changed": _counts(found, found.walks),
        "verdicts_changed": _counts(found, found.verdicts) if _assessed(found) else {},
        "provenance": base.provenance.json(),
    }


def show(found: Comparison, files: list[str]) -> None:
    """Print the comparison."""
    print_line(found.coverages[BASE].conditions)
    words = in_words(with_base_named(found.numbers), "scenario_numbers")
    shown = {
        "scenario": say("情景", "scenario"),
        "covered": say("覆盖", "covered"),
        "covered_change": say("比现状", "± today"),
        "share": say("覆盖率", "share"),
        "worst_share": say("最低乡镇", "worst"),
        "mean_min": say("平均分钟", "mean min"),
        "failing": say("不合格", "failing"),
        "shortfall_m2": say("缺口㎡", "m² short"),
    }
    print_table(list(shown.values()), [_row(row) for row in records(words[list(shown)])])
    print_line(
        say(
            f"步行有变化的需求点：{_by_name(_counts(found, found.walks))}。",
            f"Demand points whose walk changes: {_by_name(_counts(found, found.walks))}.",
        )
    )
    if _assessed(found):
        verdicts = _by_name(_counts(found, found.verdicts))
        print_line(
            say(
                f"结论有变化的评定对象：{verdicts}。",
                f"Subjects whose verdict changes: {verdicts}.",
            )
        )
    for path in files:
        print_line(say(f"已写出：{path}", f"Wrote {path}"))


def with_base_named(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return numbers in which today's state has its name."""
    return numbers.assign(scenario=numbers["scenario"].replace(BASE, say("现状", "today")))


def _counts(found: Comparison, table: pd.DataFrame) -> dict[str, int]:
    """Return the rows of every scenario, 0 too."""
    counts = table["scenario"].value_counts(sort=False).to_dict()
    return {one.name: int(counts.get(one.name, 0)) for one in found.scenarios}


def _assessed(found: Comparison) -> bool:
    return bool(found.numbers["failing"].notna().any())


def _row(row: dict[object, object]) -> list[object]:
    """Return one line of the table: signed change, shares as percentages."""
    cells = dict(row)
    change = cells["covered_change"]
    cells["covered_change"] = None if change is None else f"{change:+,}"
    for name in ("share", "worst_share"):
        share = cells[name]
        cells[name] = None if share is None else f"{share:.1%}"
    return list(cells.values())


def _by_name(counts: dict[str, int]) -> str:
    named = [f"{name} {count:,}" for name, count in counts.items() if count]
    return say("，", ", ").join(named) or say("无", "none")
