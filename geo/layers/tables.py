"""What stands in a spreadsheet or text table: its sheets as plain grids of cells."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Final
from xml.etree import ElementTree as ET

from geo.errors import DataError
from geo.layers.cells import plain
from geo.layers.files import check_archive, damaged
from geo.text import say

Grid = list[list[object]]
Merge = tuple[int, int, int, int]
"""First row, first column, last row, last column, counted from 0."""

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 1000
_MAX_CELL_BYTES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet of a workbook, or the whole of a text table."""

    name: str
    grid: Grid
    merges: tuple[Merge, ...] = ()


def read_sheets(path: Path, kind: str) -> list[Sheet]:
    """Return the sheets of a table file that hold anything.

    Raises
    ------
    DataError
        The file is damaged, encrypted, not decodable, or holds nothing.
    """
    if kind in (".xlsx", ".xlsm"):
        sheets = _xlsx(path)
    elif kind == ".xls":
        sheets = _xls(path)
    else:
        sheets = [Sheet("", _text_table(path))]
    filled = [sheet for sheet in sheets if any(map(any_filled, sheet.grid))]
    if not filled:
        raise DataError(
            say(f"文件“{path.name}”里没有任何内容。", f"{path.name} holds no cells"),
            hint=say("请确认导出时选中了数据。", "make sure the export had rows"),
        )
    return filled


def any_filled(row: list[object]) -> bool:
    """Return whether any cell of a row says something."""
    return any(cell is not None and plain(cell) != "" for cell in row)


def _xlsx(path: Path) -> list[Sheet]:
    import openpyxl  # noqa: PLC0415 - slow, and a CSV does not need it

    check_archive(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl on styles and validations it does not know
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            try:
                merges = _merged_ranges(path)
                return [
                    Sheet(
                        sheet.title,
                        _bounded(sheet.iter_rows(values_only=True), path),
                        merges.get(sheet.title, ()),
                    )
                    for sheet in book.worksheets
                ]
            finally:
                book.close()
    except DataError:
        raise
    except Exception as error:  # openpyxl lets zip, XML, key and value errors through
        raise damaged(path, error) from error


def _bounded(rows: Iterator[tuple[object, ...]], path: Path) -> Grid:
    """Keep what is filled: sheets often claim a million empty rows."""
    grid: Grid = []
    last = 0
    for number, row in enumerate(rows):
        if number >= MAX_ROWS or len(row) > 16_384:  # noqa: PLR2004 - what a spreadsheet can hold
            raise _too_many(path)
        width = max((i + 1 for i, cell in enumerate(row) if cell is not None), default=0)
        if width > MAX_COLUMNS:
            raise _too_many(path)
        grid.append([_tidy(cell) for cell in row[:width]])
        if width:
            last = number + 1
    return grid[:last]


def _tidy(cell: object) -> object:
    if isinstance(cell, time):
        return cell.isoformat()
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001 - days have no zone
    return cell


def _merged_ranges(path: Path) -> dict[str, tuple[Merge, ...]]:
    """Return the merged ranges of each worksheet by its name."""
    with zipfile.ZipFile(path) as archive:
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - expat bounds entities
        links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
        target = {link.get("Id"): link.get("Target", "") for link in links}
        names = set(archive.namelist())
        found = {}
        for sheet in book.iterfind("{*}sheets/{*}sheet"):
            key = next((v for k, v in sheet.attrib.items() if k.endswith("}id")), "")
            part = target.get(key, "")
            member = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
            if member not in names:
                continue
            with archive.open(member) as file:
                found[sheet.get("name", "")] = tuple(_merges_in(file))
        return found


def _merges_in(file: IO[bytes]) -> Iterator[Merge]:
    """Find ``<mergeCell ref="A1:B2"/>`` without building the sheet's tree."""
    tail = b""
    while block := file.read(1024**2):
        text = tail + block
        cut = text.rfind(b"<")
        whole, tail = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
        for match in re.finditer(
            rb'<(?:\w+:)?mergeCell\s+ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"', whole
        ):
            left, top, right, bottom = match.groups()
            yield int(top) - 1, _column(left), int(bottom) - 1, _column(right)
        if len(tail) > _MAX_CELL_BYTES:
            tail = b""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _xls(path: Path) -> list[Sheet]:
    try:
        import xlrd  # type: ignore[import-untyped]  # noqa: PLC0415 - only old workbooks need it
    except ImportError as error:
        raise DataError(
            say("读取旧版 .xls 需要 xlrd。", "reading an old .xls needs xlrd"),
            hint=say("请把文件另存为 .xlsx 再导入。", "save the file as .xlsx"),
        ) from error
    try:
        with path.open("rb") as file:
            # Without the formats, merged cells would not be read either.
            book = xlrd.open_workbook(file_contents=file.read(), formatting_info=True)
        return [
            Sheet(
                sheet.name,
                [[_xls_cell(cell, book.datemode) for cell in row] for row in sheet.get_rows()],
                tuple((a, c, b - 1, d - 1) for a, b, c, d in sheet.merged_cells),
            )
            for sheet in book.sheets()
        ]
    except Exception as error:  # xlrd lets struct, assertion and index errors through
        raise damaged(path, error) from error


def _xls_cell(cell: object, datemode: int) -> object:
    import xlrd  # noqa: PLC0415

    kind, value = cell.ctype, cell.value  # type: ignore[attr-defined]
    if kind == xlrd.XL_CELL_DATE:
        try:
            return xlrd.xldate_as_datetime(value, datemode)
        except (xlrd.XLDateError, OverflowError, ValueError):
            return value
    if kind == xlrd.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(value, "#N/A")
    return None if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else value


def _text_table(path: Path) -> Grid:
    text = decode(path.read_bytes(), path.name)
    if "\x00" in text:
        raise DataError(
            say(f"“{path.name}”不是文本表格（含有零字节）。", f"{path.name} is not text"),
            hint=say("请从原软件重新导出 CSV。", "export the CSV again"),
        )
    sample = text[:20_000].splitlines()[:20]
    mark = max(",\t;，；|", key=lambda m: sum(line.count(m) for line in sample))
    csv.field_size_limit(_MAX_CELL_BYTES)
    grid: Grid = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            if len(row) > MAX_COLUMNS or len(grid) > MAX_ROWS:
                raise _too_many(path)
            grid.append(list(row))
    except csv.Error as error:
        raise DataError(
            say(
                f"“{path.name}”第 {len(grid) + 1} 行附近无法解析：引号不配对，或单元格过大。",
                f"{path.name}: near row {len(grid) + 1}: unbalanced quotes or a huge cell",
            ),
            hint=say("请检查该行的引号，或另存为 .xlsx。", "check the quotes, or save as .xlsx"),
        ) from error
    return grid


def decode(raw: bytes, name: str) -> str:
    """Return the text of bytes in UTF-8 (with or without BOM), UTF-16 with BOM, or GB 18030.

    Raises
    ------
    DataError
        The bytes are none of these; the message gives the line.
    """
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return raw.decode("utf-16")
        except UnicodeDecodeError as error:
            raise _undecodable(raw, error.start, name) from error
    place = 0
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError as error:
            place = max(place, error.start)
    raise _undecodable(raw, place, name)


def _undecodable(raw: bytes, place: int, name: str) -> DataError:
    line = raw[:place].count(b"\n") + 1
    return DataError(
        say(
            f"“{name}”第 {line} 行附近的文字既不是 UTF-8 也不是 GBK。",
            f"{name}: near line {line}: neither UTF-8 nor GBK",
        ),
        hint=say("请另存为“CSV UTF-8”再导入。", "save it as CSV UTF-8"),
    )


def _too_many(path: Path) -> DataError:
    return DataError(
        say(
            f"“{path.name}”的行或列过多（上限 {MAX_ROWS:,} 行、{MAX_COLUMNS} 列）。",
            f"{path.name} has too many rows or columns (limit {MAX_ROWS:,} x {MAX_COLUMNS})",
        ),
        hint=say("请删去空白或无关的行列。", "delete the empty or unrelated ones"),
    )
