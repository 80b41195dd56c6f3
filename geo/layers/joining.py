"""What a file leaves of the rows that stand when it is added to them, and what it empties."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import geopandas as gpd
import pandas as pd

from geo.layers.findings import Findings
from geo.schema import LayerSchema
from geo.text import listed, say

SHAPES: Final = "geometry"
"""Stands among the columns that a file gives when it gives places."""
_NAMED: Final = 12


def completed(
    frame: gpd.GeoDataFrame,
    standing: gpd.GeoDataFrame,
    schema: LayerSchema,
    given: Collection[str],
) -> gpd.GeoDataFrame:
    """Return rows that are as they stand in all that their file does not tell of them.

    Parameters
    ----------
    frame
        Rows of a file, in the columns of their layer.
    standing
        Rows of the layer, of one reference system with the frame.
    schema
        The layer.
    given
        Columns that the file has, `SHAPES` among them when it says where its rows lie.

    Returns
    -------
    GeoDataFrame
        The rows of the frame. Of those whose key stands, columns that are not given are taken from
        the row that stands, empty or not; a new row stays as it is.
    """
    old = standing.drop_duplicates(schema.key).set_index(schema.key)
    known = frame[schema.key].isin(old.index)
    lacking = [
        name
        for name in (*(column.name for column in schema.columns), SHAPES)
        if name not in given and name != schema.key
    ]
    if not known.any() or not lacking:
        return frame
    matched = old.reindex(frame[schema.key]).set_axis(frame.index)
    cells = {
        name: frame[name].where(~known, matched[name].astype(frame[name].dtype))
        for name in lacking
        if name in matched.columns
    }
    return frame.assign(**cells)


def tell_kept(
    findings: Findings, frame: pd.DataFrame, standing: pd.DataFrame, given: Collection[str]
) -> None:
    """Note which columns rows that are added to keep, because the file does not have them.

    Parameters
    ----------
    findings
        Where it is noted.
    frame, standing
        Rows of the file, with their keys, and of the layer.
    given
        Columns that the file has.
    """
    schema = findings.schema
    own = standing[standing[schema.key].isin(frame[schema.key])]
    kept = [
        column.label
        for column in schema.columns
        if column.name not in given and own[column.name].notna().any()
    ]
    if not kept:
        return
    words = (
        say(
            f"已有的 {len(own):,} 行保留文件没有的列：{listed(kept, _NAMED)}",
            f"{len(own):,} rows that stand keep columns that the file lacks: "
            f"{listed(kept, _NAMED)}",
        ),
        say("要清空某一列，请在文件中加上这一列并留空", "to clear one, give it, empty"),
    )
    findings.whole("", "note", "columns_kept", words)


def tell_emptied(
    findings: Findings,
    frame: pd.DataFrame,
    standing: pd.DataFrame,
    given: Collection[str],
    *,
    add: bool,
) -> None:
    """Warn of what a file empties in a layer: cells, and columns when it replaces the layer.

    Parameters
    ----------
    findings
        Where it is told.
    frame, standing
        Rows of the file, with their keys, and of the layer.
    given
        Columns that the file has.
    add
        Whether rows that stand keep the columns that the file lacks.
    """
    key = findings.schema.key
    old = standing.drop_duplicates(key).set_index(key)
    new = frame.drop_duplicates(key).set_index(key)
    both = old.index.intersection(new.index)
    columns: list[str] = []
    cells: list[str] = []
    for column in findings.schema.columns:
        name = column.name
        if name == key or name not in old:
            continue
        if name in given:
            count = int((old.loc[both, name].notna() & new.loc[both, name].isna()).sum())
        else:
            count = int(old[name].notna().sum()) if not add and frame[name].isna().all() else 0
        if count:
            told = say(f"{column.label}（{count:,} 行）", f"{column.label} ({count:,} rows)")
            (cells if name in given else columns).append(told)
    if columns:
        words = (
            say(
                f"文件没有这些列，整层替换后原有的内容都没有了：{listed(columns, _NAMED)}",
                f"the file lacks columns whose values go with the layer that is replaced: "
                f"{listed(columns, _NAMED)}",
            ),
            say(
                "要保留请加上 --add，或在文件中补上这些列",
                "to keep them import with --add, or complete the file",
            ),
        )
        findings.whole("", "warning", "columns_emptied", words)
    if cells:
        words = (
            say(
                f"原来有内容的格在文件中是空的，导入后清空：{listed(cells, _NAMED)}",
                f"cells that held values are empty in the file and go: {listed(cells, _NAMED)}",
            ),
            say("如不是有意清空，请在文件中补填", "fill them in unless they are to be cleared"),
        )
        findings.whole("", "warning", "columns_emptied", words)
