"""Lists of names that officers keep in Excel: read with every faulty heading and cell named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import pandas as pd

from geo.errors import DataError, NotFoundError
from geo.text import say

HEADINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "name": ("名称", "标准名称", "拟用名称", "地名", "name"),
    "id": ("编号", "地名编号", "place_id", "id"),
    "class_code": ("类别", "地名类别", "类别代码", "class_code"),
    "division": ("所在政区", "政区", "所在行政区", "行政区划代码", "division"),
    "lon": ("经度", "东经", "lon"),
    "lat": ("纬度", "北纬", "lat"),
    "shape": ("图形", "wkt", "geometry"),
    "reading": ("核定读音", "读音", "reading"),
    "breaks": ("分写", "breaks"),
    "roman": ("罗马字母拼写", "汉语拼音", "roman"),
    "kind": ("办理种类", "事项", "kind"),
    "place": ("原名称", "更名对象", "place"),
    "reason_code": ("事由", "reason_code"),
    "floors": ("层数", "floors"),
    "site_area_m2": ("用地面积", "用地面积（平方米）", "site_area_m2"),
    "floor_area_m2": ("建筑面积", "建筑面积（平方米）", "floor_area_m2"),
    "open_ground_m2": ("集中露天公共场地", "集中露天公共场地（平方米）", "open_ground_m2"),
    "open_share": ("露天公共场地占比", "open_share"),
    "green_share": ("绿地率", "green_share"),
}
"""What a column may be headed, the first as the program writes it."""


@dataclass(frozen=True, slots=True)
class ListedRow:
    """One row of a list."""

    number: int
    """Row of the sheet, as Excel counts."""
    cells: Mapping[str, str]
    """Its cells by the keys of `HEADINGS`; an empty cell is an empty text."""


def read_list(path: Path, *, wanted: Sequence[str] = ("name",)) -> list[ListedRow]:
    """Read a list of names: ``.xlsx``, ``.csv``, or ``.txt`` with a name a line.

    Columns with other headings are left alone; rows in which nothing wanted stands are left out.

    Raises
    ------
    NotFoundError
        There is no such file.
    DataError
        It cannot be read, or has no column that is wanted.
    """
    if not path.is_file():
        raise NotFoundError(say(f"没有文件“{path}”。", f"there is no file {path}."))
    if path.suffix.lower() == ".txt":
        lines = path.read_text("utf-8-sig").splitlines()
        return [
            ListedRow(number, {"name": line.strip()})
            for number, line in enumerate(lines, start=1)
            if line.strip()
        ]
    frame = _frame(path)
    keys = {heading: key for key, headings in HEADINGS.items() for heading in headings}
    columns: dict[str, str] = {}
    for heading in frame.columns:
        key = keys.get(str(heading).strip())
        if key and key not in columns:
            columns[key] = heading
    if not any(key in columns for key in wanted):
        asked = "”“".join(HEADINGS[key][0] for key in wanted)
        found = "、".join(map(str, frame.columns))
        raise DataError(
            say(
                f"“{path.name}”没有列“{asked}”；有的列是：{found}。",
                f"{path.name} has no column {asked}; it has {found}.",
            ),
            hint=say("请在第一行写列标题。", "Put the headings into the first row."),
        )
    rows = [
        ListedRow(at, {key: str(row[heading]).strip() for key, heading in columns.items()})
        for at, row in enumerate(frame.to_dict("records"), start=2)
    ]
    return [row for row in rows if any(row.cells.get(key) for key in wanted)]


def _frame(path: Path) -> pd.DataFrame:
    readers = {
        ".xlsx": lambda: pd.read_excel(path, dtype=str),
        ".csv": lambda: pd.read_csv(path, dtype=str, encoding="utf-8-sig"),
    }
    ending = path.suffix.lower()
    if ending not in readers:
        raise DataError(
            say(f"不能读“{ending}”。", f"cannot read {ending!r}."),
            hint=say("请用 .xlsx、.csv 或 .txt。", "Use .xlsx, .csv or .txt."),
        )
    try:
        return readers[ending]().fillna("")
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DataError(
            say(f"“{path.name}”读不了：{error}", f"{path.name} cannot be read: {error}"),
            hint=say("请确认文件没有损坏。", "See that the file is whole."),
        ) from None
