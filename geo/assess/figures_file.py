"""Read published figures and what should follow from them, from TOML or a workbook."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, get_args

from geo.assess.consistency import Check, Figure, Kind
from geo.errors import DataError, NotFoundError
from geo.layers.files import check_file
from geo.layers.tables import any_filled, read_sheets
from geo.text import say

_FIGURE: Final = {
    "key": "编号",
    "name": "名称",
    "value": "数值",
    "step": "舍入到",
    "unit": "单位",
    "date": "日期",
    "source": "来源",
    "place": "地区",
}
_CHECK: Final = {
    "kind": "核对",
    "parts": "各项",
    "result": "结果",
    "per": "每",
    "years": "年数",
    "name": "名称",
}
_KINDS: Final[dict[str, Kind]] = {
    "比值": "ratio",
    "合计": "sum",
    "差": "difference",
    "不少于": "at_least",
    "增长": "growth",
}
_PARTS: Final[dict[Kind, tuple[int, int | None]]] = {
    "ratio": (2, 2),
    "sum": (1, None),
    "difference": (2, None),
    "at_least": (1, 1),
    "growth": (2, 2),
}
"""Fewest and most parts of each kind of check."""
_WORKBOOKS: Final = (".xlsx", ".xls", ".csv")
_CHECK_SHEETS: Final = ("核对", "check")
_GREATEST: Final = 1e15
_YEARS: Final = (0.01, 1000.0)
_DAY: Final = re.compile(r"\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\s*", re.ASCII)
_TABLE: Final = re.compile(r"^\s*\[\[\s*(figure|check)\s*\]\]", re.MULTILINE)
_SHOWN: Final = 20


@dataclass(slots=True)
class _Faults:
    """What is wrong with a file, and where."""

    found: list[tuple[str, str]] = field(default_factory=list)

    def add(self, where: str, what: str) -> None:
        self.found.append((where, what))


@dataclass(frozen=True, slots=True)
class _Row:
    """One figure or check as it stands in the file."""

    where: str
    cells: Mapping[str, Any]


def read_figures(path: Path) -> tuple[list[Figure], list[Check]]:
    """Read figures and checks from ``.toml``, or from an ``.xlsx``.

    A workbook has the figures on its first sheet, and checks, if any, on a sheet named ``核对``;
    headings may be Chinese, parts of a check are parted by ``、``.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        The file breaks its form; the message has every fault and its place.
    """
    if not path.is_file():
        raise NotFoundError(
            say(f"没有文件“{path}”。", f"there is no file {path}"),
            hint=say("请检查文件名和所在文件夹。", "check the name and the folder"),
        )
    faults = _Faults()
    rows = _workbook if path.suffix.lower() in _WORKBOOKS else _toml
    figures_read, checks_read = rows(path, faults)
    figures = [_figure(row, faults) for row in figures_read]
    checks = [_check(row, faults) for row in checks_read]
    known = [figure for figure in figures if figure is not None]
    good = [check for check in checks if check is not None]
    if len(known) == len(figures):
        by_key: dict[str, Figure] = {}
        for figure in known:
            by_key.setdefault(figure.key, figure)
        for row, check in zip(checks_read, checks, strict=True):
            if check is not None:
                _computable(check, by_key, row.where, faults)
    if faults.found:
        raise _refused(path, faults)
    return known, good


def _refused(path: Path, faults: _Faults) -> DataError:
    n = len(faults.found)
    lines = [f"  {where}{say('：', ': ')}{what}" for where, what in faults.found[:_SHOWN]]
    if n > _SHOWN:
        lines.append(say(f"  ……另有 {n - _SHOWN} 处。", f"  … and {n - _SHOWN} more"))
    head = say(f"“{path.name}”有 {n} 处不对：", f"{path.name} has {n} fault(s):")
    return DataError(
        "\n".join([head, *lines]),
        hint=say(
            "写法：[[figure]] key、name、value、step、unit、date、source、place；"
            "[[check]] kind、parts、result、per、years、name。Excel 用同名或中文标题。",
            "write [[figure]] key, name, value, step, unit, date, source, place; "
            "[[check]] kind, parts, result, per, years, name; the same headings in Excel",
        ),
    )


def _toml(path: Path, faults: _Faults) -> tuple[list[_Row], list[_Row]]:
    try:
        text = path.read_text("utf-8-sig")
        raw = tomllib.loads(text)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = str(error) or type(error).__name__
        faults.add(path.name, say(f"不是正确的 TOML（{reason}）", f"no proper TOML ({reason})"))
        return [], []
    for name in raw.keys() - {"figure", "check"}:
        faults.add(
            path.name, say(f"不认识“{name}”，只有 figure 和 check", f"unknown table {name!r}")
        )
    lines: dict[str, list[int]] = {"figure": [], "check": []}
    for match in _TABLE.finditer(text):
        lines[match[1]].append(text.count("\n", 0, match.start(1)) + 1)
    return _tables(raw, "figure", lines, faults), _tables(raw, "check", lines, faults)


def _tables(
    raw: Mapping[str, Any], name: str, lines: Mapping[str, list[int]], faults: _Faults
) -> list[_Row]:
    """Return the tables written ``[[name]]``."""
    found = raw.get(name, [])
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        faults.add(name, say(f"“{name}”要写成 [[{name}]] 表", f"must be tables [[{name}]]"))
        return []
    known = lines[name] if len(lines[name]) == len(found) else []
    return [
        _Row(
            (say(f"第 {known[n]} 行，", f"line {known[n]}, ") if known else "")
            + say(f"第 {n + 1} 个 [[{name}]]", f"[[{name}]] no. {n + 1}"),
            row,
        )
        for n, row in enumerate(found)
    ]


def _workbook(path: Path, faults: _Faults) -> tuple[list[_Row], list[_Row]]:
    sheets = read_sheets(path, check_file(path))
    figures, checks = [], []
    for at, sheet in enumerate(sheets):
        if at == 0:
            figures = _sheet_rows(sheet.name, sheet.grid, _FIGURE, faults)
        elif sheet.name.strip().lower() in _CHECK_SHEETS:
            checks = _sheet_rows(sheet.name, sheet.grid, _CHECK, faults)
    return figures, checks


def _sheet_rows(
    name: str, grid: Sequence[Sequence[object]], labels: Mapping[str, str], faults: _Faults
) -> list[_Row]:
    """Return the rows below the headings, by the keys the headings stand for."""
    if not grid:
        return []
    spelled = {label: key for key, label in labels.items()} | {key: key for key in labels}
    headings = [str("" if cell is None else cell).strip() for cell in grid[0]]
    keys = [spelled.get(heading, heading) for heading in headings]
    where = say(f"工作表“{name}”第 1 行", f"sheet {name!r}, row 1")
    for key in {key for key in keys if key and keys.count(key) > 1}:
        faults.add(where, say(f"标题“{key}”出现多次", f"heading {key!r} stands twice"))
    rows = []
    for number, line in enumerate(grid[1:], start=2):
        if not any_filled(list(line)):
            continue
        cells: dict[str, object] = {
            key or say(f"第 {at + 1} 列", f"column {at + 1}"): cell
            for at, (key, cell) in enumerate(zip(keys, line, strict=False))
            if cell is not None and cell != ""
        }
        parts = cells.get("parts")
        if isinstance(parts, str) and labels is _CHECK:
            cells["parts"] = [part.strip() for part in re.split("[、,，;；]", parts)]
        rows.append(
            _Row(say(f"工作表“{name}”第 {number} 行", f"sheet {name!r}, row {number}"), cells)
        )
    return rows


def _figure(row: _Row, faults: _Faults) -> Figure | None:
    before = len(faults.found)
    cells = row.cells
    _strange(row, _FIGURE, faults)
    key, source = (_text(row, name, faults, needed=True) for name in ("key", "source"))
    name, unit, place = (_text(row, name, faults) for name in ("name", "unit", "place"))
    value = _number(row, "value", faults)
    step = _number(row, "step", faults, otherwise=0.0)
    if step < 0:
        faults.add(row.where, say(f"step 不能为负，现为 {step:g}", f"step is negative: {step:g}"))
    on = _day(row, faults) if "date" in cells else None
    if len(faults.found) > before:
        return None
    return Figure(key, name or key, value, step, unit, on, source, place)


def _check(row: _Row, faults: _Faults) -> Check | None:
    before = len(faults.found)
    _strange(row, _CHECK, faults)
    kind = _kind(row, faults)
    parts = row.cells.get("parts")
    if not (isinstance(parts, list) and parts and all(isinstance(k, str) and k for k in parts)):
        faults.add(
            row.where,
            say(
                f"parts 应为数字编号的列表，现为 {_shown(parts)}",
                f"parts must be a list of keys; found {_shown(parts)}",
            ),
        )
        parts = []
    result, name = (_text(row, key, faults) for key in ("result", "name"))
    per = _number(row, "per", faults, otherwise=1.0)
    years = _number(row, "years", faults, otherwise=1.0)
    if per <= 0:
        faults.add(row.where, say(f"per 应大于 0，现为 {per:g}", f"per must be > 0: {per:g}"))
    if not math.isnan(years) and not _YEARS[0] <= years <= _YEARS[1]:
        faults.add(
            row.where,
            say(
                f"years 应在 {_YEARS[0]:g} 至 {_YEARS[1]:g} 之间，现为 {years:g}",
                f"years must be {_YEARS[0]:g} to {_YEARS[1]:g}; found {years:g}",
            ),
        )
    if kind is not None and parts:
        _counted(row, kind, len(parts), faults, result=result)
    if kind is None or len(faults.found) > before:
        return None
    return Check(kind, tuple(parts), result, per, years, name)


def _kind(row: _Row, faults: _Faults) -> Kind | None:
    stated = row.cells.get("kind")
    for zh, key in _KINDS.items():
        if stated in (zh, key):
            return key
    listed = "、".join(f"{key}（{zh}）" for zh, key in _KINDS.items())
    faults.add(
        row.where,
        say(
            f"kind 应为 {listed}，现为 {_shown(stated)}",
            f"kind must be one of {', '.join(get_args(Kind))}; found {_shown(stated)}",
        ),
    )
    return None


def _counted(row: _Row, kind: Kind, n: int, faults: _Faults, *, result: str) -> None:
    least, most = _PARTS[kind]
    if n < least or (most is not None and n > most):
        wanted = f"{least}" if most == least else say(f"至少 {least}", f"at least {least}")
        faults.add(
            row.where,
            say(
                f"“{kind}”的 parts 要写{wanted}项，现有 {n} 项",
                f"{kind!r} needs {wanted} part(s); found {n}",
            ),
        )
    if kind == "at_least" and not result:
        faults.add(row.where, say("“at_least”要写 result", "'at_least' needs a result"))


def _computable(check: Check, known: Mapping[str, Figure], where: str, faults: _Faults) -> None:
    """Say which figures a check names are not there, and which it cannot divide by."""
    names = [*check.parts, *([check.result] if check.result else [])]
    for name in names:
        if name not in known:
            faults.add(where, say(f"没有编号为“{name}”的数字", f"there is no figure {name!r}"))
    if any(name not in known for name in names):
        return
    divisor = {"ratio": 1, "growth": 0}.get(check.kind)
    if divisor is None:
        return
    figure = known[check.parts[divisor]]
    low, high = figure.interval
    if low <= 0 <= high:
        faults.add(
            where,
            say(
                f"分母“{figure.name}”为 {figure.value:g}（按舍入 {low:g} 至 {high:g}），不能作除数",
                f"cannot divide by {figure.name!r}, {figure.value:g} ({low:g} to {high:g})",
            ),
        )
    elif check.kind == "growth" and (low < 0 or known[check.parts[1]].interval[0] < 0):
        faults.add(
            where, say("增长的两个数都不能为负", "growth needs figures that are not below 0")
        )


def _strange(row: _Row, known: Mapping[str, str], faults: _Faults) -> None:
    for name in row.cells:
        if name not in known:
            faults.add(row.where, say(f"不认识“{name}”", f"unknown {name!r}"))


def _text(row: _Row, name: str, faults: _Faults, *, needed: bool = False) -> str:
    cell = row.cells.get(name, "")
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        faults.add(
            row.where,
            say(f"{name} 应为文字，现为 {_shown(cell)}", f"{name} must be text: {_shown(cell)}"),
        )
        return ""
    text = str(cell).strip()
    if needed and not text:
        faults.add(row.where, say(f"缺少 {name}（{_FIGURE[name]}）", f"{name} is missing"))
    return text


def _number(row: _Row, name: str, faults: _Faults, *, otherwise: float | None = None) -> float:
    """Return a cell's number; NaN, with a fault, where it holds something else."""
    if name not in row.cells and otherwise is not None:
        return otherwise
    cell = row.cells.get(name)
    number = math.nan
    if isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell) <= _GREATEST:
        number = float(cell)
    if math.isnan(number):
        faults.add(
            row.where,
            say(
                f"{name} 应为不超过 {_GREATEST:g} 的数字，现为 {_shown(cell)}",
                f"{name} must be a number up to {_GREATEST:g}; found {_shown(cell)}",
            ),
        )
    return number


def _day(row: _Row, faults: _Faults) -> date | None:
    cell = row.cells["date"]
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    match = _DAY.fullmatch(cell) if isinstance(cell, str) else None
    if match is not None:
        try:
            return date(*(int(part) for part in match.groups()))
        except ValueError:
            pass
    faults.add(
        row.where,
        say(
            f"date 应为 2020-12-31 这样的日期，现为 {_shown(cell)}",
            f"date must be a day such as 2020-12-31; found {_shown(cell)}",
        ),
    )
    return None


def _shown(cell: object) -> str:
    if cell is None:
        return say("空", "nothing")
    try:
        text = str(cell)
    except ValueError:  # a whole number too long to print
        return say("过长的数字", "a number too long")
    return f"“{text[:40]}{'…' if len(text) > 40 else ''}”"  # noqa: PLR2004 - enough to know it by
