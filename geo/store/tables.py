"""How a table leaves the house: Excel workbooks and CSV files a planner can open, sort and send on.

One writer for every command. The same table gives the same bytes; text that looks like a formula
stays text; a file open in Excel is never half overwritten.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from geo.errors import DataError
from geo.store.cells import FORMULA_STARTS, Formula, plain_text, rows_xml
from geo.store.printing import set_up
from geo.text import say

__all__ = ["Formula", "timeless", "write_table", "write_whole"]

_MOST_ROWS = 1_048_575
_LONGEST_SHEET_NAME = 31
_WIDTHS = (6, 48)
_MEASURED_ROWS = 500
_FIRST_WIDE = 0x2E80
"""First of the signs that stand two columns wide: Chinese characters and their punctuation."""
_FORBIDDEN_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_FIXED_MOMENT = datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook knows no time zone
_ZIP_MOMENT = (2000, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<\w+:(?:created|modified)\b[^>]*>)[^<]*")


def write_table(
    path: Path,
    sheets: Mapping[str, pd.DataFrame],
    *,
    headings: Mapping[str, Mapping[str, str]] | None = None,
    notes: Sequence[str] = (),
) -> list[Path]:
    """Write tables as one Excel workbook or as CSV files, and return the files written.

    Parameters
    ----------
    path
        Ends in ``.xlsx`` or ``.csv``. A workbook has a sheet a table. Several tables as CSV, or
        one with notes, become ``name-sheet.csv`` beside each other.
    sheets
        Tables by sheet name; index and shapes are not written. Columns may be of any dtype:
        missing is an empty cell, truth is 是 or 否, a column named ``…_share`` is shown as a
        percentage (in CSV it stays a fraction).
    headings
        By sheet name, what stands above each column, by its name (such as
        `geo.schema.results.headings` gives); the name itself where there is none.
    notes
        Sentences on what the figures mean (source, date, speed, denominator): the last sheet of
        a workbook, a ``.txt`` beside a CSV.

    Raises
    ------
    DataError
        The ending is unknown, a table is too long for Excel, or the file cannot be written.
    """
    tables = [_table(n, frame, (headings or {}).get(n, {})) for n, frame in sheets.items()]
    ending = path.suffix.lower()
    if ending == ".xlsx":
        write_whole(path, _workbook(tables, notes))
        return [path]
    if ending == ".csv":
        return _write_csv(path, tables, notes)
    raise DataError(
        say(f"不能写“{path.suffix}”格式的表格。", f"cannot write a table as {path.suffix!r}"),
        hint=say("请用 .xlsx 或 .csv。", "use .xlsx or .csv"),
    )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is either the old one or the new one, never half of it.

    Raises
    ------
    DataError
        The folder cannot be written, or the file is open in another program.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise DataError(
            say(
                f"“{path}”不能写入：{error.strerror}。",
                f"{path} cannot be written: {error.strerror}",
            ),
            hint=say(
                "如果它正在 Excel 或 WPS 中打开，请先关闭；否则请换一个文件夹。",
                "close it if it is open in Excel; otherwise choose another folder",
            ),
        ) from error


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    rows: int
    headings: list[str]
    columns: list[list[Any]]
    """Each a list of None, text, formulas, whole numbers, numbers or dates."""
    formats: list[str]


def _table(name: str, frame: pd.DataFrame, headings: Mapping[str, str]) -> _Table:
    shapes = [column for column in frame.columns if str(frame[column].dtype) == "geometry"]
    plain = pd.DataFrame(frame.drop(columns=shapes))
    return _Table(
        name=name,
        rows=len(plain),
        headings=[headings.get(str(column), str(column)) for column in plain.columns],
        columns=[_cells(plain[column]) for column in plain.columns],
        formats=[_number_format(str(column), plain[column]) for column in plain.columns],
    )


def _workbook(tables: Sequence[_Table], notes: Sequence[str]) -> bytes:
    book = Workbook(write_only=True)
    book.properties.creator = "fuwuquan"
    bodies = [_sheet(book, table) for table in tables]
    if notes:
        sheet = book.create_sheet(say("说明", "Notes"))
        sheet.column_dimensions["A"].width = 100
        for note in notes:
            cell = _text_cell(sheet, note)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            sheet.append([cell])
    raw = io.BytesIO()
    book.save(raw)
    return timeless(raw.getvalue(), bodies)


def _sheet(book: Workbook, table: _Table) -> Iterator[bytes]:
    """Add a sheet with its headings and return its rows, which are written when it is saved."""
    if table.rows > _MOST_ROWS:
        raise DataError(
            say(
                f"表“{table.name}”有 {table.rows:,} 行，超过 Excel 的上限。",
                f"table {table.name!r} has {table.rows:,} rows, more than Excel can hold",
            ),
            hint=say("请导出为 .csv 或 .gpkg。", "export it as .csv or .gpkg"),
        )
    sheet = book.create_sheet(_FORBIDDEN_IN_SHEET_NAME.sub("_", table.name)[:_LONGEST_SHEET_NAME])
    sheet.freeze_panes = "A2"
    if table.columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.columns))}{table.rows + 1}"
    header = []
    for position, (heading, cells) in enumerate(
        zip(table.headings, table.columns, strict=True), start=1
    ):
        sheet.column_dimensions[get_column_letter(position)].width = _width(heading, cells)
        cell = _text_cell(sheet, heading)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDEBF7")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        header.append(cell)
    widths = (column.width for column in sheet.column_dimensions.values())
    set_up(sheet, table.columns, sum(widths))
    sheet.append(header)
    styles = []
    for number_format in table.formats:
        cell = WriteOnlyCell(sheet)
        cell.number_format = number_format
        styles.append(cell.style_id)
    quoted = WriteOnlyCell(sheet)
    quoted.quotePrefix = True
    return rows_xml(table.columns, styles, quoted.style_id, first=2)


def _text_cell(sheet: Any, text: str) -> Any:  # noqa: ANN401 - openpyxl's cells
    """Return a cell that is text whatever it begins with: ``=1+1`` is never computed."""
    cell = WriteOnlyCell(sheet, plain_text(text))
    cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    return cell


def _write_csv(path: Path, tables: Sequence[_Table], notes: Sequence[str]) -> list[Path]:
    written = []
    for table in tables:
        own = path
        if len(tables) > 1:
            own = path.with_name(f"{path.stem}-{_file_name(table.name)}.csv")
        lines = io.StringIO()
        writer = csv.writer(lines, lineterminator="\r\n")
        writer.writerow(_harmless(heading) for heading in table.headings)
        writer.writerows(map(_plain, row) for row in zip(*table.columns, strict=True))
        # The mark at the beginning tells Excel that the Chinese is UTF-8.
        write_whole(own, lines.getvalue().encode("utf-8-sig"))
        written.append(own)
    if notes:
        own = path.with_name(f"{path.stem}-{say('说明', 'notes')}.txt")
        write_whole(own, ("\r\n".join(notes) + "\r\n").encode("utf-8-sig"))
        written.append(own)
    return written


def _plain(value: Any) -> object:  # noqa: ANN401 - any cell
    if isinstance(value, str):
        return _harmless(value)
    return value.isoformat() if isinstance(value, date) else value


def _harmless(text: str) -> str:
    """Return text that no spreadsheet computes: a leading apostrophe keeps it text."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name).lstrip(".") or "_"


def _cells(values: pd.Series[Any]) -> list[Any]:
    """Return a column as None, text, whole number, number or date."""
    missing = values.isna().to_numpy()
    if pd.api.types.is_bool_dtype(values.dtype):
        yes, no = say("是", "yes"), say("否", "no")
        return [None if gone else yes if v else no for v, gone in zip(values, missing, strict=True)]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return [None if gone else v.date() for v, gone in zip(values, missing, strict=True)]
    if pd.api.types.is_integer_dtype(values.dtype):
        return [None if gone else int(v) for v, gone in zip(values, missing, strict=True)]
    if pd.api.types.is_float_dtype(values.dtype):
        return [
            None if gone or not np.isfinite(v) else float(v)
            for v, gone in zip(values, missing, strict=True)
        ]
    return [
        None if gone else v if isinstance(v, Formula | float) or type(v) is int else str(v)
        for v, gone in zip(values, missing, strict=True)
    ]


def _number_format(column: str, values: pd.Series[Any]) -> str:  # noqa: PLR0911 - one line a kind of column
    if column.endswith("_share"):
        return "0.0%"
    if column == "year":
        return "0"
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return "yyyy-mm-dd"
    if pd.api.types.is_integer_dtype(values.dtype):
        return "#,##0"
    if column in ("lon", "lat"):
        return "0.000000"
    if pd.api.types.is_float_dtype(values.dtype):
        known = values.dropna().to_numpy(float)
        if len(known) and (known == np.floor(known)).all():
            return "#,##0"
    return "#,##0.0##"


def _width(heading: str, cells: Sequence[Any]) -> float:
    """Return a column width in characters; a Chinese character takes two."""
    measured = (cell for cell in cells[:_MEASURED_ROWS] if not isinstance(cell, Formula))
    texts = [heading, *(str(cell) for cell in measured if cell is not None)]
    widest = max(sum(1 + (ord(sign) >= _FIRST_WIDE) for sign in text) for text in texts)
    return float(np.clip(widest + 3, *_WIDTHS))


def timeless(workbook: bytes, bodies: Sequence[Iterator[bytes]] = ()) -> bytes:
    """Return the same workbook without the moments at which it was written.

    ``bodies`` are rows to add at the end of its first sheets.
    """
    rows = {f"xl/worksheets/sheet{n}.xml": body for n, body in enumerate(bodies, start=1)}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + _FIXED_MOMENT.isoformat().encode() + b"Z", content)
            entry = zipfile.ZipInfo(name, _ZIP_MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            before, end, after = content.partition(b"</sheetData>")
            with new.open(entry, "w", force_zip64=True) as stream:
                stream.write(before)
                for part in rows.get(name, ()):
                    stream.write(part)
                stream.write(end + after)
    return out.getvalue()
