"""A census workbook as rows of cells, with every cell that is not fit named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final

from geo.errors import DataError, NotFoundError
from geo.gazetteer.exchange.faulty import FaultyCell, shown
from geo.gazetteer.exchange.fields import Field, field_of, fields, sheet_of, titles
from geo.gazetteer.exchange.grid import BROKEN, ERROR, FORMULA, GridCell, Grids, Line
from geo.gazetteer.exchange.values import Cell, CellError, understood, usable
from geo.text import say


@dataclass(slots=True)
class SheetRow:
    """One row of a sheet."""

    number: int
    """As Excel counts it."""
    cells: dict[str, Cell]
    """As they stand, by heading; those of the census by its own heading."""
    values: dict[str, Any]
    """What they mean, by target."""
    identity: str = ""
    """The gazetteer's own id, where the file has it."""


@dataclass(slots=True)
class Sheet:
    """One sheet of a census workbook."""

    kind: str
    """A key of `geo.gazetteer.exchange.fields.SHEETS`."""
    title: str
    headings: list[str]
    rows: list[SheetRow] = field(default_factory=list)


def read_sheets(path: Path) -> tuple[list[Sheet], list[FaultyCell]]:
    """Read a census workbook.

    Returns
    -------
    sheets, faults
        The rows, and all cells that are not fit; rows with such a cell are still among the rows.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        It is no workbook, or none of its sheets is one of a census.
    """
    if not path.is_file():
        raise NotFoundError(say(f"没有文件“{path}”。", f"there is no file {path}."))
    sheets: list[Sheet] = []
    faults: list[FaultyCell] = []
    try:
        with closing(Grids(path)) as grids:
            for title in grids.titles:
                kind = sheet_of(title)
                if kind is not None:
                    sheets.append(_read(grids.lines(title), title, kind, faults))
    except BROKEN as error:
        raise DataError(
            say(
                f"“{path.name}”不是完好的 .xlsx 工作簿。",
                f"{path.name} is no .xlsx workbook, or not a whole one.",
            ),
            hint=say("请在 Excel 或 WPS 中另存为 .xlsx。", "Save it as .xlsx."),
        ) from error
    if not sheets:
        raise DataError(
            say(
                f"“{path.name}”里没有普查工作表。",
                f"{path.name} has no sheet of a census.",
            ),
            hint=say(f"工作表应命名为：{titles()}。", f"Name its sheets {titles()}."),
        )
    return sheets, faults


def _read(lines: Iterator[Line], title: str, kind: str, faults: list[FaultyCell]) -> Sheet:
    first = next(lines, (1, []))
    head = first[1] if first[0] == 1 else []
    columns = list(_columns(title, kind, head, faults))
    read = Sheet(kind, title, [heading for heading, _ in columns if heading])
    for number, line in chain([] if head else [first], lines):
        row = _row(title, number, line, columns, faults)
        if row is not None:
            read.rows.append(row)
    return read


def _columns(
    title: str,
    kind: str,
    head: list[GridCell],
    faults: list[FaultyCell],
) -> Iterator[tuple[str, Field | None]]:
    seen: set[str] = set()
    for cell in head:
        heading = "" if cell.value is None else str(cell.value).strip()
        known = field_of(kind, heading) if heading else None
        heading = known.heading if known else heading
        if heading and heading in seen:
            faults.append(
                FaultyCell(
                    title,
                    1,
                    heading,
                    str(cell.value),
                    say("各列标题互不相同", "each heading once"),
                    say("请合并或改名重复的列", "merge or rename the columns"),
                )
            )
        seen.add(heading)
        yield heading, known
    faults.extend(
        FaultyCell(
            title,
            1,
            one.heading,
            shown(None),
            say("第 1 行有这一列标题", "this heading in row 1"),
            say("请补上该列；标题上方不要有表名行", "add it; no title above the headings"),
        )
        for one in fields(kind)
        if one.wanted and one.heading not in seen
    )


def _row(
    title: str,
    number: int,
    line: list[GridCell],
    columns: list[tuple[str, Field | None]],
    faults: list[FaultyCell],
) -> SheetRow | None:
    cells: dict[str, Cell] = {heading: None for heading, _ in columns if heading}
    values: dict[str, Any] = {}
    filled = [at for at, cell in enumerate(line) if cell.value not in (None, "")]
    if not filled:
        return None
    faulty: set[str] = set()
    for at in filled:
        heading, known = columns[at] if at < len(columns) else ("", None)
        try:
            if not heading:
                raise CellError(  # noqa: TRY301 - one place turns each into a fault
                    say("有标题的列", "a column with a heading"),
                    say("请在第 1 行写上这一列的标题", "write a heading in row 1"),
                )
            cells[heading] = _cell(line[at])
            value = understood(cells[heading], known or _KEPT)
            if known and known.target:
                values[known.target] = value
        except CellError as error:
            wanted, advice = error.args
            where = heading or f"#{at + 1}"
            faulty.add(where)
            faults.append(FaultyCell(title, number, where, shown(line[at].value), wanted, advice))
    for _, known in columns:
        if (
            known
            and known.wanted
            and known.heading not in faulty
            and values.get(known.target, "") in (None, "")
        ):
            faults.append(
                FaultyCell(
                    title,
                    number,
                    known.heading,
                    shown(None),
                    say("非空", "something"),
                    say("请填写这一格", "fill it in"),
                )
            )
    return SheetRow(number, cells, values)


_KEPT: Final = Field("", "", (), "text", "", wanted=False, choices=())


def _cell(cell: GridCell) -> Cell:
    if cell.kind == FORMULA:
        raise CellError(
            say("填好的值", "a value"),
            say("请把公式复制后“选择性粘贴为数值”", "paste the formula's value over it"),
        )
    if cell.kind == ERROR:
        raise CellError(
            say("填好的值", "a value"), say("请改正这一格的计算错误", "mend the computation")
        )
    return usable(cell.value)
