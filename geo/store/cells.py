"""The rows of a worksheet as the XML Excel reads, written cell by cell without detours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from geo.errors import DataError
from geo.text import say

LONGEST_TEXT: Final = 32_767
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MARKUP: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ROWS_AT_ONCE: Final = 2_000


class Formula(str):
    """A cell that a spreadsheet computes, such as ``=B2*C2``; in CSV it is text."""

    __slots__ = ()


def rows_xml(
    columns: Sequence[Sequence[Any]], styles: Sequence[int], quoted: int, first: int
) -> Iterator[bytes]:
    """Yield the rows of a sheet, some thousands at once.

    Parameters
    ----------
    columns
        Cells by column: None, text, formulas, numbers or dates.
    styles
        Number of the cell style of each column, for all but texts.
    quoted
        Number of the style of a text that looks like a formula.
    first
        Line of the first row.
    """
    letters = [get_column_letter(at) for at in range(1, len(columns) + 1)]
    lines: list[str] = []
    for line, row in enumerate(zip(*columns, strict=True), start=first):
        cells = [
            _cell(f"{letter}{line}", value, style, quoted)
            for letter, value, style in zip(letters, row, styles, strict=True)
            if value is not None
        ]
        lines.append(f'<row r="{line}">{"".join(cells)}</row>')
        if len(lines) == _ROWS_AT_ONCE:
            yield "".join(lines).encode()
            lines = []
    yield "".join(lines).encode()


def plain_text(text: str) -> str:
    """Return a text as a cell can hold it.

    Raises
    ------
    DataError
        It is longer than Excel allows.
    """
    if len(text) > LONGEST_TEXT:
        raise DataError(
            say(
                f"有一格文字长达 {len(text):,} 字，超过 Excel 的上限：{text[:20]}……",
                f"a text of {len(text):,} characters is longer than Excel allows: {text[:20]}…",
            )
        )
    return CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def _cell(at: str, value: Any, style: int, quoted: int) -> str:  # noqa: ANN401 - any cell
    if isinstance(value, Formula):
        return f'<c r="{at}" s="{style}"><f>{value[1:].translate(_MARKUP)}</f></c>'
    if isinstance(value, str):
        mark = f' s="{quoted}"' if value.startswith(FORMULA_STARTS) else ""
        words = plain_text(value).translate(_MARKUP)
        return f'<c r="{at}"{mark} t="inlineStr"><is><t xml:space="preserve">{words}</t></is></c>'
    if isinstance(value, date):
        value = to_excel(value)  # type: ignore[no-untyped-call]
    return f'<c r="{at}" s="{style}"><v>{value!r}</v></c>'
