"""What one cell of a planner's table says: words, codes, yes or no, choices."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Final, NamedTuple

import numpy as np
import pandas as pd


class Cell(NamedTuple):
    """The meaning of one cell: a value, or None with the reason; ``repair`` names a change."""

    value: object = None
    repair: str = ""
    fault: str = ""


MAX_CHARACTERS: Final = 2000
MAX_WHOLE: Final = 2**53
"""Whole numbers beyond this are not exact in a spreadsheet."""

BLANK: Final = frozenset(
    ("", "-", "--", "—", "——", "/", "\\", "null", "none", "nan", "nat", "<na>", "<null>")
)
"""Words for nothing."""
EXCEL_ERRORS: Final = frozenset(
    ("#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "#getting_data")
)
_YES: Final = frozenset(
    "是 有 对 真 已 开 开放 通 可 √ ✓ ✔ ☑ y yes t true 1 1.0 on open".split()  # noqa: SIM905 - a list of words
)
_NO: Final = frozenset(
    "否 无 没有 不 非 假 未 关 关闭 封闭 不通 不可 × ✗ ✘ ✕ ☐ x n no f false 0 0.0 off"  # noqa: SIM905
    " closed".split()
)
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\x00-\x1f\x7f]")
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?e\+?\d{1,3}|\d\.\d+e-?\d+", re.IGNORECASE)


_KEPT_TEXT: Final = frozenset({"'=", "'+", "'-", "'@"})


def plain(cell: object) -> str:  # noqa: PLR0911 - one line a kind of cell
    """Return the text of a cell without surrounding or invisible characters.

    Whole numbers lose their ``.0``, so that a code typed as a number stays the code. The apostrophe
    that keeps a spreadsheet from computing a text goes.
    """
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, str):
        if cell[:2] in _KEPT_TEXT:
            cell = cell[1:]
        if cell.isprintable():
            return cell.strip()
        return _INVISIBLE.sub("", cell.replace("\n", " ").replace("\t", " ")).strip()
    if isinstance(cell, bool | np.bool_):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | np.integer):
        return str(int(cell))
    if isinstance(cell, float | np.floating):
        if np.isnan(cell):
            return ""
        number = float(cell)
        whole = number.is_integer() and abs(number) < MAX_WHOLE
        return str(int(number)) if whole else repr(number)
    if isinstance(cell, datetime | date):
        text = cell.isoformat()
        return text.removesuffix("T00:00:00")
    return plain(str(cell))


def is_blank(cell: object) -> bool:
    """Return whether a cell says nothing."""
    return cell is None or plain(cell) == ""


def folded(text: str) -> str:
    """Return text with full-width forms, case and spaces made equal, for comparing words."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def read_text(cell: object) -> Cell:
    """Read words.

    Examples
    --------
    >>> read_text(" 幸福小区\u3000 ").value, read_text("—").value
    ('幸福小区', None)
    """
    text = plain(cell)
    if text.lower() in BLANK:
        return Cell()
    if text.lower() in EXCEL_ERRORS:
        return Cell(fault="excel_error")
    if len(text) > MAX_CHARACTERS:
        return Cell(fault="cell_too_long")
    inner = isinstance(cell, str) and text != cell.strip()
    return Cell(text, "invisible_removed" if inner else "")


def read_code(cell: object) -> Cell:  # noqa: PLR0911 - one line a kind of text
    """Read an identifier: text, leading zeros kept, no ``.0`` and no scientific notation.

    Examples
    --------
    >>> read_code(421127001001.0).value, read_code("0012.0"), read_code("4.21E+11").fault
    ('421127001001', Cell(value='0012', repair='code_cleaned', fault=''), 'scientific_code')
    """
    text = plain(cell)
    if text.lower() in BLANK:
        return Cell()
    if text.lower() in EXCEL_ERRORS:
        return Cell(fault="excel_error")
    if len(text) > MAX_CHARACTERS:
        return Cell(fault="cell_too_long")
    if _SCIENTIFIC.fullmatch(text) and ("+" in text or "." in text):
        return Cell(fault="scientific_code")
    if text.isascii() and text.isalnum():
        return Cell(text)
    clean = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lstrip("'‘’`")
    clean = re.sub(r"(?<=\d)\.0+$", "", clean)
    if not clean:
        return Cell()
    return Cell(clean, "" if clean == text else "code_cleaned")


def read_bool(cell: object) -> Cell:
    """Read yes or no.

    Examples
    --------
    >>> [read_bool(word).value for word in ("有", "×", 1, "")]
    [True, False, True, None]
    """
    word = folded(plain(cell))
    if word in BLANK:
        return Cell()
    if word in _YES:
        return Cell(True)
    if word in _NO:
        return Cell(False)
    return Cell(fault="not_a_yes_or_no")


def read_choice(cell: object, words: dict[str, str]) -> Cell:
    """Read one of the allowed words.

    Parameters
    ----------
    cell
        The cell.
    words
        Folded word to the value it stands for.
    """
    word = folded(plain(cell))
    if word in words:
        return Cell(words[word])
    if word in BLANK:
        return Cell()
    return Cell(fault="unknown_choice")
