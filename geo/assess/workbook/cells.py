"""Spreadsheet formulas by the names of columns, and the words a finding is compared by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from openpyxl.utils import get_column_letter

from geo.assess import words
from geo.store.tables import Formula
from geo.text import say

FIRST_LINE = 2
"""Line of a sheet's first row; its heading stands above."""
_CELL = re.compile(r"\[(\w+)(:?)\]")


class Lines:
    """The formulas of one sheet, row by row.

    In a pattern ``[name]`` is the row's own cell in that column and ``[name:]`` the cells of all
    rows of its group; rows of a group stand together.
    """

    def __init__(
        self, columns: Sequence[str], group: NDArray[np.int64] | None = None, n: int = 0
    ) -> None:
        self._letters = {name: get_column_letter(at) for at, name in enumerate(columns, start=1)}
        n = n if group is None else len(group)
        self._lines = np.arange(n) + FIRST_LINE
        self._first, self._last = self._lines, self._lines
        if group is not None and n:
            starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
            sizes = np.diff(np.r_[starts, n])
            self._first = np.repeat(starts, sizes) + FIRST_LINE
            self._last = np.repeat(starts + sizes - 1, sizes) + FIRST_LINE

    def __call__(self, pattern: str) -> pd.Series:
        """Return one formula a row."""
        parts = _CELL.split(pattern)
        cells = []
        for line, first, last in zip(self._lines, self._first, self._last, strict=True):
            text = parts[0]
            for name, whole, rest in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
                letter = self._letters[name]
                own = f"{letter}{first}:{letter}{last}" if whole else f"{letter}{line}"
                text += own + rest
            cells.append(Formula(text))
        return pd.Series(cells, dtype=object)


def met(finding: int) -> str:
    """Return a finding as it is written into a formula."""
    return f'"{words.finding_label(finding)}"'


def every_one(column: str) -> str:
    """Return the formula of a conjunction: one failure fails, else one unknown leaves it open."""
    return (
        f"=IF(COUNTIF([{column}:],{met(0)})>0,{met(0)},"
        f"IF(COUNTIF([{column}:],{met(-1)})>0,{met(-1)},{met(1)}))"
    )


def same() -> str:
    """Return the formula that compares what is recomputed with what the program found."""
    return f'=IF([recomputed]=[found],"{say("一致", "same")}","{say("不一致", "differs")}")'


def found(findings: NDArray[np.int8] | Sequence[int]) -> pd.Series:
    """Return findings in words."""
    return text([words.finding_label(int(finding)) for finding in findings])


def text(values: Iterable[object]) -> pd.Series:
    """Return a column of texts."""
    plain = [None if value is None or value is pd.NA else str(value) for value in values]
    return pd.Series(pd.array(plain, dtype="string"))


def sheet(columns: Sequence[str], values: dict[str, object]) -> pd.DataFrame:
    """Return the columns in their order."""
    return pd.DataFrame({name: values[name] for name in columns})


def at(name: str, column: str, first: int, last: int) -> str:
    """Return cells of another sheet, first and last line included."""
    return f"'{name}'!{column}{first}:{column}{last}"
