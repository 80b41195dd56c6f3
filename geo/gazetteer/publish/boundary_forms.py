"""Boundary stones and joint inspections: 界桩登记表, 界桩成果表 and 联检记录."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pandas as pd

from geo.gazetteer.book import Gazetteer, Row
from geo.gazetteer.cases.finding import find_row
from geo.gazetteer.exchange.kept import CENSUS
from geo.gazetteer.publish.edition import Edition
from geo.gazetteer.publish.kinds import Record
from geo.gazetteer.publish.overview import degrees
from geo.gazetteer.publish.paper import (
    BOOK_MARGINS_MM,
    FORM_MM,
    Align,
    Block,
    Form,
    Heading,
    Paper,
    Paragraph,
    Table,
    pages,
    pair,
    single,
)
from geo.gazetteer.publish.places import day_word, whole_day
from geo.gazetteer.succession import lines_on, stones_on
from geo.store.tables import write_table

TABLE_FIELDS: Final = {
    "number": "界桩编号", "line": "界线名称", "kind": "类型", "lonlat": "经纬度",
    "height": "高程", "responsible": "负责方", "condition": "完好状况",
}  # fmt: skip
_TABLE_MM: Final = (22.0, 50.0, 16.0, 52.0, 18.0, 40.0, 22.0)
_ALIGNS: Final[tuple[Align, ...]] = ("center", "left", *(("center",) * 5))
_SEALED: Final = "　　　　年　　月　　日（盖章）"
_TYPES: Final = {"Q": "单立", "A": "双立", "B": "双立", "C": "三立", "D": "三立", "E": "三立"}
"""What the last sign of a stone's number says."""
_PARTIES: Final = re.compile(r"[；;、,，]")


def stone_records(book: Gazetteer, edition: Edition, written: str) -> list[Record]:
    """Return the boundary stones of a day, or those of one line, by line and number.

    Raises
    ------
    NotFoundError
        There is no such line.
    """
    lines = _lines(book, edition, written)
    found = [
        _stone(row, lines[row["line_id"]], edition)
        for row in stones_on(book, edition.on)
        if row["line_id"] in lines
    ]
    return sorted(found, key=lambda one: (one.fields["line_code"], one.fields["number"]))


def stone_table_paper(records: Sequence[Record], *, day: str, publisher: str) -> Paper:
    """Return the table of stones, a line a chapter."""
    blocks: list[Block] = [Paragraph.of("界桩成果表", "title")]
    for title, group in groupby(records, key=lambda one: one.shown("line")):
        blocks.append(Heading(title, 2))
        rows = [tuple(_shown(record, field) for field in TABLE_FIELDS) for record in group]
        blocks.append(Table(list(TABLE_FIELDS.values()), rows, _TABLE_MM,
                            _ALIGNS, 10.5))  # fmt: skip
    blocks.append(Paragraph.of("坐标系：2000国家大地坐标系（CGCS2000）。", "note"))
    blocks.append(Paragraph.of(f"{publisher}　{day_word(day)}".strip("　"), "note"))
    return Paper("界桩成果表", day, blocks, margins_mm=BOOK_MARGINS_MM, landscape=True,
                 author=publisher, keywords=("界桩成果表",))  # fmt: skip


def write_stone_table(path: Path, records: Sequence[Record]) -> list[Path]:
    """Write the table of stones as a workbook."""
    rows = [
        tuple(_shown(record, field).replace("\n", "，") for field in TABLE_FIELDS)
        for record in records
    ]
    frame = pd.DataFrame(rows, columns=list(TABLE_FIELDS.values()), dtype="string")
    notes = ["坐标系：2000国家大地坐标系（CGCS2000）。"]
    return write_table(path, {"界桩成果表": frame}, notes=notes)


def stone_paper(records: Sequence[Record], *, day: str, publisher: str) -> Paper:
    """Return the cards of stones, one a page."""
    blocks = pages(
        [Paragraph.of("界桩登记表", "title"), _card(record, publisher, day)] for record in records
    )
    return Paper("界桩登记表", day, blocks, author=publisher, keywords=("界桩登记表",))


def inspection_records(book: Gazetteer, edition: Edition, written: str) -> list[Record]:
    """Return the joint inspections up to a day, or those of one line, the latest first.

    Raises
    ------
    NotFoundError
        There is no such line.
    """
    lines = _lines(book, edition, written)
    stones: dict[str, list[Row]] = {identity: [] for identity in lines}
    for row in stones_on(book, edition.on):
        stones.get(row["line_id"], []).append(row)
    last = edition.on.isoformat()
    found = [
        _inspection(row, lines[row["line_id"]], stones[row["line_id"]], edition)
        for row in book.rows("inspection")
        if row["line_id"] in lines and row["inspected_on"] <= last
    ]
    by_line = sorted(found, key=lambda one: one.fields["line_code"])
    return sorted(by_line, key=lambda one: one.fields["inspected"], reverse=True)


def inspection_paper(records: Sequence[Record], *, day: str, publisher: str) -> Paper:
    """Return the records of joint inspections, one a page."""
    blocks = pages(_minutes(record) for record in records)
    return Paper("行政区域界线联合检查记录", day, blocks, author=publisher, keywords=("联检记录",))


def _lines(book: Gazetteer, edition: Edition, written: str) -> dict[str, Row]:
    then = {row["id"]: row for row in lines_on(book, edition.on)}
    if written:
        row = find_row(book, "line", written, "code", "name")
        return {row["id"]: then.get(row["id"], row)}
    return then


def _stone(row: Row, line: Row, edition: Edition) -> Record:
    kept = _kept(row)
    fields = {
        "number": row["number"],
        "line": line["name"],
        "line_code": line["code"],
        "kind": str(kept.get("界桩类型") or _TYPES.get(row["number"][-1:], "")),
        "lonlat": degrees(row["shape"]),
        "height": str(kept.get("高程") or ""),
        "responsible": row["responsible"],
        "condition": row["condition"],
        "photo": row["photo"],
        "parties": _parties(line, edition),
        "agreement": line["agreement"],
        "map_ref": line["map_ref"],
        "remark": str(kept.get("备注") or ""),
    }
    return Record(row["number"], edition.all_told(fields))


def _card(record: Record, publisher: str, day: str) -> Form:
    seen = record.fields
    rows = [
        pair("界桩编号", record.shown("number"), "界桩类型", seen["kind"]),
        single("界线名称", record.shown("line")),
        pair("界线编号", seen["line_code"], "毗邻政区", seen["parties"]),
        single("经纬度", record.shown("lonlat").replace("\n", "，")),
        pair("高程", seen["height"], "负责维护方", seen["responsible"]),
        pair("完好状况", seen["condition"], "照片", seen["photo"]),
        pair("协议书", seen["agreement"], "协议书附图", seen["map_ref"]),
        single("埋设位置及方位物", ""),
        single("位置略图", ""),
        single("备　　注", seen["remark"]),
        pair("登记单位", publisher, "登记日期", day_word(day)),
        pair("登记人", "", "检查人", ""),
    ]
    heights = [11.0] * 7 + [20.0, 60.0, 14.0, 11.0, 11.0]
    return Form(FORM_MM, rows, heights)


def _inspection(row: Row, line: Row, stones: Sequence[Row], edition: Edition) -> Record:
    poor = [one["number"] for one in stones if one["condition"] not in ("", "完好")]
    state = f"界桩{len(stones)}个" + (f"，其中{'、'.join(poor)}不完好" if poor else "，均完好")
    fields = {
        "line": line["name"],
        "line_code": line["code"],
        "parties": _parties(line, edition),
        "agreement": line["agreement"],
        "map_ref": line["map_ref"],
        "round": row["round"],
        "inspected": row["inspected_on"],
        "inspected_on": whole_day(row["inspected_on"]),
        "findings": row["findings"],
        "signed_by": row["signed_by"],
        "stones": state if stones else "无界桩",
        "next_due": whole_day(line["next_due"]),
    }
    return Record(edition.told(f"{line['name']} {row['round']}"), edition.all_told(fields))


def _minutes(record: Record) -> Iterator[Block]:
    seen = record.fields
    signers = _PARTIES.split(seen["signed_by"]) if seen["signed_by"] else ["", ""]
    rows = [
        pair("界线名称", record.shown("line"), "界线编号", seen["line_code"]),
        pair("联检轮次", record.shown("round"), "联检日期", record.shown("inspected_on")),
        single("毗邻各方", record.shown("parties")),
        pair("协议书", seen["agreement"], "协议书附图", seen["map_ref"]),
        single("界桩现状", seen["stones"]),
        single("联检结果", record.shown("findings")),
        single("下次联检", seen["next_due"]),
        *(
            single("签　　署", f"{one or record.shown('signed_by')}\n\n{_SEALED}")
            for one in signers
        ),
    ]  # fmt: skip
    heights = [11.0] * 4 + [14.0, 60.0, 11.0] + [26.0] * len(signers)
    yield Paragraph.of("行政区域界线联合检查记录", "title")
    yield Form(FORM_MM, rows, heights)
    yield Paragraph.of(
        "依据《行政区域界线管理条例》第十二条，毗邻各方每5年联合检查一次，检查结果由各方共同签署、"
        "报送批准机关备案。",
        "note",
    )


def _shown(record: Record, field: str) -> str:
    required = ("number", "line", "lonlat")
    return record.shown(field) if field in required else record.fields[field]


def _parties(line: Row, edition: Edition) -> str:
    """Return the neighbours of a line by name, where their codes are given."""
    parts = [part for part in _PARTIES.split(line["parties"]) if part]
    return "、".join(edition.divisions.get(part) or part for part in parts)


def _kept(row: Row) -> dict[str, Any]:
    attributes = json.loads(row["attributes"] or "{}")
    kept: dict[str, Any] = {**attributes, **attributes.get(CENSUS, {}).get("kept", {})}
    return kept
