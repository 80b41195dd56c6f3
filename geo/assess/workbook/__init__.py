"""An assessment as a workbook an inspector can recompute: real formulas over the cells."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from geo.assess.run import Assessment
from geo.assess.summary import linking
from geo.assess.workbook.clearances import clearances
from geo.assess.workbook.dates import dates
from geo.assess.workbook.figures import alone, figures
from geo.assess.workbook.headings import headings
from geo.assess.workbook.pools import pools
from geo.assess.workbook.shares import joined, shares
from geo.assess.workbook.sheets import (
    bases,
    compared,
    notes,
    overview,
    plain_columns,
    shortage_sheet,
    townships,
    verdict_sheet,
    verdicts,
)
from geo.assess.workbook.walks import walks
from geo.store.tables import write_table
from geo.text import say

__all__ = ["headings", "plain_columns", "recomputed", "verdict_sheet", "write_workbook"]

_MOST: Final = 20_000
"""Rows of a sheet that Excel opens quickly; the rest is in the workspace's tables."""


def write_workbook(
    assessment: Assessment,
    table: pd.DataFrame,
    path: Path,
    *,
    heading: str = "",
    changed: pd.DataFrame | None = None,
) -> list[Path]:
    """Write an assessment as ``.xlsx`` or ``.csv`` and return the files written.

    Parameters
    ----------
    assessment, table
        The assessment and its rows; see `geo.assess.rows`.
    path
        The file.
    heading
        What a reader must know before anything else: whose norms were applied.
    changed
        What differs under a second rule set; see `geo.assess.compare.changes`.

    Raises
    ------
    DataError
        The ending is neither, or the file cannot be written.
    """
    sheets = {
        say("概要", "overview"): overview(assessment, table),
        say("缺口", "shortages"): shortage_sheet(assessment, table, _MOST),
        say("结论", "verdicts"): verdicts(assessment, table.head(_MOST)),
        say("依据", "basis"): bases(assessment),
        say("分乡镇街道", "by township"): townships(assessment, table),
        **({} if changed is None else {say("两套规范", "two rule sets"): compared(changed)}),
        **recomputed(assessment, table),
        say("站点挂接", "linking"): linking(assessment).head(_MOST),
        say("没有在施行的规范", "not in force"): pd.DataFrame(
            {
                "norm": pd.array([norm.id for norm in assessment.silent], dtype="string"),
                "norm_name": pd.array([norm.label for norm in assessment.silent], dtype="string"),
            }
        ),
    }
    return write_table(
        path,
        sheets,
        headings=dict.fromkeys(sheets, headings()),
        notes=[*([heading] if heading else []), *notes(assessment, table, _MOST)],
    )


def recomputed(assessment: Assessment, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the computations as spreadsheet formulas beside what the program found.

    Returns
    -------
    dict
        By sheet: single figures and the rows they sum, pooled estates, walks, clearances, dates,
        shares and the rows they count, composed norms. A sheet without rows is left out.
    """
    scene, blocks = assessment.scene(), assessment.blocks
    parts_name, walks_name, counted_name = (
        say("验算-明细", "recompute sums"),
        say("验算-步行", "recompute walks"),
        say("验算-占比名单", "recompute counted"),
    )
    single, parts = figures(scene, blocks, alone(table, blocks).head(_MOST), parts_name)
    walked, points = walks(scene, blocks, _MOST)
    share, counted = shares(scene, assessment, points, names=(counted_name, walks_name), most=_MOST)
    sheets = {
        say("验算", "recompute"): single,
        parts_name: parts,
        say("验算-统筹", "recompute pools"): pools(scene, blocks).head(_MOST),
        walks_name: walked,
        say("验算-距离", "recompute distances"): clearances(scene, blocks).head(_MOST),
        say("验算-日期", "recompute dates"): dates(scene, blocks).head(_MOST),
        say("验算-占比", "recompute shares"): share,
        counted_name: counted,
        say("验算-综合", "recompute composed"): joined(scene, blocks).head(_MOST),
    }
    return {name: sheet for name, sheet in sheets.items() if len(sheet)}
