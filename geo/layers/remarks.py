"""What there is to say about a file as a whole: columns unused, cells merged, totals set aside."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from geo.layers.cells import is_blank
from geo.layers.findings import Findings
from geo.layers.headers import oriented
from geo.layers.long import Pivoted
from geo.layers.source import Aside, Source
from geo.text import say


def remark(
    findings: Findings, source: Source, mapping: Mapping[str, str], pivoted: Pivoted | None
) -> None:
    """Record what a planner should know about how the file was understood."""
    _columns(findings, source)
    _mapping(findings, source, mapping)
    _merged(findings, source)
    _ragged(findings, source)
    _asides(findings, source)
    _factors(findings, source)
    if pivoted is not None:
        _long(findings, pivoted)


def conflicts(findings: Findings, pivoted: Pivoted | None, inside: NDArray[np.bool_]) -> None:
    """Record the units of a long table for which one indicator has two values."""
    if pivoted is None:
        return
    position = np.cumsum(inside) - 1
    for unit, indicator in pivoted.conflicts.items():
        if not inside[unit]:
            continue
        where = np.zeros(int(inside.sum()), dtype=bool)
        where[position[unit]] = True
        words = (
            say(f"指标“{indicator}”有两个不同的数值", f"{indicator!r} has two different values"),
            say("请只保留一个", "keep one"),
        )
        findings.mark(where, "", "error", "indicator_twice", words)


def _columns(findings: Findings, source: Source) -> None:
    headings = source.headings
    for position, name in headings.shadowed.items():
        twin = headings.texts[headings.columns[name]]
        other = headings.texts[position]
        words = (
            say(
                f"列“{other}”与“{twin}”含义相同，只用了“{twin}”",
                f"columns {other!r} and {twin!r} mean the same; {twin!r} was used",
            ),
            say("如应使用另一列，请用 --mapping 指定", "choose with --mapping"),
        )
        findings.whole(name, "warning", "column_twice", words)
    used = {*headings.columns.values(), *headings.shadowed}
    ignored = [
        text
        for position, text in enumerate(headings.texts)
        if position not in used and not all(map(is_blank, source.cells[:, position]))
    ]
    if ignored:
        words = (
            say(f"没有用到的列：{'、'.join(ignored)}", f"columns not used: {', '.join(ignored)}"),
            say("如需导入，请用 --mapping 指定", "map them with --mapping when they matter"),
        )
        findings.whole("", "note", "columns_ignored", words)


def _mapping(findings: Findings, source: Source, mapping: Mapping[str, str]) -> None:
    absent = [
        heading
        for name, heading in oriented(mapping, findings.schema).items()
        if name not in source.headings.columns
    ]
    if absent:
        words = (
            say(
                f"对照中的列名在文件里没有：{'、'.join(absent)}",
                f"the mapping names headings that the file lacks: {', '.join(absent)}",
            ),
            say("请核对对照文件", "check the mapping"),
        )
        findings.whole("", "warning", "mapping_unused", words)


def _merged(findings: Findings, source: Source) -> None:
    if source.filled:
        words = (
            say(
                f"合并单元格已填入其覆盖的 {source.filled} 个单元格",
                f"{source.filled} cells were filled from merged cells",
            ),
            "",
        )
        findings.whole("", "repaired", "merged_filled", words)
    for row, heading in source.merged:
        where = findings.rows == row
        words = (
            say(
                f"“{heading}”是合并的数字单元格，只计入第一行",
                f"{heading!r} is a merged number; it counts in its first row only",
            ),
            say("请取消合并，逐行填写", "unmerge it and fill in every row"),
        )
        findings.mark(where, heading, "warning", "merged_number", words)


def _ragged(findings: Findings, source: Source) -> None:
    words = (
        say(
            "比表头多出几格，各列可能已错位", "has more cells than headings; columns may be shifted"
        ),
        say(
            "常见原因是数字或文字里有逗号而没有加引号，请改正",
            "look for a comma inside a number or text without quotes",
        ),
    )
    where = np.isin(findings.rows, np.array(source.ragged, dtype=np.int64))
    findings.mark(where, "", "error", "row_ragged", words)


def _asides(findings: Findings, source: Source) -> None:
    labels: dict[Aside, tuple[str, str]] = {
        "total": ("合计行", "totals"),
        "subtotal": ("小计行", "subtotals"),
        "heading": ("重复的表头", "repeated headings"),
        "note": ("表注", "remarks"),
    }
    for kind, (zh, en) in labels.items():
        rows = [int(source.rows[i]) for i, found in source.aside.items() if found == kind]
        if rows:
            zh_rows, en_rows = "、".join(map(str, rows)), ", ".join(map(str, rows))
            words = (
                say(f"第 {zh_rows} 行是{zh}，未作为数据导入", f"rows {en_rows} are {en}, not data"),
                "",
            )
            findings.whole("", "note", f"{kind}_rows", words)


def _factors(findings: Findings, source: Source) -> None:
    for name, factor in source.headings.factors.items():
        heading = source.headings.texts[source.headings.columns[name]]
        words = (
            say(
                f"列“{heading}”的数字已乘以 {factor:,.10g}",
                f"numbers of {heading!r} were multiplied by {factor:,.10g}",
            ),
            say("请核对换算结果", "check the result"),
        )
        findings.whole(name, "repaired", "unit_in_heading", words)


def _long(findings: Findings, pivoted: Pivoted) -> None:
    units = len(pivoted.source.cells)
    words = (
        say(
            f"长表 {pivoted.long_rows} 行已合成 {units} 行（每单位一行）",
            f"{pivoted.long_rows} rows of a long table became {units}, one a unit",
        ),
        "",
    )
    findings.whole("", "note", "long_table", words)
    for indicator, rows in pivoted.unknown.items():
        words = (
            say(
                f"指标“{indicator}”（{len(rows)} 行）没有用到",
                f"indicator {indicator!r} ({len(rows)} rows) was not used",
            ),
            say("如需导入，请用 --mapping 指定", "map it with --mapping when it matters"),
        )
        findings.whole("", "note", "indicator_ignored", words)
