"""What one cell of a planner's table means: numbers, codes, dates, yes or no, choices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.schema import Column


class Cell(NamedTuple):
    """The meaning of one cell: a value, or None with the reason; ``repair`` names a change."""

    value: object = None
    repair: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The meaning of one column of cells."""

    column: pd.Series
    """Nullable values of the column's type."""
    repair: NDArray[np.object_]
    """(n,) code of the repair made, or an empty string."""
    fault: NDArray[np.object_]
    """(n,) code of what is wrong, or an empty string; the value is then missing."""


DTYPES: Final = {
    "text": "string",
    "choice": "string",
    "int": "Int64",
    "float": "Float64",
    "bool": "boolean",
    "date": "datetime64[s]",
}
MAX_CHARACTERS: Final = 2000
_MAX_WHOLE: Final = 2**53

_BLANK: Final = frozenset(
    ("", "-", "--", "—", "——", "/", "\\", "null", "none", "nan", "nat", "<na>", "<null>")
)
_BLANK_NUMBER: Final = _BLANK | {"n/a", "na", "无", "空", "不详", "未知", "待定", "暂无"}
_EXCEL_ERRORS: Final = frozenset(
    ("#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!", "#null!", "#getting_data")
)
_YES: Final = frozenset(
    "是 有 对 真 已 开 开放 通 可 √ ✓ ✔ ☑ y yes t true 1 1.0 on open".split()  # noqa: SIM905 - a list of words
)
_NO: Final = frozenset(
    "否 无 没有 不 非 假 未 关 关闭 封闭 不通 不可 × ✗ ✘ ✕ ☐ x n no f false 0 0.0 off"  # noqa: SIM905
    " closed".split()
)
_SCALES: Final = {"": 1.0, "百": 100.0, "千": 1000.0, "万": 1e4, "亿": 1e8}
_AREAS_M2: Final = {"亩": 2000 / 3, "公顷": 1e4, "ha": 1e4, "平方公里": 1e6, "km2": 1e6}
_NUMBER: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d*)?(?P<power>e[+-]?\d{1,3})?"
    r"(?P<scale>[百千万亿]?)余?(?P<unit>[^\d.,+\-~%]{0,8})"
)
_INVISIBLE: Final = re.compile("[\u200b-\u200f\u2028-\u202e\u2060\ufeff\x00-\x1f\x7f]")
_SCIENTIFIC: Final = re.compile(r"\d(?:\.\d+)?e\+?\d{1,3}|\d\.\d+e-?\d+", re.IGNORECASE)
_DAY: Final = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})(?:\s*[-/.月]\s*(?P<d>\d{1,2})?\s*日?)?"
    r"(?:[t\s]+\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?)?"
)


def plain(cell: object) -> str:  # noqa: PLR0911 - one line a kind of cell
    """Return the text of a cell without surrounding or invisible characters.

    Whole numbers lose their ``.0``, so that a code typed as a number stays the code.
    """
    if cell is None or cell is pd.NaT or cell is pd.NA:
        return ""
    if isinstance(cell, str):
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
        whole = number.is_integer() and abs(number) < _MAX_WHOLE
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


def parse(cells: NDArray[np.object_], column: Column, *, factor: float = 1.0) -> Parsed:
    """Return what a column of cells means.

    Parameters
    ----------
    cells : (n,)
        Cells as the file gave them.
    column
        The column they were mapped to.
    factor
        What a number is multiplied by, when the heading names a larger unit such as 万元.
    """
    read = _reader(column)
    seen: dict[tuple[type, object], Cell] = {}
    found = []
    for cell in cells:
        known = (type(cell), cell)
        if known not in seen:
            seen[known] = _scaled(read(cell), column, factor)
        found.append(seen[known])
    values = pd.Series([c.value for c in found], dtype="object")
    return Parsed(
        column=typed(values, column),
        repair=np.array([c.repair for c in found], dtype=object),
        fault=np.array([c.fault for c in found], dtype=object),
    )


def typed(values: pd.Series, column: Column) -> pd.Series:
    """Return values in the type of a column; None is missing."""
    dtype: Any = DTYPES[column.type]
    return values.astype(dtype)


def is_code(column: Column) -> bool:
    """Return whether a text column holds identifiers rather than words."""
    return column.type == "text" and (
        column.name in ("code", "id") or column.name.endswith(("_code", "_id"))
    )


def _reader(column: Column) -> Callable[[object], Cell]:
    if column.type in ("int", "float"):
        return lambda cell: read_number(
            cell,
            whole=column.type == "int",
            area=column.unit == "m2",
            share="_share" in column.name,
        )
    if column.type == "bool":
        return read_bool
    if column.type == "date":
        return read_date
    if column.type == "choice":
        words = {
            folded(word): choice.value
            for choice in reversed(column.choices)
            for word in (choice.value, *choice.labels)
        }
        return lambda cell: read_choice(cell, words)
    return read_code if is_code(column) else read_text


def _scaled(cell: Cell, column: Column, factor: float) -> Cell:
    if factor == 1.0 or not isinstance(cell.value, int | float):
        return cell
    value = cell.value * factor
    return Cell(round(value) if column.type == "int" else value, "unit_converted")


def read_text(cell: object) -> Cell:
    """Read words.

    Examples
    --------
    >>> read_text(" 幸福小区\u3000 ").value, read_text("—").value
    ('幸福小区', None)
    """
    text = plain(cell)
    if text.lower() in _BLANK:
        return Cell()
    if text.lower() in _EXCEL_ERRORS:
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
    if text.lower() in _BLANK:
        return Cell()
    if text.lower() in _EXCEL_ERRORS:
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


def read_number(  # noqa: PLR0911 - one line a way of writing
    cell: object, *, whole: bool = False, area: bool = False, share: bool = False
) -> Cell:
    """Read a number, also one written as text, with thousands marks, a unit or 万.

    Parameters
    ----------
    cell
        The cell.
    whole
        Whether the column counts things.
    area
        Whether the column is in square metres, so that 亩 and 公顷 are converted.
    share
        Whether the column is a share, so that ``12%`` is 0.12.

    Examples
    --------
    >>> read_number("1,234", whole=True)
    Cell(value=1234, repair='number_cleaned', fault='')
    >>> read_number("1.2万", whole=True).value, read_number("约640").fault
    (12000, 'not_a_number')
    """
    if isinstance(cell, bool | np.bool_):
        return Cell(fault="not_a_number")
    if isinstance(cell, datetime | date):
        return Cell(fault="date_for_number")
    if isinstance(cell, int | float | np.integer | np.floating):
        return _number(float(cell), whole=whole, repair="") if not pd.isna(cell) else Cell()
    text = plain(cell)
    if text.isascii() and text.isdecimal():
        return _number(float(text), whole=whole, repair="")
    word = unicodedata.normalize("NFKC", text).strip().lower()
    if word in _BLANK_NUMBER:
        return Cell()
    if word in _EXCEL_ERRORS:
        return Cell(fault="excel_error")
    word = re.sub(r"\s+", "", word).lstrip("'")
    if share and re.fullmatch(r"[+-]?\d+(\.\d+)?%", word):
        return _number(float(word[:-1]) / 100, whole=whole, repair="unit_converted")
    match = _NUMBER.fullmatch(word)
    if not match or _strange_unit(match["unit"], area=area):
        return Cell(fault="not_a_number")
    digits = match["digits"].replace(",", "")
    value = float(f"{match['sign']}{digits}{match['part'] or ''}{match['power'] or ''}")
    factor = _SCALES[match["scale"]] * (_AREAS_M2.get(match["unit"], 1.0) if area else 1.0)
    if factor != 1.0:
        return _number(value * factor, whole=whole, repair="unit_converted")
    return _number(
        value,
        whole=whole,
        repair=""
        if word == text.lower() and digits == match["digits"] and not match["unit"]
        else "number_cleaned",
    )


_UNITS: Final = re.compile(
    r"|[户人张㎡元穴格座层床位岁星年个名间处家所栋幢米]|平方米|平米|m2|m\^2|sqm|口人|周岁|格位|床位|座位"
    r"|餐位|墓穴|周?岁及?以上|户籍户|级|元/年"
)


def _strange_unit(unit: str, *, area: bool) -> bool:
    return not (_UNITS.fullmatch(unit) or (area and unit in _AREAS_M2))


def _number(value: float, *, whole: bool, repair: str) -> Cell:
    if not np.isfinite(value) or abs(value) > _MAX_WHOLE:
        return Cell(fault="number_too_large")
    if not whole:
        return Cell(value, repair)
    nearest = round(value)
    return Cell(nearest, repair if abs(value - nearest) < 1e-6 else "rounded")  # noqa: PLR2004 - float noise


def read_bool(cell: object) -> Cell:
    """Read yes or no.

    Examples
    --------
    >>> [read_bool(word).value for word in ("有", "×", 1, "")]
    [True, False, True, None]
    """
    word = folded(plain(cell))
    if word in _BLANK:
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
    if word in _BLANK:
        return Cell()
    return Cell(fault="unknown_choice")


def read_date(cell: object) -> Cell:  # noqa: PLR0911 - one line a way of writing
    """Read a day: 2021-04-19, 2021/4/19, 2021年4月19日, an Excel serial, a month or a year.

    Examples
    --------
    >>> read_date("2021年4月19日").value, read_date(44305), read_date("2021-02-30").fault
    (datetime.datetime(2021, 4, 19, 0, 0), Cell(value=datetime.datetime(2021, 4, 19, 0, 0), \
repair='date_from_serial', fault=''), 'not_a_date')
    """
    if isinstance(cell, datetime):
        return Cell(datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001 - days have no zone
    if isinstance(cell, date):
        return Cell(datetime(cell.year, cell.month, cell.day))  # noqa: DTZ001
    word = unicodedata.normalize("NFKC", plain(cell)).strip().lower()
    if word in _BLANK_NUMBER:
        return Cell()
    if re.fullmatch(r"\d{8}", word):
        return _day(word[:4], word[4:6], word[6:], repair="")
    if re.fullmatch(r"\d{4}年?", word):
        return _day(word[:4], "1", "1", repair="date_completed")
    if re.fullmatch(r"\d{5}(\.\d+)?", word):
        serial = int(float(word))
        return Cell(datetime(1899, 12, 30) + timedelta(days=serial), "date_from_serial")  # noqa: DTZ001
    match = _DAY.fullmatch(word)
    if not match:
        return Cell(fault="not_a_date")
    return _day(
        match["y"], match["m"], match["d"] or "1", repair="" if match["d"] else "date_completed"
    )


def _day(year: str, month: str, day: str, *, repair: str) -> Cell:
    try:
        found = datetime(int(year), int(month), int(day))  # noqa: DTZ001
    except ValueError:
        return Cell(fault="not_a_date")
    if not 1800 <= found.year <= 2200:  # noqa: PLR2004 - neither a founding nor a closing date
        return Cell(fault="not_a_date")
    return Cell(found, repair)
