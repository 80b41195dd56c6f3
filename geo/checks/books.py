"""What every fault of an import was, as a workbook a planner can work through in Excel."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from geo.faults import FaultTable, severity_label
from geo.layers import LayerImport, summary
from geo.schema import layer, layers
from geo.store.tables import write_table
from geo.text import say


def faults_table(faults: FaultTable, imported: LayerImport | None = None) -> pd.DataFrame:
    """Return faults with headings and labels in the user's language, one row each.

    Parameters
    ----------
    faults
        The faults.
    imported
        The import that found them: what was done with each row is told too.
    """
    known = layers()
    rows = []
    for fault in faults:
        schema = known.get(fault.layer)
        labels = {} if schema is None else {column.name: column.label for column in schema.columns}
        labels["geometry"] = say("坐标、图形", "Place")
        rows.append(
            (
                fault.layer if schema is None else schema.label,
                fault.row,
                labels.get(fault.column, fault.column),
                severity_label(fault.severity),
                fault.message,
                fault.advice,
                fault.code,
            )
        )
    headings = [
        say("层", "Layer"),
        say("行号", "Row"),
        say("列", "Column"),
        say("程度", "Severity"),
        say("问题", "What is wrong"),
        say("怎么办", "What to do"),
        say("代码", "Code"),
    ]
    table = pd.DataFrame(rows, columns=pd.Index(headings)).astype({headings[1]: "Int64"})
    if imported is not None:
        table.insert(4, say("处理", "Done with it"), _fates(faults, imported))
    return table


def _fates(faults: FaultTable, imported: LayerImport) -> list[str]:
    """Return what was done with the row of each fault: one that has an error was not taken in."""
    refused = set(imported.quarantined["source_row"])
    aside = set(imported.set_aside["source_row"])
    mended = {fault.row for fault in faults if fault.severity == "repaired"}
    told = []
    for fault in faults:
        if fault.row is None:
            told.append("")
        elif fault.row in refused:
            told.append(say("隔离，没有导入", "quarantined"))
        elif fault.row in aside:
            told.append(say("不作为数据", "set aside"))
        elif fault.row in mended:
            told.append(say("修复后收下", "kept, mended"))
        else:
            told.append(say("原样收下", "kept as it was"))
    return told


def write_faults(path: Path, imported: LayerImport) -> list[Path]:
    """Write what one import found, and return the files written.

    Parameters
    ----------
    path
        ``.xlsx`` (or ``.csv``, one file a table).
    imported
        The import. The tables: a summary, every fault, the quarantined rows as they stood with
        the reason, and the totals and remarks set aside.
    """
    about = [
        (say("层", "Layer"), layer(imported.layer).label),
        (say("文件", "File"), imported.path.name),
        (say("坐标基准", "Datum"), imported.datum.label),
        (say("读到的行", "Rows in"), f"{imported.rows_in:,}"),
        (say("导入的行", "Rows kept"), f"{len(imported.frame):,}"),
        (say("隔离的行", "Rows quarantined"), f"{len(imported.quarantined):,}"),
        (say("合计、表注等", "Totals and remarks"), f"{len(imported.set_aside):,}"),
        *((say("发现", "Found"), text) for text in summary(imported.faults)),
    ]
    columns = {
        "source_row": say("原行号", "Row"),
        "fault": say("问题", "What is wrong"),
        "kind": say("类别", "Kind"),
    }
    left_out = say("隔离的行", "Quarantined"), say("合计与表注", "Set aside")
    sheets = {
        say("概要", "Summary"): pd.DataFrame(
            about, columns=pd.Index([say("项目", "Item"), say("内容", "Content")])
        ),
        say("问题", "Faults"): faults_table(imported.faults, imported),
        left_out[0]: imported.quarantined,
        left_out[1]: imported.set_aside,
    }
    return write_table(path, sheets, headings=dict.fromkeys(left_out, columns))
