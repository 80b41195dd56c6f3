"""What one cell means that counts or dates: numbers with units, days in every usual form."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pandas as pd

from geo.layers.cells import BLANK, EXCEL_ERRORS, MAX_WHOLE, Cell, plain

_BLANK_NUMBER: Final = BLANK | {"n/a", "na", "无", "空", "不详", "未知", "待定", "暂无"}
_SCALES: Final = {"": 1.0, "百": 100.0, "千": 1000.0, "万": 1e4, "亿": 1e8}
_AREAS_M2: Final = {"亩": 2000 / 3, "公顷": 1e4, "ha": 1e4, "平方公里": 1e6, "km2": 1e6}
_NUMBER: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d*)?(?P<power>e[+-]?\d{1,3})?"
    r"(?P<scale>[百千万亿]?)余?(?P<unit>[^\d.,+\-~%]{0,8})"
)
_UNITS: Final = re.compile(
    r"|[户人张㎡元穴格座层床位岁星年个名间处家所栋幢米]|平方米|平米|m2|m\^2|sqm|口人|周岁|格位|床位|座位"
    r"|餐位|墓穴|周?岁及?以上|户籍户|级|元/年"
)
_DAY: Final = re.compile(
    r"(?P<y>\d{4})\s*[-/.年]\s*(?P<m>\d{1,2})(?:\s*[-/.月]\s*(?P<d>\d{1,2})?\s*日?)?"
    r"(?:[t\s]+\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?)?"
)


def read_number(  # noqa: C901, PLR0911 - one line a way of writing
    cell: object,
    *,
    factor: float = 1.0,
    whole: bool = False,
    area: bool = False,
    share: bool = False,
) -> Cell:
    """Read a number, also one written as text, with thousands marks, a unit or 万.

    Parameters
    ----------
    cell
        The cell.
    factor
        What the number is multiplied by, unless the cell names its own unit.
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
    >>> read_number(1.26, whole=True, factor=1e4).value, read_number("1.26万", factor=1e4).value
    (12600, 12600.0)
    """
    if isinstance(cell, bool | np.bool_):
        return Cell(fault="not_a_number")
    if isinstance(cell, datetime | date):
        return Cell(fault="date_for_number")
    scaled = "unit_converted" if factor != 1.0 else ""
    if isinstance(cell, int | float | np.integer | np.floating):
        return (
            Cell() if pd.isna(cell) else _number(float(cell) * factor, whole=whole, repair=scaled)
        )
    text = plain(cell)
    if text.isascii() and text.isdecimal():
        return _number(float(text) * factor, whole=whole, repair=scaled)
    word = unicodedata.normalize("NFKC", text).strip().lower()
    if word in _BLANK_NUMBER:
        return Cell()
    if word in EXCEL_ERRORS:
        return Cell(fault="excel_error")
    word = re.sub(r"\s+", "", word).lstrip("'")
    if share and re.fullmatch(r"[+-]?\d+(\.\d+)?%", word):
        return _number(float(word[:-1]) / 100, whole=whole, repair="unit_converted")
    match = _NUMBER.fullmatch(word)
    if not match or _strange_unit(match["unit"], area=area):
        return Cell(fault="not_a_number")
    digits = match["digits"].replace(",", "")
    value = float(f"{match['sign']}{digits}{match['part'] or ''}{match['power'] or ''}")
    own = _SCALES[match["scale"]] * (_AREAS_M2.get(match["unit"], 1.0) if area else 1.0)
    if own != 1.0:
        return _number(value * own, whole=whole, repair="unit_converted")
    if match["unit"]:
        return _number(value, whole=whole, repair="number_cleaned")
    clean = word == text.lower() and digits == match["digits"]
    repair = scaled or ("" if clean else "number_cleaned")
    return _number(value * factor, whole=whole, repair=repair)


def _strange_unit(unit: str, *, area: bool) -> bool:
    return not (_UNITS.fullmatch(unit) or (area and unit in _AREAS_M2))


def _number(value: float, *, whole: bool, repair: str) -> Cell:
    if not np.isfinite(value) or abs(value) > MAX_WHOLE:
        return Cell(fault="number_too_large")
    if not whole:
        return Cell(value, repair)
    nearest = round(value)
    return Cell(nearest, repair if abs(value - nearest) < 1e-6 else "rounded")  # noqa: PLR2004 - float noise


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
