"""What is wrong with the rows of a census taken together, still named cell by cell."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from geo.errors import DataError
from geo.gazetteer.calendar import end_day, first_day
from geo.gazetteer.exchange.faulty import FaultyCell, shown
from geo.gazetteer.exchange.sheets import Sheet, SheetRow
from geo.text import say

PlaceKey = tuple[Any, ...]


def key_of(values: dict[str, Any]) -> PlaceKey:
    """Return what tells a record without a code from others: name, class, division and place."""
    return (
        values["name"],
        values["class_code"],
        values.get("division", ""),
        values.get("lon"),
        values.get("lat"),
    )


def settle(sheet: Sheet) -> Iterator[FaultyCell]:
    """Give every record the class it means, and yield what contradicts itself within a row."""
    for row in sheet.rows:
        values = row.values
        given, named = values.get("class_code_given", ""), values.get("class_code", "")
        if given and named and given != named:
            yield _fault(
                sheet,
                row,
                "类别代码",
                say(f"与“地名类别”一致的 {named}", f"{named}, as its class says"),
                say("请核对两列，或只留其一", "check the two columns, or keep one"),
            )
        values["class_code"] = given or named
        if not values["class_code"] and not _given(row, "类别代码", "地名类别"):
            yield _fault(
                sheet,
                row,
                "地名类别",
                say("类别名称或类别代码", "a class or its code"),
                say("请填写类别", "give the class"),
            )
        for one, other in (("东经", "北纬"), ("北纬", "东经")):
            if _given(row, one) and not _given(row, other):
                yield _fault(
                    sheet,
                    row,
                    other,
                    say("与另一坐标成对的值", "the other of two coordinates"),
                    say("请补齐，或把两格都清空", "give both or neither"),
                )
        try:
            ends_early = end_day(values.get("until", "")) <= first_day(values.get("since", ""))
        except DataError:
            ends_early = False
        if ends_early:
            yield _fault(
                sheet,
                row,
                "废止年份",
                say("不早于设立年份", "no earlier than the year it was set up"),
                say("请核对两个年份", "check the two years"),
            )


def repeated(sheet: Sheet) -> Iterator[FaultyCell]:
    """Yield records that are in the sheet twice."""
    seen: dict[PlaceKey, int] = {}
    heading = {"place": "标准名称", "sign": "标志编号", "line": "界线编号", "stone": "界桩编号"}
    for row in sheet.rows:
        values = row.values
        if sheet.kind == "place":
            coded = values.get("code")
            key: PlaceKey = (coded,) if coded else key_of({"name": "", "class_code": ""} | values)
            column = "地名代码" if coded else heading["place"]
        else:
            key, column = thing_key(sheet.kind, values), heading[sheet.kind]
        if key in seen:
            yield _fault(
                sheet,
                row,
                column,
                say(
                    f"与第 {seen[key]} 行不同的记录", f"another record than that of row {seen[key]}"
                ),
                say("请删去重复的一行，或改正编号", "take one out, or mend its number"),
            )
        seen.setdefault(key, row.number)


def thing_key(kind: str, values: dict[str, Any]) -> PlaceKey:
    """Return what tells a sign, a line or a stone from others of its kind."""
    names = {"sign": ("number",), "line": ("code",), "stone": ("line_code", "number")}
    return tuple(values.get(name, "") for name in names[kind])


def unknown(sheet: Sheet, column: str, target: str, known: Collection[str]) -> Iterator[FaultyCell]:
    """Yield references to what neither the file nor the gazetteer has."""
    for row in sheet.rows:
        code = row.values.get(target, "")
        if code and code not in known:
            yield _fault(
                sheet,
                row,
                column,
                say("本文件或地名库中已有的", "one of this file or of the gazetteer"),
                say("请核对编号", "check the number"),
            )


def _given(row: SheetRow, *headings: str) -> bool:
    return any(row.cells.get(heading) is not None for heading in headings)


def _fault(sheet: Sheet, row: SheetRow, column: str, wanted: str, advice: str) -> FaultyCell:
    found = shown(row.cells.get(column))
    return FaultyCell(sheet.title, row.number, column, found, wanted, advice)
