"""What one cell means, and how the same meaning is written back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.calendar import span
from geo.gazetteer.classes import class_of
from geo.gazetteer.exchange.fields import ELSE, Field
from geo.layers.places import CHINA
from geo.text import say

Cell = str | int | float | date | None
"""What a worksheet's cell holds, once formulas, errors and times of day are refused."""

WEST, SOUTH, EAST, NORTH = CHINA
"""Degrees within which China lies."""
_EXACT_DIGITS: Final = 15
"""A spreadsheet keeps no more digits of a number."""
_SPLIT: Final = re.compile(r"[、;；,，|]")
_DMS: Final = re.compile(
    r"[EWNS东经西北纬南]*\s*(\d+(?:\.\d+)?)[°度]"
    r"(?:\s*(\d+(?:\.\d+)?)['′’分])?(?:\s*(\d+(?:\.\d+)?)(?:[\"″”秒]|''|′′))?\s*[EN]?"
)
_YEAR: Final = re.compile(r"(约)?(\d{4})年?(?:(\d{1,2})月)?(?:(\d{1,2})日)?([~?]?)")
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?")
_SAME_DATUMS: Final = ("2000国家大地坐标系", "国家2000", "cgcs2000", "epsg:4490", "wgs84", "wgs-84")


class CellError(ValueError):
    """A cell is not what its column wants; its arguments are what is wanted, and what to do."""


def understood(cell: Cell, field: Field) -> Any:  # noqa: ANN401 - as the kind has it
    """Return what a cell means; None or "" or () for nothing.

    Raises
    ------
    CellError
        It is not what the column wants.
    """
    if isinstance(cell, date) and field.kind != "day":
        raise CellError(
            say("文字或数字", "text or a number"),
            say("请把单元格格式设为文本，再填写原样文字", "format the cell as text"),
        )
    if isinstance(cell, str) and "\r" in cell:
        raise CellError(
            say("没有回车控制符的文字", "text without carriage returns"),
            say("请用 Alt+Enter 换行", "break lines with Alt+Enter"),
        )
    return _READ.get(field.kind, _text)(cell, field)


def written(value: Any, field: Field) -> Cell:  # noqa: ANN401 - as the kind has it
    """Return the cell that stands for a value."""
    if value is None or value in ("", ()):
        return None
    cell: Cell = value
    match field.kind:
        case "names":
            cell = "；".join(value)
        case "choice":
            cell = field.label_of(value)
        case "class":
            known = class_of(value)
            cell = known.zh if known else str(value)
        case "wkt":
            cell = shapely.to_wkt(value, rounding_precision=9, trim=True)
        case "since":
            cell = f"{value}年" if str(value).isdigit() else str(value)
    return cell


def _text(cell: Cell, _: Field) -> str:
    return "" if cell is None else str(cell).strip()


def _names(cell: Cell, field: Field) -> tuple[str, ...]:
    parts = (part.strip() for part in _SPLIT.split(_text(cell, field)))
    return tuple(sorted({part for part in parts if part}))


def _code20(cell: Cell, field: Field) -> str:
    if isinstance(cell, int | float) and len(f"{cell:.0f}") > _EXACT_DIGITS:
        raise CellError(
            say("20 位数字的文字", "20 digits as text"),
            say(
                "表格软件把它存成数字时已丢失末几位，请设为文本格式后按原始代码重填",
                "a number has lost its last digits: format as text and enter it again",
            ),
        )
    text = _text(cell, field)
    if text and not (text.isascii() and text.isdigit() and len(text) == 20):  # noqa: PLR2004
        raise CellError(
            say("20 位数字", "20 digits"),
            say("请核对地名代码，没有代码就留空", "check it, or leave it empty"),
        )
    return text


def _division(cell: Cell, field: Field) -> str:
    text = _text(cell, field)
    if text and not (text.isascii() and text.isdigit() and len(text) in (6, 9, 12)):
        raise CellError(
            say("6、9 或 12 位行政区划代码", "a division code of 6, 9 or 12 digits"),
            say("请核对代码，没有代码就留空", "check it, or leave it empty"),
        )
    return text


def _class(cell: Cell, field: Field) -> str:
    text = _text(cell, field)
    found = class_of(text) if text else None
    if text and found is None:
        raise CellError(
            say("地名类别表中的类别", "a class of the table of classes"),
            say("请改用类别表中的名称，或填写类别代码", "use its name, or give the class code"),
        )
    return found.code if found else ""


def _degrees(cell: Cell, field: Field, low: float, high: float) -> float | None:
    text = _text(cell, field)
    if not text:
        return None
    wanted = say(f"{low:g}～{high:g} 度", f"{low:g} to {high:g} degrees")
    match = _DMS.fullmatch(text)
    try:
        if match:
            degrees, minutes, seconds = (float(part or 0) for part in match.groups())
            value = degrees + minutes / 60 + seconds / 3600
            within = minutes < 60 and seconds < 60  # noqa: PLR2004
        else:
            value, within = float(text), True
    except ValueError:
        raise CellError(
            wanted,
            say("请写十进制度或 114°17′30″", "write decimal degrees or 114°17′30″"),
        ) from None
    if not (within and low <= value <= high):
        raise CellError(wanted, say("请核对经纬度是否填反或越界", "are the two interchanged?"))
    return value


def _lon(cell: Cell, field: Field) -> float | None:
    return _degrees(cell, field, WEST, EAST)


def _lat(cell: Cell, field: Field) -> float | None:
    return _degrees(cell, field, SOUTH, NORTH)


def _number(cell: Cell, field: Field) -> float | None:
    text = _text(cell, field)
    try:
        return float(text) if text else None
    except ValueError:
        raise CellError(say("数字", "a number"), say("请只填数字", "give a number only")) from None


def _since(cell: Cell, field: Field) -> str:
    text = _text(cell, field)
    if not text:
        return ""
    found = _YEAR.fullmatch(text)
    if found:
        about, year, month, day, mark = found.groups()
        parts = [year, *(f"{int(part):02d}" for part in (month, day) if part)]
        text = "-".join(parts) + ("~" if about else mark)
    return _checked(text)


def _day(cell: Cell, field: Field) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, int | float):
        raise CellError(
            say("日期", "a date"),
            say("请按日期或文字“2014-09-28”填写", "write a date, or text such as 2014-09-28"),
        )
    text = _text(cell, field)
    found = _DAY.fullmatch(text)
    if found:
        year, month, day = found.groups()
        text = f"{year}-{int(month):02d}-{int(day):02d}"
    return _checked(text) if text else ""


def _checked(text: str) -> str:
    try:
        span(text)
    except DataError:
        raise CellError(
            say("年份或日期", "a year or a date"),
            say("请写 1985年、1985 或 1985-05-01", "write 1985 or 1985-05-01"),
        ) from None
    return text


def _choice(cell: Cell, field: Field) -> str:
    text = _text(cell, field)
    value = field.value_of(text) if text else ""
    if value is None:
        labels = "、".join(label for label, _ in field.choices if label != ELSE)
        raise CellError(
            say(f"{labels}之一", f"one of {labels}"), say("请改用其中一个", "use one of them")
        )
    return value


def _datum(cell: Cell, field: Field) -> str:
    text = _text(cell, field)
    if text and text.lower().replace(" ", "") not in _SAME_DATUMS:
        raise CellError(
            say("2000国家大地坐标系", "CGCS2000"),
            say("请先由测绘部门换算为 2000 坐标", "have the coordinates transformed first"),
        )
    return text


def _wkt(cell: Cell, field: Field) -> shapely.Geometry | None:
    text = _text(cell, field)
    if not text:
        return None
    try:
        shape = shapely.from_wkt(text)
        west, south, east, north = shape.bounds
        fits = shape.is_valid and WEST <= west <= east <= EAST and SOUTH <= south <= north <= NORTH
    except (shapely.errors.ShapelyError, ValueError):
        fits = False
    if not fits:
        raise CellError(
            say("WKT 图形（经度在前，单位为度）", "a WKT shape in degrees, longitude first"),
            say("请核对图形是否完整、有效、在我国范围内", "check that it is whole and valid"),
        )
    return shapely.force_2d(shape)


_READ: Final[dict[str, Callable[[Cell, Field], Any]]] = {
    "text": _text,
    "names": _names,
    "code20": _code20,
    "division": _division,
    "class": _class,
    "class_code": _class,
    "lon": _lon,
    "lat": _lat,
    "number": _number,
    "since": _since,
    "day": _day,
    "choice": _choice,
    "datum": _datum,
    "wkt": _wkt,
}
KINDS: Final = tuple(_READ)


def usable(value: object) -> Cell:
    """Return a cell as it was read, dates without their midnight.

    Raises
    ------
    CellError
        It is no text, number or date.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool | time) or not isinstance(value, int | float | date | None):
        raise CellError(
            say("文字、数字或日期", "text, a number or a date"),
            say("请改为文字", "write it as text"),
        )
    if isinstance(value, datetime):
        if value.time() != time():
            raise CellError(
                say("不带时刻的日期", "a date without a time of day"),
                say("请只留日期，或改为文字", "keep the date only, or write it as text"),
            )
        return value.date()
    return value
