"""An empty workbook to fill in: the columns of a layer, what each means, choices to pick from."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from geo.schema import Column, LayerSchema
from geo.schema import layer as schema_of
from geo.store.tables import timeless, write_whole
from geo.text import say

_LAST_ROW: Final = 5000
"""Choices, formats and limits are prepared down to this row."""
_REQUIRED: Final = PatternFill("solid", fgColor="FCE4D6")
_OPTIONAL: Final = PatternFill("solid", fgColor="DDEBF7")


def template(layer: str, path: Path) -> None:
    """Write an empty ``.xlsx`` for a layer.

    The first sheet has the headings (required ones marked) with lists of choices and limits; the
    second explains every column. What is filled in imports without a mapping. The same layer gives
    the same bytes.

    Parameters
    ----------
    layer
        Name of the layer, in either language.
    path
        File to write.
    """
    schema = schema_of(layer)
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = re.sub(r"[\[\]:*?/\\]", "", schema.label)[:31]
    columns = [*schema.columns, *_place_columns(schema)]
    for position, column in enumerate(columns, start=1):
        _heading(sheet, position, column)
    sheet.freeze_panes = "A2"
    _explain(book.create_sheet(say("填表说明", "Columns")), schema, columns)
    raw = io.BytesIO()
    book.save(raw)
    write_whole(path, timeless(raw.getvalue()))


def _place_columns(schema: LayerSchema) -> list[Column]:
    """Return the columns that give a point; lines and areas come from files of shapes."""
    if schema.placed_by or schema.geometry not in ("point", "point_or_polygon"):
        return []
    words = (
        ("lon", "经度", "Longitude", "十进制度，保留 6 位小数", "Decimal degrees, six decimals"),
        ("lat", "纬度", "Latitude", "十进制度，保留 6 位小数", "Decimal degrees, six decimals"),
    )
    return [
        Column(
            name=name, label_zh=zh, label_en=en, synonyms=(), type="float", unit="degree",
            required=True, minimum=None, choices=(), description_zh=about_zh, description=about_en,
        )
        for name, zh, en, about_zh, about_en in words
    ]  # fmt: skip


def _heading(sheet: Worksheet, position: int, column: Column) -> None:
    letter = get_column_letter(position)
    cell = sheet.cell(row=1, column=position, value=column.label)
    cell.font = Font(bold=True)
    cell.fill = _REQUIRED if column.required else _OPTIONAL
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    note = Comment(say(column.description_zh, column.description), "fuwuquan")
    cell.comment = note
    sheet.column_dimensions[letter].width = max(12, 2 * len(column.label) + 4)
    if column.type in ("text", "date"):
        # A code typed into a text column keeps its zeros and never turns into 4.2E+11.
        sheet.column_dimensions[letter].number_format = (
            "@" if column.type == "text" else "yyyy-mm-dd"
        )
    rule = _rule(column)
    if rule is not None:
        rule.error = _format(column)
        rule.errorTitle = column.label
        rule.showErrorMessage = True
        sheet.add_data_validation(rule)
        rule.add(f"{letter}2:{letter}{_LAST_ROW}")


def _rule(column: Column) -> DataValidation | None:
    if column.type in ("choice", "bool"):
        words = (
            [choice.labels[0] if choice.labels else choice.value for choice in column.choices]
            if column.type == "choice"
            else [say("是", "yes"), say("否", "no")]
        )
        return DataValidation(type="list", formula1=f'"{",".join(words)}"', allow_blank=True)
    if column.type in ("int", "float") and column.minimum is not None:
        return DataValidation(
            type="whole" if column.type == "int" else "decimal",
            operator="greaterThanOrEqual",
            formula1=f"{column.minimum:g}",
            allow_blank=True,
        )
    return None


def _format(column: Column) -> str:
    """Return how a column is filled in."""
    if column.type == "choice":
        choices = [c.labels[0] if c.labels else c.value for c in column.choices]
        return say("选填：", "one of: ") + say("、", ", ").join(choices)
    if column.type in ("int", "float"):
        kind = say("整数", "whole number") if column.type == "int" else say("数字", "number")
        if column.minimum is None:
            return kind
        return kind + say(f"，不小于 {column.minimum:g}", f", at least {column.minimum:g}")
    return {
        "bool": say("是或否", "yes or no"),
        "date": say("日期，如 2021-04-19", "day, such as 2021-04-19"),
    }.get(column.type, say("文字", "text"))


def _explain(sheet: Worksheet, schema: LayerSchema, columns: list[Column]) -> None:
    headings = [
        say("列", "Column"),
        say("必填", "Required"),
        say("填写格式", "Format"),
        say("单位", "Unit"),
        say("含义", "Meaning"),
        say("也可写作", "Also known as"),
    ]
    sheet.append(headings)
    for column in columns:
        sheet.append(
            [
                column.label,
                say("必填", "yes") if column.required else "",
                _format(column),
                column.unit,
                say(column.description_zh, column.description),
                say("、", ", ").join(column.synonyms),
            ]
        )
    if schema.geometry in ("polygon", "line"):
        sheet.append([])
        sheet.append(
            [
                say(
                    "图形请用 .shp、.gpkg 或 .geojson 导入；已有图形时，本表按代码或编号更新各列。",
                    "Import shapes from .shp, .gpkg or .geojson; this table then updates the "
                    "columns by key.",
                )
            ]
        )
    for letter, width in zip("ABCDEF", (18, 8, 36, 10, 44, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.fill = _OPTIONAL
    sheet.freeze_panes = "A2"
