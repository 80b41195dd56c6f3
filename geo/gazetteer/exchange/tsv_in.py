"""Read LP-TSV, the table of Linked Places, as records of a census."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import shapely

from geo.errors import DataError
from geo.gazetteer.exchange.faulty import FaultyCell
from geo.gazetteer.exchange.foreign import Records, placed, text_of
from geo.gazetteer.exchange.linked import TSV_COLUMNS
from geo.gazetteer.exchange.linked_features import marked
from geo.gazetteer.exchange.linked_rows import NO_CLASS, OWN, classed, named, no_class
from geo.gazetteer.exchange.sheets import Sheet
from geo.text import say

WANTED: Final = ("id", "title", "title_source")
"""Columns that no file may leave out; LP-TSV 0.5 asks for them."""
_TAKEN: Final = ("id", "title", "start", "end", "variants", "types", "lon", "lat", "geowkt")


def read_tsv(path: Path) -> tuple[list[Sheet], list[FaultyCell]]:
    """Read LP-TSV 0.5.

    Returns
    -------
    sheets, faults
        The rows as rows of a census, numbered by their lines, and all that is not fit.

    Raises
    ------
    DataError, NotFoundError
        The file is no LP-TSV, or is not there.
    """
    head, lines = tsv_lines(path)
    missing = [name for name in WANTED if name not in head]
    if missing:
        raise DataError(
            say(
                f"“{path.name}”第 1 行没有这些列：{'、'.join(missing)}。",
                f"{path.name}, line 1 lacks the columns {', '.join(missing)}.",
            ),
            hint=say(
                f"LP-TSV 以制表符分列，列名为 {'、'.join(TSV_COLUMNS)}。",
                f"LP-TSV is parted by tabs; its columns are {', '.join(TSV_COLUMNS)}.",
            ),
        )
    records = Records(path.name)
    for number, fields in lines:
        if len(fields) != len(head):
            records.fault(
                number,
                "",
                say(f"{len(fields)} 列", f"{len(fields)} fields"),
                say(f"{len(head)} 列", f"{len(head)} fields"),
                say("请核对制表符", "check the tabs"),
            )
            continue
        _take(records, number, dict(zip(head, fields, strict=True)))
    return records.done()


def tsv_lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the headings of a table parted by tabs, and its filled lines with their numbers.

    Raises
    ------
    DataError, NotFoundError
        It is no UTF-8, or is not there.
    """
    table = csv.reader(text_of(path, "LP-TSV").splitlines(), delimiter="\t", strict=False)
    head = [heading.strip() for heading in next(table, [])]
    lines = [
        (table.line_num, [field.strip() for field in fields]) for fields in table if any(fields)
    ]
    return head, lines


def is_tsv(path: Path) -> bool:
    """Return whether a file has the columns of LP-TSV, parted by tabs."""
    with path.open("rb") as file:
        first = file.readline().decode("utf-8-sig", "replace")
    head = {heading.strip() for heading in first.split("\t")}
    return head.issuperset(WANTED)


def _take(records: Records, number: int, row: Mapping[str, str]) -> None:
    title = row["title"]
    kept = {f"LP-TSV {name}": text for name, text in row.items() if name not in _TAKEN}
    given: dict[str, tuple[str, Any]] = {
        "标准名称": ("title", title),
        "设立年份": ("start", row.get("start")),
        "废止年份": ("end", row.get("end")),
    }
    variants = [
        (text, tag, False) for text, tag in map(marked, row.get("variants", "").split(";")) if text
    ]
    given |= named("variants", title, variants)
    kind = classed(label.strip() for label in row.get("types", "").split(";"))
    if kind:
        given["类别代码"] = ("types", kind)
    else:
        records.fault(number, "types", row.get("types") or None, *no_class("22200"))
        kept["地名类别"] = NO_CLASS
    given |= _position(records, number, row)
    identity = row["id"].removeprefix(OWN)
    records.add(number, given, kept=kept | {"LP-TSV id": identity}, own_id=identity)


def _position(records: Records, number: int, row: Mapping[str, str]) -> dict[str, tuple[str, Any]]:
    wkt = row.get("geowkt")
    if not wkt:
        both = row.get("lon"), row.get("lat")
        return {"东经": ("lon", both[0]), "北纬": ("lat", both[1])} if any(both) else {}
    try:
        return placed("geowkt", shapely.from_wkt(wkt))
    except shapely.errors.ShapelyError:
        records.fault(
            number,
            "geowkt",
            wkt,
            say("WKT 图形", "a shape in WKT"),
            say("请核对图形是否完整", "is it whole?"),
        )
        return {}
