"""The cells of a workbook's sheets as they stand, read in one pass over their XML.

openpyxl understands the workbook: which sheets it has, its shared texts, which styles are dates.
The cells themselves are read here, for it builds an object for every tag and reads a sheet without
a stated size twice.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.parsers import expat
from zlib import error as ZlibError  # noqa: N812 - its own name says nothing

from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.cell import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHEET_MAIN_NS

BROKEN: Final = (
    InvalidFileException, zipfile.BadZipFile, expat.ExpatError, ZlibError, EOFError, KeyError,
    IndexError, ValueError, OSError,
)  # fmt: skip
"""What reading a file may raise that is no workbook, or not a whole one."""
FORMULA: Final = "f"
ERROR: Final = "e"
_AT_ONCE: Final = 1 << 16
_ROW, _CELL, _VALUE, _FORMULA, _TEXT, _PHONETIC = _KNOWN = ("row", "c", "v", "f", "t", "rPh")
_SHORT: Final = {f"{SHEET_MAIN_NS}}}{name}": name for name in _KNOWN}
"""Tags that matter by their full names, which are long and differ at the end: slow to compare."""


class GridCell(NamedTuple):
    """One cell."""

    value: Any
    """A text, number, truth, date, time of day or duration; of a formula its text."""
    kind: str
    """`FORMULA`, `ERROR`, or anything else for a value."""


EMPTY: Final = GridCell(None, "n")
Line = tuple[int, list[GridCell]]
"""Number of a row, and its cells from the first column on."""


class Grids:
    """The sheets of a workbook; close it when done.

    Parameters
    ----------
    path
        The ``.xlsx``.

    Raises
    ------
    One of `BROKEN` when it is no workbook.
    """

    def __init__(self, path: Path) -> None:
        self._reader: Any = ExcelReader(path, read_only=True)
        self.titles: dict[str, str] = {}
        """Where in the file each sheet is, by its title."""
        try:
            self._understand()
        except BaseException:
            self.close()
            raise

    def _understand(self) -> None:
        """Read all but the sheets."""
        reader = self._reader
        reader.read_manifest()
        reader.read_strings()
        reader.read_workbook()
        apply_stylesheet(reader.archive, reader.wb)
        self.titles |= {
            sheet.name: rel.target
            for sheet, rel in reader.parser.find_sheets()
            if rel.target in reader.valid_files and "chartsheet" not in rel.Type
        }

    def close(self) -> None:
        """Let go of the file."""
        self._reader.archive.close()

    def lines(self, title: str) -> Iterator[Line]:
        """Yield the rows of a sheet that have cells, in their order."""
        book = self._reader.wb
        dates, durations = book._date_formats, book._timedelta_formats  # noqa: SLF001 - not public
        sheet = _Sheet(self._reader.shared_strings, book.epoch, dates, durations)
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = sheet.start
        parser.EndElementHandler = sheet.end
        parser.CharacterDataHandler = sheet.text
        parser.EntityDeclHandler = _no_entities
        with self._reader.archive.open(self.titles[title]) as source:
            while piece := source.read(_AT_ONCE):
                parser.Parse(piece)
                yield from sheet.taken()
            parser.Parse(b"", True)
            yield from sheet.taken()


def _no_entities(*_: object) -> None:
    raise ValueError("a sheet declares no entities")


@dataclass(slots=True)
class _Sheet:
    """A sheet in the middle of being read."""

    strings: list[str]
    epoch: Any
    dates: set[int]
    durations: set[int]
    lines: list[Line] = field(default_factory=list)
    line: list[GridCell] = field(default_factory=list)
    row: int = 0
    column: int = 0
    kind: str = "n"
    style: int = 0
    said: list[str] | None = None
    """Texts of the tag that is open, where they count."""
    value: str = ""
    formula: str | None = None
    phonetic: bool = False

    def taken(self) -> list[Line]:
        """Give the rows that are whole, and forget them."""
        lines, self.lines = self.lines, []
        return lines

    def start(self, full_name: str, attributes: dict[str, str]) -> None:
        name = _SHORT.get(full_name)
        if name is None:
            return
        if name == _CELL:
            at = attributes.get("r")
            self.column = _column(at) if at else self.column + 1
            self.kind = attributes.get("t", "n")
            self.style = int(attributes.get("s", 0))
            self.value, self.formula = "", None
        elif name in (_VALUE, _FORMULA) or (name == _TEXT and not self.phonetic):
            self.said = []
        elif name == _PHONETIC:
            self.phonetic = True
        elif name == _ROW:
            self.row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
            self.column = 0

    def text(self, piece: str) -> None:
        if self.said is not None:
            self.said.append(piece)

    def end(self, full_name: str) -> None:
        name = _SHORT.get(full_name)
        if name is None:
            return
        if name in (_VALUE, _TEXT):
            if self.said is not None:
                # Only runs of rich text add up; a cell has one value.
                self.value += "".join(self.said)
                self.said = None
        elif name == _FORMULA:
            self.formula, self.said = "".join(self.said or ()), None
        elif name == _CELL:
            cell = self._cell()
            if cell is not EMPTY:
                self.line.extend([EMPTY] * (self.column - len(self.line)))
                self.line[self.column - 1] = cell
        elif name == _PHONETIC:
            self.phonetic = False
        elif name == _ROW:
            if self.line:
                self.lines.append((self.row, self.line))
            self.line = []

    def _cell(self) -> GridCell:
        if self.formula is not None:
            return GridCell(f"={self.formula}", FORMULA)
        value: Any = self.value
        if not value:
            return EMPTY
        match self.kind:
            case "n":
                return self._number(value)
            case "s":
                value = self.strings[int(value)]
            case "b":
                value = bool(int(value))
            case "d":
                value = from_ISO8601(value)  # type: ignore[no-untyped-call]
        return GridCell(value, self.kind)

    def _number(self, value: str) -> GridCell:
        number = float(value) if set(value) & {".", "E", "e"} else int(value)
        if self.style not in self.dates:
            return GridCell(number, "n")
        try:
            when = from_excel(number, self.epoch, timedelta=self.style in self.durations)
        except (OverflowError, ValueError):
            return GridCell("#VALUE!", ERROR)
        return GridCell(when, "d")


def _column(coordinate: str) -> int:
    return _number_of(coordinate.rstrip("0123456789"))


@cache
def _number_of(letters: str) -> int:
    return column_index_from_string(letters)
