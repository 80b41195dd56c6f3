"""Whether the totals written in a table are the sums of its rows."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from geo.layers.columns import parse
from geo.layers.findings import Findings
from geo.layers.source import Source
from geo.schema import Column
from geo.text import say

_ADDS_UP: Final = frozenset(
    (
        *("population", "households", "elders", "children", "beds", "nursing_beds"),
        *("dementia_beds", "plots", "niches", "seats", "staff", "workers", "certified_workers"),
        *("social_workers", "floor_area_m2", "usable_area_m2", "capacity"),
    )
)


def reconcile(findings: Findings, source: Source, values: pd.DataFrame) -> None:
    """Record every total or subtotal that is not the sum of the rows it stands for.

    Parameters
    ----------
    findings
        Where faults are recorded.
    source
        The rows with those set aside.
    values
        The columns as read, one row for every row of ``source`` that is not set aside. Rows with
        other errors count too: a total is about the table as written.

    Notes
    -----
    A grand total stands for all rows, a subtotal for those since the one before; a subtotal above
    its group is accepted as well.
    """
    marks = {i: kind for i, kind in source.aside.items() if kind in ("total", "subtotal")}
    if not marks:
        return
    size = len(source.cells)
    inside = np.array([i not in source.aside for i in range(size)], dtype=bool)
    for column in findings.schema.columns:
        if column.name not in _ADDS_UP or column.name not in source.headings.columns:
            continue
        factor = source.headings.factors.get(column.name, 1.0)
        stated = parse(source.column(column.name), column, factor=factor).column
        parts = np.zeros(size)
        parts[inside] = values[column.name].to_numpy(dtype=np.float64, na_value=0.0)
        running = np.concatenate([[0.0], np.cumsum(parts)])
        borders = [-1, *sorted(marks), size]
        for i, kind in marks.items():
            if pd.isna(stated[i]):
                continue
            at = borders.index(i)
            above = running[i] - running[borders[at - 1] + 1]
            below = running[borders[at + 1]] - running[i + 1]
            sums = [running[-1]] if kind == "total" else [above, below]
            wanted = float(stated[i])
            if not any(abs(wanted - found) <= 0.5 for found in sums):  # noqa: PLR2004 - rounding
                _record(findings, column, int(source.rows[i]), wanted, float(sums[0]))


def _record(findings: Findings, column: Column, row: int, stated: float, parts: float) -> None:
    words = (
        say(
            f"第 {row} 行“{column.label_zh}”合计为 {stated:,.10g}，各行之和为 {parts:,.10g}，"
            f"相差 {stated - parts:+,.10g}",
            f"the total of {column.label_en} in row {row} is {stated:,.10g}, its rows add up to "
            f"{parts:,.10g}: a difference of {stated - parts:+,.10g}",
        ),
        say(
            "请核对漏行、重复行或合计公式", "look for missing or repeated rows, or a wrong formula"
        ),
    )
    findings.whole(column.name, "warning", "total_differs", words)
